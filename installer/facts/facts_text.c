/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"
#include "facts/facts.h"

enum { LABEL_COLUMN = 16 };

static void row(struct str *out, const char *label)
{
	str_add(out, label);
	str_pad(out, LABEL_COLUMN);
}

static void machine_text(const struct facts *f, struct str *out)
{
	row(out, "machine");
	str_addf(out, "%s (%s", f->board.model ? f->board.model : "unknown", arch_names[f->arch]);
	if (f->board.name)
		str_addf(out, ", %s", f->board.name);
	str_addf(out, ")\n");
	row(out, "processor");
	str_addf(out, "%s, %u cores, %u threads\n", f->cpu.model ? f->cpu.model : "unknown",
		 f->cpu.cores, f->cpu.threads);
	for (size_t i = 0; i < f->cpu.clusters.count && f->cpu.clusters.count > 1; i++) {
		const struct cluster *c = &f->cpu.clusters.items[i];

		row(out, "");
		str_addf(out, "CPU %s: %s", c->cpus, c->core ? c->core : "one kind");
		if (c->max_khz)
			str_addf(out, ", %llu MHz", (unsigned long long)c->max_khz / 1000);
		str_add(out, "\n");
	}
	row(out, "memory");
	str_addf(out, "%s\n", size_text(f->memory_bytes).s);
}

static void firmware_text(const struct facts *f, struct str *out)
{
	row(out, "firmware");
	str_add(out, firmware_kind_names[f->firmware.kind]);
	if (f->firmware.kind == FIRMWARE_UEFI)
		str_addf(out, " (%u bit), variables %s, secure boot %s", f->firmware.bits,
			 f->firmware.efivars_writable ? "writable" : "not writable",
			 secure_boot_names[f->firmware.secure_boot]);
	str_add(out, "\n");
	row(out, "virtual");
	str_addf(out, "%s\n", f->virtualisation ? f->virtualisation : "no");
	for (size_t i = 0; i < f->consoles.count; i++) {
		row(out, i ? "" : "console");
		str_addf(out, "%s\n", f->consoles.items[i]);
	}
}

static void partition_text(const struct partition *p, struct str *out)
{
	row(out, "");
	str_addf(out, "  %s  %s", p->path, size_text(p->bytes).s);
	if (p->fs_type)
		str_addf(out, "  %s", p->fs_type);
	if (p->fs_label || p->name)
		str_addf(out, "  \"%s\"", p->fs_label ? p->fs_label : p->name);
	if (p->system)
		str_addf(out, "  (%s)", p->system);
	if (p->room_known)
		str_addf(out, "  %s free", size_text(p->free_bytes).s);
	for (size_t i = 0; i < p->mounts.count; i++)
		str_addf(out, "  at %s", p->mounts.items[i]);
	for (size_t i = 0; i < p->holders.count; i++)
		str_addf(out, "  held by %s", p->holders.items[i]);
	str_add(out, "\n");
}

static void disk_text(const struct disk *d, struct str *out)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *use = disk_in_use(d, a);

	row(out, "disk");
	str_addf(out, "%s  %s%s%s\n", d->path, disk_title(d, a), d->removable ? ", removable" : "",
		 d->rotational ? ", rotating" : "");
	if (d->by_id) {
		row(out, "");
		str_addf(out, "  %s\n", d->by_id);
	}
	if (d->fs_type) {
		row(out, "");
		str_addf(out, "  %s on the whole disk\n", d->fs_type);
	}
	for (size_t i = 0; i < d->partitions.count; i++)
		partition_text(&d->partitions.items[i], out);
	if (use) {
		row(out, "");
		str_addf(out, "  cannot be installed to: %s\n", use);
	}
}

static void device_text(const struct facts *f, struct str *out)
{
	for (size_t i = 0; i < f->networks.count; i++) {
		const struct net *n = &f->networks.items[i];

		row(out, i ? "" : "network");
		str_addf(out, "%s  %s  %s  %s%s\n", n->name, net_kind_names[n->kind],
			 n->mac ? n->mac : "-", n->driver ? n->driver : "-",
			 n->carrier ? "  link" : "");
	}
	for (size_t i = 0; i < f->gpus.count; i++) {
		const struct gpu *g = &f->gpus.items[i];

		row(out, i ? "" : "graphics");
		str_addf(out, "%s %s:%s  driver %s\n", g->vendor ? g->vendor : "GPU",
			 g->vendor_id ? g->vendor_id : "-", g->device_id ? g->device_id : "-",
			 g->driver ? g->driver : "none");
	}
	for (size_t i = 0; i < f->sound_cards.count; i++) {
		const struct sound_card *c = &f->sound_cards.items[i];

		row(out, i ? "" : "sound");
		str_addf(out, "%s  %s  driver %s\n",
			 c->name ? c->name
			 : c->id ? c->id
				 : "-",
			 c->bus ? c->bus : "-", c->driver ? c->driver : "none");
	}
}

void facts_to_text(const struct facts *f, struct str *out)
{
	machine_text(f, out);
	firmware_text(f, out);
	for (size_t i = 0; i < f->disks.count; i++)
		disk_text(&f->disks.items[i], out);
	device_text(f, out);
}
