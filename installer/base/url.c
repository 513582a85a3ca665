/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/url.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

bool url_is(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

char *url_shown(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url, *at = strrchr(host, '@');
	_cleanup_str_ struct str shown = {0};
	char *text;

	/* A password with a '/', '?' or '#' that nobody escaped ends no sooner: better too little
	 * is seen of an address with an '@' in its path than a part of a password. */
	str_addn(&shown, url, (size_t)(host - url));
	host = at ? at + 1 : host;
	str_addn(&shown, host, strcspn(host, "?#"));
	text = str_take(&shown);
	str_sanitise(text);
	return text;
}

void url_escape(struct str *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text; text++)
		if (strchr(plain, *text))
			str_addc(out, *text);
		else
			str_addf(out, "%%%02X", (unsigned char)*text);
}

char *url_beside(const char *url, const char *name)
{
	const char *host = strstr(url, "://");
	size_t n = strcspn(url, "?#"), least = host ? (size_t)(host + 3 - url) : 0;
	_cleanup_str_ struct str beside = {0};

	while (n > least && url[n - 1] != '/')
		n--;
	if (n == least) /* a host and nothing behind it */
		n = strcspn(url, "?#");
	str_addn(&beside, url, n);
	if (n && url[n - 1] != '/')
		str_addc(&beside, '/');
	url_escape(&beside, name);
	return str_take(&beside);
}
