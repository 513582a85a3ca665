/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sha256: the hash of FIPS 180-4, to pin bytes that come from elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sha256_text {
	char s[65]; /* lower-case hexadecimal digits */
};

struct sha256_text sha256(const void *bytes, size_t len);
/* 64 hexadecimal digits of either case. */
bool sha256_valid(const char *text);
bool sha256_matches(const void *bytes, size_t len, const char *text);
