/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers/ssh_keys.h"
#include "base/str.h"
#include "base/sys.h"
#include "cli/status.h"

void inputs_clear(struct inputs *in)
{
	in->answers = answers_free(in->answers);
	in->facts = facts_free(in->facts);
	in->image = image_free(in->image);
	variants_clear(&in->variants);
	in->problems.arena = arena_free(in->problems.arena);
	source_clear(&in->source);
	mem_free_ptr(&in->shown);
	in->shown = NULL;
	reach_close(&in->reach);
}

struct interview inputs_interview(const struct inputs *in)
{
	return (struct interview){in->facts, &in->variants, in->answers, in->image,
				  &in->reach.outside};
}

static int load_facts(struct inputs *in, const char *machine, const char *root, struct err *e)
{
	struct sys sys;
	int n;

	if (machine)
		return facts_read_file(machine, &in->facts, e);
	n = sys_open(&sys, root, e);
	if (n < 0)
		return n;
	in->facts = facts_detect(&sys);
	sys_close(&sys);
	return 0;
}

char *sibling_program(const char *name)
{
	static const char *const places[] = {"../libexec/archibald/", ""};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (size_t i = 0; i < ARRAY_SIZE(places) && n > 0; i++) {
		self[n] = '\0';
		_cleanup_free_ char *path = xasprintf(
			"%.*s%s%s", (int)(strrchr(self, '/') + 1 - self), self, places[i], name);

		if (access(path, X_OK) == 0)
			return take(path);
	}
	return xstrdup(name);
}

int inputs_load_machine(struct inputs *ret, const char *machine, const char *root, struct err *e)
{
	int n = variants_load(&ret->variants, e);

	inputs_forget_answers(ret);
	return n < 0 ? n : load_facts(ret, machine, root, e);
}

void inputs_forget_answers(struct inputs *in)
{
	answers_free(in->answers);
	arena_free(in->problems.arena);
	source_clear(&in->source);
	mem_free_ptr(&in->shown);
	in->shown = NULL;
	in->answers = answers_new();
	reach_open(&in->reach, in->answers);
	in->problems = (struct problems){.arena = arena_new()};
	in->file = "answers";
}

/* The files of the hooks, from the place of the answers. What is wrong with one is a problem of
 * the answers. */
static void take_hook(struct inputs *in, struct sources *s, enum hook_when when, size_t index)
{
	struct hook *h = &in->answers->hooks[when].list.items[index];
	_cleanup_free_ char *key = xasprintf("hooks.%s[%zu].file", hook_when_names[when], index);
	_cleanup_free_ char *text = NULL;
	struct err e;
	int n = sources_read_beside(s, &in->source, h->file, &h->bytes, &e);

	if (n == -ERR_NETWORK)
		s->wait = 0; /* it was waited for once */
	if (n == 0)
		n = hook_check_file(h, in->source.pinned, &e);
	if (n == 0)
		return;
	text = err_text(&e);
	problem_add(&in->problems, h->line, h->column, key, "%s%s%s%s", text, e.hint[0] ? " (" : "",
		    e.hint, e.hint[0] ? ")" : "");
}

static void take_hooks(struct inputs *in, struct sources *s)
{
	for (size_t when = 0; when < HOOK_WHENS; when++)
		for (size_t i = 0; i < in->answers->hooks[when].list.count; i++)
			if (in->answers->hooks[when].list.items[i].file)
				take_hook(in, s, (enum hook_when)when, i);
}

/* The places that the answers name in place of keys. */
static void take_keys(struct inputs *in, unsigned wait)
{
	const struct interview v = inputs_interview(in);

	in->reach.wait = wait;
	keys_resolve(&v, &in->problems);
	in->reach.wait = 0;
}

int inputs_take_answers(struct inputs *in, const struct sources *request, struct err *e)
{
	_cleanup_free_ char *net = sibling_program("archibald-net");
	struct sources s = *request;
	struct sys sys;
	int n = sys_open(&sys, NULL, e);

	if (n < 0)
		return n;
	s.sys = &sys;
	s.facts = in->facts;
	s.net = net;
	n = sources_find(&s, &in->source, e);
	if (n == 0 && in->source.kind != SOURCE_NONE) {
		in->file = in->shown = source_shown(in->source.name);
		answers_parse_for(in->facts, in->source.bytes.bytes, in->source.bytes.len,
				  in->answers, &in->problems);
		secret_wipe(&in->source.bytes);
		take_hooks(in, &s);
		take_keys(in, request->wait);
	}
	sys_close(&sys);
	return n;
}

bool inputs_wait(const char *text, unsigned *ret)
{
	char *end;
	unsigned long n;

	*ret = SOURCE_WAIT;
	if (!text)
		return true;
	n = strtoul(text, &end, 10);
	*ret = (unsigned)n;
	return text[0] >= '0' && text[0] <= '9' && !*end && n <= 24 * 60 * 60;
}

int inputs_load(struct inputs *ret, const char *answers, const char *machine, const char *root,
		struct err *e)
{
	int n = inputs_load_machine(ret, machine, root, e);

	if (n < 0 || !answers)
		return n;
	return inputs_take_answers(ret, &(struct sources){.argument = answers, .wait = SOURCE_WAIT},
				   e);
}

char *find_distribution(void)
{
	static const char *const places[] = {"../../share/archibald/distribution", "distribution"};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (size_t i = 0; i < ARRAY_SIZE(places) && n > 0; i++) {
		self[n] = '\0';
		_cleanup_free_ char *dir = xasprintf("%.*s%s", (int)(strrchr(self, '/') + 1 - self),
						     self, places[i]);
		_cleanup_free_ char *flake = xasprintf("%s/flake.nix", dir);

		if (access(flake, R_OK) == 0)
			return take(dir);
	}
	return xstrdup("/etc/archibald/distribution");
}

void print_error(const struct err *e)
{
	_cleanup_free_ char *text = err_text(e);

	fprintf(stderr, "archibald: %s\n", text);
	if (e->hint[0])
		fprintf(stderr, "hint: %s\n", e->hint);
}

void inputs_print_problems(struct inputs *in)
{
	_cleanup_str_ struct str out = {0};

	problems_text(&in->problems, in->file, &out);
	fputs(str_get(&out), stderr);
	fprintf(stderr, "archibald: %zu problem%s in the answers; nothing was touched\n",
		in->problems.list.count, in->problems.list.count == 1 ? "" : "s");
}

/* The question that can mend what the plan refuses. */
static const char *key_of_refusal(const struct interview *v, const struct err *e)
{
	const struct question *mode = question_find("disk.mode");

	if (str_eq(v->answers->disk_mode, DISK_MODE_SHRINK) && e->code == ERR_TOO_SMALL)
		return "disk.shrinkTo";
	if (v->answers->disk_mode && !str_eq(v->answers->disk_mode, DISK_MODE_ERASE) &&
	    e->code != ERR_BUSY && question_is_asked(v, mode))
		return mode->key;
	return e->code == ERR_UNSUPPORTED ? "variant" : "disk.path";
}

bool inputs_complete(struct inputs *in, struct arena *arena, const char **ret_problems,
		     const char **ret_key)
{
	const struct interview v = inputs_interview(in);
	struct problems problems = {.arena = arena};
	const char *text = "";

	answers_complete(&v, &problems);
	for (size_t i = 0; i < problems.list.count; i++) {
		const struct problem *p = &problems.list.items[i];
		const struct question *q = p->key ? question_find(p->key) : NULL;

		text = arena_printf(arena, "%s%s%s: %s", text, i ? "\n" : "",
				    q ? q->prompt : "answers", p->text);
	}
	if (problems.list.count == 0)
		return true;
	*ret_problems = text;
	*ret_key = problems.list.items[0].key;
	return false;
}

const char *inputs_refusal(const struct err *e, struct arena *arena)
{
	_cleanup_free_ char *what = err_text(e);

	return e->hint[0] ? arena_printf(arena, "%s (%s)", what, e->hint)
			  : arena_strdup(arena, what);
}

struct plan *inputs_try(struct inputs *in, struct arena *arena, const char **ret_problems,
			const char **ret_key)
{
	const struct interview v = inputs_interview(in);
	struct plan *plan = NULL;
	struct err e;

	if (!inputs_complete(in, arena, ret_problems, ret_key))
		return NULL;
	if (plan_make(&v, INPUTS_PROGRAM, &plan, &e) == 0)
		return plan;
	*ret_problems = inputs_refusal(&e, arena);
	*ret_key = key_of_refusal(&v, &e);
	return NULL;
}

int inputs_check(struct inputs *in)
{
	const struct interview v = inputs_interview(in);

	in->answers->nobody_asks = true;
	answers_complete(&v, &in->problems);
	if (in->problems.list.count == 0)
		return -1;
	inputs_print_problems(in);
	return STATUS_ANSWERS;
}

int inputs_plan(struct inputs *in, struct plan **ret)
{
	const struct interview v = inputs_interview(in);
	int status = inputs_check(in);
	struct err e;

	if (status < 0 && plan_make(&v, INPUTS_PROGRAM, ret, &e) < 0) {
		print_error(&e);
		return (int)status_of_refusal(&e);
	}
	return status;
}

int print_out(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF) {
		fprintf(stderr, "archibald: cannot write to standard output: %s\n",
			strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}
