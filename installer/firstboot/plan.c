/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "firstboot/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/uuid.h"

const char *const first_kind_names[] = {
	"machine-id",	    "host-keys", "random-seed",	  "grow-partition",
	"grow-file-system", "flake",	 "configuration", "host-name",
	"time-zone",	    "locale",	 "key-map",	  "wifi",
	"passwords",	    "ssh-keys",	 "sync",	  NULL};

enum { PLAN_VERSION = 1 };

struct first_plan *first_plan_free(struct first_plan *p)
{
	if (p) {
		plan_free(p->host);
		arena_free(p->arena);
	}
	free(p);
	return NULL;
}

void first_plan_cleanup(struct first_plan **p)
{
	*p = first_plan_free(*p);
}

static void settle(const struct interview *v, const char *key, const char *text)
{
	const struct question *q = question_find(key);
	_cleanup_str_ struct str why = {0};

	if (text && q && !v->answers->given[question_index(q)] &&
	    !answer_set(v->answers, q, text, &why))
		v->answers->given[question_index(q)] = false;
}

static bool is_administrators(const struct variant *x, const char *name)
{
	const struct variant_account *admin = variant_account(x, "admin");

	return admin && str_eq(admin->name, name);
}

/* Whose maker gave another name to the variant's account: NULL when it may be one of several. */
static const char *only_person(const struct image *i, const struct variant *x)
{
	const char *name = NULL;

	for (size_t n = 0; n < i->accounts.count; n++) {
		const struct image_account *a = &i->accounts.items[n];

		if (a->uid == 0 || !a->login || is_administrators(x, a->name))
			continue;
		if (name)
			return NULL;
		name = a->name;
	}
	return name;
}

void first_answers(const struct interview *v)
{
	const struct variant *x;
	const char *name = NULL;

	if (v->image->variant && variants_find(v->variants, v->image->variant))
		settle(v, "variant", v->image->variant);
	x = interview_variant(v);
	/* The administrator's name is no question of its own; without a key it would be an answer
	 * that means nothing. */
	for (size_t i = 0; x && i < x->accounts.count; i++)
		if (!str_eq(x->accounts.items[i].role, "admin") &&
		    image_account(v->image, x->accounts.items[i].name))
			name = x->accounts.items[i].name;
	if (x && variant_account(x, "audioUser"))
		settle(v, "users.audioUser.name", name ? name : only_person(v->image, x));
}

/* --- the host's files ------------------------------------------------------------------------ */

/* "/boot" of a partition that is mounted at several places: the shortest is the real one. */
static const char *mountpoint_of(const struct partition *p)
{
	const char *best = NULL;

	for (size_t i = 0; i < p->mounts.count; i++)
		if (p->mounts.items[i][0] == '/' &&
		    (!best || strlen(p->mounts.items[i]) < strlen(best)))
			best = p->mounts.items[i];
	return best;
}

static bool belongs_to_system(const char *point)
{
	return str_eq(point, "/") || str_eq(point, "/boot") || str_starts(point, "/boot/") ||
	       str_eq(point, "/efi") || str_eq(point, "/home") || str_eq(point, "/nix");
}

/* Of btrfs it would take the subvolumes, which are not among the facts. */
static bool can_be_written_of(enum fs_kind fs)
{
	return fs != FS_NONE && fs != FS_SWAP && fs != FS_BTRFS;
}

/* What is mounted is what the host mounts. false: what cannot be written of. */
static bool set_layout(struct layout *l, const struct disk *d)
{
	for (size_t i = 0; i < d->partitions.count && l->count < LAYOUT_PARTS_MAX; i++) {
		const struct partition *from = &d->partitions.items[i];
		const char *point = mountpoint_of(from);
		struct part *to = &l->parts[l->count];

		if (!point || !belongs_to_system(point))
			continue;
		to->fs = from->fs_type ? fs_kind_by_name(from->fs_type) : FS_NONE;
		if (!can_be_written_of(to->fs) || !from->fs_uuid ||
		    strlen(from->fs_uuid) >= sizeof(to->fs_uuid) ||
		    strlen(point) >= sizeof(to->mountpoint))
			return false;
		to->number = from->number;
		to->role = str_eq(point, "/") || to->fs != FS_VFAT ? PART_ROOT : PART_ESP;
		memcpy(to->fs_uuid, from->fs_uuid, strlen(from->fs_uuid) + 1);
		memcpy(to->mountpoint, point, strlen(point) + 1);
		l->count++;
	}
	return l->count > 0;
}

static void warn(struct first_plan *p, const char *text)
{
	strings_add(p->arena, &p->warnings, text);
}

/* The image's own hardware-configuration.nix knows better than what can be guessed here. */
static void keep_hardware(struct plan *p, const char *hardware)
{
	for (size_t i = 0; i < p->files.count; i++)
		if (str_ends(p->files.items[i].path, "/hardware-configuration.nix"))
			p->files.items[i].content = arena_strdup(p->arena, hardware);
}

static int set_files(const struct interview *v, struct first_plan *p, struct err *e)
{
	const struct disk *d = interview_disk(v);
	struct plan_disk *disk = list_push(p->host->arena, &p->host->disks);
	int n;

	if (!d || !set_layout(&disk->layout, d)) {
		warn(p, "No configuration is written, because it cannot be told from the running "
			"system how its disks are mounted: make one with nixos-generate-config.");
		return 0;
	}
	disk->path = arena_strdup(p->host->arena, d->path);
	disk->by_id = arena_strdup(p->host->arena, d->by_id);
	n = plan_host_files(v, p->host, e);
	if (n == 0 && v->image->hardware)
		keep_hardware(p->host, v->image->hardware);
	return n;
}

static struct plan *host_new(const struct interview *v, const struct variant *x,
			     const char *program)
{
	struct plan *h = xcalloc(1, sizeof(*h));

	h->arena = arena_new();
	h->version = PLAN_VERSION;
	h->program = arena_strdup(h->arena, program);
	h->variant = arena_strdup(h->arena, x->name);
	h->host_name = arena_strdup(h->arena, v->answers->host_name);
	h->swap_kind = arena_strdup(h->arena, "none");
	plan_accounts(v, x, h);
	return h;
}

/* --- steps ----------------------------------------------------------------------------------- */

static void step(struct first_plan *p, enum first_kind kind, uint32_t weight, const char *title)
{
	*list_push(p->arena,
		   &p->steps) = (struct first_step){.kind = kind, .title = title, .weight = weight};
	p->weight += weight;
}

static void identity_steps(const struct image *i, struct first_plan *p)
{
	step(p, FIRST_MACHINE_ID, 1, "give this machine an id of its own");
	if (i->ssh)
		step(p, FIRST_HOST_KEYS, 20, "make SSH host keys of its own");
	step(p, FIRST_RANDOM_SEED, 1, "sow fresh randomness");
}

static void grow_steps(const struct interview *v, struct first_plan *p)
{
	const struct image_root *r = &v->image->root;

	if (!v->answers->grow_root || r->room_bytes == 0)
		return;
	step(p, FIRST_GROW_PARTITION, 2,
	     arena_printf(p->arena, "extend partition %u of %s to %s", r->number, r->disk,
			  size_text(r->end_bytes - r->start).s));
	step(p, FIRST_GROW_FILE_SYSTEM, 20,
	     arena_printf(p->arena, "extend the file system on it (%s)", r->fs_type));
}

static void configuration_steps(const struct image *i, struct first_plan *p)
{
	if (p->host->files.count == 0)
		return;
	if (!i->flake)
		step(p, FIRST_FLAKE, 5, "put the distribution's flake into /etc/nixos");
	step(p, FIRST_CONFIGURATION, 1,
	     arena_printf(p->arena, "write the configuration to /%s/hosts/%s", FLAKE_DIRECTORY,
			  p->host->host_name));
}

static void setting_steps(struct first_plan *p)
{
	step(p, FIRST_HOST_NAME, 1, arena_printf(p->arena, "host name %s", p->host->host_name));
	step(p, FIRST_TIME_ZONE, 1, arena_printf(p->arena, "time zone %s", p->time_zone));
	step(p, FIRST_LOCALE, 1, arena_printf(p->arena, "locale %s", p->locale));
	step(p, FIRST_KEY_MAP, 1, arena_printf(p->arena, "keyboard %s", p->key_map));
	if (p->wifi_network)
		step(p, FIRST_WIFI, 1, arena_printf(p->arena, "Wi-Fi network %s", p->wifi_network));
}

static bool is_answered(const struct first_plan *p, const char *name)
{
	for (size_t i = 0; i < p->host->accounts.count; i++)
		if (str_eq(p->host->accounts.items[i].name, name))
			return true;
	return false;
}

/* Whatever accounts the image's maker made, root among them. */
static void find_unused(struct first_plan *p)
{
	for (size_t i = 0; i < p->image->accounts.count; i++) {
		const struct image_account *here = &p->image->accounts.items[i];

		if (!is_answered(p, here->name))
			*list_push(p->arena, &p->unused) = here;
	}
}

/* Everybody else is locked: without this nobody could log in, not even to rebuild the system. */
static int check_somebody(const struct first_plan *p, struct err *e)
{
	_cleanup_str_ struct str there = {0};

	for (size_t i = 0; i < p->host->accounts.count; i++)
		if (image_account(p->image, p->host->accounts.items[i].name))
			return 0;
	for (size_t i = 0; i < p->image->accounts.count; i++)
		if (p->image->accounts.items[i].uid && p->image->accounts.items[i].login)
			str_addf(&there, "%s%s", there.len ? ", " : "",
				 p->image->accounts.items[i].name);
	err_set(e, ERR_INVALID,
		there.len ? "answer users.audioUser.name with an account of the image"
			  : "give the image the account that its variant has",
		"nobody could log in: this image has no account %s",
		p->host->accounts.count ? p->host->accounts.items[0].name : "of its variant");
	return err_why(e, "its accounts are: %s", there.len ? str_get(&there) : "none");
}

static bool image_has_keys(struct first_plan *p)
{
	bool any = false;

	for (size_t i = 0; i < p->image->accounts.count; i++) {
		const struct image_account *a = &p->image->accounts.items[i];

		any |= a->keys || a->etc_keys;
		if (a->nix_keys)
			warn(p, arena_printf(p->arena,
					     "The SSH keys of %s that this image's configuration "
					     "declares come again at each start, until a "
					     "nixos-rebuild without them.",
					     a->name));
	}
	return any;
}

static void account_steps(const struct interview *v, struct first_plan *p)
{
	bool passwords = false, locks = p->unused.count > 0;
	bool keys = image_has_keys(p) || v->answers->audio_user.ssh_keys.count ||
		    v->answers->admin.ssh_keys.count;

	for (size_t i = 0; i < p->host->accounts.count; i++) {
		const struct plan_account *a = &p->host->accounts.items[i];
		const struct image_account *here = image_account(v->image, a->name);

		passwords |= a->source != PASSWORD_NONE;
		locks |= a->source == PASSWORD_NONE && here;
		if (!here)
			warn(p, arena_printf(p->arena,
					     "The account %s is not on this image: it comes with "
					     "the next nixos-rebuild.",
					     a->name));
	}
	if (passwords || locks)
		step(p, FIRST_PASSWORDS, 1,
		     passwords ? "set the password, its hash readable by root only"
			       : "lock the image's passwords");
	if (keys)
		step(p, FIRST_SSH_KEYS, 1, "let in by the SSH keys given, and by no others");
}

static void set_hash(struct first_plan *p)
{
	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%s\n", p->host->program);
	first_plan_to_text(p, &text);
	for (size_t i = 0; i < p->host->files.count; i++)
		str_addf(&text, "%s\n%s", p->host->files.items[i].path,
			 p->host->files.items[i].content);
	p->hash = arena_strdup(p->arena, uuid_of_bytes(text.s, text.len).s);
}

static void set_warnings(const struct interview *v, struct first_plan *p)
{
	const struct image *i = v->image;

	if (i->nix_host_name || i->nix_locale || i->nix_key_map || i->nix_time_zone)
		warn(p, "Nix keeps some of these settings in its store: they hold for good after "
			"the next nixos-rebuild.");
	if (p->wifi_network && !i->network_manager)
		warn(p, "There is no NetworkManager on this image: the Wi-Fi network is joined "
			"once there is one.");
}

static struct first_plan *plan_new(const struct interview *v, const struct variant *x,
				   const char *program)
{
	struct first_plan *p = xcalloc(1, sizeof(*p));

	p->arena = arena_new();
	p->image = v->image;
	p->machine = arena_strdup(p->arena, v->facts->board.model);
	p->time_zone = arena_strdup(p->arena, v->answers->time_zone);
	p->locale = arena_strdup(p->arena, v->answers->locale);
	p->key_map = arena_strdup(p->arena, v->answers->key_map);
	p->wifi_network = arena_strdup(p->arena, v->answers->wifi_network);
	p->wifi_secret = secret_given(&v->answers->wifi_password);
	p->host = host_new(v, x, program);
	return p;
}

/* The image is what it is: neither its variant nor its account changes its name by an answer. */
static int check_image(const struct interview *v, const struct variant *x, struct err *e)
{
	if (v->image->variant && variants_find(v->variants, v->image->variant) &&
	    !str_eq(v->image->variant, x->name))
		return err_set(e, ERR_INVALID, "leave variant out",
			       "this image is of the variant %s, not %s", v->image->variant,
			       x->name);
	for (size_t i = 0; i < x->accounts.count; i++) {
		const struct variant_account *a = &x->accounts.items[i];
		const char *name = str_eq(a->role, "admin") ? v->answers->admin.name
							    : v->answers->audio_user.name;

		if (image_account(v->image, a->name) && name && !str_eq(name, a->name))
			return err_set(e, ERR_INVALID,
				       "leave the name out; it can be changed later",
				       "the account of this image is %s, not %s", a->name, name);
	}
	return 0;
}

int first_plan_make(const struct interview *v, const char *program, struct first_plan **ret,
		    struct err *e)
{
	const struct variant *x = interview_variant(v);
	_cleanup_first_plan_ struct first_plan *p = NULL;
	int n;

	if (!x)
		return err_set(e, ERR_INTERNAL, NULL, "no variant was chosen");
	if (!str_starts(x->system, arch_names[v->facts->arch]))
		return err_set(e, ERR_UNSUPPORTED, "choose a variant for this architecture",
			       "variant %s is for %s, this machine is %s", x->name, x->system,
			       arch_names[v->facts->arch]);
	n = check_image(v, x, e);
	if (n < 0)
		return n;
	p = plan_new(v, x, program);
	n = check_somebody(p, e);
	if (n < 0)
		return n;
	/* The disk is not asked for: the system runs from it. */
	v->answers->disk_path = arena_strdup(v->answers->arena, v->image->root.disk);
	n = set_files(v, p, e);
	v->answers->disk_path = NULL;
	if (n < 0)
		return n;
	identity_steps(v->image, p);
	grow_steps(v, p);
	configuration_steps(v->image, p);
	setting_steps(p);
	find_unused(p);
	account_steps(v, p);
	step(p, FIRST_SYNC, 2, "write everything out");
	set_warnings(v, p);
	set_hash(p);
	*ret = take(p);
	return 0;
}

void first_plan_to_text(const struct first_plan *p, struct str *out)
{
	str_addf(out, "First boot of %s as %s%s%s\n", p->host->variant, p->host->host_name,
		 p->machine ? " on " : "", p->machine ? p->machine : "");
	for (size_t i = 0; i < p->steps.count; i++)
		str_addf(out, "  %2zu. %s\n", i + 1, p->steps.items[i].title);
	for (size_t i = 0; i < p->host->accounts.count; i++)
		for (size_t k = 0; k < p->host->accounts.items[i].keys.count; k++)
			str_addf(out, "SSH key of %s: %s\n", p->host->accounts.items[i].name,
				 p->host->accounts.items[i].keys.items[k]);
	for (size_t i = 0; i < p->warnings.count; i++)
		str_addf(out, "WARNING: %s\n", p->warnings.items[i]);
}
