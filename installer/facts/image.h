/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * image: the running system as one that was flashed or cloned: what it leaves open, what it has
 * already, and where its root could grow. Read through `sys` and the facts; nothing is written.
 */
#pragma once

#include "base/sys.h"
#include "facts/facts.h"

/* An account of the running system that may be a person's (passwd(5), 1000 <= uid < 60000), or
 * root's. */
struct image_account {
	char *name, *home;
	uint32_t uid, gid;
	bool login;    /* it has a shell */
	bool keys;     /* somebody's SSH keys are in its home */
	bool etc_keys; /* or in /etc/ssh/authorized_keys.d, where NixOS has those that it declares
			*/
	bool nix_keys; /* and it has: they come again at each start */
};

struct image_root {
	char *node, *disk;	/* NULL: the root is not a partition of a disk */
	struct strings beneath; /* then the disks below what it is on: LUKS, LVM, md */
	char *fs_type;
	uint32_t number, major, minor; /* of the partition; the numbers of the disk */
	uint64_t start, bytes;
	uint64_t end_bytes;  /* where it could end: the medium's last MiB is the table's */
	uint64_t room_bytes; /* that the file system could gain; 0: nothing to speak of */
};

struct image {
	struct arena *arena;
	char *variant;	 /* os-release's VARIANT_ID; NULL: the system does not say */
	char *host_name; /* the running one */
	char *zoneinfo;	 /* the directory of time zones: "/etc/zoneinfo" */
	bool flake;	 /* /etc/nixos is the distribution's */
	bool ssh;	 /* host keys, or a server's configuration, are there */
	bool network_manager;
	/* Files of /etc that Nix makes (links into its store): only a rebuild changes them. */
	bool nix_host_name, nix_locale, nix_key_map, nix_time_zone;
	/* The hardware-configuration.nix of the host of this name, or of the only host. */
	char *hardware;
	LIST_OF(struct image_account) accounts;
	struct image_root root;
};

struct image *image_detect(const struct sys *s, const struct facts *f);
struct image *image_free(struct image *i);
const struct image_account *image_account(const struct image *i, const char *name); /* or NULL */

/* Where the first boot says that it is done: absent until then, so that a cut means again. */
#define FIRST_BOOT_DONE	 "var/lib/archibald/first-boot-done"
#define FIRST_BOOT_STATE "var/lib/archibald/first-boot"
#define ETC_KEYS	 "etc/ssh/authorized_keys.d"
/* The id that this machine was given. */
#define FIRST_BOOT_ID FIRST_BOOT_STATE "/machine-id"
/* There while the distribution's flake is copied: a cut leaves files without their content. */
#define FLAKE_INCOMPLETE_NAME ".archibald-incomplete"
#define FLAKE_INCOMPLETE      "etc/nixos/" FLAKE_INCOMPLETE_NAME
/* There while the answer file still has its secrets, although everything else is done. */
#define FIRST_BOOT_LEFT_NAME "secrets-left"
#define FIRST_BOOT_LEFT	     FIRST_BOOT_STATE "/" FIRST_BOOT_LEFT_NAME
