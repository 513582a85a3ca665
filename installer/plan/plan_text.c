/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"
#include "plan/plan_parts.h"

enum { LABEL_COLUMN = 12 };

static void row(struct str *out, const char *label, const char *value)
{
	str_add(out, label);
	str_pad(out, LABEL_COLUMN);
	str_addf(out, "%s\n", value);
}

void plan_before_text(const struct plan_before *b, struct str *out)
{
	str_addf(out, "  %s", plan_action_names[b->action]);
	str_pad(out, 10);
	str_addf(out, "%s", b->path);
	str_pad(out, 30);
	str_addf(out, "%s", size_text(b->bytes).s);
	str_pad(out, 42);
	str_add(out, b->file_system ? b->file_system : "unknown");
	if (b->label)
		str_addf(out, "  \"%s\"", b->label);
	if (b->system)
		str_addf(out, "  (%s)", b->system);
	str_addc(out, '\n');
}

static void after_text(const struct plan_part *part, struct str *out)
{
	str_addf(out, "  %s", plan_action_names[part->action]);
	str_pad(out, 10);
	str_addf(out, "%u  %s", part->number, part->role);
	str_pad(out, 30);
	str_addf(out, "%s", size_text(part->bytes).s);
	str_pad(out, 42);
	str_addf(out, "%s%s", part->file_system ? part->file_system : "-",
		 part->mapper ? ", encrypted" : "");
	if (part->mountpoint && !part->subvolumes.count) {
		str_pad(out, 60);
		str_add(out, part->mountpoint);
	}
	str_addc(out, '\n');
	for (size_t i = 0; i < part->subvolumes.count; i++) {
		str_pad(out, 42);
		str_addf(out, "%s\n", part->subvolumes.items[i]);
	}
}

static void disk_text(const struct plan_disk *d, struct str *out)
{
	_cleanup_str_ struct str title = {0};

	str_addf(&title, "%s, %s, %s", d->path, d->model ? d->model : "no model name",
		 size_text(d->bytes).s);
	if (d->serial)
		str_addf(&title, ", serial %s", d->serial);
	str_addc(out, '\n');
	row(out, "disk", str_get(&title));
	if (d->by_id)
		row(out, "", d->by_id);
	str_add(out, d->before.count ? "Before:\n" : "Before: empty\n");
	for (size_t i = 0; i < d->before.count; i++)
		plan_before_text(&d->before.items[i], out);
	if (d->lost_bytes)
		str_addf(out, "  LOST: %s (%llu bytes) of partitions\n", size_text(d->lost_bytes).s,
			 (unsigned long long)d->lost_bytes);
	str_add(out, "After:\n");
	for (size_t i = 0; i < d->after.count; i++)
		after_text(&d->after.items[i], out);
}

static void swap_text(const struct plan *p, struct str *out)
{
	if (str_eq(p->swap_kind, "file"))
		str_addf(out, "  swap file /%s, %s\n", plan_swap_file(p),
			 size_text(p->swap_bytes).s);
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
	for (size_t i = 0; i < account->keys.count; i++)
		row(out, "", account->keys.items[i]);
}

static void hook_text(const struct plan *p, const struct plan_hook *h, struct str *out)
{
	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%s: %s, at most %u s%s", hook_when_names[h->when], plan_hook_title(p, h),
		 h->seconds, h->may_fail ? ", may fail" : "");
	if (h->sha256)
		str_addf(&text, ", SHA-256 %.16s...", h->sha256);
	row(out, "hook", str_get(&text));
}

void plan_to_text(const struct plan *p, struct str *out)
{
	row(out, "host", p->host_name);
	row(out, "variant", p->variant);
	row(out, "boot", p->boot);
	for (size_t i = 0; i < p->disks.count; i++)
		disk_text(&p->disks.items[i], out);
	swap_text(p, out);
	str_add(out, "\n");
	for (size_t i = 0; i < p->accounts.count; i++)
		account_text(&p->accounts.items[i], out);
	for (size_t i = 0; i < p->files.count; i++)
		row(out, "file", p->files.items[i].path);
	for (size_t i = 0; i < p->hooks.count; i++)
		hook_text(p, &p->hooks.items[i], out);
	if (p->report)
		row(out, "report", p->report);
	if (!str_eq(p->finish, "stay"))
		row(out, "at the end", p->finish);
	for (size_t i = 0; i < p->notes.count; i++)
		row(out, "note", p->notes.items[i]);
	for (size_t i = 0; i < p->warnings.count; i++)
		row(out, "WARNING", p->warnings.items[i]);
	str_add(out, "\nSteps:\n");
	for (size_t i = 0; i < p->steps.count; i++)
		str_addf(out, "  %2zu. %s%s\n", i + 1, p->steps.items[i].title,
			 p->steps.items[i].destructive ? "  [destroys data]" : "");
	row(out, "plan", p->hash);
}
