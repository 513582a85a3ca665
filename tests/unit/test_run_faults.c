/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: order, a fault at every call, cancelling at every call, going on after an interruption. */
#include "support/check.h"

#include "base/record.h"
#include "support/interview.h"
#include "support/recorder.h"

#define WORKSTATION                                                                             \
	"{\"version\":1,\"hostName\":\"studio\",\"disk\":{\"path\":\"/dev/vda\"},\"swap\":{"    \
	"\"kind\":\"file\",\"size\":\"1 GiB\"},\"desktop\":\"none\",\"users\":{\"audioUser\":{" \
	"\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"},\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}}}"
#define WORKSTATION_OTHER                                                                    \
	"{\"version\":1,\"hostName\":\"other\",\"disk\":{\"path\":\"/dev/vda\"},\"users\":{" \
	"\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}}"
#define SERVER                                                                              \
	"{\"version\":1,\"variant\":\"server\",\"disk\":{\"path\":\"/dev/vda\"},\"swap\":{" \
	"\"kind\":\"partition\",\"size\":\"1 GiB\"},\"users\":{\"admin\":{\"sshKeys\":["    \
	"\"" SSH_KEY "\"]}}}"
#define BOARD                                                                           \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"swap\":{\"kind\":\"none\"}," \
	"\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}}"

#define ENCRYPTED                                                                              \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"fileSystem\":\"btrfs\","            \
	"\"encryption\":{\"enable\":true,\"passphrase\":\"" TEST_PASSPHRASE "\"},\"swap\":{"   \
	"\"kind\":\"partition\",\"size\":\"1 GiB\"},\"dataDisk\":{\"path\":\"/dev/nvme0n1\","  \
	"\"eraseData\":true},\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT \
	"\"}}}"

/* Beside another system, with its EFI system partition. */
#define PC_BESIDE                                                                             \
	MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT,                           \
		"{\"path\":\"/dev/vda\",\"bytes\":68719476736,\"sectorBytes\":512,\"table\":" \
		"\"gpt\",\"partitions\":[{\"path\":\"/dev/vda1\",\"number\":1,\"start\":"     \
		"1048576,\"bytes\":524288000,\"typeGuid\":\"" TYPE_GUID_ESP "\",\"guid\":"    \
		"\"11111111-2222-4333-8444-555555555555\",\"fsType\":\"vfat\",\"fsUuid\":"    \
		"\"7C4E-91A2\",\"roomKnown\":true,\"freeBytes\":500000000}]}")
#define BESIDE                                                                             \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\",\"mode\":\"freeSpace\"},\"swap\":" \
	"{\"kind\":\"partition\",\"size\":\"1 GiB\"},\"users\":{\"audioUser\":{"           \
	"\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}}"

/* In the room that another system gives up, and on partitions that are there. */
#define PC_FULL                                                                                \
	MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT,                            \
		"{\"path\":\"/dev/vda\",\"bytes\":137438953472,\"sectorBytes\":512,\"table\":" \
		"\"gpt\",\"partitions\":[{\"path\":\"/dev/vda1\",\"number\":1,\"start\":"      \
		"1048576,\"bytes\":524288000,\"typeGuid\":\"" TYPE_GUID_ESP "\",\"guid\":"     \
		"\"11111111-2222-4333-8444-555555555555\",\"fsType\":\"vfat\",\"fsUuid\":"     \
		"\"7C4E-91A2\",\"roomKnown\":true,\"freeBytes\":500000000},{\"path\":\"/dev/"  \
		"vda2\""                                                                       \
		",\"number\":2,\"start\":525336576,\"bytes\":136902082560,\"typeGuid\":"       \
		"\"0fc63daf-8483-4772-8e79-3d69d8477de4\",\"guid\":"                           \
		"\"11111111-2222-4333-8444-666666666666\",\"fsType\":\"ext4\",\"fsUuid\":"     \
		"\"11111111-2222-4333-8444-777777777777\",\"roomKnown\":true,\"freeBytes\":"   \
		"120000000000}]}")
#define USERS_TEXT "\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}}"
#define SHRINK                                                                                 \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\",\"mode\":\"shrink\",\"shrink\":\"2\"," \
	"\"shrinkTo\":\"40 GiB\"},\"swap\":{\"kind\":\"partition\",\"size\":\"1 "              \
	"GiB\"}," USERS_TEXT
#define ASSIGNED                                                                                 \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\",\"mode\":\"partitions\",\"partitions\":" \
	"[{\"match\":1,\"mountPoint\":\"/boot\"},{\"match\":2,\"mountPoint\":\"/\",\"format\":"  \
	"true}],\"eraseData\":true},\"swap\":{\"kind\":\"file\",\"size\":\"1 GiB\"}," USERS_TEXT

static const struct {
	const char *machine, *answers;
} cases[] = {{PC, WORKSTATION},	  {PC_BIOS, SERVER}, {ORANGE_PI, BOARD}, {PC, ENCRYPTED},
	     {PC_BESIDE, BESIDE}, {PC_FULL, SHRINK}, {PC_FULL, ASSIGNED}};

/* $ is the target's root, % the directory of all. */
static const char *const order[] = {
	"identify untouched",
	"program_exists mkfs.vfat",
	"program_exists mkfs.ext4",
	"check_root",
	"program_exists mkswap",
	"program_exists cp",
	"program_exists nixos-install",
	"identify",
	"write_table",
	"format 1",
	"format 2",
	"mount /",
	"mount /boot",
	"swap_on",
	"mkdir 755 $/etc/nixos",
	"run cp -r -T --no-preserve=mode,ownership -- %/flake $/etc/nixos",
	"mkdir 755 $/etc/nixos/hosts/studio",
	"write 644 $/etc/nixos/hosts/studio/default.nix",
	"mkdir 755 $/etc/nixos/hosts/studio",
	"write 644 $/etc/nixos/hosts/studio/hardware-configuration.nix",
	"mkdir 700 $/var/lib/archibald/passwords",
	"write 600 $/var/lib/archibald/passwords/audio-user",
	"run nixos-install --root $ --flake $/etc/nixos#studio --no-root-passwd --no-channel-copy",
	"verify",
	"mkdir 700 $/var/log/archibald",
	"run cp -- %/install.log $/var/log/archibald",
	"swap_off the-swap",
	"sync $/",
	"sync $/boot",
	"unmount",
};

static char *with_paths(const struct rig *x, const char *row)
{
	struct str out = {0};

	for (; *row; row++)
		if (*row == '$')
			str_add(&out, x->root);
		else if (*row == '%')
			str_add(&out, x->dir);
		else
			str_addc(&out, *row);
	return str_take(&out);
}

static void test_order(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	assert_int_equal(rig_run(x), 0);
	for (size_t i = 0; i < ARRAY_SIZE(order) && i < x->rec.calls.count; i++) {
		_cleanup_free_ char *wanted = with_paths(x, order[i]);

		assert_string_equal(x->rec.calls.items[i], wanted);
	}
	assert_int_equal(x->rec.calls.count, ARRAY_SIZE(order));
	assert_int_equal(x->finished.count, x->plan->steps.count);
	assert_int_equal(x->skipped.count, 0);
}

/* With a medium that has a store, it is copied before nixos-install, and progress never goes back.
 */
static void test_copy(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);
	size_t copy;

	(void)state;
	x->setting->facts->medium = (struct medium){
		.image = "/iso/i", .registration = "/nix/store/r", .roots = "/etc/roots"};
	x->plan = plan_free(x->plan);
	rig_plan(x, WORKSTATION);
	assert_int_equal(rig_run(x), 0);
	copy = rig_find(x, "copy_store");
	_cleanup_free_ char *call = xasprintf("copy_store %s %s/copied", x->root, x->state);
	assert_string_equal(x->rec.calls.items[copy], call);
	assert_true(str_starts(x->rec.calls.items[copy + 1], "run nixos-install"));
	assert_int_equal(x->finished.count, x->plan->steps.count);
}

/* Without its image, the store that is mounted: it works as well, and takes longer, which is said.
 */
static void test_copy_mounted(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	x->setting->facts->medium = (struct medium){.registration = "/nix/store/r",
						    .roots = "/etc/roots"};
	x->plan = plan_free(x->plan);
	rig_plan(x, WORKSTATION);
	assert_int_equal(rig_run(x), 0);
	(void)rig_find(x, "copy_store");
	check_contains(str_get(&x->said), "from the medium's mounted store, which is slower");
}

/* A binary cache is for Nix to read, and its key for Nix to check: nixos-install hands them on. */
static void test_binary_cache(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);
	const char *call;

	(void)state;
	x->cache = "file:///stick";
	x->cache_key = "me:key";
	assert_int_equal(rig_run(x), 0);
	call = x->rec.calls.items[rig_find(x, "run nixos-install")];
	assert_non_null(strstr(call, "--no-channel-copy --option extra-substituters file:///stick "
				     "--option extra-trusted-public-keys me:key"));
}

/* A stick that was pulled out gives its name to the next one: that one is not formatted. */
static void test_another_disk(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	x->rec.another_disk = true;
	assert_int_equal(rig_run(x), -ERR_MISMATCH);
	check_contains(x->e.what, "/dev/vda does not hold the partition table");
	assert_string_equal(x->rec.calls.items[x->rec.calls.count - 1], "write_table");
}

/* Containers are begun with as soon as the passphrase is known, once; not where they may be there.
 */
static void test_prepared(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ENCRYPTED), *open = rig_new(PC, WORKSTATION);

	(void)state;
	assert_int_equal(rig_run(open), 0);
	assert_int_equal(open->rec.prepared, 0);
	assert_int_equal(rig_run(x), 0);
	assert_int_equal(x->rec.prepared, 1);
	assert_int_equal(rig_run(x), 0);
	assert_int_equal(x->rec.prepared, 0);
}

static bool is_check(const char *call)
{
	return str_starts(call, "program_exists") || str_eq(call, "mapper_free") ||
	       str_starts(call, "check_root") || str_eq(call, "shrink_check");
}

/* On each kind of machine: every check, then who the disk is, then the first thing that destroys.
 */
static void test_checks_come_first(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		_cleanup_rig_ struct rig *x = rig_new(cases[c].machine, cases[c].answers);
		size_t first;

		check_row(c, rig_run(x) == 0);
		for (first = 0; !destroys(x->rec.calls.items[first]);)
			first++;
		assert_string_equal(x->rec.calls.items[first - 1], "identify");
		for (size_t i = 0; i < x->rec.calls.count; i++) {
			const char *call = x->rec.calls.items[i];

			check_row(i, !is_check(call) || i < first);
			check_row(i, !destroys(call) || i >= first);
			check_row(i,
				  i >= first - 1 || is_check(call) || str_starts(call, "identify"));
		}
		check_row(c, rig_destroyed(x) == rig_destructive(x));
	}
}

/* What the journal may say: a first part of the plan's steps, in order, and each truly ended. */
static void check_journal(struct rig *x, int result)
{
	_cleanup_journal_ struct journal j = rig_journal(x);

	/* Refused by a check: the journal is as it was. */
	assert_int_equal(j.done.count, x->begun ? x->finished.count : x->noted);
	for (size_t i = 0; i < x->finished.count; i++) {
		assert_string_equal(j.done.items[i], x->plan->steps.items[i].id);
		assert_string_equal(j.done.items[i], x->finished.items[i]);
	}
	assert_true(!x->begun || j.finished == (result == 0));
	if (x->begun)
		assert_string_equal(j.plan, x->plan->hash);
}

static bool journal_says(const struct journal *j, const struct step *s)
{
	return journal_has(j, s->id);
}

static bool is_there(const struct rig *x, const struct step *s)
{
	const struct recorded_disk *d = &x->rec.disks[s->disk];

	return s->kind == STEP_SHRINK	   ? d->shrunk
	       : s->kind == STEP_PARTITION ? d->table
	       : s->kind == STEP_ENCRYPT   ? d->passphrase[s->part][0] != '\0'
					   : d->formatted[s->part];
}

/* How many of the destructive steps may be skipped: in order, as far as both agree. */
static size_t skippable(const struct rig *x, const struct journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < x->plan->steps.count; i++) {
		const struct step *s = &x->plan->steps.items[i];

		if (s->kind == STEP_MOUNT || !str_eq(j->plan, x->plan->hash) || j->finished ||
		    !journal_says(j, s))
			break;
		if (s->kind == STEP_OPEN)
			continue;
		if (!is_there(x, s))
			break;
		n++;
	}
	return n;
}

/* A table that is only looked at may be skipped, too. */
static size_t writes_skipped(const struct rig *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->plan->steps.count; i++)
		n += x->plan->steps.items[i].writes &&
		     strings_have(&x->skipped, x->plan->steps.items[i].id);
	return n;
}

/* Runs again, without faults: it must work, and destroy only what is not there yet. */
static void check_second_run(struct rig *x)
{
	_cleanup_journal_ struct journal j = rig_journal(x);
	size_t may = skippable(x, &j);

	x->rec.fail_at = x->rec.cancel_at = 0;
	x->rec.calls.count = 0;
	assert_int_equal(rig_run(x), 0);
	/* Of a disk that this plan may have written to it is not asked to be empty. */
	assert_string_equal(x->rec.calls.items[0],
			    str_eq(j.plan, x->plan->hash) ? "identify" : "identify untouched");
	assert_int_equal(x->skipped.count, may);
	assert_int_equal(rig_destroyed(x), rig_destructive(x) - writes_skipped(x));
	check_journal(x, 0);
}

/* What nothing was written to is not the run's, although a system of this machine that is there has
 * the same identifiers. */
static void check_parts(struct rig *x)
{
	_cleanup_journal_ struct journal j = rig_journal(x);

	bool makes = false, table = rig_find(x, "write_table") != SIZE_MAX;
	const struct layout *l = &plan_system_disk(x->plan)->layout;

	for (size_t i = 0; i < l->count; i++)
		makes |= l->parts[i].fate == FATE_CREATE;
	assert_int_equal(j.parts.count > 0, makes && table);
}

/* The fault in call n of a case. false when there are not so many calls. */
static bool sweep_one(size_t c, size_t n, enum fault fault)
{
	_cleanup_rig_ struct rig *x = rig_new(cases[c].machine, cases[c].answers);
	int result;

	x->rec.fail_at = n;
	x->rec.fault = fault;
	result = rig_run(x);
	if (x->rec.calls.count < n) {
		assert_int_equal(result, 0);
		return false;
	}
	assert_int_equal(result, -ERR_IO);
	assert_int_equal(x->rec.calls.count, n);
	check_contains(x->said.s, "failed|it was told to|a hint");
	check_journal(x, result);
	check_parts(x);
	check_second_run(x);
	return true;
}

static void test_fault_sweep(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		size_t n = 1;

		while (sweep_one(c, n, FAULT_BEFORE) && sweep_one(c, n, FAULT_AFTER))
			n++;
		assert_true(n > 18);
	}
}

/* Two faults in a row, at every two calls of the smallest plan. */
static void test_two_faults(void **state)
{
	(void)state;
	for (size_t n = 1; n < 24; n++)
		for (size_t m = 1; m < 24; m++) {
			_cleanup_rig_ struct rig *x = rig_new(ORANGE_PI, BOARD);

			x->rec.fail_at = n;
			(void)!rig_run(x);
			x->rec.fail_at = m;
			check_journal(x, rig_run(x));
			check_second_run(x);
		}
}

static void test_cancel_sweep(void **state)
{
	(void)state;
	for (size_t n = 1; n <= ARRAY_SIZE(order); n++) {
		_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);
		const char *last = x->plan->steps.items[x->plan->steps.count - 1].id;
		int result;

		x->rec.cancel_at = n;
		result = rig_run(x);
		/* The step that runs is ended; nothing begins after it. */
		check_row(n, result == -ERR_CANCELLED ||
				     (result == 0 &&
				      str_eq(x->finished.items[x->finished.count - 1], last)));
		check_journal(x, result);
		if (n <= rig_find(x, "write_table") && result < 0)
			check_row(n, n > 5 || rig_destroyed(x) == 0);
		if (result == 0)
			continue;
		check_contains(x->e.what, "stopped before: ");
		check_second_run(x);
	}
}

static void test_cancelled_before(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	x->rec.cancel_at = 1;
	assert_int_equal(rig_run(x), -ERR_CANCELLED);
	assert_int_equal(rig_destroyed(x), 0);
	assert_int_equal(x->finished.count, 0);
}

/* The disk is not what the journal says: it is believed, not the journal. */
static void test_disk_changed(void **state)
{
	(void)state;
	for (unsigned part = 0; part <= 2; part++) {
		_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

		x->rec.fail_at = rig_run(x) == 0 ? rig_find(x, "run nixos-install") + 1 : 0;
		unlink(x->journal);
		assert_int_equal(rig_run(x), -ERR_IO);
		if (part)
			x->rec.disks[0].formatted[part] = false;
		else
			x->rec.disks[0].table = false;
		x->rec.fail_at = 0;
		assert_int_equal(rig_run(x), 0);
		/* From there on everything is done anew. */
		assert_int_equal(x->skipped.count, part);
		assert_int_equal(rig_destroyed(x), 3 - part);
	}
}

static void test_other_plan(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION), *y = rig_new(PC, WORKSTATION_OTHER);
	_cleanup_free_ char *text = NULL;

	(void)state;
	x->rec.fail_at = 20;
	assert_int_equal(rig_run(x), -ERR_IO);
	text = read_whole(x->journal);
	scratch_file(y->dir, "state/journal.json", text);
	y->rec.disks[0].table = y->rec.disks[0].formatted[1] = y->rec.disks[0].formatted[2] = true;
	assert_string_not_equal(x->plan->hash, y->plan->hash);
	assert_int_equal(rig_run(y), 0);
	assert_int_equal(y->skipped.count, 0);
	assert_int_equal(rig_destroyed(y), 3);
}

static void test_finished(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	assert_int_equal(rig_run(x), 0);
	/* Asked to install again what is installed: all of it, not a short cut. */
	assert_int_equal(rig_run(x), 0);
	assert_int_equal(x->skipped.count, 0);
	assert_int_equal(rig_destroyed(x), 3);
}

/* A table that is written anew takes with it what an older run has noted of the formats. */
static void test_stale_notes(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	x->rec.fail_at = 20;
	assert_int_equal(rig_run(x), -ERR_IO);
	x->rec.disks[0].table = false;
	x->rec.fail_at = rig_find(x, "format 1") + 1;
	assert_int_equal(rig_run(x), -ERR_IO);
	assert_int_equal(x->finished.count, 1);
	/* The bytes of the older file systems happen to be there still. */
	x->rec.disks[0].formatted[1] = x->rec.disks[0].formatted[2] = true;
	x->rec.fail_at = 0;
	assert_int_equal(rig_run(x), 0);
	assert_int_equal(x->skipped.count, 1);
	assert_int_equal(rig_destroyed(x), 2);
}

static void test_no_distribution(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	scratch_remove(x->dir, "flake/flake.nix");
	assert_int_equal(rig_run(x), -ERR_IO);
	assert_int_equal(rig_destroyed(x), 0);
	check_contains(x->e.what, "flake.nix");
}

/* Where the journal cannot be kept nothing is begun; where it breaks nothing goes on. */
static void test_no_journal(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION), *y = rig_new(PC, WORKSTATION);

	(void)state;
	rmdir(x->state);
	assert_int_equal(rig_run(x), -ERR_IO);
	assert_int_equal(rig_destroyed(x), 0);
	y->rec.break_journal = y->state;
	assert_int_equal(rig_run(y), -ERR_IO);
	assert_int_equal(rig_destroyed(y), 1);
	assert_int_equal(y->finished.count, 0);
	mkdir(y->state, 0700);
	y->rec.break_journal = NULL;
	check_second_run(y);
}

static void test_release(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);
	const struct machine machine = {&recorder_ops, &x->rec};
	struct journal j = {.root = x->root, .swap = (char *)(uintptr_t) "the-swap"};

	(void)state;
	assert_int_equal(run_release(&machine, &j, &x->e), 0);
	assert_int_equal(x->rec.calls.count, 2);
	assert_string_equal(x->rec.calls.items[0], "swap_off the-swap");
	assert_string_equal(x->rec.calls.items[1], "unmount");
	rig_fresh(x);
	x->rec.fail_at = 1;
	check_error(&x->e, run_release(&machine, &j, &x->e));
	check_contains(x->e.what, "interrupted run");
	rig_fresh(x);
	j.finished = true;
	assert_int_equal(run_release(&machine, &j, &x->e), 0);
	assert_int_equal(run_release(&machine, &(struct journal){0}, &x->e), 0);
	assert_int_equal(x->rec.calls.count, 0);
}

/* What was interrupted while it held swap and mounts says so. */
static void test_journal_of_swap(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WORKSTATION);

	(void)state;
	x->rec.fail_at = ARRAY_SIZE(order) - 6;
	assert_int_equal(rig_run(x), -ERR_IO);
	_cleanup_journal_ struct journal held = rig_journal(x);

	assert_string_equal(held.swap, "the-swap");
	assert_string_equal(held.root, x->root);
	x->rec.fail_at = 0;
	assert_int_equal(rig_run(x), 0);
	_cleanup_journal_ struct journal done = rig_journal(x);

	assert_null(done.swap);
}

/* Nothing of a passphrase in the plan, the events, the journal or the files; it is gone from memory
 * once everything is open; and with another one the containers are made anew. */
static void test_passphrase(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ENCRYPTED);
	_cleanup_json_ struct json_object *json = plan_to_json(x->plan);
	_cleanup_free_ char *plan = json_text(json);
	_cleanup_free_ char *log = NULL, *events = NULL, *journal = NULL;

	(void)state;
	assert_int_equal(rig_run(x), 0);
	log = read_whole(x->log);
	events = read_whole(x->json);
	journal = read_whole(x->journal);
	check_lacks(plan, "correct horse");
	check_lacks(log, "correct horse");
	check_lacks(events, "correct horse");
	check_lacks(journal, "correct horse");
	check_lacks(x->rec.contents.s, "correct horse");
	assert_false(secret_given(&x->setting->answers->passphrase));
	assert_int_equal(x->rec.open.count, 0);
	assert_true(rig_find(x, "open cryptroot") < rig_find(x, "mount /"));
	assert_true(rig_find(x, "unmount") < rig_find(x, "close cryptdata"));

	unlink(x->journal);
	x->rec.fail_at = rig_find(x, "run nixos-install") + 1;
	assert_int_equal(rig_run(x), -ERR_IO);
	snprintf(x->rec.disks[0].passphrase[2], 32, "another");
	x->rec.fail_at = 0;
	assert_int_equal(rig_run(x), 0);
	assert_true(rig_find(x, "encrypt 2") != SIZE_MAX);
	assert_int_equal(x->skipped.count, 3); /* two tables and the ESP */
}

/* "Try again" in the same process: the passphrase is there, also one that could be read only once;
 * afterwards it is wiped. What was begun stays begun when the second try ends in its checks. */
static void test_again(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ENCRYPTED);
	size_t install;

	(void)state;
	assert_int_equal(rig_run(x), 0);
	install = rig_find(x, "run nixos-install") + 1;
	unlink(x->journal);
	x->again = true;
	x->rec.fail_at = install;
	assert_int_equal(rig_run(x), 0);
	assert_true(rig_find(x, "open cryptroot") != SIZE_MAX);
	assert_true(rig_find(x, "encrypt 2") == SIZE_MAX);
	assert_false(secret_given(&x->setting->answers->passphrase));

	unlink(x->journal);
	x->rec.fail_at = install;
	x->again_fails_at = 1;
	assert_true(rig_run(x) < 0);
	assert_int_equal(rig_destroyed(x), 0);
	assert_true(x->run_begun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_mounted),	cmocka_unit_test(test_binary_cache),
		cmocka_unit_test(test_another_disk),	cmocka_unit_test(test_checks_come_first),
		cmocka_unit_test(test_prepared),	cmocka_unit_test(test_passphrase),
		cmocka_unit_test(test_fault_sweep),	cmocka_unit_test(test_two_faults),
		cmocka_unit_test(test_cancel_sweep),	cmocka_unit_test(test_cancelled_before),
		cmocka_unit_test(test_disk_changed),	cmocka_unit_test(test_other_plan),
		cmocka_unit_test(test_finished),	cmocka_unit_test(test_stale_notes),
		cmocka_unit_test(test_no_distribution), cmocka_unit_test(test_no_journal),
		cmocka_unit_test(test_release),		cmocka_unit_test(test_journal_of_swap),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
