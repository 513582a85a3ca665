/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interview: machines to answer questions about, and SSH keys. Include after check.h. */
#pragma once

#include "answers/answers.h"
#include "facts/facts.h"
#include "variants/variants.h"

/* Parts of machines as archibald records them. */
#define DISK_EMPTY                                                                         \
	"{\"path\":\"/dev/vda\",\"byId\":\"/dev/disk/by-id/virtio-SYSTEM01\",\"links\":["  \
	"\"/dev/disk/by-id/virtio-SYSTEM01\",\"/dev/disk/by-path/pci-0000:00:05.0\"],"     \
	"\"serial\":\"SYSTEM01\",\"major\":254,\"bytes\":68719476736,\"sectorBytes\":512," \
	"\"transport\":\"virtio\"}"
#define DISK_WINDOWS                                                                       \
	"{\"path\":\"/dev/nvme0n1\",\"byId\":\"/dev/disk/by-id/nvme-Disk_W1\",\"links\":[" \
	"\"/dev/disk/by-id/nvme-Disk_W1\"],\"model\":\"Disk W\",\"serial\":\"W1\","        \
	"\"major\":259,\"bytes\":512110190592,\"sectorBytes\":512,\"transport\":\"nvme\"," \
	"\"table\":\"gpt\",\"partitions\":[{\"path\":\"/dev/nvme0n1p1\",\"number\":1,"     \
	"\"bytes\":104857600,\"fsType\":\"vfat\",\"name\":\"EFI system\"},{\"path\":"      \
	"\"/dev/nvme0n1p2\",\"number\":2,\"bytes\":512000000000,\"fsType\":\"BitLocker\"," \
	"\"system\":\"Windows\"}]}"
#define DISK_LIVE                                                                          \
	"{\"path\":\"/dev/sdb\",\"bytes\":15518924800,\"sectorBytes\":512,\"liveMedium\":" \
	"true,\"transport\":\"usb\"}"
#define DISK_MOUNTED                                                                         \
	"{\"path\":\"/dev/sdc\",\"bytes\":1000204886016,\"sectorBytes\":4096,\"partitions\"" \
	":[{\"path\":\"/dev/sdc1\",\"bytes\":1000000000000,\"mounts\":[\"/data\"]}]}"
#define FIRMWARE_UEFI_TEXT "\"firmware\":{\"kind\":\"uefi\",\"bits\":64,\"efivarsWritable\":true}"
#define FIRMWARE_BIOS_TEXT "\"firmware\":{\"kind\":\"bios\"}"
#define MACHINE(arch, board, memory, firmware, disks)                        \
	"{\"version\":1,\"arch\":\"" arch "\",\"board\":{" board             \
	"},\"cpu\":{\"vendor\":\"GenuineIntel\",\"threads\":8,\"cores\":4}," \
	"\"memoryBytes\":" memory "," firmware                               \
	",\"consoles\":[\"tty0\",\"ttyS0,115200n8\"],\"disks\":[" disks      \
	"],\"networks\":[{\"name\":\"eth0\",\"mac\":\"52:54:00:00:00:01\"}]}"
/* Enough for large builds: with less, the interview asks about them (PC_SMALL). */
#define MEMORY_8G  "8589934592"
#define MEMORY_64G "68719476736"
#define PC_BOARD   "\"kind\":\"pc\",\"model\":\"QEMU\",\"id\":\"11111111\""
#define PC                                                          \
	MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_UEFI_TEXT, \
		DISK_EMPTY "," DISK_WINDOWS "," DISK_LIVE "," DISK_MOUNTED)
#define PC_BIOS	 MACHINE("x86_64", PC_BOARD, MEMORY_64G, FIRMWARE_BIOS_TEXT, DISK_EMPTY)
#define PC_SMALL MACHINE("x86_64", PC_BOARD, "4294967296", FIRMWARE_UEFI_TEXT, DISK_EMPTY)
#define ORANGE_PI                                                                                  \
	MACHINE("aarch64", "\"kind\":\"rk3588\",\"name\":\"orangepi5\",\"model\":\"Orange Pi 5\"", \
		MEMORY_64G, "\"firmware\":{\"kind\":\"device-tree\"}", DISK_EMPTY)
#define ARM_BOARD                                                              \
	MACHINE("aarch64", "\"kind\":\"arm\",\"model\":\"Board\"", MEMORY_64G, \
		"\"firmware\":{\"kind\":\"device-tree\"}", DISK_EMPTY)

/* A key as ssh-keygen made it once; its private half is gone. */
#define SSH_KEY        \
	"ssh-ed25519 " \
	"AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF"
#define PASSWORD_HASH_TEXT \
	"$y$j9T$fugDOaqSYkpZ8v9zddqvH.$CwxOMl9hGuB6M14fg32hf4KYdZXkzRfFORD3s97wlwD"

struct setting {
	struct variants variants;
	struct facts *facts;
	struct answers *answers;
	struct problems problems;
	struct interview v;
};

static inline struct facts *facts_of_text(const char *json)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/machine.json", dir);
	struct facts *f = NULL;
	struct err e;

	scratch_file(dir, "machine.json", json);
	if (facts_read_file(path, &f, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return f;
}

static inline struct setting *setting_new(const char *machine)
{
	struct setting *s = xcalloc(1, sizeof(*s));
	struct err e;

	if (variants_load(&s->variants, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	s->facts = facts_of_text(machine);
	s->answers = answers_new();
	s->problems.arena = arena_new();
	s->v = (struct interview){s->facts, &s->variants, s->answers, NULL, NULL};
	return s;
}

static inline void setting_free(struct setting **s)
{
	if (!*s)
		return;
	variants_clear(&(*s)->variants);
	facts_free((*s)->facts);
	answers_free((*s)->answers);
	arena_free((*s)->problems.arena);
	free(*s);
	*s = NULL;
}
#define _cleanup_setting_ _cleanup_(setting_free)

static inline void setting_parse(struct setting *s, const char *text)
{
	answers_parse(text, strlen(text), s->answers, &s->problems);
}

/* "LINE:COLUMN: KEY: TEXT" of all problems; owned by the caller. */
static inline char *setting_problems(struct setting *s)
{
	_cleanup_str_ struct str out = {0};

	problems_text(&s->problems, "f", &out);
	check_shown(str_get(&out));
	return str_take(&out);
}

/* What is wrong with a whole file of answers; the caller's. */
static inline char *setting_problems_of(struct setting *s, const char *text)
{
	setting_parse(s, text);
	answers_complete(&s->v, &s->problems);
	return setting_problems(s);
}

static inline const struct question *question_needed(const char *key)
{
	const struct question *q = question_find(key);

	if (!q)
		fail_msg("there is no question %s", key);
	return q;
}

static inline void answer(struct setting *s, const char *key, const char *text)
{
	_cleanup_str_ struct str why = {0};

	if (!answer_set(s->answers, question_needed(key), text, &why))
		fail_msg("%s = %s: %s", key, text, str_get(&why));
}
