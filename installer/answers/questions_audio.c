/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_audio.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpus.h"
#include "base/str.h"

/* Idle memory as the distribution's specification measured it (section 5.2). */
static const struct {
	const char *name, *label;
} desktop_labels[] = {
	{"plasma6", "KDE Plasma 6: full desktop, idles at about 800 MB"},
	{"dwm", "DWM: ultra-minimalist, about 120 MB"},
	{"hyprland", "Hyprland: Wayland tiling, about 180 MB"},
	{"i3", "i3: X11 tiling, about 140 MB"},
	{"none", "no desktop: text console"},
};

struct choices offer_desktops(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);
	struct choices c = {0};

	for (size_t i = 0; x && i < x->desktops.count; i++) {
		const char *name = x->desktops.items[i], *label = name;

		for (size_t j = 0; j < ARRAY_SIZE(desktop_labels); j++)
			if (str_eq(desktop_labels[j].name, name))
				label = desktop_labels[j].label;
		*list_push(a, &c.list) = (struct choice){name, label};
	}
	return c;
}

const char *propose_desktop(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	(void)a;
	if (!x)
		return NULL;
	/* Section 5.2: at 4 GB, what Plasma idles at is missing to audio buffers. */
	if (str_eq(x->default_desktop, "plasma6") && v->facts->memory_bytes <= 4ULL << 30)
		return "dwm";
	return x->default_desktop;
}

bool has_audio(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	return x && x->audio;
}

bool has_desktops(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	return x && x->desktops.count > 1;
}

const char *propose_quantum(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	return x ? arena_printf(a, "%u", x->default_quantum) : NULL;
}

/* The variant's first parameter with a list of cores; NULL: it has none. */
static const struct variant_param *param_of_cores(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	for (size_t i = 0; x && i < x->kernel_params.count; i++)
		if (x->kernel_params.items[i].cores)
			return &x->kernel_params.items[i];
	return NULL;
}

bool cores_can_be_kept(const struct interview *v)
{
	return v->answers->realtime_tuning && param_of_cores(v);
}

/* An image is tuned as its variant is: it leaves that open to nobody, and an answer would only come
 * with a rebuild. Without such parameters there is nothing to choose. */
bool tuning_is_open(const struct interview *v)
{
	const struct variant *x = interview_variant(v);

	for (size_t i = 0; x && !v->image && i < x->kernel_params.count; i++)
		if (x->kernel_params.items[i].tuning)
			return true;
	return false;
}

bool cores_are_open(const struct interview *v)
{
	return !v->image && v->facts->cpu.threads > 1;
}

/* By the kernel's measure, else by name, else by clock: the kind of core that audio is best on. */
static const struct cluster *strongest(const struct cpu *cpu)
{
	const struct cluster *best = NULL;

	for (size_t i = 0; i < cpu->clusters.count; i++) {
		const struct cluster *c = &cpu->clusters.items[i];

		if (!best || c->capacity > best->capacity ||
		    (c->capacity == best->capacity && !str_eq(best->core, "performance") &&
		     (str_eq(c->core, "performance") || c->max_khz > best->max_khz)))
			best = c;
	}
	return best;
}

/* Does this machine have that processor? */
static bool has_cpu(const struct cpu *cpu, unsigned number)
{
	unsigned cpus[CPUS_MAX];

	if (cpu->clusters.count == 0)
		return number < cpu->threads;
	for (size_t i = 0; i < cpu->clusters.count; i++) {
		const char *list = cpu->clusters.items[i].cpus;
		size_t n = cpus_parse(list ? list : "", cpus, CPUS_MAX);

		for (size_t j = 0; j < n; j++)
			if (cpus[j] == number)
				return true;
	}
	return false;
}

const char *show_cores(const struct interview *v, struct arena *a)
{
	const struct cpu *cpu = &v->facts->cpu;
	const char *text = arena_printf(a, "%u processors", cpu->threads);

	for (size_t i = 0; i < cpu->clusters.count && cpu->clusters.count > 1; i++) {
		const struct cluster *c = &cpu->clusters.items[i];

		text = arena_printf(a, "%s%s %s %s", text, i ? "," : ":", c->cpus,
				    c->core ? c->core : "of their own kind");
	}
	return arena_printf(a, "%s.", text);
}

/* The variant's own list, or as many of the strongest kind of core where that has enough of them
 * beside processor 0. */
const char *propose_cores(const struct interview *v, struct arena *a)
{
	const struct variant_param *p = param_of_cores(v);
	const struct cluster *best = strongest(&v->facts->cpu);
	unsigned own[CPUS_MAX], cpus[CPUS_MAX];
	const char *list = p ? strchr(p->value, '=') : NULL;
	size_t wanted, n, first;

	if (!list)
		return NULL;
	if (v->facts->cpu.threads < p->minimum_threads)
		return "none";
	wanted = cpus_parse(list + 1, own, CPUS_MAX);
	n = best && best->cpus ? cpus_parse(best->cpus, cpus, CPUS_MAX) : 0;
	first = n && cpus[0] == 0;
	if (n >= first + wanted)
		return cpus_text(a, cpus + first, wanted);
	for (size_t i = 0; i < wanted; i++)
		if (!has_cpu(&v->facts->cpu, own[i]))
			return "none";
	return list + 1;
}

/* The first number of the list that is none of this machine's, or its last; 0 comes first. */
static unsigned worst_of(const struct interview *v, const char *text)
{
	unsigned cpus[CPUS_MAX], number = 1;
	size_t n = cpus_parse(text, cpus, CPUS_MAX);

	for (size_t i = 0; i < n; i++)
		if (cpus[i] == 0)
			return 0;
	/* What cpus_parse() leaves out is not there either. */
	for (const char *at = text; *at; at += strspn(at, "-,")) {
		number = (unsigned)strtoul(at, NULL, 10);
		if (!has_cpu(&v->facts->cpu, number))
			return number;
		at += strspn(at, "0123456789");
	}
	for (size_t i = 0; i < n; i++)
		if (!has_cpu(&v->facts->cpu, cpus[i]))
			return cpus[i];
	return number;
}

bool cores_can_be_isolated(const struct interview *v, const char *text, const char *what,
			   struct str *why)
{
	unsigned number = worst_of(v, text);

	if (number && has_cpu(&v->facts->cpu, number))
		return true;
	if (number == 0)
		str_addf(why,
			 "processor 0 cannot be kept for %s: it starts the machine and keeps the "
			 "time for the others",
			 what);
	else
		str_addf(why, "there is no processor %u: this machine has %u of them, from 0 on",
			 number, v->facts->cpu.threads);
	return false;
}

bool cores_fit(const struct interview *v, const char *text, struct str *why)
{
	return str_eq(text, "none") || cores_can_be_isolated(v, text, "audio", why);
}

const char *cores_for_audio(const struct interview *v)
{
	const char *cores = v->answers->audio_cores;

	return cores_can_be_kept(v) && cores && !str_eq(cores, "none") ? cores : NULL;
}

bool cores_are_few(const struct interview *v)
{
	const struct variant_param *p = param_of_cores(v);

	return p && v->answers->realtime_tuning && !cores_for_audio(v) &&
	       v->facts->cpu.threads < p->minimum_threads;
}
