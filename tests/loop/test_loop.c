/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executors of partition/ on real loop devices. Needs root and /dev/loop-control; without
 * them it says so and exits with 77, which ctest counts as skipped. */
#include "loop/support.h"

#include <linux/blkpg.h>

static void test_table_and_nodes(void **state)
{
	static const struct {
		uint32_t sector;
		enum boot_method boot;
	} rows[] = {{512, BOOT_UEFI}, {4096, BOOT_UEFI}, {512, BOOT_BIOS}, {4096, BOOT_UBOOT}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loop d = disk_make(3 * GIB, rows[i].sector, rows[i].boot, 256 * MIB);
		char none[64];
		struct err e = {0};

		assert_false(disk_has_table(d.path, &d.l));
		write_table(&d);
		assert_kernel_knows(&d);
		assert_true(disk_has_table(d.path, &d.l));
		assert_int_equal(part_node(d.path, 9, none, sizeof(none), &e), -ERR_NOT_FOUND);
		disk_free(&d);
	}
}

/* Other partitions than before: the kernel forgets the old ones. */
static void test_table_over_another(void **state)
{
	struct loop d = disk_make(3 * GIB, 512, BOOT_UEFI, 256 * MIB);
	struct layout old = d.l;
	char none[64];
	struct err e = {0};

	(void)state;
	write_table(&d);
	d.l = layout(3 * GIB, 512, BOOT_BIOS, 0, OTHER);
	write_table(&d);
	assert_kernel_knows(&d);
	assert_int_equal(part_node(d.path, 3, none, sizeof(none), &e), -ERR_NOT_FOUND);
	assert_false(disk_has_table(d.path, &old));
	assert_true(disk_has_table(d.path, &d.l));
	disk_free(&d);
}

/* A partition that somebody has open: refused before the first write, and all stay known. */
static void test_open_partition_is_refused(void **state)
{
	struct loop d = disk_make(3 * GIB, 512, BOOT_UEFI, 256 * MIB);
	struct layout other = layout(3 * GIB, 512, BOOT_BIOS, 0, OTHER);
	struct node swap;
	struct err e = {0};
	int fd;

	(void)state;
	write_table(&d);
	swap = node_of(&d, PART_SWAP);
	fd = open(swap.s, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(disk_write_table(d.path, &other, NODE_MS, &e), -ERR_BUSY);
	assert_non_null(strstr(e.what, swap.s));
	close(fd);
	assert_true(disk_has_table(d.path, &d.l));
	assert_kernel_knows(&d);
	disk_free(&d);
}

/* What the kernel is told of one partition: BLKPG_ADD_PARTITION or BLKPG_DEL_PARTITION. */
static int blkpg(const struct loop *d, int op, const struct part *p)
{
	struct blkpg_partition part = {
		.start = (long long)p->start, .length = (long long)p->size, .pno = (int)p->number};
	struct blkpg_ioctl_arg arg = {.op = op, .datalen = sizeof(part), .data = &part};

	return ioctl(d->fd, BLKPG, &arg) < 0 ? -errno : 0;
}

/* udev has the kernel read the table again, so that for a moment there are no partitions: waited
 * for; and a partition that is held does not go. */
static void test_partition_that_comes_back(void **state)
{
	struct loop d = disk_make(3 * GIB, 512, BOOT_UEFI, 0);
	const struct part *root = layout_part(&d.l, PART_ROOT);
	struct err e = {0};
	char node[64];
	int fd, status;
	pid_t pid;

	(void)state;
	write_table(&d);
	assert_int_equal(blkpg(&d, BLKPG_DEL_PARTITION, root), 0);
	assert_int_equal(disk_part_open(d.path, root->number, 50, node, sizeof(node), &e),
			 -ERR_NOT_FOUND);
	pid = fork();
	if (pid == 0) {
		usleep(200 * 1000);
		_exit(blkpg(&d, BLKPG_ADD_PARTITION, root) ? 1 : 0);
	}
	fd = disk_part_open(d.path, root->number, NODE_MS, node, sizeof(node), &e);
	check(fd, &e);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(node, node_of(&d, PART_ROOT).s);
	assert_int_equal(blkpg(&d, BLKPG_DEL_PARTITION, root), -EBUSY);
	close(fd);
	assert_int_equal(blkpg(&d, BLKPG_DEL_PARTITION, root), 0);
	disk_free(&d);
}

/* udev's lock: waited for, not ignored. */
static void test_lock_is_waited_for(void **state)
{
	struct loop d = disk_make(3 * GIB, 512, BOOT_UEFI, 0);
	pid_t pid;
	int fds[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(d.path, O_RDONLY | O_CLOEXEC);

		flock(fd, LOCK_SH);
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		usleep(200 * 1000);
		/* Had it been ignored, the table would be there by now. */
		_exit(disk_has_table(d.path, &d.l) ? 2 : 0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	write_table(&d);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fds[0]);
	close(fds[1]);
	disk_free(&d);
}

static void gap_stays(uint32_t sector)
{
	struct loop d = disk_make(3 * GIB, sector, BOOT_UBOOT, 256 * MIB);
	uint64_t gap = gpt_primary_end(sector);
	_cleanup_free_ char *before = xmalloc(16 * MIB), *after = xmalloc(16 * MIB);
	uint32_t x = 1;

	for (size_t i = 0; i < 16 * MIB; i++) {
		x = x * 1664525 + 1013904223;
		before[i] = (char)(x >> 24);
	}
	memcpy(before + 32769, "CD001", 5);
	memcpy(before + 65536 + 64, "_BHRfS_M", 8);
	assert_int_equal(pwrite(d.fd, before, 16 * MIB, 0), 16 * MIB);
	write_table(&d);
	assert_int_equal(pread(d.fd, after, 16 * MIB, 0), 16 * MIB);
	assert_memory_equal(before + gap, after + gap, 16 * MIB - gap);
	assert_true(disk_has_table(d.path, &d.l));
	disk_free(&d);
}

static void test_gap_stays(void **state)
{
	(void)state;
	gap_stays(512);
	gap_stays(4096);
}

static void format(const struct loop *d, enum part_role role)
{
	struct err e = {0};

	check(part_format(layout_part(&d->l, role), node_of(d, role).s, NULL, NULL, &e), &e);
}

static void mount_root(const struct loop *d)
{
	struct err e = {0};

	const struct mount_point m = {0, layout_part(&d->l, PART_ROOT), NULL, "/"};

	check(part_mount(&m, node_of(d, PART_ROOT).s, d->root, &e), &e);
}

static void unmount(const struct loop *d)
{
	struct err e = {0};

	check(tree_unmount(d->root, 2000, &e), &e);
}

static struct loop disk_with_root(void)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 128 * MIB);

	write_table(&d);
	format(&d, PART_ROOT);
	mount_root(&d);
	return d;
}

/* The line of /proc/self/mounts for that mount point. */
static void assert_mounted(const char *point, const char *source, const char *option)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_free_ char *head = xasprintf("%s %s ext4 ", source, point);
	size_t size = 0;
	FILE *f = fopen("/proc/self/mounts", "re");
	bool found = false;

	assert_non_null(f);
	while (getline(&line, &size, f) > 0)
		found = found || (str_starts(line, head) && strstr(line, option));
	(void)fclose(f);
	assert_true(found);
}

static void test_format_and_mount(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 128 * MIB);
	const struct part *root, *swap;
	struct stat st;
	mode_t before;

	(void)state;
	write_table(&d);
	root = layout_part(&d.l, PART_ROOT);
	swap = layout_part(&d.l, PART_SWAP);
	assert_false(part_is_formatted(root, node_of(&d, PART_ROOT).s));
	format(&d, PART_BIOS_BOOT);
	format(&d, PART_SWAP);
	format(&d, PART_ROOT);
	assert_true(part_is_formatted(root, node_of(&d, PART_ROOT).s));
	assert_true(part_is_formatted(swap, node_of(&d, PART_SWAP).s));
	assert_true(disk_has_table(d.path, &d.l));

	before = umask(0077);
	mount_root(&d);
	umask(before);
	assert_mounted(d.root, node_of(&d, PART_ROOT).s, "noatime");
	assert_int_equal(stat(d.root, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	/* Again is fine, and does not mount a second time. */
	mount_root(&d);
	unmount(&d);
	assert_int_equal(stat(d.root, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	unmount(&d);
	/* A new table over it all: the old file system is not recognised any more. */
	write_table(&d);
	assert_false(part_is_formatted(root, node_of(&d, PART_ROOT).s));
	assert_false(part_is_formatted(swap, node_of(&d, PART_SWAP).s));
	disk_free(&d);
}

static void test_format_refuses_mounted(void **state)
{
	struct loop d = disk_with_root();
	struct err e = {0};

	(void)state;
	assert_int_equal(
		part_format(layout_part(&d.l, PART_ROOT), node_of(&d, PART_ROOT).s, NULL, NULL, &e),
		-ERR_BUSY);
	assert_int_equal(
		part_format(layout_part(&d.l, PART_SWAP), node_of(&d, PART_ROOT).s, NULL, NULL, &e),
		-ERR_MISMATCH);
	assert_int_equal(disk_write_table(d.path, &d.l, NODE_MS, &e), -ERR_BUSY);
	unmount(&d);
	assert_true(part_is_formatted(layout_part(&d.l, PART_ROOT), node_of(&d, PART_ROOT).s));
	disk_free(&d);
}

/* Mounts below mounts, and one on top of another, all go. */
static void test_tree_unmount(void **state)
{
	struct loop d = disk_with_root();
	static const char *const dirs[] = {"proc", "dev", "dev/a b"};
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = xasprintf("%s/%s", d.root, dirs[i]);

		assert_int_equal(mkdir(dir, 0755), 0);
		assert_int_equal(mount("none", dir, i ? "tmpfs" : "proc", 0, NULL), 0);
	}
	assert_int_equal(mount("none", d.root, "tmpfs", 0, NULL), 0);
	unmount(&d);
	assert_int_equal(rmdir(d.root), 0);
	/* Not mounted, and not there. */
	unmount(&d);
	assert_int_equal(tree_unmount("/", 0, &e), -ERR_INVALID);
	disk_free(&d);
}

/* A child that keeps the mount busy for `ms`, or until it is killed (0). */
static pid_t keeper(const char *dir, unsigned ms)
{
	int fds[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (chdir(dir) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		if (ms)
			usleep(ms * 1000);
		else
			pause();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void test_busy_names_the_process(void **state)
{
	struct loop d = disk_with_root();
	_cleanup_free_ char *dir = xasprintf("%s/in use", d.root);
	char number[32];
	struct err e = {0};
	pid_t pid;

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	pid = keeper(dir, 0);
	snprintf(number, sizeof(number), "process %d (", (int)pid);
	assert_int_equal(tree_unmount(d.root, 100, &e), -ERR_BUSY);
	assert_non_null(strstr(e.what, d.root));
	assert_non_null(strstr(e.why, number));
	assert_non_null(strstr(e.why, "test_loop"));
	assert_non_null(strstr(e.why, dir));
	assert_true(e.hint[0]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	unmount(&d);
	disk_free(&d);
}

static void test_busy_names_the_file(void **state)
{
	struct loop d = disk_with_root();
	_cleanup_free_ char *path = xasprintf("%s/open", d.root);
	struct err e = {0};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(tree_unmount(d.root, 0, &e), -ERR_BUSY);
	assert_non_null(strstr(e.why, path));
	close(fd);
	unmount(&d);
	disk_free(&d);
}

/* It is retried for as long as was said. */
static void test_busy_is_waited_for(void **state)
{
	struct loop d = disk_with_root();
	pid_t pid = keeper(d.root, 300);
	struct err e = {0};

	(void)state;
	check(tree_unmount(d.root, 5000, &e), &e);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	disk_free(&d);
}

static bool is_swapped_on(const char *path)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings swaps;
	struct sys s;
	struct err e;
	bool found = false;

	check(sys_open(&s, NULL, &e), &e);
	swaps = swaps_read(&s, a);
	sys_close(&s);
	for (size_t i = 0; i < swaps.count; i++)
		found = found || str_eq(swaps.items[i], path);
	return found;
}

static void test_swap_partition(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 128 * MIB);
	struct node node;
	struct err e = {0};

	(void)state;
	write_table(&d);
	node = node_of(&d, PART_SWAP);
	format(&d, PART_SWAP);
	check(swap_on(node.s, &e), &e);
	assert_true(is_swapped_on(node.s));
	check(swap_on(node.s, &e), &e);
	assert_int_equal(disk_write_table(d.path, &d.l, NODE_MS, &e), -ERR_BUSY);
	check(swap_off(node.s, &e), &e);
	assert_false(is_swapped_on(node.s));
	check(swap_off(node.s, &e), &e);
	check(swap_off("/nonexistent", &e), &e);
	assert_int_equal(swap_on("/nonexistent", &e), -ERR_IO);
	disk_free(&d);
}

static void test_swap_file(void **state)
{
	struct loop d = disk_with_root();
	_cleanup_free_ char *path = xasprintf("%s/var/lib/swapfile", d.root);
	struct part as_swap = {.fs = FS_SWAP, .fs_uuid = UUID};
	struct stat st;
	struct err e = {0};

	(void)state;
	check(swapfile_make(path, 64 * MIB, UUID, NULL, NULL, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 64 * MIB);
	assert_true((uint64_t)st.st_blocks * 512 >= 64 * MIB);
	assert_true(part_is_formatted(&as_swap, path));
	/* The kernel's own judgement of holes. */
	check(swap_on(path, &e), &e);
	assert_true(is_swapped_on(path));
	assert_int_equal(swapfile_make(path, 64 * MIB, UUID, NULL, NULL, &e), -ERR_BUSY);
	assert_int_equal(tree_unmount(d.root, 0, &e), -ERR_BUSY);
	assert_non_null(strstr(e.why, path));
	assert_non_null(strstr(e.why, "swapped on"));
	check(swap_off(path, &e), &e);
	/* Again, of another size. */
	check(swapfile_make(path, 32 * MIB, UUID, NULL, NULL, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 32 * MIB);
	check(tree_sync(d.root, &e), &e);
	assert_int_equal(tree_sync("/nonexistent", &e), -ERR_IO);
	unmount(&d);
	disk_free(&d);
}

static void test_swap_file_without_room(void **state)
{
	struct loop d = disk_with_root();
	_cleanup_free_ char *path = xasprintf("%s/swapfile", d.root);
	struct err e = {0};

	(void)state;
	assert_int_equal(swapfile_make(path, 100 * GIB, UUID, NULL, NULL, &e), -ERR_TOO_SMALL);
	assert_non_null(strstr(e.why, "100.0 GiB"));
	assert_int_equal(access(path, F_OK), -1);
	unmount(&d);
	disk_free(&d);
}

/* A file system that cannot say where its files lie (tmpfs) cannot be swapped to. */
static void test_swap_file_on_tmpfs(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 0);
	_cleanup_free_ char *path = xasprintf("%s/swapfile", d.root);
	struct err e = {0};

	(void)state;
	assert_int_equal(mkdir(d.root, 0755), 0);
	assert_int_equal(mount("none", d.root, "tmpfs", 0, NULL), 0);
	assert_int_equal(swapfile_make(path, MIB, UUID, NULL, NULL, &e), -ERR_UNSUPPORTED);
	assert_int_equal(access(path, F_OK), -1);
	unmount(&d);
	disk_free(&d);
}

static struct disk_identity identity(const struct loop *d)
{
	struct stat st;

	assert_int_equal(stat(d->path, &st), 0);
	return (struct disk_identity){.path = d->path,
				      .bytes = d->l.disk_bytes,
				      .major = major(st.st_rdev),
				      .minor = minor(st.st_rdev)};
}

static void assert_identify(const struct disk_identity *id, int wanted, const char *words)
{
	struct err e = {0};
	int r = disk_identify(id, &e);

	if (r != -wanted)
		fail_msg("%d, not %d: %s: %s", r, -wanted, e.what, e.why);
	if (words && !strstr(e.what, words) && !strstr(e.why, words))
		fail_msg("no \"%s\" in \"%s: %s\"", words, e.what, e.why);
}

static void test_identify(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 128 * MIB);
	struct disk_identity id = identity(&d);
	struct node swap;
	struct err e;

	(void)state;
	assert_identify(&id, ERR_NONE, NULL);
	write_table(&d);
	assert_identify(&id, ERR_NONE, NULL);
	id.serial = "nobody has this";
	assert_identify(&id, ERR_MISMATCH, "now it has none");
	id = identity(&d);
	id.bytes += 512;
	assert_identify(&id, ERR_MISMATCH, "2147483648 bytes");
	id = identity(&d);
	id.minor++;
	assert_identify(&id, ERR_MISMATCH, "it is device");
	id = identity(&d);
	id.path = "/dev/nonexistent";
	assert_identify(&id, ERR_NOT_FOUND, "gone");
	id.path = "/dev/null";
	assert_identify(&id, ERR_MISMATCH, "not a disk");

	id = identity(&d);
	format(&d, PART_SWAP);
	swap = node_of(&d, PART_SWAP);
	check(swap_on(swap.s, &e), &e);
	assert_identify(&id, ERR_BUSY, "swapped on");
	check(swap_off(swap.s, &e), &e);
	format(&d, PART_ROOT);
	mount_root(&d);
	assert_identify(&id, ERR_BUSY, d.root);
	unmount(&d);
	assert_identify(&id, ERR_NONE, NULL);
	disk_free(&d);
}

/* A loop device on a partition holds the disk, though sysfs lists no holder. */
static void test_identify_sees_loops(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 128 * MIB);
	struct disk_identity id = identity(&d);
	char path[32];
	int fd;

	(void)state;
	write_table(&d);
	fd = loop_attach(node_of(&d, PART_SWAP).s, 512, 0, path, sizeof(path));
	assert_identify(&id, ERR_BUSY, path + 5);
	close(fd);
	assert_identify(&id, ERR_NONE, NULL);
	disk_free(&d);
}

/* Another program that claims the disk, which no list of the kernel's shows. */
static void test_identify_sees_claims(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 0);
	struct disk_identity id = identity(&d);
	int fd;

	(void)state;
	write_table(&d);
	fd = open(node_of(&d, PART_ROOT).s, O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_identify(&id, ERR_BUSY, "in use");
	close(fd);
	assert_identify(&id, ERR_NONE, NULL);
	disk_free(&d);
}

static void test_write_protected(void **state)
{
	struct loop d = disk_make(2 * GIB, 512, BOOT_BIOS, 0);
	struct disk_identity id;
	struct err e = {0};

	(void)state;
	close(d.fd);
	d.fd = loop_attach(d.file, 512, LO_FLAGS_READ_ONLY, d.path, sizeof(d.path));
	id = identity(&d);
	assert_identify(&id, ERR_UNSUPPORTED, "write-protected");
	assert_int_equal(disk_write_table(d.path, &d.l, NODE_MS, &e), -ERR_IO);
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_and_nodes),
		cmocka_unit_test(test_table_over_another),
		cmocka_unit_test(test_open_partition_is_refused),
		cmocka_unit_test(test_partition_that_comes_back),
		cmocka_unit_test(test_lock_is_waited_for),
		cmocka_unit_test(test_gap_stays),
		cmocka_unit_test(test_format_and_mount),
		cmocka_unit_test(test_format_refuses_mounted),
		cmocka_unit_test(test_tree_unmount),
		cmocka_unit_test(test_busy_names_the_process),
		cmocka_unit_test(test_busy_names_the_file),
		cmocka_unit_test(test_busy_is_waited_for),
		cmocka_unit_test(test_swap_partition),
		cmocka_unit_test(test_swap_file),
		cmocka_unit_test(test_swap_file_without_room),
		cmocka_unit_test(test_swap_file_on_tmpfs),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_identify_sees_loops),
		cmocka_unit_test(test_identify_sees_claims),
		cmocka_unit_test(test_write_protected),
	};

	return loop_tests("partition: loop devices", tests, ARRAY_SIZE(tests));
}
