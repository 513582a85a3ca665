/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_audio.h"

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
