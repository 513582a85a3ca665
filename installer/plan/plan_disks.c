/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From answers and facts to the disks' identities and layouts. */
#include <string.h>

#include "answers/checks.h"
#include "base/str.h"
#include "base/uuid.h"
#include "plan/plan_parts.h"

/* What it costs to try a passphrase: a quarter of the memory, as the initrd that opens the disk has
 * to have it too, and at most a GiB, as more does not make guessing dearer for who has the means.
 */
enum { LUKS_MEMORY_SHARE = 4, LUKS_MEMORY_MAX_KIB = 1 << 20, LUKS_MEMORY_MIN_KIB = 1 << 16 };
enum { LUKS_THREADS_MAX = 4 };

const char *const plan_action_names[] = {"KEEP", "FORMAT", "CREATE", "DELETE", "SHRINK", NULL};

struct storage plan_storage(const struct plan *p)
{
	struct storage s = {.count = p->disks.count};

	for (size_t i = 0; i < s.count; i++)
		s.disks[i] = &p->disks.items[i].layout;
	return s;
}

const char *plan_swap_file(const struct plan *p)
{
	const struct part *root = layout_part(&plan_system_disk(p)->layout, PART_ROOT);

	return root && root->fs == FS_BTRFS ? "swap/swapfile" : "swapfile";
}

/* The refusal of a disk lists what there is and what speaks against each. */
static int no_such_disk(const struct interview *v, const char *wanted, struct err *e)
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
		"there is no disk %s", wanted);
	return err_why(e, "there are: %s", list.len ? list.s : "none");
}

static int no_disk_fits(const struct interview *v, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();

	err_set(e, ERR_NOT_FOUND, "archibald detect shows the disks of this machine",
		"disk.match does not lead to exactly one disk");
	return err_why(e, "%s", disk_rules_explain(&v->answers->disk_rules, v->facts, a));
}

/* May it be written to? `agreed`: nothing is lost, or whoever loses it has agreed. */
static int check_disk(const struct disk *d, const char *key, bool agreed, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *use = disk_in_use(d, a);

	if (use) {
		err_set(e, ERR_BUSY, "unmount it, or choose another disk",
			"%s cannot be installed to", d->path);
		return err_why(e, "%s", use);
	}
	if (!agreed) {
		_cleanup_free_ char *hint = xasprintf(
			"look at it (archibald detect), then answer %s with true", key);

		err_set(e, ERR_INVALID, hint, "%s holds data, and %s is not true", d->path, key);
		return err_why(e, "%s, %zu partitions", disk_title(d, a), d->partitions.count);
	}
	return 0;
}

static void add_before(struct plan *p, struct plan_disk *disk, const struct plan_before *b)
{
	struct arena *a = p->arena;

	*list_push(a, &disk->before) = (struct plan_before){
		.action = b->action,
		.path = arena_strdup(a, b->path),
		.file_system = arena_strdup(a, b->file_system),
		.label = arena_strdup(a, b->label),
		.system = arena_strdup(a, b->system),
		.bytes = b->bytes,
	};
	if (b->action == PLAN_DELETE || b->action == PLAN_FORMAT)
		disk->lost_bytes += b->bytes;
}

static void note_before(struct plan *p, struct plan_disk *disk, const struct disk *d)
{
	if (d->fs_type && !d->partitions.count)
		add_before(p, disk,
			   &(struct plan_before){PLAN_DELETE, d->path, d->fs_type, d->fs_label,
						 NULL, d->bytes});
	else if (disk_has_data(d) && !d->partitions.count)
		add_before(p, disk,
			   &(struct plan_before){PLAN_DELETE, d->path, "a partition table",
						 "without partitions", NULL, 0});
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *part = &d->partitions.items[i];

		add_before(p, disk,
			   &(struct plan_before){PLAN_DELETE, part->path, part->fs_type,
						 part->fs_label ? part->fs_label : part->name,
						 part->system, part->bytes});
	}
}

static struct plan_disk *add_disk(struct plan *p, const struct disk *d)
{
	struct arena *a = p->arena;
	struct plan_disk *disk = list_push(a, &p->disks);

	*disk = (struct plan_disk){
		.path = arena_strdup(a, d->path),
		.by_id = arena_strdup(a, d->by_id),
		.model = arena_strdup(a, d->model),
		.serial = arena_strdup(a, d->serial),
		.wwid = arena_strdup(a, d->wwid),
		.major = d->major,
		.minor = d->minor,
		.bytes = d->bytes,
	};
	return disk;
}

/* Follows from what names the machine, its disk and the host: the same disk of the same machine
 * gets the same identifiers again, another one gets others. */
static void set_seed(const struct interview *v, struct plan *p)
{
	const struct facts *f = v->facts;
	const struct plan_disk *d = plan_system_disk(p);
	/* Network adapters come and go, and Wi-Fi makes addresses up each time. */
	bool nameless = !f->board.id && !d->serial && !d->wwid;
	_cleanup_str_ struct str text = {0};

	if (v->answers->seed) {
		p->seed = arena_strdup(p->arena, v->answers->seed);
		return;
	}
	str_addf(&text, "%s\n%s\n%s\n%s\n%llu\n%s\n", f->board.id ? f->board.id : "",
		 d->serial ? d->serial : "", d->wwid ? d->wwid : "", d->path,
		 (unsigned long long)d->bytes, p->host_name);
	for (size_t i = 0; nameless && i < f->networks.count; i++)
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

static enum compression compression(const struct answers *w)
{
	return str_eq(w->compression, "zstd")  ? COMPRESS_ZSTD
	       : str_eq(w->compression, "lzo") ? COMPRESS_LZO
					       : COMPRESS_NONE;
}

static char *text_or_null(struct arena *a, const char *text)
{
	return text[0] ? arena_strdup(a, text) : NULL;
}

void plan_show_part(struct plan *p, struct plan_disk *disk, const struct part *part)
{
	static const enum plan_action actions[] = {[FATE_CREATE] = PLAN_CREATE,
						   [FATE_FORMAT] = PLAN_FORMAT,
						   [FATE_KEEP] = PLAN_KEEP,
						   [FATE_SHRINK] = PLAN_SHRINK};
	struct arena *a = p->arena;
	struct plan_part *shown = list_push(a, &disk->after);

	*shown = (struct plan_part){
		.action = actions[part->fate],
		.number = part->number,
		.start = part->start,
		.bytes = part->size,
		.name = text_or_null(a, part->name),
		.role = arena_strdup(a, part_role_name(part->role)),
		.type_guid = arena_strdup(a, part->type_guid),
		.guid = arena_strdup(a, part->guid),
		.file_system = part->fs == FS_NONE ? NULL : arena_strdup(a, fs_kind_name(part->fs)),
		.fs_uuid = text_or_null(a, part->fs_uuid),
		.fs_label = text_or_null(a, part->fs_label),
		.mountpoint = text_or_null(a, part->mountpoint),
		.luks_uuid = text_or_null(a, part->luks_uuid),
		.mapper = text_or_null(a, part->mapper),
	};
	for (size_t i = 0; i < part->subvolume_count; i++)
		strings_add(a, &shown->subvolumes,
			    arena_printf(a, "%s at %s", part->subvolumes[i].name,
					 part->subvolumes[i].mountpoint));
}

/* The whole disk, whose contents are lost. */
static int lay_out(struct plan *p, struct plan_disk *disk, const struct disk *d,
		   const struct layout_request *r, struct err *e)
{
	int n = layout_make(r, &disk->layout, e);

	disk->mode = arena_strdup(p->arena, DISK_MODE_ERASE);
	note_before(p, disk, d);

	if (n < 0)
		return err_context(e, "%s", disk->path);
	for (size_t i = 0; i < disk->layout.count; i++)
		plan_show_part(p, disk, &disk->layout.parts[i]);
	return 0;
}

static bool erases(const struct interview *v)
{
	return str_eq(v->answers->disk_mode, DISK_MODE_ERASE);
}

static int lay_out_system(const struct interview *v, const struct variant *x, struct plan *p,
			  struct err *e)
{
	const struct answers *w = v->answers;
	struct plan_disk *disk = &p->disks.items[0];
	bool file = str_eq(w->swap_kind, "file"), part = str_eq(w->swap_kind, "partition");
	struct layout_request r = {
		.disk_bytes = disk->bytes,
		.sector_bytes = interview_disk(v)->sector_bytes,
		.kind = LAYOUT_SYSTEM,
		.boot = boot_method(v->facts),
		.arch = v->facts->arch == ARCH_AARCH64 ? PART_ARCH_AARCH64 : PART_ARCH_X86_64,
		.root_fs = fs_kind_by_name(w->file_system),
		.compression = compression(w),
		.swap_file = file,
		.encrypt = w->encrypt,
		.swap_bytes = part ? w->swap_bytes : 0,
		.root_min_bytes = x->minimum_disk,
		.seed = p->seed,
	};

	/* layout_make refuses what no disk holds. */
	if (file && __builtin_add_overflow(r.root_min_bytes, w->swap_bytes, &r.root_min_bytes))
		r.root_min_bytes = UINT64_MAX;
	if (w->builds.constrained &&
	    __builtin_add_overflow(r.root_min_bytes, w->builds.swap_bytes, &r.root_min_bytes))
		r.root_min_bytes = UINT64_MAX;
	p->boot = arena_strdup(p->arena, boot_method_name(r.boot));
	if (!erases(v))
		return plan_keep(v, p, &r, e);
	return lay_out(p, disk, interview_disk(v), &r, e);
}

static int lay_out_data(const struct interview *v, struct plan *p, struct err *e)
{
	const struct answers *w = v->answers;
	const struct layout_request r = {
		.disk_bytes = p->disks.items[1].bytes,
		.sector_bytes = interview_data_disk(v)->sector_bytes,
		.kind = LAYOUT_DATA,
		.boot = boot_method(v->facts),
		.root_fs = fs_kind_by_name(w->data_file_system),
		.encrypt = w->encrypt,
		.mountpoint = w->data_mountpoint,
		.root_min_bytes = 1ULL << 30,
		.seed = p->seed,
	};

	return lay_out(p, &p->disks.items[1], interview_data_disk(v), &r, e);
}

static void set_swap(const struct answers *w, struct plan *p)
{
	bool file = str_eq(w->swap_kind, "file");

	p->swap_kind = arena_strdup(p->arena, w->swap_kind);
	p->swap_bytes = file || str_eq(w->swap_kind, "partition") ? w->swap_bytes : 0;
	if (file)
		p->swap_file_uuid = arena_strdup(p->arena, uuid_derive(p->seed, "swap-file").s);
}

void plan_luks_limits(const struct facts *f, uint32_t *ret_memory_kib, uint32_t *ret_threads)
{
	uint64_t kib = f->memory_bytes / 1024 / LUKS_MEMORY_SHARE;
	uint32_t threads = f->cpu.threads;

	*ret_memory_kib = (uint32_t)(kib > LUKS_MEMORY_MAX_KIB	 ? LUKS_MEMORY_MAX_KIB
				     : kib < LUKS_MEMORY_MIN_KIB ? LUKS_MEMORY_MIN_KIB
								 : kib);
	*ret_threads = threads < 1 ? 1 : threads > LUKS_THREADS_MAX ? LUKS_THREADS_MAX : threads;
}

static void set_encryption(const struct interview *v, struct plan *p)
{
	p->encrypted = v->answers->encrypt;
	if (!p->encrypted)
		return;
	/* The initrd may not have the keymap (a keyboard of its own, a rescue system). A passphrase
	 * that is read from a file is known, and warned of, when the run begins. */
	if (secret_given(&v->answers->passphrase) &&
	    key_map_matters(v->answers->passphrase.bytes, v->answers->key_map))
		strings_add(p->arena, &p->warnings,
			    arena_printf(p->arena,
					 "The passphrase of the disk has characters that sit "
					 "elsewhere on a us keyboard than on %s. The keymap is in "
					 "the initrd, but where it cannot be loaded they must be "
					 "typed where us has them.",
					 v->answers->key_map));
	p->allow_discards = v->answers->allow_discards;
	plan_luks_limits(v->facts, &p->luks_memory_kib, &p->luks_threads);
}

/* The initrd opens all containers, and goes no further where one is missing (die in nixpkgs'
 * luksroot.nix). */
static void warn_of_data_disk(const struct disk *d, struct plan *p)
{
	if (p->encrypted &&
	    (d->removable || d->transport == TRANSPORT_USB || d->transport == TRANSPORT_SD))
		strings_add(
			p->arena, &p->warnings,
			arena_printf(p->arena,
				     "The machine will not start without %s: it is encrypted and "
				     "opened as the system starts. Leave it connected, or do "
				     "without the second disk and set it up afterwards.",
				     d->path));
}

/* By the same rule as the question whether it may be lost. */
static bool loses_data(const struct interview *v)
{
	const struct question *q = question_find("disk.eraseData");

	return q->applies(v);
}

static int find_disks(const struct interview *v, const struct disk **ret_system,
		      const struct disk **ret_data, struct err *e)
{
	const struct answers *w = v->answers;
	const struct disk *system = interview_disk(v), *data = interview_data_disk(v);
	int n;

	if (!system)
		return w->disk_path ? no_such_disk(v, w->disk_path, e) : no_disk_fits(v, e);
	if (w->data_path && !data)
		return no_such_disk(v, w->data_path, e);
	n = check_disk(system, "disk.eraseData", w->erase_data || !loses_data(v), e);
	if (n == 0 && data)
		n = check_disk(data, "dataDisk.eraseData", w->data_erase || !disk_has_data(data),
			       e);
	*ret_system = system;
	*ret_data = data;
	return n;
}

int plan_disks(const struct interview *v, const struct variant *x, struct plan *p, struct err *e)
{
	const struct disk *system = NULL, *data = NULL;
	int n = find_disks(v, &system, &data, e);

	if (n < 0)
		return n;
	add_disk(p, system);
	if (data)
		add_disk(p, data);
	set_seed(v, p);
	set_swap(v->answers, p);
	set_encryption(v, p);
	if (data)
		warn_of_data_disk(data, p);
	n = lay_out_system(v, x, p, e);
	return n == 0 && data ? lay_out_data(v, p, e) : n;
}
