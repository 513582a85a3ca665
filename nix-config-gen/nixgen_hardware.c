/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts/HOST/hardware-configuration.nix: what the machine is and how it starts. */
#include <string.h>

#include "nixgen_parts.h"

static void imports(struct nixw *w, const struct nix_host *h)
{
	if (!h->bare_metal && !h->qemu_guest)
		return;
	nixw_list(w, ATTR("imports"));
	if (h->bare_metal)
		nixw_item_expr(w, "(modulesPath + \"/installer/scan/not-detected.nix\")",
			       NIXW_MODULES_PATH);
	if (h->qemu_guest)
		nixw_item_expr(w, "(modulesPath + \"/profiles/qemu-guest.nix\")",
			       NIXW_MODULES_PATH);
	nixw_list_end(w);
}

static void modules(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixgen_reasons(w, ATTR("boot", "initrd", "availableKernelModules"), h->initrd_modules.items,
		       h->initrd_modules.count);
	nixgen_reasons(w, ATTR("boot", "kernelModules"), h->kernel_modules.items,
		       h->kernel_modules.count);
}

static void luks(struct nixw *w, const struct nix_host *h)
{
	for (size_t i = 0; i < h->luks.count; i++) {
		const struct nix_luks *l = &h->luks.items[i];

		nixw_blank(w);
		nixw_open(w, ATTR("boot", "initrd", "luks", "devices", l->name));
		nixw_string(w, ATTR("device"), l->device);
		if (l->allow_discards)
			nixw_bool(w, ATTR("allowDiscards"), true);
		nixw_close(w);
	}
}

static void file_systems(struct nixw *w, const struct nix_host *h)
{
	for (size_t i = 0; i < h->mounts.count; i++) {
		const struct nix_mount *m = &h->mounts.items[i];

		nixw_blank(w);
		nixw_open(w, ATTR("fileSystems", m->mountpoint));
		nixw_string(w, ATTR("device"), m->device);
		nixw_string(w, ATTR("fsType"), m->fs_type);
		/* NixOS's type is a list that is not empty. */
		if (m->options.count)
			nixw_strings(w, ATTR("options"), &m->options);
		nixw_close(w);
	}
	nixw_blank(w);
	nixgen_reasons(w, ATTR("systemd", "tmpfiles", "rules"), h->tmpfiles.items,
		       h->tmpfiles.count);
}

static void swap_device(struct nixw *w, const struct nix_swap *s)
{
	nixw_item_open(w);
	nixw_string(w, ATTR("device"), s->device);
	if (s->file_mib) {
		nixw_comment(w, "MiB; NixOS makes the file when it is not there.");
		nixw_int(w, ATTR("size"), (int64_t)s->file_mib);
	}
	nixw_item_close(w);
}

static void swap(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	if (!h->swaps.count) {
		nixw_strings(w, ATTR("swapDevices"), &(struct strings){0});
	} else {
		nixw_list(w, ATTR("swapDevices"));
		for (size_t i = 0; i < h->swaps.count; i++)
			swap_device(w, &h->swaps.items[i]);
		nixw_list_end(w);
	}
	if (h->resume_device) {
		nixw_comment(w, "Where a hibernated system lies.");
		nixw_string(w, ATTR("boot", "resumeDevice"), h->resume_device);
	}
	if (!h->zram)
		return;
	nixw_open(w, ATTR("zramSwap"));
	nixw_bool(w, ATTR("enable"), true);
	if (h->zram_percent)
		nixw_int(w, ATTR("memoryPercent"), h->zram_percent);
	nixw_close(w);
}

static void limit(struct nixw *w, const struct nix_host *h)
{
	if (h->configuration_limit)
		nixw_int(w, ATTR("configurationLimit"), h->configuration_limit);
}

/* Kernels lie beside the EFI system partition, on one of type XBOOTLDR. */
static bool has_own_boot(const struct nix_host *h)
{
	return h->esp && strcmp(h->esp, "/boot") != 0;
}

static void systemd_boot(struct nixw *w, const struct nix_host *h)
{
	nixw_open(w, ATTR("systemd-boot"));
	nixw_bool(w, ATTR("enable"), true);
	limit(w, h);
	nixw_comment(w, "With the editor anyone at the keyboard could start a root shell.");
	nixw_bool(w, ATTR("editor"), false);
	if (has_own_boot(h)) {
		nixw_comment(
			w,
			"The EFI system partition is another system's and too small for kernels.");
		nixw_string(w, ATTR("xbootldrMountPoint"), "/boot");
	}
	nixw_close(w);
	nixw_open(w, ATTR("efi"));
	nixw_bool(w, ATTR("canTouchEfiVariables"), h->can_touch_efi_variables);
	nixw_string(w, ATTR("efiSysMountPoint"), h->esp ? h->esp : "/boot");
	nixw_close(w);
}

static void grub(struct nixw *w, const struct nix_host *h)
{
	nixw_open(w, ATTR("grub"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_string(w, ATTR("device"), h->grub_device);
	limit(w, h);
	nixw_close(w);
}

static void extlinux(struct nixw *w, const struct nix_host *h)
{
	nixw_bool(w, ATTR("grub", "enable"), false);
	nixw_open(w, ATTR("generic-extlinux-compatible"));
	nixw_bool(w, ATTR("enable"), true);
	limit(w, h);
	nixw_close(w);
}

static void boot_loader(struct nixw *w, const struct nix_host *h)
{
	static void (*const write[])(struct nixw *, const struct nix_host *) = {
		[NIX_BOOT_SYSTEMD] = systemd_boot,
		[NIX_BOOT_GRUB] = grub,
		[NIX_BOOT_EXTLINUX] = extlinux,
	};

	nixw_blank(w);
	nixw_comment(w, h->loader_why);
	nixw_open(w, ATTR("boot", "loader"));
	write[h->loader](w, h);
	nixw_close(w);
}

static void platform(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	nixw_string_as(w, NIXW_DEFAULT, ATTR("nixpkgs", "hostPlatform"), h->system);
	if (h->microcode)
		nixw_expr(w, ATTR("hardware", "cpu", h->microcode, "updateMicrocode"),
			  "lib.mkDefault config.hardware.enableRedistributableFirmware",
			  NIXW_LIB | NIXW_CONFIG);
}

void nixgen_hardware(const struct nix_host *h, struct str *out)
{
	_cleanup_nixw_ struct nixw w = {.depth = 1, .out.max = out->max};
	_cleanup_str_ struct str header = {0};

	str_addf(&header,
		 "Written by %s: this machine as it was found, and its disk as it was laid out.\n"
		 "Settings of your own belong in default.nix, where they outlive this file.",
		 h->program);
	for (size_t i = 0; i < h->hardware_notes.count; i++)
		str_addf(&header, "%s%s", i ? "\n" : "\n\n", h->hardware_notes.items[i]);
	imports(&w, h);
	modules(&w, h);
	luks(&w, h);
	file_systems(&w, h);
	swap(&w, h);
	boot_loader(&w, h);
	platform(&w, h);
	nixw_module(out, str_get(&header), &w);
}
