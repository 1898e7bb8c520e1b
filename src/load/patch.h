/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_PATCH_H
#define PEL_LOAD_PATCH_H

/* What a relocation of each type does to the bytes at its place. */

#include <pelorus/loader.h>

/* Whether the entry behind a relocation is no relocation, but 16 bits more of it. */
typedef enum pel_parameter {
    PEL_PARAMETER_NONE,
    PEL_PARAMETER_SIGNED,
    PEL_PARAMETER_UNSIGNED,
} pel_parameter;

/* One type, on one machine and one Windows. */
typedef struct pel_patch {
    bool known;    /* false: Windows refuses the image */
    uint8_t width; /* bytes at the place that are read and written; 0: nothing is done */
    uint8_t align; /* the place is rounded down to a multiple of it */
    pel_parameter parameter;
    void (*apply)(uint8_t *at, uint64_t delta);
} pel_patch;

/* All types that an entry can have. */
typedef struct pel_patches {
    pel_patch types[16];
} pel_patches;

/** What the types mean for `machine` (PEL_MACHINE_*). Source: docs/loading.md, "Base relocations".
 */
pel_patches pel_patches_of(uint16_t machine, pel_windows windows);

/* What the entries of a block have in common, found in one pass. */
typedef struct pel_block_facts {
    size_t refused; /* the first entry that Windows refuses; `count` when there is none */
    size_t count;   /* of the entries */
    bool crosses;   /* an entry may reach over the end of a page */
    bool cut;       /* the refused one is known, and wants a parameter that is not there */
    bool idle;      /* nothing is patched */
} pel_block_facts;

/** Look at the entries of a block. */
pel_block_facts pel_block_look(const pel_patches *patches, const pel_reloc_block *block);

/* Bytes that stand for RVAs from `rva` on. */
typedef struct pel_patched {
    uint8_t *bytes;
    uint64_t rva, size;
} pel_patched;

/** Do what the entries of a block say, in their order, as far as they lie wholly in `to`. The block
 *  was looked at, and nothing is refused; `crosses` is what was seen. */
void pel_block_apply(const pel_patches *patches, const pel_reloc_block *block, bool crosses,
                     uint64_t delta, const pel_patched *to);

/* One bit for each byte of a page: set where a patch has this byte and the one behind it. */
#define PEL_JOINS (PEL_PAGE_SIZE / 64)

/** Set the bits of the page at `rva`, as far as the entries of a block join its bytes. */
void pel_block_join(const pel_patches *patches, const pel_reloc_block *block, uint64_t rva,
                    uint64_t joins[PEL_JOINS]);

#endif
