/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "answers/answers.h"
#include "answers/checks.h"
#include "answers/questions_audio.h"
#include "answers/questions_builds.h"
#include "answers/questions_storage.h"
#include "answers/questions_variant.h"
#include "answers/ssh_keys.h"
#include "base/str.h"

#define AT(member) offsetof(struct answers, member)

static const char *const file_systems[] = {"ext4", "btrfs", "xfs", "f2fs", NULL};
static const char *const compressions[] = {"zstd", "lzo", "none", NULL};
static const char *const swap_kinds[] = {"none", "partition", "file", "zram", NULL};
static const char *const quanta[] = {"32", "64", "128", "256", NULL};
static const char *const finishes[] = {"stay", "reboot", "poweroff", NULL};

const struct variant *interview_variant(const struct interview *v)
{
	return v->answers->variant ? variants_find(v->variants, v->answers->variant) : NULL;
}

static bool has_role(const struct interview *v, const char *role)
{
	const struct variant *x = interview_variant(v);

	return x && variant_account(x, role);
}

static bool has_audio_user(const struct interview *v)
{
	return has_role(v, "audioUser");
}

static bool has_admin(const struct interview *v)
{
	return has_role(v, "admin");
}

static bool admin_needed(const struct interview *v)
{
	const struct variant *x = interview_variant(v);
	const struct variant_account *account = x ? variant_account(x, "admin") : NULL;

	return account && account->required;
}

static bool admin_wanted(const struct interview *v)
{
	return has_admin(v) && (admin_needed(v) || v->answers->admin.ssh_keys.count);
}

static bool password_open(const struct interview *v)
{
	const struct account_answers *u = &v->answers->audio_user;

	return has_audio_user(v) && !u->password_hash && !u->password_file;
}

/* Without one, and without a key, nobody could log in. */
static bool password_needed(const struct interview *v)
{
	return v->answers->audio_user.ssh_keys.count == 0;
}

static const char *propose_account(const struct interview *v, const char *role)
{
	const struct variant *x = interview_variant(v);
	const struct variant_account *account = x ? variant_account(x, role) : NULL;

	return account ? account->name : NULL;
}

static const char *propose_audio_user(const struct interview *v, struct arena *a)
{
	(void)a;
	return propose_account(v, "audioUser");
}

static const char *propose_admin(const struct interview *v, struct arena *a)
{
	(void)a;
	return propose_account(v, "admin");
}

static const char *propose_auto_login(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	(void)a;
	return x && x->auto_login ? "yes" : "no";
}

/* The serial line the running system speaks on: the installed one must answer there too. */
static const char *propose_serial(const struct interview *v, struct arena *a)
{
	const struct strings *consoles = &v->facts->consoles;

	(void)a;
	for (size_t i = consoles->count; i > 0; i--) {
		const char *c = consoles->items[i - 1];

		if (check_serial_console(c) && !(c[3] >= '0' && c[3] <= '9'))
			return c;
	}
	return NULL;
}

/* A stick that is put in later joins, too: an answer is enough. */
static bool has_wifi(const struct interview *v)
{
	for (size_t i = 0; i < v->facts->networks.count; i++)
		if (v->facts->networks.items[i].kind == NET_WIFI)
			return true;
	return v->answers->wifi_network != NULL;
}

static bool joins_wifi(const struct interview *v)
{
	return v->answers->wifi_network != NULL;
}

static bool root_can_grow(const struct interview *v)
{
	return v->image && v->image->root.room_bytes > 0;
}

#define PROPOSE(name, text)                                                 \
	static const char *name(const struct interview *v, struct arena *a) \
	{                                                                   \
		(void)v;                                                    \
		(void)a;                                                    \
		return text;                                                \
	}
PROPOSE(propose_key_map, "us")
PROPOSE(propose_locale, "en_US.UTF-8")
PROPOSE(propose_time_zone, "UTC")
PROPOSE(propose_host_name, "archibald")
PROPOSE(propose_compression, "zstd")
PROPOSE(propose_mount_point, "/srv/samples")
PROPOSE(propose_data_file_system, "ext4")
PROPOSE(propose_finish, "stay")
PROPOSE(propose_yes, "yes")
PROPOSE(propose_no, "no")

#define USER_NAME_ALLOWED                                                                        \
	"lower-case letters, digits, '_' and '-', beginning with a letter, at most 31, not the " \
	"name of a system account"
#define SSH_KEY_ALLOWED                                                                   \
	"a public key as in authorized_keys (ssh-ed25519, ecdsa-sha2-*, ssh-rsa of 2048 " \
	"bits or more, sk-*), or where keys are: /PATH, https://HOST/PATH or github:USER"
#define USER_PATTERN "^[a-z_][a-z0-9_-]{0,30}$"

const struct question questions[] = {
	{.key = "keyMap",
	 .type = Q_TEXT,
	 .offset = AT(key_map),
	 .prompt = "Keyboard",
	 .help = "The console keymap of the installed system; the desktop gets the layout that "
		 "matches it. On a serial line the layout is that of your own terminal.",
	 .allowed = "the name of a console keymap, as kbd has it (us, de, fr, uk, dvorak, ...)",
	 .valid = check_key_map,
	 .propose = propose_key_map,
	 .scope = SCOPE_BOTH},
	{.key = "variant",
	 .type = Q_CHOICE,
	 .offset = AT(variant),
	 .prompt = "Variant",
	 .help = "Which ArchibaldOS is installed. The one proposed follows from the machine.",
	 .allowed = "a variant for this machine's architecture",
	 .shows = show_variant,
	 .offers = offer_variants,
	 .propose = propose_variant,
	 .scope = SCOPE_BOTH},
	{.key = "locale",
	 .type = Q_TEXT,
	 .offset = AT(locale),
	 .prompt = "Locale",
	 .help = "Language and formats of the installed system (i18n.defaultLocale).",
	 .allowed = "a UTF-8 locale of glibc: en_US.UTF-8, de_DE.UTF-8, ...",
	 .valid = check_locale,
	 .propose = propose_locale,
	 .scope = SCOPE_BOTH},
	{.key = "timeZone",
	 .type = Q_TEXT,
	 .offset = AT(time_zone),
	 .prompt = "Time zone",
	 .help = "The time zone of the installed system.",
	 .allowed = "a time zone of the IANA database: UTC, Europe/Berlin, America/New_York, ...",
	 .valid = check_time_zone,
	 .propose = propose_time_zone,
	 .scope = SCOPE_BOTH},
	{.key = "hostName",
	 .type = Q_TEXT,
	 .offset = AT(host_name),
	 .prompt = "Host name",
	 .help = "The machine's name in the network, and of its configuration in "
		 "/etc/nixos/hosts.",
	 .allowed = "letters, digits and '-', at most 63, no '-' at the ends",
	 .pattern = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
	 .valid = check_host_name,
	 .propose = propose_host_name,
	 .scope = SCOPE_BOTH},
	{.key = "disk.match",
	 .type = Q_RULES,
	 .offset = AT(disk_rules),
	 .prompt = "Which disk",
	 .help = "What the disk is like, in place of disk.path: patterns of path, byId, model and "
		 "serial, minSize and maxSize, transport, removable. Of several rules the first "
		 "that fits any free disk decides, and it must fit exactly one.",
	 .allowed = "a rule, or a list of rules in the order of preference",
	 .optional = true,
	 .quiet = true},
	{.key = "disk.path",
	 .type = Q_CHOICE,
	 .offset = AT(disk_path),
	 .prompt = "Disk",
	 .help = "The disk that is installed to. Disks that are in use are not offered. "
		 "In a file, /dev/disk/by-id names a disk for good; /dev/sda may be another one "
		 "after the next start.",
	 .allowed = "the path of a disk below /dev, best below /dev/disk/by-id",
	 .pattern = "^/dev/[^ ]+$",
	 .valid = check_device_path,
	 .shows = show_disks,
	 .offers = offer_disks,
	 .applies = disk_is_open},
	{.key = "disk.mode",
	 .type = Q_CHOICE,
	 .offset = AT(disk_mode),
	 .prompt = "What becomes of the disk",
	 .help = "erase: the system gets the whole disk. freeSpace: it gets the largest free area "
		 "of "
		 "a disk with a GPT, and everything else stays as it is; an EFI system partition "
		 "with room is shared. partitions: it uses partitions that are there, each "
		 "formatted or kept with its files.",
	 .allowed = "erase, freeSpace or partitions",
	 .choices = disk_modes,
	 .shows = show_partitions,
	 .offers = offer_disk_modes,
	 .propose = propose_disk_mode,
	 .asked = has_disk_modes,
	 .given_for = "disk.path"},
	{.key = "disk.partitions",
	 .type = Q_USES,
	 .offset = AT(disk_partitions),
	 .prompt = "What partitions are used for",
	 .help = "Which partition becomes the root (it is formatted), which one keeps its files "
		 "and "
		 "where, such as /home. What is not named stays as it is and is not used.",
	 .allowed = "a list of { match, mountPoint, format, fileSystem, subvolume }: each "
		    "partition by its node, PARTUUID or number, and where it is mounted (\"swap\" "
		    "for swap); the one at / with \"format\": true",
	 .applies = is_mode_partitions,
	 .given_for = "disk.path"},
	{.key = "disk.eraseData",
	 .type = Q_BOOL,
	 .offset = AT(erase_data),
	 .prompt = "Erase this data",
	 .help = "What is on the disk, or on the partitions that are formatted, will be lost.",
	 .allowed = "true, once you have looked at what is on the disk",
	 .shows = show_loss,
	 .applies = disk_needs_erase,
	 .given_for = "disk."},
	{.key = "fileSystem",
	 .type = Q_CHOICE,
	 .offset = AT(file_system),
	 .prompt = "File system",
	 .help = "The file system of the root partition. ext4 is the steadiest under real-time "
		 "load; btrfs has snapshots and compression, in subvolumes for /, /home, /nix and "
		 "/var/log; xfs is quick with large recordings; f2fs spares SD cards and eMMC.",
	 .allowed = "ext4, btrfs, xfs or f2fs",
	 .choices = file_systems,
	 .propose = propose_file_system},
	{.key = "compression",
	 .type = Q_CHOICE,
	 .offset = AT(compression),
	 .prompt = "Compression",
	 .help = "How btrfs compresses what is written.",
	 .allowed = "zstd, lzo or none",
	 .choices = compressions,
	 .propose = propose_compression,
	 .applies = is_btrfs,
	 .quiet = true},
	{.key = "encryption.enable",
	 .type = Q_BOOL,
	 .offset = AT(encrypt),
	 .prompt = "Encrypt the disk",
	 .help = "Root, swap and data disk in LUKS2. The passphrase is asked at every start, on "
		 "the screen and keyboard of the machine; without it nothing can be read, by "
		 "nobody.",
	 .allowed = "true or false",
	 .propose = propose_no},
	{.key = "encryption.passphraseFile",
	 .type = Q_TEXT,
	 .offset = AT(passphrase_file),
	 .prompt = "Passphrase file",
	 .help = "A file of the installing machine that holds the passphrase in one line, or "
		 "/dev/fd/3 for a descriptor that the installer is started with.",
	 .allowed = "an absolute path",
	 .pattern = "^/.+$",
	 .valid = check_absolute_path,
	 .applies = is_encrypted,
	 .optional = true,
	 .quiet = true},
	{.key = "encryption.passphrase",
	 .type = Q_SECRET,
	 .in_file = AT(passphrase_in_file),
	 .offset = AT(passphrase),
	 .prompt = "Passphrase of the disk",
	 .help = "It opens the disk at every start. In an answer file, prefer passphraseFile: a "
		 "file with a clear passphrase is a secret itself.",
	 .allowed = PASSPHRASE_ALLOWED,
	 .valid = check_passphrase,
	 .applies = passphrase_open},
	{.key = "encryption.allowDiscards",
	 .type = Q_BOOL,
	 .offset = AT(allow_discards),
	 .prompt = "Tell the disk what is free",
	 .help = "Passes TRIM through the encryption: keeps an SSD fast, and shows to whoever has "
		 "the disk which of its blocks are in use.",
	 .allowed = "true or false",
	 .propose = propose_discards,
	 .applies = is_encrypted,
	 .quiet = true},
	{.key = "swap.forBuilding",
	 .type = Q_BOOL,
	 .offset = AT(swap_for_building),
	 .prompt = "Swap for building systems",
	 .help = "Building NixOS takes more memory than most machines have: with less than 32 GiB, "
		 "swap for 56 GiB in total is proposed.",
	 .allowed = "true or false",
	 .propose = propose_no,
	 .quiet = true},
	{.key = "swap.hibernate",
	 .type = Q_BOOL,
	 .offset = AT(hibernate),
	 .prompt = "Hibernate",
	 .help = "The machine may be put off with everything open: a swap partition holds all of "
		 "the memory meanwhile.",
	 .allowed = "true or false",
	 .propose = propose_no,
	 .quiet = true},
	{.key = "swap.kind",
	 .type = Q_CHOICE,
	 .offset = AT(swap_kind),
	 .prompt = "Swap",
	 .help = "Where memory goes that is not used for long: nowhere, a partition, a file, or "
		 "compressed in memory (zram), which never waits for the disk.",
	 .allowed = "none, partition, file or zram",
	 .choices = swap_kinds,
	 .propose = propose_swap},
	{.key = "swap.size",
	 .type = Q_SIZE,
	 .offset = AT(swap_bytes),
	 .prompt = "Swap size",
	 .help = "The size of the swap partition or file.",
	 .allowed = "a size like \"8 GiB\" or a number of bytes, at least 64 MiB",
	 .propose = propose_swap_size,
	 .applies = swap_has_size},
	{.key = "dataDisk.path",
	 .type = Q_CHOICE,
	 .offset = AT(data_path),
	 .prompt = "Disk for samples and recordings",
	 .help = "A second disk that is erased and gets one file system, mounted where samples "
		 "are looked for. None is fine.",
	 .allowed = "the path of another disk below /dev",
	 .pattern = "^/dev/[^ ]+$",
	 .valid = check_device_path,
	 .offers = offer_data_disks,
	 .applies = has_other_disk,
	 .optional = true},
	{.key = "dataDisk.eraseData",
	 .type = Q_BOOL,
	 .offset = AT(data_erase),
	 .prompt = "Erase what is on that disk",
	 .help = "The chosen disk holds data. Everything on it will be lost.",
	 .allowed = "true, once you have looked at what is on the disk",
	 .applies = data_disk_needs_erase,
	 .given_for = "dataDisk.path"},
	{.key = "dataDisk.mountPoint",
	 .type = Q_TEXT,
	 .offset = AT(data_mountpoint),
	 .prompt = "Where it is mounted",
	 .help = "The directory in which the second disk's files are.",
	 .allowed = "an absolute path of letters, digits, '-', '_', '.', not of the system itself",
	 .pattern = "^/[A-Za-z0-9/_.-]+$",
	 .valid = check_mount_point,
	 .propose = propose_mount_point,
	 .applies = has_data_disk},
	{.key = "dataDisk.fileSystem",
	 .type = Q_CHOICE,
	 .offset = AT(data_file_system),
	 .prompt = "File system of that disk",
	 .help = "The file system of the second disk.",
	 .allowed = "ext4, btrfs, xfs or f2fs",
	 .choices = file_systems,
	 .propose = propose_data_file_system,
	 .applies = has_data_disk,
	 .quiet = true},
	{.key = "users.audioUser.name",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.name),
	 .prompt = "Login name",
	 .help = "The account for making music. It may use sudo without a password.",
	 .allowed = USER_NAME_ALLOWED,
	 .pattern = USER_PATTERN,
	 .valid = check_user_name,
	 .propose = propose_audio_user,
	 .applies = has_audio_user,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.description",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.description),
	 .prompt = "Full name",
	 .help = "The person's name, as it is shown at login.",
	 .allowed = "at most 120 bytes without ':', ',' and control characters",
	 .valid = check_gecos,
	 .applies = has_audio_user,
	 .optional = true,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.sshKeys",
	 .type = Q_TEXTS,
	 .offset = AT(audio_user.ssh_keys),
	 .prompt = "SSH key",
	 .help = "A public key that may log in over the network; password logins are refused "
		 "there.",
	 .allowed = SSH_KEY_ALLOWED,
	 .valid = check_key_or_place,
	 .explain = explain_key,
	 .expand = expand_keys,
	 .applies = has_audio_user,
	 .optional = true,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.passwordHash",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.password_hash),
	 .prompt = "Password hash",
	 .help = "The password as `mkpasswd -m yescrypt` prints it.",
	 .allowed = "a hash of crypt(5): $y$..., $6$..., $2b$...",
	 .valid = check_password_hash,
	 .applies = has_audio_user,
	 .optional = true,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.passwordFile",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.password_file),
	 .prompt = "Password file",
	 .help = "A file on the installing machine with one line, a hash of crypt(5).",
	 .allowed = "an absolute path",
	 .pattern = "^/.+$",
	 .valid = check_absolute_path,
	 .applies = has_audio_user,
	 .optional = true,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.password",
	 .type = Q_SECRET,
	 .in_file = AT(password_in_file),
	 .offset = AT(audio_user.password),
	 .prompt = "Password",
	 .help = "The password of the account, at the console and the login screen. In an answer "
		 "file, prefer passwordHash: a file with a clear password is a secret itself.",
	 .allowed = "1 to 256 bytes without control characters",
	 .valid = check_password,
	 .applies = password_open,
	 .optional = true,
	 .needed = password_needed,
	 .scope = SCOPE_BOTH},
	{.key = "users.audioUser.autoLogin",
	 .type = Q_BOOL,
	 .offset = AT(audio_user.auto_login),
	 .prompt = "Log in without asking",
	 .help = "The machine starts straight into this account, as an instrument does.",
	 .allowed = "true or false",
	 .propose = propose_auto_login,
	 .applies = has_audio_user,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "users.admin.sshKeys",
	 .type = Q_TEXTS,
	 .offset = AT(admin.ssh_keys),
	 .prompt = "Administrator's SSH key",
	 .help = "A public key of whoever administers this machine over the network. The admin "
		 "account has no password: without a key there is no such account, and a server "
		 "cannot be installed.",
	 .allowed = SSH_KEY_ALLOWED,
	 .valid = check_key_or_place,
	 .explain = explain_key,
	 .expand = expand_keys,
	 .applies = has_admin,
	 .optional = true,
	 .needed = admin_needed,
	 .scope = SCOPE_BOTH},
	{.key = "users.admin.name",
	 .type = Q_TEXT,
	 .offset = AT(admin.name),
	 .prompt = "Administrator's login name",
	 .help = "The account of the administrator; it logs in by SSH key only.",
	 .allowed = USER_NAME_ALLOWED,
	 .pattern = USER_PATTERN,
	 .valid = check_user_name,
	 .propose = propose_admin,
	 .applies = admin_wanted,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "desktop",
	 .type = Q_CHOICE,
	 .offset = AT(desktop),
	 .prompt = "Desktop",
	 .help = "The desktop. A light one leaves memory and time to audio: with 4 GB or less, "
		 "what Plasma takes is missing.",
	 .allowed = "a desktop of the variant",
	 .offers = offer_desktops,
	 .propose = propose_desktop,
	 .applies = has_desktops},
	{.key = "audio.quantum",
	 .type = Q_NUMBER,
	 .offset = AT(quantum),
	 .prompt = "Quantum",
	 .help = "PipeWire's buffer in samples at 48 kHz: small is low latency, large is safe from "
		 "drop-outs. 64 is 1.3 ms.",
	 .allowed = "32, 64, 128 or 256",
	 .choices = quanta,
	 .propose = propose_quantum,
	 .applies = has_audio,
	 .scope = SCOPE_BOTH},
	{.key = "audio.realtimeTuning",
	 .type = Q_BOOL,
	 .offset = AT(realtime_tuning),
	 .prompt = "Reserve processor cores for audio",
	 .help = "Kernel parameters that keep cores free for audio and awake. Compiling and gaming "
		 "have less of the machine then.",
	 .allowed = "true or false",
	 .propose = propose_yes,
	 .applies = has_audio,
	 .scope = SCOPE_BOTH},
	{.key = "audio.cores",
	 .type = Q_TEXT,
	 .offset = AT(audio_cores),
	 .prompt = "Cores for audio",
	 .help = "Processors that the kernel keeps free of other work and of its own timer, for "
		 "audio programs that are put there. Processor 0 cannot be one: it keeps the time "
		 "for the others.",
	 .allowed = "processor numbers and ranges, or none: 1-3, or 2,4-5",
	 .pattern = "^(none|[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*)$",
	 .valid = check_audio_cores,
	 .fits = cores_fit,
	 .shows = show_cores,
	 .propose = propose_cores,
	 .applies = cores_can_be_kept,
	 .asked = has_several_cores,
	 .scope = SCOPE_BOTH},
	{.key = "builds.constrained",
	 .type = Q_BOOL,
	 .offset = AT(builds.constrained),
	 .prompt = "Prepare this machine for large builds",
	 .help = "Building the system from source, or for ARM, can take 40 GB of memory, and this "
		 "machine has less than 32. Preparing it means more swap, fewer builds at once, a "
		 "limit for the Nix daemon and a guard that ends a build before the machine stands "
		 "still. Not needed for systems that are only downloaded and installed.",
	 .allowed = "true or false",
	 .propose = propose_no,
	 .asked = builds_may_starve},
	{.key = "builds.swap",
	 .type = Q_SIZE,
	 .offset = AT(builds.swap_bytes),
	 .prompt = "Swap for builds",
	 .help = "A swap file beside the other swap. Memory and swap together should be 56 GiB.",
	 .allowed = "a size like \"24 GiB\" or a number of bytes, at least 64 MiB",
	 .propose = propose_build_swap,
	 .applies = builds_constrained},
	{.key = "builds.maxJobs",
	 .type = Q_NUMBER,
	 .offset = AT(builds.max_jobs),
	 .prompt = "Builds at once",
	 .help = "How many builds run at the same time (nix.settings.max-jobs).",
	 .allowed = "a number from 1 to 256",
	 .valid = check_small_number,
	 .propose = propose_build_jobs,
	 .applies = builds_constrained},
	{.key = "builds.cores",
	 .type = Q_NUMBER,
	 .offset = AT(builds.cores),
	 .prompt = "Processors for each build",
	 .help = "How many processors one build may use (nix.settings.cores).",
	 .allowed = "a number from 1 to 256",
	 .valid = check_small_number,
	 .propose = propose_build_cores,
	 .applies = builds_constrained},
	{.key = "builds.memoryMax",
	 .type = Q_TEXT,
	 .offset = AT(builds.memory_max),
	 .prompt = "Memory for builds",
	 .help = "What the Nix daemon and its builds may take of the memory (systemd's MemoryMax).",
	 .allowed = "a percentage (80%) or a size (12G)",
	 .pattern = "^[0-9]{1,5}[%KMGT]$",
	 .valid = check_memory_max,
	 .propose = propose_build_memory,
	 .applies = builds_constrained},
	{.key = "builds.isolatedCores",
	 .type = Q_TEXT,
	 .offset = AT(builds.isolated_cores),
	 .prompt = "Processors kept for builds",
	 .help = "Processors that nothing but builds runs on (isolcpus). Not together with "
		 "processors kept for audio.",
	 .allowed = "processor numbers and ranges: 2-7, or 2,3,6-7",
	 .pattern = "^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$",
	 .valid = check_cpu_list,
	 .propose = propose_build_isolation,
	 .applies = builds_constrained,
	 .optional = true},
	{.key = "builds.earlyoom",
	 .type = Q_BOOL,
	 .offset = AT(builds.earlyoom),
	 .prompt = "End a build before memory runs out",
	 .help = "earlyoom ends the largest program before the kernel has to, when the machine "
		 "would already stand still.",
	 .allowed = "true or false",
	 .propose = propose_yes,
	 .applies = builds_constrained},
	{.key = "builds.tmpOnDisk",
	 .type = Q_BOOL,
	 .offset = AT(builds.tmp_on_disk),
	 .prompt = "Temporary files on the disk",
	 .help = "With /tmp in memory, what builds unpack there takes memory away from them.",
	 .allowed = "true or false",
	 .propose = propose_yes,
	 .applies = builds_constrained},
	{.key = "serialConsole",
	 .type = Q_TEXT,
	 .offset = AT(serial_console),
	 .prompt = "Serial console",
	 .help = "A serial line on which the installed system logs and lets in.",
	 .allowed = "as the kernel's console=: ttyS0,115200n8",
	 .valid = check_serial_console,
	 .propose = propose_serial,
	 .optional = true,
	 .quiet = true,
	 .scope = SCOPE_BOTH},
	{.key = "network.wifi.name",
	 .type = Q_TEXT,
	 .offset = AT(wifi_network),
	 .prompt = "Wi-Fi network",
	 .help = "The name of a Wi-Fi network that this machine joins by itself. A cable needs no "
		 "answer.",
	 .allowed = "1 to 32 bytes without control characters",
	 .valid = check_wifi_name,
	 .applies = has_wifi,
	 .optional = true,
	 .scope = SCOPE_FIRST_BOOT},
	{.key = "network.wifi.password",
	 .type = Q_SECRET,
	 .in_file = AT(password_in_file),
	 .offset = AT(wifi_password),
	 .prompt = "Wi-Fi password",
	 .help = "The password of that network (WPA2 or WPA3). None: it is an open network.",
	 .allowed = "8 to 63 ASCII characters, or 64 hexadecimal digits",
	 .valid = check_wifi_password,
	 .applies = joins_wifi,
	 .optional = true,
	 .scope = SCOPE_FIRST_BOOT},
	{.key = "growRoot",
	 .type = Q_BOOL,
	 .offset = AT(grow_root),
	 .prompt = "Use the whole medium",
	 .help = "The image is smaller than the medium that it was written to. The root partition "
		 "and its file system are extended to the medium's end; nothing on them changes.",
	 .allowed = "true or false",
	 .propose = propose_yes,
	 .applies = root_can_grow,
	 .scope = SCOPE_FIRST_BOOT},
	{.key = "rebuild",
	 .type = Q_BOOL,
	 .offset = AT(rebuild),
	 .prompt = "Rebuild the system now",
	 .help = "What can be set at once is; the rest of the new configuration (nixos-rebuild) "
		 "takes minutes to hours, and a network. It can be done at any time later.",
	 .allowed = "true or false",
	 .propose = propose_no,
	 .scope = SCOPE_FIRST_BOOT},
	{.key = "finish",
	 .type = Q_CHOICE,
	 .offset = AT(finish),
	 .prompt = "At the end",
	 .help = "What to do once everything is on the disk, and reported. stay is what is done "
		 "without an answer, by whoever is asked and by --ui none.",
	 .allowed = "stay, reboot or poweroff",
	 .choices = finishes,
	 .propose = propose_finish,
	 .quiet = true},
	{.key = "hooks.before",
	 .type = Q_HOOKS,
	 .offset = AT(hooks[HOOK_BEFORE]),
	 .prompt = "Before the disk is written",
	 .help = "Programs that are run when everything is checked and nothing is written yet. "
		 "One that fails stops the installation, with the disk as it was.",
	 .allowed = HOOKS_ALLOWED,
	 .optional = true,
	 .quiet = true},
	{.key = "hooks.afterMount",
	 .type = Q_HOOKS,
	 .offset = AT(hooks[HOOK_AFTER_MOUNT]),
	 .prompt = "Once the file systems are mounted",
	 .help = "Programs that are run when the new file systems are mounted (at "
		 "$ARCHIBALD_ROOT) and still empty. An installation that goes on after an "
		 "interruption runs them again.",
	 .allowed = HOOKS_ALLOWED,
	 .optional = true,
	 .quiet = true},
	{.key = "hooks.afterInstall",
	 .type = Q_HOOKS,
	 .offset = AT(hooks[HOOK_AFTER_INSTALL]),
	 .prompt = "Once the system is installed",
	 .help = "Programs that are run when the system is on the disk, before it is verified and "
		 "unmounted.",
	 .allowed = HOOKS_ALLOWED,
	 .optional = true,
	 .quiet = true},
	{.key = "report",
	 .type = Q_SECRET,
	 .offset = AT(report),
	 .prompt = "Reports",
	 .help = "A web server that is told by POST what happens, as JSON lines. That it cannot be "
		 "reached stops nothing. A password in the address is shown nowhere.",
	 .allowed = "an address: http://HOST/PATH or https://HOST/PATH",
	 .pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^/].*$",
	 .valid = check_address,
	 .optional = true,
	 .quiet = true},
	{.key = "seed",
	 .type = Q_TEXT,
	 .offset = AT(seed),
	 .prompt = "Seed",
	 .help = "A UUID from which the identifiers of partitions and file systems follow. Without "
		 "it, it follows from the machine and the answers.",
	 .allowed = "a UUID",
	 .pattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
	 .valid = check_uuid,
	 .optional = true,
	 .quiet = true},
};
const size_t question_count = ARRAY_SIZE(questions);
_Static_assert(ARRAY_SIZE(questions) <= QUESTIONS_MAX, "raise QUESTIONS_MAX");

const struct question *question_find(const char *key)
{
	for (size_t i = 0; i < question_count; i++)
		if (str_eq(questions[i].key, key))
			return &questions[i];
	return NULL;
}
