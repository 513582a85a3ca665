/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "partition/crypt.h"
#include "partition/disk.h"
#include "partition/shrink.h"
#include "run/copy.h"
#include "run/hooks.h"
#include "run/journal.h"
#include "run/machine.h"
#include "run/nixrun.h"
#include "run/preparing.h"
#include "run/verify.h"

enum { UNMOUNT_TIMEOUT_MS = 10000 };

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

static int linux_identify(void *ctx, const struct plan_disk *d, bool untouched, struct err *e)
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

	int n = disk_identify(&id, e);

	(void)ctx;
	if (n == 0 && d->layout.keep_table)
		n = disk_check_kept(d->path, &d->layout, e);
	else if (n == 0 && untouched && !d->before.count)
		n = disk_check_blank(d->path, e);
	return n;
}

static bool linux_has_table(void *ctx, const struct plan_disk *d)
{
	(void)ctx;
	return disk_has_table(d->path, &d->layout);
}

/* A node to work on, and the open partition, which keeps the kernel from dropping it meanwhile. */
struct held {
	int fd;
	char node[128];
};

static void held_release(struct held *h)
{
	if (h->fd >= 0)
		close(h->fd);
}

static int hold_part(const struct plan_disk *d, const struct part *part, unsigned timeout_ms,
		     struct held *ret, struct err *e)
{
	ret->fd = disk_part_open(d->path, part->number, timeout_ms, ret->node, sizeof(ret->node),
				 e);
	return ret->fd < 0 ? ret->fd : 0;
}

/* Where its file system is: in the open container of an encrypted partition. */
static int hold(const struct plan_disk *d, const struct part *part, unsigned timeout_ms,
		struct held *ret, struct err *e)
{
	if (!part->encrypted)
		return hold_part(d, part, timeout_ms, ret, e);
	snprintf(ret->node, sizeof(ret->node), "/dev/mapper/%s", part->mapper);
	return 0;
}

static bool linux_has_file_system(void *ctx, const struct plan_disk *d, const struct part *part)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	struct err e;

	(void)ctx;
	return hold(d, part, 0, &h, &e) == 0 && part_is_formatted(part, h.node);
}

static int linux_shrink_check(void *ctx, const struct plan_disk *d, const struct part *part,
			      struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	int n = hold(d, part, NODE_WAIT_MS, &h, e);

	(void)ctx;
	return n < 0 ? n : fs_shrink_check(h.node, part->fs, part->size, e);
}

static bool linux_is_shrunk(void *ctx, const struct plan_disk *d, const struct part *part)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	uint64_t bytes;
	struct err e;

	(void)ctx;
	return hold(d, part, 0, &h, &e) == 0 && fs_length(h.node, part->fs, &bytes, &e) == 0 &&
	       bytes <= part->size;
}

static int linux_shrink(void *ctx, const struct plan_disk *d, const struct part *part,
			struct events *ev, struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	int n = hold(d, part, NODE_WAIT_MS, &h, e);

	(void)ctx;
	return n < 0 ? n : fs_shrink(h.node, part->fs, part->size, events_line, ev, e);
}

static int linux_write_table(void *ctx, const struct plan_disk *d, struct err *e)
{
	(void)ctx;
	return disk_write_table(d->path, &d->layout, NODE_WAIT_MS, e);
}

static int linux_format(void *ctx, const struct plan_disk *d, const struct part *part,
			struct events *ev, struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	int n = hold(d, part, NODE_WAIT_MS, &h, e);

	(void)ctx;
	return n < 0 ? n : part_format(part, h.node, events_line, ev, e);
}

static int linux_mapper_free(void *ctx, const char *mapper, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("/dev/mapper/%s", mapper);

	(void)ctx;
	if (access(path, F_OK) < 0)
		return 0;
	return err_set(e, ERR_BUSY, "close it (cryptsetup close), or restart the machine",
		       "%s is open already, and the installation needs the name", path);
}

/* Where the wish for it is, as the interview has them, too. */
static size_t wish_of(const struct part *part)
{
	return part->role == PART_ROOT	 ? PREPARED_ROOT
	       : part->role == PART_SWAP ? PREPARED_SWAP
					 : PREPARED_DATA;
}

static void linux_prepare(void *ctx, const struct plan *p, const struct secret *passphrase)
{
	struct preparing_wish w = {.limits = {p->luks_memory_kib, p->luks_threads, LUKS_TRY_MS, 0},
				   .passphrase = passphrase};
	struct err ignored;

	for (size_t i = 0; ctx && i < p->disks.count; i++) {
		const struct plan_disk *d = &p->disks.items[i];
		uint32_t bytes;

		if (luks_sector_bytes(d->path, &bytes, &ignored) < 0)
			continue;
		for (size_t j = 0; j < d->layout.count; j++)
			if (d->layout.parts[j].encrypted)
				w.sector_bytes[wish_of(&d->layout.parts[j])] = bytes;
	}
	if (ctx)
		preparing_start(ctx, &w);
}

/* With what was prepared, if there is any for this very place. */
static int make_container(struct preparing *prepared, const struct part *part, const char *node,
			  const struct secret *passphrase, struct luks_cost *cost, struct err *e)
{
	_cleanup_(luks_header_clear) struct luks_header header = LUKS_HEADER_NONE;
	uint32_t sector_bytes;
	int n;

	if (!prepared)
		return luks_format(part, node, passphrase, cost, e);
	n = luks_sector_bytes(node, &sector_bytes, e);
	if (n < 0)
		return n;
	if (!preparing_take(prepared, passphrase, cost, sector_bytes, &header)) {
		/* Once for all containers, however many there are. */
		*cost = preparing_cost(prepared, cost);
		return luks_format(part, node, passphrase, cost, e);
	}
	n = luks_header_write(part, node, &header, e);
	if (n == 0)
		preparing_written(prepared, &header);
	return n;
}

static int linux_encrypt(void *ctx, const struct plan *p, const struct storage_op *op,
			 const struct secret *passphrase, struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	struct luks_cost cost = {p->luks_memory_kib, p->luks_threads, LUKS_TRY_MS, 0};
	int n = hold_part(&p->disks.items[op->disk], op->part, NODE_WAIT_MS, &h, e);

	return n < 0 ? n : make_container(ctx, op->part, h.node, passphrase, &cost, e);
}

static bool linux_opens(void *ctx, const struct plan_disk *d, const struct part *part,
			const struct secret *passphrase)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	struct err e;

	if (ctx)
		preparing_rest(ctx);
	return hold_part(d, part, 0, &h, &e) == 0 && luks_opens(part, h.node, passphrase);
}

static int linux_open(void *ctx, const struct plan *p, const struct storage_op *op,
		      const struct secret *passphrase, struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	const struct secret *key = ctx ? preparing_key(ctx, op->part->luks_uuid) : NULL;
	int n = hold_part(&p->disks.items[op->disk], op->part, NODE_WAIT_MS, &h, e);

	if (ctx)
		preparing_rest(ctx);
	if (n == 0)
		n = luks_open(op->part, h.node, passphrase, key, p->allow_discards, e);
	if (n == 0 && ctx)
		preparing_opened(ctx);
	return n;
}

static int linux_close(void *ctx, const char *mapper, struct err *e)
{
	if (ctx)
		preparing_rest(ctx);
	return luks_close(mapper, e);
}

static int linux_mount(void *ctx, const struct plan *p, const struct mount_point *m,
		       const char *root, struct err *e)
{
	_cleanup_(held_release) struct held h = {.fd = -1};
	int n = hold(&p->disks.items[m->disk], m->part, NODE_WAIT_MS, &h, e);

	/* All containers are open by now. */
	if (ctx)
		preparing_end(ctx);
	return n < 0 ? n : part_mount(m, h.node, root, e);
}

static int linux_swap_where(void *ctx, const struct plan *p, const char *root, const char **ret,
			    struct err *e)
{
	const struct plan_disk *d = plan_system_disk(p);
	const struct part *part = layout_part(&d->layout, PART_SWAP);
	_cleanup_(held_release) struct held h = {.fd = -1};
	int n = 0;

	(void)ctx;
	if (part)
		n = hold(d, part, NODE_WAIT_MS, &h, e);
	if (n == 0)
		*ret = part ? arena_strdup(p->arena, h.node)
			    : arena_printf(p->arena, "%s/%s", root, plan_swap_file(p));
	return n;
}

static int linux_swap_on(void *ctx, const struct plan *p, const char *where, struct events *ev,
			 struct err *e)
{
	int n = p->swap_file_uuid
			? swapfile_make(where, p->swap_bytes, p->swap_file_uuid, events_line, ev, e)
			: 0;

	(void)ctx;
	return n < 0 ? n : swap_on(where, e);
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

static int64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_nix_line(void *ctx, const char *line)
{
	nixrun_line(ctx, line, now_ms());
}

static void on_nix_silence(void *ctx)
{
	nixrun_idle(ctx, now_ms());
}

/* PATH with the folder beside this program in which Nix's programs say what they do as JSON. */
static char *path_for_nix(void)
{
	_cleanup_free_ char *self = realpath("/proc/self/exe", NULL);
	const char *path = getenv("PATH");

	if (!self)
		return xasprintf("PATH=%s", path ? path : "");
	*strrchr(self, '/') = '\0';
	return xasprintf("PATH=%s/nix-log:%s", self, path ? path : "");
}

static int linux_run_nix(void *ctx, const char *const *argv, uint32_t weight, struct events *ev,
			 struct err *e)
{
	_cleanup_free_ char *path = path_for_nix();
	const char *const env[] = {path, NULL};
	struct nixrun *x = nixrun_new(ev, weight, now_ms());
	const struct proc p = {
		.argv = argv, .env = env, .line = on_nix_line, .idle = on_nix_silence, .ctx = x};
	int n = proc_run(&p, e);
	const char *error = nixrun_error(x);

	(void)ctx;
	if (n == -ERR_TOOL && (error[0] || str_starts(e->why, "@nix ")))
		n = err_why(e, "%s", error);
	nixrun_free(x);
	return n;
}

static int linux_run_hook(void *ctx, const struct hook_call *c, struct events *ev, struct err *e)
{
	(void)ctx;
	return hook_execute(c, ev, e);
}

static int linux_copy_store(void *ctx, const struct plan *p, const char *root, const char *journal,
			    uint32_t weight, const volatile int *cancelled, struct events *ev,
			    struct err *e)
{
	(void)ctx;
	return copy_store(p, root, journal, weight, cancelled, ev, e);
}

static int linux_program_exists(void *ctx, const char *name, struct err *e)
{
	_cleanup_free_ char *found = proc_find(name);

	(void)ctx;
	if (found)
		return 0;
	if (strchr(name, '/'))
		return err_set(e, ERR_NOT_FOUND, "is it on this medium?", "there is no program %s",
			       name);
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
	.shrink_check = linux_shrink_check,
	.is_shrunk = linux_is_shrunk,
	.shrink = linux_shrink,
	.has_table = linux_has_table,
	.has_file_system = linux_has_file_system,
	.write_table = linux_write_table,
	.format = linux_format,
	.prepare = linux_prepare,
	.mapper_free = linux_mapper_free,
	.encrypt = linux_encrypt,
	.opens = linux_opens,
	.open = linux_open,
	.close = linux_close,
	.mount = linux_mount,
	.swap_where = linux_swap_where,
	.swap_on = linux_swap_on,
	.swap_off = linux_swap_off,
	.write_file = linux_write_file,
	.make_directory = linux_make_directory,
	.run = linux_run,
	.run_nix = linux_run_nix,
	.run_hook = linux_run_hook,
	.copy_store = linux_copy_store,
	.program_exists = linux_program_exists,
	.verify = linux_verify,
	.sync = linux_sync,
	.unmount = linux_unmount,
};

const struct machine linux_machine = {.ops = &linux_ops};
