/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts_fuzz: recorded machines that are damaged or lie. Their JSON is read and planned for, and
 * small roots (udev's database, mountinfo, device tree, lists of CPUs) are detected. Nothing is
 * read that is not there, refusals have words, and all that is shown is harmless.
 *
 * Deterministic: FACTS_FUZZ_SEED and FACTS_FUZZ_ROUNDS change what is tried. With
 * -DFACTS_LIBFUZZER reading and planning is libFuzzer's target instead.
 */
#include "support/check.h"

#include <json-c/json.h>

#include "base/record.h"
#include "base/sys.h"
#include "plan/plan.h"
#include "support/interview.h"
#include "support/mutate.h"

struct world {
	struct variants variants;
	struct mutator m;
	char *dir, *path;
	size_t read, planned;
};

static void world_open(struct world *w)
{
	struct err e;

	w->m.name = "facts_fuzz";
	if (variants_load(&w->variants, &e) < 0)
		abort();
	w->dir = scratch_new();
	w->path = xasprintf("%s/machine.json", w->dir);
}

static bool err_is_safe(const struct err *e)
{
	return e->what[0] && str_is_safe(e->what) && str_is_safe(e->why) && str_is_safe(e->hint);
}

static void check_shown_facts(const struct world *w, const struct facts *f, const char *in,
			      size_t len)
{
	_cleanup_str_ struct str shown = {0};
	_cleanup_json_ struct json_object *json = facts_to_json(f);
	_cleanup_free_ char *text = json_text(json);
	const char *why;
	size_t at;

	facts_to_text(f, &shown);
	must_hold(&w->m, lines_are_safe(str_get(&shown)), "facts that can be shown", in, len);
	must_hold(&w->m, lines_are_safe(text), "JSON that can be shown", in, len);
	must_hold(&w->m, json_strict(text, strlen(text), &at, &why), "facts as JSON", in, len);
}

static void check_plan(struct world *w, const struct plan *p, const char *in, size_t len)
{
	_cleanup_str_ struct str shown = {0};
	uint64_t end = 0;

	w->planned++;
	plan_to_text(p, &shown);
	must_hold(&w->m, lines_are_safe(str_get(&shown)), "a plan that can be shown", in, len);
	for (size_t i = 0; i < p->files.count; i++)
		must_hold(&w->m, lines_are_safe(p->files.items[i].content), "harmless Nix", in,
			  len);
	for (size_t i = 0; i < plan_system_disk(p)->layout.count; i++) {
		const struct part *part = &plan_system_disk(p)->layout.parts[i];

		must_hold(&w->m, part->start >= end && part->size, "parts in order", in, len);
		end = part->start + part->size;
		must_hold(&w->m, end > part->start && end <= plan_system_disk(p)->bytes,
			  "parts on the disk", in, len);
	}
}

/* Plans for one of its disks, with all that is proposed for the rest. */
static void try_plan(struct world *w, const struct facts *f, const char *in, size_t len)
{
	struct setting s = {.answers = answers_new(), .problems.arena = arena_new()};
	size_t n = mutator_below(&w->m, f->disks.count + 1);
	const char *path = n < f->disks.count ? f->disks.items[n].path : "/dev/vda";
	_cleanup_str_ struct str why = {0};
	_cleanup_plan_ struct plan *p = NULL;
	_cleanup_answers_ struct answers *a = s.answers;
	struct err e;

	s.v = (struct interview){f, &w->variants, a, NULL, NULL};
	answer(&s, "users.audioUser.passwordHash", PASSWORD_HASH_TEXT);
	answer(&s, "disk.eraseData", "yes");
	if (answer_set(a, question_needed("disk.path"), path, &why))
		answers_complete(&s.v, &s.problems);
	else
		problem_add(&s.problems, 0, 0, NULL, "no such path");
	if (s.problems.list.count == 0) {
		if (plan_make(&s.v, "archibald", &p, &e) == 0)
			check_plan(w, p, in, len);
		else
			must_hold(&w->m, err_is_safe(&e), "a refusal that can be shown", in, len);
	}
	arena_free(s.problems.arena);
}

static void try_json(struct world *w, const char *in, size_t len)
{
	_cleanup_facts_ struct facts *f = NULL;
	struct err e;

	scratch_bytes(w->dir, "machine.json", in, len);
	if (facts_read_file(w->path, &f, &e) < 0) {
		must_hold(&w->m, err_is_safe(&e) && !f, "a refusal that can be shown", in, len);
		return;
	}
	w->read++;
	check_shown_facts(w, f, in, len);
	try_plan(w, f, in, len);
}

#ifdef FACTS_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct world w = {.m.state = 1};

	if (!w.dir)
		world_open(&w);
	try_json(&w, (const char *)bytes, len);
	return 0;
}
#else
enum { ROUNDS = 5000, ROOT_ROUNDS = 2000 };

static const char *const corpus[] = {PC, PC_BIOS, ORANGE_PI, ARM_BOARD};
static const char *const recorded[] = {"amd-laptop-windows", "eight-disks", "intel-workstation",
				       "orangepi5", "qemu-arm64"};

static const struct {
	const char *path, *text;
} files[] = {
	{"proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n"},
	{"proc/meminfo", "MemTotal:        8000000 kB\n"},
	{"proc/cmdline", "console=tty0 console=ttyS0,115200n8 quiet\n"},
	{"proc/self/mountinfo", "30 1 8:1 / /mnt/a\\040b rw shared:1 - ext4 /dev/sda1 rw\n"
				"31 1 0:40 /@ / rw - btrfs /dev/sda rw\n"},
	{"proc/swaps", "Filename Type Size\n/dev/sda1 partition 1 0 -2\n"},
	{"proc/asound/cards", " 0 [USB            ]: USB-Audio - Scarlett 2i2\n"},
	{"etc/os-release", "PRETTY_NAME=\"NixOS 24.11\"\nVERSION_ID='24.11'\n"},
	{"sys/devices/system/cpu/online", "0-3,8\n"},
	{"sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,4\n"},
	{"sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "0x00000000412fd050\n"},
	{"sys/firmware/devicetree/base/compatible", "xunlong,orangepi-5,rockchip,rk3588s"},
	{"sys/firmware/devicetree/base/model", "Orange Pi 5"},
	{"sys/block/sda/size", "1000000\n"},
	{"sys/block/sda/dev", "8:0\n"},
	{"sys/block/sda/queue/logical_block_size", "512\n"},
	{"sys/block/sda/device/model", "Disk\n"},
	{"sys/block/sda/sda1/partition", "1\n"},
	{"sys/block/sda/sda1/size", "4096\n"},
	{"sys/block/sda/sda1/dev", "8:1\n"},
	{"sys/class/sound/card0/id", "USB\n"},
	{"sys/class/net/eth0/address", "52:54:00:00:00:01\n"},
	{"sys/class/net/eth0/device/x", ""},
	{"run/udev/data/b8:0",
	 "S:disk/by-id/ata-Disk_1\nE:ID_SERIAL_SHORT=S\\x20\nE:ID_FS_TYPE=x\n"},
	{"run/udev/data/b8:1", "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=my\\x20label\\xff\n"},
};

/* One or a few files of a root are not as they should be; then they are again. */
static void try_root(struct world *w)
{
	_cleanup_facts_ struct facts *f = NULL;
	_cleanup_str_ struct str s = {0};
	size_t which = mutator_below(&w->m, ARRAY_SIZE(files));
	struct sys sys;
	struct err e;

	str_add(&s, files[which].text);
	mutate(&w->m, &s);
	scratch_bytes(w->dir, files[which].path, str_get(&s), s.len);
	if (sys_open(&sys, w->dir, &e) < 0)
		abort();
	f = facts_detect(&sys);
	sys_close(&sys);
	check_shown_facts(w, f, str_get(&s), s.len);
	try_plan(w, f, str_get(&s), s.len);
	if (mutator_below(&w->m, 4))
		scratch_file(w->dir, files[which].path, files[which].text);
}

static void try_roots(struct world *w, uint64_t rounds)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		scratch_file(w->dir, files[i].path, files[i].text);
	for (uint64_t i = 0; i < rounds; i++)
		try_root(w);
}

static char *text_of(size_t n)
{
	_cleanup_free_ char *path = NULL;
	char *text;

	if (n < ARRAY_SIZE(corpus))
		return xstrdup(corpus[n]);
	path = xasprintf(TEST_SOURCE_DIR "/tests/golden/%s/detect.json",
			 recorded[n - ARRAY_SIZE(corpus)]);
	text = read_whole(path);
	if (!text)
		abort();
	return text;
}

int main(void)
{
	enum { TEXTS = ARRAY_SIZE(corpus) + ARRAY_SIZE(recorded) };
	char *texts[TEXTS];
	struct world w = {0};
	uint64_t rounds = mutator_seed("FACTS_FUZZ_ROUNDS", ROUNDS);

	for (size_t i = 0; i < TEXTS; i++)
		texts[i] = text_of(i);
	world_open(&w);
	w.m.state = mutator_seed("FACTS_FUZZ_SEED", 20250207);
	for (uint64_t i = 0; i < rounds; i++) {
		_cleanup_str_ struct str s = {0};

		str_add(&s, texts[mutator_below(&w.m, TEXTS)]);
		mutate(&w.m, &s);
		try_json(&w, str_get(&s), s.len);
	}
	printf("%llu machines: %zu read, %zu planned\n", (unsigned long long)rounds, w.read,
	       w.planned);
	bool enough = w.planned > rounds / 50;

	try_roots(&w, rounds < ROOT_ROUNDS ? rounds : ROOT_ROUNDS);
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
	variants_clear(&w.variants);
	scratch_free(&w.dir);
	free(w.path);
	/* Changes that leave nothing whole would try only the parser. */
	return enough ? 0 : 1;
}
#endif
