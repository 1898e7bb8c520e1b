/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/frame.h"

#include "base/alloc.h"
#include "vm/machine_priv.h"
#include "vm/page_out.h"
#include <assert.h>
#include <string.h>

/* ---- lists ------------------------------------------------------------- */

void pel_queue_append(pel_ram *ram, pel_frame_list list, uint64_t frame)
{
    pel_frame_queue *q = &ram->lists[list];
    pel_frame *entry = pel_ram_entry(ram, frame);
    entry->list = (uint8_t)list;
    entry->next = PEL_NO_FRAME;
    entry->prev = q->last;
    if (q->last != PEL_NO_FRAME)
        pel_ram_entry(ram, q->last)->next = frame;
    else
        q->first = frame;
    q->last = frame;
    q->count++;
    ram->modified_of_files += list == PEL_LIST_MODIFIED && entry->of_file;
}

void pel_queue_remove(pel_ram *ram, uint64_t frame)
{
    pel_frame *entry = pel_ram_entry(ram, frame);
    pel_frame_queue *q = &ram->lists[entry->list];
    if (entry->prev != PEL_NO_FRAME)
        pel_ram_entry(ram, entry->prev)->next = entry->next;
    else
        q->first = entry->next;
    if (entry->next != PEL_NO_FRAME)
        pel_ram_entry(ram, entry->next)->prev = entry->prev;
    else
        q->last = entry->prev;
    q->count--;
    ram->modified_of_files -= entry->list == PEL_LIST_MODIFIED && entry->of_file;
    entry->next = entry->prev = PEL_NO_FRAME;
    entry->list = PEL_LIST_ACTIVE;
}

uint64_t pel_frames_available(const pel_ram *ram)
{
    return ram->total - ram->virgin + ram->lists[PEL_LIST_ZEROED].count +
           ram->lists[PEL_LIST_FREE].count + ram->lists[PEL_LIST_STANDBY].count;
}

/* ---- taking ------------------------------------------------------------ */

/* Host memory for the chunk that `frame` is in. Chunks begin in order, for virgin frames do. */
static bool chunk_ready(pel_machine *m, uint64_t frame)
{
    pel_ram *ram = &m->ram;
    if (frame / PEL_CHUNK_FRAMES < ram->chunk_count)
        return true;
    pel_frame_chunk **chunks = pel_grow(&m->allocator, ram->chunks, &ram->chunk_capacity,
                                        ram->chunk_count + 1, sizeof(pel_frame_chunk *));
    if (!chunks)
        return false;
    ram->chunks = chunks;
    /* Not pel_take: the bytes are zeroed frame by frame, when they are given out. */
    pel_frame_chunk *chunk =
        m->allocator.resize(m->allocator.ctx, NULL, 0, sizeof(pel_frame_chunk));
    if (!chunk)
        return false;
    chunks[ram->chunk_count++] = chunk;
    return true;
}

static bool take_first(pel_ram *ram, pel_frame_list list, uint64_t *out)
{
    *out = ram->lists[list].first;
    if (*out == PEL_NO_FRAME)
        return false;
    pel_queue_remove(ram, *out);
    return true;
}

static pel_ntstatus take_virgin(pel_machine *m, uint64_t *out)
{
    if (!chunk_ready(m, m->ram.virgin))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    *out = m->ram.virgin++;
    return PEL_STATUS_SUCCESS;
}

/* Who needs zeros looks at the zeroed frames first, who does not spares them. Frames that were
 * never used count as zeroed, but are zeroed when they are given out. */
static pel_ntstatus pick(pel_machine *m, pel_frame_bytes_wanted bytes, uint64_t *out, bool *zeroed)
{
    pel_ram *ram = &m->ram;
    *zeroed = true;
    if (bytes == PEL_BYTES_ZERO && take_first(ram, PEL_LIST_ZEROED, out))
        return PEL_STATUS_SUCCESS;
    *zeroed = false;
    if (take_first(ram, PEL_LIST_FREE, out) || take_first(ram, PEL_LIST_ZEROED, out))
        return PEL_STATUS_SUCCESS;
    if (ram->virgin < ram->total)
        return take_virgin(m, out);
    PEL_TRY_NT(pel_page_out_for_one(m));
    bool found = take_first(ram, PEL_LIST_FREE, out);
    assert(found);
    (void)found;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_frame_take(pel_machine *machine, pel_frame_use use, pel_frame_bytes_wanted bytes,
                            void *owner, uint64_t page, uint64_t *out)
{
    pel_ram *ram = &machine->ram;
    bool zeroed;
    PEL_TRY_NT(pick(machine, bytes, out, &zeroed));
    *pel_ram_entry(ram, *out) = (pel_frame){ .owner = owner,
                                             .page = page,
                                             .next = PEL_NO_FRAME,
                                             .prev = PEL_NO_FRAME,
                                             .use = (uint8_t)use,
                                             .list = PEL_LIST_ACTIVE };
    ram->used++;
    if (ram->used > ram->peak)
        ram->peak = ram->used;
    if (use == PEL_FRAME_TABLE)
        ram->tables++;
    if (bytes == PEL_BYTES_ZERO && !zeroed)
        memset(pel_ram_bytes(ram, *out), 0, PEL_PAGE_BYTES);
    return PEL_STATUS_SUCCESS;
}

/* ---- giving back, for good or for a while ------------------------------ */

void pel_frame_give(pel_machine *machine, uint64_t frame)
{
    pel_ram *ram = &machine->ram;
    pel_frame *entry = pel_ram_entry(ram, frame);
    if (entry->use == PEL_FRAME_TABLE)
        ram->tables--;
    if (entry->list != PEL_LIST_ACTIVE)
        pel_queue_remove(ram, frame);
    pel_page_files_give(machine, entry->backing);
    *entry = (pel_frame){ .use = PEL_FRAME_UNUSED };
    pel_queue_append(ram, PEL_LIST_FREE, frame);
    ram->used--;
}

void pel_frame_retire(pel_machine *machine, uint64_t frame)
{
    const pel_frame *entry = pel_ram_entry(&machine->ram, frame);
    pel_queue_append(&machine->ram, entry->modified ? PEL_LIST_MODIFIED : PEL_LIST_STANDBY, frame);
}

void pel_frame_revive(pel_machine *machine, uint64_t frame)
{
    pel_queue_remove(&machine->ram, frame);
}

void pel_frame_soil(pel_machine *machine, uint64_t frame)
{
    pel_frame *entry = pel_ram_entry(&machine->ram, frame);
    pel_page_files_give(machine, entry->backing);
    entry->backing = 0;
    entry->modified = true;
    if (entry->list == PEL_LIST_STANDBY) {
        pel_queue_remove(&machine->ram, frame);
        pel_queue_append(&machine->ram, PEL_LIST_MODIFIED, frame);
    }
}

/* ---- all of RAM -------------------------------------------------------- */

void pel_ram_init(pel_ram *ram, uint64_t frames)
{
    *ram = (pel_ram){ .total = frames };
    for (unsigned i = 0; i < PEL_FRAME_LISTS; i++)
        ram->lists[i] = (pel_frame_queue){ PEL_NO_FRAME, PEL_NO_FRAME, 0 };
}

void pel_ram_release(pel_machine *machine)
{
    pel_ram *ram = &machine->ram;
    for (size_t i = 0; i < ram->chunk_count; i++)
        pel_give(&machine->allocator, ram->chunks[i], sizeof(pel_frame_chunk));
    pel_give(&machine->allocator, ram->chunks, ram->chunk_capacity * sizeof(pel_frame_chunk *));
}
