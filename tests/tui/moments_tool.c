/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moments of an installation that a recorded machine does not come to, for tests/tui/screens.py:
 *
 *   network   the network's screen: no link, until a Wi-Fi network is joined by "right password".
 *             What is within reach is what nmcli says (tests/net/bin has one that is always there)
 *   failure   nixos-install could not download something; exit status: what is chosen
 *   end       everything is on the disk
 */
#include <stdio.h>

#include "support/check.h"
#include "support/interview.h"

#include "answers/wizard.h"
#include "cli/goodbye.h"
#include "cli/reach.h"
#include "cli/recover.h"
#include "network/state.h"

static volatile int stop;
static bool joined;

static struct network_view look(void *ctx, struct arena *a)
{
	struct net_local local = {0};
	struct net_seen seen = {.reached = NET_ANSWERED, .status = 200, .is_cache = true};
	_cleanup_str_ struct str text = {0};
	struct net_state s;

	(void)ctx;
	*list_push(a, &local.list) = (struct net_interface){
		.name = arena_strdup(a, "wlan0"),
		.wireless = true,
		.carrier = joined,
		.address = joined ? arena_strdup(a, "192.168.7.31") : NULL};
	seen.date = 1767225600;
	s = net_judge(&local, joined ? &seen : NULL, NET_CACHE_URL, (time_t)seen.date, a);
	net_state_text(&s, &text);
	return (struct network_view){.text = arena_strdup(a, str_get(&text)),
				     .up = net_is_up(&s),
				     .wifi = s.wifi,
				     .unlinked = !joined};
}

static int join(void *ctx, const struct answers *a, struct err *e)
{
	(void)ctx;
	joined = str_eq(a->wifi_password.bytes, "right password");
	return joined ? 0
		      : err_set(e, ERR_NETWORK, "capitals count",
				"cannot join %s: the password is wrong", a->wifi_network);
}

static void busy(void *ctx, const char *text)
{
	ui_busy(ctx, text);
}

static int network(struct ui *ui)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct reach reach = {0};
	const struct front_end f = ui_front_end(ui);
	struct err e;
	int n;

	reach_open(&reach, s->answers);
	reach_network(&reach);
	reach.busy = busy;
	reach.busy_ctx = ui;
	reach.outside.look = look;
	reach.outside.join = join;
	s->v.outside = &reach.outside;
	setting_parse(s, "{\"version\":1,\"variant\":\"iso\",\"ask\":[\"network.state\"]}");
	n = wizard_run(&s->v, &f, NULL, &e);
	reach_close(&reach);
	return n < 0 || !str_eq(s->answers->wifi_network, "Stage 1");
}

static int failure(struct ui *ui)
{
	const struct err e = {.what = "nixos-install failed with status 1"};
	struct diagnosis d = {0};

	diagnose_line(&d, "error: unable to download 'https://cache.nixos.org/nix-cache-info': "
			  "Could not resolve host: cache.nixos.org (6)");
	_cleanup_free_ char *text = failure_text(&d, &e, true, "/run/archibald/install.log");
	return (int)recover(ui, &(struct failure){text, "/run/archibald/install.log", "/dev/vda",
						  "the same command again", true});
}

static int end(struct ui *ui)
{
	static struct plan_account accounts[] = {{.name = "audio-user", .source = PASSWORD_TYPED}};
	static struct plan_disk disks[] = {{.path = "/dev/nvme0n1"}};
	const struct plan p = {.host_name = "studio",
			       .encrypted = true,
			       .disks = {disks, ARRAY_SIZE(disks)},
			       .accounts = {accounts, ARRAY_SIZE(accounts)}};
	const struct answers a = {.audio_user.name = "audio-user", .admin.name = "admin"};
	_cleanup_free_ char *text = goodbye_text(&p, &a, "/dev/sda");

	return !str_eq(goodbye(ui, &p, text), "stay");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*show)(struct ui *ui);
	} moments[] = {{"network", network}, {"failure", failure}, {"end", end}};
	struct ui ui;
	struct err e;
	int status = 100;

	if (argc != 2 || !ui_choose(&ui, "dialog", &stop) || ui_open(&ui, &e) < 0)
		return status;
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++)
		if (str_eq(moments[i].name, argv[1]))
			status = moments[i].show(&ui);
	ui_close(&ui);
	return status;
}
