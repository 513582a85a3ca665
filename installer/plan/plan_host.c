/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From facts, answers and variant to what nix-config-gen wants to know: the one place where a
 * finding about the machine becomes a setting of the system, with its reason. */
#include <ctype.h>
#include <string.h>

#include "answers/checks.h"
#include "answers/questions_audio.h"
#include "base/str.h"
#include "nix-config-gen/nixgen.h"
#include "plan/plan.h"

/* The release that the modules under variants/ are written for; used when the running system is
 * not a NixOS medium and so has none to say. */
#define NIXOS_RELEASE "24.11"

enum { CONFIGURATIONS_UEFI = 10, CONFIGURATIONS_ROOT = 20, ZRAM_PERCENT = 50 };

struct building {
	const struct interview *v;
	const struct variant *variant;
	struct plan *plan;
	struct nix_host *host;
	struct arena *a;
};

static void add_param(struct building *b, const char *value, const char *why)
{
	*list_push(b->a, &b->host->kernel_params) = (struct nix_reason){value, why};
}

static bool param_applies(const struct building *b, const struct variant_param *p)
{
	const struct cpu *cpu = &b->v->facts->cpu;

	if (p->cores)
		return cores_for_audio(b->v) != NULL;
	return cpu->threads >= p->minimum_threads &&
	       (!p->cpu_vendor || str_eq(p->cpu_vendor, cpu->vendor)) &&
	       (!p->tuning || b->v->answers->realtime_tuning);
}

/* "isolcpus=1-3" with the cores of the answers. */
static const char *param_value(const struct building *b, const struct variant_param *p)
{
	if (!p->cores)
		return p->value;
	return arena_printf(b->a, "%.*s=%s", (int)strcspn(p->value, "="), p->value,
			    cores_for_audio(b->v));
}

static void set_kernel_params(struct building *b)
{
	const char *serial = b->v->answers->serial_console;

	for (size_t i = 0; i < b->variant->kernel_params.count; i++) {
		const struct variant_param *p = &b->variant->kernel_params.items[i];

		if (param_applies(b, p))
			add_param(b, param_value(b, p), p->why);
	}
	if (!serial)
		return;
	if (b->v->facts->arch == ARCH_X86_64 || b->v->facts->gpus.count)
		add_param(b, "console=tty0", "messages on the screen, too");
	add_param(b, arena_printf(b->a, "console=%s", serial),
		  "log and login on the serial line of the installation");
}

static void initrd_module(struct building *b, const char *module, const char *why)
{
	for (size_t i = 0; i < b->host->initrd_modules.count; i++)
		if (str_eq(b->host->initrd_modules.items[i].value, module))
			return;
	*list_push(b->a, &b->host->initrd_modules) = (struct nix_reason){module, why};
}

/* What it takes to find a root on each kind of disk, beside its controller's driver. */
static const struct {
	enum transport transport;
	const char *modules[4];
} transport_modules[] = {
	{TRANSPORT_NVME, {"nvme"}},
	{TRANSPORT_SATA, {"ahci", "sd_mod"}},
	{TRANSPORT_USB, {"usb_storage", "uas", "sd_mod"}},
	{TRANSPORT_SCSI, {"sd_mod"}},
	{TRANSPORT_SAS, {"sd_mod"}},
	{TRANSPORT_VIRTIO, {"virtio_pci", "virtio_blk"}},
	{TRANSPORT_SD, {"mmc_block"}},
	{TRANSPORT_EMMC, {"mmc_block"}},
};

/* NVMe of RK3588 hangs on PCIe controllers of the SoC whose phys are modules in mainline kernels
 * (linux/arch/arm64/configs/defconfig). */
static const char *const rk3588_nvme_modules[] = {"phy_rockchip_naneng_combphy",
						  "phy_rockchip_snps_pcie3"};

/* What opens before the root is mounted has to be seen by then. */
static void disk_modules(struct building *b, const struct disk *d, const char *what)
{
	enum transport t = d->transport;

	for (size_t i = 0; i < ARRAY_SIZE(transport_modules); i++)
		for (size_t j = 0; transport_modules[i].transport == t && j < 4 &&
				   transport_modules[i].modules[j];
		     j++)
			initrd_module(b, transport_modules[i].modules[j],
				      arena_printf(b->a, "%s is %s", what, transport_names[t]));
	for (size_t i = 0; i < ARRAY_SIZE(rk3588_nvme_modules) && t == TRANSPORT_NVME &&
			   b->v->facts->board.kind == BOARD_RK3588 && !b->variant->boards.count;
	     i++)
		initrd_module(b, rk3588_nvme_modules[i], "PCIe of the RK3588, before NVMe is seen");
}

/* What virtualisation.hypervGuest brings to the initrd, and no more: its daemons are in no medium's
 * store, and would have to be built. */
static const char *const hyperv_modules[] = {"hv_vmbus", "hv_storvsc", "hyperv_keyboard"};

static void set_initrd_modules(struct building *b)
{
	const struct facts *f = b->v->facts;
	const struct disk *data = interview_data_disk(b->v);

	for (size_t i = 0; i < f->storage_modules.count; i++)
		initrd_module(b, f->storage_modules.items[i], "a storage or USB controller found");
	disk_modules(b, interview_disk(b->v), "the root disk");
	if (data && b->plan->encrypted)
		disk_modules(b, data, "the encrypted data disk");
	for (size_t i = 0; i < ARRAY_SIZE(hyperv_modules) && str_eq(f->virtualisation, "microsoft");
	     i++)
		initrd_module(b, hyperv_modules[i], "disks and keyboard of Hyper-V");
}

/* What was promised of a partition that is kept, or is smaller than one that is made, and not
 * more. */
static void limit_configurations(struct building *b)
{
	const struct part *boot = layout_part_at(&plan_system_disk(b->plan)->layout, "/boot");

	if (boot && (boot->fate == FATE_KEEP || boot->size < UINT64_C(1) << 30))
		b->host->configuration_limit = BOOT_GENERATIONS;
}

static void set_loader(struct building *b)
{
	struct nix_host *h = b->host;
	const struct plan_disk *d = plan_system_disk(b->plan);
	const struct part *esp = layout_part(&d->layout, PART_ESP);

	switch (b->v->facts->firmware.kind) {
	case FIRMWARE_UEFI:
		h->loader = NIX_BOOT_SYSTEMD;
		h->can_touch_efi_variables = b->v->facts->firmware.efivars_writable;
		h->loader_why = h->can_touch_efi_variables
					? "started by UEFI, whose variables can be written"
					: "started by UEFI, whose variables cannot be written: the "
					  "removable path is used";
		h->configuration_limit = CONFIGURATIONS_UEFI;
		if (esp)
			h->esp = esp->mountpoint;
		break;
	case FIRMWARE_BIOS:
		h->loader = NIX_BOOT_GRUB;
		h->loader_why = "started by BIOS: GRUB in a BIOS boot partition";
		h->grub_device = d->by_id ? d->by_id : d->path;
		h->configuration_limit = CONFIGURATIONS_ROOT;
		break;
	case FIRMWARE_DEVICE_TREE:
		h->loader = NIX_BOOT_EXTLINUX;
		h->loader_why = "no UEFI: U-Boot reads extlinux.conf";
		h->configuration_limit = CONFIGURATIONS_ROOT;
		break;
	}
	limit_configurations(b);
}

/* What does not hold the system must not keep it from starting: a disk that was left at home would
 * mean an emergency shell that nobody can log in to. Before local-fs.target all the same, as nofail
 * alone would start services without their files. Below /var they are the system's own. */
static void data_options(struct building *b, const struct mount_point *point, struct nix_mount *m)
{
	static const char *const options[] = {"nofail", "x-systemd.device-timeout=10s",
					      "x-systemd.before=local-fs.target"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (point->disk && !str_starts(point->where, "/var/"))
			strings_add(b->a, &m->options, options[i]);
}

/* A new file system is root's. Whoever makes music records to it, and a group that inherits lets
 * others of the studio do so, too. Not below /home: tmpfiles refuses what is root's in somebody's
 * directory ("unsafe path transition"). */
static void let_record(struct building *b, const struct mount_point *point)
{
	const struct variant_account *audio = variant_account(b->variant, "audioUser");

	if (!point->disk || !audio || str_starts(point->where, "/home/"))
		return;
	for (size_t i = 0; i < audio->groups.count; i++)
		if (str_eq(audio->groups.items[i], "audio"))
			*list_push(b->a, &b->host->tmpfiles) = (struct nix_reason){
				arena_printf(b->a, "d %s 2775 root audio -", point->where),
				"who is in the group audio may write to the data disk"};
}

static void set_mounts(struct building *b)
{
	const struct storage all = plan_storage(b->plan);
	struct mount_point *points = arena_alloc(b->a, MOUNT_POINTS_MAX * sizeof(*points));
	size_t count = storage_mounts(&all, points);

	for (size_t i = 0; i < count; i++) {
		const struct mount_point *point = &points[i];
		struct mount_options options;
		struct nix_mount *m = list_push(b->a, &b->host->mounts);

		m->mountpoint = point->where;
		m->device = arena_printf(b->a, "/dev/disk/by-uuid/%s", point->part->fs_uuid);
		m->fs_type = fs_kind_name(point->part->fs);
		mount_point_options(point, &options);
		for (const char *const *o = options.words; *o; o++)
			strings_add(b->a, &m->options, *o);
		data_options(b, point, m);
		let_record(b, point);
	}
}

/* All containers have one passphrase, which NixOS asks for once and tries on the others. */
static void set_luks(struct building *b)
{
	for (size_t d = 0; d < b->plan->disks.count; d++) {
		const struct layout *l = &b->plan->disks.items[d].layout;

		for (size_t i = 0; i < l->count; i++)
			if (l->parts[i].encrypted)
				*list_push(b->a, &b->host->luks) = (struct nix_luks){
					.name = l->parts[i].mapper,
					.device = arena_printf(b->a, "/dev/disk/by-uuid/%s",
							       l->parts[i].luks_uuid),
					.allow_discards = b->plan->allow_discards,
				};
	}
}

static void set_swap(struct building *b)
{
	const struct plan *p = b->plan;
	const struct part *part = layout_part(&plan_system_disk(p)->layout, PART_SWAP);

	if (part) {
		const char *device = arena_printf(b->a, "/dev/disk/by-uuid/%s", part->fs_uuid);

		list_push(b->a, &b->host->swaps)->device = device;
		if (b->v->answers->hibernate)
			b->host->resume_device = device;
	}
	if (p->swap_file_uuid)
		*list_push(b->a, &b->host->swaps) = (struct nix_swap){
			.device = arena_printf(b->a, "/%s", plan_swap_file(p)),
			.file_mib = p->swap_bytes >> 20,
		};
	if (str_eq(p->swap_kind, "zram")) {
		b->host->zram = true;
		b->host->zram_percent = ZRAM_PERCENT;
	}
}

static void add_user(struct building *b, const struct variant_account *account,
		     const struct account_answers *u)
{
	struct nix_user *user = list_push(b->a, &b->host->users);

	*user = (struct nix_user){
		.name = u->name,
		.description = u->description,
		.groups = account->groups,
		.ssh_keys = u->ssh_keys,
		.auto_login = u->auto_login,
	};
	for (size_t i = 0; i < b->plan->accounts.count; i++) {
		const struct plan_account *p = &b->plan->accounts.items[i];

		if (str_eq(p->name, u->name) && p->target)
			user->password_file = arena_printf(b->a, "/%s", p->target);
	}
}

static void set_users(struct building *b)
{
	const struct answers *w = b->v->answers;
	const struct variant_account *audio = variant_account(b->variant, "audioUser");
	const struct variant_account *admin = variant_account(b->variant, "admin");

	if (audio)
		add_user(b, audio, &w->audio_user);
	if (admin && w->admin.ssh_keys.count)
		add_user(b, admin, &w->admin);
}

static void set_audio(struct building *b)
{
	const struct answers *w = b->v->answers;
	struct nix_host *h = b->host;

	h->audio = b->variant->audio;
	if (!h->audio)
		return;
	h->realtime_kernel = b->variant->realtime_kernel;
	h->realtime_why = h->realtime_kernel ? "PREEMPT_RT"
					     : "without PREEMPT_RT: the board's own kernel stays";
	h->rtirq = b->variant->rtirq;
	h->quantum = w->quantum;
	h->min_quantum = w->quantum < 32 ? w->quantum : 32;
	h->quantum_why = b->variant->quantum_why;
	h->governor = b->variant->governor;
	h->governor_why = b->variant->governor_why;
}

static void set_builds(struct building *b)
{
	const struct builds_answers *w = &b->v->answers->builds;

	if (!w->constrained)
		return;
	b->host->builds = (struct nix_builds){
		.enable = true,
		.swap_gib = (uint32_t)((w->swap_bytes + (1U << 30) - 1) >> 30),
		.max_jobs = w->max_jobs,
		.cores = w->cores,
		.memory_max = w->memory_max,
		.isolated_cores = w->isolated_cores,
		.earlyoom = w->earlyoom,
		.tmp_in_memory = !w->tmp_on_disk,
	};
}

/* Hypervisors that do not say their name have virtio as well, and a disk on its SCSI host needs
 * more than the module of the bus, which is all that was found. */
static bool has_virtio(const struct facts *f)
{
	for (size_t i = 0; i < f->storage_modules.count; i++)
		if (str_starts(f->storage_modules.items[i], "virtio"))
			return true;
	return str_eq(f->virtualisation, "qemu") || str_eq(f->virtualisation, "kvm");
}

static void set_hardware(struct building *b)
{
	const struct facts *f = b->v->facts;
	struct nix_host *h = b->host;

	if (!f->virtualisation) {
		h->bare_metal = true;
		h->microcode = str_eq(f->cpu.vendor, "GenuineIntel")   ? "intel"
			       : str_eq(f->cpu.vendor, "AuthenticAMD") ? "amd"
								       : NULL;
	}
	h->qemu_guest = has_virtio(f);
	strings_add(b->a, &h->hardware_notes,
		    arena_printf(b->a, "%s: %s, %s",
				 f->board.model ? f->board.model : "this machine",
				 f->cpu.model ? f->cpu.model : "unknown processor",
				 size_text(f->memory_bytes).s));
	strings_add(b->a, &h->hardware_notes,
		    arena_printf(b->a, "system disk: %s", disk_title(interview_disk(b->v), b->a)));
}

static void set_keyboard(struct building *b)
{
	const struct answers *w = b->v->answers;

	if (!w->desktop || str_eq(w->desktop, "none"))
		return;
	if (key_map_to_xkb(w->key_map, &b->host->xkb_layout, &b->host->xkb_variant))
		return;
	strings_add(b->a, &b->plan->warnings,
		    arena_printf(b->a,
				 "No desktop keyboard matches the keymap %s: the desktop starts "
				 "with us; set services.xserver.xkb.layout afterwards.",
				 w->key_map));
}

/* "24.11" from a NixOS medium's VERSION_ID "24.11" or "24.11.20250101.abcdef". */
static const char *state_version(const struct building *b)
{
	const struct facts *f = b->v->facts;
	const char *r = f->release;

	if (f->system && strstr(f->system, "NixOS") && r && strlen(r) >= 5 &&
	    isdigit((unsigned char)r[0]) && isdigit((unsigned char)r[1]) && r[2] == '.' &&
	    isdigit((unsigned char)r[3]) && isdigit((unsigned char)r[4]))
		return arena_strndup(b->a, r, 5);
	return NIXOS_RELEASE;
}

static void set_names(struct building *b)
{
	const struct answers *w = b->v->answers;
	struct nix_host *h = b->host;

	h->program = b->plan->program;
	h->variant = b->variant->name;
	h->system = b->variant->system;
	h->state_version = state_version(b);
	h->host_name = w->host_name;
	h->network_manager = w->wifi_network != NULL;
	h->proxy = w->keep_proxy ? w->proxy : NULL;
	h->time_zone = w->time_zone;
	h->locale = w->locale;
	h->key_map = w->key_map;
	h->desktop = w->desktop;
}

int plan_host_files(const struct interview *v, struct plan *p, struct err *e)
{
	struct nix_host host = {0};
	struct nix_files files = {0};
	struct building b = {v, interview_variant(v), p, &host, p->arena};
	int r;

	set_names(&b);
	set_keyboard(&b);
	set_users(&b);
	set_loader(&b);
	set_initrd_modules(&b);
	set_kernel_params(&b);
	set_hardware(&b);
	set_mounts(&b);
	set_luks(&b);
	set_swap(&b);
	set_audio(&b);
	set_builds(&b);
	r = nixgen_host(&host, p->arena, &files, e);
	if (r < 0)
		return err_context(e, "the configuration of %s", p->host_name);
	for (size_t i = 0; i < files.list.count; i++)
		*list_push(p->arena, &p->files) = (struct plan_file){
			.path = arena_printf(p->arena, "%s/%s", FLAKE_DIRECTORY,
					     files.list.items[i].path),
			.content = arena_strdup(p->arena, files.list.items[i].content),
		};
	return 0;
}
