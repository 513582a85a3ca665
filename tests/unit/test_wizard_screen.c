/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen of the network: when it is shown, what can be done there, and what stays of it. */
#include "support/check.h"

#include "answers/wizard.h"
#include "support/interview.h"

/* The world in place of reach.c: up once a network is joined or a proxy is set. */
struct world {
	struct setting *s;
	unsigned looks;
	bool up, no_device, switched_off, unlinked;
	const char *note;
	const char *password; /* the right one; NULL: any */
};

static struct network_view look(void *ctx, struct arena *a)
{
	struct world *w = ctx;
	bool up = w->up || w->s->answers->proxy;

	(void)a;
	w->looks++;
	return (struct network_view){.text = up ? "all is well" : "no link",
				     .up = up,
				     .wifi = !w->no_device,
				     .unlinked = w->unlinked};
}

static int networks(void *ctx, struct arena *a, struct choices *ret, const char **ret_note,
		    struct err *e)
{
	struct world *w = ctx;

	if (w->switched_off)
		return err_set(e, ERR_NOT_FOUND, "press the key", "Wi-Fi is switched off");
	*list_push(a, &ret->list) = (struct choice){"Stage 1", "Stage 1: 88 %"};
	*list_push(a, &ret->list) = (struct choice){"cafe", "cafe: 60 %, " WIFI_OPEN};
	*ret_note = w->note;
	return 0;
}

static int join(void *ctx, const struct answers *a, struct err *e)
{
	struct world *w = ctx;

	if (w->password &&
	    !(secret_given(&a->wifi_password) && str_eq(a->wifi_password.bytes, w->password)))
		return err_set(e, ERR_NETWORK, "capitals count", "cannot join %s: wrong",
			       a->wifi_network);
	w->up = true;
	return 0;
}

struct script {
	const char *const *replies;
	size_t at;
	struct str log;
	bool offered_wifi, offered_proxy;
};

static enum reply_kind script_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct script *x = ctx;
	const char *text = x->replies[x->at];

	if (p->kind == PROMPT_LEAVE) {
		secret_set(reply, "yes", 3);
		return REPLY_ANSWER;
	}
	str_addf(&x->log, "%s%s", p->title, p->repeat ? "*" : "");
	if (p->kind == PROMPT_REVIEW)
		str_addf(&x->log, "(%s)", p->proposal ? p->proposal : "");
	if (str_eq(p->title, "Wi-Fi network") && p->text)
		str_addf(&x->log, " %s", p->text);
	for (size_t i = 0; i < p->choices.list.count; i++) {
		x->offered_wifi |= str_eq(p->choices.list.items[i].value, "wifi");
		x->offered_proxy |= str_eq(p->choices.list.items[i].value, "proxy");
	}
	if (p->problem)
		str_addf(&x->log, "!%s", p->problem);
	str_addc(&x->log, '\n');
	if (!text)
		return REPLY_CANCEL;
	x->at++;
	if (str_eq(text, "<"))
		return REPLY_BACK;
	secret_set(reply, text, strlen(text));
	return REPLY_ANSWER;
}

static const struct {
	const char *replies[14];
	const char *log;
	const char *wifi, *proxy; /* in the end */
	bool up, switched_off, hidden;
	unsigned looks;
} rows[] = {
	{{"", "x"}, "Network(go)\nHost name\n", NULL, NULL, true, false, false, 1},
	{{"", "", "go", "x"},
	 "Network(again)\nNetwork(again)\nNetwork(again)\nHost name\n",
	 NULL,
	 NULL,
	 false,
	 false,
	 false,
	 3},
	/* Whether it is right is known as soon as it is joined: the password is asked once. */
	{{"wifi", "Stage 1", "right password", "", "x"},
	 "Network(again)\nWi-Fi network(Stage 1)\nWi-Fi password\nNetwork(go)\nHost name\n",
	 "Stage 1",
	 NULL,
	 false,
	 false,
	 false,
	 2},
	{{"wifi", "Stage 1", "wrong password", "go", "x"},
	 "Network(again)\nWi-Fi network(Stage 1)\nWi-Fi password\n"
	 "Network(again)!cannot join Stage 1: wrong (capitals count)\nHost name\n",
	 NULL,
	 NULL,
	 false,
	 false,
	 false,
	 2},
	{{"wifi", "\x01", "Keller", "right password", "", "x"},
	 "Network(again)\nWi-Fi network(Stage 1)\nWi-Fi network\nWi-Fi password\n"
	 "Network(go)\nHost name\n",
	 "Keller",
	 NULL,
	 false,
	 false,
	 true,
	 2},
	{{"wifi", "<", "wifi", "Stage 1", "<", "go", "x"},
	 "Network(again)\nWi-Fi network(Stage 1)\nNetwork(again)\nWi-Fi network(Stage 1)\n"
	 "Wi-Fi password\nNetwork(again)\nHost name\n",
	 NULL,
	 NULL,
	 false,
	 false,
	 false,
	 3},
	{{"wifi", "go", "x"},
	 "Network(again)\nNetwork(again)!Wi-Fi is switched off (press the key)\nHost name\n",
	 NULL,
	 NULL,
	 false,
	 true,
	 false,
	 2},
	{{"proxy", "http://a:b@p:1", "http://p:3128", "no", "", "x"},
	 "Network(again)\nProxy\nProxy!a proxy's name and password are secrets, which every "
	 "program of this machine and the Nix store would come to know: use a proxy that knows "
	 "the machine by its address, or one on this machine that logs in (cntlm)\n"
	 "The same proxy on the installed system\nNetwork(go)\nHost name\n",
	 NULL,
	 "http://p:3128",
	 false,
	 false,
	 false,
	 2},
	{{"what", "go", "x"},
	 "Network(again)\nNetwork(again)!that is not in the list\nHost name\n",
	 NULL,
	 NULL,
	 false,
	 false,
	 false,
	 2},
	/* Back from the next question leads to the screen, and not into it. */
	{{"wifi", "Stage 1", "right password", "", "<", "", "x"},
	 "Network(again)\nWi-Fi network(Stage 1)\nWi-Fi password\nNetwork(go)\n"
	 "Host name\nNetwork(go)\nHost name\n",
	 "Stage 1",
	 NULL,
	 false,
	 false,
	 false,
	 3},
};

#define OPEN                                                                                  \
	"{\"version\":1,\"variant\":\"server\",\"keyMap\":\"us\",\"locale\":\"en_US.UTF-8\"," \
	"\"timeZone\":\"UTC\",\"disk\":{\"path\":\"/dev/vda\"},\"fileSystem\":\"ext4\","      \
	"\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}},"                              \
	"\"ask\":[\"network.state\",\"hostName\"]}"

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		struct world w = {.s = s,
				  .up = rows[i].up,
				  .switched_off = rows[i].switched_off,
				  .password = "right password"};
		const struct outside outside = {
			.ctx = &w, .look = look, .networks = networks, .join = join};
		struct script x = {.replies = rows[i].replies};
		const struct front_end f = {.ctx = &x, .ask = script_ask};
		_cleanup_(str_clear) struct str log = {0};
		struct err e;

		s->v.outside = &outside;
		setting_parse(s, OPEN);
		check_row(i, s->problems.list.count == 0);
		check_row(i, wizard_run(&s->v, &f, NULL, &e) == 0);
		log = x.log;
		assert_string_equal(str_get(&log), rows[i].log);
		check_row(i, str_eq(s->answers->wifi_network, rows[i].wifi));
		check_row(i, secret_given(&s->answers->wifi_password) == (rows[i].wifi != NULL));
		check_row(i, str_eq(s->answers->proxy, rows[i].proxy));
		check_row(i, s->answers->wifi_hidden == rows[i].hidden);
		check_row(i, w.looks == rows[i].looks);
		/* In a second conversation, after a failure, nobody is led there again. */
		check_row(i, interview_next(&s->v, 0) == question_count);
		check_row(i, wizard_run(&s->v, &f, NULL, &e) == 0);
		check_row(i, w.looks == rows[i].looks);
	}
}

/* Where nothing is connected, Wi-Fi is what Enter alone does. Where there is no device nobody is
 * sent to look for networks; what cannot be joined here is said, not left out. */
static void test_wifi_is_offered(void **state)
{
	static const char *const replies[] = {"", "<", "go", "x", NULL};
	static const char note[] = "not offered: eduroam";

	(void)state;
	for (int no_device = 0; no_device < 2; no_device++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		struct world w = {.s = s, .no_device = no_device, .unlinked = true, .note = note};
		const struct outside outside = {
			.ctx = &w, .look = look, .networks = networks, .join = join};
		struct script x = {.replies = no_device ? replies + 2 : replies};
		const struct front_end f = {.ctx = &x, .ask = script_ask};
		_cleanup_(str_clear) struct str log = {0};
		struct err e;

		s->v.outside = &outside;
		setting_parse(s, OPEN);
		assert_int_equal(wizard_run(&s->v, &f, NULL, &e), 0);
		log = x.log;
		assert_int_equal(x.offered_wifi, !no_device);
		assert_string_equal(str_get(&log),
				    no_device ? "Network(again)\nHost name\n"
					      : "Network(wifi)\nWi-Fi network(Stage 1) not "
						"offered: eduroam\nNetwork(wifi)\nHost name\n");
	}
}

/* From the screen it is back to the question before it, whatever was asked on the screen. */
static void test_back_over_the_screen(void **state)
{
	static const char *const replies[] = {"UTC", "wifi", "Stage 1", "right password",
					      "",    "<",    "<",	NULL};
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct world w = {.s = s, .password = "right password"};
	const struct outside outside = {
		.ctx = &w, .look = look, .networks = networks, .join = join};
	struct script x = {.replies = replies};
	const struct front_end f = {.ctx = &x, .ask = script_ask};
	_cleanup_(str_clear) struct str log = {0};
	struct err e;

	(void)state;
	s->v.outside = &outside;
	setting_parse(s, "{\"version\":1,\"variant\":\"server\",\"keyMap\":\"us\",\"locale\":"
			 "\"en_US.UTF-8\",\"disk\":{\"path\":\"/dev/vda\"},\"ask\":[\"timeZone\","
			 "\"network.state\",\"hostName\"]}");
	assert_int_equal(wizard_run(&s->v, &f, NULL, &e), -ERR_CANCELLED);
	log = x.log;
	assert_true(str_ends(str_get(&log), "Host name\nNetwork(go)\nTime zone\n"));
}

/* Shown by itself only where something is to be fetched and nobody has settled it. */
static void test_when(void **state)
{
	const struct question *q = question_needed("network.state");
	struct outside outside = {.look = look};
	const struct outside no_network = {0};

	(void)state;
	for (int carries = 0; carries < 3; carries++)
		for (int file = 0; file < 2; file++) {
			_cleanup_setting_ struct setting *s = setting_new(PC);

			s->v.outside = &outside;
			outside.has_cache = carries == 2;
			if (carries == 1)
				s->facts->medium.registration = s->facts->medium.roots =
					arena_strdup(s->facts->arena, "/x");
			if (file)
				setting_parse(s, "{\"version\":1}");
			assert_int_equal(question_is_asked(&s->v, q), !carries && !file);
			assert_true(question_applies(&s->v, q));
			s->v.outside = &no_network;
			assert_false(question_applies(&s->v, q));
		}
}

/* An image with Wi-Fi joins it on the screen; only where that cannot be is a name just typed. What
 * is not asked there, a proxy, is not offered. */
static void test_first_boot(void **state)
{
	static const char *const replies[] = {"wifi", "Stage 1", "right password", "", "x", NULL};
	static const struct outside nothing;
	const struct image image = {.network_manager = true};
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct world w = {.s = s, .password = "right password"};
	const struct outside outside = {
		.ctx = &w, .look = look, .networks = networks, .join = join};
	struct script x = {.replies = replies};
	const struct front_end f = {.ctx = &x, .ask = script_ask};
	_cleanup_(str_clear) struct str log = {0};
	struct err e;

	(void)state;
	s->v.image = &image;
	s->v.outside = &outside;
	assert_false(question_is_asked(&s->v, question_needed("network.state")));
	assert_false(question_is_asked(&s->v, question_needed("network.wifi.name")));
	list_push(s->facts->arena, &s->facts->networks)->kind = NET_WIFI;
	assert_true(question_is_asked(&s->v, question_needed("network.state")));
	assert_false(question_is_asked(&s->v, question_needed("network.wifi.name")));
	s->v.outside = &nothing;
	assert_false(question_is_asked(&s->v, question_needed("network.state")));
	assert_true(question_is_asked(&s->v, question_needed("network.wifi.name")));
	s->v.outside = &outside;
	setting_parse(s, "{\"version\":1,\"ask\":[\"network.state\",\"hostName\"]}");
	assert_int_equal(wizard_run(&s->v, &f, NULL, &e), 0);
	log = x.log;
	assert_string_equal(str_get(&log), "Network(again)\nWi-Fi network(Stage 1)\n"
					   "Wi-Fi password\nNetwork(go)\nHost name\n");
	assert_string_equal(s->answers->wifi_network, "Stage 1");
	assert_false(x.offered_proxy);
}

/* It is no key of a file, and nothing of it is written into one. */
static void test_no_key(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *problems = NULL;

	(void)state;
	setting_parse(s, "{\"version\":1,\"network\":{\"state\":\"go\"}}");
	problems = setting_problems(s);
	check_contains(problems, "network.state: is not a key of an answer file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_wifi_is_offered),
		cmocka_unit_test(test_back_over_the_screen),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_first_boot),
		cmocka_unit_test(test_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
