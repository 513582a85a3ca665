/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum {
	/* NARs are smaller than what they become: blocks of 4 KiB are filled up (9 % of a real
	 * store), inodes and directories cost something. */
	ALLOWANCE_DIVISOR = 8,
	SPARE_BYTES = 16 << 20,
	AT_ONCE_MAX = 4,
	DEPTH_MAX = 100,
	NODE_NAR_BYTES = 96, /* a NAR has no less for each file */
};

struct taken {
	uint64_t bytes, inodes;
};

/* Links are shared with what stays, or counted once for each. What cannot be read is nothing. */
static void measure(int directory, const char *name, unsigned depth, struct taken *t)
{
	const struct dirent *d;
	struct stat st;
	DIR *dir;
	int fd;

	if (depth > DEPTH_MAX || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	t->bytes += (uint64_t)st.st_blocks * 512 / (S_ISDIR(st.st_mode) ? 1 : st.st_nlink);
	t->inodes++;
	if (!S_ISDIR(st.st_mode))
		return;
	fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		mem_close_fd(&fd);
		return;
	}
	while ((d = readdir(dir)))
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			measure(fd, d->d_name, depth + 1, t);
	closedir(dir);
}

/* --- bytes ----------------------------------------------------------------------------------- */

struct need {
	struct taken all;		   /* .inodes: of what is there already */
	struct taken largest[AT_ONCE_MAX]; /* of what is there already */
	bool *there;			   /* for each path */
	bool empty;			   /* nothing is there */
};

static void add_replaced(struct need *n, const struct taken *t)
{
	struct taken next = *t;

	for (size_t i = 0; i < ARRAY_SIZE(n->largest); i++) {
		struct taken here = n->largest[i];

		if (next.bytes <= here.bytes)
			continue;
		n->largest[i] = next;
		next = here;
	}
}

/* The store of a new file system: then no path has to be looked for. Not known: it is not. */
static bool is_empty(int store)
{
	int fd = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	bool empty = dir != NULL;

	if (!dir) {
		mem_close_fd(&fd);
		return false;
	}
	while (empty && (d = readdir(dir)))
		empty = str_eq(d->d_name, ".") || str_eq(d->d_name, "..");
	closedir(dir);
	return empty;
}

static void add_path(const struct room *r, struct need *n, size_t i)
{
	uint64_t nar = r->paths[i]->nar_size;
	uint64_t whole = store_size_add(nar, nar / ALLOWANCE_DIVISOR);
	struct taken t = {0};

	if (!n->empty)
		measure(r->store, r->paths[i]->name, 0, &t);
	n->there[i] = t.inodes > 0;
	if (n->there[i])
		add_replaced(n, &t);
	/* As much as its NAR: it is all there. */
	if (t.bytes < nar)
		n->all.bytes = store_size_add(n->all.bytes, whole - t.bytes);
}

/* What is there twice while it is replaced: the largest, by each thread one. */
static void add_twice(const struct room *r, struct need *n)
{
	for (size_t i = 0; i < ARRAY_SIZE(n->largest) && i < r->threads; i++) {
		n->all.bytes = store_size_add(n->all.bytes, n->largest[i].bytes);
		n->all.inodes += n->largest[i].inodes;
	}
	n->all.bytes = store_size_add(n->all.bytes, SPARE_BYTES);
}

static int check_bytes(const struct room *r, const struct statvfs *vfs, uint64_t needed,
		       struct err *e)
{
	uint64_t room = (uint64_t)vfs->f_bavail * vfs->f_frsize, bytes = 0;

	if (room >= needed)
		return 0;
	for (size_t i = 0; i < r->count; i++)
		bytes = store_size_add(bytes, r->paths[i]->nar_size);
	err_set(e, ERR_TOO_SMALL, "choose a larger disk, or a smaller variant",
		"the store does not fit into the target: needed %s, there are %s",
		size_text(needed).s, size_text(room).s);
	return err_why(e, "%zu paths of %s are to be copied to %s", r->count, size_text(bytes).s,
		       r->name);
}

/* --- inodes ---------------------------------------------------------------------------------- */

struct counting {
	const struct room *room;
	struct reader *reader;
	uint64_t count, most; /* more than `most` is not counted any more */
};

static bool enough(const struct counting *c)
{
	return c->count > c->most || (c->room->cancelled && *c->room->cancelled);
}

/* What cannot be read is left out by the copy, too. */
static void count_node(struct counting *c, const struct node *n, unsigned depth)
{
	const struct source_ops *ops = c->room->source->ops;
	_cleanup_entries_ struct entries list = {0};
	struct err e;

	c->count++;
	if (n->kind != NODE_DIRECTORY || depth > DEPTH_MAX || enough(c) ||
	    ops->list(c->reader, n, &list, &e) < 0)
		return;
	for (size_t i = 0; i < list.count && !enough(c); i++) {
		struct node child;

		if (ops->child(c->reader, n, &list, i, &child, &e) < 0)
			continue;
		count_node(c, &child, depth + 1);
		ops->node_clear(&child);
	}
}

static uint64_t count_path(const struct counting *all, const struct store_path *p)
{
	uint64_t in_nar = p->nar_size / NODE_NAR_BYTES + 1;
	struct counting c = *all;
	struct node node;
	struct err e;

	c.count = 0;
	c.most = all->most - all->count < in_nar ? all->most - all->count : in_nar;
	if (c.room->source->ops->root(c.reader, p->name, &node, &e) < 0)
		return 0;
	count_node(&c, &node, 0);
	c.room->source->ops->node_clear(&node);
	return c.count;
}

/* Of what is not there yet; as far as `most` at least. */
static int count_new(const struct room *r, const struct need *n, uint64_t most, uint64_t *ret,
		     struct err *e)
{
	struct counting c = {.room = r, .most = most};
	int failed = r->source->ops->reader_new(r->source, &c.reader, e);

	if (failed < 0)
		return failed;
	for (size_t i = 0; i < r->count && !enough(&c); i++)
		if (!n->there[i])
			c.count += count_path(&c, r->paths[i]);
	r->source->ops->reader_free(c.reader);
	*ret = c.count;
	return 0;
}

/* Counting reads all of the source's directories: only where all that it has would be too much. */
static int check_inodes(const struct room *r, const struct statvfs *vfs, const struct need *n,
			struct err *e)
{
	uint64_t room = vfs->f_favail, count = 0;
	int failed;

	/* btrfs has as many as it has bytes, and says none. */
	if (vfs->f_files == 0 ||
	    (r->source->inodes < room && n->all.inodes < room - r->source->inodes))
		return 0;
	failed = count_new(r, n, room, &count, e);
	if (failed < 0)
		return failed;
	count += n->all.inodes;
	if (count <= room)
		return 0;
	err_set(e, ERR_TOO_SMALL, "make the file system with more inodes, or choose a larger disk",
		"the store does not fit into the target: needed are %llu inodes at least, there "
		"are %llu",
		(unsigned long long)count, (unsigned long long)room);
	return err_why(e, "%zu paths are to be copied to %s", r->count, r->name);
}

int room_check(const struct room *r, struct err *e)
{
	_cleanup_free_ bool *there = xcalloc(r->count + 1, sizeof(*there));
	struct need n = {.there = there};
	struct statvfs vfs;
	int failed;

	if (r->count == 0)
		return 0;
	if (fstatvfs(r->store, &vfs) < 0)
		return err_errno(e, errno, NULL, "cannot ask %s for its room", r->name);
	n.empty = is_empty(r->store);
	for (size_t i = 0; i < r->count; i++)
		add_path(r, &n, i);
	add_twice(r, &n);
	failed = check_bytes(r, &vfs, n.all.bytes, e);
	return failed < 0 ? failed : check_inodes(r, &vfs, &n, e);
}
