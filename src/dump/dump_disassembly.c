/* SPDX-License-Identifier: Apache-2.0 */
/* Code as instructions: at the entry point, TLS callbacks and exported functions, or where it is
 * asked for. */
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

/* Why a place is shown; what is called first comes first. */
typedef enum place_role {
    ROLE_ASKED,
    ROLE_ENTRY,
    ROLE_CALLBACK,
    ROLE_EXPORT,
} place_role;

typedef struct place {
    pel_rva rva;
    place_role role;
} place;

typedef struct places {
    place *all;
    size_t count, capacity;
} places;

static const char *role_name(place_role role)
{
    switch (role) {
    case ROLE_ENTRY: return "entry point";
    case ROLE_CALLBACK: return "TLS callback";
    case ROLE_EXPORT: return "export";
    case ROLE_ASKED: break;
    }
    return NULL;
}

static pel_status add_place(const pel_allocator *a, places *p, pel_rva rva, place_role role)
{
    place *grown = pel_grow(a, p->all, &p->capacity, p->count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    p->all = grown;
    p->all[p->count++] = (place){ .rva = rva, .role = role };
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
    const place *x = a, *y = b;
    if (x->rva.v != y->rva.v)
        return x->rva.v < y->rva.v ? -1 : 1;
    return (x->role > y->role) - (x->role < y->role);
}

static int by_role(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->role != y->role ? (int)x->role - (int)y->role : by_rva(a, b);
}

/* Functions may have several names, and the entry point is often one of them: each address once. */
static void sort_places(places *p)
{
    size_t kept = 0;
    if (p->count < 2)
        return;
    qsort(p->all, p->count, sizeof *p->all, by_rva);
    for (size_t i = 0; i < p->count; i++)
        if (kept == 0 || p->all[i].rva.v != p->all[kept - 1].rva.v)
            p->all[kept++] = p->all[i];
    p->count = kept;
    qsort(p->all, p->count, sizeof *p->all, by_role);
}

static pel_status add_callbacks(const walk *w, const pel_allocator *a, places *p)
{
    pel_rva rva;
    pel_tls_iter it = pel_image_tls_callbacks(w->img);
    for (pel_va va; pel_tls_next(&it, &va);)
        if (pel_rva_of(pel_walk_base(w->img), pel_image_view_size(w->img), va, &rva))
            PEL_TRY(add_place(a, p, rva, ROLE_CALLBACK));
    return PEL_OK;
}

static pel_status add_exports(const walk *w, const pel_allocator *a, places *p)
{
    pel_exports x;
    pel_export f;
    pel_status st = pel_image_exports(w->img, &x);
    if (st != PEL_OK && st != PEL_TRUNCATED)
        return PEL_OK;
    uint64_t most = pel_image_bytes(w->img).size / sizeof(uint32_t); /* words for a table of them */
    for (uint32_t i = 0; i < x.directory.function_count && i < most; i++)
        if (pel_export_at(&x, i, &f) == PEL_OK && !f.is_forwarder && is_code(w->img, f.rva))
            PEL_TRY(add_place(a, p, f.rva, ROLE_EXPORT));
    return PEL_OK;
}

static pel_status find_places(const walk *w, const pel_allocator *a, places *p)
{
    pel_rva rva;
    for (size_t i = 0; i < w->options->disassemble_at_count; i++)
        PEL_TRY(add_place(a, p, w->options->disassemble_at[i], ROLE_ASKED));
    if (w->options->disassemble_at_count > 0)
        return PEL_OK;
    if (entry_of(w->img, &rva))
        PEL_TRY(add_place(a, p, rva, ROLE_ENTRY));
    PEL_TRY(add_callbacks(w, a, p));
    PEL_TRY(add_exports(w, a, p));
    sort_places(p);
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

/* A line for people: address and bytes, and behind them what they do. Where a target is not named
 * itself, its address follows, as lines of the listing have it. */
static void tell_instruction(const walk *w, const pel_instruction *i, const char *target)
{
    char line[16 + 3 * PEL_INSTRUCTION_MAX], text[PEL_INSTRUCTION_TEXT + 16];
    bool near = i->target_inside && strchr(target, '+');
    size_t used = 0;
    pel_append(line, sizeof line, &used, "0x%08" PRIx32 " ", i->rva.v);
    for (unsigned n = 0; n < i->size; n++)
        pel_append(line, sizeof line, &used, " %02x", (unsigned)i->bytes[n]);
    used = 0;
    pel_append(text, sizeof text, &used, "%s", i->text);
    if (near)
        pel_append(text, sizeof text, &used, "  ; 0x%08" PRIx32, i->target_rva.v);
    pel_emit_string(w->e, line, text);
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
            tell_instruction(w, &i, target);
        else
            walk_instruction(w, &i, target);
    }
    return NULL;
}

static void walk_place(const walk *w, const place *p, uint64_t *left)
{
    pel_rva rva = p->rva;
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
    pel_emit_string(w->e, "role", role_name(p->role));
    pel_emit_seq_begin(w->e, "instructions");
    const char *end = walk_instructions(w, rva, left);
    pel_emit_seq_end(w->e);
    pel_emit_string(w->e, "end", end);
    pel_emit_map_end(w->e);
}

/* The place as a heading. */
static void tell_place(const walk *w, const place *p, uint64_t *left)
{
    char heading[64], text[PEL_NAME_SHOWN];
    pel_rva entry, rva = p->rva;
    pel_str name;
    bool named = pel_name_near(w->naming, rva, text, &name);
    bool is_entry = entry_of(w->img, &entry) && entry.v == rva.v;
    const char *role = is_entry                   ? ", the entry point"
                       : p->role == ROLE_CALLBACK ? ", a TLS callback"
                                                  : "";
    snprintf(heading, sizeof heading, "0x%08" PRIx32 "%s%.*s%s", rva.v, named ? " " : "",
             name.len < 30 ? (int)name.len : 30, named ? name.ptr : "", role);
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
            tell_place(w, &p.all[i], &left);
        else
            walk_place(w, &p.all[i], &left);
    }
    if (text)
        pel_emit_map_end(w->e);
    else
        pel_emit_seq_end(w->e);
    pel_give(&allocator, p.all, p.capacity * sizeof *p.all);
}
