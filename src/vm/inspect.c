/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/protection.h"
#include <inttypes.h>
#include <stdio.h>

/* Looking at pages and entries without touching them. */

/* ---- one page ---------------------------------------------------------- */

static void describe_frame(const pel_space *s, uint64_t number, pel_page_info *out)
{
    const pel_frame *frame = pel_frame_entry(s->machine, number);
    out->frame = number;
    out->list = (pel_frame_list)frame->list;
    out->modified |= frame->modified;
    out->shared = frame->use == PEL_FRAME_SECTION;
    out->shares = out->shared ? frame->count : out->valid;
}

static void describe_valid(const pel_space *s, const pel_slot *slot, uint64_t word,
                           pel_page_info *out)
{
    out->place = PEL_AT_WORKING_SET;
    out->valid = true;
    out->accessed = word & PEL_PTE_ACCESSED;
    out->modified = word & PEL_PTE_DIRTY;
    out->locked = s->ws.entries[*slot->ws].locked;
    describe_frame(s, pel_pte_frame(word), out);
}

static void describe_page_file(uint64_t word, pel_page_info *out)
{
    out->place = PEL_AT_PAGE_FILE;
    out->page_file = pel_pte_file(word);
    out->slot = pel_pte_file_slot(word);
}

/* A page that its section has: in RAM for others, on a list, or elsewhere. */
static void describe_section_page(const pel_space *s, const pel_vad *vad, uint64_t page,
                                  pel_page_info *out)
{
    uint64_t number = pel_vad_section_page(vad, page), frame;
    uint64_t word = pel_section_entry(vad->section, number);
    out->shared = true;
    if (pel_section_resident(vad->section, number, &frame)) {
        out->place = PEL_AT_FRAME;
        describe_frame(s, frame, out);
    } else if (pel_pte_kind_of(word) == PEL_PTE_IS_PAGE_FILE) {
        describe_page_file(word, out);
    } else {
        out->place = pel_section_is_zero(vad->section, number) ? PEL_AT_ZERO : PEL_AT_FILE;
    }
}

static void describe_untouched(const pel_space *s, const pel_vad *vad, uint64_t page,
                               pel_page_info *out)
{
    if (vad->section && !pel_page_get(s, vad, page).apart) {
        describe_section_page(s, vad, page, out);
        return;
    }
    bool filled =
        vad->section && !pel_section_is_zero(vad->section, pel_vad_section_page(vad, page));
    out->place = filled ? PEL_AT_FILE : PEL_AT_ZERO;
}

static void describe_page(const pel_space *s, const pel_vad *vad, uint64_t page, uint64_t word,
                          const pel_slot *slot, pel_page_info *out)
{
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_VALID: describe_valid(s, slot, word, out); break;
    case PEL_PTE_IS_TRANSITION:
        out->place = PEL_AT_FRAME;
        describe_frame(s, pel_pte_frame(word), out);
        break;
    case PEL_PTE_IS_PAGE_FILE: describe_page_file(word, out); break;
    case PEL_PTE_IS_NONE:
    case PEL_PTE_IS_DEMAND_ZERO:
    case PEL_PTE_IS_PROTOTYPE: describe_untouched(s, vad, page, out); break;
    }
}

pel_ntstatus pel_space_page(const pel_space *space, pel_va va, pel_page_info *out)
{
    uint64_t page = PEL_PAGE_OF(va.v);
    if (!space || !out || page >= space->end)
        return PEL_STATUS_INVALID_PARAMETER;
    *out = (pel_page_info){ .frame = PEL_NO_FRAME };
    pel_slot slot = { .table = NULL };
    bool found = pel_pt_find(space, page, &slot);
    uint64_t word = found ? pel_slot_get(&slot) : 0;
    if (found)
        out->entry = slot.narrow ? pel_pte_load_narrow(slot.word) : word;
    const pel_vad *vad = pel_vads_find(&space->vads, page);
    if (!vad)
        return PEL_STATUS_SUCCESS;
    uint8_t mm = pel_page_get(space, vad, page).mm;
    if (vad->section)
        out->section_offset = pel_vad_section_page(vad, page) << PEL_PAGE_BITS;
    out->protect = pel_mm_to_protect(mm);
    if (mm != PEL_MM_NONE)
        describe_page(space, vad, page, word, &slot, out);
    return PEL_STATUS_SUCCESS;
}

/* ---- one entry in words ------------------------------------------------ */

typedef struct line {
    char *out;
    size_t size, used;
} line;

static void put(line *l, const char *text)
{
    char *at = l->used < l->size ? l->out + l->used : NULL;
    int n = snprintf(at, at ? l->size - l->used : 0, "%s%s", l->used > 0 ? " " : "", text);
    l->used += n > 0 ? (size_t)n : 0;
}

static void put_number(line *l, const char *what, uint64_t value)
{
    char text[48];
    snprintf(text, sizeof text, "%s 0x%" PRIx64, what, value);
    put(l, text);
}

static void put_protection(line *l, uint8_t mm)
{
    char text[64];
    if (mm == PEL_MM_NONE || mm == PEL_MM_DECOMMIT)
        return;
    pel_protect_format(pel_mm_to_protect(mm), text, sizeof text);
    put(l, text);
}

static void put_valid(line *l, uint64_t word)
{
    static const struct {
        uint64_t bit;
        const char *name;
    } bits[] = {
        { PEL_PTE_WRITE, "W" },  { PEL_PTE_USER, "U" },     { PEL_PTE_PWT, "PWT" },
        { PEL_PTE_PCD, "PCD" },  { PEL_PTE_ACCESSED, "A" }, { PEL_PTE_DIRTY, "D" },
        { PEL_PTE_COPY, "COW" }, { PEL_PTE_NX, "NX" },
    };
    put(l, "P");
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (word & bits[i].bit)
            put(l, bits[i].name);
}

static void put_invalid(line *l, uint64_t word)
{
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_VALID:
    case PEL_PTE_IS_NONE: put(l, "none"); return;
    case PEL_PTE_IS_DEMAND_ZERO:
        put(l, pel_pte_soft_mm(word) == PEL_MM_DECOMMIT ? "decommitted" : "demand zero");
        break;
    case PEL_PTE_IS_TRANSITION:
        put(l, "transition");
        put_number(l, "frame", pel_pte_frame(word));
        break;
    case PEL_PTE_IS_PAGE_FILE:
        put_number(l, "page file", pel_pte_file(word));
        put_number(l, "page", pel_pte_file_slot(word));
        break;
    case PEL_PTE_IS_PROTOTYPE: put(l, "prototype"); break;
    }
    put_protection(l, pel_pte_soft_mm(word));
}

size_t pel_entry_format(pel_paging paging, uint64_t entry, char *out, size_t size)
{
    line l = { .out = out, .size = size };
    if (size > 0)
        out[0] = '\0';
    uint64_t word = paging == PEL_PAGING_X86 ? pel_pte_widen((uint32_t)entry) : entry;
    if (word & PEL_PTE_VALID)
        put_valid(&l, word);
    else
        put_invalid(&l, word);
    return l.used;
}
