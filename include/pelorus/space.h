/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SPACE_H
#define PELORUS_SPACE_H

/* One process's address space, with the semantics of VirtualAlloc and its family.
 *
 *             reserve             commit             first touch
 *     FREE ------------> RESERVED -------> COMMITTED ------------> RESIDENT
 *      ^                     ^                |                       |
 *      |                     +----------------+--- decommit ----------+
 *      +---- release, or unmap of the whole allocation
 *
 * Reserve takes address space, at 64 KiB. Commit takes commit charge, by pages.
 * Only a touch takes a frame. Operations answer with an NTSTATUS, as NtAllocate-
 * VirtualMemory and the others do; a host without memory shows as
 * STATUS_PELORUS_HOST_NO_MEMORY. A failed operation changes nothing. */

#include <pelorus/section_object.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MEM_* and PAGE_*, with the values of winnt.h. */
enum {
#define X(name, value) PEL_##name = (int)(value),
#include <pelorus/tables/memory.def>
#undef X
};

/** "MEM_COMMIT", "PAGE_READWRITE|PAGE_GUARD", ...: cut and counted like snprintf. */
PEL_API size_t pel_protect_format(uint32_t protect, char *out, size_t size);

/** "MEM_FREE", "MEM_RESERVE" or "MEM_COMMIT"; "?" for anything else. */
PEL_API const char *pel_state_name(uint32_t state);

/** "MEM_PRIVATE", "MEM_MAPPED" or "MEM_IMAGE"; "0" for free memory. */
PEL_API const char *pel_type_name(uint32_t type);

/* A pel_space is opaque; it must be freed before its machine. */

/** All zero (or NULL) means the defaults. */
typedef struct pel_space_options {
    pel_va lowest;  /**< lpMinimumApplicationAddress; default 0x10000 */
    pel_va highest; /**< lpMaximumApplicationAddress; default 0x7FFFFFFEFFFF, in the 32-bit paging
                         modes 0x7FFEFFFF */
    uint64_t working_set_minimum; /**< pages; default 50 */
    uint64_t working_set_maximum; /**< pages; default 345, which a space may exceed while RAM is
                                       plenty, unless it is `hard` */
    bool hard_maximum;            /**< at the maximum, each page that comes takes the place of
                                       another one (QUOTA_LIMITS_HARDWS_MAX_ENABLE) */
} pel_space_options;

/** Make an empty space; its top page table takes one frame. PEL_BAD_ARG when the bounds are not
 *  those of whole pages in the lower half of the addresses, PEL_REFUSED when RAM is used up. */
PEL_API pel_status pel_space_new(pel_machine *machine, const pel_space_options *options,
                                 pel_space **out);

/** Free the space: every view, page and page table that it has. NULL is fine. */
PEL_API void pel_space_free(pel_space *space);

/** The machine that it is on. */
PEL_API pel_machine *pel_space_machine(const pel_space *space);

/* ---- operations -------------------------------------------------------- */

/** NtAllocateVirtualMemory. `type` is PEL_MEM_RESERVE, PEL_MEM_COMMIT or both, and
 *  PEL_MEM_TOP_DOWN or PEL_MEM_WRITE_WATCH (with RESERVE); or PEL_MEM_RESET or
 *  PEL_MEM_RESET_UNDO alone: what is in the pages is of no interest, or is again. `base->v` 0 lets
 *  the system choose. In and out: the range, rounded (reserve: base down to 64 KiB; always: to
 *  whole pages). In views of page files PEL_MEM_COMMIT commits for all views. In this order:
 *  STATUS_INVALID_PARAMETER_5 (type), _INVALID_PAGE_PROTECTION, _PRIVILEGE_NOT_HELD (large pages,
 *  MEM_PHYSICAL), _INVALID_PARAMETER_2 (address), _INVALID_PARAMETER_4 (size),
 *  _CONFLICTING_ADDRESSES (taken, or not all of it in one allocation), _ALREADY_COMMITTED (a view
 * of an image or file), _USER_MAPPED_FILE (of these, a reset), _SECTION_PROTECTION (more than the
 * view was mapped for), _NO_MEMORY (no place), _COMMITMENT_LIMIT. */
PEL_API pel_ntstatus pel_space_allocate(pel_space *space, pel_va *base, uint64_t *size,
                                        uint32_t type, uint32_t protect);

/** Where the system may put what it places itself. All zero: anywhere. */
typedef struct pel_placement {
    uint64_t zero_bits; /**< ZeroBits: 1 to 21 high bits of the low 32 that must be clear, with all
                             above them, or, from 32 on, a mask whose leading zeros count */
    bool requirements;  /**< MEM_ADDRESS_REQUIREMENTS, the rest, was given */
    pel_va lowest;      /**< LowestStartingAddress; 0: none */
    pel_va highest;     /**< HighestEndingAddress; 0: none */
    uint64_t alignment; /**< 0: 64 KiB */
} pel_placement;

/** NtAllocateVirtualMemory with ZeroBits, NtAllocateVirtualMemoryEx with requirements. Before all
 * else: STATUS_INVALID_PARAMETER_3 (zero bits), _INVALID_PARAMETER (requirements: an alignment that
 * is no power of two from 64 KiB on, a lowest address that is no multiple of 64 KiB, a highest that
 *  is not the last byte of a page, bounds beyond those of the space, or any of them with a base).
 */
PEL_API pel_ntstatus pel_space_allocate_placed(pel_space *space, pel_va *base, uint64_t *size,
                                               uint32_t type, uint32_t protect,
                                               const pel_placement *placement);

/** NtFreeVirtualMemory. `type` is PEL_MEM_DECOMMIT or PEL_MEM_RELEASE. In and out: the range;
 *  size 0 is the whole allocation. Releasing its middle makes two allocations of the rest. */
PEL_API pel_ntstatus pel_space_deallocate(pel_space *space, pel_va *base, uint64_t *size,
                                          uint32_t type);

/** NtProtectVirtualMemory. In and out: the range. `*old` is the protection that the first page had.
 *  STATUS_NOT_COMMITTED when a page of the range is not; STATUS_SECTION_PROTECTION for more than a
 *  view of data was mapped for: copying needs only reading. */
PEL_API pel_ntstatus pel_space_protect(pel_space *space, pel_va *base, uint64_t *size,
                                       uint32_t protect, uint32_t *old);

/** MEMORY_BASIC_INFORMATION: a run of pages with equal attributes. */
typedef struct pel_region {
    pel_va base;
    pel_va allocation_base; /**< 0 for free memory */
    uint32_t alloc_protect; /**< protection asked for at allocation */
    uint64_t size;          /**< bytes */
    uint32_t state;         /**< PEL_MEM_FREE, PEL_MEM_RESERVE, PEL_MEM_COMMIT */
    uint32_t protect;       /**< PEL_PAGE_*; 0 if reserved, PEL_PAGE_NOACCESS if free */
    uint32_t type;          /**< PEL_MEM_PRIVATE, _MAPPED, _IMAGE; 0 for free memory */
} pel_region;

/** NtQueryVirtualMemory(MemoryBasicInformation): the region from the page of `va` on.
 *  STATUS_INVALID_PARAMETER above the highest address. */
PEL_API pel_ntstatus pel_space_query(pel_space *space, pel_va va, pel_region *out);

/** NtMapViewOfSection of the whole object. `base->v` 0 lets the system choose.
 *  STATUS_CONFLICTING_ADDRESSES when the range is taken. */
PEL_API pel_ntstatus pel_space_map(pel_space *space, pel_section_object *section, pel_va *base);

/** What a view shows of its section. All zero: all of it, as the section allows. */
typedef struct pel_view_options {
    uint64_t offset;    /**< bytes from the start of the section, a multiple of 64 KiB */
    uint64_t size;      /**< bytes; 0: to the end of the section */
    uint32_t protect;   /**< PAGE_*; ignored for images. 0: that of the section. The most that
                             pel_space_protect can then give its pages */
    uint32_t type;      /**< 0, PEL_MEM_RESERVE, PEL_MEM_TOP_DOWN */
    uint64_t zero_bits; /**< as in pel_placement */
} pel_view_options;

/** NtMapViewOfSection: in and out: the base; out: the size of the view in bytes, whole pages.
 *  `options` may be NULL. In this order: STATUS_INVALID_PARAMETER_9 (type),
 *  _INVALID_PAGE_PROTECTION, _INVALID_PARAMETER_4 (zero bits, also those that the base does not
 *  have), _MAPPED_ALIGNMENT (base, offset), _SECTION_PROTECTION (more than the section allows),
 *  _INVALID_VIEW_SIZE, _CONFLICTING_ADDRESSES (taken, or outside of the space) or _NO_MEMORY (no
 *  place), _COMMITMENT_LIMIT (of a view that copies). */
PEL_API pel_ntstatus pel_space_map_view(pel_space *space, pel_section_object *section,
                                        const pel_view_options *options, pel_va *base,
                                        uint64_t *size);

/** NtUnmapViewOfSection: the view that holds `va`. STATUS_NOT_MAPPED_VIEW when there is none. */
PEL_API pel_ntstatus pel_space_unmap(pel_space *space, pel_va va);

/** The lowest (or, `top_down`, highest) free range of `size` bytes within [lowest, highest]
 *  that begins at a multiple of 64 KiB. STATUS_NO_MEMORY when there is none. */
PEL_API pel_ntstatus pel_space_find_free(const pel_space *space, uint64_t size, pel_va lowest,
                                         pel_va highest, bool top_down, pel_va *out);

/** VirtualLock: bring the pages of the range in and keep them in the working set. In and out: the
 *  range. Each page is touched as by a program: a guard goes off (STATUS_GUARD_PAGE_VIOLATION),
 *  a page that cannot be read is STATUS_ACCESS_VIOLATION. STATUS_WORKING_SET_QUOTA when the minimum
 *  working set has no room for so many. A lock that fails leaves locked what was. A locked page
 * stays so when it is copied on write; it is not any more when it is decommitted, or made a guard
 * or no-access. */
PEL_API pel_ntstatus pel_space_lock(pel_space *space, pel_va *base, uint64_t *size);

/** VirtualUnlock. STATUS_NOT_LOCKED when a page of the range is not locked. */
PEL_API pel_ntstatus pel_space_unlock(pel_space *space, pel_va *base, uint64_t *size);

/** GetWriteWatch: the pages of [base, base + size) that were written since the allocation or the
 *  last reset, lowest first, as far as `*count` addresses have room; `reset` forgets those that
 *  are told. In and out: `*count`. Pokes count; protecting or decommitting a page does not undo
 *  that it was written. STATUS_INVALID_PARAMETER_1 unless all of it is in one region that was
 *  reserved with PEL_MEM_WRITE_WATCH, _2 for size 0, STATUS_INVALID_PARAMETER for no room. */
PEL_API pel_ntstatus pel_space_write_watch(pel_space *space, pel_va base, uint64_t size, bool reset,
                                           pel_va *pages, size_t *count);

/** ResetWriteWatch. */
PEL_API pel_ntstatus pel_space_reset_write_watch(pel_space *space, pel_va base, uint64_t size);

/* ---- stacks ------------------------------------------------------------ */

/* The guard of a stack makes it grow: it moves down, and the access that touched it goes on. At
 * the end of the stack the access gets STATUS_STACK_OVERFLOW, and what is left but for the lowest
 * page, which never is committed, becomes usable for whoever handles that. The same status comes,
 * without more room, when the commit limit is reached. Then no guard is left until the program
 * puts one back by committing or protecting a page of the stack with PEL_PAGE_GUARD. Doing so
 * always moves the limit to just above the guard; taking a guard away leaves the limit. Below the
 * guard there is nothing but access violations. docs/memory.md has more, and the sources. */

/** Tell the space that the private region at `allocation_base` is the stack of a thread. `limit`
 *  is StackLimit; the pages of guard below it, one if there are none, are how many the stack
 *  keeps. `guarantee`: bytes that an overflow leaves, beside the rest of the page that was touched
 *  (SetThreadStackGuarantee). A stack is one until a part of its region is released.
 *  STATUS_INVALID_PARAMETER when there is no such region, it is a stack already, `limit` is no
 *  page of it or its end, or the guarantee does not fit. */
PEL_API pel_ntstatus pel_space_add_stack(pel_space *space, pel_va allocation_base, pel_va limit,
                                         uint64_t guarantee);

/** What the thread's TEB would say. */
typedef struct pel_stack_state {
    pel_va allocation_base; /**< DeallocationStack */
    pel_va limit;           /**< StackLimit: lowest committed byte that is no guard */
    pel_va base;            /**< StackBase: just above the highest byte */
    uint64_t guard;         /**< bytes of guard that are kept below the limit */
    uint64_t guarantee;     /**< bytes */
    bool overflowed;        /**< and no guard was put back since */
} pel_stack_state;

/** The stack that holds `va`. STATUS_INVALID_PARAMETER when none does. */
PEL_API pel_ntstatus pel_space_stack(const pel_space *space, pel_va va, pel_stack_state *out);

/** SetThreadStackGuarantee for the stack that holds `va`: rounded up to pages, and never less than
 *  it was. STATUS_INVALID_PARAMETER when there is no stack, or it is too small. */
PEL_API pel_ntstatus pel_space_stack_guarantee(pel_space *space, pel_va va, uint64_t guarantee);

/* ---- the working set --------------------------------------------------- */

/** Pages that are resident, and the limits, in pages. */
typedef struct pel_working_set {
    uint64_t size, peak;
    uint64_t minimum, maximum;
    bool hard_maximum;
    uint64_t locked;
    uint64_t private_pages; /**< of `size` */
} pel_working_set;

PEL_API pel_working_set pel_space_working_set(const pel_space *space);

/** SetProcessWorkingSetSizeEx, but for its bounds: sets may be as small as a page, and larger than
 *  RAM. STATUS_INVALID_PARAMETER for a minimum of 0, STATUS_BAD_WORKING_SET_LIMIT for one that is
 *  larger than the maximum. Trims down to a hard maximum. */
PEL_API pel_ntstatus pel_space_limit_working_set(pel_space *space, uint64_t minimum,
                                                 uint64_t maximum, bool hard);

/** Take up to `pages` pages out of the working set, by the policy (EmptyWorkingSet: UINT64_MAX).
 * How many went. Locked pages stay. */
PEL_API uint64_t pel_space_trim(pel_space *space, uint64_t pages);

/** Take the page of `va` out of the working set; false when it is not in it, or locked. */
PEL_API bool pel_space_trim_page(pel_space *space, pel_va va);

/** Where the contents of a page are. */
typedef enum pel_page_place {
    PEL_AT_NOWHERE,     /**< not committed */
    PEL_AT_ZERO,        /**< nowhere yet: demand zero */
    PEL_AT_WORKING_SET, /**< in RAM, and a valid entry */
    PEL_AT_FRAME,       /**< in RAM, no valid entry here: on a list, or another space has it */
    PEL_AT_PAGE_FILE,
    PEL_AT_FILE, /**< the pager has it: the image, the data file or its private copy */
} pel_page_place;

/** "not committed", "demand zero", ...; never NULL. */
PEL_API const char *pel_page_place_name(pel_page_place place);

/** One page: MEMORY_WORKING_SET_EX_BLOCK, and what only the kernel knows. */
typedef struct pel_page_info {
    pel_page_place place;
    uint64_t entry;   /**< its leaf entry, as the paging mode writes it; 0 if it has none */
    uint32_t protect; /**< PAGE_*; 0 when it is not committed */
    bool valid;       /**< in the working set */
    bool shared;      /**< it belongs to a section, and was not copied */
    bool locked;
    bool modified;       /**< its contents are not in its backing store */
    bool accessed;       /**< bit of a valid entry */
    uint64_t shares;     /**< entries that are valid for its frame, in all spaces */
    uint64_t frame;      /**< WORKING_SET, FRAME: which; else PEL_NO_FRAME */
    pel_frame_list list; /**< of that frame */
    unsigned page_file;  /**< PAGE_FILE: number, from 0, and page number in it */
    uint64_t slot;
    uint64_t section_offset; /**< of a view: bytes from the start of the section */
} pel_page_info;

/** Look at the page of `va`; changes nothing. STATUS_INVALID_PARAMETER above the highest address.
 */
PEL_API pel_ntstatus pel_space_page(const pel_space *space, pel_va va, pel_page_info *out);

/* ---- accesses ---------------------------------------------------------- */

/** What a program does with a byte; PEL_FETCH executes it. */
typedef enum pel_access { PEL_READ, PEL_WRITE, PEL_FETCH } pel_access;

/** Where and why an access was refused. */
typedef struct pel_fault {
    pel_va va;
    pel_access access;
    pel_ntstatus status; /**< STATUS_ACCESS_VIOLATION, STATUS_GUARD_PAGE_VIOLATION, ... */
} pel_fault;

/** Read, write or fetch as the program would: through the page tables, by the protection of
 *  each page, filling pages on first touch. On failure the bytes before `fault->va` are done.
 *  `fault` may be NULL. */
PEL_API pel_ntstatus pel_space_read(pel_space *space, pel_va va, void *out, size_t size,
                                    pel_fault *fault);
PEL_API pel_ntstatus pel_space_write(pel_space *space, pel_va va, const void *bytes, size_t size,
                                     pel_fault *fault);
PEL_API pel_ntstatus pel_space_fetch(pel_space *space, pel_va va, void *out, size_t size,
                                     pel_fault *fault);

/** Read and write as a debugger would: protection and guards do not count, but the page must be
 *  committed (STATUS_NOT_COMMITTED). A peek changes nothing: no page is brought in, no counter
 *  moves. A poke to a page that belongs to a section makes a private copy, as a program's write
 *  does, unless the segment is shared. */
PEL_API pel_ntstatus pel_space_peek(pel_space *space, pel_va va, void *out, size_t size);
PEL_API pel_ntstatus pel_space_poke(pel_space *space, pel_va va, const void *bytes, size_t size);

/* ---- the page tables --------------------------------------------------- */

/** One step of the walk. */
typedef struct pel_walk_step {
    const char *name; /**< "PML5E", "PML4E", "PDPTE", "PDE", "PTE" */
    uint32_t index;   /**< entry number in its table */
    pel_pa table;     /**< physical address of the table */
    pel_pa address;   /**< physical address of the entry */
    uint64_t entry;   /**< the word itself; 4 bytes of it in PEL_PAGING_X86 */
} pel_walk_step;

#define PEL_WALK_MAX 5

/** The staircase from the root to a page. */
typedef struct pel_walk {
    pel_pa root; /**< CR3 */
    size_t count;
    pel_walk_step steps[PEL_WALK_MAX];
    bool present; /**< the last entry is valid, and `pa` is where the byte is */
    pel_pa pa;
} pel_walk;

/** Walk the tables for `va` as the hardware does. Touches nothing. */
PEL_API pel_walk pel_space_walk(const pel_space *space, pel_va va);

/** The bits of an entry by their names, for example "P U A NX" (COW is Windows' copy on write); or
 *  what an entry that is not valid says: "transition frame 0x12 PAGE_READWRITE", "page file 0x0
 *  page 0x1 PAGE_READWRITE". Cut and counted like snprintf. */
PEL_API size_t pel_entry_format(pel_paging paging, uint64_t entry, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
