/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of pages of an image that are alike: its segments. */
#include "load/load_priv.h"

static pel_status add_segment(pel_segment_list *list, const pel_segment *segment, uint32_t owner)
{
    pel_segment *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    list->pages += segment->page_count;
    if (last && list->owner == owner && last->protect == segment->protect &&
        last->zero == segment->zero) {
        last->page_count += segment->page_count;
        return PEL_OK;
    }
    pel_segment *grown =
        pel_grow(&list->allocator, list->items, &list->capacity, list->count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    list->items = grown;
    list->owner = owner;
    list->items[list->count++] = *segment;
    return PEL_OK;
}

#define NO_OWNER                                                                                   \
    (PEL_NO_INDEX - 1) /* padding: unlike the headers, whose section is PEL_NO_INDEX               \
                        */

static pel_status add_padding(pel_segment_list *list, uint64_t pages, pel_padding_policy policy)
{
    pel_segment padding = { .page_count = pages, .zero = true };
    uint32_t owner = NO_OWNER;
    if (policy == PEL_PADDING_SECTION && list->count > 0 && list->owner != NO_OWNER) {
        const pel_segment *last = &list->items[list->count - 1];
        padding.protect = last->protect;
        padding.shared = last->shared;
        owner = list->owner;
    } else if (policy == PEL_PADDING_WINE) {
        padding.protect = PEL_PAGE_EXECUTE_WRITECOPY;
    }
    return add_segment(list, &padding, owner);
}

/* Whether the file has no byte for the rest of the page that `at` is in: a section that begins
 * there may have one. */
static bool zero_to_page_end(const pel_image *img, uint64_t at)
{
    uint64_t end = pel_round_up(at, PEL_PAGE_SIZE);
    while (at < end) {
        pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)at });
        if (a.has_offset)
            return false;
        at += a.run;
    }
    return true;
}

/* One run of the layout. A page belongs to the first run that reaches into it, which matters
 * only where an image is laid out that Windows refuses. */
static pel_status add_run(pel_segment_list *list, const pel_image *img, pel_rva at,
                          const pel_rva_answer *a, uint64_t end, pel_padding_policy padding)
{
    uint64_t last_page = pel_round_up(end, PEL_PAGE_SIZE) / PEL_PAGE_SIZE;
    if (a->where == PEL_WHERE_GAP || last_page <= list->pages)
        return PEL_OK;
    uint64_t first_page = at.v / PEL_PAGE_SIZE;
    if (first_page > list->pages)
        PEL_TRY(add_padding(list, first_page - list->pages, padding));
    /* What the file has no bytes for takes no disk to bring in. */
    pel_segment run = { .page_count = last_page - list->pages,
                        .protect = PEL_PAGE_READONLY,
                        .zero = a->where == PEL_WHERE_ZERO_FILL && zero_to_page_end(img, end) };
    if (a->section != PEL_NO_INDEX)
        run.protect =
            pel_section_protect(pel_image_section(img, a->section)->header.flags, &run.shared);
    return add_segment(list, &run, a->section);
}

/* Behind the last section: its alignment padding, then the tail, which belongs to no section
 * even where padding does. */
static pel_status add_tail(pel_segment_list *list, const pel_image *img, uint64_t pages,
                           pel_padding_policy padding)
{
    uint64_t alignment = pel_image_optional_header(img)->section_alignment / PEL_PAGE_SIZE;
    if (padding == PEL_PADDING_SECTION && pel_is_power_of_two(alignment)) {
        uint64_t padded = pel_round_up(list->pages, alignment);
        padded = padded < pages ? padded : pages;
        if (list->pages < padded)
            PEL_TRY(add_padding(list, padded - list->pages, padding));
        padding = PEL_PADDING_RESERVED;
    }
    return list->pages < pages ? add_padding(list, pages - list->pages, padding) : PEL_OK;
}

pel_status pel_segments_of(pel_segment_list *list, const pel_image *img, pel_padding_policy padding)
{
    list->owner = NO_OWNER;
    uint64_t view = pel_image_view_size(img);
    if (pel_image_is_flat(img))
        return add_segment(list,
                           &(pel_segment){ .page_count = view / PEL_PAGE_SIZE,
                                           .protect = PEL_PAGE_EXECUTE_WRITECOPY },
                           PEL_NO_INDEX);
    for (uint64_t at = 0; at < view;) {
        pel_rva rva = { (uint32_t)at };
        pel_rva_answer a = pel_image_at_rva(img, rva);
        uint64_t end = at + a.run < view ? at + a.run : view;
        PEL_TRY(add_run(list, img, rva, &a, end, padding));
        at = end;
    }
    return add_tail(list, img, view / PEL_PAGE_SIZE, padding);
}

/* ---- pages with relocations -------------------------------------------- */

static bool is_marked(const uint64_t *bitmap, uint64_t page)
{
    return bitmap[page / 64] >> (page % 64) & 1;
}

/* Cut one segment where the marks of its pages, from `first` on, change. */
static pel_status cut(pel_segment_list *list, const pel_segment *segment, uint64_t first,
                      const uint64_t *bitmap, bool apart)
{
    bool may_differ = segment->protect != 0 && (segment->zero || (apart && !segment->shared));
    for (uint64_t at = 0; at < segment->page_count;) {
        bool marked = may_differ && is_marked(bitmap, first + at);
        uint64_t end = at + 1;
        while (end < segment->page_count &&
               marked == (may_differ && is_marked(bitmap, first + end)))
            end++;
        pel_segment *grown = pel_grow(&list->allocator, list->items, &list->capacity,
                                      list->count + 1, sizeof *grown);
        if (!grown)
            return PEL_NO_MEMORY;
        list->items = grown;
        pel_segment part = *segment;
        part.page_count = end - at;
        part.own = marked && apart && !segment->shared;
        part.zero = segment->zero && !marked;
        list->items[list->count++] = part;
        at = end;
    }
    return PEL_OK;
}

pel_status pel_segments_relocate(pel_segment_list *list, const pel_reloc_index *relocs, bool apart)
{
    pel_segment_list old = *list;
    size_t size = (size_t)(list->pages / 64 + 1) * sizeof(uint64_t);
    uint64_t *bitmap = pel_take(&list->allocator, size);
    if (!bitmap)
        return PEL_NO_MEMORY;
    pel_reloc_index_mark(relocs, bitmap, list->pages);
    *list = (pel_segment_list){ .allocator = old.allocator, .pages = old.pages };
    pel_status st = PEL_OK;
    uint64_t first = 0;
    for (size_t i = 0; i < old.count && st == PEL_OK; i++) {
        st = cut(list, &old.items[i], first, bitmap, apart);
        first += old.items[i].page_count;
    }
    pel_give(&old.allocator, bitmap, size);
    pel_segments_release(&old);
    return st;
}

void pel_segments_release(pel_segment_list *list)
{
    pel_give(&list->allocator, list->items, list->capacity * sizeof *list->items);
}
