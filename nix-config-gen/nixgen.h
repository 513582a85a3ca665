/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixgen: the NixOS configuration of one host, as bytes. Pure.
 *
 * From a narrow struct of its own (it knows nothing of answers or dialogs) to the files
 * hosts/HOST/default.nix and hosts/HOST/hardware-configuration.nix, written for people:
 * short, laid out as nixfmt does (RFC 166), with a comment where a value came from the hardware.
 * All text from outside goes through nixw, the one place that escapes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

enum nix_boot_loader {
	NIX_BOOT_SYSTEMD,  /* systemd-boot on the ESP */
	NIX_BOOT_GRUB,	   /* GRUB in a BIOS boot partition of `grub_device` */
	NIX_BOOT_EXTLINUX, /* generic-extlinux-compatible, for U-Boot */
};

struct nix_mount {
	const char *mountpoint, *device, *fs_type;
	struct strings options;
};

struct nix_swap {
	const char *device; /* /dev/disk/by-uuid/... or the swap file's path */
	uint64_t file_mib;  /* size of a swap file in MiB; 0: a partition */
};

/* A LUKS device that is opened before the root is mounted, as /dev/mapper/NAME. */
struct nix_luks {
	const char *name, *device; /* of the LUKS header: /dev/disk/by-uuid/... */
	bool allow_discards;	   /* TRIM passes through: shows which blocks are free */
};

struct nix_user {
	const char *name, *description; /* description NULL: none */
	struct strings groups;
	const char *password_file; /* hashedPasswordFile; NULL: no password login */
	struct strings ssh_keys;
	bool auto_login;
};

/* Measures for large builds with little memory: archibald.constrainedBuilds of variants/. */
struct nix_builds {
	bool enable;
	uint32_t swap_gib, max_jobs, cores;
	const char *memory_max;	    /* systemd's MemoryMax */
	const char *isolated_cores; /* NULL: none */
	bool earlyoom;
	bool tmp_in_memory; /* boot.tmp.useTmpfs all the same */
};

/* One kernel parameter (or any list item) and why it is there; why NULL: no comment. */
struct nix_reason {
	const char *value, *why;
};

struct nix_host {
	const char *program;	   /* "archibald 0.1.0": named in the files' first line */
	const char *variant;	   /* imports ../../variants/VARIANT.nix */
	const char *system;	   /* "x86_64-linux" */
	const char *state_version; /* "24.11" */

	const char *host_name, *time_zone, *locale, *key_map;
	bool network_manager;		      /* it keeps the Wi-Fi network of the installation */
	const char *proxy;		      /* http://HOST:PORT, for everything; NULL: none */
	const char *xkb_layout, *xkb_variant; /* NULL: no X keyboard (server) */

	LIST_OF(struct nix_user) users;
	const char *admin_note; /* NULL or a comment over users */

	enum nix_boot_loader loader;
	const char *loader_why; /* "started by UEFI; efivars are writable" */
	bool can_touch_efi_variables;
	const char *esp;	 /* where the EFI system partition is mounted; NULL: /boot */
	const char *grub_device; /* /dev/disk/by-id/... */
	unsigned configuration_limit;

	LIST_OF(struct nix_reason) initrd_modules;
	LIST_OF(struct nix_reason) kernel_modules;
	LIST_OF(struct nix_reason) kernel_params;
	const char *governor; /* powerManagement.cpuFreqGovernor; NULL: left alone */
	const char *governor_why;
	const char *microcode;	       /* "intel", "amd" or NULL */
	bool qemu_guest;	       /* imports profiles/qemu-guest.nix */
	bool bare_metal;	       /* imports installer/scan/not-detected.nix */
	struct strings hardware_notes; /* comment lines over hardware-configuration.nix */

	LIST_OF(struct nix_mount) mounts;
	LIST_OF(struct nix_reason) tmpfiles; /* lines of tmpfiles.d(5) */
	LIST_OF(struct nix_swap) swaps;
	LIST_OF(struct nix_luks) luks;
	const char *resume_device; /* boot.resumeDevice, for hibernation; NULL: none */
	bool zram;
	unsigned zram_percent;

	bool audio;	      /* musnix.enable and PipeWire; musnix.enable = false without */
	bool realtime_kernel; /* musnix.kernel.realtime; written for audio only */
	const char *realtime_why;
	struct strings rtirq; /* musnix.rtirq.nameList words, highest first; empty: left alone */
	uint32_t quantum;     /* samples of a PipeWire cycle; 0: PipeWire's own 1024 */
	uint32_t min_quantum; /* what programs may ask for at least; 0: PipeWire's own 32 */
	const char *quantum_why;
	struct nix_builds builds;
	const char *desktop; /* "plasma6", "dwm", "hyprland", "i3"; "none" or NULL */
};

struct nix_file {
	const char *path;    /* relative to the flake: hosts/HOST/default.nix */
	const char *content; /* both from the arena */
};

struct nix_files {
	LIST_OF(struct nix_file) list;
};

/* The two files of hosts/HOST, default.nix first. ERR_INVALID, with nothing written, for what
 * NixOS would refuse at evaluation (types of options, a missing root file system, two automatic
 * logins): nixgen finds it before a disk is touched. */
int nixgen_host(const struct nix_host *h, struct arena *a, struct nix_files *ret,
		struct err *e) nodiscard;
