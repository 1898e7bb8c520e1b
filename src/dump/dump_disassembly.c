/* SPDX-License-Identifier: Apache-2.0 */
/* Code as instructions: at the entry point and at each exported function, or where it is asked
 * for. */
#include <inttypes.h>
#include <pelorus/disassembly.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "dump/walk_image.h"

/* Exports may begin at each byte of the file, and a long name may stand in each instruction: what
 * is written is no more than so many times the file. */
#define TEXT_FACTOR 256
#define TEXT_LEAST  24 /* bytes that are counted for the address and the bytes of an instruction */

/* ---- places ------------------------------------------------------------ */

typedef struct places {
    pel_rva *rvas;
    size_t count, capacity;
} places;

static pel_status add_place(const pel_allocator *a, places *p, pel_rva rva)
{
    pel_rva *grown = pel_grow(a, p->rvas, &p->capacity, p->count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    p->rvas = grown;
    p->rvas[p->count++] = rva;
    return PEL_OK;
}

static bool entry_of(const pel_image *img, pel_rva *out)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    const pel_te_header *te = pel_image_te_header(img);
    out->v = o ? o->entry_point.v : te ? te->entry_point.v : 0;
    return out->v != 0;
}

static bool is_code(const pel_image *img, pel_rva rva)
{
    const pel_section *s = pel_image_section(img, pel_image_at_rva(img, rva).section);
    return s && (s->header.flags & PEL_SCN_MEM_EXECUTE);
}

static int by_rva(const void *a, const void *b)
{
    uint32_t x = ((const pel_rva *)a)->v, y = ((const pel_rva *)b)->v;
    return x < y ? -1 : x > y;
}

/* Functions may have several names, and the entry point is often one of them: each address once. */
static void sort_places(places *p, size_t first)
{
    size_t kept = first;
    if (p->count > first)
        qsort(p->rvas + first, p->count - first, sizeof *p->rvas, by_rva);
    for (size_t i = first; i < p->count; i++) {
        bool known = (first > 0 && p->rvas[i].v == p->rvas[0].v) ||
                     (kept > first && p->rvas[i].v == p->rvas[kept - 1].v);
        if (!known)
            p->rvas[kept++] = p->rvas[i];
    }
    p->count = kept;
}

static pel_status find_places(const walk *w, const pel_allocator *a, places *p)
{
    pel_exports x;
    pel_export f;
    pel_rva rva;
    for (size_t i = 0; i < w->options->disassemble_at_count; i++)
        PEL_TRY(add_place(a, p, w->options->disassemble_at[i]));
    if (w->options->disassemble_at_count > 0)
        return PEL_OK;
    if (entry_of(w->img, &rva))
        PEL_TRY(add_place(a, p, rva));
    size_t first = p->count;
    pel_status st = pel_image_exports(w->img, &x);
    if (st != PEL_OK && st != PEL_TRUNCATED)
        return PEL_OK;
    uint64_t most = pel_image_bytes(w->img).size / sizeof(uint32_t); /* words for a table of them */
    for (uint32_t i = 0; i < x.directory.function_count && i < most; i++)
        if (pel_export_at(&x, i, &f) == PEL_OK && !f.is_forwarder && is_code(w->img, f.rva))
            PEL_TRY(add_place(a, p, f.rva));
    sort_places(p, first);
    return PEL_OK;
}

/* ---- instructions ------------------------------------------------------ */

static void walk_instruction(const walk *w, const pel_instruction *i, const char *target)
{
    char bytes[2 * PEL_INSTRUCTION_MAX + 1];
    pel_hex_text((pel_span){ i->bytes, i->size }, bytes, sizeof bytes);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_hex(w->e, "rva", i->rva.v);
    if (i->has_offset)
        pel_emit_hex(w->e, "offset", i->offset.v);
    else
        pel_emit_null(w->e, "offset");
    pel_emit_string(w->e, "bytes", bytes);
    pel_emit_string(w->e, "text", i->text);
    if (i->use != PEL_TARGET_NONE)
        pel_emit_hex(w->e, "target", i->target.v);
    else
        pel_emit_null(w->e, "target");
    pel_emit_string(w->e, "target_name", target[0] ? target : NULL);
    pel_emit_map_end(w->e);
}

/* A line for people: address and bytes, and behind them what they do. */
static void tell_instruction(const walk *w, const pel_instruction *i)
{
    char line[16 + 3 * PEL_INSTRUCTION_MAX];
    size_t used = 0;
    pel_append(line, sizeof line, &used, "0x%08" PRIx32 " ", i->rva.v);
    for (unsigned n = 0; n < i->size; n++)
        pel_append(line, sizeof line, &used, " %02x", (unsigned)i->bytes[n]);
    pel_emit_string(w->e, line, i->text);
}

/* Why it ends; NULL when as many were shown as were asked for. */
static const char *walk_instructions(const walk *w, pel_rva rva, uint64_t *left)
{
    pel_instruction i;
    char target[PEL_INSTRUCTION_TEXT];
    pel_code_iter it = pel_image_code(w->img, pel_naming_symbols(w->naming), rva);
    for (uint32_t n = 0; w->e->status == PEL_OK && n < w->options->disassemble; n++) {
        if (!pel_code_next(&it, &i))
            return pel_code_end_name(it.end);
        pel_instruction_target(&it, &i, target, sizeof target);
        uint64_t cost = TEXT_LEAST + strlen(i.text) + strlen(target);
        if (cost > *left) {
            *left = 0;
            return "limit";
        }
        *left -= cost;
        if (w->options->format == PEL_FORMAT_TEXT)
            tell_instruction(w, &i);
        else
            walk_instruction(w, &i, target);
    }
    return NULL;
}

static void walk_place(const walk *w, pel_rva rva, uint64_t *left)
{
    pel_location at = pel_locate(w->img, pel_walk_base(w->img), PEL_LINE_RVA, rva.v);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_hex(w->e, "rva", rva.v);
    pel_emit_hex(w->e, "va", at.va.v);
    if (at.has_offset)
        pel_emit_hex(w->e, "offset", at.offset.v);
    else
        pel_emit_null(w->e, "offset");
    pel_emit_section_name(w->e, "section", w->img, at.section);
    pel_emit_symbol(w->e, "symbol", w->naming, rva);
    pel_emit_seq_begin(w->e, "instructions");
    const char *end = walk_instructions(w, rva, left);
    pel_emit_seq_end(w->e);
    pel_emit_string(w->e, "end", end);
    pel_emit_map_end(w->e);
}

/* The place as a heading. */
static void tell_place(const walk *w, pel_rva rva, uint64_t *left)
{
    char heading[64], text[PEL_NAME_SHOWN];
    pel_rva entry;
    pel_str name;
    bool named = pel_name_near(w->naming, rva, text, &name);
    bool is_entry = entry_of(w->img, &entry) && entry.v == rva.v;
    snprintf(heading, sizeof heading, "0x%08" PRIx32 "%s%.*s%s", rva.v, named ? " " : "",
             name.len < 30 ? (int)name.len : 30, named ? name.ptr : "",
             is_entry ? ", the entry point" : "");
    pel_emit_map_begin(w->e, heading);
    const char *end = walk_instructions(w, rva, left);
    if (end)
        pel_emit_string(w->e, "end", end);
    pel_emit_map_end(w->e);
}

void pel_walk_disassembly(const walk *w)
{
    places p = { .count = 0 };
    bool text = w->options->format == PEL_FORMAT_TEXT;
    if (w->options->disassemble == 0 || !pel_dump_wants(w->options, "disassembly"))
        return;
    if (pel_image_disassembler(w->img) != PEL_OK) {
        pel_emit_null(w->e, "disassembly");
        return;
    }
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    pel_status st = find_places(w, &allocator, &p);
    if (st != PEL_OK || !pel_naming_symbols(w->naming))
        pel_emitter_fail(w->e, PEL_NO_MEMORY);
    uint64_t left = TEXT_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    if (text)
        pel_emit_map_begin(w->e, "disassembly");
    else
        pel_emit_seq_begin(w->e, "disassembly");
    for (size_t i = 0; i < p.count && w->e->status == PEL_OK && left > 0; i++) {
        if (text)
            tell_place(w, p.rvas[i], &left);
        else
            walk_place(w, p.rvas[i], &left);
    }
    if (text)
        pel_emit_map_end(w->e);
    else
        pel_emit_seq_end(w->e);
    pel_give(&allocator, p.rvas, p.capacity * sizeof *p.rvas);
}
