/* SPDX-License-Identifier: GPL-3.0-or-later */
/* first boot: what is asked, what is done, a fault and a power cut at every operation. */
#include "support/check.h"

#include "support/interview.h"

#include "support/image.h"

#define HEAD \
	"{\"version\":1,\"hostName\":\"pedal\",\"timeZone\":\"Europe/Berlin\",\"keyMap\":\"de\","
#define ACCOUNT                                                                  \
	"\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"," \
	"\"sshKeys\":[\"" SSH_KEY "\"]}}"
#define WIFI "\"network\":{\"wifi\":{\"name\":\"Stage 1\",\"password\":\"\\\\ s3cret;=#\"}},"
#define ALL  HEAD WIFI ACCOUNT "}"

/* What of the directory must come out the same, whatever happened on the way. */
static const char *const outcome[] = {
	"etc/nixos/hosts/pedal/default.nix",
	"etc/nixos/hosts/pedal/hardware-configuration.nix",
	"etc/hostname",
	"etc/locale.conf",
	"etc/vconsole.conf",
	"etc/NetworkManager/system-connections/archibald-wifi.nmconnection",
	"var/lib/archibald/passwords/audio-user",
	"home/audio-user/.ssh/authorized_keys",
	FIRST_BOOT_DONE,
};

static char *outcome_of(const struct boot *b)
{
	struct str text = {0};

	for (size_t i = 0; i < ARRAY_SIZE(outcome); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", b->root, outcome[i]);
		_cleanup_free_ char *content = boot_file(b, outcome[i]);
		struct stat st;

		if (!content)
			fail_msg("%s is not there", outcome[i]);
		assert_int_equal(stat(path, &st), 0);
		str_addf(&text, "== %s %o\n%s", outcome[i], st.st_mode & 07777, content);
	}
	return str_take(&text);
}

/* In this order, and nothing else. */
static void check_asked(const struct boot *b, const char *wanted)
{
	_cleanup_str_ struct str asked = {0};

	for (size_t i = interview_next(&b->s->v, 0); i < question_count;
	     i = interview_next(&b->s->v, i + 1))
		str_addf(&asked, "%s ", questions[i].key);
	assert_string_equal(str_get(&asked), wanted);
}

static void test_what_is_asked(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, "{");

	(void)state;
	check_asked(b, "keyMap locale timeZone hostName users.audioUser.sshKeys "
		       "users.audioUser.password users.admin.sshKeys audio.quantum growRoot "
		       "rebuild ");
}

/* What the image does not say of itself is open, too: its variant, and a name where it has no
 * account of that kind. */
static void test_what_an_image_leaves_open(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL, *empty = NULL;

	(void)state;
	scratch_file(root, "etc/os-release", "ID=debian\n");
	b = boot_new(root, FLASHED, "{");
	check_asked(b, "keyMap variant locale timeZone hostName growRoot rebuild ");
	answer(b->s, "variant", "arm-generic");
	check_asked(b, "keyMap locale timeZone hostName users.audioUser.sshKeys "
		       "users.audioUser.password users.admin.sshKeys audio.quantum growRoot "
		       "rebuild ");
	scratch_file(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	empty = boot_new(root, FLASHED, "{");
	answer(empty->s, "variant", "arm-generic");
	check_asked(empty, "keyMap locale timeZone hostName users.audioUser.name "
			   "users.audioUser.sshKeys users.audioUser.password "
			   "users.admin.sshKeys audio.quantum growRoot rebuild ");
}

/* Nothing of the first boot is asked by an installation, and the other way round. */
static void test_scope(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(
		root, FLASHED,
		HEAD "\"disk\":{\"path\":\"/dev/sda\"},\"desktop\":\"i3\"," ACCOUNT "}");
	_cleanup_free_ char *text = setting_problems(b->s), *other = NULL;

	(void)state;
	check_contains(text, "disk.path: is a question of the installation, not of an image's");
	check_contains(text, "desktop: is a question of the installation");
	setting_parse(s, "{\"version\":1,\"growRoot\":true,\"disk\":{\"path\":\"/dev/vda\"}}");
	answers_complete(&s->v, &s->problems);
	other = setting_problems(s);
	check_contains(other, "growRoot: is a question of an image's first boot");
}

static void test_outcome(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL);
	_cleanup_free_ char *before = boot_file(b, "etc/machine-id"), *id = NULL, *key = NULL,
			    *wifi = NULL, *host = NULL, *password = NULL, *seed = NULL;
	_cleanup_free_ char *old = xasprintf("%s/etc/ssh/ssh_host_rsa_key.pub", root);
	_cleanup_free_ char *zone = xasprintf("%s/etc/localtime", root);
	_cleanup_str_ struct str plan = {0};
	char target[100] = "";

	(void)state;
	assert_non_null(b->plan);
	first_plan_to_text(b->plan, &plan);
	check_contains(str_get(&plan), "First boot of orangepi5 as pedal on Orange Pi 5\n");
	assert_int_equal(boot_run(b, NULL), 0);
	id = boot_file(b, "etc/machine-id");
	assert_int_equal(strlen(id), 33);
	assert_string_not_equal(id, before);
	key = boot_file(b, "etc/ssh/ssh_host_ed25519_key");
	assert_string_not_equal(key, "the maker's");
	assert_int_equal(access(old, F_OK), -1);
	seed = boot_file(b, "var/lib/systemd/random-seed");
	assert_non_null(seed);
	assert_true(readlink(zone, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/etc/zoneinfo/Europe/Berlin");
	wifi = boot_file(b, "etc/NetworkManager/system-connections/archibald-wifi.nmconnection");
	check_contains(wifi, "\nssid=83;116;97;103;101;32;49;\n");
	check_contains(wifi, "\npsk=\\\\ s3cret;=#\n");
	host = boot_file(b, "etc/nixos/hosts/pedal/default.nix");
	check_contains(host, "networking.hostName = \"pedal\";");
	check_contains(host, "hashedPasswordFile = \"/var/lib/archibald/passwords/audio-user\";");
	check_lacks(host, PASSWORD_HASH_TEXT);
	password = boot_file(b, "var/lib/archibald/passwords/audio-user");
	assert_string_equal(password, PASSWORD_HASH_TEXT "\n");
	assert_string_equal(str_get(&b->t.passwords),
			    "audio-user:" PASSWORD_HASH_TEXT "\nroot:!\n");
	assert_string_equal(str_get(&b->t.log), "ssh-keygen -A\n"
						"grow /dev/mmcblk0 2 from 83886080 to 15929966592\n"
						"resize2fs /dev/mmcblk0p2\n"
						"host name pedal\n"
						"loadkeys -q de\n"
						"nmcli connection reload\n"
						"chpasswd -e\n"
						"chpasswd -e\n");
	assert_true(boot_done(b));
	assert_int_equal(access(b->journal_path, F_OK), -1);
}

/* The password that came with the image does not stay beside a key. */
static void test_key_alone(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(
		root, FLASHED, HEAD "\"users\":{\"audioUser\":{\"sshKeys\":[\"" SSH_KEY "\"]}}}");
	_cleanup_free_ char *file = NULL;

	(void)state;
	assert_non_null(b->plan);
	assert_int_equal(boot_run(b, NULL), 0);
	assert_string_equal(str_get(&b->t.passwords), "audio-user:!\nroot:!\n");
	file = boot_file(b, "var/lib/archibald/passwords/audio-user");
	assert_null(file);
}

/* An image has its administrator's account, whether it is wanted or not. */
static void test_admin_of_the_image(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL, *wanted = NULL;
	_cleanup_free_ char *problems = NULL, *keys = NULL;

	(void)state;
	scratch_file(root, "etc/passwd",
		     "audio-user:x:1000:100::/home/audio-user:/bin/sh\n"
		     "admin:x:1001:100::/home/admin:/bin/sh\n");
	scratch_file(root, "home/admin/.profile", "");
	b = boot_new(root, FLASHED, ALL);
	problems = setting_problems(b->s);
	assert_string_equal(problems, "");
	assert_non_null(b->plan);
	wanted = boot_new(root, FLASHED,
			  HEAD "\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
			       "\"},\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}}}");
	assert_non_null(wanted->plan);
	assert_int_equal(boot_run(wanted, NULL), 0);
	keys = boot_file(wanted, "home/admin/.ssh/authorized_keys");
	check_contains(keys, SSH_KEY);
}

/* What came with the image lets nobody in: neither the password of an account that nobody answered
 * for, nor its maker's keys. */
static void test_the_makers_ways_in(void **state)
{
	static const char *const theirs[] = {
		"home/audio-user/.ssh/authorized_keys", "home/admin/.ssh/authorized_keys",
		"home/guest/.ssh/authorized_keys",	"root/.ssh/authorized_keys",
		"etc/ssh/authorized_keys.d/audio-user", "etc/ssh/authorized_keys.d/guest"};
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL;

	(void)state;
	scratch_file(root, "etc/passwd",
		     "root:x:0:0:root:/root:/bin/sh\n"
		     "audio-user:x:1000:100::/home/audio-user:/bin/sh\n"
		     "guest:x:1002:100::/home/guest:/bin/sh\n"
		     "admin:x:1001:100::/home/admin:/bin/sh\n");
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		scratch_file(root, theirs[i], SSH_KEY);
	scratch_file(root, "etc/static/ssh/authorized_keys.d/guest", SSH_KEY);
	b = boot_new(root, FLASHED,
		     HEAD "\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
			  "\"}}}");
	assert_non_null(b->plan);
	assert_int_equal(boot_run(b, NULL), 0);
	assert_string_equal(str_get(&b->t.passwords),
			    "audio-user:" PASSWORD_HASH_TEXT "\nroot:!\nguest:!\nadmin:!\n");
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++) {
		_cleanup_free_ char *text = boot_file(b, theirs[i]);

		check_lacks(text, "ssh-ed25519");
	}
	assert_int_equal(b->plan->warnings.count, 1);
	check_contains(b->plan->warnings.items[0], "SSH keys of guest");
}

/* An image whose maker gave the account another name: it is that one that is answered for. Of
 * several it has to be said which; nobody is locked out. */
static void test_another_name(void **state)
{
	static const char one[] =
		"root:x:0:0:root:/root:/bin/sh\n"
		"nixbld1:x:30001:30000::/var/empty:/run/current-system/sw/bin/nologin\n"
		"max:x:1000:100::/home/max:/bin/sh\n";
	_cleanup_free_ char *two = xasprintf("%sguest:x:1001:100::/home/guest:/bin/sh\n", one);
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL, *several = NULL, *named = NULL, *none = NULL;

	(void)state;
	scratch_file(root, "home/max/.profile", "");
	scratch_file(root, "etc/passwd", two);
	several = boot_new(root, FLASHED, ALL);
	assert_null(several->plan);
	check_error(&several->e, -ERR_INVALID);
	check_contains(several->e.why, "max, guest");
	named = boot_new(root, FLASHED,
			 HEAD
			 "\"users\":{\"audioUser\":{\"name\":\"guest\",\"password\":\"secret\"}}}");
	assert_non_null(named->plan);
	scratch_file(root, "etc/passwd", one);
	b = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(b, NULL), 0);
	assert_string_equal(str_get(&b->t.passwords),
			    "max:" PASSWORD_HASH_TEXT "\nroot:!\nnixbld1:!\n");
	scratch_file(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	none = boot_new(root, FLASHED, ALL);
	assert_null(none->plan);
	check_contains(none->e.what, "nobody could log in");
}

static size_t count_calls(char **ret_outcome)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL);

	assert_int_equal(boot_run(b, NULL), 0);
	*ret_outcome = outcome_of(b);
	return b->t.calls;
}

/* At every operation: it fails, or the power goes before or after it. Nothing says that it is done,
 * and the next start comes to the same end. */
static void test_every_fault(void **state)
{
	_cleanup_free_ char *wanted = NULL;
	size_t calls = count_calls(&wanted);

	(void)state;
	assert_true(calls > 20);
	for (int how = TAMPER_FAIL; how <= TAMPER_KILL_AFTER; how++)
		for (size_t at = 1; at <= calls; at++) {
			_cleanup_scratch_ char *root = image_new();
			_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL);
			_cleanup_boot_ struct boot *again = NULL;
			_cleanup_free_ char *came = NULL;
			int status;

			b->t.at = at;
			b->t.how = how;
			status = boot_run_apart(b, NULL);
			/* loadkeys and nmcli only warn; the sync behind the marker comes late. */
			check_row(at, how == TAMPER_FAIL ? status <= 1 : status == 9);
			check_row(at, status == 0 || !boot_done(b) || at + 1 >= calls);
			again = boot_new(root, FLASHED, ALL);
			check_row(at, boot_run_apart(again, NULL) == 0);
			came = outcome_of(again);
			assert_string_equal(came, wanted);
			assert_int_equal(access(again->journal_path, F_OK), -1);
		}
}

/* The journal is on the disk and the id is not: the image's own is none. */
static void test_the_images_id_again(void **state)
{
	_cleanup_free_ char *ignored = NULL, *id = NULL;
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL), *again = NULL;

	(void)state;
	b->t.at = count_calls(&ignored) / 2;
	b->t.how = TAMPER_KILL_BEFORE;
	assert_int_equal(boot_run_apart(b, NULL), 9);
	scratch_file(root, "etc/machine-id", "00000000000000000000000000000001\n");
	again = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(again, NULL), 0);
	id = boot_file(again, "etc/machine-id");
	assert_string_not_equal(id, "00000000000000000000000000000001\n");
}

/* Other answers after a cut: the last ones count, in every file. */
static void test_other_answers_after_a_cut(void **state)
{
	_cleanup_free_ char *ignored = NULL;
	size_t calls = count_calls(&ignored);

	(void)state;
	for (size_t at = 1; at + 3 < calls; at++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL), *again = NULL;
		_cleanup_free_ char *file = NULL;

		b->t.at = at;
		b->t.how = TAMPER_KILL_AFTER;
		assert_int_equal(boot_run_apart(b, NULL), 9);
		again = boot_new(root, FLASHED,
				 HEAD "\"users\":{\"audioUser\":{\"password\":\"another\"}}}");
		check_row(at, boot_run(again, NULL) == 0);
		file = boot_file(again, "var/lib/archibald/passwords/audio-user");
		file[strcspn(file, "\n")] = '\0';
		check_row(at, password_matches(&again->s->answers->audio_user.password, file));
	}
}

/* A clone of a machine that is set up, told to begin again, is another machine. */
static void test_clone(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *first = boot_new(root, FLASHED, ALL), *second = NULL;
	_cleanup_free_ char *id = NULL, *key = NULL, *id2 = NULL, *key2 = NULL, *seed = NULL,
			    *seed2 = NULL;

	(void)state;
	assert_int_equal(boot_run(first, NULL), 0);
	id = boot_file(first, "etc/machine-id");
	key = boot_file(first, "etc/ssh/ssh_host_ed25519_key");
	seed = boot_file(first, "var/lib/systemd/random-seed");
	scratch_remove(root, FIRST_BOOT_DONE);
	second = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(second, NULL), 0);
	id2 = boot_file(second, "etc/machine-id");
	key2 = boot_file(second, "etc/ssh/ssh_host_ed25519_key");
	seed2 = boot_file(second, "var/lib/systemd/random-seed");
	assert_string_not_equal(id, id2);
	assert_string_not_equal(key, key2);
	assert_string_not_equal(seed, seed2);
}

#define SCRUBBED                                                                                \
	"// of the band\n{\"version\":1,\"hostName\":\"pedal\",\"network\":{\"wifi\":{\"name\"" \
	":\"Stage\",\"password\":\"first-secret\"}},\"users\":{\"audioUser\":{"                 \
	"\"password\":\"second-secret\",\"sshKeys\":[\"" SSH_KEY "\"]}}}"

/* The file's secrets go, the rest stays and can be used; the old bytes are gone, too. */
static void test_scrub(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", dir);
	_cleanup_free_ char *text = NULL, *again = NULL;
	_cleanup_close_ int old = -1;
	char bytes[sizeof(SCRUBBED)] = "x";
	struct err e;

	(void)state;
	assert_int_equal(answers_scrub(path, &e), 0); /* none */
	scratch_file(dir, "archibald-answers.json", SCRUBBED);
	old = open(path, O_RDONLY);
	assert_int_equal(answers_scrub(path, &e), 0);
	text = read_whole(path);
	check_lacks(text, "-secret");
	check_contains(text, "Stage");
	check_contains(text, "ssh-ed25519");
	assert_int_equal(read(old, bytes, sizeof(bytes)), (ssize_t)strlen(SCRUBBED));
	for (size_t i = 0; i < strlen(SCRUBBED); i++)
		check_row(i, bytes[i] == 0);
	assert_int_equal(answers_scrub(path, &e), 0);
	again = read_whole(path);
	assert_string_equal(text, again);
	scratch_file(dir, "archibald-answers.json", "{\"users\": second-secret");
	assert_int_equal(answers_scrub(path, &e), 0);
	free(text);
	text = read_whole(path);
	check_lacks(text, "-secret");
}

#define BESIDE HEAD "\"users\":{\"audioUser\":{\"sshKeys\":[\"" SSH_KEY "\"]}}"
/* Files with a secret where no secret is to be, whether they were used or not. */
static const struct {
	const char *text;
	size_t more; /* bytes behind it */
	bool kept;
} odd_files[] = {
	{HEAD "\"users\":{\"audioUser\":{\"pasword\":\"hunter2-secret\"}}}", 0, false},
	{HEAD "\"network\":{\"wifi\":{\"name\":\"x\",\"psk\":\"hunter2-secret\"}}," ACCOUNT "}", 0,
	 false},
	{BESIDE "}\n{\"users\":{\"audioUser\":{\"password\":\"hunter2-secret\"}}}", 0, false},
	{HEAD "\"users\":[{\"audioUser\":{\"password\":\"hunter2-secret\"}}]}", 0, false},
	{HEAD "\"users\":{\"audioUser\":{\"password\":\"hunter2-secret\"}}," ACCOUNT "}", 0, false},
	{BESIDE "}\n// hunter2-secret", ANSWERS_FILE_MAX, false},
	{BESIDE ",\n// \"password\": \"hunter2-secret\"\n\"growRoot\":true}", 0, true},
	{BESIDE ",\"hosts\":[{\"match\":{\"serial\":\"1\"},\"users\":{\"audioUser\":{"
		"\"password\":\"hunter2-secret\"}}}]}",
	 0, true},
	{"// archibald first-boot has taken the secrets out.\n// hunter2-secret\n" BESIDE "}", 0,
	 true},
};

static void test_scrub_odd_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd_files); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", dir);
		_cleanup_free_ char *big = xasprintf("%s%*s", odd_files[i].text,
						     (int)odd_files[i].more, "");
		_cleanup_free_ char *text = NULL, *again = NULL;
		struct err e;

		scratch_file(dir, "archibald-answers.json", big);
		assert_int_equal(answers_scrub(path, &e), 0);
		text = read_whole(path);
		if (strstr(text, "hunter2"))
			fail_msg("row %zu: %.300s", i, text);
		check_row(i, (strstr(text, "pedal") != NULL) == odd_files[i].kept);
		assert_int_equal(answers_scrub(path, &e), 0);
		again = read_whole(path);
		assert_string_equal(text, again);
	}
}

/* A zero byte ends no file. */
static void test_scrub_behind_zero(void **state)
{
	static const char text[] = "{\"version\":1}\0{\"password\":\"hunter2-secret\"}";
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", dir);
	char bytes[200] = "";
	struct err e;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text)), (ssize_t)sizeof(text));
	close(fd);
	assert_int_equal(answers_scrub(path, &e), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, bytes, sizeof(bytes)) > 0);
	assert_null(memmem(bytes, sizeof(bytes), "hunter2", 7));
	close(fd);
}

/* A file whose secrets stay is no reason to set the machine up for ever; it is told, noted, and
 * tried again. */
static void test_secrets_left(void **state)
{
	_cleanup_scratch_ char *root = image_new(), *boot = scratch_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL);
	_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", boot);
	_cleanup_free_ char *noted = NULL, *text = NULL;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(boot_run(b, path), 0);
	assert_true(boot_done(b));
	check_contains(b->left, path);
	check_contains(b->left, "by hand");
	noted = boot_file(b, FIRST_BOOT_LEFT);
	assert_string_equal(noted, b->left);
	assert_int_equal(rmdir(path), 0);
	scratch_file(boot, "archibald-answers.json", SCRUBBED);
	assert_int_equal(
		first_scrub(&b->live, &(struct boot_medium){.answers = path}, &b->left, &b->e), 0);
	assert_null(b->left);
	text = read_whole(path);
	check_lacks(text, "-secret");
	free(noted);
	noted = boot_file(b, FIRST_BOOT_LEFT);
	assert_null(noted);
}

/* The power goes when everything is done, and at the next start the medium is not found: what was
 * not seen without its secrets has them still. */
static void test_medium_gone(void **state)
{
	const struct boot_medium gone = {0}, without = {.seen = true};
	_cleanup_scratch_ char *root = image_new(), *boot = scratch_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL);
	_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", boot);
	_cleanup_free_ char *noted = NULL, *ignored = NULL;

	(void)state;
	scratch_file(boot, "archibald-answers.json", SCRUBBED);
	/* One more than without a file: the note. */
	b->t.at = count_calls(&ignored) + 1 - 3;
	b->t.how = TAMPER_KILL_AFTER;
	assert_int_equal(boot_run_apart(b, path), 9);
	b->t.at = 0;
	assert_int_equal(first_close(&b->live, &gone, b->journal_path, &b->left, &b->e), 0);
	assert_true(boot_done(b));
	check_contains(b->left, path);
	noted = boot_file(b, FIRST_BOOT_LEFT);
	assert_string_equal(noted, b->left);
	/* A person has removed the file. */
	assert_int_equal(first_scrub(&b->live, &without, &b->left, &b->e), 0);
	assert_null(b->left);
	free(noted);
	noted = boot_file(b, FIRST_BOOT_LEFT);
	assert_null(noted);
}

/* systemd-boot's seed lies on FAT, which knows no modes; where it cannot be written to, the rest
 * goes on. */
static void test_boot_seed(void **state)
{
	static const char seed[] = "boot/loader/random-seed";
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL), *again = NULL;
	_cleanup_free_ char *path = xasprintf("%s/%s", root, seed),
			    *blocked = xasprintf("%s.new", path);
	struct stat st;

	(void)state;
	scratch_file(root, seed, "the image's");
	assert_int_equal(boot_run(b, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 32);
	/* Its new one cannot be made. */
	assert_int_equal(mkdir(blocked, 0700), 0);
	again = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(again, NULL), 0);
	assert_true(boot_done(again));
}

/* Names come onto a disk before what is in the files: a flake that was being copied when the power
 * went is none. */
static void test_half_a_flake(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL, *again = NULL;
	_cleanup_free_ char *left = NULL;

	(void)state;
	scratch_file(root, "etc/nixos/flake.nix", "");
	scratch_file(root, FLAKE_INCOMPLETE, "");
	b = boot_new(root, FLASHED, ALL);
	assert_false(b->image->flake);
	assert_int_equal(boot_run(b, NULL), 0);
	check_contains(str_get(&b->t.log), "cp -r -T --no-preserve=mode,ownership -- /nowhere");
	left = boot_file(b, FLAKE_INCOMPLETE);
	assert_null(left);
	again = boot_new(root, FLASHED, ALL);
	assert_true(again->image->flake);
}

/* The power goes between the last step, the secrets' end and the marker. */
static void test_cut_at_the_end(void **state)
{
	(void)state;
	for (size_t at = 0; at < 2; at++) {
		_cleanup_scratch_ char *root = image_new(), *boot = scratch_new();
		_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL), *again = NULL;
		_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", boot);
		_cleanup_free_ char *ignored = NULL, *text = NULL;

		scratch_file(boot, "archibald-answers.json", SCRUBBED);
		b->t.at = count_calls(&ignored) + at; /* the marker, the sync behind it */
		b->t.how = TAMPER_KILL_BEFORE;
		assert_int_equal(boot_run_apart(b, path), 9);
		text = read_whole(path);
		check_lacks(text, "-secret");
		/* What is on the medium now could not set anything up: nothing is asked of it. */
		again = boot_new(root, FLASHED, ALL);
		assert_int_equal(boot_run(again, path), 0);
		assert_int_equal(again->t.log.len, 0);
		assert_true(boot_done(again));
	}
}

/* That nothing is asked again is on the disk before the first secret goes, and the secrets are
 * still there when it could not be brought there. */
static void test_settled_before_the_scrub(void **state)
{
	_cleanup_free_ char *ignored = NULL;
	/* With the note at the beginning; it, the note, the marker, the sync behind it. */
	size_t at = count_calls(&ignored) + 1 - 3;

	(void)state;
	for (int how = TAMPER_FAIL; how <= TAMPER_KILL_AFTER; how++) {
		_cleanup_scratch_ char *root = image_new(), *boot = scratch_new();
		_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, ALL), *again = NULL;
		_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", boot);
		_cleanup_free_ char *text = NULL;

		scratch_file(boot, "archibald-answers.json", SCRUBBED);
		b->t.at = at;
		b->t.how = how;
		assert_int_equal(boot_run_apart(b, path), how == TAMPER_FAIL ? 1 : 9);
		text = read_whole(path);
		assert_string_equal(text, SCRUBBED);
		again = boot_new(root, FLASHED, ALL);
		assert_int_equal(journal_read(&again->journal, again->journal_path, &again->e), 0);
		assert_true(again->journal.finished);
	}
}

/* What is left of a file is no answer file any more, wherever a person adds to it. A new file that
 * a cut left beside it goes. */
static void test_scrubbed_is_no_answer(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/archibald-answers.json", dir),
			    *beside = xasprintf("%s.new", path), *text = NULL, *more = NULL;
	struct err e;

	(void)state;
	assert_false(answers_were_scrubbed(path));
	scratch_file(dir, "archibald-answers.json", SCRUBBED);
	assert_false(answers_were_scrubbed(path));
	assert_int_equal(answers_scrub(path, &e), 0);
	assert_true(answers_were_scrubbed(path));
	text = read_whole(path);
	more = xasprintf("// mine\n%s", text);
	scratch_file(dir, "archibald-answers.json", more);
	assert_true(answers_were_scrubbed(path));
	scratch_file(dir, "archibald-answers.json", "{\"version\":1}");
	scratch_file(dir, "archibald-answers.json.new", text);
	assert_int_equal(answers_scrub(path, &e), 0);
	assert_int_equal(access(beside, F_OK), -1);
}

static const struct {
	const char *answers, *says;
} hostile[] = {
	{HEAD "\"hostName\":\"../../etc\"," ACCOUNT "}", "hostName"},
	{HEAD "\"timeZone\":\"../../../root/x\"," ACCOUNT "}", "timeZone"},
	{"{\"version\":1,\"hostName\":\"a\\n\"," ACCOUNT "}", "hostName"},
	{HEAD "\"network\":{\"wifi\":{\"name\":\"x\\n[connection]\"}}," ACCOUNT "}",
	 "network.wifi.name"},
	{HEAD "\"network\":{\"wifi\":{\"name\":\"x\",\"password\":\"12345678\\npsk=\"}}," ACCOUNT
	      "}",
	 "network.wifi.password"},
	{HEAD "\"network\":{\"wifi\":{\"name\":\"x\",\"password\":\"short\"}}," ACCOUNT "}",
	 "network.wifi.password"},
	{HEAD "\"users\":{\"audioUser\":{\"passwordHash\":\"$y$x:0:0\\nroot::0:0\"}}}",
	 "users.audioUser.passwordHash"},
	{HEAD "\"users\":{\"audioUser\":{\"sshKeys\":[\"command=\\\"x\\\" ssh-ed25519 AAAA\"]}}}",
	 "users.audioUser.sshKeys"},
	{HEAD "\"growRoot\":\"/dev/sda\"," ACCOUNT "}", "growRoot"},
	{HEAD "\"keyMap\":\"/etc/shadow\"," ACCOUNT "}", "keyMap"},
	{HEAD "\"network\":{\"wifi\":{\"password\":\"long enough\"}}," ACCOUNT "}",
	 "network.wifi.password"},
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, hostile[i].answers);
		_cleanup_free_ char *text = setting_problems(b->s);

		check_row(i, b->s->problems.list.count > 0 && !b->plan);
		check_contains(text, hostile[i].says);
		check_lacks(text, "12345678");
	}
}

/* The image's own account and variant are what they are. */
static void test_not_another_image(void **state)
{
	static const char *const answers[] = {
		HEAD "\"variant\":\"arm-generic\"," ACCOUNT "}",
		HEAD "\"users\":{\"audioUser\":{\"name\":\"me\",\"password\":\"secret\"}}}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		_cleanup_scratch_ char *root = image_new();
		_cleanup_boot_ struct boot *b = boot_new(root, FLASHED, answers[i]);

		check_row(i, !b->plan);
		check_error(&b->e, -ERR_INVALID);
	}
}

/* A file that a person wrote is not lost, and the image's own hardware file stays. */
static void test_keeps(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL;
	_cleanup_free_ char *hardware = NULL, *kept = NULL;

	(void)state;
	scratch_file(root, "etc/nixos/hosts/pedal/default.nix", "mine\n");
	scratch_file(root, "etc/nixos/hosts/pedal/hardware-configuration.nix", "the image's\n");
	b = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(b, NULL), 0);
	hardware = boot_file(b, "etc/nixos/hosts/pedal/hardware-configuration.nix");
	assert_string_equal(hardware, "the image's\n");
	kept = boot_file(b, "etc/nixos/hosts/pedal/default.nix.before");
	assert_string_equal(kept, "mine\n");
}

/* What Nix keeps in its store is not replaced by a file. */
static void test_nix_keeps_its_own(void **state)
{
	_cleanup_scratch_ char *root = image_new();
	_cleanup_boot_ struct boot *b = NULL;
	_cleanup_free_ char *link = xasprintf("%s/etc/hostname", root);
	char target[64] = "";

	(void)state;
	scratch_link(root, "etc/hostname", "/etc/static/hostname");
	b = boot_new(root, FLASHED, ALL);
	assert_int_equal(boot_run(b, NULL), 0);
	assert_true(readlink(link, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/etc/static/hostname");
	assert_int_equal(b->plan->warnings.count, 1);
	check_contains(b->plan->warnings.items[0], "nixos-rebuild");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_asked),
		cmocka_unit_test(test_what_an_image_leaves_open),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_key_alone),
		cmocka_unit_test(test_admin_of_the_image),
		cmocka_unit_test(test_the_makers_ways_in),
		cmocka_unit_test(test_another_name),
		cmocka_unit_test(test_every_fault),
		cmocka_unit_test(test_the_images_id_again),
		cmocka_unit_test(test_other_answers_after_a_cut),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_scrub),
		cmocka_unit_test(test_scrub_odd_files),
		cmocka_unit_test(test_scrub_behind_zero),
		cmocka_unit_test(test_secrets_left),
		cmocka_unit_test(test_medium_gone),
		cmocka_unit_test(test_boot_seed),
		cmocka_unit_test(test_half_a_flake),
		cmocka_unit_test(test_cut_at_the_end),
		cmocka_unit_test(test_settled_before_the_scrub),
		cmocka_unit_test(test_scrubbed_is_no_answer),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_not_another_image),
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_nix_keeps_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
