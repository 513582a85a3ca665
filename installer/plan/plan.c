/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"
#include "base/uuid.h"

const char *const step_kind_names[] = {"partition", "format",  "mount",	 "swap",    "configuration",
				       "passwords", "install", "verify", "unmount", NULL};

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

/* The refusal of a disk lists what there is and what speaks against each. */
static int no_such_disk(const struct interview *v, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_str_ struct str list = {0};

	for (size_t i = 0; i < v->facts->disks.count; i++) {
		const struct disk *d = &v->facts->disks.items[i];
		const char *use = disk_in_use(d, a);

		str_addf(&list, "%s%s (%s%s%s)", i ? "; " : "", d->by_id ? d->by_id : d->path,
			 disk_title(d, a), use ? "; not usable: " : "", use ? use : "");
	}
	err_set(e, ERR_NOT_FOUND, "archibald detect shows the disks of this machine",
		"there is no disk %s", v->answers->disk_path);
	return err_why(e, "there are: %s", list.len ? list.s : "none");
}

static int choose_disk(const struct interview *v, const struct disk **ret, struct err *e)
{
	const struct disk *d = interview_disk(v);
	_cleanup_arena_ struct arena *a = arena_new();
	const char *use;

	if (!d)
		return no_such_disk(v, e);
	use = disk_in_use(d, a);
	if (use) {
		err_set(e, ERR_BUSY, "unmount it, or choose another disk", "%s cannot be erased",
			d->path);
		return err_why(e, "%s", use);
	}
	if (disk_has_data(d) && !v->answers->erase_data) {
		err_set(e, ERR_INVALID,
			"look at it (archibald detect), then answer disk.eraseData with true",
			"%s holds data, and disk.eraseData is not true", d->path);
		return err_why(e, "%s, %zu partitions", disk_title(d, a), d->partitions.count);
	}
	*ret = d;
	return 0;
}

static void note_lost(struct plan *p, const struct disk *d)
{
	struct arena *a = p->arena;

	if (d->fs_type && !d->partitions.count)
		strings_add(
			a, &p->disk.lost,
			arena_printf(a, "%s  %s  %s", d->path, size_text(d->bytes).s, d->fs_type));
	else if (disk_has_data(d) && !d->partitions.count)
		strings_add(a, &p->disk.lost,
			    arena_printf(a, "%s  %s  a partition table (%s) without partitions",
					 d->path, size_text(d->bytes).s, d->table));
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *part = &d->partitions.items[i];
		const char *label = part->fs_label ? part->fs_label : part->name;

		strings_add(
			a, &p->disk.lost,
			arena_printf(
				a, "%s  %s  %s%s%s%s%s%s%s", part->path, size_text(part->bytes).s,
				part->fs_type ? part->fs_type : "unknown", label ? "  \"" : "",
				label ? label : "", label ? "\"" : "", part->system ? "  (" : "",
				part->system ? part->system : "", part->system ? ")" : ""));
	}
}

static void set_disk(struct plan *p, const struct disk *d)
{
	struct arena *a = p->arena;

	p->disk = (struct plan_disk){
		.path = arena_strdup(a, d->path),
		.by_id = arena_strdup(a, d->by_id),
		.model = arena_strdup(a, d->model),
		.serial = arena_strdup(a, d->serial),
		.wwid = arena_strdup(a, d->wwid),
		.major = d->major,
		.minor = d->minor,
		.bytes = d->bytes,
	};
	note_lost(p, d);
}

/* Follows from what names the machine, its disk and the host: the same disk of the same machine
 * gets the same identifiers again, another one gets others. */
static void set_seed(const struct interview *v, struct plan *p)
{
	const struct facts *f = v->facts;
	_cleanup_str_ struct str text = {0};

	if (v->answers->seed) {
		p->seed = arena_strdup(p->arena, v->answers->seed);
		return;
	}
	str_addf(&text, "%s\n%s\n%s\n%s\n%llu\n%s\n", f->board.id ? f->board.id : "",
		 p->disk.serial ? p->disk.serial : "", p->disk.wwid ? p->disk.wwid : "",
		 p->disk.path, (unsigned long long)p->disk.bytes, p->host_name);
	for (size_t i = 0; i < f->networks.count; i++)
		str_addf(&text, "%s\n", f->networks.items[i].mac ? f->networks.items[i].mac : "");
	p->seed = arena_strdup(p->arena, uuid_of_bytes(text.s, text.len).s);
}

static enum boot_method boot_method(const struct facts *f)
{
	static const enum boot_method methods[] = {
		[FIRMWARE_UEFI] = BOOT_UEFI,
		[FIRMWARE_BIOS] = BOOT_BIOS,
		[FIRMWARE_DEVICE_TREE] = BOOT_UBOOT,
	};

	return methods[f->firmware.kind];
}

static void set_parts(struct plan *p)
{
	for (size_t i = 0; i < p->layout.count; i++) {
		const struct part *part = &p->layout.parts[i];
		struct arena *a = p->arena;

		*list_push(a, &p->parts) = (struct plan_part){
			.number = part->number,
			.start = part->start,
			.bytes = part->size,
			.name = arena_strdup(a, part->name),
			.role = arena_strdup(a, part_role_name(part->role)),
			.type_guid = arena_strdup(a, part->type_guid),
			.guid = arena_strdup(a, part->guid),
			.file_system = part->fs == FS_NONE
					       ? NULL
					       : arena_strdup(a, fs_kind_name(part->fs)),
			.fs_uuid = part->fs_uuid[0] ? arena_strdup(a, part->fs_uuid) : NULL,
			.fs_label = part->fs_label[0] ? arena_strdup(a, part->fs_label) : NULL,
			.mountpoint = part->mountpoint[0] ? arena_strdup(a, part->mountpoint)
							  : NULL,
		};
	}
}

static int set_layout(const struct interview *v, const struct variant *x, const struct disk *d,
		      struct plan *p, struct err *e)
{
	const struct answers *w = v->answers;
	bool file = str_eq(w->swap_kind, "file"), part = str_eq(w->swap_kind, "partition");
	struct layout_request r = {
		.disk_bytes = d->bytes,
		.sector_bytes = d->sector_bytes,
		.boot = boot_method(v->facts),
		.arch = v->facts->arch == ARCH_AARCH64 ? PART_ARCH_AARCH64 : PART_ARCH_X86_64,
		.root_fs = FS_EXT4,
		.swap_bytes = part ? w->swap_bytes : 0,
		.root_min_bytes = x->minimum_disk,
		.seed = p->seed,
	};
	int n;

	/* layout_make refuses what no disk holds. */
	if (file && __builtin_add_overflow(r.root_min_bytes, w->swap_bytes, &r.root_min_bytes))
		r.root_min_bytes = UINT64_MAX;
	n = layout_make(&r, &p->layout, e);
	if (n < 0)
		return err_context(e, "%s", d->path);
	p->boot = arena_strdup(p->arena, boot_method_name(r.boot));
	p->swap_kind = arena_strdup(p->arena, w->swap_kind);
	p->swap_bytes = file || part ? w->swap_bytes : 0;
	if (file)
		p->swap_file_uuid = arena_strdup(p->arena, uuid_derive(p->seed, "swap-file").s);
	set_parts(p);
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
	if (account->source != PASSWORD_NONE)
		account->target = arena_printf(p->arena, "%s/%s", PASSWORD_DIRECTORY, u->name);
}

static void set_accounts(const struct interview *v, const struct variant *x, struct plan *p)
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

static void set_warnings(const struct interview *v, const struct variant *x, struct plan *p)
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
	if (!p->disk.by_id)
		warn(p, "The disk has no name that stays: it is known by its node and size only.");
	if (v->answers->password_in_file)
		warn(p, "The answer file holds a password in clear text; passwordHash is safer.");
	if (x->audio && f->cpu.threads < 4 && v->answers->realtime_tuning)
		warn(p, "With fewer than four processors no core is set aside for audio.");
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

/* Weights are about seconds on a middling machine, so that the bar moves evenly. */
static void set_steps(struct plan *p)
{
	struct arena *a = p->arena;
	bool passwords = false;

	add_step(p, STEP_PARTITION, 2, "partition",
		 arena_printf(a, "write a new partition table to %s", p->disk.path))
		->destructive = true;
	for (size_t i = 0; i < p->parts.count; i++) {
		const struct plan_part *part = &p->parts.items[i];
		struct step *s = add_step(
			p, STEP_FORMAT, 4, arena_printf(a, "format-%u", part->number),
			part->file_system
				? arena_printf(a, "make %s (%s) in partition %u", part->file_system,
					       part->role, part->number)
				: arena_printf(a, "clear partition %u (%s)", part->number,
					       part->role));

		s->destructive = true;
		s->part = part->number;
	}
	add_step(p, STEP_MOUNT, 1, "mount", "mount the new file systems");
	if (str_eq(p->swap_kind, "partition") || str_eq(p->swap_kind, "file"))
		add_step(p, STEP_SWAP, 2, "swap",
			 arena_printf(a, "use %s of swap on the disk", size_text(p->swap_bytes).s));
	add_step(p, STEP_CONFIGURATION, 2, "configuration",
		 arena_printf(a, "write the configuration to /%s/hosts/%s", FLAKE_DIRECTORY,
			      p->host_name));
	for (size_t i = 0; i < p->accounts.count; i++)
		passwords |= p->accounts.items[i].source != PASSWORD_NONE;
	if (passwords)
		add_step(p, STEP_PASSWORDS, 1, "passwords",
			 "write the password hashes, readable by root only");
	add_step(p, STEP_INSTALL, 300, "install", "install the system (nixos-install)");
	add_step(p, STEP_VERIFY, 1, "verify",
		 "check the system profile and the boot files on the disk");
	add_step(p, STEP_UNMOUNT, 4, "unmount", "write everything out and unmount");
}

/* Of what will be there afterwards: an interrupted run's plan is recognised although the disk
 * looks different now. */
static void set_hash(struct plan *p)
{
	struct strings lost = p->disk.lost;

	p->disk.lost = (struct strings){0};
	_cleanup_json_ struct json_object *json = plan_to_json(p);
	_cleanup_free_ char *text = json_text(json);

	p->disk.lost = lost;
	p->hash = arena_strdup(p->arena, uuid_of_bytes(text, strlen(text)).s);
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
	p->finish = arena_strdup(p->arena, v->answers->finish);
	return p;
}

int plan_make(const struct interview *v, const char *program, struct plan **ret, struct err *e)
{
	const struct variant *x = interview_variant(v);
	_cleanup_plan_ struct plan *p = NULL;
	const struct disk *d = NULL;
	int r;

	if (!x)
		return err_set(e, ERR_INTERNAL, NULL, "no variant was chosen");
	r = check_machine(v, x, e);
	if (r == 0)
		r = choose_disk(v, &d, e);
	if (r < 0)
		return r;
	p = plan_new(v, x, program);
	set_disk(p, d);
	set_seed(v, p);
	r = set_layout(v, x, d, p, e);
	if (r < 0)
		return r;
	set_accounts(v, x, p);
	set_warnings(v, x, p);
	r = plan_host_files(v, p, e);
	if (r < 0)
		return r;
	set_steps(p);
	set_hash(p);
	*ret = take(p);
	return 0;
}
