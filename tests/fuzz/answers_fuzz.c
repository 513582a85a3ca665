/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answers_fuzz: answer files that somebody or something has changed are parsed, completed and
 * planned. Whatever they are: nothing is read that is not there, what is refused has a problem or
 * an error with words, and all that is shown is harmless.
 *
 * Deterministic: ANSWERS_FUZZ_SEED and ANSWERS_FUZZ_ROUNDS change what is tried. With
 * -DANSWERS_LIBFUZZER the same is libFuzzer's target instead.
 */
#include "support/check.h"

#include <json-c/json.h>

#include "base/record.h"
#include "plan/plan.h"
#include "support/interview.h"
#include "support/mutate.h"

static const char *const machines[] = {PC, ORANGE_PI};

/* What stays from input to input: reading it is not what is tried here. */
struct world {
	struct variants variants;
	struct facts *facts[ARRAY_SIZE(machines)];
	struct mutator m;
	size_t parsed, planned;
};

static void world_open(struct world *w)
{
	struct err e;

	w->m.name = "answers_fuzz";
	if (variants_load(&w->variants, &e) < 0)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		w->facts[i] = facts_of_text(machines[i]);
}

static void check_plan(const struct world *w, const struct plan *p, const char *text, size_t len)
{
	_cleanup_str_ struct str shown = {0};
	_cleanup_json_ struct json_object *json = plan_to_json(p);
	_cleanup_free_ char *json_bytes = json_text(json);
	const char *why;
	size_t at;

	plan_to_text(p, &shown);
	must_hold(&w->m, lines_are_safe(str_get(&shown)), "a plan that can be shown", text, len);
	must_hold(&w->m, json_strict(json_bytes, strlen(json_bytes), &at, &why),
		  "a plan that is JSON", text, len);
	for (size_t i = 0; i < p->files.count; i++)
		must_hold(&w->m, lines_are_safe(p->files.items[i].content), "harmless Nix", text,
			  len);
	must_hold(&w->m,
		  plan_system_disk(p)->after.count == plan_system_disk(p)->layout.count &&
			  p->weight > 0,
		  "a whole plan", text, len);
}

static void check_problems(const struct world *w, struct problems *p, const char *text, size_t len)
{
	_cleanup_str_ struct str shown = {0};

	problems_text(p, "file", &shown);
	must_hold(&w->m, p->list.count <= PROBLEMS_MAX + 1, "a bounded list", text, len);
	must_hold(&w->m, lines_are_safe(str_get(&shown)), "problems that can be shown", text, len);
	for (size_t i = 0; i < p->list.count; i++)
		must_hold(&w->m, p->list.items[i].text[0], "a problem with words", text, len);
}

static void try_plan(struct world *w, const struct interview *v, const char *text, size_t len)
{
	_cleanup_plan_ struct plan *p = NULL;
	struct err e;

	if (plan_make(v, "archibald", &p, &e) == 0) {
		w->planned++;
		check_plan(w, p, text, len);
		return;
	}
	must_hold(&w->m, e.code != ERR_INTERNAL && e.what[0] && (e.why[0] || e.hint[0]),
		  "a refusal with words", text, len);
	must_hold(&w->m, str_is_safe(e.what) && str_is_safe(e.why) && str_is_safe(e.hint),
		  "a refusal that can be shown", text, len);
}

static void try_answers(struct world *w, const struct facts *facts, const char *text, size_t len)
{
	struct problems problems = {.arena = arena_new()};
	_cleanup_answers_ struct answers *a = answers_new();
	struct interview v = {facts, &w->variants, a, NULL, NULL};

	answers_parse(text, len, a, &problems);
	must_hold(&w->m, !problems.unreadable || problems.list.count, "a problem", text, len);
	w->parsed += !problems.list.count;
	answers_complete(&v, &problems);
	check_problems(w, &problems, text, len);
	if (!problems.list.count)
		try_plan(w, &v, text, len);
	arena_free(problems.arena);
}

#ifdef ANSWERS_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct world w;

	if (!w.facts[0])
		world_open(&w);
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		try_answers(&w, w.facts[i], (const char *)bytes, len);
	return 0;
}
#else
enum { ROUNDS = 20000 };

static const char *const corpus[] = {
	"{\"version\":1,\"disk\":{\"path\":\"/dev/"
	"vda\"},\"users\":{\"audioUser\":{\"password\":\"x\","
	"\"description\":\"J\xc3\xbcrgen\",\"name\":\"anna\",\"autoLogin\":true,\"sshKeys\":["
	"\"" SSH_KEY "\"]}},\"swap\":{\"kind\":\"file\",\"size\":\"1 GiB\"}}",
	"{\"version\":1,\"disk\":{\"path\":\"/dev/"
	"nvme0n1\",\"eraseData\":true},\"users\":{\"audioUser\""
	":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"},\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"],"
	"\"name\":\"boss\"}},\"desktop\":\"i3\",\"audio\":{\"quantum\":64,\"realtimeTuning\":false}"
	","
	"\"finish\":\"reboot\",\"serialConsole\":\"ttyS0,115200n8\",\"timeZone\":\"Europe/"
	"Berlin\"}",
	"// x\n{ /* y */ \"version\": 1, \"variant\": \"server\", \"hostName\": \"r\",\n"
	"\"disk\": {\"path\": \"/dev/disk/by-id/virtio-SYSTEM01\"}, \"swap\": {\"kind\": "
	"\"partition\", \"size\": 67108864}, \"users\": {\"admin\": {\"sshKeys\": [\"" SSH_KEY
	"\"]}}, \"seed\": \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\" }\n",
	"{\"version\":1,\"variant\":\"server\",\"disk\":{\"path\":\"/dev/"
	"vda\"},\"users\":{\"admin\":{"
	"\"sshKeys\":[\"" SSH_KEY "\"]}},\"report\":\"https://u:p@h.example/in?t=x\",\"hooks\":{"
	"\"before\":[[\"a\",\"b\\n\"],{\"file\":\"x.sh\",\"arguments\":[\"-f\"],\"seconds\":7}],"
	"\"afterMount\":[{\"run\":[\"c\"],\"mayFail\":true}],\"afterInstall\":[]}}",
	/* clang takes two lines without parentheses for a forgotten comma. */
	("{\"version\":1,\"keyMap\":\"de\",\"locale\":\"de_DE.UTF-8\",\"fileSystem\":\"ext4\","
	 "\"x\":[]}"),
};
static char *example(const char *name)
{
	_cleanup_free_ char *path = xasprintf(TEST_SOURCE_DIR "/examples/%s.json", name);
	char *text = read_whole(path);

	if (!text)
		abort();
	return text;
}

int main(void)
{
	_cleanup_free_ char *one = example("workstation"), *two = example("server");
	struct world w = {0};
	uint64_t rounds = mutator_seed("ANSWERS_FUZZ_ROUNDS", ROUNDS);

	world_open(&w);
	w.m.state = mutator_seed("ANSWERS_FUZZ_SEED", 20250207);
	for (uint64_t i = 0; i < rounds; i++) {
		_cleanup_str_ struct str s = {0};
		size_t from = mutator_below(&w.m, ARRAY_SIZE(corpus) + 2);

		str_add(&s, from < ARRAY_SIZE(corpus) ? corpus[from] : from % 2 ? one : two);
		mutate(&w.m, &s);
		/* Exactly as long as it is: the sanitizer sees each byte behind. */
		_cleanup_free_ char *exact = xmalloc(s.len ? s.len : 1);

		memcpy(exact, str_get(&s), s.len);
		try_answers(&w, w.facts[i % 4 == 3], exact, s.len);
	}
	printf("%llu files: %zu without a problem of their own, %zu planned\n",
	       (unsigned long long)rounds, w.parsed, w.planned);
	variants_clear(&w.variants);
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		facts_free(w.facts[i]);
	/* Changes that leave nothing whole would try only the parser. */
	return w.planned > rounds / 50 ? 0 : 1;
}
#endif
