/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum {
	DEPTH_MAX = 100, /* each level holds a descriptor */
	/* A directory of so few entries is not opened: they are named from the store's directory.
	 */
	FEW_ENTRIES = 2,
	PATH_BYTES_MAX = 1024,
	INODE_BYTES = 4096, /* what a file or directory costs beside its contents, about */
	/* From here on a file's writing out is begun by itself, without a commit. */
	EARLY_BYTES = 512 * 1024,
	READ_BYTES = 64 * 1024,
};

/* Files of this path that have further links: where the first one was written. */
struct link {
	uint64_t device, number;
	char *path; /* NULL: it can have no more links */
};

struct walk {
	const struct source *source;
	struct reader *reader;
	struct nar *nar;
	struct walk_shared *shared;
	bool owner; /* root: needs no permission to fill a directory that is closed already */
	bool source_fault;
	uint64_t most; /* bytes of the path's NAR */
	struct link *links;
	size_t link_count, link_capacity;
	struct str path; /* of the node that is being written, below the store */
	/* The file that is being written. */
	int fd;
	bool hole_at_end;
	bool write_failed; /* by the target, or stopped: not the source's fault */
};

struct walk *walk_new(const struct source *s, struct walk_shared *shared, struct err *e)
{
	struct walk *w = xcalloc(1, sizeof(*w));

	w->source = s;
	w->shared = shared;
	w->owner = geteuid() == 0;
	w->nar = nar_new();
	if (s->ops->reader_new(s, &w->reader, e) < 0)
		return walk_free(w);
	return w;
}

static void forget_links(struct walk *w)
{
	for (size_t i = 0; i < w->link_count; i++)
		free(w->links[i].path);
	w->link_count = 0;
}

struct walk *walk_free(struct walk *w)
{
	if (!w)
		return NULL;
	if (w->reader)
		w->source->ops->reader_free(w->reader);
	nar_free(w->nar);
	forget_links(w);
	free(w->links);
	str_clear(&w->path);
	free(w);
	return NULL;
}

int walk_target_error(const char *which, int errno_value, struct err *e)
{
	if (errno_value == ENOSPC || errno_value == EDQUOT)
		return err_set(e, ERR_TOO_SMALL, "choose a larger disk, or a smaller variant",
			       "the target is full: %.200s could not be written", which);
	return err_errno(e, errno_value, "the disk may be failing; see dmesg",
			 "cannot write %.200s", which);
}

/* Says which file it was. */
static int target_error(const struct walk *w, int errno_value, struct err *e)
{
	return walk_target_error(str_get(&w->path), errno_value, e);
}

/* A failure of the source, remembered as such. */
static int of_source(struct walk *w, int n)
{
	w->source_fault = w->source_fault || n < 0;
	return n;
}

static int refuse(struct walk *w, struct err *e, const char *why)
{
	err_set(e, ERR_INVALID, "the medium may be damaged; write it again",
		"%.200s cannot be copied", str_get(&w->path));
	return of_source(w, err_why(e, "%s", why));
}

/* What could not be made. In a directory that was empty before, a name that is there already was in
 * the source twice; a name that no file system takes is its as well. The other paths may do better.
 */
static int making_error(struct walk *w, int errno_value, struct err *e)
{
	if (errno_value == EEXIST)
		return refuse(w, e, "a name is in its directory twice");
	if (errno_value == ENAMETOOLONG)
		return refuse(w, e,
			      "the target's file system takes no name or link of that length");
	return target_error(w, errno_value, e);
}

/* Before anything is made of the next `more` bytes. */
static int check_size(struct walk *w, uint64_t more, struct err *e)
{
	uint64_t size = nar_size(w->nar);

	if (size <= w->most && more <= w->most - size)
		return 0;
	err_set(e, ERR_INVALID, "the medium may be damaged; write it again",
		"%.200s cannot be copied", str_get(&w->path));
	err_why(e, "its size is more than the %llu bytes that are registered",
		(unsigned long long)w->most);
	return of_source(w, -ERR_INVALID);
}

static bool stopped(const struct walk *w)
{
	return w->shared->stop || (w->shared->cancelled && *w->shared->cancelled);
}

/* --- files ----------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* piece_fn: what is hashed is what is written. */
static int write_piece(void *ctx, const void *bytes, size_t len, struct err *e)
{
	struct walk *w = ctx;

	w->write_failed = true;
	if (stopped(w))
		return err_set(e, ERR_CANCELLED, NULL, "the copy was stopped");
	nar_file_bytes(w->nar, bytes, len);
	if (bytes ? write_all(w->fd, bytes, len) < 0 : lseek(w->fd, (off_t)len, SEEK_CUR) < 0)
		return target_error(w, errno, e);
	w->hole_at_end = !bytes;
	w->write_failed = false;
	atomic_fetch_add_explicit(&w->shared->bytes, len, memory_order_relaxed);
	if (bytes)
		flush_add(w->shared->flush, len);
	return 0;
}

static const struct timespec the_times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

/* The file's end: its size if a hole is last, its time, its way to the disk. */
static int finish_file(struct walk *w, const struct node *n, struct err *e)
{
	if ((w->hole_at_end && ftruncate(w->fd, (off_t)n->size) < 0) ||
	    futimens(w->fd, the_times) < 0)
		return target_error(w, errno, e);
	if (n->size >= EARLY_BYTES) {
		flush_file(w->shared->flush, w->fd);
		w->fd = -1;
	}
	return 0;
}

/* Makes the link if that file is written already. 1: made, 0: it is not, or an error */
static int link_again(struct walk *w, const struct node *n, int directory, const char *name,
		      struct err *e)
{
	for (size_t i = 0; i < w->link_count; i++) {
		struct link *l = &w->links[i];

		if (!l->path || l->device != n->device || l->number != n->number)
			continue;
		if (linkat(w->shared->store, l->path, directory, name, 0) == 0)
			return 1;
		/* As many as the file system can: the next copy begins a new set. */
		if (errno != EMLINK)
			return making_error(w, errno, e);
		mem_free_ptr(&l->path);
		l->path = NULL;
	}
	return 0;
}

static void remember_link(struct walk *w, const struct node *n)
{
	if (w->link_count == w->link_capacity) {
		w->link_capacity = w->link_capacity ? w->link_capacity * 2 : 16;
		w->links = xrealloc(w->links, w->link_capacity * sizeof(*w->links));
	}
	w->links[w->link_count++] = (struct link){
		.device = n->device, .number = n->number, .path = xstrdup(str_get(&w->path))};
}

static int hash_bytes(struct walk *w, uint64_t left, struct err *e)
{
	char bytes[READ_BYTES];

	while (left) {
		ssize_t got = read(w->fd, bytes, sizeof(bytes));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return target_error(w, got < 0 ? errno : EIO, e);
		if (stopped(w))
			return err_set(e, ERR_CANCELLED, NULL, "the copy was stopped");
		nar_file_bytes(w->nar, bytes, (uint64_t)got);
		atomic_fetch_add_explicit(&w->shared->bytes, (uint64_t)got, memory_order_relaxed);
		left -= (uint64_t)got < left ? (uint64_t)got : left;
	}
	return 0;
}

/* What was linked is hashed as it stands in the target: the source may mean something else. */
static int hash_linked(struct walk *w, int directory, const char *name, struct err *e)
{
	struct stat st;
	int r;

	w->fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &st) < 0) {
		r = target_error(w, errno, e);
	} else {
		nar_file_begin(w->nar, st.st_mode & S_IXUSR, (uint64_t)st.st_size);
		r = hash_bytes(w, (uint64_t)st.st_size, e);
		nar_file_end(w->nar);
	}
	mem_close_fd(&w->fd);
	return r;
}

static int open_file(struct walk *w, const struct node *n, int directory, const char *name,
		     struct err *e)
{
	w->hole_at_end = w->write_failed = false;
	w->fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       n->executable ? 0555 : 0444);
	return w->fd < 0 ? making_error(w, errno, e) : 0;
}

static int walk_file(struct walk *w, const struct node *n, int directory, const char *name,
		     struct err *e)
{
	int r = check_size(w, n->size, e);

	if (r < 0)
		return r;
	r = n->links > 1 ? link_again(w, n, directory, name, e) : 0;
	if (r)
		return r < 0 ? r : hash_linked(w, directory, name, e);
	if (n->links > 1)
		remember_link(w, n);
	r = open_file(w, n, directory, name, e);
	if (r < 0)
		return r;
	nar_file_begin(w->nar, n->executable, n->size);
	r = w->source->ops->read_file(w->reader, n, write_piece, w, e);
	if (!w->write_failed)
		of_source(w, r);
	nar_file_end(w->nar);
	if (r == 0)
		r = finish_file(w, n, e);
	mem_close_fd(&w->fd);
	return r;
}

static int walk_symlink(struct walk *w, const struct node *n, int directory, const char *name,
			struct err *e)
{
	int r;

	nar_symlink(w->nar, n->target);
	if (!n->target[0])
		return refuse(w, e, "a symlink leads to nothing");
	r = check_size(w, 0, e);
	if (r < 0)
		return r;
	if (symlinkat(n->target, directory, name) < 0)
		return making_error(w, errno, e);
	if (utimensat(directory, name, the_times, AT_SYMLINK_NOFOLLOW) < 0)
		return target_error(w, errno, e);
	return 0;
}

/* --- directories ----------------------------------------------------------------------------- */

static int walk_node(struct walk *w, const struct node *n, int directory, const char *name,
		     unsigned depth, struct err *e);

static bool name_is_safe(const char *name)
{
	return name[0] && !strchr(name, '/') && !str_eq(name, ".") && !str_eq(name, "..");
}

/* The directory the entries are made in; fd -1: it is not open, and they go by the whole path. */
static int walk_child(struct walk *w, const struct node *n, const struct entries *list, size_t i,
		      int fd, unsigned depth, struct err *e)
{
	const char *name = entries_name(list, i);
	size_t len = w->path.len;
	struct node child;
	int r;

	if (!name_is_safe(name))
		return refuse(w, e, "a name in a directory is not one");
	str_addc(&w->path, '/');
	str_add(&w->path, name);
	r = of_source(w, w->source->ops->child(w->reader, n, list, i, &child, e));
	if (r == 0) {
		nar_entry_begin(w->nar, name);
		r = fd >= 0 ? walk_node(w, &child, fd, name, depth + 1, e)
			    : walk_node(w, &child, w->shared->store, NULL, depth + 1, e);
		nar_entry_end(w->nar);
		w->source->ops->node_clear(&child);
	}
	if (r == 0) {
		w->path.len = len;
		w->path.s[len] = '\0';
	}
	return r;
}

static int walk_entries(struct walk *w, const struct node *n, const struct entries *list, int fd,
			unsigned depth, struct err *e)
{
	int r = 0;

	nar_directory_begin(w->nar);
	for (size_t i = 0; i < list->count && r == 0; i++)
		r = walk_child(w, n, list, i, fd, depth, e);
	nar_directory_end(w->nar);
	return r;
}

/* Last: each entry changed the directory's time. */
static int finish_directory(struct walk *w, int directory, const char *name, struct err *e)
{
	/* Who is not root had to leave it open for its entries. */
	if ((!w->owner && fchmodat(directory, name, 0555, 0) < 0) ||
	    utimensat(directory, name, the_times, 0) < 0)
		return target_error(w, errno, e);
	return 0;
}

static int fill_directory(struct walk *w, const struct node *n, int directory, const char *name,
			  unsigned depth, struct err *e)
{
	_cleanup_entries_ struct entries list = {0};
	_cleanup_close_ int fd = -1;
	int r = of_source(w, w->source->ops->list(w->reader, n, &list, e));

	if (r < 0)
		return r;
	entries_sort(&list);
	if (list.count > FEW_ENTRIES || w->path.len > PATH_BYTES_MAX) {
		fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return target_error(w, errno, e);
	}
	return walk_entries(w, n, &list, fd, depth, e);
}

static int walk_directory(struct walk *w, const struct node *n, int directory, const char *name,
			  unsigned depth, struct err *e)
{
	int r = check_size(w, 0, e);

	if (r < 0)
		return r;
	if (depth > DEPTH_MAX)
		return refuse(w, e, "its directories are nested too deeply");
	if (mkdirat(directory, name, w->owner ? 0555 : 0755) < 0)
		return making_error(w, errno, e);
	r = fill_directory(w, n, directory, name, depth, e);
	return r < 0 ? r : finish_directory(w, directory, name, e);
}

/* `name` NULL: `directory` is the store's, and the name is the whole path below it. */
static int walk_node(struct walk *w, const struct node *n, int directory, const char *name,
		     unsigned depth, struct err *e)
{
	_cleanup_free_ char *path = name ? NULL : xstrdup(str_get(&w->path));

	name = name ? name : path;
	if (stopped(w))
		return err_set(e, ERR_CANCELLED, NULL, "the copy was stopped");
	flush_add(w->shared->flush, INODE_BYTES);
	switch (n->kind) {
	case NODE_FILE: return walk_file(w, n, directory, name, e);
	case NODE_SYMLINK: return walk_symlink(w, n, directory, name, e);
	case NODE_DIRECTORY: return walk_directory(w, n, directory, name, depth, e);
	default: return refuse(w, e, "it is neither file, directory nor symlink");
	}
}

int walk_path(struct walk *w, const char *name, const char *as, uint64_t most,
	      unsigned char ret_hash[SHA256_BYTES], uint64_t *ret_size, bool *ret_source,
	      struct err *e)
{
	struct node node;
	int r;

	w->source_fault = false;
	w->most = most;
	str_clear(&w->path);
	str_add(&w->path, as);
	nar_start(w->nar);
	r = of_source(w, w->source->ops->root(w->reader, name, &node, e));
	if (r == 0) {
		r = walk_node(w, &node, w->shared->store, as, 0, e);
		w->source->ops->node_clear(&node);
	}
	forget_links(w);
	nar_end(w->nar, ret_hash, ret_size);
	*ret_source = w->source_fault;
	return r;
}

/* --- removing -------------------------------------------------------------------------------- */

static int remove_entries(int directory, const char *name, unsigned depth);

static int remove_one(int directory, const char *name, unsigned depth)
{
	if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	return remove_entries(directory, name, depth);
}

static int remove_entries(int directory, const char *name, unsigned depth)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 || depth > DEPTH_MAX + 1 ? NULL : fdopendir(fd);
	const struct dirent *d;
	int r = 0;

	if (!dir) {
		mem_close_fd(&fd);
		return -1;
	}
	/* It is closed already, and we may not be root. */
	if (fchmod(fd, 0700) < 0)
		r = -1;
	while (r == 0 && (d = readdir(dir)))
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			r = remove_one(fd, d->d_name, depth + 1);
	closedir(dir);
	return r < 0 ? r : unlinkat(directory, name, AT_REMOVEDIR);
}

int walk_remove(int directory, const char *name, struct err *e)
{
	if (remove_one(directory, name, 0) == 0)
		return 0;
	return err_errno(e, errno, NULL, "cannot remove an unfinished copy, %s", name);
}
