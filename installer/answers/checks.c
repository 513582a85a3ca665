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

/* `path` itself, or something below it. */
static bool lies_at(const char *s, const char *path)
{
	size_t n = strlen(path);

	return str_starts(s, path) && (s[n] == '\0' || s[n] == '/');
}

bool check_mount_point(const char *s)
{
	/* What the system itself keeps there, at whatever depth, and what is not on a disk at all:
	 * a disk mounted above it would hide it. */
	static const char *const ours[] = {"/bin",
					   "/boot",
					   "/dev",
					   "/efi",
					   "/etc",
					   "/lib",
					   "/lib64",
					   "/nix",
					   "/proc",
					   "/run",
					   "/sbin",
					   "/swap",
					   "/sys",
					   "/tmp",
					   "/usr",
					   "/var/lib/nixos",
					   "/var/lib/systemd",
					   "/var/lib/archibald"};
	/* Below these there is room. */
	static const char *const shared[] = {"/", "/home", "/root", "/var", "/var/lib", "/var/log"};
	size_t n = strlen(s);

	if (s[0] != '/' || n > 60 || s[n - 1] == '/' || !all_of(s, n, "/-_.") || strstr(s, "//") ||
	    strstr(s, "/."))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (lies_at(s, ours[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (str_eq(shared[i], s))
			return false;
	return true;
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

bool check_address(const char *s)
{
	const char *host = strstr(s, "://");

	return url_is(s) && host[3] && host[3] != '/' && strlen(s) <= 2000 && str_is_safe(s) &&
	       !strpbrk(s, " \"<>\\^`{|}");
}

bool check_address_is_public(const char *s)
{
	_cleanup_free_ char *shown = url_shown(s);

	return str_eq(shown, s);
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

bool check_audio_cores(const char *s)
{
	return str_eq(s, "none") || check_cpu_list(s);
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
	{"lt.baltic", "12345678"},
	/* Turkish Q: a dotless i is where us has i. */
	{"tr", "iI"},
};
/* Of letters they leave few where they are, or switch to another script. */
static const char *const all_moved[] = {
	"3l",	  "ANSI-dvorak", "adnw",    "bepo", "bg",  "bone", "by",     "carpalx", "colemak",
	"dvorak", "fa",		 "fr-bepo", "gr",   "il",  "koy",  "kyrgyz", "mk",	"mod-dh",
	"neo",	  "ru",		 "sr",	    "tr_f", "trf", "ua",   "workman"};
/* What us-acentos has as dead keys, which wait for a letter. */
#define DEAD_KEYS "'\"`~^"

bool key_map_matters(const char *text, const char *key_map)
{
	const char *moved = "";

	if (str_starts(key_map, "us") && !strstr(key_map, "intl"))
		return text[strspn(text, PRINTABLE_ASCII)] != '\0' ||
		       (strstr(key_map, "acentos") && strpbrk(text, DEAD_KEYS));
	for (size_t i = 0; i < ARRAY_SIZE(all_moved); i++)
		if (str_starts(key_map, all_moved[i]))
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
