/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static bool take_out_secrets(struct json_object *tree)
{
	bool any = false;

	for (size_t i = 0; i < question_count; i++)
		any |= is_secret(&questions[i]) && take_out(tree, questions[i].key);
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

/* FAT knows no modes, so that write_file_atomic's fchmod(2) would be refused there. */
static int replace_file(const char *path, const char *text)
{
	static const char note[] = "// archibald first-boot has taken the secrets out.\n";
	_cleanup_free_ char *temporary = xasprintf("%s.new", path);
	_cleanup_free_ char *directory = xstrdup(path);
	_cleanup_close_ int fd = open(temporary,
				      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	_cleanup_close_ int dir = -1;
	int n = fd < 0 ? -errno : write_all(fd, note, strlen(note));

	if (n == 0)
		n = write_all(fd, text, strlen(text));
	if (n < 0 || rename(temporary, path) < 0)
		return n < 0 ? n : -errno;
	/* Where a file begins is in its directory entry on FAT, and the entry of the new name gets
	 * it with the file, not with the directory. Until then it leads to the old one's bytes. */
	if (fsync(fd) < 0)
		return -errno;
	*strrchr(directory, '/') = '\0';
	dir = open(directory[0] ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? -errno : 0;
}

/* The file has another name's bytes now; those of the old one are still ours by its descriptor. */
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

static int scrub(int fd, const char *path, char *buf, size_t size)
{
	_cleanup_json_ struct json_object *tree = NULL;
	_cleanup_free_ char *text = NULL;
	ssize_t len = read_all(fd, buf, size - 1);
	int n;

	if (len < 0)
		return (int)len;
	buf[len] = '\0';
	blank_comments(buf, (size_t)len);
	tree = json_tokener_parse(buf);
	/* What cannot be read may hold anything: nothing of it is kept. */
	if (!json_object_is_type(tree, json_type_object)) {
		json_object_put(tree);
		tree = json_object_new_object();
	} else if (!take_out_secrets(tree)) {
		return 0;
	}
	text = json_text(tree);
	n = replace_file(path, text);
	return n == 0 ? zero_bytes(fd) : n;
}

int answers_scrub(const char *path, struct err *e)
{
	enum { SIZE = ANSWERS_FILE_MAX + 2 };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *buf = NULL;
	int n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	buf = xmalloc(SIZE);
	n = fd < 0 ? -errno : scrub(fd, path, buf, SIZE);
	secret_zero(buf, SIZE);
	return n < 0 ? err_errno(e, -n, "take them out by hand",
				 "cannot take the secrets out of %s", path)
		     : 0;
}
