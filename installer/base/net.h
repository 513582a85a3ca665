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
#include "base/secret.h"

struct net_request {
	const char *url;
	const char *proxy; /* NULL: what http_proxy, https_proxy and no_proxy say */
	const char *body;  /* posted as `type`; NULL: a GET */
	const char *type;  /* "application/x-ndjson" */
	size_t body_len;
	size_t limit;  /* bytes of an answer that are still accepted */
	unsigned wait; /* seconds after which nothing is tried again; 0: tried once */
};

/*
 * Tries again, with pauses of 1, 2, 4, ... seconds, what may pass: no connection, time-outs, cut
 * connections and the statuses 408, 429 and 5xx. ERR_NOT_FOUND for 404 and 410 alone,
 * ERR_INVALID for an address that is none, ERR_TOO_SMALL for an answer over the limit, else
 * ERR_NETWORK. `ret` may be NULL. ret_status (may be NULL) is the last HTTP status, 0: none.
 */
int net_request(const struct net_request *r, struct secret *ret, long *ret_status,
		struct err *e) nodiscard;
