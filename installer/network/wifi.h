/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wifi: the Wi-Fi of the running system, by NetworkManager. Its program nmcli lists and joins; the
 * password goes by a file below /run that only root reads, never by an argument.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "network/keyfile.h"

struct wifi_seen {
	char *name;	 /* safe to show, and to join by */
	unsigned signal; /* of 100 */
	bool locked;	 /* wants a password */
	bool company;	 /* wants more than one (802.1X), which cannot be given here */
	bool joined;
};
struct wifi_list {
	LIST_OF(struct wifi_seen) list; /* the strongest first, each name once */
};

/* One line of `nmcli -t -e yes -f IN-USE,SIGNAL,SECURITY,SSID device wifi list`; false: nothing in
 * it can be joined. */
bool wifi_parse_line(const char *line, struct arena *a, struct wifi_seen *ret);

/* ERR_NOT_FOUND: no NetworkManager, or no Wi-Fi device, or it is switched off; the error says
 * which. An empty list is none. */
int wifi_scan(struct arena *a, struct wifi_list *ret, struct err *e) nodiscard;

#define WIFI_RUN_DIRECTORY "/run/NetworkManager/system-connections"
/* Joins, and waits for an address. ERR_NETWORK with the reason in plain words: a wrong password, no
 * such network, no address. Then it is as if it had not been tried. directory: where NetworkManager
 * reads connections that do not outlive a restart. */
int wifi_join(const struct wifi_network *n, const char *directory, struct err *e) nodiscard;
