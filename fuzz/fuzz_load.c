/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file, loaded into a small machine: the map must tile the space, pages must hold
 * what the file says, and nothing may be left behind. The last 8 bytes choose the options. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"

#define PATH     "fuzz"
#define RAM_SIZE ((uint64_t)4 * 1024 * 1024)

static pel_load_options choose(pel_span bytes)
{
    uint8_t c[8] = { 0 };
    if (bytes.size >= sizeof c)
        memcpy(c, bytes.data + bytes.size - sizeof c, sizeof c);
    return (pel_load_options){
        .windows = (pel_windows)(c[0] % 5),
        .host = (pel_host)(c[1] % 3),
        .has_base = c[2] & 1,
        .aslr = c[2] & 2,
        .hypothetical = c[2] & 4,
        .header = (pel_header_policy)(c[3] % 3),
        .padding = (pel_padding_policy)(c[4] % 3),
        .base = { ((uint64_t)c[5] << 40 | (uint64_t)c[6] << 24 | (uint64_t)c[7] << 16) },
        .seed = c[5],
    };
}

/* Regions lie end to end from address 0 to the end of the space. */
static void check_map(pel_space *space)
{
    pel_region r;
    pel_va at = { 0 };
    for (size_t n = 0; pel_space_query(space, at, &r) == PEL_STATUS_SUCCESS; n++) {
        char protect[64];
        MUST(n < 100000);
        MUST(r.base.v == at.v && r.size > 0 && r.size % PEL_PAGE_SIZE == 0);
        MUST((r.state == PEL_MEM_FREE) == (r.allocation_base.v == 0 && r.type == 0));
        MUST((r.state == PEL_MEM_COMMIT) == (r.protect != 0) || r.state == PEL_MEM_FREE);
        pel_protect_format(r.protect, protect, sizeof protect);
        at.v += r.size;
    }
    MUST(at.v > 0);
}

static void check_page(const pel_process *process, uint64_t rva, bool as_in_file)
{
    pel_space *space = pel_process_space(process);
    const pel_image *image = pel_process_image(process);
    pel_va va = { pel_process_module(process)->base.v + rva };
    uint8_t page[PEL_PAGE_SIZE], file[PEL_PAGE_SIZE];
    pel_fault fault = { .status = 0 };
    pel_ntstatus read = pel_space_read(space, va, page, sizeof page, &fault);
    MUST(pel_nt_success(read) || fault.status == read);
    if (pel_space_peek(space, va, page, sizeof page) != PEL_STATUS_SUCCESS)
        return;
    pel_walk walk = pel_space_walk(space, va);
    MUST(walk.count <= PEL_WALK_MAX && (!pel_nt_success(read) || walk.present));
    if (as_in_file &&
        pel_image_read(image, (pel_rva){ (uint32_t)rva }, file, sizeof file) == PEL_OK)
        MUST(memcmp(page, file, sizeof page) == 0);
}

/* What was written is there, or nothing was. */
static void write_page(const pel_process *process, uint64_t rva, bool as_in_file)
{
    pel_space *space = pel_process_space(process);
    pel_va va = { pel_process_module(process)->base.v + rva };
    uint8_t before = 0, wrote = 0x5a, after = 0;
    (void)as_in_file;
    bool readable = pel_space_peek(space, va, &before, 1) == PEL_STATUS_SUCCESS;
    bool written = pel_nt_success(pel_space_write(space, va, &wrote, 1, NULL));
    MUST(readable || !written);
    MUST(!readable || pel_space_peek(space, va, &after, 1) == PEL_STATUS_SUCCESS);
    MUST(!readable || after == (written ? wrote : before));
    pel_space_fetch(space, va, &after, 1, NULL);
}

static void each_page(const pel_process *process, bool as_in_file,
                      void (*visit)(const pel_process *, uint64_t rva, bool as_in_file))
{
    uint64_t size = pel_process_module(process)->size;
    for (uint64_t i = 0; i < 32; i++) {
        uint64_t rva = i < 16 ? i * PEL_PAGE_SIZE : size / 32 * i;
        if (rva < size)
            visit(process, pel_round_down(rva, PEL_PAGE_SIZE), as_in_file);
    }
}

static void check_process(pel_process *process)
{
    const pel_module *m = pel_process_module(process);
    bool as_in_file = !m->relocated && !m->header_rewritten;
    MUST(m->size == pel_image_view_size(pel_process_image(process)));
    MUST(m->base.v % PEL_GRANULARITY == 0);
    check_map(pel_process_space(process));
    each_page(process, as_in_file, check_page);
    each_page(process, as_in_file, write_page);
    check_map(pel_process_space(process));
}

static pel_status discard(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static void dump(const pel_image *image, pel_process *process, const pel_verdict *why)
{
    pel_dump_options options = { .format = (pel_format)(pel_image_checksum(image) % 3) };
    pel_sink sink = { .write = discard };
    pel_query queries[] = { { .line = PEL_LINE_RVA, .value = 0x1000 },
                            { .line = PEL_LINE_OFFSET, .value = 60, .look_only = true },
                            { .line = PEL_LINE_VA, .value = 1 } };
    pel_va base = process ? pel_process_module(process)->base : (pel_va){ 0x10000 };
    MUST(pel_dump_map(image, PATH, process, why, &options, sink) == PEL_OK);
    MUST(pel_dump_tour(image, PATH, process, why, &options, sink) == PEL_OK);
    MUST(pel_dump_translate(image, PATH, base, process, queries, 3, &options, sink) == PEL_OK);
}

/* All DLLs that it can find are itself. */
static void start(pel_process *process, const pel_image *image, const pel_load_options *options)
{
    static const char *const names[] = { "kernel32.dll", "ntdll.dll", "dll.dll", "a.dll" };
    pel_search_path *path;
    uint32_t index;
    pel_va va;
    MUST(pel_search_path_new(NULL, &path) == PEL_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        MUST(pel_search_path_add_image(path, names[i], image) == PEL_OK);
    pel_start_options start = { .path = path,
                                .stub_missing = options->seed & 1,
                                .bind_delay = options->seed & 2,
                                .seed = options->seed };
    pel_ntstatus status = pel_process_start(process, &start);
    MUST(pel_nt_success(status) || pel_process_module_count(process) <= 1);
    MUST(pel_nt_success(status) || pel_process_binding_count(process) == 0);
    MUST(pel_machine_check(pel_space_machine(pel_process_space(process))) == NULL);
    pel_process_load_dll(process, (pel_str){ "a", 1 }, 0, &index);
    pel_process_procedure(process, 0, (pel_str){ "F", 1 }, 0, &va);
    pel_process_procedure(process, 0, (pel_str){ NULL, 0 }, 1, &va);
    check_map(pel_process_space(process));
    pel_search_path_free(path);
}

static void load(pel_machine *machine, const pel_image *image, const pel_load_options *options)
{
    pel_process *process;
    pel_verdict why;
    pel_ntstatus status = pel_process_new(machine, image, options, &process, &why);
    MUST((process != NULL) == pel_nt_success(status));
    MUST(process == NULL || pel_nt_success(why.status) || options->hypothetical);
    if (process) {
        MUST(pel_machine_check(machine) == NULL);
        check_process(process);
    }
    dump(image, process, &why);
    MUST(pel_machine_check(machine) == NULL);
    if (process)
        start(process, image, options);
    MUST(pel_machine_check(machine) == NULL);
    pel_process_free(process);
    MUST(pel_machine_check(machine) == NULL);
    MUST(pel_machine_counters(machine).commit == 0);
    MUST(pel_machine_counters(machine).frames_used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_span bytes = { data, size };
    pel_load_options options = choose(bytes);
    pel_machine_options machine_options = { .ram_size = RAM_SIZE };
    pel_machine *machine;
    pel_image *image;
    MUST(pel_image_parse(bytes, NULL, &image) == PEL_OK);
    MUST(pel_machine_new(&machine_options, &machine) == PEL_OK);
    load(machine, image, &options);
    pel_machine_free(machine);
    pel_image_free(image);
    return 0;
}
