/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/sha256.h"
#include "base/str.h"
#include "base/url.h"

#define LABEL_PREFIX "label:"

enum { POLL_MS = 200 };

const char *const source_kind_names[] = {"nowhere",
					 "the command line",
					 "the kernel's command line",
					 "a file system labelled " SOURCE_VOLUME,
					 "the live medium",
					 NULL};

void source_clear(struct source *s)
{
	secret_wipe(&s->bytes);
	if (s->name)
		secret_zero(s->name, strlen(s->name));
	mem_free_ptr(&s->name);
	*s = (struct source){0};
}

char *source_shown(const char *name)
{
	char *copy;

	if (url_is(name))
		return url_shown(name);
	copy = xstrdup(name);
	str_sanitise(copy);
	return copy;
}

/* Waits for more, but not for ever, as a program that is to stop has to see that. What is not there
 * at once is no end: a pipe without a writer reads like an empty one until somebody has written. */
static int read_more(int fd, char *buf, size_t room, bool *ret_nobody, size_t *ret)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int ready = poll(&p, 1, POLL_MS);
	ssize_t n = read(fd, buf, room);

	*ret_nobody = n == 0 && ready <= 0;
	*ret = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return n > 0 || *ret_nobody;
	return errno == EINTR || errno == EAGAIN ? 1 : -errno;
}

static int read_all(int fd, unsigned wait, char *buf, size_t *ret_len)
{
	unsigned long waited = 0;
	bool nobody;
	size_t got;
	int n;

	while (*ret_len <= SOURCE_LIMIT) {
		n = read_more(fd, buf + *ret_len, (size_t)SOURCE_LIMIT + 1 - *ret_len, &nobody,
			      &got);
		*ret_len += got;
		if (n <= 0)
			return n;
		if (proc_is_cancelled())
			return -ECANCELED;
		waited += nobody ? POLL_MS : 0;
		if (waited > wait * 1000UL)
			return -ENODATA;
	}
	return 0;
}

static int explain(int error, const char *shown, unsigned wait, struct err *e)
{
	if (error == ECANCELED)
		return err_set(e, ERR_CANCELLED, NULL, "the answers %s were not read to their end",
			       shown);
	if (error != ENODATA)
		return err_errno(e, error, NULL, "cannot read the answers %s", shown);
	err_set(e, ERR_IO, "it is a named pipe: somebody has to write the answers to it",
		"cannot read the answers %s", shown);
	return err_why(e, "nobody opened it for writing within %u seconds", wait);
}

int file_read(int directory, const char *path, const char *shown, unsigned wait, struct secret *ret,
	      struct err *e)
{
	_cleanup_close_ int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	size_t len = 0;
	int n;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		err_set(e, ERR_NOT_FOUND, NULL, "cannot open the answers %s", shown);
		return err_why(e, "%s", strerror(ENOENT));
	}
	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open the answers %s", shown);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return err_errno(e, EISDIR, NULL, "cannot read the answers %s", shown);
	buf = xmalloc((size_t)SOURCE_LIMIT + 1);
	n = read_all(fd, wait, buf, &len);
	if (n == 0)
		secret_set(ret, buf, len);
	secret_zero(buf, len);
	return n < 0 ? explain(-n, shown, wait, e) : 0;
}

static int read_label(const struct sources *s, const char *name, struct secret *ret, struct err *e)
{
	const char *label = name + strlen(LABEL_PREFIX), *slash = strchr(label, '/');
	_cleanup_free_ char *volume = xasprintf("%.*s", (int)strcspn(label, "/"), label);

	return label_read(s->facts, volume, slash && slash[1] ? slash + 1 : SOURCE_FILE, ret, e);
}

static int read_place(const struct sources *s, const char *name, struct secret *ret, struct err *e)
{
	_cleanup_free_ char *shown = source_shown(name);

	if (url_is(name))
		return fetch_url(s, name, ret, e);
	if (str_starts(name, LABEL_PREFIX))
		return read_label(s, name, ret, e);
	return file_read(AT_FDCWD, name, shown, s->wait, ret, e);
}

static int check_pin(const struct source *source, const char *sha256_text, struct err *e)
{
	_cleanup_free_ char *shown = source_shown(source->name);

	if (!sha256_text)
		return 0;
	if (!sha256_valid(sha256_text))
		return err_set(e, ERR_INVALID, "sha256sum FILE prints it",
			       "the hash of the answers is no SHA-256: 64 hexadecimal digits");
	if (sha256_matches(source->bytes.bytes, source->bytes.len, sha256_text))
		return 0;
	err_set(e, ERR_MISMATCH, "it was changed, or the hash is of another version of it",
		"the answers %s are not the ones that were agreed on", shown);
	return err_why(e, "SHA-256 is %s, wanted %s",
		       sha256(source->bytes.bytes, source->bytes.len).s, sha256_text);
}

/* The places that a name stands for. A path that a person typed is what it is. */
static int places_of(const struct sources *s, const char *name, bool typed, struct arena *a,
		     struct strings *ret, struct err *e)
{
	if (!strchr(name, '{') || (typed && !url_is(name) && !str_starts(name, LABEL_PREFIX))) {
		strings_add(a, ret, name);
		return 0;
	}
	return template_expand(name, s->facts, url_is(name), a, ret, e);
}

static int none_of(const struct strings *places, struct err *e)
{
	_cleanup_str_ struct str all = {0};

	if (places->count == 1)
		return -(int)e->code;
	for (size_t i = 0; i < places->count; i++) {
		_cleanup_free_ char *shown = source_shown(places->items[i]);

		str_addf(&all, "%s%s", i ? ", " : "", shown);
	}
	err_set(e, ERR_NOT_FOUND, NULL, "none of the places has answers for this machine");
	return err_why(e, "tried %s", str_get(&all));
}

static int read_named(const struct sources *s, enum source_kind kind, const char *name,
		      const char *pin, struct source *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_source_ struct source found = {.kind = kind, .pinned = pin != NULL};
	struct strings places = {0};
	size_t i = 0;
	int n = places_of(s, name, kind == SOURCE_ARGUMENT, a, &places, e);

	if (n < 0)
		return n;
	do
		n = read_place(s, places.items[i], &found.bytes, e);
	while (n == -ERR_NOT_FOUND && ++i < places.count);
	if (n < 0)
		return n == -ERR_NOT_FOUND ? none_of(&places, e) : n;
	found.name = xstrdup(places.items[i]);
	n = check_pin(&found, pin, e);
	if (n == 0) {
		*ret = found;
		found = (struct source){0};
	}
	return n;
}

int sources_read(const struct sources *s, const char *name, struct source *ret, struct err *e)
{
	return read_named(s, SOURCE_ARGUMENT, name, s->sha256, ret, e);
}

static bool has_label(const struct facts *f)
{
	_cleanup_secret_ struct secret bytes = {0};
	struct err e;

	return label_read(f, SOURCE_VOLUME, SOURCE_FILE, &bytes, &e) != -ERR_NOT_FOUND;
}

/* Where a medium carries answers: an image's root, or what it was built with. */
static const char *medium_file(const struct sys *s)
{
	static const char *const places[] = {"iso/" SOURCE_FILE, "etc/archibald/" SOURCE_FILE};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (sys_exists(s, "%s", places[i]))
			return places[i];
	return NULL;
}

int sources_find(const struct sources *s, struct source *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *kernel = kernel_word(s->sys, a, "archibald.answers");
	const char *pin = kernel_word(s->sys, a, "archibald.answers.sha256");
	const char *medium = medium_file(s->sys);
	int n;

	if (s->argument)
		return sources_read(s, s->argument, ret, e);
	if (kernel && kernel[0])
		return read_named(s, SOURCE_KERNEL, kernel, pin, ret, e);
	if (has_label(s->facts))
		return read_named(s, SOURCE_LABEL, LABEL_PREFIX SOURCE_VOLUME "/" SOURCE_FILE, pin,
				  ret, e);
	if (medium) {
		_cleanup_free_ char *path = xasprintf("/%s", medium);
		_cleanup_source_ struct source found = {
			.kind = SOURCE_MEDIUM, .name = take(path), .pinned = pin != NULL};

		n = file_read(s->sys->rootfd, medium, found.name, 0, &found.bytes, e);
		n = n < 0 ? n : check_pin(&found, pin, e);
		if (n < 0)
			return n;
		*ret = found;
		found = (struct source){0};
		return 0;
	}
	if (pin)
		return err_set(
			e, ERR_NOT_FOUND, "archibald.answers= names them",
			"answers are pinned by archibald.answers.sha256, and there are none");
	*ret = (struct source){0};
	return 0;
}

/* The same place with another last part. Owned by the caller. */
static char *beside(const char *name, const char *file)
{
	const char *slash = strrchr(name, '/');

	if (url_is(name))
		return url_beside(name, file);
	if (str_starts(name, LABEL_PREFIX) && !slash)
		return xasprintf("%s/%s", name, file);
	return xasprintf("%.*s%s", slash ? (int)(slash + 1 - name) : 0, name, file);
}

int sources_read_beside(const struct sources *s, const struct source *source, const char *file,
			struct secret *ret, struct err *e)
{
	_cleanup_free_ char *name = beside(source->name, file);
	int n = read_place(s, name, ret, e);

	return n < 0 ? err_context(e, "%s, beside the answers", file) : 0;
}
