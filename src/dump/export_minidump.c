/* SPDX-License-Identifier: Apache-2.0 */
/* A process as a minidump. First everything is counted and gets its place, then it is written from
 * front to back:
 *
 *   header  directory  system  misc  threads, contexts  modules, names  regions  ranges  memory
 */
#include <string.h>

#include "base/text.h"
#include "dump/minidump.h"
#include "schema/decode.h"

#define VERSION 0xA793u /* MINIDUMP_VERSION */
/* MiniDumpWithFullMemory, MiniDumpWithFullMemoryInfo */
#define FLAGS    (0x2u | 0x800u)
#define MISC_PID 1u          /* MINIDUMP_MISC1_PROCESS_ID */
#define MOST     0xFFFFFFFFu /* what a MINIDUMP_LOCATION_DESCRIPTOR can tell */

#define SIZE(id) ((uint64_t)PEL_MD_SIZE_##id)

/* A stream: MINIDUMP_STREAM_TYPE, and where it is. */
static const struct {
    const char *name;
    uint32_t type;
} streams[PEL_MINIDUMP_STREAMS] = {
    [PEL_MINIDUMP_SYSTEM_INFO] = { "SystemInfoStream", PEL_MD_STREAM_SYSTEM_INFO },
    [PEL_MINIDUMP_MISC_INFO] = { "MiscInfoStream", PEL_MD_STREAM_MISC_INFO },
    [PEL_MINIDUMP_THREAD_LIST] = { "ThreadListStream", PEL_MD_STREAM_THREAD_LIST },
    [PEL_MINIDUMP_MODULE_LIST] = { "ModuleListStream", PEL_MD_STREAM_MODULE_LIST },
    [PEL_MINIDUMP_MEMORY_INFO_LIST] = { "MemoryInfoListStream", PEL_MD_STREAM_MEMORY_INFO_LIST },
    [PEL_MINIDUMP_MEMORY64_LIST] = { "Memory64ListStream", PEL_MD_STREAM_MEMORY64_LIST },
};

const char *pel_minidump_stream_name(pel_minidump_stream stream)
{
    return (unsigned)stream < PEL_MINIDUMP_STREAMS ? streams[stream].name : "?";
}

typedef struct writer {
    const pel_minidump_source *source;
    pel_sink sink;
    pel_minidump_info info;
    uint32_t context_size;
    uint64_t service_pack, contexts, names; /* offsets of what no stream has in it */
    uint64_t memory;                        /* BaseRva */
    uint64_t at;                            /* bytes written */
} writer;

/* ---- counting ---------------------------------------------------------- */

static bool next_region(pel_space *space, uint64_t *at, pel_region *r)
{
    if (!pel_nt_success(pel_space_query(space, (pel_va){ *at }, r)))
        return false;
    *at = r->base.v + r->size;
    return true;
}

static void count_regions(writer *w)
{
    pel_region r;
    for (uint64_t at = 0; next_region(w->source->space, &at, &r);) {
        w->info.regions++;
        w->info.ranges += r.state == PEL_MEM_COMMIT;
        w->info.memory_bytes += r.state == PEL_MEM_COMMIT ? r.size : 0;
    }
}

/* Bytes of a MINIDUMP_STRING: length, UTF-16, a zero; the next one is aligned again. */
static uint64_t string_size(const char *name)
{
    return pel_round_up(SIZE(count) + 2 * (pel_utf16_units(pel_str_of(name)) + 1), 4);
}

/* CSDVersion. */
static const char *service_pack_of(const pel_minidump_source *s)
{
    return pel_windows_version_of(s->windows, s->host).service_pack_name;
}

static void place(writer *w, pel_minidump_stream stream, uint64_t *at, uint64_t size)
{
    w->info.streams[stream].type = streams[stream].type;
    w->info.streams[stream].offset = (uint32_t)*at;
    w->info.streams[stream].size = (uint32_t)size;
    *at += size;
}

/* Give everything its place. Sums of counts that are in memory cannot overflow 64 bits; whether
 * they fit into 32 is asked once, at the end: then no offset was cut. */
static pel_status plan(writer *w)
{
    const pel_minidump_source *s = w->source;
    uint64_t at = SIZE(header) + PEL_MINIDUMP_STREAMS * SIZE(directory);
    count_regions(w);
    w->context_size = pel_md_context_size(s->machine);
    uint64_t threads = w->context_size ? s->thread_count : 0;
    place(w, PEL_MINIDUMP_SYSTEM_INFO, &at, SIZE(system_info));
    w->service_pack = at;
    at += string_size(service_pack_of(s));
    place(w, PEL_MINIDUMP_MISC_INFO, &at, SIZE(misc_info));
    place(w, PEL_MINIDUMP_THREAD_LIST, &at, SIZE(count) + threads * SIZE(thread));
    at = w->contexts = pel_round_up(at, 16);
    at += threads * w->context_size;
    place(w, PEL_MINIDUMP_MODULE_LIST, &at, SIZE(count) + s->module_count * SIZE(module));
    w->names = at;
    for (size_t i = 0; i < s->module_count; i++)
        at += string_size(s->modules[i].name);
    at = pel_round_up(at, 8);
    place(w, PEL_MINIDUMP_MEMORY_INFO_LIST, &at,
          SIZE(memory_info_list) + w->info.regions * SIZE(memory_info));
    place(w, PEL_MINIDUMP_MEMORY64_LIST, &at,
          SIZE(memory64_list) + w->info.ranges * SIZE(memory64));
    /* At a page, so that pages of zeros can become holes of the file. */
    w->memory = pel_round_up(at, PEL_PAGE_SIZE);
    w->info.modules = (uint32_t)s->module_count;
    w->info.threads = (uint32_t)threads;
    w->info.size = w->memory + w->info.memory_bytes;
    return w->memory <= MOST ? PEL_OK : PEL_LIMIT;
}

/* ---- writing ----------------------------------------------------------- */

static pel_status put(writer *w, const void *data, size_t size)
{
    w->at += size;
    return w->sink.write(w->sink.ctx, data, size);
}

static pel_status put_structure(writer *w, const pel_schema *schema, const void *from)
{
    uint8_t bytes[PEL_MD_MAX_SIZE];
    pel_schema_encode(schema, from, true, bytes);
    return put(w, bytes, pel_schema_wire_size(schema, true));
}

#define PUT(w, id, ...)                                                                            \
    PEL_TRY(put_structure(w, &pel_md_##id##_schema, &(pel_md_##id){ __VA_ARGS__ }))

static pel_status pad_to(writer *w, uint64_t offset)
{
    static const uint8_t zeros[64];
    while (w->at < offset) {
        uint64_t left = offset - w->at;
        PEL_TRY(put(w, zeros, left < sizeof zeros ? (size_t)left : sizeof zeros));
    }
    return PEL_OK;
}

static pel_status put_unit(writer *w, uint16_t unit)
{
    uint8_t bytes[2];
    pel_store_uint(bytes, sizeof bytes, unit);
    return put(w, bytes, sizeof bytes);
}

static pel_status put_string(writer *w, const char *text)
{
    uint64_t end = w->at + string_size(text);
    pel_str rest = pel_str_of(text);
    uint16_t units[2];
    PUT(w, count, .count = (uint32_t)(2 * pel_utf16_units(rest)));
    for (unsigned n; (n = pel_utf16_next(&rest, units)) > 0;)
        for (unsigned i = 0; i < n; i++)
            PEL_TRY(put_unit(w, units[i]));
    return pad_to(w, end);
}

static pel_status put_header(writer *w)
{
    PUT(w, header, .signature = PEL_MD_SIGNATURE, .version = VERSION,
        .stream_count = PEL_MINIDUMP_STREAMS, .directory = PEL_MD_SIZE_header,
        .time = w->source->time, .flags = FLAGS);
    for (unsigned i = 0; i < PEL_MINIDUMP_STREAMS; i++)
        PUT(w, directory, .type = w->info.streams[i].type, .size = w->info.streams[i].size,
            .rva = w->info.streams[i].offset);
    return PEL_OK;
}

static pel_status put_system(writer *w)
{
    pel_md_system_info system = pel_md_system(w->source);
    system.service_pack = (uint32_t)w->service_pack;
    PEL_TRY(put_structure(w, &pel_md_system_info_schema, &system));
    PEL_TRY(put_string(w, service_pack_of(w->source)));
    PUT(w, misc_info, .size = PEL_MD_SIZE_misc_info, .flags = MISC_PID, .pid = w->source->pid);
    return PEL_OK;
}

/* Where the bytes of a stack are among those of all memory: as far as one range has them, and an
 * offset of 32 bits can tell. */
static void find_stack(writer *w, const pel_export_thread *t, pel_md_thread *out)
{
    pel_region r;
    uint64_t offset = w->memory;
    for (uint64_t at = 0; next_region(w->source->space, &at, &r);) {
        if (r.state != PEL_MEM_COMMIT)
            continue;
        if (t->stack_limit.v >= r.base.v && t->stack_limit.v < at && t->stack_base.v > r.base.v) {
            uint64_t end = t->stack_base.v < at ? t->stack_base.v : at;
            offset += t->stack_limit.v - r.base.v;
            if (offset > MOST || end <= t->stack_limit.v || end - t->stack_limit.v > MOST)
                return;
            out->stack_size = (uint32_t)(end - t->stack_limit.v);
            out->stack_rva = (uint32_t)offset;
            return;
        }
        offset += r.size;
    }
}

static pel_status put_threads(writer *w)
{
    uint8_t context[PEL_MD_MAX_SIZE];
    PUT(w, count, .count = w->info.threads);
    for (uint32_t i = 0; i < w->info.threads; i++) {
        const pel_export_thread *t = &w->source->threads[i];
        pel_md_thread thread = {
            .id = t->id,
            .suspend_count = 1, /* created suspended */
            .priority_class = 0x20,
            .teb = t->teb.v,
            .stack = t->stack_limit.v,
            .context_size = w->context_size,
            .context_rva = (uint32_t)(w->contexts + i * (uint64_t)w->context_size),
        };
        find_stack(w, t, &thread);
        PEL_TRY(put_structure(w, &pel_md_thread_schema, &thread));
    }
    PEL_TRY(pad_to(w, w->contexts));
    for (uint32_t i = 0; i < w->info.threads; i++) {
        pel_md_context(w->source, &w->source->threads[i], context);
        PEL_TRY(put(w, context, w->context_size));
    }
    return PEL_OK;
}

static pel_status put_modules(writer *w)
{
    const pel_minidump_source *s = w->source;
    uint64_t name = w->names;
    PUT(w, count, .count = w->info.modules);
    for (size_t i = 0; i < s->module_count; i++) {
        const pel_export_module *m = &s->modules[i];
        PUT(w, module, .base = m->base.v, .size = m->size, .checksum = m->checksum,
            .time = m->timestamp, .name_rva = (uint32_t)name);
        name += string_size(m->name);
    }
    for (size_t i = 0; i < s->module_count; i++)
        PEL_TRY(put_string(w, s->modules[i].name));
    return pad_to(w, w->info.streams[PEL_MINIDUMP_MEMORY_INFO_LIST].offset);
}

static pel_status put_regions(writer *w)
{
    pel_region r;
    PUT(w, memory_info_list, .header_size = PEL_MD_SIZE_memory_info_list,
        .entry_size = PEL_MD_SIZE_memory_info, .count = w->info.regions);
    for (uint64_t at = 0; next_region(w->source->space, &at, &r);)
        PUT(w, memory_info, .base = r.base.v, .allocation_base = r.allocation_base.v,
            .alloc_protect = r.alloc_protect, .size = r.size, .state = r.state,
            .protect = r.protect, .type = r.type);
    return PEL_OK;
}

static pel_status put_ranges(writer *w)
{
    pel_region r;
    PUT(w, memory64_list, .count = w->info.ranges, .base = w->memory);
    for (uint64_t at = 0; next_region(w->source->space, &at, &r);)
        if (r.state == PEL_MEM_COMMIT)
            PUT(w, memory64, .start = r.base.v, .size = r.size);
    return pad_to(w, w->memory);
}

static pel_status put_page(writer *w, uint64_t va)
{
    uint8_t page[PEL_PAGE_SIZE];
    pel_ntstatus nt = pel_space_peek(w->source->space, (pel_va){ va }, page, sizeof page);
    if (!pel_nt_success(nt)) {
        pel_status st = pel_ntstatus_to_status(nt);
        if (st != PEL_REFUSED)
            return st;
        w->info.unreadable++;
        memset(page, 0, sizeof page);
    }
    return put(w, page, sizeof page);
}

static pel_status put_memory(writer *w)
{
    pel_region r;
    for (uint64_t at = 0; next_region(w->source->space, &at, &r);)
        for (uint64_t va = r.base.v; r.state == PEL_MEM_COMMIT && va < at; va += PEL_PAGE_SIZE)
            PEL_TRY(put_page(w, va));
    return PEL_OK;
}

static pel_status (*const parts[])(writer *w) = {
    put_header, put_system, put_threads, put_modules, put_regions, put_ranges, put_memory,
};

pel_status pel_export_minidump(const pel_minidump_source *source, pel_sink sink,
                               pel_minidump_info *info)
{
    if (!source || !source->space || !sink.write)
        return PEL_BAD_ARG;
    writer w = { .source = source, .sink = sink };
    PEL_TRY(plan(&w));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        PEL_TRY(parts[i](&w));
    if (info)
        *info = w.info;
    return PEL_OK;
}
