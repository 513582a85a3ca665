/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/mountinfo.h"

static void test_unescape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"/mnt/my\\040disk", "/mnt/my disk"},
		{"\\134\\011\\012\\043", "\\\t\n#"},
		{"/plain", "/plain"},
		{"", ""},
		/* What is no escape stays: too short, not octal. */
		{"a\\04", "a\\04"},
		{"a\\", "a\\"},
		{"a\\09z", "a\\09z"},
		{"\\134040", "\\040"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *s = xstrdup(rows[i].in);

		octal_unescape(s);
		assert_string_equal(s, rows[i].out);
	}
}

static void test_mountinfo(void **state)
{
	static const char text[] =
		"21 1 8:2 / / rw,noatime shared:1 - ext4 /dev/sda2 rw\n"
		"22 21 0:5 / /dev rw,nosuid - devtmpfs devtmpfs rw,size=4k\n"
		"36 21 98:0 /sub /mnt/my\\040disk rw master:1 propagate_from:2 unbindable - "
		"fuse.x a\\040b rw,errors=continue\n"
		"garbage\n"
		"37 21 98 / /bad rw - ext4 /dev/x rw\n"
		"x 21 98:1 / /bad rw - ext4 /dev/x rw\n"
		"38 21 98:1 / /bad rw ext4 /dev/x rw\n"
		"\n"
		"40 21 0:33 / /btrfs rw - btrfs /dev/vdb1 rw";
	_cleanup_arena_ struct arena *a = arena_new();
	struct mounts m = mountinfo_parse(a, text);

	(void)state;
	assert_int_equal(m.count, 4);
	assert_int_equal(m.items[0].id, 21);
	assert_int_equal(m.items[0].parent, 1);
	assert_int_equal(m.items[0].major, 8);
	assert_int_equal(m.items[0].minor, 2);
	assert_string_equal(m.items[0].point, "/");
	assert_string_equal(m.items[0].fstype, "ext4");
	assert_string_equal(m.items[0].source, "/dev/sda2");
	assert_string_equal(m.items[1].point, "/dev");
	assert_string_equal(m.items[2].point, "/mnt/my disk");
	assert_string_equal(m.items[2].source, "a b");
	assert_string_equal(m.items[2].fstype, "fuse.x");
	assert_int_equal(m.items[3].major, 0);
	assert_string_equal(m.items[3].source, "/dev/vdb1");
	assert_int_equal(mountinfo_parse(a, "").count, 0);
}

static void test_swaps(void **state)
{
	static const char text[] =
		"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		"/dev/sda2                               partition\t8388604\t0\t-2\n"
		"/my\\040swap file\t100\t0\t-3\n";
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings s = swaps_parse(a, text);

	(void)state;
	assert_int_equal(s.count, 2);
	assert_string_equal(s.items[0], "/dev/sda2");
	assert_string_equal(s.items[1], "/my swap");
	assert_int_equal(swaps_parse(a, "").count, 0);
	assert_int_equal(swaps_parse(a, "Filename Type\n").count, 0);
}

static void test_below(void **state)
{
	(void)state;
	assert_true(path_is_below("/mnt", "/mnt"));
	assert_true(path_is_below("/mnt/boot", "/mnt"));
	assert_false(path_is_below("/mnt2", "/mnt"));
	assert_false(path_is_below("/", "/mnt"));
	assert_true(path_is_below("/mnt", "/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_mountinfo),
		cmocka_unit_test(test_swaps),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests_name("partition: mountinfo", tests, NULL, NULL);
}
