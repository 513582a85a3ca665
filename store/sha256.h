/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sha256: the hash that Nix knows the contents of a path by. By OpenSSL's libcrypto, in this one
 * file: it is kept well, uses the processor's SHA instructions on x86_64 and ARM64, and Nix itself
 * is linked to it, so that it is on every medium already. The kernel's AF_ALG would cost a system
 * call for every piece of data and goes without the SHA instructions on many machines.
 */
#pragma once

#include <stddef.h>

enum { SHA256_BYTES = 32 };

struct sha256;
struct sha256 *sha256_new(void);
struct sha256 *sha256_free(struct sha256 *h); /* NULL is fine; returns NULL */
void sha256_start(struct sha256 *h);	      /* also begins anew */
void sha256_add(struct sha256 *h, const void *bytes, size_t len);
void sha256_end(struct sha256 *h, unsigned char ret[SHA256_BYTES]);
