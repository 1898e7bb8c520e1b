/* SPDX-License-Identifier: Apache-2.0 */
/* What a difference is: a guess from where it is and what it does. */
#include <string.h>

#include "load/verify_priv.h"

#define JUDGED    ((uint64_t)1 << 16) /* bytes of a run; a longer one is what it is */
#define HEAD_MOST 16 /* bytes before a run at which the instruction that it changed may begin */

/* ---- keeping ----------------------------------------------------------- */

static bool is_full(pel_verify *v)
{
    bool full = v->difference_count >= v->limit;
    v->sum.left_out += full;
    return full;
}

static pel_status keep(pel_verify *v, const pel_difference *d)
{
    pel_difference *grown = pel_grow(&v->allocator, v->differences, &v->difference_capacity,
                                     v->difference_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    v->differences = grown;
    v->differences[v->difference_count++] = *d;
    return PEL_OK;
}

static void set_target(const pel_verify *v, pel_difference *d, pel_va target)
{
    pel_rva rva;
    d->has_target = true;
    d->target = target;
    d->target_module = pel_memory_dump_module_at(v->dump, target);
    d->target_inside = pel_rva_of(v->sum.base, v->sum.size, target, &rva);
}

/* Everything but the judgement. */
static pel_status describe(pel_verify *v, uint64_t start, uint64_t size, pel_difference *d)
{
    pel_rva rva = { (uint32_t)start };
    pel_rva_answer a = pel_image_at_rva(v->image, rva);
    uint64_t word;
    *d = (pel_difference){ .rva = rva,
                           .va = pel_va_of(v->sum.base, rva),
                           .size = size,
                           .section = a.section,
                           .has_offset = a.has_offset,
                           .offset = a.offset,
                           .shown = size < PEL_VERIFY_BYTES ? (size_t)size : PEL_VERIFY_BYTES };
    d->has_symbol = pel_symbols_find(v->symbols, rva, &d->symbol) == PEL_OK;
    for (size_t i = 0; i < d->shown; i++)
        if (pel_verify_word(v, start + i, 1, &word))
            d->memory_bytes[i] = (uint8_t)word;
    return pel_verify_expected(&v->expected, start, d->file_bytes, d->shown);
}

pel_status pel_verify_keep_slot(pel_verify *v, const verify_slot *slot, uint64_t value)
{
    pel_difference d;
    PEL_TRY(pel_verify_close(v)); /* what is open begins before it */
    v->sum.bytes_differ += slot->width;
    if (is_full(v))
        return PEL_OK;
    PEL_TRY(describe(v, slot->rva, slot->width, &d));
    d.kind = PEL_DIFF_IMPORT;
    d.differ = slot->width;
    set_target(v, &d, (pel_va){ value });
    return keep(v, &d);
}

/* ---- judging ----------------------------------------------------------- */

static bool is_code(const pel_verify *v, uint32_t section)
{
    const pel_section *s = pel_image_section(v->image, section);
    return s && (s->header.flags & PEL_SCN_MEM_EXECUTE);
}

/* How memory and the given pages compare over the whole run. */
static pel_status is_as(pel_verify *v, verify_pages *pages, const pel_difference *d, bool *same)
{
    uint8_t want[64];
    uint64_t got;
    *same = d->size <= JUDGED;
    for (uint64_t at = 0; at < d->size && *same; at += sizeof want) {
        size_t n = d->size - at < sizeof want ? (size_t)(d->size - at) : sizeof want;
        PEL_TRY(pel_verify_expected(pages, d->rva.v + at, want, n));
        for (size_t i = 0; i < n && *same; i++)
            *same = !pel_verify_word(v, d->rva.v + at + i, 1, &got) || got == want[i];
    }
    return PEL_OK;
}

static bool is_all_zero(const pel_verify *v, const pel_difference *d)
{
    uint64_t got;
    bool zero = d->size <= JUDGED;
    for (uint64_t i = 0; i < d->size && zero; i++)
        zero = !pel_verify_word(v, d->rva.v + i, 1, &got) || got == 0;
    return zero;
}

/* The instruction at `start` leads elsewhere, and the difference is in what of it says where. */
static bool is_jump_at(const pel_verify *v, const pel_difference *d, uint64_t start, pel_va *target)
{
    unsigned size, more;
    pel_va next;
    if (!pel_verify_jump(v, (pel_va){ v->sum.base.v + start }, target, &size) ||
        start + size <= d->rva.v)
        return false;
    /* A short jump has no room to go far: what it leads to does. */
    if (size == 2 && pel_verify_jump(v, *target, &next, &more))
        *target = next;
    return true;
}

/* Where a function with a name begins; the slot of an import is none. */
static bool is_in_head(const pel_difference *d)
{
    return d->has_symbol && d->symbol.kind != PEL_SYMBOL_IMPORT && d->symbol.offset <= HEAD_MOST;
}

/* The first bytes may have been those of a jump before; then only its distance differs. */
static bool find_jump(const pel_verify *v, const pel_difference *d, pel_va *target)
{
    uint64_t at = d->rva.v;
    bool at_symbol = is_in_head(d) && d->symbol.offset > 0;
    if (is_jump_at(v, d, at, target))
        return true;
    if (at_symbol && is_jump_at(v, d, at - d->symbol.offset, target))
        return true;
    for (unsigned back = 1; back <= 2 && back <= at; back++)
        if (is_jump_at(v, d, at - back, target))
            return true;
    return false;
}

/* A jump out of the image, or where an exported function begins. */
static bool is_hook(const pel_verify *v, pel_difference *d)
{
    pel_va target;
    if (!find_jump(v, d, &target))
        return false;
    set_target(v, d, target);
    return !d->target_inside || is_in_head(d);
}

static bool is_header(const pel_verify *v, uint64_t rva)
{
    return pel_image_at_rva(v->image, (pel_rva){ (uint32_t)rva }).where == PEL_WHERE_HEADER;
}

/* The same page, behind the headers. */
static bool is_behind_header(const pel_verify *v, const pel_difference *d)
{
    return d->section == PEL_NO_INDEX &&
           pel_image_at_rva(v->image, d->rva).where == PEL_WHERE_ZERO_FILL;
}

static pel_status judge_run(pel_verify *v, pel_difference *d)
{
    bool moved = v->sum.base.v != pel_image_optional_header(v->image)->image_base.v;
    bool unrelocated = false, code = is_code(v, d->section);
    if (is_header(v, d->rva.v) || is_behind_header(v, d)) {
        d->kind = PEL_DIFF_HEADER;
        return PEL_OK;
    }
    if (moved)
        PEL_TRY(is_as(v, &v->linked, d, &unrelocated));
    if (unrelocated)
        d->kind = PEL_DIFF_UNRELOCATED;
    else if (d->section == PEL_NO_INDEX || pel_image_extent(v->image, d->section).raw_size == 0)
        d->kind = PEL_DIFF_UNPACKED;
    else if (code && is_hook(v, d))
        d->kind = PEL_DIFF_HOOK;
    else if (code && d->size == 1 && d->memory_bytes[0] == 0xCC)
        d->kind = PEL_DIFF_BREAKPOINT;
    else
        d->kind = is_all_zero(v, d) ? PEL_DIFF_ZEROED : PEL_DIFF_PATCH;
    return PEL_OK;
}

pel_status pel_verify_close(pel_verify *v)
{
    verify_open o = v->open;
    pel_difference d;
    if (!o.is_open)
        return PEL_OK;
    v->open.is_open = false;
    v->sum.headers_differ = v->sum.headers_differ || is_header(v, o.start);
    if (is_full(v))
        return PEL_OK;
    PEL_TRY(describe(v, o.start, o.end - o.start, &d));
    d.differ = o.differ;
    if (o.is_block) {
        d.kind = o.kind;
        d.has_entropy = true;
        d.file_entropy = o.entropy_file / (double)d.size;
        d.memory_entropy = o.entropy_memory / (double)d.size;
    } else {
        PEL_TRY(judge_run(v, &d));
    }
    return keep(v, &d);
}
