/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/registration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/sys.h"

enum {
	HASH_LENGTH = 32,
	NAME_LENGTH_MAX = 255 -
			  (sizeof(".archibald-") - 1), /* of a directory entry, with our prefix */
	FILE_BYTES_MAX = 64 << 20,		       /* some 100,000 paths */
};

bool store_name_valid(const char *name)
{
	static const char hash[] = "0123456789abcdfghijklmnpqrsvwxyz";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789+-._?=";
	size_t len = strlen(name);

	return len <= NAME_LENGTH_MAX && strspn(name, hash) == HASH_LENGTH &&
	       name[HASH_LENGTH] == '-' && name[HASH_LENGTH + 1] &&
	       HASH_LENGTH + strspn(name + HASH_LENGTH, rest) == len;
}

/* The name of "/nix/store/NAME"; NULL when it is none. */
static const char *name_of(const char *path)
{
	if (str_starts(path, STORE_DIRECTORY "/"))
		path += strlen(STORE_DIRECTORY "/");
	return store_name_valid(path) ? path : NULL;
}

/* Line by line through a text whose line ends become NULs. */
struct reader {
	struct arena *arena; /* of what stays */
	char *at, *end;	     /* *end is a NUL */
	size_t line;	     /* of what was read last, from 1 */
};

static char *next_line(struct reader *r)
{
	char *line = r->at, *newline;

	if (!line || line == r->end)
		return NULL;
	newline = strchr(line, '\n');
	r->line++;
	r->at = newline ? newline + 1 : r->end;
	if (newline)
		*newline = '\0';
	return line;
}

static int wrong(const struct reader *r, struct err *e, const char *wanted, const char *got)
{
	char shown[128];

	snprintf(shown, sizeof(shown), "%.100s", got ? got : "the end");
	str_sanitise(shown);
	err_set(e, ERR_INVALID, "the medium may be damaged; write it again",
		"the registration of the store paths cannot be read");
	return err_why(e, "line %zu: %s was expected, not \"%s\"", r->line, wanted, shown);
}

static bool parse_number(const char *s, uint64_t *ret)
{
	char *end;

	if (!s || !*s || strspn(s, "0123456789") != strlen(s))
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno == 0;
}

static int parse_references(struct reader *r, struct store_path *p, struct err *e)
{
	const char *line = next_line(r);
	uint64_t count, most;

	if (!parse_number(line, &count))
		return wrong(r, e, "the number of references", line);
	/* No more than there are lines for. */
	most = (uint64_t)(r->end - r->at) / HASH_LENGTH + 1;
	p->references.items = arena_alloc(r->arena, sizeof(*p->references.items) *
							    (size_t)(count < most ? count : most));
	for (uint64_t i = 0; i < count; i++) {
		const char *name;

		line = next_line(r);
		name = line ? name_of(line) : NULL;
		if (!name)
			return wrong(r, e, "a store path that is referred to", line);
		p->references.items[p->references.count++] = name;
	}
	return 0;
}

/* One entry; the cursor stands behind its first line. */
static int parse_entry(struct reader *r, const char *path, struct store_path *p, struct err *e)
{
	const char *line;

	if (!name_of(path))
		return wrong(r, e, "a store path", path);
	p->name = arena_strdup(r->arena, name_of(path));
	line = next_line(r);
	if (!line || !store_hash_parse(line, p->hash))
		return wrong(r, e, "a SHA-256", line);
	line = next_line(r);
	if (!parse_number(line, &p->nar_size))
		return wrong(r, e, "a size", line);
	line = next_line(r);
	if (!line)
		return wrong(r, e, "a deriver", line);
	/* Only said, never needed. */
	p->deriver = arena_strdup(r->arena, name_of(line));
	return parse_references(r, p, e);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct store_path *)a)->name, ((const struct store_path *)b)->name);
}

/* Of one name: a registration that says two things of it cannot be right. */
static int check_same(const struct store_path *a, const struct store_path *b, struct err *e)
{
	if (a->nar_size == b->nar_size && memcmp(a->hash, b->hash, SHA256_BYTES) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "the medium may be damaged; write it again",
		       "%.220s is registered twice, with different contents", a->name);
}

/* Sorted, and each once: closureInfo's text may name a path again. */
static int sort_paths(struct registration *r, struct err *e)
{
	size_t kept = 0;

	if (r->paths.count)
		qsort(r->paths.items, r->paths.count, sizeof(*r->paths.items), compare);
	for (size_t i = 0; i < r->paths.count; i++) {
		const struct store_path *p = &r->paths.items[i];
		const struct store_path *last = kept ? &r->paths.items[kept - 1] : NULL;

		if (!last || compare(last, p) != 0)
			r->paths.items[kept++] = *p;
		else if (check_same(last, p, e) < 0)
			return -(int)e->code;
	}
	r->paths.count = kept;
	return 0;
}

/* The names that are referred to, out of the text, which is not kept: each is there once. */
static void keep_references(struct registration *r)
{
	for (size_t i = 0; i < r->paths.count; i++) {
		struct store_path *p = &r->paths.items[i];

		for (size_t k = 0; k < p->references.count; k++) {
			const char *name = p->references.items[k];
			const struct store_path *to = registration_find(r, name);

			p->references.items[k] = to ? to->name : arena_strdup(r->arena, name);
		}
	}
}

/* Cuts the text into lines. */
static int parse(char *text, size_t len, struct registration *ret, struct err *e)
{
	_cleanup_registration_ struct registration r = {.arena = arena_new()};
	struct reader reader = {.arena = r.arena, .at = text, .end = text + len};
	char *line;
	int n;

	if (memchr(text, '\0', len))
		return wrong(&reader, e, "text", "a NUL");
	while ((line = next_line(&reader))) {
		struct store_path p = {0};

		if (!line[0])
			continue;
		n = parse_entry(&reader, line, &p, e);
		if (n < 0)
			return n;
		*list_push(r.arena, &r.paths) = p;
	}
	n = sort_paths(&r, e);
	if (n < 0)
		return n;
	keep_references(&r);
	*ret = r;
	r.arena = NULL;
	return 0;
}

int registration_parse(const char *text, size_t len, struct registration *ret, struct err *e)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	return parse(arena_strndup(arena, text, len), len, ret, e);
}

int registration_read(const char *file, struct registration *ret, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *arena = arena_new();
	size_t len = 0;
	char *text = sys_slurp(&here, arena, file, FILE_BYTES_MAX, &len);

	if (!text)
		return err_errno(e, errno ? errno : EIO, NULL, "cannot read the registration %s",
				 file);
	return parse(text, len, ret, e);
}

void registration_clear(struct registration *r)
{
	r->arena = arena_free(r->arena);
}

struct store_path *registration_find(const struct registration *r, const char *name)
{
	const struct store_path key = {.name = name};

	return r->paths.count ? bsearch(&key, r->paths.items, r->paths.count,
					sizeof(*r->paths.items), compare)
			      : NULL;
}

static void add_once(struct arena *a, struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->items[i], s))
			return;
	strings_add(a, list, s);
}

int registration_want(struct registration *r, const char *root, struct strings *missing,
		      struct err *e)
{
	const char *name = name_of(root);
	struct store_path *first = name ? registration_find(r, name) : NULL;
	_cleanup_free_ struct store_path **stack = NULL;
	size_t depth = 0;

	if (!first)
		return err_set(e, ERR_NOT_FOUND,
			       "the medium's list of roots does not fit its store",
			       "%.150s is not registered on this medium", root);
	/* A path is put on it once, when it becomes wanted. */
	stack = xcalloc(r->paths.count, sizeof(struct store_path *));
	if (!first->wanted)
		stack[depth++] = first;
	first->wanted = true;
	while (depth) {
		const struct store_path *p = stack[--depth];

		for (size_t i = 0; i < p->references.count; i++) {
			struct store_path *to = registration_find(r, p->references.items[i]);

			if (!to)
				add_once(r->arena, missing, p->references.items[i]);
			else if (!to->wanted)
				stack[depth++] = to;
			if (to)
				to->wanted = true;
		}
	}
	return 0;
}

uint64_t store_size_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

struct store_size registration_wanted(const struct registration *r)
{
	struct store_size size = {0};

	for (size_t i = 0; i < r->paths.count; i++)
		if (r->paths.items[i].wanted) {
			size.paths++;
			size.bytes = store_size_add(size.bytes, r->paths.items[i].nar_size);
		}
	return size;
}

/* Takes away what refers to a path that is not there, until nothing changes any more. */
static void keep_closed(const struct registration *r, bool *in)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < r->paths.count; i++) {
			const struct store_path *p = &r->paths.items[i];

			for (size_t k = 0; k < p->references.count && in[i]; k++) {
				const struct store_path *to = registration_find(
					r, p->references.items[k]);

				if (!to || !in[to - r->paths.items])
					changed = !(in[i] = false);
			}
		}
	}
}

static void add_entry(struct str *out, const struct store_path *p)
{
	str_addf(out, STORE_DIRECTORY "/%s\n", p->name);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		str_addf(out, "%02x", p->hash[i]);
	str_addf(out, "\n%llu\n%s%s\n%zu\n", (unsigned long long)p->nar_size,
		 p->deriver ? STORE_DIRECTORY "/" : "", p->deriver ? p->deriver : "",
		 p->references.count);
	for (size_t i = 0; i < p->references.count; i++)
		str_addf(out, STORE_DIRECTORY "/%s\n", p->references.items[i]);
}

size_t registration_text(struct registration *r, struct str *out)
{
	_cleanup_free_ bool *in = xcalloc(r->paths.count + 1, sizeof(bool));
	size_t count = 0;

	for (size_t i = 0; i < r->paths.count; i++)
		in[i] = r->paths.items[i].present;
	keep_closed(r, in);
	for (size_t i = 0; i < r->paths.count; i++) {
		struct store_path *p = &r->paths.items[i];

		p->told = in[i];
		if (!in[i])
			continue;
		add_entry(out, p);
		count++;
	}
	return count;
}
