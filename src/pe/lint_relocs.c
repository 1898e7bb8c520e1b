/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of base relocations. */
#include <stdlib.h>

#include "pe/lint.h"

#define PER_PAGE 0x1000 /* offsets that an entry can have */

/* An address range; empty if `size` is 0. */
typedef struct range {
    uint64_t start, size;
} range;

typedef struct state {
    uint32_t *seen; /* number of the block that had an entry at this offset */
    uint32_t number;
    uint64_t size; /* of the view */
    range headers, iat, relocs;
    uint16_t machine;
} state;

static bool lies_in(uint64_t rva, range r) { return rva - r.start < r.size && rva >= r.start; }

static range range_of(const pel_image *img, uint32_t directory)
{
    pel_data_directory d = pel_image_directory(img, directory);
    return (range){ d.address, d.size };
}

static bool is_known(const state *s, uint8_t type)
{
    return type != PEL_REL_RESERVED && pel_reloc_type_name(s->machine, type);
}

static void look_at_entry(oddities *o, state *s, const pel_reloc_block *b, size_t index)
{
    pel_reloc r = pel_reloc_entry(b, index);
    pel_foff at = { b->offset.v + 8 + 2 * index };
    pel_place where = pel_odd_place("base_relocations.blocks", s->number - 1, "entries", &at);
    uint32_t offset = r.rva.v - b->page.v;
    if (r.type == PEL_REL_ABSOLUTE)
        return;
    if (!is_known(s, r.type))
        pel_odd(o, PEL_DIAG_RELOC_TYPE, where, r.type, s->machine);
    else if (r.type == PEL_REL_HIGHADJ)
        pel_odd(o, PEL_DIAG_RELOC_HIGHADJ, where, r.rva.v, 0);
    if ((uint64_t)b->page.v + offset >= s->size)
        pel_odd(o, PEL_DIAG_RELOC_OUTSIDE, where, r.rva.v, s->size);
    else if (lies_in(r.rva.v, s->headers))
        pel_odd(o, PEL_DIAG_RELOC_IN_HEADERS, where, r.rva.v, s->headers.size);
    else if (lies_in(r.rva.v, s->iat))
        pel_odd(o, PEL_DIAG_RELOC_ON_IAT, where, r.rva.v, s->iat.start);
    else if (lies_in(r.rva.v, s->relocs))
        pel_odd(o, PEL_DIAG_RELOC_ON_RELOCS, where, r.rva.v, s->relocs.start);
    if (offset < PER_PAGE && s->seen[offset] == s->number)
        pel_odd(o, PEL_DIAG_RELOC_TWICE, where, r.rva.v, 0);
    if (offset < PER_PAGE)
        s->seen[offset] = s->number;
}

static void look_at_block(oddities *o, state *s, const pel_reloc_block *b, const pel_reloc_iter *it)
{
    size_t count = pel_reloc_count(b);
    pel_place where =
        pel_odd_place("base_relocations.blocks", s->number - 1, "SizeOfBlock", &b->offset);
    where.offset.v += 4;
    if (b->size % 2 != 0 || it->pos > it->size)
        pel_odd(o, PEL_DIAG_RELOC_BLOCK, where, b->size, it->size);
    where = pel_odd_place("base_relocations.blocks", s->number - 1, "VirtualAddress", &b->offset);
    if (b->page.v % PEL_PAGE_SIZE != 0)
        pel_odd(o, PEL_DIAG_RELOC_PAGE, where, b->page.v, 0);
    for (size_t i = 0; i < count; i++) {
        look_at_entry(o, s, b, i);
        if (pel_reloc_entry(b, i).type == PEL_REL_HIGHADJ)
            i++; /* its low half */
    }
}

static bool any_byte(pel_span bytes, uint64_t start, uint64_t end)
{
    pel_span s = pel_span_clip(bytes, start, end > start ? end - start : 0);
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i])
            return true;
    return false;
}

static void look_at_blocks(oddities *o, state *s)
{
    pel_reloc_iter it = pel_image_relocs(o->img);
    uint32_t before = 0;
    for (pel_reloc_block b; o->status == PEL_OK && pel_reloc_next(&it, &b);) {
        s->number++;
        if (s->number > 1 && b.page.v <= before && pel_reloc_count(&b) > 0)
            pel_odd(o, PEL_DIAG_RELOC_ORDER,
                    pel_odd_place("base_relocations.blocks", s->number - 1, "VirtualAddress",
                                  &b.offset),
                    b.page.v, before);
        before = b.page.v;
        look_at_block(o, s, &b, &it);
    }
    pel_foff at = { it.offset.v + it.pos };
    const pel_foff *there = it.pos < it.bytes.size ? &at : NULL;
    if (it.status == PEL_TRUNCATED && o->img->layout != PEL_LAYOUT_FILE)
        return; /* the dump is cut, which is told */
    if (it.status != PEL_OK)
        pel_odd(o, PEL_DIAG_RELOC_BLOCK,
                pel_odd_place("base_relocations.blocks", PEL_NO_INDEX, NULL, there),
                pel_span_uint(it.bytes, it.pos + 4, 4), it.size);
    else if (it.size == 0 && any_byte(it.bytes, it.pos + 8, s->relocs.size))
        pel_odd(o, PEL_DIAG_RELOC_END,
                pel_odd_place("base_relocations.blocks", PEL_NO_INDEX, NULL, there), it.pos,
                s->relocs.size);
}

void pel_lint_relocs(oddities *o)
{
    const pel_image *img = o->img;
    state s = { .size = pel_image_view_size(img),
                .headers = { 0, pel_image_header_size(img) },
                .iat = range_of(img, PEL_DIR_IAT),
                .relocs = range_of(img, PEL_DIR_BASERELOC),
                .machine = img->file.machine };
    if (s.relocs.start == 0 || s.relocs.size == 0)
        return;
    s.seen = pel_take(&img->arena.allocator, PER_PAGE * sizeof *s.seen);
    if (s.seen)
        look_at_blocks(o, &s);
    else
        o->status = PEL_NO_MEMORY;
    pel_give(&img->arena.allocator, s.seen, PER_PAGE * sizeof *s.seen);
}
