/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nixgen_parts.h"

/* A configuration of one host is a few KiB; a megabyte is a mistake in what was handed in. */
enum { FILE_MAX = 1024 * 1024 };

static int add_file(struct nix_files *files, struct arena *a, const struct nix_host *h,
		    const char *name, void (*write)(const struct nix_host *, struct str *),
		    struct err *e)
{
	_cleanup_str_ struct str text = {.max = FILE_MAX};
	struct nix_file *file;

	write(h, &text);
	if (!str_ok(&text))
		return err_set(e, ERR_INVALID, "shorten the texts of the answers",
			       "the file hosts/%s/%s would be larger than %d bytes", h->host_name,
			       name, FILE_MAX);
	file = list_push(a, &files->list);
	file->path = arena_printf(a, "hosts/%s/%s", h->host_name, name);
	file->content = arena_strndup(a, str_get(&text), text.len);
	return 0;
}

int nixgen_host(const struct nix_host *h, struct arena *a, struct nix_files *ret, struct err *e)
{
	struct nix_files files = {0};
	int r = nixgen_check(h, e);

	if (r == 0)
		r = add_file(&files, a, h, "default.nix", nixgen_system, e);
	if (r == 0)
		r = add_file(&files, a, h, "hardware-configuration.nix", nixgen_hardware, e);
	if (r == 0)
		*ret = files;
	return r;
}
