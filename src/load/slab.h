/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_SLAB_H
#define PEL_LOAD_SLAB_H

/* Structures of a process (tables/process.def) side by side, before they are in simulated memory.
 * Whoever lays them out does it twice: without bytes, to find the size, and then with bytes and at
 * the address where they will be. */

#include <pelorus/process.h>

/** Members of structures: PEL_IN_PEB_Ldr, ... */
typedef enum pel_member {
#define F(structure, member, at32, at64, kind, since, until, doc) PEL_IN_##structure##_##member,
#include <pelorus/tables/process.def>
#undef F
    PEL_MEMBER_COUNT
} pel_member;

/** Structures that have a size. */
typedef enum pel_sized {
    PEL_LDR,
    PEL_ENTRY,
    PEL_DDAG,
    PEL_PARAMETERS,
} pel_sized;

typedef struct pel_slab {
    pel_va base;
    uint8_t *bytes; /* zeroed; NULL: nothing is written, only measured */
    uint64_t size;  /* of `bytes` */
    uint64_t used;  /* what was taken */
    pel_windows windows;
    bool wide;
    pel_ntstatus status; /* the first failure stays */
} pel_slab;

/** Where a member is, from the start of its structure; false when this Windows has none. */
bool pel_member_place(const pel_slab *slab, pel_member member, uint64_t *at, unsigned *width);

/** Size of a structure in this Windows; 0 when it has none. */
uint64_t pel_structure_size(const pel_slab *slab, pel_sized structure);

/** Note a failure; the first one stays. */
void pel_slab_fail(pel_slab *slab, pel_ntstatus status);

/** `size` bytes at the next multiple of `align`, a power of two. */
pel_va pel_slab_take(pel_slab *slab, uint64_t size, uint64_t align);

/** A structure, on its own 16 bytes. */
pel_va pel_slab_take_structure(pel_slab *slab, pel_sized structure);

/** The address of a member of the structure at `at`; 0 when this Windows has none. */
pel_va pel_slab_member(const pel_slab *slab, pel_va at, pel_member member);

/** Write a number into a member of the structure at `at`; nothing when this Windows has none.
 *  STATUS_INVALID_PARAMETER when it does not fit, unless it is UINT64_MAX, which is -1 in any
 *  width. */
void pel_slab_put(pel_slab *slab, pel_va at, pel_member member, uint64_t value);

/** Write a native word, and read one. */
void pel_slab_put_word(pel_slab *slab, pel_va at, uint64_t value);
uint64_t pel_slab_word(const pel_slab *slab, pel_va at);

/** Write `text` as UTF-16 at `at`, without a zero, as far as `room` bytes go. */
void pel_slab_put_utf16(pel_slab *slab, pel_va at, uint64_t room, pel_str text);

/** The same in a buffer taken for `text` and a zero. */
pel_va pel_slab_text(pel_slab *slab, pel_str text);

/** A UNICODE_STRING of `length` bytes. STATUS_NAME_TOO_LONG when it cannot tell them with a zero
 *  behind. */
void pel_slab_put_string(pel_slab *slab, pel_va at, pel_member member, pel_va buffer,
                         uint64_t length, uint64_t room);

/** A UNICODE_STRING that is `text`, in a buffer taken for it, which is returned. */
pel_va pel_slab_string(pel_slab *slab, pel_va at, pel_member member, pel_str text);

/* ---- lists ------------------------------------------------------------- */

/** A circular list in the making. */
typedef struct pel_ring {
    pel_va head, last;
} pel_ring;

/** An empty list: its head leads to itself. */
pel_ring pel_ring_start(pel_slab *slab, pel_va head);

/** Put `node` at its end. */
void pel_ring_add(pel_slab *slab, pel_ring *ring, pel_va node);

#endif
