/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * consoles: one conversation, offered on several terminals at once. Whoever presses Enter first has
 * it; the others say where it is held, and offer it again when it was given up there.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

/* The terminals of the running system's consoles: "/dev/tty1", "/dev/ttyS0". */
struct strings consoles_active(struct arena *a);

/* The same for "active"; else the devices that are named, with commas between them. */
struct strings consoles_named(const char *names, struct arena *a);
#define CONSOLES_NAMES "active|DEV,..."

struct consoles_words {
	const char *notice; /* whole lines, or "" */
	const char *open;   /* "This machine is not set up yet." */
	const char *taken;  /* "This machine is being set up" */
};

/* Says the notice and how to begin on each device. Runs `talk` with one of the
 * devices as its standard input and output, in a process of its own, until it returns STATUS_DONE
 * somewhere, or `stop` is set. An exit status; ERR_NOT_FOUND as an error when none of the devices
 * can be opened. */
int consoles_run(const struct strings *devices, const struct consoles_words *words,
		 int (*talk)(void *ctx), void *ctx, const volatile int *stop,
		 struct err *e) nodiscard;
