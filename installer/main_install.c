/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"
#include "cli/commands.h"

/* Started by archibald as "install ...". */
int main(int argc, char **argv)
{
	secret_protect_process();
	return command_install(argc > 1 ? argc - 1 : 0, argv + 1);
}
