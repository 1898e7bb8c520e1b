/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_SECTION_H
#define PEL_VM_SECTION_H

/* Section objects: segments of pages that are alike, and a prototype entry for each page that
 * says in which frame it is. Prototype entries come in chunks, made when a page of the chunk
 * is first filled: an untouched section costs its segments. */

#include "vm/machine_priv.h"
#include "vm/vad.h"

#define PEL_PROTO_CHUNK 64

/** A run of pages, as pel_segment, with its place. */
typedef struct pel_subsection {
    uint64_t first, end; /**< pages of the section */
    uint8_t mm;          /**< PEL_MM_*, PEL_MM_NONE for no pages */
    bool shared;
    bool zero;
} pel_subsection;

typedef struct pel_proto_chunk {
    uint64_t index;                  /**< its first page is index * PEL_PROTO_CHUNK */
    uint64_t entry[PEL_PROTO_CHUNK]; /**< prototype.c draws what they can be */
} pel_proto_chunk;

struct pel_section_object {
    pel_machine *machine;
    pel_section_object *previous, *next; /* on the machine */
    uint64_t holds;                      /* keeps (9) */
    bool owned;                          /* its maker still holds it */
    uint64_t page_count;
    uint64_t copy_pages; /* pages that copy on write: charged for each view */
    uint32_t alloc_protect;
    pel_section_type type;
    pel_pager pager;
    pel_subsection *parts;
    size_t part_count, part_capacity;
    pel_proto_chunk **chunks; /* sorted by index */
    size_t chunk_count, chunk_capacity;
    pel_store copy;   /* FILE: pages that were written, in a file of ours */
    uint64_t *copied; /* which ones: a bitmap, as far as it is needed */
    size_t copied_words;
};

/** The subsection that `page` is in. */
const pel_subsection *pel_section_part(const pel_section_object *section, uint64_t page);

/** The page of its section that a view shows at `page`. */
static inline uint64_t pel_vad_section_page(const pel_vad *vad, uint64_t page)
{
    return page - vad->first + vad->section_page;
}

/** Are writes to the page of this view, if it allows them, seen by all views? */
bool pel_vad_is_shared(const pel_vad *vad, uint64_t page);

/** Its prototype entry; 0 when the pager has it, or it is zero. */
uint64_t pel_section_entry(const pel_section_object *section, uint64_t page);

/** True when `page`, which is not in RAM and in no page file, has never been anything but zero. */
bool pel_section_is_zero(const pel_section_object *section, uint64_t page);

/** The frame of `page` if the page is in RAM. */
bool pel_section_resident(const pel_section_object *section, uint64_t page, uint64_t *frame);

/** Have `page` in an active frame, and tell how that came about. Its `count` may still be 0: share
 *  the frame, or settle. */
pel_ntstatus pel_section_bring(pel_section_object *section, uint64_t page, uint64_t *frame,
                               pel_event_kind *how);

/** If nobody shares the frame of `page`, which is active, any more: to standby or modified with it.
 */
void pel_section_settle(pel_section_object *section, uint64_t page);

/** The page, which waits on standby, loses its frame; it is at `backing` now. */
void pel_section_forget(pel_section_object *section, uint64_t page, uint64_t backing);

/** Write a page of a data file to its private copy. */
pel_ntstatus pel_section_write_copy(pel_section_object *section, uint64_t page,
                                    const uint8_t *bytes);

/** Copy the contents of `page`, which is not in RAM, without bringing it in. */
pel_ntstatus pel_section_look(const pel_section_object *section, uint64_t page, uint8_t *bytes);

/** Give back every page, wherever it is. */
void pel_section_release_pages(pel_section_object *section);

/** Give up one hold; the last one takes the section with it. */
void pel_section_drop(pel_section_object *section);

#endif
