/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"
#include "base/sys.h"

#define ADVICE \
	"the log says what nixos-install did; the disk is kept as it is, do not restart from it"

struct checking {
	struct sys sys; /* the target's root */
	struct arena *arena;
	struct err *e;
};

static int missing(struct checking *c, const char *path, const char *what)
{
	err_set(c->e, ERR_NOT_FOUND, ADVICE, "the installation is not complete: %s is missing",
		what);
	return err_why(c->e, "there is no /%s", path);
}

static int need(struct checking *c, const char *path, const char *what)
{
	return sys_exists(&c->sys, "%s", path) ? 0 : missing(c, path, what);
}

/* A full file system leaves files without anything in them. */
static bool has_bytes(struct checking *c, const char *path)
{
	char byte[2];

	return sys_read(&c->sys, path, byte, sizeof(byte)) > 0;
}

static int empty(struct checking *c, const char *path, const char *what)
{
	err_set(c->e, ERR_NOT_FOUND, ADVICE, "the installation is not complete: %s is empty", what);
	return err_why(c->e, "/%s has no bytes", path);
}

/* There, and not only its name. */
static int need_bytes(struct checking *c, const char *path, const char *what)
{
	int n = need(c, path, what);

	return n == 0 && !has_bytes(c, path) ? empty(c, path, what) : n;
}

static int check_profile(struct checking *c)
{
	/* Two links, system -> system-1-link -> /nix/store/...; sys resolves them in the root. */
	return need(c, "nix/var/nix/profiles/system/init", "the system profile's init");
}

/* A path that a boot menu names; GRUB puts a device in parentheses in front. */
static const char *menu_path(const char *word)
{
	const char *end = word[0] == '(' ? strchr(word, ')') : NULL;

	return end ? end + 1 : word;
}

struct menu {
	const char *directory; /* the paths begin there: "boot" on an ESP, "." for the root */
	/* Of lines that name files: the kernel's, the initrd's, then others; NULL-terminated. */
	const char *const *keywords;
};

/* `file`: one that is read, not a directory of device trees. */
static int check_menu_file(struct checking *c, const struct menu *m, const char *path, bool file)
{
	const char *what = "a file that the boot menu names", *inside;

	while (*path == '/')
		path++;
	inside = arena_printf(c->arena, "%s/%s", m->directory, path);
	return file ? need_bytes(c, inside, what) : need(c, inside, what);
}

/* Each file named in a menu must be there; a menu without any is no menu. */
static int check_menu(struct checking *c, const struct menu *m, const char *path)
{
	char *text = sys_slurp(&c->sys, c->arena, path, 1 << 20, NULL), *save = NULL;
	bool kernel = false, initrd = false;

	if (!text)
		return missing(c, path, "the boot menu");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char word[64], file[512];
		int keyword, n;

		if (sscanf(line, " %63s %511s", word, file) != 2)
			continue;
		keyword = name_index(m->keywords, word);
		if (keyword < 0)
			continue;
		kernel |= keyword == 0;
		initrd |= keyword == 1;
		n = check_menu_file(c, m, menu_path(file), keyword <= 1);
		if (n < 0)
			return n;
	}
	return kernel && initrd ? 0 : missing(c, path, "a kernel and an initrd in the boot menu");
}

static const char *const bls_keywords[] = {"linux", "initrd", NULL};
static const char *const grub_keywords[] = {"linux", "initrd", NULL};
static const char *const extlinux_keywords[] = {"LINUX", "INITRD", "FDT", "FDTDIR", NULL};

static int check_uefi(struct checking *c, const struct plan *p)
{
	const struct menu menu = {"boot", bls_keywords};
	struct strings entries = sys_list(&c->sys, c->arena, "boot/loader/entries");
	size_t checked = 0;
	const struct layout *l = &plan_system_disk(p)->layout;
	const struct part *root = layout_part(l, PART_ROOT), *esp = layout_part(l, PART_ESP);
	const char *where = esp ? esp->mountpoint + 1 : "boot"; /* below the root */
	bool arm = root && str_eq(root->type_guid, "b921b045-1df0-41c3-af44-4c6f280d3fae");
	const char *own = arena_printf(c->arena, "%s/EFI/systemd/%s", where,
				       arm ? "systemd-bootaa64.efi" : "systemd-bootx64.efi");
	const char *removable = arena_printf(c->arena, "%s/EFI/BOOT/%s", where,
					     arm ? "BOOTAA64.EFI" : "BOOTX64.EFI");

	if (!has_bytes(c, own) && need_bytes(c, removable, "the boot loader") < 0)
		return -(int)c->e->code;
	for (size_t i = 0; i < entries.count; i++) {
		const char *path = arena_printf(c->arena, "boot/loader/entries/%s",
						entries.items[i]);
		int n;

		/* Other systems have theirs in a partition that is shared. */
		if (!str_ends(path, ".conf") || !str_starts(entries.items[i], "nixos-"))
			continue;
		n = check_menu(c, &menu, path);
		if (n < 0)
			return n;
		checked++;
	}
	return checked ? 0 : missing(c, "boot/loader/entries/nixos-*.conf", "a boot menu entry");
}

/* boot.img of GRUB carries its name in the disk's first sector. */
static int check_mbr(struct checking *c, const struct plan *p)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	char sector[513];
	ssize_t n = sys_read(&here, plan_system_disk(p)->path, sector, sizeof(sector));

	if (n == 512 && memmem(sector, 512, "GRUB", 4))
		return 0;
	err_set(c->e, ERR_NOT_FOUND, ADVICE,
		"the installation is not complete: the boot loader is missing");
	return err_why(c->e, "GRUB is not in the first sector of %s", plan_system_disk(p)->path);
}

static int check_bios(struct checking *c, const struct plan *p)
{
	/* GRUB's paths begin in the file system that it reads: /boot's own, or the root. */
	const struct part *boot = layout_part(&plan_system_disk(p)->layout, PART_BOOT);
	const struct menu menu = {boot ? "boot" : ".", grub_keywords};
	int n = check_menu(c, &menu, "boot/grub/grub.cfg");

	return n < 0 ? n : check_mbr(c, p);
}

static int check_uboot(struct checking *c, const struct plan *p)
{
	/* extlinux.conf names files from its own directory: "../nixos/...-Image". */
	const struct menu menu = {"boot/extlinux", extlinux_keywords};

	(void)p;
	return check_menu(c, &menu, "boot/extlinux/extlinux.conf");
}

int verify_target(const struct plan *p, const char *root, struct err *e)
{
	static const struct {
		const char *boot;
		int (*check)(struct checking *c, const struct plan *p);
	} kinds[] = {{"uefi", check_uefi}, {"bios", check_bios}, {"u-boot", check_uboot}};
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_(sys_close) struct sys sys = {.rootfd = -1};
	int n = sys_open(&sys, root, e);

	if (n < 0)
		return n;
	struct checking c = {sys, a, e};

	n = check_profile(&c);
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && n == 0; i++)
		if (str_eq(kinds[i].boot, p->boot))
			n = kinds[i].check(&c, p);
	return n;
}
