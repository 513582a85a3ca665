/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "run/password.h"

#define OPS(r) ((r)->machine->ops)
#define CTX(r) ((r)->machine->ctx)

static const struct part *part_by_number(const struct plan *p, uint32_t number)
{
	for (size_t i = 0; i < p->layout.count; i++)
		if (p->layout.parts[i].number == number)
			return &p->layout.parts[i];
	return NULL;
}

static int check_partition(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->identify(CTX(r), &r->plan->disk, e);
}

static bool still_partitioned(struct run *r, const struct step *s)
{
	(void)s;
	return OPS(r)->has_table(CTX(r), r->plan);
}

static int run_partition(struct run *r, const struct step *s, struct err *e)
{
	/* Once more, now: names can have moved while the checks ran. */
	int n = OPS(r)->identify(CTX(r), &r->plan->disk, e);

	(void)s;
	return n < 0 ? n : OPS(r)->write_table(CTX(r), r->plan, e);
}

/* The programs that make the file systems; the table is libparted's. */
static const struct {
	enum fs_kind fs;
	const char *program;
} format_programs[] = {
	{FS_EXT4, "mkfs.ext4"},
	{FS_VFAT, "mkfs.vfat"},
	{FS_SWAP, "mkswap"},
};

static int check_format(struct run *r, const struct step *s, struct err *e)
{
	const struct part *part = part_by_number(r->plan, s->part);

	for (size_t i = 0; i < ARRAY_SIZE(format_programs); i++)
		if (part && part->fs == format_programs[i].fs)
			return OPS(r)->program_exists(CTX(r), format_programs[i].program, e);
	return 0;
}

static bool still_formatted(struct run *r, const struct step *s)
{
	return OPS(r)->has_file_system(CTX(r), r->plan, part_by_number(r->plan, s->part));
}

static int run_format(struct run *r, const struct step *s, struct err *e)
{
	/* A disk that was unplugged can have given its name to another one: only our table's
	 * partitions are formatted. */
	if (!OPS(r)->has_table(CTX(r), r->plan))
		return err_set(e, ERR_MISMATCH, "is the disk still connected?",
			       "%s does not hold the partition table that was written to it",
			       r->plan->disk.path);
	return OPS(r)->format(CTX(r), r->plan, part_by_number(r->plan, s->part), r->events, e);
}

static int check_mount(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->check_root(CTX(r), r->root, e);
}

static int run_mount(struct run *r, const struct step *s, struct err *e)
{
	const struct layout *l = &r->plan->layout;

	(void)s;
	/* The root first, then what lies below it. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < l->count; i++) {
			const struct part *part = &l->parts[i];
			int n;

			if (!part->mountpoint[0] || str_eq(part->mountpoint, "/") != (pass == 0))
				continue;
			n = OPS(r)->mount(CTX(r), r->plan, part, r->root, e);
			if (n < 0)
				return n;
		}
	return 0;
}

static int check_swap(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->program_exists(CTX(r), "mkswap", e);
}

static int run_swap(struct run *r, const struct step *s, struct err *e)
{
	const char *swap = NULL;
	int n = OPS(r)->swap_on(CTX(r), r->plan, r->root, r->events, &swap, e);

	(void)s;
	if (n < 0)
		return n;
	r->journal->swap = arena_strdup(r->journal->arena, swap);
	return journal_write(r->journal, e);
}

static int check_configuration(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *flake = xasprintf("%s/flake.nix", r->distribution);

	(void)s;
	if (access(flake, R_OK) < 0)
		return err_errno(e, errno, "name the distribution's flake with --distribution DIR",
				 "cannot read %s", flake);
	/* It copies the flake, and the log at the end. */
	return OPS(r)->program_exists(CTX(r), "cp", e);
}

static int write_plan_file(struct run *r, const struct plan_file *f, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", r->root, f->path);
	_cleanup_free_ char *directory = xstrdup(path);
	int n;

	*strrchr(directory, '/') = '\0';
	n = OPS(r)->make_directory(CTX(r), directory, 0755, e);
	if (n == 0)
		n = OPS(r)->write_file(CTX(r), path, f->content, strlen(f->content), 0644, e);
	return n;
}

static int run_configuration(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *target = xasprintf("%s/%s", r->root, FLAKE_DIRECTORY);
	/* Not the modes: the source may be a read-only store, and the person will edit it. */
	const char *const argv[] = {
		"cp",	"-r", "-T", "--no-preserve=mode,ownership", "--", r->distribution,
		target, NULL};
	int n = OPS(r)->make_directory(CTX(r), target, 0755, e);

	(void)s;
	if (n == 0)
		n = OPS(r)->run(CTX(r), argv, r->events, e);
	for (size_t i = 0; i < r->plan->files.count && n == 0; i++)
		n = write_plan_file(r, &r->plan->files.items[i], e);
	return n;
}

static const struct account_answers *answers_of(const struct run *r, const struct plan_account *a)
{
	return str_eq(r->answers->audio_user.name, a->name) ? &r->answers->audio_user
							    : &r->answers->admin;
}

/* The hash of an account's password by the plan's source, ready to be written. */
static int account_hash(const struct run *r, const struct plan_account *a, struct secret *ret,
			struct err *e)
{
	const struct account_answers *u = answers_of(r, a);

	switch (a->source) {
	case PASSWORD_TYPED: return password_hash(&u->password, ret, e);
	case PASSWORD_HASH: secret_set(ret, u->password_hash, strlen(u->password_hash)); return 0;
	case PASSWORD_FILE: return password_from_file(u->password_file, ret, e);
	case PASSWORD_NONE: break;
	}
	return err_set(e, ERR_INTERNAL, NULL, "account %s has no password to write", a->name);
}

/* A password file that cannot be used must be known before the disk is gone. */
static int check_passwords(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	for (size_t i = 0; i < r->plan->accounts.count; i++) {
		const struct plan_account *a = &r->plan->accounts.items[i];
		_cleanup_secret_ struct secret hash = {0};

		if (a->source == PASSWORD_FILE) {
			int n = account_hash(r, a, &hash, e);

			if (n < 0)
				return n;
		}
	}
	return 0;
}

static int write_password(struct run *r, const struct plan_account *a, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", r->root, a->target);
	_cleanup_secret_ struct secret hash = {0}, line = {0};
	int n = account_hash(r, a, &hash, e);

	if (n < 0)
		return n;
	/* The NUL of the hash becomes the end of the line. */
	secret_set(&line, hash.bytes, hash.len + 1);
	line.bytes[hash.len] = '\n';
	return OPS(r)->write_file(CTX(r), path, line.bytes, line.len, 0600, e);
}

static int run_passwords(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *directory = xasprintf("%s/%s", r->root, PASSWORD_DIRECTORY);
	int n = OPS(r)->make_directory(CTX(r), directory, 0700, e);

	(void)s;
	for (size_t i = 0; i < r->plan->accounts.count && n == 0; i++)
		if (r->plan->accounts.items[i].source != PASSWORD_NONE)
			n = write_password(r, &r->plan->accounts.items[i], e);
	return n;
}

static int check_install(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->program_exists(CTX(r), "nixos-install", e);
}

static int run_install(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *flake = xasprintf("%s/%s#%s", r->root, FLAKE_DIRECTORY,
					       r->plan->host_name);
	const char *const argv[] = {"nixos-install",	 "--root", r->root,
				    "--flake",		 flake,	   "--no-root-passwd",
				    "--no-channel-copy", NULL};

	(void)s;
	return OPS(r)->run(CTX(r), argv, r->events, e);
}

/* The typed password must open what was written, or the person is locked out of the machine. */
static int verify_password(struct run *r, const struct plan_account *a, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_free_ char *path = xasprintf("%s/%s", r->root, a->target);
	char line[512];
	ssize_t n = sys_read(&here, path, line, sizeof(line));
	bool matches;

	if (n < 0)
		return err_errno(e, (int)-n, NULL, "cannot read %s back", path);
	line[strcspn(line, "\n")] = '\0';
	matches = a->source != PASSWORD_TYPED ||
		  password_matches(&answers_of(r, a)->password, line);
	secret_zero(line, sizeof(line));
	return matches ? 0
		       : err_set(e, ERR_INTERNAL, "do not restart; run the installation again",
				 "the password of %s does not open the hash that was written",
				 a->name);
}

static int run_verify(struct run *r, const struct step *s, struct err *e)
{
	int n = OPS(r)->verify(CTX(r), r->plan, r->root, e);

	(void)s;
	for (size_t i = 0; i < r->plan->accounts.count && n == 0; i++)
		if (r->plan->accounts.items[i].source != PASSWORD_NONE)
			n = verify_password(r, &r->plan->accounts.items[i], e);
	return n;
}

/* The log so far goes along: what happens after this line is only the unmounting. */
static int keep_log(struct run *r, struct err *e)
{
	_cleanup_free_ char *directory = xasprintf("%s/var/log/archibald", r->root);
	const char *const argv[] = {"cp", "--", r->log_path, directory, NULL};
	int n = OPS(r)->make_directory(CTX(r), directory, 0700, e);

	return n < 0 ? n : OPS(r)->run(CTX(r), argv, r->events, e);
}

/* Each file system by itself: an ESP that could not be written would not be heard of when it is
 * unmounted. */
static int sync_all(struct run *r, struct err *e)
{
	const struct layout *l = &r->plan->layout;
	int n = 0;

	for (size_t i = 0; i < l->count && n == 0; i++) {
		_cleanup_free_ char *path = xasprintf("%s%s", r->root, l->parts[i].mountpoint);

		if (l->parts[i].mountpoint[0])
			n = OPS(r)->sync(CTX(r), path, e);
	}
	return n;
}

static int run_unmount(struct run *r, const struct step *s, struct err *e)
{
	int n = r->log_path ? keep_log(r, e) : 0;

	(void)s;
	if (n == 0 && r->journal->swap)
		n = OPS(r)->swap_off(CTX(r), r->journal->swap, e);
	if (n == 0)
		n = sync_all(r, e);
	if (n == 0)
		n = OPS(r)->unmount(CTX(r), r->root, e);
	if (n == 0)
		r->journal->swap = NULL;
	return n;
}

const struct step_ops step_table[STEP_KINDS] = {
	[STEP_PARTITION] = {check_partition, still_partitioned, run_partition},
	[STEP_FORMAT] = {check_format, still_formatted, run_format},
	[STEP_MOUNT] = {check_mount, NULL, run_mount},
	[STEP_SWAP] = {check_swap, NULL, run_swap},
	[STEP_CONFIGURATION] = {check_configuration, NULL, run_configuration},
	[STEP_PASSWORDS] = {check_passwords, NULL, run_passwords},
	[STEP_INSTALL] = {check_install, NULL, run_install},
	[STEP_VERIFY] = {NULL, NULL, run_verify},
	[STEP_UNMOUNT] = {NULL, NULL, run_unmount},
};
