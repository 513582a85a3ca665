/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts: what the machine is. One struct, made only by facts_detect() (which reads through
 * `sys`, never starts a process and never writes) or read back from its own JSON: a recorded
 * machine replays anywhere. Strings are safe to show (base/str.h, str_sanitise) and live in the
 * facts' arena; NULL means unknown. Sizes are bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sys.h"

struct json_object;

enum arch { ARCH_X86_64, ARCH_AARCH64, ARCH_OTHER };
extern const char *const arch_names[]; /* "x86_64", "aarch64", "other" */

enum board_kind {
	BOARD_PC,     /* x86 with its firmware tables */
	BOARD_RK3588, /* Rockchip RK3588 or RK3588S by its device tree */
	BOARD_ARM,    /* any other ARM machine */
};
extern const char *const board_kind_names[];

struct board {
	enum board_kind kind;
	char *name;		   /* "orangepi5" for boards known by name, else NULL */
	char *model;		   /* for people: "Xunlong Orange Pi 5", "LENOVO 20XW" */
	struct strings compatible; /* the device tree's list, most specific first */
	char *id; /* DMI product UUID or device-tree serial number; root only on x86 */
	/* What labels on the machine say; NULL for what makers leave in place of one. */
	char *serial, *uuid; /* DMI product serial number and UUID; the device tree's serial */
};

struct cluster {
	char *cpus; /* "0-3" */
	uint32_t count;
	char *core;	   /* "Cortex-A55", "performance", "efficiency" or NULL */
	uint32_t capacity; /* the kernel's cpu_capacity, 1024 for the strongest; 0: unknown */
	uint64_t max_khz;  /* 0: unknown */
};

struct cpu {
	char *vendor; /* "GenuineIntel", "AuthenticAMD", "ARM" */
	char *model;
	uint32_t threads, cores, sockets; /* logical processors, physical cores, packages */
	LIST_OF(struct cluster) clusters; /* one entry on a machine with equal cores */
};

enum firmware_kind { FIRMWARE_UEFI, FIRMWARE_BIOS, FIRMWARE_DEVICE_TREE };
enum secure_boot { SECURE_BOOT_UNKNOWN, SECURE_BOOT_OFF, SECURE_BOOT_ON };
extern const char *const firmware_kind_names[], *const secure_boot_names[];

struct firmware {
	enum firmware_kind kind;
	uint32_t bits; /* of UEFI: 32 or 64; 0 otherwise */
	bool efivars_writable;
	enum secure_boot secure_boot;
};

struct partition {
	char *path;
	uint32_t number, major, minor;
	uint64_t start, bytes;
	char *name, *type_guid, *guid; /* of the partition table */
	uint64_t attributes;	       /* of a GPT entry */
	char *fs_type, *fs_version, *fs_label, *fs_uuid;
	struct strings mounts;	/* mount points; "[swap]" for active swap */
	struct strings holders; /* "dm-0", "md127" */
	char *system;		/* "Windows", "Linux", "macOS" when it looks like one */
	/* Of an EFI system partition or XBOOTLDR, an ext4 or a btrfs that could be read: */
	bool room_known;
	uint64_t free_bytes;	     /* of the partition's; a btrfs over several disks is unknown */
	uint64_t fs_bytes;	     /* that an ext4 or a btrfs has itself; 0: not known */
	struct strings boot_loaders; /* of the first two: "nixos", "windows" */
	bool remains;		     /* of an interrupted installation: facts_mark_remains */
};

enum transport {
	TRANSPORT_UNKNOWN,
	TRANSPORT_NVME,
	TRANSPORT_SATA,
	TRANSPORT_USB,
	TRANSPORT_SCSI,
	TRANSPORT_SAS,
	TRANSPORT_VIRTIO,
	TRANSPORT_SD,
	TRANSPORT_EMMC,
};
extern const char *const transport_names[];

struct disk {
	char *path;	      /* /dev/nvme0n1 */
	char *by_id;	      /* /dev/disk/by-id/...; the best of its links, NULL: it has none */
	struct strings links; /* all its stable names below /dev/disk/by-id and by-path */
	char *model, *vendor, *serial, *wwid;
	uint32_t major, minor;
	uint64_t bytes;
	uint32_t sector_bytes; /* logical */
	enum transport transport;
	bool removable, rotational, read_only;
	bool live_medium; /* the running system was started from it */
	bool remains;	  /* of an interrupted installation, and nothing else: facts_mark_remains */
	char *table;	  /* "gpt", "dos" or NULL */
	char *fs_type, *fs_label, *fs_uuid; /* of a file system without a table */
	struct strings mounts, holders;	    /* of the disk itself, not of its partitions */
	LIST_OF(struct partition) partitions;
};

enum net_kind { NET_ETHERNET, NET_WIFI, NET_OTHER };
extern const char *const net_kind_names[];

struct net {
	char *name, *mac, *driver;
	enum net_kind kind;
	bool carrier;
};

struct gpu {
	char *vendor_id, *device_id, *driver; /* "0x10de"; NULL ids on a platform bus */
	char *vendor;			      /* "NVIDIA" when known */
};

struct sound_card {
	char *id, *name, *driver;
	char *bus; /* "usb", "pci" or "platform" */
};

/* What the running system can give to the target without a network; absolute paths, NULL: it has
 * none. */
struct medium {
	char *image;	    /* its store as a squashfs image */
	char *registration; /* of the paths in that store (nix-store --dump-db) */
	char *roots;	    /* which of them an installed system needs; store/medium.h */
};

struct facts {
	struct arena *arena;
	uint32_t version; /* of the JSON: 1 */
	enum arch arch;
	struct board board;
	struct cpu cpu;
	uint64_t memory_bytes;
	struct firmware firmware;
	char *virtualisation; /* "qemu", "kvm", "vmware", ...; NULL: bare metal */
	char *system;	      /* PRETTY_NAME of the running system */
	char *release;	      /* its VERSION_ID */
	struct medium medium;
	struct strings consoles; /* "ttyS2,1500000n8" as the kernel was told, preferred last */
	LIST_OF(struct disk) disks;
	LIST_OF(struct net) networks;
	LIST_OF(struct gpu) gpus;
	LIST_OF(struct sound_card) sound_cards;
	struct strings storage_modules; /* kernel modules that the disks' controllers use */
};

enum { FACTS_VERSION = 1 };

/* Never fails for missing files: what cannot be read is unknown. Owned by the caller. */
struct facts *facts_detect(const struct sys *s);
int facts_read_file(const char *path, struct facts **ret, struct err *e) nodiscard;
struct json_object *facts_to_json(const struct facts *f); /* caller puts it */

/* A stretch of a disk that no partition has. */
struct disk_area {
	uint64_t start, bytes; /* whole MiB */
};
struct disk_areas {
	LIST_OF(struct disk_area) list;
};
/* The free areas of a disk with a GPT or an MBR table in the order of their places; of others
 * nothing is known. What an interrupted installation left counts as free. From the arena. */
struct disk_areas disk_free_areas(const struct disk *d, struct arena *a);
#define TYPE_GUID_ESP	     "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_GUID_XBOOTLDR   "bc13c2ff-59e6-4262-a352-b275fd6f7172"
#define TYPE_GUID_BIOS_BOOT  "21686148-6449-6e6f-744e-656564454649"
#define TYPE_GUID_LINUX_HOME "933ac7e1-2eb4-4f13-b844-0e14e2aef915"
struct str;
void facts_to_text(const struct facts *f, struct str *out);
struct facts *facts_free(struct facts *f);
void facts_cleanup(struct facts **f);
#define _cleanup_facts_ _cleanup_(facts_cleanup)

/* Everything that makes the disk unfit to be erased now, in words; NULL when nothing does.
 * "it is the live medium", "/dev/sda2 is mounted at /mnt", ... From the arena. */
const char *disk_in_use(const struct disk *d, struct arena *a);
/* The disk has partitions, a file system, or a table that is neither GPT nor MBR and so may hold
 * partitions that the kernel has not read: something can be lost. An empty GPT is nothing. */
bool disk_has_data(const struct disk *d);
/* Marks the partitions with these GUIDs, and the disks on which there are no others: what an
 * installation that was interrupted has left (its journal tells) needs no second agreement to be
 * erased. */
void facts_mark_remains(struct facts *f, const struct strings *guids);
/* A word for the machine's kind: the board's name, or the model in lower case with dashes
 * ("lenovo-20xw"). NULL when neither is known. */
const char *facts_board(const struct facts *f, struct arena *a);
/* "Samsung SSD 990 PRO 2TB, 1.8 TiB, nvme" */
const char *disk_title(const struct disk *d, struct arena *a);
