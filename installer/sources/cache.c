/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache: a binary cache as `nix copy --to file://DIRECTORY` makes one. Nix itself reads it, beside
 * what the system is configured to ask: it checks each NAR against its hash, and the hash's
 * signature against the keys it trusts, which nothing on the cache can add to.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"
#include "sources/sources.h"

#define INFO	    "nix-cache-info"
#define STORE_DIR   "/nix/store"
#define HOW_TO_MAKE "nix copy --to file://DIRECTORY makes one"

enum { KEY_BYTES = 32, KEY_TEXT = (KEY_BYTES + 2) / 3 * 4 };
enum {
	DESCRIPTIONS_MAX = 400, /* are read: of few hundred packages each other one needs glibc */
	LIBRARIES_MAX = 8,	/* one for each system that it has packages for, and older ones */
	HASH_LENGTH = 32,
};

/* The value of "Name: value"; NULL when no line has it. From the arena. */
static const char *field(struct arena *a, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			const char *value = line + len + 1 + strspn(line + len + 1, " ");

			return arena_strndup(a, value, strcspn(value, "\r\n"));
		}
	}
	return NULL;
}

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), tail = strlen(end);

	return len > tail && str_eq(s + len - tail, end);
}

/* Of packages; NULL when it cannot be read. */
static DIR *open_list(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		mem_close_fd(&fd);
	return dir;
}

static const char *next_description(DIR *dir)
{
	const struct dirent *d;

	while ((d = readdir(dir)))
		if (ends_in(d->d_name, ".narinfo"))
			return d->d_name;
	return NULL;
}

static bool has_packages(int directory)
{
	DIR *dir = open_list(directory);
	bool found = dir && next_description(dir);

	if (dir)
		closedir(dir);
	return found;
}

/* --- which system its packages are for ------------------------------------------------------ */

/* No description says it. But everything is linked to a C library, whose dynamic linker has the
 * architecture in its name. */
static const char *const linkers[] = {
	[ARCH_X86_64] = "ld-linux-x86-64.so.2",
	[ARCH_AARCH64] = "ld-linux-aarch64.so.1",
};

/* "HASH-glibc-2.40-66", and not one of its further outputs. */
static bool is_library(const char *name)
{
	static const char glibc[] = "-glibc-";

	return strcspn(name, "-") == HASH_LENGTH && str_starts(name + HASH_LENGTH, glibc) &&
	       !name[HASH_LENGTH + sizeof(glibc) - 1 +
		     strspn(name + HASH_LENGTH + sizeof(glibc) - 1, "0123456789.-")];
}

/* The C libraries that one description refers to. */
static void add_libraries(struct arena *a, int directory, const char *file, struct strings *ret)
{
	_cleanup_secret_ struct secret bytes = {0};
	struct err ignored;
	const char *references;
	char *save = NULL;

	if (file_read(directory, file, file, 0, &bytes, &ignored) < 0)
		return;
	references = field(a, arena_strndup(a, bytes.bytes, bytes.len), "References");
	if (!references)
		return;
	for (char *name = strtok_r(arena_strdup(a, references), " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		bool known = !is_library(name);

		for (size_t i = 0; i < ret->count && !known; i++)
			known = str_eq(ret->items[i], name);
		if (!known)
			strings_add(a, ret, name);
	}
}

struct seen {
	bool archs[ARRAY_SIZE(linkers)];
};

static void see_linker(void *ctx, const char *line)
{
	struct seen *seen = ctx;
	const char *slash = strrchr(line, '/');

	for (size_t i = 0; i < ARRAY_SIZE(linkers); i++)
		if (str_eq(slash ? slash + 1 : line, linkers[i]))
			seen->archs[i] = true;
}

/* Nix reads what is packed. Where it cannot, nothing is known. */
static void look_into(const char *url, const char *library, struct seen *seen)
{
	_cleanup_free_ char *path = xasprintf(STORE_DIR "/%s/lib", library);
	const char *const argv[] = {"nix",	   "--extra-experimental-features",
				    "nix-command", "store",
				    "ls",	   "--store",
				    url,	   path,
				    NULL};
	const struct proc p = {.argv = argv, .line = see_linker, .ctx = seen, .seconds = 60};
	struct err ignored;

	(void)!proc_run(&p, &ignored);
}

/* Refused is only what is surely for others: C libraries, and none of them for this machine. */
static int check_system(int directory, const char *url, const char *shown, enum arch arch,
			struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	DIR *dir = arch < ARRAY_SIZE(linkers) ? open_list(directory) : NULL;
	struct strings libraries = {0};
	struct seen seen = {0};
	const char *file;

	for (size_t n = 0; dir && n < DESCRIPTIONS_MAX && libraries.count < LIBRARIES_MAX &&
			   (file = next_description(dir));
	     n++)
		add_libraries(a, directory, file, &libraries);
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < libraries.count && !seen.archs[arch]; i++)
		look_into(url, libraries.items[i], &seen);
	for (size_t other = 0; other < ARRAY_SIZE(linkers) && dir; other++) {
		if (!seen.archs[other] || seen.archs[arch])
			continue;
		err_set(e, ERR_UNSUPPORTED, "fill it with packages for this machine: " HOW_TO_MAKE,
			"the packages in the binary cache %s are for another system", shown);
		return err_why(e, "they are for %s, this machine is %s", arch_names[other],
			       arch_names[arch]);
	}
	return 0;
}

/* ERR_NOT_FOUND: it is none; ERR_UNSUPPORTED: it is, but of no use here. */
static int check(int directory, const char *shown, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *file = xasprintf("%s/" INFO, shown);
	_cleanup_secret_ struct secret bytes = {0};
	int n = file_read(directory, INFO, file, 0, &bytes, e);
	const char *store;

	if (n < 0)
		return n;
	store = field(a, arena_strndup(a, bytes.bytes, bytes.len), "StoreDir");
	if (!store || !str_eq(store, STORE_DIR)) {
		err_set(e, ERR_UNSUPPORTED, HOW_TO_MAKE, "the binary cache %s is for another store",
			shown);
		return err_why(e, "its store is %.100s, not " STORE_DIR,
			       store ? store : "not named");
	}
	if (!has_packages(directory))
		return err_set(e, ERR_UNSUPPORTED, HOW_TO_MAKE,
			       "the binary cache %s holds no packages (no .narinfo)", shown);
	return 0;
}

/* By the open directory: one without a place in the tree has one in /proc, as long as it is open;
 * and in no such address is there anything that Nix would take for another: not every version of it
 * decodes "%20". */
static char *address_of(int directory)
{
	return xasprintf("file:///proc/%ld/fd/%d", (long)getpid(), directory);
}

/* Takes over the descriptor when it is one. */
static int take_cache(int *directory, const char *shown, enum arch arch, struct cache *ret,
		      struct err *e)
{
	_cleanup_free_ char *url = address_of(*directory);
	int n = check(*directory, shown, e);

	if (n == 0)
		n = check_system(*directory, url, shown, arch, e);
	if (n < 0)
		return n;
	*ret = (struct cache){.url = take(url), .shown = xstrdup(shown), .volume = *directory};
	*directory = -1;
	return 0;
}

int cache_open(const char *directory, enum arch arch, struct cache *ret, struct err *e)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, HOW_TO_MAKE, "there is no binary cache %s",
			       directory);
	if (fd < 0)
		return err_errno(e, errno, HOW_TO_MAKE, "cannot open the binary cache %s",
				 directory);
	return take_cache(&fd, directory, arch, ret, e);
}

int cache_find(const struct facts *f, const struct strings *erased, struct cache *ret,
	       struct err *e)
{
	_cleanup_close_ int fd = -1;
	int n = label_open(f, SOURCE_VOLUME, erased, &fd, e);

	*ret = (struct cache){.volume = -1};
	if (n == -ERR_NOT_FOUND || (n == 0 && faccessat(fd, INFO, F_OK, 0) < 0))
		return 0;
	return n < 0 ? n : take_cache(&fd, "label:" SOURCE_VOLUME, f->arch, ret, e);
}

void cache_clear(struct cache *c)
{
	mem_free_ptr(&c->url);
	mem_free_ptr(&c->shown);
	mem_close_fd(&c->volume);
}

bool cache_key_valid(const char *key)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *colon = strchr(key, ':');
	size_t len;

	if (!colon || colon == key || key[strcspn(key, " \t\r\n")])
		return false;
	len = strspn(colon + 1, base64);
	return strlen(colon + 1) == KEY_TEXT && len >= KEY_TEXT - 2 &&
	       strspn(colon + 1 + len, "=") == KEY_TEXT - len;
}
