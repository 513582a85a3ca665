/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder: a machine that writes down what it is asked to do, does the files below a directory of
 * its own for real, and fails when it is told to. Include after interview.h. */
#pragma once

#include "plan/plan.h"
#include "run/machine.h"
#include "run/run.h"

#define TEST_PASSPHRASE "correct horse battery"

enum fault {
	FAULT_BEFORE, /* nothing was done */
	FAULT_AFTER,  /* it was done, and its end failed */
	FAULT_TOLD,   /* as before, and the run may go on */
};

struct recorder {
	struct arena *arena;
	struct strings calls; /* "format 2", "run cp -r ..." in their order */
	struct str contents;  /* of all files that were written but for the passwords' */
	/* The disk as it is between runs. */
	struct recorded_disk {
		bool shrunk; /* what stays in it has become smaller */
		bool table, formatted[LAYOUT_PARTS_MAX + 1];
		char passphrase[LAYOUT_PARTS_MAX + 1][32]; /* of its containers; "": none */
	} disks[STORAGE_DISKS_MAX];
	bool another_disk;   /* has the name, once the table is written */
	struct strings open; /* names below /dev/mapper */
	/* Faults: the call of this number fails; 0: none. */
	size_t fail_at;
	enum fault fault;
	bool spoil_password; /* what is written is not what was asked for */
	/* Once this call is reached, somebody has pressed Ctrl-C; 0: never. */
	size_t cancel_at;
	volatile int cancelled;
	const char *break_journal; /* a directory that is taken away with the table's writing */
	bool after_failure;	   /* a call has failed already */
	size_t prepared;	   /* how often; it is no call that could fail */
};

/* Is this call one that cannot be taken back? */
static inline bool destroys(const char *call)
{
	return str_starts(call, "write_table") || str_starts(call, "format") ||
	       str_starts(call, "encrypt") || str_eq(call, "shrink");
}

/* Writes the call down; whether it is the one to fail. A failed run must not go on. */
static inline bool recorder_call(struct recorder *r, const char *call)
{
	if (r->after_failure)
		fail_msg("after a failure: %s", call);
	strings_add(r->arena, &r->calls, call);
	if (r->calls.count == r->cancel_at)
		r->cancelled = 1;
	r->after_failure = r->calls.count == r->fail_at && r->fault != FAULT_TOLD;
	return r->calls.count == r->fail_at;
}

static inline int recorder_fail(const struct recorder *r, struct err *e)
{
	err_set(e, ERR_IO, "a hint", "call %zu failed", r->calls.count);
	return err_why(e, "it was told to");
}

/* A call without anything to do. */
static inline int recorder_simple(void *ctx, struct err *e, const char *call)
{
	return recorder_call(ctx, call) ? recorder_fail(ctx, e) : 0;
}

static inline int rec_check_root(void *ctx, const char *root, struct err *e)
{
	(void)root;
	return recorder_simple(ctx, e, "check_root");
}

static inline int rec_identify(void *ctx, const struct plan_disk *disk, bool untouched,
			       struct err *e)
{
	(void)disk;
	return recorder_simple(ctx, e, untouched ? "identify untouched" : "identify");
}

static inline struct recorded_disk *rec_disk(void *ctx, const struct plan_disk *d)
{
	return &((struct recorder *)ctx)->disks[d->layout.kind];
}

static inline bool rec_has_table(void *ctx, const struct plan_disk *d)
{
	return rec_disk(ctx, d)->table;
}

static inline bool rec_is_open(const struct recorder *r, const char *mapper)
{
	for (size_t i = 0; i < r->open.count; i++)
		if (str_eq(r->open.items[i], mapper))
			return true;
	return false;
}

static inline bool rec_has_file_system(void *ctx, const struct plan_disk *d,
				       const struct part *part)
{
	/* What is in a closed container cannot be seen. */
	return rec_disk(ctx, d)->formatted[part->number] &&
	       (!part->encrypted || rec_is_open(ctx, part->mapper));
}

static inline int rec_shrink_check(void *ctx, const struct plan_disk *d, const struct part *part,
				   struct err *e)
{
	(void)d;
	assert_int_equal(part->fate, FATE_SHRINK);
	return recorder_simple(ctx, e, "shrink_check");
}

static inline bool rec_is_shrunk(void *ctx, const struct plan_disk *d, const struct part *part)
{
	(void)part;
	return rec_disk(ctx, d)->shrunk;
}

static inline int rec_shrink(void *ctx, const struct plan_disk *d, const struct part *part,
			     struct events *ev, struct err *e)
{
	struct recorder *r = ctx;
	bool fails = recorder_call(r, "shrink");

	assert_int_equal(part->fate, FATE_SHRINK);
	events_line(ev, "what the tool says");
	rec_disk(r, d)->shrunk = !fails || r->fault == FAULT_AFTER;
	return fails ? recorder_fail(r, e) : 0;
}

static inline int rec_write_table(void *ctx, const struct plan_disk *d, struct err *e)
{
	struct recorder *r = ctx;
	bool fails = recorder_call(r, "write_table");

	if (r->break_journal)
		nftw(r->break_journal, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
	if (layout_shrunk(&d->layout) && !rec_disk(r, d)->shrunk)
		fail_msg("a partition is cut before its file system is smaller");
	*rec_disk(r, d) = (struct recorded_disk){.table = (!fails || r->fault == FAULT_AFTER) &&
							  !r->another_disk,
						 .shrunk = rec_disk(r, d)->shrunk};
	return fails ? recorder_fail(r, e) : 0;
}

static inline int rec_format(void *ctx, const struct plan_disk *d, const struct part *part,
			     struct events *ev, struct err *e)
{
	struct recorder *r = ctx;
	_cleanup_free_ char *call = xasprintf("format %u", part->number);
	bool fails = recorder_call(r, call);

	if (part->encrypted && !rec_is_open(r, part->mapper))
		fail_msg("%s is formatted while it is closed", part->mapper);
	events_line(ev, "what the tool says");
	rec_disk(r, d)->formatted[part->number] = !fails || r->fault == FAULT_AFTER;
	return fails ? recorder_fail(r, e) : 0;
}

static inline void rec_prepare(void *ctx, const struct plan *p, const struct secret *passphrase)
{
	struct recorder *r = ctx;

	assert_true(p->encrypted);
	assert_string_equal(passphrase->bytes, TEST_PASSPHRASE);
	r->prepared++;
}

static inline int rec_mapper_free(void *ctx, const char *mapper, struct err *e)
{
	if (!rec_is_open(ctx, mapper))
		return recorder_simple(ctx, e, "mapper_free");
	return err_set(e, ERR_BUSY, "a hint", "%s is open", mapper);
}

static inline int rec_encrypt(void *ctx, const struct plan *p, const struct storage_op *op,
			      const struct secret *passphrase, struct err *e)
{
	struct recorder *r = ctx;
	_cleanup_free_ char *call = xasprintf("encrypt %u", op->part->number);
	struct recorded_disk *d = rec_disk(r, &p->disks.items[op->disk]);
	bool fails = recorder_call(r, call);

	d->formatted[op->part->number] = false;
	snprintf(d->passphrase[op->part->number], sizeof(d->passphrase[0]), "%s",
		 !fails || r->fault == FAULT_AFTER ? passphrase->bytes : "");
	return fails ? recorder_fail(r, e) : 0;
}

static inline bool rec_opens(void *ctx, const struct plan_disk *d, const struct part *part,
			     const struct secret *passphrase)
{
	return str_eq(rec_disk(ctx, d)->passphrase[part->number], passphrase->bytes);
}

static inline int rec_open(void *ctx, const struct plan *p, const struct storage_op *op,
			   const struct secret *passphrase, struct err *e)
{
	struct recorder *r = ctx;
	_cleanup_free_ char *call = xasprintf("open %s", op->part->mapper);
	bool fails = recorder_call(r, call);

	if (!rec_opens(ctx, &p->disks.items[op->disk], op->part, passphrase))
		fail_msg("%s is opened with another passphrase", op->part->mapper);
	if (!fails || r->fault == FAULT_AFTER)
		strings_add(r->arena, &r->open, op->part->mapper);
	return fails ? recorder_fail(r, e) : 0;
}

static inline int rec_close(void *ctx, const char *mapper, struct err *e)
{
	struct recorder *r = ctx;
	_cleanup_free_ char *call = xasprintf("close %s", mapper);

	if (recorder_call(r, call))
		return recorder_fail(r, e);
	for (size_t i = 0; i < r->open.count; i++)
		if (str_eq(r->open.items[i], mapper))
			r->open.items[i] = r->open.items[--r->open.count];
	return 0;
}

static inline int rec_mount(void *ctx, const struct plan *p, const struct mount_point *m,
			    const char *root, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("mount %s", m->where);

	(void)p;
	(void)root;
	return recorder_simple(ctx, e, call);
}

static inline int rec_swap_where(void *ctx, const struct plan *p, const char *root,
				 const char **ret, struct err *e)
{
	(void)ctx;
	(void)p;
	(void)root;
	(void)e;
	*ret = "the-swap";
	return 0;
}

static inline int rec_swap_on(void *ctx, const struct plan *p, const char *where, struct events *ev,
			      struct err *e)
{
	(void)p;
	(void)where;
	(void)ev;
	return recorder_simple(ctx, e, "swap_on");
}

static inline int rec_swap_off(void *ctx, const char *swap, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("swap_off %s", swap);

	return recorder_simple(ctx, e, call);
}

static inline int rec_write_file(void *ctx, const char *path, const void *bytes, size_t len,
				 unsigned mode, struct err *e)
{
	struct recorder *r = ctx;
	_cleanup_free_ char *call = xasprintf("write %o %s", mode, path);
	bool fails = recorder_call(r, call);

	if (!strstr(path, PASSWORD_DIRECTORY))
		str_addn(&r->contents, bytes, len);
	if (fails)
		return recorder_fail(r, e);
	return write_file_atomic(path, r->spoil_password ? "$y$j9T$other$x" : bytes,
				 r->spoil_password ? 14 : len, mode, e);
}

static inline int rec_make_directory(void *ctx, const char *path, unsigned mode, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("mkdir %o %s", mode, path);

	if (recorder_call(ctx, call))
		return recorder_fail(ctx, e);
	return make_directories(path, mode, e);
}

static inline int rec_run(void *ctx, const char *const *argv, struct events *ev, struct err *e)
{
	_cleanup_str_ struct str call = {0};

	str_add(&call, "run");
	for (; *argv; argv++)
		str_addf(&call, " %s", *argv);
	events_line(ev, "what the program says");
	return recorder_simple(ctx, e, call.s);
}

static inline int rec_run_nix(void *ctx, const char *const *argv, uint32_t weight,
			      struct events *ev, struct err *e)
{
	events_progress(ev, weight,
			&(struct moved){.part = 1, .whole = 3, .text = "a third of it"});
	return rec_run(ctx, argv, ev, e);
}

static inline int rec_run_hook(void *ctx, const struct hook_call *c, struct events *ev,
			       struct err *e)
{
	_cleanup_str_ struct str call = {0};

	str_add(&call, "hook");
	for (size_t i = 0; c->env[i]; i++)
		str_addf(&call, " %s", c->env[i]);
	str_addf(&call, " %u %s", c->seconds, c->file ? c->file : "-");
	for (size_t i = 0; i < c->words->count; i++)
		str_addf(&call, " %s", c->words->items[i]);
	events_line(ev, "what the hook says");
	assert_true(str_starts(c->input, "{") && strstr(c->input, "\"hostName\""));
	return recorder_simple(ctx, e, call.s);
}

static inline int rec_copy_store(void *ctx, const struct plan *p, const char *root,
				 const char *journal, uint32_t weight,
				 const volatile int *cancelled, struct events *ev, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("copy_store %s %s", root, journal);

	(void)p;
	(void)cancelled;
	events_progress(ev, weight, &(struct moved){.part = 1, .whole = 2, .text = "half of it"});
	return recorder_simple(ctx, e, call);
}

static inline int rec_program_exists(void *ctx, const char *name, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("program_exists %s", name);

	return recorder_simple(ctx, e, call);
}

static inline int rec_verify(void *ctx, const struct plan *p, const char *root, struct err *e)
{
	(void)p;
	(void)root;
	return recorder_simple(ctx, e, "verify");
}

static inline int rec_sync(void *ctx, const char *root, struct err *e)
{
	_cleanup_free_ char *call = xasprintf("sync %s", root);

	return recorder_simple(ctx, e, call);
}

static inline int rec_unmount(void *ctx, const char *root, struct err *e)
{
	(void)root;
	return recorder_simple(ctx, e, "unmount");
}

static const struct machine_ops recorder_ops = {
	.check_root = rec_check_root,
	.identify = rec_identify,
	.shrink_check = rec_shrink_check,
	.is_shrunk = rec_is_shrunk,
	.shrink = rec_shrink,
	.has_table = rec_has_table,
	.has_file_system = rec_has_file_system,
	.write_table = rec_write_table,
	.format = rec_format,
	.prepare = rec_prepare,
	.mapper_free = rec_mapper_free,
	.encrypt = rec_encrypt,
	.opens = rec_opens,
	.open = rec_open,
	.close = rec_close,
	.mount = rec_mount,
	.swap_where = rec_swap_where,
	.swap_on = rec_swap_on,
	.swap_off = rec_swap_off,
	.write_file = rec_write_file,
	.make_directory = rec_make_directory,
	.run = rec_run,
	.run_nix = rec_run_nix,
	.run_hook = rec_run_hook,
	.copy_store = rec_copy_store,
	.program_exists = rec_program_exists,
	.verify = rec_verify,
	.sync = rec_sync,
	.unmount = rec_unmount,
};

/* An installation: a plan, directories, and the events of its last run. */
struct rig {
	struct setting *setting;
	struct plan *plan;
	char *dir, *root, *state, *distribution, *journal, *log, *json;
	const char *cache, *cache_key;
	struct recorder rec;
	struct err e;
	/* Of the last run. */
	struct str said;	 /* all texts of all events */
	struct strings finished; /* ids of the steps that ended or were skipped */
	struct strings skipped;
	uint64_t seq;
	uint32_t done;
	enum event_kind last;
	bool begun;   /* a step has begun */
	size_t noted; /* finished steps in the journal before */
	/* Tried again in the same process after a failure, which then comes at that call. */
	bool again;
	size_t again_fails_at;
	bool run_begun; /* what the run says of it at its end */
};

static inline void rig_event(void *ctx, const struct event *e)
{
	struct rig *x = ctx;

	assert_int_equal(e->seq, ++x->seq);
	assert_true(e->done >= x->done && e->done <= e->total);
	assert_int_equal(e->total, x->plan->weight);
	assert_non_null(e->text);
	check_shown(e->text);
	x->done = e->done;
	x->last = e->kind;
	str_addf(&x->said, "%s %s|%s|%s\n", e->step ? e->step : "-", e->text, e->why ? e->why : "",
		 e->hint ? e->hint : "");
	if (e->kind == EVENT_END || e->kind == EVENT_SKIP)
		strings_add(x->rec.arena, &x->finished, e->step);
	x->begun |= e->kind == EVENT_BEGIN;
	if (e->kind == EVENT_SKIP)
		strings_add(x->rec.arena, &x->skipped, e->step);
}

static inline void rig_plan(struct rig *x, const char *answers)
{
	setting_parse(x->setting, answers);
	answers_complete(&x->setting->v, &x->setting->problems);
	if (x->setting->problems.list.count)
		fail_msg("%s", setting_problems(x->setting));
	if (plan_make(&x->setting->v, "archibald test", &x->plan, &x->e) < 0)
		fail_msg("%s: %s", x->e.what, x->e.why);
}

static inline struct rig *rig_new(const char *machine, const char *answers)
{
	struct rig *x = xcalloc(1, sizeof(*x));

	x->setting = setting_new(machine);
	x->dir = scratch_new();
	x->root = xasprintf("%s/mnt", x->dir);
	x->state = xasprintf("%s/state", x->dir);
	x->distribution = xasprintf("%s/flake", x->dir);
	x->journal = xasprintf("%s/state/journal.json", x->dir);
	x->log = xasprintf("%s/install.log", x->dir);
	x->json = xasprintf("%s/events.json", x->dir);
	x->rec.arena = arena_new();
	scratch_file(x->dir, "flake/flake.nix", "{ }");
	mkdir(x->state, 0700);
	mkdir(x->root, 0755);
	rig_plan(x, answers);
	return x;
}

static inline void rig_free(struct rig **rig)
{
	struct rig *x = *rig;

	if (!x)
		return;
	plan_free(x->plan);
	setting_free(&x->setting);
	arena_free(x->rec.arena);
	str_clear(&x->rec.contents);
	str_clear(&x->said);
	scratch_free(&x->dir);
	free(x->root);
	free(x->state);
	free(x->distribution);
	free(x->journal);
	free(x->log);
	free(x->json);
	free(x);
	*rig = NULL;
}
#define _cleanup_rig_ _cleanup_(rig_free)

static inline void rig_fresh(struct rig *x)
{
	x->rec.calls = x->finished = x->skipped = (struct strings){0};
	x->rec.after_failure = false;
	x->rec.cancelled = 0;
	x->rec.prepared = 0;
	x->seq = 0;
	x->done = 0;
	x->begun = false;
	str_clear(&x->said);
}

/* One run in what is, to the journal, a process of its own. */
static inline int rig_run(struct rig *x)
{
	const struct machine machine = {&recorder_ops, &x->rec};
	size_t fail_at = x->rec.fail_at, cancel_at = x->rec.cancel_at;
	_cleanup_close_ int log = open(x->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	_cleanup_close_ int json = open(x->json, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	_cleanup_journal_ struct journal j = {0};
	struct events ev = {0};
	struct run r = {
		.plan = x->plan,
		.answers = x->setting->answers,
		.machine = &machine,
		.events = &ev,
		.journal = &j,
		.root = x->root,
		.distribution = x->distribution,
		.cache = x->cache,
		.cache_key = x->cache_key,
		.log_path = x->log,
		.cancelled = &x->rec.cancelled,
		.again = x->again,
	};
	int n;

	rig_fresh(x);
	x->rec.fail_at = x->rec.cancel_at = 0;
	/* It is wiped as soon as everything is open; a person types it again. */
	if (x->setting->answers->encrypt)
		secret_set(&x->setting->answers->passphrase, TEST_PASSPHRASE,
			   strlen(TEST_PASSPHRASE));
	if (journal_read(&j, x->journal, &x->e) < 0)
		fail_msg("%s: %s", x->e.what, x->e.why);
	/* As the command does first. Only the run's own calls are counted. */
	if (run_release(&machine, &j, &x->e) < 0)
		fail_msg("%s: %s", x->e.what, x->e.why);
	assert_int_equal(x->rec.open.count, 0);
	rig_fresh(x);
	x->rec.fail_at = fail_at;
	x->rec.cancel_at = cancel_at;
	x->noted = j.done.count;
	events_add(&ev, rig_event, x);
	events_add(&ev, sink_log, &log);
	events_add(&ev, sink_json_lines, &json);
	n = run_plan(&r, &x->e);
	if (n < 0 && x->again) {
		rig_fresh(x);
		if (run_release(&machine, &j, &x->e) < 0)
			fail_msg("%s: %s", x->e.what, x->e.why);
		rig_fresh(x);
		ev.seq = 0;
		x->rec.fail_at = x->again_fails_at;
		n = run_plan(&r, &x->e);
	}
	x->run_begun = r.begun;
	secret_wipe(&r.passphrase);
	assert_true(x->last == (n < 0 ? EVENT_ERROR : EVENT_DONE));
	if (n < 0)
		check_error(&x->e, n);
	else
		assert_int_equal(x->done, x->plan->weight);
	return n;
}

/* What the journal on the disk says now. */
static inline struct journal rig_journal(struct rig *x)
{
	struct journal j;

	if (journal_read(&j, x->journal, &x->e) < 0)
		fail_msg("%s: %s", x->e.what, x->e.why);
	return j;
}

/* How many steps of the plan destroy something. */
static inline size_t rig_destructive(const struct rig *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->plan->steps.count; i++)
		n += x->plan->steps.items[i].writes;
	return n;
}

static inline size_t rig_find(const struct rig *x, const char *call)
{
	for (size_t i = 0; i < x->rec.calls.count; i++)
		if (str_starts(x->rec.calls.items[i], call))
			return i;
	return SIZE_MAX;
}

static inline size_t rig_destroyed(const struct rig *x)
{
	size_t n = 0;
	/* A table that stays as it is is looked at by the same call. */
	bool table = layout_changes_table(&plan_system_disk(x->plan)->layout);

	for (size_t i = 0; i < x->rec.calls.count; i++)
		n += destroys(x->rec.calls.items[i]) &&
		     (table || !str_eq(x->rec.calls.items[i], "write_table"));
	return n;
}
