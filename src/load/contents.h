/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_CONTENTS_H
#define PEL_LOAD_CONTENTS_H

/* The bytes of an image as they lie in memory at one base: from the file, relocated, ImageBase in
 * the header rewritten. By page, or all at once. */

#include "load/load_priv.h"

typedef struct pel_contents {
    pel_allocator allocator;
    const pel_image *img;
    bool relocate;
    pel_reloc_index relocs;
    bool rewrite_header;
    uint64_t base_field; /* RVA of ImageBase in the mapped header */
    uint8_t base_bytes[8];
    unsigned base_width;
    struct {
        uint8_t *bytes; /* pages that hang together by their relocations; NULL: none are kept */
        uint64_t first, end;
        uint64_t good_first, good_end; /* those of which all is known that decides them */
    } chain;
} pel_contents;

/** Get ready for `plan`, whose `relocates` is set. On refusal `*why` tells the rule; a verdict that
 *  is there before stands where it is only a hypothesis. Release in any case. */
pel_ntstatus pel_contents_prepare(pel_contents *contents, const pel_allocator *allocator,
                                  const pel_image *image, pel_section_plan *plan, pel_verdict *why);

void pel_contents_release(pel_contents *contents);

/** Write page number `page` to `bytes`, which are zero before. */
pel_status pel_contents_page(pel_contents *contents, uint64_t page, uint8_t *bytes);

/** Write all pages of the view. */
pel_status pel_contents_all(const pel_contents *contents, uint8_t *bytes);

#endif
