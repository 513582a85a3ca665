/* SPDX-License-Identifier: GPL-3.0-or-later */
/* first boot: the image's root, whether it can grow, and the disks below it. */
#include "support/check.h"

#include "support/interview.h"

#include "support/image.h"

#define HEAD \
	"{\"version\":1,\"hostName\":\"pedal\",\"timeZone\":\"Europe/Berlin\",\"keyMap\":\"de\","
#define ACCOUNT                                                                  \
	"\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"," \
	"\"sshKeys\":[\"" SSH_KEY "\"]}}"
static const struct {
	const char *from, *to;
	uint64_t room;
} rooms[] = {
	{"", "", 15929966592 - 83886080 - 4294967296},
	{"\"bytes\":15931539456", "\"bytes\":4380000000", 0}, /* it fills the medium already */
	{"\"fsType\":\"ext4\"", "\"fsType\":\"f2fs\"", 0},    /* it cannot grow when mounted */
	{"\"table\":\"gpt\"", "\"table\":\"dos\"", 15929966592 - 83886080 - 4294967296},
	{"\"number\":1,\"start\":16777216", "\"number\":1,\"start\":8000000000", 0}, /* not last */
};

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* The root has grown before a cut, or the image fills the medium: the same file is as good as
 * before, and there is nothing to do for it. */
static void test_no_room(void **state)
{
	static const char *const given[] = {"true", "false"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_free_ char *full = replaced(FLASHED, "\"bytes\":15931539456",
						     "\"bytes\":4380000000");
		_cleanup_free_ char *answers = xasprintf(HEAD "\"growRoot\":%s," ACCOUNT "}",
							 given[i]);
		_cleanup_boot_ struct boot *b = boot_new(root, full, answers);
		_cleanup_free_ char *problems = setting_problems(b->s);

		assert_string_equal(problems, "");
		assert_int_equal(boot_run(b, NULL), 0);
		check_lacks(str_get(&b->t.log), "grow");
		check_lacks(str_get(&b->t.log), "resize2fs");
	}
}

/* Somebody has extended the partition up to the last usable sector: it does not shrink. */
static void test_reaches_past_the_last_mib(void **state)
{
	const uint64_t end = 15931539456 - 34 * 512;
	_cleanup_scratch_ char *root = image_new();
	_cleanup_free_ char *bytes = xasprintf("\"bytes\":%llu",
					       (unsigned long long)(end - 83886080));
	_cleanup_free_ char *machine = replaced(FLASHED, "\"bytes\":4294967296", bytes);
	_cleanup_boot_ struct boot *b = boot_new(root, machine, "{");

	(void)state;
	assert_int_equal(b->image->root.end_bytes, end);
	assert_int_equal(b->image->root.room_bytes, 0);
}

/* The root is on LVM, that on LUKS, and that on a partition of the card. */
static void test_disks_beneath(void **state)
{
	static const char *const roots[] = {"254:1 / / rw - ext4 /dev/mapper/vg-root",
					    "0:25 /@ / rw - btrfs /dev/mapper/vg-root"};
	_cleanup_free_ char *machine = replaced(FLASHED, "\"/nix/store\",\"/\"", "");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_free_ char *mounts = xasprintf(
			"20 1 0:3 / / rw - rootfs rootfs rw\n36 20 %s rw\n"
			"37 36 179:1 / /boot rw - vfat /dev/mmcblk0p1 rw\n",
			roots[i]);
		_cleanup_boot_ struct boot *b = NULL;

		scratch_file(root, "proc/self/mountinfo", mounts);
		scratch_file(root, "sys/block/mmcblk0/dev", "179:0\n");
		scratch_file(root, "sys/block/dm-0/dev", "254:0\n");
		scratch_file(root, "sys/block/dm-0/slaves/mmcblk0p2/dev", "");
		scratch_file(root, "sys/block/dm-1/dev", "254:1\n");
		scratch_file(root, "sys/block/dm-1/dm/name", "vg-root\n");
		scratch_file(root, "sys/block/dm-1/slaves/dm-0/dev", "");
		b = boot_new(root, machine, "{");
		check_row(i, !b->image->root.disk && b->image->root.beneath.count == 1);
		assert_string_equal(b->image->root.beneath.items[0], "/dev/mmcblk0");
	}
}

static void test_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_free_ char *machine = replaced(FLASHED, rooms[i].from, rooms[i].to);
		_cleanup_boot_ struct boot *b = boot_new(root, machine, "{");

		check_row(i, b->image->root.number == 2);
		if (b->image->root.room_bytes != rooms[i].room)
			fail_msg("row %zu: %llu", i, (unsigned long long)b->image->root.room_bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_reaches_past_the_last_mib),
		cmocka_unit_test(test_disks_beneath),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
