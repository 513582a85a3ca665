/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem: allocation that never returns NULL, scope-bound cleanup and arenas.
 *
 * Left of the run nothing has been done that would need undoing, and right of it each
 * finished step is in the journal; so a failed allocation ends the program with one line on
 * stderr (and the terminal restored, see mem_set_abort_hook) instead of travelling upwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* libparted exports these names, too (gnulib's): without names of our own each would call the
 * other's, and every program would need libparted. */
#define xmalloc	 base_xmalloc
#define xcalloc	 base_xcalloc
#define xrealloc base_xrealloc
#define xstrdup	 base_xstrdup

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
/* A printf'd string; owned by the caller. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Called once, before the program aborts for lack of memory. A front end that changed the
 * terminal restores it there. NULL removes it. */
void mem_set_abort_hook(void (*hook)(void));

void mem_free_ptr(void *pp); /* frees *(void **)pp */
void mem_close_fd(const int *fd);
/* Whoever was started without standard input, output or error gets them, each unusable: or the next
 * file that is opened (a disk, a journal) would be it, and messages would be written into it. */
void mem_guard_standard_fds(void);
#define _cleanup_(f)	__attribute__((cleanup(f)))
#define _cleanup_free_	_cleanup_(mem_free_ptr)
#define _cleanup_close_ _cleanup_(mem_close_fd)

/* Hands a pointer over: the value, and NULL left behind, so that the cleanup frees nothing. */
#define take(p)                                    \
	({                                         \
		__typeof__(p) *take_pp_ = &(p);    \
		__typeof__(p) take_p_ = *take_pp_; \
		*take_pp_ = NULL;                  \
		take_p_;                           \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A vector of T without an owner of its own: the items live in an arena. */
#define LIST_OF(T)            \
	struct {              \
		T *items;     \
		size_t count; \
	}

/* An arena: what facts, answers and plans are allocated from, freed in one go. */
struct arena;
struct arena *arena_new(void);
struct arena *arena_free(struct arena *a); /* NULL is fine; returns NULL */
void arena_cleanup(struct arena **a);
#define _cleanup_arena_ _cleanup_(arena_cleanup)

void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for one more item at the end of a LIST_OF, zeroed. Growth is by powers of two. */
void *arena_list_push(struct arena *a, void *items_ptr, size_t *count, size_t item_size);
#define list_push(arena, list)                                                       \
	((__typeof__((list)->items))arena_list_push((arena), (void *)&(list)->items, \
						    &(list)->count, sizeof(*(list)->items)))

struct strings {
	char **items;
	size_t count;
};
void strings_add(struct arena *a, struct strings *list, const char *s); /* copies s */
bool strings_have(const struct strings *list, const char *s);
