/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_TEXT_LAYOUT_H
#define PEL_DUMP_TEXT_LAYOUT_H

/* Fields that wait to be printed together, so that they can be aligned, and the two ways to
 * print them: one below the other, or as the rows of a table. emit_text.c decides which. */

#include "dump/emitter_priv.h"

/* Lines are made to fit this many columns; values that nobody can break may be longer. */
#define PEL_TEXT_WIDTH 100

/* The bounds of what waits: these many fields, and these many bytes of text. */
#define PEL_TEXT_FIELDS 2048
#define PEL_TEXT_POOL   65536

/* A text longer than this is not kept, but printed at once. */
#define PEL_TEXT_LONG 1024

/* Characters in the pool, escaped already. */
typedef struct pel_text_piece {
    uint32_t at, size;
    uint32_t columns; /* on the screen */
} pel_text_piece;

/* One scalar, or a list of scalars. */
typedef struct pel_text_field {
    pel_text_piece name, raw;
    pel_text_piece meaning; /* what an enum value or a time means; empty if there is nothing */
    const pel_names *names; /* flags: what they mean; else NULL */
    uint64_t flags;
    uint64_t offset; /* in the file, or PEL_NO_OFFSET */
    bool number;     /* stands at the right of its column */
    bool nothing;    /* null, or the number 0 */
    bool list;       /* may be broken at its spaces */
    bool plain;      /* no character of the name is escaped */
} pel_text_field;

typedef struct pel_text_buffer {
    size_t count;
    size_t used; /* bytes of `pool` */
    pel_text_field fields[PEL_TEXT_FIELDS];
    char pool[PEL_TEXT_POOL];
} pel_text_buffer;

/** Room for one more field with two pieces of PEL_TEXT_LONG and a name? */
bool pel_text_room(const pel_text_buffer *b);

/** Keep characters that are escaped already, as `*piece`. `plain`: each byte of them is known to be
 * a column. (A struct of three halves of words is slow to return: it is read before it is written.)
 */
void pel_text_keep(pel_text_buffer *b, pel_text_piece *piece, pel_str escaped, bool plain);

/** Print `count` fields of the buffer below each other, aligned. */
void pel_text_print_run(pel_emitter *e, const pel_text_buffer *b, size_t first, size_t count,
                        unsigned indent);

/* Rows of equal fields, from the start of the buffer. */
typedef struct pel_text_table {
    size_t columns, rows;
    uint32_t first; /* number of the first row */
    unsigned indent;
} pel_text_table;

/** Print rows as a table or, when that would be too wide, each row by itself. */
void pel_text_print_table(pel_emitter *e, const pel_text_buffer *b, const pel_text_table *table);

/* ---- lines ------------------------------------------------------------- */

/* What a stretch of text is, told by its colour where there are colours. */
typedef enum pel_text_tone {
    PEL_TONE_PLAIN,
    PEL_TONE_HEADING,
    PEL_TONE_MEANING,
    PEL_TONE_FAINT, /* offsets, and what is not there */
} pel_text_tone;

/* A line in the making. */
typedef struct pel_text_line {
    pel_emitter *e;
    size_t column;
} pel_text_line;

/** Put `text` with the colours of `tone` around it. */
void pel_line_put_colored(pel_text_line *line, pel_text_tone tone, const char *text, size_t size);

/** Put `text`, which takes so many columns, and in colour where there is any. */
static inline void pel_line_put(pel_text_line *line, pel_text_tone tone, const char *text,
                                size_t size, size_t columns)
{
    if (size == 0)
        return;
    if (line->e->options->color)
        pel_line_put_colored(line, tone, text, size);
    else
        pel_emitter_put(line->e, text, size);
    line->column += columns;
}

/** ASCII text. */
void pel_line_puts(pel_text_line *line, pel_text_tone tone, const char *text);

/** Go on at `column`, but `gap` columns from here at least. */
static inline void pel_line_to(pel_text_line *line, size_t column, size_t gap)
{
    static const char spaces[] = "                                ";
    if (column < line->column + gap)
        column = line->column + gap;
    for (size_t n; line->column < column; line->column += n) {
        n = column - line->column < sizeof spaces - 1 ? column - line->column : sizeof spaces - 1;
        pel_emitter_put(line->e, spaces, n);
    }
}

void pel_line_end(pel_text_line *line);

#endif
