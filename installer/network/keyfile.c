/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/keyfile.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { PSK_MAX = 160, FILE_MAX = 1024 }; /* a password of 63 characters, each escaped */

struct uuid wifi_uuid(const struct wifi_network *n)
{
	return uuid_of_bytes(n->name, strlen(n->name));
}

/* Plain letters as they are; anything else as the list of its bytes, which needs no rules for
 * escaping (nm-settings-keyfile(5)). */
static void add_ssid(struct str *out, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(name);

	str_add(out, "ssid=");
	if (strspn(name, plain) == n)
		str_add(out, name);
	else
		for (size_t i = 0; i < n; i++)
			str_addf(out, "%u;", (unsigned char)name[i]);
	str_addc(out, '\n');
}

/* GKeyFile: a backslash is doubled, a blank at the beginning would go. No other escapes are needed
 * for what check_wifi_password lets pass. `text` must not grow by copying: it is wiped once. */
static void add_psk(char *text, const char *password)
{
	size_t n = 0;

	for (const char *p = password; *p && n + 3 < PSK_MAX; p++) {
		if (*p == '\\' || (*p == ' ' && p == password)) {
			text[n++] = '\\';
			text[n++] = *p == ' ' ? 's' : '\\';
		} else {
			text[n++] = *p;
		}
	}
	text[n] = '\0';
}

void wifi_keyfile(const struct wifi_network *w, const char *program, struct secret *ret)
{
	_cleanup_str_ struct str head = {0};
	char psk[PSK_MAX] = "", all[FILE_MAX];
	int n;

	str_addf(&head,
		 "# Written by %s.\n[connection]\nid=" WIFI_ID
		 "\nuuid=%s\ntype=wifi\n\n[wifi]\nmode=infrastructure\n%s",
		 program, wifi_uuid(w).s, w->hidden ? "hidden=true\n" : "");
	add_ssid(&head, w->name);
	if (w->password && secret_given(w->password)) {
		/* WPA2 and WPA3, whichever the network has. */
		str_add(&head, "\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=");
		add_psk(psk, w->password->bytes);
	}
	n = snprintf(all, sizeof(all), "%s%s\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
		     str_get(&head), psk);
	secret_set(ret, all, (size_t)n);
	secret_zero(psk, sizeof(psk));
	secret_zero(all, sizeof(all));
}
