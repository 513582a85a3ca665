/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keyfile: a Wi-Fi network as NetworkManager keeps it (nm-settings-keyfile(5)). Pure. */
#pragma once

#include <stdbool.h>

#include "base/secret.h"
#include "base/uuid.h"

#define WIFI_ID	       "archibald-wifi"
#define WIFI_DIRECTORY "etc/NetworkManager/system-connections"	  /* for root alone, 0700 */
#define WIFI_FILE      WIFI_DIRECTORY "/" WIFI_ID ".nmconnection" /* 0600, or it is not read */

struct wifi_network {
	const char *name;	       /* 1 to 32 bytes */
	bool hidden;		       /* it does not say its name: it is called */
	const struct secret *password; /* of WPA2 or WPA3; NULL or none: an open network */
};

/* The file's bytes, with the password: a secret. `program`: named in the first line. */
void wifi_keyfile(const struct wifi_network *n, const char *program, struct secret *ret);
/* The connection's UUID, which follows from the name. */
struct uuid wifi_uuid(const struct wifi_network *n);
