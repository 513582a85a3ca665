/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/ui.h"

#include "base/str.h"

bool ui_choose(struct ui *u, const char *name, const volatile int *stop)
{
	*u = (struct ui){.kind = UI_PLAIN};
	plain_open(&u->plain);
	u->plain.stop = stop;
	if (str_eq(name, "none"))
		u->kind = UI_NONE;
	else if (name && !str_eq(name, "plain"))
		return false;
	return true;
}

int ui_open(struct ui *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}

void ui_close(struct ui *u)
{
	fflush(u->plain.out);
}

void ui_welcome(struct ui *u, const char *machine)
{
	(void)machine;
	plain_banner(&u->plain);
}

struct front_end ui_front_end(struct ui *u)
{
	return (struct front_end){.ctx = &u->plain, .ask = plain_ask};
}

void ui_event(void *ctx, const struct event *e)
{
	struct ui *u = ctx;

	plain_event(&u->plain, e);
}

void ui_goodbye(struct ui *u, const char *title, const char *text)
{
	_cleanup_free_ char *lines = xasprintf("\n%s\n%s\n", title, text);

	plain_text(&u->plain, lines);
	fflush(u->plain.out);
}
