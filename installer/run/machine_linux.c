/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "partition/disk.h"
#include "run/journal.h"
#include "run/machine.h"
#include "run/verify.h"

enum { NODE_TIMEOUT_MS = 10000, UNMOUNT_TIMEOUT_MS = 10000 };

static int linux_check_root(void *ctx, const char *root, struct err *e)
{
	struct stat st, parent;
	_cleanup_free_ char *above = xasprintf("%s/..", root);
	int n = make_directories(root, 0755, e);

	(void)ctx;
	if (n < 0)
		return n;
	if (stat(root, &st) < 0 || stat(above, &parent) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", root);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "choose another place with --root DIR",
			       "%s is not a directory", root);
	if (st.st_dev != parent.st_dev || st.st_ino == parent.st_ino)
		return err_set(e, ERR_BUSY, "unmount it, or choose another place with --root DIR",
			       "something is mounted at %s", root);
	return 0;
}

static int linux_identify(void *ctx, const struct plan_disk *d, struct err *e)
{
	const struct disk_identity id = {
		.path = d->path,
		.serial = d->serial,
		.wwid = d->wwid,
		.model = d->model,
		.bytes = d->bytes,
		.major = d->major,
		.minor = d->minor,
	};

	(void)ctx;
	return disk_identify(&id, e);
}

static bool linux_has_table(void *ctx, const struct plan *p)
{
	(void)ctx;
	return disk_has_table(p->disk.path, &p->layout);
}

static int node_of(const struct plan *p, const struct part *part, char *node, size_t size,
		   struct err *e)
{
	return disk_part_node(p->disk.path, part->number, node, size, e);
}

static bool linux_has_file_system(void *ctx, const struct plan *p, const struct part *part)
{
	char node[128];
	struct err e;

	(void)ctx;
	return node_of(p, part, node, sizeof(node), &e) == 0 && part_is_formatted(part, node);
}

static int linux_write_table(void *ctx, const struct plan *p, struct err *e)
{
	(void)ctx;
	return disk_write_table(p->disk.path, &p->layout, NODE_TIMEOUT_MS, e);
}

static int linux_format(void *ctx, const struct plan *p, const struct part *part, struct events *ev,
			struct err *e)
{
	char node[128];
	int n = node_of(p, part, node, sizeof(node), e);

	(void)ctx;
	return n < 0 ? n : part_format(part, node, events_line, ev, e);
}

static int linux_mount(void *ctx, const struct plan *p, const struct part *part, const char *root,
		       struct err *e)
{
	char node[128];
	int n = node_of(p, part, node, sizeof(node), e);

	(void)ctx;
	return n < 0 ? n : part_mount(part, node, root, e);
}

static int linux_swap_on(void *ctx, const struct plan *p, const char *root, struct events *ev,
			 const char **ret_swap, struct err *e)
{
	const struct part *part = layout_part(&p->layout, PART_SWAP);
	char where[512];
	int n;

	(void)ctx;
	if (part) {
		n = node_of(p, part, where, sizeof(where), e);
	} else {
		snprintf(where, sizeof(where), "%s/%s", root, SWAP_FILE);
		n = swapfile_make(where, p->swap_bytes, p->swap_file_uuid, events_line, ev, e);
	}
	if (n == 0)
		n = swap_on(where, e);
	if (n == 0)
		*ret_swap = arena_strdup(p->arena, where);
	return n;
}

static int linux_swap_off(void *ctx, const char *swap, struct err *e)
{
	(void)ctx;
	return swap_off(swap, e);
}

static int linux_write_file(void *ctx, const char *path, const void *bytes, size_t len,
			    unsigned mode, struct err *e)
{
	(void)ctx;
	return write_file_atomic(path, bytes, len, mode, e);
}

static int linux_make_directory(void *ctx, const char *path, unsigned mode, struct err *e)
{
	(void)ctx;
	return make_directories(path, mode, e);
}

static int linux_run(void *ctx, const char *const *argv, struct events *ev, struct err *e)
{
	const struct proc p = {.argv = argv, .line = events_line, .ctx = ev};

	(void)ctx;
	return proc_run(&p, e);
}

static int linux_program_exists(void *ctx, const char *name, struct err *e)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path ? path : "");
	char *save = NULL;

	(void)ctx;
	for (char *dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		_cleanup_free_ char *file = xasprintf("%s/%s", dir, name);

		if (access(file, X_OK) == 0)
			return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "start from the ArchibaldOS medium, which has it",
		       "the program %s is not in PATH", name);
}

static int linux_verify(void *ctx, const struct plan *p, const char *root, struct err *e)
{
	(void)ctx;
	return verify_target(p, root, e);
}

static int linux_sync(void *ctx, const char *root, struct err *e)
{
	(void)ctx;
	return tree_sync(root, e);
}

static int linux_unmount(void *ctx, const char *root, struct err *e)
{
	(void)ctx;
	return tree_unmount(root, UNMOUNT_TIMEOUT_MS, e);
}

static const struct machine_ops linux_ops = {
	.check_root = linux_check_root,
	.identify = linux_identify,
	.has_table = linux_has_table,
	.has_file_system = linux_has_file_system,
	.write_table = linux_write_table,
	.format = linux_format,
	.mount = linux_mount,
	.swap_on = linux_swap_on,
	.swap_off = linux_swap_off,
	.write_file = linux_write_file,
	.make_directory = linux_make_directory,
	.run = linux_run,
	.program_exists = linux_program_exists,
	.verify = linux_verify,
	.sync = linux_sync,
	.unmount = linux_unmount,
};

const struct machine linux_machine = {.ops = &linux_ops};
