/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hooks: programs of the person's own that an installation runs at three places ("hooks" of an
 * answer file). Each is an argument vector, or a file that lies beside the answers; never a line
 * for a shell. Pure: the bytes of a file are set by who can fetch it (cli/inputs.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"

struct json_object;
struct str;

enum hook_when {
	HOOK_BEFORE,	    /* everything is checked, nothing is written yet */
	HOOK_AFTER_MOUNT,   /* the new file systems are mounted, and empty */
	HOOK_AFTER_INSTALL, /* nixos-install is done, what it left is not verified yet */
	HOOK_WHENS,
};
extern const char *const hook_when_names[]; /* "before", "afterMount", "afterInstall" */

#define HOOKS_ALLOWED                                                                             \
	"a list of hooks: each a program with its arguments ([\"curl\", \"-f\", "                 \
	"\"https://...\"]), or an object with \"run\" (the same) or \"file\" (a name beside the " \
	"answers) and \"arguments\", \"sha256\", \"mayFail\", \"seconds\""

enum { HOOK_SECONDS = 600, HOOK_SECONDS_MAX = 86400, HOOKS_MAX = 16 };

struct hook {
	struct strings run;    /* of a program: all words; of a file: its arguments */
	char *file;	       /* its name beside the answers; NULL: run[0] is the program */
	char *sha256;	       /* its bytes must have it; NULL: not pinned */
	bool may_fail;	       /* then that is a warning, and the installation goes on */
	uint32_t seconds;      /* after which it is ended */
	unsigned line, column; /* where it stands in the answers; 0: nowhere */
	struct secret bytes;   /* of the file, once it was fetched */
};

struct hooks {
	LIST_OF(struct hook) list;
};
void hooks_wipe(struct hooks *h); /* the bytes of its files */

/* Whoever reads the answers: takes what is wrong, and knows where a value stands. The path is
 * relative to the list: "[0].seconds". */
struct hooks_reader {
	void *ctx;
	void (*problem)(void *ctx, const char *path, const char *text);
	void (*place)(void *ctx, const char *path, unsigned *line, unsigned *column);
};
/* All that can be read is taken. false: something was a problem. */
bool hooks_parse(struct json_object *json, struct arena *a, struct hooks *ret,
		 const struct hooks_reader *reader);
/* As it was parsed from; the caller puts it. */
struct json_object *hooks_to_json(const struct hooks *h);
/* The schema of the list's items; the caller puts it. */
struct json_object *hooks_schema(void);
/* "2 hooks", for people. */
const char *hooks_text(const struct hooks *h, struct arena *a);

/* What keeps fetched bytes from being run, with a hint; 0: nothing. `pinned`: the answers are, so
 * that what lies beside them has to be as well. */
int hook_check_file(const struct hook *h, bool pinned, struct err *e) nodiscard;
/* The interpreter of a script's #! line, and its argument ("" for none); NULL: a program that is
 * none, or no script. From the arena. */
const char *hook_interpreter(const struct secret *bytes, struct arena *a,
			     const char **ret_argument);
