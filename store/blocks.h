/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blocks: the data blocks and fragments of a squashfs image, fetched and unpacked for one thread.
 * Memory is fixed by the image's block size, whatever the image holds. Errors are libsquashfs's.
 */
#pragma once

#include <sqfs/compressor.h>
#include <sqfs/frag_table.h>
#include <sqfs/super.h>
#include <stddef.h>
#include <stdint.h>

struct blocks;

/* What it reads with is borrowed. `fd` is the image, open for reading. */
struct blocks *blocks_new(int fd, const sqfs_super_t *super, sqfs_compressor_t *unpacker,
			  sqfs_frag_table_t *fragments);
struct blocks *blocks_free(struct blocks *b); /* NULL is fine; returns NULL */

/* A data block as the inode's table describes it, unpacked into `into`: exactly `len` bytes, at
 * most a block's size. Neighbours in the image cost one system call together. */
int blocks_read(struct blocks *b, uint64_t at, uint32_t field, uint8_t *into, size_t len);

/* `len` bytes in a fragment block; *ret is valid until the next call. The blocks that were used
 * last stay unpacked: neighbours share them, and identical files lead back to earlier ones. */
int blocks_fragment(struct blocks *b, uint32_t index, uint32_t offset, size_t len,
		    const uint8_t **ret);
