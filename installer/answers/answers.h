/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answers: what the person wants. The question table (questions.c) is the single source for the
 * keys of the answer file, their types, defaults and checks, the order and wording of the
 * interview, the JSON Schema and the documentation. A new question is one row there and one
 * member here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answers/disk_rules.h"
#include "answers/hooks.h"
#include "answers/partition_uses.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"
#include "facts/facts.h"
#include "facts/image.h"
#include "variants/variants.h"

struct str;
struct json_object;

struct account_answers {
	char *name, *description;
	struct secret password;	 /* clear text; hashed before anything is written */
	char *password_hash;	 /* crypt(5) format */
	char *password_file;	 /* a file on the installing machine with one line, a hash */
	struct secret file_hash; /* what was in it: a pipe can be read once (run/password.h) */
	struct strings ssh_keys;
	bool auto_login;
};

/* For building on a machine with little memory. Without `constrained` the rest is not asked. */
struct builds_answers {
	bool constrained;
	uint64_t swap_bytes;
	uint32_t max_jobs, cores;
	char *memory_max;     /* as systemd's MemoryMax: "80%", "12G" */
	char *isolated_cores; /* "2-7"; NULL: none */
	bool earlyoom, tmp_on_disk;
};

enum { QUESTIONS_MAX = 64 };

/* What becomes of what the disk has. */
#define DISK_MODE_ERASE	     "erase"
#define DISK_MODE_FREE_SPACE "freeSpace"
#define DISK_MODE_PARTITIONS "partitions"
#define DISK_MODE_SHRINK     "shrink"

struct answers {
	struct arena *arena;
	char *variant, *key_map, *locale, *time_zone, *host_name;
	char *disk_path;
	struct disk_rules disk_rules;
	char *disk_mode; /* DISK_MODE_... */
	struct partition_uses disk_partitions;
	char *shrink;	    /* the partition that makes room: its node, PARTUUID or number */
	uint64_t shrink_to; /* the bytes that it will have */
	bool erase_data;
	char *file_system, *compression;
	bool encrypt, allow_discards;
	struct secret passphrase; /* of the encryption, in clear text */
	char *passphrase_file;	  /* a file or descriptor of the installing machine that holds it */
	char *swap_kind;
	uint64_t swap_bytes;
	bool swap_for_building, hibernate;
	char *data_path, *data_mountpoint, *data_file_system;
	bool data_erase;
	struct account_answers audio_user, admin;
	char *desktop;
	uint32_t quantum;
	bool realtime_tuning;
	char *audio_cores; /* kept for audio: "1-3", or "none" */
	struct builds_answers builds;
	char *serial_console;
	char *finish;
	struct hooks hooks[HOOK_WHENS];
	struct secret report; /* an address, which may hold a password or a token */
	char *seed;
	bool grow_root, rebuild;
	char *wifi_network;
	struct secret wifi_password;
	bool wifi_hidden;
	char *proxy; /* of the installation, without credentials */
	bool keep_proxy;
	bool password_in_file; /* an answer file gave a password in clear text */
	bool wifi_password_in_file;
	bool passphrase_in_file; /* or the passphrase of the encryption */
	/* By row of the question table: answered (by file or person), or filled by a proposal. */
	bool given[QUESTIONS_MAX], proposed[QUESTIONS_MAX];
	bool rejected[QUESTIONS_MAX]; /* an answer stood there and could not be used */
	/* A person went on from it, in this conversation or an earlier one, whatever was said. */
	bool seen[QUESTIONS_MAX];
	/* The file's "ask": nothing is asked but these. */
	bool ask_given, asks[QUESTIONS_MAX];
	bool asks_itself[QUESTIONS_MAX]; /* by its own key, not by its section */
	bool nobody_asks;		 /* set by whoever asks nobody: what is open is a problem */
	bool file_given;		 /* they began with a file */
	bool hosts_given, host_found;	 /* the file's "hosts", and one that is this machine */
	bool own[QUESTIONS_MAX];	 /* said by such an entry */
	struct answers *common;		 /* without what the entries say; NULL: none was found */
};

struct answers *answers_new(void);
struct answers *answers_free(struct answers *a); /* wipes its secrets */
void answers_cleanup(struct answers **a);
#define _cleanup_answers_ _cleanup_(answers_cleanup)

/* One thing to choose from: what is written in the file, and what a person reads. */
struct choice {
	const char *value, *label;
};
struct choices {
	LIST_OF(struct choice) list;
};

/* How far this machine reaches. */
struct network_view {
	const char *text; /* lines */
	bool up;	  /* as far as it must */
	bool wifi;	  /* there is a device for it */
	bool unlinked;	  /* nothing is connected: where there is Wi-Fi, that is what to do next */
};

/* The world beyond this machine's facts, for answers that name something in it. Made by whoever
 * talks to a person or reads a file; a member that is NULL cannot be done here. */
struct outside {
	void *ctx;
	/* The bytes of a file (an absolute path) or an https address. */
	int (*read)(void *ctx, const char *place, struct secret *ret, struct err *e);
	/* Packages come from nearer than a network: a binary cache on a stick, for example. */
	bool has_cache;
	struct network_view (*look)(void *ctx, struct arena *a);
	/* The Wi-Fi networks within reach, the strongest first; the label of one without a password
	 * holds WIFI_OPEN. *ret_note: what is within reach and not among them, or NULL. */
	int (*networks)(void *ctx, struct arena *a, struct choices *ret, const char **ret_note,
			struct err *e);
	/* The running system joins what the answers name. */
	int (*join)(void *ctx, const struct answers *a, struct err *e);
};
#define WIFI_OPEN "no password"

/* What a question may look at: all of it is read only but the answers. */
struct interview {
	const struct facts *facts;
	const struct variants *variants;
	struct answers *answers;
	const struct image *image; /* the running image, at its first boot; NULL: an installation */
	const struct outside *outside; /* what answers may reach for; NULL: nothing */
};
/* The chosen variant, or NULL while none is. */
const struct variant *interview_variant(const struct interview *v);
/* The chosen disk among the facts by its node, any stable link, or the rules; NULL: none or not
 * there. */
const struct disk *interview_disk(const struct interview *v);
/* The data disk in the same way. */
const struct disk *interview_data_disk(const struct interview *v);

enum question_type {
	Q_TEXT,	  /* char * */
	Q_CHOICE, /* char *, one of `choices` or of what `offers` gives */
	Q_BOOL,
	Q_NUMBER, /* uint32_t, one of `choices` where there are any */
	Q_SIZE,	  /* uint64_t bytes; "8 GiB" */
	Q_TEXTS,  /* struct strings */
	Q_SECRET, /* struct secret */
	Q_RULES,  /* struct disk_rules; in files only */
	Q_HOOKS,  /* struct hooks; in files only */
	Q_USES,	  /* struct partition_uses; asked one partition at a time */
	Q_SCREEN, /* no answer: something to look at and to act on (struct outside); never in files
		   */
};

/* In which interviews a question is one. */
enum question_scope { SCOPE_INSTALL, SCOPE_FIRST_BOOT, SCOPE_BOTH };

struct question {
	const char *key; /* "users.admin.sshKeys": the path in the answer file */
	enum question_type type;
	size_t offset;		    /* in struct answers */
	const char *prompt;	    /* a short noun phrase: "Host name" */
	const char *help;	    /* full sentences */
	const char *in_files;	    /* .. that are only said where files are documented; or NULL */
	const char *allowed;	    /* in words, for refusals and help */
	const char *pattern;	    /* ECMA 262, for the schema; NULL: none */
	const char *const *choices; /* fixed values, NULL-terminated; NULL: none */
	/* What there is to choose on this machine; NULL: `choices` with themselves as labels. */
	struct choices (*offers)(const struct interview *v, struct arena *a);
	bool (*valid)(const char *text);
	/* Why a text cannot be used, in its own words and without repeating it; false: it has none.
	 * NULL: `allowed` says enough. */
	bool (*explain)(const char *text, struct str *why);
	/* A Q_TEXTS whose items are shown before they are taken: what a text stands for, value and
	 * label. `why`: what of it cannot be used. */
	struct choices (*expand)(const struct interview *v, const char *text, struct arena *a,
				 struct str *why);
	/* The proposal as text, or NULL for none. */
	const char *(*propose)(const struct interview *v, struct arena *a);
	/* Does an answer that is one fit this machine? false with what is wrong. NULL: always. */
	bool (*fits)(const struct interview *v, const char *text, struct str *why);
	/* What to look at before answering, as lines; NULL: nothing. From the arena. */
	const char *(*shows)(const struct interview *v, struct arena *a);
	/* Does it need an answer now? NULL: always. */
	bool (*applies)(const struct interview *v);
	/* The key of the question that this answer was given for, or a section ("disk."): when that
	 * one, or another of the section, changes, this one is open again (who agreed to lose one
	 * disk has not agreed to lose another). */
	const char *given_for;
	bool optional; /* no answer is fine when there is no proposal */
	/* An optional one that cannot be left open with the answers so far; NULL: it can. */
	bool (*needed)(const struct interview *v);
	bool quiet; /* never asked in an interview: only in files */
	/* Q_SECRET: the bool of struct answers that notes it in a file, to warn; 0: none. */
	size_t in_file;
	bool unquoted; /* what is refused may be a secret in the wrong place: it is not repeated */
	bool once;     /* Q_SECRET: somebody else knows whether it is right, so it is typed once */
	/* Q_SECRET: does this one hold nothing secret, so that it can be kept? NULL: never. */
	bool (*harmless)(const char *text);
	/* Asked in an interview only where this is true; NULL: always. Elsewhere its proposal
	 * holds. */
	bool (*asked)(const struct interview *v);
	enum question_scope scope;
};

extern const struct question questions[];
extern const size_t question_count;
const struct question *question_find(const char *key);
static inline size_t question_index(const struct question *q)
{
	return (size_t)(q - questions);
}

/* In this interview, and with the other answers so far. */
bool question_applies(const struct interview *v, const struct question *q);
/* Is it a question of this interview at all? */
bool question_in_scope(const struct interview *v, const struct question *q);

/* Sets an answer from text, checked. On refusal returns false and says why in `why` (what is
 * allowed, and the nearest allowed value when there is one). */
bool answer_set(struct answers *a, const struct question *q, const char *text, struct str *why);
/* One more item of a Q_TEXTS. */
bool answer_add(struct answers *a, const struct question *q, const char *text, struct str *why);
void answer_clear(struct answers *a, const struct question *q);
/* Is the answer among what this machine offers for the question? True where nothing is offered. */
bool answer_offered(const struct interview *v, const struct question *q, struct arena *arena,
		    struct str *why);
/* Takes back what answers_complete() proposed, so that it can propose anew. */
void answers_forget_proposals(struct answers *a);
/* All values that a question accepts, NULL-terminated; NULL when they cannot be listed. */
const char *const *question_words(const struct question *q);
/* The answer as text for people and for defaults; secrets as "(hidden)". From the arena; NULL when
 * there is none. */
const char *answer_text(const struct answers *a, const struct question *q, struct arena *arena);

/* Everything wrong with an answer file, in one go. */
struct problem {
	unsigned line, column; /* from 1; 0: not a place in the file */
	char *key;	       /* may be NULL */
	char *text;	       /* what is wrong and what is allowed */
	bool open;	       /* nothing is wrong: the file leaves it to be asked */
};
struct problems {
	struct arena *arena;
	bool unreadable; /* the file is no JSON object: what is missing in it cannot be told */
	LIST_OF(struct problem) list;
};
/* The texts are made safe to show. After PROBLEMS_MAX of them there is one more that says so. */
enum { PROBLEMS_MAX = 200 };
void problem_add(struct problems *p, unsigned line, unsigned column, const char *key,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* "FILE:LINE:COLUMN: KEY: TEXT" lines, in the file's order. */
void problems_text(struct problems *p, const char *file, struct str *out);

/* Parses an answer file (JSON with // and block comments). Everything that can be read is set,
 * everything that cannot is a problem; the file's own order does not matter. */
void answers_parse(const char *text, size_t len, struct answers *a, struct problems *p);
/* The same for a machine: what the file's "hosts" say of it is on top of the common part. Without
 * one (NULL) no entry matches. */
void answers_parse_for(const struct facts *f, const char *text, size_t len, struct answers *a,
		       struct problems *p);
/* Proposals for what was not answered, missing answers and contradictions as problems. What the
 * interview still asks is decided by the same rules. */
void answers_complete(const struct interview *v, struct problems *p);
/* Has it a place in the interview, with the answers so far? */
bool question_is_asked(const struct interview *v, const struct question *q);
/* The next question of the interview after row `from` (0 to start) that applies, is not answered
 * and is not quiet; question_count when there is none. */
size_t interview_next(const struct interview *v, size_t from);
/* Whether a person may be asked it at all: the file's "ask" leaves it open, or there is none. */
bool interview_may_ask(const struct interview *v, size_t index);

/* What was answered or proposed, as an answer file. Secrets are left out; `hash` (NULL: none) takes
 * the place of the audio user's password. The caller puts it. */
struct json_object *answers_to_json(const struct answers *a, const char *hash);
/* JSON Schema 2020-12 of the answer file; the caller puts it. */
struct json_object *answers_schema(const struct variants *v);

enum { ANSWERS_VERSION = 1, ANSWERS_FILE_MAX = 1 << 20 };
