/* SPDX-License-Identifier: Apache-2.0 */
/* The tour: what the library does, on one file, on one screen or two. */
#include <inttypes.h>
#include <stdio.h>

#include "dump/draw.h"
#include "dump/naming.h"
#include "dump/walk.h"

/* The address on every number line: the entry point, or where there is none the base. */
static void draw_location(pel_page *page, const pel_image *img, pel_process *process)
{
    const pel_module *m = pel_process_module(process);
    pel_location at = pel_locate(img, m->base, PEL_LINE_RVA, m->entry_rva.v);
    uint8_t byte;
    char name[PEL_NAME_LINE];
    /* Touched as the first instruction would, so that the tables have something to show. */
    pel_space_fetch(pel_process_space(process), at.va, &byte, 1, NULL);
    pel_walk walk = pel_space_walk(pel_process_space(process), at.va);

    pel_page_put(page, PEL_INK_STRONG, "%s on every number line\n",
                 m->has_entry ? "the entry point" : "the base");
    if (at.has_offset)
        pel_page_put(page, PEL_INK_PLAIN, "  file offset  0x%" PRIx64 "\n", at.offset.v);
    else
        pel_page_put(page, PEL_INK_PLAIN, "  file offset  none: %s\n", pel_where_name(at.where));
    pel_page_put(page, PEL_INK_PLAIN, "  RVA          0x%" PRIx32 "\n", at.rva.v);
    pel_page_put(page, PEL_INK_PLAIN, "  VA           0x%" PRIx64 "\n", at.va.v);
    pel_name_for_line(img, page->options->allocator, at.rva, name);
    if (name[0])
        pel_page_put(page, PEL_INK_PLAIN, "  symbol      %s\n", name);
    for (size_t i = 0; i < walk.count; i++)
        pel_page_put(page, PEL_INK_FAINT,
                     "  %*s%-5s [%3" PRIu32 "] at 0x%08" PRIx64 "  0x%016" PRIx64 "\n",
                     (int)(2 * i), "", walk.steps[i].name, walk.steps[i].index,
                     walk.steps[i].address.v, walk.steps[i].entry);
    if (walk.present)
        pel_page_put(page, PEL_INK_PLAIN, "  physical     0x%" PRIx64 "\n", walk.pa.v);
}

pel_status pel_dump_tour(const pel_image *image, const char *path, pel_process *process,
                         const pel_verdict *verdict, const pel_dump_options *options, pel_sink sink)
{
    options = pel_dump_options_or_default(options);
    PEL_TRY(pel_draw_map(image, path, process, verdict, options, sink));
    pel_page page = { .options = options, .sink = sink };
    if (process) {
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
        draw_location(&page, image, process);
    }
    return page.status;
}
