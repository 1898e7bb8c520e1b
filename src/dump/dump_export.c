/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.export/1": what was written, and how to look at it. */
#include <pelorus/export.h>

#include <inttypes.h>

#include "base/text.h"
#include "dump/export.h"
#include "dump/walk.h"
#include "dump/walk_verdict.h"

/* ---- the machine ------------------------------------------------------- */

static void walk_machine(pel_emitter *e, pel_space *space)
{
    pel_machine *machine = pel_space_machine(space);
    pel_export_registers r = pel_export_registers_of(space);
    pel_emit_string(e, "paging", pel_paging_name(pel_machine_paging(machine)));
    pel_emit_hex(e, "ram", pel_machine_counters(machine).frames * PEL_PAGE_SIZE);
    pel_emit_map_begin(e, "registers");
    pel_emit_hex(e, "cr0", r.cr0);
    pel_emit_hex(e, "cr3", r.cr3);
    pel_emit_hex(e, "cr4", r.cr4);
    pel_emit_hex(e, "efer", r.efer);
    pel_emit_map_end(e);
}

static void walk_touched(pel_emitter *e, const pel_export_report *report)
{
    pel_emit_map_begin(e, "touched");
    pel_emit_string(e, "pages", pel_touch_name(report->touch));
    pel_emit_dec(e, "read", report->touched.read);
    pel_emit_dec(e, "written", report->touched.written);
    pel_emit_dec(e, "refused", report->touched.refused);
    pel_emit_dec(e, "left", report->touched.left);
    pel_emit_map_end(e);
}

static void walk_pages(pel_emitter *e, pel_space *space)
{
    pel_export_cursor c = { 0 };
    pel_walk walk;
    pel_emit_seq_begin(e, "pages");
    for (; e->status == PEL_OK && pel_export_next(space, &c, &walk); c.va.v += PEL_PAGE_SIZE) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "va", c.va.v);
        pel_emit_hex(e, "pa", walk.pa.v);
        pel_emit_protect(e, "protect", c.region.protect);
        pel_emit_string(e, "type", pel_type_name(c.region.type));
        pel_emit_hex(e, "entry", walk.steps[walk.count - 1].entry);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

/* ---- physical memory --------------------------------------------------- */

/* `path` for a shell, within an option of QEMU, where a comma is written twice. */
static void append_path(char *out, size_t size, size_t *used, const char *path)
{
    pel_append(out, size, used, "'");
    for (; *path; path++) {
        const char *twice = *path == '\'' ? "'\\'" : *path == ',' ? "," : "";
        pel_append(out, size, used, "%s%c", twice, *path);
    }
    pel_append(out, size, used, "'");
}

/* A machine without devices: its RAM begins at 0 and has no holes. One MiB is added for those who
 * want to put code of their own there. */
static void walk_qemu(pel_emitter *e, const pel_export_report *report)
{
    char line[4096];
    size_t used = 0;
    uint64_t mebibytes = (report->physmem_size >> 20) + 2;
    pel_append(line, sizeof line, &used,
               "qemu-system-x86_64 -M none -cpu max,apic-id=0,-apic -m %" PRIu64
               " -nodefaults -nographic -monitor stdio -S -s -device loader,addr=0,"
               "force-raw=on,file=",
               mebibytes);
    append_path(line, sizeof line, &used, report->physmem);
    pel_emit_string(e, "qemu", used < sizeof line ? line : NULL);
}

static void walk_physmem(pel_emitter *e, const pel_export_report *report)
{
    if (!report->physmem) {
        pel_emit_null(e, "physmem");
        return;
    }
    pel_emit_map_begin(e, "physmem");
    pel_emit_string(e, "path", report->physmem);
    pel_emit_hex(e, "size", report->physmem_size);
    walk_qemu(e, report);
    pel_emit_map_end(e);
}

/* ---- minidump ---------------------------------------------------------- */

static void walk_streams(pel_emitter *e, const pel_minidump_info *info)
{
    pel_emit_seq_begin(e, "streams");
    for (unsigned i = 0; i < PEL_MINIDUMP_STREAMS; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "name", pel_minidump_stream_name((pel_minidump_stream)i));
        pel_emit_dec(e, "type", info->streams[i].type);
        pel_emit_hex(e, "offset", info->streams[i].offset);
        pel_emit_hex(e, "size", info->streams[i].size);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_modules(pel_emitter *e, const pel_minidump_source *source)
{
    pel_emit_seq_begin(e, "modules");
    for (size_t i = 0; i < source->module_count; i++) {
        const pel_export_module *m = &source->modules[i];
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "name", m->name);
        pel_emit_hex(e, "base", m->base.v);
        pel_emit_hex(e, "size", m->size);
        pel_emit_hex(e, "checksum", m->checksum);
        pel_emit_time(e, "timestamp", m->timestamp);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_minidump(pel_emitter *e, const pel_export_report *report)
{
    if (!report->minidump) {
        pel_emit_null(e, "minidump");
        return;
    }
    const pel_minidump_info *info = &report->info;
    pel_emit_map_begin(e, "minidump");
    pel_emit_string(e, "path", report->minidump);
    pel_emit_hex(e, "size", info->size);
    pel_emit_dec(e, "threads", info->threads);
    pel_emit_dec(e, "regions", info->regions);
    pel_emit_dec(e, "ranges", info->ranges);
    pel_emit_hex(e, "memory", info->memory_bytes);
    pel_emit_dec(e, "unreadable", info->unreadable);
    walk_modules(e, report->source);
    walk_streams(e, info);
    pel_emit_map_end(e);
}

/* ---- the document ------------------------------------------------------ */

static void walk_process(pel_emitter *e, pel_process *process, const pel_export_report *report)
{
    pel_space *space = pel_process_space(process);
    pel_emit_hex(e, "base", pel_process_module(process)->base.v);
    walk_machine(e, space);
    walk_touched(e, report);
    pel_emit_dec(e, "mapped", pel_export_mapped(space));
    walk_physmem(e, report);
    walk_minidump(e, report);
    if (report->pages)
        walk_pages(e, space);
}

static void walk_nothing(pel_emitter *e)
{
    static const char *const absent[] = { "base",    "paging", "ram",     "registers",
                                          "touched", "mapped", "physmem", "minidump" };
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        pel_emit_null(e, absent[i]);
}

pel_status pel_dump_export(const pel_image *image, const char *path, pel_process *process,
                           const pel_verdict *verdict, const pel_export_report *report,
                           const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    bool refused = !process || verdict->rule != PEL_RULE_NONE;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.export/1");
    pel_walk_file(e, image, path);
    pel_emit_ntstatus(e, "status", refused ? verdict->status : pel_process_module(process)->status);
    pel_walk_refusal(e, verdict, refused);
    pel_emit_boolean(e, "hypothetical", refused && process);
    if (process)
        walk_process(e, process, report);
    else
        walk_nothing(e);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}
