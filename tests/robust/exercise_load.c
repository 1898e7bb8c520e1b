/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"
#include <stdlib.h>
#include <string.h>

/* Pages that are touched in a view; images may be as large as 4 GiB. */
#define TOUCHES    64
#define LAYOUT_MAX ((uint64_t)1 << 24) /* bytes of a whole image */

static bool no_memory(pel_ntstatus status)
{
    return pel_ntstatus_to_status(status) == PEL_NO_MEMORY;
}

static void judge(const pel_image *image, const pel_load_options *options)
{
    char line[256];
    pel_section_image_information info;
    pel_verdict verdict = pel_check(image, options);
    must(pel_verdict_format(&verdict, line, sizeof line) > 0);
    must((verdict.status == PEL_STATUS_SUCCESS) == (verdict.rule == PEL_RULE_NONE));
    must((pel_verdict_win32(&verdict) == 0) == (verdict.status == PEL_STATUS_SUCCESS));
    pel_status status = pel_image_section_information(image, options, &info);
    bool section = verdict.status == PEL_STATUS_SUCCESS && options->windows != PEL_WINDOWS_UEFI;
    must(status == (section ? PEL_OK : PEL_REFUSED));
    pel_verdict started = pel_check_start(image, options);
    must(started.rule == PEL_RULE_NONE || pel_rule_holds(started.rule, options->windows));
}

void exercise_verdicts(const pel_image *image)
{
    for (int windows = PEL_WINDOWS_11; windows <= PEL_WINDOWS_UEFI; windows++)
        for (int host = PEL_HOST_X64; host <= PEL_HOST_ARM64; host++)
            judge(image,
                  &(pel_load_options){ .windows = (pel_windows)windows, .host = (pel_host)host });
}

/* Read pages spread over the view, and the first word of each region. */
static pel_ntstatus touch(pel_space *space, const pel_module *module)
{
    uint8_t bytes[16];
    uint64_t pages = module->size / PEL_PAGE_SIZE, step = pages / TOUCHES + 1;
    for (uint64_t page = 0; page < pages; page += step) {
        pel_va at = { module->base.v + page * PEL_PAGE_SIZE };
        pel_ntstatus status = pel_space_peek(space, at, bytes, sizeof bytes);
        if (no_memory(status))
            return status;
        pel_space_write(space, at, bytes, 1, NULL);
        pel_space_fetch(space, at, bytes, 1, NULL);
    }
    return PEL_STATUS_SUCCESS;
}

/* Laid out at once, it is the same bytes. */
static void compare(pel_space *space, const pel_image *image, const pel_module *module,
                    const pel_load_options *options)
{
    uint8_t page[PEL_PAGE_SIZE];
    uint64_t step = module->size / PEL_PAGE_SIZE / TOUCHES + 1;
    uint8_t *all = module->size <= LAYOUT_MAX ? malloc((size_t)module->size) : NULL;
    if (!all ||
        !pel_nt_success(pel_image_layout(image, module->base, options, all, module->size))) {
        must(!all);
        return;
    }
    for (uint64_t at = 0; at < module->size; at += step * PEL_PAGE_SIZE)
        if (pel_nt_success(
                pel_space_peek(space, (pel_va){ module->base.v + at }, page, sizeof page)))
            must(memcmp(all + at, page, sizeof page) == 0);
    free(all);
}

static pel_ntstatus map(pel_machine *machine, const pel_image *image,
                        const pel_load_options *options)
{
    pel_space *space;
    pel_module module;
    if (pel_space_new(machine, NULL, &space) != PEL_OK)
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    pel_ntstatus status = pel_image_map(space, image, options, &module);
    if (pel_nt_success(status)) {
        compare(space, image, &module, options);
        status = touch(space, &module);
    }
    pel_space_free(space);
    return status;
}

/* A process, and what can be said of it. */
static pel_status start(pel_machine *machine, const pel_image *image,
                        const pel_allocator *allocator)
{
    pel_process *process;
    pel_verdict why;
    pel_ntstatus status = pel_process_new(machine, image, NULL, &process, &why);
    must(pel_nt_success(status) == (process != NULL));
    pel_status dumped = exercise_dump(image, process, &why, allocator);
    pel_process_free(process);
    return no_memory(status) ? PEL_NO_MEMORY : dumped;
}

pel_status exercise_load(const pel_image *image, const pel_allocator *allocator)
{
    static const pel_load_options ways[] = {
        { .has_base = false },
        { .hypothetical = true },
        { .hypothetical = true, .has_base = true, .base = { 0x7fff0000 } },
        { .hypothetical = true, .aslr = true, .seed = 7, .padding = PEL_PADDING_WINE },
        { .hypothetical = true, .has_base = true, .base = { 0x10000 }, .windows = PEL_WINDOWS_7 },
    };
    pel_machine_options options = { .allocator = allocator };
    pel_machine *machine;
    pel_status status = pel_machine_new(&options, &machine);
    for (size_t i = 0; status == PEL_OK && i < sizeof ways / sizeof ways[0]; i++)
        if (no_memory(map(machine, image, &ways[i])))
            status = PEL_NO_MEMORY;
    if (status == PEL_OK)
        status = start(machine, image, allocator);
    if (machine)
        must(pel_machine_check(machine) == NULL);
    pel_machine_free(machine);
    return status;
}
