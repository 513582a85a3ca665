/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source: where store paths are read from: the medium's squashfs image itself (image.c), or a
 * directory that holds them (tree.c): slower, because the kernel's squashfs reads and unpacks page
 * by page. A source is shared and never changes; each thread reads through a reader of its own,
 * whose memory is fixed. What is read is not trusted: names and depths are checked by the walk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum node_kind { NODE_FILE, NODE_DIRECTORY, NODE_SYMLINK, NODE_OTHER };

struct node {
	enum node_kind kind;
	bool executable;
	uint64_t size; /* of a file */
	/* Which file it is: the same for all links to it, and for nothing else. */
	uint64_t device, number;
	uint32_t links;	    /* of a file: above 1, it may be met again */
	const char *target; /* of a symlink; goes with the node */
	void *inner;	    /* the source's */
	int fd;		    /* the source's; -1: none */
};

/* The entries of one directory. */
struct entries {
	struct entry {
		size_t name;  /* in names */
		uint64_t ref; /* the source's */
	} * items;
	size_t count, capacity;
	char *names;
	size_t names_len, names_capacity;
};
void entries_add(struct entries *list, const char *name, size_t len, uint64_t ref);
const char *entries_name(const struct entries *list, size_t i);
/* By the names' bytes, as NARs want them. */
void entries_sort(struct entries *list);
void entries_clear(struct entries *list);
#define _cleanup_entries_ __attribute__((cleanup(entries_clear)))

/* A piece of a file, in order; bytes NULL: that many zeros. 0 to go on; else read_file fails. */
typedef int (*piece_fn)(void *ctx, const void *bytes, size_t len, struct err *e);

struct reader;
struct source;

struct source_ops {
	/* A reader for one thread, owned by the caller. */
	int (*reader_new)(const struct source *s, struct reader **ret, struct err *e);
	void (*reader_free)(struct reader *r);
	/* A store path's root by its name. ERR_NOT_FOUND */
	int (*root)(struct reader *r, const char *name, struct node *ret, struct err *e);
	int (*list)(struct reader *r, const struct node *directory, struct entries *ret,
		    struct err *e);
	int (*child)(struct reader *r, const struct node *directory, const struct entries *list,
		     size_t i, struct node *ret, struct err *e);
	/* Exactly node->size bytes in pieces, or an error. */
	int (*read_file)(struct reader *r, const struct node *file, piece_fn piece, void *ctx,
			 struct err *e);
	void (*node_clear)(struct node *n);
	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	const char *kind; /* for people: "the image", "the mounted store" */
	uint64_t inodes;  /* all of it has at most; UINT64_MAX: not known */
};

/* The paths lie at the image's root, as NixOS makes it, or below nix/store. */
int image_open(const char *file, struct source **ret, struct err *e) nodiscard;
int tree_open(const char *directory, struct source **ret, struct err *e) nodiscard;
struct source *source_free(struct source *s); /* NULL is fine; returns NULL */
void source_cleanup(struct source **s);
#define _cleanup_source_ __attribute__((cleanup(source_cleanup)))
