/* SPDX-License-Identifier: GPL-3.0-or-later */
/* password: hashes by libcrypt (crypt(5)), yescrypt at the library's default cost. */
#pragma once

#include <stdbool.h>

#include "answers/answers.h"
#include "base/err.h"
#include "base/secret.h"
#include "plan/plan.h"

/* The hash of a typed password, itself kept as a secret. */
int password_hash(const struct secret *password, struct secret *ret_hash, struct err *e) nodiscard;
/* Does the password open this hash? */
bool password_matches(const struct secret *password, const char *hash);
/* A passphrase from a file, or a descriptor (/dev/fd/3), without the end of its line. */
int passphrase_from_file(const char *path, struct secret *ret, struct err *e) nodiscard;
/* One line, a hash, from a file of the installing machine, or a descriptor. */
int password_from_file(const char *path, struct secret *ret_hash, struct err *e) nodiscard;

/* The answers about a plan's account. */
const struct account_answers *account_answers(const struct answers *w,
					      const struct plan_account *a);
/* What a file holds of it is read into the answers, and kept there until password_forget(): before
 * anything is touched, and from a pipe only once. Of another source there is nothing to do. */
int password_load(struct answers *w, const struct plan_account *a, struct err *e) nodiscard;
void password_forget(struct answers *w);
/* The hash of an account's password by the plan's source, ready to be written. */
int password_of_account(const struct answers *w, const struct plan_account *a,
			struct secret *ret_hash, struct err *e) nodiscard;
