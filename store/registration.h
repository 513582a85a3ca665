/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * registration: what a store knows about its paths, from the text that `nix-store --dump-db` and
 * nixpkgs' closureInfo write (a medium's nix-path-registration) and `nix-store --load-db` reads.
 * Per path, a line each: the path, its NAR hash (SHA-256: hexadecimal, Nix's base 32 or base 64,
 * with or without "sha256:" or "sha256-"), the NAR's size, the deriver or nothing, the number of
 * references, the references.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/sha256.h"

#define STORE_DIRECTORY "/nix/store"

struct str;

struct store_path {
	const char *name; /* "HASH-NAME", below the store's directory */
	unsigned char hash[SHA256_BYTES];
	uint64_t nar_size;
	const char *deriver; /* a name; NULL: none, or none that Nix would take */
	struct {
		const char **items; /* names, too; often its own among them */
		size_t count;
	} references;
	bool wanted;  /* set by registration_want */
	bool present; /* set by store_copy: it is in the target, whole and verified */
	bool told;    /* set by registration_text: Nix is told of it */
};

struct registration {
	struct arena *arena;
	LIST_OF(struct store_path) paths; /* sorted by name, each once */
};

/* ERR_INVALID names the line. Nothing of the text is kept but each name once. */
int registration_parse(const char *text, size_t len, struct registration *ret,
		       struct err *e) nodiscard;
int registration_read(const char *file, struct registration *ret, struct err *e) nodiscard;
void registration_clear(struct registration *r);
#define _cleanup_registration_ _cleanup_(registration_clear)

struct store_path *registration_find(const struct registration *r, const char *name);

/*
 * Marks the closure of one root ("/nix/store/HASH-NAME" or the name alone) as wanted.
 * ERR_NOT_FOUND when the root is not registered. Of what it refers to and nobody knows, the names
 * are added to `missing`: their referrers cannot be registered without them.
 */
int registration_want(struct registration *r, const char *root, struct strings *missing,
		      struct err *e) nodiscard;

/* Number and size of what is wanted. */
struct store_size {
	uint64_t paths, bytes;
};
uint64_t store_size_add(uint64_t a, uint64_t b); /* UINT64_MAX at most */
struct store_size registration_wanted(const struct registration *r);

/* The text for `nix-store --load-db`, which takes all of it or nothing: the entries of what is
 * present and whose references are all present, too, for Nix registers nothing else. Returns how
 * many. */
size_t registration_text(struct registration *r, struct str *out);

/* "HASH-NAME" as Nix makes them: what may be made in a store's directory. */
bool store_name_valid(const char *name);
/* Any of the three spellings. */
bool store_hash_parse(const char *text, unsigned char ret[SHA256_BYTES]);
