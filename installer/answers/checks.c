/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/checks.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "base/uuid.h"

/* Generated from the word lists beside this file. */
extern const char *const words_zones[], *const words_locales[];
/* Three columns: the console keymap, the X layout and its variant (NULL: none). */
extern const char *const words_keymaps[], *const words_keymaps_2[], *const words_keymaps_3[];

#define PRINTABLE_ASCII                                   \
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLM" \
	"NOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

static bool all_of(const char *s, size_t n, const char *extra)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr(extra, s[i]))
			return false;
	return true;
}

bool check_host_name(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 63 && all_of(s, n, "-") && s[0] != '-' && s[n - 1] != '-';
}

bool check_user_name(const char *s)
{
	/* Accounts that NixOS makes itself, with which a person's would collide. */
	static const char *const reserved[] = {"root",	     "nobody",	"messagebus", "sshd",
					       "polkituser", "rtkit",	"nscd",	      "avahi",
					       "sddm",	     "greeter", "lightdm"};
	size_t n = strlen(s);

	if (n < 1 || n > 31 || !(islower((unsigned char)s[0]) || s[0] == '_'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '_' &&
		    s[i] != '-')
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (str_eq(s, reserved[i]))
			return false;
	return !str_starts(s, "systemd-") && !str_starts(s, "nixbld");
}

static bool no_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

bool check_gecos(const char *s)
{
	return strlen(s) <= 120 && str_is_safe(s) && !strpbrk(s, ":,");
}

bool check_password(const char *s)
{
	return s[0] && strlen(s) <= 256 && no_control(s);
}

bool check_passphrase(const char *s)
{
	size_t n = strlen(s);

	return n >= 8 && n <= 256 && no_control(s);
}

bool check_mount_point(const char *s)
{
	/* What the system itself keeps there, and what is not on a disk at all. */
	static const char *const taken[] = {
		"/",	 "/bin", "/boot", "/dev", "/etc", "/nix",  "/proc",    "/root",	  "/run",
		"/swap", "/sys", "/tmp",  "/usr", "/var", "/home", "/var/lib", "/var/log"};
	size_t n = strlen(s);

	if (s[0] != '/' || n > 60 || s[n - 1] == '/' || !all_of(s, n, "/-_.") || strstr(s, "//") ||
	    strstr(s, "/."))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (str_eq(taken[i], s))
			return false;
	return !str_starts(s, "/dev/") && !str_starts(s, "/nix/") && !str_starts(s, "/boot/") &&
	       !str_starts(s, "/proc/") && !str_starts(s, "/sys/") && !str_starts(s, "/run/");
}

bool check_password_hash(const char *s)
{
	static const char *const methods[] = {"$y$", "$gy$", "$7$", "$2b$", "$2y$", "$6$", "$5$"};
	size_t n = strlen(s);

	if (n < 20 || n > 255 || !all_of(s, n, "$./=,+-") || s[n - 1] == '$')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (str_starts(s, methods[i]))
			return strchr(s + strlen(methods[i]), '$') || s[1] == '2';
	return false;
}

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
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

/* A blob begins with its own type (RFC 4253, 6.6), and a key that was cut while it was copied
 * lets nobody in: `parts` strings, the first one the type, and nothing behind. */
static bool check_blob(const char *s, size_t n, const char *type, unsigned parts)
{
	_cleanup_free_ unsigned char *bytes = xmalloc(n);
	struct blob b = {bytes, base64_decode(s, n, bytes)};
	size_t len;
	const unsigned char *part = next_string(&b, &len);

	if (!part || len != strlen(type) || memcmp(part, type, len) != 0)
		return false;
	for (unsigned i = 1; i < parts; i++)
		if (!next_string(&b, &len))
			return false;
	return b.left == 0;
}

bool check_ssh_key(const char *s)
{
	/* With the number of strings in the blob: RFC 8709 (type, key), RFC 4253 (type, e, n),
	 * RFC 5656 (type, curve, point), OpenSSH's PROTOCOL.u2f (and the application). */
	static const struct {
		const char *name;
		unsigned parts;
	} types[] = {
		{"ssh-ed25519", 2},
		{"ssh-rsa", 3},
		{"ecdsa-sha2-nistp256", 3},
		{"ecdsa-sha2-nistp384", 3},
		{"ecdsa-sha2-nistp521", 3},
		{"sk-ssh-ed25519@openssh.com", 3},
		{"sk-ecdsa-sha2-nistp256@openssh.com", 4},
	};
	size_t type_len = strcspn(s, " ");
	const char *blob = s + type_len + 1;

	if (!str_is_safe(s) || strlen(s) > 16384 || !s[type_len])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i].name) == type_len && strncmp(s, types[i].name, type_len) == 0)
			return check_blob(blob, strcspn(blob, " "), types[i].name, types[i].parts);
	return false;
}

bool check_address(const char *s)
{
	const char *host = strstr(s, "://");

	return url_is(s) && host[3] && host[3] != '/' && strlen(s) <= 2000 && str_is_safe(s) &&
	       !strpbrk(s, " \"<>\\^`{|}");
}

bool check_absolute_path(const char *s)
{
	return s[0] == '/' && s[1] && strlen(s) < 1024 && str_is_safe(s);
}

bool check_device_path(const char *s)
{
	return str_starts(s, "/dev/") && s[5] && strlen(s) < 256 && str_is_safe(s) &&
	       !strchr(s, ' ') && !strstr(s, "..");
}

bool check_serial_console(const char *s)
{
	size_t name = strcspn(s, ",");
	const char *options = s + name;

	if (!str_starts(s, "tty") || name < 5 || name > 16 || !all_of(s, name, ""))
		return false;
	if (!*options)
		return true;
	options++;
	if (!isdigit((unsigned char)*options))
		return false;
	while (isdigit((unsigned char)*options))
		options++;
	/* BBBBPNF: parity, bits, flow control. */
	return strlen(options) <= 3 && all_of(options, strlen(options), "");
}

/* Reads a number of at most four digits; NULL when there is none. */
static const char *short_number(const char *s, unsigned *ret)
{
	size_t n = strspn(s, "0123456789");

	if (n < 1 || n > 4)
		return NULL;
	*ret = (unsigned)strtoul(s, NULL, 10);
	return s + n;
}

bool check_small_number(const char *s)
{
	unsigned n;
	const char *end = short_number(s, &n);

	return end && !*end && n >= 1 && n <= 256;
}

bool check_memory_max(const char *s)
{
	size_t n = strspn(s, "0123456789");
	unsigned long value = strtoul(s, NULL, 10);

	if (n < 1 || n > 5 || value == 0 || !s[n] || s[n + 1])
		return false;
	return s[n] == '%' ? value <= 100 : strchr("KMGT", s[n]) != NULL;
}

bool check_cpu_list(const char *s)
{
	do {
		unsigned first, last;
		const char *end = short_number(s, &first);

		last = first;
		if (end && *end == '-')
			end = short_number(end + 1, &last);
		if (!end || last < first || (*end && *end != ','))
			return false;
		s = end;
	} while (*s++ == ',');
	return true;
}

static bool listed(const char *const *words, const char *s)
{
	for (; *words; words++)
		if (str_eq(*words, s))
			return true;
	return false;
}

bool check_time_zone(const char *s)
{
	return listed(words_zones, s);
}

bool check_locale(const char *s)
{
	return listed(words_locales, s);
}

bool check_uuid(const char *s)
{
	return uuid_valid(s);
}

bool check_wifi_name(const char *s)
{
	return s[0] && strlen(s) <= 32 && no_control(s) && str_is_safe(s);
}

bool check_wifi_password(const char *s)
{
	size_t n = strlen(s);

	if (n == 64)
		return strspn(s, "0123456789abcdefABCDEF") == n;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return false;
	return n >= 8 && n <= 63;
}

bool check_key_map(const char *s)
{
	return listed(words_keymaps, s);
}

bool key_map_to_xkb(const char *key_map, const char **ret_layout, const char **ret_variant)
{
	for (size_t i = 0; words_keymaps[i]; i++) {
		if (!str_eq(words_keymaps[i], key_map))
			continue;
		if (!words_keymaps_2[i])
			return false;
		*ret_layout = words_keymaps_2[i];
		*ret_variant = words_keymaps_3[i];
		return true;
	}
	return false;
}

/* What other keys give than on `us`, by the beginnings of keymaps' names (kbd's keymaps/i386). All
 * that is not listed moves everything but letters and digits. */
static const struct {
	const char *prefix, *moved;
} moved_letters[] = {
	{"us", ""},
	{"de", "yzYZ"},
	{"sg", "yzYZ"},
	{"fr_CH", "yzYZ"},
	{"cz", "yzYZ0123456789"},
	{"sk", "yzYZ0123456789"},
	{"hu", "yzYZ0"},
	{"croat", "yzYZ"},
	{"slovene", "yzYZ"},
	{"fr", "aqzwmAQZWM0123456789"},
	{"be", "aqzwmAQZWM0123456789"},
	{"azerty", "aqzwmAQZWM0123456789"},
	{"wangbe", "aqzwmAQZWM0123456789"},
};
static const char *const all_moved[] = {"dvorak",  "colemak", "neo", "bepo", "fr-bepo",
					"workman", "ru",      "ua",  "bg",   "gr",
					"il",	   "by",      "mk",  "sr",   "kyrgyz"};

bool key_map_matters(const char *text, const char *key_map)
{
	const char *moved = "";

	if (str_starts(key_map, "us") && !strstr(key_map, "intl"))
		return text[strspn(text, PRINTABLE_ASCII)] != '\0';
	for (size_t i = 0; i < ARRAY_SIZE(all_moved); i++)
		if (strstr(key_map, all_moved[i]) == key_map)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(moved_letters) && !*moved; i++)
		if (str_starts(key_map, moved_letters[i].prefix))
			moved = moved_letters[i].moved;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) || strchr(moved, *text))
			return true;
	return false;
}

const char *const *const check_zones = words_zones;
const char *const *const check_locales = words_locales;
const char *const *const check_key_maps = words_keymaps;
