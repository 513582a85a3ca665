/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/load.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"

enum { TEXT_BYTES_MAX = 64 << 20 };

int store_load(struct registration *r, const char *root, proc_line_fn line, void *ctx,
	       size_t *ret_count, struct err *e)
{
	_cleanup_str_ struct str text = {.max = TEXT_BYTES_MAX};
	size_t count = registration_text(r, &text);
	_cleanup_free_ char *absolute = realpath(root, NULL);
	/* As nixos-install does: a store by the directory it is below. */
	const char *const argv[] = {"nix-store", "--store", absolute, "--load-db", NULL};
	const struct proc p = {
		.argv = argv, .input = text.s, .input_len = text.len, .line = line, .ctx = ctx};
	int n = 0;

	if (!absolute)
		return err_errno(e, errno, NULL, "cannot find %s", root);
	if (!str_ok(&text))
		return err_set(e, ERR_INVALID, NULL, "the registration is too long");
	if (count)
		n = proc_run(&p, e);
	if (n < 0)
		return err_context(e, "registering the paths of %s", root);
	*ret_count = count;
	return 0;
}
