/* SPDX-License-Identifier: Apache-2.0 */
/* Page by page: what should be there, what is there, and what of it the loader explains. What is
 * left becomes runs and blocks; verify_judge.c says what they are. */
#include <string.h>

#include "base/hash.h"
#include "load/verify_priv.h"
#include "vm/section.h"

#define MOST_MISSING 1000
#define MERGE        8  /* equal bytes between two that differ, and still one run */
#define MANY_RUNS    64 /* in a page: then it is told as a whole */
#define LARGE        64 /* bytes: less is no block, however much of it differs */

pel_status pel_verify_expected(verify_pages *pages, uint64_t rva, uint8_t *out, size_t size)
{
    for (size_t done = 0; done < size;) {
        uint64_t page = pel_round_down(rva + done, PEL_PAGE_SIZE);
        size_t into = (size_t)(rva + done - page), n = PEL_PAGE_SIZE - into;
        n = n < size - done ? n : size - done;
        if (pages->at != page) {
            pages->at = UINT64_MAX;
            memset(pages->bytes, 0, sizeof pages->bytes);
            PEL_TRY(pel_section_ask_pager(pages->section, page / PEL_PAGE_SIZE, pages->bytes));
            pages->at = page;
        }
        memcpy(out + done, pages->bytes + into, n);
        done += n;
    }
    return PEL_OK;
}

/* ---- a page in hand ---------------------------------------------------- */

typedef struct page {
    pel_verify *v;
    uint64_t rva;
    size_t there; /* bytes that the dump has */
    uint8_t want[PEL_PAGE_SIZE], got[PEL_PAGE_SIZE];
} page;

/* Both sides; bytes that the dump lacks are as they should be. */
static pel_status fetch(page *p)
{
    pel_verify *v = p->v;
    PEL_TRY(pel_verify_expected(&v->expected, p->rva, p->want, sizeof p->want));
    memcpy(p->got, p->want, sizeof p->got);
    p->there = 0;
    for (uint64_t at = 0; at < PEL_PAGE_SIZE;) {
        uint64_t run;
        pel_va va = { v->origin.v + p->rva + at };
        pel_span bytes = pel_memory_dump_bytes(v->dump, va, &run);
        bytes = pel_span_clip(bytes, 0, PEL_PAGE_SIZE - at);
        if (bytes.size > 0)
            memcpy(p->got + at, bytes.data, bytes.size);
        p->there += bytes.size;
        at += run < PEL_PAGE_SIZE - at ? run : PEL_PAGE_SIZE - at;
    }
    return PEL_OK;
}

/* ---- slots ------------------------------------------------------------- */

static uint64_t *counter_of(pel_verify *v, const verify_slot *slot)
{
    uint64_t *const counters[SLOT_KINDS] = { &v->sum.header, &v->sum.iat, &v->sum.cookie,
                                             &v->sum.tls_index, &v->sum.guard };
    return counters[slot->kind];
}

/* All of the slot lies in this page. `*told`: it is explained, or a difference of its own. */
static pel_status judge_slot(page *p, const verify_slot *slot, bool *told)
{
    size_t into = (size_t)(slot->rva - p->rva);
    pel_span got = { p->got + into, slot->width };
    if (memcmp(p->got + into, p->want + into, slot->width) == 0)
        return PEL_OK;
    uint64_t value = pel_span_uint(got, 0, slot->width);
    if (pel_verify_slot_is_fine(p->v, slot, value)) {
        ++*counter_of(p->v, slot);
        return PEL_OK;
    }
    *told = slot->kind != SLOT_HEADER; /* another ImageBase is a header that differs */
    return *told ? pel_verify_keep_slot(p->v, slot, value) : PEL_OK;
}

/* What is told does not differ any more. */
static void mask(page *p, const verify_slot *slot)
{
    for (unsigned i = 0; i < slot->width; i++) {
        uint64_t into = slot->rva + (uint64_t)i - p->rva;
        if (into < PEL_PAGE_SIZE)
            p->want[into] = p->got[into];
    }
}

static pel_status explain_slots(page *p)
{
    pel_verify *v = p->v;
    while (v->slot_next < v->slot_count && v->slots[v->slot_next].rva + UINT64_C(8) <= p->rva)
        v->slot_next++;
    for (size_t i = v->slot_next; i < v->slot_count; i++) {
        const verify_slot *slot = &v->slots[i];
        bool whole =
            slot->rva >= p->rva && slot->rva + (uint64_t)slot->width <= p->rva + PEL_PAGE_SIZE;
        if (slot->rva >= p->rva + PEL_PAGE_SIZE)
            break;
        bool told = true;
        if (whole)
            PEL_TRY(judge_slot(p, slot, &told));
        if (told)
            mask(p, slot);
    }
    return PEL_OK;
}

/* ---- pieces: what of a page lies in one section ------------------------ */

typedef struct piece_of_page {
    const page *p;
    size_t start, end;
    uint32_t section;
    size_t differ, runs, first, last;
} piece_of_page;

static void count_differences(piece_of_page *piece)
{
    const page *p = piece->p;
    for (size_t i = piece->start; i < piece->end; i++) {
        if (p->want[i] == p->got[i])
            continue;
        if (piece->differ == 0)
            piece->first = i;
        piece->runs += piece->differ == 0 || i - piece->last > MERGE;
        piece->last = i;
        piece->differ++;
    }
}

static bool is_data(const pel_verify *v, uint32_t section)
{
    const pel_section *s = pel_image_section(v->image, section);
    uint32_t bits = s ? s->header.flags & (PEL_SCN_MEM_WRITE | PEL_SCN_MEM_EXECUTE) : 0;
    return bits == PEL_SCN_MEM_WRITE;
}

/* Sections come in any order of addresses: the last one is the likeliest. */
static pel_changed_data *changed_of(pel_verify *v, uint32_t section)
{
    for (size_t i = v->changed_count; i-- > 0;)
        if (v->changed[i].section == section)
            return &v->changed[i];
    pel_changed_data *grown = pel_grow(&v->allocator, v->changed, &v->changed_capacity,
                                       v->changed_count + 1, sizeof *grown);
    if (!grown)
        return NULL;
    v->changed = grown;
    v->changed[v->changed_count] = (pel_changed_data){ .section = section };
    return &v->changed[v->changed_count++];
}

static pel_status note_changed(pel_verify *v, const piece_of_page *piece)
{
    pel_changed_data *c = changed_of(v, piece->section);
    if (!c)
        return PEL_NO_MEMORY;
    uint64_t first = piece->p->rva + piece->first, last = piece->p->rva + piece->last;
    if (c->differ == 0)
        c->rva.v = (uint32_t)first;
    c->size = last + 1 - c->rva.v;
    c->differ += piece->differ;
    v->sum.bytes_changed += piece->differ;
    return PEL_OK;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    while (size > 0 && *bytes == 0) {
        bytes++;
        size--;
    }
    return size == 0;
}

static pel_verify_kind kind_of_block(const pel_verify *v, const piece_of_page *piece)
{
    const page *p = piece->p;
    pel_rva rva = { (uint32_t)(p->rva + piece->start) };
    pel_rva_answer a = pel_image_at_rva(v->image, rva);
    if (is_zero(p->got + piece->start, piece->end - piece->start))
        return PEL_DIFF_ZEROED;
    if (a.where == PEL_WHERE_GAP ||
        (a.section != PEL_NO_INDEX && pel_image_extent(v->image, a.section).raw_size == 0))
        return PEL_DIFF_UNPACKED;
    return PEL_DIFF_REPLACED;
}

static pel_status add_block(pel_verify *v, const piece_of_page *piece)
{
    verify_open *o = &v->open;
    const page *p = piece->p;
    size_t size = piece->end - piece->start;
    uint64_t start = p->rva + piece->start;
    pel_verify_kind kind = kind_of_block(v, piece);
    v->sum.pages_replaced += kind != PEL_DIFF_ZEROED;
    bool follows = o->is_open && o->is_block && o->kind == kind && o->section == piece->section &&
                   o->end == start;
    if (!follows) {
        PEL_TRY(pel_verify_close(v));
        *o = (verify_open){ .is_open = true,
                            .is_block = true,
                            .start = start,
                            .section = piece->section,
                            .kind = kind };
    }
    o->end = start + size;
    o->differ += piece->differ;
    o->entropy_file += pel_entropy((pel_span){ p->want + piece->start, size }) * (double)size;
    o->entropy_memory += pel_entropy((pel_span){ p->got + piece->start, size }) * (double)size;
    return PEL_OK;
}

static pel_status add_runs(pel_verify *v, const piece_of_page *piece)
{
    const page *p = piece->p;
    for (size_t i = piece->first; i <= piece->last; i++) {
        verify_open *o = &v->open;
        uint64_t at = p->rva + i;
        if (p->want[i] == p->got[i])
            continue;
        if (!o->is_open || o->is_block || o->section != piece->section || at - o->end >= MERGE) {
            PEL_TRY(pel_verify_close(v));
            *o = (verify_open){ .is_open = true, .start = at, .section = piece->section };
        }
        o->end = at + 1;
        o->differ++;
    }
    return PEL_OK;
}

static pel_status compare_piece(pel_verify *v, piece_of_page *piece)
{
    size_t size = piece->end - piece->start;
    count_differences(piece);
    if (piece->differ == 0)
        return PEL_OK;
    if (is_data(v, piece->section))
        return note_changed(v, piece);
    bool most = 2 * piece->differ > size && size >= LARGE;
    v->sum.bytes_differ += piece->differ;
    return most || piece->runs > MANY_RUNS ? add_block(v, piece) : add_runs(v, piece);
}

static pel_status compare_pieces(page *p)
{
    for (size_t at = 0; at < PEL_PAGE_SIZE;) {
        pel_rva rva = { (uint32_t)(p->rva + at) };
        pel_rva_answer a = pel_image_at_rva(p->v->image, rva);
        uint64_t run = a.run < PEL_PAGE_SIZE - at ? a.run : PEL_PAGE_SIZE - at;
        piece_of_page piece = {
            .p = p, .start = at, .end = at + (size_t)run, .section = a.section
        };
        /* Bytes of the file and the zeros behind them are one piece of their section. */
        while (piece.end < PEL_PAGE_SIZE) {
            a = pel_image_at_rva(p->v->image, (pel_rva){ (uint32_t)(p->rva + piece.end) });
            if (a.section != piece.section)
                break;
            run = PEL_PAGE_SIZE - piece.end;
            piece.end += (size_t)(a.run < run ? a.run : run);
        }
        PEL_TRY(compare_piece(p->v, &piece));
        at = piece.end;
    }
    return PEL_OK;
}

/* ---- all pages --------------------------------------------------------- */

static pel_status compare_page(page *p)
{
    pel_verify *v = p->v;
    PEL_TRY(fetch(p));
    if (p->there == 0)
        return PEL_OK; /* told by whoever looked for it */
    v->sum.pages_compared++;
    v->sum.bytes_compared += p->there;
    if (memcmp(p->want, p->got, sizeof p->want) != 0)
        PEL_TRY(explain_slots(p));
    if (memcmp(p->want, p->got, sizeof p->want) == 0) {
        v->sum.pages_equal++;
        return PEL_OK;
    }
    return compare_pieces(p);
}

static pel_status add_missing(pel_verify *v, uint64_t start, uint64_t end)
{
    pel_missing_pages *last = v->missing_count ? &v->missing[v->missing_count - 1] : NULL;
    v->sum.pages_missing += (end - start) / PEL_PAGE_SIZE;
    if (last && last->rva.v + last->size == start) {
        last->size += end - start;
        return PEL_OK;
    }
    if (v->missing_count == MOST_MISSING)
        return PEL_OK;
    pel_missing_pages *grown = pel_grow(&v->allocator, v->missing, &v->missing_capacity,
                                        v->missing_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    v->missing = grown;
    v->missing[v->missing_count++] =
        (pel_missing_pages){ .rva = { (uint32_t)start }, .size = end - start };
    return PEL_OK;
}

/* Pages [start, end) are not in the dump. Those between sections are nowhere. */
static pel_status skip_missing(pel_verify *v, uint64_t start, uint64_t end)
{
    while (start < end) {
        pel_rva_answer a = pel_image_at_rva(v->image, (pel_rva){ (uint32_t)start });
        uint64_t next = pel_round_up(start + a.run, PEL_PAGE_SIZE);
        next = next < end ? next : end;
        if (a.where != PEL_WHERE_GAP && a.where != PEL_WHERE_UNMAPPED)
            PEL_TRY(add_missing(v, start, next));
        start = next;
    }
    return PEL_OK;
}

/* Where the pages begin that the dump has bytes of, from `rva` on. */
static uint64_t next_there(const pel_verify *v, uint64_t rva)
{
    uint64_t run, left = v->sum.size - rva;
    pel_span bytes = pel_memory_dump_bytes(v->dump, (pel_va){ v->origin.v + rva }, &run);
    run = bytes.size > 0 ? 0 : pel_round_down(run, PEL_PAGE_SIZE);
    return rva + (run < left ? run : left);
}

pel_status pel_verify_compare(pel_verify *v)
{
    page *p = pel_take(&v->allocator, sizeof *p);
    pel_status st = p ? PEL_OK : PEL_NO_MEMORY;
    for (uint64_t rva = 0; st == PEL_OK && rva < v->sum.size; rva += PEL_PAGE_SIZE) {
        uint64_t there = next_there(v, rva);
        st = skip_missing(v, rva, there);
        rva = there;
        if (st == PEL_OK && rva < v->sum.size) {
            p->v = v;
            p->rva = rva;
            st = compare_page(p);
        }
    }
    pel_give(&v->allocator, p, sizeof *p);
    return st == PEL_OK ? pel_verify_close(v) : st;
}
