/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: the same bytes each time, refusals with their numbers, no secrets, warnings. */
#include "support/check.h"

#include <json-c/json.h>
#include <time.h>

#include "base/record.h"
#include "base/uuid.h"
#include "plan/plan.h"
#include "support/interview.h"

#define PASSWORD "hunter2-S3cret"
#define VDA	 "\"disk\":{\"path\":\"/dev/vda\"}"
#define USERS	 "\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}"
#define ADMIN	 "\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}}"

/* The plan for an answer file's members, or NULL with the error. */
static struct plan *make_plan(struct setting *s, const char *members, struct err *e)
{
	_cleanup_free_ char *file = xasprintf("{\"version\":1,%s}", members);
	_cleanup_free_ char *problems = NULL;
	struct plan *p = NULL;
	int n;

	setting_parse(s, file);
	answers_complete(&s->v, &s->problems);
	problems = setting_problems(s);
	assert_string_equal(problems, "");
	n = plan_make(&s->v, "archibald test", &p, e);
	assert_true((n == 0) == (p != NULL));
	if (n < 0)
		check_error(e, n);
	return p;
}

static char *json_of(const struct plan *p)
{
	_cleanup_json_ struct json_object *json = plan_to_json(p);

	return json_text(json);
}

/* Everything of the plan for a machine and members: JSON and text; owned by the caller. */
static char *plan_bytes(const char *machine, const char *members)
{
	_cleanup_setting_ struct setting *s = setting_new(machine);
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(s, members, &e);
	_cleanup_str_ struct str text = {0};
	_cleanup_free_ char *json = NULL;

	if (!p)
		fail_msg("%s: %s", e.what, e.why);
	json = json_of(p);
	plan_to_text(p, &text);
	check_shown(str_get(&text));
	return xasprintf("%s%s", json, str_get(&text));
}

static const struct {
	const char *machine, *members;
} plans[] = {
	{PC, VDA "," USERS},
	{PC, "\"disk\":{\"path\":\"/dev/"
	     "nvme0n1\",\"eraseData\":true},\"swap\":{\"kind\":\"file\"}," USERS},
	{PC_BIOS, "\"variant\":\"server\",\"swap\":{\"kind\":\"partition\"}," VDA "," ADMIN},
	{PC_SMALL, VDA "," USERS},
	{ORANGE_PI, VDA "," USERS},
	{ARM_BOARD, "\"swap\":{\"kind\":\"none\"}," VDA "," USERS},
};

static void test_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		_cleanup_free_ char *one = plan_bytes(plans[i].machine, plans[i].members),
				    *two = NULL;

		setenv("TZ", i % 2 ? "Asia/Tokyo" : "UTC", 1);
		setenv("LC_ALL", "de_DE.UTF-8", 1);
		setenv("HOME", "/nonexistent", 1);
		setenv("ARCHIBALD_X", "y", 1);
		assert_int_equal(chdir("/"), 0);
		umask(077);
		usleep(1100);
		two = plan_bytes(plans[i].machine, plans[i].members);
		assert_string_equal(one, two);
		umask(022);
	}
}

static char *seed_machine(const char *board, const char *disk, const char *mac)
{
	_cleanup_free_ char *id = xasprintf(board ? "\"id\":\"%s\"" : "%s", board ? board : "");
	_cleanup_free_ char *serial = xasprintf(disk ? "\"serial\":\"%s\"," : "%s",
						disk ? disk : "");

	return xasprintf("{\"version\":1,\"arch\":\"x86_64\",\"board\":{%s},"
			 "\"memoryBytes\":8589934592," FIRMWARE_UEFI_TEXT
			 ",\"disks\":[{\"path\":\"/dev/vda\",%s\"bytes\":68719476736,"
			 "\"sectorBytes\":512}],"
			 "\"networks\":[{\"name\":\"eth0\",\"mac\":\"%s\"}]}",
			 id, serial, mac);
}

/* Another network adapter, or an address that was made up, makes no other machine of it. */
static void test_seed_without_adapters(void **state)
{
	char *machines[2] = {seed_machine("1111", "S1", "52:54:00:00:00:01"),
			     seed_machine("1111", "S1", "52:54:00:00:00:02")};
	struct plan *made[2];
	struct setting *settings[2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		settings[i] = setting_new(machines[i]);
		made[i] = make_plan(settings[i], VDA "," USERS, &e);
		assert_non_null(made[i]);
	}
	assert_string_equal(made[0]->hash, made[1]->hash);
	for (size_t i = 0; i < 2; i++) {
		plan_free(made[i]);
		setting_free(&settings[i]);
		free(machines[i]);
	}
}

/* Each of these names another machine, disk or host: all identifiers are others. */
static void test_seeds(void **state)
{
	static const struct {
		const char *board, *disk, *mac, *members;
	} rows[] = {
		{"1111", "S1", "52:54:00:00:00:01", VDA "," USERS},
		{"2222", "S1", "52:54:00:00:00:01", VDA "," USERS},
		{"1111", "S2", "52:54:00:00:00:01", VDA "," USERS},
		{NULL, NULL, "52:54:00:00:00:01", VDA "," USERS},
		{NULL, NULL, "52:54:00:00:00:02", VDA "," USERS},
		{"1111", "S1", "52:54:00:00:00:01", "\"hostName\":\"other\"," VDA "," USERS},
		{"1111", "S1", "52:54:00:00:00:01",
		 "\"seed\":\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"," VDA "," USERS},
	};
	struct plan *made[ARRAY_SIZE(rows)];
	struct setting *settings[ARRAY_SIZE(rows)];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *machine = seed_machine(rows[i].board, rows[i].disk,
							    rows[i].mac);

		settings[i] = setting_new(machine);
		made[i] = make_plan(settings[i], rows[i].members, &e);
		assert_non_null(made[i]);
		assert_true(uuid_valid(made[i]->seed));
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(made[i]->seed, made[j]->seed);
			assert_string_not_equal(made[i]->hash, made[j]->hash);
			assert_string_not_equal(made[i]->disks.items[0].after.items[0].guid,
						made[j]->disks.items[0].after.items[0].guid);
			assert_string_not_equal(made[i]->disks.items[0].after.items[1].fs_uuid,
						made[j]->disks.items[0].after.items[1].fs_uuid);
		}
	}
	assert_string_equal(made[6]->seed, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		plan_free(made[i]);
		setting_free(&settings[i]);
	}
}

/* Before anybody agrees, not once the run has begun; and nothing of the passphrase is in it. */
static void test_key_map_warned(void **state)
{
	(void)state;
	for (unsigned z = 0; z < 2; z++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		struct err e;
		_cleanup_free_ char *members = xasprintf(
			VDA "," USERS ",\"keyMap\":\"de\",\"encryption\":{\"enable\":true,"
			    "\"passphrase\":\"correct%chorse\"}",
			z ? 'z' : 'x');
		_cleanup_plan_ struct plan *p = make_plan(s, members, &e);
		_cleanup_str_ struct str text = {0};

		assert_non_null(p);
		plan_to_text(p, &text);
		if (z)
			check_contains(text.s, "sit elsewhere on a us keyboard than on de");
		else
			check_lacks(text.s, "us keyboard");
		check_lacks(text.s, "correct");
	}
}

#define EMMC                                                                    \
	"{\"path\":\"/dev/mmcblk0\",\"bytes\":31268536320,\"sectorBytes\":512," \
	"\"transport\":\"emmc\"}"

/* Samples on the eMMC, the system elsewhere: the machine still starts from the eMMC. */
static void test_uboot_data_disk(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(
		MACHINE("aarch64", "\"kind\":\"rk3588\",\"name\":\"orangepi5\"", MEMORY_64G,
			"\"firmware\":{\"kind\":\"device-tree\"}", DISK_EMPTY "," EMMC));
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(
		s, VDA ",\"dataDisk\":{\"path\":\"/dev/mmcblk0\"}," USERS, &e);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < 2; i++) {
		assert_true(p->disks.items[i].layout.keep_bytes == UBOOT_KEEP_BYTES);
		assert_true(p->disks.items[i].layout.parts[0].start == UBOOT_KEEP_BYTES);
	}
}

#define TINY_DISK	"{\"path\":\"/dev/vda\",\"bytes\":8589934592,\"sectorBytes\":512}"
#define ODD_DISK	"{\"path\":\"/dev/vda\",\"bytes\":68719476736,\"sectorBytes\":520}"
#define OPEN_DISK(more) "{\"path\":\"/dev/vda\",\"bytes\":68719476736,\"sectorBytes\":512," more "}"
#define PC_WITH(disk)	MACHINE("x86_64", PC_BOARD, MEMORY_8G, FIRMWARE_UEFI_TEXT, disk)

static const struct {
	const char *machine, *members;
	enum err_code code;
	const char *what, *why;
} refusals[] = {
	/* The second disk is asked about as the first one is. */
	{PC, VDA ",\"dataDisk\":{\"path\":\"/dev/nvme0n1\",\"eraseData\":false}," USERS,
	 ERR_INVALID, "/dev/nvme0n1 holds data, and dataDisk.eraseData is not true",
	 "2 partitions"},
	{PC, VDA ",\"dataDisk\":{\"path\":\"/dev/sdb\"}," USERS, ERR_BUSY,
	 "/dev/sdb cannot be installed to", "started from"},
	{PC, VDA ",\"dataDisk\":{\"path\":\"/dev/sdc\",\"eraseData\":true}," USERS, ERR_BUSY,
	 "/dev/sdc cannot be installed to", "mounted at /data"},
	{PC, VDA ",\"dataDisk\":{\"path\":\"/dev/sdz\"}," USERS, ERR_NOT_FOUND,
	 "there is no disk /dev/sdz", "there are"},
	{PC_WITH(TINY_DISK), VDA "," USERS, ERR_TOO_SMALL, "it has 8.0 GiB and needs 25.0 GiB",
	 "bytes are missing"},
	{PC_WITH(TINY_DISK), "\"swap\":{\"kind\":\"partition\",\"size\":\"4 GiB\"}," VDA "," USERS,
	 ERR_TOO_SMALL, "needs 29.0 GiB", "swap 4.0 GiB"},
	{PC_WITH(TINY_DISK), "\"swap\":{\"kind\":\"file\",\"size\":\"4 GiB\"}," VDA "," USERS,
	 ERR_TOO_SMALL, "needs 29.0 GiB", ""},
	{PC, "\"swap\":{\"kind\":\"file\",\"size\":18446744073709551615}," VDA "," USERS,
	 ERR_TOO_SMALL, "it has 64.0 GiB", ""},
	{PC, "\"swap\":{\"kind\":\"file\",\"size\":\"18446744047939747840\"}," VDA "," USERS,
	 ERR_TOO_SMALL, "it has 64.0 GiB", ""},
	{PC, "\"swap\":{\"kind\":\"partition\",\"size\":\"16777215T\"}," VDA "," USERS,
	 ERR_TOO_SMALL, "it has 64.0 GiB", ""},
	{PC_WITH(ODD_DISK), VDA "," USERS, ERR_UNSUPPORTED, "sectors of 520 bytes", ""},
	{MACHINE("x86_64", PC_BOARD, "1610612736", FIRMWARE_UEFI_TEXT, DISK_EMPTY), VDA "," USERS,
	 ERR_TOO_SMALL, "needed 2.0 GiB, there are 1.5 GiB", ""},
	{PC, "\"variant\":\"orangepi5\"," VDA "," USERS, ERR_UNSUPPORTED,
	 "variant orangepi5 is for aarch64-linux, this machine is x86_64", ""},
	{MACHINE("x86_64", PC_BOARD, MEMORY_8G, "\"firmware\":{\"kind\":\"uefi\",\"bits\":32}",
		 DISK_EMPTY),
	 VDA "," USERS, ERR_UNSUPPORTED, "UEFI is 32 bit", ""},
	{PC, "\"disk\":{\"path\":\"/dev/sdz\"}," USERS, ERR_NOT_FOUND, "there is no disk /dev/sdz",
	 "/dev/disk/by-id/virtio-SYSTEM01 (no model name, 64.0 GiB, virtio); "
	 "/dev/disk/by-id/nvme-Disk_W1 (Disk W, 476.9 GiB, nvme)"},
	{PC, "\"disk\":{\"path\":\"/dev/sdz\"}," USERS, ERR_NOT_FOUND, "/dev/sdz",
	 "not usable: it is the medium this system was started from"},
	{PC, "\"disk\":{\"path\":\"/dev/vda1\"}," USERS, ERR_NOT_FOUND, "/dev/vda1", "there are"},
	{PC_WITH(""), VDA "," USERS, ERR_NOT_FOUND, "/dev/vda", "there are: none"},
	{PC, "\"disk\":{\"path\":\"/dev/sdb\"}," USERS, ERR_BUSY, "/dev/sdb cannot be installed to",
	 "started from"},
	{PC, "\"disk\":{\"path\":\"/dev/sdc\",\"eraseData\":true}," USERS, ERR_BUSY, "/dev/sdc",
	 "mounted at /data"},
	{PC_WITH(OPEN_DISK("\"readOnly\":true")), VDA "," USERS, ERR_BUSY, "/dev/vda", "read-only"},
	{PC_WITH(OPEN_DISK("\"holders\":[\"md127\"]")), VDA "," USERS, ERR_BUSY, "/dev/vda",
	 "md127"},
	{PC, "\"disk\":{\"path\":\"/dev/nvme0n1\",\"eraseData\":false}," USERS, ERR_INVALID,
	 "/dev/nvme0n1 holds data", "Disk W, 476.9 GiB, nvme, 2 partitions"},
	{PC_WITH(OPEN_DISK("\"fsType\":\"ext4\"")),
	 "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":false}," USERS, ERR_INVALID, "holds data",
	 ""},
	{PC_WITH(OPEN_DISK("\"table\":\"mac\"")),
	 "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":false}," USERS, ERR_INVALID, "holds data",
	 ""},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		_cleanup_setting_ struct setting *s = setting_new(refusals[i].machine);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, refusals[i].members, &e);

		if (p)
			fail_msg("row %zu is planned", i);
		if (e.code != refusals[i].code)
			fail_msg("row %zu: %s: %s", i, e.what, e.why);
		check_contains(e.what, refusals[i].what);
		check_contains(e.why, refusals[i].why);
		assert_true(e.hint[0]);
	}
}

/* As small as it may be, and one mebibyte less. */
static void test_smallest_disk(void **state)
{
	(void)state;
	for (int less = 0; less < 2; less++) {
		uint64_t bytes = (24ULL << 30) + (1ULL << 30) + (1ULL << 20) + 16384 + 512;
		_cleanup_free_ char *machine = xasprintf(
			"{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":"
			"8589934592," FIRMWARE_UEFI_TEXT
			",\"disks\":[{\"path\":\"/dev/vda\",\"bytes\":%llu,"
			"\"sectorBytes\":512}]}",
			(unsigned long long)bytes - (unsigned)less);
		_cleanup_setting_ struct setting *s = setting_new(machine);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, VDA "," USERS, &e);

		assert_true((p != NULL) == (less == 0));
		if (less)
			check_contains(e.why, "; 1 bytes are missing");
	}
}

static void test_no_secrets(void **state)
{
	static const struct {
		const char *members, *secret;
		enum password_source source;
	} rows[] = {
		{VDA ",\"users\":{\"audioUser\":{\"password\":\"" PASSWORD "\"}}", PASSWORD,
		 PASSWORD_TYPED},
		{VDA "," USERS, PASSWORD_HASH_TEXT, PASSWORD_HASH},
		{VDA ",\"users\":{\"audioUser\":{\"passwordFile\":\"/root/" PASSWORD "\"}}",
		 PASSWORD, PASSWORD_FILE},
		{VDA ",\"users\":{\"audioUser\":{\"sshKeys\":[\"" SSH_KEY "\"]}}", "passwords/",
		 PASSWORD_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *bytes = plan_bytes(PC, rows[i].members);
		_cleanup_setting_ struct setting *s = setting_new(PC);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, rows[i].members, &e);

		check_lacks(bytes, rows[i].secret);
		check_row(i, p->accounts.items[0].source == rows[i].source);
		check_row(i, (p->accounts.items[0].target != NULL) ==
				     (rows[i].source != PASSWORD_NONE));
		if (p->accounts.items[0].target)
			assert_string_equal(p->accounts.items[0].target,
					    "var/lib/archibald/passwords/audio-user");
	}
}

/* What is on the disk now is shown, and does not make it another plan: it can be gone on with. */
static void test_hash(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC_WITH(OPEN_DISK("\"fsType\":\"xfs\"")));
	_cleanup_setting_ struct setting *t = setting_new(PC_WITH(OPEN_DISK("\"table\":\"gpt\"")));
	_cleanup_setting_ struct setting *u = setting_new(PC_WITH(OPEN_DISK("\"table\":\"gpt\"")));
	static const char erase[] = "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":true}," USERS;
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(s, erase, &e), *q = make_plan(t, erase, &e);
	_cleanup_plan_ struct plan *r = make_plan(
		u, "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":true},\"keyMap\":\"de\"," USERS,
		&e);

	(void)state;
	assert_int_equal(p->disks.items[0].before.count, 1);
	check_contains(p->disks.items[0].before.items[0].file_system, "xfs");
	assert_string_equal(p->hash, q->hash);
	assert_string_not_equal(p->hash, r->hash);
	assert_string_equal(p->seed, r->seed);
}

/* An interrupted run is gone on with by the answers that it kept: a typed password is a hash in
 * them. What comes after the installation makes no other one, either. */
static void test_hash_of_kept(void **state)
{
	static const char disk[] = "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":true},";
	static const char *const users[] = {
		"\"users\":{\"audioUser\":{\"password\":\"correct horse\"}}", USERS,
		USERS ",\"finish\":\"reboot\""};
	_cleanup_free_ char *first = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *members = xasprintf("%s%s", disk, users[i]);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, members, &e);

		assert_non_null(p);
		if (!first)
			first = xstrdup(p->hash);
		assert_string_equal(p->hash, first);
	}
}

static void check_steps(const struct plan *p)
{
	uint32_t weight = 0;
	bool harmless = false;

	for (size_t i = 0; i < p->steps.count; i++) {
		const struct step *s = &p->steps.items[i];

		weight += s->weight;
		/* All that destroys comes first, and in one go. */
		assert_false(harmless && s->destructive);
		harmless |= !s->destructive;
		assert_true(s->destructive ==
			    (s->kind == STEP_PARTITION || s->kind == STEP_FORMAT));
		assert_true(i == 0 || s->kind >= p->steps.items[i - 1].kind);
		assert_true(s->weight > 0 && s->title[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(s->id, p->steps.items[j].id);
	}
	assert_int_equal(weight, p->weight);
	assert_int_equal(p->steps.items[0].kind, STEP_PARTITION);
	assert_int_equal(p->steps.items[p->steps.count - 1].kind, STEP_UNMOUNT);
}

static void check_parts(const struct plan *p)
{
	const struct plan_disk *d = plan_system_disk(p);
	uint64_t end = 0;
	size_t roots = 0;

	assert_int_equal(d->after.count, d->layout.count);
	for (size_t i = 0; i < d->after.count; i++) {
		const struct plan_part *part = &d->after.items[i];

		assert_true(part->start >= end && part->bytes > 0);
		assert_int_equal(part->start % (1 << 20), 0);
		end = part->start + part->bytes;
		roots += str_eq(part->mountpoint, "/");
		assert_true(uuid_valid(part->guid) && uuid_valid(part->type_guid));
	}
	assert_int_equal(roots, 1);
	assert_true(end <= d->bytes);
}

static void test_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		_cleanup_setting_ struct setting *s = setting_new(plans[i].machine);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, plans[i].members, &e);

		check_steps(p);
		check_parts(p);
		assert_int_equal(p->files.count, 2);
		for (size_t f = 0; f < p->files.count; f++) {
			check_contains(p->files.items[f].path, "etc/nixos/hosts/");
			assert_false(strstr(p->files.items[f].path, ".."));
			assert_true(str_ends(p->files.items[f].content, "}\n"));
		}
	}
}

static void test_lost(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(
		s, "\"disk\":{\"path\":\"/dev/nvme0n1\",\"eraseData\":true}," USERS, &e);
	_cleanup_str_ struct str text = {0};
	_cleanup_free_ char *empty = plan_bytes(PC, VDA "," USERS);

	(void)state;
	plan_to_text(p, &text);
	check_contains(text.s, "Before:\n"
			       "  DELETE  /dev/nvme0n1p1      100 MiB     vfat  \"EFI system\"\n"
			       "  DELETE  /dev/nvme0n1p2      476.8 GiB   BitLocker  (Windows)\n"
			       "  LOST: 476.9 GiB (");
	check_contains(text.s, "[destroys data]");
	check_contains(empty, "Before: empty\n");
}

static const struct {
	const char *machine, *members, *warning; /* NULL: none at all */
} warnings[] = {
	{PC, VDA "," USERS, NULL},
	{PC, VDA ",\"users\":{\"audioUser\":{\"password\":\"x\"}}", "password in clear text"},
	{MACHINE("x86_64", PC_BOARD, MEMORY_8G,
		 "\"firmware\":{\"kind\":\"uefi\",\"bits\":64,\"efivarsWritable\":true,"
		 "\"secureBoot\":\"on\"}",
		 DISK_EMPTY),
	 VDA "," USERS, "Secure Boot is on"},
	{MACHINE("x86_64", PC_BOARD, MEMORY_8G, "\"firmware\":{\"kind\":\"uefi\",\"bits\":64}",
		 DISK_EMPTY),
	 VDA "," USERS, "variables cannot be written"},
	{ARM_BOARD, VDA "," USERS, "U-Boot"},
	{PC_WITH(OPEN_DISK("\"serial\":\"x\"")), VDA "," USERS, "no name that stays"},
	{PC_SMALL, "\"desktop\":\"plasma6\"," VDA "," USERS, "Plasma idles"},
	{PC_SMALL, VDA "," USERS, NULL},
};

static void test_warnings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(warnings); i++) {
		_cleanup_setting_ struct setting *s = setting_new(warnings[i].machine);
		struct err e;
		_cleanup_plan_ struct plan *p = make_plan(s, warnings[i].members, &e);

		check_row(i, p->warnings.count == (warnings[i].warning != NULL));
		if (warnings[i].warning)
			check_contains(p->warnings.items[0], warnings[i].warning);
	}
}

#define MACHINE_OF                                                                              \
	"{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":" MEMORY_64G "," FIRMWARE_UEFI_TEXT \
	",\"disks\":[%s]%s}"

/* hardware-configuration.nix of a machine with such disks and with more to say of itself. */
static char *hardware_of(const char *disks, const char *more, const char *members)
{
	_cleanup_free_ char *machine = xasprintf(MACHINE_OF, disks, more);
	_cleanup_setting_ struct setting *s = setting_new(machine);
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(s, members, &e);

	if (!p)
		fail_msg("%s: %s", e.what, e.why);
	return xstrdup(p->files.items[1].content);
}

#define GUEST(name, modules) ",\"virtualisation\":\"" name "\",\"storageModules\":[" modules "]"

/* Disks of hypervisors that are not QEMU by their names. */
static void test_guests(void **state)
{
	static const struct {
		const char *more;
		bool qemu, hyperv;
	} rows[] = {
		{"", false, false},
		{GUEST("qemu", ""), true, false},
		{GUEST("unknown", "\"ahci\""), false, false},
		{GUEST("unknown", "\"virtio_pci\""), true, false},
		{GUEST("google", "\"virtio_pci\""), true, false},
		{GUEST("microsoft", ""), false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *nix = hardware_of(DISK_EMPTY, rows[i].more, VDA "," USERS);

		check_row(i, rows[i].qemu == (strstr(nix, "qemu-guest.nix") != NULL));
		check_row(i, rows[i].hyperv == (strstr(nix, "\"hv_storvsc\"\n") != NULL));
		check_row(i, rows[i].hyperv == (strstr(nix, "\"hv_vmbus\"\n") != NULL));
	}
}

#define DISK_OF(name, transport)                                                                   \
	"{\"path\":\"/dev/" name "\",\"byId\":\"/dev/disk/by-id/" name "\",\"bytes\":68719476736," \
	"\"sectorBytes\":512,\"transport\":\"" transport "\"}"
#define LUKS ",\"encryption\":{\"enable\":true,\"passphrase\":\"correct horse\"}"
#define AWAY "\"nofail\"\n      \"x-systemd.device-timeout=10s\"\n"

/* A disk for samples that can be taken away: the initrd sees it where it has to open it, and the
 * machine starts without it where it can. */
static void test_data_disk(void **state)
{
	static const struct {
		const char *disk, *more, *encryption;
		bool module, may_be_away, warned;
	} rows[] = {
		{DISK_OF("sdd", "usb"), "", "", false, true, false},
		{DISK_OF("sdd", "usb"), "", LUKS, true, true, true},
		{DISK_OF("sdd", "sata"), "", LUKS, false, true, false},
		{DISK_OF("sdd", "sata"), ",\"mountPoint\":\"/var/lib/docker\"", "", false, false,
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *disks = xasprintf("%s,%s", DISK_EMPTY, rows[i].disk);
		_cleanup_free_ char *members = xasprintf(
			VDA "," USERS ",\"dataDisk\":{\"path\":\"/dev/sdd\"%s}%s", rows[i].more,
			rows[i].encryption);
		_cleanup_free_ char *nix = hardware_of(disks, "", members);
		_cleanup_free_ char *machine = xasprintf(MACHINE_OF, disks, "");
		_cleanup_free_ char *all = plan_bytes(machine, members);
		const char *nofail;

		check_row(i, rows[i].module == (strstr(nix, "\"usb_storage\"\n") != NULL));
		check_row(i, rows[i].may_be_away == (strstr(nix, AWAY) != NULL));
		check_row(i, rows[i].warned == (strstr(all, "not start without /dev/sdd") != NULL));
		/* Never of what holds the system. */
		nofail = strstr(nix, "nofail");
		check_row(i, !nofail || !strstr(nofail + 1, "nofail"));
	}
}

/* Who makes music may record there; a server's disk stays root's, as somebody's directory does. */
static void test_data_disk_owner(void **state)
{
	static const struct {
		const char *members, *rule; /* NULL: none */
	} rows[] = {
		{"}," USERS, "\"d /srv/samples 2775 root audio -\"\n"},
		{",\"mountPoint\":\"/data/x\"}," USERS, "\"d /data/x 2775 root audio -\"\n"},
		{",\"mountPoint\":\"/home/audio-user/x\"}," USERS, NULL},
		{"},\"variant\":\"server\"," ADMIN, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *members = xasprintf(
			VDA ",\"dataDisk\":{\"path\":\"/dev/sdd\"%s", rows[i].members);
		_cleanup_free_ char *nix = hardware_of(DISK_EMPTY "," DISK_OF("sdd", "usb"), "",
						       members);

		if (rows[i].rule)
			check_contains(nix, rows[i].rule);
		else
			check_lacks(nix, "tmpfiles");
	}
}

/* A machine that lies about itself in every string still makes Nix and text that are whole. */
static void test_hostile_machine(void **state)
{
#define EVIL "\\\"; ''${builtins.abort} \\u001b[2J\\u202e */ #"
	_cleanup_setting_ struct setting *s = setting_new(
		"{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":8589934592,\"board\":{"
		"\"model\":\"" EVIL "\"},\"cpu\":{\"threads\":8,\"model\":\"" EVIL
		"\"}," FIRMWARE_BIOS_TEXT ",\"disks\":[{\"path\":\"/dev/vda\",\"byId\":\"/dev/" EVIL
		"\",\"model\":\"" EVIL "\",\"serial\":\"" EVIL
		"\",\"bytes\":68719476736,\"sectorBytes\":512,\"fsType\":\"" EVIL
		"\"}],\"storageModules\":[\"ahci\"]}");
	struct err e;
	_cleanup_plan_ struct plan *p = make_plan(
		s, "\"disk\":{\"path\":\"/dev/vda\",\"eraseData\":true}," USERS, &e);
	_cleanup_str_ struct str text = {0};

	(void)state;
	assert_non_null(p);
	plan_to_text(p, &text);
	check_shown(text.s);
	for (size_t i = 0; i < p->files.count; i++) {
		check_shown(p->files.items[i].content);
		check_lacks(p->files.items[i].content, "\"\"; ''${");
	}
#undef EVIL
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_uboot_data_disk),
		cmocka_unit_test(test_key_map_warned),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_seed_without_adapters),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_smallest_disk),
		cmocka_unit_test(test_no_secrets),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_of_kept),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_data_disk),
		cmocka_unit_test(test_data_disk_owner),
		cmocka_unit_test(test_hostile_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
