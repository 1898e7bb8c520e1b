/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_FRAME_H
#define PEL_VM_FRAME_H

/* RAM: the bytes of the frames, and the frame database that says what each is for.
 *
 *              pel_frame_take                 pel_frame_give
 *     FREE ---------------------> TABLE, ... ----------------> FREE
 *
 * Frames come from the free list, else from the part of RAM that was never used. The host
 * pays for both in chunks, when the first frame of a chunk is taken. */

#include <pelorus/machine.h>

#define PEL_CHUNK_FRAMES 64

/** One entry of the frame database. */
typedef struct pel_frame {
    const void *owner; /**< the space; of a SECTION frame, the section object */
    uint64_t page;     /**< first page that the owner has in it; of a FREE frame, the next one */
    uint8_t *mm;       /**< leaf TABLE: protection of its valid entries. Windows keeps it in the
                            working-set list: a valid entry cannot tell all of them apart */
    uint32_t count;    /**< TABLE: entries that are not zero; SECTION: valid entries for it */
    uint8_t state;     /**< pel_frame_use */
    uint8_t level;     /**< TABLE: 0 for a leaf */
    bool modified;     /**< written through an entry that is gone or in transition */
} pel_frame;

typedef struct pel_frame_chunk {
    pel_frame entry[PEL_CHUNK_FRAMES];
    uint8_t bytes[PEL_CHUNK_FRAMES][4096];
} pel_frame_chunk;

/** All of RAM. */
typedef struct pel_ram {
    pel_frame_chunk **chunks;
    size_t chunk_count, chunk_capacity;
    uint64_t total;  /**< frames */
    uint64_t virgin; /**< this frame and those after it were never used */
    uint64_t free;   /**< first of the free list, or PEL_NO_FRAME */
    uint64_t used, peak, tables;
} pel_ram;

/** Take a frame for a page of `owner`; its bytes are what they were. STATUS_NO_MEMORY when
 *  RAM is exhausted. */
pel_ntstatus pel_frame_take(pel_machine *machine, pel_frame_use state, const void *owner,
                            uint64_t page, uint64_t *out);

/** The same, with zeroed bytes. */
pel_ntstatus pel_frame_take_zeroed(pel_machine *machine, pel_frame_use state, const void *owner,
                                   uint64_t page, uint64_t *out);

void pel_frame_give(pel_machine *machine, uint64_t frame);

/** Give back the host's memory. */
void pel_ram_release(pel_machine *machine);

static inline pel_frame *pel_ram_entry(const pel_ram *ram, uint64_t frame)
{
    return &ram->chunks[frame / PEL_CHUNK_FRAMES]->entry[frame % PEL_CHUNK_FRAMES];
}

static inline uint8_t *pel_ram_bytes(const pel_ram *ram, uint64_t frame)
{
    return ram->chunks[frame / PEL_CHUNK_FRAMES]->bytes[frame % PEL_CHUNK_FRAMES];
}

#endif
