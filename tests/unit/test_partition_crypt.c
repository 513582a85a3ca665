/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LUKS2 containers in a file: making one and trying passphrases needs no device-mapper. */
#include <fcntl.h>
#include <json-c/json.h>
#include <libcryptsetup.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "partition/crypt.h"

#define MIB  (UINT64_C(1) << 20)
#define UUID "0f1e2d3c-4b5a-4697-8877-665544332211"

static const struct part container = {.number = 2,
				      .role = PART_ROOT,
				      .fs = FS_EXT4,
				      .size = 64 * MIB,
				      .encrypted = true,
				      .luks_uuid = UUID,
				      .mapper = "archibald-test"};
/* As little as the library accepts: the tests are about what is made, not about its cost. */
static const struct luks_cost cheap = {64 * 1024, 1, 100, 0};

static int file_of(char *path, uint64_t bytes)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void file_made(char *path, uint64_t bytes)
{
	assert_int_equal(close(file_of(path, bytes)), 0);
}

static void passphrase(struct secret *s, const char *text)
{
	secret_set(s, text, strlen(text));
}

static void check_container(const char *path)
{
	struct crypt_device *cd = NULL;
	struct crypt_pbkdf_type pbkdf;

	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_load(cd, CRYPT_LUKS2, NULL), 0);
	assert_string_equal(crypt_get_uuid(cd), UUID);
	assert_string_equal(crypt_get_cipher(cd), "aes");
	assert_string_equal(crypt_get_cipher_mode(cd), "xts-plain64");
	assert_int_equal(crypt_get_volume_key_size(cd), 64);
	/* layout.c counts with it. */
	assert_int_equal(crypt_get_data_offset(cd) * 512,
			 container.size - part_payload(&container));
	assert_int_equal(crypt_keyslot_get_pbkdf(cd, 0, &pbkdf), 0);
	assert_string_equal(pbkdf.type, "argon2id");
	assert_true(pbkdf.max_memory_kb <= cheap.memory_kib && pbkdf.max_memory_kb >= 32);
	assert_int_equal(pbkdf.parallel_threads, 1);
	crypt_free(cd);
}

static void test_format(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_close_ int fd = file_of(path, container.size);
	_cleanup_secret_ struct secret right = {0}, wrong = {0};
	struct part other = container;
	struct err e = {0};

	(void)state;
	(void)fd;
	passphrase(&right, "correct horse \xc3\xbc");
	passphrase(&wrong, "correct horse u");
	assert_false(luks_opens(&container, path, &right));
	if (luks_format(&container, path, &right, &cheap, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	assert_true(luks_opens(&container, path, &right));
	assert_false(luks_opens(&container, path, &wrong));
	other.luks_uuid[0] = '1';
	assert_false(luks_opens(&other, path, &right));
	check_container(path);
	unlink(path);
}

/* The last look: a node of another size is another partition, and is left as it is. */
static void test_other_size_is_refused(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX", magic[8];
	_cleanup_close_ int fd = file_of(path, container.size + 4096);
	_cleanup_secret_ struct secret s = {0};
	struct err e = {0};

	(void)state;
	passphrase(&s, "correct horse");
	assert_int_equal(pwrite(fd, "_BHRfS_M", 8, 65536 + 64), 8);
	assert_int_equal(luks_format(&container, path, &s, &cheap, &e), -ERR_MISMATCH);
	assert_int_equal(pread(fd, magic, 8, 65536 + 64), 8);
	assert_memory_equal(magic, "_BHRfS_M", 8);
	unlink(path);
}

static void test_no_container(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_close_ int fd = file_of(path, container.size);
	_cleanup_secret_ struct secret s = {0};
	struct err e = {0};

	(void)state;
	(void)fd;
	passphrase(&s, "correct horse");
	assert_int_equal(luks_open(&container, path, &s, NULL, false, &e), -ERR_MISMATCH);
	assert_non_null(strstr(e.what, path));
	assert_int_equal(luks_close("archibald-is-not-open", &e), 0);
	unlink(path);
}

/* Of what luks_measure finds. */
static const struct luks_cost measured = {32 * 1024, 1, 100, 4};
/* The byte that a failing disk changes while the header is written; 0: none. */
static int64_t spoil_at;

int __real_crypt_header_restore(struct crypt_device *cd, const char *type, const char *file);
int __wrap_crypt_header_restore(struct crypt_device *cd, const char *type, const char *file);
int __wrap_crypt_header_restore(struct crypt_device *cd, const char *type, const char *file)
{
	int r = __real_crypt_header_restore(cd, type, file);

	if (spoil_at) {
		_cleanup_close_ int fd = open(crypt_get_device_name(cd), O_RDWR | O_CLOEXEC);
		char byte = 0;

		assert_int_equal(pread(fd, &byte, 1, spoil_at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, spoil_at), 1);
	}
	return r;
}

static struct luks_header header_of(const char *text, uint32_t sector_bytes)
{
	_cleanup_secret_ struct secret s = {0};
	struct luks_header h = LUKS_HEADER_NONE;
	struct err e = {0};

	passphrase(&s, text);
	if (luks_header_make(&s, &measured, sector_bytes, &h, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return h;
}

/* All that a header says, but for what is drawn by lot or measured. */
static char *description(const char *path)
{
	static const char *const lots[] = {"salt", "digest", "iterations"};
	struct crypt_device *cd = NULL;
	struct json_object *all, *slot, *digest;
	const char *text;
	char *copy;

	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_load(cd, CRYPT_LUKS2, NULL), 0);
	assert_int_equal(crypt_dump_json(cd, &text, 0), 0);
	all = json_tokener_parse(text);
	slot = json_object_object_get(
		json_object_object_get(json_object_object_get(all, "keyslots"), "0"), "kdf");
	digest = json_object_object_get(json_object_object_get(all, "digests"), "0");
	assert_true(slot && digest);
	json_object_object_del(slot, "salt");
	for (size_t i = 0; i < ARRAY_SIZE(lots); i++)
		json_object_object_del(digest, lots[i]);
	copy = xstrdup(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
	json_object_put(all);
	crypt_free(cd);
	return copy;
}

/* What is made beforehand is what would have been made in its place. */
static void test_prepared_is_the_same(void **state)
{
	char direct[] = "/tmp/archibald-luks-XXXXXX", prepared[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_secret_ struct secret s = {0}, wrong = {0};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	_cleanup_free_ char *wanted = NULL, *found = NULL;
	uint32_t sector_bytes = 0;
	struct err e = {0};

	(void)state;
	file_made(direct, container.size);
	file_made(prepared, container.size);
	passphrase(&s, "correct horse");
	passphrase(&wrong, "correct horsf");
	assert_int_equal(luks_sector_bytes(prepared, &sector_bytes, &e), 0);
	h = header_of("correct horse", sector_bytes);
	assert_int_equal(luks_format(&container, direct, &s, &measured, &e), 0);
	assert_int_equal(luks_header_write(&container, prepared, &h, &e), 0);
	wanted = description(direct);
	found = description(prepared);
	assert_string_equal(found, wanted);
	check_container(prepared);
	assert_true(luks_opens(&container, prepared, &s));
	assert_false(luks_opens(&container, prepared, &wrong));
	unlink(direct);
	unlink(prepared);
}

/* The former life of the place: one with headers elsewhere and its data further behind. The second
 * header of that one must not be found again. */
static void test_prepared_over_another(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_secret_ struct secret s = {0};
	_cleanup_(luks_header_clear) struct luks_header h = header_of("correct horse", 512);
	struct crypt_params_luks2 params = {.sector_size = 512};
	struct crypt_device *cd = NULL;
	struct err e = {0};

	(void)state;
	file_made(path, container.size);
	assert_int_equal(crypt_init(&cd, path), 0);
	assert_int_equal(crypt_set_metadata_size(cd, 131072, 8 * MIB), 0);
	assert_int_equal(crypt_set_data_offset(cd, 32 * MIB / 512), 0);
	assert_int_equal(
		crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL, NULL, 64, &params), 0);
	crypt_free(cd);
	if (luks_header_write(&container, path, &h, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	passphrase(&s, "correct horse");
	assert_true(luks_opens(&container, path, &s));
	check_container(path);
	unlink(path);
}

static void test_prepared_for_another_size(void **state)
{
	char path[] = "/tmp/archibald-luks-XXXXXX", magic[8];
	_cleanup_close_ int fd = file_of(path, container.size + 4096);
	_cleanup_(luks_header_clear) struct luks_header h = header_of("correct horse", 512);
	struct err e = {0};

	(void)state;
	assert_int_equal(pwrite(fd, "_BHRfS_M", 8, 65536 + 64), 8);
	assert_int_equal(luks_header_write(&container, path, &h, &e), -ERR_MISMATCH);
	assert_int_equal(pread(fd, magic, 8, 65536 + 64), 8);
	assert_memory_equal(magic, "_BHRfS_M", 8);
	assert_true(h.fd >= 0);
	unlink(path);
}

/* What the passphrase opens has no checksum; nobody would notice before the first start. */
static void test_spoilt_on_the_disk(void **state)
{
	/* Both copies of the description, the key, and where nothing is kept. */
	static const int64_t places[] = {4096, 16384 + 4096, 32768 + 100000, 16777215};
	char path[] = "/tmp/archibald-luks-XXXXXX";
	_cleanup_(luks_header_clear) struct luks_header h = header_of("correct horse", 512);

	(void)state;
	file_made(path, container.size);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct err e = {0};

		spoil_at = places[i];
		if (luks_header_write(&container, path, &h, &e) != -ERR_IO)
			fail_msg("row %zu", i);
		spoil_at = 0;
		assert_non_null(strstr(e.what, path));
		assert_true(e.hint[0]);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_other_size_is_refused),
		cmocka_unit_test(test_no_container),
		cmocka_unit_test(test_prepared_is_the_same),
		cmocka_unit_test(test_prepared_over_another),
		cmocka_unit_test(test_prepared_for_another_size),
		cmocka_unit_test(test_spoilt_on_the_disk),
	};

	return cmocka_run_group_tests_name("partition: crypt", tests, NULL, NULL);
}
