/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * firstboot/run: carries a first boot's plan out, by the same loop, journal and events as an
 * installation (run/work.h). The journal lies on the image itself, beside the marker.
 */
#pragma once

#include "firstboot/live.h"
#include "firstboot/medium.h"
#include "firstboot/plan.h"
#include "run/journal.h"

struct first_run {
	const struct first_plan *plan;
	struct answers *answers; /* for its secrets and keys */
	const struct live *live;
	const char *answers_file; /* whose secrets go at the end; NULL: none */
	struct events *events;
	struct journal *journal;
	const char *distribution; /* put into /etc/nixos where there is none */
	const volatile int *cancelled;
};

int first_run(struct first_run *r, struct err *e) nodiscard;

/*
 * After the steps, and again after a cut in between: the journal says by then that everything is
 * done, so nothing is asked again. Takes the secrets out of the medium's answer file, then writes
 * the marker and removes the journal. ret_left: what first_scrub() says.
 */
int first_close(const struct live *live, const struct boot_medium *m, const char *journal_path,
		char **ret_left, struct err *e) nodiscard;
/* The secrets alone. FIRST_BOOT_LEFT is there from before the first step that a file was used for,
 * until the file was seen without them. Where they cannot be taken out, or the medium was not seen
 * and the note is there, *ret_left (freed before) becomes words for whoever is there; it is no
 * error. */
int first_scrub(const struct live *live, const struct boot_medium *m, char **ret_left,
		struct err *e) nodiscard;
/* Rewrites an answer file without its secrets and comments, or without anything when it is none,
 * and the bytes where they stood by zeros. What a flash medium's own wear levelling has kept of
 * them no program can reach. No such file is fine. */
int answers_scrub(const char *path, struct err *e) nodiscard;
/* Has that been done to it? Then it is not what a person wrote: to set a machine up by the rest
 * would lock its password and join its network without one. */
bool answers_were_scrubbed(const char *path);
