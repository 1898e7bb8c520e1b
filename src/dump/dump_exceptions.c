/* SPDX-License-Identifier: Apache-2.0 */
/* The exception directory: a row for each function, and how it is unwound. */
#include "base/phrase.h"
#include "dump/walk_image.h"

/* Functions may share unwind information. All codes together are a small part of an honest file;
 * each of their bytes becomes some sixty of a document. */
#define CODES_FACTOR 2

static bool is_text(const walk *w) { return w->options->format == PEL_FORMAT_TEXT; }

static void walk_rva(const walk *w, const char *key, bool there, uint64_t rva)
{
    w->e->digits = 8;
    if (there)
        pel_emit_hex(w->e, key, rva);
    else
        pel_emit_null(w->e, key);
    w->e->digits = 0;
}

/* What old machines have in the entry itself. */
static void walk_old(const walk *w, const pel_function *f)
{
    if (f->table != PEL_FUNCTIONS_MIPS && f->table != PEL_FUNCTIONS_ALPHA64 &&
        f->table != PEL_FUNCTIONS_CE)
        return;
    walk_rva(w, "prolog_end", true, f->prolog_end.v);
    walk_rva(w, "handler", f->has_handler, f->handler.v);
    walk_rva(w, "handler_data", f->has_handler, f->handler_data.v);
}

static bool has_unwind(const pel_function *f)
{
    return f->table == PEL_FUNCTIONS_X64 || f->table == PEL_FUNCTIONS_ARM64 ||
           f->table == PEL_FUNCTIONS_ARM;
}

static void walk_fields(const walk *w, const pel_function *f)
{
    w->e->offset = f->has_offset ? f->offset.v : PEL_NO_OFFSET;
    walk_rva(w, "begin", true, f->begin.v);
    walk_rva(w, "end", f->has_end, f->end.v);
    if (f->table != PEL_FUNCTIONS_MIPS && f->table != PEL_FUNCTIONS_ALPHA64)
        walk_rva(w, "unwind", true, f->unwind);
    walk_old(w, f);
    pel_emit_name(w->e, "name", w->naming, f->begin);
}

/* Text has the function as a heading, and its codes below. */
static pel_status walk_text(const walk *w, const pel_function *f, uint64_t *left)
{
    char heading[256], text[PEL_NAME_SHOWN];
    pel_phrase p = { heading, sizeof heading, 0 };
    pel_str name;
    pel_say_hex(&p, f->begin.v, 8);
    pel_say(&p, "..");
    if (f->has_end)
        pel_say_hex(&p, f->end.v, 8);
    else
        pel_say(&p, "?");
    if (pel_name_at(w->naming, f->begin, text, &name)) {
        pel_say(&p, " ");
        pel_say_str(&p, (pel_str){ name.ptr, name.len < 160 ? name.len : 160 });
    }
    pel_emit_map_begin(w->e, heading);
    pel_status st = pel_walk_unwind_text(w, f, left);
    pel_emit_map_end(w->e);
    return st;
}

static pel_status walk_function(const walk *w, const pel_function *f, bool codes, uint64_t *left)
{
    pel_status st = PEL_OK;
    if (codes && is_text(w) && has_unwind(f))
        return walk_text(w, f, left);
    pel_emit_map_begin(w->e, NULL);
    walk_fields(w, f);
    if (f->table == PEL_FUNCTIONS_IA64 && !is_text(w))
        pel_emit_null(w->e, "info");
    else if (codes && has_unwind(f))
        st = pel_walk_unwind(w, f, left);
    pel_emit_map_end(w->e);
    return st;
}

static void walk_functions(const walk *w, bool codes)
{
    uint64_t left = CODES_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    pel_function_iter it = pel_image_functions(w->img);
    bool blocks =
        codes && is_text(w) && it.table != PEL_FUNCTIONS_IA64 && it.table < PEL_FUNCTIONS_IA64;
    pel_status st = PEL_OK;
    if (blocks)
        pel_emit_map_begin(w->e, "functions");
    else
        pel_emit_seq_begin(w->e, "functions");
    for (pel_function f; st == PEL_OK && w->e->status == PEL_OK && pel_function_next(&it, &f);)
        st = walk_function(w, &f, codes, &left);
    if (blocks)
        pel_emit_map_end(w->e);
    else
        pel_emit_seq_end(w->e);
    pel_emit_end(w->e, st == PEL_OK ? it.status : st);
}

/* Text is for people: it has codes only when asked for this directory by name. */
void pel_walk_exceptions(const walk *w)
{
    if (!pel_walk_has(w, PEL_DIR_EXCEPTION, "exceptions"))
        return;
    pel_function_report report = pel_image_check_functions(w->img);
    pel_emit_map_begin(w->e, "exceptions");
    pel_emit_string(w->e, "table", pel_function_table_name(pel_image_function_table(w->img)));
    pel_emit_dec(w->e, "count", report.count);
    pel_emit_boolean(w->e, "sorted", report.unsorted.count == 0);
    walk_functions(w, !is_text(w) || w->options->only);
    pel_emit_map_end(w->e);
}
