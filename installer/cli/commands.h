/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands: one function each, with the words after the command's name; returns the exit status. */
#pragma once

int command_detect(int argc, char **argv);
int command_check(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_schema(int argc, char **argv);
int command_ask(int argc, char **argv);
int command_install(int argc, char **argv);
int command_first_boot(int argc, char **argv);
