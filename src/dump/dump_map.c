/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.map/1": the memory map of a process. */
#include "dump/draw.h"
#include "dump/walk.h"
#include "dump/walk_memory.h"
#include "dump/walk_verdict.h"

/* ---- regions ----------------------------------------------------------- */

/* Sections that lie in [rva, rva + size): several, where neighbours have equal attributes. */
static void walk_section_names(pel_emitter *e, const pel_image *img, uint64_t rva, uint64_t size)
{
    uint32_t last = PEL_NO_INDEX;
    pel_emit_seq_begin(e, "sections");
    for (uint64_t at = rva; at < rva + size;) {
        pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)at });
        if (a.section != PEL_NO_INDEX && a.section != last) {
            pel_emit_section_name(e, NULL, img, a.section);
            last = a.section;
        }
        at += a.run;
    }
    pel_emit_seq_end(e);
}

static void walk_region(pel_emitter *e, const pel_image *img, const pel_module *m,
                        const pel_region *r, bool of_image)
{
    uint64_t rva = r->base.v - m->base.v;
    pel_emit_map_begin(e, NULL);
    pel_emit_hex(e, "va", r->base.v);
    if (of_image)
        pel_emit_hex(e, "rva", rva);
    pel_emit_hex(e, "size", r->size);
    pel_emit_string(e, "state", pel_state_name(r->state));
    pel_emit_protect(e, "protect", r->protect);
    pel_emit_protect(e, "alloc_protect", r->alloc_protect);
    pel_emit_string(e, "type", pel_type_name(r->type));
    if (of_image) {
        uint32_t section = pel_image_at_rva(img, (pel_rva){ (uint32_t)rva }).section;
        pel_emit_section_name(e, "section", img, section);
        if (e->options->format != PEL_FORMAT_TEXT)
            walk_section_names(e, img, rva, r->size);
    }
    pel_emit_map_end(e);
}

static void walk_image_regions(pel_emitter *e, const pel_image *img, pel_process *process)
{
    pel_space *space = pel_process_space(process);
    const pel_module *m = pel_process_module(process);
    pel_va at = m->base;
    for (pel_region r; at.v - m->base.v < m->size; at.v = r.base.v + r.size) {
        if (!pel_nt_success(pel_space_query(space, at, &r)))
            break;
        walk_region(e, img, m, &r, true);
    }
}

static void walk_space(pel_emitter *e, const pel_image *img, pel_process *process)
{
    pel_space *space = pel_process_space(process);
    const pel_module *m = pel_process_module(process);
    pel_va at = { 0 };
    pel_emit_seq_begin(e, "address_space");
    for (pel_region r; pel_nt_success(pel_space_query(space, at, &r)); at.v = r.base.v + r.size)
        if (r.state != PEL_MEM_FREE)
            walk_region(e, img, m, &r, false);
    pel_emit_seq_end(e);
}

/* ---- the document ------------------------------------------------------ */

static void walk_module(pel_emitter *e, const pel_image *img, pel_process *process)
{
    const pel_module *m = pel_process_module(process);
    pel_naming naming = { .image = img, .allocator = e->options->allocator };
    pel_emit_hex(e, "base", m->base.v);
    pel_emit_hex(e, "preferred_base", m->preferred_base.v);
    pel_emit_aslr(e, m);
    pel_emit_boolean(e, "relocated", m->relocated);
    pel_emit_boolean(e, "header_rewritten", m->header_rewritten);
    pel_emit_hex(e, "size_of_image", m->size);
    pel_walk_entry(e, &naming, m);
    pel_naming_free(&naming);
    pel_emit_seq_begin(e, "regions");
    walk_image_regions(e, img, process);
    pel_emit_seq_end(e);
    pel_walk_stack(e, pel_process_stack(process));
    pel_walk_heap(e, pel_process_heap(process));
    walk_space(e, img, process);
}

/* Nothing was mapped: the keys stay, so that scripts need not ask for them. */
static void walk_nothing(pel_emitter *e, const pel_image *img)
{
    static const char *const absent[] = { "entry_point", "stack", "heap" };
    const pel_optional_header *o = pel_image_optional_header(img);
    pel_emit_null(e, "base");
    if (o)
        pel_emit_hex(e, "preferred_base", o->image_base.v);
    else
        pel_emit_null(e, "preferred_base");
    pel_emit_aslr(e, NULL);
    pel_emit_boolean(e, "relocated", false);
    pel_emit_boolean(e, "header_rewritten", false);
    if (o)
        pel_emit_hex(e, "size_of_image", pel_image_view_size(img));
    else
        pel_emit_null(e, "size_of_image");
    pel_emit_null(e, absent[0]);
    pel_emit_seq_begin(e, "regions");
    pel_emit_seq_end(e);
    for (size_t i = 1; i < sizeof absent / sizeof absent[0]; i++)
        pel_emit_null(e, absent[i]);
    pel_emit_seq_begin(e, "address_space");
    pel_emit_seq_end(e);
}

static pel_status document(const pel_image *image, const char *path, pel_process *process,
                           const pel_verdict *verdict, const pel_dump_options *options,
                           pel_sink sink)
{
    pel_emitter *e;
    bool refused = !process || verdict->rule != PEL_RULE_NONE;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.map/1");
    pel_walk_file(e, image, path);
    pel_emit_ntstatus(e, "status", refused ? verdict->status : pel_process_module(process)->status);
    pel_walk_refusal(e, verdict, refused);
    pel_emit_boolean(e, "hypothetical", refused && process);
    if (process)
        walk_module(e, image, process);
    else
        walk_nothing(e, image);
    pel_walk_diagnostics(e, image);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}

pel_status pel_dump_map(const pel_image *image, const char *path, pel_process *process,
                        const pel_verdict *verdict, const pel_dump_options *options, pel_sink sink)
{
    options = pel_dump_options_or_default(options);
    if (options->format == PEL_FORMAT_TEXT && !options->only)
        return pel_draw_map(image, path, process, verdict, options, sink);
    return document(image, path, process, verdict, options, sink);
}
