/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_SECTION_H
#define PEL_VM_SECTION_H

/* Section objects: segments of pages that are alike, and a prototype entry for each page that
 * says in which frame it is. Prototype entries come in chunks, made when a page of the chunk
 * is first filled: an untouched section costs its segments. */

#include "vm/machine_priv.h"

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
    uint64_t entry[PEL_PROTO_CHUNK]; /**< 0: not in RAM; else frame and PEL_PTE_VALID */
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
};

/** The subsection that `page` is in. */
const pel_subsection *pel_section_part(const pel_section_object *section, uint64_t page);

/** The frame of `page` if the page is in RAM. */
bool pel_section_resident(const pel_section_object *section, uint64_t page, uint64_t *frame);

/** Bring `page`, which is not in RAM, in. */
pel_ntstatus pel_section_fill(pel_section_object *section, uint64_t page, uint64_t *frame);

/** Copy what the pager has for `page`, which is not in RAM, without bringing it in. */
pel_ntstatus pel_section_look(const pel_section_object *section, uint64_t page, uint8_t *bytes);

/** Give up one hold; the last one takes the section with it. */
void pel_section_drop(pel_section_object *section);

#endif
