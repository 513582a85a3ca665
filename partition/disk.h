/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk: the executors. Each does one thing to a disk that was named and agreed on, and says
 * exactly what failed. Nothing here decides anything, sleeps for luck, or syncs the system.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/proc.h"
#include "partition/storage.h"

/* How long a node that should come is waited for: udev makes it when it gets round to it. */
enum { NODE_WAIT_MS = 10000 };

/* What was agreed on, to recognise the disk again immediately before the first write. */
struct disk_identity {
	const char *path;   /* the device node, /dev/nvme0n1 */
	const char *serial; /* as sysfs or udev gave it; NULL: it has none */
	const char *wwid;   /* likewise */
	const char *model;  /* likewise */
	uint64_t bytes;
	uint32_t major, minor;
};

/*
 * Is the node still that very disk, writable, unmounted, not swapped on, without holders
 * (device-mapper, md, loop) on it or on any of its partitions, and not under the live medium?
 * Opens it O_EXCL read-only for the moment of looking. Sizes and numbers must be the same; an
 * expected serial, wwid or model must be found in one of the places where sysfs and udev keep it
 * (identify.c has the list), and an expected one that is missing now is a mismatch.
 * ERR_MISMATCH, ERR_BUSY (says who holds it), ERR_NOT_FOUND, ERR_UNSUPPORTED (read-only).
 */
int disk_identify(const struct disk_identity *id, struct err *e) nodiscard;

/*
 * Of a layout that keeps the table: is it still the one that was agreed on, in both copies, do the
 * kept partitions that are used still hold the same file systems, is there room in them, and are
 * the subvolumes there that are mounted? Reads only. ERR_MISMATCH, ERR_TOO_SMALL (with the
 * numbers), ERR_INVALID (the table is damaged), ERR_NOT_FOUND (no such subvolume).
 */
int disk_check_kept(const char *path, const struct layout *l, struct err *e) nodiscard;

/* Is there still neither a file system nor a partition on it (libblkid)? For a disk that was agreed
 * on as empty. ERR_MISMATCH: there is. */
int disk_check_blank(const char *path, struct err *e) nodiscard;

/*
 * Clears old signatures (libblkid), writes the GPT by libparted, then puts in the type GUIDs,
 * unique GUIDs and attributes that this libparted cannot set, tells the kernel (BLKPG) and waits
 * for the partitions' device nodes, at most `node_timeout_ms`. Holds flock(2) LOCK_EX on the disk
 * meanwhile (systemd.io/BLOCK_DEVICE_LOCKING) so that udev does not probe half a table.
 * The bytes from the end of the primary GPT to keep_bytes are never written.
 *
 * With keep_table nothing is cleared but old signatures in the places of new partitions, whose
 * entries are added (gpt_add), after everything that disk_check_kept looks at. A partition becomes
 * smaller only when the file system in it is that small already (ERR_TOO_SMALL). A table that is as
 * planned already is not written.
 *
 * ERR_MISMATCH: not the size or sector size of the layout. ERR_BUSY: in use, locked by another
 * program for ten seconds, or the kernel does not let go of a partition. In all of these cases
 * nothing was written. A regular file will do as well: then no kernel is told, and libparted
 * takes the sector size from PARTED_SECTOR_SIZE in the environment (512 without it).
 */
int disk_write_table(const char *path, const struct layout *l, unsigned node_timeout_ms,
		     struct err *e) nodiscard;

/*
 * Opens that partition read-only, as soon as the kernel knows it and its node is there, at most
 * `timeout_ms` from now: when a writable descriptor of the whole disk closes, udev has the kernel
 * read the table again, and until that is done there are no partitions. While the descriptor is
 * open they stay. `node` gets the partition's name. A descriptor, or ERR_NOT_FOUND.
 */
int disk_part_open(const char *path, uint32_t number, unsigned timeout_ms, char *node, size_t size,
		   struct err *e) nodiscard;

/* The mkfs or mkswap command line for a partition. argv points into storage inside `ret`. */
struct format_command {
	const char *argv[16];
	char node[128];
	char text[2][48];
};
int format_command(const struct part *p, const char *node, struct format_command *ret,
		   struct err *e) nodiscard;
/*
 * Waits for the node (at most ten seconds: udev may have the kernel read the table once more),
 * wipes signatures in the partition and runs format_command; FS_NONE only has its first MiB
 * zeroed; a btrfs gets its subvolumes. The node of an encrypted partition is the open container's.
 * ERR_MISMATCH when the node has not the partition's size, ERR_BUSY when it
 * is in use; nothing was written then.
 */
int part_format(const struct part *p, const char *node, proc_line_fn line, void *ctx,
		struct err *e) nodiscard;
/* Clears the signatures in a partition of exactly the layout's size. fd: the open node. */
int part_clear(const struct part *p, const char *node, int fd, struct err *e) nodiscard;
/* Is this file system, with this UUID, on the node already (libblkid, low-level probe)? FS_NONE:
 * is nothing recognisable there? */
bool part_is_formatted(const struct part *p, const char *node);
/* The same at byte `start` of an open disk or file; of an encrypted partition its container. */
bool fs_is_there(int fd, const struct part *p, uint64_t start);
/* Does the disk hold exactly this table (GUIDs, positions, types, attributes; names are not
 * compared) already, sound in both copies? */
bool disk_has_table(const char *path, const struct layout *l);

/* mount(2) of the partition or subvolume at root + where, directories made (0755). Mounted there
 * already is fine. */
int part_mount(const struct mount_point *m, const char *node, const char *root,
	       struct err *e) nodiscard;
/* Unmounts everything at and below root, deepest first; a busy mount is retried for as long as
 * `timeout_ms`, then the error names a process that holds it. Not mounted, or no such directory,
 * is not an error; "/" is refused (ERR_INVALID). */
int tree_unmount(const char *root, unsigned timeout_ms, struct err *e) nodiscard;
/* syncfs(2) of the file system that holds path. */
int tree_sync(const char *path, struct err *e) nodiscard;

/* A swap file of that size without holes, mode 0600, with a swap signature of that UUID; missing
 * directories above it are made (0755), a file that is there is replaced, and none is left behind
 * on failure. ERR_TOO_SMALL: no room. ERR_UNSUPPORTED: not on this file system. ERR_BUSY: it is
 * swapped on. */
int swapfile_make(const char *path, uint64_t bytes, const char *uuid, proc_line_fn line, void *ctx,
		  struct err *e) nodiscard;
int swap_on(const char *node_or_file, struct err *e) nodiscard;	 /* already on is fine */
int swap_off(const char *node_or_file, struct err *e) nodiscard; /* not on is fine */

#define LIVE_MEDIUM_MOUNTS "/iso", "/nix/.ro-store", "/run/live/medium", "/cdrom"
