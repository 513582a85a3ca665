/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"

/* Started by archibald with its own arguments ("archibald install ..."): what talks to a person is
 * here, too, so that the rest does not load curses. The command is argv[1]: argv[0] does not
 * survive a wrapper. */
int main(int argc, char **argv)
{
	int count = argc > 2 ? argc - 2 : 0;
	const char *name = argc > 1 ? argv[1] : "";

	mem_guard_standard_fds();
	secret_protect_process();
	return str_eq(name, "ask") ? command_ask(count, argv + 2)
				   : command_install(count, argv + 2);
}
