/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that write nothing but their output. */
#include "cli/commands.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/status.h"
#include "network/state.h"
#include "run/journal.h"

struct options {
	const char *root, *machine, *out, *wait, *sha256, *cache;
	bool json, network;
};

#define ROW_ROOT                                                            \
	{                                                                   \
		"--root", "DIR", "a recorded root instead of this machine", \
			offsetof(struct options, root)                      \
	}
#define ROW_MACHINE                                                        \
	{                                                                  \
		"--machine", "FILE", "a recorded machine (detect --json)", \
			offsetof(struct options, machine)                  \
	}
#define ROW_JSON                                                                       \
	{                                                                              \
		"--json", NULL, "JSON instead of text", offsetof(struct options, json) \
	}
#define ROW_OUT                                                                              \
	{                                                                                    \
		"--out", "DIR", "where the files are written", offsetof(struct options, out) \
	}

#define ROW_WAIT                                                                \
	{                                                                       \
		"--wait", "SECONDS", "how long the network is waited for (60)", \
			offsetof(struct options, wait)                          \
	}
#define ROW_SHA256                                                                               \
	{                                                                                        \
		"--sha256", "HASH", "the answers must have it", offsetof(struct options, sha256) \
	}

static int refuse(const struct err *e)
{
	print_error(e);
	return e->code == ERR_INVALID ? STATUS_ANSWERS : STATUS_FAILED;
}

static int print_json(struct json_object *json)
{
	_cleanup_free_ char *text = json_text(json);

	json_object_put(json);
	return print_out(text);
}

static struct json_object *network_json(const struct net_state *s)
{
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; i < NET_LAYERS; i++) {
		const struct net_finding *f = &s->layers[i];
		struct json_object *layer = json_object_new_object();

		json_object_object_add(layer, "verdict",
				       json_object_new_string(net_verdict_names[f->verdict]));
		if (f->what)
			json_object_object_add(layer, "what", json_object_new_string(f->what));
		if (f->hint)
			json_object_object_add(layer, "hint", json_object_new_string(f->hint));
		json_object_object_add(all, net_layer_names[i], layer);
	}
	return all;
}

static int print_network(const struct sys *sys, const char *cache, bool json)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *net = sibling_program("archibald-net");
	const struct net_asking asking = {
		.program = net,
		.url = cache ? cache : net_cache_url(sys, a),
		.proxy = kernel_word(sys, a, "archibald.proxy"),
		.seconds = NET_SECONDS,
	};
	const struct net_state s = net_look(&asking, a);
	_cleanup_str_ struct str out = {0};
	int status;

	net_state_text(&s, &out);
	status = json ? print_json(network_json(&s)) : print_out(str_get(&out));
	return status == STATUS_DONE && !net_is_up(&s) ? STATUS_FAILED : status;
}

int command_detect(int argc, char **argv)
{
	static const struct option_row rows[] = {
		ROW_ROOT,
		ROW_JSON,
		{"--network", NULL,
		 "how far this machine reaches: link, address, DNS, time, cache; status 0 when all "
		 "is "
		 "well",
		 offsetof(struct options, network)},
		{"--cache", "URL", "the binary cache that is tried (default: that of nix.conf)",
		 offsetof(struct options, cache)}};
	static const struct command c = {"detect",
					 "",
					 "What this machine is; as JSON it is a recorded machine.",
					 rows,
					 ARRAY_SIZE(rows),
					 0,
					 0};
	struct options o = {0};
	struct arguments arguments = {0};
	_cleanup_facts_ struct facts *f = NULL;
	_cleanup_str_ struct str out = {0};
	struct sys sys;
	struct err e;
	int status = options_parse(&c, argc, argv, &o, &arguments);

	if (status >= 0)
		return status;
	if (sys_open(&sys, o.root, &e) < 0)
		return refuse(&e);
	if (o.network) {
		status = print_network(&sys, o.cache, o.json);
		sys_close(&sys);
		return status;
	}
	f = facts_detect(&sys);
	sys_close(&sys);
	if (o.json)
		return print_json(facts_to_json(f));
	facts_to_text(f, &out);
	return print_out(str_get(&out));
}

/* What "ask" leaves to be asked is no fault of the answers; it is named, and nothing can be planned
 * yet. -1: nothing is left, or there was no "ask". */
static int check_asked(struct inputs *in)
{
	const struct interview v = inputs_interview(in);
	_cleanup_str_ struct str out = {0};

	if (!in->answers->ask_given)
		return -1;
	in->answers->nobody_asks = true;
	answers_complete(&v, &in->problems);
	str_add(&out, "The answers can be used. A person is asked: ");
	for (size_t i = 0; i < in->problems.list.count; i++) {
		if (!in->problems.list.items[i].open) {
			inputs_print_problems(in);
			return STATUS_ANSWERS;
		}
		str_addf(&out, "%s%s", i ? ", " : "", in->problems.list.items[i].key);
	}
	str_addc(&out, '\n');
	return in->problems.list.count ? print_out(str_get(&out)) : -1;
}

/* Options, machine and answers, as check, plan and generate need them. -1: go on. */
static int load(const struct command *c, int argc, char **argv, struct options *o,
		struct inputs *in)
{
	struct arguments arguments = {0};
	struct sources request;
	struct err e;
	int status = options_parse(c, argc, argv, o, &arguments);

	if (status >= 0)
		return status;
	if (inputs_load_machine(in, o->machine, o->root, &e) < 0)
		return refuse(&e);
	request = (struct sources){.argument = arguments.list[0], .sha256 = o->sha256};
	if (!inputs_wait(o->wait, &request.wait)) {
		fprintf(stderr, "archibald %s: --wait is a number of seconds\n", c->name);
		return STATUS_USAGE;
	}
	if (inputs_take_answers(in, &request, &e) < 0) {
		print_error(&e);
		return STATUS_ANSWERS;
	}
	return -1;
}

static int prepare(const struct command *c, int argc, char **argv, struct options *o,
		   struct inputs *in, struct plan **plan)
{
	int status = load(c, argc, argv, o, in);

	return status >= 0 ? status : inputs_plan(in, plan);
}

int command_check(int argc, char **argv)
{
	static const struct option_row rows[] = {ROW_MACHINE, ROW_ROOT, ROW_WAIT, ROW_SHA256};
	static const struct command c = {
		"check",
		"ANSWERS",
		"Everything that is wrong with an answer file, for a machine.",
		rows,
		ARRAY_SIZE(rows),
		1,
		1};
	struct options o = {0};
	_cleanup_inputs_ struct inputs in = {0};
	_cleanup_plan_ struct plan *plan = NULL;
	int status = load(&c, argc, argv, &o, &in);

	if (status < 0)
		status = check_asked(&in);
	if (status < 0)
		status = inputs_plan(&in, &plan);
	if (status >= 0)
		return status;
	for (size_t i = 0; i < plan->warnings.count; i++)
		fprintf(stderr, "warning: %s\n", plan->warnings.items[i]);
	return print_out("The answers fit this machine.\n");
}

int command_plan(int argc, char **argv)
{
	static const struct option_row rows[] = {ROW_MACHINE, ROW_ROOT, ROW_JSON, ROW_WAIT,
						 ROW_SHA256};
	static const struct command c = {
		"plan", "ANSWERS",	  "What an installation would do; nothing is written.",
		rows,	ARRAY_SIZE(rows), 1,
		1};
	struct options o = {0};
	_cleanup_inputs_ struct inputs in = {0};
	_cleanup_plan_ struct plan *plan = NULL;
	_cleanup_str_ struct str out = {0};
	int status = prepare(&c, argc, argv, &o, &in, &plan);

	if (status >= 0)
		return status;
	if (o.json)
		return print_json(plan_to_json(plan));
	plan_to_text(plan, &out);
	return print_out(str_get(&out));
}

/* Below DIR, as they would lie below the target's /etc/nixos. */
static int write_host_file(const char *out, const struct plan_file *f, struct err *e)
{
	const char *relative = f->path + strlen(FLAKE_DIRECTORY) + 1;
	_cleanup_free_ char *path = xasprintf("%s/%s", out, relative);
	_cleanup_free_ char *directory = xstrdup(path);
	int n;

	*strrchr(directory, '/') = '\0';
	n = make_directories(directory, 0755, e);
	return n < 0 ? n : write_file_atomic(path, f->content, strlen(f->content), 0644, e);
}

int command_generate(int argc, char **argv)
{
	static const struct option_row rows[] = {ROW_OUT, ROW_MACHINE, ROW_ROOT, ROW_WAIT,
						 ROW_SHA256};
	static const struct command c = {
		"generate", "ANSWERS",	      "The NixOS configuration alone, written below --out.",
		rows,	    ARRAY_SIZE(rows), 1,
		1};
	struct options o = {0};
	_cleanup_inputs_ struct inputs in = {0};
	_cleanup_plan_ struct plan *plan = NULL;
	struct err e;
	int status = prepare(&c, argc, argv, &o, &in, &plan);

	if (status >= 0)
		return status;
	if (!o.out) {
		fputs("archibald generate: --out DIR is needed\n", stderr);
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < plan->files.count; i++)
		if (write_host_file(o.out, &plan->files.items[i], &e) < 0)
			return refuse(&e);
	return STATUS_DONE;
}

int command_schema(int argc, char **argv)
{
	static const struct command c = {
		"schema", "", "JSON Schema (2020-12) of the answer file.", NULL, 0, 0, 0};
	struct arguments arguments = {0};
	_cleanup_variants_ struct variants v = {0};
	struct err e;
	int status = options_parse(&c, argc, argv, NULL, &arguments);

	if (status >= 0)
		return status;
	if (variants_load(&v, &e) < 0)
		return refuse(&e);
	return print_json(answers_schema(&v));
}
