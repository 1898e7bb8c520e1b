/* SPDX-License-Identifier: Apache-2.0 */
/* The image as a section object: a pager that fills a page from the file, relocates it, and
 * rewrites ImageBase in the header. Nothing of the image is read before a page of it is
 * touched. All views of one image at one base share one section object. */
#include "load/contents.h"

typedef struct image_pager {
    pel_allocator allocator;
    pel_contents contents;
} image_pager;

static pel_status fill(void *ctx, uint64_t page, uint8_t *bytes)
{
    image_pager *p = ctx;
    return pel_contents_page(&p->contents, page, bytes);
}

static void close_pager(void *ctx)
{
    image_pager *p = ctx;
    pel_allocator allocator = p->allocator;
    pel_contents_release(&p->contents);
    pel_give(&allocator, p, sizeof *p);
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

static bool rewrites_header(const pel_image *image, const pel_load_options *options)
{
    switch (options->header) {
    case PEL_HEADER_REWRITE: return true;
    case PEL_HEADER_KEEP: return false;
    case PEL_HEADER_AS_WINDOWS: break;
    }
    return pel_image_moves_in_kernel(image, options->windows);
}

pel_section_plan pel_section_plan_of(const pel_image *image, const pel_load_options *options,
                                     pel_va base)
{
    return (pel_section_plan){ .base = base,
                               .windows = options->windows,
                               .padding = options->padding,
                               .rewrite_header = rewrites_header(image, options),
                               .stays = options->kernel_only &&
                                        !pel_image_moves_in_kernel(image, options->windows),
                               .hypothetical = options->hypothetical };
}

/* ---- sharing ----------------------------------------------------------- */

/* What tells section objects of one image from each other. Only of bases that Windows could choose,
 * where the low bits are free for the rest; others are not shared.
 *
 *    63        16 15    8 7     5  4    3     2  1        0
 *   |  base      | boot  |Windows|stays|padding| rewrite, hypothetical |
 */
static bool variant_of(const pel_section_plan *plan, uint64_t *out)
{
    *out = plan->base.v | (uint64_t)plan->boot << 8 | (uint64_t)plan->windows << 5 |
           (uint64_t)plan->stays << 4 | (uint64_t)plan->padding << 2 |
           (uint64_t)plan->rewrite_header << 1 | (uint64_t)plan->hypothetical;
    return plan->base.v % PEL_GRANULARITY == 0;
}

pel_va pel_variant_base(uint64_t variant)
{
    return (pel_va){ variant & ~(uint64_t)(PEL_GRANULARITY - 1) };
}

uint8_t pel_variant_boot(uint64_t variant) { return (uint8_t)(variant >> 8); }

/* Windows' kernel relocates an image once, for all: for the base that the first of them has.
 * Whoever has it elsewhere, and images that the kernel does not move, get pages patched by the
 * loader, in each process. */
static bool is_patched_by_loader(pel_machine *machine, const image_pager *p,
                                 const pel_section_plan *plan)
{
    if (!plan->relocates || !pel_image_moves_in_kernel(p->contents.img, plan->windows))
        return plan->relocates;
    pel_section_object *first = pel_section_object_find(machine, p->contents.img, PEL_ANY_VARIANT);
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
    options.key = variant_of(plan, &variant) ? p->contents.img : NULL;
    options.variant = variant;
    pel_status st = pel_segments_of(&list, p->contents.img, plan->padding);
    if (st == PEL_OK && plan->relocates)
        st = pel_segments_relocate(&list, &p->contents.relocs,
                                   is_patched_by_loader(machine, p, plan));
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

/* One that another process has made already, with the relocations that were good then. */
static bool find_object(pel_machine *machine, const pel_image *image, pel_section_plan *plan,
                        pel_section_object **out)
{
    uint64_t variant;
    bool shareable = variant_of(plan, &variant) && !plan->hypothetical;
    *out = shareable ? pel_section_object_find(machine, image, variant) : NULL;
    bool moved = plan->base.v != pel_image_optional_header(image)->image_base.v;
    plan->relocates = *out && moved && !plan->stays && pel_image_can_relocate(image, plan->windows);
    return *out != NULL;
}

pel_ntstatus pel_image_section_make(pel_machine *machine, const pel_image *image,
                                    pel_section_plan *plan, pel_section_object **out,
                                    pel_verdict *why)
{
    pel_allocator allocator = *pel_machine_allocator(machine);
    *out = NULL;
    plan->relocates = false;
    if (!pel_image_optional_header(image) || pel_image_view_size(image) == 0)
        return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    if (find_object(machine, image, plan, out))
        return PEL_STATUS_SUCCESS;
    image_pager *p = pel_take(&allocator, sizeof *p);
    if (!p)
        return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    p->allocator = allocator;
    pel_ntstatus nt = pel_contents_prepare(&p->contents, &allocator, image, plan, why);
    if (pel_nt_success(nt))
        return new_object(machine, p, plan, out);
    close_pager(p);
    return nt;
}
