/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "secret.h"
#include "str.h"

enum { LINE_MAX_BYTES = 65536, GRACE_SECONDS = 5, IDLE_MS = 1000 };

/* What a signal handler may see: the running child's process group, and whether to stop. */
static volatile sig_atomic_t running_group;
static volatile sig_atomic_t cancelled;

void proc_cancel_all(void)
{
	bool again = cancelled;

	cancelled = 1;
	/* Who asks a second time means it: a program that ignores the first is ended. */
	if (running_group > 0)
		kill(-(pid_t)running_group, again ? SIGKILL : SIGTERM);
}

bool proc_is_cancelled(void)
{
	return cancelled;
}

struct pipes {
	int in[2], out[2];
};

static void pipes_close(struct pipes *p)
{
	int *const all[] = {&p->in[0], &p->in[1], &p->out[0], &p->out[1]};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (*all[i] >= 0)
			close(*all[i]);
}

static int pipes_open(const struct proc *p, struct pipes *ret, struct err *e)
{
	*ret = (struct pipes){{-1, -1}, {-1, -1}};
	if (pipe2(ret->out, O_CLOEXEC) < 0)
		return err_errno(e, errno, NULL, "cannot make a pipe for %s", p->argv[0]);
	if (p->input) {
		if (pipe2(ret->in, O_CLOEXEC) < 0 || fcntl(ret->in[1], F_SETFL, O_NONBLOCK) < 0)
			return err_errno(e, errno, NULL, "cannot make a pipe for %s", p->argv[0]);
	} else {
		ret->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (ret->in[0] < 0)
			return err_errno(e, errno, NULL, "cannot open /dev/null");
	}
	return 0;
}

/* What a child may see of our environment; prefixes end with '_'. */
static bool passed_on(const char *variable)
{
	static const char *const names[] = {
		"PATH=",	"HOME=",     "TMPDIR=",	   "SSL_CERT_FILE=", "http_proxy=",
		"https_proxy=", "no_proxy=", "all_proxy=", "NIX_",	     "ARCHIBALD_",
		"HTTPS_PROXY=", "NO_PROXY=", "ALL_PROXY="};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_starts(variable, names[i]))
			return true;
	return false;
}

/* Does `env` give it another value? Of two only one would count, and which one is anybody's guess.
 */
static bool replaced(const struct proc *p, const char *variable)
{
	size_t name = strcspn(variable, "=") + 1;

	for (size_t i = 0; p->env && p->env[i]; i++)
		if (strncmp(p->env[i], variable, name) == 0)
			return true;
	return false;
}

static char **child_environment(const struct proc *p)
{
	size_t ours = 0, extra = 0, n = 0;
	char **env;

	while (environ[ours])
		ours++;
	while (p->env && p->env[extra])
		extra++;
	env = xcalloc(ours + extra + 3, sizeof(*env));
	for (size_t i = 0; i < ours; i++)
		if (passed_on(environ[i]) && !replaced(p, environ[i]))
			env[n++] = xstrdup(environ[i]);
	env[n++] = xstrdup("LANG=C.UTF-8");
	env[n++] = xstrdup("TERM=dumb");
	for (size_t i = 0; i < extra; i++)
		env[n++] = xstrdup(p->env[i]);
	return env;
}

static void free_environment(char ***env)
{
	for (char **v = *env; v && *v; v++)
		free(*v);
	free(*env);
}

void proc_keep_own_descriptors(void)
{
	enum { DESCRIPTORS_MAX = 1 << 20 };
	struct rlimit limit = {.rlim_cur = DESCRIPTORS_MAX};

	if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* Before Linux 5.11, which some boards run. */
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	for (int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_cur; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the child: only async-signal-safe calls. The errno of a failed exec goes up `report`. */
static _Noreturn void child(const struct proc *p, const struct pipes *fds, char **env, int report,
			    pid_t parent)
{
	sigset_t none;

	/* A group to be ended by, and no terminal: a program that asks on /dev/tty learns that
	 * nobody is there, and is not stopped for reading from the background. */
	setsid();
	if (!p->whole)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Without us nobody reads what it says. */
	signal(SIGPIPE, p->whole ? SIG_IGN : SIG_DFL);
	proc_keep_own_descriptors();
	if (dup2(fds->in[0], STDIN_FILENO) >= 0 && dup2(fds->out[1], STDOUT_FILENO) >= 0 &&
	    dup2(fds->out[1], STDERR_FILENO) >= 0 &&
	    (!p->keep_fd || fcntl(p->keep_fd, F_SETFD, 0) >= 0)) {
		if (p->program)
			execve(p->program, (char *const *)p->argv, env);
		else
			execvpe(p->argv[0], (char *const *)p->argv, env);
	}
	int failed = errno;
	if (write(report, &failed, sizeof(failed)) < 0)
		_exit(126);
	_exit(127);
}

/* Starts the child; its pid, or an error when the program cannot be executed. */
static int start(const struct proc *p, const struct pipes *fds, pid_t *ret_pid, struct err *e)
{
	_cleanup_(free_environment) char **env = child_environment(p);
	pid_t parent = getpid(), pid;
	int report[2], failed = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return err_errno(e, errno, NULL, "cannot make a pipe for %s", p->argv[0]);
	pid = fork();
	if (pid == 0)
		child(p, fds, env, report[1], parent);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return err_errno(e, errno, NULL, "cannot start %s", p->argv[0]);
	}
	do
		n = read(report[0], &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == (ssize_t)sizeof(failed)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		err_set(e, failed == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			failed == ENOENT ? "is it on this medium, and in PATH?" : NULL,
			"cannot start %s", p->argv[0]);
		return err_why(e, "%s", strerror(failed));
	}
	*ret_pid = pid;
	return 0;
}

/* Splits a byte stream into lines; what has no end yet is kept. */
struct splitter {
	const struct proc *p;
	char line[LINE_MAX_BYTES];
	size_t len;
	char last[256]; /* the last line that was not empty: the reason when the program fails */
};

static void line_done(struct splitter *s)
{
	s->line[s->len] = '\0';
	s->len = 0;
	str_sanitise(s->line);
	if (!s->line[0])
		return;
	if (!s->p->banner || !str_starts(s->line, s->p->banner))
		snprintf(s->last, sizeof(s->last), "%.255s", s->line);
	str_cut(s->last);
	if (s->p->line)
		s->p->line(s->p->ctx, s->line);
}

static void split(struct splitter *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* A carriage return repaints a line on a terminal: for us it ends one. */
		if (bytes[i] == '\n' || bytes[i] == '\r' || s->len + 1 == sizeof(s->line)) {
			line_done(s);
			if (bytes[i] == '\n' || bytes[i] == '\r')
				continue;
		}
		s->line[s->len++] = bytes[i] ? bytes[i] : '?';
	}
}

/* As much input as the pipe takes; how much of it is sent now. */
static size_t feed(const struct proc *p, int fd, size_t sent)
{
	ssize_t n = write(fd, (const char *)p->input + sent, p->input_len - sent);

	if (n >= 0)
		return sent + (size_t)n;
	/* A child that does not want its input is no error of ours. */
	return errno == EINTR || errno == EAGAIN ? sent : p->input_len;
}

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* When a child's time is over it is asked to end, then made to; what holds its output open even
 * then, from another process group, is not waited for. */
struct limit {
	pid_t pid;
	long long at; /* of milliseconds(); 0: there is none */
	enum { LIMIT_FREE, LIMIT_ASKED, LIMIT_KILLED, LIMIT_GIVEN_UP } stage;
};

/* For poll(2): until the limit; enforces it. */
static int limit_wait(struct limit *l)
{
	long long left;

	if (!l->at)
		return -1;
	left = l->at - milliseconds();
	if (left > 0)
		return left < 60000 ? (int)left : 60000;
	if (l->stage < LIMIT_GIVEN_UP)
		l->stage++;
	kill(-l->pid, l->stage == LIMIT_ASKED ? SIGTERM : SIGKILL);
	l->at = milliseconds() + GRACE_SECONDS * 1000LL;
	return GRACE_SECONDS * 1000;
}

/* For poll(2): until the limit, but no longer than a second if somebody wants to know of it. */
static int patience(const struct proc *p, struct limit *l)
{
	int wait = limit_wait(l);

	return p->idle && (wait < 0 || wait > IDLE_MS) ? IDLE_MS : wait;
}

/* Feeds standard input and reads output until the child's side is closed. `buf` is the caller's to
 * wipe. */
static void converse(const struct proc *p, struct pipes *fds, struct splitter *s, char *buf,
		     size_t size, struct limit *l)
{
	size_t sent = 0;

	while (fds->out[0] >= 0 && l->stage != LIMIT_GIVEN_UP) {
		struct pollfd polled[2] = {{.fd = fds->out[0], .events = POLLIN},
					   {.fd = fds->in[1], .events = POLLOUT}};

		if (p->input && sent == p->input_len && fds->in[1] >= 0) {
			close(fds->in[1]);
			polled[1].fd = fds->in[1] = -1;
		}
		int ready = poll(polled, 2, patience(p, l));

		if (ready < 0 && errno != EINTR)
			return;
		if (ready == 0 && p->idle)
			p->idle(p->ctx);
		if (ready <= 0)
			continue;
		if (fds->in[1] >= 0 && polled[1].revents)
			sent = feed(p, fds->in[1], sent);
		if (polled[0].revents) {
			ssize_t n = read(fds->out[0], buf, size);

			if (n > 0 && p->bytes)
				p->bytes(p->ctx, buf, (size_t)n);
			else if (n > 0)
				split(s, buf, (size_t)n);
			else if (n == 0 || errno != EINTR)
				return;
		}
	}
}

static int judge(const struct proc *p, int status, const struct splitter *s, bool late,
		 struct err *e)
{
	if (cancelled && !p->whole)
		return err_set(e, ERR_CANCELLED, NULL, "%s was stopped", p->argv[0]);
	if (late) {
		err_set(e, ERR_TOOL, "the log has what it said before", "%s was ended", p->argv[0]);
		return err_why(e, "it took longer than the %u seconds that it is given",
			       p->seconds);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		err_set(e, ERR_TOOL, "the log has what it said before",
			"%s was killed by signal %d", p->argv[0], WTERMSIG(status));
	else
		err_set(e, ERR_TOOL, "the log has everything it said", "%s failed with status %d",
			p->argv[0], WEXITSTATUS(status));
	return s->last[0] ? err_why(e, "%s", s->last) : -ERR_TOOL;
}

/* A child may close its output and go on: its time counts all the same. */
static int wait_until(struct limit *l)
{
	int status = 0;

	while (limit_wait(l) >= 0) {
		if (waitpid(l->pid, &status, WNOHANG) == l->pid)
			return status;
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000L}, NULL);
	}
	while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Talks to the running child until it is over. */
static int follow(const struct proc *p, struct pipes *fds, struct limit *l, struct splitter *s)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	char buf[4096];

	/* A child may end before it has read everything. */
	sigaction(SIGPIPE, &ignore, &before);
	converse(p, fds, s, buf, sizeof(buf), l);
	secret_zero(buf, sizeof(buf));
	sigaction(SIGPIPE, &before, NULL);
	if (s->len)
		line_done(s);
	return wait_until(l);
}

int proc_run(const struct proc *p, struct err *e)
{
	_cleanup_(pipes_close) struct pipes fds = {{-1, -1}, {-1, -1}};
	struct limit limit = {0};
	struct splitter *s;
	int r;

	if (cancelled)
		return err_set(e, ERR_CANCELLED, NULL, "%s was not started", p->argv[0]);
	r = pipes_open(p, &fds, e);
	if (r < 0)
		return r;
	r = start(p, &fds, &limit.pid, e);
	if (r < 0)
		return r;
	running_group = p->whole ? 0 : limit.pid;
	limit.at = p->seconds ? milliseconds() + p->seconds * 1000LL : 0;
	/* The signal may have come while nobody was there to be ended. */
	if (cancelled && !p->whole)
		kill(-limit.pid, SIGTERM);
	close(fds.out[1]);
	close(fds.in[0]);
	fds.out[1] = fds.in[0] = -1;
	s = xcalloc(1, sizeof(*s));
	s->p = p;
	r = follow(p, &fds, &limit, s);
	running_group = 0;
	r = judge(p, r, s, limit.stage != LIMIT_FREE, e);
	free(s);
	return r;
}

char *proc_find(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path ? path : "");
	char *save = NULL;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	for (char *dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		_cleanup_free_ char *file = xasprintf("%s/%s", dir, name);

		if (access(file, X_OK) == 0)
			return take(file);
	}
	return NULL;
}

int proc_begin(const struct proc *p, struct proc_beside *ret, struct err *e)
{
	_cleanup_(pipes_close) struct pipes fds = {{-1, -1}, {-1, -1}};
	struct proc wanted = *p;
	int r;

	wanted.input = ""; /* a pipe */
	r = pipes_open(&wanted, &fds, e);
	if (r == 0)
		r = start(&wanted, &fds, &ret->pid, e);
	if (r < 0)
		return r;
	ret->in = fds.in[1];
	ret->out = fds.out[0];
	fds.in[1] = fds.out[0] = -1;
	return 0;
}

int proc_end(struct proc_beside *b, unsigned limit)
{
	long long end = milliseconds() + limit;
	int status = -1;

	close(b->in);
	while (waitpid(b->pid, &status, WNOHANG) == 0) {
		if (milliseconds() > end) {
			kill(-b->pid, SIGKILL);
			waitpid(b->pid, NULL, 0);
			status = -1;
			break;
		}
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000L}, NULL);
	}
	close(b->out);
	return status;
}
