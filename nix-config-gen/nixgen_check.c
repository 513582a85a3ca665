/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What NixOS would refuse when it evaluates the host: by then the disk is formatted. The rules are
 * those of the options' types and assertions in nixpkgs 24.11.
 */
#include "nixgen_parts.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool only(const char *s, const char *allowed)
{
	return s[strspn(s, allowed)] == '\0';
}

/* networking.hostName: ^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$; also a directory here. */
static bool host_name(const char *s)
{
	static const char alnum[] = LOWER UPPER DIGIT;
	size_t n = strlen(s);

	return n >= 1 && n <= 63 && only(s, LOWER UPPER DIGIT "_-") && strchr(alnum, s[0]) &&
	       strchr(alnum, s[n - 1]);
}

/* At most 31 bytes (an assertion), and nothing that passwd or a shell reads as more. */
static bool user_name(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 31 && only(s, LOWER UPPER DIGIT "_-") && s[0] != '-';
}

static bool word(const char *s)
{
	return *s && only(s, LOWER UPPER DIGIT "_.:+-");
}

static bool no_spaces(const char *s)
{
	return *s && !strpbrk(s, " \t\r\n");
}

static bool one_line(const char *s)
{
	return *s && !strpbrk(s, "\r\n");
}

static bool passwd_text(const char *s)
{
	return !strpbrk(s, ":\r\n");
}

static bool absolute(const char *s)
{
	return *s == '/' && !strpbrk(s, "\r\n");
}

/* Lists of layouts are joined by commas; the X server reads them out of quotes. */
static bool xkb(const char *s)
{
	return only(s, LOWER UPPER DIGIT "_,:()+-");
}

/* fileSystems.<name>.mountPoint: no slash at its end, but for the root. */
static bool mountpoint(const char *s)
{
	return absolute(s) && (s[1] == '\0' || !str_ends(s, "/"));
}

/* boot.kernelParams: one parameter, "with spaces inside double quotes". */
static bool kernel_param(const char *s)
{
	bool quoted = false;

	if (!one_line(s))
		return false;
	for (; *s; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == ' ' && !quoted)
			return false;
	}
	return !quoted;
}

struct rule {
	const char *what;
	bool (*ok)(const char *);
	const char *why;
};

static const struct rule rule_host = {
	"host name", host_name, "1 to 63 letters, digits, - and _, a letter or digit at both ends"};
static const struct rule rule_variant = {"variant", nixw_path_name, "letters, digits, - and _"};
static const struct rule rule_system = {"system", word, "a word like x86_64-linux"};
static const struct rule rule_release = {"state version", word, "a release like 24.11"};
static const struct rule rule_zone = {"time zone", no_spaces, "no spaces"};
static const struct rule rule_locale = {"locale", no_spaces, "no spaces"};
static const struct rule rule_keys = {"key map", no_spaces, "no spaces"};
static const struct rule rule_xkb = {"X keyboard layout", xkb, "letters, digits and _,:()+-"};
static const struct rule rule_governor = {"governor", word, "one word"};
static const struct rule rule_microcode = {"processor vendor", word, "intel or amd"};
static const struct rule rule_user = {"user name", user_name,
				      "1 to 31 letters, digits, - and _, not - first"};
static const struct rule rule_full_name = {"full name", passwd_text, "no colon and no newline"};
static const struct rule rule_group = {"group", user_name, "as a user name"};
static const struct rule rule_key = {"SSH key", one_line, "one line"};
static const struct rule rule_file = {"file", absolute, "a path that starts with /"};
static const struct rule rule_mountpoint = {"mount point", mountpoint,
					    "a path that starts with / and does not end with it"};
static const struct rule rule_device = {"device", one_line, "not empty, one line"};
static const struct rule rule_fs = {"file system", word, "one word"};
static const struct rule rule_option = {"mount option", no_spaces, "not empty, no spaces"};
static const struct rule rule_tmpfile = {"tmpfiles rule", one_line, "one line"};
static const struct rule rule_param = {"kernel parameter", kernel_param,
				       "spaces only inside double quotes"};
static const struct rule rule_module = {"kernel module", word, "one word"};
static const struct rule rule_irq = {"rtirq name", word, "one word: a shell reads the list"};
static const struct rule rule_desktop = {"desktop", nixgen_desktop_known,
					 "plasma6, hyprland, dwm, i3 or none"};
static const struct rule rule_mapper = {"LUKS name", word, "one word"};

static int need(const char *value, const struct rule *r, struct err *e)
{
	if (value && r->ok(value))
		return 0;
	err_set(e, ERR_INVALID, "change it in the answers", "%s \"%s\" cannot be used in NixOS",
		r->what, value ? value : "");
	return err_why(e, "it has to be: %s", r->why);
}

static int optional(const char *value, const struct rule *r, struct err *e)
{
	return value ? need(value, r, e) : 0;
}

static int each(const struct strings *list, const struct rule *rule, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = need(list->items[i], rule, e);
	return r;
}

static int reasons(const struct nix_reason *items, size_t count, const struct rule *rule,
		   struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = need(items[i].value, rule, e);
	return r;
}

static int host_texts(const struct nix_host *h, struct err *e)
{
	const struct {
		const char *value;
		const struct rule *rule;
		bool required;
	} rows[] = {
		{h->host_name, &rule_host, true},
		{h->variant, &rule_variant, true},
		{h->system, &rule_system, true},
		{h->state_version, &rule_release, true},
		{h->time_zone, &rule_zone, false},
		{h->locale, &rule_locale, false},
		{h->key_map, &rule_keys, false},
		{h->xkb_layout, &rule_xkb, false},
		{h->xkb_variant, &rule_xkb, false},
		{h->governor, &rule_governor, false},
		{h->microcode, &rule_microcode, false},
		{h->desktop, &rule_desktop, false},
		{h->grub_device, &rule_file, h->loader == NIX_BOOT_GRUB},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
		r = rows[i].required ? need(rows[i].value, rows[i].rule, e)
				     : optional(rows[i].value, rows[i].rule, e);
	return r;
}

static int host_lists(const struct nix_host *h, struct err *e)
{
	int r = reasons(h->initrd_modules.items, h->initrd_modules.count, &rule_module, e);

	if (r == 0)
		r = reasons(h->kernel_modules.items, h->kernel_modules.count, &rule_module, e);
	if (r == 0)
		r = reasons(h->kernel_params.items, h->kernel_params.count, &rule_param, e);
	if (r == 0)
		r = reasons(h->tmpfiles.items, h->tmpfiles.count, &rule_tmpfile, e);
	return r == 0 ? each(&h->rtirq, &rule_irq, e) : r;
}

static int users(const struct nix_host *h, struct err *e)
{
	size_t auto_logins = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->users.count; i++) {
		const struct nix_user *u = &h->users.items[i];

		auto_logins += u->auto_login;
		r = need(u->name, &rule_user, e);
		if (r == 0)
			r = optional(u->description, &rule_full_name, e);
		if (r == 0)
			r = optional(u->password_file, &rule_file, e);
		if (r == 0)
			r = each(&u->groups, &rule_group, e);
		if (r == 0)
			r = each(&u->ssh_keys, &rule_key, e);
	}
	if (r == 0 && auto_logins > 1)
		r = err_set(e, ERR_INVALID, "choose one user for the automatic login",
			    "%zu users would be logged in automatically", auto_logins);
	return r;
}

static size_t mounted(const struct nix_host *h, const char *where)
{
	size_t n = 0;

	for (size_t i = 0; i < h->mounts.count; i++)
		n += str_eq(h->mounts.items[i].mountpoint, where);
	return n;
}

/* A name of fileSystems that is there twice is no Nix any more. */
static int mounted_once(const struct nix_host *h, const char *where, struct err *e)
{
	size_t n = mounted(h, where);

	return n == 1 ? 0
		      : err_set(e, ERR_INVALID, "choose another place for one of them",
				"%zu file systems would be mounted at %s", n, where);
}

static int mounts(const struct nix_host *h, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->mounts.count; i++) {
		const struct nix_mount *m = &h->mounts.items[i];

		r = need(m->mountpoint, &rule_mountpoint, e);
		if (r == 0)
			r = need(m->device, &rule_device, e);
		if (r == 0)
			r = need(m->fs_type, &rule_fs, e);
		if (r == 0)
			r = each(&m->options, &rule_option, e);
		if (r == 0)
			r = mounted_once(h, m->mountpoint, e);
	}
	if (r == 0 && !mounted(h, "/"))
		r = err_set(e, ERR_INVALID, NULL, "no file system is mounted at /");
	if (r == 0 && h->loader == NIX_BOOT_SYSTEMD && !mounted(h, "/boot"))
		r = err_set(e, ERR_INVALID, "systemd-boot needs the EFI system partition there",
			    "no file system is mounted at /boot");
	if (r == 0 && h->luks.count && !mounted(h, "/boot"))
		r = err_set(e, ERR_INVALID, "give /boot a partition of its own",
			    "the boot loader could not read the kernel from an encrypted disk");
	return r;
}

static int other_devices(const struct nix_host *h, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->swaps.count; i++) {
		r = need(h->swaps.items[i].device, &rule_file, e);
		if (r == 0 && h->swaps.items[i].file_mib > UINT32_MAX)
			r = err_set(e, ERR_INVALID, "sizes of swap files are MiB",
				    "the swap file %s would have %llu MiB",
				    h->swaps.items[i].device,
				    (unsigned long long)h->swaps.items[i].file_mib);
	}
	if (r == 0 && h->resume_device)
		r = need(h->resume_device, &rule_file, e);
	for (size_t i = 0; r == 0 && i < h->luks.count; i++) {
		r = need(h->luks.items[i].name, &rule_mapper, e);
		if (r == 0)
			r = need(h->luks.items[i].device, &rule_file, e);
	}
	return r;
}

/* PipeWire cuts a quantum to what is between its limits (8192 is quantum-limit). */
static int quantum(const struct nix_host *h, struct err *e)
{
	enum { PIPEWIRE_LIMIT = 8192 };

	if (h->quantum > PIPEWIRE_LIMIT || (h->quantum && h->min_quantum > h->quantum))
		return err_set(e, ERR_INVALID, "at most 8192, and not below the least one",
			       "a quantum of %u samples (at least %u) makes no sense", h->quantum,
			       h->min_quantum);
	return 0;
}

int nixgen_check(const struct nix_host *h, struct err *e)
{
	int (*const check[])(const struct nix_host *, struct err *) = {
		host_texts, host_lists, users, mounts, other_devices, quantum,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(check); i++)
		r = check[i](h, e);
	return r;
}
