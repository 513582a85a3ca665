/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixw_fuzz: any bytes, written as a Nix string, name or comment, are read back as the same bytes.
 *
 * Twice: by a model of Nix's lexer in this file (src/libexpr/lexer.l), always; and in one batch by
 * nix-instantiate when it is there (else that half says skipped). Deterministic: NIXW_FUZZ_SEED
 * changes the seed. With -DNIXW_LIBFUZZER the model is libFuzzer's target instead.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "nix-config-gen/nixw.h"

enum { TEXT_MAX = 64, MODEL_ROUNDS = 100000, NIX_ROUNDS = 1500 };

static const char *const keywords[] = {
	"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit",
};

/* What a backslash makes of the byte behind it. */
static char unescaped(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

/* Reads "..." at the start of s. The bytes behind it, or NULL when there is no such string or it
 * interpolates. */
static const char *read_string(const char *s, struct str *ret)
{
	if (*s++ != '"')
		return NULL;
	while (*s && *s != '"') {
		if (s[0] == '$' && s[1] == '{')
			return NULL;
		if (s[0] == '$' && s[1] == '$') {
			str_add(ret, "$$");
			s += 2;
		} else if (s[0] == '\\' && s[1]) {
			str_addc(ret, unescaped(s[1]));
			s += 2;
		} else if (s[0] == '\r') {
			return NULL; /* Nix makes a newline of it */
		} else {
			str_addc(ret, *s++);
		}
	}
	return *s == '"' ? s + 1 : NULL;
}

static bool string_is_read_back(const char *text)
{
	_cleanup_str_ struct str nix = {0}, back = {0};
	const char *end;

	nixw_escape_string(&nix, text);
	end = read_string(str_get(&nix), &back);
	return end && *end == '\0' && str_eq(str_get(&back), text);
}

static bool name_is_read_back(const char *text)
{
	_cleanup_str_ struct str nix = {0}, back = {0};
	const char *end, *s;

	nixw_escape_name(&nix, text);
	s = str_get(&nix);
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (str_eq(s, keywords[i]))
			return false;
	if (*s != '"')
		return str_eq(s, text) && strspn(s, "0123456789-'") == 0 &&
		       !strpbrk(s, " \t\r\n.\"\\${}();=#/*");
	end = read_string(s, &back);
	return end && *end == '\0' && str_eq(str_get(&back), text);
}

/* Each line of it begins with #, and no other byte ends a line. */
static bool comment_stays_one(const char *text)
{
	_cleanup_nixw_ struct nixw w = {0};
	const char *s;

	nixw_comment(&w, text);
	for (s = str_get(&w.out); *s; s += strcspn(s, "\n") + 1) {
		if (*s != '#')
			return false;
		if (!strchr(s, '\n'))
			return false;
	}
	return !strchr(str_get(&w.out), '\r');
}

static bool holds(const char *text)
{
	return string_is_read_back(text) && name_is_read_back(text) && comment_stays_one(text);
}

#ifdef NIXW_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_str_ struct str text = {0};

	str_addn(&text, (const char *)data, size);
	if (!holds(str_get(&text)))
		abort();
	return 0;
}
#else

/* xorshift64* */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

/* A keyword now and then; else half of it is what means something to Nix, half any byte but NUL. */
static void random_text(uint64_t *state, char text[TEXT_MAX])
{
	static const char *const pieces[] = {
		"${", "$", "$$", "{",  "}",    "\\", "\"", "''", "\n",	    "\r",      "\r\n",
		"\t", "#", "/*", "*/", "; x=", " ",  ".",  "-",	 "inherit", "\x1b[0m", "\xc3\xa9",
	};
	size_t pieces_left = next(state) % 12, len = 0;

	if (next(state) % 32 == 0) {
		stpcpy(text, keywords[next(state) % ARRAY_SIZE(keywords)]);
		return;
	}
	while (pieces_left-- && len < TEXT_MAX - 16) {
		uint64_t r = next(state);
		const char *piece = pieces[(r >> 8) % ARRAY_SIZE(pieces)];

		if (r & 1)
			len += (size_t)(stpcpy(text + len, piece) - (text + len));
		else
			text[len++] = (char)(1 + (r >> 8) % 255);
	}
	text[len] = '\0';
}

static int model(uint64_t seed)
{
	char text[TEXT_MAX];

	for (int i = 0; i < MODEL_ROUNDS; i++) {
		random_text(&seed, text);
		if (!holds(text)) {
			_cleanup_str_ struct str nix = {0};

			nixw_escape_string(&nix, text);
			fprintf(stderr, "nixw_fuzz: round %d: written as %s\n", i, str_get(&nix));
			return 1;
		}
	}
	printf("nixw_fuzz: %d texts read back by the model\n", MODEL_ROUNDS);
	return 0;
}

/* A file of all texts as list items, names and comments, the raw bytes, and the comparison. */
struct batch {
	struct nixw body;
	struct str bytes, cases;
};

static void batch_case(struct batch *b, const char *text)
{
	str_addf(&b->cases, "    { o = %zu; l = %zu; }\n", b->bytes.len, strlen(text));
	str_add(&b->bytes, text);
}

static void batch_fill(struct batch *b, uint64_t seed)
{
	uint64_t state = seed;
	char text[TEXT_MAX];

	nixw_list(&b->body, ATTR("strings"));
	for (int i = 0; i < NIX_ROUNDS; i++) {
		random_text(&state, text);
		nixw_comment(&b->body, text);
		nixw_item_string(&b->body, text);
		batch_case(b, text);
	}
	nixw_list_end(&b->body);
	nixw_list(&b->body, ATTR("names"));
	for (int i = 0; i < NIX_ROUNDS; i++) {
		random_text(&state, text);
		nixw_item_open(&b->body);
		nixw_bool(&b->body, ATTR(text), true);
		nixw_item_close(&b->body);
		batch_case(b, text);
	}
	nixw_list_end(&b->body);
}

static int put(const char *dir, const char *name, const struct str *content)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	bool bad;

	if (!f)
		return -1;
	bad = fwrite(str_get(content), 1, content->len, f) != content->len;
	return fclose(f) != 0 || bad ? -1 : 0;
}

static int batch_write(const char *dir, uint64_t seed)
{
	struct batch b = {.body = {.depth = 1}};
	_cleanup_str_ struct str file = {0}, check = {0};
	int r;

	batch_fill(&b, seed);
	nixw_module(&file, "A batch of nixw_fuzz", &b.body);
	str_addf(&check,
		 "let\n"
		 "  batch = import ./batch.nix { };\n"
		 "  bytes = builtins.readFile ./bytes;\n"
		 "  got = batch.strings ++ map (s: builtins.head (builtins.attrNames s)) "
		 "batch.names;\n"
		 "  cases = [\n%s  ];\n"
		 "  at = builtins.elemAt;\n"
		 "  differs = i: at got i != builtins.substring (at cases i).o (at cases i).l "
		 "bytes;\n"
		 "in\n"
		 "assert builtins.length got == builtins.length cases;\n"
		 "builtins.filter differs (builtins.genList (i: i) (builtins.length cases))\n",
		 str_get(&b.cases));
	r = put(dir, "batch.nix", &file) | put(dir, "bytes", &b.bytes) |
	    put(dir, "check.nix", &check);
	nixw_clear(&b.body);
	str_clear(&b.bytes);
	str_clear(&b.cases);
	return r;
}

static void keep_line(void *ctx, const char *line)
{
	str_addf(ctx, "%s\n", line);
}

/* 0 when Nix read all of them back; -1 with the output kept for the person otherwise. */
static int nix_reads(const char *dir)
{
	_cleanup_free_ char *check = xasprintf("%s/check.nix", dir);
	_cleanup_str_ struct str said = {0};
	struct err e = {0};
	struct proc p = {
		.argv = (const char *const[]){"nix-instantiate", "--store", "dummy://", "--eval",
					      "--strict", check, NULL},
		.line = keep_line,
		.ctx = &said,
	};

	if (proc_run(&p, &e) < 0) {
		if (e.code == ERR_NOT_FOUND) {
			printf("nixw_fuzz: reading by nix-instantiate skipped (package nix-bin)\n");
			return 0;
		}
	} else if (str_eq(str_get(&said), "[ ]\n")) {
		printf("nixw_fuzz: %d texts read back by nix-instantiate\n", 2 * NIX_ROUNDS);
		return 0;
	}
	fprintf(stderr, "nixw_fuzz: %s: not the same bytes:\n%s", check, str_get(&said));
	return -1;
}

static void batch_remove(const char *dir)
{
	static const char *const names[] = {"batch.nix", "bytes", "check.nix"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
	}
	rmdir(dir);
}

int main(void)
{
	const char *given = getenv("NIXW_FUZZ_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) | 1 : 0x41726368ULL;
	char dir[] = "nixw_fuzz.XXXXXX"; /* in the working directory: ctest's own */
	_cleanup_free_ char *where = NULL;

	printf("nixw_fuzz: seed %" PRIu64 "\n", seed);
	if (model(seed) != 0 || !mkdtemp(dir))
		return 1;
	where = realpath(dir, NULL);
	if (!where || batch_write(where, seed) < 0 || nix_reads(where) < 0)
		return 1;
	batch_remove(where);
	return 0;
}
#endif
