/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/status.h"

#define VERSION_TEXT "archibald " ARCHIBALD_VERSION "\n"

static void print_help(const struct command *c)
{
	_cleanup_str_ struct str out = {0};

	str_addf(&out, "usage: archibald %s%s%s%s\n\n%s\n\n", c->name,
		 c->count ? " [OPTION]..." : "", c->arguments[0] ? " " : "", c->arguments,
		 c->summary);
	for (size_t i = 0; i < c->count; i++) {
		const struct option_row *row = &c->rows[i];

		str_addf(&out, "  %s%s%s", row->name, row->value ? " " : "",
			 row->value ? row->value : "");
		str_pad(&out, 24);
		str_addf(&out, "  %s\n", row->help);
	}
	str_add(&out, "  --help");
	str_pad(&out, 24);
	str_add(&out, "  this text\n");
	fputs(str_get(&out), stdout);
}

/* The same as tables, for tools/document: man pages and completions are made from it. */
static void print_tables(const struct command *c)
{
	printf("%s\t%s\t%s\n", c->name, c->arguments, c->summary);
	for (size_t i = 0; i < c->count; i++)
		printf("%s\t%s\t%s\n", c->rows[i].name, c->rows[i].value ? c->rows[i].value : "",
		       c->rows[i].help);
}

static int usage(const struct command *c, const char *what, const char *word)
{
	fprintf(stderr, "archibald %s: %s%s%s\narchibald %s --help tells more\n", c->name, what,
		word ? " " : "", word ? word : "", c->name);
	return STATUS_USAGE;
}

/* "--name=value" as well as "--name value". */
static const struct option_row *find_row(const struct command *c, const char *word,
					 const char **ret_value)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);

	*ret_value = equals ? equals + 1 : NULL;
	for (size_t i = 0; i < c->count; i++)
		if (strlen(c->rows[i].name) == n && strncmp(c->rows[i].name, word, n) == 0)
			return &c->rows[i];
	return NULL;
}

static int take_option(const struct command *c, const char *word, const char *next, void *options,
		       int *used)
{
	const char *value;
	const struct option_row *row = find_row(c, word, &value);

	*used = 1;
	if (!row)
		return usage(c, "unknown option", word);
	if (!row->value) {
		if (value)
			return usage(c, "this option takes no value:", row->name);
		*(bool *)((char *)options + row->offset) = true;
		return -1;
	}
	if (!value) {
		value = next;
		*used = 2;
	}
	if (!value)
		return usage(c, "a value is missing for", row->name);
	*(const char **)((char *)options + row->offset) = value;
	return -1;
}

int options_parse(const struct command *c, int argc, char **argv, void *options,
		  struct arguments *ret)
{
	bool only_arguments = false;

	for (int i = 0; i < argc;) {
		const char *word = argv[i];
		int used = 1, status = -1;

		if (!only_arguments && str_eq(word, "--help")) {
			print_help(c);
			return STATUS_DONE;
		}
		if (!only_arguments && str_eq(word, "--describe")) {
			print_tables(c);
			return STATUS_DONE;
		}
		if (!only_arguments && str_eq(word, "--version")) {
			fputs(VERSION_TEXT, stdout);
			return STATUS_DONE;
		}
		if (!only_arguments && str_eq(word, "--"))
			only_arguments = true;
		else if (!only_arguments && word[0] == '-' && word[1])
			status = take_option(c, word, i + 1 < argc ? argv[i + 1] : NULL, options,
					     &used);
		else if (ret->count >= c->maximum)
			return usage(c, "too many arguments:", word);
		else
			ret->list[ret->count++] = word;
		if (status >= 0)
			return status;
		i += used;
	}
	if (ret->count < c->minimum)
		return usage(c, "an argument is missing:", c->arguments);
	return -1;
}
