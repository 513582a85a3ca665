/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wrap: text broken into lines of a terminal, the same for both front ends. A line that is indented
 * or has two columns (separated by at least two spaces) goes on below where its text began.
 */
#pragma once

#include <stddef.h>

/* Every line at most `width` columns (at least 20); malloc'ed. A word that is longer is broken, but
 * not within a character. */
char *wrap_text(const char *text, size_t width);
/* How many lines it has; the last one may lack its end. */
int wrap_lines(const char *text);
/* The place behind at most that many lines. */
const char *wrap_after(const char *text, int lines);
