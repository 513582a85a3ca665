/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The step `copy`: what it does without an image or a registration that it can use, and what the
 * next run believes afterwards. The mounted store is a scratch directory, and Nix is not asked.
 */
#include "support/check.h"

#include "run/copy.h"
#include "store/load.h"
#include "store/source.h"

#define NAME	   "00000000000000000000000000000000-a"
#define EMPTY_FILE "77ac62e2629d8e45f624589c0c8bf99e24b3a722349bf1e79bc186008534e246"

static const char *mounted;
static bool nix_fails;

int __real_tree_open(const char *directory, struct source **ret, struct err *e);
int __wrap_tree_open(const char *directory, struct source **ret, struct err *e);
int __wrap_store_load(struct registration *r, const char *root, proc_line_fn line, void *ctx,
		      size_t *ret_count, struct err *e);

int __wrap_tree_open(const char *directory, struct source **ret, struct err *e)
{
	assert_string_equal(directory, STORE_DIRECTORY);
	return __real_tree_open(mounted, ret, e);
}

int __wrap_store_load(struct registration *r, const char *root, proc_line_fn line, void *ctx,
		      size_t *ret_count, struct err *e)
{
	_cleanup_str_ struct str text = {0};

	(void)root;
	(void)line;
	(void)ctx;
	*ret_count = registration_text(r, &text);
	return nix_fails ? err_set(e, ERR_TOOL, NULL, "nix-store failed") : 0;
}

struct rig {
	char *dir, *root, *journal, *target, *image;
	struct plan plan;
	struct events events;
	char warnings[2000];
};

static void hear(void *ctx, const struct event *e)
{
	struct rig *x = ctx;
	size_t len = strlen(x->warnings);

	if (e->kind == EVENT_WARNING)
		snprintf(x->warnings + len, sizeof(x->warnings) - len, "%s\n", e->text);
}

static void rig_make(struct rig *x)
{
	*x = (struct rig){.dir = scratch_new()};
	scratch_file(x->dir, "mounted/" NAME, "");
	scratch_file(x->dir, "registration",
		     STORE_DIRECTORY "/" NAME "\n" EMPTY_FILE "\n112\n\n0\n");
	scratch_file(x->dir, "roots", "* " STORE_DIRECTORY "/" NAME "\n");
	x->root = xasprintf("%s/mnt", x->dir);
	x->journal = xasprintf("%s/copied", x->dir);
	x->target = xasprintf("%s/nix/store/" NAME, x->root);
	x->image = xasprintf("%s/image", x->dir);
	x->plan.store.image = x->image;
	x->plan.store.registration = xasprintf("%s/registration", x->dir);
	x->plan.store.roots = xasprintf("%s/roots", x->dir);
	x->plan.variant = "iso";
	x->plan.hash = "hash";
	events_add(&x->events, hear, x);
	mounted = xasprintf("%s/mounted", x->dir);
	nix_fails = false;
}

static void rig_clear(struct rig *x)
{
	free(x->plan.store.registration);
	free(x->plan.store.roots);
	free(x->root);
	free(x->journal);
	free(x->target);
	free(x->image);
	mem_free_ptr(&mounted);
	scratch_free(&x->dir);
}

static void run(struct rig *x)
{
	struct err e = {0};

	x->warnings[0] = '\0';
	if (copy_store(&x->plan, x->root, x->journal, 100, NULL, &x->events, &e) < 0)
		fail_msg("%s", e.what);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* An image that cannot be read is no reason to fetch everything from elsewhere. */
static void test_image(void **state)
{
	_cleanup_(rig_clear) struct rig x;
	_cleanup_free_ char *journal = NULL;

	(void)state;
	rig_make(&x);
	for (unsigned i = 0; i < 2; i++) {
		run(&x);
		check_contains(x.warnings, "the mounted store is read instead");
		check_lacks(x.warnings, "nixos-install");
		assert_true(is_there(x.target));
		scratch_file(x.dir, "image", "no squashfs");
	}
	journal = read_whole(x.journal);
	check_contains(journal, "\n" NAME "\n");
}

/* What Nix was not told of it may replace: nothing of it is believed. */
static void test_not_told(void **state)
{
	_cleanup_(rig_clear) struct rig x;

	(void)state;
	rig_make(&x);
	nix_fails = true;
	run(&x);
	check_contains(x.warnings, "nix-store failed; nixos-install gets everything itself");
	assert_true(is_there(x.target));
	assert_false(is_there(x.journal));
	nix_fails = false;
	run(&x);
	assert_true(is_there(x.journal));
	scratch_file(x.dir, "registration", "damaged\n");
	run(&x);
	check_contains(x.warnings, "nixos-install gets everything itself");
	assert_false(is_there(x.journal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
