/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_guard_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* The lowest free number is this one. Opened the wrong way round, so that using it
		 * is an error as before. */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(1);
}

static void (*abort_hook)(void);

void mem_set_abort_hook(void (*hook)(void))
{
	abort_hook = hook;
}

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "archibald: out of memory\n";

	if (abort_hook)
		abort_hook();
	/* Nothing can be done about a failed write here. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		out_of_memory();
	va_end(ap);
	return s;
}

void mem_free_ptr(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	free(p);
}

void mem_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Blocks of one arena, newest first. Memory that is handed out is never moved. */
struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct arena {
	struct block *blocks;
};

enum { BLOCK_SIZE = 16 * 1024 - sizeof(struct block) };

struct arena *arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

struct arena *arena_free(struct arena *a)
{
	if (!a)
		return NULL;
	for (struct block *b = a->blocks; b;) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	free(a);
	return NULL;
}

void arena_cleanup(struct arena **a)
{
	*a = arena_free(*a);
}

static struct block *block_add(struct arena *a, size_t size)
{
	struct block *b;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	b = xcalloc(1, sizeof(*b) + size);
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + align - 1) & ~(align - 1);
	if (!b || b->size - b->used < size)
		b = block_add(a, size);
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char *s = NULL, *copy;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	copy = arena_strndup(a, s, (size_t)n);
	free(s);
	return copy;
}

void *arena_list_push(struct arena *a, void *items_ptr, size_t *count, size_t item_size)
{
	char *items;

	/* Any pointer to an object has the same representation on the supported systems. */
	memcpy(&items, items_ptr, sizeof(items));
	/* A power of two means full: no capacity has to be kept. */
	if ((*count & (*count - 1)) == 0) {
		char *bigger = arena_alloc(a, (*count ? *count * 2 : 1) * item_size);

		if (*count)
			memcpy(bigger, items, *count * item_size);
		memcpy(items_ptr, &bigger, sizeof(bigger));
		items = bigger;
	}
	return items + item_size * (*count)++;
}

void strings_add(struct arena *a, struct strings *list, const char *s)
{
	*list_push(a, list) = arena_strdup(a, s);
}

bool strings_have(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], s) == 0)
			return true;
	return false;
}
