/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * network/state: how far this machine reaches, by layers, as a value. Each layer is ok, failed
 * (with what and a hint) or unknown, because one below it failed or it was not tried. What is seen
 * from here is read in this process; what takes names and servers is asked of archibald-net.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/net_seen.h"

struct str;

enum net_layer { NET_LINK, NET_ADDRESS, NET_DNS, NET_TIME, NET_CACHE, NET_LAYERS };
extern const char *const net_layer_names[];
enum net_verdict { NET_UNKNOWN, NET_OK, NET_FAILED };
extern const char *const net_verdict_names[];

struct net_finding {
	enum net_verdict verdict;
	const char *what; /* one line, safe to show; NULL: nothing to say */
	const char *hint; /* what to do; NULL: none */
};
struct net_state {
	struct net_finding layers[NET_LAYERS];
	bool wifi; /* there is a device for it */
};

/* A network interface, loopback left out. */
struct net_interface {
	char *name;
	bool wireless, carrier;
	char *address;	 /* one that reaches farther than the wire; NULL: none */
	bool only_local; /* it has addresses of the link alone */
};
struct net_local {
	LIST_OF(struct net_interface) list;
};
int net_local_read(struct arena *a, struct net_local *ret, struct err *e) nodiscard;

/* What is known, judged. `seen` NULL: nobody was asked. now: seconds since 1970, this machine's. */
struct net_state net_judge(const struct net_local *local, const struct net_seen *seen,
			   const char *url, time_t now, struct arena *a);
bool net_is_up(const struct net_state *s); /* every layer is ok */
/* A line for each layer, and the hint of what failed. */
void net_state_text(const struct net_state *s, struct str *out);

enum { NET_SECONDS = 10 }; /* for a name, a connection and an answer */
#define NET_CACHE_URL "https://cache.nixos.org"
/* The first binary cache that this machine's Nix asks (nix.conf(5)), or NET_CACHE_URL. */
struct sys;
const char *net_cache_url(const struct sys *s, struct arena *a);

struct net_asking {
	const char *program; /* archibald-net's path */
	const char *url;     /* of the cache */
	const char *proxy;   /* NULL: what the environment says */
	unsigned seconds;    /* for all of it */
};
/* All of it. Never fails: what cannot be found out is unknown. */
struct net_state net_look(const struct net_asking *asking, struct arena *a);
