/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets come out of an answer file on a file system that is read-only or full. FAT itself is in
 * tests/vm/first-boot. Needs root; without it it says so and exits with 77. */
#include "support/check.h"

#include <sys/statvfs.h>

#include "firstboot/run.h"
#include "support/mounts.h"
#include "support/say.h"

enum { SKIPPED = 77, PAGE = 4096 };
#define SECRETS                                                                                    \
	"{\"version\":1,\"hostName\":\"pedal\",\"users\":{\"audioUser\":{\"password\":\"s3cret\"}" \
	"}}"

struct place {
	char *dir, *file;
};

static struct place place_new(const char *options)
{
	struct place p = {.dir = scratch_new()};

	p.file = xasprintf("%s/archibald-answers.json", p.dir);
	assert_int_equal(mount("test", p.dir, "tmpfs", MS_NOSUID | MS_NODEV, options), 0);
	scratch_file(p.dir, "archibald-answers.json", SECRETS);
	return p;
}

static void place_free(struct place *p)
{
	assert_int_equal(umount2(p->dir, MNT_DETACH), 0);
	scratch_free(&p->dir);
	free(p->file);
}

static unsigned long flags_of(const struct place *p)
{
	struct statvfs v;

	assert_int_equal(statvfs(p->dir, &v), 0);
	return v.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static void check_gone(const struct place *p)
{
	_cleanup_free_ char *text = read_whole(p->file);

	check_lacks(text, "s3cret");
	check_contains(text, "pedal");
}

/* As an /etc/fstab may have its boot partition: written to for that moment, then as before. */
static void test_read_only(void **state)
{
	struct place p = place_new("size=1m");
	struct err e;

	(void)state;
	assert_int_equal(
		mount(NULL, p.dir, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), 0);
	assert_int_equal(answers_scrub(p.file, &e), 0);
	check_gone(&p);
	assert_int_equal(flags_of(&p), ST_RDONLY | ST_NOSUID | ST_NODEV);
	place_free(&p);
}

/* A medium whose switch says read-only: that is told. A file without secrets is none of this. */
static void test_never_writable(void **state)
{
	static const char *const answers[] = {SECRETS, "{\"version\":1,\"hostName\":\"pedal\"}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		_cleanup_scratch_ char *dir = scratch_new(), *content = scratch_new();
		_cleanup_free_ char *image = xasprintf("%s/image", dir),
				    *at = xasprintf("%s/at", dir),
				    *file = xasprintf("%s/archibald-answers.json", at),
				    *loop = NULL, *text = NULL;
		struct err e = {0};

		scratch_file(content, "archibald-answers.json", answers[i]);
		RUN("mke2fs", "-q", "-d", content, image, "1m");
		loop = SAY("losetup", "--read-only", "--find", "--show", image);
		loop[strcspn(loop, "\n")] = '\0';
		assert_int_equal(mkdir(at, 0700), 0);
		assert_int_equal(mount(loop, at, "ext4", MS_RDONLY, NULL), 0);
		check_row(i, answers_scrub(file, &e) == (i ? 0 : -ERR_IO));
		if (i == 0) {
			check_contains(e.what, file);
			assert_string_equal(e.why, strerror(EROFS));
		}
		text = read_whole(file);
		assert_string_equal(text, answers[i]);
		assert_int_equal(umount(at), 0);
		RUN("losetup", "--detach", loop);
	}
}

static void test_full(void **state)
{
	struct place p = place_new("size=8k");
	_cleanup_free_ char *filler = xcalloc(1, PAGE + 1), *old = NULL;
	int fd = open(p.file, O_RDONLY | O_CLOEXEC);
	struct err e;

	(void)state;
	memset(filler, 'x', PAGE);
	scratch_file(p.dir, "filler", filler);
	assert_int_equal(answers_scrub(p.file, &e), 0);
	check_gone(&p);
	old = xasprintf("%s.new", p.file);
	assert_int_equal(access(old, F_OK), -1);
	/* In place: whoever has the file open sees no secret either. */
	assert_int_equal(pread(fd, filler, PAGE, 0) > 0, 1);
	check_lacks(filler, "s3cret");
	close(fd);
	place_free(&p);
}

/* SSH keys for which there is no room: half of them would be none. */
static void test_full_home(void **state)
{
	struct place p = place_new("size=16k");
	struct image_account owner = {.name = (char *)"anna", .home = (char *)"/anna"};
	_cleanup_free_ char *home = xasprintf("%s/anna", p.dir), *text = xcalloc(1, 8 * PAGE);
	_cleanup_free_ char *keys = xasprintf("%s/.ssh/authorized_keys", home);
	_cleanup_free_ char *temporary = xasprintf("%s.new", keys);
	struct err e;

	(void)state;
	memset(text, 'k', 8 * PAGE - 1);
	assert_int_equal(mkdir(home, 0700), 0);
	assert_true(live_linux_ops.write_private(p.dir, &owner, ".ssh", "authorized_keys", text,
						 &e) < 0);
	assert_string_equal(e.why, strerror(ENOSPC));
	assert_int_equal(access(keys, F_OK), -1);
	assert_int_equal(access(temporary, F_OK), -1);
	text[100] = '\0';
	assert_int_equal(
		live_linux_ops.write_private(p.dir, &owner, ".ssh", "authorized_keys", text, &e),
		0);
	assert_int_equal(access(keys, F_OK), 0);
	place_free(&p);
}

/* The power goes when everything is written and the new file has not its name yet: here a mount
 * holds the name. No secret is left then, and the next time the rest is as it is to be. */
static void test_cut_before_the_name(void **state)
{
	struct place p = place_new("size=1m");
	_cleanup_free_ char *temporary = xasprintf("%s.new", p.file), *beside = NULL;
	char bytes[sizeof(SECRETS)], zeros[sizeof(SECRETS)] = {0};
	int fd = open(p.file, O_RDONLY | O_CLOEXEC);
	struct err e;

	(void)state;
	assert_int_equal(mount(p.file, p.file, NULL, MS_BIND, NULL), 0);
	assert_int_equal(answers_scrub(p.file, &e), -ERR_IO);
	assert_string_equal(e.why, strerror(EBUSY));
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), (ssize_t)strlen(SECRETS));
	assert_memory_equal(bytes, zeros, strlen(SECRETS));
	beside = read_whole(temporary);
	check_contains(beside, "pedal");
	check_lacks(beside, "s3cret");
	close(fd);
	assert_int_equal(umount(p.file), 0);
	assert_int_equal(answers_scrub(p.file, &e), 0);
	check_gone(&p);
	assert_int_equal(access(temporary, F_OK), -1);
	place_free(&p);
}

/* Of a root that nothing is known of: what is mounted as its boot partition is looked at. */
static void test_medium_at_boot(void **state)
{
	const struct facts f = {0};
	const struct image i = {0};
	_cleanup_scratch_ char *scratch = scratch_new();
	struct boot_medium m;

	(void)state;
	assert_int_equal(mount("test", "/boot", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m"), 0);
	m = medium_find(&f, &i, scratch);
	assert_null(m.answers);
	assert_false(m.seen); /* it is no FAT */
	scratch_file("/boot", MEDIUM_ANSWERS, SECRETS);
	m = medium_find(&f, &i, scratch);
	assert_string_equal(m.answers, "/boot/" MEDIUM_ANSWERS);
	medium_close(&m);
	assert_int_equal(umount2("/boot", MNT_DETACH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_read_only),
					   cmocka_unit_test(test_never_writable),
					   cmocka_unit_test(test_full),
					   cmocka_unit_test(test_full_home),
					   cmocka_unit_test(test_cut_before_the_name),
					   cmocka_unit_test(test_medium_at_boot)};

	if (geteuid() != 0 || !mounts_own()) {
		puts("skipped: mounting needs root");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
