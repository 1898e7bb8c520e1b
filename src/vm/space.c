/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/space_priv.h"

#include "base/alloc.h"
#include "vm/page.h"

/* Defaults: the application addresses of a process (GetSystemInfo). */
#define LOWEST     ((uint64_t)0x10000)
#define HIGHEST    ((uint64_t)0x7FFFFFFEFFFF)
#define HIGHEST_32 ((uint64_t)0x7FFEFFFF)

static void link_space(pel_space *s)
{
    s->next = s->machine->spaces;
    if (s->next)
        s->next->previous = s;
    s->machine->spaces = s;
}

static void unlink_space(pel_space *s)
{
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        s->machine->spaces = s->next;
}

/* The usable pages: whole pages, and none of the upper half of canonical addresses, which is the
 * kernel's. With 32 bits that half is a matter of how Windows was started (up to 3 GiB are the
 * program's). */
static bool set_bounds(pel_space *s, const pel_space_options *o)
{
    const pel_paging_layout *layout = s->machine->layout;
    uint64_t lowest = o->lowest.v ? o->lowest.v : LOWEST;
    uint64_t highest = layout->sign_extended ? HIGHEST : HIGHEST_32;
    highest = o->highest.v ? o->highest.v : highest;
    uint64_t end = (uint64_t)1 << (layout->va_bits - layout->sign_extended);
    if (lowest >= highest || highest >= end || lowest % PEL_PAGE_BYTES != 0 ||
        (highest + 1) % PEL_PAGE_BYTES != 0)
        return false;
    s->lowest = PEL_PAGE_OF(lowest);
    s->end = PEL_PAGE_OF(highest + 1);
    return true;
}

static bool set_working_set(pel_space *s, const pel_space_options *o)
{
    pel_ws_init(s);
    s->ws.minimum = o->working_set_minimum ? o->working_set_minimum : s->ws.minimum;
    s->ws.maximum = o->working_set_maximum ? o->working_set_maximum : s->ws.maximum;
    s->ws.hard = o->hard_maximum;
    if (!o->working_set_minimum && s->ws.minimum > s->ws.maximum)
        s->ws.minimum = s->ws.maximum;
    return s->ws.minimum <= s->ws.maximum;
}

/* ---- the TLB ----------------------------------------------------------- */

#define TLB_FIRST 256
#define TLB_MOST  65536

static bool new_tlb(pel_space *s, uint64_t entries)
{
    pel_tlb_entry *table =
        pel_take(&s->machine->allocator, (size_t)entries * sizeof(pel_tlb_entry));
    if (!table)
        return false;
    if (s->tlb.entries)
        pel_give(&s->machine->allocator, s->tlb.entries,
                 (size_t)(s->tlb.mask + 1) * sizeof(pel_tlb_entry));
    s->tlb = (pel_tlb){ .entries = table, .mask = entries - 1 };
    return true;
}

void pel_tlb_grow(pel_space *space, uint64_t pages)
{
    uint64_t entries = space->tlb.mask + 1;
    if (pages > entries && entries < TLB_MOST)
        new_tlb(space, entries * 2); /* without memory for it the old one goes on */
}

/* ---- life -------------------------------------------------------------- */

static pel_status take_root(pel_space *s)
{
    pel_machine *m = s->machine;
    pel_ntstatus st = pel_frame_take(m, PEL_FRAME_TABLE, PEL_BYTES_ZERO, s, 0, &s->root);
    if (!pel_nt_success(st))
        return pel_ntstatus_to_status(st);
    pel_frame_entry(m, s->root)->level = (uint8_t)(m->layout->levels - 1);
    return PEL_OK;
}

static pel_status build(pel_space *s, const pel_space_options *o)
{
    if (!set_bounds(s, o) || !set_working_set(s, o))
        return PEL_BAD_ARG;
    if (!new_tlb(s, TLB_FIRST))
        return PEL_NO_MEMORY;
    return take_root(s);
}

/* Everything but the root, and the place in the machine's list. */
static void destroy(pel_space *s)
{
    pel_machine *m = s->machine;
    pel_ws_release(s);
    if (s->tlb.entries)
        pel_give(&m->allocator, s->tlb.entries, (size_t)(s->tlb.mask + 1) * sizeof(pel_tlb_entry));
    pel_give(&m->allocator, s->stacks.items, s->stacks.capacity * sizeof *s->stacks.items);
    pel_give(&m->allocator, s->vads.items, s->vads.capacity * sizeof *s->vads.items);
    pel_give(&m->allocator, s, sizeof *s);
}

pel_status pel_space_new(pel_machine *machine, const pel_space_options *options, pel_space **out)
{
    static const pel_space_options defaults = { .lowest = { 0 } };
    if (out)
        *out = NULL;
    if (!machine || !out)
        return PEL_BAD_ARG;
    pel_space *s = pel_take(&machine->allocator, sizeof *s);
    if (!s)
        return PEL_NO_MEMORY;
    s->machine = machine;
    pel_status st = build(s, options ? options : &defaults);
    if (st != PEL_OK) {
        destroy(s);
        return st;
    }
    link_space(s);
    *out = s;
    return PEL_OK;
}

void pel_vad_destroy(pel_space *space, pel_vad *vad)
{
    pel_pages pages = { vad->first, vad->end };
    pel_commit_return(space->machine, pel_page_count_charged(space, vad, pages));
    pel_page_clear_all(space, pages);
    pel_pt_prune(space, pages.first, pages.end);
    pel_stack_released(space, pages.first, pages.end);
    space->watched -= vad->watch != NULL;
    pel_watch_drop(&space->machine->allocator, vad->watch);
    pel_section_object *section = vad->section;
    pel_vads_remove(&space->vads, vad);
    if (section)
        pel_section_drop(section);
}

void pel_space_free(pel_space *space)
{
    if (!space)
        return;
    pel_machine *m = space->machine;
    while (space->vads.count > 0)
        pel_vad_destroy(space, &space->vads.items[space->vads.count - 1]);
    for (unsigned i = 0; i < PEL_ACCESSES; i++)
        m->hits[i] += space->accesses[i];
    pel_frame_give(m, space->root);
    unlink_space(space);
    destroy(space);
}

pel_machine *pel_space_machine(const pel_space *space) { return space->machine; }

pel_ntstatus pel_pages_of(const pel_space *space, pel_va base, uint64_t size,
                          pel_ntstatus wrong_size, pel_pages *out)
{
    uint64_t top = space->end << PEL_PAGE_BITS; /* the first address that is too high */
    if (base.v >= top)
        return PEL_STATUS_INVALID_PARAMETER_2;
    if (size == 0 || size > top - base.v)
        return wrong_size;
    *out = (pel_pages){ PEL_PAGE_OF(base.v), PEL_PAGE_OF(base.v + size - 1) + 1 };
    return PEL_STATUS_SUCCESS;
}
