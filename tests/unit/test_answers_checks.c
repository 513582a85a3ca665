/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks: what may be a host name, a user, a password hash, an SSH key, a path, ... */
#include "support/check.h"

#include "answers/checks.h"
#include "base/uuid.h"
#include "support/interview.h"

struct rows {
	bool (*check)(const char *s);
	const char *const *good, *const *bad;
};
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define X10	  "xxxxxxxxxx"
#define X60	  X10 X10 X10 X10 X10 X10

static const struct rows tables[] = {
	{check_host_name, LIST("a", "studio", "Rack-1", "1a", "123", "a-b--c", X60 "abc"),
	 LIST("", "-a", "a-", "-", "a.b", "a_b", "a b", "a\n", X60 "abcd", "\xc3\xbc", "a/b", "..",
	      "$(id)", "a\x01")},
	{check_user_name, LIST("a", "audio-user", "_x", "u1", "a-", X10 X10 X10 "x"),
	 LIST("", "A", "Audio", "1a", "-a", "a.b", "a b", "root", "nobody", "sshd", "systemd-x",
	      "nixbld1", "a/b", "..", "a:b", "a\nb", X10 X10 X10 "xx", "\xc3\xbc", "a$")},
	{check_gecos, LIST("", "J\xc3\xbcrgen O'Brien", X60 X60),
	 LIST("a:b", "a,b", "a\nb", "a\tb", "\x1b[2J", "\x7f", X60 X60 "x", "\xff", "\xc2\x9b",
	      "\xe2\x80\xae"
	      "abc")},
	{check_password, LIST("x", " ", "\xff\xfe", "a b\"'$(id)", "\xe2\x80\xae", X60 X60 X60 X60),
	 LIST("", "a\nb", "\t", "\x7f", X60 X60 X60 X60 X10 "1234567")},
	{check_absolute_path, LIST("/a", "/etc/hash file", "/\xc3\xbc", "//"),
	 LIST("", "/", "a", "./a", "/a\n", "/\x1b", "/\xff")},
	{check_device_path, LIST("/dev/sda", "/dev/disk/by-id/nvme-A_1:2", "/dev/./sda"),
	 LIST("", "/dev/", "/dev", "sda", "/etc/passwd", "/dev/../etc/passwd", "/dev/a b",
	      "/dev/a\n", "/dev/\x1b[2J", "/dev/\xc2\x9b", "dev/sda", " /dev/sda")},
	{check_serial_console,
	 LIST("ttyS0", "ttyS0,115200", "ttyS0,115200n8", "ttyAMA0,115200n8r", "ttyS2,1500000n8"),
	 LIST("", "tty", "tty0", "ttyS0,", "ttyS0,n8", "ttyS0,115200n8rx", "ttyS0 115200",
	      "ttyS0,115200n8 init=/bin/sh", "hvc0", "ttyS0,9600\n", "ttyS0,96 00", "console=ttyS0",
	      "ttyABCDEFGHIJKLMN,9")},
	{check_small_number, LIST("1", "8", "256", "010"),
	 LIST("", "0", "257", "-1", "1 ", "x", "99999", "1.5")},
	{check_memory_max, LIST("80%", "100%", "12G", "512M", "1T"),
	 LIST("", "80", "101%", "0%", "0G", "%", "G", "12GB", "12g", "123456G", "-1G", "1%%")},
	{check_cpu_list, LIST("0", "2-7", "2,3,6-7", "1-1"),
	 LIST("", "-", "2-", "-7", "7-2", "2,", ",2", "2--3", "a", "2 3", "12345", "2-7;id")},
	{check_time_zone, LIST("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"),
	 LIST("", "utc", "Europe", "Europe/berlin", "../etc/passwd", "/Europe/Berlin", "UTC ")},
	{check_locale, LIST("en_US.UTF-8", "C.UTF-8", "de_DE.UTF-8"),
	 LIST("", "C", "en_US", "en_US.utf8", "de_DE.ISO-8859-1", "en_US.UTF-8\n")},
	{check_key_map, LIST("us", "de", "uk", "fr", "dvorak", "de-latin1"),
	 LIST("", "US", "gb", "us ", "../us", "us.map.gz")},
	{check_uuid,
	 LIST("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"),
	 LIST("", "6ba7b810", "6ba7b8109dad11d180b400c04fd430c8",
	      "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", " 6ba7b810-9dad-11d1-80b4-00c04fd430c8")},
	{check_password_hash,
	 LIST(PASSWORD_HASH_TEXT, "$6$saltsalt$abcdefghijklmnopqrstuvwxyz./0123",
	      "$6$rounds=5000$salt$abcdefghijklmnopqrstuvwxyz",
	      "$5$salt$abcdefghijklmnopqrstuvwxyz",
	      "$2b$05$abcdefghijklmnopqrstuuvwxyz0123456789ABCDEFGHIJKLMNO",
	      "$gy$j9T$salt$hashhashhash"),
	 LIST("", "hunter2", "hunter2hunter2hunter2hunter2", "$y$",
	      "$y$j9T$fugDOaqSYkpZ8v9zddqvH.$", "$1$salt$abcdefghijklmnopqrstuvwxyz",
	      "$y$j9T$salt$ab:cdefghijklmnopqr", "$y$j9T$salt$abcdefghijklm\nnopqr",
	      "$y$j9T$salt$abcdefghij klmnopqr", "*$y$j9T$salt$abcdefghijklmnopqr", "!",
	      "$6$abcdefghijklmnopqrstuvwxyz", "$y$j9T$sal\xc3\xbct$abcdefghijklmnopqr")},
};

static void test_tables(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (size_t i = 0; tables[t].good[i]; i++)
			if (!tables[t].check(tables[t].good[i]))
				fail_msg("table %zu refuses \"%s\"", t, tables[t].good[i]);
		for (size_t i = 0; tables[t].bad[i]; i++)
			if (tables[t].check(tables[t].bad[i]))
				fail_msg("table %zu takes \"%s\"", t, tables[t].bad[i]);
	}
}

/* Each byte alone at the end of something good: only what the words say. */
static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		char text[] = {'a', (char)c, 'a', '\0'}, path[] = {'/', (char)c, '\0'};
		bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z',
		     upper = c >= 'A' && c <= 'Z', plain = c >= 0x20 && c < 0x7f;

		check_row(c, check_host_name(text) == (digit || lower || upper || c == '-'));
		check_row(c, check_user_name(text) == (digit || lower || c == '-' || c == '_'));
		check_row(c, check_gecos(text) == (plain && c != ':' && c != ','));
		check_row(c, check_password(text) == (c >= 0x20 && c != 0x7f));
		check_row(c, check_absolute_path(path) == plain);
	}
}

static void add_base64(struct str *out, const struct str *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes->len; i += 3) {
		uint32_t n = 0;

		for (size_t j = 0; j < 3; j++)
			n = n << 8 | (i + j < bytes->len ? (unsigned char)bytes->s[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			str_addc(out, i + j > bytes->len ? '=' : digits[n >> (18 - 6 * j) & 63]);
	}
}

static void add_string(struct str *blob, const char *s, size_t n)
{
	const char length[] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};

	str_addn(blob, length, 4);
	str_addn(blob, s, n);
}

struct key {
	const char *type;
	size_t parts[3]; /* lengths of the strings behind the type */
	unsigned count;
};
static const struct key keys[] = {
	{"ssh-ed25519", {32}, 1},
	{"ssh-rsa", {3, 257}, 2},
	{"ssh-rsa", {3, 2049}, 2},
	{"ecdsa-sha2-nistp256", {8, 65}, 2},
	{"ecdsa-sha2-nistp384", {8, 97}, 2},
	{"ecdsa-sha2-nistp521", {8, 133}, 2},
	{"sk-ssh-ed25519@openssh.com", {32, 4}, 2},
	{"sk-ecdsa-sha2-nistp256@openssh.com", {8, 65, 4}, 3},
};

/* The blob of a key; `inner` is the type that it says itself. */
static void add_blob(struct str *blob, const struct key *k, const char *inner)
{
	_cleanup_free_ char *filling = xmalloc(4096);

	memset(filling, 0xa5, 4096);
	add_string(blob, inner, strlen(inner));
	for (unsigned i = 0; i < k->count; i++)
		add_string(blob, filling, k->parts[i]);
}

static bool key_ok(const char *type, const struct str *blob, const char *rest)
{
	_cleanup_str_ struct str line = {0};

	str_addf(&line, "%s ", type);
	add_base64(&line, blob);
	str_add(&line, rest);
	return check_ssh_key(line.s);
}

static void test_ssh_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_str_ struct str blob = {0}, other = {0};
		const char *wrong = str_eq(keys[i].type, "ssh-rsa") ? "ssh-dss" : "ssh-rsa";

		add_blob(&blob, &keys[i], keys[i].type);
		check_row(i, key_ok(keys[i].type, &blob, ""));
		check_row(i, key_ok(keys[i].type, &blob, " me@host, J\xc3\xbcrgen's"));
		check_row(i, key_ok(keys[i].type, &blob, " "));
		check_row(i, !key_ok(wrong, &blob, ""));
		check_row(i, !key_ok(keys[i].type, &blob, " a\nssh-rsa"));
		check_row(i, !key_ok(keys[i].type, &blob, " \x1b[2J"));
		check_row(i, !key_ok(keys[i].type, &blob, "\tcomment"));
		check_row(i, !key_ok(keys[i].type, &blob, "="));
		check_row(i, !key_ok(keys[i].type, &blob, ",x"));
		add_blob(&other, &keys[i], wrong);
		check_row(i, !key_ok(keys[i].type, &other, ""));
	}
}

/* Cut anywhere, or with anything behind: nobody could log in with it. */
static void test_cut_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_str_ struct str blob = {0};
		size_t len;

		add_blob(&blob, &keys[i], keys[i].type);
		len = blob.len;
		for (blob.len = 0; blob.len < len; blob.len++)
			check_row(i, !key_ok(keys[i].type, &blob, ""));
		str_addc(&blob, 'x');
		check_row(i, !key_ok(keys[i].type, &blob, ""));
	}
}

static const char *const no_keys[] = {
	"",
	" ",
	"ssh-ed25519",
	"ssh-ed25519 ",
	"ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF",
	" " SSH_KEY,
	"ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vk",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF=",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1v-_",
	"command=\"rm -rf /\" " SSH_KEY,
	"no-pty,command=\"id\" " SSH_KEY,
	"from=\"*\" " SSH_KEY,
	"cert-authority " SSH_KEY,
	"# " SSH_KEY,
	SSH_KEY "\n",
	SSH_KEY "\r",
	SSH_KEY "\n" SSH_KEY,
	"AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF",
	"ssh-dss AAAAB3NzaC1kc3MAAACBAA==",
	"ssh-ed25519-cert-v01@openssh.com AAAA",
	"-----BEGIN OPENSSH PRIVATE KEY-----",
	"SSH-ED25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF",
};

static void test_no_ssh_keys(void **state)
{
	_cleanup_str_ struct str endless = {0};

	(void)state;
	assert_true(check_ssh_key(SSH_KEY));
	assert_true(check_ssh_key(SSH_KEY " admin@example"));
	for (size_t i = 0; i < ARRAY_SIZE(no_keys); i++)
		check_row(i, !check_ssh_key(no_keys[i]));
	str_add(&endless, SSH_KEY " ");
	while (endless.len <= 16384)
		str_addc(&endless, 'c');
	assert_false(check_ssh_key(endless.s));
	/* A length that wraps around must not be believed. */
	_cleanup_str_ struct str blob = {0};

	add_string(&blob, "ssh-ed25519", 11);
	str_addn(&blob, "\xff\xff\xff\xfc" X60, 64);
	assert_false(key_ok("ssh-ed25519", &blob, ""));
}

static void test_word_lists(void **state)
{
	const char *const *const lists[] = {check_zones, check_locales, check_key_maps};
	static const size_t least[] = {400, 100, 50};

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		size_t n = 0;

		for (; lists[l][n]; n++)
			check_row(n, lists[l][n][0] && str_is_safe(lists[l][n]) &&
					     !strpbrk(lists[l][n], " \"'$#\\"));
		check_row(l, n >= least[l]);
	}
}

static void test_x_keyboards(void **state)
{
	const char *layout = NULL, *variant = "untouched";

	(void)state;
	assert_true(key_map_to_xkb("us", &layout, &variant));
	assert_string_equal(layout, "us");
	assert_null(variant);
	assert_true(key_map_to_xkb("uk", &layout, &variant));
	assert_string_equal(layout, "gb");
	assert_true(key_map_to_xkb("dvorak", &layout, &variant));
	assert_string_equal(variant, "dvorak");
	assert_false(key_map_to_xkb("no-such-map", &layout, &variant));
	for (const char *const *map = check_key_maps; *map; map++)
		if (key_map_to_xkb(*map, &layout, &variant))
			assert_true(layout[0] && strlen(layout) < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),	    cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_ssh_keys),    cmocka_unit_test(test_cut_keys),
		cmocka_unit_test(test_no_ssh_keys), cmocka_unit_test(test_word_lists),
		cmocka_unit_test(test_x_keyboards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
