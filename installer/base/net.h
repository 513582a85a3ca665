/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net: HTTP and HTTPS by libcurl, in the one program that loads it (archibald-net). Certificates
 * are always verified; there is no switch for it. A failure names its cause: the name, the
 * connection, the status, the certificate, or a clock that makes a good certificate look bad.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/net_seen.h"
#include "base/secret.h"

struct net_request {
	const char *url;
	const char *proxy; /* NULL: what http_proxy, https_proxy and no_proxy say */
	size_t limit;	   /* bytes of an answer that are still accepted */
	unsigned wait;	   /* seconds after which nothing is tried again; 0: tried once */
};

/* Bytes for a server. */
struct net_message {
	const char *url, *proxy; /* as above */
	const char *type;	 /* "application/json" */
	const void *body;
	size_t len;
	bool (*stop)(void *ctx); /* asked while it is sent: true gives it up */
	void *ctx;
};

/* POST, once. 0 for a status of 2xx alone: a redirection would lose the body. What the server says
 * is not looked at. ERR_CANCELLED when `stop` gave it up, else errors as of net_get(). */
int net_post(const struct net_message *m, struct err *e) nodiscard;

/*
 * Tries again, with pauses of 1, 2, 4, ... seconds, what may pass: no connection, time-outs, cut
 * connections and the statuses 408, 429 and 5xx. ERR_NOT_FOUND for 404 and 410 alone,
 * ERR_INVALID for an address that is none, ERR_TOO_SMALL for an answer over the limit, else
 * ERR_NETWORK.
 */
int net_get(const struct net_request *r, struct secret *ret, struct err *e) nodiscard;

/* How far one request to a binary cache's nix-cache-info comes, within r->wait seconds. Always says
 * something; the strings are owned by the arena. */
struct arena;
void net_probe(const struct net_request *r, struct arena *a, struct net_seen *ret);
