/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/wifi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"
#include "base/sys.h"

#define JOIN_SECONDS "45"

enum { FIELDS = 4, SSID_MAX = 32 };

/* The next field of a line of nmcli -t -e yes: up to a colon that no backslash stands before, with
 * the escapes taken out. */
static char *next_field(const char **at, struct arena *a)
{
	char *field = arena_alloc(a, strlen(*at) + 1);
	size_t n = 0;
	const char *p = *at;

	for (; *p && *p != ':'; p++) {
		if (*p == '\\' && p[1])
			p++;
		field[n++] = *p;
	}
	field[n] = '\0';
	*at = *p ? p + 1 : p;
	return field;
}

bool wifi_parse_line(const char *line, struct arena *a, struct wifi_seen *ret)
{
	char *fields[FIELDS];

	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = next_field(&line, a);
	*ret = (struct wifi_seen){
		.name = fields[3],
		.signal = (unsigned)strtoul(fields[1], NULL, 10),
		.locked = fields[2][0] && !str_eq(fields[2], "--"),
		.company = strstr(fields[2], "802.1X") != NULL,
		.joined = fields[0][0] == '*',
	};
	/* A name that cannot be shown could not be chosen either. */
	return ret->name[0] && strlen(ret->name) <= SSID_MAX && str_is_safe(ret->name) && !*line;
}

struct scanning {
	struct arena *arena;
	struct wifi_list *list;
	bool wifi; /* there is a device */
	bool managed, available;
};

static void add_seen(struct scanning *s, const struct wifi_seen *w)
{
	struct wifi_seen *known = NULL;

	for (size_t i = 0; i < s->list->list.count; i++)
		if (str_eq(s->list->list.items[i].name, w->name))
			known = &s->list->list.items[i];
	if (known) {
		known->joined |= w->joined;
		if (known->signal < w->signal)
			known->signal = w->signal;
		return;
	}
	*list_push(s->arena, &s->list->list) = *w;
}

static void on_network(void *ctx, const char *line)
{
	struct scanning *s = ctx;
	struct wifi_seen w;

	if (wifi_parse_line(line, s->arena, &w))
		add_seen(s, &w);
}

/* "wlan0:wifi:disconnected" */
static void on_device(void *ctx, const char *line)
{
	struct scanning *s = ctx;
	const char *type, *state;

	(void)next_field(&line, s->arena);
	type = next_field(&line, s->arena);
	state = next_field(&line, s->arena);
	if (!str_eq(type, "wifi"))
		return;
	s->wifi = true;
	s->managed |= !str_eq(state, "unmanaged");
	s->available |= !str_eq(state, "unmanaged") && !str_eq(state, "unavailable");
}

/* What nmcli said last, in plain words. */
static int explain(const char *what, struct err *e)
{
	static const struct {
		const char *said, *means, *hint;
	} rows[] = {
		{"Secrets were required", "the password is wrong",
		 "capitals count; a network may also have got another one"},
		{"supplicant", "the network did not let this machine in",
		 "most often the password is wrong"},
		{"could not be found", "there is no network of that name within reach",
		 "capitals count; is its access point switched on, and near enough?"},
		{"No suitable device", "no Wi-Fi device of this machine can join it",
		 "a network at 5 or 6 GHz wants a device that has them"},
		{"IP configuration", "it was joined, but gave no address",
		 "its router may be busy: try again"},
		{"Timeout", "it did not answer within " JOIN_SECONDS " seconds",
		 "go nearer to its access point, or try again"},
		{"not running", "NetworkManager is not running", "systemctl start NetworkManager"},
		{"NMClient", "NetworkManager is not running", "systemctl start NetworkManager"},
	};
	char said[sizeof(e->why)];

	if (e->code == ERR_CANCELLED)
		return -ERR_CANCELLED;
	if (e->code == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND, "use a cable",
			       "%s: this system has no NetworkManager", what);
	memcpy(said, e->why, sizeof(said));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strstr(said, rows[i].said))
			return err_set(e, ERR_NETWORK, rows[i].hint, "%s: %s", what, rows[i].means);
	err_set(e, ERR_NETWORK, NULL, "%s", what);
	return err_why(e, "%s", said);
}

/* nmcli's last line may be a hint about the journal: what counts is its error. */
struct saying {
	proc_line_fn line;
	void *ctx;
	char error[256];
};

static void on_line(void *ctx, const char *line)
{
	struct saying *s = ctx;

	if (str_starts(line, "Error: ")) {
		snprintf(s->error, sizeof(s->error), "%s", line + strlen("Error: "));
		str_cut(s->error);
	} else if (s->line) {
		s->line(s->ctx, line);
	}
}

static int nmcli(const char *const *argv, proc_line_fn line, void *ctx, struct err *e)
{
	struct saying s = {line, ctx, ""};
	int n = proc_run(&(struct proc){.argv = argv, .line = on_line, .ctx = &s}, e);

	return n == -ERR_TOOL && s.error[0] ? err_why(e, "%s", s.error) : n;
}

/* Switched off by a key or a program? */
static const char *blocked(void)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	const struct strings all = sys_list(&here, a, "/sys/class/rfkill");
	const char *how = NULL;

	for (size_t i = 0; i < all.count; i++) {
		const char *name = all.items[i];

		if (!str_eq(sys_line(&here, a, "/sys/class/rfkill/%s/type", name), "wlan"))
			continue;
		if (sys_number(&here, 0, "/sys/class/rfkill/%s/hard", name))
			return "by a key or switch of this machine";
		if (sys_number(&here, 0, "/sys/class/rfkill/%s/soft", name))
			how = "by a program; rfkill unblock wlan switches it on";
	}
	return how;
}

static int check_devices(struct scanning *s, struct err *e)
{
	static const char *const argv[] = {
		"nmcli", "-t", "-e", "yes", "-f", "DEVICE,TYPE,STATE", "device", "status", NULL};
	const char *how = blocked();

	if (nmcli(argv, on_device, s, e) < 0)
		return explain("Wi-Fi cannot be used", e);
	if (!s->wifi)
		return err_set(e, ERR_NOT_FOUND,
			       "its driver or firmware may be missing on this medium: use a cable "
			       "or another adapter",
			       "there is no Wi-Fi device");
	if (how && !s->available) {
		err_set(e, ERR_NOT_FOUND, NULL, "Wi-Fi is switched off");
		return err_why(e, "%s", how);
	}
	if (!s->available)
		return err_set(e, ERR_NOT_FOUND,
			       s->managed ? "its firmware may be missing: use a cable"
					  : "nmcli device set DEVICE managed yes",
			       "the Wi-Fi device cannot be used now");
	return 0;
}

static int by_signal(const void *a, const void *b)
{
	const struct wifi_seen *x = a, *y = b;

	return x->signal == y->signal ? strcmp(x->name, y->name) : x->signal < y->signal ? 1 : -1;
}

int wifi_scan(struct arena *a, struct wifi_list *ret, struct err *e)
{
	static const char *const argv[] = {
		"nmcli",  "-t",	  "-e",	  "yes",      "-f",   "IN-USE,SIGNAL,SECURITY,SSID",
		"device", "wifi", "list", "--rescan", "auto", NULL};
	struct scanning s = {.arena = a, .list = ret};
	int n = check_devices(&s, e);

	if (n == 0 && nmcli(argv, on_network, &s, e) < 0)
		n = explain("the Wi-Fi networks cannot be listed", e);
	if (ret->list.count)
		qsort(ret->list.items, ret->list.count, sizeof(*ret->list.items), by_signal);
	return n;
}

static int write_keyfile(const struct wifi_network *w, const char *directory, const char *path,
			 struct err *e)
{
	_cleanup_secret_ struct secret text = {0};
	_cleanup_close_ int fd = -1;

	wifi_keyfile(w, "archibald", &text);
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return err_errno(e, errno, "is NetworkManager running?", "cannot make %s",
				 directory);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text.bytes, text.len) != (ssize_t)text.len)
		return err_errno(e, errno, NULL, "cannot write %s", path);
	return 0;
}

/* A password that was wrong is not tried again by itself. */
static void forget(const char *uuid, const char *path)
{
	const char *const argv[] = {"nmcli", "connection", "delete", "uuid", uuid, NULL};
	struct err ignored;

	if (nmcli(argv, NULL, NULL, &ignored) < 0)
		(void)unlink(path);
	(void)unlink(path);
}

int wifi_join(const struct wifi_network *w, const char *directory, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/" WIFI_ID ".nmconnection", directory);
	_cleanup_free_ char *what = xasprintf("cannot join %s", w->name);
	const struct uuid uuid = wifi_uuid(w);
	const char *const load[] = {"nmcli", "connection", "load", path, NULL};
	const char *const up[] = {"nmcli", "--wait", JOIN_SECONDS, "connection",
				  "up",	   "uuid",   uuid.s,	   NULL};
	int n = write_keyfile(w, directory, path, e);

	if (n < 0)
		return n;
	n = nmcli(load, NULL, NULL, e);
	if (n == 0)
		n = nmcli(up, NULL, NULL, e);
	if (n == 0)
		return 0;
	n = explain(what, e);
	forget(uuid.s, path);
	return n;
}
