/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_FRAME_H
#define PEL_VM_FRAME_H

/* RAM: the bytes of the frames, and the frame database that says what each is for and on which
 * list it is.
 *
 *   (never used) --.                               .--> STANDBY ---- repurposed --.
 *                   v   pel_frame_take             |       ^                      v
 *   ZEROED, FREE ------------------------> ACTIVE -+       | written         (taken anew)
 *        ^                                    |    `--> MODIFIED
 *        `------------ pel_frame_give --------+------------'
 *
 * A page that was trimmed waits on standby (its contents are elsewhere, too) or modified (they are
 * not), and comes back from there without any disk. The host pays for frames in chunks, when the
 * first frame of a chunk is taken. */

#include <pelorus/machine.h>

#define PEL_CHUNK_FRAMES 64
#define PEL_BLOCK_CHUNKS 8 /* of one large page of the host: 2 MiB */
#define PEL_FRAME_LISTS  6 /* PEL_LIST_ZEROED to PEL_LIST_BAD */

/** One entry of the frame database. */
typedef struct pel_frame {
    void *owner;         /**< the space; of a SECTION frame, the section object */
    uint64_t page;       /**< first page that the owner has in it */
    uint64_t next, prev; /**< on its list, or PEL_NO_FRAME */
    uint64_t backing;    /**< page-file entry of a copy of its contents, or 0 */
    uint32_t *slots;     /**< leaf TABLE: for each entry that is valid, the slot of its page in the
                              working set, and behind them its protection, a byte each: Windows
                              keeps both in the working-set list */
    uint32_t count;      /**< TABLE: entries that are not zero; SECTION: valid entries for it */
    uint8_t use;         /**< pel_frame_use */
    uint8_t list;        /**< pel_frame_list */
    uint8_t level;       /**< TABLE: 0 for a leaf */
    bool modified;       /**< its contents are neither in `backing` nor in the file it came from */
    bool held;           /**< it may not be written for now: to modified-no-write with it */
    bool of_file;        /**< SECTION: of a data file, which is written to its private copy */
} pel_frame;

typedef struct pel_frame_chunk {
    pel_frame entry[PEL_CHUNK_FRAMES];
    uint8_t *bytes;
    bool zeroed; /**< bytes of frames that were never used are zero: they come from the system */
} pel_frame_chunk;

/** Frames in the order in which they came. */
typedef struct pel_frame_queue {
    uint64_t first, last, count;
} pel_frame_queue;

/** All of RAM. */
typedef struct pel_ram {
    pel_frame_chunk **chunks;
    size_t chunk_count, chunk_capacity;
    bool large;      /**< chunks beyond the first come from the system, in large pages */
    uint64_t total;  /**< frames */
    uint64_t virgin; /**< this frame and those after it were never used */
    pel_frame_queue lists[PEL_FRAME_LISTS];
    uint64_t used, peak, tables;
    uint64_t modified_of_files; /**< frames on the modified list that no page file is needed for */
} pel_ram;

void pel_ram_init(pel_ram *ram, uint64_t frames);

/** Whether the bytes of a new frame matter. */
typedef enum pel_frame_bytes_wanted { PEL_BYTES_ANY, PEL_BYTES_ZERO } pel_frame_bytes_wanted;

/** Take a frame for a page of `owner`: active, on no list. When none is free, pages are written out
 *  and trimmed until one is: entries of any page that is not valid or may be trimmed can be
 *  others afterwards, but no page table goes. STATUS_NO_MEMORY when that does not help. */
pel_ntstatus pel_frame_take(pel_machine *machine, pel_frame_use use, pel_frame_bytes_wanted bytes,
                            void *owner, uint64_t page, uint64_t *out);

/** Give a frame back: it is free, and so is the page-file slot behind it. */
void pel_frame_give(pel_machine *machine, uint64_t frame);

/** The list on which the page waits when it is in no working set. */
pel_frame_list pel_frame_waits_on(const pel_frame *frame);

/** The page was trimmed: put its frame on that list. */
void pel_frame_retire(pel_machine *machine, uint64_t frame);

/** It comes back: take the frame from the list that it is on. */
void pel_frame_revive(pel_machine *machine, uint64_t frame);

/** The contents have changed: what the page file has of it is of no use any more. */
void pel_frame_soil(pel_machine *machine, uint64_t frame);

/** What can be had without writing: zeroed, free and standby frames. */
uint64_t pel_frames_available(const pel_ram *ram);

void pel_queue_append(pel_ram *ram, pel_frame_list list, uint64_t frame);
void pel_queue_remove(pel_ram *ram, uint64_t frame);

/** Give back the host's memory. */
void pel_ram_release(pel_machine *machine);

static inline pel_frame *pel_ram_entry(const pel_ram *ram, uint64_t frame)
{
    return &ram->chunks[frame / PEL_CHUNK_FRAMES]->entry[frame % PEL_CHUNK_FRAMES];
}

static inline uint8_t *pel_ram_bytes(const pel_ram *ram, uint64_t frame)
{
    return ram->chunks[frame / PEL_CHUNK_FRAMES]->bytes + (size_t)(frame % PEL_CHUNK_FRAMES) * 4096;
}

#endif
