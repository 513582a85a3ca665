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

#include "base/str.h"
#include "base/url.h"
#include "sources/sources.h"

#define INFO	    "nix-cache-info"
#define STORE_DIR   "/nix/store"
#define HOW_TO_MAKE "nix copy --to file://DIRECTORY makes one"

enum { KEY_BYTES = 32, KEY_TEXT = (KEY_BYTES + 2) / 3 * 4 };

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

static bool has_packages(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	bool found = false;

	if (!dir) {
		mem_close_fd(&fd);
		return false;
	}
	while (!found && (d = readdir(dir)))
		found = strlen(d->d_name) > strlen(".narinfo") &&
			str_eq(d->d_name + strlen(d->d_name) - strlen(".narinfo"), ".narinfo");
	closedir(dir);
	return found;
}

/* ERR_NOT_FOUND: it is none; ERR_UNSUPPORTED: it is, but of no use here. */
static int check(int directory, const char *shown, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *file = xasprintf("%s/" INFO, shown);
	_cleanup_secret_ struct secret bytes = {0};
	int n = file_read(directory, INFO, file, &bytes, e);
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

static char *file_url(const char *path)
{
	_cleanup_str_ struct str url = {0};
	_cleanup_free_ char *copy = xstrdup(path);
	char *save = NULL;

	str_add(&url, "file://");
	for (char *part = strtok_r(copy, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		str_addc(&url, '/');
		url_escape(&url, part);
	}
	return xstrdup(str_get(&url));
}

int cache_open(const char *directory, struct cache *ret, struct err *e)
{
	_cleanup_free_ char *absolute = realpath(directory, NULL);
	_cleanup_close_ int fd = -1;
	int n;

	if (absolute)
		fd = open(absolute, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, HOW_TO_MAKE, "there is no binary cache %s",
			       directory);
	if (fd < 0)
		return err_errno(e, errno, HOW_TO_MAKE, "cannot open the binary cache %s",
				 directory);
	n = check(fd, directory, e);
	if (n < 0)
		return n;
	*ret = (struct cache){.url = file_url(absolute), .shown = xstrdup(directory), .volume = -1};
	return 0;
}

int cache_find(const struct facts *f, const struct strings *erased, struct cache *ret,
	       struct err *e)
{
	_cleanup_close_ int fd = -1;
	int n = label_open(f, SOURCE_VOLUME, erased, &fd, e);

	*ret = (struct cache){.volume = -1};
	if (n == -ERR_NOT_FOUND || (n == 0 && faccessat(fd, INFO, F_OK, 0) < 0))
		return 0;
	if (n == 0)
		n = check(fd, "label:" SOURCE_VOLUME, e);
	if (n < 0)
		return n;
	/* Without a place in the tree it still has one in /proc, as long as it is open. */
	_cleanup_free_ char *path = xasprintf("/proc/%ld/fd/%d", (long)getpid(), fd);

	*ret = (struct cache){
		.url = file_url(path), .shown = xstrdup("label:" SOURCE_VOLUME), .volume = fd};
	fd = -1;
	return 0;
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
