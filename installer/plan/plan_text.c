/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"
#include "plan/plan.h"

enum { LABEL_COLUMN = 12 };

static void row(struct str *out, const char *label, const char *value)
{
	str_add(out, label);
	str_pad(out, LABEL_COLUMN);
	str_addf(out, "%s\n", value);
}

static void disk_text(const struct plan *p, struct str *out)
{
	const struct plan_disk *d = &p->disk;
	_cleanup_str_ struct str title = {0};

	str_addf(&title, "%s, %s, %s", d->path, d->model ? d->model : "no model name",
		 size_text(d->bytes).s);
	if (d->serial)
		str_addf(&title, ", serial %s", d->serial);
	row(out, "disk", str_get(&title));
	if (d->by_id)
		row(out, "", d->by_id);
	str_add(out, d->lost.count ? "\nLOST on this disk:\n" : "\nThe disk is empty.\n");
	for (size_t i = 0; i < d->lost.count; i++)
		str_addf(out, "  DELETE  %s\n", d->lost.items[i]);
}

static void part_text(const struct plan_part *part, struct str *out)
{
	str_addf(out, "  CREATE  %u  %s", part->number, part->role);
	str_pad(out, 34);
	str_addf(out, "%s", size_text(part->bytes).s);
	str_pad(out, 46);
	str_addf(out, "%s", part->file_system ? part->file_system : "-");
	str_pad(out, 53);
	str_addf(out, "%s\n", part->mountpoint ? part->mountpoint : "");
}

static void swap_text(const struct plan *p, struct str *out)
{
	if (str_eq(p->swap_kind, "file"))
		str_addf(out, "  swap file /%s, %s\n", SWAP_FILE, size_text(p->swap_bytes).s);
	else if (str_eq(p->swap_kind, "zram"))
		str_add(out, "  swap compressed in memory (zram)\n");
	else if (str_eq(p->swap_kind, "none"))
		str_add(out, "  no swap\n");
}

static void account_text(const struct plan_account *account, struct str *out)
{
	static const char *const how[] = {
		[PASSWORD_NONE] = "no password: SSH key only",
		[PASSWORD_TYPED] = "with the password of the answers",
		[PASSWORD_HASH] = "with the password hash of the answers",
		[PASSWORD_FILE] = "with the hash in the answers' password file",
	};

	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%s, %s", account->name, how[account->source]);
	row(out, "account", str_get(&text));
}

void plan_to_text(const struct plan *p, struct str *out)
{
	row(out, "host", p->host_name);
	row(out, "variant", p->variant);
	row(out, "boot", p->boot);
	disk_text(p, out);
	str_add(out, "\nNew layout:\n");
	for (size_t i = 0; i < p->parts.count; i++)
		part_text(&p->parts.items[i], out);
	swap_text(p, out);
	str_add(out, "\n");
	for (size_t i = 0; i < p->accounts.count; i++)
		account_text(&p->accounts.items[i], out);
	for (size_t i = 0; i < p->files.count; i++)
		row(out, "file", p->files.items[i].path);
	for (size_t i = 0; i < p->warnings.count; i++)
		row(out, "WARNING", p->warnings.items[i]);
	str_add(out, "\nSteps:\n");
	for (size_t i = 0; i < p->steps.count; i++)
		str_addf(out, "  %2zu. %s%s\n", i + 1, p->steps.items[i].title,
			 p->steps.items[i].destructive ? "  [destroys data]" : "");
	row(out, "plan", p->hash);
}
