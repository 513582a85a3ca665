/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_accounts: the conditions and proposals of the questions about accounts, for the table
 * in questions.c. */
#pragma once

#include "answers/answers.h"

bool has_audio_user(const struct interview *v);
bool has_admin(const struct interview *v);
bool admin_needed(const struct interview *v); /* the variant cannot do without */
bool admin_wanted(const struct interview *v); /* needed, or there is a key for one */
bool password_open(const struct interview *v);
bool password_needed(const struct interview *v); /* without one nobody could log in */
bool user_name_is_open(const struct interview *v);
bool user_name_fits(const struct interview *v, const char *text, struct str *why);
const char *propose_audio_user(const struct interview *v, struct arena *a);
const char *propose_admin(const struct interview *v, struct arena *a);
const char *propose_auto_login(const struct interview *v, struct arena *a);
