/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/wrap.h"

#include <string.h>
#include <wchar.h>

#include "base/str.h"

enum { WIDTH_MIN = 20 };

/* Columns of the character at `text`, which is `length` bytes long. */
static size_t columns_of(const char *text, size_t length)
{
	mbstate_t state = {0};
	wchar_t c;
	int columns;

	if (length <= 1 || mbrtowc(&c, text, length, &state) > length)
		return 1;
	columns = wcwidth(c);
	return columns < 0 ? 1 : (size_t)columns;
}

/* Bytes of `line` (`len` bytes) that fit: up to the last space, or of a word as much as fits. */
static size_t fitting(const char *line, size_t len, size_t width)
{
	size_t n = 0, columns = 0, space = 0;

	while (n < len) {
		size_t length = utf8_length(line + n), wide;

		length = length ? length : 1;
		wide = columns_of(line + n, length);
		if (columns + wide > width)
			return space ? space : n ? n : length;
		if (line[n] == ' ' && columns > 0)
			space = n;
		n += length;
		columns += wide;
	}
	return n;
}

/* Where the text of the line's last column begins; at most half of the width. */
static size_t indent_of(const char *line, size_t len, size_t width)
{
	size_t at = strspn(line, " ");

	for (size_t i = at; i + 2 < len && i < width / 2; i++)
		if (line[i] == ' ' && line[i + 1] == ' ')
			at = i + strspn(line + i, " ");
	return at < width / 2 && at < len ? at : 0;
}

static void wrap_line(struct str *out, const char *line, size_t len, size_t width)
{
	/* Before the indentation nothing is broken. */
	size_t indent = indent_of(line, len, width), done = indent;

	str_addn(out, line, indent);
	for (;;) {
		size_t n = fitting(line + done, len - done, width - indent);

		str_addn(out, line + done, n);
		done += n;
		while (done < len && line[done] == ' ')
			done++;
		if (done >= len)
			return;
		str_addf(out, "\n%*s", (int)indent, "");
	}
}

char *wrap_text(const char *text, size_t width)
{
	_cleanup_str_ struct str out = {0};

	width = width < WIDTH_MIN ? WIDTH_MIN : width;
	while (*text) {
		size_t len = strcspn(text, "\n");

		wrap_line(&out, text, len, width);
		text += len;
		if (*text == '\n') {
			str_addc(&out, '\n');
			text++;
		}
	}
	return str_take(&out);
}

int wrap_lines(const char *text)
{
	int n = 0;

	for (; *text; n++)
		text = wrap_after(text, 1);
	return n;
}

const char *wrap_after(const char *text, int lines)
{
	while (*text && lines-- > 0) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}
