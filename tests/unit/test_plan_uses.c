/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: which partitions may be used for what, and what is refused before anything is written. */
#include "support/check.h"

#include "plan/plan.h"
#include "support/interview.h"
#include "support/kept.h"

/* Made anew it is inside of a container as the root is; without encryption it may stay. */
static void test_swap(void **state)
{
	_cleanup_text_ struct text luks = {0}, plain = {0};

	(void)state;
	make_dual(&luks, dual, ARRAY_SIZE(dual), "uefi",
		  USE(BOOT "," ROOT
			   ",{\"match\":5,\"mountPoint\":\"swap\",\"format\":true}") "," ENCRYPTED);
	check_contains(luks.text, "encrypt partition 5 (swap)");
	make_dual(&plain, dual, ARRAY_SIZE(dual), "uefi",
		  USE(BOOT "," ROOT ",{\"match\":5,\"mountPoint\":\"swap\"}"));
	check_contains(plain.text, "KEEP    5  swap");
}

/* A partition has the size that it has: what cannot be made in it is refused, not found out once
 * the disk is written. */
static void test_small(void **state)
{
	static const struct {
		unsigned long long size;
		const char *use, *more, *says; /* NULL: it is large enough */
	} rows[] = {
		{16, "swap\"", "," ENCRYPTED, "too small for swap: it has 16 MiB and needs 17 MiB"},
		{17, "swap\"", "," ENCRYPTED, NULL},
		{1, "swap\"", "", NULL},
		{7, "/srv\",\"fileSystem\":\"ext4\"", "", "needs 8 MiB"},
		{8, "/srv\",\"fileSystem\":\"ext4\"", "", NULL},
		{255, "/srv\",\"fileSystem\":\"btrfs\"", "", "needs 256 MiB"},
		{256, "/srv\",\"fileSystem\":\"btrfs\"", "", NULL},
		{63, "/srv\",\"fileSystem\":\"f2fs\"", "", "needs 64 MiB"},
		{64, "/srv\",\"fileSystem\":\"f2fs\"", "", NULL},
		{300, "/srv\",\"fileSystem\":\"xfs\"", "", NULL},
		{315, "/srv\",\"fileSystem\":\"xfs\"", "," ENCRYPTED, "needs 316 MiB"},
		{316, "/srv\",\"fileSystem\":\"xfs\"", "," ENCRYPTED, NULL},
		{32, "/srv\",\"fileSystem\":\"vfat\"", "", "needs 33 MiB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_text_ struct text t = {0};
		struct spec specs[ARRAY_SIZE(dual)];
		_cleanup_free_ char *members = xasprintf(USE(BOOT "," ROOT
								  ",{\"match\":5,\"format\":true,"
								  "\"mountPoint\":\"%s}") "%s",
							 rows[i].use, rows[i].more);

		memcpy(specs, dual, sizeof(dual));
		specs[4].size = rows[i].size;
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
		make(&t, facts, members, NULL);
		check_row(i, t.n == (rows[i].says ? -ERR_TOO_SMALL : 0));
		if (rows[i].says)
			check_contains(t.e.what, rows[i].says);
	}
}

static void check_refused(const char *facts, const char *members, enum err_code code,
			  const char *says)
{
	_cleanup_text_ struct text t = {0};

	make(&t, facts, members, NULL);
	if (t.n != -(int)code)
		fail_msg("%s: %d and not %d: %s", says, t.n, -(int)code, t.n ? t.e.what : "");
	_cleanup_free_ char *text = xasprintf("%s: %s; %s", t.e.what, t.e.why, t.e.hint);
	check_contains(text, says);
}

static void check_taken(struct text *t, const char *facts, const char *members)
{
	make(t, facts, members, NULL);
	if (t->n < 0)
		fail_msg("%s: %s", t->e.what, t->e.why);
}

/* --- where kernels go ------------------------------------------------------------------------- */

#define XBOOTLDR "bc13c2ff-59e6-4262-a352-b275fd6f7172"
#define EFI	 "{\"match\":1,\"mountPoint\":\"/efi\"}"
#define FORMATTED(number, where, more) \
	"{\"match\":" number ",\"mountPoint\":\"" where "\",\"format\":true" more "}"
#define KERNELS "{\"match\":6,\"mountPoint\":\"/boot\"}"

/* The dual disk with another partition behind Windows, and how large it and the first one are. */
static char *with_sixth(const char *type, unsigned long long first, int first_room,
			unsigned long long size, int room)
{
	struct spec specs[ARRAY_SIZE(dual) + 1];

	memcpy(specs, dual, sizeof(dual));
	specs[0].size = first;
	specs[0].room = first_room;
	specs[ARRAY_SIZE(dual)] = (struct spec){
		NULL, type, GUID("6"), "vfat", "7C4E-91A6", NULL, NULL, 61000, size, room, 0};
	return machine("uefi", "gpt", specs, ARRAY_SIZE(specs));
}

static void test_boot_room(void **state)
{
	static const struct {
		unsigned long long first;
		int first_room;
		unsigned long long size;
		int room;
		const char *members, *says; /* NULL: there is room */
	} rows[] = {
		{200, 100, 300, 300, USE(FORMATTED("1", "/boot", "") "," ROOT),
		 "/dev/sda1 has 200 MiB and needs 240 MiB: 3 generations of the system must fit "
		 "into /boot; assign it at /efi and an XBOOTLDR partition"},
		{240, 100, 300, 300, USE(FORMATTED("1", "/boot", "") "," ROOT), NULL},
		/* What it is formatted for would be too little, too. */
		{200, 100, 300, 300, USE(BOOT "," ROOT),
		 "/dev/sda1 has 100 MiB free and needs 240 MiB: 3 generations of the system must "
		 "fit into /boot; assign it at /efi and an XBOOTLDR partition"},
		{300, 100, 300, 300, USE(BOOT "," ROOT), "or have it formatted, or assign it at"},
		{200, 100, 300, 239, USE(EFI "," KERNELS "," ROOT),
		 "/dev/sda6 has 239 MiB free and needs 240 MiB"},
		{200, 100, 300, 240, USE(EFI "," KERNELS "," ROOT), NULL},
		{200, 100, 239, -1, USE(EFI "," KERNELS "," ROOT),
		 "/dev/sda6 has 239 MiB and needs 240 MiB"},
		{200, 100, 239, 1, USE(EFI "," FORMATTED("6", "/boot", "") "," ROOT),
		 "/dev/sda6 has 239 MiB and needs 240 MiB"},
		{200, 100, 240, 1, USE(EFI "," FORMATTED("6", "/boot", "") "," ROOT), NULL},
		{200, 1, 300, 300, USE(EFI "," KERNELS "," ROOT),
		 "/dev/sda1 has 1 MiB free and needs 2 MiB: the boot loader must fit into it"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *facts = with_sixth(XBOOTLDR, rows[i].first, rows[i].first_room,
							rows[i].size, rows[i].room);
		_cleanup_text_ struct text t = {0};

		if (rows[i].says) {
			check_refused(facts, rows[i].members, ERR_TOO_SMALL, rows[i].says);
			continue;
		}
		check_taken(&t, facts, rows[i].members);
		check_contains(hardware(t.plan), "configurationLimit = 3;");
	}
}

/* What firmware and boot loader read is FAT; a type of file system that is not made is no answer.
 */
static void test_boot_file_system(void **state)
{
	_cleanup_free_ char *facts = with_sixth(XBOOTLDR, 500, 300, 300, 300);
	struct spec specs[ARRAY_SIZE(dual)];

	(void)state;
	check_refused(facts,
		      USE(EFI "," FORMATTED("6", "/boot", ",\"fileSystem\":\"ext4\"") "," ROOT),
		      ERR_INVALID, "/dev/sda6 cannot become ext4: at /boot it is vfat");
	check_refused(facts,
		      USE(BOOT "," ROOT "," FORMATTED("5", "swap", ",\"fileSystem\":\"xfs\"")),
		      ERR_INVALID, "/dev/sda5 cannot become xfs: at swap it is swap");
	memcpy(specs, dual, sizeof(dual));
	specs[0].fs = "ext4";
	_cleanup_free_ char *ext4 = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	check_refused(ext4, USE(BOOT "," ROOT), ERR_UNSUPPORTED, "what can be kept is FAT");
	check_refused(facts, USE(KERNELS "," ROOT), ERR_UNSUPPORTED,
		      "assign the EFI system partition at /efi beside it");
}

/* Of two partitions for kernels the boot loader reads the first. */
static void test_other_xbootldr(void **state)
{
	_cleanup_free_ char *facts = with_sixth(XBOOTLDR, 500, 100, 300, 300);
	_cleanup_text_ struct text t = {0};
	struct spec specs[ARRAY_SIZE(dual) + 2];

	(void)state;
	check_taken(&t, facts, FREE_SPACE);
	check_contains(t.text, "CREATE  7  EFI system");
	check_contains(t.text, "KEEP    6  not used");
	check_contains(t.text, "reads no partition for kernels (XBOOTLDR) but /dev/sda6");
	check_contains(hardware(t.plan), "efiSysMountPoint = \"/boot\"");
	memcpy(specs, dual, sizeof(dual));
	for (size_t i = 5; i < 7; i++)
		specs[i] = (struct spec){NULL,
					 XBOOTLDR,
					 i == 5 ? GUID("6") : GUID("7"),
					 "vfat",
					 "7C4E-91A6",
					 NULL,
					 NULL,
					 55000 + i * 1000,
					 300,
					 300,
					 0};
	_cleanup_free_ char *two = machine("uefi", "gpt", specs, ARRAY_SIZE(specs));
	check_refused(two, USE(EFI "," FORMATTED("7", "/boot", "") "," ROOT), ERR_UNSUPPORTED,
		      "the first XBOOTLDR partition of a disk, and that is /dev/sda6");
}

/* The first EFI system partition may be one that nobody has formatted. */
static void test_second_esp(void **state)
{
	struct spec specs[ARRAY_SIZE(dual) + 1];
	_cleanup_text_ struct text t = {0};

	(void)state;
	memcpy(specs, dual, sizeof(dual));
	specs[0] = (struct spec){NULL, ESP, GUID("1"), NULL, NULL, NULL, NULL, 1, 500, -1, 0};
	specs[5] = dual[0];
	specs[5].guid = GUID("6");
	specs[5].start = 61000;
	make_dual(&t, specs, ARRAY_SIZE(specs), "uefi", FREE_SPACE);
	check_contains(t.text, "KEEP    6  EFI system");
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void test_subvolume(void **state)
{
	static const char home[] = USE(
		BOOT "," ROOT ",{\"match\":4,\"mountPoint\":\"/home\",\"subvolume\":\"@home\"}");
	struct spec specs[ARRAY_SIZE(dual)];
	_cleanup_text_ struct text t = {0};

	(void)state;
	memcpy(specs, dual, sizeof(dual));
	_cleanup_free_ char *ext4 = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	check_refused(ext4, home, ERR_INVALID,
		      "/dev/sda4 has no subvolume @home: it holds ext4, and only btrfs has any");
	specs[3].fs = "btrfs";
	make_dual(&t, specs, ARRAY_SIZE(dual), "uefi", home);
	check_contains(hardware(t.plan), "subvol=@home");
}

/* Who wakes up writes what it remembers over what was changed meanwhile. */
static void test_asleep(void **state)
{
#define HOME "{\"match\":4,\"mountPoint\":\"/home\"}"
	struct spec specs[ARRAY_SIZE(dual)];
	_cleanup_text_ struct text gone = {0}, alone = {0}, erased = {0};

	(void)state;
	memcpy(specs, dual, sizeof(dual));
	specs[4].fs = "swsuspend";
	_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	check_refused(facts, USE(BOOT "," ROOT "," HOME), ERR_BUSY,
		      "/dev/sda4 cannot be used at /home with its files: a system of this machine "
		      "is hibernated (/dev/sda5)");
	check_taken(&gone, facts, USE(BOOT "," ROOT "," HOME "," FORMATTED("5", "swap", "")));
	check_taken(&alone, facts, USE(BOOT "," ROOT));
	_cleanup_free_ char *two = xasprintf(
		"%.*s,{\"path\":\"/dev/sdb\",\"bytes\":8589934592,\"sectorBytes\":512,"
		"\"partitions\":[{\"path\":\"/dev/sdb1\",\"number\":1,\"bytes\":4294967296,"
		"\"fsType\":\"swsuspend\"}]}]}",
		(int)strlen(facts) - 2, facts);
	check_refused(two, USE(BOOT "," ROOT "," HOME "," FORMATTED("5", "swap", "")), ERR_BUSY,
		      "is hibernated (/dev/sdb1)");
	check_taken(&erased, two,
		    USE(BOOT "," ROOT "," HOME "," FORMATTED(
			    "5", "swap", "")) ",\"dataDisk\":{"
					      "\"path\":\"/dev/sdb\",\"eraseData\":true}");
}

/* --- U-Boot ----------------------------------------------------------------------------------- */

/* `flagged`: the numbers of the partitions with the flag. */
static char *board(const struct spec *specs, size_t n, const char *flagged)
{
	_cleanup_free_ char *facts = machine("device-tree", "gpt", specs, n);
	char *at = strstr(facts, "x86_64");
	char *text = xasprintf("%.*saarch64%s", (int)(at - facts), facts, at + strlen("x86_64"));

	for (; *flagged; flagged++) {
		_cleanup_free_ char *before = text;
		_cleanup_free_ char *key = xasprintf("\"number\":%c", *flagged);

		at = strstr(before, key);
		text = xasprintf("%.*s\"attributes\":4,%s", (int)(at - before), before, at);
	}
	return text;
}

static void test_uboot_flag(void **state)
{
	static const struct {
		const char *flagged, *members, *says;
	} rows[] = {
		{"", USE(ROOT), "without a flag \"legacy BIOS bootable\" it looks into the first"},
		{"4", USE(ROOT),
		 "it looks where the flag \"legacy BIOS bootable\" is: /dev/sda4; "
		 "sfdisk --part-attrs /dev/sda 3 LegacyBIOSBootable"},
		{"3", USE(ROOT), NULL},
		{"34", USE(ROOT), NULL},
		{"43", USE(ROOT), NULL},
		/* Kernels and extlinux.conf are there. */
		{"3", USE(ROOT "," FORMATTED("5", "/boot", "")),
		 "U-Boot would not start partition 5 of /dev/sda"},
		{"5", USE(ROOT "," FORMATTED("5", "/boot", "")), NULL},
		{"", USE(ROOT "," FORMATTED("1", "/boot", "")), NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec specs[ARRAY_SIZE(dual)];
		_cleanup_text_ struct text t = {0};

		memcpy(specs, dual, sizeof(dual));
		specs[0].start = 16;
		specs[0].size = 480;
		_cleanup_free_ char *facts = board(specs, ARRAY_SIZE(dual), rows[i].flagged);
		if (rows[i].says)
			check_refused(facts, rows[i].members, ERR_UNSUPPORTED, rows[i].says);
		else
			check_taken(&t, facts, rows[i].members);
	}
}

/* A partition may lie where the boot loader is, but not be written to. */
static void test_uboot_area(void **state)
{
	_cleanup_free_ char *facts = board(dual, ARRAY_SIZE(dual), "3");
	_cleanup_text_ struct text t = {0};

	(void)state;
	check_refused(facts, USE(ROOT "," FORMATTED("1", "/srv", "")), ERR_UNSUPPORTED,
		      "/dev/sda1 cannot be formatted: it begins at 1 MiB, and this machine's boot "
		      "loader may be in the first 16 MiB of the disk");
	check_taken(&t, facts, USE(ROOT ",{\"match\":1,\"mountPoint\":\"/srv\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swap),	       cmocka_unit_test(test_small),
		cmocka_unit_test(test_boot_room),      cmocka_unit_test(test_boot_file_system),
		cmocka_unit_test(test_other_xbootldr), cmocka_unit_test(test_second_esp),
		cmocka_unit_test(test_subvolume),      cmocka_unit_test(test_asleep),
		cmocka_unit_test(test_uboot_flag),     cmocka_unit_test(test_uboot_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
