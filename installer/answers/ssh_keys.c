/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/ssh_keys.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "answers/checks.h"
#include "base/sha256.h"
#include "base/str.h"
#include "base/url.h"

enum {
	KEY_LINE_MAX = 16384,
	RSA_BITS_LEAST = 2048, /* NIST SP 800-131A; OpenSSH itself takes 1024 */
	KEYS_MAX = 100,	       /* of one place */
	GITHUB_NAME_MAX = 39,
	PIECE_LEAST = 40, /* of base64 alone: a line of a private key has 64 or 70 */
};

#define CUT	      "the key is cut off or damaged: copy the whole line"
#define GITHUB_PREFIX "github:"
#define FILE_PREFIX   "file:"

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_value(char c)
{
	const char *at = c ? strchr(base64_digits, c) : NULL;

	return at ? (int)(at - base64_digits) : -1;
}

/* The bytes of n characters of base64 (RFC 4648, padded); how many, or 0 when it is none. */
static size_t base64_decode(const char *s, size_t n, unsigned char *out)
{
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	if (n % 4)
		return 0;
	for (int padding = 0; padding < 2 && n && s[n - 1] == '='; padding++)
		n--;
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(s[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[len++] = (unsigned char)(bits >> have);
		}
	}
	return len;
}

struct blob {
	const unsigned char *at;
	size_t left;
};

/* The next string of a blob (RFC 4251, section 5); NULL when it is empty or cut. */
static const unsigned char *next_string(struct blob *b, size_t *ret_len)
{
	const unsigned char *p = b->at;
	size_t len;

	if (b->left < 4)
		return NULL;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len == 0 || len > b->left - 4)
		return NULL;
	b->at = p + 4 + len;
	b->left -= 4 + len;
	*ret_len = len;
	return p + 4;
}

/* Of an mpint (RFC 4251, section 5). */
static unsigned bits_of(const unsigned char *p, size_t len)
{
	unsigned bits = 0;

	while (len && *p == 0) {
		p++;
		len--;
	}
	for (unsigned char top = len ? *p : 0; top; top >>= 1)
		bits++;
	return len ? bits + 8 * ((unsigned)len - 1) : 0;
}

/* With the number of strings in the blob: RFC 8709 (type, key), RFC 4253 (type, e, n), RFC 5656
 * (type, curve, point), OpenSSH's PROTOCOL.u2f (and the application). */
static const struct key_type {
	const char *name, *shown;
	unsigned parts, bits; /* bits 0: those of the last string */
} types[] = {
	{"ssh-ed25519", "ED25519", 2, 256},
	{"ssh-rsa", "RSA", 3, 0},
	{"ecdsa-sha2-nistp256", "ECDSA", 3, 256},
	{"ecdsa-sha2-nistp384", "ECDSA", 3, 384},
	{"ecdsa-sha2-nistp521", "ECDSA", 3, 521},
	{"sk-ssh-ed25519@openssh.com", "ED25519-SK", 3, 256},
	{"sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK", 4, 256},
};

static const struct key_type *type_of(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i].name) == len && strncmp(word, types[i].name, len) == 0)
			return &types[i];
	return NULL;
}

static void set_fingerprint(const unsigned char *bytes, size_t len, struct ssh_key *k)
{
	const struct sha256_text hex = sha256(bytes, len);
	char *out = k->fingerprint + strlen("SHA256:");
	uint32_t bits = 0;
	unsigned have = 0;

	memcpy(k->fingerprint, "SHA256:", strlen("SHA256:"));
	for (size_t i = 0; hex.s[i]; i++) {
		char c = hex.s[i];

		bits = bits << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		for (have += 4; have >= 6; have -= 6)
			*out++ = base64_digits[bits >> (have - 6) & 63];
	}
	if (have)
		*out++ = base64_digits[bits << (6 - have) & 63];
	*out = '\0';
}

/* A blob begins with its own type (RFC 4253, 6.6), and a key that was cut while it was copied
 * lets nobody in: `parts` strings, the first one the type, and nothing behind. */
static bool read_blob(const char *s, size_t n, const struct key_type *type, struct ssh_key *k)
{
	_cleanup_free_ unsigned char *bytes = xmalloc(n + 1);
	size_t size = base64_decode(s, n, bytes), len = 0;
	struct blob b = {bytes, size};
	const unsigned char *part = next_string(&b, &len);

	if (!part || len != strlen(type->name) || memcmp(part, type->name, len) != 0)
		return false;
	for (unsigned i = 1; i < type->parts; i++) {
		part = next_string(&b, &len);
		if (!part)
			return false;
	}
	k->type = type->shown;
	k->bits = type->bits ? type->bits : bits_of(part, len);
	set_fingerprint(bytes, size, k);
	return b.left == 0;
}

/* --- why not --------------------------------------------------------------------------------- */

static bool is_piece(const char *text)
{
	size_t n = strspn(text, base64_digits);

	return n >= PIECE_LEAST && text[n + strspn(text + n, "=\r\n ")] == '\0';
}

bool ssh_key_is_secret(const char *text)
{
	return strstr(text, "PRIVATE KEY") || strstr(text, "PuTTY-User-Key-File") ||
	       str_starts(text, "-----") || strstr(text, "b3BlbnNzaC1rZXktdjE") || is_piece(text);
}

static bool has_type_later(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char *at = strstr(line, types[i].name);

		if (at && at > line && (at[-1] == ' ' || at[-1] == '\t'))
			return true;
	}
	return false;
}

static const char *reason_of(const char *line)
{
	if (is_piece(line) && !strstr(line, "b3BlbnNzaC1rZXktdjE"))
		return "that is a piece of a key: a public key is one line that begins with its "
		       "type. It was not kept";
	if (str_starts(line, "---- BEGIN SSH2"))
		return "that is a public key as other programs write it (RFC 4716); ssh-keygen -i "
		       "-f FILE makes the line that is needed";
	if (ssh_key_is_secret(line))
		return "that is a private key! It was not kept. It belongs on the computer that "
		       "one logs in from and nowhere else; what is needed here is the public half, "
		       "the file that ends in .pub";
	if (str_starts(line, "ssh-dss"))
		return "it is a DSA key, which OpenSSH does not accept any more; ssh-keygen -t "
		       "ed25519 makes a new one";
	if (strstr(line, "-cert-v01@openssh.com"))
		return "that is a certificate; what is needed is the public key that it is for";
	if (line[0] == '<' || strstr(line, "<html") || strstr(line, "<!DOCTYPE"))
		return "that is a web page, not a list of keys";
	if (has_type_later(line))
		return "there are options in front of the key (command=, from=, ...), or something "
		       "else: only the key itself is taken. Options can be put into the "
		       "configuration afterwards";
	return NULL;
}

/* NULL: it is one that may let somebody in. */
static const char *fault_of(const char *line, const struct key_type *type, size_t type_len,
			    struct ssh_key *k)
{
	const char *blob = line + type_len + 1;
	size_t n;

	if (!line[type_len] || strlen(line) > KEY_LINE_MAX || !str_is_safe(line))
		return CUT;
	n = strcspn(blob, " ");
	if (!read_blob(blob, n, type, k))
		return CUT;
	k->comment = blob + n + (blob[n] == ' ');
	if (str_eq(k->type, "RSA") && k->bits < RSA_BITS_LEAST)
		return "an RSA key of fewer than 2048 bits is too weak; ssh-keygen -t ed25519 "
		       "makes a better one";
	return NULL;
}

bool ssh_key_read(const char *line, struct ssh_key *ret, struct str *why)
{
	size_t type_len = strcspn(line, " ");
	const struct key_type *type = type_of(line, type_len);
	struct ssh_key k = {0};
	const char *fault = type ? fault_of(line, type, type_len, &k) : reason_of(line);

	if (type && !fault) {
		*ret = k;
		return true;
	}
	if (why && fault)
		str_add(why, fault);
	return false;
}

bool check_ssh_key(const char *s)
{
	struct ssh_key k;

	return ssh_key_read(s, &k, NULL);
}

const char *ssh_key_label(const char *line, struct arena *a)
{
	struct ssh_key k;
	char *label;

	if (!ssh_key_read(line, &k, NULL))
		return NULL;
	label = arena_printf(a, "%s %u %s %.60s", k.type, k.bits, k.fingerprint, k.comment);
	str_cut(label);
	return label;
}

/* --- places ---------------------------------------------------------------------------------- */

static bool github_name(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			return false;
	return n >= 1 && n <= GITHUB_NAME_MAX && s[0] != '-';
}

static bool is_place(const char *text)
{
	return url_is(text) || str_starts(text, GITHUB_PREFIX) || str_starts(text, FILE_PREFIX) ||
	       text[0] == '/';
}

/* Where the keys lie: an absolute path or an https address. NULL with why not. */
static const char *place_of(const char *text, struct arena *a, struct str *why)
{
	const char *user = text + strlen(GITHUB_PREFIX);

	if (str_starts(text, GITHUB_PREFIX)) {
		if (github_name(user))
			return arena_printf(a, "https://github.com/%s.keys", user);
		str_add(why,
			"that is no name of a GitHub user: letters, digits and '-', at most 39");
		return NULL;
	}
	if (str_starts(text, FILE_PREFIX))
		text += strlen(FILE_PREFIX);
	if (text[0] == '/' && check_absolute_path(text))
		return arena_strdup(a, text);
	if (strncasecmp(text, "https://", 8) == 0 && str_is_safe(text) && !strchr(text, ' '))
		return arena_strdup(a, text);
	if (url_is(text))
		str_add(why, "keys are fetched by https:// alone: over http:// anybody on the way "
			     "could put in a key of their own");
	else
		str_add(why, "that is no place of keys: an absolute path, https://HOST/PATH or "
			     "github:USER");
	return NULL;
}

char *key_place_shown(const char *text)
{
	return url_is(text) ? url_shown(text) : xstrdup(text);
}

bool check_key_or_place(const char *text)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_str_ struct str why = {0};

	return is_place(text) ? place_of(text, a, &why) != NULL : check_ssh_key(text);
}

bool explain_key(const char *text, struct str *why)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct ssh_key k;
	size_t before = why->len;

	if (is_place(text))
		(void)place_of(text, a, why);
	else
		(void)ssh_key_read(text, &k, why);
	return why->len > before;
}

struct reading {
	struct arena *arena;
	const char *origin; /* "USER@github", for keys without a comment; NULL: none */
	struct choices found;
	size_t refused, line;
	struct str *why;
	bool over; /* nothing more of it is to be looked at */
};

static void take_line(struct reading *r, char *line)
{
	_cleanup_str_ struct str fault = {0};
	struct ssh_key k;

	r->line++;
	line[strcspn(line, "\r")] = '\0';
	while (*line == ' ' || *line == '\t')
		line++;
	for (size_t n = strlen(line); n && (line[n - 1] == ' ' || line[n - 1] == '\t'); n--)
		line[n - 1] = '\0';
	if (!*line || *line == '#')
		return;
	if (ssh_key_read(line, &k, &fault)) {
		const char *value = k.comment[0] || !r->origin
					    ? arena_strdup(r->arena, line)
					    : arena_printf(r->arena, "%s %s", line, r->origin);

		*list_push(r->arena,
			   &r->found.list) = (struct choice){value, ssh_key_label(value, r->arena)};
		r->over = r->found.list.count >= KEYS_MAX;
		return;
	}
	r->over = ssh_key_is_secret(line) || *line == '<';
	if (r->refused++ == 0)
		str_addf(r->why, "line %zu: %s", r->line,
			 fault.len ? fault.s : "that is no public key");
	if (r->over)
		r->found = (struct choices){0};
}

/* One line after another; the bytes may be a private key, so they are cut up where they lie. */
static void take_lines(struct reading *r, char *bytes, size_t len)
{
	char *end = bytes + len;

	if (memchr(bytes, '\0', len)) {
		str_add(r->why, "that is not text");
		return;
	}
	while (bytes < end && !r->over) {
		char *next = memchr(bytes, '\n', (size_t)(end - bytes));

		if (next)
			*next = '\0';
		take_line(r, bytes);
		bytes = next ? next + 1 : end;
	}
	if (r->refused > 1 && !r->over)
		str_addf(r->why, " (and %zu more)", r->refused - 1);
	if (!r->found.list.count && !r->refused)
		str_add(r->why, "there is no key in it");
}

struct choices expand_keys(const struct interview *v, const char *text, struct arena *a,
			   struct str *why)
{
	const char *place = is_place(text) ? place_of(text, a, why) : NULL;
	_cleanup_secret_ struct secret bytes = {0};
	struct reading r = {.arena = a, .why = why};
	struct err e;

	if (!is_place(text)) {
		const char *label = ssh_key_label(text, a);

		if (label)
			*list_push(a, &r.found.list) = (struct choice){arena_strdup(a, text),
								       label};
		else if (!explain_key(text, why))
			str_add(why, "that is no public key");
		return r.found;
	}
	if (!place)
		return r.found;
	if (str_starts(text, GITHUB_PREFIX))
		r.origin = arena_printf(a, "%s@github", text + strlen(GITHUB_PREFIX));
	if (!v->outside || !v->outside->read) {
		str_add(why, "keys cannot be fetched here: give them themselves");
		return r.found;
	}
	if (v->outside->read(v->outside->ctx, place, &bytes, &e) < 0) {
		_cleanup_free_ char *what = err_text(&e);

		if (e.code == ERR_NOT_FOUND && r.origin)
			str_addf(why, "GitHub knows no user %s", text + strlen(GITHUB_PREFIX));
		else
			str_addf(why, "%s%s%s", what, e.hint[0] ? "; " : "", e.hint);
		return r.found;
	}
	take_lines(&r, bytes.bytes, bytes.len);
	return r.found;
}

void keys_resolve(const struct interview *v, struct problems *p)
{
	struct answers *a = v->answers;

	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];
		struct strings *list = (struct strings *)(void *)((char *)a + q->offset), all = {0};

		if (q->expand != expand_keys || !a->given[i])
			continue;
		for (size_t k = 0; k < list->count; k++) {
			_cleanup_str_ struct str why = {0};
			struct choices c = expand_keys(v, list->items[k], a->arena, &why);

			for (size_t j = 0; j < c.list.count; j++)
				strings_add(a->arena, &all, c.list.items[j].value);
			if (!why.len && c.list.count)
				continue;
			a->rejected[i] = true;
			_cleanup_free_ char *shown = key_place_shown(list->items[k]);

			problem_add(p, 0, 0, q->key, "%s: %s", shown, str_get(&why));
		}
		*list = all;
	}
}
