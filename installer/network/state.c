/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/state.h"

#include <string.h>

#include "base/str.h"
#include "base/sys.h"
#include "base/url.h"

enum {
	LABEL_COLUMN = 9,
	VERDICT_COLUMN = 18,
	CLOCK_TOLERANCE = 10 * 60, /* seconds */
	NIX_CONF_MAX = 64 << 10,
};
/* 2025-01-01: before that there was no such program, so that a clock that says so is wrong. */
#define CLOCK_FLOOR 1735689600

const char *const net_layer_names[] = {"link", "address", "DNS", "time", "cache", NULL};
const char *const net_verdict_names[] = {"unknown", "ok", "failed", NULL};

static void say(struct net_state *s, enum net_layer layer, enum net_verdict verdict,
		const char *what, const char *hint)
{
	s->layers[layer] = (struct net_finding){verdict, what, hint};
}

static void judge_link(const struct net_local *local, struct net_state *s, struct arena *a)
{
	const char *up = NULL, *down = NULL;
	bool wireless = false, wired = false;

	for (size_t i = 0; i < local->list.count; i++) {
		const struct net_interface *n = &local->list.items[i];
		const char **text = n->carrier ? &up : &down;

		*text = *text ? arena_printf(a, "%s, %s", *text, n->name) : n->name;
		wireless |= n->wireless && !n->carrier;
		wired |= !n->wireless && !n->carrier;
		s->wifi |= n->wireless;
	}
	if (up)
		say(s, NET_LINK, NET_OK, up, NULL);
	else if (!down)
		say(s, NET_LINK, NET_FAILED, "this machine has no network interface",
		    "its driver may be missing on this medium; a USB adapter is often known");
	else
		say(s, NET_LINK, NET_FAILED, arena_printf(a, "no connection at %s", down),
		    wireless && wired ? "plug in a cable, or join a Wi-Fi network"
		    : wireless	      ? "join a Wi-Fi network"
			       : "plug in a cable; is what is at its other end switched on?");
}

static void judge_address(const struct net_local *local, struct net_state *s, struct arena *a)
{
	const char *text = NULL;
	bool only_local = false;

	if (s->layers[NET_LINK].verdict != NET_OK)
		return;
	for (size_t i = 0; i < local->list.count; i++) {
		const struct net_interface *n = &local->list.items[i];

		if (!n->carrier)
			continue;
		only_local |= n->only_local;
		if (n->address)
			text = arena_printf(a, "%s%s%s (%s)", text ? text : "", text ? ", " : "",
					    n->address, n->name);
	}
	if (text)
		say(s, NET_ADDRESS, NET_OK, text, NULL);
	else
		say(s, NET_ADDRESS, NET_FAILED,
		    only_local ? "only an address of the link itself: no router or DHCP server "
				 "has given one"
			       : "no address: no router or DHCP server has given one",
		    "wait a moment and try again; nmtui or ip address add give one by hand");
}

static const char *time_text(time_t t, struct arena *a)
{
	char text[32] = "an unknown time";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	return arena_strdup(a, text);
}

static const char set_clock[] = "set it: date -u -s 'YYYY-MM-DD HH:MM'";

static void judge_time(const struct net_seen *seen, time_t now, struct net_state *s,
		       struct arena *a)
{
	uint64_t here = now > 0 ? (uint64_t)now : 0;
	uint64_t apart = seen->date > here ? seen->date - here : here - seen->date;

	if (seen->date && apart > CLOCK_TOLERANCE)
		say(s, NET_TIME, NET_FAILED,
		    arena_printf(a, "this machine's clock says %s, the server's %s%s",
				 time_text(now, a), time_text((time_t)seen->date, a),
				 seen->reached == NET_BAD_TIME ? ": good certificates look bad"
							       : ""),
		    set_clock);
	else if (now < CLOCK_FLOOR)
		say(s, NET_TIME, NET_FAILED,
		    arena_printf(a, "this machine's clock says %s%s", time_text(now, a),
				 seen->reached == NET_BAD_TIME ? ": good certificates look bad"
							       : ""),
		    set_clock);
	else if (seen->date)
		say(s, NET_TIME, NET_OK, time_text(now, a), NULL);
	else if (seen->reached == NET_BAD_TIME)
		say(s, NET_TIME, NET_FAILED,
		    arena_printf(a,
				 "by this machine's clock, which says %s, the server's certificate "
				 "is not valid",
				 time_text(now, a)),
		    set_clock);
}

static const char *host_of(const char *url, struct arena *a)
{
	_cleanup_free_ char *shown = url_shown(url);
	char *host = strstr(shown, "://");

	host = host ? host + 3 : shown;
	host[strcspn(host, "/:")] = '\0';
	return arena_strdup(a, host);
}

static void judge_names(const struct net_seen *seen, const char *url, struct net_state *s,
			struct arena *a)
{
	if (seen->reached == NET_NO_PROXY)
		say(s, NET_DNS, NET_FAILED, "the proxy's name is not known",
		    "is the proxy's address right?");
	else if (seen->reached == NET_NO_NAME)
		say(s, NET_DNS, NET_FAILED,
		    arena_printf(a, "%s is not known, or no name server answers", host_of(url, a)),
		    "is there a name server in /etc/resolv.conf, and is it reached? Where a proxy "
		    "is needed, set it");
	else if (seen->reached != NET_NOTHING)
		say(s, NET_DNS, NET_OK, host_of(url, a), NULL);
}

static void judge_answer(const struct net_seen *seen, const char *shown, struct net_state *s,
			 struct arena *a)
{
	if (seen->is_cache)
		say(s, NET_CACHE, NET_OK, shown, NULL);
	else if (seen->status == 407)
		say(s, NET_CACHE, NET_FAILED, "the proxy wants to know who asks (status 407)",
		    "a proxy without a password is needed, or one that knows this machine");
	else if (seen->status >= 400)
		say(s, NET_CACHE, NET_FAILED,
		    arena_printf(a, "%s answers with status %u", shown, seen->status),
		    seen->status == 404 ? "no binary cache is there: is the address right?"
					: "try again later");
	else
		say(s, NET_CACHE, NET_FAILED,
		    arena_printf(a, "something else answers in the place of %s", shown),
		    "a network that wants a login first? Open a web page on it");
}

static void judge_cache(const struct net_seen *seen, const char *url, struct net_state *s,
			struct arena *a)
{
	_cleanup_free_ char *text = url_shown(url);
	const char *shown = arena_strdup(a, text), *reason = seen->reason ? seen->reason : "";

	switch ((enum net_reached)seen->reached) {
	case NET_ANSWERED: judge_answer(seen, shown, s, a); break;
	case NET_NO_SERVER:
		say(s, NET_CACHE, NET_FAILED,
		    arena_printf(a, "%s cannot be reached: %s", shown, reason),
		    "where a proxy is needed, set it");
		break;
	case NET_BAD_TLS:
		say(s, NET_CACHE, NET_FAILED,
		    arena_printf(a, "%s does not prove who it is: %s", shown, reason),
		    "a proxy that opens connections needs its authority named by SSL_CERT_FILE");
		break;
	case NET_BAD_TIME:
		/* A right clock, and an old certificate. */
		if (s->layers[NET_TIME].verdict == NET_OK)
			say(s, NET_CACHE, NET_FAILED,
			    arena_printf(a, "the certificate of %s has run out", shown),
			    "try again later, or another cache");
		break;
	default: break;
	}
}

struct net_state net_judge(const struct net_local *local, const struct net_seen *seen,
			   const char *url, time_t now, struct arena *a)
{
	struct net_state s = {0};

	judge_link(local, &s, a);
	judge_address(local, &s, a);
	if (!seen) {
		if (now < CLOCK_FLOOR)
			judge_time(&(struct net_seen){0}, now, &s, a);
		return s;
	}
	judge_names(seen, url, &s, a);
	judge_time(seen, now, &s, a);
	judge_cache(seen, url, &s, a);
	return s;
}

bool net_is_up(const struct net_state *s)
{
	for (size_t i = 0; i < NET_LAYERS; i++)
		if (s->layers[i].verdict != NET_OK)
			return false;
	return true;
}

void net_state_text(const struct net_state *s, struct str *out)
{
	for (size_t i = 0; i < NET_LAYERS; i++) {
		const struct net_finding *f = &s->layers[i];

		str_add(out, net_layer_names[i]);
		str_pad(out, LABEL_COLUMN);
		str_add(out, net_verdict_names[f->verdict]);
		if (f->what) {
			str_pad(out, VERDICT_COLUMN);
			str_add(out, f->what);
		}
		str_addc(out, '\n');
	}
	for (size_t i = 0; i < NET_LAYERS; i++)
		if (s->layers[i].hint)
			str_addf(out, "%s: %s%s\n", net_layer_names[i], s->layers[i].hint,
				 str_ends(s->layers[i].hint, "?") ? "" : ".");
}

const char *net_cache_url(const struct sys *s, struct arena *a)
{
	char *text = sys_slurp(s, a, "etc/nix/nix.conf", NIX_CONF_MAX, NULL), *save = NULL;

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *words = NULL;

		if (!str_starts(line, "substituters") || !strchr(line, '='))
			continue;
		for (char *word = strtok_r(strchr(line, '=') + 1, " \t", &words); word;
		     word = strtok_r(NULL, " \t", &words))
			if (url_is(word) && str_is_safe(word))
				return word;
	}
	return NET_CACHE_URL;
}
