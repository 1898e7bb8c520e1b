/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/working_set.h"

#include "base/alloc.h"
#include "vm/page.h"
#include "vm/page_out.h"
#include <assert.h>

/* ---- what the policy asks ---------------------------------------------- */

static pel_slot slot_of(pel_space *s, uint32_t slot)
{
    pel_slot out;
    bool found = pel_pt_find(s, s->ws.entries[slot].page, &out);
    assert(found && *out.ws == slot);
    (void)found;
    return out;
}

/* The accessed bit. Once it is cleared, the next access must set it: past the TLB. */
static bool was_used(void *ctx, uint32_t slot)
{
    pel_space *s = ctx;
    pel_slot entry = slot_of(s, slot);
    uint64_t word = pel_slot_get(&entry);
    if (!(word & PEL_PTE_ACCESSED))
        return false;
    pel_slot_set(&entry, word & ~PEL_PTE_ACCESSED);
    pel_tlb_flush(s, s->ws.entries[slot].page);
    return true;
}

static bool is_dirty(void *ctx, uint32_t slot)
{
    pel_space *s = ctx;
    pel_slot entry = slot_of(s, slot);
    uint64_t word = pel_slot_get(&entry);
    return word & PEL_PTE_DIRTY || pel_frame_entry(s->machine, pel_pte_frame(word))->modified;
}

/* ---- slots ------------------------------------------------------------- */

/* Defaults of a process on Windows, in pages. */
#define MINIMUM 50
#define MAXIMUM 345

void pel_ws_init(pel_space *space)
{
    pel_ws *ws = &space->ws;
    const pel_policy_host host = { .used = was_used, .dirty = is_dirty, .ctx = space };
    pel_resident_init(&ws->resident, space->machine->policy, &space->machine->allocator, host);
    ws->free = PEL_NO_SLOT;
    ws->minimum = MINIMUM;
    ws->maximum = MAXIMUM;
}

void pel_ws_release(pel_space *space)
{
    pel_ws *ws = &space->ws;
    assert(ws->size == 0);
    pel_resident_release(&ws->resident);
    pel_give(&space->machine->allocator, ws->entries, ws->capacity * sizeof *ws->entries);
}

static bool have_slot(pel_space *s)
{
    pel_ws *ws = &s->ws;
    if (ws->free != PEL_NO_SLOT)
        return true;
    pel_ws_entry *entries = pel_grow(&s->machine->allocator, ws->entries, &ws->capacity,
                                     ws->count + 1, sizeof *entries);
    if (!entries)
        return false;
    ws->entries = entries;
    if (ws->count >= PEL_NO_SLOT || !pel_resident_reserve(&ws->resident, (uint32_t)ws->count + 1))
        return false;
    entries[ws->count] = (pel_ws_entry){ .page = ws->free };
    ws->free = ws->count++;
    return true;
}

pel_ntstatus pel_ws_make_room(pel_space *space)
{
    pel_ws *ws = &space->ws;
    if (ws->size >= ws->maximum && (ws->hard || !pel_ram_is_plenty(space->machine)))
        pel_ws_trim_one(space);
    return have_slot(space) ? PEL_STATUS_SUCCESS : PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

uint32_t pel_ws_insert(pel_space *space, uint64_t page)
{
    pel_ws *ws = &space->ws;
    assert(ws->free != PEL_NO_SLOT);
    uint32_t slot = (uint32_t)ws->free;
    ws->free = ws->entries[slot].page;
    ws->entries[slot] = (pel_ws_entry){ .page = page, .used = true };
    pel_resident_insert(&ws->resident, slot);
    ws->size++;
    if (ws->size > ws->peak)
        ws->peak = ws->size;
    pel_tlb_grow(space, ws->size);
    return slot;
}

void pel_ws_remove(pel_space *space, uint32_t slot)
{
    pel_ws *ws = &space->ws;
    if (ws->entries[slot].locked)
        ws->locked--;
    else
        pel_resident_remove(&ws->resident, slot);
    ws->entries[slot] = (pel_ws_entry){ .page = ws->free };
    ws->free = slot;
    ws->size--;
}

void pel_ws_set_locked(pel_space *space, uint32_t slot, bool locked)
{
    pel_ws *ws = &space->ws;
    pel_ws_entry *entry = &ws->entries[slot];
    if (locked && !entry->locked) {
        pel_resident_remove(&ws->resident, slot);
        ws->locked++;
    } else if (!locked && entry->locked) {
        pel_resident_insert(&ws->resident, slot);
        ws->locked--;
    }
    entry->locked = locked;
    entry->fresh = false;
}

/* ---- trimming ---------------------------------------------------------- */

bool pel_ws_trim_one(pel_space *space)
{
    uint32_t slot = pel_resident_victim(&space->ws.resident);
    if (slot == PEL_NO_SLOT)
        return false;
    pel_slot entry = slot_of(space, slot);
    pel_page_trim(space, &entry, space->ws.entries[slot].page);
    return true;
}

uint64_t pel_space_trim(pel_space *space, uint64_t pages)
{
    uint64_t done = 0;
    while (space && done < pages && pel_ws_trim_one(space))
        done++;
    return done;
}

bool pel_space_trim_page(pel_space *space, pel_va va)
{
    pel_slot entry;
    uint64_t page = PEL_PAGE_OF(va.v);
    if (!space || !pel_pt_find(space, page, &entry) || !(pel_slot_get(&entry) & PEL_PTE_VALID) ||
        space->ws.entries[*entry.ws].locked)
        return false;
    pel_page_trim(space, &entry, page);
    return true;
}

/* ---- limits ------------------------------------------------------------ */

pel_ntstatus pel_space_limit_working_set(pel_space *space, uint64_t minimum, uint64_t maximum,
                                         bool hard)
{
    if (!space || minimum == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    if (minimum > maximum)
        return PEL_STATUS_BAD_WORKING_SET_LIMIT;
    pel_ws *ws = &space->ws;
    if (ws->locked > minimum)
        return PEL_STATUS_WORKING_SET_QUOTA;
    ws->minimum = minimum;
    ws->maximum = maximum;
    ws->hard = hard;
    while (hard && ws->size > maximum && pel_ws_trim_one(space)) {
    }
    return PEL_STATUS_SUCCESS;
}

static uint64_t count_private(const pel_space *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s->ws.count; i++) {
        pel_slot entry;
        if (s->ws.entries[i].used && pel_pt_find(s, s->ws.entries[i].page, &entry))
            count += pel_frame_entry(s->machine, pel_pte_frame(pel_slot_get(&entry)))->use ==
                     PEL_FRAME_PRIVATE;
    }
    return count;
}

pel_working_set pel_space_working_set(const pel_space *space)
{
    const pel_ws *ws = &space->ws;
    return (pel_working_set){ .size = ws->size,
                              .peak = ws->peak,
                              .minimum = ws->minimum,
                              .maximum = ws->maximum,
                              .hard_maximum = ws->hard,
                              .locked = ws->locked,
                              .private_pages = count_private(space) };
}
