/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/checks.h"
#include "base/str.h"
#include "base/sys.h"
#include "network/keyfile.h"
#include "run/hooks.h"
#include "run/password.h"

#define OPS(r) ((r)->machine->ops)
#define CTX(r) ((r)->machine->ctx)

static const struct plan_disk *disk_of(const struct run *r, const struct step *s)
{
	return &r->plan->disks.items[s->disk];
}

static const struct part *part_of(const struct run *r, const struct step *s)
{
	const struct layout *l = &disk_of(r, s)->layout;

	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].number == s->part)
			return &l->parts[i];
	return NULL;
}

/* Was nothing done for this plan yet? The journal becomes the plan's once all checks have passed.
 */
static bool is_new(const struct run *r)
{
	return !str_eq(r->journal->plan, r->plan->hash);
}

static int check_partition(struct run *r, const struct step *s, struct err *e)
{
	return OPS(r)->identify(CTX(r), disk_of(r, s), is_new(r), e);
}

/* Where the tools are is known before what they say. */
static int check_shrink(struct run *r, const struct step *s, struct err *e)
{
	static const char *const ext4[] = {"e2fsck", "resize2fs", NULL}, *const btrfs[] = {"btrfs",
											   NULL};
	const char *const *tools = part_of(r, s)->fs == FS_EXT4 ? ext4 : btrfs;
	int n = check_partition(r, s, e);

	for (; *tools && n == 0; tools++)
		n = OPS(r)->program_exists(CTX(r), *tools, e);
	return n < 0 ? n : OPS(r)->shrink_check(CTX(r), disk_of(r, s), part_of(r, s), e);
}

static bool still_shrunk(struct run *r, const struct step *s)
{
	return OPS(r)->is_shrunk(CTX(r), disk_of(r, s), part_of(r, s));
}

static int run_shrink(struct run *r, const struct step *s, struct err *e)
{
	/* Once more, now: names can have moved while the checks ran. */
	int n = OPS(r)->identify(CTX(r), disk_of(r, s), false, e);

	return n < 0 ? n : OPS(r)->shrink(CTX(r), disk_of(r, s), part_of(r, s), r->events, e);
}

static bool still_partitioned(struct run *r, const struct step *s)
{
	return OPS(r)->has_table(CTX(r), disk_of(r, s));
}

/* What is made from here on is an interrupted run's until that is finished, and nobody's data. In
 * the journal not earlier: an installation of the same machine has the same identifiers. */
static int note_parts(struct run *r, const struct layout *l, struct err *e)
{
	struct journal *j = r->journal;

	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE && !strings_have(&j->parts, l->parts[i].guid))
			strings_add(j->arena, &j->parts, l->parts[i].guid);
	return journal_write(j, e);
}

static int run_partition(struct run *r, const struct step *s, struct err *e)
{
	/* Once more, now: names can have moved while the checks ran. */
	int n = OPS(r)->identify(CTX(r), disk_of(r, s), false, e);

	if (n == 0)
		n = note_parts(r, &disk_of(r, s)->layout, e);
	return n < 0 ? n : OPS(r)->write_table(CTX(r), disk_of(r, s), e);
}

/* From the answers, or the file they name, which may be a descriptor that can be read once. */
static int load_passphrase(struct run *r, struct err *e)
{
	const struct answers *w = r->answers;

	if (secret_given(&r->passphrase))
		return 0;
	if (w->passphrase_file)
		return passphrase_from_file(w->passphrase_file, &r->passphrase, e);
	if (!secret_given(&w->passphrase))
		return err_set(e, ERR_INVALID, "give encryption.passphrase or passphraseFile",
			       "there is no passphrase for the encryption");
	secret_set(&r->passphrase, w->passphrase.bytes, w->passphrase.len);
	return 0;
}

/* The initrd may not have the keymap (a keyboard of its own, a rescue system): then the keys are
 * those of `us`. The plan has said so, unless it did not know the passphrase. */
static void warn_of_key_map(struct run *r)
{
	if (!secret_given(&r->answers->passphrase) &&
	    key_map_matters(r->passphrase.bytes, r->answers->key_map))
		events_say(r->events, EVENT_WARNING,
			   "The passphrase has characters that sit elsewhere on a us keyboard. The "
			   "keymap is in the initrd, but where it cannot be loaded they must be "
			   "typed where us has them.");
}

static int check_encrypt(struct run *r, const struct step *s, struct err *e)
{
	bool first = !secret_given(&r->passphrase);
	int n = load_passphrase(r, e);

	if (n == 0 && first)
		warn_of_key_map(r);
	/* A run that was cut off may have its containers. */
	if (n == 0 && first && is_new(r))
		OPS(r)->prepare(CTX(r), r->plan, &r->passphrase);
	return n < 0 ? n : OPS(r)->mapper_free(CTX(r), part_of(r, s)->mapper, e);
}

/* With another passphrase than before the container is made anew. */
static bool still_encrypted(struct run *r, const struct step *s)
{
	return OPS(r)->opens(CTX(r), disk_of(r, s), part_of(r, s), &r->passphrase);
}

static struct storage_op op_of(const struct run *r, const struct step *s, enum storage_op_kind kind)
{
	return (struct storage_op){kind, s->disk, part_of(r, s)};
}

/* A disk that was unplugged can have given its name to another one: only our table's partitions are
 * written to. */
static int check_still_ours(struct run *r, const struct step *s, struct err *e)
{
	if (OPS(r)->has_table(CTX(r), disk_of(r, s)))
		return 0;
	return err_set(e, ERR_MISMATCH, "is the disk still connected?",
		       "%s does not hold the partition table that was written to it",
		       disk_of(r, s)->path);
}

static int run_encrypt(struct run *r, const struct step *s, struct err *e)
{
	const struct storage_op op = op_of(r, s, STORAGE_ENCRYPT);

	int n = check_still_ours(r, s, e);

	return n < 0 ? n : OPS(r)->encrypt(CTX(r), r->plan, &op, &r->passphrase, e);
}

static bool is_last_open(const struct run *r, const struct step *s)
{
	const struct step *end = r->plan->steps.items + r->plan->steps.count;

	for (s++; s < end; s++)
		if (s->kind == STEP_OPEN)
			return false;
	return true;
}

static int run_open(struct run *r, const struct step *s, struct err *e)
{
	const struct storage_op op = op_of(r, s, STORAGE_OPEN);
	int n;

	/* In the journal first: killed in between, the next run closes what it finds. */
	strings_add(r->journal->arena, &r->journal->mappers, op.part->mapper);
	n = journal_write(r->journal, e);
	if (n == 0)
		n = OPS(r)->open(CTX(r), r->plan, &op, &r->passphrase, e);
	if (n == 0 && !r->again && is_last_open(r, s))
		run_forget(r);
	return n;
}

static int check_format(struct run *r, const struct step *s, struct err *e)
{
	const char *program = fs_kind_program(part_of(r, s)->fs);

	return program ? OPS(r)->program_exists(CTX(r), program, e) : 0;
}

static bool still_formatted(struct run *r, const struct step *s)
{
	return OPS(r)->has_file_system(CTX(r), disk_of(r, s), part_of(r, s));
}

static int run_format(struct run *r, const struct step *s, struct err *e)
{
	int n = check_still_ours(r, s, e);

	return n < 0 ? n : OPS(r)->format(CTX(r), disk_of(r, s), part_of(r, s), r->events, e);
}

static int check_mount(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->check_root(CTX(r), r->root, e);
}

static int run_mount(struct run *r, const struct step *s, struct err *e)
{
	const struct storage all = plan_storage(r->plan);
	struct mount_point *mounts = arena_alloc(r->journal->arena,
						 MOUNT_POINTS_MAX * sizeof(*mounts));
	size_t count = storage_mounts(&all, mounts);
	int n = 0;

	(void)s;
	for (size_t i = 0; i < count && n == 0; i++)
		n = OPS(r)->mount(CTX(r), r->plan, &mounts[i], r->root, e);
	return n;
}

static int check_swap(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->program_exists(CTX(r), "mkswap", e);
}

static int run_swap(struct run *r, const struct step *s, struct err *e)
{
	const char *where = NULL;
	int n = OPS(r)->swap_where(CTX(r), r->plan, r->root, &where, e);

	(void)s;
	if (n < 0)
		return n;
	/* In the journal first: killed in between, the next run finds it and turns it off. */
	r->journal->swap = arena_strdup(r->journal->arena, where);
	n = journal_write(r->journal, e);
	return n < 0 ? n : OPS(r)->swap_on(CTX(r), r->plan, where, r->events, e);
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

/* A password file that cannot be used must be known before the disk is gone. */
static int check_passwords(struct run *r, const struct step *s, struct err *e)
{
	int n = 0;

	(void)s;
	for (size_t i = 0; i < r->plan->accounts.count && n == 0; i++)
		n = password_load(r->answers, &r->plan->accounts.items[i], e);
	return n;
}

static int write_password(struct run *r, const struct plan_account *a, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", r->root, a->target);
	_cleanup_secret_ struct secret hash = {0}, line = {0};
	int n = password_of_account(r->answers, a, &hash, e);

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
	/* A pipe gives it only once. */
	if (n == 0 && !r->again)
		password_forget(r->answers);
	return n;
}

static int run_wifi(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *directory = xasprintf("%s/" WIFI_DIRECTORY, r->root);
	_cleanup_free_ char *path = xasprintf("%s/" WIFI_FILE, r->root);
	const struct wifi_network w = {r->plan->wifi_network, r->answers->wifi_hidden,
				       &r->answers->wifi_password};
	_cleanup_secret_ struct secret text = {0};
	int n = OPS(r)->make_directory(CTX(r), directory, 0700, e);

	(void)s;
	wifi_keyfile(&w, "archibald", &text);
	return n < 0 ? n : OPS(r)->write_file(CTX(r), path, text.bytes, text.len, 0600, e);
}

static int run_copy(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *directory = xstrdup(r->journal->path);
	char *slash = strrchr(directory, '/');

	if (slash)
		*slash = '\0';
	_cleanup_free_ char *journal = xasprintf("%s/copied", slash ? directory : ".");

	return OPS(r)->copy_store(CTX(r), r->plan, r->root, journal, s->weight, r->cancelled,
				  r->events, e);
}

static int check_install(struct run *r, const struct step *s, struct err *e)
{
	(void)s;
	return OPS(r)->program_exists(CTX(r), "nixos-install", e);
}

/* For Nix, by way of nixos-install; there is room. */
static void add_option(const char **argv, const char *name, const char *value)
{
	while (*argv)
		argv++;
	argv[0] = "--option";
	argv[1] = name;
	argv[2] = value;
}

static int run_install(struct run *r, const struct step *s, struct err *e)
{
	_cleanup_free_ char *flake = xasprintf("%s/%s#%s", r->root, FLAKE_DIRECTORY,
					       r->plan->host_name);
	const char *argv[16] = {"nixos-install",    "--root",		r->root, "--flake", flake,
				"--no-root-passwd", "--no-channel-copy"};

	if (r->cache)
		add_option(argv, "extra-substituters", r->cache);
	if (r->cache_key)
		add_option(argv, "extra-trusted-public-keys", r->cache_key);

	if (!r->plan->store.registration)
		events_say(
			r->events, EVENT_LOG,
			"this medium has no list of what to copy (/etc/archibald/roots and "
			"/nix/store/nix-path-registration): nixos-install gets everything itself");
	return OPS(r)->run_nix(CTX(r), argv, s->weight, r->events, e);
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
		  password_matches(&account_answers(r->answers, a)->password, line);
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
	const struct storage all = plan_storage(r->plan);
	struct mount_point *mounts = arena_alloc(r->journal->arena,
						 MOUNT_POINTS_MAX * sizeof(*mounts));
	size_t count = storage_mounts(&all, mounts);
	int n = 0;

	for (size_t i = 0; i < count && n == 0; i++) {
		_cleanup_free_ char *path = xasprintf("%s%s", r->root, mounts[i].where);

		n = OPS(r)->sync(CTX(r), path, e);
	}
	return n;
}

/* With the password's hash, so for root alone. */
static int keep_answers(struct run *r, struct err *e)
{
	_cleanup_free_ char *directory = xasprintf("%s/var/log/archibald", r->root);
	_cleanup_free_ char *path = xasprintf("%s/answers.json", directory);
	int n = OPS(r)->make_directory(CTX(r), directory, 0700, e);

	if (n == 0)
		n = OPS(r)->write_file(CTX(r), path, r->record->bytes, r->record->len, 0600, e);
	return n < 0 ? n : hooks_keep(r->answers, directory, OPS(r)->write_file, CTX(r), e);
}

static int run_unmount(struct run *r, const struct step *s, struct err *e)
{
	int n = r->log_path ? keep_log(r, e) : 0;

	(void)s;
	if (n == 0 && r->record)
		n = keep_answers(r, e);
	if (n == 0 && r->journal->swap)
		n = OPS(r)->swap_off(CTX(r), r->journal->swap, e);
	if (n == 0)
		n = sync_all(r, e);
	if (n == 0)
		n = OPS(r)->unmount(CTX(r), r->root, e);
	for (size_t i = r->journal->mappers.count; i-- > 0 && n == 0;)
		n = OPS(r)->close(CTX(r), r->journal->mappers.items[i], e);
	if (n < 0)
		return n;
	r->journal->swap = NULL;
	r->journal->mappers = (struct strings){0};
	return 0;
}

const struct step_ops step_table[STEP_KINDS] = {
	[STEP_SHRINK] = {.check = check_shrink, .still_done = still_shrunk, .run = run_shrink},
	[STEP_PARTITION] = {.check = check_partition,
			    .still_done = still_partitioned,
			    .run = run_partition},
	[STEP_ENCRYPT] = {.check = check_encrypt,
			  .still_done = still_encrypted,
			  .run = run_encrypt},
	[STEP_OPEN] = {.run = run_open, .harmless = true},
	[STEP_FORMAT] = {.check = check_format, .still_done = still_formatted, .run = run_format},
	[STEP_MOUNT] = {.check = check_mount, .run = run_mount},
	[STEP_SWAP] = {.check = check_swap, .run = run_swap},
	[STEP_CONFIGURATION] = {.check = check_configuration, .run = run_configuration},
	[STEP_PASSWORDS] = {.check = check_passwords, .run = run_passwords},
	[STEP_WIFI] = {.run = run_wifi},
	[STEP_COPY] = {.run = run_copy},
	[STEP_INSTALL] = {.check = check_install, .run = run_install},
	[STEP_VERIFY] = {.run = run_verify},
	[STEP_UNMOUNT] = {.run = run_unmount},
	[STEP_HOOK] = {.check = hook_check, .still_done = hook_still_done, .run = hook_run},
};
