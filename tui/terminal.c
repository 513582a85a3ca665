/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/terminal.h"

#include <fcntl.h>
#include <langinfo.h>
#include <linux/kd.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

enum {
	ANSWER_MS = 700,	  /* a modem line at 9600 baud with room to spare */
	CONSOLE_LEVEL_ACTION = 8, /* syslog(2), SYSLOG_ACTION_CONSOLE_LEVEL */
	CONSOLE_EMERGENCIES = 1,
	SYSTEMD_SECONDS = 5, /* one that does not answer is left alone */
};

/* Where a terminfo database may lie; the entry is in a folder of its first letter or its code. */
static bool has_entry(const char *name)
{
	static const char *const places[] = {"/etc/terminfo", "/lib/terminfo",
					     "/usr/share/terminfo", "/usr/lib/terminfo",
					     "/run/current-system/sw/share/terminfo"};
	const char *extra[] = {getenv("TERMINFO"), getenv("TERMINFO_DIRS")};

	if (!name || !name[0] || strchr(name, '/') || str_eq(name, "dumb") ||
	    str_eq(name, "unknown"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(places) + ARRAY_SIZE(extra); i++) {
		const char *place = i < ARRAY_SIZE(places) ? places[i]
							   : extra[i - ARRAY_SIZE(places)];
		_cleanup_free_ char *by_letter = NULL, *by_code = NULL;

		if (!place || !place[0])
			continue;
		/* Of a list, the first; the curses library itself looks into all of them. */
		by_letter = xasprintf("%.*s/%c/%s", (int)strcspn(place, ":"), place, name[0], name);
		by_code = xasprintf("%.*s/%x/%s", (int)strcspn(place, ":"), place,
				    (unsigned)(unsigned char)name[0], name);
		if (access(by_letter, R_OK) == 0 || access(by_code, R_OK) == 0)
			return true;
	}
	return false;
}

/* The answer to CSI 6n: ESC [ rows ; columns R. */
static bool read_position(int fd, int *rows, int *columns)
{
	char buf[32];
	size_t n = 0;

	while (n + 1 < sizeof(buf)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, ANSWER_MS) <= 0 || read(fd, buf + n, 1) != 1)
			return false;
		if (buf[n++] == 'R')
			break;
	}
	buf[n] = '\0';
	return sscanf(buf, "\x1b[%d;%dR", rows, columns) == 2;
}

/* A serial line has no size of its own: move to the far corner and ask where that is. */
static bool ask_size(const struct terminal *t, int *rows, int *columns)
{
	static const char question[] = "\x1b"
				       "7\x1b[999;999H\x1b[6n\x1b"
				       "8";
	struct termios before, raw;
	bool answered;

	if (tcgetattr(t->in, &before) != 0)
		return false;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(t->in, TCSAFLUSH, &raw);
	answered = write(t->out, question, sizeof(question) - 1) > 0 &&
		   read_position(t->in, rows, columns);
	tcsetattr(t->in, TCSAFLUSH, &before);
	return answered && *rows > 0 && *columns > 0 && *rows < 999 && *columns < 999;
}

void terminal_size(struct terminal *t)
{
	struct winsize size = {0};

	if (ioctl(t->out, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
		int rows, columns;

		/* Only where something understands the question. */
		if (!t->is_terminal || !t->known)
			return;
		/* What nobody answers for is as large as terminals were made. */
		t->silent = !ask_size(t, &rows, &columns);
		if (t->silent) {
			rows = TERMINAL_ROWS;
			columns = TERMINAL_COLUMNS;
		}
		size.ws_row = (unsigned short)rows;
		size.ws_col = (unsigned short)columns;
		ioctl(t->out, TIOCSWINSZ, &size);
	}
	t->rows = size.ws_row;
	t->columns = size.ws_col;
}

void terminal_look(struct terminal *t, int in, int out)
{
	const char *tty;
	char kind;

	*t = (struct terminal){.in = in, .out = out};
	t->is_terminal = isatty(in) == 1 && isatty(out) == 1;
	t->known = has_entry(getenv("TERM"));
	setlocale(LC_ALL, "");
	t->utf8 = str_eq(nl_langinfo(CODESET), "UTF-8");
	t->console = t->is_terminal && ioctl(out, KDGKBTYPE, &kind) == 0;
	tty = t->is_terminal ? ttyname(out) : NULL;
	t->serial = tty && ((str_starts(tty, "/dev/tty") && strchr("SAFUGmM", tty[8]) && tty[8]) ||
			    str_starts(tty, "/dev/hvc"));
	if (t->is_terminal)
		terminal_size(t);
}

const char *terminal_proposal(const struct terminal *t)
{
	/* agetty's own default for serial lines. */
	return t->console ? "linux" : "vt220";
}

/* The first number of /proc/sys/kernel/printk: what reaches the console now. */
static int console_level(void)
{
	char buf[64] = "";
	_cleanup_close_ int fd = open("/proc/sys/kernel/printk", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0)
		return 0;
	return (int)strtol(buf, NULL, 10);
}

static void on_status(void *ctx, const char *line)
{
	*(bool *)ctx = str_eq(line, "yes");
}

/* Does systemd say on the console what it starts and stops? Whoever switched that off before is not
 * to find it on afterwards. */
static bool systemd_says_status(void)
{
	static const char *const argv[] = {"systemctl", "show", "--property=ShowStatus", "--value",
					   NULL};
	bool shown = false;
	const struct proc p = {
		.argv = argv, .line = on_status, .ctx = &shown, .seconds = SYSTEMD_SECONDS};
	struct err e;

	return access("/run/systemd/system", F_OK) == 0 && proc_run(&p, &e) == 0 && shown;
}

void terminal_quiet(struct terminal *t)
{
	int level = console_level();

	if (!t->console && !t->serial)
		return;
	if (level > CONSOLE_EMERGENCIES &&
	    klogctl(CONSOLE_LEVEL_ACTION, NULL, CONSOLE_EMERGENCIES) == 0)
		t->console_level = level;
	/* systemd(1), signals: SIGRTMIN+21 stops status messages on the console. */
	if (systemd_says_status())
		t->systemd_silent = kill(1, SIGRTMIN + 21) == 0;
}

void terminal_loud(struct terminal *t)
{
	if (t->console_level)
		klogctl(CONSOLE_LEVEL_ACTION, NULL, t->console_level);
	if (t->systemd_silent)
		kill(1, SIGRTMIN + 20);
	t->console_level = 0;
	t->systemd_silent = false;
}

void terminal_use_key_map(const struct terminal *t, const char *key_map)
{
	const char *const argv[] = {"loadkeys", "-q", key_map, NULL};
	const struct proc p = {.argv = argv};
	struct err e;

	/* A keymap that cannot be loaded now is still right for the installed system. */
	if (t->console && proc_run(&p, &e) < 0)
		return;
}

void terminal_to_ascii(char *text)
{
	char *out = text;

	while (*text) {
		size_t n = utf8_length(text);

		*out++ = n == 1 ? *text : '?';
		text += n ? n : 1;
	}
	*out = '\0';
}
