/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * device: block devices as the kernel names them, for the files of partition/ only. What reads
 * sysfs takes a `struct sys`, so that tests can show it a directory instead.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sys.h"

enum { DEVICE_NAME_SIZE = 128 };

/* "sys/dev/block/8:0", where the device with these numbers is. */
struct device_dir {
	char s[64];
};
struct device_dir device_dir(unsigned major, unsigned minor);

/* A partition that the kernel knows. */
struct kernel_part {
	uint32_t number;
	uint64_t start, size; /* bytes */
	unsigned major, minor;
	char node[DEVICE_NAME_SIZE]; /* "/dev/sda1" */
};
struct kernel_parts {
	struct kernel_part *items;
	size_t count;
};

/* The partitions of that disk, in the order of their names. */
struct kernel_parts kernel_parts_list(const struct sys *s, struct arena *a, unsigned major,
				      unsigned minor);
/* "/dev/sda" by its uevent's DEVNAME; "" when sysfs has no such device. */
void device_node_name(const struct sys *s, const char *dir, char *ret, size_t size);

/*
 * Opens a device node read-only as soon as it is there, at most `timeout_ms` from now, woken by
 * inotify. While a partition is open, the kernel does not drop it when udev asks for the table to
 * be read again. A descriptor, or ERR_NOT_FOUND.
 */
int node_open(const char *node, unsigned timeout_ms, struct err *e) nodiscard;
/* Size of an open block device or regular file in bytes. */
int node_size(int fd, const char *name, uint64_t *ret, struct err *e) nodiscard;

/* Milliseconds of a clock that only goes forward. */
uint64_t clock_ms(void);
/* pwrite(2) of everything. */
int write_at(int fd, const void *bytes, size_t n, uint64_t at, const char *name,
	     struct err *e) nodiscard;
int write_zeros(int fd, uint64_t from, uint64_t to, const char *name, struct err *e) nodiscard;
