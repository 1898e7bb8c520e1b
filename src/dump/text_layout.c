/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/text_layout.h"

#include <string.h>

#include "base/text.h"
#include "dump/columns.h"
#include "dump/escape.h"

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- lines ------------------------------------------------------------- */

static const char *const colors[] = {
    [PEL_TONE_PLAIN] = NULL,
    [PEL_TONE_HEADING] = "\033[1m",
    [PEL_TONE_MEANING] = "\033[32m",
    [PEL_TONE_FAINT] = "\033[2m",
};

void pel_line_put_colored(pel_text_line *line, pel_text_tone tone, const char *text, size_t size)
{
    if (colors[tone])
        pel_emitter_puts(line->e, colors[tone]);
    pel_emitter_put(line->e, text, size);
    if (colors[tone])
        pel_emitter_puts(line->e, "\033[0m");
}

void pel_line_puts(pel_text_line *line, pel_text_tone tone, const char *text)
{
    pel_line_put(line, tone, text, strlen(text), strlen(text));
}

void pel_line_end(pel_text_line *line)
{
    pel_emitter_put(line->e, "\n", 1);
    line->column = 0;
}

/* ---- the buffer -------------------------------------------------------- */

bool pel_text_room(const pel_text_buffer *b)
{
    return b->count < PEL_TEXT_FIELDS && PEL_TEXT_POOL - b->used >= 3 * PEL_TEXT_LONG;
}

static uint32_t columns_of(const char *escaped, size_t size)
{
    pel_str text = { escaped, size };
    return pel_escape_none(text) ? (uint32_t)size : (uint32_t)pel_text_columns(text);
}

void pel_text_keep(pel_text_buffer *b, pel_text_piece *piece, pel_str escaped, bool plain)
{
    piece->at = (uint32_t)b->used;
    piece->size = (uint32_t)escaped.len;
    piece->columns = plain ? piece->size : columns_of(escaped.ptr, escaped.len);
    if (escaped.len)
        memcpy(b->pool + b->used, escaped.ptr, escaped.len);
    b->used += escaped.len;
}

static void put_piece(pel_text_line *line, pel_text_tone tone, const pel_text_buffer *b,
                      pel_text_piece piece)
{
    pel_line_put(line, tone, b->pool + piece.at, piece.size, piece.columns);
}

/* ---- one below the other ------------------------------------------------
 *
 *   name      raw         meaning                 @offset
 *   name      raw         a flag                  @offset
 *                         another flag
 */

/* Where the columns begin. Raw values that are wider than RAW_MOST are let run over. */
typedef struct stops {
    size_t raw, meaning, offset;
} stops;

#define RAW_MOST    24
#define OFFSET_ROOM 10

static void unknown_text(uint64_t unknown, char out[PEL_SCALAR_TEXT + 16])
{
    pel_number_text(unknown, PEL_RADIX_HEX, 0, out);
    strcat(out, " (unknown)");
}

static size_t meaning_columns(const pel_text_field *f)
{
    size_t columns = f->meaning.columns;
    const char *name;
    if (!f->names)
        return columns;
    for (size_t i = 0; (name = pel_flags_next(f->names, f->flags, &i)) != NULL;)
        columns = larger(columns, strlen(name));
    uint64_t unknown = pel_flags_unknown(f->names, f->flags);
    char text[PEL_SCALAR_TEXT + 16];
    unknown_text(unknown, text);
    return unknown ? larger(columns, strlen(text)) : columns;
}

static stops stops_of(const pel_text_field *fields, size_t count, unsigned indent)
{
    size_t name = 0, raw = 0, meaning = 0;
    for (size_t i = 0; i < count; i++) {
        const pel_text_field *f = &fields[i];
        size_t means = meaning_columns(f);
        name = larger(name, f->name.columns);
        if ((means || f->offset != PEL_NO_OFFSET) && f->raw.columns <= RAW_MOST)
            raw = larger(raw, f->raw.columns);
        if (f->offset != PEL_NO_OFFSET)
            meaning = larger(meaning, means);
    }
    stops s = { .raw = name ? indent + name + 2 : indent };
    s.meaning = s.raw + raw + 2;
    s.offset = meaning ? s.meaning + meaning + 2 : s.meaning;
    s.offset = larger(s.meaning, smaller(s.offset, PEL_TEXT_WIDTH - OFFSET_ROOM));
    return s;
}

static void put_offset(pel_text_line *line, uint64_t offset, size_t column)
{
    char text[PEL_SCALAR_TEXT + 1] = "@";
    if (offset == PEL_NO_OFFSET)
        return;
    pel_number_text(offset, PEL_RADIX_HEX, 0, text + 1);
    pel_line_to(line, column, 2);
    pel_line_puts(line, PEL_TONE_FAINT, text);
}

/* The names of flags, one a line; the offset goes to the end of the first. */
static void put_flags(pel_text_line *line, const pel_text_field *f, stops s)
{
    size_t put = 0;
    const char *name;
    for (size_t i = 0; (name = pel_flags_next(f->names, f->flags, &i)) != NULL; put++) {
        if (put)
            pel_line_end(line);
        pel_line_to(line, s.meaning, put ? 0 : 2);
        pel_line_puts(line, PEL_TONE_MEANING, name);
        if (!put)
            put_offset(line, f->offset, s.offset);
    }
    uint64_t unknown = pel_flags_unknown(f->names, f->flags);
    if (unknown) {
        char text[PEL_SCALAR_TEXT + 16];
        unknown_text(unknown, text);
        if (put)
            pel_line_end(line);
        pel_line_to(line, s.meaning, put ? 0 : 2);
        pel_line_puts(line, PEL_TONE_FAINT, text);
    }
    if (!put)
        put_offset(line, f->offset, s.offset);
}

/* Words with a space between them, on as many lines as they need. */
static void put_wrapped(pel_text_line *line, pel_text_tone tone, const char *text, size_t size)
{
    size_t start = line->column;
    while (size) {
        const char *space = memchr(text, ' ', size);
        size_t word = space ? (size_t)(space - text) : size;
        size_t columns = columns_of(text, word);
        if (line->column > start && line->column + 1 + columns > PEL_TEXT_WIDTH) {
            pel_line_end(line);
            pel_line_to(line, start, 0);
        } else if (line->column > start) {
            pel_line_to(line, 0, 1);
        }
        pel_line_put(line, tone, text, word, columns);
        text += word + (space != NULL);
        size -= word + (space != NULL);
    }
}

static void print_field(pel_emitter *e, const pel_text_buffer *b, const pel_text_field *f,
                        unsigned indent, stops s)
{
    pel_text_line line = { .e = e };
    pel_line_to(&line, indent, 0);
    put_piece(&line, PEL_TONE_PLAIN, b, f->name);
    pel_line_to(&line, s.raw, 0);
    if (f->list)
        put_wrapped(&line, PEL_TONE_PLAIN, b->pool + f->raw.at, f->raw.size);
    else
        put_piece(&line, f->nothing && !f->number ? PEL_TONE_FAINT : PEL_TONE_PLAIN, b, f->raw);
    if (f->names) {
        put_flags(&line, f, s);
    } else {
        if (f->meaning.size)
            pel_line_to(&line, s.meaning, 2);
        put_piece(&line, PEL_TONE_MEANING, b, f->meaning);
        put_offset(&line, f->offset, s.offset);
    }
    pel_line_end(&line);
}

void pel_text_print_run(pel_emitter *e, const pel_text_buffer *b, size_t first, size_t count,
                        unsigned indent)
{
    stops s = stops_of(b->fields + first, count, indent);
    for (size_t i = first; i < first + count; i++)
        print_field(e, b, &b->fields[i], indent, s);
}
