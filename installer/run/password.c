/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/password.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/checks.h"
#include "base/mem.h"
#include "base/str.h"

enum { HASH_FILE_MAX = 1024 };

static void zero_and_free(struct crypt_data **d)
{
	if (*d)
		secret_zero(*d, sizeof(**d));
	mem_free_ptr(d);
}

int password_hash(const struct secret *password, struct secret *ret_hash, struct err *e)
{
	_cleanup_(zero_and_free) struct crypt_data *data = xcalloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;

	/* NULL and 0: salt from the system, cost as the library proposes. */
	if (!crypt_gensalt_rn("$y$", 0, NULL, 0, setting, (int)sizeof(setting)))
		return err_errno(e, errno, NULL, "cannot make a salt for the password");
	hash = crypt_r(password->bytes, setting, data);
	/* A failure is a string that begins with '*' (crypt(3)). */
	if (!hash || hash[0] == '*')
		return err_errno(e, errno, NULL, "cannot hash the password");
	secret_set(ret_hash, hash, strlen(hash));
	return 0;
}

bool password_matches(const struct secret *password, const char *hash)
{
	_cleanup_(zero_and_free) struct crypt_data *data = xcalloc(1, sizeof(*data));
	const char *again = crypt_r(password->bytes, hash, data);

	return again && again[0] != '*' && strcmp(again, hash) == 0;
}

/* Everything up to the end of the file: a pipe gives it in pieces. */
static ssize_t read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* A file that the answers name and this machine has not: nothing has failed yet (status 4). */
static int not_here(struct err *e, int errno_value, const char *what, const char *path)
{
	(void)err_errno(e, errno_value, "it is looked for on the installing machine",
			"cannot open the %s file %s", what, path);
	e->code = ERR_NOT_FOUND;
	return -ERR_NOT_FOUND;
}

/* A file, or a pipe that whoever started this program opened. Any other FIFO may have no writer,
 * and would be waited for without an end; a terminal is not read behind the front end's back. */
static bool may_be_read(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	return S_ISREG(st.st_mode) ||
	       (S_ISFIFO(st.st_mode) &&
		(str_starts(path, "/dev/fd/") || str_starts(path, "/proc/self/fd/") ||
		 str_eq(path, "/dev/stdin")));
}

/* The descriptor, or an error. `what` is in it: "password". */
static int open_secret(const char *path, const char *what, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int flags, kept;

	if (fd < 0)
		return not_here(e, errno, what, path);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || !may_be_read(path, fd))
		return err_set(e, ERR_INVALID,
			       "allowed: a regular file, or a pipe by its descriptor (/dev/fd/3)",
			       "the %s file %s is neither a file nor a pipe that was handed over",
			       what, path);
	/* A pipe's writer is waited for. */
	if (fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return err_errno(e, errno, NULL, "cannot read the %s file %s", what, path);
	kept = fd;
	fd = -1;
	return kept;
}

int passphrase_from_file(const char *path, struct secret *ret, struct err *e)
{
	_cleanup_close_ int fd = open_secret(path, "passphrase", e);
	char text[HASH_FILE_MAX];
	ssize_t n;
	bool usable;

	if (fd < 0)
		return fd;
	n = read_whole(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_errno(e, errno, NULL, "cannot read the passphrase file %s", path);
	text[n] = '\0';
	if (n && text[n - 1] == '\n')
		text[--n] = '\0';
	usable = strlen(text) == (size_t)n && check_passphrase(text);
	if (usable)
		secret_set(ret, text, (size_t)n);
	secret_zero(text, sizeof(text));
	return usable ? 0
		      : err_set(e, ERR_INVALID, PASSPHRASE_ALLOWED,
				"the passphrase file %s holds nothing that can be typed at the "
				"start",
				path);
}

int password_from_file(const char *path, struct secret *ret_hash, struct err *e)
{
	_cleanup_close_ int fd = open_secret(path, "password", e);
	char line[HASH_FILE_MAX];
	bool whole;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read_whole(fd, line, sizeof(line) - 1);
	if (n < 0)
		return err_errno(e, errno, NULL, "cannot read the password file %s", path);
	line[n] = '\0';
	/* A hash that ends at a NUL is not what the file says. */
	whole = !memchr(line, '\0', (size_t)n);
	line[strcspn(line, "\n")] = '\0';
	if (!whole || !check_password_hash(line)) {
		secret_zero(line, sizeof(line));
		return err_set(e, ERR_INVALID, "make one with: mkpasswd -m yescrypt",
			       "the password file %s does not hold a hash in its first line", path);
	}
	secret_set(ret_hash, line, strlen(line));
	secret_zero(line, sizeof(line));
	return 0;
}

const struct account_answers *account_answers(const struct answers *w, const struct plan_account *a)
{
	return str_eq(w->audio_user.name, a->name) ? &w->audio_user : &w->admin;
}

int password_load(struct answers *w, const struct plan_account *a, struct err *e)
{
	struct account_answers *u = str_eq(w->audio_user.name, a->name) ? &w->audio_user
									: &w->admin;

	if (a->source != PASSWORD_FILE || secret_given(&u->file_hash))
		return 0;
	return password_from_file(u->password_file, &u->file_hash, e);
}

void password_forget(struct answers *w)
{
	secret_wipe(&w->audio_user.file_hash);
	secret_wipe(&w->admin.file_hash);
}

int password_of_account(const struct answers *w, const struct plan_account *a,
			struct secret *ret_hash, struct err *e)
{
	const struct account_answers *u = account_answers(w, a);

	switch (a->source) {
	case PASSWORD_TYPED: return password_hash(&u->password, ret_hash, e);
	case PASSWORD_HASH:
		secret_set(ret_hash, u->password_hash, strlen(u->password_hash));
		return 0;
	case PASSWORD_FILE:
		if (!secret_given(&u->file_hash))
			break;
		secret_set(ret_hash, u->file_hash.bytes, u->file_hash.len);
		return 0;
	case PASSWORD_NONE: break;
	}
	return err_set(e, ERR_INTERNAL, NULL, "account %s has no password to write", a->name);
}
