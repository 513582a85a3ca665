/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archibald: finds the command. What writes to disks is a program of its own beside this one
 * (libexec/archibald/archibald-install), so that the others do not load its libraries. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/status.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: a program of its own */
	const char *summary;
	const char *program; /* that one; NULL: none */
} commands[] = {
	{"detect", command_detect, "what this machine is", NULL},
	{"check", command_check, "everything that is wrong with an answer file", NULL},
	{"plan", command_plan, "what an installation would do (dry run)", NULL},
	{"generate", command_generate, "the NixOS configuration alone", NULL},
	{"ask", NULL, "ask the questions and write an answer file", "archibald-install"},
	{"install", NULL, "install ArchibaldOS on a disk of this machine", "archibald-install"},
	{"first-boot", NULL, "make a flashed image this machine's own", "archibald-first-boot"},
	{"schema", command_schema, "JSON Schema of the answer file", NULL},
};

static void help(FILE *out)
{
	fputs("usage: archibald COMMAND [OPTION]... [ANSWERS]\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\narchibald COMMAND --help tells more. Exit status: 0 done, 1 failed while "
	      "running,\n"
	      "2 usage, 3 answers rejected, 4 this machine cannot, 5 cancelled; 3 to 5: nothing\n"
	      "was touched.\n",
	      out);
}

/* For tools/document. */
static void describe(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s\t%s\n", commands[i].name, commands[i].summary);
}

/* Installed: ../libexec/archibald/NAME from the program's own place; in a build tree: beside it. */
static int exec_sibling(const char *name, char **argv)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	/* Debian's libparted asks dmidecode, by a shell, whether this is a Mac, each time that it
	 * is loaded; this is how it is told. */
	setenv("PARTED_GPT_APPLE", "0", 1);
	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		*slash = '\0';
		_cleanup_free_ char *installed = xasprintf("%s/../libexec/archibald/%s", self,
							   name);
		_cleanup_free_ char *beside = xasprintf("%s/%s", self, name);

		execv(installed, argv);
		execv(beside, argv);
	}
	fprintf(stderr, "archibald: cannot start %s: %s\n", name, strerror(errno));
	return STATUS_FAILED;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	mem_guard_standard_fds();
	secret_protect_process();
	signal(SIGPIPE, SIG_IGN);
	if (str_eq(name, "--version")) {
		puts("archibald " ARCHIBALD_VERSION);
		return STATUS_DONE;
	}
	if (str_eq(name, "--help") || str_eq(name, "help")) {
		help(stdout);
		return STATUS_DONE;
	}
	if (str_eq(name, "--describe")) {
		describe();
		return STATUS_DONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!str_eq(name, commands[i].name))
			continue;
		if (commands[i].run)
			return commands[i].run(argc - 2, argv + 2);
		return exec_sibling(commands[i].program, argv);
	}
	if (name[0])
		fprintf(stderr, "archibald: there is no command %s\n", name);
	help(stderr);
	return STATUS_USAGE;
}
