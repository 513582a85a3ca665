/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/utsname.h>

#include "base/str.h"
#include "facts/probe.h"

/* Boards of the RK3588 family by their device tree's first compatible, as the names under which
 * nixos-rk3588 and the variants know them. linux/arch/arm64/boot/dts/rockchip. */
static const struct {
	const char *compatible, *name;
} rk3588_boards[] = {
	{"xunlong,orangepi-5", "orangepi5"},
	{"xunlong,orangepi-5-plus", "orangepi5plus"},
	{"xunlong,orangepi-5b", "orangepi5b"},
	{"xunlong,orangepi-5-max", "orangepi5max"},
	{"xunlong,orangepi-5-ultra", "orangepi5ultra"},
	{"xunlong,orangepi-5-pro", "orangepi5pro"},
	{"radxa,rock-5a", "rock5a"},
	{"radxa,rock-5b", "rock5b"},
	{"radxa,rock-5b-plus", "rock5bplus"},
	{"radxa,rock-5c", "rock5c"},
	{"radxa,rock-5-itx", "rock5itx"},
	{"radxa,cm5", "radxacm5"},
	{"friendlyarm,nanopc-t6", "nanopct6"},
	{"friendlyarm,nanopi-r6c", "nanopir6c"},
	{"friendlyarm,nanopi-r6s", "nanopir6s"},
	{"khadas,edge2", "khadasedge2"},
	{"pine64,quartzpro64", "quartzpro64"},
	{"turing,rk1", "turingrk1"},
	{"firefly,itx-3588j", "fireflyitx3588j"},
	{"coolpi,pi-4b", "coolpi4b"},
	{"mntre,reform2-rcore", "mntreform2rcore"},
};

/* Splits NUL-separated device-tree strings (devicetree specification, 2.2.4, <stringlist>). */
static struct strings dt_strings(const struct sys *s, struct arena *a, const char *path)
{
	struct strings list = {0};
	char buf[2048];
	ssize_t n = sys_read(s, path, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(buf + i) + 1)
		if (buf[i]) {
			strings_add(a, &list, buf + i);
			str_sanitise(list.items[list.count - 1]);
		}
	return list;
}

static bool compatible_with(const struct board *b, const char *prefix)
{
	for (size_t i = 0; i < b->compatible.count; i++)
		if (str_starts(b->compatible.items[i], prefix))
			return true;
	return false;
}

static void board_from_device_tree(const struct sys *s, struct facts *f)
{
	struct board *b = &f->board;
	struct strings model = dt_strings(s, f->arena, "sys/firmware/devicetree/base/model");
	struct strings serial = dt_strings(s, f->arena,
					   "sys/firmware/devicetree/base/serial-number");

	b->model = model.count ? model.items[0] : NULL;
	b->id = b->serial = serial.count ? serial.items[0] : NULL;
	b->kind = compatible_with(b, "rockchip,rk3588") ? BOARD_RK3588 : BOARD_ARM;
	if (b->kind != BOARD_RK3588)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rk3588_boards); i++)
		if (str_eq(b->compatible.items[0], rk3588_boards[i].compatible))
			b->name = arena_strdup(f->arena, rk3588_boards[i].name);
}

/* What stands in the tables of machines whose maker has put nothing there, in lower case. */
static char *real_serial(char *text)
{
	static const char *const fillers[] = {"to be filled by o.e.m.",
					      "default string",
					      "system serial number",
					      "not specified",
					      "not applicable",
					      "none",
					      "n/a",
					      "unknown",
					      "invalid",
					      "123456789",
					      "0123456789",
					      "chassis serial number",
					      "o.e.m."};

	for (size_t i = 0; text && i < ARRAY_SIZE(fillers); i++)
		if (strcasecmp(text, fillers[i]) == 0)
			return NULL;
	/* "0", "00000000", "........": no two machines are told apart by it. */
	return text && strspn(text, text[0] ? (char[]){text[0], '\0'} : "") == strlen(text) ? NULL
											    : text;
}

static void board_from_dmi(const struct sys *s, struct facts *f)
{
	char *vendor = sys_line(s, f->arena, "sys/class/dmi/id/sys_vendor");
	char *product = sys_line(s, f->arena, "sys/class/dmi/id/product_name");

	if (vendor || product)
		f->board.model = arena_printf(f->arena, "%s%s%s", vendor ? vendor : "",
					      vendor && product ? " " : "", product ? product : "");
	f->board.id = sys_line(s, f->arena, "sys/class/dmi/id/product_uuid");
	f->board.uuid = f->board.id;
	f->board.serial = real_serial(sys_line(s, f->arena, "sys/class/dmi/id/product_serial"));
}

/* A recorded root carries no uname: the CPU's own file tells. */
static enum arch probe_arch(const struct sys *s)
{
	struct utsname u;
	char buf[4096];

	if (!s->live) {
		if (sys_read(s, "proc/cpuinfo", buf, sizeof(buf)) <= 0)
			return ARCH_OTHER;
		if (strstr(buf, "CPU architecture: 8") || strstr(buf, "CPU implementer"))
			return ARCH_AARCH64;
		return strstr(buf, "vendor_id") ? ARCH_X86_64 : ARCH_OTHER;
	}
	if (uname(&u) != 0)
		return ARCH_OTHER;
	return str_eq(u.machine, "x86_64")    ? ARCH_X86_64
	       : str_eq(u.machine, "aarch64") ? ARCH_AARCH64
					      : ARCH_OTHER;
}

static bool efivars_writable(const struct sys *s)
{
	_cleanup_arena_ struct arena *a = arena_new();
	char *mounts = sys_slurp(s, a, "proc/self/mountinfo", 1 << 20, NULL), *at, *options;

	/* "... 0:28 / /sys/firmware/efi/efivars rw,nosuid ... - efivarfs efivarfs rw"
	 * (proc_pid_mountinfo(5)): both the mount and the file system must say rw. */
	if (!mounts || !(at = strstr(mounts, " /sys/firmware/efi/efivars ")))
		return false;
	options = at + strlen(" /sys/firmware/efi/efivars ");
	at[strcspn(at, "\n")] = '\0';
	return str_starts(options, "rw") && strstr(options, "efivarfs rw");
}

static enum secure_boot secure_boot_state(const struct sys *s)
{
	/* Four bytes of attributes, then the value (kernel: filesystems/efivarfs.rst). */
	char buf[8];
	ssize_t n = sys_read(s,
			     "sys/firmware/efi/efivars/"
			     "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
			     buf, sizeof(buf));

	if (n < 5)
		return SECURE_BOOT_UNKNOWN;
	return buf[4] == 1 ? SECURE_BOOT_ON : SECURE_BOOT_OFF;
}

static void probe_firmware(const struct sys *s, struct facts *f)
{
	if (!sys_exists(s, "sys/firmware/efi")) {
		f->firmware.kind = f->arch == ARCH_X86_64 ? FIRMWARE_BIOS : FIRMWARE_DEVICE_TREE;
		return;
	}
	f->firmware.kind = FIRMWARE_UEFI;
	f->firmware.bits = (uint32_t)sys_number(s, 64, "sys/firmware/efi/fw_platform_size");
	f->firmware.efivars_writable = efivars_writable(s);
	f->firmware.secure_boot = secure_boot_state(s);
}

static void probe_memory(const struct sys *s, struct facts *f)
{
	char buf[512];
	const char *at;
	uint64_t kib = 0;

	if (sys_read(s, "proc/meminfo", buf, sizeof(buf)) <= 0 || !(at = strstr(buf, "MemTotal:")))
		return;
	for (at += strlen("MemTotal:"); *at == ' '; at++)
		;
	for (; *at >= '0' && *at <= '9'; at++)
		kib = kib * 10 + (uint64_t)(*at - '0');
	f->memory_bytes = kib * 1024;
}

/* Names that the DMI vendor or product shows, as systemd-detect-virt(1) spells them. */
static const struct {
	const char *dmi, *name;
} hypervisors[] = {
	{"QEMU", "qemu"},
	{"KVM", "kvm"},
	{"VMware", "vmware"},
	{"innotek", "oracle"},
	{"VirtualBox", "oracle"},
	{"Microsoft Corporation Virtual Machine", "microsoft"},
	{"Xen", "xen"},
	{"Parallels", "parallels"},
	{"Amazon EC2", "amazon"},
	{"Google Compute Engine", "google"},
	{"BHYVE", "bhyve"},
	{"Bochs", "bochs"},
	{"OpenStack", "openstack"},
};

static void probe_virtualisation(const struct sys *s, struct facts *f)
{
	char *vendor = sys_line(s, f->arena, "sys/class/dmi/id/sys_vendor");
	char *product = sys_line(s, f->arena, "sys/class/dmi/id/product_name");
	const char *dmi = arena_printf(f->arena, "%s %s", vendor ? vendor : "",
				       product ? product : "");
	char buf[4096];

	f->virtualisation = sys_line(s, f->arena, "sys/hypervisor/type");
	for (size_t i = 0; i < ARRAY_SIZE(hypervisors) && !f->virtualisation; i++)
		if (strstr(dmi, hypervisors[i].dmi))
			f->virtualisation = arena_strdup(f->arena, hypervisors[i].name);
	if (!f->virtualisation && compatible_with(&f->board, "linux,dummy-virt"))
		f->virtualisation = arena_strdup(f->arena, "qemu");
	if (!f->virtualisation && f->arch == ARCH_X86_64 &&
	    sys_read(s, "proc/cpuinfo", buf, sizeof(buf)) > 0 && strstr(buf, " hypervisor"))
		f->virtualisation = arena_strdup(f->arena, "unknown");
}

/* One NAME=value of os-release(5), without its quotes. */
static char *os_release(struct arena *a, const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, n) != 0 || line[n] != '=')
			continue;
		const char *value = line + n + 1;
		size_t len = strcspn(value, "\n");
		char *copy;

		if (len >= 2 && (value[0] == '"' || value[0] == '\'')) {
			value++;
			len -= 2;
		}
		copy = arena_strndup(a, value, len);
		str_sanitise(copy);
		return copy;
	}
	return NULL;
}

static char *if_there(const struct sys *s, struct arena *a, const char *path)
{
	return sys_exists(s, "%s", path) ? arena_printf(a, "/%s", path) : NULL;
}

/* Where NixOS's media have them (iso-image.nix), and variants/installer.nix puts the roots. */
static void probe_medium(const struct sys *s, struct facts *f)
{
	f->medium = (struct medium){
		.image = if_there(s, f->arena, "iso/nix-store.squashfs"),
		.registration = if_there(s, f->arena, "nix/store/nix-path-registration"),
		.roots = if_there(s, f->arena, "etc/archibald/roots"),
	};
}

static void probe_system(const struct sys *s, struct facts *f)
{
	char buf[4096], *save = NULL;

	if (sys_read(s, "etc/os-release", buf, sizeof(buf)) > 0) {
		f->system = os_release(f->arena, buf, "PRETTY_NAME");
		f->release = os_release(f->arena, buf, "VERSION_ID");
	}
	if (sys_read(s, "proc/cmdline", buf, sizeof(buf)) <= 0)
		return;
	for (char *word = strtok_r(buf, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (str_starts(word, "console=")) {
			strings_add(f->arena, &f->consoles, word + strlen("console="));
			str_sanitise(f->consoles.items[f->consoles.count - 1]);
		}
}

void probe_machine(const struct sys *s, struct facts *f)
{
	f->arch = probe_arch(s);
	f->board.compatible = dt_strings(s, f->arena, "sys/firmware/devicetree/base/compatible");
	f->board.kind = f->arch == ARCH_AARCH64 ? BOARD_ARM : BOARD_PC;
	if (f->board.compatible.count)
		board_from_device_tree(s, f);
	else
		board_from_dmi(s, f);
	probe_firmware(s, f);
	probe_memory(s, f);
	probe_virtualisation(s, f);
	probe_system(s, f);
	probe_medium(s, f);
}
