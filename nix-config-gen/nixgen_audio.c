/* SPDX-License-Identifier: GPL-3.0-or-later */
/* musnix and PipeWire. */
#include "nixgen_parts.h"

static void rtirq(struct nixw *w, const struct nix_host *h)
{
	_cleanup_str_ struct str names = {0};

	if (!h->rtirq.count)
		return;
	for (size_t i = 0; i < h->rtirq.count; i++)
		str_addf(&names, "%s%s", i ? " " : "", h->rtirq.items[i]);
	nixw_open(w, ATTR("rtirq"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_comment(w, "Interrupt threads by priority, highest first.");
	nixw_string(w, ATTR("nameList"), str_get(&names));
	nixw_close(w);
}

static void musnix(struct nixw *w, const struct nix_host *h)
{
	nixw_blank(w);
	if (!h->audio) {
		nixw_bool(w, ATTR("musnix", "enable"), false);
		return;
	}
	nixw_open(w, ATTR("musnix"));
	nixw_bool(w, ATTR("enable"), true);
	nixw_comment(w, h->realtime_why);
	nixw_bool(w, ATTR("kernel", "realtime"), h->realtime_kernel);
	rtirq(w, h);
	nixw_close(w);
}

/* PipeWire reads flat keys with dots in them ("default.clock.quantum"), so they are names, not
 * paths. It keeps each cycle between min-quantum (its default is 32) and max-quantum (2048). */
static void latency(struct nixw *w, const struct nix_host *h)
{
	enum { PIPEWIRE_MIN_QUANTUM = 32 };
	uint32_t min = h->min_quantum;

	if (!h->quantum)
		return;
	if (!min && h->quantum < PIPEWIRE_MIN_QUANTUM)
		min = h->quantum;
	nixw_blank(w);
	nixw_comment(w, h->quantum_why);
	nixw_open(w, ATTR("extraConfig", "pipewire", "92-low-latency", "context.properties"));
	nixw_int(w, ATTR("default.clock.quantum"), h->quantum);
	if (min) {
		nixw_comment(w, "What a program may ask for at least.");
		nixw_int(w, ATTR("default.clock.min-quantum"), min);
	}
	nixw_close(w);
}

static void pipewire(struct nixw *w, const struct nix_host *h)
{
	static const char *const part[] = {"alsa", "pulse", "jack"};

	nixw_blank(w);
	nixw_comment(w, "Lets PipeWire ask for real-time priority.");
	nixw_bool(w, ATTR("security", "rtkit", "enable"), true);
	nixw_open(w, ATTR("services", "pipewire"));
	nixw_bool(w, ATTR("enable"), true);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		nixw_bool(w, ATTR(part[i], "enable"), true);
	latency(w, h);
	nixw_close(w);
}

void nixgen_audio(struct nixw *w, const struct nix_host *h)
{
	musnix(w, h);
	if (h->audio)
		pipewire(w, h);
}
