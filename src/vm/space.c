/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/space_priv.h"

#include "base/alloc.h"
#include "vm/page.h"

/* Defaults: the application addresses of a 64-bit process (GetSystemInfo). */
#define LOWEST  ((uint64_t)0x10000)
#define HIGHEST ((uint64_t)0x7FFFFFFEFFFF)

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

/* The usable pages: whole pages, and none of the upper half, which is the kernel's. */
static bool set_bounds(pel_space *s, const pel_space_options *options)
{
    uint64_t lowest = options && options->lowest.v ? options->lowest.v : LOWEST;
    uint64_t highest = options && options->highest.v ? options->highest.v : HIGHEST;
    uint64_t half = (uint64_t)1 << (s->machine->layout->va_bits - 1);
    if (lowest >= highest || highest >= half || lowest % PEL_PAGE_BYTES != 0 ||
        (highest + 1) % PEL_PAGE_BYTES != 0)
        return false;
    s->lowest = PEL_PAGE_OF(lowest);
    s->end = PEL_PAGE_OF(highest + 1);
    return true;
}

static pel_status take_root(pel_space *s)
{
    pel_machine *m = s->machine;
    pel_ntstatus st = pel_frame_take_zeroed(m, PEL_FRAME_TABLE, s, 0, &s->root);
    if (!pel_nt_success(st))
        return pel_ntstatus_to_status(st);
    pel_frame_entry(m, s->root)->level = (uint8_t)(m->layout->levels - 1);
    return PEL_OK;
}

pel_status pel_space_new(pel_machine *machine, const pel_space_options *options, pel_space **out)
{
    if (out)
        *out = NULL;
    if (!machine || !out)
        return PEL_BAD_ARG;
    pel_space *s = pel_take(&machine->allocator, sizeof *s);
    if (!s)
        return PEL_NO_MEMORY;
    s->machine = machine;
    pel_status st = set_bounds(s, options) ? take_root(s) : PEL_BAD_ARG;
    if (st != PEL_OK) {
        pel_give(&machine->allocator, s, sizeof *s);
        return st;
    }
    for (unsigned i = 0; i < PEL_TLB_ENTRIES; i++)
        for (unsigned j = 0; j < PEL_ACCESSES; j++)
            s->tlb[i].page[j] = PEL_TLB_NONE;
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
    pel_frame_give(m, space->root);
    unlink_space(space);
    pel_give(&m->allocator, space->stacks.items,
             space->stacks.capacity * sizeof *space->stacks.items);
    pel_give(&m->allocator, space->vads.items, space->vads.capacity * sizeof *space->vads.items);
    pel_give(&m->allocator, space, sizeof *space);
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
