/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table that is kept: entries are added beside somebody else's, on sparse files whose tables
 * sfdisk has made, and nothing else changes. */
#include "support/check.h"

#include "base/proc.h"
#include "partition/disk.h"
#include "partition/gpt.h"

#define MIB	  (UINT64_C(1) << 20)
#define GIB	  (UINT64_C(1) << 30)
#define DISK	  (40 * GIB)
#define SEED	  "5a3c1f0e-1111-4222-8333-944455556666"
#define MSR	  "e3c9e316-0b5c-4db8-817d-f92df00215ae"
#define UUID_TEXT "0f1e2d3c-4b5a-4697-8877-665544332211"
#define DATA	  "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
#define ESP	  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"

/* As Windows leaves a disk after a volume was shrunk; partition 3 was deleted once. */
static const struct old_part windows[] = {
	{1, MIB, 100 * MIB, ESP, "55ea2ac6-dce6-48fb-84da-a7cad75096fe", false},
	{2, 101 * MIB, 16 * MIB, MSR, "4a8fd8e5-d686-4ac3-8f34-6736027f5622", false},
	{4, 117 * MIB, 10 * GIB, DATA, "2327f924-a2a4-4bee-a649-4f64d634f9e9", false},
	{7, 39 * GIB, 512 * MIB, DATA, "ab5c9b71-6a8b-4438-a229-48b3df6250e8", false},
};
#define AREA_START (117 * MIB + 10 * GIB)
#define AREA_BYTES (39 * GIB - AREA_START)

struct fixture {
	char *dir, *path;
	struct layout_request r;
	struct part_use esp;
	struct layout l;
	int fd;
};

/* Words after the path; `script`: what it reads, or NULL. */
static void sfdisk(const char *path, const char *option, const char *const *words,
		   const char *script)
{
	const char *argv[12] = {"sfdisk", "-q", "--no-reread", "--no-tell-kernel", option, path};
	size_t n = 6;
	struct err e;

	while (words && *words)
		argv[n++] = *words++;
	if (proc_run(&(const struct proc){.argv = argv,
					  .input = script,
					  .input_len = script ? strlen(script) : 0},
		     &e) < 0)
		fail_msg("sfdisk: %s", e.why);
}

static void make_table(const char *path)
{
	_cleanup_str_ struct str script = {0};

	str_add(&script, "label: gpt\n");
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		const struct old_part *o = &windows[i];

		str_addf(&script,
			 "%u: start=%llu, size=%llu, type=%s, uuid=%s, name=\"Pärtition %u\", "
			 "attrs=\"RequiredPartition GUID:63\"\n",
			 o->number, (unsigned long long)(o->start / 512),
			 (unsigned long long)(o->size / 512), o->type_guid, o->guid, o->number);
	}
	sfdisk(path, "--wipe=never", NULL, script.s);
}

static void layout(struct fixture *f)
{
	struct err e;

	if (layout_make(&f->r, &f->l, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
}

static void fixture_open(struct fixture *f)
{
	*f = (struct fixture){.dir = scratch_new()};
	f->path = xasprintf("%s/disk", f->dir);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)DISK), 0);
	make_table(f->path);
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		assert_int_equal(pwrite(f->fd, "somebody's", 10, (off_t)windows[i].start), 10);
		assert_int_equal(pwrite(f->fd, "somebody's", 10,
					(off_t)(windows[i].start + windows[i].size - 10)),
				 10);
	}
	f->esp = (struct part_use){1,	 PART_ESP,    FATE_KEEP, FS_VFAT, "/efi",
				   NULL, "1234-ABCD", 0,	 0};
	f->r = (struct layout_request){
		.disk_bytes = DISK,
		.sector_bytes = 512,
		.boot = BOOT_UEFI,
		.root_fs = FS_EXT4,
		.swap_bytes = GIB,
		.root_min_bytes = 8 * GIB,
		.seed = SEED,
		.keep_table = true,
		.old = windows,
		.old_count = ARRAY_SIZE(windows),
		.area_start = AREA_START,
		.area_bytes = AREA_BYTES,
	};
	layout(f);
}

static void fixture_close(struct fixture *f)
{
	close(f->fd);
	free(f->path);
	scratch_free(&f->dir);
}
#define _cleanup_fixture_ _cleanup_(fixture_close)

/* What lies at both ends of the disk and at the beginning of each partition. */
struct snapshot {
	uint8_t front[MIB], back[MIB], parts[ARRAY_SIZE(windows)][2][4096];
};

static struct snapshot *snapshot_take(const struct fixture *f)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	assert_int_equal(pread(f->fd, s->front, MIB, 0), MIB);
	assert_int_equal(pread(f->fd, s->back, MIB, (off_t)(DISK - MIB)), MIB);
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		const struct old_part *o = &windows[i];

		assert_int_equal(pread(f->fd, s->parts[i][0], 4096, (off_t)o->start), 4096);
		assert_int_equal(
			pread(f->fd, s->parts[i][1], 4096, (off_t)(o->start + o->size - 4096)),
			4096);
	}
	return s;
}

static void write_table(struct fixture *f)
{
	struct err e;

	if (disk_write_table(f->path, &f->l, 0, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
}

/* Refused with that code, and not a byte of the disk is another one. */
static void refuses(struct fixture *f, enum err_code code, const char *says)
{
	_cleanup_free_ struct snapshot *before = snapshot_take(f), *after = NULL;
	struct err e;
	int r = disk_check_kept(f->path, &f->l, &e);

	check_error(&e, r);
	assert_int_equal(r, -(int)code);
	r = disk_write_table(f->path, &f->l, 0, &e);
	check_error(&e, r);
	assert_int_equal(r, -(int)code);
	_cleanup_free_ char *text = err_text(&e);
	check_contains(text, says);
	after = snapshot_take(f);
	assert_memory_equal(before, after, sizeof(*before));
}

/* --- the layout ------------------------------------------------------------------------------- */

static void check_part(const struct part *p, uint32_t number, enum part_role role, uint64_t start,
		       uint64_t size, const char *mountpoint)
{
	assert_int_equal(p->number, number);
	assert_int_equal(p->role, role);
	assert_int_equal(p->fate, FATE_CREATE);
	assert_true(p->start == start && p->size == size);
	assert_string_equal(p->mountpoint, mountpoint);
}

static void test_free_numbers(void **state)
{
	_cleanup_fixture_ struct fixture f;

	(void)state;
	fixture_open(&f);
	assert_int_equal(f.l.count, 3);
	check_part(&f.l.parts[0], 3, PART_ESP, AREA_START, GIB, "/boot");
	check_part(&f.l.parts[1], 5, PART_SWAP, AREA_START + GIB, GIB, "");
	check_part(&f.l.parts[2], 6, PART_ROOT, AREA_START + 2 * GIB, AREA_BYTES - 2 * GIB, "/");
}

static void test_esp_reused(void **state)
{
	_cleanup_fixture_ struct fixture f;
	const struct part *esp;

	(void)state;
	fixture_open(&f);
	f.esp.mountpoint = "/boot";
	f.esp.room_bytes = BOOT_ROOM_BYTES;
	f.r.uses = &f.esp;
	f.r.use_count = 1;
	layout(&f);
	assert_int_equal(f.l.count, 3);
	esp = &f.l.parts[0];
	assert_int_equal(esp->number, 1);
	assert_int_equal(esp->fate, FATE_KEEP);
	assert_string_equal(esp->mountpoint, "/boot");
	assert_string_equal(esp->fs_uuid, "1234-ABCD");
	assert_string_equal(esp->guid, windows[0].guid);
	assert_true(esp->start == windows[0].start && esp->room_bytes == BOOT_ROOM_BYTES);
	assert_null(layout_part(&f.l, PART_BOOT));
	check_part(&f.l.parts[1], 3, PART_SWAP, AREA_START, GIB, "");
}

/* Too small an ESP: /boot is FAT beside it. */
static void test_xbootldr(void **state)
{
	_cleanup_fixture_ struct fixture f;

	(void)state;
	fixture_open(&f);
	f.r.uses = &f.esp;
	f.r.use_count = 1;
	layout(&f);
	assert_int_equal(f.l.count, 4);
	check_part(&f.l.parts[1], 3, PART_BOOT, AREA_START, GIB, "/boot");
	assert_int_equal(f.l.parts[1].fs, FS_VFAT);
	assert_string_equal(f.l.parts[1].type_guid, "bc13c2ff-59e6-4262-a352-b275fd6f7172");
	assert_string_equal(layout_part(&f.l, PART_ESP)->mountpoint, "/efi");
}

static void test_bios(void **state)
{
	_cleanup_fixture_ struct fixture f;

	(void)state;
	fixture_open(&f);
	f.r.boot = BOOT_BIOS;
	layout(&f);
	check_part(&f.l.parts[0], 3, PART_BIOS_BOOT, AREA_START, MIB, "");
	f.esp = (struct part_use){2, PART_BIOS_BOOT, FATE_KEEP, FS_NONE, "", NULL, "", 0, 0};
	f.r.uses = &f.esp;
	f.r.use_count = 1;
	layout(&f);
	check_part(&f.l.parts[1], 3, PART_SWAP, AREA_START, GIB, "");
}

/* Root formatted, home kept: nothing is made, identifiers of what stays are those that are there.
 */
static void test_assigned(void **state)
{
	static const struct part_use uses[] = {
		{1, PART_ESP, FATE_KEEP, FS_VFAT, "/boot", NULL, "1234-ABCD", 0, 0},
		{4, PART_ROOT, FATE_FORMAT, FS_BTRFS, "/", NULL, NULL, 0, 0},
		{7, PART_DATA, FATE_KEEP, FS_BTRFS, "/home", "@home", "aaaa", 0, 0},
	};
	_cleanup_fixture_ struct fixture f;
	struct storage s = {.count = 1};
	struct storage_op ops[STORAGE_OPS_MAX];
	struct mount_point mounts[MOUNT_POINTS_MAX];
	struct err e;

	(void)state;
	fixture_open(&f);
	f.r.uses = uses;
	f.r.use_count = 3;
	f.r.area_bytes = 0;
	f.r.encrypt = true;
	f.r.swap_bytes = 0;
	layout(&f);
	assert_int_equal(f.l.count, 3);
	assert_false(layout_changes_table(&f.l));
	assert_true(f.l.parts[1].encrypted && !f.l.parts[2].encrypted);
	assert_string_equal(f.l.parts[2].fs_uuid, "aaaa");
	s.disks[0] = &f.l;
	assert_int_equal(storage_ops(&s, ops), 4);
	assert_true(ops[3].kind == STORAGE_FORMAT && ops[3].part->number == 4);
	/* No subvolume of the root is where another partition is. */
	assert_int_equal(storage_mounts(&s, mounts), 5);
	assert_string_equal(mounts[2].where, "/home");
	assert_string_equal(mounts[2].subvolume, "@home");
	f.r.root_min_bytes = 10 * GIB;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_TOO_SMALL);
	check_contains(e.what, "has 10.0 GiB and needs 10.0 GiB");
	check_contains(e.why, "16777216 bytes are missing");
}

static void test_layout_refusals(void **state)
{
	_cleanup_fixture_ struct fixture f;
	struct old_part many[128], twin = windows[2];
	struct err e;

	(void)state;
	fixture_open(&f);
	f.r.area_bytes = 9 * GIB;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_TOO_SMALL);
	check_contains(e.what, "has 9.0 GiB and needs 10.0 GiB");
	f.r.area_bytes = 10 * GIB;
	layout(&f);
	/* What this machine's installations are called is there already. */
	memcpy(twin.guid, layout_part(&f.l, PART_ROOT)->guid, sizeof(twin.guid));
	f.r.old = &twin;
	f.r.old_count = 1;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_UNSUPPORTED);
	check_contains(e.what, "partition 4 is the root");
	twin.remove = true; /* by an interrupted run */
	layout(&f);
	for (uint32_t i = 0; i < 128; i++) {
		many[i] = windows[1];
		many[i].number = i + 1;
	}
	f.r.old = many;
	f.r.old_count = 126;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_UNSUPPORTED);
	check_contains(e.what, "full");
	f.r.old_count = 125;
	layout(&f);
}

/* --- one that becomes smaller ----------------------------------------------------------------- */

#define KEPT (6 * GIB)

/* Windows' partition 4 as one with ext4 that makes room. */
static void shrink_request(struct fixture *f, struct part_use *use)
{
	*use = (struct part_use){4, PART_DATA, FATE_SHRINK, FS_EXT4, "", NULL, UUID_TEXT, 0, KEPT};
	f->r.uses = use;
	f->r.use_count = 1;
	f->r.area_start = windows[2].start + KEPT;
	f->r.area_bytes = 39 * GIB - f->r.area_start;
	layout(f);
}

static void make_ext4(const struct fixture *f, const char *size)
{
	const char *const argv[] = {"mkfs.ext4",	"-q",	 "-F", "-U", UUID_TEXT, "-E",
				    "offset=122683392", f->path, size, NULL};
	struct err e;

	assert_true(windows[2].start == 122683392);
	if (proc_run(&(const struct proc){.argv = argv}, &e) < 0)
		fail_msg("mkfs.ext4: %s", e.why);
}

static void test_shrunk_layout(void **state)
{
	_cleanup_fixture_ struct fixture f;
	struct storage s = {.count = 1};
	struct storage_op ops[STORAGE_OPS_MAX];
	struct part_use use;
	struct err e;

	(void)state;
	fixture_open(&f);
	shrink_request(&f, &use);
	assert_int_equal(f.l.count, 4);
	assert_true(layout_shrunk(&f.l)->number == 4 && layout_shrunk(&f.l)->size == KEPT);
	assert_true(layout_old_size(&f.l, &windows[2]) == KEPT);
	assert_true(layout_old_size(&f.l, &windows[3]) == windows[3].size);
	s.disks[0] = &f.l;
	(void)storage_ops(&s, ops);
	assert_true(ops[0].kind == STORAGE_SHRINK && ops[0].part->number == 4);
	assert_int_equal(ops[1].kind, STORAGE_TABLE);
	/* No file system of it is made, and the area never reaches into what it keeps. */
	for (size_t i = 2; i < storage_ops(&s, ops); i++)
		assert_int_not_equal(ops[i].part->number, 4);
	f.r.area_start -= MIB;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_INTERNAL);
	f.r.area_start += MIB;
	use.size = windows[2].size + MIB;
	assert_int_equal(layout_make(&f.r, &f.l, &e), -ERR_INTERNAL);
}

/* Only when the file system is that small already; then its entry ends earlier, and all else stays
 * as it is. */
static void test_shrunk_table(void **state)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_free_ struct snapshot *before = NULL, *after = NULL;
	struct part_use use;
	uint8_t *old, *new;
	struct err e;

	(void)state;
	fixture_open(&f);
	shrink_request(&f, &use);
	refuses(&f, ERR_MISMATCH, "does not hold the ext4");
	make_ext4(&f, "10G");
	before = snapshot_take(&f);
	assert_int_equal(disk_check_kept(f.path, &f.l, &e), 0);
	assert_int_equal(disk_write_table(f.path, &f.l, 0, &e), -ERR_TOO_SMALL);
	check_contains(e.what, "partition 4");
	after = snapshot_take(&f);
	assert_memory_equal(before, after, sizeof(*before));
	free(take(before));
	free(take(after));
	make_ext4(&f, "6G");
	before = snapshot_take(&f);
	write_table(&f);
	assert_true(disk_has_table(f.path, &f.l));
	after = snapshot_take(&f);
	old = before->front + 1024 + 3 * 128;
	new = after->front + 1024 + 3 * 128;
	/* All of the entry but where it ends (UEFI 2.10, table 5.6). */
	assert_memory_equal(old, new, 40);
	assert_memory_equal(old + 48, new + 48, 80);
	assert_memory_not_equal(old + 40, new + 40, 8);
	for (size_t i = 0; i < 8; i++)
		if (i < 2 || i == 6)
			assert_memory_equal(before->front + 1024 + i * 128,
					    after->front + 1024 + i * 128, 128);
	assert_memory_equal(before->parts, after->parts, sizeof(before->parts));
	/* Again, as a run does that goes on. */
	write_table(&f);
}

/* Cut off between the copies of the table: the backup is new, the primary old. */
static void test_shrunk_halfway(void **state)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_free_ struct snapshot *before = NULL;
	struct part_use use;
	struct err e = {0};

	(void)state;
	fixture_open(&f);
	shrink_request(&f, &use);
	make_ext4(&f, "6G");
	before = snapshot_take(&f);
	write_table(&f);
	assert_int_equal(pwrite(f.fd, before->front, MIB, 0), MIB);
	assert_false(disk_has_table(f.path, &f.l));
	/* With other answers it is refused, and what can be done is not to look once more. */
	use.size -= GIB;
	layout(&f);
	assert_int_equal(disk_check_kept(f.path, &f.l, &e), -ERR_MISMATCH);
	check_contains(e.what, "is not the one that was agreed on");
	check_contains(e.hint, "only the table's backup is another one");
	use.size += GIB;
	layout(&f);
	write_table(&f);
	assert_true(disk_has_table(f.path, &f.l));
}

/* --- the disk --------------------------------------------------------------------------------- */

/* All but the new entries, the checksums and the backup's own place is byte by byte the same. */
static void check_only_added(const struct snapshot *before, const struct snapshot *after)
{
	static const uint32_t added[] = {3, 5, 6};
	const uint8_t *entries = after->front + 1024;

	assert_memory_equal(before->front, after->front, 512);
	for (size_t i = 0; i < 512; i++)
		if ((i < 16 || i >= 20) && (i < 88 || i >= 92))
			assert_int_equal(before->front[512 + i], after->front[512 + i]);
	for (uint32_t n = 1; n <= 128; n++) {
		bool is_new = n == added[0] || n == added[1] || n == added[2];

		assert_int_equal(memcmp(before->front + 1024 + (n - 1) * 128,
					entries + (n - 1) * 128, 128) != 0,
				 is_new);
	}
	assert_memory_equal(entries, after->back + MIB - 512 - GPT_TABLE_BYTES, GPT_TABLE_BYTES);
	assert_memory_equal(before->parts, after->parts, sizeof(before->parts));
}

static void test_write(void **state)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_free_ struct snapshot *before = NULL, *after = NULL, *again = NULL;

	(void)state;
	fixture_open(&f);
	before = snapshot_take(&f);
	assert_false(disk_has_table(f.path, &f.l));
	write_table(&f);
	after = snapshot_take(&f);
	check_only_added(before, after);
	assert_true(disk_has_table(f.path, &f.l));
	sfdisk(f.path, "--verify", NULL, NULL);
	/* Once more, as a run that goes on does: nothing is written. */
	write_table(&f);
	again = snapshot_take(&f);
	assert_memory_equal(after, again, sizeof(*after));
}

/* Cut off between the two copies: both kinds of half are recognised and completed. */
static void test_cut_off(void **state)
{
	(void)state;
	for (unsigned primary_is_new = 0; primary_is_new < 2; primary_is_new++) {
		_cleanup_fixture_ struct fixture f;
		_cleanup_free_ struct snapshot *before = NULL, *after = NULL, *again = NULL;

		fixture_open(&f);
		before = snapshot_take(&f);
		write_table(&f);
		after = snapshot_take(&f);
		if (primary_is_new)
			assert_int_equal(pwrite(f.fd, before->back, MIB, (off_t)(DISK - MIB)), MIB);
		else
			assert_int_equal(pwrite(f.fd, before->front, MIB, 0), MIB);
		assert_false(disk_has_table(f.path, &f.l));
		write_table(&f);
		again = snapshot_take(&f);
		assert_memory_equal(after, again, sizeof(*after));
	}
}

/* What an earlier run with other answers left goes; what was never agreed on does not. */
static void test_remains(void **state)
{
	_cleanup_fixture_ struct fixture f;
	struct old_part old[7];
	struct layout first;
	_cleanup_free_ struct snapshot *before = NULL, *after = NULL;

	(void)state;
	fixture_open(&f);
	before = snapshot_take(&f);
	write_table(&f);
	first = f.l;
	f.r.seed = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
	f.r.swap_bytes = 2 * GIB;
	layout(&f);
	refuses(&f, ERR_MISMATCH, "partition 3 was not there");
	memcpy(old, windows, sizeof(windows));
	for (size_t i = 0; i < 3; i++) {
		struct old_part *o = &old[4 + i];

		*o = (struct old_part){first.parts[i].number,
				       first.parts[i].start,
				       first.parts[i].size,
				       "",
				       "",
				       true};
		memcpy(o->type_guid, first.parts[i].type_guid, 37);
		memcpy(o->guid, first.parts[i].guid, 37);
	}
	f.r.old = old;
	f.r.old_count = 7;
	layout(&f);
	write_table(&f);
	assert_true(disk_has_table(f.path, &f.l));
	after = snapshot_take(&f);
	check_only_added(before, after);
}

static void test_changed_meanwhile(void **state)
{
	static const struct {
		const char *option, *words[3], *script, *says;
	} rows[] = {
		{"--append", {NULL}, "start=25000000, size=1000000\n", "partition 3 was not there"},
		{"--delete", {"7"}, NULL, "partition 7 is gone"},
		{"--part-uuid",
		 {"4", "11111111-2222-4333-8444-555555555555"},
		 NULL,
		 "partition 4 is another one"},
		{"--part-type", {"2", DATA}, NULL, "partition 2 is another one"},
		{"-N7", {NULL}, "81788928, 500000\n", "partition 7 is another one"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_fixture_ struct fixture f;

		fixture_open(&f);
		sfdisk(f.path, rows[i].option, rows[i].words, rows[i].script);
		refuses(&f, ERR_MISMATCH, rows[i].says);
	}
}

static void test_damaged(void **state)
{
	static const uint64_t places[] = {512, 1024 + 5, DISK - 512, DISK - 512 - 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_fixture_ struct fixture f;

		fixture_open(&f);
		assert_int_equal(pwrite(f.fd, "?", 1, (off_t)places[i]), 1);
		refuses(&f, ERR_INVALID, "damaged");
	}
}

static void test_room(void **state)
{
	_cleanup_fixture_ struct fixture f;

	(void)state;
	fixture_open(&f);
	f.esp.mountpoint = "/boot";
	f.r.uses = &f.esp;
	f.r.use_count = 1;
	layout(&f);
	refuses(&f, ERR_MISMATCH, "partition 1");
	if (proc_run(
		    &(const struct proc){.argv = (const char *const[]){"mkfs.vfat", "--offset=2048",
								       "-F", "32", "-i", "1234ABCD",
								       f.path, "102400", NULL}},
		    &(struct err){0}) < 0)
		fail();
	f.esp.room_bytes = 101 * MIB;
	layout(&f);
	refuses(&f, ERR_TOO_SMALL, "needs 101");
	f.esp.room_bytes = 90 * MIB;
	layout(&f);
	write_table(&f);
	/* What the run itself has put there since is not missing. */
	f.esp.room_bytes = 101 * MIB;
	layout(&f);
	write_table(&f);
	assert_true(disk_has_table(f.path, &f.l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_numbers),   cmocka_unit_test(test_esp_reused),
		cmocka_unit_test(test_xbootldr),       cmocka_unit_test(test_bios),
		cmocka_unit_test(test_assigned),       cmocka_unit_test(test_layout_refusals),
		cmocka_unit_test(test_write),	       cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_remains),	       cmocka_unit_test(test_changed_meanwhile),
		cmocka_unit_test(test_damaged),	       cmocka_unit_test(test_room),
		cmocka_unit_test(test_shrunk_layout),  cmocka_unit_test(test_shrunk_table),
		cmocka_unit_test(test_shrunk_halfway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
