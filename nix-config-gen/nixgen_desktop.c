/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop, what lets people in to it, and logging in without being asked. */
#include "nixgen_parts.h"

enum { PATH_MAX_NAMES = 6 };

struct desktop {
	const char *name;
	const char *enable[PATH_MAX_NAMES]; /* the option that brings it */
	const char *session;		    /* services.displayManager.defaultSession */
	bool x11;			    /* X server and LightDM; else Wayland and SDDM */
};

/* The session's name is what the package or module provides; NixOS refuses another at
 * evaluation. Read in nixpkgs 24.11, nixos/modules/services/{x11,desktop-managers}. */
static const struct desktop desktops[] = {
	{"plasma6", {"services", "desktopManager", "plasma6", "enable"}, "plasma", false},
	{"hyprland", {"programs", "hyprland", "enable"}, "hyprland", false},
	{"dwm", {"services", "xserver", "windowManager", "dwm", "enable"}, "none+dwm", true},
	{"i3", {"services", "xserver", "windowManager", "i3", "enable"}, "none+i3", true},
};

static const struct desktop *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(desktops); i++)
		if (str_eq(name, desktops[i].name))
			return &desktops[i];
	return NULL;
}

static bool none(const char *name)
{
	return !name || str_eq(name, "none");
}

bool nixgen_desktop_known(const char *desktop)
{
	return none(desktop) || find(desktop);
}

static void display_server(struct nixw *w, bool x11)
{
	if (x11) {
		nixw_bool(w, ATTR("services", "xserver", "enable"), true);
		nixw_bool(w, ATTR("services", "xserver", "displayManager", "lightdm", "enable"),
			  true);
		return;
	}
	nixw_open(w, ATTR("services", "displayManager", "sddm"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_bool(w, ATTR("wayland", "enable"), true);
	nixw_close(w);
}

static void text_console(struct nixw *w, const char *user)
{
	if (!user)
		return;
	nixw_blank(w);
	nixw_comment(w, "Whoever is at the console is logged in without a password.");
	nixw_string(w, ATTR("services", "getty", "autologinUser"), user);
}

void nixgen_desktop(struct nixw *w, const struct nix_host *h)
{
	const char *user = nixgen_auto_login(h);
	const struct desktop *d = find(h->desktop);

	if (none(h->desktop) || !d) {
		text_console(w, user);
		return;
	}
	nixw_blank(w);
	nixw_bool(w, d->enable, true);
	display_server(w, d->x11);
	nixw_string(w, ATTR("services", "displayManager", "defaultSession"), d->session);
	if (!user)
		return;
	nixw_comment(w, "Whoever is at the screen is logged in without a password.");
	nixw_open(w, ATTR("services", "displayManager", "autoLogin"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_string(w, ATTR("user"), user);
	nixw_close(w);
}
