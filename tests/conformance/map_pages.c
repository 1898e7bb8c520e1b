/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of pages of an image. */
#include "map_record.h"

#include <stdlib.h>

bool pages_new(page_set *set, uint64_t size)
{
    set->count = pel_round_up(size, PEL_PAGE_SIZE) / PEL_PAGE_SIZE;
    set->marks = calloc(set->count ? set->count : 1, sizeof *set->marks);
    return set->marks != NULL;
}

void pages_free(page_set *set) { free(set->marks); }

void pages_add(page_set *set, uint64_t rva, uint64_t size, page_mark mark)
{
    for (uint64_t page = rva / PEL_PAGE_SIZE;
         page < set->count && page * PEL_PAGE_SIZE < rva + size; page++)
        set->marks[page] |= (unsigned char)mark;
}

void pages_add_relocations(page_set *set, const pel_image *image)
{
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        for (size_t i = 0; i < pel_reloc_count(&block); i++) {
            pel_reloc r = pel_reloc_entry(&block, i);
            if (r.type != PEL_REL_ABSOLUTE)
                pages_add(set, r.rva.v, r.type == PEL_REL_DIR64 ? 8 : 4, PAGE_WRITTEN);
        }
}

/* The recorded loader makes sections writable to relocate them, SizeOfRawData bytes of each, and
 * gives all of these pages the protection of the first. */
void pages_add_padding(page_set *set, const pel_image *image)
{
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section_header *h = &pel_image_section(image, i)->header;
        pel_extent e = pel_image_extent(image, i);
        uint64_t end = pel_round_up(e.start.v + e.size, PEL_PAGE_SIZE);
        uint64_t raw_end = (uint64_t)h->virtual_address.v + h->raw_size;
        if (raw_end > end)
            pages_add(set, end, raw_end - end, PAGE_PADDING);
    }
}

bool pages_have(const page_set *set, uint64_t rva, page_mark mark)
{
    return rva / PEL_PAGE_SIZE < set->count && (set->marks[rva / PEL_PAGE_SIZE] & mark);
}
