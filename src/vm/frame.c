/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/frame.h"

#include "base/alloc.h"
#include "vm/machine_priv.h"
#include <string.h>

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

static pel_ntstatus pick(pel_machine *m, uint64_t *out)
{
    pel_ram *ram = &m->ram;
    if (ram->free != PEL_NO_FRAME) {
        *out = ram->free;
        ram->free = pel_ram_entry(ram, *out)->page;
        return PEL_STATUS_SUCCESS;
    }
    if (ram->virgin == ram->total)
        return PEL_STATUS_NO_MEMORY;
    if (!chunk_ready(m, ram->virgin))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    *out = ram->virgin++;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_frame_take(pel_machine *machine, pel_frame_use state, const void *owner,
                            uint64_t page, uint64_t *out)
{
    pel_ram *ram = &machine->ram;
    PEL_TRY_NT(pick(machine, out));
    *pel_ram_entry(ram, *out) =
        (pel_frame){ .owner = owner, .page = page, .state = (uint8_t)state };
    ram->used++;
    if (ram->used > ram->peak)
        ram->peak = ram->used;
    if (state == PEL_FRAME_TABLE)
        ram->tables++;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_frame_take_zeroed(pel_machine *machine, pel_frame_use state, const void *owner,
                                   uint64_t page, uint64_t *out)
{
    PEL_TRY_NT(pel_frame_take(machine, state, owner, page, out));
    memset(pel_ram_bytes(&machine->ram, *out), 0, PEL_PAGE_BYTES);
    return PEL_STATUS_SUCCESS;
}

void pel_frame_give(pel_machine *machine, uint64_t frame)
{
    pel_ram *ram = &machine->ram;
    pel_frame *entry = pel_ram_entry(ram, frame);
    if (entry->state == PEL_FRAME_TABLE)
        ram->tables--;
    *entry = (pel_frame){ .page = ram->free, .state = PEL_FRAME_UNUSED };
    ram->free = frame;
    ram->used--;
}

void pel_ram_release(pel_machine *machine)
{
    pel_ram *ram = &machine->ram;
    for (size_t i = 0; i < ram->chunk_count; i++)
        pel_give(&machine->allocator, ram->chunks[i], sizeof(pel_frame_chunk));
    pel_give(&machine->allocator, ram->chunks, ram->chunk_capacity * sizeof(pel_frame_chunk *));
}
