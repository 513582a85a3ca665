/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last words: who may log in, and how. */
#include "cli/goodbye.h"
#include "support/check.h"

static struct plan_account accounts[] = {
	{.name = "audio-user", .source = PASSWORD_TYPED},
	{.name = "admin", .source = PASSWORD_NONE},
};

static struct plan plan(void)
{
	return (struct plan){.host_name = "studio", .accounts = {accounts, ARRAY_SIZE(accounts)}};
}

static void test_password_alone(void **state)
{
	struct answers a = {.audio_user.name = "audio-user", .admin.name = "admin"};
	const struct plan p = plan();
	_cleanup_free_ char *text = goodbye_text(&p, &a, NULL);

	(void)state;
	check_contains(text, "Take the installation medium out and restart.");
	check_contains(text, "audio-user, with the password\n");
	check_contains(text, "/etc/nixos/hosts/studio");
	/* Without a key there is no way into that account. */
	assert_null(strstr(text, "admin,"));
	assert_null(strstr(text, "passphrase"));
}

static void test_keys(void **state)
{
	char *key[] = {"ssh-ed25519 AAAA a@b"};
	struct answers a = {.audio_user = {.name = "audio-user"}, .admin = {.name = "admin"}};
	struct plan p = plan();

	(void)state;
	a.audio_user.ssh_keys.items = a.admin.ssh_keys.items = (void *)key;
	a.audio_user.ssh_keys.count = a.admin.ssh_keys.count = 1;
	p.encrypted = true;
	_cleanup_free_ char *text = goodbye_text(&p, &a, "/dev/sdb");
	check_contains(text, "Take the installation medium /dev/sdb out");
	check_contains(text, "audio-user, with the password, or by SSH key");
	check_contains(text, "admin, over the network by SSH key only");
	check_contains(text, "passphrase");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password_alone),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
