/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Containers on partitions, as the steps make them: prepared, or in the step. Opening them needs
 * device-mapper and is in tests/vm. Needs root; without it it says so and exits with 77. */
#include "loop/support.h"

#include <libcryptsetup.h>

#include "run/machine.h"
#include "run/preparing.h"

#define PASSPHRASE "correct horse"
/* What linux_machine asks for; the tests are not about its cost. */
enum { MEMORY_KIB = 8 * 1024, THREADS = 1 };
static const struct luks_cost limits = {MEMORY_KIB, THREADS, LUKS_TRY_MS, 0};

static struct layout encrypted_layout(uint32_t sector)
{
	const struct layout_request r = {
		.disk_bytes = 2 * GIB,
		.sector_bytes = sector,
		.boot = BOOT_UEFI,
		.arch = PART_ARCH_X86_64,
		.root_fs = FS_BTRFS,
		.encrypt = true,
		.swap_bytes = 128 * MIB,
		.seed = SEED,
	};
	struct layout l = {0};
	struct err e = {0};

	check(layout_make(&r, &l, &e), &e);
	return l;
}

static struct loop encrypted_disk(uint32_t sector)
{
	struct loop d = disk_make(2 * GIB, sector, BOOT_UEFI, 0);

	d.l = encrypted_layout(sector);
	write_table(&d);
	return d;
}

static struct plan plan_for(struct loop *d, struct plan_disk *pd)
{
	*pd = (struct plan_disk){.path = d->path, .layout = d->l};
	return (struct plan){.disks = {.items = pd, .count = 1},
			     .encrypted = true,
			     .luks_memory_kib = MEMORY_KIB,
			     .luks_threads = THREADS};
}

static uint32_t own_choice(const char *node)
{
	struct crypt_params_luks2 params = {0}; /* sectors: as it thinks best */
	struct crypt_device *cd = NULL;
	int r;

	assert_int_equal(crypt_init(&cd, node), 0);
	assert_int_equal(
		crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL, NULL, 64, &params), 0);
	r = crypt_get_sector_size(cd);
	crypt_free(cd);
	return (uint32_t)r;
}

/* The sectors of a container are those that the library would choose. */
static void test_sectors(void **state)
{
	static const uint32_t sizes[] = {512, 4096};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct loop d = encrypted_disk(sizes[i]);
		struct node n = node_of(&d, PART_ROOT);
		uint32_t of_part = 0, of_disk = 0;
		struct err e = {0};

		check(luks_sector_bytes(n.s, &of_part, &e), &e);
		check(luks_sector_bytes(d.path, &of_disk, &e), &e);
		assert_int_equal(of_part, sizes[i]);
		assert_int_equal(of_disk, sizes[i]);
		assert_int_equal(own_choice(n.s), of_part);
		disk_free(&d);
	}
}

static void begin(struct preparing *p, uint32_t sector_bytes, const char *text)
{
	_cleanup_secret_ struct secret passphrase = {0};

	secret_set(&passphrase, text, strlen(text));
	preparing_start(
		p, &(struct preparing_wish){limits, &passphrase, {sector_bytes, sector_bytes}});
}

static void encrypt_all(const struct plan *plan, struct preparing *p,
			const struct secret *passphrase, bool prepared)
{
	const struct plan_disk *d = plan->disks.items;

	for (size_t i = 0; i < d->layout.count; i++) {
		const struct part *part = &d->layout.parts[i];
		const struct storage_op op = {STORAGE_ENCRYPT, 0, part};
		struct err e = {0};

		if (!part->encrypted)
			continue;
		check(linux_machine.ops->encrypt(p, plan, &op, passphrase, &e), &e);
		/* To open it no passphrase needs to be tried. */
		assert_int_equal(preparing_key(p, part->luks_uuid) != NULL, prepared);
	}
}

/* As the next run does, which knows nothing but the passphrase. */
static size_t count_opened(const struct plan_disk *d, const struct secret *passphrase)
{
	size_t n = 0;

	for (size_t i = 0; i < d->layout.count; i++)
		n += d->layout.parts[i].encrypted &&
		     linux_machine.ops->opens(NULL, d, &d->layout.parts[i], passphrase);
	return n;
}

/* Whatever was prepared, the containers are those of the passphrase and the place. */
static void test_steps(void **state)
{
	static const struct {
		uint32_t sector, expected;
		const char *expected_passphrase;
		bool prepared;
	} rows[] = {
		{4096, 4096, PASSPHRASE, true},
		{4096, 512, PASSPHRASE, false},
		{512, 512, "battery staple", false},
	};
	_cleanup_secret_ struct secret passphrase = {0};

	(void)state;
	secret_set(&passphrase, PASSPHRASE, strlen(PASSPHRASE));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loop d = encrypted_disk(rows[i].sector);
		struct plan_disk pd;
		const struct plan plan = plan_for(&d, &pd);
		struct preparing p = PREPARING_NONE;

		begin(&p, rows[i].expected, rows[i].expected_passphrase);
		encrypt_all(&plan, &p, &passphrase, rows[i].prepared);
		assert_int_equal(count_opened(&pd, &passphrase), 2);
		preparing_end(&p);
		disk_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sectors),
		cmocka_unit_test(test_steps),
	};

	return loop_tests("containers on partitions", tests, ARRAY_SIZE(tests));
}
