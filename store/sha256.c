/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

struct sha256 {
	EVP_MD_CTX *context;
	EVP_MD *method;
};

/* libcrypto fails here only for lack of memory or when it is not whole, and a hash that is not
 * taken must never pass for one that is right. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = xcalloc(1, sizeof(*h));

	h->context = EVP_MD_CTX_new();
	/* Fetched once: EVP_sha256() would look it up for each hash, under a lock. */
	h->method = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(h->context && h->method);
	return h;
}

struct sha256 *sha256_free(struct sha256 *h)
{
	if (h) {
		EVP_MD_CTX_free(h->context);
		EVP_MD_free(h->method);
	}
	free(h);
	return NULL;
}

void sha256_start(struct sha256 *h)
{
	must(EVP_DigestInit_ex2(h->context, h->method, NULL));
}

void sha256_add(struct sha256 *h, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate(h->context, bytes, len));
}

void sha256_end(struct sha256 *h, unsigned char ret[SHA256_BYTES])
{
	must(EVP_DigestFinal_ex(h->context, ret, NULL));
}
