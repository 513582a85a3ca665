/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ssh_keys: public keys as a person gives them: one line of authorized_keys(5) without options,
 * or where such lines are: a file, an https address, the keys of a GitHub user. What is read
 * elsewhere is looked at as strictly as what is pasted. Pure, but for what `outside` reads.
 */
#pragma once

#include "answers/answers.h"

struct ssh_key {
	const char *type; /* as ssh-keygen(1) -l names it: "ED25519" */
	unsigned bits;
	char fingerprint[56]; /* "SHA256:" and base64 without padding */
	const char *comment;  /* in the line; "" when there is none */
};

/* false: no key that may let anybody in. `why` (NULL: not wanted) gets what is wrong with it, where
 * that can be said; it never repeats the text, which may be a secret. */
bool ssh_key_read(const char *line, struct ssh_key *ret, struct str *why);
/* It may be (a piece of) a private key: not to be shown, kept or logged. */
bool ssh_key_is_secret(const char *text);
/* "ED25519 256 SHA256:... comment"; NULL: it is no key. From the arena. */
const char *ssh_key_label(const char *line, struct arena *a);

/* A key, or a place of keys as it may be shown and logged (url_shown()). Owned by the caller. */
char *key_place_shown(const char *text);

/* For the question table. */
bool check_key_or_place(const char *text);
bool explain_key(const char *text, struct str *why);
/* The keys that a text stands for: itself, or those at a place. */
struct choices expand_keys(const struct interview *v, const char *text, struct arena *a,
			   struct str *why);

/* The places among the answers become the keys that lie there, all of them; what cannot be had or
 * used is a problem. */
void keys_resolve(const struct interview *v, struct problems *p);
