/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_accounts.h"

#include "base/str.h"

static bool has_role(const struct interview *v, const char *role)
{
	const struct variant *x = interview_variant(v);

	return x && variant_account(x, role);
}

bool has_audio_user(const struct interview *v)
{
	return has_role(v, "audioUser");
}

bool has_admin(const struct interview *v)
{
	return has_role(v, "admin");
}

bool admin_needed(const struct interview *v)
{
	const struct variant *x = interview_variant(v);
	const struct variant_account *account = x ? variant_account(x, "admin") : NULL;

	return account && account->required;
}

bool admin_wanted(const struct interview *v)
{
	return has_admin(v) && (admin_needed(v) || v->answers->admin.ssh_keys.count);
}

bool password_open(const struct interview *v)
{
	const struct account_answers *u = &v->answers->audio_user;

	return has_audio_user(v) && !u->password_hash && !u->password_file;
}

/* Without one, and without a key, nobody could log in. */
bool password_needed(const struct interview *v)
{
	return v->answers->audio_user.ssh_keys.count == 0;
}

static const char *propose_account(const struct interview *v, const char *role)
{
	const struct variant *x = interview_variant(v);
	const struct variant_account *account = x ? variant_account(x, role) : NULL;

	return account ? account->name : NULL;
}

const char *propose_audio_user(const struct interview *v, struct arena *a)
{
	(void)a;
	return propose_account(v, "audioUser");
}

/* The account that an image came with keeps its name. */
bool user_name_is_open(const struct interview *v)
{
	const char *name = propose_account(v, "audioUser");

	return !v->image || !name || !image_account(v->image, name);
}

const char *propose_admin(const struct interview *v, struct arena *a)
{
	(void)a;
	return propose_account(v, "admin");
}

const char *propose_auto_login(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	(void)a;
	return x && x->auto_login ? "yes" : "no";
}

/* Of any variant: users.nix lets only a key in to accounts of these names, on each of them. */
bool user_name_fits(const struct interview *v, const char *text, struct str *why)
{
	for (size_t i = 0; i < v->variants->list.count; i++) {
		const struct variant *x = &v->variants->list.items[i];

		for (size_t j = 0; j < x->accounts.count; j++) {
			const struct variant_account *account = &x->accounts.items[j];

			if (!str_eq(account->login, "key") || !str_eq(account->name, text))
				continue;
			str_addf(why,
				 "\"%s\" is the administrator's account, which only SSH keys let "
				 "in to",
				 text);
			return false;
		}
	}
	return true;
}
