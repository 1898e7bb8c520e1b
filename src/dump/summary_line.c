/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a summary: put together in columns, cut to the width of the screen, and written with
 * their colours. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pelorus/resources.h>

#include "base/text.h"
#include "dump/columns.h"
#include "dump/escape.h"
#include "dump/summary.h"

/* ---- appending ---------------------------------------------------------- */

/* Escaped text. What does not fit in the line would not fit on the screen either. */
static void append(summary *s, pel_ink ink, pel_str text)
{
    size_t room = sizeof s->line - s->used;
    if (text.len > room) {
        text.len = 0;
        s->cut = true;
    }
    if (text.len == 0)
        return;
    memcpy(s->line + s->used, text.ptr, text.len);
    memset(s->inks + s->used, (int)ink, text.len);
    s->used += text.len;
    s->columns += pel_text_columns(text);
}

void pel_summary_put(summary *s, pel_ink ink, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t size = wanted < 0 ? 0 : (size_t)wanted;
    append(s, ink, (pel_str){ text, size < sizeof text ? size : sizeof text - 1 });
}

/* Escape as much as fits in `size` bytes; but backslashes, which paths are full of, stay as they
 * are: this is for eyes, and `--only` shows what can be had back. */
static size_t escape_some(pel_str *text, char *out, size_t size)
{
    size_t used = pel_escape_some(PEL_ESCAPE_TEXT, text, out, size), kept = 0;
    for (size_t i = 0; i < used; i++) {
        out[kept++] = out[i];
        if (out[i] == '\\' && i + 1 < used && out[i + 1] == '\\')
            i++;
    }
    return kept;
}

void pel_summary_text(summary *s, pel_ink ink, pel_str text)
{
    char piece[256];
    for (size_t n;
         !s->cut && s->columns <= s->width && (n = escape_some(&text, piece, sizeof piece)) > 0;)
        append(s, ink, (pel_str){ piece, n });
}

void pel_summary_wrap(summary *s, pel_ink ink, const char *text, unsigned lines)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        bool first = s->columns <= PEL_SUMMARY_COLUMN;
        if (!first && lines > 1 && s->columns + 1 + word > s->width) {
            pel_summary_end(s);
            pel_summary_label(s, "");
            lines--;
            first = true;
        }
        pel_summary_put(s, ink, "%s%.*s", first ? "" : " ", (int)word, text);
        text += word + strspn(text + word, " ");
    }
}

/* No line shows more of it than that. */
#define UTF16_MOST 1024

void pel_summary_utf16(summary *s, pel_ink ink, pel_span text)
{
    char utf8[3 * UTF16_MOST];
    pel_span some = pel_span_clip(text, 0, 2 * (uint64_t)UTF16_MOST);
    size_t size = pel_utf16_text(some, utf8, sizeof utf8);
    pel_summary_text(s, ink, (pel_str){ utf8, size < sizeof utf8 ? size : sizeof utf8 });
}

void pel_count_text(uint64_t n, char out[PEL_COUNT_TEXT])
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < count; i++) {
        *out++ = digits[i];
        if (i + 1 < count && (count - i - 1) % 3 == 0)
            *out++ = ',';
    }
    *out = '\0';
}

void pel_summary_count(summary *s, uint64_t n, const char *what)
{
    char digits[PEL_COUNT_TEXT];
    size_t size = strlen(what);
    pel_count_text(n, digits);
    if (n == 1)
        pel_summary_put(s, PEL_INK_PLAIN, "%s %s", digits, what);
    else if (what[size - 1] == 'y')
        pel_summary_put(s, PEL_INK_PLAIN, "%s %.*sies", digits, (int)size - 1, what);
    else
        pel_summary_put(s, PEL_INK_PLAIN, "%s %s%s", digits, what,
                        what[size - 1] == 's' ? "es" : "s");
}

static const char *ellipsis(const summary *s) { return pel_page_glyph(&s->page, "…", "..."); }
static size_t ellipsis_columns(const summary *s) { return s->page.options->ascii ? 3 : 1; }

bool pel_summary_item(summary *s, const char *before, pel_str text, const char *after)
{
    char escaped[256];
    size_t size = escape_some(&text, escaped, sizeof escaped);
    size_t wants = strlen(before) + pel_text_columns((pel_str){ escaped, size }) + strlen(after);
    if (s->columns + wants + 2 + ellipsis_columns(s) > s->width || text.len > 0) {
        pel_summary_put(s, PEL_INK_FAINT, "%s%s", before, ellipsis(s));
        return false;
    }
    pel_summary_put(s, PEL_INK_FAINT, "%s", before);
    append(s, PEL_INK_PLAIN, (pel_str){ escaped, size });
    pel_summary_put(s, PEL_INK_FAINT, "%s", after);
    return true;
}

void pel_summary_to(summary *s, size_t column)
{
    while (s->columns < column && !s->cut)
        append(s, PEL_INK_PLAIN, (pel_str){ " ", 1 });
}

void pel_summary_label(summary *s, const char *label)
{
    pel_summary_to(s, PEL_SUMMARY_INDENT);
    pel_summary_put(s, PEL_INK_LABEL, "%s", label);
    pel_summary_to(s, PEL_SUMMARY_COLUMN);
}

/* ---- writing ------------------------------------------------------------- */

void pel_summary_blank(summary *s)
{
    pel_page_put(&s->page, PEL_INK_PLAIN, "\n");
    s->lines++;
}

void pel_summary_drop(summary *s)
{
    s->used = s->columns = 0;
    s->cut = false;
}

static void put_run(summary *s, size_t start, size_t end)
{
    pel_page_put(&s->page, (pel_ink)s->inks[start], "%.*s", (int)(end - start), s->line + start);
}

void pel_summary_end(summary *s)
{
    bool cut = s->cut || s->columns > s->width;
    if (cut)
        s->used = pel_text_prefix((pel_str){ s->line, s->used }, s->width - ellipsis_columns(s));
    while (s->used > 0 && s->line[s->used - 1] == ' ')
        s->used--;
    for (size_t start = 0, end; start < s->used; start = end) {
        /* A page puts less than a kilobyte at once. */
        for (end = start + 1; end < s->used && s->inks[end] == s->inks[start]; end++)
            if (end - start >= 512 && ((uint8_t)s->line[end] & 0xc0) != 0x80)
                break;
        put_run(s, start, end);
    }
    pel_page_put(&s->page, PEL_INK_PLAIN, "%s\n", cut ? ellipsis(s) : "");
    s->lines++;
    pel_summary_drop(s);
}
