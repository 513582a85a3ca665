/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/answers.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "answers/checks.h"
#include "answers/parsing.h"
#include "answers/questions_audio.h"
#include "answers/ssh_keys.h"
#include "base/str.h"
#include "base/url.h"

enum { SWAP_MINIMUM = 64 << 20, SHOWN_BYTES = 80 };

struct answers *answers_new(void)
{
	struct answers *a = xcalloc(1, sizeof(*a));

	a->arena = arena_new();
	return a;
}

struct answers *answers_free(struct answers *a)
{
	if (!a)
		return NULL;
	secret_wipe(&a->audio_user.password);
	secret_wipe(&a->audio_user.file_hash);
	secret_wipe(&a->admin.password);
	secret_wipe(&a->admin.file_hash);
	secret_wipe(&a->passphrase);
	secret_wipe(&a->wifi_password);
	secret_wipe(&a->report);
	for (size_t i = 0; i < HOOK_WHENS; i++)
		hooks_wipe(&a->hooks[i]);
	answers_free(a->common);
	arena_free(a->arena);
	free(a);
	return NULL;
}

void answers_cleanup(struct answers **a)
{
	*a = answers_free(*a);
}

static void *member(struct answers *a, const struct question *q)
{
	return (char *)a + q->offset;
}

/* Also the lists that checks look into. */
const char *const *question_words(const struct question *q)
{
	if (q->choices)
		return q->choices;
	return q->valid == check_time_zone ? check_zones
	       : q->valid == check_locale  ? check_locales
	       : q->valid == check_key_map ? check_key_maps
					   : NULL;
}

/* "did you mean" for a value of a list; nothing when none is near. */
static void say_nearest(const struct question *q, const char *text, struct str *why)
{
	const char *const *words = question_words(q), *best = NULL;
	unsigned least = 3 + (unsigned)strlen(text) / 6;

	for (; words && *words; words++) {
		unsigned d = str_distance(text, *words);

		if (d < least) {
			least = d;
			best = *words;
		}
	}
	if (best)
		str_addf(why, "; did you mean \"%s\"?", best);
}

static bool refuse(const struct question *q, const char *text, struct str *why)
{
	_cleanup_free_ char *shown = NULL;

	if (q->explain && q->explain(text, why))
		return false;
	if (q->type == Q_SECRET || q->unquoted) {
		str_addf(why, "that cannot be used; allowed: %s", q->allowed);
		return false;
	}
	/* It may be an address with a password in it. */
	shown = strstr(text, "://") ? url_shown(text) : xstrdup(text);
	str_sanitise(shown);
	if (strlen(shown) > SHOWN_BYTES)
		shown[SHOWN_BYTES] = '\0';
	str_cut(shown);
	str_addf(why, "\"%s\" cannot be used; allowed: %s", shown, q->allowed);
	say_nearest(q, text, why);
	return false;
}

static bool in_choices(const struct question *q, const char *text)
{
	for (const char *const *c = q->choices; *c; c++)
		if (str_eq(*c, text))
			return true;
	return false;
}

static bool acceptable(const struct question *q, const char *text)
{
	return (!q->choices || in_choices(q, text)) && (!q->valid || q->valid(text));
}

static bool set_bool(bool *at, const char *text)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"y", true},
		     {"false", false}, {"no", false}, {"n", false}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i].word) == 0) {
			*at = words[i].value;
			return true;
		}
	return false;
}

static bool set_number(uint32_t *at, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || text[0] == '-' || n > UINT32_MAX)
		return false;
	*at = (uint32_t)n;
	return true;
}

bool answer_add(struct answers *a, const struct question *q, const char *text, struct str *why)
{
	if (!acceptable(q, text))
		return refuse(q, text, why);
	strings_add(a->arena, member(a, q), text);
	a->given[question_index(q)] = true;
	return true;
}

bool answer_set(struct answers *a, const struct question *q, const char *text, struct str *why)
{
	void *at = member(a, q);
	bool ok = acceptable(q, text);

	switch (q->type) {
	case Q_TEXT:
	case Q_CHOICE:
		if (ok)
			*(char **)at = arena_strdup(a->arena, text);
		break;
	case Q_BOOL: ok = ok && set_bool(at, text); break;
	case Q_NUMBER: ok = ok && set_number(at, text); break;
	case Q_SIZE: {
		uint64_t bytes;

		ok = ok && size_parse(text, &bytes) && bytes >= SWAP_MINIMUM;
		if (ok)
			*(uint64_t *)at = bytes;
		break;
	}
	case Q_TEXTS: answer_clear(a, q); return answer_add(a, q, text, why);
	case Q_SECRET:
		if (ok)
			secret_set(at, text, strlen(text));
		break;
	case Q_RULES:
	case Q_HOOKS:
	case Q_USES:
	case Q_SCREEN: ok = false; break; /* not as text */
	}
	if (!ok)
		return refuse(q, text, why);
	a->given[question_index(q)] = true;
	a->proposed[question_index(q)] = false;
	return true;
}

void answer_clear(struct answers *a, const struct question *q)
{
	static const size_t sizes[] = {
		[Q_TEXT] = sizeof(char *),
		[Q_CHOICE] = sizeof(char *),
		[Q_BOOL] = sizeof(bool),
		[Q_NUMBER] = sizeof(uint32_t),
		[Q_SIZE] = sizeof(uint64_t),
		[Q_TEXTS] = sizeof(struct strings),
		[Q_RULES] = sizeof(struct disk_rules),
		[Q_HOOKS] = sizeof(struct hooks),
		[Q_USES] = sizeof(struct partition_uses),
	};

	if (q->type == Q_SECRET)
		secret_wipe(member(a, q));
	else if (q->type != Q_SCREEN)
		memset(member(a, q), 0, sizes[q->type]);
	a->given[question_index(q)] = a->proposed[question_index(q)] = false;
}

void answers_forget_proposals(struct answers *a)
{
	for (size_t i = 0; i < question_count; i++)
		if (a->proposed[i])
			answer_clear(a, &questions[i]);
}

static const char *strings_text(const struct strings *list, struct arena *arena)
{
	const char *text = "";

	for (size_t i = 0; i < list->count; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", list->items[i]);
	return text;
}

const char *answer_text(const struct answers *a, const struct question *q, struct arena *arena)
{
	const void *at = (const char *)a + q->offset;

	if (!a->given[question_index(q)])
		return NULL;
	switch (q->type) {
	case Q_TEXT:
	case Q_CHOICE: return *(char *const *)at;
	case Q_BOOL: return *(const bool *)at ? "yes" : "no";
	case Q_NUMBER: return arena_printf(arena, "%u", *(const uint32_t *)at);
	case Q_SIZE: return arena_strdup(arena, size_text(*(const uint64_t *)at).s);
	case Q_TEXTS: return strings_text(at, arena);
	case Q_SECRET: return "(hidden)";
	case Q_RULES: return disk_rules_text(at, arena);
	case Q_SCREEN: break;
	case Q_HOOKS: return hooks_text(at, arena);
	case Q_USES: return partition_uses_text(at, arena);
	}
	return NULL;
}

void problem_add(struct problems *p, unsigned line, unsigned column, const char *key,
		 const char *fmt, ...)
{
	_cleanup_str_ struct str text = {0};
	struct problem *problem;
	va_list ap;

	if (p->list.count > PROBLEMS_MAX)
		return;
	problem = list_push(p->arena, &p->list);
	if (p->list.count > PROBLEMS_MAX) {
		problem->text = arena_strdup(p->arena, "there are more problems than these");
		return;
	}
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	*problem = (struct problem){
		.line = line,
		.column = column,
		.key = arena_strdup(p->arena, key),
		.text = arena_strdup(p->arena, str_get(&text)),
	};
	str_sanitise(problem->text);
	if (!problem->key)
		return;
	if (strlen(problem->key) > SHOWN_BYTES)
		problem->key[SHOWN_BYTES] = '\0';
	str_sanitise(problem->key);
	str_cut(problem->key);
}

/* By place in the file; what has none comes last, in the order of the questions. */
static int by_place(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;

	if (!x->line != !y->line)
		return x->line ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* A stable sort of a handful: qsort(3) promises no order among equals. */
static void sort_problems(struct problems *p)
{
	for (size_t i = 1; i < p->list.count; i++)
		for (size_t j = i; j && by_place(&p->list.items[j - 1], &p->list.items[j]) > 0;
		     j--) {
			struct problem swap = p->list.items[j];

			p->list.items[j] = p->list.items[j - 1];
			p->list.items[j - 1] = swap;
		}
}

void problems_text(struct problems *p, const char *file, struct str *out)
{
	sort_problems(p);
	for (size_t i = 0; i < p->list.count; i++) {
		const struct problem *problem = &p->list.items[i];

		str_add(out, file);
		if (problem->line)
			str_addf(out, ":%u:%u", problem->line, problem->column);
		if (problem->key)
			str_addf(out, ": %s", problem->key);
		str_addf(out, ": %s\n", problem->text);
	}
}

bool question_in_scope(const struct interview *v, const struct question *q)
{
	return q->scope == SCOPE_BOTH || (q->scope == SCOPE_FIRST_BOOT) == (v->image != NULL);
}

bool question_applies(const struct interview *v, const struct question *q)
{
	return question_in_scope(v, q) && (!q->applies || q->applies(v));
}

/* What a file names in "ask" is open there, whatever an interview without a file would ask: a
 * password that was taken out of it must not be taken for none. */
static bool is_to_be_asked(const struct interview *v, const struct question *q)
{
	return !q->asked || q->asked(v) ||
	       (q->type != Q_SCREEN && v->answers->asks_itself[question_index(q)]);
}

bool question_is_asked(const struct interview *v, const struct question *q)
{
	return !q->quiet && question_applies(v, q) && is_to_be_asked(v, q);
}

bool interview_may_ask(const struct interview *v, size_t index)
{
	return !questions[index].quiet && (!v->answers->ask_given || v->answers->asks[index]);
}

size_t interview_next(const struct interview *v, size_t from)
{
	for (size_t i = from; i < question_count; i++) {
		if (interview_may_ask(v, i) && !v->answers->given[i] && !v->answers->seen[i] &&
		    question_is_asked(v, &questions[i]))
			return i;
	}
	return question_count;
}

static void propose(const struct interview *v, const struct question *q)
{
	_cleanup_str_ struct str why = {0};
	const char *text = q->propose ? q->propose(v, v->answers->arena) : NULL;

	if (text && answer_set(v->answers, q, text, &why))
		v->answers->proposed[question_index(q)] = true;
}

bool answer_offered(const struct interview *v, const struct question *q, struct arena *arena,
		    struct str *why)
{
	_cleanup_free_ char *shown = NULL;
	_cleanup_str_ struct str all = {0};
	const struct disk *d = q->offset == offsetof(struct answers, disk_path) ? interview_disk(v)
			       : q->offset == offsetof(struct answers, data_path)
				       ? interview_data_disk(v)
				       : NULL;
	const char *value;
	struct choices c;

	if (q->fits)
		return q->fits(v, answer_text(v->answers, q, arena), why);
	if (!q->offers)
		return true;
	value = *(char **)member(v->answers, q);
	c = q->offers(v, arena);
	for (size_t i = 0; i < c.list.count; i++) {
		if (str_eq(c.list.items[i].value, value))
			return true;
		str_addf(&all, "%s%s", i ? ", " : "", c.list.items[i].value);
	}
	/* A disk may be named by any of its links. */
	if (d && !disk_in_use(d, arena))
		return true;
	shown = xstrdup(value);
	str_sanitise(shown);
	str_addf(why, "\"%s\" is not offered here; there are: %s", shown, all.len ? all.s : "none");
	return false;
}

/* An answer that was accepted alone may not be among what this machine offers. */
static void check_offer(const struct interview *v, const struct question *q, struct problems *p)
{
	_cleanup_str_ struct str why = {0};

	/* A disk that is not offered is the plan's to refuse, with what speaks against it; another
	 * machine's variant, or a mode that the disk does not allow, is refused as such (exit
	 * status 4), not as a wrong word. */
	if (q->offset == offsetof(struct answers, disk_path) ||
	    q->offset == offsetof(struct answers, disk_mode) ||
	    q->offset == offsetof(struct answers, data_path) ||
	    (q->offset == offsetof(struct answers, variant) && interview_variant(v)))
		return;
	if (!answer_offered(v, q, p->arena, &why))
		problem_add(p, 0, 0, q->key, "%s", str_get(&why));
}

static void say_missing(const struct interview *v, const struct question *q, struct problems *p)
{
	bool data = q->offset == offsetof(struct answers, data_erase);
	const struct disk *d = data ? interview_data_disk(v) : interview_disk(v);
	const struct partition *lost = str_eq(v->answers->disk_mode, DISK_MODE_PARTITIONS) && d
					       ? partition_uses_loss(&v->answers->disk_partitions,
								     d)
					       : NULL;

	if (lost && !data && q->offset == offsetof(struct answers, erase_data))
		problem_add(
			p, 0, 0, q->key, "is missing: %s (%s, %s) is to be formatted; allowed: %s",
			lost->path, size_text(lost->bytes).s,
			lost->fs_type ? lost->fs_type : "what is in it is not known", q->allowed);
	else if ((data || q->offset == offsetof(struct answers, erase_data)) && d)
		problem_add(p, 0, 0, q->key, "is missing: %s (%s) holds data; allowed: %s", d->path,
			    disk_title(d, p->arena), q->allowed);
	else
		problem_add(p, 0, 0, q->key, "is missing; allowed: %s", q->allowed);
}

static void say_open(struct answers *a, const struct question *q, struct problems *p)
{
	problem_add(p, 0, 0, q->key,
		    "is left open by \"ask\", and there is nobody to be asked; allowed: %s",
		    q->allowed);
	if (p->list.count <= PROBLEMS_MAX)
		p->list.items[p->list.count - 1].open = true;
	a->rejected[question_index(q)] = true;
}

/* What this machine is not asked now: a mistake of whoever wrote it into a file. */
static void check_scope(const struct interview *v, const struct question *q, struct problems *p)
{
	if (v->answers->given[question_index(q)])
		problem_add(p, 0, 0, q->key, "is a question of %s; leave it out",
			    v->image ? "the installation, not of an image's first boot"
				     : "an image's first boot, not of the installation");
}

/* What may be there although it has no meaning. A password is said in check_accounts(), two ways of
 * a passphrase in check_storage(). A passphrase in a file that does not ask for encryption would be
 * a disk in clear text that somebody takes for encrypted; only who has just typed it, or has said
 * no to encryption here, knows better. Who agrees to lose what is not there, or has a root grow
 * that has grown already (the power went, and the file is read anew), has made no mistake. */
static bool may_be_left(const struct interview *v, const struct question *q)
{
	const struct answers *w = v->answers;

	if (q->offset == offsetof(struct answers, passphrase))
		return w->encrypt || !w->passphrase_in_file ||
		       w->seen[question_index(question_find("encryption.enable"))];
	return q->offset == offsetof(struct answers, audio_user.password) ||
	       q->offset == offsetof(struct answers, erase_data) ||
	       q->offset == offsetof(struct answers, data_erase) ||
	       q->offset == offsetof(struct answers, grow_root);
}

/* The file's common answers, as they are for a machine without an entry of its own. */
static struct interview common_view(const struct interview *v)
{
	struct interview common = *v;

	common.answers = v->answers->common;
	return common;
}

/* A common answer that has a meaning where it stands, and none for this machine with what its own
 * entry says, is not meant for it. A mistake in the common part stays one. Of what belongs to a
 * variant nothing can be told where each machine has its own; but a passphrase without encryption
 * is never let go for that. */
static bool is_overridden(const struct interview *v, const struct question *q)
{
	const struct answers *a = v->answers;
	struct interview common;

	if (!a->common || a->own[question_index(q)] || !a->common->given[question_index(q)])
		return false;
	common = common_view(v);
	return q->applies(&common) ||
	       (!interview_variant(&common) && !str_starts(q->key, "encryption."));
}

static void complete_question(const struct interview *v, const struct question *q,
			      struct problems *p)
{
	bool *given = &v->answers->given[question_index(q)];

	if (q->type == Q_SCREEN || v->answers->rejected[question_index(q)])
		return; /* no answer, or a problem already */
	if (!question_in_scope(v, q)) {
		check_scope(v, q, p);
		return;
	}
	if (q->applies && !q->applies(v)) {
		if (*given && is_overridden(v, q))
			answer_clear(v->answers, q);
		/* Without a variant nothing can be said of what belongs to one. */
		if (*given && !v->answers->proposed[question_index(q)] && interview_variant(v) &&
		    !may_be_left(v, q))
			problem_add(p, 0, 0, q->key,
				    "has no meaning with the other answers; leave it out");
		return;
	}
	if (!*given && v->answers->nobody_asks && v->answers->asks[question_index(q)] &&
	    is_to_be_asked(v, q)) {
		say_open(v->answers, q, p);
		return;
	}
	if (!*given)
		propose(v, q);
	if (!*given && !q->optional && !other_way_rejected(v->answers, q))
		say_missing(v, q, p);
	if (*given)
		check_offer(v, q, p);
}

static bool admin_is_open(const struct interview *v)
{
	const struct variant *x = interview_variant(v);
	const struct variant_account *account = x ? variant_account(x, "admin") : NULL;

	return account && account->required && v->answers->admin.ssh_keys.count == 0;
}

static bool any_rejected(const struct answers *a, const char *prefix)
{
	for (size_t i = 0; i < question_count; i++)
		if (a->rejected[i] && str_starts(questions[i].key, prefix))
			return true;
	return false;
}

/* A place in the place of a key would stand in the configuration as it is. */
static void check_keys(const struct interview *v, struct problems *p)
{
	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];
		const struct strings *list = member(v->answers, q);

		for (size_t k = 0; q->expand && !v->answers->rejected[i] && k < list->count; k++)
			if (!check_ssh_key(list->items[k])) {
				_cleanup_free_ char *shown = key_place_shown(list->items[k]);

				problem_add(p, 0, 0, q->key, "%s was not fetched", shown);
			}
	}
}

static void check_accounts(const struct interview *v, struct problems *p)
{
	const struct account_answers *u = &v->answers->audio_user;
	int ways = secret_given(&u->password) + (u->password_hash != NULL) +
		   (u->password_file != NULL);

	if (admin_is_open(v) && !any_rejected(v->answers, "users.admin."))
		problem_add(p, 0, 0, "users.admin.sshKeys",
			    "is missing: this variant lets in its administrator by SSH key only, "
			    "so without one nobody could ever log in");
	if (!interview_variant(v))
		return;
	if (!variant_account(interview_variant(v), "audioUser")) {
		if (secret_given(&u->password))
			problem_add(p, 0, 0, "users.audioUser.password",
				    "has no meaning with the other answers; leave it out");
		return;
	}
	if (ways > 1)
		problem_add(p, 0, 0, "users.audioUser",
			    "give one of password, passwordHash and passwordFile, not %d", ways);
	if (ways == 0 && u->ssh_keys.count == 0 && !any_rejected(v->answers, "users.audioUser."))
		problem_add(p, 0, 0, "users.audioUser.password",
			    "is missing: without a password, passwordHash, passwordFile or sshKeys "
			    "nobody could log in");
	if (u->name && str_eq(u->name, v->answers->admin.name))
		problem_add(p, 0, 0, "users.admin.name", "is the name of the other account too");
}

static void check_storage(const struct interview *v, struct problems *p)
{
	const struct answers *w = v->answers;
	int ways = secret_given(&w->passphrase) + (w->passphrase_file != NULL);

	if (w->disk_path && w->disk_rules.list.count)
		problem_add(p, 0, 0, "disk", "give one of path and match, not both");
	if (w->encrypt && ways > 1)
		problem_add(p, 0, 0, "encryption",
			    "give one of passphrase and passphraseFile, not both");
	if (w->hibernate && !str_eq(w->swap_kind, "partition"))
		problem_add(p, 0, 0, "swap.kind", "is %s: hibernation needs a swap partition",
			    w->swap_kind);
	else if (w->hibernate && w->swap_bytes < v->facts->memory_bytes &&
		 !str_eq(w->disk_mode, DISK_MODE_PARTITIONS))
		problem_add(p, 0, 0, "swap.size",
			    "is too small to hibernate: the memory of %s must fit into the %s of "
			    "swap",
			    size_text(v->facts->memory_bytes).s, size_text(w->swap_bytes).s);
	if (interview_disk(v) && interview_disk(v) == interview_data_disk(v))
		problem_add(p, 0, 0, "dataDisk.path", "is the disk of the system");
}

static void check_builds(const struct interview *v, struct problems *p)
{
	if (v->answers->builds.isolated_cores && cores_for_audio(v))
		problem_add(p, 0, 0, "builds.isolatedCores",
			    "keeps processors for builds, and audio.cores keeps some for audio; "
			    "choose one of the two");
}

/* What is wrong with them alone is of no matter here. */
static void complete_common(const struct interview *v)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct problems unused = {.arena = arena};
	struct interview common = common_view(v);

	if (common.answers)
		answers_complete(&common, &unused);
}

void answers_complete(const struct interview *v, struct problems *p)
{
	if (p->unreadable)
		return;
	complete_common(v);
	for (size_t i = 0; i < question_count; i++)
		complete_question(v, &questions[i], p);
	check_keys(v, p);
	check_accounts(v, p);
	check_storage(v, p);
	check_builds(v, p);
}
