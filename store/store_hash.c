/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of a SHA-256 that Nix reads and writes. */
#include <string.h>

#include "base/str.h"
#include "store/registration.h"

enum { HEX_LENGTH = 64, NIX32_LENGTH = 52, BASE64_LENGTH = 44 };

static int digit(const char *alphabet, char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

static bool parse_hex(const char *s, unsigned char ret[SHA256_BYTES])
{
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		int high = digit("0123456789abcdef", s[2 * i]);
		int low = digit("0123456789abcdef", s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* Nix's own base 32: its alphabet leaves out e, o, t and u, and the last digit comes first. */
static bool parse_nix32(const char *s, unsigned char ret[SHA256_BYTES])
{
	memset(ret, 0, SHA256_BYTES);
	for (size_t n = 0; n < NIX32_LENGTH; n++) {
		int d = digit("0123456789abcdfghijklmnpqrsvwxyz", s[NIX32_LENGTH - n - 1]);
		size_t bit = n * 5, byte = bit / 8;
		unsigned shifted;

		if (d < 0)
			return false;
		shifted = (unsigned)d << (bit % 8);
		ret[byte] |= (unsigned char)(shifted & 0xff);
		if (shifted >> 8) {
			if (byte + 1 == SHA256_BYTES)
				return false;
			ret[byte + 1] |= (unsigned char)(shifted >> 8);
		}
	}
	return true;
}

static bool parse_base64(const char *s, unsigned char ret[SHA256_BYTES])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0;
	size_t n = 0;

	if (s[BASE64_LENGTH - 1] != '=')
		return false;
	for (size_t i = 0; i < BASE64_LENGTH - 1; i++) {
		int d = digit(alphabet, s[i]);

		if (d < 0)
			return false;
		bits = (bits << 6 | (unsigned)d) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			ret[n++] = (unsigned char)(bits >> count & 0xff);
		}
	}
	return (bits & ((1U << count) - 1)) == 0;
}

bool store_hash_parse(const char *text, unsigned char ret[SHA256_BYTES])
{
	bool sri = str_starts(text, "sha256-"), tagged = str_starts(text, "sha256:");
	const char *s = sri || tagged ? text + 7 : text;

	switch (strlen(s)) {
	case HEX_LENGTH: return !sri && parse_hex(s, ret);
	case NIX32_LENGTH: return !sri && parse_nix32(s, ret);
	case BASE64_LENGTH: return parse_base64(s, ret);
	default: return false;
	}
}
