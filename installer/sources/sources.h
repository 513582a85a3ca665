/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources: where answers come from. In order: what the program's command line names; what the
 * kernel's names (archibald.answers=URL, PATH or label:NAME/PATH); answers.json on a file system
 * labelled ARCHIBALD; the live medium. The first that is named or there decides: when it cannot be
 * had, that is an error, and no other takes its place.
 *
 * Addresses, and paths of the kernel's command line, may hold {mac}, {serial}, {uuid} and {board}.
 * They are tried with each network interface's MAC, then with "default" in every place; only what
 * is not there (404, no such file) makes the next one tried.
 *
 * Nothing here knows what answers say, and nothing is left mounted.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/sys.h"
#include "facts/facts.h"

enum source_kind {
	SOURCE_NONE,
	SOURCE_ARGUMENT,
	SOURCE_KERNEL,
	SOURCE_LABEL,
	SOURCE_MEDIUM,
};
extern const char *const source_kind_names[]; /* for people */

enum { SOURCE_WAIT = 60, SOURCE_LIMIT = 1 << 20, LINE_RESERVE = 4096 };
#define SOURCE_FILE   "answers.json"
#define SOURCE_VOLUME "ARCHIBALD"

struct sources {
	const struct sys *sys;	   /* the kernel's command line, the live medium */
	const struct facts *facts; /* what {mac} and the others are; labels */
	const char *argument;	   /* of the program's command line; NULL: none */
	const char *sha256;	   /* the pin of it; NULL: none */
	const char *net;	   /* the path of archibald-net */
	const char *proxy; /* NULL: what the kernel's command line or the environment says */
	unsigned wait;	   /* seconds for which a network, or the writer of a pipe, is waited for */
};

struct source {
	enum source_kind kind;
	char *name; /* an address, a path or label:NAME/PATH; it may hold a password */
	bool pinned;
	struct secret bytes;
};
void source_clear(struct source *s);
#define _cleanup_source_ __attribute__((cleanup(source_clear)))

/* 0 with SOURCE_NONE when nothing is named and nothing is there. What is longer than SOURCE_LIMIT
 * is cut one byte behind it, for the reader to refuse with its numbers, or ERR_TOO_SMALL. */
int sources_find(const struct sources *s, struct source *ret, struct err *e) nodiscard;
/* Only what is named: the program's argument, or a name given to it later. */
int sources_read(const struct sources *s, const char *name, struct source *ret,
		 struct err *e) nodiscard;
/* A file in the same place; `file` is a name without a '/'. */
int sources_read_beside(const struct sources *s, const struct source *source, const char *file,
			struct secret *ret, struct err *e) nodiscard;
/* A name as people may see it. Owned by the caller. */
char *source_shown(const char *name);

/* A word of the kernel's command line: NULL when it is not there, "" without a value. The last one
 * counts. From the arena. */
const char *kernel_word(const struct sys *s, struct arena *a, const char *name);
/* archibald.unattended: whoever started this machine wants nobody to be asked. */
bool kernel_unattended(const struct sys *s);

/* Every place that a template stands for, in the order in which they are tried. `escape`: an
 * address; otherwise a path, in which no value can lead out of its directory. ERR_INVALID for an
 * unknown placeholder. */
int template_expand(const char *text, const struct facts *f, bool escape, struct arena *a,
		    struct strings *ret, struct err *e) nodiscard;

/* A binary cache to install from, too. `url` is for Nix; NULL: there is none. */
struct cache {
	char *url, *shown;
	int volume; /* its directory, held open; -1: none */
};
/* ERR_NOT_FOUND: it is none; ERR_UNSUPPORTED: of another store, for another architecture, or empty.
 * Asks `nix`, where there is one. */
int cache_open(const char *directory, enum arch arch, struct cache *ret, struct err *e) nodiscard;
/* On the file system labelled SOURCE_VOLUME, unless it lies on a disk that is erased. */
int cache_find(const struct facts *f, const struct strings *erased, struct cache *ret,
	       struct err *e) nodiscard;
void cache_clear(struct cache *c);
/* "NAME:BASE64", as nix-store --generate-binary-cache-key writes it. */
bool cache_key_valid(const char *key);

/* For the room's own parts: ERR_NOT_FOUND only when it is not there. */
/* One request to archibald-net (main_net.c): its lines, and the most that it may say. `input` is
 * the caller's to wipe. */
int net_ask(const char *program, const char *input, size_t limit, struct secret *ret,
	    struct err *e) nodiscard;
int fetch_url(const struct sources *s, const char *url, struct secret *ret,
	      struct err *e) nodiscard;
/* The file system of that label (capitals count, but on FAT), on none of the disks that are
 * `without` (NULL: none); ERR_NOT_FOUND when there is none, ERR_MISMATCH when it is not the only
 * one. *ret is the caller's, and its mount goes with it. */
int label_open(const struct facts *f, const char *label, const struct strings *without, int *ret,
	       struct err *e) nodiscard;
int label_read(const struct facts *f, const char *label, const char *path, struct secret *ret,
	       struct err *e) nodiscard;
/* What a pipe says is read to its end; `wait`: seconds for which somebody to write to it is waited
 * for. */
int file_read(int directory, const char *path, const char *shown, unsigned wait, struct secret *ret,
	      struct err *e) nodiscard;
