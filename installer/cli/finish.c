/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/finish.h"

#include <errno.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"

static bool linux_managed(void *ctx)
{
	(void)ctx;
	/* sd_booted(3). */
	return access("/run/systemd/system", F_OK) == 0;
}

static int linux_run(void *ctx, const char *const *argv, struct err *e)
{
	(void)ctx;
	return proc_run(&(struct proc){.argv = argv, .seconds = FINISH_SECONDS}, e);
}

static bool linux_wait(void *ctx, unsigned seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	(void)ctx;
	return nanosleep(&left, NULL) < 0 && errno == EINTR;
}

static int linux_reboot(void *ctx, int how)
{
	(void)ctx;
	sync();
	return reboot(how) < 0 ? -errno : 0;
}

const struct finish_ops finish_linux = {linux_managed, linux_run, linux_wait, linux_reboot};

int finish(const char *how, const struct finish_ops *ops, void *ctx, struct err *e)
{
	const char *const argv[] = {"systemctl", how, NULL};
	bool off = str_eq(how, "poweroff");
	int n;

	if (str_eq(how, "stay"))
		return 0;
	if (ops->managed(ctx)) {
		n = ops->run(ctx, argv, e);
		/* Somebody wants this program to end: that is no reason to go past systemd. */
		if (n == -ERR_CANCELLED)
			return n;
		if (n == 0 && ops->wait(ctx, FINISH_SECONDS))
			return 0;
	}
	n = ops->reboot(ctx, off ? RB_POWER_OFF : RB_AUTOBOOT);
	return n < 0 ? err_errno(e, -n, "the installation is complete; do it by hand",
				 "this machine cannot be %s", off ? "turned off" : "restarted")
		     : 0;
}
