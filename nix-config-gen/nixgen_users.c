/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: who there is, how they prove it, and what they may. */
#include "nixgen_parts.h"

const char *nixgen_auto_login(const struct nix_host *h)
{
	for (size_t i = 0; i < h->users.count; i++)
		if (h->users.items[i].auto_login)
			return h->users.items[i].name;
	return NULL;
}

static bool first_with_password(const struct nix_host *h, const struct nix_user *u)
{
	for (const struct nix_user *v = h->users.items; v < u; v++)
		if (v->password_file)
			return false;
	return true;
}

static void user(struct nixw *w, const struct nix_host *h, const struct nix_user *u)
{
	nixw_open(w, ATTR("users", "users", u->name));
	nixw_bool(w, ATTR("isNormalUser"), true);
	if (u->description && *u->description)
		nixw_string(w, ATTR("description"), u->description);
	if (u->groups.count)
		nixw_strings(w, ATTR("extraGroups"), &u->groups);
	if (u->password_file) {
		if (first_with_password(h, u))
			nixw_comment(w, "One line, the hash; only root reads it, and it is no part "
					"of the world-readable Nix store.");
		nixw_string(w, ATTR("hashedPasswordFile"), u->password_file);
	}
	if (u->ssh_keys.count)
		nixw_strings(w, ATTR("openssh", "authorizedKeys", "keys"), &u->ssh_keys);
	nixw_close(w);
}

void nixgen_users(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixw_comment(w,
		     "`passwd` works and lasts: the password files below only start an account.");
	nixw_bool(w, ATTR("users", "mutableUsers"), true);
	nixw_blank(w);
	nixw_comment(w, h->admin_note);
	for (size_t i = 0; i < h->users.count; i++) {
		user(w, h, &h->users.items[i]);
		nixw_blank(w);
	}
	nixw_comment(w, "Members of wheel administer this machine without a password.");
	nixw_bool(w, ATTR("security", "sudo", "wheelNeedsPassword"), false);
}
