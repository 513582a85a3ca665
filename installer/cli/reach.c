/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/url.h"
#include "cli/inputs.h"
#include "network/state.h"
#include "network/wifi.h"
#include "sources/sources.h"

/* A regular file of at most SOURCE_LIMIT bytes: a pipe would be waited for, a device has no end. */
static int read_file(const char *path, struct secret *ret, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	ssize_t n = 0;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > SOURCE_LIMIT)
		return err_set(e, ERR_INVALID, NULL, "%s is %s", path,
			       S_ISREG(st.st_mode) ? "larger than the 1 MiB that are allowed"
						   : "not a file");
	buf = xmalloc((size_t)st.st_size + 1);
	while (len < (size_t)st.st_size && (n = read(fd, buf + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	if (n >= 0)
		secret_set(ret, buf, len);
	secret_zero(buf, len);
	return n < 0 ? err_errno(e, errno, NULL, "cannot read %s", path) : 0;
}

static void say_busy(const struct reach *r, const char *text)
{
	if (r->busy)
		r->busy(r->busy_ctx, text);
}

static int reach_read(void *ctx, const char *place, struct secret *ret, struct err *e)
{
	struct reach *r = ctx;
	struct sys sys;
	int n;

	if (!url_is(place))
		return read_file(place, ret, e);
	_cleanup_free_ char *shown = url_shown(place);
	_cleanup_free_ char *text = xasprintf("Fetching %s ...", shown);
	say_busy(r, text);
	n = sys_open(&sys, NULL, e);
	if (n < 0)
		return n;
	n = fetch_url(
		&(struct sources){
			.sys = &sys, .net = r->net, .proxy = r->answers->proxy, .wait = r->wait},
		place, ret, e);
	if (n == -ERR_NETWORK)
		r->wait = 0; /* it was waited for once */
	sys_close(&sys);
	return n;
}

static struct network_view reach_look(void *ctx, struct arena *a)
{
	struct reach *r = ctx;
	struct net_asking asking = {
		.program = r->net, .url = NET_CACHE_URL, .seconds = NET_SECONDS};
	_cleanup_str_ struct str text = {0};
	struct net_state s;
	struct sys sys;
	struct err e;

	say_busy(r, "Looking how far this machine reaches ...");
	if (sys_open(&sys, NULL, &e) == 0) {
		asking.url = net_cache_url(&sys, a);
		asking.proxy = r->answers->proxy ? r->answers->proxy
						 : kernel_word(&sys, a, "archibald.proxy");
		sys_close(&sys);
	}
	s = net_look(&asking, a);
	net_state_text(&s, &text);
	return (struct network_view){.text = arena_strdup(a, str_get(&text)),
				     .up = net_is_up(&s),
				     .wifi = s.wifi,
				     .unlinked = s.layers[NET_LINK].verdict == NET_FAILED};
}

static int reach_networks(void *ctx, struct arena *a, struct choices *ret, const char **ret_note,
			  struct err *e)
{
	struct wifi_list l = {0};
	const char *others = NULL;
	int n;

	say_busy(ctx, "Looking for Wi-Fi networks ...");
	n = wifi_scan(a, &l, e);
	for (size_t i = 0; i < l.list.count && n == 0; i++) {
		const struct wifi_seen *w = &l.list.items[i];

		if (w->company)
			others = arena_printf(a, "%s%s%s", others ? others : "", others ? ", " : "",
					      w->name);
		else
			*list_push(a, &ret->list) = (struct choice){
				w->name, arena_printf(a, "%s: %u %%%s%s", w->name, w->signal,
						      w->locked ? "" : ", " WIFI_OPEN,
						      w->joined ? ", joined now" : "")};
	}
	if (others)
		*ret_note = arena_printf(a,
					 "Within reach, but not offered, because more than a "
					 "password is needed (802.1X): %s.",
					 others);
	return n;
}

static int reach_join(void *ctx, const struct answers *w, struct err *e)
{
	_cleanup_free_ char *text = xasprintf("Joining %s ...", w->wifi_network);

	say_busy(ctx, text);
	return wifi_join(&(struct wifi_network){w->wifi_network, w->wifi_hidden, &w->wifi_password},
			 WIFI_RUN_DIRECTORY, e);
}

void reach_network(struct reach *r)
{
	r->outside.look = reach_look;
	r->outside.networks = reach_networks;
	r->outside.join = reach_join;
}

void reach_open(struct reach *r, const struct answers *answers)
{
	reach_close(r);
	*r = (struct reach){
		.outside = {.ctx = r, .read = reach_read},
		.net = sibling_program("archibald-net"),
		.answers = answers,
	};
}

void reach_close(struct reach *r)
{
	mem_free_ptr(&r->net);
	*r = (struct reach){0};
}
