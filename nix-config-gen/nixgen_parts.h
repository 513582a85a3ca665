/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixgen_parts: the paragraphs of the two files, each with its blank line in front. Private to
 * nix-config-gen. All of them take a host that nixgen_check() let through.
 */
#pragma once

#include "nixgen.h"
#include "nixw.h"

/* nixgen_check.c */
int nixgen_check(const struct nix_host *h, struct err *e) nodiscard;

/* nixgen_hardware.c: the whole hardware-configuration.nix */
void nixgen_hardware(const struct nix_host *h, struct str *out);
/* nixgen_system.c: the whole default.nix, and a list whose items have reasons */
void nixgen_system(const struct nix_host *h, struct str *out);
void nixgen_reasons(struct nixw *w, const char *const *path, const struct nix_reason *items,
		    size_t count);

/* Paragraphs of default.nix */
void nixgen_users(struct nixw *w, const struct nix_host *h);
void nixgen_audio(struct nixw *w, const struct nix_host *h);
void nixgen_desktop(struct nixw *w, const struct nix_host *h);
bool nixgen_desktop_known(const char *desktop);
/* NULL: nobody is logged in without being asked */
const char *nixgen_auto_login(const struct nix_host *h);
