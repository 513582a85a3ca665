/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root of a failure, from what nixos-install says: its own messages, and those that the
 * stand-in (tests/vm/nixos-install) repeats. */
#include "run/diagnose.h"
#include "support/check.h"

#define DOWNLOAD                                                                            \
	"unable to download 'https://cache.example.org/nix-cache-info': Could not resolve " \
	"hostname (6) Could not resolve host: cache.example.org"

static const struct {
	enum cause cause;
	const char *lines[6];
	size_t root; /* which of the lines */
} cases[] = {
	{CAUSE_DISK_FULL,
	 {"building the flake in path:/mnt/etc/nixos...",
	  "copying path '/nix/store/x' to 'local'...",
	  "error: writing to file: No space left on device"},
	 2},
	{CAUSE_NETWORK,
	 {"building the flake in path:/mnt/etc/nixos...",
	  "warning: error: " DOWNLOAD "; retrying in 250 ms",
	  "warning: error: " DOWNLOAD "; retrying in 500 ms", "error: " DOWNLOAD},
	 3},
	{CAUSE_NETWORK, {"warning: error: " DOWNLOAD "; retrying in 250 ms", "something"}, 0},
	/* A download that was tried again was not the cause. */
	{CAUSE_EVALUATION,
	 {"warning: error: " DOWNLOAD "; retrying in 250 ms", "error:",
	  "       error: attribute 'nixosConfigurations.x.config.system.build.toplevel' missing"},
	 2},
	{CAUSE_EVALUATION, {"error: syntax error, unexpected '}'"}, 0},
	{CAUSE_EVALUATION, {"Failed assertions:", "- No space left on device"}, 0},
	{CAUSE_BOOT_LOADER,
	 {"installing the boot loader...",
	  "Failed to create EFI Boot variable entry: No space left on device",
	  "subprocess.CalledProcessError: Command '['bootctl', 'install']' returned non-zero",
	  "Failed to install bootloader"},
	 1},
	{CAUSE_BOOT_LOADER,
	 {"Installing for i386-pc platform.",
	  "grub-install: error: embedding is not possible, but this is required for cross-disk "
	  "install.",
	  "install-grub.pl: installation of GRUB on /dev/sda failed: No such file or directory"},
	 1},
	{CAUSE_CLOCK,
	 {"error: unable to download 'https://cache.example.org/x': SSL certificate problem: "
	  "certificate is not yet valid"},
	 0},
	{CAUSE_MEMORY,
	 {"error: Cannot allocate memory", "error: writing: No space left on device"},
	 0},
	{CAUSE_BUILD,
	 {"error: builder for '/nix/store/x.drv' failed with exit code 2;",
	  "error: 1 dependencies of derivation '/nix/store/y.drv' failed to build"},
	 0},
	{CAUSE_DISK_BROKEN, {"error: reading from file: Input/output error"}, 0},
	{CAUSE_NONE, {"error: this has never been seen", "copying path '/nix/store/x'"}, 0},
};

static void test_roots(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct diagnosis d = {0};

		for (size_t j = 0; cases[i].lines[j]; j++)
			diagnose_line(&d, cases[i].lines[j]);
		check_row(i, d.cause == cases[i].cause);
		if (d.cause == CAUSE_NONE)
			continue;
		check_row(i, str_eq(d.line, cases[i].lines[cases[i].root]));
		check_row(i, cause_texts[d.cause].name && cause_texts[d.cause].advice);
	}
}

/* What an earlier step said is not why a later one fails. */
static void test_only_the_step_that_runs(void **state)
{
	struct diagnosis d = {0};

	(void)state;
	diagnose_event(&d, &(struct event){.kind = EVENT_LOG, .text = "No space left on device"});
	assert_int_equal(d.cause, CAUSE_DISK_FULL);
	diagnose_event(&d, &(struct event){.kind = EVENT_BEGIN, .text = "next"});
	assert_int_equal(d.cause, CAUSE_NONE);
	diagnose_event(&d,
		       &(struct event){.kind = EVENT_WARNING, .text = "No space left on device"});
	assert_int_equal(d.cause, CAUSE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_only_the_step_that_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
