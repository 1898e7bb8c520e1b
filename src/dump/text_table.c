/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in text output. What does not fit is made to, in this order:
 *
 *   1. columns that hold nothing but zeros and nulls are left out, and named below
 *   2. the last column, if it is text, goes on a line of its own below each row
 *   3. headings are broken in two lines: Virtual over Size
 *   4. hexadecimal numbers lose their leading zeros
 *   5. one space is between columns instead of two
 *   6. no table: each row by itself
 *
 * and what is narrow is set in two columns or more. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dump/text_layout.h"

#define COLUMNS_MOST 32
#define STRIP_GAP    4
#define STRIP_ROWS   4 /* at least, or a strip is not worth it */

typedef struct plan {
    const pel_text_buffer *b;
    const pel_text_table *table;
    bool hidden[COLUMNS_MOST]; /* all zero */
    bool low[COLUMNS_MOST];    /* on its own line */
    bool two_lines;            /* headings */
    bool trimmed;              /* no leading zeros */
    bool close;                /* one space between columns */
    size_t index;              /* width of the row numbers */
    size_t offset;             /* width of the offsets, 0 if there are none */
    size_t body[COLUMNS_MOST]; /* width without the heading */
    size_t width[COLUMNS_MOST];
} plan;

static size_t gap_of(const plan *p) { return p->close ? 1 : 2; }

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static const pel_text_field *cell(const plan *p, size_t row, size_t column)
{
    return &p->b->fields[row * p->table->columns + column];
}

/* ---- widths ------------------------------------------------------------ */

/* Where a name is best broken: VirtualSize after "Virtual", slot_rva after "slot_"; 0 if nowhere.
 */
static size_t break_of(const char *name, size_t size)
{
    size_t best = 0, widest = size;
    for (size_t i = 1; i < size; i++) {
        bool camel = isupper((unsigned char)name[i]) && !isupper((unsigned char)name[i - 1]);
        if ((camel || name[i - 1] == '_') && larger(i, size - i) < widest) {
            best = i;
            widest = larger(i, size - i);
        }
    }
    return best;
}

static size_t heading_width(const plan *p, pel_text_piece name)
{
    if (!p->two_lines)
        return name.columns;
    size_t cut = break_of(p->b->pool + name.at, name.size);
    return larger(cut, name.size - cut);
}

/* Whether 0x00001000 is to be shown as 0x1000. */
static bool is_trimmed(const plan *p, const pel_text_field *f)
{
    return p->trimmed && f->number && f->raw.size > 3 && p->b->pool[f->raw.at + 1] == 'x';
}

/* The digits of a hexadecimal number from the first on that counts. */
static pel_text_piece digits_of(const plan *p, pel_text_piece raw)
{
    uint32_t skip = 2;
    while (skip + 1 < raw.size && p->b->pool[raw.at + skip] == '0')
        skip++;
    return (pel_text_piece){ raw.at + skip, raw.size - skip, raw.columns - skip };
}

static size_t raw_width(const plan *p, const pel_text_field *f)
{
    return is_trimmed(p, f) ? 2 + digits_of(p, f->raw).columns : f->raw.columns;
}

/* In a table flags are raw, with a legend below; enums have their name beside them. */
static size_t cell_width(const plan *p, const pel_text_field *f)
{
    return raw_width(p, f) + (f->meaning.size ? 1 + f->meaning.columns : 0);
}

static uint64_t row_offset(const plan *p, size_t row)
{
    uint64_t offset = PEL_NO_OFFSET;
    for (size_t c = 0; c < p->table->columns && offset == PEL_NO_OFFSET; c++)
        offset = cell(p, row, c)->offset;
    return offset;
}

static size_t offset_text(uint64_t offset, char out[PEL_SCALAR_TEXT + 1])
{
    if (offset == PEL_NO_OFFSET)
        return 0;
    out[0] = '@';
    return 1 + pel_number_text(offset, PEL_RADIX_HEX, 0, out + 1);
}

static size_t number_width(uint32_t number)
{
    char digits[PEL_SCALAR_TEXT];
    return pel_number_text(number, PEL_RADIX_DEC, 0, digits);
}

static void measure_headings(plan *p)
{
    for (size_t c = 0; c < p->table->columns; c++)
        p->width[c] = larger(p->body[c], heading_width(p, cell(p, 0, c)->name));
}

static void measure_cells(plan *p)
{
    memset(p->body, 0, sizeof p->body);
    for (size_t r = 0; r < p->table->rows; r++)
        for (size_t c = 0; c < p->table->columns; c++)
            p->body[c] = larger(p->body[c], cell_width(p, cell(p, r, c)));
    measure_headings(p);
}

static void measure(plan *p)
{
    char text[PEL_SCALAR_TEXT + 1];
    uint64_t largest = PEL_NO_OFFSET;
    p->index = number_width(p->table->first + (uint32_t)p->table->rows - 1);
    for (size_t r = 0; r < p->table->rows; r++) {
        uint64_t offset = row_offset(p, r);
        if (offset != PEL_NO_OFFSET && (largest == PEL_NO_OFFSET || offset > largest))
            largest = offset;
    }
    p->offset = offset_text(largest, text);
    measure_cells(p);
}

static size_t row_width(const plan *p)
{
    size_t width = p->index + (p->offset ? gap_of(p) + p->offset : 0);
    for (size_t c = 0; c < p->table->columns; c++)
        if (!p->hidden[c] && !p->low[c])
            width += gap_of(p) + p->width[c];
    return width;
}

static bool fits(const plan *p) { return p->table->indent + row_width(p) <= PEL_TEXT_WIDTH; }

/* ---- planning ---------------------------------------------------------- */

static void hide_empty(plan *p)
{
    size_t left = p->table->columns;
    for (size_t c = 0; c < p->table->columns && left > 1; c++) {
        bool nothing = true;
        for (size_t r = 0; r < p->table->rows && nothing; r++)
            nothing = cell(p, r, c)->nothing && !cell(p, r, c)->meaning.size;
        p->hidden[c] = nothing;
        left -= nothing;
    }
}

/* Numbers stand at the right of their column, unless there is a name beside them. */
static bool at_right(const pel_text_field *f) { return f->number && !f->meaning.size; }

/* The last column that is text and more than the row's only one; or the count of columns. */
static size_t last_text(const plan *p)
{
    size_t c = p->table->columns;
    while (c > 1) {
        c--;
        if (!p->hidden[c])
            return cell(p, 0, c)->number || cell(p, 0, c)->names ? p->table->columns : c;
    }
    return p->table->columns;
}

/* Take a step that makes columns narrower, if need be, and see again what it changes. */
static bool fits_with(plan *p, bool *step)
{
    if (fits(p))
        return true;
    *step = true;
    if (step == &p->trimmed)
        measure_cells(p);
    else if (step == &p->two_lines)
        measure_headings(p);
    return fits(p);
}

static bool make_plan(plan *p)
{
    if (p->table->columns > COLUMNS_MOST || p->table->columns == 0)
        return false;
    measure(p);
    if (fits(p))
        return true;
    hide_empty(p);
    size_t low = last_text(p);
    if (!fits(p) && low < p->table->columns)
        p->low[low] = true;
    return fits_with(p, &p->two_lines) || fits_with(p, &p->trimmed) || fits_with(p, &p->close);
}

/* ---- printing ---------------------------------------------------------- */

static void put_pool(pel_text_line *line, pel_text_tone tone, const plan *p, pel_text_piece piece)
{
    pel_line_put(line, tone, p->b->pool + piece.at, piece.size, piece.columns);
}

/* Start a cell `width` wide, at the right if `right`, and tell where the next begins. */
static size_t align(pel_text_line *line, const plan *p, size_t at, size_t width, size_t text,
                    bool right)
{
    pel_line_to(line, right ? at + width - text : at, 0);
    return at + width + gap_of(p);
}

/* One line of headings: the only one, or the upper or lower half. A heading of one word stands
 * on the lower line. */
static void put_headings(pel_text_line *line, const plan *p, size_t at, bool upper)
{
    if (!upper) {
        align(line, p, at, p->index, 1, true);
        pel_line_puts(line, PEL_TONE_FAINT, "#");
    }
    at += p->index + gap_of(p);
    for (size_t c = 0; c < p->table->columns; c++) {
        pel_text_piece name = cell(p, 0, c)->name;
        const char *text = p->b->pool + name.at;
        size_t cut = p->two_lines ? break_of(text, name.size) : 0;
        if (p->hidden[c] || p->low[c])
            continue;
        size_t size = upper ? cut : name.size - cut;
        if (size)
            align(line, p, at, p->width[c], size, at_right(cell(p, 0, c)));
        pel_line_put(line, PEL_TONE_HEADING, upper ? text : text + cut, size, size);
        at += p->width[c] + gap_of(p);
    }
}

static void put_cell(pel_text_line *line, const plan *p, const pel_text_field *f)
{
    pel_text_tone tone = f->nothing && !f->number ? PEL_TONE_FAINT : PEL_TONE_PLAIN;
    if (is_trimmed(p, f))
        pel_line_puts(line, tone, "0x");
    put_pool(line, tone, p, is_trimmed(p, f) ? digits_of(p, f->raw) : f->raw);
    if (f->meaning.size)
        pel_line_to(line, 0, 1);
    put_pool(line, PEL_TONE_MEANING, p, f->meaning);
}

static void put_row(pel_text_line *line, const plan *p, size_t row, size_t at)
{
    char text[PEL_SCALAR_TEXT + 1];
    uint32_t number = p->table->first + (uint32_t)row;
    size_t size = pel_number_text(number, PEL_RADIX_DEC, 0, text);
    at = align(line, p, at, p->index, size, true);
    pel_line_put(line, PEL_TONE_FAINT, text, size, size);
    for (size_t c = 0; c < p->table->columns; c++) {
        const pel_text_field *f = cell(p, row, c);
        if (p->hidden[c] || p->low[c])
            continue;
        at = align(line, p, at, p->width[c], cell_width(p, f), at_right(f));
        put_cell(line, p, f);
    }
    size = offset_text(row_offset(p, row), text);
    if (size) {
        pel_line_to(line, at, 0);
        pel_line_put(line, PEL_TONE_FAINT, text, size, size);
    }
}

static void print_low(pel_emitter *e, const plan *p, size_t row)
{
    for (size_t c = 0; c < p->table->columns; c++) {
        pel_text_line line = { .e = e };
        if (!p->low[c] || cell(p, row, c)->nothing)
            continue;
        pel_line_to(&line, p->table->indent + p->index + gap_of(p), 0);
        put_cell(&line, p, cell(p, row, c));
        pel_line_end(&line);
    }
}

/* ---- below the table --------------------------------------------------- */

static void print_hidden(pel_emitter *e, const plan *p)
{
    pel_text_line line = { .e = e };
    for (size_t c = 0; c < p->table->columns; c++) {
        if (!p->hidden[c])
            continue;
        pel_text_piece name = cell(p, 0, c)->name;
        if (line.column && line.column + 2 + name.columns > PEL_TEXT_WIDTH)
            pel_line_end(&line);
        if (line.column == 0) {
            pel_line_to(&line, p->table->indent, 0);
            pel_line_puts(&line, PEL_TONE_FAINT, "nothing in: ");
        } else {
            pel_line_puts(&line, PEL_TONE_FAINT, ", ");
        }
        put_pool(&line, PEL_TONE_FAINT, p, name);
    }
    if (line.column)
        pel_line_end(&line);
}

static void put_flag(pel_text_line *line, size_t start, const char *name)
{
    if (line->column > start && line->column + 3 + strlen(name) > PEL_TEXT_WIDTH) {
        pel_line_end(line);
        pel_line_to(line, start, 0);
    } else if (line->column > start) {
        pel_line_puts(line, PEL_TONE_FAINT, " | ");
    }
    pel_line_puts(line, PEL_TONE_MEANING, name);
}

static void print_legend_line(pel_emitter *e, const plan *p, const pel_text_field *f)
{
    pel_text_line line = { .e = e };
    const char *name;
    pel_line_to(&line, p->table->indent + 2, 0);
    put_pool(&line, PEL_TONE_PLAIN, p, f->raw);
    pel_line_to(&line, 0, 2);
    size_t start = line.column;
    for (size_t i = 0; (name = pel_flags_next(f->names, f->flags, &i)) != NULL;)
        put_flag(&line, start, name);
    uint64_t unknown = pel_flags_unknown(f->names, f->flags);
    if (unknown) {
        char text[PEL_SCALAR_TEXT];
        pel_number_text(unknown, PEL_RADIX_HEX, 0, text);
        put_flag(&line, start, text);
        pel_line_puts(&line, PEL_TONE_FAINT, " (unknown)");
    }
    pel_line_end(&line);
}

static bool seen_above(const plan *p, size_t row, size_t column)
{
    for (size_t r = 0; r < row; r++)
        if (cell(p, r, column)->flags == cell(p, row, column)->flags)
            return true;
    return false;
}

/* What the flags of a column mean: each value once, in the order in which they come. */
static void print_legend(pel_emitter *e, const plan *p, size_t column)
{
    bool headed = false;
    for (size_t r = 0; r < p->table->rows; r++) {
        const pel_text_field *f = cell(p, r, column);
        if (!f->names || f->flags == 0 || seen_above(p, r, column))
            continue;
        if (!headed) {
            pel_text_line line = { .e = e };
            pel_line_to(&line, p->table->indent, 0);
            put_pool(&line, PEL_TONE_HEADING, p, f->name);
            pel_line_end(&line);
            headed = true;
        }
        print_legend_line(e, p, f);
    }
}

/* ---- the whole --------------------------------------------------------- */

static bool any_low(const plan *p)
{
    for (size_t c = 0; c < p->table->columns; c++)
        if (p->low[c])
            return true;
    return false;
}

static bool any_broken(const plan *p)
{
    for (size_t c = 0; c < p->table->columns && p->two_lines; c++) {
        pel_text_piece name = cell(p, 0, c)->name;
        if (!p->hidden[c] && !p->low[c] && break_of(p->b->pool + name.at, name.size))
            return true;
    }
    return false;
}

static size_t strips_of(const plan *p)
{
    size_t room = PEL_TEXT_WIDTH - p->table->indent + STRIP_GAP;
    size_t by_width = room / (row_width(p) + STRIP_GAP);
    size_t by_rows = p->table->rows / STRIP_ROWS;
    size_t strips = by_width < by_rows ? by_width : by_rows;
    return strips > 1 && !any_low(p) ? strips : 1;
}

static void print_headings(pel_emitter *e, const plan *p, size_t strips, bool upper)
{
    pel_text_line line = { .e = e };
    for (size_t s = 0; s < strips; s++)
        put_headings(&line, p, p->table->indent + s * (row_width(p) + STRIP_GAP), upper);
    pel_line_end(&line);
}

static void print_rows(pel_emitter *e, const plan *p)
{
    size_t strips = strips_of(p), high = (p->table->rows + strips - 1) / strips;
    size_t wide = row_width(p) + STRIP_GAP;
    if (any_broken(p))
        print_headings(e, p, strips, true);
    print_headings(e, p, strips, false);
    for (size_t r = 0; r < high; r++) {
        pel_text_line line = { .e = e };
        for (size_t s = 0; s < strips && s * high + r < p->table->rows; s++)
            put_row(&line, p, s * high + r, p->table->indent + s * wide);
        pel_line_end(&line);
        print_low(e, p, r);
    }
}

/* Without a table: "[3]", and the fields of the row below it. */
static void print_blocks(pel_emitter *e, const pel_text_buffer *b, const pel_text_table *table)
{
    for (size_t r = 0; r < table->rows; r++) {
        pel_text_line line = { .e = e };
        char label[PEL_SCALAR_TEXT];
        snprintf(label, sizeof label, "[%u]", (unsigned)(table->first + r));
        pel_line_to(&line, table->indent, 0);
        pel_line_puts(&line, PEL_TONE_HEADING, label);
        pel_line_end(&line);
        pel_text_print_run(e, b, r * table->columns, table->columns, table->indent + 2);
    }
}

void pel_text_print_table(pel_emitter *e, const pel_text_buffer *b, const pel_text_table *table)
{
    plan p = { .b = b, .table = table };
    if (!make_plan(&p)) {
        print_blocks(e, b, table);
        return;
    }
    print_rows(e, &p);
    print_hidden(e, &p);
    for (size_t c = 0; c < table->columns; c++)
        print_legend(e, &p, c);
}
