/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpus.h"
#include "base/str.h"
#include "facts/probe.h"

/* Main ID register, bits 31:24 implementer and 15:4 part (Arm ARM, MIDR_EL1). */
static const struct {
	unsigned implementer, part;
	const char *name;
} arm_cores[] = {
	{0x41, 0xd03, "Cortex-A53"},  {0x41, 0xd04, "Cortex-A35"},  {0x41, 0xd05, "Cortex-A55"},
	{0x41, 0xd07, "Cortex-A57"},  {0x41, 0xd08, "Cortex-A72"},  {0x41, 0xd09, "Cortex-A73"},
	{0x41, 0xd0a, "Cortex-A75"},  {0x41, 0xd0b, "Cortex-A76"},  {0x41, 0xd0c, "Neoverse-N1"},
	{0x41, 0xd0d, "Cortex-A77"},  {0x41, 0xd41, "Cortex-A78"},  {0x41, 0xd44, "Cortex-X1"},
	{0x41, 0xd46, "Cortex-A510"}, {0x41, 0xd47, "Cortex-A710"}, {0x41, 0xd48, "Cortex-X2"},
	{0x41, 0xd49, "Neoverse-N2"}, {0x41, 0xd4d, "Cortex-A715"}, {0x41, 0xd80, "Cortex-A520"},
	{0x41, 0xd81, "Cortex-A720"}, {0x41, 0xd82, "Cortex-X4"},   {0x61, 0x022, "Icestorm"},
	{0x61, 0x023, "Firestorm"},
};

static const char *arm_core_name(uint64_t midr)
{
	unsigned implementer = (unsigned)(midr >> 24) & 0xff, part = (unsigned)(midr >> 4) & 0xfff;

	for (size_t i = 0; i < ARRAY_SIZE(arm_cores); i++)
		if (arm_cores[i].implementer == implementer && arm_cores[i].part == part)
			return arm_cores[i].name;
	return NULL;
}

static size_t read_cpu_list(const struct sys *s, const char *path, unsigned *cpus, size_t max)
{
	char buf[1024];

	return sys_read(s, path, buf, sizeof(buf)) > 0 ? cpus_parse(buf, cpus, max) : 0;
}

/* What tells one kind of core from another. */
struct core_kind {
	uint64_t midr;
	uint32_t capacity;
	const char *name;
};

static bool same_kind(const struct core_kind *x, const struct core_kind *y)
{
	return x->midr == y->midr && x->capacity == y->capacity && str_eq(x->name, y->name);
}

static void cluster_add(struct facts *f, const struct sys *s, const struct core_kind *kind,
			const unsigned *cpus, size_t count)
{
	struct cluster *c = list_push(f->arena, &f->cpu.clusters);
	const char *name = kind->name ? kind->name : arm_core_name(kind->midr);

	c->cpus = cpus_text(f->arena, cpus, count);
	c->count = (uint32_t)count;
	c->core = arena_strdup(f->arena, name);
	c->capacity = kind->capacity;
	c->max_khz = sys_number(s, 0, "sys/devices/system/cpu/cpu%u/cpufreq/cpuinfo_max_freq",
				cpus[0]);
}

/* Hybrid Intel: the kernel has a PMU for each kind of core, with its CPUs. */
static void hybrid_kinds(const struct sys *s, struct core_kind *kinds, size_t count)
{
	static const struct {
		const char *path, *name;
	} pmus[] = {
		{"sys/devices/cpu_core/cpus", "performance"},
		{"sys/devices/cpu_atom/cpus", "efficiency"},
	};
	unsigned cpus[CPUS_MAX];

	for (size_t p = 0; p < ARRAY_SIZE(pmus); p++) {
		size_t n = read_cpu_list(s, pmus[p].path, cpus, CPUS_MAX);

		for (size_t i = 0; i < n; i++)
			if (cpus[i] < count)
				kinds[cpus[i]].name = pmus[p].name;
	}
}

static void probe_clusters(const struct sys *s, struct facts *f, const unsigned *cpus, size_t count)
{
	_cleanup_free_ struct core_kind *kinds = xcalloc(CPUS_MAX, sizeof(*kinds));
	bool done[CPUS_MAX] = {false};

	for (size_t i = 0; i < count && f->arch == ARCH_AARCH64; i++) {
		kinds[cpus[i]].midr = sys_number(
			s, 0, "sys/devices/system/cpu/cpu%u/regs/identification/midr_el1", cpus[i]);
		kinds[cpus[i]].capacity = (uint32_t)sys_number(
			s, 0, "sys/devices/system/cpu/cpu%u/cpu_capacity", cpus[i]);
	}
	if (f->arch == ARCH_X86_64)
		hybrid_kinds(s, kinds, CPUS_MAX);
	for (size_t i = 0; i < count; i++) {
		unsigned group[CPUS_MAX];
		size_t n = 0;

		if (done[cpus[i]])
			continue;
		for (size_t j = i; j < count; j++)
			if (same_kind(&kinds[cpus[i]], &kinds[cpus[j]])) {
				done[cpus[j]] = true;
				group[n++] = cpus[j];
			}
		cluster_add(f, s, &kinds[cpus[i]], group, n);
	}
}

/* Physical cores are what is left when threads that share one are counted once: a CPU counts
 * when it is the first of its siblings. */
static void count_cores(const struct sys *s, struct facts *f, const unsigned *cpus, size_t count)
{
	uint64_t packages = 0;

	for (size_t i = 0; i < count; i++) {
		char path[96], buf[256];
		unsigned sibling;

		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/%s", cpus[i],
			 "thread_siblings_list");
		if (sys_read(s, path, buf, sizeof(buf)) <= 0 || !cpus_parse(buf, &sibling, 1) ||
		    sibling == cpus[i])
			f->cpu.cores++;
		packages |= 1ULL << (sys_number(s, 0,
						"sys/devices/system/cpu/cpu%u/topology/"
						"physical_package_id",
						cpus[i]) &
				     63);
	}
	f->cpu.sockets = (uint32_t)__builtin_popcountll(packages);
}

static char *cpuinfo_value(struct arena *a, const char *text, const char *key)
{
	const char *at = strstr(text, key), *end;
	char *value;

	if (!at || !(at = strchr(at, ':')))
		return NULL;
	end = strchr(at, '\n');
	value = arena_strndup(a, at + 1, end ? (size_t)(end - at - 1) : strlen(at + 1));
	str_sanitise(value);
	return value[0] ? value : NULL;
}

static void name_cpu(const struct sys *s, struct facts *f)
{
	char buf[4096]; /* the first processor is enough */

	if (sys_read(s, "proc/cpuinfo", buf, sizeof(buf)) <= 0)
		return;
	if (f->arch == ARCH_X86_64) {
		f->cpu.vendor = cpuinfo_value(f->arena, buf, "vendor_id");
		f->cpu.model = cpuinfo_value(f->arena, buf, "model name");
		return;
	}
	f->cpu.vendor = arena_strdup(f->arena, strstr(buf, "CPU implementer\t: 0x61")	? "Apple"
					       : strstr(buf, "CPU implementer\t: 0x41") ? "ARM"
											: NULL);
	f->cpu.model = cpuinfo_value(f->arena, buf, "Model name");
}

/* ARM's cpuinfo has no model name: "4x Cortex-A55 + 4x Cortex-A76" is one. */
static void name_by_clusters(struct facts *f)
{
	_cleanup_str_ struct str name = {0};

	for (size_t i = 0; i < f->cpu.clusters.count; i++) {
		const struct cluster *c = &f->cpu.clusters.items[i];

		if (!c->core)
			return;
		str_addf(&name, "%s%ux %s", i ? " + " : "", c->count, c->core);
	}
	if (name.len)
		f->cpu.model = arena_strdup(f->arena, name.s);
}

void probe_cpu(const struct sys *s, struct facts *f)
{
	unsigned cpus[CPUS_MAX];
	size_t count = read_cpu_list(s, "sys/devices/system/cpu/online", cpus, CPUS_MAX);

	f->cpu.threads = (uint32_t)count;
	name_cpu(s, f);
	count_cores(s, f, cpus, count);
	probe_clusters(s, f, cpus, count);
	if (!f->cpu.model)
		name_by_clusters(f);
}
