/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The progress screen alone, for tests/tui/screens.py: what happens in the run comes as letters on
 * descriptor 3, so that each screen is looked at when nothing moves.
 *
 *   b  the next step begins     p  it is further      l  a program says something (hostile)
 *   e  an error                 q  the run is over
 *
 * Exit status: 3 when the person stopped it, else 0.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "tui/ui.h"

static volatile int stop;

static void stop_run(void)
{
	stop = 1;
}

static const char *const titles[] = {
	"write a new partition table to /dev/vda",
	"make vfat (EFI system) in partition 1",
	"make ext4 (root) in partition 2",
	"mount the file systems below /mnt",
	"write the configuration of studio",
	"copy the system from the medium",
	"install NixOS (nixos-install)",
	"check what is on the disk",
	"unmount",
};
enum { WEIGHT = 100, LINES_SAID = 30 };

static void further(struct events *ev, unsigned *times)
{
	const struct moved m = {.part = ++*times,
				.whole = 4,
				.text = "812 of 2104 paths, 1.9 GiB of 4.2 GiB",
				.item = "musescore-4.4.4-with-a-name-that-does-not-fit-into-a-"
					"line-of-the-smallest-screen-or-any-other-of-them-all",
				.amount = {2040109465, 4509715660, 20971520, 117}};

	events_progress(ev, WEIGHT, &m);
}

static void say(struct events *ev)
{
	for (int i = 0; i < LINES_SAID; i++) {
		_cleanup_free_ char *line = xasprintf("copying path 'lib%d-1.0'", i);

		events_line(ev, line);
	}
	events_line(ev, "caf\xc3\xa9 and a last line");
}

static void happen(struct events *ev, char what)
{
	static const struct err full = {.what = "nixos-install failed",
					.why = "No space left on device"};
	static size_t at;
	static unsigned times;

	switch (what) {
	case 'b':
		if (at)
			events_end(ev, WEIGHT, EVENT_END);
		if (at < ARRAY_SIZE(titles))
			events_begin(ev, "step", titles[at++]);
		break;
	case 'p': further(ev, &times); break;
	case 'l': say(ev); break;
	case 'e': events_error(ev, &full); break;
	default: break;
	}
}

int main(void)
{
	struct events ev = {.total = ARRAY_SIZE(titles) * WEIGHT};
	struct ui ui;
	struct err e;
	char what;

	if (!ui_choose(&ui, "dialog", &stop) || ui_open(&ui, &e) < 0)
		return 2;
	ui_run_begin(&ui,
		     &(const struct progress_words){
			     .title = "Installing ArchibaldOS",
			     .stopping = "Stop the installation? The disk is not usable then;\n"
					 "the same command again goes on where it stopped.",
			     .steps = titles,
			     .count = ARRAY_SIZE(titles),
			     .stop = stop_run,
		     });
	events_add(&ev, ui_event, &ui);
	while (!stop && read(3, &what, 1) == 1 && what != 'q')
		happen(&ev, what);
	ui_run_end(&ui);
	ui_close(&ui);
	return stop ? 3 : 0;
}
