/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/net.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"

enum {
	CONNECT_SECONDS = 10,
	SLOW_SECONDS = 15, /* without SLOW_BYTES a second for so long the connection is given up */
	SLOW_BYTES = 16,
	ATTEMPT_SECONDS = 120,
	REDIRECTS_MAX = 5,
	PAUSE_MAX = 30,
};

/* X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL, as
 * CURLINFO_SSL_VERIFYRESULT reports them; both mean a clock when the server's is right. */
enum { NOT_YET_VALID = 9, HAS_EXPIRED = 10 };

struct attempt {
	const struct net_request *r;
	char *bytes; /* of the answer; wiped */
	size_t len;
	bool too_large;
	char reason[CURL_ERROR_SIZE];
	const char *verb; /* "get" */
};

static void attempt_clear(struct attempt *a)
{
	if (a->bytes)
		secret_zero(a->bytes, a->r->limit);
	free(a->bytes);
}

static size_t receive(char *bytes, size_t size, size_t count, void *ctx)
{
	struct attempt *a = ctx;
	size_t n = size * count;

	if (n > a->r->limit - a->len) {
		a->too_large = true;
		return 0;
	}
	memcpy(a->bytes + a->len, bytes, n);
	a->len += n;
	return n;
}

static void set_transport(CURL *c, const struct net_request *r)
{
	/* What began protected does not go on in the clear. */
	const char *protocols = strncasecmp(r->url, "https:", 6) == 0 ? "https" : "http,https";
	const char *authorities = getenv("SSL_CERT_FILE");

	if (!authorities)
		authorities = getenv("NIX_SSL_CERT_FILE");
	if (authorities)
		curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
	if (r->proxy)
		curl_easy_setopt(c, CURLOPT_PROXY, r->proxy);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
}

static void set_limits(CURL *c, struct attempt *a)
{
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ATTEMPT_SECONDS);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)a->r->limit);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, a->reason);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "archibald");
}

/* What a person sees of the address: no password, nothing that a terminal would act on. */
static int fail(const struct attempt *a, enum err_code code, const char *hint, const char *why,
		struct err *e)
{
	_cleanup_free_ char *shown = url_shown(a->r->url);

	err_set(e, code, hint, "cannot %s %s", a->verb, shown);
	return err_why(e, "%s", why);
}

static int fail_certificate(CURL *c, const struct attempt *a, struct err *e)
{
	long verified = 0;
	char now[32] = "", hint[200];
	time_t clock = time(NULL);
	struct tm tm;

	curl_easy_getinfo(c, CURLINFO_SSL_VERIFYRESULT, &verified);
	if (verified != NOT_YET_VALID && verified != HAS_EXPIRED)
		return fail(a, ERR_NETWORK,
			    "an authority of your own is named by SSL_CERT_FILE; certificates are "
			    "always verified",
			    a->reason, e);
	if (gmtime_r(&clock, &tm))
		strftime(now, sizeof(now), "%Y-%m-%d %H:%M UTC", &tm);
	snprintf(hint, sizeof(hint),
		 "is the clock right? It says %s; date -u -s 'YYYY-MM-DD "
		 "HH:MM' sets it",
		 now);
	return fail(a, ERR_NETWORK, hint,
		    verified == NOT_YET_VALID
			    ? "by this machine's clock the server's certificate is not valid yet"
			    : "by this machine's clock the server's certificate has expired",
		    e);
}

static bool is_success(long status)
{
	return status >= 200 && status <= 299;
}

static int fail_status(const struct attempt *a, long status, struct err *e)
{
	char why[64];

	snprintf(why, sizeof(why), "the server answered with status %ld", status);
	if (status == 404 || status == 410)
		return fail(a, ERR_NOT_FOUND, "is the address right?", why, e);
	if (status == 401 || status == 403)
		return fail(a, ERR_NETWORK, "the server wants to know who asks", why, e);
	/* libcurl follows the others, where it is allowed to. */
	return fail(a, ERR_NETWORK,
		    status >= 300 && status < 400 ? "it sends whoever asks elsewhere, but does not "
						    "say where, or that is not followed"
						  : NULL,
		    why, e);
}

static int explain(CURL *c, const struct attempt *a, CURLcode code, long status, struct err *e)
{
	char why[80];

	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR: return fail_status(a, status, e);
	case CURLE_PEER_FAILED_VERIFICATION: return fail_certificate(c, a, e);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return fail(a, ERR_INVALID, "http://HOST/PATH or https://HOST/PATH",
			    a->reason[0] ? a->reason : curl_easy_strerror(code), e);
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		snprintf(why, sizeof(why), "it is larger than the %zu bytes that are allowed",
			 a->r->limit);
		return fail(a, ERR_TOO_SMALL, "is it the right file?", why, e);
	case CURLE_ABORTED_BY_CALLBACK:
		return fail(a, ERR_CANCELLED, NULL, "no answer came while it was waited for", e);
	default:
		return fail(a, ERR_NETWORK, "is the network up, and the server?",
			    a->reason[0] ? a->reason : curl_easy_strerror(code), e);
	}
}

static bool may_pass(CURLcode code, long status)
{
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR: return status == 408 || status == 429 || status >= 500;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM: return true;
	default: return false;
	}
}

/* One attempt. 0, or an error; *again: it may pass. */
static int attempt(const struct net_request *r, struct secret *ret, long *status, bool *again,
		   struct err *e)
{
	_cleanup_(attempt_clear) struct attempt a = {
		.r = r, .bytes = xmalloc(r->limit), .verb = "get"};
	CURL *c = curl_easy_init();
	CURLcode code;
	int n = 0;

	if (!c)
		return err_set(e, ERR_INTERNAL, NULL, "libcurl cannot be used");
	set_transport(c, r);
	set_limits(c, &a);
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
	*again = may_pass(code, *status);
	str_sanitise(a.reason);
	if (code != CURLE_OK)
		n = explain(c, &a, a.too_large ? CURLE_WRITE_ERROR : code, *status, e);
	else if (!is_success(*status))
		n = fail_status(&a, *status, e);
	else
		secret_set(ret, a.bytes, a.len);
	curl_easy_cleanup(c);
	return n;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * count;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct net_message *m = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return m->stop && m->stop(m->ctx);
}

static void set_body(CURL *c, const struct net_message *m, struct curl_slist *heads)
{
	curl_easy_setopt(c, CURLOPT_URL, m->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, m->body);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, m);
}

int net_post(const struct net_message *m, struct err *e)
{
	const struct net_request r = {.url = m->url, .proxy = m->proxy};
	struct attempt a = {.r = &r, .verb = "report to"};
	_cleanup_free_ char *type = xasprintf("Content-Type: %s", m->type);
	/* Without "Expect:" curl asks beforehand, and waits a second where nobody answers that. */
	struct curl_slist *heads = curl_slist_append(curl_slist_append(NULL, type), "Expect:");
	CURL *c = curl_easy_init();
	long status = 0;
	CURLcode code;
	int n = 0;

	if (!c || !heads)
		return err_set(e, ERR_INTERNAL, NULL, "libcurl cannot be used");
	set_transport(c, &r);
	set_limits(c, &a);
	set_body(c, m, heads);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	str_sanitise(a.reason);
	if (code != CURLE_OK)
		n = explain(c, &a, code, status, e);
	else if (!is_success(status))
		n = fail_status(&a, status, e);
	curl_easy_cleanup(c);
	curl_slist_free_all(heads);
	return n;
}

int net_get(const struct net_request *r, struct secret *ret, struct err *e)
{
	time_t end = seconds() + (time_t)r->wait;
	unsigned pause = 1, tries = 1;
	bool again = false;
	long status = 0;
	int n;

	for (;; tries++) {
		n = attempt(r, ret, &status, &again, e);
		if (n == 0 || !again || seconds() + (time_t)pause > end)
			break;
		nanosleep(&(struct timespec){.tv_sec = (time_t)pause}, NULL);
		pause = pause < PAUSE_MAX / 2 ? pause * 2 : PAUSE_MAX;
	}
	if (n < 0 && tries > 1) {
		_cleanup_free_ char *why = xstrdup(e->why);

		(void)err_why(e, "%s (tried %u times)", why, tries);
	}
	return n;
}

/* --- how far it comes ------------------------------------------------------------------------ */

static bool by_clock(CURL *c)
{
	long verified = 0;

	curl_easy_getinfo(c, CURLINFO_SSL_VERIFYRESULT, &verified);
	return verified == NOT_YET_VALID || verified == HAS_EXPIRED;
}

/* A name server that is silent takes all the time there is. */
static bool resolved(CURL *c)
{
	curl_off_t microseconds = 0;

	curl_easy_getinfo(c, CURLINFO_NAMELOOKUP_TIME_T, &microseconds);
	return microseconds > 0;
}

static enum net_reached reached(CURL *c, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
	case CURLE_HTTP_RETURNED_ERROR:
	case CURLE_WRITE_ERROR: /* too long for what it should be */
	case CURLE_FILESIZE_EXCEEDED: return NET_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST: return NET_NO_NAME;
	case CURLE_COULDNT_RESOLVE_PROXY: return NET_NO_PROXY;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT: return NET_NOTHING;
	case CURLE_OPERATION_TIMEDOUT: return resolved(c) ? NET_NO_SERVER : NET_NO_NAME;
	case CURLE_PEER_FAILED_VERIFICATION: return by_clock(c) ? NET_BAD_TIME : NET_BAD_TLS;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: return NET_BAD_TLS;
	default: return NET_NO_SERVER;
	}
}

static uint64_t server_date(CURL *c)
{
	struct curl_header *header;
	time_t date;

	if (curl_easy_header(c, "date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return 0;
	date = curl_getdate(header->value, NULL);
	return date > 0 ? (uint64_t)date : 0;
}

/* What an unprotected answer says of the time is no proof, but enough to look at the clock. */
static uint64_t date_in_the_clear(const struct net_request *r)
{
	_cleanup_free_ char *url = xasprintf("http://%s", r->url + strlen("https://"));
	const struct net_request plain = {url, r->proxy, r->limit, r->wait};
	_cleanup_(attempt_clear) struct attempt a = {.r = &plain, .bytes = xmalloc(r->limit)};
	CURL *c = curl_easy_init();
	uint64_t date = 0;

	if (!c)
		return 0;
	set_transport(c, &plain);
	set_limits(c, &a);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)r->wait);
	curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_perform(c);
	date = server_date(c);
	curl_easy_cleanup(c);
	return date;
}

void net_probe(const struct net_request *r, struct arena *arena, struct net_seen *ret)
{
	_cleanup_(attempt_clear) struct attempt a = {.r = r, .bytes = xmalloc(r->limit)};
	CURL *c = curl_easy_init();
	long status = 0;
	CURLcode code;

	*ret = (struct net_seen){0};
	if (!c)
		return;
	set_transport(c, r);
	set_limits(c, &a);
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)r->wait);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	str_sanitise(a.reason);
	ret->reached = reached(c, code);
	ret->status = status > 0 ? (uint32_t)status : 0;
	/* A proxy that refuses to connect has said so with a status of its own. */
	if (!ret->status) {
		curl_easy_getinfo(c, CURLINFO_HTTP_CONNECTCODE, &status);
		ret->status = status >= 400 ? (uint32_t)status : 0;
		if (ret->status)
			ret->reached = NET_ANSWERED;
	}
	ret->date = server_date(c);
	ret->reason = arena_strdup(arena, a.reason[0] ? a.reason : curl_easy_strerror(code));
	ret->is_cache = code == CURLE_OK && memmem(a.bytes, a.len, "StoreDir: /nix/store",
						   strlen("StoreDir: /nix/store"));
	curl_easy_cleanup(c);
	if (ret->reached == NET_BAD_TIME)
		ret->date = date_in_the_clear(r);
}
