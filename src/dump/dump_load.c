/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.load/1": a process as its loader made it. */
#include <pelorus/directories.h>

#include "base/alloc.h"
#include "base/text.h"
#include "dump/draw_load.h"
#include "dump/walk_memory.h"
#include "dump/walk_verdict.h"

static void text_or_null(pel_emitter *e, const char *key, bool there, pel_str text)
{
    if (there)
        pel_emit_text(e, key, text);
    else
        pel_emit_null(e, key);
}

static void index_or_null(pel_emitter *e, const char *key, uint32_t index)
{
    if (index != PEL_NO_INDEX)
        pel_emit_dec(e, key, index);
    else
        pel_emit_null(e, key);
}

static const char *name_of(const pel_process *process, uint32_t module)
{
    const pel_loaded_module *m = pel_process_module_at(process, module);
    return m ? m->name : NULL;
}

/* ---- the machine ------------------------------------------------------- */

static void walk_machine(pel_emitter *e, const pel_machine *machine)
{
    pel_emit_map_begin(e, "machine");
    pel_emit_string(e, "paging", pel_paging_name(pel_machine_paging(machine)));
    pel_emit_hex(e, "ram_size", pel_machine_counters(machine).frames * PEL_PAGE_SIZE);
    pel_emit_map_end(e);
}

static void walk_counters(pel_emitter *e, const pel_machine *machine)
{
    pel_counters c = pel_machine_counters(machine);
    pel_emit_map_begin(e, "counters");
#define X(member, text) pel_emit_dec(e, #member, c.member);
#include <pelorus/tables/counters.def>
#undef X
    pel_emit_map_end(e);
}

static void walk_api_sets(pel_emitter *e, const pel_process *process)
{
    uint32_t version = pel_process_api_sets(process)->version;
    pel_emit_map_begin(e, "api_sets");
    pel_emit_string(e, "source", version ? "schema" : "built-in");
    if (version)
        pel_emit_dec(e, "version", version);
    else
        pel_emit_null(e, "version");
    pel_emit_map_end(e);
}

/* ---- modules ----------------------------------------------------------- */

static void walk_cookie(pel_emitter *e, const pel_loaded_module *m)
{
    if (!m->has_cookie) {
        pel_emit_null(e, "security_cookie");
        return;
    }
    pel_emit_map_begin(e, "security_cookie");
    pel_emit_hex(e, "va", m->cookie_at.v);
    pel_emit_hex(e, "value", m->cookie);
    pel_emit_map_end(e);
}

/* IMAGE_GUARD_CF_INSTRUMENTED: its indirect calls are checked against the bitmap of the process,
 * which has two bits for each 16 bytes of the address space (Microsoft, "Control Flow Guard"). */
#define CF_INSTRUMENTED    0x100u
#define CF_BYTES_OF_BITMAP 64u

static void walk_cfg(pel_emitter *e, const pel_loaded_module *m)
{
    pel_load_config_info config;
    pel_status st = pel_image_load_config(m->image, &config);
    if (st != PEL_OK || !(config.directory.guard_flags & CF_INSTRUMENTED)) {
        pel_emit_null(e, "cfg");
        return;
    }
    pel_emit_map_begin(e, "cfg");
    pel_emit_dec(e, "functions", config.directory.guard_function_count);
    pel_emit_hex(e, "bitmap_offset", m->module.base.v / CF_BYTES_OF_BITMAP);
    pel_emit_hex(e, "bitmap_size", m->module.size / CF_BYTES_OF_BITMAP);
    pel_emit_map_end(e);
}

static void walk_module(pel_emitter *e, const pel_loaded_module *m, pel_naming *naming)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "name", m->name);
    pel_emit_string(e, "path", m->file);
    pel_emit_hex(e, "base", m->module.base.v);
    pel_emit_hex(e, "preferred_base", m->module.preferred_base.v);
    pel_emit_hex(e, "size", m->module.size);
    pel_walk_entry(e, naming, &m->module);
    pel_emit_boolean(e, "relocated", m->module.relocated);
    index_or_null(e, "init_order", m->init_order);
    pel_emit_boolean(e, "bound", m->bound);
    pel_emit_boolean(e, "called", m->called);
    index_or_null(e, "tls_slot", m->tls_slot);
    walk_cookie(e, m);
    walk_cfg(e, m);
    pel_emit_map_end(e);
}

static void walk_modules(pel_emitter *e, const pel_process *process, pel_naming *names)
{
    pel_emit_seq_begin(e, "modules");
    for (uint32_t i = 0; process && i < pel_process_module_count(process); i++)
        walk_module(e, pel_process_module_at(process, i), &names[i]);
    pel_emit_seq_end(e);
}

/* ---- bindings ---------------------------------------------------------- */

static void walk_target_symbol(pel_emitter *e, const pel_loaded_module *m, const pel_binding *b,
                               pel_naming *names)
{
    pel_rva rva;
    if (m && pel_rva_of(m->module.base, m->module.size, b->target, &rva))
        pel_emit_symbol(e, "target_symbol", &names[b->target_module], rva);
    else
        pel_emit_null(e, "target_symbol");
}

static void walk_target(pel_emitter *e, const pel_process *process, const pel_binding *b,
                        pel_naming *names)
{
    const pel_loaded_module *m = pel_process_module_at(process, b->target_module);
    pel_emit_string(e, "target_module", m ? m->name : NULL);
    if (m)
        pel_emit_hex(e, "target_rva", b->target.v - m->module.base.v);
    else
        pel_emit_null(e, "target_rva");
    pel_emit_hex(e, "target_va", b->target.v);
    walk_target_symbol(e, m, b, names);
    pel_emit_seq_begin(e, "forwarded_through");
    for (uint32_t i = 0; i < b->forward_count; i++)
        pel_emit_text(e, NULL, pel_process_forward(process, b->forwards + i));
    pel_emit_seq_end(e);
}

static void walk_binding(pel_emitter *e, const pel_process *process, const pel_binding *b,
                         pel_naming *names)
{
    const pel_loaded_module *m = pel_process_module_at(process, b->module);
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "module", m->name);
    pel_emit_string(e, "kind", pel_binding_kind_name(b->kind));
    pel_emit_hex(e, "slot_rva", b->slot.v);
    pel_emit_hex(e, "slot_va", pel_va_of(m->module.base, b->slot).v);
    pel_emit_text(e, "dll", b->dll);
    text_or_null(e, "name", !b->by_ordinal, b->name);
    index_or_null(e, "ordinal", b->by_ordinal ? b->ordinal : PEL_NO_INDEX);
    walk_target(e, process, b, names);
    pel_emit_map_end(e);
}

static void walk_bindings(pel_emitter *e, const pel_process *process, pel_naming *names)
{
    pel_emit_seq_begin(e, "bindings");
    size_t count = process ? pel_process_binding_count(process) : 0;
    for (size_t i = 0; i < count && e->status == PEL_OK; i++)
        walk_binding(e, process, pel_process_binding_at(process, i), names);
    pel_emit_seq_end(e);
}

/* The rule that the file of a DLL breaks, or what else there is against it. */
static void walk_dll_refusal(pel_emitter *e, const pel_load_result *r, const pel_dll_refusal *why)
{
    char message[PEL_REFUSAL_TEXT];
    bool by_rule = why->verdict.rule != PEL_RULE_NONE;
    pel_emit_string(e, "rule", by_rule ? pel_rule_name(why->verdict.rule) : NULL);
    bool any = pel_dll_refusal_text(r->image, why, message);
    pel_emit_string(e, "message", any ? message : NULL);
}

static void walk_missing(pel_emitter *e, const pel_load_result *r)
{
    const pel_process *process = r->process;
    pel_emit_seq_begin(e, "missing");
    size_t count = process ? pel_process_missing_count(process) : 0;
    for (size_t i = 0; i < count && e->status == PEL_OK; i++) {
        const pel_missing *m = pel_process_missing_at(process, i);
        pel_emit_map_begin(e, NULL);
        pel_emit_ntstatus(e, "status", m->status);
        pel_emit_string(e, "module", m->importer);
        pel_emit_text(e, "dll", m->dll);
        text_or_null(e, "name", !m->whole && !m->by_ordinal, m->name);
        index_or_null(e, "ordinal", m->by_ordinal ? m->ordinal : PEL_NO_INDEX);
        text_or_null(e, "forwarder", m->forwarder.ptr != NULL, m->forwarder);
        pel_emit_boolean(e, "delayed", m->delayed);
        walk_dll_refusal(e, r, &m->refusal);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_failure(pel_emitter *e, const pel_load_result *r)
{
    const pel_loader_failure *f = r->process ? pel_process_failure(r->process) : NULL;
    if (!f) {
        pel_emit_null(e, "failure");
        return;
    }
    pel_emit_map_begin(e, "failure");
    pel_emit_ntstatus(e, "status", f->status);
    pel_emit_string(e, "step", pel_loader_step_name(f->step));
    pel_emit_string(e, "module", f->module);
    if (f->has_va)
        pel_emit_hex(e, "va", f->va.v);
    else
        pel_emit_null(e, "va");
    walk_dll_refusal(e, r, &f->refusal);
    pel_emit_map_end(e);
}

/* ---- thread-local storage ---------------------------------------------- */

static void walk_callbacks(pel_emitter *e, const pel_loaded_module *m, pel_naming *naming)
{
    uint64_t delta = m->module.relocated ? m->module.base.v - m->module.preferred_base.v : 0;
    pel_walk_callbacks(e, naming, delta);
}

static void walk_tls(pel_emitter *e, const pel_process *process, pel_naming *names)
{
    pel_emit_map_begin(e, "tls");
    pel_va array = pel_process_tls_array(process);
    if (array.v)
        pel_emit_hex(e, "array", array.v);
    else
        pel_emit_null(e, "array");
    pel_emit_seq_begin(e, "slots");
    for (uint32_t i = 0; i < pel_process_module_count(process); i++) {
        const pel_loaded_module *m = pel_process_module_at(process, i);
        if (m->tls_slot == PEL_NO_INDEX)
            continue;
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "slot", m->tls_slot);
        pel_emit_string(e, "module", m->name);
        if (m->tls_block.v)
            pel_emit_hex(e, "block", m->tls_block.v);
        else
            pel_emit_null(e, "block");
        walk_callbacks(e, m, &names[i]);
        pel_emit_boolean(e, "called", m->calls_back);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

/* ---- what the program finds -------------------------------------------- */

static void walk_furniture(pel_emitter *e, const pel_process *process)
{
    const pel_furniture *f = pel_process_furniture(process);
    if (!f->peb.v) {
        pel_emit_null(e, "furniture");
        pel_emit_null(e, "context");
        return;
    }
    pel_emit_map_begin(e, "furniture");
    pel_emit_hex(e, "peb", f->peb.v);
    pel_emit_hex(e, "teb", f->teb.v);
    pel_emit_hex(e, "ldr", f->ldr.v);
    pel_emit_hex(e, "parameters", f->parameters.v);
    pel_emit_hex(e, "shared_data", f->shared_data.v);
    pel_emit_map_end(e);
    pel_emit_map_begin(e, "context");
    pel_emit_hex(e, "pc", f->context.pc.v);
    pel_emit_hex(e, "sp", f->context.sp.v);
    pel_emit_map_end(e);
}

/* ---- regions ----------------------------------------------------------- */

static void walk_regions(pel_emitter *e, const pel_process *process)
{
    pel_space *space = pel_process_space(process);
    pel_va at = { 0 };
    pel_emit_seq_begin(e, "regions");
    for (pel_region r; pel_nt_success(pel_space_query(space, at, &r)); at.v = r.base.v + r.size) {
        if (r.state == PEL_MEM_FREE)
            continue;
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "va", r.base.v);
        pel_emit_hex(e, "size", r.size);
        pel_emit_string(e, "state", pel_state_name(r.state));
        pel_emit_protect(e, "protect", r.protect);
        pel_emit_protect(e, "alloc_protect", r.alloc_protect);
        pel_emit_string(e, "type", pel_type_name(r.type));
        pel_emit_string(e, "module", name_of(process, pel_process_module_of(process, r.base)));
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

/* ---- the document ------------------------------------------------------ */

static void walk_memory(pel_emitter *e, const pel_process *process, pel_naming *names)
{
    static const char *const absent[] = { "stack", "heap", "tls", "furniture", "context" };
    if (process) {
        pel_walk_stack(e, pel_process_stack(process));
        pel_walk_heap(e, pel_process_heap(process));
        walk_tls(e, process, names);
        walk_furniture(e, process);
        walk_regions(e, process);
        return;
    }
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        pel_emit_null(e, absent[i]);
    pel_emit_seq_begin(e, "regions");
    pel_emit_seq_end(e);
}

static void walk_document(pel_emitter *e, const pel_load_result *r, pel_naming *names)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.load/1");
    pel_walk_file(e, r->image, r->path);
    pel_emit_ntstatus(e, "status", r->status);
    pel_walk_refusal(e, r->verdict, !r->process);
    walk_machine(e, r->machine);
    if (r->process)
        walk_api_sets(e, r->process);
    else
        pel_emit_null(e, "api_sets");
    walk_modules(e, r->process, names);
    walk_bindings(e, r->process, names);
    walk_missing(e, r);
    walk_failure(e, r);
    walk_memory(e, r->process, names);
    pel_walk_process_parts(e, r->process);
    walk_counters(e, r->machine);
    pel_walk_diagnostics(e, r->image);
    pel_emit_map_end(e);
}

/* Names of each module; they are collected for those that are asked. */
static pel_naming *names_of(const pel_process *process, const pel_allocator *allocator,
                            uint32_t count)
{
    pel_naming *names = pel_take(allocator, count * sizeof *names);
    for (uint32_t i = 0; names && i < count; i++)
        names[i] = (pel_naming){ .image = pel_process_module_at(process, i)->image,
                                 .allocator = allocator };
    return names;
}

static pel_status document(const pel_load_result *r, const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    pel_allocator allocator = pel_allocator_or_default(options->allocator);
    uint32_t count = r->process ? pel_process_module_count(r->process) : 0;
    pel_naming *names = names_of(r->process, &allocator, count);
    if (count > 0 && !names)
        return PEL_NO_MEMORY;
    pel_status st = pel_emitter_new(options, sink, &e);
    if (st == PEL_OK) {
        walk_document(e, r, names);
        st = pel_emitter_close(e);
    }
    for (uint32_t i = 0; i < count; i++)
        pel_naming_free(&names[i]);
    pel_give(&allocator, names, count * sizeof *names);
    return st;
}

pel_status pel_dump_load(const pel_load_result *result, const pel_dump_options *options,
                         pel_sink sink)
{
    options = pel_dump_options_or_default(options);
    if (options->format == PEL_FORMAT_TEXT && !options->only)
        return pel_draw_load(result, options, sink);
    return document(result, options, sink);
}
