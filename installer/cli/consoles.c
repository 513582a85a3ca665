/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/consoles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "cli/status.h"

enum {
	NOBODY = -1,
	LOOK_MS = 300,	   /* how often a waiting console looks whether another has begun */
	STATUS_GONE = 100, /* the terminal is not there, or not any more */
};

/* Shared by the processes: which console has the conversation. */
struct shared {
	atomic_int owner;
};

struct offer {
	const struct strings *devices;
	const struct consoles_words *words;
	int (*talk)(void *ctx);
	void *ctx;
	const volatile int *stop;
	struct shared *shared;
	pid_t *pids; /* by device; 0: gone */
};

struct strings consoles_active(struct arena *a)
{
	struct sys here = {.rootfd = -1};
	struct strings list = {0};
	struct err e;
	char *line, *save = NULL;

	if (sys_open(&here, NULL, &e) < 0)
		return list;
	line = sys_line(&here, a, "sys/class/tty/console/active");
	for (char *name = line ? strtok_r(line, " ", &save) : NULL; name;
	     name = strtok_r(NULL, " ", &save))
		/* tty0 is whichever virtual terminal is in front; logins are on the first. */
		strings_add(a, &list,
			    arena_printf(a, "/dev/%s", str_eq(name, "tty0") ? "tty1" : name));
	sys_close(&here);
	return list;
}

/* "/dev/tty1", and not "/dev/ttyS1". */
static bool is_screen(const char *device)
{
	return str_starts(device, "/dev/tty") && device[8] >= '0' && device[8] <= '9';
}

struct strings consoles_named(const char *names, struct arena *a)
{
	struct strings list = {0};
	char *save = NULL;

	if (str_eq(names, "active"))
		return consoles_active(a);
	for (char *name = strtok_r(arena_strdup(a, names), ",", &save); name;
	     name = strtok_r(NULL, ",", &save))
		strings_add(a, &list, name);
	return list;
}

static bool take_terminal(const char *device)
{
	const struct winsize unknown = {0};
	struct termios t;
	int fd;

	setsid();
	/* Without O_NOCTTY: Ctrl-C is to reach whoever talks there. */
	fd = open(device, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		return false;
	if (fd > 2)
		close(fd);
	if (tcgetattr(0, &t) == 0) {
		t.c_iflag |= ICRNL;
		t.c_oflag |= OPOST | ONLCR;
		t.c_lflag |= ICANON | ECHO | ECHOE | ISIG;
		tcsetattr(0, TCSANOW, &t);
	}
	/* Another terminal may be at the line than the one that was asked for its size before. */
	if (str_starts(device, "/dev/tty") && !is_screen(device))
		ioctl(0, TIOCSWINSZ, &unknown);
	setenv("TERM", is_screen(device) ? "linux" : "vt102", 1);
	return true;
}

static void say_state(const struct offer *o, int me, int owner)
{
	if (owner == NOBODY)
		printf("\r\n%s%s Press Enter to do it here.\r\n", o->words->notice, o->words->open);
	else if (owner != me)
		printf("\r\n%s on %s.\r\n", o->words->taken, o->devices->items[owner]);
	fflush(stdout);
}

/* Ctrl-D alone at a line's beginning reads as the end, too, which it is only once the terminal is
 * gone. */
static bool is_hung_up(void)
{
	struct termios t;

	return tcgetattr(0, &t) < 0;
}

/* 1 when Enter was pressed, 0 when not, -1 when the terminal is gone. A serial line that nobody is
 * at may make noise, so it is Enter and not any key. */
static int pressed_enter(void)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	char buf[64];
	ssize_t n;

	if (poll(&p, 1, LOOK_MS) <= 0)
		return 0;
	n = read(0, buf, sizeof(buf));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (n == 0)
		return is_hung_up() ? -1 : 0;
	return memchr(buf, '\n', (size_t)n) || memchr(buf, '\r', (size_t)n);
}

/* STATUS_DONE once the conversation is this console's, STATUS_GONE when the terminal is. Whoever
 * set `stop` has handlers, so that a signal alone ends nobody: it may say that the conversation was
 * held on another console, or be no more than a Ctrl-C here. */
static int wait_for_enter(const struct offer *o, int me)
{
	int told = me; /* nothing yet */

	while (!*o->stop) {
		int owner = atomic_load(&o->shared->owner), nobody = NOBODY, n;

		if (owner != told)
			say_state(o, me, owner);
		told = owner;
		n = pressed_enter();
		if (n < 0)
			return STATUS_GONE;
		if (n > 0 && atomic_compare_exchange_strong(&o->shared->owner, &nobody, me))
			return STATUS_DONE;
		if (n > 0)
			told = me; /* say once more who has it */
	}
	return STATUS_CANCELLED;
}

static void start(struct offer *o, int me)
{
	pid_t pid = fork();
	int status;

	if (pid != 0) {
		o->pids[me] = pid > 0 ? pid : 0;
		return;
	}
	status = take_terminal(o->devices->items[me]) ? wait_for_enter(o, me) : (int)STATUS_GONE;
	if (status == STATUS_DONE)
		status = o->talk(o->ctx);
	fflush(NULL);
	_exit(status);
}

static int which(const struct offer *o, pid_t pid)
{
	for (size_t i = 0; i < o->devices->count; i++)
		if (o->pids[i] == pid)
			return (int)i;
	return NOBODY;
}

static void end_all(struct offer *o)
{
	for (size_t i = 0; i < o->devices->count; i++)
		if (o->pids[i] > 0)
			kill(o->pids[i], SIGTERM);
	for (size_t i = 0; i < o->devices->count; i++)
		if (o->pids[i] > 0)
			waitpid(o->pids[i], NULL, 0);
}

/* Until the conversation was held to its end. ERR_NOT_FOUND when no terminal is left. */
static int attend(struct offer *o, struct err *e)
{
	size_t left = o->devices->count;

	while (left > 0 && !*o->stop) {
		int status, me, mine;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		me = which(o, pid);
		if (me == NOBODY)
			continue;
		o->pids[me] = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_DONE)
			return STATUS_DONE;
		mine = me;
		atomic_compare_exchange_strong(&o->shared->owner, &mine, NOBODY);
		if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_GONE)
			left--;
		else
			start(o, me);
	}
	return *o->stop ? (int)STATUS_CANCELLED
			: err_set(e, ERR_NOT_FOUND,
				  "name terminals: --consoles /dev/tty1,/dev/ttyS0",
				  "there is no console to ask on");
}

int consoles_run(const struct strings *devices, const struct consoles_words *words,
		 int (*talk)(void *ctx), void *ctx, const volatile int *stop, struct err *e)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	_cleanup_free_ pid_t *pids = xcalloc(devices->count + 1, sizeof(*pids));
	struct offer o = {devices, words, talk, ctx, stop, shared, pids};
	int n;

	if (shared == MAP_FAILED)
		return err_errno(e, errno, NULL, "cannot share memory among the consoles");
	atomic_init(&shared->owner, NOBODY);
	for (size_t i = 0; i < devices->count; i++)
		start(&o, (int)i);
	n = attend(&o, e);
	end_all(&o);
	munmap(shared, sizeof(*shared));
	return n;
}
