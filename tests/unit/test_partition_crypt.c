/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LUKS2 containers in a file: making one and trying passphrases needs no device-mapper. */
#include <fcntl.h>
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
	assert_int_equal(luks_open(&container, path, &s, false, &e), -ERR_MISMATCH);
	assert_non_null(strstr(e.what, path));
	assert_int_equal(luks_close("archibald-is-not-open", &e), 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_other_size_is_refused),
		cmocka_unit_test(test_no_container),
	};

	return cmocka_run_group_tests_name("partition: crypt", tests, NULL, NULL);
}
