/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks: what is a host name, a user name, an SSH key, ... Pure; used by the question table. */
#pragma once

#include <stdbool.h>

bool check_host_name(const char *s); /* RFC 1123 label, at most 63 */
bool check_user_name(const char *s); /* useradd(8)'s rule, not a system account */
bool check_gecos(const char *s);     /* no ':' and no control characters, at most 120 bytes */
bool check_password(const char *s);  /* 1 to 256 bytes without control characters */
#define PASSPHRASE_ALLOWED "8 to 256 bytes without control characters"
bool check_passphrase(const char *s);	     /* PASSPHRASE_ALLOWED */
bool check_mount_point(const char *s);	     /* below /, not of the system's own directories */
bool check_password_hash(const char *s);     /* crypt(5): yescrypt, bcrypt, SHA-512 or SHA-256 */
bool check_ssh_key(const char *s);	     /* one authorized_keys(5) line; ssh_keys.h */
bool check_address(const char *s);	     /* http:// or https://, a host, no spaces */
bool check_address_is_public(const char *s); /* without user, password, query */
bool check_absolute_path(const char *s);
bool check_device_path(const char *s);	  /* below /dev */
bool check_serial_console(const char *s); /* "ttyS0,115200n8" (kernel: serial-console.rst) */
bool check_small_number(const char *s);	  /* 1 to 256, decimal */
bool check_memory_max(const char *s);	  /* systemd.resource-control(5): "80%", "12G" */
bool check_cpu_list(const char *s);	  /* the kernel's list format: "2-7", "2,3,6-7" */
bool check_audio_cores(const char *s);	  /* such a list, or "none" */
bool check_time_zone(const char *s);
bool check_locale(const char *s);
bool check_key_map(const char *s);
bool check_uuid(const char *s);
bool check_wifi_name(const char *s);	 /* an SSID: 1 to 32 bytes */
bool check_wifi_password(const char *s); /* of WPA: IEEE 802.11, annex J.4 */

/* The lists behind the last checks, NULL-terminated, for "did you mean". */
extern const char *const *const check_zones, *const *const check_locales,
						     *const *const check_key_maps;
/* Has the text characters that another key gives on a `us` keyboard than on this keymap? What is
 * not known to be the same counts as different. */
bool key_map_matters(const char *text, const char *key_map);
/* The X keyboard layout and variant of a console keymap; false when there is none that matches.
 * variant NULL: the layout's basic one. */
bool key_map_to_xkb(const char *key_map, const char **ret_layout, const char **ret_variant);
