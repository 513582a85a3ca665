/* SPDX-License-Identifier: GPL-3.0-or-later */
/* url: what can be said of an address without a network. */
#pragma once

#include <stdbool.h>

struct str;

/* Begins with http:// or https://, in either case. */
bool url_is(const char *text);
/* As a person may see it and a log may keep it: without user and password (everything up to the
 * last '@'), query and fragment, which may hold a token; made safe to show. Owned by the caller. */
char *url_shown(const char *url);
/* Appends text as one part of a path: everything but RFC 3986's unreserved characters as %XX. */
void url_escape(struct str *out, const char *text);
/* The address of a file beside another one; `name` is escaped. Owned by the caller. */
char *url_beside(const char *url, const char *name);
