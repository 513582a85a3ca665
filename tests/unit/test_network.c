/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network's layers judged, Wi-Fi by a stand-in of nmcli (tests/net/bin), and its file as the
 * real nmcli reads it where there is one. */
#include "support/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/proc.h"
#include "base/sys.h"
#include "network/state.h"
#include "network/wifi.h"

/* --- the layers ------------------------------------------------------------------------------ */

#define NOW    1790000000 /* 2026-09-21 */
#define CACHE  "https://user:geheim@cache.test"
#define ANSWER .reached = NET_ANSWERED, .status = 200, .date = NOW + 5

static char eth[] = "eth0", wlan[] = "wlan0", far_address[] = "10.0.0.2", reason[] = "refused";
static const struct net_interface cable = {eth, false, true, far_address, false},
				  no_cable = {eth, false, false, NULL, false},
				  local_only = {eth, false, true, NULL, true},
				  no_address = {eth, false, true, NULL, false},
				  no_wifi = {wlan, true, false, NULL, false};

static const struct {
	const struct net_interface *interfaces[2];
	bool asked;
	struct net_seen seen;
	time_t now;
	const char *verdicts; /* of the layers: "+" ok, "-" failed, "?" unknown */
	const char *what;     /* among what is said */
} states[] = {
	{{NULL}, false, {0}, NOW, "-????", "no network interface"},
	{{&no_cable}, false, {0}, NOW, "-????", "link: plug in a cable; is what"},
	{{&no_wifi}, false, {0}, NOW, "-????", "link: join a Wi-Fi network."},
	{{&no_cable, &no_wifi}, false, {0}, NOW, "-????", "no connection at eth0, wlan0"},
	{{&local_only, &no_wifi}, false, {0}, NOW, "+-???", "only an address of the link itself"},
	{{&no_address}, false, {0}, NOW, "+-???", "no address: no router"},
	{{&no_address}, false, {0}, 1000, "+-?-?", "clock says 1970-01-01 00:16 UTC"},
	{{&cable}, false, {0}, NOW, "++???", "10.0.0.2 (eth0)"},
	{{&cable}, true, {ANSWER, .is_cache = true}, NOW, "+++++", "https://cache.test"},
	{{&no_wifi, &cable}, true, {ANSWER, .is_cache = true}, NOW, "+++++", "ok       eth0"},
	{{&cable}, true, {ANSWER, .is_cache = true}, NOW - 700, "+++-+", "the server's 2026-09-21"},
	{{&cable}, true, {ANSWER, .is_cache = true}, NOW - 500, "+++++", "2026-09-21"},
	{{&cable}, true, {ANSWER}, NOW, "++++-", "something else answers"},
	{{&cable},
	 true,
	 {.reached = NET_ANSWERED, .status = 404, .date = NOW},
	 NOW,
	 "++++-",
	 "status 404"},
	{{&cable},
	 true,
	 {.reached = NET_ANSWERED, .status = 407, .date = NOW},
	 NOW,
	 "++++-",
	 "the proxy wants to know"},
	{{&cable},
	 true,
	 {.reached = NET_ANSWERED, .status = 503, .date = NOW},
	 NOW,
	 "++++-",
	 "try again later"},
	{{&cable}, true, {.reached = NET_NO_NAME}, NOW, "++-??", "cache.test is not known"},
	{{&cable}, true, {.reached = NET_NO_PROXY}, NOW, "++-??", "the proxy's name"},
	{{&cable},
	 true,
	 {.reached = NET_NO_SERVER, .reason = reason},
	 NOW,
	 "+++?-",
	 "cannot be reached: refused"},
	{{&cable},
	 true,
	 {.reached = NET_BAD_TLS, .reason = reason},
	 NOW,
	 "+++?-",
	 "does not prove who it is: refused"},
	{{&cable},
	 true,
	 {.reached = NET_BAD_TIME, .date = NOW},
	 NOW - 99999999,
	 "+++-?",
	 "good certificates look bad"},
	{{&cable}, true, {.reached = NET_BAD_TIME}, 1000, "+++-?", "good certificates look bad"},
	{{&cable}, true, {.reached = NET_BAD_TIME}, NOW, "+++-?", "which says 2026-09-21"},
	{{&cable}, true, {.reached = NET_BAD_TIME, .date = NOW}, NOW, "++++-", "has run out"},
};

static void test_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		_cleanup_str_ struct str text = {0};
		struct net_local local = {0};
		struct net_state s;

		for (size_t k = 0; k < 2 && states[i].interfaces[k]; k++)
			*list_push(a, &local.list) = *states[i].interfaces[k];
		s = net_judge(&local, states[i].asked ? &states[i].seen : NULL, CACHE,
			      states[i].now, a);
		for (size_t k = 0; k < NET_LAYERS; k++)
			check_row(i, "?+-"[s.layers[k].verdict] == states[i].verdicts[k]);
		check_row(i, net_is_up(&s) == str_eq(states[i].verdicts, "+++++"));
		net_state_text(&s, &text);
		check_contains(text.s, states[i].what);
		check_lacks(text.s, "geheim");
		check_shown(text.s);
	}
}

/* Every failure has a hint of what to do. */
static void test_hints(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct net_local local = {0};
		struct net_state s;

		for (size_t k = 0; k < 2 && states[i].interfaces[k]; k++)
			*list_push(a, &local.list) = *states[i].interfaces[k];
		s = net_judge(&local, states[i].asked ? &states[i].seen : NULL, CACHE,
			      states[i].now, a);
		for (size_t k = 0; k < NET_LAYERS; k++)
			check_row(i, (s.layers[k].verdict == NET_FAILED) ==
					     (s.layers[k].hint != NULL));
	}
}

static void test_cache_of_nix_conf(void **state)
{
	static const struct {
		const char *conf, *url;
	} rows[] = {
		{"", NET_CACHE_URL},
		{"max-jobs = auto\nsubstituters = https://a.test https://b.test\n",
		 "https://a.test"},
		{"substituters = /nix/store file:///x\n", NET_CACHE_URL},
		{"substituters =\n", NET_CACHE_URL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_arena_ struct arena *a = arena_new();
		struct sys sys;
		struct err e;

		scratch_file(dir, "etc/nix/nix.conf", rows[i].conf);
		assert_int_equal(sys_open(&sys, dir, &e), 0);
		assert_string_equal(net_cache_url(&sys, a), rows[i].url);
		sys_close(&sys);
	}
}

/* --- Wi-Fi ----------------------------------------------------------------------------------- */

static const struct {
	const char *line, *name;
	unsigned signal;
	bool locked, company, joined;
} lines[] = {
	{" :40:WPA2:Studio", "Studio", 40, true, false, false},
	{"*:40:WPA2:Studio", "Studio", 40, true, false, true},
	{" :40::Studio", "Studio", 40, false, false, false},
	{" :40:--:Studio", "Studio", 40, false, false, false},
	{" :7:WPA2 802.1X:Firma", "Firma", 7, true, true, false},
	{" :70:WPA1 WPA2:a\\:b\\\\c", "a:b\\c", 70, true, false, false},
	{" :70:WPA2:\\:", ":", 70, true, false, false},
	{" :40:WPA2:", NULL, 0, false, false, false},
	{" :40:WPA2:a:b", NULL, 0, false, false, false}, /* not escaped: not nmcli's */
	{" :40:WPA2:\x1b[2J", NULL, 0, false, false, false},
	{" :40:WPA2:123456789012345678901234567890123", NULL, 0, false, false, false},
	{"", NULL, 0, false, false, false},
	{":::\\", "\\", 0, false, false, false},
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct wifi_seen w;
		bool ok = wifi_parse_line(lines[i].line, a, &w);

		check_row(i, ok == (lines[i].name != NULL));
		if (!ok)
			continue;
		assert_string_equal(w.name, lines[i].name);
		check_row(i, w.signal == lines[i].signal && w.locked == lines[i].locked &&
				     w.company == lines[i].company && w.joined == lines[i].joined);
	}
}

static char *nmcli_begin(const char *scenario)
{
	char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/tests/net/bin:/usr/bin:/bin", TEST_SOURCE_DIR);
	_cleanup_free_ char *connections = xasprintf("%s/connections", dir);

	mkdir(connections, 0700);
	setenv("PATH", path, 1);
	setenv("ARCHIBALD_FAKE_NMCLI", scenario, 1);
	setenv("ARCHIBALD_FAKE_DIR", dir, 1);
	return dir;
}

static void test_scan(void **state)
{
	_cleanup_scratch_ char *dir = nmcli_begin("ok");
	_cleanup_arena_ struct arena *a = arena_new();
	struct wifi_list l = {0};
	struct err e;

	(void)state;
	(void)dir;
	assert_int_equal(wifi_scan(a, &l, &e), 0);
	assert_int_equal(l.list.count, 4);
	assert_string_equal(l.list.items[0].name, "Stage 1");
	assert_int_equal(l.list.items[0].signal, 88);
	assert_true(l.list.items[0].joined);
	assert_string_equal(l.list.items[1].name, "a:b\\c");
	assert_string_equal(l.list.items[2].name, "cafe");
	assert_false(l.list.items[2].locked);
	assert_true(l.list.items[3].company);
}

static void test_scan_fails(void **state)
{
	static const struct {
		const char *scenario, *why;
	} rows[] = {
		{"stopped", "NetworkManager is not running"},
		{"none", "there is no Wi-Fi device"},
		{"unmanaged", "cannot be used now"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_scratch_ char *dir = nmcli_begin(rows[i].scenario);
		_cleanup_arena_ struct arena *a = arena_new();
		struct wifi_list l = {0};
		struct err e;

		(void)dir;
		check_row(i, wifi_scan(a, &l, &e) < 0);
		_cleanup_free_ char *text = err_text(&e);
		check_contains(text, rows[i].why);
		check_row(i, e.hint[0]);
	}
	setenv("PATH", "/nowhere", 1);
	_cleanup_arena_ struct arena *a = arena_new();
	struct wifi_list l = {0};
	struct err e;

	assert_int_equal(wifi_scan(a, &l, &e), -ERR_NOT_FOUND);
	check_contains(e.what, "no NetworkManager");
}

#define PASSWORD "\\ s3cret;=#\\"

static int join(const char *scenario, char **dir, struct err *e)
{
	_cleanup_secret_ struct secret password = {0};
	struct wifi_network w = {.name = "Stage 1", .password = &password};

	*dir = nmcli_begin(scenario);
	_cleanup_free_ char *connections = xasprintf("%s/connections", *dir);
	secret_set(&password, PASSWORD, strlen(PASSWORD));
	return wifi_join(&w, connections, e);
}

static char *read_back(const char *dir, const char *name)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	const char *text = sys_slurp(&here, a, path, 1 << 16, NULL);

	assert_non_null(text);
	return xstrdup(text);
}

static void test_join(void **state)
{
	_cleanup_scratch_ char *dir = NULL;
	_cleanup_free_ char *arguments = NULL, *loaded = NULL;
	struct err e;

	(void)state;
	assert_int_equal(join("ok", &dir, &e), 0);
	arguments = read_back(dir, "arguments");
	loaded = read_back(dir, "loaded");
	check_contains(arguments, "--wait 45 connection up uuid ");
	check_lacks(arguments, "s3cret");
	check_lacks(arguments, "delete");
	check_contains(loaded, "\nssid=83;116;97;103;101;32;49;\n");
	check_contains(loaded, "\npsk=\\\\ s3cret;=#\\\\\n");
}

/* In plain words, and what was wrong is not tried again by itself. */
static void test_join_fails(void **state)
{
	static const struct {
		const char *scenario, *why;
	} rows[] = {
		{"wrong", "the password is wrong"},
		{"gone", "no network of that name within reach"},
		{"address", "gave no address"},
		{"device", "no Wi-Fi device of this machine"},
		{"slow", "within 45 seconds"},
		{"stopped", "NetworkManager is not running"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_scratch_ char *dir = NULL;
		_cleanup_free_ char *file = NULL;
		struct err e;

		check_row(i, join(rows[i].scenario, &dir, &e) == -ERR_NETWORK);
		check_contains(e.what, rows[i].why);
		check_contains(e.what, "cannot join Stage 1: ");
		file = xasprintf("%s/connections/archibald-wifi.nmconnection", dir);
		check_row(i, access(file, F_OK) < 0);
	}
}

/* --- the file -------------------------------------------------------------------------------- */

static void add_line(void *ctx, const char *line)
{
	str_addf(ctx, "%s\n", line);
}

/* What NetworkManager itself takes it for: it reads the file and writes it anew in its own way. */
static void test_real_nmcli(void **state)
{
	static const struct {
		const char *name, *password, *read;
	} rows[] = {
		{"Studio", "hunter2hunter2",
		 "ssid=Studio\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=hunter2hunter2\n"},
		{"Stage 1", PASSWORD,
		 "ssid=Stage 1\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=\\\\ s3cret;=#\\\\\n"},
		{"a;b\\c", " two blanks", "psk=\\stwo blanks\n"},
		{"caf\xc3\xa9", NULL, "ssid=99;97;102;195;169;\n[ipv4]"},
		{"42", NULL, "ssid=42\n"},
	};
	static const char *const argv[] = {
		"/usr/bin/nmcli",	  "--offline", "connection", "modify",
		"connection.autoconnect", "yes",       NULL};

	(void)state;
	if (access(argv[0], X_OK) < 0) {
		print_message("not looked at: there is no nmcli here\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_secret_ struct secret password = {0}, file = {0};
		const struct wifi_network w = {rows[i].name, i == 0, &password};
		_cleanup_str_ struct str out = {0};
		struct err e;

		if (rows[i].password)
			secret_set(&password, rows[i].password, strlen(rows[i].password));
		wifi_keyfile(&w, "archibald", &file);
		assert_int_equal(proc_run(&(struct proc){.argv = argv,
							 .input = file.bytes,
							 .input_len = file.len,
							 .line = add_line,
							 .ctx = &out},
					  &e),
				 0);
		check_contains(out.s, rows[i].read);
		check_row(i, (strstr(out.s, "hidden=true") != NULL) == (i == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_cache_of_nix_conf),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_fails),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_fails),
		cmocka_unit_test(test_real_nmcli),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
