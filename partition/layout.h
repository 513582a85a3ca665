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
	PART_BOOT, /* ext4 at /boot, where the boot loader cannot read the root (XBOOTLDR) */
	PART_DATA, /* the data disk's */
	PART_ROLES,
};

/* Architecture as the type GUID of the root partition needs it. */
enum part_arch { PART_ARCH_X86_64, PART_ARCH_AARCH64 };

struct layout_request {
	uint64_t disk_bytes;
	uint32_t sector_bytes; /* logical: 512 or 4096 */
	enum layout_kind kind;
	enum boot_method boot;
	enum part_arch arch;
	enum fs_kind root_fs;	      /* of the data partition on a LAYOUT_DATA */
	enum compression compression; /* btrfs only */
	bool swap_file;		      /* on btrfs it gets a subvolume of its own */
	bool encrypt;		 /* root, swap and data in LUKS2; boot partitions stay readable */
	const char *mountpoint;	 /* LAYOUT_DATA: where */
	uint64_t swap_bytes;	 /* of a swap partition, rounded up to 1 MiB; 0: none */
	uint64_t root_min_bytes; /* what the system needs at least; refusals name it */
	const char *seed;	 /* a UUID: every identifier follows from it */
};

/* A btrfs subvolume of the top level and where it is mounted. */
struct subvolume {
	char name[16];
	char mountpoint[32];
};
enum { SUBVOLUMES_MAX = 6, MOUNTPOINT_SIZE = 64 };

struct part {
	uint32_t number; /* GPT entry, from 1 */
	enum part_role role;
	char name[37]; /* GPT partition name, ASCII */
	char type_guid[37], guid[37];
	bool legacy_boot; /* GPT attribute 2, which U-Boot's distro boot looks for */
	uint64_t start, size;
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
};

enum { LAYOUT_PARTS_MAX = 8 };

struct layout {
	enum layout_kind kind;
	char disk_guid[37];
	uint64_t disk_bytes;
	uint32_t sector_bytes;
	uint64_t keep_bytes; /* untouched at the disk's start, but for the GPT itself */
	struct part parts[LAYOUT_PARTS_MAX];
	size_t count; /* in the order of their numbers */
};

/*
 * By number: UEFI has the ESP, swap and the root, BIOS the BIOS boot partition, swap and the root,
 * U-Boot the root and swap; a data disk has one partition. BIOS and U-Boot have an ext4 /boot
 * before the root when that is encrypted or not ext4: GRUB reads encrypted disks only after asking
 * for the passphrase itself, U-Boot not at all, and both know new features of file systems late.
 * The root takes what the others leave. Identifiers are uuid_derive(seed, "disk"), ("part-root"),
 * ("fs-root"), ("luks-root") and so on with "esp", "bios", "swap", "boot", "data".
 * ERR_TOO_SMALL with the needed and the present size when the disk cannot hold it;
 * ERR_UNSUPPORTED for other sectors or a root on vfat or swap; ERR_INTERNAL without a seed.
 */
int layout_make(const struct layout_request *r, struct layout *ret, struct err *e) nodiscard;
const struct part *layout_part(const struct layout *l, enum part_role role); /* NULL: none */
/* The smallest disk that layout_make accepts for this request, in bytes. */
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
