/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan: everything an installation will do, as a value. A pure function of facts, answers and
 * variant: the same inputs give the same bytes, identifiers included, and nothing is written. The
 * plan that is shown is the plan that is run. It names secrets and never holds one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "answers/answers.h"
#include "base/err.h"
#include "base/mem.h"
#include "partition/storage.h"

struct json_object;
struct str;

enum step_kind {
	STEP_SHRINK,	    /* a file system that stays, before its partition ends earlier */
	STEP_PARTITION,	    /* point of no return: the table of the disk */
	STEP_ENCRYPT,	    /* one LUKS2 container */
	STEP_OPEN,	    /* open it */
	STEP_FORMAT,	    /* one file system or swap area */
	STEP_MOUNT,	    /* all file systems below the root */
	STEP_SWAP,	    /* use the target's swap from here on */
	STEP_CONFIGURATION, /* the flake and the host's files */
	STEP_PASSWORDS,	    /* root-only password hashes */
	STEP_WIFI,	    /* the Wi-Fi network with its password, readable by root alone */
	STEP_COPY,	    /* the medium's store paths, before nixos-install asks for them */
	STEP_INSTALL,	    /* nixos-install */
	STEP_VERIFY,	    /* is on the disk what must be */
	STEP_UNMOUNT,
	STEP_HOOK, /* a program of the person's own */
	STEP_KINDS,
};
extern const char *const step_kind_names[];

struct step {
	enum step_kind kind;
	char *id;	   /* unique in the plan, stable: "format-root" */
	const char *title; /* for people: "make ext4 (root) in partition 2" */
	uint32_t weight;   /* share of the progress bar */
	bool destructive;  /* what is there before is lost */
	bool writes;	   /* to a disk: from here on it is not untouched any more */
	/* STEP_SHRINK, _PARTITION, _ENCRYPT, _OPEN, _FORMAT: where; the partition's number from 1.
	 */
	uint32_t disk, part;
	uint32_t hook; /* STEP_HOOK: of the plan's hooks */
};

struct plan_file {
	char *path; /* below the target's root, without a leading slash */
	char *content;
};

/* Where the hash of an account's password comes from at run time. */
enum password_source { PASSWORD_NONE, PASSWORD_TYPED, PASSWORD_HASH, PASSWORD_FILE };
struct plan_account {
	char *name;
	enum password_source source;
	char *target; /* the root-only file on the target, without a leading slash; NULL: none */
	struct strings keys; /* for people: kind, bits, fingerprint and comment of each */
};

/* A program that the answers want run; its file's bytes stay with the answers. */
struct plan_hook {
	enum hook_when when;
	uint32_t index;	    /* in the answers' list for that time */
	struct strings run; /* of a program: all words; of a file: its arguments */
	char *file;	    /* NULL: run[0] is the program */
	char *sha256;	    /* of the file's bytes; NULL: no file */
	bool may_fail;
	uint32_t seconds;
};

/* What becomes of a partition. */
enum plan_action { PLAN_KEEP, PLAN_FORMAT, PLAN_CREATE, PLAN_DELETE, PLAN_SHRINK };
extern const char *const plan_action_names[]; /* "KEEP", "FORMAT", "CREATE", "DELETE", "SHRINK" */

/* Something that is on the disk now. */
struct plan_before {
	enum plan_action action;
	char *path, *file_system, *label, *system; /* all but the path may be NULL */
	uint64_t bytes;
};

/* A partition as it is shown and written as JSON; the executors use `layout`. */
struct plan_part {
	enum plan_action action;
	uint32_t number;
	uint64_t start, bytes;
	char *name, *role, *type_guid, *guid, *file_system, *fs_uuid, *fs_label, *mountpoint;
	struct strings subvolumes; /* "@home at /home" */
	char *luks_uuid, *mapper;  /* NULL: not encrypted */
};

struct plan_disk {
	char *path, *by_id, *model, *serial, *wwid;
	uint32_t major, minor;
	uint64_t bytes;
	char *mode; /* "erase", "freeSpace", "shrink", "partitions" */
	LIST_OF(struct plan_before) before;
	uint64_t lost_bytes; /* of what holds data now and will not any more */
	struct layout layout;
	LIST_OF(struct plan_part) after;
};

struct plan {
	struct arena *arena;
	uint32_t version;
	char *program, *variant, *host_name, *seed, *boot, *finish;
	LIST_OF(struct plan_disk) disks; /* the system's first */
	bool encrypted, allow_discards;
	uint32_t luks_memory_kib, luks_threads; /* what opening a container may take */
	char *swap_kind;			/* "none", "partition", "file", "zram" */
	uint64_t swap_bytes;			/* of a partition or file */
	char *swap_file_uuid;			/* NULL: no swap file */
	LIST_OF(struct plan_account) accounts;
	LIST_OF(struct plan_file) files;
	struct strings warnings;
	LIST_OF(struct plan_hook) hooks; /* in their order */
	char *report;			 /* the address without its secrets; NULL: none */
	struct strings notes;		 /* what to know of other systems */
	/* What STEP_COPY copies from; all NULL: there is no such step. */
	struct plan_store {
		char *image; /* NULL: the mounted store, which is slower */
		char *registration, *roots;
	} store;
	LIST_OF(struct step) steps;
	uint32_t weight;    /* of all steps */
	char *wifi_network; /* that the target joins; NULL: none */
	char *hash;	    /* a UUID of the plan's JSON: the journal knows the plan by it */
};

/* What trying a passphrase may cost on that machine: memory in KiB, and threads. */
void plan_luks_limits(const struct facts *f, uint32_t *ret_memory_kib, uint32_t *ret_threads);

/* The whole of it for storage.h; borrows the plan's layouts. */
struct storage plan_storage(const struct plan *p);
static inline const struct plan_disk *plan_system_disk(const struct plan *p)
{
	return &p->disks.items[0];
}

/*
 * ERR_INVALID when the answers are at fault (exit status 3), and for what this machine cannot do
 * (status 4): ERR_NOT_FOUND (no such disk; the message lists what there is), ERR_BUSY,
 * ERR_TOO_SMALL (with both numbers), ERR_UNSUPPORTED (another architecture).
 * The answers must have passed answers_complete().
 */
int plan_make(const struct interview *v, const char *program, struct plan **ret,
	      struct err *e) nodiscard;
struct plan *plan_free(struct plan *p);
void plan_cleanup(struct plan **p);
#define _cleanup_plan_ _cleanup_(plan_cleanup)

struct json_object *plan_to_json(const struct plan *p); /* caller puts it */
void plan_to_text(const struct plan *p, struct str *out);
/* The disk before (NULL: unknown) and after as bars of 70 columns, and the warnings. */
void plan_summary(const struct plan *p, const struct facts *f, struct str *out);
/* "nvme0n1", or "nvme0n1 sda" for two: what is typed by whoever agrees. */
const char *plan_disk_names(const struct plan *p);
/* What whoever agrees to the plan will lose. */
void plan_losses(const struct plan *p, struct str *out);

/* The generated configuration of the host: hosts/HOST/... below `prefix`, pushed onto p->files. */
int plan_host_files(const struct interview *v, struct plan *p, struct err *e) nodiscard;

/* Whose accounts there are, and where their hashes come from and go to. */
void plan_accounts(const struct interview *v, const struct variant *x, struct plan *p);

#define FLAKE_DIRECTORY	   "etc/nixos"
#define PASSWORD_DIRECTORY "var/lib/archibald/passwords"
/* Where the swap file is, below the root, without a leading slash. */
const char *plan_swap_file(const struct plan *p);
