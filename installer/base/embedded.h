/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embedded: files that are compiled in (tools/embed.cmake), so that a fact has one source and the
 * program no data files to lose. A table ends with a row without a name. */
#pragma once

#include <stddef.h>

struct embedded {
	const char *name;  /* the file's name without its ending */
	const char *bytes; /* NUL-terminated */
	size_t size;	   /* without the NUL */
};
