/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: the modes that keep what is on a disk: what is shared, what is refused, what is shown, and
 * that an interrupted run's plan is recognised. */
#include "support/check.h"

#include "plan/plan.h"
#include "support/interview.h"
#include "support/kept.h"

/* Room in the EFI system partition decides where kernels go. */
static void test_esp(void **state)
{
	static const struct {
		int room;
		const char *loader;
		const char *esp, *boot; /* what is mounted there: action and role */
		const char *nix, *says;
	} rows[] = {
		{240, "windows", "KEEP    1  EFI system", NULL, "efiSysMountPoint = \"/boot\"",
		 "is in the boot menu by itself"},
		{239, "windows", "KEEP    1  EFI system", "CREATE  6  boot",
		 "xbootldrMountPoint = \"/boot\"", "240 MiB"},
		{2, "windows", "KEEP    1  EFI system", "CREATE  6  boot",
		 "efiSysMountPoint = \"/efi\"", "XBOOTLDR"},
		{1, "windows", "CREATE  6  EFI system", NULL, "efiSysMountPoint = \"/boot\"",
		 "only 1 MiB are free"},
		{-1, NULL, "CREATE  6  EFI system", NULL, "efiSysMountPoint = \"/boot\"",
		 "could not be read"},
		{400, "nixos", "CREATE  6  EFI system", NULL, "efiSysMountPoint = \"/boot\"",
		 "another NixOS has its boot entries there"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_text_ struct text t = {0};
		struct spec specs[ARRAY_SIZE(dual)];

		memcpy(specs, dual, sizeof(dual));
		specs[0].room = rows[i].room;
		specs[0].loader = rows[i].loader;
		make_dual(&t, specs, ARRAY_SIZE(dual), "uefi", FREE_SPACE);
		check_contains(t.text, rows[i].esp);
		if (rows[i].boot)
			check_contains(t.text, rows[i].boot);
		else
			check_lacks(t.text, "  boot ");
		check_contains(hardware(t.plan), rows[i].nix);
		check_contains(t.text, rows[i].says);
	}
}

static void test_free_space_shown(void **state)
{
	_cleanup_text_ struct text t = {0};
	const struct layout *l;
	const struct part *root;

	(void)state;
	make_dual(&t, dual, ARRAY_SIZE(dual), "uefi", FREE_SPACE);
	l = &plan_system_disk(t.plan)->layout;
	root = layout_part(l, PART_ROOT);
	/* From the end of Windows to swap, which has the highest number and not the last place. */
	assert_true(root->start == 60501 * MIB && root->start + root->size == 110000 * MIB);
	assert_int_equal(root->number, 6);
	assert_int_equal(plan_system_disk(t.plan)->lost_bytes, 0);
	check_contains(t.losses, "Nothing of what is on /dev/sda");
	check_contains(t.losses, "KEEP    /dev/sda2");
	check_lacks(t.text, "[destroys data]");
	check_lacks(t.text, "DELETE");
	check_lacks(t.text, "LOST");
	check_contains(t.text, "add partitions to the table of /dev/sda");
	check_contains(t.text, "KEEP    2  Windows");
	check_contains(hardware(t.plan), "configurationLimit = 3;");
	check_contains(t.json, "\"mode\": \"freeSpace\"");
}

static void test_bios(void **state)
{
	_cleanup_text_ struct text one = {0}, two = {0};
	struct spec specs[ARRAY_SIZE(dual)];

	(void)state;
	make_dual(&one, dual, ARRAY_SIZE(dual), "bios", FREE_SPACE);
	check_contains(one.text, "CREATE  6  BIOS boot");
	memcpy(specs, dual, sizeof(dual));
	specs[0] = (struct spec){NULL, BIOS, GUID("1"), NULL, NULL, NULL, NULL, 1, 1, -1, 0};
	make_dual(&two, specs, ARRAY_SIZE(dual), "bios", FREE_SPACE);
	check_contains(two.text, "KEEP    1  BIOS boot");
	check_contains(two.text, "CREATE  6  root");
	check_contains(two.text, "GRUB takes the place of the boot loader");
	check_contains(hardware(two.plan), "/dev/disk/by-id/ata-A");
}

/* U-Boot's 16 MiB are in no table. */
static void test_uboot(void **state)
{
	static const struct spec one[] = {
		{NULL, LINUX, GUID("3"), "ext4", UUID("3"), "Linux", NULL, 120000, 79990, -1, 0}};
	_cleanup_free_ char *facts = machine("device-tree", "gpt", one, 1);
	char *at = strstr(facts, "x86_64");
	_cleanup_free_ char *board = xasprintf("%.*saarch64%s", (int)(at - facts), facts,
					       at + strlen("x86_64"));
	_cleanup_text_ struct text t = {0};

	(void)state;
	make(&t, board, FREE_SPACE, NULL);
	if (t.n < 0)
		fail_msg("%s: %s", t.e.what, t.e.why);
	assert_true(layout_part(&plan_system_disk(t.plan)->layout, PART_ROOT)->start == 16 * MIB);
}

/* Cut off after the table, and the EFI system partition half full by then: the same plan, so that
 * the journal knows it; and what was made is not somebody's. */
static void test_resume(void **state)
{
	(void)state;
	for (unsigned small = 0; small < 2; small++) {
		_cleanup_text_ struct text before = {0}, after = {0}, changed = {0};
		_cleanup_arena_ struct arena *a = arena_new();
		struct spec specs[ARRAY_SIZE(dual) + 4];
		struct strings guids = {0};
		const struct layout *l;
		size_t n = ARRAY_SIZE(dual);

		memcpy(specs, dual, sizeof(dual));
		specs[0].room = small ? 100 : 300;
		make_dual(&before, specs, n, "uefi", FREE_SPACE);
		l = &plan_system_disk(before.plan)->layout;
		specs[0].room = small ? 1 : 90;
		specs[0].loader = "nixos";
		for (size_t i = 0; i < l->count; i++)
			if (l->parts[i].fate == FATE_CREATE) {
				const struct part *p = &l->parts[i];

				specs[n++] = (struct spec){
					NULL,	       p->type_guid, p->guid, fs_kind_name(p->fs),
					p->fs_uuid,    NULL,	     NULL,    p->start / MIB,
					p->size / MIB, -1,	     0};
				strings_add(a, &guids, p->guid);
			}
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, n);

		make(&after, facts, FREE_SPACE, &guids);
		if (after.n < 0)
			fail_msg("%s: %s", after.e.what, after.e.why);
		assert_string_equal(before.plan->hash, after.plan->hash);
		check_contains(after.text, "DELETE  /dev/sda6");
		assert_int_equal(plan_system_disk(after.plan)->lost_bytes, 0);
		/* Other answers: what the first run made goes, and nothing is made twice. */
		make(&changed, facts, FREE_SPACE ",\"hostName\":\"other\"", &guids);
		assert_int_equal(changed.n, 0);
		assert_int_equal(plan_system_disk(changed.plan)->layout.count, l->count);
		/* Without the journal it is an installation of this machine like any other. */
		text_clear(&changed);
		make(&changed, facts, FREE_SPACE, NULL);
		assert_int_equal(changed.n, -ERR_TOO_SMALL);
	}
}

#define KEEP_HOME                                                                            \
	"\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"partitions\",\"eraseData\":true,"        \
	"\"partitions\":[{\"match\":1,\"mountPoint\":\"/boot\"},{\"match\":\"/dev/sda3\","   \
	"\"mountPoint\":\"/\",\"format\":true},{\"match\":\"" GUID("4") "\",\"mountPoint\":" \
									"\"/home\"}]}"

static void test_keep_home(void **state)
{
	_cleanup_text_ struct text t = {0}, btrfs = {0}, luks = {0};
	const struct plan_disk *d;

	(void)state;
	make_dual(&t, dual, ARRAY_SIZE(dual), "uefi", KEEP_HOME);
	d = plan_system_disk(t.plan);
	assert_true(d->lost_bytes == 30000 * MIB);
	assert_false(layout_changes_table(&d->layout));
	check_contains(t.losses, "29.2 GiB will be lost");
	check_contains(t.losses, "FORMAT  /dev/sda3");
	check_contains(t.losses, "KEEP    /dev/sda4");
	check_contains(hardware(t.plan), "/dev/disk/by-uuid/" UUID("4"));
	check_contains(t.text, "look at the partitions of /dev/sda once more");
	/* One place, one file system. */
	make_dual(&btrfs, dual, ARRAY_SIZE(dual), "uefi", KEEP_HOME ",\"fileSystem\":\"btrfs\"");
	check_lacks(btrfs.text, "@home");
	make_dual(&luks, dual, ARRAY_SIZE(dual), "uefi",
		  KEEP_HOME ",\"encryption\":{\"enable\":true,\"passphrase\":\"correct horse\"}");
	check_contains(luks.text, "encrypt partition 3");
	check_lacks(luks.text, "encrypt partition 4");
}

/* --- making room ------------------------------------------------------------------------------ */

#define SHRINK(members) "\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"shrink\"" members "}"
#define SHRINK_4	SHRINK(",\"shrink\":\"4\",\"shrinkTo\":\"22000 MiB\"")

/* The last partition has room: 30000 MiB of its 49990 are free. */
static void roomy(struct spec *specs)
{
	memcpy(specs, dual, sizeof(dual));
	specs[3].room = 30000;
}

static void test_shrink_shown(void **state)
{
	_cleanup_text_ struct text t = {0};
	struct spec specs[ARRAY_SIZE(dual)];
	const struct layout *l;
	const struct part *root;

	(void)state;
	roomy(specs);
	make_dual(&t, specs, ARRAY_SIZE(dual), "uefi", SHRINK_4);
	l = &plan_system_disk(t.plan)->layout;
	root = layout_part(l, PART_ROOT);
	assert_true(root->start == 172000 * MIB && root->start + root->size == 199999 * MIB);
	assert_true(layout_shrunk(l)->number == 4 && layout_shrunk(l)->size == 22000 * MIB);
	assert_int_equal(t.plan->steps.items[0].kind, STEP_SHRINK);
	assert_int_equal(t.plan->steps.items[1].kind, STEP_PARTITION);
	assert_int_equal(plan_system_disk(t.plan)->lost_bytes, 0);
	check_contains(t.losses, "Nothing of what is on /dev/sda");
	check_contains(t.losses, "SHRINK  /dev/sda4           48.8 GiB    ext4");
	check_contains(t.text, "SHRINK  4  Linux            21.4 GiB    ext4");
	check_contains(t.text, "make the ext4 in partition 4 smaller: 21.4 GiB");
	check_contains(t.text, "have a backup of them all the same");
	check_contains(t.json, "\"mode\": \"shrink\"");
	check_lacks(t.text, "[destroys data]");
	/* It is nobody's file system of the new system. */
	check_lacks(hardware(t.plan), UUID("4"));
}

/* Cut off after the table: what has become smaller is so by then, and the plan is the same. */
static void test_shrink_resume(void **state)
{
	_cleanup_text_ struct text before = {0}, after = {0};
	_cleanup_arena_ struct arena *a = arena_new();
	struct spec specs[ARRAY_SIZE(dual) + 4];
	struct strings guids = {0};
	const struct layout *l;
	size_t n = ARRAY_SIZE(dual);

	(void)state;
	roomy(specs);
	make_dual(&before, specs, n, "uefi", SHRINK_4);
	l = &plan_system_disk(before.plan)->layout;
	specs[3].size = 22000;
	specs[3].room = 22000 - 19990;
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE) {
			const struct part *p = &l->parts[i];

			specs[n++] = (struct spec){
				NULL,	       p->type_guid, p->guid, fs_kind_name(p->fs),
				NULL,	       NULL,	     NULL,    p->start / MIB,
				p->size / MIB, -1,	     0};
			specs[n - 1].uuid = p->fs_uuid;
			strings_add(a, &guids, p->guid);
		}
	_cleanup_free_ char *facts = machine("uefi", "gpt", specs, n);

	make(&after, facts, SHRINK_4, &guids);
	if (after.n < 0)
		fail_msg("%s: %s", after.e.what, after.e.why);
	assert_string_equal(before.plan->hash, after.plan->hash);
}

static void check_parses(const char *facts, const struct strings *remains, const char *members,
			 const char *says)
{
	_cleanup_setting_ struct setting *s = setting_new(facts);
	_cleanup_free_ char *file = xasprintf("{\"version\":1,%s," USERS "}", members);
	_cleanup_free_ char *problems = NULL;

	if (remains)
		facts_mark_remains(s->facts, remains);
	setting_parse(s, file);
	answers_complete(&s->v, &s->problems);
	problems = setting_problems(s);
	if (says)
		check_contains(problems, says);
	else
		assert_string_equal(problems, "");
}

/* With the least that it can keep, and a little more in it than before: cut off after the file
 * system, and after the table. What the run made there makes no room itself. */
static void test_shrink_resume_least(void **state)
{
	static const char answers[] = SHRINK(",\"shrink\":\"4\",\"shrinkTo\":\"21989 MiB\"");
	struct spec specs[ARRAY_SIZE(dual) + 1];
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings guids = {0};
	size_t n = ARRAY_SIZE(dual);

	(void)state;
	roomy(specs);
	_cleanup_free_ char *fresh = machine("uefi", "gpt", specs, n);
	check_parses(fresh, NULL, answers, NULL);
	specs[3].room -= 9;
	_cleanup_free_ char *fuller = machine("uefi", "gpt", specs, n);
	check_parses(fuller, NULL, answers, "some room: at least");
	specs[3].fs_size = 21989;
	_cleanup_free_ char *file_system = machine("uefi", "gpt", specs, n);
	check_parses(file_system, NULL, answers, NULL);
	specs[3].size = 21989;
	specs[3].room = 21989 - 19999;
	_cleanup_free_ char *alone = machine("uefi", "gpt", specs, n);
	check_parses(alone, NULL, answers, "it is full: only");
	specs[n++] = (struct spec){NULL, LINUX,	 GUID("6"), "ext4", UUID("6"), NULL,
				   NULL, 172000, 27000,	    26000,  27000};
	strings_add(a, &guids, GUID("6"));
	_cleanup_free_ char *table = machine("uefi", "gpt", specs, n);
	check_parses(table, &guids, answers, NULL);
	check_parses(table, &guids, SHRINK(",\"shrink\":\"6\",\"shrinkTo\":\"2000 MiB\""),
		     "its place counts as free");
}

/* Much free space behind it is no reason to propose more than it has. */
static void test_shrink_room_behind(void **state)
{
	static const struct spec one[] = {
		{NULL, LINUX, GUID("1"), "ext4", UUID("1"), NULL, NULL, 1, 30000, 20000, 0}};
	_cleanup_free_ char *facts = machine("uefi", "gpt", one, 1);

	(void)state;
	check_parses(facts, NULL, SHRINK(""), NULL);
}

/* Who sleeps on one disk may have a file system of another one mounted. */
static void test_hibernated_elsewhere(void **state)
{
	struct spec specs[ARRAY_SIZE(dual)];
	_cleanup_free_ char *facts = NULL, *two = NULL;

	(void)state;
	roomy(specs);
	facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	check_parses(facts, NULL, SHRINK_4, NULL);
	two = xasprintf("%.*s,{\"path\":\"/dev/"
			"sdb\",\"bytes\":8589934592,\"sectorBytes\":512,\"partitions\":["
			"{\"path\":\"/dev/sdb1\",\"number\":1,\"bytes\":4294967296,"
			"\"fsType\":\"swsuspend\"}]}]}",
			(int)strlen(facts) - 2, facts);
	check_parses(two, NULL, SHRINK_4, "is hibernated (/dev/sdb1)");
	specs[3].fs_size = 49991;
	_cleanup_free_ char *longer = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	check_parses(longer, NULL, SHRINK_4, "its file system is longer (48.8 GiB)");
}

/* What is proposed and offered. */
static void test_shrink_proposed(void **state)
{
	struct spec specs[ARRAY_SIZE(dual)];
	_cleanup_arena_ struct arena *a = arena_new();

	(void)state;
	roomy(specs);
	for (unsigned full = 0; full < 2; full++) {
		/* With 10 GiB less the system has no room. */
		specs[3].room = full ? 20000 : 30000;
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
		_cleanup_setting_ struct setting *s = setting_new(facts);
		struct choices modes;
		bool offered = false;

		setting_parse(s, "{\"version\":1," SHRINK("") "," USERS "}");
		answers_complete(&s->v, &s->problems);
		assert_string_equal(s->answers->shrink, "/dev/sda4");
		modes = question_find("disk.mode")->offers(&s->v, a);
		for (size_t i = 0; i < modes.list.count; i++)
			offered |= str_eq(modes.list.items[i].value, "shrink");
		assert_int_equal(offered, !full);
		if (!full)
			assert_true(s->answers->shrink_to == 22ULL << 30);
	}
}

static void test_shrink_refusals(void **state)
{
	static const struct {
		const char *fs, *answers, *says;
		int room;
		const char *swap;
	} rows[] = {
		{"ntfs", ",\"shrinkTo\":\"22000 MiB\"", "Disk Management, Shrink Volume", 30000,
		 NULL},
		{"xfs", ",\"shrinkTo\":\"22000 MiB\"", "only ext4 and btrfs", 30000, NULL},
		{"crypto_LUKS", ",\"shrinkTo\":\"22000 MiB\"", "it is encrypted", -1, NULL},
		{"btrfs", ",\"shrinkTo\":\"22000 MiB\"", "over several disks", -1, NULL},
		{"ext4", ",\"shrinkTo\":\"22000 MiB\"", "it is full: only 1000 MiB", 1000, NULL},
		{"ext4", ",\"shrinkTo\":\"22000 MiB\"", "is hibernated (/dev/sda5)", 30000,
		 "swsuspend"},
		{"ext4", ",\"shrinkTo\":\"21988 MiB\"", "needs 19.5 GiB, and some room: at least",
		 30000, NULL},
		{"ext4", ",\"shrinkTo\":\"50000 MiB\"", "has 48.8 GiB only", 30000, NULL},
		{"ext4", ",\"shrinkTo\":23068672001", "whole number of MiB", 30000, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec specs[ARRAY_SIZE(dual)];

		roomy(specs);
		specs[3].fs = rows[i].fs;
		specs[3].room = rows[i].room;
		specs[4].fs = rows[i].swap ? rows[i].swap : "swap";
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
		_cleanup_setting_ struct setting *s = setting_new(facts);
		_cleanup_free_ char *problems = NULL;
		_cleanup_free_ char *file = xasprintf(
			"{\"version\":1," SHRINK(",\"shrink\":\"/dev/sda4\"%s") "," USERS "}",
			rows[i].answers);

		setting_parse(s, file);
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		check_contains(problems, rows[i].says);
	}
}

/* Enough for its own files, and too little for the system. */
static void test_shrink_too_little(void **state)
{
	struct spec specs[ARRAY_SIZE(dual)];
	_cleanup_text_ struct text t = {0};

	(void)state;
	roomy(specs);
	_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	make(&t, facts, SHRINK(",\"shrink\":\"4\",\"shrinkTo\":\"30000 MiB\""), NULL);
	assert_int_equal(t.n, -ERR_TOO_SMALL);
	check_contains(t.e.what, "/dev/sda4 leaves 19.5 GiB when it keeps 29.2 GiB");
	check_contains(t.e.hint, "disk.shrinkTo");
}

/* Cut off after the boot loader: it stands beside Windows' on the kept EFI system partition, which
 * is said, and does not make it another plan. */
static void test_resume_kept(void **state)
{
	_cleanup_text_ struct text before = {0}, after = {0};
	struct spec specs[ARRAY_SIZE(dual)];

	(void)state;
	make_dual(&before, dual, ARRAY_SIZE(dual), "uefi", KEEP_HOME);
	memcpy(specs, dual, sizeof(dual));
	specs[0].loader = "windows\",\"nixos";
	make_dual(&after, specs, ARRAY_SIZE(dual), "uefi", KEEP_HOME);
	assert_true(after.plan->warnings.count > before.plan->warnings.count);
	assert_string_equal(before.plan->hash, after.plan->hash);
}

/* --- refusals --------------------------------------------------------------------------------- */

static const struct {
	const char *firmware, *members;
	enum err_code code;
	const char *what, *why;
} refusals[] = {
	{"uefi", USE(ROOT), ERR_NOT_FOUND, "no EFI system partition is assigned", "/dev/sda1"},
	{"bios", USE(ROOT), ERR_NOT_FOUND, "no BIOS boot partition", "/dev/sda1"},
	{"uefi", USE(BOOT "," ROOT ",{\"match\":9,\"mountPoint\":\"/home\"}"), ERR_NOT_FOUND,
	 "there is no partition 9 on /dev/sda", "/dev/sda4 (48.8 GiB, ext4)"},
	{"uefi", USE(BOOT "," ROOT ",{\"match\":2,\"mountPoint\":\"/srv/windows\"}"),
	 ERR_UNSUPPORTED, "/dev/sda2 cannot be kept", "BitLocker"},
	{"uefi", USE(BOOT "," ROOT ",{\"match\":\"/dev/sda3\",\"mountPoint\":\"/home\"}"),
	 ERR_INVALID, "/dev/sda3 is to be used twice", ""},
	{"uefi", USE(ROOT ",{\"match\":4,\"mountPoint\":\"/boot\",\"format\":true}"),
	 ERR_UNSUPPORTED, "/dev/sda4 cannot be mounted at /boot", "no EFI system partition"},
	{"uefi", USE(BOOT ",{\"match\":5,\"mountPoint\":\"/\",\"format\":true}"), ERR_TOO_SMALL,
	 "the partition for the root is too small: it has 8.7 GiB and needs 24.0 GiB",
	 "bytes are missing"},
	{"uefi", USE(BOOT "," ROOT ",{\"match\":4,\"mountPoint\":\"swap\"}"), ERR_UNSUPPORTED,
	 "/dev/sda4 cannot be kept at swap", "it holds ext4"},
	{"uefi", USE(BOOT "," ROOT) ",\"swap\":{\"kind\":\"partition\"}", ERR_INVALID,
	 "no partition is assigned for swap", ""},
	{"uefi",
	 USE(BOOT "," ROOT
		  ",{\"match\":5,\"mountPoint\":\"swap\"}") ",\"swap\":{\"kind\":\"zram\"}",
	 ERR_INVALID, "swap.kind is zram", ""},
};

static void test_refusals(void **state)
{
	_cleanup_free_ char *dos = machine("uefi", "dos", dual, ARRAY_SIZE(dual));
	_cleanup_text_ struct text mbr = {0}, full = {0}, esp = {0};
	struct spec specs[ARRAY_SIZE(dual)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		_cleanup_free_ char *facts = machine(refusals[i].firmware, "gpt", dual,
						     ARRAY_SIZE(dual));
		_cleanup_text_ struct text t = {0};

		make(&t, facts, refusals[i].members, NULL);
		check_row(i, t.n == -(int)refusals[i].code);
		check_contains(t.e.what, refusals[i].what);
		check_contains(t.e.why, refusals[i].why);
	}
	make(&mbr, dos, FREE_SPACE, NULL);
	assert_int_equal(mbr.n, -ERR_UNSUPPORTED);
	check_contains(mbr.e.why, "MBR table (5 partitions, 49.3 GiB free)");
	memcpy(specs, dual, sizeof(dual));
	specs[0].room = 239;
	_cleanup_free_ char *little = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	make(&esp, little, KEEP_HOME, NULL);
	assert_int_equal(esp.n, -ERR_TOO_SMALL);
	check_contains(esp.e.what, "has 239 MiB free and needs 240 MiB");
	specs[1].size = 100000;
	_cleanup_free_ char *filled = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
	make(&full, filled, FREE_SPACE, NULL);
	assert_int_equal(full.n, -ERR_TOO_SMALL);
	check_contains(full.e.what, "largest free area of the disk is too small: it has 9.2 GiB");
}

/* What is wrong with the file itself is said with its place, before any machine is looked at. */
static void test_file(void **state)
{
	static const struct {
		const char *members, *says;
	} rows[] = {
		{USE(BOOT), "no partition is for the system"},
		{USE("{\"match\":3,\"mountPoint\":\"/\"}"), "the partition at / must be formatted"},
		{USE(ROOT ",{\"match\":4,\"mountPoint\":\"/\",\"format\":true}"),
		 "3 and 4 are both /"},
		{USE(ROOT ",{\"match\":3,\"mountPoint\":\"/home\"}"), "partition 3 is there twice"},
		{USE(ROOT ",{\"match\":4,\"mountPoint\":\"home\"}"),
		 "partition 2 of the list, \"mountPoint\": where it is mounted"},
		{USE(ROOT ",{\"match\":4,\"mountPoint\":\"/usr\"}"), "\"mountPoint\""},
		{USE(ROOT ",{\"match\":4}"), "\"mountPoint\": is missing"},
		{USE(ROOT ",{\"match\":4,\"mountPoint\":\"/home\",\"fileSystem\":\"xfs\"}"),
		 "has no meaning for one that is kept"},
		{USE(ROOT ",{\"match\":4,\"mountPoint\":\"/home\",\"size\":1}"),
		 "\"size\": is none of"},
		{"\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"partitions\",\"partitions\":[" BOOT
		 "," ROOT "]}",
		 "disk.eraseData: is missing: /dev/sda3 (29.2 GiB, ext4) is to be formatted"},
		{USE(BOOT "," ROOT ",{\"match\":5,\"mountPoint\":\"swap\"}") "," ENCRYPTED,
		 "disk.partitions: 5 is kept as swap, in clear text"},
		{USE(BOOT
		     "," ROOT
		     ",{\"match\":4,\"mountPoint\":\"/srv/samples\"}") ","
								       "\"dataDisk\":{\"path\":\"/"
								       "dev/sdb\"}",
		 "dataDisk.mountPoint: partition 4 is mounted at /srv/samples already"},
		{FREE_SPACE ",\"dataDisk\":{\"path\":\"/dev/sdb\",\"mountPoint\":\"/efi\"}",
		 "dataDisk.mountPoint: \"/efi\" cannot be used"},
		{"\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"keep\"}", "\"keep\" cannot be used"},
		/* Nothing that is known may be anything. */
		{"\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"partitions\",\"partitions\":[" BOOT
		 ",{\"match\":6,\"mountPoint\":\"/\",\"format\":true}]}",
		 "disk.eraseData: is missing: /dev/sda6 (39.0 GiB, what is in it is not known)"},
		{"\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"partitions\"}",
		 "disk.partitions: is missing"},
		{"\"disk\":{\"path\":\"/dev/sda\",\"eraseData\":true,\"partitions\":[" BOOT "," ROOT
		 "]}",
		 "disk.partitions: has no meaning"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec specs[ARRAY_SIZE(dual) + 1];
		memcpy(specs, dual, sizeof(dual));
		specs[ARRAY_SIZE(dual)] = (struct spec){NULL, LINUX, GUID("6"), NULL, NULL, NULL,
							NULL, 61000, 40000,	-1,   0};
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(specs));
		_cleanup_setting_ struct setting *s = setting_new(facts);
		_cleanup_free_ char *file = xasprintf("{\"version\":1,%s," USERS "}",
						      rows[i].members);
		_cleanup_free_ char *problems = NULL;

		setting_parse(s, file);
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		check_contains(problems, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esp),
		cmocka_unit_test(test_free_space_shown),
		cmocka_unit_test(test_bios),
		cmocka_unit_test(test_uboot),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_keep_home),
		cmocka_unit_test(test_resume_kept),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_shrink_shown),
		cmocka_unit_test(test_shrink_resume),
		cmocka_unit_test(test_shrink_resume_least),
		cmocka_unit_test(test_shrink_room_behind),
		cmocka_unit_test(test_hibernated_elsewhere),
		cmocka_unit_test(test_shrink_proposed),
		cmocka_unit_test(test_shrink_refusals),
		cmocka_unit_test(test_shrink_too_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
