/* SPDX-License-Identifier: Apache-2.0 */
/* A container is opened, and its heading printed, with the first thing that is in it:
 *
 *              scalar                     map with a scalar in it
 *    map NEW -----------> OPEN        seq NEW ---------------------> TABLE, its map is a ROW
 *    seq NEW -----------> LIST        TABLE, ROW ------------------> OPEN, "[0]" before each map
 *                                                something nested
 *
 * What waits in the buffer belongs to the innermost container that is not NEW and no LIST: the
 * fields of a map, or the rows of a table with, behind them, the fields of the row to come.
 */
#include "dump/text_flow.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dump/escape.h"

static size_t escape_into(char *out, size_t size, pel_str text)
{
    return pel_escape_some(PEL_ESCAPE_TEXT, &text, out, size);
}

/* Fields of the document stand at the left, those of its maps two columns in, and so on. */
static unsigned indent_at(unsigned depth) { return depth > 1 ? 2 * (depth - 1) : 0; }

/* Of the next scalar in the file. */
static uint64_t offset_of(const pel_text_emitter *t)
{
    uint64_t offset = t->base.offset;
    return offset == PEL_NO_OFFSET ? offset : t->base.origin + offset;
}

/* ---- printing what waits ------------------------------------------------ */

static void print_table(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    pel_text_table table = {
        .columns = f->columns, .rows = f->rows, .first = f->first, .indent = indent_at(depth)
    };
    if (f->rows)
        pel_text_print_table(&t->base, &t->b, &table);
    f->first += (uint32_t)f->rows;
    f->rows = 0;
}

/* Fields of the document itself keep a distance from the section above. */
static void begin_fields(pel_text_emitter *t, unsigned depth)
{
    if (depth > 1)
        return;
    if (t->last == PEL_PRINTED_SECTION)
        pel_emitter_put(&t->base, "\n", 1);
    t->last = PEL_PRINTED_FIELDS;
}

static void print_run(pel_text_emitter *t, unsigned depth)
{
    if (t->b.count == 0)
        return;
    begin_fields(t, depth);
    pel_text_print_run(&t->base, &t->b, 0, t->b.count, indent_at(depth));
}

void pel_text_flush(pel_text_emitter *t)
{
    unsigned depth = t->depth;
    while (depth &&
           (t->frames[depth].state == PEL_TEXT_NEW || t->frames[depth].state == PEL_TEXT_LIST))
        depth--;
    if (t->frames[depth].state == PEL_TEXT_TABLE)
        print_table(t, depth);
    else
        print_run(t, depth);
    t->b.count = 0;
    t->b.used = 0;
}

static void print_label(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    pel_text_line line = { .e = &t->base };
    char number[PEL_SCALAR_TEXT];
    if (depth == 2 && t->last != PEL_PRINTED_NOTHING)
        pel_emitter_put(&t->base, "\n", 1);
    t->last = PEL_PRINTED_SECTION;
    pel_line_to(&line, indent_at(depth - 1), 0);
    if (t->frames[depth - 1].seq) {
        snprintf(number, sizeof number, "[%u]", (unsigned)f->index);
        pel_line_puts(&line, PEL_TONE_HEADING, number);
    } else {
        pel_line_put(&line, PEL_TONE_HEADING, f->key, f->key_size, f->key_size);
    }
    pel_line_end(&line);
}

/* ---- opening containers ------------------------------------------------- */

/* The map at `depth` is no row of a table after all. The rows before it are; it goes on as a map
 * by itself, and so will all that follow. Its own fields go on waiting. */
static void break_row(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *table = &t->frames[depth - 1];
    size_t done = table->rows * table->columns;
    print_table(t, depth - 1);
    memmove(t->b.fields, t->b.fields + done, (t->b.count - done) * sizeof t->b.fields[0]);
    t->b.count -= done;
    table->state = PEL_TEXT_OPEN;
    t->frames[depth].state = PEL_TEXT_OPEN;
    print_label(t, depth);
}

static void put_list(pel_text_emitter *t, unsigned depth);

/* Make the container at `depth` one that others can be printed in, outermost first. */
static void open_for_containers(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    switch (f->state) {
    case PEL_TEXT_OPEN: break;
    case PEL_TEXT_ROW: break_row(t, depth); break;
    case PEL_TEXT_TABLE: pel_text_flush(t); break;
    case PEL_TEXT_LIST:
        put_list(t, depth);
        f->state = PEL_TEXT_NEW;
        open_for_containers(t, depth);
        break;
    case PEL_TEXT_NEW:
        if (depth > 1) {
            open_for_containers(t, depth - 1);
            pel_text_flush(t);
            print_label(t, depth);
        }
        break;
    }
    f->state = PEL_TEXT_OPEN;
}

/* A sequence whose first element is a map that is not empty: it may become a table. */
static void open_table(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    open_for_containers(t, depth);
    f->state = PEL_TEXT_TABLE;
    f->rows = 0;
    f->columns = 0;
}

/* The map at `depth` gets its first scalar: it becomes a row if it can. */
static bool become_row(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *around = &t->frames[depth - 1];
    if (!around->seq)
        return false;
    if (around->state == PEL_TEXT_NEW)
        open_table(t, depth - 1);
    if (around->state != PEL_TEXT_TABLE)
        return false;
    /* Room for a whole row now, or the table would break in the middle of one. */
    size_t room = PEL_TEXT_POOL - t->b.used;
    if (t->b.count + around->columns >= PEL_TEXT_FIELDS || room < PEL_TEXT_POOL / 4)
        pel_text_flush(t);
    if (around->rows == 0)
        around->first = t->frames[depth].index;
    t->frames[depth].state = PEL_TEXT_ROW;
    return true;
}

/* Make ready for one more field of the container at `depth`. */
static void open_for_field(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    if (depth && f->state == PEL_TEXT_NEW && (f->seq || !become_row(t, depth)))
        open_for_containers(t, depth);
    if (f->state == PEL_TEXT_TABLE)
        open_for_containers(t, depth);
    if (pel_text_room(&t->b))
        return;
    if (f->state == PEL_TEXT_ROW)
        break_row(t, depth);
    pel_text_flush(t);
}

/* ---- fields ------------------------------------------------------------ */

/* A field of the container at `depth`. Nothing is in it yet. */
static pel_text_field *new_field(pel_text_emitter *t, unsigned depth)
{
    open_for_field(t, depth);
    pel_text_field *f = &t->b.fields[t->b.count++];
    *f = (pel_text_field){ .offset = PEL_NO_OFFSET };
    return f;
}

/* What was collected of a list becomes a field of the map around it. A list that does not fit
 * goes on in a second field that has no name. */
static void put_list(pel_text_emitter *t, unsigned depth)
{
    pel_text_frame *f = &t->frames[depth];
    if (t->list_used == 0)
        return;
    pel_text_field *field = new_field(t, depth - 1);
    pel_text_keep(&t->b, &field->name, (pel_str){ f->key, f->put ? 0 : f->key_size }, false);
    pel_text_keep(&t->b, &field->raw, (pel_str){ t->list, t->list_used }, false);
    field->list = true;
    field->offset = f->put ? PEL_NO_OFFSET : t->list_offset;
    f->put = true;
    t->list_used = 0;
}

static void append_to_list(pel_text_emitter *t, const pel_text_value *v)
{
    pel_str text = v->meaning.len ? v->meaning : v->raw;
    const char *between = v->number && !v->meaning.len ? " " : ", ";
    if (t->list_used + strlen(between) + text.len > sizeof t->list)
        put_list(t, t->depth);
    if (t->list_used == 0 && !t->frames[t->depth].put)
        t->list_offset = offset_of(t);
    if (t->list_used) {
        memcpy(t->list + t->list_used, between, strlen(between));
        t->list_used += strlen(between);
    }
    memcpy(t->list + t->list_used, text.ptr, text.len);
    t->list_used += text.len;
}

/* A scalar that comes first in a sequence of a map makes a list of it. */
static bool in_list(pel_text_emitter *t)
{
    pel_text_frame *f = &t->frames[t->depth];
    if (t->depth > 1 && f->seq && f->state == PEL_TEXT_NEW && !t->frames[t->depth - 1].seq)
        f->state = PEL_TEXT_LIST;
    return f->state == PEL_TEXT_LIST;
}

/* The name of the next scalar: its key, or "[3]" in a sequence. */
static size_t name_of(const pel_text_emitter *t, const char *key, uint32_t index,
                      char out[PEL_TEXT_KEY])
{
    if (t->depth && t->frames[t->depth].seq)
        return (size_t)snprintf(out, PEL_TEXT_KEY, "[%u]", (unsigned)index);
    return key ? escape_into(out, PEL_TEXT_KEY, pel_str_of(key)) : 0;
}

/* The field that stands in the first row of the table where the newest field does, if its name is
 * `key`: rows repeat their names, which need not be escaped and kept again. */
static const pel_text_field *field_above(const pel_text_emitter *t, pel_str key)
{
    const pel_text_frame *table = &t->frames[t->depth ? t->depth - 1 : 0];
    size_t column = t->b.count - 1 - table->rows * table->columns;
    if (t->frames[t->depth].state != PEL_TEXT_ROW || table->rows == 0 || column >= table->columns)
        return NULL;
    const pel_text_field *above = &t->b.fields[column];
    bool same =
        above->name.size == key.len && memcmp(t->b.pool + above->name.at, key.ptr, key.len) == 0;
    return same && above->plain ? above : NULL;
}

static void set_name(pel_text_emitter *t, pel_text_field *f, const char *key, uint32_t index)
{
    char room[PEL_TEXT_KEY];
    pel_str name = pel_str_of(key);
    const pel_text_field *above = key ? field_above(t, name) : NULL;
    f->plain = true;
    if (above) {
        f->name = above->name;
        return;
    }
    bool element = t->depth && t->frames[t->depth].seq;
    f->plain = key && !element && name.len <= PEL_TEXT_KEY && pel_escape_none(name);
    if (!f->plain)
        name = (pel_str){ room, name_of(t, key, index, room) };
    pel_text_keep(&t->b, &f->name, name, f->plain);
}

static void put_value(pel_text_emitter *t, const char *key, uint32_t index, const pel_text_value *v)
{
    if (in_list(t)) {
        append_to_list(t, v);
        return;
    }
    pel_text_field *f = new_field(t, t->depth);
    set_name(t, f, key, index);
    pel_text_keep(&t->b, &f->raw, v->raw, v->raw_plain);
    pel_text_keep(&t->b, &f->meaning, v->meaning, v->meaning_plain);
    f->names = v->names;
    f->flags = v->flags;
    f->offset = offset_of(t);
    f->number = v->number;
    f->nothing = v->nothing;
}

static uint32_t next_index(pel_text_emitter *t) { return t->frames[t->depth].next++; }

void pel_text_put(pel_text_emitter *t, const char *key, const pel_text_value *v)
{
    put_value(t, key, next_index(t), v);
}

void pel_text_put_long(pel_text_emitter *t, const char *key, pel_str text)
{
    char name[PEL_TEXT_KEY], some[PEL_TEXT_LONG];
    pel_text_line line = { .e = &t->base };
    unsigned depth = t->depth;
    size_t size = name_of(t, key, next_index(t), name);
    open_for_containers(t, depth);
    pel_text_flush(t);
    begin_fields(t, depth);
    pel_line_to(&line, indent_at(depth), 0);
    pel_line_put(&line, PEL_TONE_PLAIN, name, size, size);
    pel_line_to(&line, 0, size ? 2 : 0);
    for (size_t n; (n = pel_escape_some(PEL_ESCAPE_TEXT, &text, some, sizeof some)) > 0;)
        pel_line_put(&line, PEL_TONE_PLAIN, some, n, n);
    pel_line_end(&line);
}

/* ---- containers ---------------------------------------------------------- */

void pel_text_begin(pel_text_emitter *t, const char *key, bool seq)
{
    uint32_t index = next_index(t);
    pel_text_frame *f = &t->frames[++t->depth];
    *f = (pel_text_frame){ .seq = seq, .index = index };
    f->key_size = key ? escape_into(f->key, sizeof f->key, pel_str_of(key)) : 0;
}

/* A container with nothing in it is shown like a scalar of the one around it. */
static void put_empty(pel_text_emitter *t)
{
    pel_text_value v = { .nothing = true };
    pel_text_frame *f = &t->frames[t->depth--];
    char key[PEL_TEXT_KEY + 1];
    memcpy(key, f->key, f->key_size);
    key[f->key_size] = '\0';
    v.raw = pel_str_of("(none)");
    put_value(t, key, f->index, &v);
}

static bool same_names(const pel_text_emitter *t, const pel_text_frame *table)
{
    const pel_text_field *first = t->b.fields, *row = first + table->rows * table->columns;
    for (size_t c = 0; c < table->columns; c++) {
        pel_text_piece a = first[c].name, b = row[c].name;
        if (a.at != b.at &&
            (a.size != b.size || memcmp(t->b.pool + a.at, t->b.pool + b.at, a.size) != 0))
            return false;
    }
    return true;
}

/* The row is complete. It stays one if its keys are those of the rows before it. */
static void end_row(pel_text_emitter *t)
{
    pel_text_frame *table = &t->frames[t->depth - 1];
    size_t columns = t->b.count - table->rows * table->columns;
    if (table->rows == 0)
        table->columns = columns;
    if (columns == table->columns && same_names(t, table)) {
        table->rows++;
    } else {
        break_row(t, t->depth);
        pel_text_flush(t);
    }
}

void pel_text_end(pel_text_emitter *t)
{
    switch (t->frames[t->depth].state) {
    case PEL_TEXT_NEW: put_empty(t); return;
    case PEL_TEXT_ROW: end_row(t); break;
    case PEL_TEXT_LIST: put_list(t, t->depth); break;
    case PEL_TEXT_OPEN:
    case PEL_TEXT_TABLE: pel_text_flush(t); break;
    }
    t->depth--;
}
