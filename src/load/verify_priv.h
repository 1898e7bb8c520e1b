/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_VERIFY_PRIV_H
#define PEL_LOAD_VERIFY_PRIV_H

/* The inside of a comparison, and its steps in their order:
 *
 *   base --> expected pages --> slots --> symbols --> pages, one by one --> relocations counted */

#include <pelorus/directories.h>
#include <pelorus/loader.h>
#include <pelorus/symbols.h>
#include <pelorus/verify.h>

#include "base/alloc.h"
#include "base/reader.h"

/* What the loader writes to a slot. */
typedef enum verify_slot_kind {
    SLOT_HEADER, /* ImageBase */
    SLOT_IAT,
    SLOT_COOKIE,
    SLOT_TLS_INDEX,
    SLOT_GUARD,
    SLOT_KINDS,
} verify_slot_kind;

/* A word that the loader may change. */
typedef struct verify_slot {
    uint32_t rva;
    uint8_t width;
    uint8_t kind;
} verify_slot;

/* Pages as they should be: the image's section at a base, one page of it in hand. */
typedef struct verify_pages {
    pel_section_object *section;
    uint64_t at; /* RVA of the page in `bytes`; UINT64_MAX: none */
    uint8_t bytes[PEL_PAGE_SIZE];
} verify_pages;

/* The difference that the next byte may still belong to. */
typedef struct verify_open {
    bool is_open;
    bool is_block; /* whole pages */
    uint64_t start, end;
    uint64_t differ;
    uint32_t section;
    pel_verify_kind kind;                /* of a block */
    double entropy_file, entropy_memory; /* of a block, weighed by bytes */
} verify_open;

struct pel_verify {
    pel_allocator allocator;
    const pel_image *image;
    const pel_memory_dump *dump;
    pel_verify_summary sum;
    size_t limit;
    pel_va origin; /* where RVA 0 is in the dump: the base, or 0 in a raw one */
    unsigned word; /* bytes of an address */

    pel_machine *machine;
    verify_pages expected, linked; /* at the base, and as the file was linked */

    verify_slot *slots; /* by RVA */
    size_t slot_count, slot_capacity, slot_next;
    pel_symbols *symbols;

    verify_open open;
    pel_difference *differences;
    size_t difference_count, difference_capacity;
    pel_changed_data *changed;
    size_t changed_count, changed_capacity;
    pel_missing_pages *missing;
    size_t missing_count, missing_capacity;
};

/* ---- the steps --------------------------------------------------------- */

/** Find the module in the dump and its base. PEL_NOT_FOUND. */
pel_status pel_verify_find_base(pel_verify *v, const pel_verify_options *options);

/** List the words that the loader writes, sorted. */
pel_status pel_verify_list_slots(pel_verify *v);

/** Compare every page, and note what differs. */
pel_status pel_verify_compare(pel_verify *v);

/* ---- for the steps ----------------------------------------------------- */

/** The image's memory at `rva`: the word of `width` bytes there. False when it is not in the dump.
 */
bool pel_verify_word(const pel_verify *v, uint64_t rva, unsigned width, uint64_t *out);

/** How many of the first relocations that the dump has moved by `base` - ImageBase; `*tried` of
 *  them were looked at. */
uint64_t pel_verify_count_relocated(const pel_verify *v, pel_va base, uint64_t most,
                                    uint64_t *tried);

/** Copy at most `size` bytes from `rva` on as they should be; how many there are. */
pel_status pel_verify_expected(verify_pages *pages, uint64_t rva, uint8_t *out, size_t size);

/** Is what memory has in the slot as the loader may have made it? */
bool pel_verify_slot_is_fine(const pel_verify *v, const verify_slot *slot, uint64_t value);

/** Where the code at `va` leads if it begins with a jump, a call, or a push and return. `*size` is
 *  how long that is. False when it does not, or memory lacks it. */
bool pel_verify_jump(const pel_verify *v, pel_va va, pel_va *target, unsigned *size);

/** Judge the open difference, and keep it. */
pel_status pel_verify_close(pel_verify *v);

/** Keep a difference of one word, a slot. */
pel_status pel_verify_keep_slot(pel_verify *v, const verify_slot *slot, uint64_t value);

#endif
