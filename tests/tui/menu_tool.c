/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One question with as many choices as there are lines on descriptor 3, for bench/ui: what the
 * front end named as the only argument (dialog, plain) writes for it. Exit status: 0 answered.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/ui.h"

enum { CHOICES_MAX = 64, LINE_BYTES = 100 };

static volatile int stop;

int main(int argc, char **argv)
{
	static char lines[CHOICES_MAX][LINE_BYTES];
	static struct choice items[CHOICES_MAX];
	struct prompt p = {.kind = PROMPT_REVIEW,
			   .type = Q_CHOICE,
			   .title = "Item",
			   .help = "Help.",
			   .allowed = "one of the list",
			   .choices = {{items, 0}}};
	_cleanup_secret_ struct secret reply = {0};
	FILE *list = fdopen(3, "r");
	struct front_end f;
	struct ui ui;
	struct err e;
	enum reply_kind kind;

	if (argc != 2 || !list || !ui_choose(&ui, argv[1], &stop))
		return 2;
	while (p.choices.list.count < CHOICES_MAX &&
	       fgets(lines[p.choices.list.count], LINE_BYTES, list)) {
		char *line = lines[p.choices.list.count];

		line[strcspn(line, "\n")] = '\0';
		items[p.choices.list.count++] = (struct choice){line, line};
	}
	p.proposal = items[0].value;
	if (ui_open(&ui, &e) < 0)
		return 2;
	f = ui_front_end(&ui);
	kind = f.ask(f.ctx, &p, &reply);
	ui_close(&ui);
	return kind == REPLY_ANSWER ? 0 : 1;
}
