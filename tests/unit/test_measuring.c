/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measuring: what is found in the thread is what a container gets, and it ends when it is told to.
 */
#include "support/check.h"

#include <fcntl.h>
#include <libcryptsetup.h>

#include "run/measuring.h"

enum { MIB = 1 << 20, CONTAINER_MIB = 64 };
static const struct part container = {.number = 2,
				      .role = PART_ROOT,
				      .fs = FS_EXT4,
				      .size = (uint64_t)CONTAINER_MIB * MIB,
				      .encrypted = true,
				      .luks_uuid = "0f1e2d3c-4b5a-4697-8877-665544332211",
				      .mapper = "archibald-test"};
static const struct luks_cost limits = {32 * 1024, 1, 100, 0};

static void test_container(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	_cleanup_secret_ struct secret passphrase = {0};
	struct measuring m = {0};
	struct crypt_device *cd = NULL;
	struct crypt_pbkdf_type pbkdf;
	struct luks_cost found;
	struct err e = {0};

	(void)state;
	measuring_start(&m, &limits);
	found = measuring_take(&m, &limits);
	assert_true(found.iterations >= 4); /* libcryptsetup's least */
	assert_true(found.memory_kib <= limits.memory_kib);
	/* Asked again, for the next container, it is the same and nothing is measured. */
	assert_int_equal(measuring_take(&m, &limits).iterations, found.iterations);
	/* A number that a measurement would hardly come to. */
	found.iterations += 3;
	found.memory_kib -= 1024;
	assert_int_equal(ftruncate(fd, CONTAINER_MIB * MIB), 0);
	secret_set(&passphrase, "correct horse", 13);
	if (luks_format(&container, path, &passphrase, &found, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_load(cd, CRYPT_LUKS2, NULL), 0);
	assert_int_equal(crypt_keyslot_get_pbkdf(cd, 0, &pbkdf), 0);
	assert_int_equal(pbkdf.iterations, found.iterations);
	assert_int_equal(pbkdf.max_memory_kb, found.memory_kib);
	crypt_free(cd);
	assert_true(luks_opens(&container, path, &passphrase));
	unlink(path);
}

/* For other limits, or never begun, there is nothing to take: the container measures by itself. */
static void test_other_limits(void **state)
{
	const struct luks_cost other = {64 * 1024, 2, 100, 0};
	struct measuring m = {0};

	(void)state;
	assert_int_equal(measuring_take(&m, &limits).iterations, 0);
	measuring_start(&m, &limits);
	assert_int_equal(measuring_take(&m, &other).iterations, 0);
	assert_int_equal(measuring_take(&m, &other).memory_kib, other.memory_kib);
	measuring_start(&m, &other);
	assert_true(measuring_take(&m, &other).iterations >= 4);
	measuring_end(&m);
}

static void test_ended(void **state)
{
	/* An hour for each try, if nobody stopped it. */
	const struct luks_cost dear = {64 * 1024, 1, 3600 * 1000, 0};
	struct measuring m = {0};

	(void)state;
	measuring_end(&m);
	measuring_start(&m, &dear);
	measuring_end(&m);
	assert_int_equal(measuring_take(&m, &dear).iterations, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_other_limits),
		cmocka_unit_test(test_ended),
	};

	return cmocka_run_group_tests_name("measuring", tests, NULL, NULL);
}
