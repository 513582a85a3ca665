/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look: what state.c judges, from this machine and from archibald-net. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/url.h"
#include "network/state.h"
#include "sources/sources.h"

enum { REPLY_MAX = 8 << 10 };

/* The kernel names what is wireless by a directory of its own. */
static bool is_wireless(const char *name)
{
	_cleanup_free_ char *path = xasprintf("/sys/class/net/%s/wireless", name);
	_cleanup_free_ char *phy = xasprintf("/sys/class/net/%s/phy80211", name);

	return access(path, F_OK) == 0 || access(phy, F_OK) == 0;
}

static struct net_interface *interface_of(struct arena *a, struct net_local *local,
					  const char *name)
{
	struct net_interface *n;

	for (size_t i = 0; i < local->list.count; i++)
		if (str_eq(local->list.items[i].name, name))
			return &local->list.items[i];
	n = list_push(a, &local->list);
	n->name = arena_strdup(a, name);
	str_sanitise(n->name);
	n->wireless = is_wireless(name);
	return n;
}

/* Reaches farther than the wire: RFC 3927, RFC 4291 (2.5.6). */
static bool reaches_far(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		return (ntohl(in->sin_addr.s_addr) >> 16) != 0xa9fe;
	}
	const struct sockaddr_in6 *in6 = (const void *)address;

	return !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

static void take_address(struct arena *a, struct net_interface *n, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes =
		address->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)address)
				  ->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)(const void *)address)
				  ->sin6_addr;

	if (!reaches_far(address)) {
		n->only_local = !n->address;
		return;
	}
	n->only_local = false;
	if (!n->address && inet_ntop(address->sa_family, bytes, text, sizeof(text)))
		n->address = arena_strdup(a, text);
}

int net_local_read(struct arena *a, struct net_local *ret, struct err *e)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return err_errno(e, errno, NULL, "cannot list the network interfaces");
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct net_interface *n;

		if (i->ifa_flags & IFF_LOOPBACK)
			continue;
		n = interface_of(a, ret, i->ifa_name);
		n->carrier |= (i->ifa_flags & IFF_UP) && (i->ifa_flags & IFF_RUNNING);
		if (i->ifa_addr &&
		    (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
			take_address(a, n, i->ifa_addr);
	}
	freeifaddrs(all);
	return 0;
}

/* false: nothing was found out. */
static bool ask(const struct net_asking *x, struct arena *a, struct net_seen *ret)
{
	_cleanup_free_ char *input = xasprintf("probe\n%s/nix-cache-info\n%s\n%d\n%u\n", x->url,
					       x->proxy ? x->proxy : "", REPLY_MAX, x->seconds);
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_secret_ struct secret reply = {0};
	struct err e;

	return !strpbrk(x->url, "\r\n") && !(x->proxy && strpbrk(x->proxy, "\r\n")) &&
	       net_ask(x->program, input, REPLY_MAX, &reply, &e) == 0 &&
	       json_parse(reply.bytes, reply.len, "archibald-net", &json, &e) == 0 &&
	       record_from_json(&net_seen_type, json, a, ret, &e) == 0;
}

struct net_state net_look(const struct net_asking *x, struct arena *a)
{
	struct net_local local = {0};
	struct net_seen seen = {0};
	struct net_state s;
	struct err e;

	/* Without the list it is judged as if there were none. */
	if (net_local_read(a, &local, &e) < 0)
		local = (struct net_local){0};
	s = net_judge(&local, NULL, x->url, time(NULL), a);
	if (s.layers[NET_ADDRESS].verdict != NET_OK || !ask(x, a, &seen))
		return s;
	return net_judge(&local, &seen, x->url, time(NULL), a);
}
