/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * terminal: what this terminal is and can do, without curses: its type, its size, whether it shows
 * UTF-8, whether the kernel writes between the lines, and the keymap of a virtual console.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TERMINAL_ROWS = 24, TERMINAL_COLUMNS = 80 }; /* what dialogs need */

struct terminal {
	int in, out;	     /* file descriptors */
	bool is_terminal;    /* both of them are */
	bool known;	     /* TERM is set and in the terminfo database */
	bool utf8;	     /* by the locale */
	bool console;	     /* a virtual console of the kernel, whose keymap can be changed */
	bool serial;	     /* a serial line */
	bool silent;	     /* it has no size, and did not answer when it was asked for it */
	int rows, columns;   /* 0: unknown */
	int console_level;   /* of kernel messages before terminal_quiet(); 0: left alone */
	bool systemd_silent; /* systemd was told to write no status */
};

/* Looks; asks the terminal for its size when the tty has none (without an answer it is 80 x 24),
 * and tells the tty. */
void terminal_look(struct terminal *t, int in, int out);
/* Only the size. */
void terminal_size(struct terminal *t);
/* What a terminal of unknown type on this line most likely is. */
const char *terminal_proposal(const struct terminal *t);
/* Keeps the kernel and systemd from writing into the screen, and undoes that. Without the right
 * to do so it does nothing. */
void terminal_quiet(struct terminal *t);
void terminal_loud(struct terminal *t);
/* Uses a keymap on a virtual console from now on; nothing elsewhere. */
void terminal_use_key_map(const struct terminal *t, const char *key_map);
/* In place: what is not ASCII becomes '?', one for each character. */
void terminal_to_ascii(char *text);
