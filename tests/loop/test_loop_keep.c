/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that are kept, on real loop devices: the kernel learns of what is new while somebody looks
 * at what stays, and what stays has the same bytes afterwards. Skipped like test_loop. */
#include "loop/support.h"

#include "partition/shrink.h"

enum { ROOT_MIB = 128, AREA_MIB = 500, COMPARED_MIB = 16, SHRUNK_MIB = 300 };

/* A disk with an earlier system that has left room behind it, and a file in its root. */
static struct loop disk_with_room(uint32_t sector)
{
	struct loop d = disk_make(700 * MIB, sector, BOOT_BIOS, 0);
	struct part *root = &d.l.parts[1];
	struct err e = {0};

	assert_int_equal(root->role, PART_ROOT);
	root->size = ROOT_MIB * MIB;
	write_table(&d);
	for (size_t i = 0; i < d.l.count; i++)
		check(part_format(&d.l.parts[i], node_of(&d, d.l.parts[i].role).s, NULL, NULL, &e),
		      &e);
	return d;
}

static void mount_at(const struct loop *d, const struct part *p, const char *where)
{
	const struct mount_point m = {0, p, NULL, where};
	char node[64];
	struct err e = {0};

	check(part_node(d->path, p->number, node, sizeof(node), &e), &e);
	check(part_mount(&m, node, d->root, &e), &e);
}

static void write_file(const struct loop *d, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", d->root, name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void unmount(const struct loop *d)
{
	struct err e = {0};

	check(tree_unmount(d->root, 2000, &e), &e);
}

/* The request for another system in the room; `old` has space for three entries. */
static struct layout_request request(const struct loop *d, struct old_part *old,
				     const struct part_use *uses, size_t use_count)
{
	const struct part *root = &d->l.parts[1];

	for (size_t i = 0; i < d->l.count; i++) {
		old[i] = (struct old_part){.number = d->l.parts[i].number,
					   .start = d->l.parts[i].start,
					   .size = d->l.parts[i].size};
		memcpy(old[i].guid, d->l.parts[i].guid, sizeof(old[i].guid));
		memcpy(old[i].type_guid, d->l.parts[i].type_guid, sizeof(old[i].type_guid));
	}
	return (struct layout_request){
		.disk_bytes = d->l.disk_bytes,
		.sector_bytes = d->l.sector_bytes,
		.boot = BOOT_BIOS,
		.root_fs = FS_EXT4,
		.swap_bytes = 64 * MIB,
		.root_min_bytes = 256 * MIB,
		.seed = OTHER,
		.keep_table = true,
		.old = old,
		.old_count = d->l.count,
		.uses = uses,
		.use_count = use_count,
		.area_start = root->start + root->size,
		.area_bytes = AREA_MIB * MIB,
	};
}

static void read_kept(const struct loop *d, const struct old_part *o, char *ret)
{
	assert_int_equal(ioctl(d->fd, BLKFLSBUF), 0);
	assert_int_equal(pread(d->fd, ret, COMPARED_MIB * MIB, (off_t)o->start),
			 COMPARED_MIB * MIB);
}

static void beside(uint32_t sector)
{
	struct loop d = disk_with_room(sector);
	const struct part bios = d.l.parts[0], home = d.l.parts[1];
	struct part_use uses[] = {
		{bios.number, PART_BIOS_BOOT, FATE_KEEP, FS_NONE, "", NULL, "", 0, 0},
		{home.number, PART_DATA, FATE_KEEP, FS_EXT4, "/home", NULL, home.fs_uuid, 0, 0}};
	struct old_part old[8];
	struct layout_request r;
	_cleanup_free_ char *before = xmalloc(COMPARED_MIB * MIB),
			    *after = xmalloc(COMPARED_MIB * MIB);
	struct err e = {0};
	int looking;

	mount_at(&d, &home, "/");
	write_file(&d, "take1.wav", "a recording");
	unmount(&d);
	r = request(&d, old, uses, 2);
	read_kept(&d, &old[1], before);
	looking = open(node_of(&d, PART_ROOT).s, O_RDONLY | O_CLOEXEC);
	check(layout_make(&r, &d.l, &e), &e);
	check(disk_check_kept(d.path, &d.l, &e), &e);
	write_table(&d);
	assert_kernel_knows(&d);
	assert_true(disk_has_table(d.path, &d.l));
	close(looking);
	read_kept(&d, &old[1], after);
	assert_memory_equal(before, after, COMPARED_MIB * MIB);
	for (size_t i = 0; i < d.l.count; i++)
		if (d.l.parts[i].fate == FATE_CREATE)
			check(part_format(&d.l.parts[i], node_of(&d, d.l.parts[i].role).s, NULL,
					  NULL, &e),
			      &e);
	read_kept(&d, &old[1], after);
	assert_memory_equal(before, after, COMPARED_MIB * MIB);
	/* Once more, as a run that goes on does; then everything is where it belongs. */
	check(disk_check_kept(d.path, &d.l, &e), &e);
	write_table(&d);
	mount_at(&d, layout_part(&d.l, PART_ROOT), "/");
	mount_at(&d, layout_part_at(&d.l, "/home"), "/home");
	_cleanup_free_ char *file = xasprintf("%s/home/take1.wav", d.root);
	assert_int_equal(access(file, F_OK), 0);
	unmount(&d);
	disk_free(&d);
}

static void test_beside(void **state)
{
	(void)state;
	beside(512);
	beside(4096);
}

/* Other answers after a run that was cut off: what it made is made anew, what was there stays. */
static void test_remains(void **state)
{
	struct loop d = disk_with_room(512);
	struct old_part old[8];
	struct layout_request r = request(&d, old, NULL, 0);
	size_t kept = d.l.count;
	struct err e = {0};
	char none[64];

	(void)state;
	check(layout_make(&r, &d.l, &e), &e);
	write_table(&d);
	assert_int_equal(d.l.count, 3);
	for (size_t i = 0; i < d.l.count; i++) {
		struct old_part *o = &old[kept + i];

		*o = (struct old_part){.number = d.l.parts[i].number,
				       .start = d.l.parts[i].start,
				       .size = d.l.parts[i].size,
				       .remove = true};
		memcpy(o->guid, d.l.parts[i].guid, sizeof(o->guid));
		memcpy(o->type_guid, d.l.parts[i].type_guid, sizeof(o->type_guid));
	}
	r.old_count = kept + 3;
	r.swap_bytes = 0;
	r.seed = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
	check(layout_make(&r, &d.l, &e), &e);
	write_table(&d);
	assert_kernel_knows(&d);
	assert_true(disk_has_table(d.path, &d.l));
	assert_int_equal(part_node(d.path, old[kept + 2].number, none, sizeof(none), &e),
			 -ERR_NOT_FOUND);
	assert_int_equal(sysfs_number(&d, 1, "size") * 512, old[0].size);
	disk_free(&d);
}

/* What was to be removed is in use: refused, nothing written, and the kernel knows all of it. */
static void test_busy(void **state)
{
	struct loop d = disk_with_room(512);
	struct old_part old[8];
	struct layout_request r = request(&d, old, NULL, 0);
	struct layout before = d.l;
	struct err e = {0};
	int fd;

	(void)state;
	old[1].remove = true;
	check(layout_make(&r, &d.l, &e), &e);
	fd = open(d.path, O_RDONLY | O_CLOEXEC);
	close(fd);
	mount_at(&d, &before.parts[1], "/");
	assert_int_equal(disk_write_table(d.path, &d.l, NODE_MS, &e), -ERR_BUSY);
	unmount(&d);
	assert_true(disk_has_table(d.path, &before));
	disk_free(&d);
}

/* A system whose root has all the room there is gives up most of it. */
static struct loop full_disk(enum fs_kind fs)
{
	struct loop d = disk_make(700 * MIB, 512, BOOT_BIOS, 0);
	struct part *root = &d.l.parts[1];
	struct err e = {0};

	assert_int_equal(root->role, PART_ROOT);
	root->fs = fs;
	write_table(&d);
	for (size_t i = 0; i < d.l.count; i++)
		check(part_format(&d.l.parts[i], node_of(&d, d.l.parts[i].role).s, NULL, NULL, &e),
		      &e);
	mount_at(&d, root, "/");
	write_file(&d, "take1.wav", "a recording");
	unmount(&d);
	return d;
}

static void make_room(enum fs_kind fs)
{
	struct loop d = full_disk(fs);
	const struct part root = d.l.parts[1];
	struct part_use use = {root.number,  PART_DATA, FATE_SHRINK,	 fs, "", NULL,
			       root.fs_uuid, 0,		SHRUNK_MIB * MIB};
	struct old_part old[8];
	struct layout_request r = request(&d, old, &use, 1);
	struct layout before = d.l;
	struct err e = {0};
	char node[64];

	r.area_start = root.start + SHRUNK_MIB * MIB;
	r.area_bytes = root.size - SHRUNK_MIB * MIB;
	check(layout_make(&r, &d.l, &e), &e);
	assert_int_equal(disk_write_table(d.path, &d.l, NODE_MS, &e), -ERR_TOO_SMALL);
	assert_true(disk_has_table(d.path, &before));
	check(part_node(d.path, root.number, node, sizeof(node), &e), &e);
	check(fs_shrink(node, fs, SHRUNK_MIB * MIB, NULL, NULL, &e), &e);
	write_table(&d);
	assert_kernel_knows(&d);
	assert_true(disk_has_table(d.path, &d.l));
	for (size_t i = 0; i < d.l.count; i++)
		if (d.l.parts[i].fate == FATE_CREATE)
			check(part_format(&d.l.parts[i], node_of(&d, d.l.parts[i].role).s, NULL,
					  NULL, &e),
			      &e);
	/* Once more, as a run that goes on does. */
	check(disk_check_kept(d.path, &d.l, &e), &e);
	write_table(&d);
	mount_at(&d, &root, "/");
	_cleanup_free_ char *file = xasprintf("%s/take1.wav", d.root);
	assert_int_equal(access(file, F_OK), 0);
	unmount(&d);
	disk_free(&d);
}

static void test_room_is_made(void **state)
{
	(void)state;
	make_room(FS_EXT4);
	make_room(FS_BTRFS);
}

static void btrfs(const char *verb, const char *path)
{
	struct proc proc = {.argv = (const char *const[]){"btrfs", "subvolume", verb, path, NULL}};
	struct err e = {0};

	check(proc_run(&proc, &e), &e);
}

/* The subvolume that is to be mounted is looked for before anything is written, from the top, which
 * need not be what a plain mount gives. */
static void test_subvolume(void **state)
{
	static const struct {
		const char *name;
		bool there;
	} rows[] = {{"@home", true},
		    {"/@home", true},
		    {"@music", false},
		    {"take1.wav", false},
		    {"folder", false}};
	struct loop d = full_disk(FS_BTRFS);
	const struct part root = d.l.parts[1];
	_cleanup_free_ char *home = xasprintf("%s/@home", d.root),
			    *folder = xasprintf("%s/folder", d.root);
	struct old_part old[8];
	struct layout l = d.l;
	struct err e = {0};

	(void)state;
	(void)request(&d, old, NULL, 0);
	l.keep_table = true;
	l.old = old;
	l.old_count = d.l.count;
	mount_at(&d, &root, "/");
	assert_int_equal(mkdir(folder, 0755), 0);
	btrfs("create", home);
	btrfs("set-default", home);
	unmount(&d);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct part *p = &l.parts[0];
		int n;

		l.count = 1;
		*p = root;
		p->fate = FATE_KEEP;
		p->subvolume_count = 1;
		snprintf(p->subvolumes[0].name, sizeof(p->subvolumes[0].name), "%s", rows[i].name);
		n = disk_check_kept(d.path, &l, &e);
		if (n != (rows[i].there ? 0 : -ERR_NOT_FOUND))
			fail_msg("%s: %d %s %s", rows[i].name, n, e.what, e.why);
	}
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room_is_made), cmocka_unit_test(test_beside),
		cmocka_unit_test(test_remains),	     cmocka_unit_test(test_busy),
		cmocka_unit_test(test_subvolume),
	};

	return loop_tests("partition: loop devices, kept tables", tests, ARRAY_SIZE(tests));
}
