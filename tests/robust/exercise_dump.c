/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/export.h>
#include <pelorus/extract.h>

#include "exercise.h"

/* Bytes that are asked for one by one. */
#define LOOKS 2

/* Pages that are made resident for an export. */
#define PAGES 16

/* Takes everything and counts it. */
static pel_status swallow(void *ctx, const void *data, size_t size)
{
    size_t *count = ctx;
    (void)data;
    *count += size;
    return PEL_OK;
}

static bool ended(pel_status status) { return status != PEL_OK && status != PEL_NOT_FOUND; }

/* What is taken out, with and without the bytes. */
static pel_status extract(const pel_image *image, const pel_dump_options *options, pel_sink sink)
{
    static const pel_extract_result results[LOOKS] = { { .written = true } };
    const pel_extract_options extract = { .allocator = options->allocator };
    pel_extract *x;
    PEL_TRY(pel_extract_new(image, &extract, &x));
    pel_status status = PEL_OK;
    for (pel_extract_item item; status != PEL_NO_MEMORY && pel_extract_next(x, &item);)
        if (item.can_write)
            status = pel_extract_write(x, &item, sink, NULL);
    pel_extract_free(x);
    return status == PEL_NO_MEMORY
               ? status
               : pel_dump_extract(image, "file", "folder", &extract, results, LOOKS, options, sink);
}

static pel_status dump_file(const pel_image *image, pel_process *process,
                            const pel_verdict *verdict, const pel_dump_options *options,
                            pel_sink sink)
{
    static const pel_query queries[] = {
        { .line = PEL_LINE_RVA, .value = 0x1000 },
        { .line = PEL_LINE_VA, .value = 0x140001000 },
        { .line = PEL_LINE_OFFSET, .value = 0 },
        { .line = PEL_LINE_OFFSET, .value = UINT64_MAX },
    };
    pel_va base = { 0x140000000 };
    PEL_TRY(pel_dump_image(image, "file", options, sink));
    PEL_TRY(extract(image, options, sink));
    PEL_TRY(pel_dump_check(image, "file", NULL, options, sink));
    PEL_TRY(pel_dump_map(image, "file", process, verdict, options, sink));
    PEL_TRY(pel_dump_translate(image, "file", base, process, queries,
                               sizeof queries / sizeof queries[0], options, sink));
    size_t step = pel_image_bytes(image).size / LOOKS + 1;
    for (uint64_t at = 0; at <= pel_image_bytes(image).size; at += step) {
        pel_status status = pel_dump_at(image, "file", (pel_foff){ at }, options, sink);
        if (ended(status))
            return status;
    }
    return PEL_OK;
}

/* Enough of a minidump: images may claim gigabytes. */
#define MOST_BYTES ((size_t)1 << 20)

static pel_status swallow_some(void *ctx, const void *data, size_t size)
{
    size_t *count = ctx;
    return *count < MOST_BYTES ? swallow(ctx, data, size) : PEL_LIMIT;
}

/* Goes last: pages are touched. */
static pel_status export_described(const pel_image *image, pel_process *process,
                                   const pel_verdict *verdict, const pel_export_process *described,
                                   const pel_dump_options *options, pel_sink sink)
{
    size_t count = 0;
    pel_export_report report = { .source = &described->source, .pages = true };
    report.minidump = report.physmem = "out";
    PEL_TRY(pel_export_touch(process, PEL_TOUCH_ALL, PAGES, &report.touched));
    PEL_TRY(pel_export_physmem(pel_space_machine(pel_process_space(process)), sink,
                               &report.physmem_size));
    pel_status status =
        pel_export_minidump(&described->source, (pel_sink){ swallow_some, &count }, &report.info);
    must(status != PEL_OK || report.info.size == count);
    if (status != PEL_OK && status != PEL_LIMIT)
        return status;
    return pel_dump_export(image, "file", process, verdict, &report, options, sink);
}

static pel_status export(const pel_image *image, pel_process *process, const pel_verdict *verdict,
                         const pel_dump_options *options, pel_sink sink)
{
    pel_export_process described;
    const pel_export_report nothing = { .pages = true };
    if (!process)
        return pel_dump_export(image, "file", NULL, verdict, &nothing, options, sink);
    pel_status status = pel_export_describe(process, NULL, "file", &described);
    if (status == PEL_OK)
        status = export_described(image, process, verdict, &described, options, sink);
    pel_export_release(&described);
    return status;
}

pel_status exercise_dump(const pel_image *image, pel_process *process, const pel_verdict *verdict,
                         const pel_allocator *allocator)
{
    size_t count = 0;
    pel_sink sink = { swallow, &count };
    pel_dump_options options = { .allocator = allocator, .disassemble = 10 };
    for (int format = PEL_FORMAT_TEXT; format <= PEL_FORMAT_YAML; format++) {
        options.format = (pel_format)format;
        PEL_TRY(dump_file(image, process, verdict, &options, sink));
    }
    options.format = PEL_FORMAT_TEXT;
    PEL_TRY(pel_dump_tour(image, "file", process, verdict, &options, sink));
    pel_status status = pel_dump_field(image, NULL, "optional_header.ImageBase", &options, sink);
    return ended(status) ? status : export(image, process, verdict, &options, sink);
}
