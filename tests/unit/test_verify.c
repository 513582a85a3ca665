/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify: target trees as nixos-install leaves them, complete and with each piece missing. */
#include "support/check.h"

#include "run/verify.h"

#define STORE	 "nix/store/abc-nixos-system"
#define PROFILES "nix/var/nix/profiles"
static const char root_x86[] = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
static const char root_arm[] = "b921b045-1df0-41c3-af44-4c6f280d3fae";

struct tree {
	char *dir, *root, *disk;
	struct plan plan;
	struct plan_disk plan_disk;
	struct err e;
};

static void link_profile(const char *root)
{
	scratch_file(root, STORE "/init", "#!");
	scratch_link(root, PROFILES "/system-1-link", "/" STORE);
	scratch_link(root, PROFILES "/system", "system-1-link");
}

static struct tree *tree_new(const char *boot, const char *type)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	t->dir = scratch_new();
	t->root = xasprintf("%s/root", t->dir);
	t->disk = xasprintf("%s/disk", t->dir);
	link_profile(t->root);
	t->plan.boot = xstrdup(boot);
	t->plan.disks.items = &t->plan_disk;
	t->plan.disks.count = 1;
	t->plan_disk.path = t->disk;
	t->plan_disk.layout.count = 1;
	t->plan_disk.layout.parts[0].role = PART_ROOT;
	snprintf(t->plan_disk.layout.parts[0].type_guid, 37, "%s", type);
	return t;
}

static void tree_free(struct tree **tree)
{
	struct tree *t = *tree;

	scratch_free(&t->dir);
	free(t->root);
	free(t->disk);
	free(t->plan.boot);
	free(t);
}
#define _cleanup_tree_ _cleanup_(tree_free)

static struct tree *tree_uefi(void)
{
	struct tree *t = tree_new("uefi", root_x86);

	scratch_file(t->root, "boot/EFI/systemd/systemd-bootx64.efi", "MZ");
	scratch_file(t->root, "boot/EFI/nixos/k-bzImage.efi", "MZ");
	scratch_file(t->root, "boot/EFI/nixos/i-initrd.efi", "x");
	scratch_file(t->root, "boot/loader/loader.conf", "timeout 5\n");
	scratch_file(t->root, "boot/loader/entries/nixos-generation-1.conf",
		     "title NixOS\nsort-key nixos\nversion Generation 1\n"
		     "linux /EFI/nixos/k-bzImage.efi\ninitrd /EFI/nixos/i-initrd.efi\n"
		     "options init=/nix/store/x/init loglevel=4\nmachine-id 1\n");
	return t;
}

static struct tree *tree_bios(void)
{
	struct tree *t = tree_new("bios", root_x86);
	char sector[512] = "";

	memcpy(sector + 0x180, "GRUB \0Geom\0", 11);
	scratch_bytes(t->dir, "disk", sector, sizeof(sector));
	scratch_file(t->root, "boot/grub/i386-pc/core.img", "x");
	scratch_file(t->root, "nix/store/k-linux/bzImage", "x");
	scratch_file(t->root, "boot/kernels/i-initrd", "x");
	scratch_file(t->root, "boot/grub/grub.cfg",
		     "set timeout=5\nmenuentry \"NixOS - Default\" --class nixos {\n"
		     "search --set=drive1 --fs-uuid 1234\n"
		     "  linux ($drive1)//nix/store/k-linux/bzImage init=/nix/store/x/init\n"
		     "  initrd ($drive1)/boot/kernels/i-initrd\n}\n");
	return t;
}

static struct tree *tree_uboot(void)
{
	struct tree *t = tree_new("u-boot", root_arm);

	scratch_file(t->root, "boot/nixos/k-Image", "x");
	scratch_file(t->root, "boot/nixos/i-initrd", "x");
	scratch_file(t->root, "boot/nixos/k-dtbs/board.dtb", "x");
	scratch_file(t->root, "boot/extlinux/extlinux.conf",
		     "# Generated file\nDEFAULT nixos-default\nTIMEOUT 50\n\nLABEL nixos-default\n"
		     "  MENU LABEL NixOS - Default\n  LINUX ../nixos/k-Image\n"
		     "  INITRD ../nixos/i-initrd\n  APPEND init=/nix/store/x/init\n"
		     "  FDTDIR ../nixos/k-dtbs\n");
	return t;
}

static void check_complete(struct tree *t)
{
	if (verify_target(&t->plan, t->root, &t->e) < 0)
		fail_msg("%s: %s", t->e.what, t->e.why);
}

/* Refused as incomplete, with the name of what is missing. */
static void check_missing(struct tree *t, const char *named)
{
	int n = verify_target(&t->plan, t->root, &t->e);

	check_error(&t->e, n);
	assert_int_equal(n, -ERR_NOT_FOUND);
	check_contains(t->e.what, "the installation is not complete");
	check_contains(t->e.why, named);
	check_contains(t->e.hint, "do not restart");
}

static const struct {
	struct tree *(*make)(void);
	const char *file, *named;
} pieces[] = {
	{tree_uefi, STORE "/init", "profiles/system/init"},
	{tree_uefi, PROFILES "/system", "profiles/system/init"},
	{tree_uefi, PROFILES "/system-1-link", "profiles/system/init"},
	{tree_uefi, "boot/EFI/systemd/systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI"},
	{tree_uefi, "boot/EFI/nixos/k-bzImage.efi", "/EFI/nixos/k-bzImage.efi"},
	{tree_uefi, "boot/EFI/nixos/i-initrd.efi", "/EFI/nixos/i-initrd.efi"},
	{tree_uefi, "boot/loader/entries/nixos-generation-1.conf", "loader/entries"},
	{tree_bios, STORE "/init", "profiles/system/init"},
	{tree_bios, "boot/grub/grub.cfg", "boot/grub/grub.cfg"},
	{tree_bios, "nix/store/k-linux/bzImage", "nix/store/k-linux/bzImage"},
	{tree_bios, "boot/kernels/i-initrd", "boot/kernels/i-initrd"},
	{tree_bios, "../disk", "first sector"},
	{tree_uboot, STORE "/init", "profiles/system/init"},
	{tree_uboot, "boot/extlinux/extlinux.conf", "extlinux.conf"},
	{tree_uboot, "boot/nixos/k-Image", "../nixos/k-Image"},
	{tree_uboot, "boot/nixos/i-initrd", "../nixos/i-initrd"},
};

static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_tree_ struct tree *t = pieces[i].make();

		check_complete(t);
		scratch_remove(t->root, pieces[i].file);
		check_missing(t, pieces[i].named);
	}
}

/* A full disk leaves names without bytes. */
static void test_empty_files(void **state)
{
	static const struct {
		struct tree *(*make)(void);
		const char *file, *named;
	} rows[] = {
		{tree_uefi, "boot/EFI/nixos/k-bzImage.efi", "k-bzImage.efi has no bytes"},
		{tree_uefi, "boot/EFI/nixos/i-initrd.efi", "i-initrd.efi has no bytes"},
		{tree_uefi, "boot/EFI/systemd/systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI"},
		{tree_bios, "boot/kernels/i-initrd", "boot/kernels/i-initrd has no bytes"},
		{tree_uboot, "boot/nixos/k-Image", "nixos/k-Image has no bytes"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_tree_ struct tree *t = rows[i].make();

		scratch_remove(t->root, rows[i].file);
		scratch_file(t->root, rows[i].file, "");
		check_missing(t, rows[i].named);
	}
}

/* In its place a link to something that exists, but not in the target. */
static void test_links_outside(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_tree_ struct tree *t = pieces[i].make();
		_cleanup_free_ char *outside = xasprintf("%s/outside", t->dir);

		if (str_starts(pieces[i].file, ".."))
			continue;
		scratch_file(t->dir, "outside/init", "x");
		scratch_remove(t->root, pieces[i].file);
		scratch_link(t->root, pieces[i].file, outside);
		check_missing(t, pieces[i].named);
		scratch_remove(t->root, pieces[i].file);
		scratch_link(t->root, pieces[i].file, "../../../../../../../outside/init");
		check_missing(t, pieces[i].named);
	}
}

static void test_device_trees(void **state)
{
	_cleanup_tree_ struct tree *t = tree_uboot();

	(void)state;
	scratch_remove(t->root, "boot/nixos/k-dtbs/board.dtb");
	check_complete(t);
	_cleanup_free_ char *dir = xasprintf("%s/boot/nixos/k-dtbs", t->root);

	assert_int_equal(rmdir(dir), 0);
	check_missing(t, "../nixos/k-dtbs");
}

static void test_removable_path(void **state)
{
	_cleanup_tree_ struct tree *t = tree_uefi(), *arm = tree_uefi();

	(void)state;
	scratch_remove(t->root, "boot/EFI/systemd/systemd-bootx64.efi");
	scratch_file(t->root, "boot/EFI/BOOT/BOOTX64.EFI", "MZ");
	check_complete(t);
	/* Another architecture's loader is none. */
	snprintf(arm->plan_disk.layout.parts[0].type_guid, 37, "%s", root_arm);
	check_missing(arm, "EFI/BOOT/BOOTAA64.EFI");
	scratch_file(arm->root, "boot/EFI/systemd/systemd-bootaa64.efi", "MZ");
	check_complete(arm);
}

/* Menus that exist and say too little. */
static void test_poor_menus(void **state)
{
	static const char *const entries[] = {
		"",
		"title NixOS\n",
		"linux /EFI/nixos/k-bzImage.efi\n",
		"initrd /EFI/nixos/i-initrd.efi\n",
		"linux /EFI/nixos/k-bzImage.efi\nlinux /EFI/nixos/k-bzImage.efi\n",
		"initrd /EFI/nixos/i-initrd.efi\ninitrd /EFI/nixos/i-initrd.efi\n",
		"linux\ninitrd\n",
		"#linux /EFI/nixos/k-bzImage.efi\n#initrd /EFI/nixos/i-initrd.efi\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		_cleanup_tree_ struct tree *t = tree_uefi();

		scratch_file(t->root, "boot/loader/entries/nixos-generation-1.conf", entries[i]);
		check_missing(t, "nixos-generation-1.conf");
	}
}

/* Every entry counts, not only the first. */
static void test_second_entry(void **state)
{
	_cleanup_tree_ struct tree *t = tree_uefi();

	(void)state;
	scratch_file(t->root, "boot/loader/entries/nixos-generation-2.conf",
		     "linux /EFI/nixos/none.efi\ninitrd /EFI/nixos/i-initrd.efi\n");
	check_missing(t, "/EFI/nixos/none.efi");
	scratch_file(t->root, "boot/loader/entries/nixos-generation-2.conf",
		     "linux /EFI/nixos/k-bzImage.efi\ninitrd /EFI/nixos/i-initrd.efi\n");
	scratch_file(t->root, "boot/loader/entries/readme", "linux /none\n");
	check_complete(t);
}

static void test_no_root(void **state)
{
	_cleanup_tree_ struct tree *t = tree_uefi();

	(void)state;
	assert_int_equal(verify_target(&t->plan, "/nonexistent", &t->e), -ERR_IO);
	check_error(&t->e, -ERR_IO);
}

static void test_first_sector(void **state)
{
	_cleanup_tree_ struct tree *t = tree_bios();
	char sector[1024] = "";

	(void)state;
	scratch_bytes(t->dir, "disk", sector, 512);
	check_missing(t, "first sector");
	memcpy(sector + 512, "GRUB ", 5);
	scratch_bytes(t->dir, "disk", sector, sizeof(sector));
	check_missing(t, "first sector");
	memcpy(sector + 508, "GRUB", 4);
	scratch_bytes(t->dir, "disk", sector, sizeof(sector));
	check_complete(t);
	scratch_bytes(t->dir, "disk", "GRUB", 4);
	check_missing(t, "first sector");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),	       cmocka_unit_test(test_empty_files),
		cmocka_unit_test(test_links_outside),  cmocka_unit_test(test_device_trees),
		cmocka_unit_test(test_removable_path), cmocka_unit_test(test_poor_menus),
		cmocka_unit_test(test_second_entry),   cmocka_unit_test(test_no_root),
		cmocka_unit_test(test_first_sector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
