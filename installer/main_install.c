/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"

/* Started by archibald as "install ..." or "ask ...": what talks to a person is here, too, so that
 * the rest does not load curses. */
int main(int argc, char **argv)
{
	int count = argc > 1 ? argc - 1 : 0;

	mem_guard_standard_fds();
	secret_protect_process();
	return str_eq(argv[0], "ask") ? command_ask(count, argv + 1)
				      : command_install(count, argv + 1);
}
