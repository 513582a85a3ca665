/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/diagnose.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const struct cause_text cause_texts[CAUSES] = {
	[CAUSE_DISK_FULL] = {"the disk is full",
			     "Choose a larger disk, a lighter desktop or less swap."},
	[CAUSE_CLOCK] = {"the clock is wrong",
			 "Certificates are not valid at the time that this machine believes it "
			 "is. In a shell, set it: date -u -s 'YYYY-MM-DD HH:MM'; then try again."},
	[CAUSE_NETWORK] = {"the network does not answer",
			   "Look at the cable or Wi-Fi (nmtui in a shell), the name server and "
			   "the proxy; then try again."},
	[CAUSE_MEMORY] = {"memory ran out",
			  "Use swap on the disk (partition or file) instead of none or zram, or a "
			  "lighter desktop."},
	[CAUSE_EVALUATION] = {"the configuration cannot be evaluated",
			      "This is a fault of ArchibaldOS or of a change to its files. Save "
			      "the log and report it; another desktop or variant may do "
			      "meanwhile."},
	[CAUSE_BOOT_LOADER] = {"the boot loader cannot be installed",
			       "With UEFI, its variables may be full or not writable: clear old "
			       "boot entries in the firmware's set-up, then try again."},
	[CAUSE_BUILD] = {"something could not be built",
			 "Save the log and report it; another desktop or variant may do "
			 "meanwhile."},
	[CAUSE_DISK_BROKEN] = {"the disk or the medium has errors",
			       "Look at the kernel's messages (dmesg in a shell). Use another "
			       "disk, or write the medium anew."},
};

/* In this order: what is special stands before what it would also match. */
static const struct {
	const char *part;
	enum cause cause;
} rows[] = {
	{"EFI Boot variable", CAUSE_BOOT_LOADER},
	{"EFI variable", CAUSE_BOOT_LOADER},
	{"efibootmgr", CAUSE_BOOT_LOADER},
	{"grub-install: error", CAUSE_BOOT_LOADER},
	{"install-grub.pl", CAUSE_BOOT_LOADER},
	{"Failed to install bootloader", CAUSE_BOOT_LOADER},
	{"'bootctl'", CAUSE_BOOT_LOADER},
	{"certificate is not yet valid", CAUSE_CLOCK},
	{"certificate has expired", CAUSE_CLOCK},
	{"No space left on device", CAUSE_DISK_FULL},
	{"Disk quota exceeded", CAUSE_DISK_FULL},
	{"Cannot allocate memory", CAUSE_MEMORY},
	{"out of memory", CAUSE_MEMORY},
	{"Out of memory", CAUSE_MEMORY},
	{"std::bad_alloc", CAUSE_MEMORY},
	{"killed by signal 9", CAUSE_MEMORY},
	{"Input/output error", CAUSE_DISK_BROKEN},
	{"SQUASHFS error", CAUSE_DISK_BROKEN},
	{"Structure needs cleaning", CAUSE_DISK_BROKEN},
	{"Could not resolve host", CAUSE_NETWORK},
	{"Couldn't resolve host", CAUSE_NETWORK},
	{"Could not connect to server", CAUSE_NETWORK},
	{"Couldn't connect to server", CAUSE_NETWORK},
	{"Failed to connect to", CAUSE_NETWORK},
	{"Connection timed out", CAUSE_NETWORK},
	{"Timeout was reached", CAUSE_NETWORK},
	{"Network is unreachable", CAUSE_NETWORK},
	{"unable to download", CAUSE_NETWORK},
	{"infinite recursion encountered", CAUSE_EVALUATION},
	{"Failed assertions:", CAUSE_EVALUATION},
	{"error: undefined variable", CAUSE_EVALUATION},
	{"error: syntax error", CAUSE_EVALUATION},
	{"error: attribute '", CAUSE_EVALUATION},
	{"error: The option `", CAUSE_EVALUATION},
	{"error: A definition for option `", CAUSE_EVALUATION},
	{"does not provide attribute", CAUSE_EVALUATION},
	{"error: builder for '", CAUSE_BUILD},
	{"hash mismatch in fixed-output derivation", CAUSE_BUILD},
};

static enum cause cause_of(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strstr(line, rows[i].part))
			return rows[i].cause;
	return CAUSE_NONE;
}

void diagnose_line(struct diagnosis *d, const char *line)
{
	enum cause cause = cause_of(line);
	bool tentative = str_starts(line, "warning:");

	if (cause == CAUSE_NONE || (d->cause != CAUSE_NONE && (!d->tentative || tentative)))
		return;
	d->cause = cause;
	d->tentative = tentative;
	snprintf(d->line, sizeof(d->line), "%s", line);
	str_cut(d->line);
}

void diagnose_event(void *ctx, const struct event *e)
{
	struct diagnosis *d = ctx;

	if (e->kind == EVENT_BEGIN)
		*d = (struct diagnosis){0};
	else if (e->kind == EVENT_LOG)
		diagnose_line(d, e->text);
}
