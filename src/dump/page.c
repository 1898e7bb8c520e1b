/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dump/escape.h"

static const char *const inks[] = {
    [PEL_INK_PLAIN] = "",           [PEL_INK_STRONG] = "\033[1m",
    [PEL_INK_FAINT] = "\033[2m",    [PEL_INK_LABEL] = "\033[36m",
    [PEL_INK_READ] = "\033[34m",    [PEL_INK_WRITE] = "\033[33m",
    [PEL_INK_EXECUTE] = "\033[32m", [PEL_INK_WRITE_EXECUTE] = "\033[31m",
    [PEL_INK_GUARD] = "\033[35m",   [PEL_INK_GOOD] = "\033[1;32m",
    [PEL_INK_BAD] = "\033[1;31m",
};

static void put(pel_page *page, const char *text, size_t size)
{
    if (page->status == PEL_OK && size > 0)
        page->status = page->sink.write(page->sink.ctx, text, size);
}

static void put_inked(pel_page *page, pel_ink ink, const char *text, size_t size)
{
    bool inked = page->options->color && ink != PEL_INK_PLAIN;
    if (inked)
        put(page, inks[ink], strlen(inks[ink]));
    put(page, text, size);
    if (inked)
        put(page, "\033[0m", 4);
}

void pel_page_put(pel_page *page, pel_ink ink, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t size = wanted < 0 ? 0 : (size_t)wanted;
    put_inked(page, ink, line, size < sizeof line ? size : sizeof line - 1);
}

#define COLUMNS 80

void pel_page_paragraph(pel_page *page, pel_ink ink, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        const char *before = column == 0 ? "  " : " ";
        if (column > 0 && column + 1 + word > COLUMNS) {
            before = "\n    ";
            column = 3; /* with the word's own blank: four */
        }
        pel_page_put(page, ink, "%s%.*s", before, (int)word, text);
        column += (column == 0 ? 2 : 1) + word;
        text += word + strspn(text + word, " ");
    }
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

void pel_page_repeat(pel_page *page, pel_ink ink, const char *glyph, unsigned times)
{
    char line[512];
    size_t used = 0, size = strlen(glyph);
    for (unsigned i = 0; i < times && used + size <= sizeof line; i++, used += size)
        memcpy(line + used, glyph, size);
    put_inked(page, ink, line, used);
}

const char *pel_page_glyph(const pel_page *page, const char *unicode, const char *ascii)
{
    return page->options->ascii ? ascii : unicode;
}

void pel_size_text(uint64_t bytes, char out[16])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t unit = 0;
    uint64_t whole = bytes, rest = 0;
    while (whole >= 1024) {
        rest = whole % 1024;
        whole /= 1024;
        unit++;
    }
    uint64_t tenths = rest * 10 / 1024;
    if (tenths > 0 && whole < 100)
        snprintf(out, 16, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths, units[unit]);
    else
        snprintf(out, 16, "%" PRIu64 " %s", whole, units[unit]);
}

void pel_cell_text(pel_str text, char *out, size_t size)
{
    size_t n = text.len < size - 1 ? text.len : size - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    out[n] = '\0';
}

void pel_line_text(pel_str text, char *out, size_t size)
{
    size_t used = 0, n = 1;
    while (n > 0 && size - used > PEL_ESCAPE_MAX) {
        n = pel_escape_some(PEL_ESCAPE_TEXT, &text, out + used, size - 1 - used);
        used += n;
    }
    out[used] = '\0';
}
