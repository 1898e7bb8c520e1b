/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are relocated as they are filled, and come out as if all had been relocated at once, in the
 * order of the directory. What lies across the end of a page makes that hard:
 *
 *        page 3           page 4           page 5
 *   |------------[==|==]-----------[==|==]-------------|
 *                 patch                patch
 *
 * Page 4 needs the bytes of the patches that reach into it, and so the end of page 3 and the start
 * of page 5. What else is patched there does not matter, unless patches overlap one another all
 * through page 3: then its first bytes decide, by carries, what is in page 4, and the page before
 * it is needed, too. */
#include "load/contents.h"

#include <string.h>

#include "schema/decode.h"

/* ---- from the file ----------------------------------------------------- */

/* The pages as the file has them. Those in no section are zero. */
static void read_pages(const pel_image *img, uint64_t first, uint64_t count, uint8_t *bytes)
{
    uint64_t at = first * PEL_PAGE_SIZE, end = at + count * PEL_PAGE_SIZE;
    while (at < end && at <= UINT32_MAX) {
        pel_rva rva = { (uint32_t)at };
        pel_rva_answer a = pel_image_at_rva(img, rva);
        uint64_t run = a.run < end - at ? a.run : end - at;
        if (a.has_offset)
            pel_image_read(img, rva, bytes, (size_t)run);
        else
            memset(bytes, 0, (size_t)run);
        bytes += run;
        at += run;
    }
}

/* ---- relocations over the ends of pages -------------------------------- */

static bool joined_through(const uint64_t *joins)
{
    for (unsigned i = 0; i < PEL_JOINS - 1; i++)
        if (joins[i] != UINT64_MAX)
            return false;
    return (joins[PEL_JOINS - 1] | UINT64_C(1) << 63) == UINT64_MAX;
}

static bool joined_to_next(const uint64_t *joins) { return joins[PEL_JOINS - 1] >> 63; }

/* The pages that decide what is in `page`: [*first, *end). */
static void find_chain(const pel_contents *c, uint64_t page, uint64_t *first, uint64_t *end)
{
    uint64_t joins[PEL_JOINS], last = pel_image_view_size(c->img) / PEL_PAGE_SIZE - 1;
    *first = *end = page;
    for (bool through = true; through && *first > 0; *first -= 1) {
        pel_reloc_index_joins(&c->relocs, *first - 1, joins);
        if (!joined_to_next(joins))
            break;
        through = joined_through(joins);
    }
    for (bool through = true; through && *end < last; *end += 1) {
        pel_reloc_index_joins(&c->relocs, *end, joins);
        if (!joined_to_next(joins))
            break;
        pel_reloc_index_joins(&c->relocs, *end + 1, joins);
        through = joined_through(joins);
    }
    *end += 1;
}

static void drop_chain(pel_contents *c)
{
    size_t pages = (size_t)(c->chain.end - c->chain.first);
    pel_give(&c->allocator, c->chain.bytes, pages * PEL_PAGE_SIZE);
    c->chain.bytes = NULL;
    c->chain.first = c->chain.end = c->chain.good_first = c->chain.good_end = 0;
}

/* Relocate the chain of `page`. The pages at its ends may hang on others that are not in it. */
static pel_status make_chain(pel_contents *c, uint64_t page)
{
    drop_chain(c);
    find_chain(c, page, &c->chain.first, &c->chain.end);
    size_t size = (size_t)(c->chain.end - c->chain.first) * PEL_PAGE_SIZE;
    c->chain.bytes = pel_take(&c->allocator, size);
    c->chain.good_first = c->chain.first + (c->chain.first < page);
    c->chain.good_end = c->chain.end - (c->chain.end > page + 1);
    if (!c->chain.bytes)
        return PEL_NO_MEMORY;
    read_pages(c->img, c->chain.first, c->chain.end - c->chain.first, c->chain.bytes);
    return pel_reloc_index_apply(&c->relocs, c->chain.first * PEL_PAGE_SIZE, c->chain.bytes, size);
}

/* A chain of several is kept: whoever wants one of them is likely to want the others, and each
 * would cost as much as all. */
static pel_status chained_page(pel_contents *c, uint64_t page, uint8_t *bytes)
{
    pel_status st = PEL_OK;
    if (!c->chain.bytes || page < c->chain.good_first || page >= c->chain.good_end)
        st = make_chain(c, page);
    if (st == PEL_OK)
        memcpy(bytes, c->chain.bytes + (size_t)(page - c->chain.first) * PEL_PAGE_SIZE,
               PEL_PAGE_SIZE);
    if (st != PEL_OK || c->chain.good_end - c->chain.good_first == 1)
        drop_chain(c);
    return st;
}

/* ---- ImageBase --------------------------------------------------------- */

/* Where the header bytes are mapped, RVA and file offset are the same. */
static void set_base_field(pel_contents *c, pel_va base)
{
    const pel_schema *schema = &pel_optional_header_schema;
    c->base_width =
        pel_field_wire(pel_schema_field(schema, "ImageBase"), pel_image_is_wide(c->img));
    c->base_field = pel_image_place(c->img, schema, 0, "ImageBase").offset.v;
    pel_store_uint(c->base_bytes, c->base_width, base.v);
    pel_rva at = { (uint32_t)c->base_field };
    c->rewrite_header =
        c->base_field <= UINT32_MAX && pel_image_at_rva(c->img, at).where != PEL_WHERE_UNMAPPED;
}

/* The part of ImageBase that lies in `size` bytes from RVA `rva` on. */
static void rewrite_header(const pel_contents *c, uint64_t rva, uint8_t *bytes, uint64_t size)
{
    for (unsigned i = 0; i < c->base_width && c->rewrite_header; i++)
        if (c->base_field + i >= rva && c->base_field + i - rva < size)
            bytes[c->base_field + i - rva] = c->base_bytes[i];
}

/* ---- the whole --------------------------------------------------------- */

pel_ntstatus pel_contents_prepare(pel_contents *contents, const pel_allocator *allocator,
                                  const pel_image *image, pel_section_plan *plan, pel_verdict *why)
{
    *contents = (pel_contents){ .allocator = *allocator, .img = image };
    uint64_t delta = plan->base.v - pel_image_optional_header(image)->image_base.v;
    plan->relocates = false;
    if (delta != 0 && plan->rewrite_header)
        set_base_field(contents, plan->base);
    if (delta == 0 || plan->stays || !pel_image_can_relocate(image, plan->windows))
        return PEL_STATUS_SUCCESS;
    pel_verdict broken = { .rule = PEL_RULE_NONE };
    pel_ntstatus nt =
        pel_reloc_index_build(&contents->relocs, allocator, image, plan->windows, delta, &broken);
    plan->relocates = contents->relocate = pel_nt_success(nt);
    if (broken.rule == PEL_RULE_NONE)
        return nt;
    /* As a hypothesis, an image that cannot be relocated is left as it is. */
    if (!plan->hypothetical || why->rule == PEL_RULE_NONE)
        *why = broken;
    return plan->hypothetical ? (pel_ntstatus)PEL_STATUS_SUCCESS : nt;
}

void pel_contents_release(pel_contents *contents)
{
    drop_chain(contents);
    if (contents->relocate)
        pel_reloc_index_release(&contents->relocs);
}

pel_status pel_contents_page(pel_contents *contents, uint64_t page, uint8_t *bytes)
{
    pel_status st = PEL_OK;
    uint64_t rva = page * PEL_PAGE_SIZE;
    if (contents->relocate && pel_reloc_index_crosses(&contents->relocs, page)) {
        st = chained_page(contents, page, bytes);
    } else {
        read_pages(contents->img, page, 1, bytes);
        if (contents->relocate)
            st = pel_reloc_index_apply(&contents->relocs, rva, bytes, PEL_PAGE_SIZE);
    }
    rewrite_header(contents, rva, bytes, PEL_PAGE_SIZE);
    return st;
}

/* So many pages at a time where there are relocations, for what was just copied is still near;
 * more where one of them reaches over their end. */
#define PAGES_AT_ONCE 16

/* The end of the pages from `first` on that are done together; `*patch` when they are patched. */
static uint64_t end_of_batch(const pel_contents *c, uint64_t first, uint64_t count, bool *patch)
{
    uint64_t next = c->relocate ? pel_reloc_index_next(&c->relocs, first) : count;
    *patch = next == first;
    if (!*patch)
        return next < count ? next : count;
    uint64_t end = first + PAGES_AT_ONCE < count ? first + PAGES_AT_ONCE : count;
    while (end < count && pel_reloc_index_crosses(&c->relocs, end - 1))
        end++;
    return end;
}

pel_status pel_contents_all(const pel_contents *contents, uint8_t *bytes)
{
    uint64_t count = pel_image_view_size(contents->img) / PEL_PAGE_SIZE, end;
    for (uint64_t first = 0; first < count; first = end) {
        bool patch;
        uint8_t *to = bytes + first * PEL_PAGE_SIZE;
        end = end_of_batch(contents, first, count, &patch);
        read_pages(contents->img, first, end - first, to);
        if (patch)
            PEL_TRY(pel_reloc_index_apply(&contents->relocs, first * PEL_PAGE_SIZE, to,
                                          (size_t)(end - first) * PEL_PAGE_SIZE));
    }
    rewrite_header(contents, 0, bytes, count * PEL_PAGE_SIZE);
    return PEL_OK;
}

pel_ntstatus pel_image_layout(const pel_image *image, pel_va base, const pel_load_options *options,
                              void *buffer, uint64_t size)
{
    if (!image || !buffer || size == 0 || size != pel_image_view_size(image))
        return PEL_STATUS_INVALID_PARAMETER;
    if (!pel_image_optional_header(image)) /* a TE image */
        return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    const pel_allocator allocator = pel_allocator_or_default(NULL);
    pel_section_plan plan = pel_section_plan_of(image, pel_load_options_or_default(options), base);
    pel_verdict why = pel_rule_verdict(PEL_RULE_NONE);
    pel_contents contents;
    pel_ntstatus nt = pel_contents_prepare(&contents, &allocator, image, &plan, &why);
    if (pel_nt_success(nt) && pel_contents_all(&contents, buffer) != PEL_OK)
        nt = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    pel_contents_release(&contents);
    return nt;
}
