/* SPDX-License-Identifier: Apache-2.0 */
/* The image as a section object: a pager that fills a page from the file, relocates it, and
 * rewrites ImageBase in the header. Nothing of the image is read before a page of it is
 * touched. All views of one image at one base share one section object. */
#include <string.h>

#include "load/load_priv.h"
#include "schema/decode.h"

/* ---- filling a page ---------------------------------------------------- */

typedef struct image_pager {
    pel_allocator allocator;
    const pel_image *img;
    bool relocate;
    pel_reloc_index relocs;
    bool rewrite_header;
    uint64_t base_field; /* RVA of ImageBase in the mapped header */
    uint8_t base_bytes[8];
    unsigned base_width;
} image_pager;

/* The page as the file has it. Pages in no section are zero. */
static void read_page(const pel_image *img, uint64_t page, uint8_t *bytes)
{
    uint64_t at = page * PEL_PAGE_SIZE, end = at + PEL_PAGE_SIZE;
    while (at < end && at <= UINT32_MAX) {
        pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)at });
        uint64_t run = a.run < end - at ? a.run : end - at;
        if (a.has_offset)
            pel_image_read(img, (pel_rva){ (uint32_t)at }, bytes + (at % PEL_PAGE_SIZE),
                           (size_t)run);
        at += run;
    }
}

/* A relocation reaches over an edge of the page: relocate it together with its neighbours. */
static pel_status relocate_with_neighbours(const image_pager *p, uint64_t page, uint8_t *bytes)
{
    const size_t size = 3 * (size_t)PEL_PAGE_SIZE;
    uint64_t first = page > 0 ? page - 1 : 0;
    uint8_t *window = pel_take(&p->allocator, size);
    if (!window)
        return PEL_NO_MEMORY;
    for (unsigned i = 0; i < 3; i++)
        read_page(p->img, first + i, window + (size_t)i * PEL_PAGE_SIZE);
    pel_status st = pel_reloc_index_apply(&p->relocs, first * PEL_PAGE_SIZE, window, size);
    memcpy(bytes, window + (size_t)(page - first) * PEL_PAGE_SIZE, PEL_PAGE_SIZE);
    pel_give(&p->allocator, window, size);
    return st;
}

static void rewrite_header(const image_pager *p, uint64_t page, uint8_t *bytes)
{
    for (unsigned i = 0; i < p->base_width; i++) {
        uint64_t at = p->base_field + i;
        if (at / PEL_PAGE_SIZE == page)
            bytes[at % PEL_PAGE_SIZE] = p->base_bytes[i];
    }
}

static pel_status fill(void *ctx, uint64_t page, uint8_t *bytes)
{
    const image_pager *p = ctx;
    pel_status st = PEL_OK;
    if (p->relocate && pel_reloc_index_crosses(&p->relocs, page)) {
        st = relocate_with_neighbours(p, page, bytes);
    } else {
        read_page(p->img, page, bytes);
        if (p->relocate)
            st = pel_reloc_index_apply(&p->relocs, page * PEL_PAGE_SIZE, bytes, PEL_PAGE_SIZE);
    }
    if (p->rewrite_header)
        rewrite_header(p, page, bytes);
    return st;
}

static void close_pager(void *ctx)
{
    image_pager *p = ctx;
    pel_allocator allocator = p->allocator;
    if (p->relocate)
        pel_reloc_index_release(&p->relocs);
    pel_give(&allocator, p, sizeof *p);
}

/* Where the header bytes are mapped, RVA and file offset are the same. */
static void set_base_field(image_pager *p, pel_va base)
{
    const pel_schema *schema = &pel_optional_header_schema;
    p->base_width =
        pel_field_wire(pel_schema_field(schema, "ImageBase"), pel_image_is_wide(p->img));
    p->base_field = pel_image_place(p->img, schema, 0, "ImageBase").offset.v;
    pel_store_uint(p->base_bytes, p->base_width, base.v);
    pel_rva at = { (uint32_t)p->base_field };
    p->rewrite_header =
        p->base_field <= UINT32_MAX && pel_image_at_rva(p->img, at).where != PEL_WHERE_UNMAPPED;
}

/* ---- the section object ------------------------------------------------ */

static pel_ntstatus host_status(pel_status st)
{
    switch (st) {
    case PEL_OK: return PEL_STATUS_SUCCESS;
    case PEL_IO: return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO;
    case PEL_NO_MEMORY: return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    case PEL_BAD_ARG:
    case PEL_NOT_FOUND:
    case PEL_TRUNCATED:
    case PEL_MALFORMED:
    case PEL_LIMIT:
    case PEL_REFUSED: return (pel_ntstatus)PEL_STATUS_INVALID_PARAMETER;
    }
    return (pel_ntstatus)PEL_STATUS_INVALID_PARAMETER;
}

/* What tells section objects of one image from each other. Only of bases that Windows could choose,
 * where the low bits are free for the rest; others are not shared. */
static bool variant_of(const pel_section_plan *plan, uint64_t *out)
{
    *out = plan->base.v | (uint64_t)plan->padding << 4 | (uint64_t)plan->rewrite_header << 1 |
           (uint64_t)plan->hypothetical;
    return plan->base.v % PEL_GRANULARITY == 0;
}

/* Windows' kernel relocates an image once, for all: for the base that the first of them has.
 * Whoever has it elsewhere, and images that the kernel does not move, get pages patched by the
 * loader, in each process. */
static bool is_patched_by_loader(pel_machine *machine, const image_pager *p)
{
    if (!p->relocate || !pel_image_moves_in_kernel(p->img))
        return p->relocate;
    pel_section_object *first = pel_section_object_find(machine, p->img, PEL_ANY_VARIANT);
    pel_section_object_free(first);
    return first != NULL;
}

static pel_ntstatus new_object(pel_machine *machine, image_pager *p, const pel_section_plan *plan,
                               pel_section_object **out)
{
    uint64_t variant;
    pel_segment_list list = { .allocator = p->allocator };
    pel_section_options options = { .type = PEL_SECTION_IMAGE,
                                    .pager = { .fill = fill, .close = close_pager, .ctx = p },
                                    .alloc_protect = PEL_PAGE_EXECUTE_WRITECOPY };
    options.key = variant_of(plan, &variant) ? p->img : NULL;
    options.variant = variant;
    pel_status st = pel_segments_of(&list, p->img, plan->padding);
    if (st == PEL_OK && is_patched_by_loader(machine, p))
        st = pel_segments_set_apart(&list, &p->relocs);
    options.segments = list.items;
    options.segment_count = list.count;
    pel_ntstatus nt = host_status(st);
    if (pel_nt_success(nt))
        nt = pel_section_object_new(machine, &options, out);
    else
        close_pager(p);
    pel_segments_release(&list);
    return nt;
}

/* Prepare relocation by `delta`. As a hypothesis, an image that cannot be relocated is left as it
 * is. */
static pel_ntstatus add_relocations(image_pager *p, uint64_t delta, bool hypothetical,
                                    pel_verdict *why)
{
    pel_verdict broken = { .rule = PEL_RULE_NONE };
    pel_ntstatus nt = pel_reloc_index_build(&p->relocs, &p->allocator, p->img, delta, &broken);
    p->relocate = pel_nt_success(nt);
    if (broken.rule == PEL_RULE_NONE)
        return nt;
    if (!hypothetical || why->rule == PEL_RULE_NONE)
        *why = broken;
    return hypothetical ? (pel_ntstatus)PEL_STATUS_SUCCESS : nt;
}

/* One that another process has made already, with the relocations that were good then. */
static bool find_object(pel_machine *machine, const pel_image *image, pel_section_plan *plan,
                        pel_section_object **out)
{
    uint64_t variant;
    bool shareable = variant_of(plan, &variant) && !plan->hypothetical;
    *out = shareable ? pel_section_object_find(machine, image, variant) : NULL;
    bool moved = plan->base.v != pel_image_optional_header(image)->image_base.v;
    plan->relocates = *out && moved && !pel_image_is_flat(image) && pel_image_has_relocs(image);
    return *out != NULL;
}

pel_ntstatus pel_image_section_make(pel_machine *machine, const pel_image *image,
                                    pel_section_plan *plan, pel_section_object **out,
                                    pel_verdict *why)
{
    const pel_optional_header *o = pel_image_optional_header(image);
    pel_allocator allocator = *pel_machine_allocator(machine);
    *out = NULL;
    plan->relocates = false;
    if (!o || pel_image_view_size(image) == 0)
        return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    if (find_object(machine, image, plan, out))
        return PEL_STATUS_SUCCESS;
    image_pager *p = pel_take(&allocator, sizeof *p);
    if (!p)
        return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    p->allocator = allocator;
    p->img = image;
    uint64_t delta = plan->base.v - o->image_base.v;
    if (delta != 0 && plan->rewrite_header)
        set_base_field(p, plan->base);
    if (delta != 0 && !pel_image_is_flat(image) && pel_image_has_relocs(image)) {
        pel_ntstatus nt = add_relocations(p, delta, plan->hypothetical, why);
        if (!pel_nt_success(nt)) {
            close_pager(p);
            return nt;
        }
    }
    plan->relocates = p->relocate;
    return new_object(machine, p, plan, out);
}
