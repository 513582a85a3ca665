/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The squashfs image. libsquashfs reads the superblock, inodes, directories and the fragment table
 * and unpacks the blocks, which blocks.c fetches.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqfs/block.h>
#include <sqfs/compressor.h>
#include <sqfs/dir.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_reader.h>
#include <sqfs/super.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/blocks.h"
#include "store/source.h"

enum {
	PIECE_BYTES = 256 * 1024, /* of a file: fewer writes, and still in the cache */
	/* 16 bytes each in memory. An image of 128 GiB has so many, in blocks of 128 KiB; a damaged
	 * one may claim more than there is memory. */
	FRAGMENTS_MAX = 1 << 20,
};

struct image {
	struct source source;
	char *path;
	struct entries roots;	      /* sorted; ref is the inode's */
	sqfs_frag_table_t *fragments; /* only looked up in; all readers' */
};

struct reader {
	const struct image *image;
	sqfs_super_t super;
	sqfs_file_t *file;
	sqfs_compressor_t *unpacker;
	sqfs_meta_reader_t *inodes, *directories;
	int fd; /* of the image, for the blocks */
	struct blocks *blocks;
	uint8_t *piece;
	size_t piece_len, piece_capacity;
};

static const char *error_text(int code)
{
	switch (code) {
	case SQFS_ERROR_ALLOC: return "out of memory";
	case SQFS_ERROR_IO: return "input/output error";
	case SQFS_ERROR_COMPRESSOR: return "a block cannot be unpacked";
	case SQFS_ERROR_UNSUPPORTED: return "a compression or feature that is not supported";
	case SFQS_ERROR_SUPER_MAGIC: return "it is no squashfs image";
	case SFQS_ERROR_SUPER_VERSION: return "squashfs of another version";
	case SQFS_ERROR_NO_ENTRY: return "there is no such entry";
	default: return "it is damaged";
	}
}

static int image_error(const struct reader *r, int code, struct err *e, const char *what)
{
	err_set(e, code == SQFS_ERROR_UNSUPPORTED ? ERR_UNSUPPORTED : ERR_INVALID,
		"the medium may be damaged; write it again", "cannot read %s of the image %s", what,
		r->image->path);
	return err_why(e, "%s", error_text(code));
}

static void image_reader_free(struct reader *r)
{
	if (!r)
		return;
	blocks_free(r->blocks);
	sqfs_destroy(r->inodes);
	sqfs_destroy(r->directories);
	sqfs_destroy(r->unpacker);
	sqfs_destroy(r->file);
	mem_close_fd(&r->fd);
	free(r->piece);
	free(r);
}

static void reader_cleanup(struct reader **r)
{
	image_reader_free(*r);
}

static int open_unpacker(struct reader *r, struct err *e)
{
	sqfs_compressor_config_t config;
	int n = sqfs_compressor_config_init(&config, r->super.compression_id, r->super.block_size,
					    SQFS_COMP_FLAG_UNCOMPRESS);

	if (n == 0)
		n = sqfs_compressor_create(&config, &r->unpacker);
	if (n == 0 && (r->super.flags & SQFS_FLAG_COMPRESSOR_OPTIONS))
		n = r->unpacker->read_options(r->unpacker, r->file);
	return n ? image_error(r, n, e, "the compression") : 0;
}

static int open_tables(struct reader *r, struct err *e)
{
	const sqfs_super_t *s = &r->super;

	/* libsquashfs's limits: where the next table begins. */
	r->inodes = sqfs_meta_reader_create(r->file, r->unpacker, s->inode_table_start,
					    s->directory_table_start);
	r->directories = sqfs_meta_reader_create(r->file, r->unpacker, s->directory_table_start,
						 s->bytes_used);
	return r->inodes && r->directories ? 0 : image_error(r, SQFS_ERROR_ALLOC, e, "the tables");
}

static int open_image(struct reader *r, struct err *e)
{
	int n;

	r->fd = open(r->image->path, O_RDONLY | O_CLOEXEC);
	r->file = r->fd < 0 ? NULL : sqfs_open_file(r->image->path, SQFS_FILE_OPEN_READ_ONLY);
	if (!r->file)
		return err_errno(e, errno, NULL, "cannot open the image %s", r->image->path);
	n = sqfs_super_read(&r->super, r->file);
	if (n)
		return image_error(r, n, e, "the superblock");
	n = open_unpacker(r, e);
	return n < 0 ? n : open_tables(r, e);
}

static int image_reader_new(const struct source *s, struct reader **ret, struct err *e)
{
	_cleanup_(reader_cleanup) struct reader *r = xcalloc(1, sizeof(*r));
	int n;

	r->image = (const struct image *)s;
	r->fd = -1;
	n = open_image(r, e);
	if (n < 0)
		return n;
	r->blocks = blocks_new(r->fd, &r->super, r->unpacker, r->image->fragments);
	r->piece_capacity = r->super.block_size > PIECE_BYTES ? r->super.block_size : PIECE_BYTES;
	r->piece = xmalloc(r->piece_capacity);
	*ret = take(r);
	return 0;
}

/* --- inodes and directories ------------------------------------------------------------------ */

static int set_file(struct node *n, const sqfs_inode_generic_t *inode)
{
	n->kind = NODE_FILE;
	n->executable = inode->base.mode & SQFS_INODE_OWNER_X;
	n->links = inode->base.type == SQFS_INODE_EXT_FILE ? inode->data.file_ext.nlink : 1;
	return sqfs_inode_get_file_size(inode, &n->size);
}

/* libsquashfs ends the target with a NUL, but one inside it would cut it short. */
static int set_symlink(struct node *n, const sqfs_inode_generic_t *inode)
{
	n->kind = NODE_SYMLINK;
	n->target = (const char *)inode->extra;
	return strlen(n->target) == inode->data.slink.target_size ? 0 : SQFS_ERROR_CORRUPTED;
}

static int set_node(struct node *n, const sqfs_inode_generic_t *inode)
{
	switch (inode->base.type) {
	case SQFS_INODE_FILE:
	case SQFS_INODE_EXT_FILE: return set_file(n, inode);
	case SQFS_INODE_SLINK:
	case SQFS_INODE_EXT_SLINK: return set_symlink(n, inode);
	case SQFS_INODE_DIR:
	case SQFS_INODE_EXT_DIR: n->kind = NODE_DIRECTORY; return 0;
	default: n->kind = NODE_OTHER; return 0;
	}
}

static void image_node_clear(struct node *n)
{
	sqfs_free(n->inner);
	n->inner = NULL;
}

/* An inode by its reference: the block, relative to the table, and the offset in it. */
static int read_node(struct reader *r, uint64_t ref, struct node *ret, struct err *e)
{
	/* Not the inode's number, which a damaged image may give to two of them. */
	struct node node = {.fd = -1, .number = ref};
	sqfs_inode_generic_t *inode = NULL;
	int n = sqfs_meta_reader_read_inode(r->inodes, &r->super, ref >> 16, (size_t)(ref & 0xffff),
					    &inode);

	if (n)
		return image_error(r, n, e, "an inode");
	node.inner = inode;
	n = set_node(&node, inode);
	if (n) {
		image_node_clear(&node);
		return image_error(r, n, e, "an inode");
	}
	*ret = node;
	return 0;
}

static int image_list(struct reader *r, const struct node *directory, struct entries *ret,
		      struct err *e)
{
	sqfs_readdir_state_t state;
	sqfs_dir_entry_t *entry;
	sqfs_u64 ref;
	int n = sqfs_readdir_state_init(&state, &r->super, directory->inner);

	while (n == 0) {
		n = sqfs_meta_reader_readdir(r->directories, &state, &entry, NULL, &ref);
		if (n)
			break;
		entries_add(ret, (const char *)entry->name, (size_t)entry->size + 1, ref);
		sqfs_free(entry);
	}
	return n < 0 ? image_error(r, n, e, "a directory") : 0;
}

static int image_child(struct reader *r, const struct node *directory, const struct entries *list,
		       size_t i, struct node *ret, struct err *e)
{
	(void)directory;
	return read_node(r, list->items[i].ref, ret, e);
}

static int image_root(struct reader *r, const char *name, struct node *ret, struct err *e)
{
	const struct entries *list = &r->image->roots;
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, entries_name(list, middle));

		if (order == 0)
			return read_node(r, list->items[middle].ref, ret, e);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return err_set(e, ERR_NOT_FOUND, NULL, "%s is not in the image %s", name, r->image->path);
}

/* --- files ----------------------------------------------------------------------------------- */

/* The tail of a file, in the block that it shares with others. */
static int find_tail(struct reader *r, const struct node *file, size_t len, const uint8_t **ret)
{
	sqfs_u32 index, offset;
	int n = sqfs_inode_get_frag_location(file->inner, &index, &offset);

	if (n)
		return n;
	return index == UINT32_MAX ? SQFS_ERROR_CORRUPTED
				   : blocks_fragment(r->blocks, index, offset, len, ret);
}

/* Hands on what was gathered. */
static int flush(struct reader *r, piece_fn piece, void *ctx, struct err *e)
{
	size_t len = r->piece_len;

	r->piece_len = 0;
	return len ? piece(ctx, r->piece, len, e) : 0;
}

/* The full blocks, and the last one if it is no tail in a fragment; *left goes down. */
static int read_blocks(struct reader *r, const sqfs_inode_generic_t *inode, uint64_t *left,
		       piece_fn piece, void *ctx, struct err *e)
{
	size_t blocks = sqfs_inode_get_file_block_count(inode), block_size = r->super.block_size;
	sqfs_u64 at;
	int n = sqfs_inode_get_file_block_start(inode, &at);

	for (size_t i = 0; i < blocks && *left && n == 0; i++) {
		size_t len = *left < block_size ? (size_t)*left : block_size;
		bool hole = SQFS_IS_SPARSE_BLOCK(inode->extra[i]);

		if (hole || r->piece_len + block_size > r->piece_capacity) {
			int m = flush(r, piece, ctx, e);

			if (m < 0)
				return m;
		}
		if (hole) {
			int m = piece(ctx, NULL, len, e);

			if (m < 0)
				return m;
		} else {
			n = blocks_read(r->blocks, at, inode->extra[i], r->piece + r->piece_len,
					len);
			r->piece_len += len;
		}
		at += SQFS_ON_DISK_BLOCK_SIZE(inode->extra[i]);
		*left -= len;
	}
	return n ? image_error(r, n, e, "a file") : 0;
}

static int read_tail(struct reader *r, const struct node *file, size_t len, piece_fn piece,
		     void *ctx, struct err *e)
{
	const uint8_t *tail = NULL;
	int n = len < r->super.block_size ? find_tail(r, file, len, &tail) : SQFS_ERROR_CORRUPTED;

	if (n)
		return image_error(r, n, e, "a file");
	/* One write for both, where there is room; a tail alone is not copied once more. */
	if (r->piece_len && r->piece_len + len <= r->piece_capacity) {
		memcpy(r->piece + r->piece_len, tail, len);
		r->piece_len += len;
		return 0;
	}
	n = flush(r, piece, ctx, e);
	return n < 0 ? n : piece(ctx, tail, len, e);
}

static int image_read_file(struct reader *r, const struct node *file, piece_fn piece, void *ctx,
			   struct err *e)
{
	uint64_t left = file->size;
	int n;

	r->piece_len = 0;
	n = read_blocks(r, file->inner, &left, piece, ctx, e);
	if (n == 0 && left)
		n = read_tail(r, file, left < SIZE_MAX ? (size_t)left : SIZE_MAX, piece, ctx, e);
	return n < 0 ? n : flush(r, piece, ctx, e);
}

/* --- the image as a source ------------------------------------------------------------------- */

static void image_free(struct source *s)
{
	struct image *image = (struct image *)s;

	entries_clear(&image->roots);
	sqfs_destroy(image->fragments);
	free(image->path);
	free(image);
}

static const struct source_ops image_ops = {
	.reader_new = image_reader_new,
	.reader_free = image_reader_free,
	.root = image_root,
	.list = image_list,
	.child = image_child,
	.read_file = image_read_file,
	.node_clear = image_node_clear,
	.free = image_free,
};

/* Replaces the list by that of one of its directories; true when there is one of that name. */
static bool descend(struct reader *r, struct entries *list, const char *name, int *n, struct err *e)
{
	for (size_t i = 0; i < list->count && *n == 0; i++) {
		struct node node;

		if (!str_eq(entries_name(list, i), name))
			continue;
		*n = read_node(r, list->items[i].ref, &node, e);
		entries_clear(list);
		if (*n == 0) {
			*n = image_list(r, &node, list, e);
			image_node_clear(&node);
		}
		return *n == 0;
	}
	return false;
}

/* Once: each reader has all of it otherwise. */
static int read_fragments(struct image *image, const struct reader *r, struct err *e)
{
	int n;

	if (r->super.fragment_entry_count > FRAGMENTS_MAX)
		return image_error(r, SQFS_ERROR_CORRUPTED, e, "the fragment table");
	image->fragments = sqfs_frag_table_create(0);
	n = image->fragments
		    ? sqfs_frag_table_read(image->fragments, r->file, &r->super, r->unpacker)
		    : SQFS_ERROR_ALLOC;
	return n ? image_error(r, n, e, "the fragment table") : 0;
}

static int list_roots(struct image *image, struct err *e)
{
	_cleanup_(reader_cleanup) struct reader *r = NULL;
	struct node top;
	int n = image_reader_new(&image->source, &r, e);

	if (n == 0)
		n = read_fragments(image, r, e);
	if (n == 0)
		n = read_node(r, r->super.root_inode_ref, &top, e);
	if (n < 0)
		return n;
	image->source.inodes = r->super.inode_count;
	n = image_list(r, &top, &image->roots, e);
	image_node_clear(&top);
	if (descend(r, &image->roots, "nix", &n, e))
		descend(r, &image->roots, "store", &n, e);
	if (n == 0)
		entries_sort(&image->roots);
	return n;
}

int image_open(const char *file, struct source **ret, struct err *e)
{
	_cleanup_source_ struct source *s = NULL;
	struct image *image = xcalloc(1, sizeof(*image));
	int n;

	image->source = (struct source){.ops = &image_ops, .kind = "the image"};
	image->path = xstrdup(file);
	s = &image->source;
	n = list_roots(image, e);
	if (n == 0)
		*ret = take(s);
	return n;
}
