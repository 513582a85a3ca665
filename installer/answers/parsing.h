/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parsing: what the parts of reading an answer file share (answers_json.c, answers_hosts.c). */
#pragma once

#include "answers/answers.h"
#include "answers/positions.h"

struct json_object;

struct parsing {
	struct answers *answers;
	struct problems *problems;
	struct positions positions;
	const char *base; /* in front of every path: "hosts[2].", or "" */
};

void problem_at(struct parsing *p, const char *path, const char *text);
/* "is not a key of an answer file", with the nearest one. */
void unknown_key(struct parsing *p, const char *path);
/* Is there a question below this path ("users" of "users.admin.name")? */
bool is_section(const char *path);
/* The keys of an object as answers; prefix: the section that it is. */
void take_object(struct parsing *p, struct json_object *json, const char *prefix);

/* "hosts": every entry is checked, and those that match the machine are taken, in their order. */
void take_hosts(struct parsing *p, struct json_object *hosts, const struct facts *f);
/* Was it answered in another way ("disk.match" for "disk.path") that could not be used? */
bool other_way_rejected(const struct answers *a, const struct question *q);
/* "ask": what a person is asked; nothing else is then. */
void take_ask(struct parsing *p, struct json_object *list);
