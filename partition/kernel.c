/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "partition/device.h"
#include "partition/disk.h"

/* 0 or -errno. Positions are bytes. */
static int blkpg(int fd, int op, uint32_t number, uint64_t start, uint64_t size)
{
	struct blkpg_partition p = {
		.start = (long long)start, .length = (long long)size, .pno = (int)number};
	struct blkpg_ioctl_arg arg = {.op = op, .datalen = sizeof(p), .data = &p};

	return ioctl(fd, BLKPG, &arg) < 0 ? -errno : 0;
}

static int known_parts(int fd, const char *path, struct arena *a, struct kernel_parts *ret,
		       struct err *e)
{
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	struct stat st;
	int r = sys_open(&s, NULL, e);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", path);
	*ret = kernel_parts_list(&s, a, major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

int kernel_forget_parts(int fd, const char *path, const struct layout *l, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct kernel_parts known = {0}, parts = {0};
	int r = known_parts(fd, path, a, &known, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < known.count; i++)
		if (!layout_old(l, known.items[i].number))
			*list_push(a, &parts) = known.items[i];
	for (size_t i = 0; i < parts.count; i++) {
		const struct kernel_part *p = &parts.items[i];

		r = blkpg(fd, BLKPG_DEL_PARTITION, p->number, 0, 0);
		if (r == 0 || r == -ENXIO)
			continue;
		err_set(e, r == -EBUSY ? ERR_BUSY : ERR_IO,
			"close whatever uses it; nothing was written",
			"the kernel does not let go of %s", p->node);
		(void)err_why(e, "%s", r == -EBUSY ? "it is in use" : "BLKPG failed");
		while (i-- > 0)
			(void)blkpg(fd, BLKPG_ADD_PARTITION, parts.items[i].number,
				    parts.items[i].start, parts.items[i].size);
		return -(int)e->code;
	}
	return 0;
}

/* What the layout changes of what the kernel knows: 0, or -errno. */
static int learn_part(int fd, const struct part *p)
{
	switch (p->fate) {
	case FATE_CREATE: return blkpg(fd, BLKPG_ADD_PARTITION, p->number, p->start, p->size);
	case FATE_SHRINK: return blkpg(fd, BLKPG_RESIZE_PARTITION, p->number, p->start, p->size);
	case FATE_FORMAT:
	case FATE_KEEP: break;
	}
	return 0;
}

/* The places of new partitions are free only once the one that was there ends before them. */
static int learn_parts(int fd, const char *path, const struct layout *l, bool shrunk, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];
		int r = shrunk == (p->fate == FATE_SHRINK) ? learn_part(fd, p) : 0;

		if (r < 0)
			return err_errno(e, -r, "restart the machine and begin again",
					 "cannot tell the kernel of partition %" PRIu32 " of %s",
					 p->number, path);
	}
	return 0;
}

int kernel_learn_parts(int fd, const char *path, const struct layout *l, unsigned node_timeout_ms,
		       struct err *e)
{
	uint64_t end = clock_ms() + node_timeout_ms;
	int r = learn_parts(fd, path, l, true, e);

	if (r == 0)
		r = learn_parts(fd, path, l, false, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < l->count; i++) {
		char node[DEVICE_NAME_SIZE];
		uint64_t now = clock_ms();
		int part = disk_part_open(path, l->parts[i].number,
					  now < end ? (unsigned)(end - now) : 0, node, sizeof(node),
					  e);

		if (part < 0)
			return part;
		close(part);
	}
	return 0;
}

int kernel_resize_part(int fd, const char *path, uint32_t number, uint64_t start, uint64_t size,
		       struct err *e)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", path);
	if (!S_ISBLK(st.st_mode))
		return 0;
	r = blkpg(fd, BLKPG_RESIZE_PARTITION, number, start, size);
	return r < 0 ? err_errno(e, -r, "restart the machine; then it goes on",
				 "cannot tell the kernel of the new size of partition %" PRIu32
				 " of %s",
				 number, path)
		     : 0;
}
