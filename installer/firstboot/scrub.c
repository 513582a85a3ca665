/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "answers/answers.h"
#include "answers/positions.h"
#include "base/mem.h"
#include "base/record.h"
#include "base/str.h"
#include "firstboot/run.h"

static bool is_secret(const struct question *q)
{
	return q->type == Q_SECRET || str_ends(q->key, ".passwordHash");
}

/* Takes "users.admin.password" out of the tree; false when it is not there. */
static bool take_out(struct json_object *tree, const char *key)
{
	_cleanup_free_ char *path = xstrdup(key);
	char *save = NULL, *name = strtok_r(path, ".", &save), *next;

	while ((next = strtok_r(NULL, ".", &save))) {
		if (!json_object_object_get_ex(tree, name, &tree) ||
		    !json_object_is_type(tree, json_type_object))
			return false;
		name = next;
	}
	if (!json_object_object_get_ex(tree, name, NULL))
		return false;
	json_object_object_del(tree, name);
	return true;
}

static bool take_out_of(struct json_object *tree)
{
	bool any = false;

	for (size_t i = 0; i < question_count; i++)
		any |= is_secret(&questions[i]) && take_out(tree, questions[i].key);
	return any;
}

/* The common answers, and those of single machines. */
static bool take_out_secrets(struct json_object *tree)
{
	struct json_object *hosts = NULL;
	bool any = take_out_of(tree);

	if (!json_object_object_get_ex(tree, "hosts", &hosts))
		return any;
	for (size_t i = 0; i < json_object_array_length(hosts); i++)
		any |= take_out_of(json_object_array_get_idx(hosts, i));
	return any;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	for (ssize_t n; len; bytes += n, len -= (size_t)n) {
		n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int zero_bytes(int fd)
{
	static const char zeros[512];
	struct stat st;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = write(fd, zeros, left < 512 ? (size_t)left : sizeof(zeros));

		if (n < 0 && errno != EINTR)
			return -errno;
		left -= n > 0 ? n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Where a file begins is in its directory entry on FAT, and the entry of the new name gets it with
 * the file, not with the directory. Until then it leads to the old one's bytes. */
static int move_over(const char *from, int fd, const char *to)
{
	_cleanup_free_ char *directory = xstrdup(to);
	_cleanup_close_ int dir = -1;

	if (rename(from, to) < 0 || fsync(fd) < 0)
		return -errno;
	*strrchr(directory, '/') = '\0';
	dir = open(directory[0] ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? -errno : 0;
}

/* By a file beside it, which is whole before the old bytes go; they go before it gets the name,
 * because afterwards nobody would know any more where they are. A cut in between leaves that file
 * (kept_beside()). FAT knows no modes, so that write_file_atomic's fchmod(2) would be refused. */
static int replace_file(const char *path, int old, const char *text)
{
	_cleanup_free_ char *temporary = xasprintf("%s.new", path);
	_cleanup_close_ int fd = open(temporary,
				      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int n = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	if (n < 0) {
		unlink(temporary);
		return n;
	}
	n = zero_bytes(old);
	return n == 0 ? move_over(temporary, fd, path) : n;
}

static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* A full medium has no room for a second file. What is cut off here is no answers any more, and is
 * taken for secrets the next time. */
static int overwrite(int fd, const char *text)
{
	int n = zero_bytes(fd);

	if (n == 0 && (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		n = -errno;
	if (n == 0 && write_all(fd, text, strlen(text)) < 0 && ftruncate(fd, 0) < 0)
		n = -errno;
	return n;
}

/* At most what an answer file may have; NULL with *error. The caller wipes it (SIZE bytes). */
enum { SIZE = ANSWERS_FILE_MAX + 2 };
static char *read_file(const char *path, size_t *ret_len, int *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *buf;
	ssize_t len;

	*error = fd < 0 ? -errno : 0;
	if (fd < 0)
		return NULL;
	buf = xmalloc(SIZE);
	len = read_all(fd, buf, SIZE - 1);
	buf[len < 0 ? 0 : len] = '\0';
	*ret_len = len < 0 ? 0 : (size_t)len;
	*error = len < 0 ? (int)len : 0;
	return buf;
}

static const char note[] = "// archibald first-boot has taken the secrets out.\n";

/* Wherever it stands now, and however the line ends: what a person adds keeps it. */
static bool has_note(const char *text, size_t len)
{
	return memmem(text, len, note, strlen(note) - 1) != NULL;
}

/* As an answer file's reader takes it, to its end: what stands under a name that is none, behind
 * the end or in no object may be a password. */
static bool is_accepted(const char *text, size_t len)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_answers_ struct answers *answers = answers_new();
	struct problems problems = {.arena = a};

	answers_parse(text, len, answers, &problems);
	return problems.list.count == 0 && !problems.unreadable;
}

/* Without its comments; of a text that was accepted. */
static struct json_object *parse(const char *text, bool *ret_comments)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct json_object *tree;

	blank_comments(copy, strlen(copy));
	*ret_comments = !str_eq(copy, text);
	/* A byte order mark. */
	tree = json_tokener_parse(copy + strcspn(copy, "{"));
	secret_zero(copy, strlen(copy));
	return tree;
}

/* What is to stand in its place; NULL: it has nothing to hide. Of what was not accepted nothing is
 * kept, and no comment ever: a password may be in it that somebody tried before. */
static char *cleaned(const char *content, size_t len, bool *ret_accepted)
{
	size_t head = str_starts(content, note) ? strlen(note) : 0;
	bool noted = has_note(content, len), comments, any;
	_cleanup_json_ struct json_object *tree = NULL;
	_cleanup_free_ char *text = NULL;

	*ret_accepted = is_accepted(content, len);
	if (!*ret_accepted)
		return str_eq(content, note) && len == strlen(note) ? NULL : xstrdup(note);
	tree = parse(content + head, &comments);
	any = take_out_secrets(tree);
	if (!any && !comments)
		return NULL;
	text = json_text(tree);
	return xasprintf("%s%s", any || noted ? note : "", text);
}

/* What was to come in the place of a file whose bytes were gone when the power went. NULL: none. */
static char *kept_beside(const char *path)
{
	_cleanup_free_ char *temporary = xasprintf("%s.new", path), *other = NULL;
	size_t len;
	bool accepted;
	int error;
	char *text = read_file(temporary, &len, &error);

	if (!text)
		return NULL;
	other = cleaned(text, len, &accepted);
	if (!other)
		return text;
	secret_zero(text, SIZE);
	free(text);
	return NULL;
}

/* NULL: there are no secrets in it. */
static char *without_secrets(const char *path, const char *content, size_t len)
{
	bool accepted;
	char *text = cleaned(content, len, &accepted);
	char *kept = text && !accepted ? kept_beside(path) : NULL;

	if (kept)
		free(text);
	return kept ? kept : text;
}

static int put_instead(const char *path, const char *text)
{
	_cleanup_close_ int old = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int n = old < 0 ? -errno : replace_file(path, old, text);

	return n == -ENOSPC ? overwrite(old, text) : n;
}

/* A new file that is not needed any more, because the old one has no secrets: there was a cut
 * before it got its name, and a person wrote another one since. */
static void remove_beside(const char *path)
{
	_cleanup_free_ char *temporary = xasprintf("%s.new", path);

	/* It has no secret; that it stays does no harm. */
	(void)unlink(temporary);
}

static int scrub(const char *path)
{
	_cleanup_free_ char *content = NULL, *text = NULL;
	size_t len;
	int error;

	content = read_file(path, &len, &error);
	if (!content)
		return error == -ENOENT ? 0 : error;
	if (error == 0)
		text = without_secrets(path, content, len);
	secret_zero(content, SIZE);
	if (text)
		return put_instead(path, text);
	if (error == 0)
		remove_beside(path);
	return error;
}

bool answers_were_scrubbed(const char *path)
{
	size_t len;
	int error;
	char *content = read_file(path, &len, &error);
	bool found = content && has_note(content, len);

	if (content)
		secret_zero(content, SIZE);
	free(content);
	return found;
}

/* Only whether it can be written to changes. */
static int remount(const char *point, bool writable)
{
	const unsigned long kept = ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_SYNCHRONOUS;
	struct statvfs v;

	if (statvfs(point, &v) < 0 ||
	    mount(NULL, point, NULL, MS_REMOUNT | (v.f_flag & kept) | (writable ? 0 : MS_RDONLY),
		  NULL) < 0)
		return -errno;
	return 0;
}

int answers_scrub(const char *path, struct err *e)
{
	_cleanup_free_ char *point = xstrdup(path);
	int n = scrub(path);

	/* The file lies where its file system is mounted. */
	*strrchr(point, '/') = '\0';
	if (n == -EROFS && remount(point, true) == 0) {
		n = scrub(path);
		/* Should that fail, the file is still as it is to be. */
		(void)remount(point, false);
	}
	return n < 0 ? err_errno(e, -n, "take them out by hand; it is tried again at each start",
				 "cannot take the secrets out of %s", path)
		     : 0;
}
