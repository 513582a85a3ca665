/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nixlog: the messages of Nix, as Nix 2.8 and later write them, one after the other. */
#include "support/check.h"

#include "run/nixlog.h"

#define DRV "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-linux-6.12.drv"

static const struct {
	const char *line;
	const char *log, *text; /* NULL: nothing; the text with what it is at */
	uint64_t done, total;
} rows[] = {
	{"building the flake in path:/mnt/etc/nixos...",
	 "building the flake in path:/mnt/etc/nixos...", NULL, 0, 0},
	{"@nix {\"action\":\"start\",\"id\":1,\"level\":0,\"parent\":0,\"text\":\"\",\"type\":103}",
	 NULL, NULL, 0, 0},
	{"@nix {\"action\":\"start\",\"id\":2,\"level\":0,\"parent\":0,\"text\":\"\",\"type\":104}",
	 NULL, NULL, 0, 0},
	{"@nix {\"action\":\"result\",\"fields\":[3,40,1,0],\"id\":1,\"type\":105}", NULL,
	 "3 of 40 paths", 3, 40},
	{"@nix {\"action\":\"result\",\"fields\":[1,3,1,0],\"id\":2,\"type\":105}", NULL,
	 "3 of 40 paths, 1 of 3 builds", 4, 43},
	{"@nix {\"action\":\"result\",\"fields\":[100,8388608],\"id\":1,\"type\":106}", NULL, NULL,
	 4, 43},
	{"@nix {\"action\":\"start\",\"id\":3,\"level\":3,\"parent\":1,\"text\":\"copying path "
	 "'/nix/"
	 "store/0123456789abcdfghijklmnpqrsvwxyz-bash-5.2' to 'local'\",\"type\":100}",
	 "copying path '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-bash-5.2' to 'local'",
	 "3 of 40 paths, 1 of 3 builds; copying path 'bash-5.2' to 'local'", 4, 43},
	{"@nix {\"action\":\"result\",\"fields\":[1048576,2097152,0,0],\"id\":3,\"type\":105}",
	 NULL, "3 of 40 paths, 1 MiB of 8 MiB, 1 of 3 builds; copying path 'bash-5.2' to 'local'",
	 4, 43},
	/* The same bytes on their way, packed: counted once, and no name for what is done. */
	{"@nix {\"action\":\"result\",\"fields\":[101,4194304],\"id\":1,\"type\":106}", NULL, NULL,
	 4, 43},
	{"@nix {\"action\":\"start\",\"id\":9,\"level\":4,\"parent\":3,\"text\":\"downloading "
	 "'http://c/nar/x.nar.xz'\",\"type\":101}",
	 NULL, "3 of 40 paths, 1 MiB of 8 MiB, 1 of 3 builds; copying path 'bash-5.2' to 'local'",
	 4, 43},
	{"@nix {\"action\":\"result\",\"fields\":[524288,1048576,0,0],\"id\":9,\"type\":105}", NULL,
	 "3 of 40 paths, 1 MiB of 8 MiB, 1 of 3 builds; copying path 'bash-5.2' to 'local'", 4, 43},
	{"@nix {\"action\":\"stop\",\"id\":9}", NULL,
	 "3 of 40 paths, 1 MiB of 8 MiB, 1 of 3 builds; copying path 'bash-5.2' to 'local'", 4, 43},
	/* What is over stays counted, and is not what it is at any more. */
	{"@nix {\"action\":\"stop\",\"id\":3}", NULL,
	 "3 of 40 paths, 1 MiB of 8 MiB, 1 of 3 builds", 4, 43},
	{"@nix {\"action\":\"stop\",\"id\":1}", NULL, NULL, 4, 43},
	{"@nix {\"action\":\"start\",\"id\":4,\"level\":3,\"parent\":2,\"text\":\"building '" DRV
	 "'\",\"type\":105,\"fields\":[\"" DRV "\",\"\",1,1]}",
	 "building '" DRV "'", "3 of 40 paths, 1 MiB, 1 of 3 builds; building 'linux-6.12.drv'", 4,
	 43},
	{"@nix {\"action\":\"result\",\"fields\":[\"\\u001b[1mCC\\u001b[0m  main.o\"],\"id\":4,"
	 "\"type\":101}",
	 "> CC  main.o", NULL, 4, 43},
	{"@nix {\"action\":\"result\",\"fields\":[\"buildPhase\"],\"id\":4,\"type\":104}", NULL,
	 NULL, 4, 43},
	{"@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"\\u001b[31;1merror:\\u001b[0m unable to "
	 "download\\nx\"}",
	 "error: unable to download x", NULL, 4, 43},
	/* Deeper than people need: shown as what it does, not kept. */
	{"@nix {\"action\":\"start\",\"id\":5,\"level\":5,\"parent\":0,\"text\":\"waiting\","
	 "\"type\":0}",
	 NULL, "3 of 40 paths, 1 MiB, 1 of 3 builds; waiting", 4, 43},
	{"@nix {\"action\":\"stop\",\"id\":5}", NULL,
	 "3 of 40 paths, 1 MiB, 1 of 3 builds; building 'linux-6.12.drv'", 4, 43},
	/* Nothing else to say. */
	{"@nix {\"action\":\"stop\",\"id\":4}", NULL, "3 of 40 paths, 1 MiB, 1 of 3 builds", 4, 43},
	{"@nix {\"action\":\"start\",\"id\":6,\"level\":5,\"parent\":0,\"text\":\"querying "
	 "info\",\"type\":109}",
	 NULL, "3 of 40 paths, 1 MiB, 1 of 3 builds; querying info", 4, 43},
	/* Not known: kept as it is. */
	{"@nix {\"action\":\"dance\"}", "@nix {\"action\":\"dance\"}", NULL, 4, 43},
	{"@nix {\"action\":\"result\",\"id\":4,\"type\":999,\"fields\":[]}",
	 "@nix {\"action\":\"result\",\"id\":4,\"type\":999,\"fields\":[]}", NULL, 4, 43},
	{"@nix {\"action\":\"start\"}", "@nix {\"action\":\"start\"}", NULL, 4, 43},
	{"@nix {\"action\":1}", "@nix {\"action\":1}", NULL, 4, 43},
	{"@nix [1", "@nix [1", NULL, 4, 43},
	{"@nix ", "@nix", NULL, 4, 43},
	{"@nix {\"action\":\"msg\",\"level\":0,\"msg\":7}",
	 "@nix {\"action\":\"msg\",\"level\":0,\"msg\":7}", NULL, 4, 43},
	{"@nix {\"action\":\"result\",\"fields\":{},\"id\":77,\"type\":105}", NULL, NULL, 4, 43},
	{"@nix {\"action\":\"stop\",\"id\":77}", NULL, NULL, 4, 43},
	/* An escape that is cut off. */
	{"@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"a\\u001b[31\"}", "a", NULL, 4, 43},
	{"@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"b\\u001b\"}", "b", NULL, 4, 43},
};

static void all_rows(void **state)
{
	struct nixlog *n = nixlog_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nixlog_says s = nixlog_line(n, rows[i].line);
		_cleanup_free_ char *text = xasprintf("%s%s%s", s.text,
						      s.text[0] && s.item[0] ? "; " : "", s.item);

		if (!str_eq(s.log, rows[i].log))
			fail_msg("row %zu: log \"%s\"", i, s.log ? s.log : "(nothing)");
		if (rows[i].text && !str_eq(text, rows[i].text))
			fail_msg("row %zu: text \"%s\"", i, text);
		check_row(i, s.done == rows[i].done && s.total == rows[i].total);
		check_row(i, !rows[i].text || s.moved);
		check_shown(text);
		check_shown(s.log ? s.log : "");
	}
	nixlog_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
