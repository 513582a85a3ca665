/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * archibald-net: what needs a network, in a program of its own: the others load no libcurl, and
 * who reads from a network can write to no disk. Addresses may hold secrets, so they come on
 * standard input, one value a line, and not as arguments (sources/fetch.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deliver.h"
#include "base/mem.h"
#include "base/net.h"
#include "base/record.h"
#include "base/str.h"

enum { LINE_SIZE = 4096, LINES = 5 };

/* Byte by byte: what follows the lines on the same pipe is not ours to take. */
static bool read_line(char *line)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1)
			return false;
		if (line[n] == '\n')
			break;
		if (++n == LINE_SIZE)
			return false;
	}
	line[n] = '\0';
	return true;
}

static int get(char lines[LINES][LINE_SIZE])
{
	const struct net_request r = {
		.url = lines[1],
		.proxy = lines[2][0] ? lines[2] : NULL,
		.limit = strtoul(lines[3], NULL, 10),
		.wait = (unsigned)strtoul(lines[4], NULL, 10),
	};
	_cleanup_secret_ struct secret bytes = {0};
	struct err e = {0};

	setvbuf(stdout, NULL, _IONBF, 0);
	if (net_get(&r, &bytes, &e) < 0)
		printf("error %d\n%s\n%s\n%s\n", (int)e.code, e.what, e.why, e.hint);
	else if (printf("ok %zu\n", bytes.len) < 0 ||
		 fwrite(bytes.bytes, 1, bytes.len, stdout) != bytes.len)
		return 1;
	return 0;
}

static int probe(char lines[LINES][LINE_SIZE])
{
	const struct net_request r = {
		.url = lines[1],
		.proxy = lines[2][0] ? lines[2] : NULL,
		.limit = strtoul(lines[3], NULL, 10),
		.wait = (unsigned)strtoul(lines[4], NULL, 10),
	};
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_free_ char *text = NULL;
	struct net_seen seen;

	net_probe(&r, a, &seen);
	json = record_to_json(&net_seen_type, &seen);
	text = json_text(json);
	return printf("ok %zu\n%s", strlen(text), text) < 0;
}

static void say(const char *line)
{
	printf("%s\n", line);
}

/* Until standard input ends, and what is left then. */
static int report(char lines[LINES][LINE_SIZE])
{
	const struct delivery d = {
		.url = lines[1],
		.proxy = lines[2][0] ? lines[2] : NULL,
		.spool = lines[3],
		.wait = (unsigned)strtoul(lines[4], NULL, 10),
		.end = STDIN_FILENO,
		.say = say,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	return deliver(&d);
}

int main(void)
{
	static char lines[LINES][LINE_SIZE];
	int status = 2;

	secret_protect_process();
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < LINES; i++)
		if (!read_line(lines[i])) {
			fputs("archibald-net is started by archibald and archibald-install\n",
			      stderr);
			return 2;
		}
	if (str_eq(lines[0], "get"))
		status = get(lines);
	else if (str_eq(lines[0], "probe"))
		status = probe(lines);
	else if (str_eq(lines[0], "report"))
		status = report(lines);
	secret_zero(lines, sizeof(lines));
	return status;
}
