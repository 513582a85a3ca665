/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preparing: what is found and made in the thread is what containers get, each its own; what
 * changes meanwhile is minded, and it ends when it is told to. */
#include "support/check.h"

#include <fcntl.h>
#include <libcryptsetup.h>

#include "run/preparing.h"

enum { MIB = 1 << 20, CONTAINER_MIB = 64, SECTOR = 512, SECTOR_4K = 4096 };
#define UUID_OF(digit) "0f1e2d3c-4b5a-4697-8877-66554433221" digit
static const struct part container = {.number = 2,
				      .role = PART_ROOT,
				      .fs = FS_EXT4,
				      .size = (uint64_t)CONTAINER_MIB * MIB,
				      .encrypted = true,
				      .luks_uuid = UUID_OF("1"),
				      .mapper = "archibald-test"};
static const struct part another = {.number = 3,
				    .role = PART_SWAP,
				    .fs = FS_SWAP,
				    .size = (uint64_t)CONTAINER_MIB * MIB,
				    .encrypted = true,
				    .luks_uuid = UUID_OF("2"),
				    .mapper = "archibald-test2"};
/* As little as the library accepts: the tests are about what is made, not about its cost. */
static const struct luks_cost limits = {8 * 1024, 1, 20, 0};

static void passphrase_set(struct secret *s, const char *text)
{
	secret_set(s, text, strlen(text));
}

static char *new_disk(void)
{
	char *path = xstrdup("/tmp/archibald-luks-XXXXXX");
	_cleanup_close_ int fd = mkstemp(path);

	assert_int_equal(ftruncate(fd, (off_t)CONTAINER_MIB * MIB), 0);
	return path;
}

static void disk_end(char **path)
{
	unlink(*path);
	free(*path);
}
#define _cleanup_disk_ _cleanup_(disk_end)

static void check_pbkdf(const char *path, const struct luks_cost *cost)
{
	struct crypt_device *cd = NULL;
	struct crypt_pbkdf_type pbkdf;

	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_load(cd, CRYPT_LUKS2, NULL), 0);
	assert_int_equal(crypt_keyslot_get_pbkdf(cd, 0, &pbkdf), 0);
	assert_int_equal(pbkdf.iterations, cost->iterations);
	assert_int_equal(pbkdf.max_memory_kb, cost->memory_kib);
	crypt_free(cd);
}

static bool key_opens(const char *path, const struct secret *key)
{
	struct crypt_device *cd = NULL;
	bool opens;

	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_load(cd, CRYPT_LUKS2, NULL), 0);
	opens = crypt_activate_by_volume_key(cd, NULL, key->bytes, key->len, 0) == 0;
	crypt_free(cd);
	return opens;
}

static void test_measured(void **state)
{
	_cleanup_disk_ char *path = new_disk();
	_cleanup_secret_ struct secret passphrase = {0};
	struct preparing p = PREPARING_NONE;
	struct luks_cost found;
	struct err e = {0};

	(void)state;
	preparing_start(&p, &(struct preparing_wish){.limits = limits});
	found = preparing_cost(&p, &limits);
	assert_true(found.iterations >= 4); /* libcryptsetup's least */
	assert_true(found.memory_kib <= limits.memory_kib);
	/* Asked again, for the next container, it is the same and nothing is measured. */
	assert_int_equal(preparing_cost(&p, &limits).iterations, found.iterations);
	/* A number that a measurement would hardly come to. */
	found.iterations += 3;
	found.memory_kib -= 1024;
	passphrase_set(&passphrase, "correct horse");
	if (luks_format(&container, path, &passphrase, &found, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	check_pbkdf(path, &found);
	assert_true(luks_opens(&container, path, &passphrase));
	preparing_end(&p);
}

/* For other limits it is measured anew; never begun, there is nothing to take. */
static void test_other_limits(void **state)
{
	const struct luks_cost other = {64 * 1024, 2, 100, 0};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	_cleanup_secret_ struct secret passphrase = {0};
	const struct preparing_wish w = {limits, &passphrase, {SECTOR}};
	struct preparing p = PREPARING_NONE;

	(void)state;
	passphrase_set(&passphrase, "correct horse");
	assert_false(preparing_take(&p, &passphrase, &limits, SECTOR, &h));
	preparing_start(&p, &w);
	assert_false(preparing_take(&p, &passphrase, &other, SECTOR, &h));
	assert_true(preparing_cost(&p, &other).iterations >= 4);
	assert_true(preparing_cost(&p, &other).memory_kib <= other.memory_kib);
	assert_false(preparing_take(&p, &passphrase, &limits, SECTOR, &h));
	preparing_end(&p);
}

static void test_ended(void **state)
{
	/* An hour for each try, if nobody stopped it. */
	const struct luks_cost dear = {64 * 1024, 1, 3600 * 1000, 0};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	_cleanup_secret_ struct secret passphrase = {0};
	const struct preparing_wish w = {dear, &passphrase, {SECTOR}};
	struct preparing p = PREPARING_NONE;

	(void)state;
	passphrase_set(&passphrase, "correct horse");
	preparing_end(&p);
	preparing_start(&p, &w);
	preparing_end(&p);
	assert_false(secret_given(&p.passphrase));
	assert_false(preparing_take(&p, &passphrase, &dear, SECTOR, &h));
	preparing_end(&p);
}

static void write_one(struct preparing *p, const struct part *part, const char *path,
		      const struct secret *passphrase)
{
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	struct err e = {0};

	assert_true(preparing_take(p, passphrase, &limits, SECTOR, &h));
	if (luks_header_write(part, path, &h, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	preparing_written(p, &h);
	assert_int_equal(h.fd, -1);
}

/* Two containers, each with a key of its own, which is kept until it is open; no third. */
static void test_containers(void **state)
{
	_cleanup_disk_ char *first = new_disk(), *second = new_disk();
	_cleanup_secret_ struct secret right = {0}, wrong = {0};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	const struct preparing_wish w = {limits, &right, {SECTOR, SECTOR}};
	struct preparing p = PREPARING_NONE;
	struct luks_cost found;

	(void)state;
	passphrase_set(&right, "correct horse \xc3\xbc");
	passphrase_set(&wrong, "correct horse u");
	preparing_start(&p, &w);
	assert_null(preparing_key(&p, container.luks_uuid));
	write_one(&p, &container, first, &right);
	assert_true(key_opens(first, preparing_key(&p, container.luks_uuid)));
	write_one(&p, &another, second, &right);
	assert_null(preparing_key(&p, container.luks_uuid));
	assert_true(key_opens(second, preparing_key(&p, another.luks_uuid)));
	assert_false(key_opens(first, preparing_key(&p, another.luks_uuid)));
	preparing_opened(&p);
	assert_null(preparing_key(&p, another.luks_uuid));
	assert_false(preparing_take(&p, &right, &limits, SECTOR, &h));

	found = preparing_cost(&p, &limits);
	check_pbkdf(first, &found);
	check_pbkdf(second, &found);
	assert_true(luks_opens(&container, first, &right));
	assert_true(luks_opens(&another, second, &right));
	assert_false(luks_opens(&container, first, &wrong));
	assert_false(luks_opens(&another, first, &right));
	preparing_end(&p);
}

/* Whoever goes back and types another one gets nothing that the old one opens. */
static void test_other_passphrase(void **state)
{
	_cleanup_disk_ char *path = new_disk();
	_cleanup_secret_ struct secret before = {0}, after = {0};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	struct preparing p = PREPARING_NONE;

	(void)state;
	passphrase_set(&before, "correct horse");
	passphrase_set(&after, "battery staple");
	preparing_start(&p, &(struct preparing_wish){limits, &before, {SECTOR, SECTOR}});
	/* As well once the first ones are made. */
	for (int made = 0; made < 2; made++) {
		if (made)
			(void)preparing_cost(&p, &limits);
		preparing_start(&p, &(struct preparing_wish){limits, &after, {SECTOR}});
		assert_false(preparing_take(&p, &before, &limits, SECTOR, &h));
		preparing_start(&p, &(struct preparing_wish){limits, &after, {SECTOR}});
		write_one(&p, &container, path, &after);
		assert_true(luks_opens(&container, path, &after));
		assert_false(luks_opens(&container, path, &before));
		assert_false(preparing_take(&p, &after, &limits, SECTOR, &h));
		preparing_start(&p, &(struct preparing_wish){limits, &before, {SECTOR, SECTOR}});
	}
	preparing_end(&p);
}

static unsigned take_all(struct preparing *p, const struct secret *passphrase, uint32_t sector)
{
	struct luks_header h = LUKS_HEADER_NONE;
	unsigned n = 0;

	for (; preparing_take(p, passphrase, &limits, sector, &h); n++) {
		assert_int_equal(h.sector_bytes, sector);
		luks_header_clear(&h);
	}
	return n;
}

/* Where the containers come is known bit by bit, and can change. */
static void test_wishes(void **state)
{
	static const struct {
		uint32_t before[PREPARED_MAX], after[PREPARED_MAX];
		bool at_once; /* the second wish comes while the first is being carried out */
		unsigned small, large;
	} rows[] = {
		{{SECTOR}, {SECTOR, SECTOR, 0}, true, 2, 0},
		{{SECTOR, SECTOR, SECTOR_4K}, {SECTOR, 0, SECTOR_4K}, true, 1, 1},
		{{SECTOR, SECTOR, 0}, {SECTOR}, false, 1, 0},
		{{SECTOR, SECTOR, 0}, {SECTOR_4K, SECTOR_4K, 0}, false, 0, 2},
	};
	_cleanup_secret_ struct secret passphrase = {0};

	(void)state;
	passphrase_set(&passphrase, "correct horse");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct preparing p = PREPARING_NONE;
		struct preparing_wish w = {limits, &passphrase, {0}};

		memcpy(w.sector_bytes, rows[i].before, sizeof(w.sector_bytes));
		preparing_start(&p, &w);
		if (!rows[i].at_once)
			(void)preparing_cost(&p, &limits);
		memcpy(w.sector_bytes, rows[i].after, sizeof(w.sector_bytes));
		preparing_start(&p, &w);
		check_row(i, take_all(&p, &passphrase, SECTOR) == rows[i].small);
		check_row(i, take_all(&p, &passphrase, SECTOR_4K) == rows[i].large);
		preparing_end(&p);
	}
}

/* What is ready stays so when no more is to be made; what could not be made is not tried for ever.
 */
static void test_rest(void **state)
{
	_cleanup_secret_ struct secret passphrase = {0};
	struct preparing p = PREPARING_NONE;

	(void)state;
	passphrase_set(&passphrase, "correct horse");
	/* Stopped while it measures, it measures the next time. */
	preparing_start(&p, &(struct preparing_wish){limits, &passphrase, {SECTOR}});
	preparing_rest(&p);
	preparing_start(&p, &(struct preparing_wish){limits, &passphrase, {SECTOR}});
	assert_true(preparing_cost(&p, &limits).iterations >= 4);
	preparing_start(&p, &(struct preparing_wish){limits, &passphrase, {SECTOR, SECTOR}});
	preparing_rest(&p);
	assert_in_range(take_all(&p, &passphrase, SECTOR), 1, 2);
	/* No disk has such sectors. */
	preparing_start(&p, &(struct preparing_wish){limits, &passphrase, {333, SECTOR}});
	assert_int_equal(take_all(&p, &passphrase, SECTOR), 0);
	preparing_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured),
		cmocka_unit_test(test_other_limits),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_other_passphrase),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests_name("preparing", tests, NULL, NULL);
}
