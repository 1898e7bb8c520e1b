/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"
#include <stdio.h>
#include <stdlib.h>

static pel_status swallow(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static pel_status dump(const pel_image *image, const pel_machine *machine, pel_process *process,
                       const pel_verdict *verdict, pel_ntstatus status,
                       const pel_allocator *allocator)
{
    pel_sink sink = { .write = swallow };
    pel_load_result result = { .image = image,
                               .path = "file",
                               .machine = machine,
                               .process = process,
                               .verdict = verdict,
                               .status = status };
    for (int format = PEL_FORMAT_TEXT; format <= PEL_FORMAT_YAML; format++) {
        pel_dump_options options = { .format = (pel_format)format, .allocator = allocator };
        PEL_TRY(pel_dump_load(&result, &options, sink));
    }
    return PEL_OK;
}

/* Every DLL that it could import is the file itself: there are imports to bind, forwarders that
 * lead back, and circles. */
static pel_status fill(pel_search_path *path, const pel_image *image)
{
    static const char *const names[] = { "ntdll.dll", "kernel32.dll", "KERNEL32.DLL",
                                         "dll.dll",   "other.dll",    "user32.dll" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        PEL_TRY(pel_search_path_add_image(path, names[i], image));
    return PEL_OK;
}

static pel_status start(pel_machine *machine, const pel_image *image, pel_search_path *path,
                        bool lenient, const pel_allocator *allocator)
{
    pel_process *process;
    pel_verdict verdict;
    pel_start_options options = {
        .path = path, .stub_missing = lenient, .bind_delay = lenient, .seed = 7
    };
    pel_load_options load = { .hypothetical = lenient };
    pel_ntstatus status = pel_process_new(machine, image, &load, &process, &verdict);
    if (process)
        status = pel_process_start(process, &options);
    for (size_t i = 0; process && i < pel_process_binding_count(process); i++)
        must(pel_process_binding_at(process, i)->module < pel_process_module_count(process));
    must(pel_machine_check(machine) == NULL);
    pel_status dumped = dump(image, machine, process, &verdict, status, allocator);
    pel_process_free(process);
    must(pel_machine_check(machine) == NULL);
    must(pel_machine_counters(machine).commit == 0);
    if (getenv("DBG") &&
        (dumped == PEL_NO_MEMORY || pel_ntstatus_to_status(status) == PEL_NO_MEMORY))
        fprintf(stderr, "status %x dumped %d lenient %d\n", status, dumped, lenient);
    return pel_ntstatus_to_status(status) == PEL_NO_MEMORY ? PEL_NO_MEMORY : dumped;
}

pel_status exercise_start(const pel_image *image, const pel_allocator *allocator)
{
    pel_machine_options options = { .allocator = allocator, .ram_size = (uint64_t)64 << 20 };
    pel_machine *machine = NULL;
    pel_search_path *path = NULL;
    pel_status status = pel_machine_new(&options, &machine);
    if (status == PEL_OK)
        status = pel_search_path_new(allocator, &path);
    if (status == PEL_OK)
        status = fill(path, image);
    for (int lenient = 0; lenient < 2 && status == PEL_OK; lenient++)
        status = start(machine, image, path, lenient, allocator);
    pel_machine_free(machine);
    pel_search_path_free(path);
    return status;
}
