/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/blocks.h"

#include <errno.h>
#include <sqfs/block.h>
#include <sqfs/error.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	WINDOW_BYTES = 512 * 1024,    /* of the image, packed; more falls out of the cache */
	KEPT_BYTES = 4 * 1024 * 1024, /* of fragments, unpacked */
	KEPT_MIN = 2,
	KEPT_MAX = 16,
	EMPTY = -1,
};

struct kept {
	int64_t index; /* of the fragment; EMPTY */
	uint64_t used; /* when */
	size_t len;
	uint8_t *bytes;
};

struct blocks {
	int fd;
	const sqfs_super_t *super;
	sqfs_compressor_t *unpacker;
	sqfs_frag_table_t *fragments;
	uint8_t *window, *packed; /* `packed`: of a fragment */
	uint64_t window_at;
	size_t window_len, window_capacity;
	uint64_t clock;
	size_t kept_count;
	struct kept kept[KEPT_MAX];
};

struct blocks *blocks_new(int fd, const sqfs_super_t *super, sqfs_compressor_t *unpacker,
			  sqfs_frag_table_t *fragments)
{
	struct blocks *b = xcalloc(1, sizeof(*b));
	size_t size = super->block_size;

	*b = (struct blocks){
		.fd = fd, .super = super, .unpacker = unpacker, .fragments = fragments};
	b->window_capacity = size > WINDOW_BYTES ? size : WINDOW_BYTES;
	b->window = xmalloc(b->window_capacity);
	b->packed = xmalloc(size);
	b->kept_count = KEPT_BYTES / size;
	if (b->kept_count < KEPT_MIN)
		b->kept_count = KEPT_MIN;
	if (b->kept_count > KEPT_MAX)
		b->kept_count = KEPT_MAX;
	for (size_t i = 0; i < b->kept_count; i++)
		b->kept[i] = (struct kept){.index = EMPTY, .bytes = xmalloc(size)};
	return b;
}

struct blocks *blocks_free(struct blocks *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->kept_count; i++)
		free(b->kept[i].bytes);
	free(b->window);
	free(b->packed);
	free(b);
	return NULL;
}

/* As much as there is, up to `len`. */
static int read_at(const struct blocks *b, uint8_t *into, size_t len, uint64_t at, size_t *ret)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(b->fd, into + got, len - got, (off_t)(at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SQFS_ERROR_IO;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret = got;
	return 0;
}

static bool lies_in_image(const struct blocks *b, uint64_t at, size_t len)
{
	return len <= b->super->block_size && at <= b->super->bytes_used &&
	       len <= b->super->bytes_used - at;
}

static bool in_window(const struct blocks *b, uint64_t at, size_t len)
{
	return at >= b->window_at && at + len <= b->window_at + b->window_len;
}

/* Packed bytes of the image, in the window; valid until the next call. */
static int window(struct blocks *b, uint64_t at, size_t len, const uint8_t **ret)
{
	int n;

	if (!lies_in_image(b, at, len))
		return SQFS_ERROR_OUT_OF_BOUNDS;
	if (!in_window(b, at, len)) {
		b->window_len = 0;
		n = read_at(b, b->window, b->window_capacity, at, &b->window_len);
		if (n)
			return n;
		b->window_at = at;
		if (b->window_len < len)
			return SQFS_ERROR_OUT_OF_BOUNDS;
	}
	*ret = b->window + (at - b->window_at);
	return 0;
}

/* Into `into`, which has room for a block, whether it was packed or not. */
static int unpack(struct blocks *b, const uint8_t *packed, uint32_t field, uint8_t *into,
		  size_t *ret_len)
{
	uint32_t len = SQFS_ON_DISK_BLOCK_SIZE(field);
	sqfs_s32 n;

	if (!SQFS_IS_BLOCK_COMPRESSED(field)) {
		memcpy(into, packed, len);
		*ret_len = len;
		return 0;
	}
	n = b->unpacker->do_block(b->unpacker, packed, len, into, b->super->block_size);
	if (n <= 0)
		return SQFS_ERROR_COMPRESSOR;
	*ret_len = (size_t)n;
	return 0;
}

int blocks_read(struct blocks *b, uint64_t at, uint32_t field, uint8_t *into, size_t len)
{
	const uint8_t *packed = NULL;
	size_t got = 0;
	int n = window(b, at, SQFS_ON_DISK_BLOCK_SIZE(field), &packed);

	if (n == 0)
		n = unpack(b, packed, field, into, &got);
	return n || got == len ? n : SQFS_ERROR_CORRUPTED;
}

/* Past the window, unless it lies in it: a fragment block is one among the data blocks, and what
 * comes behind it need not be what is wanted next. */
static int load(struct blocks *b, uint32_t index, struct kept *k)
{
	sqfs_fragment_t fragment;
	size_t got = 0, len;
	int n = sqfs_frag_table_lookup(b->fragments, index, &fragment);

	if (n)
		return n;
	len = SQFS_ON_DISK_BLOCK_SIZE(fragment.size);
	if (!lies_in_image(b, fragment.start_offset, len))
		return SQFS_ERROR_OUT_OF_BOUNDS;
	if (in_window(b, fragment.start_offset, len))
		return unpack(b, b->window + (fragment.start_offset - b->window_at), fragment.size,
			      k->bytes, &k->len);
	n = read_at(b, b->packed, len, fragment.start_offset, &got);
	if (n || got < len)
		return n ? n : SQFS_ERROR_OUT_OF_BOUNDS;
	return unpack(b, b->packed, fragment.size, k->bytes, &k->len);
}

/* The place that holds it, or that was not used for the longest time. */
static struct kept *place(struct blocks *b, uint32_t index)
{
	struct kept *oldest = &b->kept[0];

	for (size_t i = 0; i < b->kept_count; i++) {
		if (b->kept[i].index == (int64_t)index)
			return &b->kept[i];
		if (b->kept[i].used < oldest->used)
			oldest = &b->kept[i];
	}
	return oldest;
}

int blocks_fragment(struct blocks *b, uint32_t index, uint32_t offset, size_t len,
		    const uint8_t **ret)
{
	struct kept *k = place(b, index);

	if (k->index != (int64_t)index) {
		k->index = EMPTY;
		int n = load(b, index, k);

		if (n)
			return n;
		k->index = index;
	}
	k->used = ++b->clock;
	if (offset > k->len || len > k->len - offset)
		return SQFS_ERROR_CORRUPTED;
	*ret = k->bytes + offset;
	return 0;
}
