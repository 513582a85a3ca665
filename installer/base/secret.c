/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "secret.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mem.h"

void secret_wipe(struct secret *s)
{
	if (s->bytes) {
		explicit_bzero(s->bytes, s->mapped);
		munmap(s->bytes, s->mapped);
	}
	*s = (struct secret){0};
}

void secret_set(struct secret *s, const char *bytes, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (len / page + 1) * page;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		/* The allocator's own message and end; a secret cannot go to plain memory. */
		p = xmalloc((size_t)-1);
	/* Both are best effort: RLIMIT_MEMLOCK may be zero for an unprivileged dry run. */
	(void)mlock(p, size);
	(void)madvise(p, size, MADV_DONTDUMP);
	memcpy(p, bytes, len);
	secret_wipe(s);
	*s = (struct secret){.bytes = p, .len = len, .mapped = size};
}

void secret_protect_process(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void secret_zero(void *p, size_t n)
{
	explicit_bzero(p, n);
}
