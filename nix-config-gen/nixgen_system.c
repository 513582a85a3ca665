/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts/HOST/default.nix: what the person chose. */
#include "nixgen_parts.h"

#include <string.h>

void nixgen_reasons(struct nixw *w, const char *const *path, const struct nix_reason *items,
		    size_t count)
{
	const char *last = NULL;

	if (!count)
		return;
	if (count == 1 && !items[0].why) {
		nixw_single(w, path, items[0].value);
		return;
	}
	nixw_list(w, path);
	for (size_t i = 0; i < count; i++) {
		/* Neighbours with one reason stand below one comment; one without stands apart. */
		if (!items[i].why && last)
			nixw_blank(w);
		if (!str_eq(items[i].why, last))
			nixw_comment(w, items[i].why);
		last = items[i].why;
		nixw_item_string(w, items[i].value);
	}
	nixw_list_end(w);
}

static void imports(struct nixw *w, const struct nix_host *h)
{
	nixw_list(w, ATTR("imports"));
	nixw_item_expr(w, "./hardware-configuration.nix", 0);
	nixw_item_path(w, "../../variants/", h->variant);
	nixw_list_end(w);
}

static void string_if(struct nixw *w, const char *const *path, const char *value)
{
	if (value)
		nixw_string(w, path, value);
}

static void names_and_places(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixw_string(w, ATTR("networking", "hostName"), h->host_name);
	if (h->network_manager || h->proxy)
		nixw_blank(w);
	if (h->network_manager) {
		nixw_comment(w, "It keeps the Wi-Fi network and its password, apart from the "
				"world-readable Nix store.");
		nixw_bool(w, ATTR("networking", "networkmanager", "enable"), true);
	}
	string_if(w, ATTR("networking", "proxy", "default"), h->proxy);

	nixw_blank(w);
	string_if(w, ATTR("time", "timeZone"), h->time_zone);
	string_if(w, ATTR("i18n", "defaultLocale"), h->locale);
	string_if(w, ATTR("console", "keyMap"), h->key_map);
	if (h->luks.count) {
		nixw_comment(w, "The key map is there when the passphrase of the disk is asked.");
		nixw_bool(w, ATTR("console", "earlySetup"), true);
	}
	if (h->xkb_layout && h->xkb_variant && *h->xkb_variant) {
		nixw_open(w, ATTR("services", "xserver", "xkb"));
		nixw_string(w, ATTR("layout"), h->xkb_layout);
		nixw_string(w, ATTR("variant"), h->xkb_variant);
		nixw_close(w);
	} else {
		string_if(w, ATTR("services", "xserver", "xkb", "layout"), h->xkb_layout);
	}
}

static void remote_login(struct nixw *w)
{
	nixw_blank(w);
	nixw_comment(w, "Over the network only keys let in, no passwords.");
	nixw_open(w, ATTR("services", "openssh"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_open(w, ATTR("settings"));
	nixw_bool(w, ATTR("PasswordAuthentication"), false);
	nixw_bool(w, ATTR("KbdInteractiveAuthentication"), false);
	nixw_close(w);
	nixw_close(w);
}

static void tuning(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixgen_reasons(w, ATTR("boot", "kernelParams"), h->kernel_params.items,
		       h->kernel_params.count);
	if (!h->governor)
		return;
	nixw_blank(w);
	nixw_comment(w, h->governor_why);
	/* musnix sets "performance" itself, and two plain values that differ are an error. */
	nixw_string_as(w, h->audio && !str_eq(h->governor, "performance") ? NIXW_FORCE : NIXW_PLAIN,
		       ATTR("powerManagement", "cpuFreqGovernor"), h->governor);
}

static void builds(struct nixw *w, const struct nix_builds *b)
{
	if (!b->enable)
		return;
	nixw_blank(w);
	nixw_comment(w,
		     "For large builds with less memory than they like (constrained-builds.nix).");
	nixw_open(w, ATTR("archibald", "constrainedBuilds"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_int(w, ATTR("swapGiB"), b->swap_gib);
	nixw_int(w, ATTR("maxJobs"), b->max_jobs);
	nixw_int(w, ATTR("cores"), b->cores);
	string_if(w, ATTR("memoryMax"), b->memory_max);
	string_if(w, ATTR("isolatedCores"), b->isolated_cores);
	nixw_bool(w, ATTR("earlyoom"), b->earlyoom);
	nixw_close(w);
	if (b->tmp_in_memory)
		nixw_bool(w, ATTR("boot", "tmp", "useTmpfs"), true);
}

static void state_version(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixw_comment(w,
		     "The release this machine was installed with. It says how data on this "
		     "machine is laid out, not which packages it gets: upgrades leave it alone.");
	nixw_string(w, ATTR("system", "stateVersion"), h->state_version);
}

void nixgen_system(const struct nix_host *h, struct str *out)
{
	_cleanup_nixw_ struct nixw w = {.depth = 1, .out.max = out->max};
	_cleanup_str_ struct str header = {0};

	str_addf(&header,
		 "Written by %s for the variant %s.\n"
		 "This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos",
		 h->program, h->variant);
	imports(&w, h);
	names_and_places(&w, h);
	nixgen_users(&w, h);
	remote_login(&w);
	nixgen_audio(&w, h);
	tuning(&w, h);
	nixgen_desktop(&w, h);
	builds(&w, &h->builds);
	state_version(&w, h);
	nixw_module(out, str_get(&header), &w);
}
