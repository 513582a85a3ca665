/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * colours: how the dialogs look, with colours and, where a terminal has none, by bold and reverse.
 * Nothing is said by them alone.
 */
#pragma once

/* Before the screen is opened. */
void colours_set(void);
