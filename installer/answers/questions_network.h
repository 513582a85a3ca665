/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_network: the conditions of the questions about the network, for the table in
 * questions.c. */
#pragma once

#include "answers/answers.h"

bool has_wifi(const struct interview *v); /* a device, or an answer: a stick may be put in later */
bool joins_wifi(const struct interview *v);
bool can_look_at_network(const struct interview *v);
/* An image's network, where none can be joined at once. */
bool wifi_is_typed(const struct interview *v);
/* The medium does not carry all that is installed, or an image has Wi-Fi; and no file has settled
 * the answers. */
bool needs_network(const struct interview *v);
bool has_proxy(const struct interview *v);
/* An address of a proxy without a name and a password: those would come to stand in an environment
 * and in the Nix store. */
bool check_proxy(const char *text);
bool explain_proxy(const char *text, struct str *why);
