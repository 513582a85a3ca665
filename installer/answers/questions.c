/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "answers/answers.h"
#include "answers/checks.h"
#include "base/str.h"

#define AT(member) offsetof(struct answers, member)

static const char *const file_systems[] = {"ext4", NULL};
static const char *const swap_kinds[] = {"none", "partition", "file", "zram", NULL};
static const char *const quanta[] = {"32", "64", "128", "256", NULL};
static const char *const finishes[] = {"stay", "reboot", "poweroff", NULL};

const struct variant *interview_variant(const struct interview *v)
{
	return v->answers->variant ? variants_find(v->variants, v->answers->variant) : NULL;
}

const struct disk *interview_disk(const struct interview *v)
{
	const char *wanted = v->answers->disk_path;

	for (size_t i = 0; wanted && i < v->facts->disks.count; i++) {
		const struct disk *d = &v->facts->disks.items[i];

		if (str_eq(d->path, wanted))
			return d;
		for (size_t j = 0; j < d->links.count; j++)
			if (str_eq(d->links.items[j], wanted))
				return d;
	}
	return NULL;
}

static bool has_role(const struct interview *v, const char *role)
{
	const struct variant *x = interview_variant(v);

	return x && variant_account(x, role);
}

/* What a variant runs on: its architecture is the machine's. */
static bool runs_here(const struct variant *x, const struct facts *f)
{
	return str_starts(x->system, arch_names[f->arch]);
}

static struct choices offer_variants(const struct interview *v, struct arena *a)
{
	struct choices c = {0};

	for (size_t i = 0; i < v->variants->list.count; i++) {
		const struct variant *x = &v->variants->list.items[i];

		if (runs_here(x, v->facts))
			*list_push(a, &c.list) = (struct choice){
				x->name, arena_printf(a, "%s: %s", x->name, x->description)};
	}
	return c;
}

static const char *propose_variant(const struct interview *v, struct arena *a)
{
	const struct board *b = &v->facts->board;

	(void)a;
	for (size_t i = 0; i < v->variants->list.count && b->name; i++) {
		const struct variant *x = &v->variants->list.items[i];

		for (size_t j = 0; j < x->boards.count; j++)
			if (str_eq(x->boards.items[j], b->name))
				return x->name;
	}
	return v->facts->arch == ARCH_AARCH64 ? "arm-generic" : "iso";
}

static const char *show_variant(const struct interview *v, struct arena *a)
{
	const struct facts *f = v->facts;
	const char *proposal = propose_variant(v, a);

	return arena_printf(a, "This machine: %s, %s, %s of memory. %s is proposed for %s.",
			    f->board.model ? f->board.model : "model unknown", arch_names[f->arch],
			    size_text(f->memory_bytes).s, proposal,
			    f->board.name ? "this board" : "this kind of machine");
}

/* What is on each disk, and why some are not offered. */
static const char *show_disks(const struct interview *v, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < v->facts->disks.count; i++) {
		const struct disk *d = &v->facts->disks.items[i];
		const char *use = disk_in_use(d, a);

		text = arena_printf(a, "%s%s%s: %s%s%s", text, i ? "\n" : "", d->path,
				    disk_title(d, a), use ? "; not offered: " : "", use ? use : "");
		for (size_t j = 0; j < d->partitions.count && !use; j++) {
			const struct partition *p = &d->partitions.items[j];

			text = arena_printf(a, "%s\n  %s  %s  %s%s%s%s", text, p->path,
					    size_text(p->bytes).s, p->fs_type ? p->fs_type : "",
					    p->system ? " (" : "", p->system ? p->system : "",
					    p->system ? ")" : "");
		}
	}
	return text[0] ? text : "There is no disk in this machine.";
}

static struct choices offer_disks(const struct interview *v, struct arena *a)
{
	struct choices c = {0};

	for (size_t i = 0; i < v->facts->disks.count; i++) {
		const struct disk *d = &v->facts->disks.items[i];
		const char *use = disk_in_use(d, a);

		if (use)
			continue;
		*list_push(a, &c.list) = (struct choice){
			.value = d->by_id ? d->by_id : d->path,
			.label = arena_printf(a, "%s: %s%s", d->path, disk_title(d, a),
					      disk_has_data(d) ? ", HOLDS DATA"
					      : d->remains     ? ", an interrupted installation"
							       : ", empty"),
		};
	}
	return c;
}

static bool disk_needs_erase(const struct interview *v)
{
	const struct disk *d = interview_disk(v);

	return d && disk_has_data(d);
}

static bool swap_has_size(const struct interview *v)
{
	return str_eq(v->answers->swap_kind, "partition") || str_eq(v->answers->swap_kind, "file");
}

/* As much as there is memory, between 2 and 16 GiB, in whole GiB. */
static const char *propose_swap_size(const struct interview *v, struct arena *a)
{
	uint64_t gib = (v->facts->memory_bytes + (1ULL << 29)) >> 30;

	gib = gib < 2 ? 2 : gib > 16 ? 16 : gib;
	return arena_printf(a, "%llu GiB", (unsigned long long)gib);
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

/* Idle memory as the distribution's specification measured it (section 5.2). */
static const struct {
	const char *name, *label;
} desktop_labels[] = {
	{"plasma6", "KDE Plasma 6: full desktop, idles at about 800 MB"},
	{"dwm", "DWM: ultra-minimalist, about 120 MB"},
	{"hyprland", "Hyprland: Wayland tiling, about 180 MB"},
	{"i3", "i3: X11 tiling, about 140 MB"},
	{"none", "no desktop: text console"},
};

static struct choices offer_desktops(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);
	struct choices c = {0};

	for (size_t i = 0; x && i < x->desktops.count; i++) {
		const char *name = x->desktops.items[i], *label = name;

		for (size_t j = 0; j < ARRAY_SIZE(desktop_labels); j++)
			if (str_eq(desktop_labels[j].name, name))
				label = desktop_labels[j].label;
		*list_push(a, &c.list) = (struct choice){name, label};
	}
	return c;
}

static const char *propose_desktop(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	(void)a;
	if (!x)
		return NULL;
	/* Section 5.2: at 4 GB, what Plasma idles at is missing to audio buffers. */
	if (str_eq(x->default_desktop, "plasma6") && v->facts->memory_bytes <= 4ULL << 30)
		return "dwm";
	return x->default_desktop;
}

static bool has_audio(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	return x && x->audio;
}

static bool has_desktops(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	return x && x->desktops.count > 1;
}

static const char *propose_quantum(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	return x ? arena_printf(a, "%u", x->default_quantum) : NULL;
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
PROPOSE(propose_file_system, "ext4")
PROPOSE(propose_swap, "zram")
PROPOSE(propose_finish, "stay")
PROPOSE(propose_yes, "yes")

#define USER_NAME_ALLOWED                                                                        \
	"lower-case letters, digits, '_' and '-', beginning with a letter, at most 31, not the " \
	"name of a system account"
#define SSH_KEY_ALLOWED                                                                         \
	"a public key as in authorized_keys: ssh-ed25519, ecdsa-sha2-*, ssh-rsa or sk-*, then " \
	"the "                                                                                  \
	"key, then a comment"
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
	 .propose = propose_key_map},
	{.key = "variant",
	 .type = Q_CHOICE,
	 .offset = AT(variant),
	 .prompt = "Variant",
	 .help = "Which ArchibaldOS is installed. The one proposed follows from the machine.",
	 .allowed = "a variant for this machine's architecture",
	 .shows = show_variant,
	 .offers = offer_variants,
	 .propose = propose_variant},
	{.key = "locale",
	 .type = Q_TEXT,
	 .offset = AT(locale),
	 .prompt = "Locale",
	 .help = "Language and formats of the installed system (i18n.defaultLocale).",
	 .allowed = "a UTF-8 locale of glibc: en_US.UTF-8, de_DE.UTF-8, ...",
	 .valid = check_locale,
	 .propose = propose_locale},
	{.key = "timeZone",
	 .type = Q_TEXT,
	 .offset = AT(time_zone),
	 .prompt = "Time zone",
	 .help = "The time zone of the installed system.",
	 .allowed = "a time zone of the IANA database: UTC, Europe/Berlin, America/New_York, ...",
	 .valid = check_time_zone,
	 .propose = propose_time_zone},
	{.key = "hostName",
	 .type = Q_TEXT,
	 .offset = AT(host_name),
	 .prompt = "Host name",
	 .help = "The machine's name in the network, and of its configuration in "
		 "/etc/nixos/hosts.",
	 .allowed = "letters, digits and '-', at most 63, no '-' at the ends",
	 .pattern = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
	 .valid = check_host_name,
	 .propose = propose_host_name},
	{.key = "disk.path",
	 .type = Q_CHOICE,
	 .offset = AT(disk_path),
	 .prompt = "Disk",
	 .help = "The disk that is erased and installed to. Disks that are in use are not offered. "
		 "In a file, /dev/disk/by-id names a disk for good; /dev/sda may be another one "
		 "after the next start.",
	 .allowed = "the path of a disk below /dev, best below /dev/disk/by-id",
	 .pattern = "^/dev/[^ ]+$",
	 .valid = check_device_path,
	 .shows = show_disks,
	 .offers = offer_disks},
	{.key = "disk.eraseData",
	 .type = Q_BOOL,
	 .offset = AT(erase_data),
	 .prompt = "Erase what is on the disk",
	 .help = "The chosen disk holds data. Everything on it will be lost.",
	 .allowed = "true, once you have looked at what is on the disk",
	 .applies = disk_needs_erase,
	 .given_for = "disk.path"},
	{.key = "fileSystem",
	 .type = Q_CHOICE,
	 .offset = AT(file_system),
	 .prompt = "File system",
	 .help = "The file system of the root partition.",
	 .allowed = "a file system for the root",
	 .choices = file_systems,
	 .propose = propose_file_system,
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
	{.key = "users.audioUser.name",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.name),
	 .prompt = "Login name",
	 .help = "The account for making music. It may use sudo without a password.",
	 .allowed = USER_NAME_ALLOWED,
	 .pattern = USER_PATTERN,
	 .valid = check_user_name,
	 .propose = propose_audio_user,
	 .applies = has_audio_user},
	{.key = "users.audioUser.description",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.description),
	 .prompt = "Full name",
	 .help = "The person's name, as it is shown at login.",
	 .allowed = "at most 120 bytes without ':', ',' and control characters",
	 .valid = check_gecos,
	 .applies = has_audio_user,
	 .optional = true,
	 .quiet = true},
	{.key = "users.audioUser.sshKeys",
	 .type = Q_TEXTS,
	 .offset = AT(audio_user.ssh_keys),
	 .prompt = "SSH key",
	 .help = "A public key that may log in over the network; password logins are refused "
		 "there.",
	 .allowed = SSH_KEY_ALLOWED,
	 .valid = check_ssh_key,
	 .applies = has_audio_user,
	 .optional = true},
	{.key = "users.audioUser.passwordHash",
	 .type = Q_TEXT,
	 .offset = AT(audio_user.password_hash),
	 .prompt = "Password hash",
	 .help = "The password as `mkpasswd -m yescrypt` prints it.",
	 .allowed = "a hash of crypt(5): $y$..., $6$..., $2b$...",
	 .valid = check_password_hash,
	 .applies = has_audio_user,
	 .optional = true,
	 .quiet = true},
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
	 .quiet = true},
	{.key = "users.audioUser.password",
	 .type = Q_SECRET,
	 .offset = AT(audio_user.password),
	 .prompt = "Password",
	 .help = "The password of the account, at the console and the login screen. In an answer "
		 "file, prefer passwordHash: a file with a clear password is a secret itself.",
	 .allowed = "1 to 256 bytes without control characters",
	 .valid = check_password,
	 .applies = password_open,
	 .optional = true,
	 .needed = password_needed},
	{.key = "users.audioUser.autoLogin",
	 .type = Q_BOOL,
	 .offset = AT(audio_user.auto_login),
	 .prompt = "Log in without asking",
	 .help = "The machine starts straight into this account, as an instrument does.",
	 .allowed = "true or false",
	 .propose = propose_auto_login,
	 .applies = has_audio_user,
	 .quiet = true},
	{.key = "users.admin.sshKeys",
	 .type = Q_TEXTS,
	 .offset = AT(admin.ssh_keys),
	 .prompt = "Administrator's SSH key",
	 .help = "A public key of whoever administers this machine over the network. The admin "
		 "account has no password: without a key there is no such account, and a server "
		 "cannot be installed.",
	 .allowed = SSH_KEY_ALLOWED,
	 .valid = check_ssh_key,
	 .applies = has_admin,
	 .optional = true,
	 .needed = admin_needed},
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
	 .quiet = true},
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
	 .applies = has_audio},
	{.key = "audio.realtimeTuning",
	 .type = Q_BOOL,
	 .offset = AT(realtime_tuning),
	 .prompt = "Reserve processor cores for audio",
	 .help = "Kernel parameters that keep cores free for audio and awake. Compiling and gaming "
		 "have less of the machine then.",
	 .allowed = "true or false",
	 .propose = propose_yes,
	 .applies = has_audio},
	{.key = "serialConsole",
	 .type = Q_TEXT,
	 .offset = AT(serial_console),
	 .prompt = "Serial console",
	 .help = "A serial line on which the installed system logs and lets in.",
	 .allowed = "as the kernel's console=: ttyS0,115200n8",
	 .valid = check_serial_console,
	 .propose = propose_serial,
	 .optional = true,
	 .quiet = true},
	{.key = "finish",
	 .type = Q_CHOICE,
	 .offset = AT(finish),
	 .prompt = "At the end",
	 .help = "What to do once everything is on the disk.",
	 .allowed = "stay, reboot or poweroff",
	 .choices = finishes,
	 .propose = propose_finish,
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
