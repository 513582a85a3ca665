/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory with store paths in it: a mounted store. No symlink is followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/source.h"

enum { PIECE_BYTES = 256 * 1024 };

struct tree {
	struct source source;
	char *path;
	int fd;
};

struct reader {
	const struct tree *tree;
	char buffer[PIECE_BYTES];
};

static int tree_error(const struct reader *r, int errno_value, const char *name, struct err *e)
{
	return err_errno(e, errno_value, "the medium may be damaged; write it again",
			 "cannot read %s in %s", name, r->tree->path);
}

static int tree_reader_new(const struct source *s, struct reader **ret, struct err *e)
{
	(void)e;
	*ret = xmalloc(sizeof(**ret));
	(*ret)->tree = (const struct tree *)s;
	return 0;
}

static void tree_reader_free(struct reader *r)
{
	free(r);
}

static void tree_node_clear(struct node *n)
{
	free(n->inner);
	mem_close_fd(&n->fd);
	n->inner = NULL;
	n->fd = -1;
}

static int read_target(int dirfd, const char *name, struct node *n)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target));

	if (len < 0 || len == (ssize_t)sizeof(target))
		return len < 0 ? errno : ENAMETOOLONG;
	target[len] = '\0';
	n->kind = NODE_SYMLINK;
	n->inner = xstrdup(target);
	n->target = n->inner;
	return 0;
}

static int open_node(int dirfd, const char *name, const struct stat *st, struct node *n)
{
	int flags = S_ISDIR(st->st_mode) ? O_DIRECTORY : 0;

	n->kind = S_ISDIR(st->st_mode) ? NODE_DIRECTORY : NODE_FILE;
	n->executable = st->st_mode & S_IXUSR;
	n->size = (uint64_t)st->st_size;
	n->fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags);
	return n->fd < 0 ? errno : 0;
}

static int read_node(const struct reader *r, int dirfd, const char *name, struct node *ret,
		     struct err *e)
{
	struct node node = {.kind = NODE_OTHER, .fd = -1};
	struct stat st;
	int failed = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return tree_error(r, errno, name, e);
	node.device = st.st_dev;
	node.number = st.st_ino;
	node.links = (uint32_t)st.st_nlink;
	if (S_ISLNK(st.st_mode))
		failed = read_target(dirfd, name, &node);
	else if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))
		failed = open_node(dirfd, name, &st, &node);
	if (failed)
		return tree_error(r, failed, name, e);
	*ret = node;
	return 0;
}

static int tree_root(struct reader *r, const char *name, struct node *ret, struct err *e)
{
	int n = read_node(r, r->tree->fd, name, ret, e);

	if (n < 0 && faccessat(r->tree->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, ERR_NOT_FOUND, NULL, "%s is not in %s", name, r->tree->path);
	return n;
}

static int tree_list(struct reader *r, const struct node *directory, struct entries *ret,
		     struct err *e)
{
	int fd = fcntl(directory->fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	int failed;

	if (!dir) {
		failed = errno;
		mem_close_fd(&fd);
		return tree_error(r, failed, "a directory", e);
	}
	while (errno = 0, (d = readdir(dir)))
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			entries_add(ret, d->d_name, strlen(d->d_name), 0);
	failed = errno;
	closedir(dir);
	return failed ? tree_error(r, failed, "a directory", e) : 0;
}

static int tree_child(struct reader *r, const struct node *directory, const struct entries *list,
		      size_t i, struct node *ret, struct err *e)
{
	return read_node(r, directory->fd, entries_name(list, i), ret, e);
}

static int tree_read_file(struct reader *r, const struct node *file, piece_fn piece, void *ctx,
			  struct err *e)
{
	uint64_t left = file->size;
	int n = 0;

	while (left && n == 0) {
		size_t len = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
		ssize_t got = read(file->fd, r->buffer, len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return tree_error(r, got < 0 ? errno : EIO, "a file", e);
		n = piece(ctx, r->buffer, (size_t)got, e);
		left -= (uint64_t)got;
	}
	return n;
}

static void tree_free(struct source *s)
{
	struct tree *tree = (struct tree *)s;

	mem_close_fd(&tree->fd);
	free(tree->path);
	free(tree);
}

static const struct source_ops tree_ops = {
	.reader_new = tree_reader_new,
	.reader_free = tree_reader_free,
	.root = tree_root,
	.list = tree_list,
	.child = tree_child,
	.read_file = tree_read_file,
	.node_clear = tree_node_clear,
	.free = tree_free,
};

int tree_open(const char *directory, struct source **ret, struct err *e)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tree *tree;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open the store %s", directory);
	tree = xcalloc(1, sizeof(*tree));
	/* What its file system has says nothing: on a live medium there is an overlay before it. */
	tree->source = (struct source){
		.ops = &tree_ops, .kind = "the mounted store", .inodes = UINT64_MAX};
	tree->path = xstrdup(directory);
	tree->fd = fd;
	*ret = &tree->source;
	return 0;
}
