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

typedef struct symbol_entry {
    uint32_t rva;
    uint32_t index;
    symbol_rank rank;
} symbol_entry;

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
