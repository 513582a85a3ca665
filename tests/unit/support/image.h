/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image: a flashed system in a directory, and its first boot with a live system that is counted,
 * killed and made to fail. Include after check.h and interview.h. */
#pragma once

#include <sys/wait.h>

#include "base/sys.h"
#include "facts/image.h"
#include "firstboot/run.h"
#include "run/password.h"

/* A card of 16 GB with an image of 4: FAT, then the root, and nothing behind. */
#define DISK_FLASHED                                                                           \
	"{\"path\":\"/dev/mmcblk0\",\"major\":179,\"bytes\":15931539456,\"sectorBytes\":512,"  \
	"\"transport\":\"sd\",\"table\":\"gpt\",\"partitions\":[{\"path\":\"/dev/mmcblk0p1\"," \
	"\"number\":1,\"start\":16777216,\"bytes\":67108864,\"fsType\":\"vfat\",\"fsUuid\":"   \
	"\"ABCD-1234\",\"mounts\":[\"/boot\"]},{\"path\":\"/dev/mmcblk0p2\",\"number\":2,"     \
	"\"start\":83886080,\"bytes\":4294967296,\"fsType\":\"ext4\",\"fsUuid\":"              \
	"\"0f1e2d3c-4b5a-4697-8877-665544332211\",\"mounts\":[\"/nix/store\",\"/\"]}]}"
#define FLASHED                                                                                    \
	MACHINE("aarch64", "\"kind\":\"rk3588\",\"name\":\"orangepi5\",\"model\":\"Orange Pi 5\"", \
		"16777216000", "\"firmware\":{\"kind\":\"device-tree\"}", DISK_FLASHED)

enum tamper { TAMPER_FAIL, TAMPER_KILL_BEFORE, TAMPER_KILL_AFTER };
struct tampered {
	char *root;
	size_t calls, at;     /* from 1; 0: never */
	int how;	      /* enum tamper */
	struct str log;	      /* what was run, without what was handed in */
	struct str passwords; /* what chpasswd was given */
};

/* Called at the beginning of each operation: true when it is to fail. */
static inline bool tamper_before(struct tampered *t)
{
	t->calls++;
	if (t->calls == t->at && t->how == TAMPER_KILL_BEFORE)
		_exit(9);
	return t->calls == t->at && t->how == TAMPER_FAIL;
}

static inline int tamper_after(struct tampered *t, int n)
{
	if (t->calls == t->at && t->how == TAMPER_KILL_AFTER)
		_exit(9);
	return n;
}

static inline int tamper_error(struct err *e)
{
	return err_set(e, ERR_IO, "it is a test", "the medium failed");
}

#define TAMPERED(ctx, call) \
	(tamper_before(ctx) ? tamper_error(e) : tamper_after(ctx, live_linux_ops.call))
#define ROOT(ctx) (((struct tampered *)(ctx))->root)

static inline int t_write_file(void *c, const char *p, const void *b, size_t n, unsigned m,
			       struct err *e)
{
	return TAMPERED(c, write_file(ROOT(c), p, b, n, m, e));
}

static inline int t_write_private(void *c, const struct image_account *o, const char *d,
				  const char *n, const char *t, struct err *e)
{
	struct image_account mine = *o;

	mine.uid = getuid();
	mine.gid = getgid();
	return TAMPERED(c, write_private(ROOT(c), &mine, d, n, t, e));
}

static inline int t_make_directory(void *c, const char *p, unsigned m, struct err *e)
{
	return TAMPERED(c, make_directory(ROOT(c), p, m, e));
}

static inline int t_make_link(void *c, const char *t, const char *p, struct err *e)
{
	return TAMPERED(c, make_link(ROOT(c), t, p, e));
}

static inline int t_remove_files(void *c, const char *d, const char *p, struct err *e)
{
	return TAMPERED(c, remove_files(ROOT(c), d, p, e));
}

static inline char *t_read_file(void *c, const char *p)
{
	return live_linux_ops.read_file(ROOT(c), p);
}

static inline int t_random(void *c, void *b, size_t n, struct err *e)
{
	return TAMPERED(c, random(ROOT(c), b, n, e));
}

static inline bool t_has_program(void *c, const char *name)
{
	(void)c;
	(void)name;
	return true;
}

/* ssh-keygen makes a key as it would, chpasswd is listened to, the others are only noted. */
static inline int t_run_really(struct tampered *t, const char *const *argv,
			       const struct secret *input)
{
	for (size_t i = 0; argv[i]; i++)
		str_addf(&t->log, "%s%s", i ? " " : "", argv[i]);
	str_add(&t->log, "\n");
	if (str_eq(argv[0], "chpasswd"))
		str_addn(&t->passwords, input->bytes, input->len);
	if (str_eq(argv[0], "ssh-keygen")) {
		unsigned char b[8];
		char text[17];

		assert_int_equal(live_linux_ops.random(t->root, b, sizeof(b), &(struct err){0}), 0);
		for (size_t i = 0; i < sizeof(b); i++)
			snprintf(text + 2 * i, 3, "%02x", b[i]);
		scratch_file(t->root, "etc/ssh/ssh_host_ed25519_key", text);
	}
	return 0;
}

static inline int t_run(void *c, const char *const *argv, const struct secret *input,
			struct events *ev, struct err *e)
{
	(void)ev;
	return tamper_before(c) ? tamper_error(e) : tamper_after(c, t_run_really(c, argv, input));
}

static inline int t_set_host_name(void *c, const char *name, struct err *e)
{
	struct tampered *t = c;

	str_addf(&t->log, "host name %s\n", name);
	return tamper_before(c) ? tamper_error(e) : tamper_after(c, 0);
}

static inline int t_grow_partition(void *c, const struct image_root *r, struct err *e)
{
	struct tampered *t = c;

	str_addf(&t->log, "grow %s %u from %llu to %llu\n", r->disk, r->number,
		 (unsigned long long)r->start, (unsigned long long)r->end_bytes);
	return tamper_before(c) ? tamper_error(e) : tamper_after(c, 0);
}

static inline int t_sync(void *c, struct err *e)
{
	return tamper_before(c) ? tamper_error(e) : tamper_after(c, 0);
}

static const struct live_ops tampered_ops = {
	.write_file = t_write_file,
	.write_private = t_write_private,
	.make_directory = t_make_directory,
	.make_link = t_make_link,
	.remove_files = t_remove_files,
	.read_file = t_read_file,
	.random = t_random,
	.has_program = t_has_program,
	.run = t_run,
	.set_host_name = t_set_host_name,
	.grow_partition = t_grow_partition,
	.sync = t_sync,
};

/* A board that was flashed: keys and id of the image's maker, an account without a password. */
static inline char *image_new(void)
{
	char *root = scratch_new();

	scratch_file(root, "etc/os-release", "ID=nixos\nVARIANT_ID=\"orangepi5\"\n");
	scratch_file(root, "etc/passwd",
		     "root:x:0:0:root:/root:/bin/sh\n"
		     "nobody:x:65534:65534::/:/sbin/nologin\n"
		     "broken:line\n"
		     "audio-user:x:1000:100::/home/audio-user:/bin/sh\n");
	scratch_file(root, "proc/sys/kernel/hostname", "archibaldos\n");
	scratch_file(root, "etc/machine-id", "00000000000000000000000000000001\n");
	scratch_file(root, "etc/ssh/ssh_host_ed25519_key", "the maker's");
	scratch_file(root, "etc/ssh/ssh_host_rsa_key.pub", "the maker's");
	scratch_file(root, "etc/ssh/sshd_config", "");
	scratch_file(root, "etc/zoneinfo/UTC", "");
	scratch_file(root, "etc/nixos/flake.nix", "{ }\n");
	scratch_file(root, "etc/NetworkManager/NetworkManager.conf", "");
	scratch_file(root, "home/audio-user/.profile", "");
	return root;
}

struct boot {
	char *dir, *root, *journal_path;
	struct setting *s;
	struct image *image;
	struct first_plan *plan;
	struct tampered t;
	struct live live;
	struct journal journal;
	struct events events;
	struct err e;
	char *left; /* why the answer file still has its secrets */
};

/* Detects and plans what the answers say of the image in `root`. */
static inline struct boot *boot_new(const char *root, const char *machine, const char *answers)
{
	struct boot *b = xcalloc(1, sizeof(*b));
	struct sys sys;
	int n;

	b->dir = scratch_new();
	b->root = xstrdup(root);
	b->journal_path = xasprintf("%s/journal.json", root);
	b->s = setting_new(machine);
	assert_int_equal(sys_open(&sys, root, &b->e), 0);
	b->image = image_detect(&sys, b->s->facts);
	sys_close(&sys);
	b->s->v.image = b->image;
	first_answers(&b->s->v);
	setting_parse(b->s, answers);
	answers_complete(&b->s->v, &b->s->problems);
	b->t.root = b->root;
	b->live = (struct live){&tampered_ops, &b->t};
	if (b->s->problems.list.count)
		return b;
	n = first_plan_make(&b->s->v, "archibald test", &b->plan, &b->e);
	if (n < 0)
		assert_null(b->plan);
	return b;
}

static inline void boot_free(struct boot **pb)
{
	struct boot *b = *pb;

	first_plan_free(b->plan);
	setting_free(&b->s);
	image_free(b->image);
	journal_clear(&b->journal);
	str_clear(&b->t.log);
	str_clear(&b->t.passwords);
	scratch_free(&b->dir);
	free(b->root);
	free(b->journal_path);
	free(b->left);
	free(b);
	*pb = NULL;
}
#define _cleanup_boot_ _cleanup_(boot_free)

/* The whole first boot with its end, from whatever the journal says. */
static inline int boot_run(struct boot *b, const char *answers_file)
{
	const struct boot_medium m = {.answers = (char *)answers_file, .seen = true};
	struct first_run r = {
		.plan = b->plan,
		.answers = b->s->answers,
		.live = &b->live,
		.answers_file = answers_file,
		.events = &b->events,
		.journal = &b->journal,
		.distribution = "/nowhere",
	};
	int n;

	journal_clear(&b->journal);
	n = journal_read(&b->journal, b->journal_path, &b->e);
	if (n == 0 && !b->journal.finished)
		n = first_run(&r, &b->e);
	return n < 0 ? n : first_close(&b->live, &m, b->journal_path, &b->left, &b->e);
}

/* The same in a process of its own, which may be killed: its exit status, 9 when it was. */
static inline int boot_run_apart(struct boot *b, const char *answers_file)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(boot_run(b, answers_file) < 0 ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline bool boot_done(const struct boot *b)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", b->root, FIRST_BOOT_DONE);

	return access(path, F_OK) == 0;
}

static inline char *boot_file(const struct boot *b, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", b->root, name);

	return read_whole(path);
}
