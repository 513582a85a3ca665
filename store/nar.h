/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nar: the hash of a tree in Nix's archive format, without the archive. The caller walks the tree
 * as the format wants it, the entries of each directory in the order of their names' bytes.
 * (Format: Nix's nar specification; Dolstra's thesis, figure 5.2.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sha256.h"

struct nar;
struct nar *nar_new(void);
struct nar *nar_free(struct nar *n); /* NULL is fine; returns NULL */

void nar_start(struct nar *n);
void nar_file_begin(struct nar *n, bool executable, uint64_t size);
/* `bytes` NULL: that many zeros. All pieces together must be `size` bytes. */
void nar_file_bytes(struct nar *n, const void *bytes, uint64_t len);
void nar_file_end(struct nar *n);
void nar_symlink(struct nar *n, const char *target);
void nar_directory_begin(struct nar *n);
void nar_entry_begin(struct nar *n, const char *name); /* the node of that name follows */
void nar_entry_end(struct nar *n);
void nar_directory_end(struct nar *n);
uint64_t nar_size(const struct nar *n); /* so far */
/* The hash, and the size of the archive that was never written. */
void nar_end(struct nar *n, unsigned char ret_hash[SHA256_BYTES], uint64_t *ret_size);
