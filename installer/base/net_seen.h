/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net_seen: how far one request to a binary cache came; said by archibald-net, judged by
 * network/state.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

enum net_reached {
	NET_NOTHING,   /* what was asked is no address, or the like */
	NET_NO_NAME,   /* the server's name is not known, or no name server answers */
	NET_NO_PROXY,  /* nor the proxy's */
	NET_NO_SERVER, /* refused, no route, no answer */
	NET_BAD_TLS,   /* not the right certificate, or no TLS at all */
	NET_BAD_TIME,  /* by this machine's clock the certificate is not valid yet, or any more */
	NET_ANSWERED,  /* with a status */
};

struct net_seen {
	enum net_reached reached;
	uint32_t status; /* of HTTP; 0: none */
	uint64_t date;	 /* by the server's clock, seconds since 1970; 0: not said */
	bool is_cache;	 /* it answered as a binary cache does */
	char *reason;	 /* libcurl's words, safe to show; NULL: none */
};
extern const struct record_type net_seen_type;
