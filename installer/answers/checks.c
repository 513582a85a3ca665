/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/checks.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

/* Generated from the word lists beside this file. */
extern const char *const words_zones[], *const words_locales[];
/* Three columns: the console keymap, the X layout and its variant (NULL: none). */
extern const char *const words_keymaps[], *const words_keymaps_2[], *const words_keymaps_3[];

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
	return strlen(s) <= 120 && no_control(s) && !strpbrk(s, ":,");
}

bool check_password(const char *s)
{
	return s[0] && strlen(s) <= 256 && no_control(s);
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

/* The first bytes of an SSH key's blob; how many, or 0 when it is not base64. */
static size_t base64_head(const char *s, size_t n, unsigned char *out, size_t max)
{
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	while (n && s[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(s[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (len < max)
				out[len++] = (unsigned char)(bits >> have);
		}
	}
	return len;
}

bool check_ssh_key(const char *s)
{
	static const char *const types[] = {
		"ssh-ed25519",
		"ssh-rsa",
		"ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com",
	};
	unsigned char head[64];
	size_t type_len = strcspn(s, " "), blob_len, n;

	if (!no_control(s) || strlen(s) > 16384 || !s[type_len])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i]) != type_len || strncmp(s, types[i], type_len) != 0)
			continue;
		/* RFC 4253, 6.6: the blob begins with its own type as a string (length, bytes). */
		blob_len = strcspn(s + type_len + 1, " ");
		n = base64_head(s + type_len + 1, blob_len, head, sizeof(head));
		return blob_len >= 64 && n >= 4 + type_len && head[0] == 0 && head[1] == 0 &&
		       head[2] == 0 && head[3] == type_len &&
		       memcmp(head + 4, types[i], type_len) == 0;
	}
	return false;
}

bool check_absolute_path(const char *s)
{
	return s[0] == '/' && s[1] && strlen(s) < 1024 && no_control(s);
}

bool check_device_path(const char *s)
{
	return str_starts(s, "/dev/") && s[5] && strlen(s) < 256 && no_control(s) &&
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

const char *const *const check_zones = words_zones;
const char *const *const check_locales = words_locales;
const char *const *const check_key_maps = words_keymaps;
