/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * variants: what a variant of the distribution is. The JSON files beside this header are the only
 * source; they are compiled in here and read by the Nix modules (builtins.fromJSON).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

/* A kernel parameter, why it is there, and on which machines. */
struct variant_param {
	const char *value, *why;
	uint32_t minimum_threads; /* only on machines with at least as many logical processors */
	const char *cpu_vendor;	  /* only on that vendor's ("GenuineIntel"); NULL: any */
	bool tuning;		  /* left out when the person does not want cores reserved */
	bool cores; /* behind its "=" stands a list of processors, which is the person's to change
		     */
};

struct variant_account {
	const char *role;  /* "audioUser" or "admin": the answers' key below "users" */
	const char *name;  /* the proposed login name */
	const char *login; /* "password": a password, a key or both; "key": SSH keys only */
	bool required;
	struct strings groups;
};

struct variant {
	const char *name, *title, *description;
	const char *system;    /* "x86_64-linux" */
	const char *artefact;  /* "isoImage", "sdImage", "toplevel" */
	struct strings boards; /* board names it is made for; empty: any of its architecture */
	bool audio, realtime_kernel, auto_login, splash;
	uint32_t default_quantum; /* samples at 48 kHz; 0 without audio */
	const char *quantum_why;
	const char *default_desktop;
	struct strings desktops;
	const char *governor, *governor_why;   /* CPU frequency governor; NULL: left alone */
	const char *no_hibernation;	       /* why it cannot; NULL: it can */
	struct strings rtirq;		       /* interrupt names by falling priority */
	uint64_t minimum_memory, minimum_disk; /* bytes; the disk's without swap and ESP */
	LIST_OF(struct variant_param) kernel_params;
	LIST_OF(struct variant_account) accounts;
};

struct variants {
	struct arena *arena;
	LIST_OF(struct variant) list; /* in the order iso, orangepi5, arm-generic, server */
};

/* Parses the compiled-in files; an error is a mistake in them. */
int variants_load(struct variants *ret, struct err *e) nodiscard;
void variants_clear(struct variants *v);
#define _cleanup_variants_ _cleanup_(variants_clear)

const struct variant *variants_find(const struct variants *v, const char *name); /* or NULL */
const struct variant_account *variant_account(const struct variant *v, const char *role);
