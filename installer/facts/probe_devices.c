/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "facts/probe.h"

/* Kernel: include/uapi/linux/if_arp.h */
enum { ARPHRD_ETHER_TYPE = 1 };

static void probe_networks(const struct sys *s, struct facts *f)
{
	struct strings names = sys_list(s, f->arena, "sys/class/net");

	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		struct net *n;

		/* Only hardware: bridges, tunnels and the loopback have no device. */
		if (!sys_exists(s, "sys/class/net/%s/device", name))
			continue;
		n = list_push(f->arena, &f->networks);
		n->name = arena_strdup(f->arena, name);
		str_sanitise(n->name);
		n->mac = sys_line(s, f->arena, "sys/class/net/%s/address", name);
		n->driver = sys_link_name(s, f->arena, "sys/class/net/%s/device/driver", name);
		n->carrier = sys_number(s, 0, "sys/class/net/%s/carrier", name) == 1;
		n->kind = NET_OTHER;
		if (sys_exists(s, "sys/class/net/%s/phy80211", name) ||
		    sys_exists(s, "sys/class/net/%s/wireless", name))
			n->kind = NET_WIFI;
		else if (sys_number(s, 0, "sys/class/net/%s/type", name) == ARPHRD_ETHER_TYPE)
			n->kind = NET_ETHERNET;
	}
}

static const struct {
	uint64_t id;
	const char *name;
} gpu_vendors[] = {
	{0x1002, "AMD"},    {0x10de, "NVIDIA"}, {0x8086, "Intel"},
	{0x1af4, "virtio"}, {0x1234, "QEMU"},	{0x15ad, "VMware"},
	{0x102b, "Matrox"}, {0x1a03, "ASPEED"}, {0x1b36, "Red Hat"},
};

static const char *gpu_vendor(uint64_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(gpu_vendors); i++)
		if (gpu_vendors[i].id == id)
			return gpu_vendors[i].name;
	return NULL;
}

/* The module of a driver is not always called as the driver is: sysfs links it, and where it is
 * built in or was not recorded, these are the exceptions to "the same with _". */
static const struct {
	const char *driver, *module;
} driver_modules[] = {
	{"xhci_hcd", "xhci_pci"},
	{"xhci-pci-renesas", "xhci_pci_renesas"},
	{"uhci_hcd", "uhci_hcd"},
};

static void add_module(struct facts *f, char *module)
{
	for (char *c = module; *c; c++)
		if (*c == '-')
			*c = '_';
	for (size_t i = 0; i < f->storage_modules.count; i++)
		if (str_eq(f->storage_modules.items[i], module))
			return;
	strings_add(f->arena, &f->storage_modules, module);
}

static void storage_module(const struct sys *s, struct facts *f, const char *dev,
			   const char *driver)
{
	char *module = sys_link_name(s, f->arena, "sys/bus/pci/devices/%s/driver/module", dev);

	if (!driver)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(driver_modules) && !module; i++)
		if (str_eq(driver, driver_modules[i].driver))
			module = arena_strdup(f->arena, driver_modules[i].module);
	add_module(f, module ? module : arena_strdup(f->arena, driver));
}

/* What controls disks without being a storage controller by its PCI class: SD and eMMC hosts (on
 * ACPI or behind a card reader's platform device, too), and the buses of hypervisors. Only by the
 * link: an initrd with a module that its kernel does not have cannot be built, and drivers of SoCs
 * are seldom called as their modules are. */
static void probe_hosts(const struct sys *s, struct facts *f)
{
	static const char *const places[][2] = {{"sys/class/mmc_host", "device/driver/module"},
						{"sys/block", "device/driver/module"},
						{"sys/bus/vmbus/devices", "driver/module"}};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct strings names = sys_list(s, f->arena, "%s", places[i][0]);

		for (size_t j = 0; j < names.count; j++) {
			char *module = sys_link_name(s, f->arena, "%s/%s/%s", places[i][0],
						     names.items[j], places[i][1]);

			if (module)
				add_module(f, module);
		}
	}
}

/* PCI classes (PCI Code and ID Assignment Specification): 01 storage, 03 display, 0805 SD and eMMC
 * hosts, 0c03 USB host controllers, which a root on USB needs as well as a keyboard. */
static bool is_storage(uint64_t class, const char *driver)
{
	return class >> 16 == 0x01 || class >> 8 == 0x0805 || class >> 8 == 0x0c03 ||
	       str_eq(driver, "virtio-pci");
}

static void probe_pci(const struct sys *s, struct facts *f)
{
	struct strings names = sys_list(s, f->arena, "sys/bus/pci/devices");

	for (size_t i = 0; i < names.count; i++) {
		const char *dev = names.items[i];
		uint64_t class = sys_number(s, 0, "sys/bus/pci/devices/%s/class", dev);
		char *driver = sys_link_name(s, f->arena, "sys/bus/pci/devices/%s/driver", dev);

		if (is_storage(class, driver))
			storage_module(s, f, dev, driver);
		if (class >> 16 != 0x03)
			continue;
		struct gpu *g = list_push(f->arena, &f->gpus);

		g->vendor_id = sys_line(s, f->arena, "sys/bus/pci/devices/%s/vendor", dev);
		g->device_id = sys_line(s, f->arena, "sys/bus/pci/devices/%s/device", dev);
		g->driver = driver;
		g->vendor = arena_strdup(
			f->arena,
			gpu_vendor(sys_number(s, 0, "sys/bus/pci/devices/%s/vendor", dev)));
	}
}

/* Boards have their GPUs on the platform bus: the DRM cards tell. */
static void probe_drm(const struct sys *s, struct facts *f)
{
	struct strings names = sys_list(s, f->arena, "sys/class/drm");

	for (size_t i = 0; i < names.count; i++) {
		char *subsystem, *driver;

		if (!str_starts(names.items[i], "card") || strchr(names.items[i], '-'))
			continue;
		subsystem = sys_link_name(s, f->arena, "sys/class/drm/%s/device/subsystem",
					  names.items[i]);
		if (str_eq(subsystem, "pci"))
			continue;
		driver = sys_link_name(s, f->arena, "sys/class/drm/%s/device/driver",
				       names.items[i]);
		if (driver)
			list_push(f->arena, &f->gpus)->driver = driver;
	}
}

/* " 1 [USB            ]: USB-Audio - Scarlett 2i2 USB": the name after the dash. */
static char *card_name(const struct sys *s, struct arena *a, const char *number)
{
	char buf[4096], *save = NULL;

	if (sys_read(s, "proc/asound/cards", buf, sizeof(buf)) <= 0)
		return NULL;
	for (char *line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *end, *name;

		if (strtoul(line, &end, 10) != strtoul(number, NULL, 10) || end == line ||
		    !strchr(line, '['))
			continue;
		name = strstr(line, " - ");
		if (!name)
			return NULL;
		name = arena_strdup(a, name + 3);
		str_sanitise(name);
		return name;
	}
	return NULL;
}

static void probe_sound(const struct sys *s, struct facts *f)
{
	struct strings names = sys_list(s, f->arena, "sys/class/sound");

	for (size_t i = 0; i < names.count; i++) {
		const char *card = names.items[i];
		struct sound_card *c;

		if (!str_starts(card, "card"))
			continue;
		c = list_push(f->arena, &f->sound_cards);
		c->id = sys_line(s, f->arena, "sys/class/sound/%s/id", card);
		c->name = card_name(s, f->arena, card + strlen("card"));
		c->driver = sys_link_name(s, f->arena, "sys/class/sound/%s/device/driver", card);
		c->bus = sys_link_name(s, f->arena, "sys/class/sound/%s/device/subsystem", card);
	}
}

void probe_devices(const struct sys *s, struct facts *f)
{
	probe_networks(s, f);
	probe_pci(s, f);
	probe_hosts(s, f);
	probe_drm(s, f);
	probe_sound(s, f);
}
