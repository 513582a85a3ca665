/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources: which place comes first, what a template stands for, what the kernel was told. */
#include "support/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/sha256.h"
#include "base/url.h"
#include "sources/sources.h"

struct place {
	char *dir; /* a root */
	struct sys sys;
	struct facts *facts;
	struct arena *arena;
};

static struct place *place_new(const char *kernel)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct err e;

	p->arena = arena_new();
	p->dir = scratch_new();
	scratch_file(p->dir, "proc/cmdline", kernel);
	if (sys_open(&p->sys, p->dir, &e) < 0)
		fail_msg("%s", e.what);
	p->facts = xcalloc(1, sizeof(*p->facts));
	p->facts->arena = arena_new();
	return p;
}

static void place_free(struct place **p)
{
	sys_close(&(*p)->sys);
	facts_free((*p)->facts);
	arena_free((*p)->arena);
	scratch_free(&(*p)->dir);
	free(*p);
}
#define _cleanup_place_ _cleanup_(place_free)

static void add_net(struct place *p, const char *mac, bool carrier)
{
	struct facts *f = p->facts;

	*list_push(f->arena, &f->networks) = (struct net){.name = arena_strdup(f->arena, "eth"),
							  .mac = arena_strdup(f->arena, mac),
							  .carrier = carrier};
}

static int find(struct place *p, const char *argument, const char *pin, struct source *ret,
		struct err *e)
{
	return sources_find(&(struct sources){.sys = &p->sys,
					      .facts = p->facts,
					      .argument = argument,
					      .sha256 = pin,
					      .net = "/nonexistent/archibald-net"},
			    ret, e);
}

static void test_kernel_words(void **state)
{
	_cleanup_place_ struct place *p = place_new(
		"quiet archibald.answers=/a archibald.answers=\"/b c\" \"archibald.proxy=x y\" "
		"archibald.unattendedly archibald.empty= xarchibald.unattended\n");
	static const struct {
		const char *kernel;
		bool unattended;
	} rows[] = {{"archibald.unattended", true},
		    {"a archibald.unattended=1 b\n", true},
		    {"archibald.unattended=0", false},
		    {"archibald.unattended=yes", false},
		    {"archibald.unattended.x", false},
		    {"archibald.unattended archibald.unattended=0", false},
		    {"archibald.answers=archibald.unattended", false},
		    {"\"x archibald.unattended\"", false},
		    {"", false}};

	(void)state;
	assert_string_equal(kernel_word(&p->sys, p->arena, "archibald.answers"), "/b c");
	assert_string_equal(kernel_word(&p->sys, p->arena, "archibald.proxy"), "x y");
	assert_string_equal(kernel_word(&p->sys, p->arena, "archibald.empty"), "");
	assert_string_equal(kernel_word(&p->sys, p->arena, "quiet"), "");
	assert_null(kernel_word(&p->sys, p->arena, "archibald"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_place_ struct place *row = place_new(rows[i].kernel);

		check_row(i, kernel_unattended(&row->sys) == rows[i].unattended);
	}
}

static char *expanded(struct place *p, const char *text, bool escape)
{
	struct strings list = {0};
	_cleanup_str_ struct str out = {0};
	struct err e;

	if (template_expand(text, p->facts, escape, p->arena, &list, &e) < 0)
		fail_msg("%s", e.what);
	for (size_t i = 0; i < list.count; i++)
		str_addf(&out, "%s%s", i ? " " : "", list.items[i]);
	return arena_strdup(p->arena, str_get(&out));
}

static void test_templates(void **state)
{
	_cleanup_place_ struct place *p = place_new("");
	struct strings list = {0};
	struct err e;

	(void)state;
	assert_string_equal(expanded(p, "h/{mac}/{serial}", true), "h/default/default");
	assert_string_equal(expanded(p, "h", true), "h");
	add_net(p, "52:54:00:AA:00:01", false);
	add_net(p, "52:54:00:aa:00:02", true);
	add_net(p, "52:54:00:aa:00:02", true);
	/* The one with a cable first, each once, then the default. */
	assert_string_equal(expanded(p, "h/{mac}", true),
			    "h/52-54-00-aa-00-02 h/52-54-00-aa-00-01 h/default");
	assert_string_equal(expanded(p, "h/{uuid}/{mac}", true), "h/default/default");
	p->facts->board.serial = arena_strdup(p->arena, "../a b%?");
	p->facts->board.model = arena_strdup(p->arena, "LENOVO (20XW) ");
	assert_string_equal(expanded(p, "{serial}", true), "..%2Fa%20b%25%3F default");
	assert_string_equal(expanded(p, "/x/{serial}", false), "/x/_._a_b__ /x/default");
	assert_string_equal(expanded(p, "{board}", true), "lenovo-20xw default");
	check_error(&e, template_expand("{mca}", p->facts, true, p->arena, &list, &e));
	assert_int_equal(e.code, ERR_INVALID);
	check_contains(e.hint, "{mac}");
	assert_true(template_expand("a{", p->facts, true, p->arena, &list, &e) < 0);
}

/* Each place alone, then with all that come before it. */
static void test_order(void **state)
{
	_cleanup_place_ struct place *p = place_new("");
	_cleanup_free_ char *file = xasprintf("%s/mine", p->dir);
	_cleanup_free_ char *kernel = xasprintf("archibald.answers=%s/k-{board}", p->dir);
	struct source s = {0};
	struct err e;

	(void)state;
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_NONE);
	scratch_file(p->dir, "etc/archibald/answers.json", "built in");
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_MEDIUM);
	assert_string_equal(s.bytes.bytes, "built in");
	source_clear(&s);
	scratch_file(p->dir, "iso/answers.json", "medium");
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_string_equal(s.bytes.bytes, "medium");
	assert_string_equal(s.name, "/iso/answers.json");
	source_clear(&s);
	/* What is named on the kernel's command line and is not there is not made up for. */
	scratch_file(p->dir, "proc/cmdline", kernel);
	check_error(&e, find(p, NULL, NULL, &s, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	scratch_file(p->dir, "k-default", "kernel");
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_KERNEL);
	assert_string_equal(s.bytes.bytes, "kernel");
	source_clear(&s);
	scratch_file(p->dir, "mine", "argument");
	assert_int_equal(find(p, file, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_ARGUMENT);
	assert_string_equal(s.bytes.bytes, "argument");
	source_clear(&s);
}

static void add_volume(struct place *p, const char *type, const char *label, const char *mount)
{
	struct facts *f = p->facts;
	struct disk *d = list_push(f->arena, &f->disks);
	struct partition *part = list_push(f->arena, &d->partitions);

	part->path = arena_strdup(f->arena, "/dev/sdx1");
	part->fs_type = arena_strdup(f->arena, type);
	part->fs_label = arena_strdup(f->arena, label);
	strings_add(f->arena, &part->mounts, mount);
}

static void test_label(void **state)
{
	_cleanup_place_ struct place *p = place_new("");
	_cleanup_free_ char *mount = xasprintf("%s/stick", p->dir);
	struct source s = {0};
	struct err e;

	(void)state;
	scratch_file(p->dir, "iso/answers.json", "medium");
	scratch_file(mount, "other.json", "other");
	add_volume(p, "ext4", "DATA", mount);
	assert_int_equal(find(p, "label:DATA/other.json", NULL, &s, &e), 0);
	assert_string_equal(s.bytes.bytes, "other");
	source_clear(&s);
	/* A stick with the label and without the file has nothing to say. */
	add_volume(p, "vfat", "Archibald", mount);
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_MEDIUM);
	source_clear(&s);
	scratch_file(mount, "answers.json", "stick");
	/* The root of a system that is installed already is no second stick. */
	add_volume(p, "ext4", "archibald", mount);
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_int_equal(s.kind, SOURCE_LABEL);
	assert_string_equal(s.bytes.bytes, "stick");
	{
		_cleanup_secret_ struct secret beside = {0};
		struct sources request = {.sys = &p->sys, .facts = p->facts};

		assert_int_equal(sources_read_beside(&request, &s, "other.json", &beside, &e), 0);
		assert_string_equal(beside.bytes, "other");
	}
	source_clear(&s);
	add_volume(p, "ext4", "ARCHIBALD", mount);
	check_error(&e, find(p, NULL, NULL, &s, &e));
	assert_int_equal(e.code, ERR_MISMATCH);
	check_contains(e.what, "2 file systems");
	check_error(&e, find(p, "label:NONE", NULL, &s, &e));
}

static void test_pin(void **state)
{
	_cleanup_place_ struct place *p = place_new("archibald.answers.sha256=00");
	_cleanup_free_ char *file = xasprintf("%s/f", p->dir);
	struct source s = {0};
	struct err e;

	(void)state;
	/* A pin without anything to pin must not pass for "no answers". */
	check_error(&e, find(p, NULL, NULL, &s, &e));
	scratch_file(p->dir, "iso/answers.json", "abc");
	check_error(&e, find(p, NULL, NULL, &s, &e));
	scratch_file(p->dir, "proc/cmdline",
		     "archibald.answers.sha256="
		     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(find(p, NULL, NULL, &s, &e), 0);
	assert_true(s.pinned);
	source_clear(&s);
	scratch_file(p->dir, "iso/answers.json", "abd");
	check_error(&e, find(p, NULL, NULL, &s, &e));
	assert_int_equal(e.code, ERR_MISMATCH);
	scratch_file(p->dir, "f", "abc");
	check_error(&e, find(p, file, "ba7816", &s, &e));
	assert_int_equal(find(p, file, sha256("abc", 3).s, &s, &e), 0);
	source_clear(&s);
}

/* Waits, writes the words one after the other to the pipe by this name, and closes it. */
static pid_t write_slowly(const char *fifo, const char *const *words)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	usleep(400000);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	for (; *words; words++) {
		if (write(fd, *words, strlen(*words)) < 0)
			_exit(1);
		usleep(400000);
	}
	_exit(0);
}

/* Of a pipe everything is read, however slowly it comes. */
static void test_pipe(void **state)
{
	static const struct {
		const char *words[3], *all;
	} rows[] = {{{"abc", "def"}, "abcdef"}, {{"", "x"}, "x"}, {{NULL}, ""}};
	char *dir = scratch_new();
	_cleanup_free_ char *fifo = xasprintf("%s/fifo", dir);
	struct err e;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_secret_ struct secret got = {0};
		pid_t pid = write_slowly(fifo, rows[i].words);

		assert_int_equal(file_read(AT_FDCWD, fifo, fifo, 20, &got, &e), 0);
		assert_string_equal(got.len ? got.bytes : "", rows[i].all);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	{
		_cleanup_secret_ struct secret got = {0};

		check_error(&e, file_read(AT_FDCWD, fifo, fifo, 0, &got, &e));
		check_contains(e.why, "nobody opened it for writing");
	}
	scratch_free(&dir);
}

/* Who waits for a pipe can be stopped. */
static void test_pipe_stopped(void **state)
{
	char *dir = scratch_new();
	_cleanup_free_ char *fifo = xasprintf("%s/fifo", dir);
	int status = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	pid = fork();
	if (pid == 0) {
		_cleanup_secret_ struct secret got = {0};
		struct err e;

		proc_cancel_all();
		_exit(file_read(AT_FDCWD, fifo, fifo, 60, &got, &e) == -ERR_CANCELLED ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	scratch_free(&dir);
}

/* FIPS 180-4's examples, and the lengths around a block's end. */
static void test_sha256(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char many[1000];

	(void)state;
	assert_string_equal(sha256("", 0).s,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(sha256(two, 56).s,
			    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(many, 'a', sizeof(many));
	assert_string_equal(sha256(many, 55).s,
			    "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	assert_string_equal(sha256(many, 64).s,
			    "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	assert_string_equal(sha256(many, 1000).s,
			    "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

static void test_urls(void **state)
{
	static const struct {
		const char *url, *shown, *beside;
	} rows[] = {
		{"https://u:p@h/a/b.json?t=1#f", "https://h/a/b.json", "https://u:p@h/a/x%20y"},
		{"http://h", "http://h", "http://h/x%20y"},
		{"http://h/", "http://h/", "http://h/x%20y"},
		/* A password that nobody escaped; an '@' behind may be its end as well. */
		{"http://u:p/S@h/a", "http://h/a", "http://u:p/S@h/x%20y"},
		{"http://u:p?S#T@h/a?t=1", "http://h/a", "http://u:p/x%20y"},
		{"http://h/a@b", "http://b", "http://h/x%20y"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *shown = url_shown(rows[i].url);
		_cleanup_free_ char *beside = url_beside(rows[i].url, "x y");

		assert_string_equal(shown, rows[i].shown);
		assert_string_equal(beside, rows[i].beside);
	}
	assert_true(url_is("HTTPS://x") && !url_is("ftp://x") && !url_is("/http://"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_words), cmocka_unit_test(test_templates),
		cmocka_unit_test(test_order),	     cmocka_unit_test(test_label),
		cmocka_unit_test(test_pin),	     cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_urls),	     cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_pipe_stopped),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
