/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What existing partitions are used for, asked one partition at a time. */
#include <string.h>

#include "answers/wizard_parts.h"

#define USE_NOT	   "no"
#define USE_KEEP   "keep"
#define USE_FORMAT "format"

/* Has it what an earlier Linux calls its files? By the table's type, the label or the name. */
static bool looks_like_home(const struct partition *p)
{
	return str_eq(p->type_guid, TYPE_GUID_LINUX_HOME) ||
	       (p->fs_label && strcasestr(p->fs_label, "home")) ||
	       (p->name && strcasestr(p->name, "home"));
}

/* The one that the boot loader reads kernels from, beside an EFI system partition at /efi: the
 * first of its type, where UEFI starts the machine; NULL: there is none. */
static const struct partition *kernels_of(const struct wizard *w)
{
	const struct disk *d = interview_disk(w->v);

	for (size_t i = 0; d && i < d->partitions.count; i++)
		if (str_eq(d->partitions.items[i].type_guid, TYPE_GUID_XBOOTLDR) &&
		    w->v->facts->firmware.kind == FIRMWARE_UEFI)
			return &d->partitions.items[i];
	return NULL;
}

static bool is_kept_fat(const struct partition *p)
{
	return p && partition_can_stay(p) && str_eq(p->fs_type, "vfat");
}

static bool is_taken(const struct partition_uses *uses, const char *mountpoint)
{
	return partition_use_at(uses, mountpoint) != NULL;
}

/* What is likeliest, of what nobody else has yet: nothing is proposed that loses files but the
 * root of an earlier Linux. Swap holds none, and is kept in clear text or not at all. */
static const char *propose_use(const struct wizard *w, const struct partition *p,
			       const struct partition_uses *uses)
{
	const struct partition *kernels = kernels_of(w);
	const struct variant *x = interview_variant(w->v);

	/* Whoever made one for kernels had no room for them beside the boot loader. */
	if (str_eq(p->type_guid, TYPE_GUID_ESP) && is_kept_fat(p) && is_kept_fat(kernels) &&
	    !is_taken(uses, "/efi"))
		return "keep /efi";
	if (p == kernels && is_kept_fat(p))
		return is_taken(uses, "/boot") ? USE_NOT : "keep /boot";
	if (str_eq(p->type_guid, TYPE_GUID_ESP))
		return is_taken(uses, "/boot") || !partition_can_stay(p) ? USE_NOT : "keep /boot";
	if (str_eq(p->fs_type, PARTITION_SWAP))
		return is_taken(uses, PARTITION_SWAP) ? USE_NOT
		       : w->v->answers->encrypt	      ? "format swap"
						      : "keep swap";
	if (looks_like_home(p) && partition_can_stay(p))
		return is_taken(uses, "/home") ? USE_NOT : "keep /home";
	if (str_eq(p->system, "Linux") && x && p->bytes >= x->minimum_disk)
		return is_taken(uses, "/") ? USE_NOT : "format /";
	return USE_NOT;
}

static const char *use_text(const struct partition_use *use, struct arena *a)
{
	return arena_printf(a, "%s %s", use->format ? USE_FORMAT : USE_KEEP, use->mountpoint);
}

static void offer_use(struct wizard *w, struct choices *c, const struct partition_uses *uses,
		      const char *value, const char *label)
{
	const char *point = strchr(value, ' ');

	if (!point || !is_taken(uses, point + 1))
		*list_push(w->arena, &c->list) = (struct choice){value, label};
}

static struct choices offer_uses(struct wizard *w, const struct partition *p,
				 const struct partition_uses *uses)
{
	struct choices c = {0};
	bool swap = str_eq(p->fs_type, PARTITION_SWAP), stays = partition_can_stay(p) && !swap;

	offer_use(w, &c, uses, USE_NOT, "Leave it as it is; the system does not use it");
	if (str_eq(p->type_guid, TYPE_GUID_ESP)) {
		if (stays)
			offer_use(w, &c, uses, "keep /boot", "Keep it, and start from it (/boot)");
		offer_use(w, &c, uses, "format /boot",
			  "FORMAT it, and start from it: other boot loaders are lost");
		if (stays && kernels_of(w))
			offer_use(w, &c, uses, "keep /efi",
				  "Keep it for the boot loader alone (/efi), kernels elsewhere");
		return c;
	}
	if (p == kernels_of(w)) {
		if (is_kept_fat(p))
			offer_use(w, &c, uses, "keep /boot", "Keep it, for kernels (/boot)");
		offer_use(w, &c, uses, "format /boot", "FORMAT it for kernels (/boot)");
	}
	if (stays)
		offer_use(w, &c, uses, "keep /home", "Keep its files, at /home");
	offer_use(w, &c, uses, "format /", "FORMAT it for the system (/)");
	offer_use(w, &c, uses, "format /home", "FORMAT it for /home");
	if (swap && !w->v->answers->encrypt)
		offer_use(w, &c, uses, "keep swap", "Use it as swap, not encrypted");
	offer_use(w, &c, uses, "format swap", "FORMAT it as swap");
	if (stays)
		offer_use(w, &c, uses, USE_KEEP, "Keep its files, at another place");
	offer_use(w, &c, uses, USE_FORMAT, "FORMAT it for another place");
	return c;
}

static const char *partition_title(struct wizard *w, const struct partition *p)
{
	return arena_printf(w->arena, "%s, %s%s%s%s%s", p->path, size_text(p->bytes).s,
			    p->fs_type ? ", " : "", p->fs_type ? p->fs_type : "",
			    p->fs_label ? ", " : "", p->fs_label ? p->fs_label : "");
}

/* Where, when it is none of the usual places. */
static enum reply_kind ask_place(struct wizard *w, const struct question *q,
				 const struct partition *p, const char *action, const char **ret)
{
	struct prompt prompt = {
		.kind = PROMPT_QUESTION,
		.question = q,
		.type = Q_TEXT,
		.title = arena_printf(w->arena, "Where %s is mounted", p->path),
		.help = "The directory in which its files are.",
		.allowed = "an absolute path of letters, digits, '-', '_', '.': /srv/music",
		.number = w->depth + 1,
		.count = wizard_count(w),
	};

	for (;;) {
		_cleanup_secret_ struct secret reply = {0};
		enum reply_kind kind = wizard_show(w, &prompt, &reply);

		if (kind != REPLY_ANSWER)
			return kind;
		if (wizard_said(&reply)[0] == '/' && check_use_point(wizard_said(&reply))) {
			*ret = arena_printf(w->arena, "%s %s", action, wizard_said(&reply));
			return kind;
		}
		prompt.problem = arena_printf(w->arena, "that cannot be used; allowed: %s",
					      prompt.allowed);
	}
}

/* "format /" into a use of this partition; false: none of what is offered. */
static bool add_use(struct wizard *w, struct partition_uses *uses, const struct partition *p,
		    const char *text)
{
	struct arena *a = w->v->answers->arena;
	const char *point = strchr(text, ' ');

	if (str_eq(text, USE_NOT))
		return true;
	if (!point || !check_use_point(point + 1) || is_taken(uses, point + 1))
		return false;
	*list_push(a, &uses->list) = (struct partition_use){
		.match = arena_strdup(a, p->guid ? p->guid : p->path),
		.mountpoint = arena_strdup(a, point + 1),
		.format = str_starts(text, USE_FORMAT),
	};
	return true;
}

static bool is_offered(const struct choices *c, const char *value)
{
	for (size_t i = 0; i < c->list.count; i++)
		if (str_eq(c->list.items[i].value, value))
			return true;
	return false;
}

/* One partition; its use is pushed onto `uses`. */
static enum reply_kind ask_use(struct wizard *w, const struct question *q,
			       const struct partition *p, const char *before,
			       struct partition_uses *uses)
{
	const char *so_far = partition_uses_text(uses, w->arena);
	struct prompt prompt = {
		.kind = PROMPT_QUESTION,
		.question = q,
		.type = Q_CHOICE,
		.title = partition_title(w, p),
		.help = q->help,
		.allowed = "one of the list",
		.text = so_far[0] ? arena_printf(w->arena, "So far: %s", so_far) : NULL,
		.choices = offer_uses(w, p, uses),
		.number = w->depth + 1,
		.count = wizard_count(w),
	};

	prompt.proposal = before && is_offered(&prompt.choices, before) ? before
									: propose_use(w, p, uses);
	for (;;) {
		_cleanup_secret_ struct secret reply = {0};
		const char *text;
		enum reply_kind kind;

		prompt.problem = w->problem.len ? arena_strdup(w->arena, w->problem.s) : NULL;
		str_clear(&w->problem);
		kind = wizard_show(w, &prompt, &reply);
		text = wizard_said(&reply)[0] ? arena_strdup(w->arena, wizard_said(&reply))
					      : prompt.proposal;
		if (kind != REPLY_ANSWER)
			return kind;
		if (is_offered(&prompt.choices, text) && !str_eq(text, USE_NOT) &&
		    !strchr(text, ' '))
			kind = ask_place(w, q, p, text, &text);
		else if (!is_offered(&prompt.choices, text))
			str_add(&w->problem, NOT_IN_LIST);
		if (kind == REPLY_END)
			return kind;
		if (kind == REPLY_ANSWER && !w->problem.len && add_use(w, uses, p, text))
			return kind;
	}
}

static const char *use_before(struct wizard *w, const struct partition_uses *uses,
			      const struct disk *d, const struct partition *p)
{
	for (size_t i = 0; i < uses->list.count; i++)
		if (partition_use_find(&uses->list.items[i], d) == p)
			return use_text(&uses->list.items[i], w->arena);
	return uses->list.count ? USE_NOT : NULL;
}

/* All of the disk's partitions, and the first again when they do not make sense together. Going
 * back from the first leaves the question. */
enum reply_kind wizard_ask_uses(struct wizard *w, const struct question *q, bool *settled)
{
	struct partition_uses *at = (struct partition_uses *)(void *)((char *)w->v->answers +
								      q->offset);
	const struct disk *d = interview_disk(w->v);
	struct partition_uses uses = {0};
	size_t *counts, i = 0;

	if (!d || !d->partitions.count)
		return REPLY_BACK;
	counts = arena_alloc(w->arena, d->partitions.count * sizeof(*counts));
	while (i < d->partitions.count) {
		const struct partition *p = &d->partitions.items[i];
		enum reply_kind kind;

		counts[i] = uses.list.count;
		kind = ask_use(w, q, p, use_before(w, at, d, p), &uses);
		if (kind == REPLY_END || (kind == REPLY_BACK && i == 0))
			return kind;
		if (kind == REPLY_BACK)
			uses.list.count = counts[--i];
		else
			i++;
	}
	if (!partition_uses_check(&uses, &w->problem))
		return REPLY_ANSWER;
	*at = uses;
	w->v->answers->given[question_index(q)] = true;
	*settled = true;
	return REPLY_ANSWER;
}
