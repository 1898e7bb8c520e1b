/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/frame.h"

#include "base/alloc.h"
#include "base/os.h"
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

#define CHUNK_BYTES  ((size_t)PEL_CHUNK_FRAMES * PEL_PAGE_BYTES)
#define BLOCK_BYTES  (PEL_BLOCK_CHUNKS * CHUNK_BYTES)
#define SMALL_CHUNKS 32 /* 8 MiB: most machines need no more, and would pay for a large page */

static bool is_in_block(const pel_ram *ram, size_t chunk)
{
    return ram->large && chunk >= SMALL_CHUNKS;
}

static bool new_chunk(pel_machine *m, uint8_t *bytes, bool zeroed)
{
    pel_ram *ram = &m->ram;
    pel_frame_chunk **chunks = pel_grow(&m->allocator, ram->chunks, &ram->chunk_capacity,
                                        ram->chunk_count + 1, sizeof(pel_frame_chunk *));
    if (!chunks)
        return false;
    ram->chunks = chunks;
    pel_frame_chunk *chunk = pel_take(&m->allocator, sizeof(pel_frame_chunk));
    if (!chunk)
        return false;
    chunk->bytes = bytes;
    chunk->zeroed = zeroed;
    chunks[ram->chunk_count++] = chunk;
    return true;
}

static bool small_chunk(pel_machine *m)
{
    /* Not pel_take: the bytes are zeroed frame by frame, when they are given out. */
    uint8_t *bytes = m->allocator.resize(m->allocator.ctx, NULL, 0, CHUNK_BYTES);
    if (!bytes)
        return false;
    if (new_chunk(m, bytes, false))
        return true;
    pel_give(&m->allocator, bytes, CHUNK_BYTES);
    return false;
}

/* The chunks of one large page of the host: with small ones most accesses to a large RAM would
 * miss the host's TLB. */
static bool block_of_chunks(pel_machine *m)
{
    size_t before = m->ram.chunk_count;
    uint8_t *bytes = pel_os_reserve_large(BLOCK_BYTES);
    if (!bytes)
        return false;
    for (size_t i = 0; i < PEL_BLOCK_CHUNKS; i++) {
        if (!new_chunk(m, bytes + i * CHUNK_BYTES, true)) {
            while (m->ram.chunk_count > before)
                pel_give(&m->allocator, m->ram.chunks[--m->ram.chunk_count],
                         sizeof(pel_frame_chunk));
            pel_os_unreserve(bytes, BLOCK_BYTES);
            return false;
        }
    }
    return true;
}

/* Host memory for the chunk that `frame` is in. Chunks begin in order, for virgin frames do. */
static bool chunk_ready(pel_machine *m, uint64_t frame)
{
    const pel_ram *ram = &m->ram;
    if (frame / PEL_CHUNK_FRAMES < ram->chunk_count)
        return true;
    return is_in_block(ram, ram->chunk_count) ? block_of_chunks(m) : small_chunk(m);
}

static bool take_first(pel_ram *ram, pel_frame_list list, uint64_t *out)
{
    *out = ram->lists[list].first;
    if (*out == PEL_NO_FRAME)
        return false;
    pel_queue_remove(ram, *out);
    return true;
}

static pel_ntstatus take_virgin(pel_machine *m, uint64_t *out, bool *zeroed)
{
    if (!chunk_ready(m, m->ram.virgin))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    *out = m->ram.virgin++;
    *zeroed = m->ram.chunks[*out / PEL_CHUNK_FRAMES]->zeroed;
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
        return take_virgin(m, out, zeroed);
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

pel_frame_list pel_frame_waits_on(const pel_frame *frame)
{
    if (!frame->modified)
        return PEL_LIST_STANDBY;
    return frame->held ? PEL_LIST_MODIFIED_NO_WRITE : PEL_LIST_MODIFIED;
}

void pel_frame_retire(pel_machine *machine, uint64_t frame)
{
    pel_ram *ram = &machine->ram;
    pel_queue_append(ram, pel_frame_waits_on(pel_ram_entry(ram, frame)), frame);
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
        pel_frame_retire(machine, frame);
    }
}

/* ---- all of RAM -------------------------------------------------------- */

void pel_ram_init(pel_ram *ram, uint64_t frames)
{
    *ram = (pel_ram){ .total = frames };
    for (unsigned i = 0; i < PEL_FRAME_LISTS; i++)
        ram->lists[i] = (pel_frame_queue){ PEL_NO_FRAME, PEL_NO_FRAME, 0 };
}

static void release_bytes(pel_machine *m, size_t chunk)
{
    pel_ram *ram = &m->ram;
    if (!is_in_block(ram, chunk))
        pel_give(&m->allocator, ram->chunks[chunk]->bytes, CHUNK_BYTES);
    else if ((chunk - SMALL_CHUNKS) % PEL_BLOCK_CHUNKS == 0)
        pel_os_unreserve(ram->chunks[chunk]->bytes, BLOCK_BYTES);
}

void pel_ram_release(pel_machine *machine)
{
    pel_ram *ram = &machine->ram;
    for (size_t i = 0; i < ram->chunk_count; i++) {
        release_bytes(machine, i);
        pel_give(&machine->allocator, ram->chunks[i], sizeof(pel_frame_chunk));
    }
    pel_give(&machine->allocator, ram->chunks, ram->chunk_capacity * sizeof(pel_frame_chunk *));
}
