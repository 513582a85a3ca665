/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "uuid.h"

#include <string.h>
#include <uuid/uuid.h>

/* The name space of archibald itself; random, made once. */
static const char own_namespace[] = "6b0a2f0e-5c0e-4c55-9d4f-1b7d1b0d6a21";

static struct uuid derive(const char *space, const void *bytes, size_t len)
{
	struct uuid u;
	uuid_t ns, out;

	if (uuid_parse(space, ns) != 0)
		uuid_clear(ns);
	uuid_generate_sha1(out, ns, bytes, len);
	uuid_unparse_lower(out, u.s);
	return u;
}

struct uuid uuid_derive(const char *seed, const char *name)
{
	return derive(seed, name, strlen(name));
}

struct uuid uuid_of_bytes(const void *bytes, size_t len)
{
	return derive(own_namespace, bytes, len);
}

bool uuid_valid(const char *text)
{
	uuid_t u;

	return uuid_parse(text, u) == 0;
}
