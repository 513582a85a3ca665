/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "firstboot/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/uuid.h"
#include "network/keyfile.h"
#include "run/password.h"
#include "run/work.h"

#define OPS(r) ((r)->live->ops)
#define CTX(r) ((r)->live->ctx)
/* A step that fails in what only matters until the next start warns and goes on. */
#define WARN_ONLY(r, n, e) ((n) < 0 ? say_warning((r), (e)) : 0)

/* as systemd-random-seed(8), bootctl(1), machine-id(5) */
enum { RANDOM_SEED_BYTES = 512, BOOT_SEED_BYTES = 32, ID_BYTES = 16 };

static int write_text(struct first_run *r, const char *path, const char *text, unsigned mode,
		      struct err *e)
{
	return OPS(r)->write_file(CTX(r), path, text, strlen(text), mode, e);
}

static int say_warning(struct first_run *r, const struct err *e)
{
	_cleanup_free_ char *text = err_text(e);

	events_say(r->events, EVENT_WARNING, text);
	return 0;
}

/* --- identity -------------------------------------------------------------------------------- */

static int run_machine_id(struct first_run *r, struct err *e)
{
	_cleanup_free_ char *dbus = OPS(r)->read_file(CTX(r), "var/lib/dbus/machine-id");
	unsigned char b[ID_BYTES];
	char text[2 * ID_BYTES + 2];
	int n = OPS(r)->random(CTX(r), b, sizeof(b), e);

	if (n < 0)
		return n;
	/* A random UUID (RFC 4122, 4.4), as systemd makes them. */
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(b); i++)
		snprintf(text + 2 * i, 3, "%02x", b[i]);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	n = write_text(r, "etc/machine-id", text, 0444, e);
	if (n == 0)
		n = write_text(r, FIRST_BOOT_ID, text, 0444, e);
	return n == 0 && dbus
		       ? OPS(r)->make_link(CTX(r), "/etc/machine-id", "var/lib/dbus/machine-id", e)
		       : n;
}

static bool has_text(struct first_run *r, const char *path, size_t len)
{
	_cleanup_free_ char *text = OPS(r)->read_file(CTX(r), path);

	return text && strlen(text) >= len;
}

/* The image's own is one, too: what the journal says may be on another file system than the id. */
static bool still_machine_id(struct first_run *r)
{
	_cleanup_free_ char *id = OPS(r)->read_file(CTX(r), "etc/machine-id");
	_cleanup_free_ char *given = OPS(r)->read_file(CTX(r), FIRST_BOOT_ID);

	return id && given && strlen(id) > 2 * (size_t)ID_BYTES && str_eq(id, given);
}

/* The old ones first: of what is missing after a cut, the server makes its own when it starts. */
static int run_host_keys(struct first_run *r, struct err *e)
{
	const char *const argv[] = {"ssh-keygen", "-A", NULL};
	int n = OPS(r)->remove_files(CTX(r), "etc/ssh", "ssh_host_", e);

	if (n < 0 || !OPS(r)->has_program(CTX(r), argv[0]))
		return n;
	n = OPS(r)->run(CTX(r), argv, NULL, r->events, e);
	/* It does not flush what it writes, and the journal is about to say that they are there. */
	return n < 0 ? n : OPS(r)->sync(CTX(r), e);
}

static bool still_host_keys(struct first_run *r)
{
	return has_text(r, "etc/ssh/ssh_host_ed25519_key", 1) ||
	       !OPS(r)->has_program(CTX(r), "ssh-keygen");
}

static int sow(struct first_run *r, const char *path, size_t len, unsigned mode, struct err *e)
{
	unsigned char bytes[RANDOM_SEED_BYTES];
	int n = OPS(r)->random(CTX(r), bytes, len, e);

	if (n == 0)
		n = OPS(r)->write_file(CTX(r), path, bytes, len, mode, e);
	secret_zero(bytes, sizeof(bytes));
	return n;
}

static int run_random_seed(struct first_run *r, struct err *e)
{
	/* systemd-boot's, only where it has one. It lies on FAT. */
	static const char boot[] = "boot/loader/random-seed";
	_cleanup_free_ char *old = OPS(r)->read_file(CTX(r), boot);
	int n = sow(r, "var/lib/systemd/random-seed", RANDOM_SEED_BYTES, 0600, e);

	if (n < 0 || !old)
		return n;
	/* The boot partition may be read-only; the kernel has other randomness, too. */
	return WARN_ONLY(r, sow(r, boot, BOOT_SEED_BYTES, 0, e), e);
}

/* --- the root's size ------------------------------------------------------------------------- */

static const struct {
	const char *fs_type;
	const char *argv[5];
} growers[] = {
	{"ext4", {"resize2fs", NULL}}, /* and the node */
	{"btrfs", {"btrfs", "filesystem", "resize", "max", NULL}},
	{"xfs", {"xfs_growfs", NULL}},
};

static int check_grow(struct first_run *r, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(growers); i++)
		if (str_eq(growers[i].fs_type, r->plan->image->root.fs_type) &&
		    !OPS(r)->has_program(CTX(r), growers[i].argv[0]))
			return err_set(e, ERR_NOT_FOUND,
				       "answer growRoot with false; it can be done later",
				       "the program %s, which extends %s, is not in PATH",
				       growers[i].argv[0], growers[i].fs_type);
	return 0;
}

static int run_grow_partition(struct first_run *r, struct err *e)
{
	return OPS(r)->grow_partition(CTX(r), &r->plan->image->root, e);
}

static int run_grow_file_system(struct first_run *r, struct err *e)
{
	const struct image_root *root = &r->plan->image->root;

	for (size_t i = 0; i < ARRAY_SIZE(growers); i++) {
		const char *argv[6] = {0};
		size_t n = 0;

		if (!str_eq(growers[i].fs_type, root->fs_type))
			continue;
		for (; growers[i].argv[n]; n++)
			argv[n] = growers[i].argv[n];
		/* ext4 is named by its device, the others by where they are mounted. */
		argv[n] = i == 0 ? root->node : "/";
		return OPS(r)->run(CTX(r), argv, NULL, r->events, e);
	}
	return err_set(e, ERR_UNSUPPORTED, NULL, "%s cannot grow while it is mounted",
		       root->fs_type);
}

/* --- configuration --------------------------------------------------------------------------- */

static int run_flake(struct first_run *r, struct err *e)
{
	const char *const argv[] = {"cp",
				    "-r",
				    "-T",
				    "--no-preserve=mode,ownership",
				    "--",
				    r->distribution,
				    "/" FLAKE_DIRECTORY,
				    NULL};

	int n = write_text(r, FLAKE_INCOMPLETE, "A copy was cut off here.\n", 0644, e);

	if (n == 0)
		n = OPS(r)->run(CTX(r), argv, NULL, r->events, e);
	if (n == 0)
		n = OPS(r)->sync(CTX(r), e);
	return n < 0 ? n : OPS(r)->remove_files(CTX(r), FLAKE_DIRECTORY, FLAKE_INCOMPLETE_NAME, e);
}

/* What a person wrote in a file of that name before is kept beside it. */
static int write_host_file(struct first_run *r, const struct plan_file *f, struct err *e)
{
	_cleanup_free_ char *old = OPS(r)->read_file(CTX(r), f->path);
	_cleanup_free_ char *aside = xasprintf("%s.before", f->path);
	_cleanup_free_ char *kept = OPS(r)->read_file(CTX(r), aside);
	int n = 0;

	if (old && !kept && !str_eq(old, f->content))
		n = write_text(r, aside, old, 0644, e);
	return n < 0 ? n : write_text(r, f->path, f->content, 0644, e);
}

static int run_configuration(struct first_run *r, struct err *e)
{
	int n = 0;

	for (size_t i = 0; i < r->plan->host->files.count && n == 0; i++)
		n = write_host_file(r, &r->plan->host->files.items[i], e);
	return n;
}

static int setting(struct first_run *r, bool nix, const char *path, const char *key,
		   const char *value, struct err *e)
{
	_cleanup_free_ char *line = xasprintf("%s%s\n", key, value);

	return nix ? 0 : write_text(r, path, line, 0644, e);
}

static int run_host_name(struct first_run *r, struct err *e)
{
	const char *name = r->plan->host->host_name;
	int n = setting(r, r->plan->image->nix_host_name, "etc/hostname", "", name, e);

	return n < 0 ? n : OPS(r)->set_host_name(CTX(r), name, e);
}

static int run_time_zone(struct first_run *r, struct err *e)
{
	_cleanup_free_ char *target = xasprintf("%s/%s", r->plan->image->zoneinfo,
						r->plan->time_zone);

	return OPS(r)->make_link(CTX(r), target, "etc/localtime", e);
}

static int run_locale(struct first_run *r, struct err *e)
{
	return setting(r, r->plan->image->nix_locale, "etc/locale.conf", "LANG=", r->plan->locale,
		       e);
}

static int run_key_map(struct first_run *r, struct err *e)
{
	const char *const argv[] = {"loadkeys", "-q", r->plan->key_map, NULL};
	int n = setting(r, r->plan->image->nix_key_map, "etc/vconsole.conf",
			"KEYMAP=", r->plan->key_map, e);

	if (n < 0 || !OPS(r)->has_program(CTX(r), argv[0]))
		return n;
	/* A board with a serial line alone has no keyboard to load it for. */
	return WARN_ONLY(r, OPS(r)->run(CTX(r), argv, NULL, r->events, e), e);
}

/* --- network --------------------------------------------------------------------------------- */

static int write_wifi(struct first_run *r, struct err *e)
{
	const struct wifi_network w = {r->plan->wifi_network, r->answers->wifi_hidden,
				       &r->answers->wifi_password};
	_cleanup_secret_ struct secret text = {0};
	int n = OPS(r)->make_directory(CTX(r), WIFI_DIRECTORY, 0700, e);

	wifi_keyfile(&w, "archibald first-boot", &text);
	return n < 0 ? n : OPS(r)->write_file(CTX(r), WIFI_FILE, text.bytes, text.len, 0600, e);
}

static int run_wifi(struct first_run *r, struct err *e)
{
	const char *const argv[] = {"nmcli", "connection", "reload", NULL};
	int n = write_wifi(r, e);

	if (n < 0 || !OPS(r)->has_program(CTX(r), argv[0]))
		return n;
	/* NetworkManager may not run yet; it reads the file when it starts. */
	return WARN_ONLY(r, OPS(r)->run(CTX(r), argv, NULL, r->events, e), e);
}

/* --- accounts -------------------------------------------------------------------------------- */

static int check_passwords(struct first_run *r, struct err *e)
{
	for (size_t i = 0; i < r->plan->host->accounts.count; i++) {
		int n = password_load(r->answers, &r->plan->host->accounts.items[i], e);

		if (n < 0)
			return n;
	}
	return OPS(r)->has_program(CTX(r), "chpasswd")
		       ? 0
		       : err_set(e, ERR_NOT_FOUND, "it is part of shadow",
				 "the program chpasswd is not in PATH");
}

/* "HEAD" HASH "\n" */
static void line_of(const char *name, const struct secret *hash, struct secret *ret)
{
	size_t head = name ? strlen(name) + 1 : 0, len = head + hash->len + 1;
	_cleanup_free_ char *line = xmalloc(len + 1);

	snprintf(line, len + 1, "%s%s%s\n", name ? name : "", name ? ":" : "", hash->bytes);
	secret_set(ret, line, len);
	secret_zero(line, len + 1);
}

static int set_password(struct first_run *r, const struct plan_account *a, struct err *e)
{
	const char *const argv[] = {"chpasswd", "-e", NULL};
	_cleanup_secret_ struct secret hash = {0}, file = {0}, input = {0};
	int n = password_of_account(r->answers, a, &hash, e);

	if (n < 0)
		return n;
	line_of(NULL, &hash, &file);
	n = OPS(r)->write_file(CTX(r), a->target, file.bytes, file.len, 0600, e);
	if (n < 0 || !image_account(r->plan->image, a->name))
		return n;
	line_of(a->name, &hash, &input);
	return OPS(r)->run(CTX(r), argv, &input, r->events, e);
}

/* Who answered with a key alone, or not at all for this account, has not asked for the password
 * that came with the image, which whoever has the image knows. */
static void add_lock(const struct first_run *r, const char *name, struct str *lines)
{
	if (image_account(r->plan->image, name))
		str_addf(lines, "%s:!\n", name);
}

/* All at once: NixOS has dozens of accounts that build for others. */
static int lock_passwords(struct first_run *r, struct err *e)
{
	static const char *const argv[] = {"chpasswd", "-e", NULL};
	_cleanup_secret_ struct secret input = {0};
	_cleanup_str_ struct str lines = {0};

	for (size_t i = 0; i < r->plan->host->accounts.count; i++)
		if (r->plan->host->accounts.items[i].source == PASSWORD_NONE)
			add_lock(r, r->plan->host->accounts.items[i].name, &lines);
	for (size_t i = 0; i < r->plan->unused.count; i++)
		add_lock(r, r->plan->unused.items[i]->name, &lines);
	if (lines.len == 0)
		return 0;
	secret_set(&input, str_get(&lines), lines.len);
	return OPS(r)->run(CTX(r), argv, &input, r->events, e);
}

static int run_passwords(struct first_run *r, struct err *e)
{
	int n = OPS(r)->make_directory(CTX(r), PASSWORD_DIRECTORY, 0700, e);

	for (size_t i = 0; i < r->plan->host->accounts.count && n == 0; i++) {
		const struct plan_account *a = &r->plan->host->accounts.items[i];

		if (a->source != PASSWORD_NONE)
			n = set_password(r, a, e);
	}
	return n < 0 ? n : lock_passwords(r, e);
}

static int write_keys(struct first_run *r, const struct image_account *here,
		      const struct strings *keys, struct err *e)
{
	static const char none[] = "# archibald first-boot has taken the keys out.\n";
	_cleanup_free_ char *declared = xasprintf("%s/%s", ETC_KEYS, here->name);
	_cleanup_str_ struct str text = {0};
	int n = here->etc_keys ? write_text(r, declared, none, 0444, e) : 0;

	if (n < 0)
		return n;
	if (keys->count == 0 && !here->keys)
		return 0;
	str_addf(&text, "# Written by archibald first-boot, as in %s/hosts/%s.\n",
		 "/" FLAKE_DIRECTORY, r->plan->host->host_name);
	for (size_t k = 0; k < keys->count; k++)
		str_addf(&text, "%s\n", keys->items[k]);
	return OPS(r)->write_private(CTX(r), here, ".ssh", "authorized_keys", str_get(&text), e);
}

static int run_ssh_keys(struct first_run *r, struct err *e)
{
	static const struct strings none;
	int n = 0;

	for (size_t i = 0; i < r->plan->host->accounts.count && n == 0; i++) {
		const struct plan_account *a = &r->plan->host->accounts.items[i];
		const struct image_account *here = image_account(r->plan->image, a->name);

		if (here)
			n = write_keys(r, here, &account_answers(r->answers, a)->ssh_keys, e);
	}
	for (size_t i = 0; i < r->plan->unused.count && n == 0; i++)
		n = write_keys(r, r->plan->unused.items[i], &none, e);
	return n;
}

static int run_sync(struct first_run *r, struct err *e)
{
	return OPS(r)->sync(CTX(r), e);
}

/* --- the loop -------------------------------------------------------------------------------- */

static const struct {
	int (*check)(struct first_run *r, struct err *e);
	/* The journal says done; is it still true? NULL: it is done again each time, because the
	 * answers may be others now. */
	bool (*still_done)(struct first_run *r);
	int (*run)(struct first_run *r, struct err *e);
} table[FIRST_KINDS] = {
	[FIRST_MACHINE_ID] = {NULL, still_machine_id, run_machine_id},
	[FIRST_HOST_KEYS] = {NULL, still_host_keys, run_host_keys},
	[FIRST_RANDOM_SEED] = {NULL, NULL, run_random_seed},
	[FIRST_GROW_PARTITION] = {check_grow, NULL, run_grow_partition},
	[FIRST_GROW_FILE_SYSTEM] = {NULL, NULL, run_grow_file_system},
	[FIRST_FLAKE] = {NULL, NULL, run_flake},
	[FIRST_CONFIGURATION] = {NULL, NULL, run_configuration},
	[FIRST_HOST_NAME] = {NULL, NULL, run_host_name},
	[FIRST_TIME_ZONE] = {NULL, NULL, run_time_zone},
	[FIRST_LOCALE] = {NULL, NULL, run_locale},
	[FIRST_KEY_MAP] = {NULL, NULL, run_key_map},
	[FIRST_WIFI] = {NULL, NULL, run_wifi},
	[FIRST_PASSWORDS] = {check_passwords, NULL, run_passwords},
	[FIRST_SSH_KEYS] = {NULL, NULL, run_ssh_keys},
	[FIRST_SYNC] = {NULL, NULL, run_sync},
};

static enum first_kind kind_of(const struct first_run *r, size_t i)
{
	return r->plan->steps.items[i].kind;
}

static int check_step(void *ctx, size_t i, struct err *e)
{
	struct first_run *r = ctx;

	return table[kind_of(r, i)].check ? table[kind_of(r, i)].check(r, e) : 0;
}

static bool step_still_done(void *ctx, size_t i)
{
	struct first_run *r = ctx;

	return table[kind_of(r, i)].still_done && table[kind_of(r, i)].still_done(r);
}

static int run_step(void *ctx, size_t i, struct err *e)
{
	struct first_run *r = ctx;

	return table[kind_of(r, i)].run(r, e);
}

static const struct work_ops ops = {check_step, step_still_done, run_step};

static int note_left(const struct live *live, const char *text, struct err *e)
{
	return live->ops->write_file(live->ctx, FIRST_BOOT_LEFT, text, strlen(text), 0600, e);
}

/* Before anything is done: whoever ends this after a cut may not see the medium any more. */
static int note_file(const struct first_run *r, struct err *e)
{
	_cleanup_free_ char *text = NULL;

	if (!r->answers_file)
		return 0;
	text = xasprintf("the secrets in %s are still to be taken out\n"
			 "hint: it is tried at each start at which the file can be found\n",
			 r->answers_file);
	return note_left(r->live, text, e);
}

int first_run(struct first_run *r, struct err *e)
{
	int n = note_file(r, e);
	_cleanup_arena_ struct arena *a = arena_new();
	struct work w = {
		.ops = &ops,
		.ctx = r,
		.hash = r->plan->hash,
		.root = "/",
		.conclusion = "this machine is set up",
		.warnings = r->plan->warnings,
		.weight = r->plan->weight,
		.events = r->events,
		.journal = r->journal,
		.cancelled = r->cancelled,
	};

	for (size_t i = 0; i < r->plan->steps.count; i++) {
		const struct first_step *s = &r->plan->steps.items[i];

		*list_push(a, &w.steps) = (struct work_step){first_kind_names[s->kind], s->title,
							     s->weight, false, false};
	}
	return n < 0 ? n : work_run(&w, e);
}

/* A file system that cannot be written to is no reason to set the machine up for ever: what is left
 * is told and noted, and tried again at each start. */
int first_scrub(const struct live *live, const struct boot_medium *m, char **ret_left,
		struct err *e)
{
	struct err left;
	_cleanup_free_ char *what = NULL, *text = NULL;

	mem_free_ptr(ret_left);
	/* Not seen is not gone. */
	*ret_left = m->seen || m->answers ? NULL : live->ops->read_file(live->ctx, FIRST_BOOT_LEFT);
	if (!m->seen && !m->answers)
		return 0;
	if (!m->answers || answers_scrub(m->answers, &left) == 0)
		return live->ops->remove_files(live->ctx, FIRST_BOOT_STATE, FIRST_BOOT_LEFT_NAME,
					       e);
	what = err_text(&left);
	text = xasprintf("%s\nhint: %s\n", what, left.hint);
	*ret_left = xstrdup(text);
	return note_left(live, text, e);
}

/* That nothing is asked again has to be on the disk before the first secret goes: a file without
 * them cannot set the machine up a second time. */
static int settle(const struct live *live, const char *journal_path, struct err *e)
{
	int n = journal_sync(journal_path, e);

	return n < 0 ? n : live->ops->sync(live->ctx, e);
}

int first_close(const struct live *live, const struct boot_medium *m, const char *journal_path,
		char **ret_left, struct err *e)
{
	static const char done[] = "The first boot is done. Without this file it runs again.\n";
	int n = settle(live, journal_path, e);

	if (n == 0)
		n = first_scrub(live, m, ret_left, e);
	if (n == 0)
		n = live->ops->write_file(live->ctx, FIRST_BOOT_DONE, done, strlen(done), 0644, e);
	if (n == 0)
		n = live->ops->sync(live->ctx, e);
	/* A journal that stayed would make the next first boot of a clone believe it is done. */
	return n < 0 ? n : journal_remove(journal_path, e);
}
