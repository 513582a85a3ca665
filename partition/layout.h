/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * layout: what one disk will look like. Pure: a request goes in, a layout value comes out, and
 * nothing is opened or written. Sizes and positions are bytes; partitions lie on 1 MiB. What
 * several disks are together (what is done in which order, what is mounted where) is storage.h.
 *
 * GPT type GUIDs are those of the Discoverable Partitions Specification
 * (uapi-group.org/specifications/specs/discoverable_partitions_specification).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* How the machine's firmware finds the boot loader. */
enum boot_method {
	BOOT_UEFI,  /* an EFI system partition of 1 GiB, mounted at /boot */
	BOOT_BIOS,  /* a BIOS boot partition of 1 MiB for GRUB's core image (EF02) */
	BOOT_UBOOT, /* extlinux on the root; the first 16 MiB stay as they are (Rockchip) */
};

enum fs_kind {
	FS_NONE, /* raw: the BIOS boot partition */
	FS_EXT4,
	FS_VFAT,
	FS_SWAP,
	FS_BTRFS, /* with subvolumes: see part.subvolumes */
	FS_XFS,
	FS_F2FS,
	FS_KINDS,
};

/* How btrfs compresses what is written. */
enum compression { COMPRESS_NONE, COMPRESS_ZSTD, COMPRESS_LZO };

/* What a disk is for. */
enum layout_kind {
	LAYOUT_SYSTEM, /* boot, root, swap */
	LAYOUT_DATA,   /* one file system of its own: samples, recordings */
};

enum part_role {
	PART_ESP,
	PART_BIOS_BOOT,
	PART_ROOT,
	PART_SWAP,
	/* At /boot, where the boot loader cannot read the root (ext4), or where somebody else's EFI
	 * system partition is too small (FAT); XBOOTLDR. */
	PART_BOOT,
	PART_DATA, /* the data disk's, or what else is mounted */
	PART_ROLES,
};

/* Architecture as the type GUID of the root partition needs it. */
enum part_arch { PART_ARCH_X86_64, PART_ARCH_AARCH64 };

/* What becomes of a partition that the system uses. */
enum part_fate {
	FATE_CREATE,
	FATE_FORMAT, /* it stays in the table, and gets a new file system */
	FATE_KEEP,   /* with all that is in it */
	FATE_SHRINK, /* it becomes smaller, with all that is in it; the system does not use it */
};

/* An entry of a partition table that is kept. */
struct old_part {
	uint32_t number;
	uint64_t start, size;
	char type_guid[37], guid[37];
	bool remove; /* what an interrupted installation left: its entry goes */
};

/* What such a partition is used for. */
struct part_use {
	uint32_t number;
	enum part_role role;
	enum part_fate fate; /* any but FATE_CREATE */
	enum fs_kind fs;
	const char *mountpoint; /* "" for none */
	const char *subvolume;	/* of a kept btrfs; NULL: its top */
	const char *fs_uuid;	/* of what stays: as blkid prints it; "" for FS_NONE */
	uint64_t room_bytes;	/* of a kept FAT: must be free in it */
	uint64_t size;		/* FATE_SHRINK: that it will have, whole MiB */
};

/* What three generations of kernel and initrd need in a FAT at /boot, and the boot loader alone in
 * one at /efi. An initrd with the firmware of graphics cards is the largest: 60 MiB. */
enum { BOOT_GENERATIONS = 3 };
#define BOOT_GENERATION_BYTES (UINT64_C(80) << 20)
#define BOOT_ROOM_BYTES	      (BOOT_GENERATIONS * BOOT_GENERATION_BYTES)
#define BOOT_LOADER_BYTES     (UINT64_C(2) << 20)
/* Where a Rockchip ROM looks for the loader, and the loader for U-Boot, ends here: on any of the
 * machine's disks, not on the system's alone. */
#define UBOOT_KEEP_BYTES (UINT64_C(16) << 20)

struct layout_request {
	uint64_t disk_bytes;
	uint32_t sector_bytes; /* logical: 512 or 4096 */
	enum layout_kind kind;
	enum boot_method boot; /* the machine's; what a LAYOUT_DATA leaves alone follows from it */
	enum part_arch arch;
	enum fs_kind root_fs;	      /* of the data partition on a LAYOUT_DATA */
	enum compression compression; /* btrfs only */
	bool swap_file;		      /* on btrfs it gets a subvolume of its own */
	bool encrypt;		 /* root, swap and data in LUKS2; boot partitions stay readable */
	const char *mountpoint;	 /* LAYOUT_DATA: where */
	uint64_t swap_bytes;	 /* of a swap partition, rounded up to 1 MiB; 0: none */
	uint64_t root_min_bytes; /* what the system needs at least; refusals name it */
	const char *seed;	 /* a UUID: every identifier follows from it */
	/* The disk's table is kept. Borrowed for as long as the layout lives. */
	bool keep_table;
	const struct old_part *old; /* all that is in it */
	size_t old_count;
	const struct part_use *uses;
	size_t use_count;
	/* Where new partitions are made, whole MiB; 0 bytes: none are. */
	uint64_t area_start, area_bytes;
};

/* A btrfs subvolume of the top level and where it is mounted. */
enum { SUBVOLUMES_MAX = 6, MOUNTPOINT_SIZE = 64, SUBVOLUME_SIZE = 64 };
struct subvolume {
	char name[SUBVOLUME_SIZE];
	char mountpoint[MOUNTPOINT_SIZE];
};

struct part {
	uint32_t number; /* GPT entry, from 1 */
	enum part_role role;
	enum part_fate fate;
	char name[37]; /* GPT partition name, ASCII; "" for one that was there */
	char type_guid[37], guid[37];
	bool legacy_boot;     /* GPT attribute 2, which U-Boot's distro boot looks for */
	uint64_t start, size; /* as it will be */
	enum fs_kind fs;
	char fs_uuid[37];		  /* as blkid prints it: vfat "ABCD-1234"; "" for FS_NONE */
	char fs_label[17];		  /* "" for none */
	char mountpoint[MOUNTPOINT_SIZE]; /* on the installed system: "/", "/boot"; "" for none */
	enum compression compression;
	struct subvolume subvolumes[SUBVOLUMES_MAX]; /* btrfs: mounted in place of mountpoint */
	size_t subvolume_count;
	/* A LUKS2 container, open as /dev/mapper/`mapper`; the file system is inside. */
	bool encrypted;
	char luks_uuid[37];
	char mapper[16];
	uint64_t room_bytes; /* FATE_KEEP: must be free in it; 0: no matter */
};

enum { LAYOUT_PARTS_MAX = 16 };

struct layout {
	enum layout_kind kind;
	char disk_guid[37];
	uint64_t disk_bytes;
	uint32_t sector_bytes;
	uint64_t keep_bytes; /* untouched at the disk's start, but for the GPT itself */
	struct part parts[LAYOUT_PARTS_MAX]; /* what the system uses */
	size_t count;			     /* in the order of their numbers */
	/* The table stays: only the entries of parts with FATE_CREATE and FATE_SHRINK are written.
	 * Borrowed. */
	bool keep_table;
	const struct old_part *old;
	size_t old_count;
};

/*
 * By number: UEFI has the ESP, swap and the root, BIOS the BIOS boot partition, swap and the root,
 * U-Boot the root and swap; a data disk has one partition. BIOS and U-Boot have an ext4 /boot
 * before the root when that is encrypted or not ext4: GRUB reads encrypted disks only after asking
 * for the passphrase itself, U-Boot not at all, and both know new features of file systems late.
 * The root takes what the others leave. Identifiers are uuid_derive(seed, "disk"), ("part-root"),
 * ("fs-root"), ("luks-root") and so on with "esp", "bios", "swap", "boot", "data".
 *
 * With keep_table the partitions in `uses` are where they are, and what is missing to the above is
 * made in the area, in the same order, with free numbers of the table. With a kept EFI system
 * partition at /efi, XBOOTLDR is made beside it. Of one that becomes smaller the end moves, and the
 * area may lie in what it leaves. Nothing else of the table changes.
 *
 * ERR_TOO_SMALL with the needed and the present size when the disk, the area or the partition for
 * the root cannot hold it, or one that is formatted its file system; ERR_UNSUPPORTED for other
 * sectors, a root on vfat or swap, a table that is full or has partitions with the identifiers of
 * the new ones; ERR_INTERNAL without a seed.
 */
int layout_make(const struct layout_request *r, struct layout *ret, struct err *e) nodiscard;
const struct part *layout_part(const struct layout *l, enum part_role role);	   /* NULL: none */
const struct part *layout_part_at(const struct layout *l, const char *mountpoint); /* NULL: none */
/* The entry of that number in the table that is kept; NULL: none, or it goes. */
const struct old_part *layout_old(const struct layout *l, uint32_t number);
/* The one with FATE_SHRINK; NULL: none becomes smaller. */
const struct part *layout_shrunk(const struct layout *l);
/* The size that the entry of a partition that stays will have. */
uint64_t layout_old_size(const struct layout *l, const struct old_part *o);
/* Are there entries to be written or cleared? */
bool layout_changes_table(const struct layout *l);
/* The smallest disk (or area, or partition for the root) that layout_make accepts for this
 * request, in bytes. */
uint64_t layout_needed(const struct layout_request *r);

/* The bytes of its device that the file system has: a LUKS2 header is not its own. */
uint64_t part_payload(const struct part *p);

const char *fs_kind_name(enum fs_kind fs);	  /* as NixOS's fsType: "ext4", "vfat", "swap" */
const char *fs_kind_program(enum fs_kind fs);	  /* that makes it: "mkfs.ext4"; NULL: none */
enum fs_kind fs_kind_by_name(const char *name);	  /* FS_NONE: not one of those */
const char *part_role_name(enum part_role r);	  /* "EFI system", "root", ... for people */
const char *boot_method_name(enum boot_method b); /* "uefi", "bios", "u-boot" */
/* Mount options of the file system for the installed system as for the installation ("fmask=0077",
 * "noatime", ...) without those of a subvolume (storage.h); NULL-terminated, static. */
const char *const *part_mount_options(const struct part *p);
