/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.translate/1": addresses on every number line. */
#include "dump/walk.h"

/* An offset may be mapped tens of thousands of times; the rest is counted. */
#define RVAS_SHOWN 1000

static void number_or_null(pel_emitter *e, const char *key, bool has, uint64_t value)
{
    if (has)
        pel_emit_hex(e, key, value);
    else
        pel_emit_null(e, key);
}

static void walk_offsets(pel_emitter *e, const pel_location *at)
{
    pel_emit_seq_begin(e, "offsets");
    if (at->has_offset)
        pel_emit_hex(e, NULL, at->offset.v);
    pel_emit_seq_end(e);
}

static void walk_rvas(pel_emitter *e, const pel_image *img, const pel_location *at)
{
    pel_emit_seq_begin(e, "rvas");
    size_t shown = 0;
    pel_rva_iter it = pel_image_rvas(img, at->offset);
    for (pel_rva rva; at->has_offset && shown < RVAS_SHOWN && pel_rva_next(&it, &rva); shown++)
        pel_emit_hex(e, NULL, rva.v);
    if (!at->has_offset && at->has_rva && at->where != PEL_WHERE_UNMAPPED)
        pel_emit_hex(e, NULL, at->rva.v);
    pel_emit_seq_end(e);
}

/* Touch the page as a program would, so that the tables have an entry to show. */
static void walk_tables(pel_emitter *e, pel_process *process, const pel_location *at)
{
    uint8_t byte;
    pel_space *space = pel_process_space(process);
    if (!at->has_va) {
        pel_emit_null(e, "walk");
        return;
    }
    pel_ntstatus nt = pel_space_read(space, at->va, &byte, 1, NULL);
    pel_walk walk = pel_space_walk(space, at->va);
    pel_emit_map_begin(e, "walk");
    pel_emit_ntstatus(e, "access", nt);
    pel_emit_hex(e, "cr3", walk.root.v);
    pel_emit_seq_begin(e, "steps");
    for (size_t i = 0; i < walk.count; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "name", walk.steps[i].name);
        pel_emit_dec(e, "index", walk.steps[i].index);
        pel_emit_hex(e, "address", walk.steps[i].address.v);
        pel_emit_hex(e, "entry", walk.steps[i].entry);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    number_or_null(e, "physical", walk.present, walk.pa.v);
    pel_emit_map_end(e);
}

static void walk_result(pel_emitter *e, const pel_image *img, pel_va base, pel_process *process,
                        const pel_query *query)
{
    pel_location at = pel_locate(img, base, query->line, query->value);
    pel_emit_map_begin(e, NULL);
    number_or_null(e, "rva", at.has_rva, at.rva.v);
    number_or_null(e, "va", at.has_va, at.va.v);
    number_or_null(e, "offset", at.has_offset, at.offset.v);
    pel_emit_string(e, "where", pel_where_name(at.where));
    pel_emit_section_name(e, "section", img, at.section);
    pel_emit_protect(e, "protect", at.protect);
    walk_offsets(e, &at);
    walk_rvas(e, img, &at);
    if (process)
        walk_tables(e, process, &at);
    pel_emit_map_end(e);
}

pel_status pel_dump_translate(const pel_image *image, const char *path, pel_va base,
                              pel_process *process, const pel_query *queries, size_t query_count,
                              const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.translate/1");
    pel_walk_file(e, image, path);
    pel_emit_hex(e, "base", base.v);
    pel_emit_seq_begin(e, "results");
    for (size_t i = 0; i < query_count && e->status == PEL_OK; i++)
        walk_result(e, image, base, process, &queries[i]);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}
