/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_MACHINE_H
#define PELORUS_MACHINE_H

/* The simulated machine: RAM made of frames, and the section objects that spaces
 * map. Knows pages, not PE. A machine and everything on it belong to one thread
 * at a time. */

#include <pelorus/ntstatus.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pel_machine pel_machine;

/** How virtual addresses are taken apart. */
typedef enum pel_paging {
    PEL_PAGING_X64, /**< four levels, 48 bits; the default */
} pel_paging;

/** All zero (or NULL) means the defaults. */
typedef struct pel_machine_options {
    const pel_allocator *allocator;
    uint64_t ram_size; /**< bytes, a multiple of the page; default 4 GiB. Host memory is
                            taken for frames in use only */
    pel_paging paging;
} pel_machine_options;

/** Make a machine. PEL_BAD_ARG when ram_size is no multiple of the page or beyond 256 TiB. */
PEL_API pel_status pel_machine_new(const pel_machine_options *options, pel_machine **out);

/** Free the machine. Its spaces and section objects must be gone by then. NULL is fine. */
PEL_API void pel_machine_free(pel_machine *machine);

/** The allocator that the machine takes host memory from; lives as long as the machine. */
PEL_API const pel_allocator *pel_machine_allocator(const pel_machine *machine);

/** What happened so far, and what is in use. Frames and pages of 4 KiB. */
typedef struct pel_counters {
    uint64_t frames;      /**< in the machine */
    uint64_t frames_used; /**< by pages and page tables */
    uint64_t frames_peak;
    uint64_t frames_table; /**< of these, by page tables */
    uint64_t commit;       /**< pages of commit charge */
    uint64_t commit_limit;
    uint64_t reads; /**< accesses by page, of each kind */
    uint64_t writes;
    uint64_t fetches;
    uint64_t tlb_hits;
    uint64_t faults;         /**< accesses that found no usable entry */
    uint64_t demand_zero;    /**< faults satisfied with a zeroed frame */
    uint64_t section_fills;  /**< faults satisfied by asking a pager */
    uint64_t section_shared; /**< faults satisfied with a frame that a section already had */
    uint64_t copies_on_write;
    uint64_t refusals; /**< accesses that the simulated Windows refused */
} pel_counters;

/** The counters as they are now. */
PEL_API pel_counters pel_machine_counters(const pel_machine *machine);

/** Copy `size` bytes of RAM at `pa`. PEL_BAD_ARG when that is not all RAM. Frames that were
 *  never used read as zero. */
PEL_API pel_status pel_machine_read_physical(const pel_machine *machine, pel_pa pa, void *out,
                                             size_t size);

/** Verify the invariants (listed in src/vm/machine_priv.h): every frame has one owner or a
 *  share count that adds up, counters add up. NULL when all hold, else what does not.
 *  For tests: it looks at every frame. */
PEL_API const char *pel_machine_check(const pel_machine *machine);

/* ---- section objects --------------------------------------------------- */

/** What a section object is made of. */
typedef enum pel_section_type {
    PEL_SECTION_IMAGE, /**< MEM_IMAGE: pages have protections of their own, writes are private */
} pel_section_type;

/** Gives the contents of a section's pages. Asked once for each page while it stays in RAM, and
 *  for a page that is not, by each peek at it. */
typedef struct pel_pager {
    /** Write the 4096 bytes of page number `page` to `bytes`, which are zero before. PEL_IO and
     *  PEL_NO_MEMORY fail the access that asked, with a status that tells of the host; any
     *  other failure is STATUS_IN_PAGE_ERROR to it. The next access asks again. */
    pel_status (*fill)(void *ctx, uint64_t page, uint8_t *bytes);
    /** The section object is gone. May be NULL. */
    void (*close)(void *ctx);
    void *ctx;
} pel_pager;

/** A run of pages of a section object that are alike. */
typedef struct pel_segment {
    uint64_t page_count;
    uint32_t protect; /**< PAGE_*; 0 = no pages there: a view shows them as MEM_RESERVE */
    bool shared;      /**< writes are seen by all views (IMAGE_SCN_MEM_SHARED) */
    bool zero;        /**< no pager needed: all zero */
} pel_segment;

/** A section object, as NtCreateSection makes it. Views keep it alive. */
typedef struct pel_section_object pel_section_object;

/** What to make. */
typedef struct pel_section_options {
    pel_section_type type;
    const pel_segment *segments; /**< from page 0 on, without holes; copied */
    size_t segment_count;
    pel_pager pager; /**< from now on owned by the section object, also when creation fails */
    uint32_t alloc_protect; /**< what VirtualQuery tells as AllocationProtect */
} pel_section_options;

/** Make a section object of whole pages; none of them is filled yet. PEL_BAD_ARG when there are no
 *  pages, when a protection is none of PAGE_* or has modifiers, or when pages need a pager and
 *  there is none. */
PEL_API pel_status pel_section_object_new(pel_machine *machine, const pel_section_options *options,
                                          pel_section_object **out);

/** Give up the caller's hold. The object goes when its last view is gone, too. NULL is fine. */
PEL_API void pel_section_object_free(pel_section_object *section);

/** Bytes, a multiple of the page. */
PEL_API uint64_t pel_section_object_size(const pel_section_object *section);

#ifdef __cplusplus
}
#endif
#endif
