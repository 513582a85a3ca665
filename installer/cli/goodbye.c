/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/goodbye.h"

#include "base/str.h"

static void add_account(struct str *s, const struct plan_account *who, bool keys)
{
	if (who->source == PASSWORD_NONE && !keys)
		return;
	str_addf(s, "  %s, %s\n", who->name,
		 who->source == PASSWORD_NONE ? "over the network by SSH key only"
		 : keys			      ? "with the password, or by SSH key over the network"
					      : "with the password");
}

static bool has_keys(const struct answers *a, const struct plan_account *who)
{
	return (str_eq(who->name, a->audio_user.name) && a->audio_user.ssh_keys.count) ||
	       (str_eq(who->name, a->admin.name) && a->admin.ssh_keys.count);
}

char *goodbye_text(const struct plan *p, const struct answers *a, const char *live_medium)
{
	_cleanup_str_ struct str s = {0};

	str_addf(&s, "Next:\n  Take the installation medium%s%s out and restart.\n",
		 live_medium ? " " : "", live_medium ? live_medium : "");
	if (p->encrypted)
		str_add(&s, "  The machine asks for the passphrase of the disk at every start.\n");
	str_add(&s, "Log in as\n");
	for (size_t i = 0; i < p->accounts.count; i++)
		add_account(&s, &p->accounts.items[i], has_keys(a, &p->accounts.items[i]));
	str_addf(&s,
		 "To change the system later, edit /etc/nixos/hosts/%s and run\n"
		 "  nixos-rebuild switch --flake /etc/nixos\n"
		 "The log and the answers are on the new system in /var/log/archibald.",
		 p->host_name);
	return str_take(&s);
}

const char *goodbye(struct ui *u, const struct plan *p, const char *text)
{
	static struct choice choices[] = {{"reboot", "Restart now"},
					  {"poweroff", "Power off"},
					  {"stay", "Stay here; nothing more is done"}};
	_cleanup_free_ char *title = xasprintf("ArchibaldOS is installed on %s as host %s.",
					       plan_system_disk(p)->path, p->host_name);
	_cleanup_free_ char *all = xasprintf("%s\n\n%s", title, text);
	const struct front_end f = ui_front_end(u);
	struct prompt prompt = {
		.kind = PROMPT_REVIEW,
		.type = Q_CHOICE,
		.title = "What now",
		.help = "Everything is on the disk, and it is not mounted any more: the "
			"machine can be restarted or put off as you like.",
		.allowed = "one of the list",
		.text = all,
		.choices = {{choices, ARRAY_SIZE(choices)}},
		.proposal = "reboot",
		.first = true};
	const char *chosen = "stay";
	bool asked = false;

	ui_drop_typed(u);
	while (!asked) {
		_cleanup_secret_ struct secret reply = {0};

		if (f.ask(f.ctx, &prompt, &reply) != REPLY_ANSWER)
			break;
		for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
			if (str_eq(reply.len ? reply.bytes : prompt.proposal, choices[i].value)) {
				chosen = choices[i].value;
				asked = true;
			}
		prompt.problem = NOT_IN_LIST;
	}
	/* In lines, for what stays on the terminal; plain lines have said it. */
	if (u->kind == UI_DIALOG)
		ui_leave(u, title, text);
	return chosen;
}
