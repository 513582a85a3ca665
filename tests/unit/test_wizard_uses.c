/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wizard: what partitions that are there are used for, asked one at a time. */
#include "support/check.h"

#include "answers/wizard.h"
#include "support/interview.h"

#define LINUX_DISK                                                                           \
	"{\"path\":\"/dev/sda\",\"byId\":\"/dev/disk/by-id/ata-A\",\"bytes\":209715200000,"  \
	"\"sectorBytes\":512,\"table\":\"gpt\",\"partitions\":["                             \
	"{\"path\":\"/dev/sda1\",\"number\":1,\"start\":1048576,\"bytes\":524288000,"        \
	"\"typeGuid\":\"c12a7328-f81f-11d2-ba4b-00a0c93ec93b\",\"fsType\":\"vfat\","         \
	"\"fsUuid\":\"7C4E-91A2\",\"guid\":\"00000000-0000-4000-8000-000000000001\"},"       \
	"{\"path\":\"/dev/sda2\",\"number\":2,\"start\":525336576,\"bytes\":53687091200,"    \
	"\"typeGuid\":\"0fc63daf-8483-4772-8e79-3d69d8477de4\",\"fsType\":\"ext4\","         \
	"\"fsUuid\":\"u2\",\"system\":\"Linux\",\"roomKnown\":true,"                         \
	"\"freeBytes\":42949672960,"                                                         \
	"\"guid\":\"00000000-0000-4000-8000-000000000002\"},"                                \
	"{\"path\":\"/dev/sda3\",\"number\":3,\"start\":54212427776,\"bytes\":53687091200,"  \
	"\"typeGuid\":\"0fc63daf-8483-4772-8e79-3d69d8477de4\",\"fsType\":\"ext4\","         \
	"\"fsUuid\":\"u3\",\"fsLabel\":\"Home\",\"system\":\"Linux\","                       \
	"\"guid\":\"00000000-0000-4000-8000-000000000003\"},"                                \
	"{\"path\":\"/dev/sda4\",\"number\":4,\"start\":107899518976,\"bytes\":4294967296,"  \
	"\"typeGuid\":\"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f\",\"fsType\":\"swap\","         \
	"\"fsUuid\":\"u4\",\"guid\":\"00000000-0000-4000-8000-000000000004\"},"              \
	"{\"path\":\"/dev/sda5\",\"number\":5,\"start\":112194486272,\"bytes\":10737418240," \
	"\"typeGuid\":\"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7\",\"fsType\":\"ntfs\","         \
	"\"fsUuid\":\"u5\",\"guid\":\"00000000-0000-4000-8000-000000000005\"}]}"
#define SETTING setting_new(MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT, LINUX_DISK))

/* Replies to what is asked of the disk; "<" goes back. All other questions: what is proposed. */
struct script {
	const char *const *replies;
	struct str
		log; /* "/dev/sda2=format / " for each partition and its proposal; "!": a problem */
	struct str problems;
	bool offered_keep_ntfs;
};

static bool is_of_disk(const struct prompt *p)
{
	return p->kind == PROMPT_QUESTION && str_starts(p->question->key, "disk.");
}

static enum reply_kind script_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct script *x = ctx;
	const char *text;

	if (p->kind == PROMPT_LEAVE) {
		secret_set(reply, "yes", 3);
		return REPLY_ANSWER;
	}
	if (!is_of_disk(p))
		return str_eq(p->question->key, "fileSystem") ? REPLY_END : REPLY_ANSWER;
	check_shown(p->title);
	if (p->question->type == Q_USES) {
		str_addf(&x->log, "%.*s=%s%s ", (int)strcspn(p->title, ","), p->title,
			 p->proposal ? p->proposal : "?", p->problem ? "!" : "");
		for (size_t i = 0; i < p->choices.list.count; i++)
			x->offered_keep_ntfs |= str_starts(p->title, "/dev/sda5") &&
						str_starts(p->choices.list.items[i].value, "keep");
	} else {
		str_addf(&x->log, "%s ", p->question->key);
	}
	if (p->problem)
		str_addf(&x->problems, "%s\n", p->problem);
	text = *x->replies ? *x->replies++ : NULL;
	if (!text)
		return REPLY_END;
	if (str_eq(text, "<"))
		return REPLY_BACK;
	secret_set(reply, text, strlen(text));
	return REPLY_ANSWER;
}

static const char *run(struct setting *s, struct script *x, const char *const *replies)
{
	const struct front_end f = {.ctx = x, .ask = script_ask};
	struct err e;

	*x = (struct script){.replies = replies};
	assert_true(wizard_run(&s->v, &f, NULL, &e) < 0);
	return answer_text(s->answers, question_needed("disk.partitions"), s->problems.arena);
}

static void script_clear(struct script *x)
{
	str_clear(&x->log);
	str_clear(&x->problems);
}
#define _cleanup_script_ _cleanup_(script_clear)
#define RUN(...)	 run(s, &x, (const char *const[]){__VA_ARGS__, NULL})
#define G		 "00000000-0000-4000-8000-00000000000"

/* Enter alone formats the root of an earlier Linux and keeps its home, boot partition and swap. */
static void test_proposals(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	assert_string_equal(RUN("/dev/sda", "partitions", "", "", "", "", "", "yes"),
			    G "1 kept at /boot, " G "2 formatted at /, " G "3 kept at /home, " G
			      "4 kept as swap");
	assert_string_equal(x.log.s, "disk.path disk.mode /dev/sda1=keep /boot /dev/sda2=format / "
				     "/dev/sda3=keep /home /dev/sda4=keep swap /dev/sda5=no "
				     "disk.eraseData ");
	assert_false(x.offered_keep_ntfs);
	assert_true(s->answers->erase_data);
}

static void test_other_places(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	/* A place of one's own, one that cannot be, and back from that to the partition. */
	assert_string_equal(RUN("/dev/sda", "partitions", "", "format /", "keep", "/usr",
				"/srv/music", "no", "format", "<", "no", "yes"),
			    G "1 kept at /boot, " G "2 formatted at /, " G "3 kept at /srv/music");
	check_contains(x.problems.s, "that cannot be used");
	check_contains(x.log.s, "Where /dev/sda3 is mounted=? Where /dev/sda3 is mounted=?! ");
}

/* Without a root it is asked again from the first on, with what was said before. */
static void test_no_root(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	assert_string_equal(RUN("/dev/sda", "partitions", "", "no", "no", "no", "no", "",
				"format /", "", "no", "no", "yes"),
			    G "1 kept at /boot, " G "2 formatted at /, " G "3 kept at /home");
	check_contains(x.problems.s, "no partition is for the system");
}

static void test_back(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	/* From the third to the second, whose place is free again; from the first to the mode. */
	assert_null(RUN("/dev/sda", "partitions", "", "", "<", "no", "<", "<", "<", "erase"));
	assert_string_equal(x.log.s, "disk.path disk.mode /dev/sda1=keep /boot /dev/sda2=format / "
				     "/dev/sda3=keep /home /dev/sda2=format / /dev/sda3=keep /home "
				     "/dev/sda2=format / /dev/sda1=keep /boot disk.mode "
				     "disk.eraseData ");
	assert_string_equal(s->answers->disk_mode, "erase");
}

/* Who agreed to lose one partition has not agreed to lose another. */
static void test_agreement(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	answer(s, "disk.path", "/dev/sda");
	(void)RUN("partitions", "", "", "", "", "", "yes");
	assert_true(s->answers->given[question_index(question_needed("disk.eraseData"))]);
	answer_clear(s->answers, question_needed("disk.partitions"));
	script_clear(&x);
	(void)RUN("", "no", "format /", "", "");
	assert_false(s->answers->given[question_index(question_needed("disk.eraseData"))]);
}

/* With free space only, nothing is lost and nothing is asked about it. */
static void test_free_space(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	(void)RUN("/dev/sda", "freeSpace");
	assert_string_equal(x.log.s, "disk.path disk.mode ");
	assert_string_equal(s->answers->disk_mode, "freeSpace");
}

/* The machine with that disk twice. */
static struct setting *two_alike(void)
{
	_cleanup_free_ char *other = xstrdup(LINUX_DISK), *machine = NULL;

	for (char *at = other; (at = strstr(at, "/dev/sda")); at++)
		memcpy(at, "/dev/sdb", strlen("/dev/sdb"));
	memcpy(strstr(other, "ata-A"), "ata-B", strlen("ata-B"));
	machine = xasprintf(
		MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT, LINUX_DISK ",%s"),
		other);
	return setting_new(machine);
}

/* A partition's number, and how much it keeps, were said of one disk: they are none of another. */
static void test_another_disk(void **state)
{
	_cleanup_setting_ struct setting *s = two_alike();
	_cleanup_script_ struct script x = {0};

	(void)state;
	answer(s, "disk.path", "/dev/sda");
	answer(s, "disk.mode", "shrink");
	answer(s, "disk.shrink", "2");
	answer(s, "disk.shrinkTo", "20 GiB");
	(void)RUN(NULL);
	assert_string_equal(str_get(&x.log), "");
	answer_clear(s->answers, question_needed("disk.path"));
	(void)RUN("/dev/sdb", "shrink", "2", "30 GiB");
	assert_string_equal(x.log.s, "disk.path disk.mode disk.shrink disk.shrinkTo ");
	assert_null(x.problems.s);
	assert_true(s->answers->shrink_to == 30ULL << 30);
}

/* Swap in clear text beside an encrypted system is not offered, and asked about again when the
 * encryption was chosen afterwards. */
static void test_encrypted(void **state)
{
	_cleanup_setting_ struct setting *s = SETTING;
	_cleanup_script_ struct script x = {0};

	(void)state;
	check_contains(RUN("/dev/sda", "partitions", "", "", "", "", "", "yes"), "4 kept as swap");
	answer(s, "encryption.enable", "yes");
	script_clear(&x);
	check_contains(RUN("", "", "", "keep swap", "", "", "yes"), G "4 formatted as swap");
	check_contains(x.log.s, "/dev/sda1=keep /boot! ");
	check_contains(x.log.s, "/dev/sda4=format swap /dev/sda4=format swap! ");
	check_contains(x.problems.s, G "4 is kept as swap, in clear text");
	check_contains(x.problems.s, "that is not in the list");
}

/* The disk with a FAT for kernels where the ntfs is. */
static struct setting *with_kernels(void)
{
	_cleanup_free_ char *disk = xstrdup(LINUX_DISK), *machine = NULL;

	memcpy(strstr(disk, "ebd0a0a2"), TYPE_GUID_XBOOTLDR, strlen(TYPE_GUID_XBOOTLDR));
	memcpy(strstr(disk, "ntfs"), "vfat", strlen("vfat"));
	machine = xasprintf(MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT, "%s"),
			    disk);
	return setting_new(machine);
}

/* An EFI system partition with one for kernels beside it, as an earlier Linux left them; and all
 * on the first, when that is wanted. */
static void test_kernels_apart(void **state)
{
	static const struct {
		const char *replies[9], *uses;
	} rows[] = {
		{{"/dev/sda", "partitions", "", "", "no", "no", "", "yes"},
		 G "1 kept at /efi, " G "2 formatted at /, " G "5 kept at /boot"},
		{{"/dev/sda", "partitions", "", "", "no", "no", "format /boot", "yes"},
		 G "1 kept at /efi, " G "2 formatted at /, " G "5 formatted at /boot"},
		{{"/dev/sda", "partitions", "keep /boot", "", "no", "no", "", "yes"},
		 G "1 kept at /boot, " G "2 formatted at /"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = with_kernels();
		_cleanup_script_ struct script x = {0};
		const char *uses = run(s, &x, rows[i].replies);

		if (!str_eq(uses, rows[i].uses))
			fail_msg("row %zu: %s; %s", i, uses ? uses : "nothing", x.log.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposals),     cmocka_unit_test(test_other_places),
		cmocka_unit_test(test_no_root),	      cmocka_unit_test(test_back),
		cmocka_unit_test(test_agreement),     cmocka_unit_test(test_free_space),
		cmocka_unit_test(test_another_disk),  cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_kernels_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
