/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_VAD_H
#define PEL_VM_VAD_H

/* The regions of a space, one for each allocation or view: Windows calls them virtual address
 * descriptors. A sorted array; all numbers are page numbers. */

#include <pelorus/section_object.h>

#include "vm/watch.h"

typedef struct pel_vad {
    uint64_t first, end;         /**< pages [first, end) */
    uint32_t alloc_protect;      /**< PAGE_*, as asked for */
    uint8_t mm;                  /**< what pages without an entry of their own are; of a view of
                                      an image its segments tell */
    uint8_t cache;               /**< PEL_MM_NOCACHE, PEL_MM_WRITECOMBINE or 0 */
    pel_watch *watch;            /**< private: of MEM_WRITE_WATCH; NULL: none */
    pel_section_object *section; /**< of a view; NULL: private */
    uint64_t section_page;       /**< of a view: the page of the section that is at `first` */
} pel_vad;

typedef struct pel_vads {
    pel_vad *items;
    size_t count, capacity;
} pel_vads;

/** The region that `page` is in, or NULL. */
pel_vad *pel_vads_find(const pel_vads *vads, uint64_t page);

/** The first region with a page in [first, end), or NULL. */
pel_vad *pel_vads_overlap(const pel_vads *vads, uint64_t first, uint64_t end);

/** Index of the first region that ends after `page`: `count` if there is none. */
size_t pel_vads_after(const pel_vads *vads, uint64_t page);

/** Make sure that the next pel_vads_insert cannot fail. False: no host memory. */
bool pel_vads_make_room(pel_vads *vads, const pel_allocator *a);

/** Insert a region that overlaps none. Moves the others: pointers to them are stale. */
void pel_vads_insert(pel_vads *vads, pel_vad vad);

void pel_vads_remove(pel_vads *vads, pel_vad *vad);

#endif
