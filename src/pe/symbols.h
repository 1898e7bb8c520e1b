/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_SYMBOLS_H
#define PEL_PE_SYMBOLS_H

/* The inside of pel_symbols: symbols.c makes it, symbol_names.c asks it. */

#include <pelorus/symbols.h>

#include "base/alloc.h"

/* Of names at one address the lower rank is told. */
typedef enum symbol_rank {
    RANK_EXPORT,  /* `index` in the table of names */
    RANK_COFF,    /* `index` in the symbol table */
    RANK_ORDINAL, /* `index` in the table of functions */
} symbol_rank;

/* One number, because sorting is most of the work: the RVA, and below it what puts the best of
 * several at one address last, where the search finds it. No table has 2^30 entries. */
typedef struct symbol_entry {
    uint64_t key;
} symbol_entry;

#define INDEX_BITS 30
#define INDEX_MASK (((uint64_t)1 << INDEX_BITS) - 1)

static inline symbol_entry symbol_entry_of(uint32_t rva, symbol_rank rank, uint32_t index)
{
    uint64_t last = RANK_ORDINAL - (uint64_t)rank;
    return (symbol_entry){ (uint64_t)rva << 32 | last << INDEX_BITS | (~index & INDEX_MASK) };
}

static inline uint32_t symbol_rva(symbol_entry e) { return (uint32_t)(e.key >> 32); }
static inline uint32_t symbol_index(symbol_entry e) { return (uint32_t)(~e.key & INDEX_MASK); }

static inline symbol_rank symbol_rank_of(symbol_entry e)
{
    return (symbol_rank)(RANK_ORDINAL - (e.key >> INDEX_BITS & 3));
}

typedef struct symbol_slot {
    uint32_t rva;    /* of the slot */
    uint32_t lookup; /* RVA of its word of the lookup table */
    uint32_t module;
} symbol_slot;

typedef struct symbol_module {
    pel_str name;
    bool by_va; /* as in pel_thunk_iter */
} symbol_module;

struct pel_symbols {
    pel_allocator allocator;
    const pel_image *image;
    bool has_exports;
    pel_exports exports;
    symbol_entry *names; /* by RVA */
    size_t name_count, name_capacity;
    symbol_slot *slots; /* by RVA */
    size_t slot_count, slot_capacity;
    symbol_module *modules;
    size_t module_count, module_capacity;
};

#endif
