/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/net_seen.h"

static const char *const reached_names[] = {"nothing", "no-name",  "no-proxy", "no-server",
					    "bad-tls", "bad-time", "answered", NULL};

static const struct field fields[] = {
	FIELD_NAMED(struct net_seen, "reached", reached, reached_names),
	FIELD(struct net_seen, "status", FIELD_U32, status),
	FIELD(struct net_seen, "date", FIELD_U64, date),
	FIELD(struct net_seen, "isCache", FIELD_BOOL, is_cache),
	FIELD(struct net_seen, "reason", FIELD_STRING, reason),
};
const struct record_type net_seen_type = RECORD_TYPE(struct net_seen, fields);
