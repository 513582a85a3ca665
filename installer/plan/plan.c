/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "answers/questions_audio.h"
#include "answers/ssh_keys.h"
#include "base/record.h"
#include "base/str.h"
#include "base/url.h"
#include "base/uuid.h"
#include "plan/plan_parts.h"

const char *const step_kind_names[] = {"shrink",    "partition", "encrypt", "open",
				       "format",    "mount",	 "swap",    "configuration",
				       "passwords", "wifi",	 "copy",    "install",
				       "verify",    "unmount",	 "hook",    NULL};

enum { PLAN_VERSION = 1 };

struct plan *plan_free(struct plan *p)
{
	if (p)
		arena_free(p->arena);
	free(p);
	return NULL;
}

void plan_cleanup(struct plan **p)
{
	*p = plan_free(*p);
}

static int check_machine(const struct interview *v, const struct variant *x, struct err *e)
{
	const struct facts *f = v->facts;

	if (!str_starts(x->system, arch_names[f->arch]))
		return err_set(e, ERR_UNSUPPORTED, "choose a variant for this architecture",
			       "variant %s is for %s, this machine is %s", x->name, x->system,
			       arch_names[f->arch]);
	if (f->firmware.kind == FIRMWARE_UEFI && f->firmware.bits == 32)
		return err_set(
			e, ERR_UNSUPPORTED,
			"start the medium in BIOS mode (CSM), if the firmware has one",
			"this machine's UEFI is 32 bit, which the boot loader does not support");
	/* Firmware and kernel keep some of what is built in: an eighth less still counts. */
	if (f->memory_bytes < x->minimum_memory / 8 * 7)
		return err_set(e, ERR_TOO_SMALL, "choose a smaller variant",
			       "not enough memory for variant %s: needed %s, there are %s", x->name,
			       size_text(x->minimum_memory).s, size_text(f->memory_bytes).s);
	return 0;
}

static void add_account(struct plan *p, const struct account_answers *u)
{
	struct plan_account *account = list_push(p->arena, &p->accounts);

	account->name = arena_strdup(p->arena, u->name);
	account->source = secret_given(&u->password) ? PASSWORD_TYPED
			  : u->password_hash	     ? PASSWORD_HASH
			  : u->password_file	     ? PASSWORD_FILE
						     : PASSWORD_NONE;
	for (size_t i = 0; i < u->ssh_keys.count; i++)
		strings_add(p->arena, &account->keys,
			    ssh_key_label(u->ssh_keys.items[i], p->arena));
	if (account->source != PASSWORD_NONE)
		account->target = arena_printf(p->arena, "%s/%s", PASSWORD_DIRECTORY, u->name);
}

void plan_accounts(const struct interview *v, const struct variant *x, struct plan *p)
{
	if (variant_account(x, "audioUser"))
		add_account(p, &v->answers->audio_user);
	if (variant_account(x, "admin") && v->answers->admin.ssh_keys.count)
		add_account(p, &v->answers->admin);
}

static void warn(struct plan *p, const char *text)
{
	strings_add(p->arena, &p->warnings, text);
}

static void set_warnings(const struct interview *v, struct plan *p)
{
	const struct facts *f = v->facts;

	if (f->firmware.secure_boot == SECURE_BOOT_ON)
		warn(p, "Secure Boot is on: the installed system is not signed for it and will "
			"not start until it is turned off in the firmware's set-up.");
	if (f->firmware.kind == FIRMWARE_UEFI && !f->firmware.efivars_writable)
		warn(p, "The firmware's variables cannot be written: the boot loader goes to the "
			"removable path, and the firmware must be told to start this disk if it "
			"does not by itself.");
	if (f->firmware.kind == FIRMWARE_DEVICE_TREE && f->board.kind == BOARD_ARM)
		warn(p, "This board starts by its own firmware or U-Boot, which must be on it "
			"already and know extlinux.conf; archibald does not install it.");
	if (!plan_system_disk(p)->by_id)
		warn(p, "The disk has no name that stays: it is known by its node and size only.");
	if (v->answers->passphrase_in_file)
		warn(p, "The answer file holds the disk's passphrase in clear text; passphraseFile "
			"is safer.");
	if (v->answers->hosts_given && !v->answers->host_found)
		warn(p, "No entry of \"hosts\" is for this machine: it gets the common answers.");
	if (v->answers->wifi_password_in_file)
		warn(p, "The answer file holds the Wi-Fi password in clear text.");
	if (v->answers->password_in_file)
		warn(p, "The answer file holds a password in clear text; passwordHash is safer.");
	if (cores_are_few(v))
		warn(p, "With so few processors no core is set aside for audio.");
	if (str_eq(v->answers->desktop, "plasma6") && f->memory_bytes <= 4ULL << 30)
		warn(p, "Plasma idles at about 800 MB; with this memory a window manager leaves "
			"more to audio.");
}

static struct step *add_step(struct plan *p, enum step_kind kind, uint32_t weight, const char *id,
			     const char *title)
{
	struct step *s = list_push(p->arena, &p->steps);

	*s = (struct step){
		.kind = kind, .id = arena_strdup(p->arena, id), .title = title, .weight = weight};
	p->weight += weight;
	return s;
}

static const char *table_title(const struct plan *p, const struct storage_op *op)
{
	const struct plan_disk *d = &p->disks.items[op->disk];

	if (!d->layout.keep_table)
		return arena_printf(p->arena, "write a new partition table to %s", d->path);
	if (layout_changes_table(&d->layout))
		return arena_printf(p->arena, "add partitions to the table of %s", d->path);
	return arena_printf(p->arena, "look at the partitions of %s once more", d->path);
}

static const char *storage_title(const struct plan *p, const struct storage_op *op)
{
	const char *disk = p->disks.items[op->disk].path;
	const struct part *part = op->part;
	const char *where = part && p->disks.count > 1
				    ? arena_printf(p->arena, "partition %u of %s", part->number,
						   disk)
			    : part ? arena_printf(p->arena, "partition %u", part->number)
				   : NULL;

	switch (op->kind) {
	case STORAGE_SHRINK:
		return arena_printf(p->arena, "make the %s in %s smaller: %s",
				    fs_kind_name(part->fs), where, size_text(part->size).s);
	case STORAGE_TABLE: return table_title(p, op);
	case STORAGE_ENCRYPT:
		return arena_printf(p->arena, "encrypt %s (%s)", where, part_role_name(part->role));
	case STORAGE_OPEN: return arena_printf(p->arena, "open %s (%s)", where, part->mapper);
	case STORAGE_FORMAT: break;
	}
	if (part->fs == FS_NONE)
		return arena_printf(p->arena, "clear %s (%s)", where, part_role_name(part->role));
	return arena_printf(p->arena, "make %s (%s) in %s", fs_kind_name(part->fs),
			    part_role_name(part->role), where);
}

/* "partition", "format-2", "open-1-3": with the disk's number for all but the first. */
static const char *storage_id(const struct plan *p, const struct storage_op *op, const char *word)
{
	const char *id = op->disk ? arena_printf(p->arena, "%s-disk%zu", word, op->disk + 1) : word;

	return op->part ? arena_printf(p->arena, "%s-%u", id, op->part->number) : id;
}

/* Is something lost by writing there, that is, was something there before? */
static bool loses(const struct layout *l, const struct part *part)
{
	return !l->keep_table || (part && part->fate == FATE_FORMAT);
}

static void set_storage_steps(struct plan *p)
{
	static const struct {
		enum step_kind kind;
		uint32_t weight;
	} kinds[] = {
		[STORAGE_SHRINK] = {STEP_SHRINK, 60},  [STORAGE_TABLE] = {STEP_PARTITION, 2},
		[STORAGE_ENCRYPT] = {STEP_ENCRYPT, 5}, [STORAGE_OPEN] = {STEP_OPEN, 2},
		[STORAGE_FORMAT] = {STEP_FORMAT, 4},
	};
	const struct storage all = plan_storage(p);
	struct storage_op *ops = arena_alloc(p->arena, STORAGE_OPS_MAX * sizeof(*ops));
	size_t count = storage_ops(&all, ops);

	for (size_t i = 0; i < count; i++) {
		const struct storage_op *op = &ops[i];
		enum step_kind kind = kinds[op->kind].kind;
		struct step *s = add_step(p, kind, kinds[op->kind].weight,
					  storage_id(p, op, step_kind_names[kind]),
					  storage_title(p, op));

		s->writes = op->kind != STORAGE_OPEN &&
			    (op->part || layout_changes_table(all.disks[op->disk]));
		s->destructive = s->writes && loses(all.disks[op->disk], op->part);
		s->disk = (uint32_t)op->disk;
		s->part = op->part ? op->part->number : 0;
	}
}

static void set_hook_steps(struct plan *p, enum hook_when when)
{
	for (size_t i = 0; i < p->hooks.count; i++) {
		const struct plan_hook *h = &p->hooks.items[i];

		if (h->when != when)
			continue;
		add_step(p, STEP_HOOK, 5,
			 arena_printf(p->arena, "hook-%s-%u", hook_when_names[when], h->index + 1),
			 plan_hook_title(p, h))
			->hook = (uint32_t)i;
	}
}

/* Weights are about seconds on a middling machine, so that the bar moves evenly. */
static void set_steps(struct plan *p)
{
	struct arena *a = p->arena;
	bool passwords = false;

	set_hook_steps(p, HOOK_BEFORE);
	set_storage_steps(p);
	add_step(p, STEP_MOUNT, 1, "mount",
		 plan_system_disk(p)->layout.keep_table ? "mount the file systems"
							: "mount the new file systems");
	if (str_eq(p->swap_kind, "partition") || str_eq(p->swap_kind, "file"))
		add_step(p, STEP_SWAP, 2, "swap",
			 arena_printf(a, "use %s of swap on the disk", size_text(p->swap_bytes).s));
	set_hook_steps(p, HOOK_AFTER_MOUNT);
	add_step(p, STEP_CONFIGURATION, 2, "configuration",
		 arena_printf(a, "write the configuration to /%s/hosts/%s", FLAKE_DIRECTORY,
			      p->host_name));
	for (size_t i = 0; i < p->accounts.count; i++)
		passwords |= p->accounts.items[i].source != PASSWORD_NONE;
	if (passwords)
		add_step(p, STEP_PASSWORDS, 1, "passwords",
			 "write the password hashes, readable by root only");
	if (p->wifi_network)
		add_step(p, STEP_WIFI, 1, "wifi",
			 arena_printf(a, "write the Wi-Fi network %s, readable by root only",
				      p->wifi_network));
	if (p->store.registration)
		add_step(p, STEP_COPY, 120, "copy",
			 p->store.image ? "copy the system's packages from the medium's image"
					: "copy the system's packages from the medium's mounted "
					  "store, which is slower");
	add_step(p, STEP_INSTALL, p->store.registration ? 180 : 300, "install",
		 "install the system (nixos-install)");
	set_hook_steps(p, HOOK_AFTER_INSTALL);
	add_step(p, STEP_VERIFY, 1, "verify",
		 "check the system profile and the boot files on the disk");
	add_step(p, STEP_UNMOUNT, 4, "unmount", "write everything out and unmount");
}

/* Of what will be there afterwards: an interrupted run's plan is recognised although the disk
 * looks different now. */
static void set_hash(struct plan *p)
{
	_cleanup_json_ struct json_object *json = plan_outcome_json(p);
	_cleanup_free_ char *text = json_text(json);

	p->hash = arena_strdup(p->arena, uuid_of_bytes(text, strlen(text)).s);
}

/* Both or nothing: without roots the live system itself would be copied along. */
static void set_store(const struct medium *m, struct plan *p)
{
	if (!m->registration || !m->roots)
		return;
	p->store.image = arena_strdup(p->arena, m->image);
	p->store.registration = arena_strdup(p->arena, m->registration);
	p->store.roots = arena_strdup(p->arena, m->roots);
}

static void set_report(const struct secret *address, struct plan *p)
{
	_cleanup_free_ char *shown = secret_given(address) ? url_shown(address->bytes) : NULL;

	p->report = arena_strdup(p->arena, shown);
}

static struct plan *plan_new(const struct interview *v, const struct variant *x,
			     const char *program)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->arena = arena_new();
	p->version = PLAN_VERSION;
	p->program = arena_strdup(p->arena, program);
	p->variant = arena_strdup(p->arena, x->name);
	p->host_name = arena_strdup(p->arena, v->answers->host_name);
	p->wifi_network = arena_strdup(p->arena, v->answers->wifi_network);
	p->finish = arena_strdup(p->arena, v->answers->finish);
	return p;
}

int plan_make(const struct interview *v, const char *program, struct plan **ret, struct err *e)
{
	const struct variant *x = interview_variant(v);
	_cleanup_plan_ struct plan *p = NULL;
	int r;

	if (!x)
		return err_set(e, ERR_INTERNAL, NULL, "no variant was chosen");
	r = check_machine(v, x, e);
	if (r < 0)
		return r;
	p = plan_new(v, x, program);
	r = plan_disks(v, x, p, e);
	if (r < 0)
		return r;
	plan_accounts(v, x, p);
	plan_hooks(v, p);
	set_report(&v->answers->report, p);
	set_warnings(v, p);
	r = plan_host_files(v, p, e);
	if (r < 0)
		return r;
	set_store(&v->facts->medium, p);
	set_steps(p);
	set_hash(p);
	*ret = take(p);
	return 0;
}
