/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <libcryptsetup.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/device.h"
#include "partition/disk.h"
#include "partition/wipe.h"

enum {
	MESSAGE_SIZE = 256,
	KEY_BYTES = 64,		/* AES-256 in XTS mode has two keys */
	HEADER_SECTORS = 32768, /* layout.c's LUKS_HEADER */
	SECTOR = 512,
	SECTOR_MAX = 4096, /* of dm-crypt */
	COMPARE_BYTES = 65536,
	CLOSE_WAIT_MS = 5000, /* udev looks at what has just been unmounted */
	CLOSE_RETRY_MS = 50,
};

static void free_device(struct crypt_device **cd)
{
	if (*cd)
		crypt_free(*cd);
}

/* The library's first complaint, for the error's reason. */
static void keep_message(int level, const char *text, void *ctx)
{
	char *to = ctx;

	if (level != CRYPT_LOG_ERROR || to[0])
		return;
	snprintf(to, MESSAGE_SIZE, "%s", text);
	to[strcspn(to, "\n")] = '\0';
	str_sanitise(to);
}

/* What has no device of its own goes to the terminal otherwise. */
static void be_silent(int level, const char *text, void *ctx)
{
	(void)level;
	(void)text;
	(void)ctx;
}

static bool is_open(const char *name)
{
	crypt_status_info status;

	crypt_set_log_callback(NULL, be_silent, NULL);
	status = crypt_status(NULL, name);
	return status == CRYPT_ACTIVE || status == CRYPT_BUSY;
}

static int fail(struct err *e, int error, const char *message, const char *what, const char *node)
{
	int r = err_errno(e, -error, "the kernel's log may say more (dmesg)", "cannot %s %s", what,
			  node);

	return message[0] ? err_why(e, "libcryptsetup: %s", message) : r;
}

static int new_device(struct crypt_device **cd, const char *node, char *message, struct err *e)
{
	int r;

	crypt_set_log_callback(NULL, be_silent, NULL);
	r = crypt_init(cd, node);
	if (r < 0)
		return fail(e, r, "", "look at", node);
	crypt_set_log_callback(*cd, keep_message, message);
	return 0;
}

static struct crypt_pbkdf_type pbkdf_of(const struct luks_cost *cost)
{
	return (struct crypt_pbkdf_type){
		.type = CRYPT_KDF_ARGON2ID,
		.hash = "sha256",
		.time_ms = cost->time_ms,
		.iterations = cost->iterations,
		.max_memory_kb = cost->memory_kib,
		.parallel_threads = cost->threads,
		.flags = cost->iterations ? CRYPT_PBKDF_NO_BENCHMARK : 0,
	};
}

static int set_cost(struct crypt_device *cd, const struct luks_cost *cost)
{
	const struct crypt_pbkdf_type pbkdf = pbkdf_of(cost);

	return crypt_set_pbkdf_type(cd, &pbkdf);
}

struct stopping {
	int (*stop)(void *ctx);
	void *ctx;
};

static int after_try(uint32_t time_ms, void *ctx)
{
	const struct stopping *s = ctx;

	(void)time_ms;
	return s->stop(s->ctx);
}

int luks_measure(struct luks_cost *cost, int (*stop)(void *ctx), void *ctx, struct err *e)
{
	struct stopping stopping = {stop, ctx};
	/* What is hashed does not matter to how long it takes. */
	static const char password[] = "measured", salt[32] = "measured";
	struct crypt_pbkdf_type pbkdf = pbkdf_of(cost);
	int r;

	crypt_set_log_callback(NULL, be_silent, NULL);
	r = crypt_benchmark_pbkdf(NULL, &pbkdf, password, sizeof(password), salt, sizeof(salt),
				  KEY_BYTES, after_try, &stopping);
	if (stop(ctx))
		return err_set(e, ERR_CANCELLED, NULL, "nobody waits for the measurement");
	if (r < 0)
		return err_errno(e, -r, NULL, "cannot measure how long a passphrase takes to try");
	cost->iterations = pbkdf.iterations;
	cost->memory_kib = pbkdf.max_memory_kb;
	return 0;
}

/* What all containers are like, wherever they are made. */
static int make_container(struct crypt_device *cd, const char *uuid, uint32_t sector_bytes,
			  const struct secret *passphrase, const struct luks_cost *cost)
{
	struct crypt_params_luks2 params = {
		.label = "", .subsystem = "", .sector_size = sector_bytes};
	int r = crypt_set_data_offset(cd, HEADER_SECTORS);

	if (r == 0)
		r = set_cost(cd, cost);
	if (r == 0)
		r = crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", uuid, NULL, KEY_BYTES,
				 &params);
	if (r == 0)
		r = crypt_keyslot_add_by_volume_key(cd, CRYPT_ANY_SLOT, NULL, 0, passphrase->bytes,
						    passphrase->len);
	return r;
}

static int write_container(const struct part *p, const char *node, const struct secret *passphrase,
			   const struct luks_cost *cost, struct err *e)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	char message[MESSAGE_SIZE] = "";
	uint32_t sector_bytes;
	int r = luks_sector_bytes(node, &sector_bytes, e);

	if (r == 0)
		r = new_device(&cd, node, message, e);
	if (r < 0)
		return r;
	r = make_container(cd, p->luks_uuid, sector_bytes, passphrase, cost);
	return r < 0 ? fail(e, r, message, "make an encrypted container on", node) : 0;
}

int luks_format(const struct part *p, const char *node, const struct secret *passphrase,
		const struct luks_cost *cost, struct err *e)
{
	/* Held open so that the kernel does not drop the partition meanwhile. */
	_cleanup_close_ int held = node_open(node, NODE_WAIT_MS, e);
	int r;

	if (held < 0)
		return held;
	r = part_clear(p, node, held, e);
	return r < 0 ? r : write_container(p, node, passphrase, cost, e);
}

int luks_sector_bytes(const char *node, uint32_t *ret, struct err *e)
{
	_cleanup_close_ int fd = node_open(node, 0, e);
	unsigned physical = SECTOR_MAX;
	int logical = SECTOR;
	uint64_t size;
	struct stat st;

	if (fd < 0)
		return fd;
	if (node_size(fd, node, &size, e) < 0)
		return -(int)e->code;
	/* A file has no sectors of its own. */
	if (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) &&
	    (ioctl(fd, BLKSSZGET, &logical) < 0 || ioctl(fd, BLKPBSZGET, &physical) < 0))
		return err_errno(e, errno, NULL, "cannot read the sector size of %s", node);
	if (physical < (unsigned)logical || physical > SECTOR_MAX || physical & (physical - 1))
		physical = (unsigned)logical;
	*ret = physical > SECTOR_MAX ? SECTOR_MAX : size % physical ? SECTOR : physical;
	return 0;
}

void luks_header_clear(struct luks_header *h)
{
	if (h->fd >= 0)
		close(h->fd);
	secret_wipe(&h->key);
	*h = LUKS_HEADER_NONE;
}

/* The library takes names. */
struct header_name {
	char s[32];
};
static struct header_name name_of(int fd)
{
	struct header_name n;

	snprintf(n.s, sizeof(n.s), "/proc/self/fd/%d", fd);
	return n;
}

static int make_header(int fd, const struct secret *passphrase, const struct luks_cost *cost,
		       uint32_t sector_bytes, struct secret *ret_key, struct err *e)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	char message[MESSAGE_SIZE] = "";
	static const char none[KEY_BYTES];
	int r = new_device(&cd, name_of(fd).s, message, e);

	if (r < 0)
		return r;
	r = make_container(cd, NULL, sector_bytes, passphrase, cost);
	/* Straight to where a secret is kept. */
	secret_set(ret_key, none, sizeof(none));
	if (r >= 0)
		r = crypt_volume_key_get(cd, CRYPT_ANY_SLOT, ret_key->bytes, &ret_key->len, NULL,
					 0);
	return r < 0 ? fail(e, r, message, "prepare an encrypted container in", "memory") : 0;
}

int luks_header_make(const struct secret *passphrase, const struct luks_cost *cost,
		     uint32_t sector_bytes, struct luks_header *ret, struct err *e)
{
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	int r;

	h.fd = memfd_create("archibald-luks", MFD_CLOEXEC);
	h.sector_bytes = sector_bytes;
	/* With room for a little data, as one without is complained about. */
	if (h.fd < 0 || ftruncate(h.fd, (HEADER_SECTORS + SECTOR_MAX / SECTOR) * SECTOR) < 0)
		return err_errno(e, errno, NULL, "cannot get memory for an encrypted container");
	r = make_header(h.fd, passphrase, cost, sector_bytes, &h.key, e);
	if (r < 0)
		return r;
	*ret = h;
	h = LUKS_HEADER_NONE;
	return 0;
}

/* Is the header on the disk byte for byte, with what the passphrase opens? That part of it has no
 * checksum, and a container that opens by its volume key alone would be found out at the first
 * start only. */
static int compare_header(const char *node, int header, struct err *e)
{
	_cleanup_close_ int fd = open(node, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *written = xmalloc(COMPARE_BYTES), *wanted = xmalloc(COMPARE_BYTES);

	if (fd < 0 || fsync(fd) < 0)
		return err_errno(e, errno, NULL, "cannot read %s back", node);
	/* From the disk itself. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (off_t at = 0; at < (off_t)HEADER_SECTORS * SECTOR; at += COMPARE_BYTES) {
		errno = 0;
		if (pread(fd, written, COMPARE_BYTES, at) != COMPARE_BYTES ||
		    pread(header, wanted, COMPARE_BYTES, at) != COMPARE_BYTES)
			return err_errno(e, errno ? errno : EIO, "the disk may be failing",
					 "cannot read %s back at byte %jd", node, (intmax_t)at);
		if (memcmp(written, wanted, COMPARE_BYTES) != 0)
			return err_set(e, ERR_IO, "the disk may be failing: use another one",
				       "%s does not hold what was written to it, from byte %jd on",
				       node, (intmax_t)at);
	}
	return 0;
}

static int name_header(const struct part *p, struct luks_header *h, struct err *e)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	char message[MESSAGE_SIZE] = "";
	int r = new_device(&cd, name_of(h->fd).s, message, e);

	if (r < 0)
		return r;
	r = crypt_load(cd, CRYPT_LUKS2, NULL);
	if (r == 0)
		r = crypt_set_uuid(cd, p->luks_uuid);
	return r < 0 ? fail(e, r, message, "name the encrypted container for", p->mapper) : 0;
}

static int restore_header(const char *node, const struct luks_header *h, struct err *e)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	char message[MESSAGE_SIZE] = "";
	int r = new_device(&cd, node, message, e);

	if (r < 0)
		return r;
	r = crypt_header_restore(cd, CRYPT_LUKS2, name_of(h->fd).s);
	return r < 0 ? fail(e, r, message, "make an encrypted container on", node) : 0;
}

int luks_header_write(const struct part *p, const char *node, struct luks_header *h, struct err *e)
{
	_cleanup_close_ int held = node_open(node, NODE_WAIT_MS, e);
	int r;

	if (held < 0)
		return held;
	r = part_clear(p, node, held, e);
	if (r == 0)
		r = name_header(p, h, e);
	if (r == 0)
		r = restore_header(node, h, e);
	if (r == 0)
		r = compare_header(node, h->fd, e);
	if (r < 0)
		return r;
	close(h->fd);
	h->fd = -1;
	snprintf(h->uuid, sizeof(h->uuid), "%s", p->luks_uuid);
	return 0;
}

/* Loads the header of the layout's container; false when there is none or another. */
static bool load(struct crypt_device *cd, const struct part *p)
{
	return crypt_load(cd, CRYPT_LUKS2, NULL) == 0 && str_eq(crypt_get_uuid(cd), p->luks_uuid);
}

bool luks_opens(const struct part *p, const char *node, const struct secret *passphrase)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	char message[MESSAGE_SIZE] = "";
	struct err ignored;

	return new_device(&cd, node, message, &ignored) == 0 && load(cd, p) &&
	       crypt_activate_by_passphrase(cd, NULL, CRYPT_ANY_SLOT, passphrase->bytes,
					    passphrase->len, 0) >= 0;
}

/* Is what is open under that name this very container on this very node? */
static bool is_open_from(const struct part *p, const char *node)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	struct stat wanted, found;

	return crypt_init_by_name(&cd, p->mapper) == 0 &&
	       str_eq(crypt_get_uuid(cd), p->luks_uuid) && crypt_get_device_name(cd) &&
	       stat(node, &wanted) == 0 && stat(crypt_get_device_name(cd), &found) == 0 &&
	       wanted.st_rdev == found.st_rdev;
}

static int activate(const struct part *p, const char *node, const struct secret *passphrase,
		    const struct secret *key, bool discards, struct err *e)
{
	_cleanup_(free_device) struct crypt_device *cd = NULL;
	uint32_t flags = discards ? CRYPT_ACTIVATE_ALLOW_DISCARDS : 0;
	char message[MESSAGE_SIZE] = "";
	int r = new_device(&cd, node, message, e);

	if (r < 0)
		return r;
	if (!load(cd, p))
		return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
			       "%s does not hold the planned encrypted container", node);
	if (key)
		r = crypt_activate_by_volume_key(cd, p->mapper, key->bytes, key->len, flags);
	/* The key is a short cut; what is wrong is said of the passphrase. */
	if (!key || r < 0)
		r = crypt_activate_by_passphrase(cd, p->mapper, CRYPT_ANY_SLOT, passphrase->bytes,
						 passphrase->len, flags);
	if (r == -EPERM)
		return err_set(e, ERR_INVALID, "give the passphrase that it was made with",
			       "the passphrase does not open %s", node);
	return r < 0 ? fail(e, r, message, "open the encrypted container on", node) : 0;
}

int luks_open(const struct part *p, const char *node, const struct secret *passphrase,
	      const struct secret *key, bool discards, struct err *e)
{
	_cleanup_close_ int held = node_open(node, NODE_WAIT_MS, e), opened = -1;
	char path[64];
	int r = 0;

	if (held < 0)
		return held;
	snprintf(path, sizeof(path), "/dev/mapper/%s", p->mapper);
	if (!is_open(p->mapper))
		r = activate(p, node, passphrase, key, discards, e);
	else if (!is_open_from(p, node))
		r = err_set(e, ERR_BUSY, "close it first (cryptsetup close)",
			    "%s is open already, and not from %s", path, node);
	if (r < 0)
		return r;
	opened = node_open(path, NODE_WAIT_MS, e);
	return opened < 0 ? opened : 0;
}

int luks_close(const char *name, struct err *e)
{
	uint64_t end = clock_ms() + CLOSE_WAIT_MS;
	int r;

	for (;;) {
		if (!is_open(name))
			return 0;
		r = crypt_deactivate_by_name(NULL, name, 0);
		if (r == 0 || r == -ENODEV)
			return 0;
		if (r != -EBUSY || clock_ms() >= end)
			break;
		(void)poll(NULL, 0, CLOSE_RETRY_MS);
	}
	if (r != -EBUSY)
		return err_errno(e, -r, NULL, "cannot close /dev/mapper/%s", name);
	err_set(e, ERR_BUSY, "unmount it or end the program that has it open, then try again",
		"cannot close /dev/mapper/%s", name);
	return err_why(e, "it is in use");
}
