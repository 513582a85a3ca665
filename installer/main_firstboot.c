/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/secret.h"
#include "cli/commands.h"

/* Started by archibald with its own arguments ("archibald first-boot ..."). */
int main(int argc, char **argv)
{
	mem_guard_standard_fds();
	secret_protect_process();
	return command_first_boot(argc > 2 ? argc - 2 : 0, argv + 2);
}
