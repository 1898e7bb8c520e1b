/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_MEMORY_MODEL_H
#define VM_MEMORY_MODEL_H

/* Simulated memory beside a model of it that is as plain as can be: an array of pages for each of
 * two spaces, without tables, frames or regions. Of each page the first and the last byte are kept,
 * so that accesses which cross from page to page can be compared. */

#include "model.h"

#define BASE          0x100000u
#define PAGES         96
#define SECTION_PAGES 24
#define MOST_MINIMUM  12 /* of a working set: four pages of each can be locked, not all of RAM */

typedef struct page {
    int first; /* page that its allocation begins with; -1: free */
    uint32_t alloc_protect;
    bool committed;
    uint32_t protect;
    bool own;              /* it has bytes of its own: private, or a copy */
    bool locked;           /* in the working set */
    bool watched, written; /* of an allocation with write watch; since the last reset */
    int section_page;      /* -1: private */
    uint8_t bytes[2];      /* at offset 0 and at offset 0xFFF */
} page;

typedef struct world {
    vm v;
    dice dice;
    bool tiny;  /* calls may fail for want of memory */
    bool flaky; /* the host may not be able to read or write the page file */
    bool nx;
    uint64_t end; /* of the space */
    uint64_t step;
    pel_section_object *section; /* both spaces map it */
    pages pager;
    page page[2][PAGES];
    uint8_t shared[SECTION_PAGES][2];
    uint64_t succeeded, refused;
    uint64_t failed;   /* for want of memory, or by the host */
    pel_counters seen; /* at the end */
} world;

static inline uint32_t pick(world *w, uint32_t below) { return roll(&w->dice, below); }

/* ---- memory_model.c ---------------------------------------------------- */

/* A machine with two spaces and the section on it, all of it free in the model, too. */
void world_make(world *w, const pel_machine_options *options);
void world_end(world *w);

/* Where page `i` of the section is; the pages of a segment are alike. */
const pel_segment *segment_of(int section_page);

bool is_view(const page *p);
bool all_free(const page *p, int first, int end);
bool one_allocation(const page *p, int first, int count);
int allocation_end(const page *p, int first);
uint8_t *byte_of(world *w, page *p, int which);

/* What happens to a page. */
void make_free(page *p);
void make_own(world *w, page *p);
void commit_page(page *p, uint32_t protect);
void decommit_page(page *p);
void protect_page(page *p, uint32_t protect);

/* What an access to one byte answers, and does. */
pel_ntstatus access_page(world *w, page *p, int which, pel_access access, uint8_t *value);

/* Regions here and there, the commit charge, and the invariants. */
void compare(world *w);

/* The answer is `want`; on a tiny machine it may also be want of memory, and on a flaky host that
 * it failed; then nothing may have changed. True: as wanted. */
bool answered(world *w, pel_ntstatus got, pel_ntstatus want);

/* ---- memory_calls.c ---------------------------------------------------- */

/* Where a call is made: mostly pages that there are, half the time an allocation as it is. */
typedef struct call {
    world *w;
    pel_space *space;
    page *p;          /* of the model's space */
    int first, count; /* pages */
    uint64_t va, size;
} call;

/* One of all calls, on both. */
void call_any(call *c);

#endif
