/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixgen: whole hosts against tests/nix/golden (UPDATE_GOLDEN=1 rewrites it), and what it refuses.
 * tests/nix/check-options and tests/nix/eval-hosts look at the same golden files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nix-config-gen/nixgen.h"

#ifndef TEST_SOURCE_DIR
#define TEST_SOURCE_DIR "."
#endif

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ITEMS(type, ...)                                                            \
	{                                                                           \
		(type[]){__VA_ARGS__}, sizeof((type[]){__VA_ARGS__}) / sizeof(type) \
	}
#define WORDS(...)   ITEMS(char *, __VA_ARGS__)
#define REASONS(...) ITEMS(struct nix_reason, __VA_ARGS__)
#define KEY(name) \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqPzZq5gkLxrYHwH0JX5zjQq8n4iO7G0p2v9cXkq5dE " name
#define BY_UUID(uuid)	 "/dev/disk/by-uuid/" uuid
#define USERS(...)	 ITEMS(struct nix_user, __VA_ARGS__)
#define MOUNTS(...)	 ITEMS(struct nix_mount, __VA_ARGS__)
#define SWAPS(...)	 ITEMS(struct nix_swap, __VA_ARGS__)
#define SET(list, array) ((list).items = (array), (list).count = COUNT(array))
#define CPU_WHY		 "Processors 1 to 3 are kept for audio: no other work, no timer tick."
#define PROGRAM		 "archibald 0.1.0"

static const struct nix_host workstation = {
	.program = PROGRAM,
	.variant = "archibaldOS-iso",
	.system = "x86_64-linux",
	.state_version = "24.11",
	.host_name = "studio",
	.time_zone = "Europe/Berlin",
	.locale = "de_DE.UTF-8",
	.key_map = "de-latin1-nodeadkeys",
	.xkb_layout = "de",
	.xkb_variant = "nodeadkeys",
	.users = USERS({.name = "audio-user",
			.description = "J\xc3\xbcrgen \"Bass\" ${HOME} M\xc3\xbcller",
			.groups = WORDS("audio", "jackaudio", "realtime", "video", "wheel"),
			.password_file = "/var/lib/archibald/passwords/audio-user",
			.ssh_keys = WORDS(KEY("j@laptop")),
			.auto_login = true},
		       {.name = "guest",
			.groups = WORDS("audio"),
			.password_file = "/var/lib/archibald/passwords/guest"}),
	.admin_note = "audio-user administers this machine (wheel).",
	.loader = NIX_BOOT_SYSTEMD,
	.loader_why = "Started by UEFI, and its variables can be written.",
	.can_touch_efi_variables = true,
	.configuration_limit = 10,
	.initrd_modules = REASONS({"nvme", "PCI 144d:a808, the disk of the root"},
				  {"xhci_pci", "USB keyboards and disks"},
				  {"usbhid", "USB keyboards and disks"},
				  {"usb_storage", "USB keyboards and disks"}),
	.kernel_modules = REASONS({"kvm-amd", NULL}),
	.kernel_params = REASONS({"isolcpus=1-3", CPU_WHY}, {"nohz_full=1-3", CPU_WHY},
				 {"processor.max_cstate=1", "Deep sleep takes longer to wake from "
							    "than a cycle of 64 samples lasts."}),
	.governor = "performance",
	.governor_why = "A steady clock: no cycle waits for one to rise.",
	.microcode = "amd",
	.bare_metal = true,
	.hardware_notes = WORDS("AMD Ryzen 7 5800X, 8 cores, 31.3 GiB of memory",
				"ASUS */ ${board}\nTUF \"GAMING\""),
	.mounts = MOUNTS(
		{"/", BY_UUID("1f0e6e6c-1d5b-4b4e-8f68-0f4d2c1f3b5a"), "ext4", WORDS("noatime")},
		{"/boot", BY_UUID("12AB-34CD"), "vfat", WORDS("fmask=0077", "dmask=0077")}),
	.swaps = SWAPS({BY_UUID("6f1c0f1e-9f0a-4d43-9a61-4a3f6f0f8c11"), 0}),
	.audio = true,
	.realtime_kernel = true,
	.realtime_why = "PREEMPT_RT: the kernel is built for this machine.",
	.rtirq = WORDS("snd_usb_audio", "snd", "usb", "i8042"),
	.quantum = 64,
	.quantum_why = "64 samples at 48 kHz are 1.3 ms; 32 works on dedicated hardware.",
	.desktop = "plasma6",
};

/* An old notebook: BIOS, an encrypted root, a swap file and dwm. */
static struct nix_user bios_users[] = {{.name = "nora",
					.groups = WORDS("audio", "wheel"),
					.password_file = "/var/lib/archibald/passwords/nora"}};
static struct nix_mount bios_mounts[] = {
	{"/", "/dev/mapper/root", "ext4", {0}},
	{"/boot", BY_UUID("77aa1b52-8a7e-4a0a-8b39-5d3b2f6f7e11"), "ext4", {0}}};
static struct nix_luks bios_luks[] = {
	{"root", BY_UUID("0d6f8e9a-94cc-4b5e-8bd0-3d8a6b1e2f77"), .allow_discards = true}};
static struct nix_swap bios_swaps[] = {{"/var/swapfile", 4096}};

static struct nix_host bios(void)
{
	struct nix_host h = workstation;

	h.host_name = "oldbook";
	SET(h.users, bios_users);
	h.admin_note = NULL;
	h.xkb_variant = NULL;
	h.loader = NIX_BOOT_GRUB;
	h.loader_why = "Started by a BIOS: GRUB stands in the disk's BIOS boot partition.";
	h.grub_device = "/dev/disk/by-id/ata-ST9250315AS_5VC1ABCD";
	h.microcode = "intel";
	h.kernel_params.count = 0;
	h.kernel_modules.count = 0;
	h.governor = "schedutil";
	h.governor_why = "It runs from a battery.";
	h.hardware_notes.count = 1;
	SET(h.mounts, bios_mounts);
	SET(h.luks, bios_luks);
	SET(h.swaps, bios_swaps);
	h.zram = true;
	h.zram_percent = 50;
	h.realtime_kernel = false;
	h.realtime_why = NULL;
	h.rtirq.count = 0;
	h.quantum = 16;
	h.quantum_why = NULL;
	h.desktop = "dwm";
	return h;
}

static const struct nix_host orangepi5 = {
	.program = PROGRAM,
	.variant = "archibaldOS-orangepi5",
	.system = "aarch64-linux",
	.state_version = "24.11",
	.host_name = "pi",
	.time_zone = "UTC",
	.locale = "en_US.UTF-8",
	.key_map = "us",
	.xkb_layout = "us",
	.users = USERS({.name = "audio-user",
			.groups = WORDS("audio", "jackaudio", "realtime", "video", "wheel"),
			.password_file = "/var/lib/archibald/passwords/audio-user",
			.auto_login = true}),
	.loader = NIX_BOOT_EXTLINUX,
	.loader_why = "Started by U-Boot, which reads extlinux.conf.",
	.configuration_limit = 5,
	.initrd_modules = REASONS({"nvme", "The root is on NVMe."},
				  {"phy-rockchip-naneng-combphy", "The root is on NVMe."},
				  {"pcie-dw-rockchip", "The root is on NVMe."}),
	.kernel_params = REASONS(
		{"console=ttyS2,1500000n8", "The board's serial port."},
		{"nohz_full=1-7", "Seven of eight cores run without a timer tick."},
		{"cpufreq.default_governor=performance", NULL}),
	.hardware_notes = WORDS("Xunlong Orange Pi 5 (rockchip,rk3588s)"),
	.mounts = MOUNTS(
		{"/", BY_UUID("3f0e6e6c-1d5b-4b4e-8f68-0f4d2c1f3b5a"), "ext4", WORDS("noatime")}),
	.tmpfiles = REASONS({"d /srv/samples 2775 root audio -", "Who plays may record."},
			    {"d /srv/${x} 2775 root audio -", NULL}),
	.zram = true,
	.zram_percent = 50,
	.audio = true,
	.realtime_why = "The board's vendor kernel stays: it has the drivers.",
	.rtirq = WORDS("snd_usb_audio"),
	.quantum = 128,
	.min_quantum = 128,
	.quantum_why = "128 samples hold on RK3588 without PREEMPT_RT; 256 is safer.",
	.desktop = "none",
};

static const struct nix_host server = {
	.program = PROGRAM,
	.variant = "archibaldOS-server",
	.system = "x86_64-linux",
	.state_version = "24.11",
	.host_name = "rack1",
	.time_zone = "UTC",
	.locale = "en_US.UTF-8",
	.key_map = "us",
	.users = USERS({.name = "admin",
			.groups = WORDS("wheel", "docker"),
			.ssh_keys = WORDS(KEY("ops@one"), KEY("ops@two"))}),
	.admin_note = "Only a key lets admin in: without one of these nobody can log in.",
	.loader = NIX_BOOT_SYSTEMD,
	.loader_why = "Started by UEFI; its variables cannot be written, so the loader "
		      "stands at the removable path.",
	.configuration_limit = 20,
	.initrd_modules = REASONS({"virtio_pci", NULL}, {"virtio_blk", NULL}, {"ahci", NULL}),
	.kernel_params = REASONS({"console=ttyS0,115200n8", NULL}),
	.qemu_guest = true,
	.mounts = MOUNTS(
		{"/", BY_UUID("5f0e6e6c-1d5b-4b4e-8f68-0f4d2c1f3b5a"), "ext4", {0}},
		{"/boot", BY_UUID("12AB-34CE"), "vfat", WORDS("fmask=0077", "dmask=0077")}),
};

static struct nix_host desktop(const char *host_name, const char *desktop)
{
	struct nix_host h = workstation;

	h.host_name = host_name;
	h.desktop = desktop;
	h.users.count = 1;
	return h;
}

/* The file's bytes, or NULL. */
static char *slurp(struct arena *a, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, 65536);
	ssize_t n = fd < 0 ? -1 : read(fd, text, 65535);

	return n < 0 ? NULL : text;
}

static void make_directories(const char *path)
{
	char dir[1024];

	for (const char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
		assert_true((size_t)(s - path) < sizeof(dir));
		memcpy(dir, path, (size_t)(s - path));
		dir[s - path] = '\0';
		assert_true(mkdir(dir, 0777) == 0 || errno == EEXIST);
	}
}

static void spew(const char *path, const char *text)
{
	_cleanup_close_ int fd = -1;

	make_directories(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void compare(struct arena *a, const struct nix_file *file)
{
	const char *source = getenv("TEST_SOURCE_DIR");
	const char *path = arena_printf(a, "%s/tests/nix/golden/%s",
					source ? source : TEST_SOURCE_DIR, file->path);
	const char *update = getenv("UPDATE_GOLDEN"), *golden;

	if (update && *update == '1')
		spew(path, file->content);
	golden = slurp(a, path);
	if (!golden)
		fail_msg("%s is missing; UPDATE_GOLDEN=1 writes it", path);
	assert_string_equal(file->content, golden);
}

static void check_golden(const struct nix_host *h)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct nix_files files, again;
	struct err e;

	assert_int_equal(nixgen_host(h, a, &files, &e), 0);
	assert_int_equal(nixgen_host(h, a, &again, &e), 0);
	assert_int_equal(files.list.count, 2);
	for (size_t i = 0; i < files.list.count; i++) {
		assert_string_equal(files.list.items[i].content, again.list.items[i].content);
		compare(a, &files.list.items[i]);
	}
}

static void test_golden(void **state)
{
	const struct nix_host hosts[] = {workstation,
					 bios(),
					 orangepi5,
					 server,
					 desktop("tiles", "hyprland"),
					 desktop("threes", "i3")};

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++)
		check_golden(&hosts[i]);
}

/* Each row spoils one thing of a host that is fine, and the words are in the error. */
#define SPOIL(name, change)                          \
	static void spoil_##name(struct nix_host *h) \
	{                                            \
		change;                              \
	}
static char *shell_word[] = {(char[]){"$(reboot)"}};
static struct nix_user twins[] = {{.name = "a", .auto_login = true},
				  {.name = "b", .auto_login = true}};
static struct nix_user colon[] = {{.name = "a", .description = "a:b"}};
static struct nix_user key_lines[] = {{.name = "a", .ssh_keys = WORDS("ssh-rsa A\nssh-rsa B")}};
static struct nix_user long_name[] = {{.name = "a2345678901234567890123456789012"}};
static struct nix_mount only_boot[] = {{"/boot", "/dev/vda1", "vfat", {0}}};
static struct nix_mount slash_end[] = {{"/", "/dev/vda1", "ext4", {0}},
				       {"/srv/", "/dev/vda2", "ext4", {0}}};
static struct nix_mount two_at_once[] = {{"/", "/dev/vda1", "ext4", {0}},
					 {"/boot", "/dev/vda2", "vfat", {0}},
					 {"/srv", "/dev/vda3", "ext4", {0}},
					 {"/srv", "/dev/vdb1", "ext4", {0}}};
static struct nix_reason bare_space[] = {{"a b", NULL}};
static struct nix_reason two_rules[] = {{"d /a\nd /b", NULL}};

SPOIL(host_missing, h->host_name = NULL)
SPOIL(host_dots, h->host_name = "..")
SPOIL(host_dash, h->host_name = "a-")
SPOIL(variant, h->variant = "../evil")
SPOIL(zone, h->time_zone = "Europe / Berlin")
SPOIL(xkb, h->xkb_layout = "de\"")
SPOIL(desktop, h->desktop = "gnome")
SPOIL(grub, h->loader = NIX_BOOT_GRUB)
SPOIL(quantum, h->min_quantum = 128)
SPOIL(quantum_limit, h->quantum = 9000)
SPOIL(rtirq, SET(h->rtirq, shell_word))
SPOIL(twins, SET(h->users, twins))
SPOIL(colon, SET(h->users, colon))
SPOIL(key, SET(h->users, key_lines))
SPOIL(long_name, SET(h->users, long_name))
SPOIL(no_root, SET(h->mounts, only_boot))
SPOIL(no_boot, h->mounts.count = 1)
SPOIL(luks_boot, SET(h->luks, bios_luks); h->mounts.count = 1; h->loader = NIX_BOOT_EXTLINUX)
SPOIL(slash, SET(h->mounts, slash_end))
SPOIL(two_at_once, SET(h->mounts, two_at_once))
SPOIL(param, SET(h->kernel_params, bare_space))
SPOIL(tmpfiles, SET(h->tmpfiles, two_rules))

static const struct {
	void (*spoil)(struct nix_host *h);
	const char *word;
} refusals[] = {
	{spoil_host_missing, "host name"},
	{spoil_host_dots, "host name"},
	{spoil_host_dash, "\"a-\""},
	{spoil_variant, "variant"},
	{spoil_zone, "time zone"},
	{spoil_xkb, "keyboard"},
	{spoil_desktop, "gnome"},
	{spoil_grub, "file"},
	{spoil_quantum, "quantum of 64"},
	{spoil_quantum_limit, "9000"},
	{spoil_rtirq, "rtirq"},
	{spoil_twins, "2 users"},
	{spoil_colon, "full name"},
	{spoil_key, "SSH key"},
	{spoil_long_name, "user name"},
	{spoil_no_root, "at /"},
	{spoil_no_boot, "at /boot"},
	{spoil_luks_boot, "encrypted"},
	{spoil_slash, "/srv/"},
	{spoil_two_at_once, "2 file systems would be mounted at /srv"},
	{spoil_param, "kernel parameter"},
	{spoil_tmpfiles, "tmpfiles rule"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct nix_host h = workstation;
		struct nix_files files = {{NULL, 77}};
		struct err e = {0};

		refusals[i].spoil(&h);
		assert_int_equal(nixgen_host(&h, a, &files, &e), -ERR_INVALID);
		assert_non_null(strstr(e.what, refusals[i].word));
		assert_int_equal(files.list.count, 77);
	}
}

static void test_quoted_kernel_param(void **state)
{
	static struct nix_reason quoted[] = {{"dyndbg=\"file a.c +p\"", NULL}};
	_cleanup_arena_ struct arena *a = arena_new();
	struct nix_host h = workstation;
	struct nix_files files;
	struct err e;

	(void)state;
	SET(h.kernel_params, quoted);
	assert_int_equal(nixgen_host(&h, a, &files, &e), 0);
	assert_non_null(
		strstr(files.list.items[0].content, "[ \"dyndbg=\\\"file a.c +p\\\"\" ];\n"));
}

static void test_too_large(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct nix_host h = workstation;
	struct nix_files files;
	char *note = arena_alloc(a, 2 * 1024 * 1024);
	struct err e = {0};

	(void)state;
	memset(note, 'x', 2 * 1024 * 1024 - 1);
	h.quantum_why = note;
	assert_int_equal(nixgen_host(&h, a, &files, &e), -ERR_INVALID);
	assert_non_null(strstr(e.what, "hosts/studio/default.nix"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_quoted_kernel_param),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
