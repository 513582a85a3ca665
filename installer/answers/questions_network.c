/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_network.h"

#include <string.h>

#include "answers/checks.h"
#include "base/str.h"

bool has_wifi(const struct interview *v)
{
	for (size_t i = 0; i < v->facts->networks.count; i++)
		if (v->facts->networks.items[i].kind == NET_WIFI)
			return true;
	return v->answers->wifi_network != NULL;
}

bool joins_wifi(const struct interview *v)
{
	return v->answers->wifi_network != NULL;
}

bool can_look_at_network(const struct interview *v)
{
	return v->outside && v->outside->look;
}

bool wifi_is_typed(const struct interview *v)
{
	return v->image && !can_look_at_network(v);
}

/* A cable needs nothing, and what a first boot cannot fetch comes later. */
static bool is_to_be_reached(const struct interview *v)
{
	const struct medium *m = &v->facts->medium;

	return v->image ? has_wifi(v) : !(m->registration && m->roots) && !v->outside->has_cache;
}

bool needs_network(const struct interview *v)
{
	return is_to_be_reached(v) && (!v->answers->file_given || v->answers->ask_given);
}

bool has_proxy(const struct interview *v)
{
	return v->answers->proxy != NULL;
}

/* No proxy's address has an '@' but for this, whatever a password that is not escaped makes of it.
 */
static bool has_user(const char *address)
{
	return strchr(address, '@') != NULL;
}

bool check_proxy(const char *text)
{
	return check_address(text) && !has_user(text) && !strpbrk(text, "?#'$");
}

bool explain_proxy(const char *text, struct str *why)
{
	if (!has_user(text))
		return false;
	str_add(why, "a proxy's name and password are secrets, which every program of this machine "
		     "and the Nix store would come to know: use a proxy that knows the machine by "
		     "its address, or one on this machine that logs in (cntlm)");
	return true;
}
