/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/nar.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What frames small files is short: it is gathered, so that the hash is not called for eight
 * bytes. Data from a block on goes past it. */
enum { GATHER_BYTES = 32 * 1024, DIRECT_BYTES = 8 * 1024, ZERO_BYTES = 4096 };

struct nar {
	struct sha256 *hash;
	uint64_t size; /* of the archive so far */
	uint64_t file; /* bytes of the file so far */
	size_t gathered;
	char gather[GATHER_BYTES];
};

struct nar *nar_new(void)
{
	struct nar *n = xcalloc(1, sizeof(*n));

	n->hash = sha256_new();
	return n;
}

struct nar *nar_free(struct nar *n)
{
	if (n)
		sha256_free(n->hash);
	free(n);
	return NULL;
}

static void flush(struct nar *n)
{
	sha256_add(n->hash, n->gather, n->gathered);
	n->gathered = 0;
}

static void add(struct nar *n, const void *bytes, size_t len)
{
	n->size += len;
	if (n->gathered + len > sizeof(n->gather))
		flush(n);
	if (len >= DIRECT_BYTES) {
		flush(n);
		sha256_add(n->hash, bytes, len);
		return;
	}
	memcpy(n->gather + n->gathered, bytes, len);
	n->gathered += len;
}

static void add_number(struct nar *n, uint64_t value)
{
	uint64_t little = htole64(value);

	add(n, &little, sizeof(little));
}

static void pad(struct nar *n, uint64_t len)
{
	static const char zeros[8];

	add(n, zeros, (size_t)(-len & 7));
}

static void add_string(struct nar *n, const char *s)
{
	size_t len = strlen(s);

	add_number(n, len);
	add(n, s, len);
	pad(n, len);
}

static void add_strings(struct nar *n, const char *const *strings)
{
	for (; *strings; strings++)
		add_string(n, *strings);
}

void nar_start(struct nar *n)
{
	n->size = n->gathered = 0;
	sha256_start(n->hash);
	add_string(n, "nix-archive-1");
}

void nar_file_begin(struct nar *n, bool executable, uint64_t size)
{
	static const char *const plain[] = {"(", "type", "regular", "contents", NULL};
	static const char *const program[] = {"(", "type",     "regular", "executable",
					      "",  "contents", NULL};

	add_strings(n, executable ? program : plain);
	add_number(n, size);
	n->file = 0;
}

void nar_file_bytes(struct nar *n, const void *bytes, uint64_t len)
{
	static const char zeros[ZERO_BYTES];

	n->file += len;
	if (bytes) {
		add(n, bytes, (size_t)len);
		return;
	}
	for (; len > sizeof(zeros); len -= sizeof(zeros))
		add(n, zeros, sizeof(zeros));
	add(n, zeros, (size_t)len);
}

void nar_file_end(struct nar *n)
{
	pad(n, n->file);
	add_string(n, ")");
}

void nar_symlink(struct nar *n, const char *target)
{
	add_strings(n, (const char *const[]){"(", "type", "symlink", "target", target, ")", NULL});
}

void nar_directory_begin(struct nar *n)
{
	add_strings(n, (const char *const[]){"(", "type", "directory", NULL});
}

void nar_entry_begin(struct nar *n, const char *name)
{
	add_strings(n, (const char *const[]){"entry", "(", "name", name, "node", NULL});
}

void nar_entry_end(struct nar *n)
{
	add_string(n, ")");
}

void nar_directory_end(struct nar *n)
{
	add_string(n, ")");
}

uint64_t nar_size(const struct nar *n)
{
	return n->size;
}

void nar_end(struct nar *n, unsigned char ret_hash[SHA256_BYTES], uint64_t *ret_size)
{
	flush(n);
	sha256_end(n->hash, ret_hash);
	*ret_size = n->size;
}
