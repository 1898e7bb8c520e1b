/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_PRIV_H
#define PEL_LOAD_PRIV_H

#include <pelorus/loader.h>

#include "base/alloc.h"
#include "base/random.h"
#include "load/patch.h"

/** `options`, or the defaults when it is NULL. */
const pel_load_options *pel_load_options_or_default(const pel_load_options *options);

/** The verdict for breaking `rule` at `where`. */
pel_verdict pel_verdict_of(pel_rule rule, pel_place where, uint64_t found, uint64_t limit);

/** A verdict about a field of the optional header. */
pel_verdict pel_verdict_optional(const pel_image *img, pel_rule rule, const char *field,
                                 uint64_t found, uint64_t limit);

/** A verdict about the relocation directory. */
pel_verdict pel_verdict_relocs(const pel_image *img, pel_rule rule, const char *field,
                               uint64_t found, uint64_t limit);

/** True when the kernel moves the image itself: DYNAMIC_BASE and relocations that can be used,
 *  since Vista. Then the move is no news (STATUS_SUCCESS) and ImageBase in the header is
 *  rewritten. */
bool pel_image_moves_in_kernel(const pel_image *img, pel_windows windows);

/** True when relocations are applied if the image is not at its ImageBase. */
bool pel_image_can_relocate(const pel_image *img, pel_windows windows);

/** What ImageContainsCode tells of an image that has an optional header. */
bool pel_image_contains_code(const pel_image *img, const pel_load_options *options);

/** True when the image has relocations and was not stripped of them. */
bool pel_image_has_relocs(const pel_image *img);

/** PAGE_* for section flags; `*shared` for writable sections that processes share. */
uint32_t pel_section_protect(uint32_t flags, bool *shared);

/* ---- the end of addresses ----------------------------------------------- */

typedef struct pel_user_bounds {
    pel_va all;    /* the last address that there is */
    pel_va chosen; /* the last one of what the system places by itself */
} pel_user_bounds;

/** The addresses of a process that is made of `img`. `windows_32`: on a 32-bit Windows. */
pel_user_bounds pel_user_bounds_of(const pel_image *img, const pel_load_options *options,
                                   bool windows_32);

/** The last address of programs that know large ones, on a 64-bit Windows. */
pel_va pel_user_highest(bool wide, pel_windows windows);

/* ---- stacks and heaps -------------------------------------------------- */

/** Reserve `size` bytes of private memory, PAGE_READWRITE, at the lowest place that ends at or
 * below `highest` (0: anywhere). Out: the base. */
pel_ntstatus pel_reserve_below(pel_space *space, pel_va highest, uint64_t size, pel_va *base);

/** Commit [at, at + size), if that is anything. */
pel_ntstatus pel_commit_at(pel_space *space, uint64_t at, uint64_t size, uint32_t protect);

/** Release what pel_reserve_below reserved. */
void pel_release_all(pel_space *space, pel_va base);

/* ---- relocations ------------------------------------------------------- */

/* One block, found again by page. Small, for a hostile table is all blocks of one entry. */
typedef struct reloc_ref {
    uint32_t page;        /* VirtualAddress */
    uint32_t at;          /* its entries in the table; blocks apply in this order */
    uint32_t count : 31;  /* how many: two bytes each, in the 4 GiB of an image */
    uint32_t crosses : 1; /* an entry may reach into the next page */
} reloc_ref;

/* All blocks of an image, sorted by page. */
typedef struct pel_reloc_index {
    pel_allocator allocator;
    pel_span table; /* the directory, as pel_reloc_iter has it; or: */
    uint8_t *own;   /* each entry as it was when its turn came, where the table relocates itself */
    reloc_ref *refs;
    size_t count, capacity;
    uint64_t delta;
    pel_patches patches;
} pel_reloc_index;

/** Read the relocations of `img` for a move by `delta`, and check them as Windows does. On
 *  refusal `*why` tells the rule. */
pel_ntstatus pel_reloc_index_build(pel_reloc_index *index, const pel_allocator *allocator,
                                   const pel_image *img, pel_windows windows, uint64_t delta,
                                   pel_verdict *why);

void pel_reloc_index_release(pel_reloc_index *index);

/** True when a relocation reaches over an edge of page number `page`. */
bool pel_reloc_index_crosses(const pel_reloc_index *index, uint64_t page);

/** The first page from `page` on that a relocation may patch; UINT64_MAX when there is none. */
uint64_t pel_reloc_index_next(const pel_reloc_index *index, uint64_t page);

/** Which bytes of page number `page` patches join to the byte behind them. */
void pel_reloc_index_joins(const pel_reloc_index *index, uint64_t page, uint64_t joins[PEL_JOINS]);

/** Apply what lies wholly inside the `size` bytes that stand for RVAs from `rva` on, in the order
 * of the directory. PEL_NO_MEMORY when there is none for sorting out-of-order blocks. */
pel_status pel_reloc_index_apply(const pel_reloc_index *index, uint64_t rva, uint8_t *bytes,
                                 size_t size);

/** Set the bit of each of the first `pages` pages that a relocation may patch. */
void pel_reloc_index_mark(const pel_reloc_index *index, uint64_t *bitmap, uint64_t pages);

/* ---- image sections ---------------------------------------------------- */

/** Runs of pages that are alike. */
typedef struct pel_segment_list {
    pel_allocator allocator;
    pel_segment *items;
    size_t count, capacity;
    uint64_t pages;
    uint32_t owner; /* section of the last item, while they are made */
} pel_segment_list;

/** Append the segments of `img`: headers, sections, padding. */
pel_status pel_segments_of(pel_segment_list *list, const pel_image *img,
                           pel_padding_policy padding);

/** Cut segments so that pages with relocations are not `zero`, and when they are set `apart` also
 *  `own`, unless they are shared. */
pel_status pel_segments_relocate(pel_segment_list *list, const pel_reloc_index *relocs, bool apart);

void pel_segments_release(pel_segment_list *list);

/** An image section to make. */
typedef struct pel_section_plan {
    pel_va base;
    uint8_t boot; /* not 0: the kernel drew the base, for all processes of this boot */
    pel_windows windows;
    pel_padding_policy padding;
    bool rewrite_header;
    bool stays;        /* never relocated */
    bool hypothetical; /* without relocations where they cannot be applied */
    bool relocates;    /* out: pages are relocated while they are filled */
} pel_section_plan;

/** What the variant of an image's section object tells of its plan. */
pel_va pel_variant_base(uint64_t variant);
uint8_t pel_variant_boot(uint64_t variant);

/** What `options` make of an image at `base`. */
pel_section_plan pel_section_plan_of(const pel_image *image, const pel_load_options *options,
                                     pel_va base);

/** pel_image_section_new with its choices made, telling also why it refuses, or would refuse were
 *  it not for a hypothesis. A verdict that is there before stands. */
pel_ntstatus pel_image_section_make(pel_machine *machine, const pel_image *image,
                                    pel_section_plan *plan, pel_section_object **out,
                                    pel_verdict *why);

/** pel_image_map, telling also why it refuses. Addresses above `highest` are not chosen. */
pel_ntstatus pel_image_place_and_map(pel_space *space, const pel_image *image, pel_va highest,
                                     const pel_load_options *options, pel_module *out,
                                     pel_verdict *why);

#endif
