/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <string.h>

/* Where nothing else wants to be: below the page that every process shares. */
#define HOST_BASE UINT64_C(0x7ff00000)
#define SMALL     UINT64_C(0x10000) /* its stack and heap, out of the way of what is loaded */
#define LOWEST    UINT64_C(0x10000)
#define FOR_LISTS UINT64_C(0x100000)

static bool make_program(host *h, const host_options *o)
{
    pel_span file;
    pel_build_kind kind = o->wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32;
    if (pel_builder_new(kind, NULL, &h->builder) != PEL_OK)
        return false;
    uint32_t text = pel_builder_section(h->builder, ".text",
                                        PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE);
    pel_builder_data(h->builder, text, "\xc3", 1);
    pel_builder_entry(h->builder, pel_builder_rva(h->builder, text, 0));
    pel_builder_set(h->builder, "optional_header.ImageBase", HOST_BASE);
    pel_builder_set(h->builder, "optional_header.SizeOfStackReserve", SMALL);
    pel_builder_set(h->builder, "optional_header.SizeOfHeapReserve", SMALL);
    pel_builder_set(h->builder, "file_header.Characteristics",
                    PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_LARGE_ADDRESS_AWARE);
    if (o->machine)
        pel_builder_set(h->builder, "file_header.Machine", o->machine);
    return pel_builder_finish(h->builder, &file) == PEL_OK &&
           pel_image_parse(file, NULL, &h->program) == PEL_OK;
}

bool host_begin(host *h, const host_options *options)
{
    pel_start_options start = { .path = options->path,
                                .name = "host.exe",
                                .stub_missing = options->stub_missing };
    *h = (host){ .status = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY };
    if (pel_machine_new(NULL, &h->machine) != PEL_OK || !make_program(h, options))
        return false;
    h->status = pel_process_new(h->machine, h->program, &options->load, &h->process, NULL);
    if (pel_nt_success(h->status))
        h->status = pel_process_start(h->process, &start);
    return pel_nt_success(h->status);
}

void host_end(host *h)
{
    pel_process_free(h->process);
    pel_image_free(h->program);
    pel_builder_free(h->builder);
    pel_machine_free(h->machine);
}

pel_space *host_space(const host *h) { return pel_process_space(h->process); }

static void reserve(host *h, uint64_t from, uint64_t to)
{
    pel_va base = { pel_round_up(from, PEL_GRANULARITY) };
    uint64_t size = to > base.v ? to - base.v : 0;
    if (size)
        (void)pel_space_allocate(host_space(h), &base, &size, PEL_MEM_RESERVE, PEL_PAGE_NOACCESS);
}

void host_take(host *h, pel_va base) { reserve(h, base.v, base.v + PEL_PAGE_SIZE); }

/* Reserve what is free of [from, to), but not [base, end). */
static void reserve_around(host *h, uint64_t from, uint64_t to, uint64_t base, uint64_t end)
{
    reserve(h, from, to < base ? to : base);
    reserve(h, from > end ? from : end, to);
}

void host_leave_only(host *h, pel_va base, uint64_t size)
{
    /* Images go to the lowest place where they fit, and that is the first of the two. */
    uint64_t end = base.v + pel_round_up(size, PEL_GRANULARITY), lists = end + PEL_GRANULARITY;
    pel_region r;
    for (pel_va at = { LOWEST };
         pel_space_query(host_space(h), at, &r) == PEL_STATUS_SUCCESS && r.size > 0;) {
        uint64_t from = at.v, to = r.base.v + r.size;
        if (r.state == PEL_MEM_FREE) {
            reserve_around(h, from, to < lists ? to : lists, base.v, end);
            reserve_around(h, from > lists ? from : lists, to, lists, lists + FOR_LISTS);
        }
        at.v = to;
    }
}

const pel_loaded_module *host_load(host *h, const char *name, unsigned flags, pel_ntstatus *status)
{
    uint32_t index;
    *status = pel_process_load_dll(h->process, (pel_str){ name, strlen(name) }, flags, &index);
    return pel_nt_success(*status) ? pel_process_module_at(h->process, index) : NULL;
}
