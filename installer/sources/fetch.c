/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch: asks archibald-net (main_net.c) for the bytes behind an address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "base/str.h"
#include "base/url.h"
#include "sources/sources.h"

/* Head and body of a reply; it may hold a password, so it is kept in one wiped buffer. */
struct reply {
	char *bytes;
	size_t len, size;
};

static void reply_clear(struct reply *r)
{
	secret_zero(r->bytes, r->size);
	free(r->bytes);
}

static void take_reply(void *ctx, const char *bytes, size_t len)
{
	struct reply *r = ctx;

	/* archibald-net keeps to the limit that it was told. */
	if (len > r->size - 1 - r->len)
		len = r->size - 1 - r->len;
	memcpy(r->bytes + r->len, bytes, len);
	r->len += len;
}

/* "error CODE", what, why, hint. */
static int take_error(char *text, struct err *e)
{
	unsigned long code = strtoul(text + strlen("error "), NULL, 10);
	char *parts[3] = {0}, *at = text;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		at += strcspn(at, "\n");
		if (*at)
			*at++ = '\0';
		parts[i] = at;
	}
	at[strcspn(at, "\n")] = '\0';
	if (code == ERR_NONE || code > ERR_CANCELLED)
		code = ERR_INTERNAL;
	err_set(e, (enum err_code)code, parts[2][0] ? parts[2] : NULL, "%s", parts[0]);
	return err_why(e, "%s", parts[1]);
}

static int take_answer(struct reply *r, struct secret *ret, struct err *e)
{
	char *body = memchr(r->bytes, '\n', r->len), *end;
	size_t length;

	r->bytes[r->len] = '\0';
	if (body && str_starts(r->bytes, "error "))
		return take_error(r->bytes, e);
	if (body && str_starts(r->bytes, "ok ")) {
		length = strtoul(r->bytes + strlen("ok "), &end, 10);
		if (end == body && length == r->len - (size_t)(body + 1 - r->bytes)) {
			secret_set(ret, body + 1, length);
			return 0;
		}
	}
	return err_set(e, ERR_INTERNAL, NULL, "archibald-net gave no reply that can be read");
}

/* A proxy may also stand on the kernel's command line, where a netbooted machine is told it. */
static const char *proxy(const struct sources *s, struct arena *a)
{
	const char *value = s->proxy ? s->proxy : kernel_word(s->sys, a, "archibald.proxy");

	return value ? value : "";
}

int net_ask(const char *program, const char *input, size_t limit, struct secret *ret, struct err *e)
{
	_cleanup_(reply_clear) struct reply reply = {.size = limit + LINE_RESERVE};
	const char *const argv[] = {program, NULL};
	int n;

	reply.bytes = xmalloc(reply.size);
	n = proc_run(&(struct proc){.argv = argv,
				    .input = input,
				    .input_len = strlen(input),
				    .bytes = take_reply,
				    .ctx = &reply},
		     e);
	return n < 0 ? n : take_answer(&reply, ret, e);
}

int fetch_url(const struct sources *s, const char *url, struct secret *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *via = proxy(s, a);
	_cleanup_free_ char *input = xasprintf("get\n%s\n%s\n%d\n%u\n", url, via, SOURCE_LIMIT,
					       s->wait);
	int n;

	if (strpbrk(url, "\n\r") || strlen(url) >= LINE_RESERVE || strpbrk(via, "\n\r"))
		return err_set(e, ERR_INVALID, NULL,
			       "that is no address: it is too long, or has "
			       "more than one line");
	n = net_ask(s->net, input, SOURCE_LIMIT, ret, e);
	secret_zero(input, strlen(input));
	return n;
}
