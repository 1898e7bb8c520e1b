/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PTE_H
#define PEL_VM_PTE_H

/* Page-table entries, bit by bit: what the processor reads (Intel SDM, volume 3, "4-level
 * paging") and what Windows keeps in the bits that the processor leaves alone, and in
 * entries that are not present.
 *
 *                 63   62..52   51 ............ 12  11  10   9    8 7 6 5 4   3   2   1   0
 *               +----+--------+-------------------+---+----+-----+-+-+-+-+---+---+---+---+---+
 *  valid        | NX |   0    |       frame       | W |  0 | COW |0|0|D|A|PCD|PWT|U/S|R/W| 1 |
 *               +----+--------+-------------------+---+----+-----+-+-+-+-+---+---+---+---+---+
 *                                                   |         `-- a write makes a private copy
 *                                                   `-- the page may be written (software)
 *
 *                 63 ......................... 10   9 ........ 5   4 .............. 1   0
 *               +---------------------------------+--------------+--------------------+---+
 *  demand zero  |                0                |  protection  |          0         | 0 |
 *               +---------------------------------+--------------+--------------------+---+
 *
 *                 63..48   47 ........ 12  11  10   9 ........ 5   4 .............. 1   0
 *               +--------+----------------+---+---+--------------+--------------------+---+
 *  transition   |   0    |     frame      | 1 | 0 |  protection  |          0         | 0 |
 *               +--------+----------------+---+---+--------------+--------------------+---+
 *
 *                 63 ......... 32   31..12  11  10   9 ........ 5   4 ...... 1        0
 *               +-----------------+--------+---+---+--------------+-------------+---+
 *  page file    |  page number    |    0   | 0 | 0 |  protection  |  which one  | 0 |
 *               +-----------------+--------+---+---+--------------+-------------+---+
 *
 *                 63 ......... 32   31..12  11  10   9 ........ 5   4 ............ 1   0
 *               +-----------------+--------+---+---+--------------+------------------+---+
 *  prototype    |    all ones:    |    0   | 0 | 1 |  protection  |        0         | 0 |
 *               |  "ask the VAD"  |        |   |   |              |                  |   |
 *               +-----------------+--------+---+---+--------------+------------------+---+
 *
 * A page in RAM that is in no working set is in transition form: it was trimmed, or nobody may
 * touch it (no access) or not yet (guard), for which the processor has no bits. All zero: the
 * region has the answer.
 *
 * These are the forms in entries of 8 bytes. Two-level x86 has entries of 4: valid and transition
 * entries are the low half of the above (no NX, frames below 4 GiB), and
 *
 *                 31 ............... 12  11  10   9 ........ 5   4 ...... 1        0
 *               +----------------------+---+---+--------------+-------------+---+
 *  page file    |     page number      | 0 | 0 |  protection  |  which one  | 0 |
 *               +----------------------+---+---+--------------+-------------+---+
 *  prototype    |       all ones       | 0 | 1 |  protection  |      0      | 0 |
 *               +----------------------+---+---+--------------+-------------+---+
 *
 * Inside the library an entry is always the wide form; pel_pte_narrow and pel_pte_widen convert.
 * Sources: Intel SDM volume 3, "Paging"; rules pte.* of docs/memory.md. */

#include <pelorus/space.h>

#define PEL_PAGE_BITS       12
#define PEL_PAGE_BYTES      ((uint64_t)1 << PEL_PAGE_BITS)
#define PEL_GRANULE_BYTES   ((uint64_t)0x10000)
#define PEL_PAGE_OF(addr)   ((addr) >> PEL_PAGE_BITS)
#define PEL_GRANULE_PAGES   (PEL_GRANULE_BYTES >> PEL_PAGE_BITS)
#define PEL_MAX_FRAMES_BITS 36 /* the frame number of a transition entry has no more */

#define PEL_PTE_VALID      ((uint64_t)1 << 0)
#define PEL_PTE_WRITE      ((uint64_t)1 << 1)
#define PEL_PTE_USER       ((uint64_t)1 << 2)
#define PEL_PTE_PWT        ((uint64_t)1 << 3)
#define PEL_PTE_PCD        ((uint64_t)1 << 4)
#define PEL_PTE_ACCESSED   ((uint64_t)1 << 5)
#define PEL_PTE_DIRTY      ((uint64_t)1 << 6)
#define PEL_PTE_COPY       ((uint64_t)1 << 9)
#define PEL_PTE_PROTOTYPE  ((uint64_t)1 << 10) /* of an entry that is not valid */
#define PEL_PTE_TRANSITION ((uint64_t)1 << 11) /* of an entry that is not valid */
#define PEL_PTE_SOFT_WRITE ((uint64_t)1 << 11) /* of a valid entry */
#define PEL_PTE_NX         ((uint64_t)1 << 63)
#define PEL_PTE_FRAME      ((uint64_t)0x000FFFFFFFFFF000)
#define PEL_PTE_FILE       ((uint64_t)0x1E) /* of an entry that is not valid: which page file */
#define PEL_PTE_LOOKUP     ((uint64_t)0xFFFFFFFF00000000) /* prototype: found through the VAD */

/* The protection of a page in five bits, as Windows writes it into software entries.
 *
 *     4     3     2       1         0
 *  +-----+-----+-------+---------+------+     code 0: no access. In code 4..7 bit 0 is
 *  |  special  | write | execute | .... |     "copy on write"; in 0..3 it is "read".
 *  +-----+-----+-------+---------+------+
 *    01 no cache, 10 guard, 11 write-combine                                             */
enum {
    PEL_MM_READONLY = 1,
    PEL_MM_EXECUTE = 2,
    PEL_MM_EXECUTE_READ = 3,
    PEL_MM_READWRITE = 4,
    PEL_MM_WRITECOPY = 5,
    PEL_MM_EXECUTE_READWRITE = 6,
    PEL_MM_EXECUTE_WRITECOPY = 7,
    PEL_MM_CODE = 0x07,    /* the bits above */
    PEL_MM_SPECIAL = 0x18, /* the bits below */
    PEL_MM_NOCACHE = 0x08,
    PEL_MM_GUARD = 0x10,
    PEL_MM_WRITECOMBINE = 0x18,
    PEL_MM_DECOMMIT = 0x10, /* code 0 with "guard": a hole in a committed region */
    PEL_MM_NOACCESS = 0x18, /* code 0 with "write-combine" */
    PEL_MM_NONE = 0,        /* reserved: neither committed nor accessible */
};

static inline bool pel_mm_is_guard(uint8_t mm)
{
    return (mm & PEL_MM_SPECIAL) == PEL_MM_GUARD && (mm & PEL_MM_CODE) != 0;
}

static inline bool pel_mm_is_copy(uint8_t mm) { return (mm & 5) == 5; }
static inline bool pel_mm_may_write(uint8_t mm) { return (mm & 4) != 0; }
static inline bool pel_mm_may_execute(uint8_t mm) { return (mm & 2) != 0; }

/** Whether the access is allowed once a guard is out of the way. Execute-only pages can be
 *  read: the processor has no bit for that. */
static inline bool pel_mm_allows(uint8_t mm, pel_access access)
{
    switch (access) {
    case PEL_READ: return (mm & PEL_MM_CODE) != 0;
    case PEL_WRITE: return pel_mm_may_write(mm);
    case PEL_FETCH: return pel_mm_may_execute(mm);
    }
    return false;
}

/** True when a page of this protection can have a valid entry. */
static inline bool pel_mm_can_be_valid(uint8_t mm)
{
    return (mm & PEL_MM_CODE) != 0 && !pel_mm_is_guard(mm);
}

/** Write-copy becomes writable: the page has its copy. */
static inline uint8_t pel_mm_copied(uint8_t mm)
{
    return pel_mm_may_write(mm) ? (uint8_t)(mm & ~1u) : mm;
}

/** Writable becomes write-copy: the page belongs to a section. */
static inline uint8_t pel_mm_copying(uint8_t mm)
{
    return pel_mm_may_write(mm) ? (uint8_t)(mm | 1u) : mm;
}

typedef enum pel_pte_kind {
    PEL_PTE_IS_NONE, /**< all zero */
    PEL_PTE_IS_VALID,
    PEL_PTE_IS_DEMAND_ZERO, /**< or decommitted */
    PEL_PTE_IS_TRANSITION,
    PEL_PTE_IS_PAGE_FILE,
    PEL_PTE_IS_PROTOTYPE,
} pel_pte_kind;

#define PEL_PTE_PAGE_SHIFT 32 /* of the page number in a page-file entry */

static inline pel_pte_kind pel_pte_kind_of(uint64_t word)
{
    if (word & PEL_PTE_VALID)
        return PEL_PTE_IS_VALID;
    if (word & PEL_PTE_PROTOTYPE)
        return PEL_PTE_IS_PROTOTYPE;
    if (word & PEL_PTE_TRANSITION)
        return PEL_PTE_IS_TRANSITION;
    if (word >> PEL_PTE_PAGE_SHIFT || word & PEL_PTE_FILE)
        return PEL_PTE_IS_PAGE_FILE;
    return word ? PEL_PTE_IS_DEMAND_ZERO : PEL_PTE_IS_NONE;
}

static inline uint64_t pel_pte_frame(uint64_t word)
{
    return (word & PEL_PTE_FRAME) >> PEL_PAGE_BITS;
}

/** The protection in an entry that is neither valid nor zero. */
static inline uint8_t pel_pte_soft_mm(uint64_t word) { return (uint8_t)(word >> 5) & 0x1F; }

static inline uint64_t pel_pte_valid(uint64_t frame, uint8_t mm)
{
    uint64_t word = PEL_PTE_VALID | PEL_PTE_USER | (frame << PEL_PAGE_BITS);
    if (pel_mm_is_copy(mm))
        word |= PEL_PTE_COPY;
    else if (pel_mm_may_write(mm))
        word |= PEL_PTE_WRITE | PEL_PTE_SOFT_WRITE;
    if (!pel_mm_may_execute(mm))
        word |= PEL_PTE_NX;
    if ((mm & PEL_MM_SPECIAL) == PEL_MM_NOCACHE)
        word |= PEL_PTE_PWT | PEL_PTE_PCD;
    if ((mm & PEL_MM_SPECIAL) == PEL_MM_WRITECOMBINE)
        word |= PEL_PTE_PWT;
    return word;
}

static inline uint64_t pel_pte_demand_zero(uint8_t mm) { return (uint64_t)mm << 5; }

static inline uint64_t pel_pte_transition(uint64_t frame, uint8_t mm)
{
    return (frame << PEL_PAGE_BITS) | PEL_PTE_TRANSITION | ((uint64_t)mm << 5);
}

/** Page `slot` of page file number `file`. Slot 0 is never given out: with file 0 it would look
 *  like demand zero. */
static inline uint64_t pel_pte_page_file(unsigned file, uint64_t slot, uint8_t mm)
{
    return slot << PEL_PTE_PAGE_SHIFT | (uint64_t)mm << 5 | (uint64_t)file << 1;
}

static inline unsigned pel_pte_file(uint64_t word) { return (unsigned)(word >> 1) & 0xF; }
static inline uint64_t pel_pte_file_slot(uint64_t word) { return word >> PEL_PTE_PAGE_SHIFT; }

static inline uint64_t pel_pte_prototype(uint8_t mm)
{
    return PEL_PTE_LOOKUP | PEL_PTE_PROTOTYPE | ((uint64_t)mm << 5);
}

/** An entry that is not valid, with another protection. */
static inline uint64_t pel_pte_with_mm(uint64_t word, uint8_t mm)
{
    return (word & ~((uint64_t)0x1F << 5)) | (uint64_t)mm << 5;
}

/** Does the processor let the access through this entry? */
static inline bool pel_pte_allows(uint64_t word, pel_access access)
{
    if (!(word & PEL_PTE_VALID))
        return false;
    switch (access) {
    case PEL_READ: return true;
    case PEL_WRITE: return (word & PEL_PTE_WRITE) != 0;
    case PEL_FETCH: return !(word & PEL_PTE_NX);
    }
    return false;
}

/* Entries lie in simulated RAM as the processor wants them: little-endian, on any host. Written
 * out, for compilers make one load or store of this, but not of the loop. */

static inline uint64_t pel_pte_load(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

static inline uint32_t pel_pte_load_narrow(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void pel_pte_store_narrow(uint8_t *at, uint32_t word)
{
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
    at[2] = (uint8_t)(word >> 16);
    at[3] = (uint8_t)(word >> 24);
}

/** The wide form of an entry of 4 bytes, and back. */
static inline uint64_t pel_pte_widen(uint32_t narrow)
{
    if (narrow & PEL_PTE_VALID)
        return narrow;
    if (narrow & PEL_PTE_PROTOTYPE)
        return pel_pte_prototype((uint8_t)(narrow >> 5) & 0x1F);
    if (narrow & PEL_PTE_TRANSITION)
        return narrow;
    return (narrow & 0x3FF) | (uint64_t)(narrow >> PEL_PAGE_BITS) << PEL_PTE_PAGE_SHIFT;
}

static inline uint32_t pel_pte_narrow(uint64_t word)
{
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_NONE:
    case PEL_PTE_IS_VALID:
    case PEL_PTE_IS_DEMAND_ZERO:
    case PEL_PTE_IS_TRANSITION: break;
    case PEL_PTE_IS_PAGE_FILE:
        return (uint32_t)(word & 0x3FF) | (uint32_t)(pel_pte_file_slot(word) << PEL_PAGE_BITS);
    case PEL_PTE_IS_PROTOTYPE:
        return 0xFFFFF000u | (uint32_t)PEL_PTE_PROTOTYPE | (uint32_t)pel_pte_soft_mm(word) << 5;
    }
    return (uint32_t)word;
}

static inline void pel_pte_store(uint8_t *at, uint64_t word)
{
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
    at[2] = (uint8_t)(word >> 16);
    at[3] = (uint8_t)(word >> 24);
    at[4] = (uint8_t)(word >> 32);
    at[5] = (uint8_t)(word >> 40);
    at[6] = (uint8_t)(word >> 48);
    at[7] = (uint8_t)(word >> 56);
}

#endif
