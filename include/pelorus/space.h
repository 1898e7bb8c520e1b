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

#include <pelorus/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MEM_* and PAGE_*, with the values of winnt.h. */
enum {
#define X(name, value) PEL_##name = value,
#include <pelorus/tables/memory.def>
#undef X
};

/** "MEM_COMMIT", "PAGE_READWRITE|PAGE_GUARD", ...: cut and counted like snprintf. */
PEL_API size_t pel_protect_format(uint32_t protect, char *out, size_t size);

/** "MEM_FREE", "MEM_RESERVE" or "MEM_COMMIT"; "?" for anything else. */
PEL_API const char *pel_state_name(uint32_t state);

/** "MEM_PRIVATE", "MEM_MAPPED" or "MEM_IMAGE"; "0" for free memory. */
PEL_API const char *pel_type_name(uint32_t type);

/** An address space. Opaque; it must be freed before its machine. */
typedef struct pel_space pel_space;

/** All zero (or NULL) means the defaults. */
typedef struct pel_space_options {
    pel_va lowest;  /**< lpMinimumApplicationAddress; default 0x10000 */
    pel_va highest; /**< lpMaximumApplicationAddress; default 0x7FFFFFFEFFFF */
} pel_space_options;

/** PEL_REFUSED when the machine has no frame left for the top page table. */
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
 *  PEL_MEM_TOP_DOWN; or PEL_MEM_RESET alone, which changes nothing. `base->v` 0 lets the system
 *  choose. In and out: the range, rounded (reserve: base down to 64 KiB; always: to whole
 *  pages). */
PEL_API pel_ntstatus pel_space_allocate(pel_space *space, pel_va *base, uint64_t *size,
                                        uint32_t type, uint32_t protect);

/** NtFreeVirtualMemory. `type` is PEL_MEM_DECOMMIT or PEL_MEM_RELEASE. In and out: the range;
 *  size 0 is the whole allocation. Releasing its middle makes two allocations of the rest. */
PEL_API pel_ntstatus pel_space_deallocate(pel_space *space, pel_va *base, uint64_t *size,
                                          uint32_t type);

/** NtProtectVirtualMemory. In and out: the range. `*old` is the protection that the first page had.
 *  STATUS_NOT_COMMITTED when a page of the range is not. */
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
    uint32_t type;          /**< PEL_MEM_PRIVATE, PEL_MEM_IMAGE; 0 for free memory */
} pel_region;

/** NtQueryVirtualMemory(MemoryBasicInformation): the region from the page of `va` on.
 *  STATUS_INVALID_PARAMETER above the highest address. */
PEL_API pel_ntstatus pel_space_query(pel_space *space, pel_va va, pel_region *out);

/** NtMapViewOfSection of the whole object. `base->v` 0 lets the system choose.
 *  STATUS_CONFLICTING_ADDRESSES when the range is taken. */
PEL_API pel_ntstatus pel_space_map(pel_space *space, pel_section_object *section, pel_va *base);

/** NtUnmapViewOfSection: the view that holds `va`. STATUS_NOT_MAPPED_VIEW when there is none. */
PEL_API pel_ntstatus pel_space_unmap(pel_space *space, pel_va va);

/** The lowest (or, `top_down`, highest) free range of `size` bytes within [lowest, highest]
 *  that begins at a multiple of 64 KiB. STATUS_NO_MEMORY when there is none. */
PEL_API pel_ntstatus pel_space_find_free(const pel_space *space, uint64_t size, pel_va lowest,
                                         pel_va highest, bool top_down, pel_va *out);

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
    const char *name; /**< "PML4E", "PDPTE", "PDE", "PTE" */
    uint32_t index;   /**< entry number in its table */
    pel_pa address;   /**< physical address of the entry */
    uint64_t entry;   /**< the word itself */
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

#ifdef __cplusplus
}
#endif
#endif
