/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.translate/1": addresses on every number line. */
#include <pelorus/symbols.h>

#include "dump/naming.h"
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

/* The name that the address is at or behind. */
static void walk_symbol(pel_emitter *e, const pel_symbols *symbols, const pel_location *at)
{
    pel_symbol_name name;
    if (!at->has_rva || pel_symbols_find(symbols, at->rva, &name) != PEL_OK) {
        pel_emit_null(e, "symbol");
        return;
    }
    pel_emit_symbol_name(e, "symbol", &name);
}

static void walk_step(pel_emitter *e, pel_paging paging, const pel_walk_step *step)
{
    char bits[96];
    pel_entry_format(paging, step->entry, bits, sizeof bits);
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "name", step->name);
    pel_emit_dec(e, "index", step->index);
    pel_emit_hex(e, "table", step->table.v);
    pel_emit_hex(e, "address", step->address.v);
    pel_emit_hex(e, "entry", step->entry);
    pel_emit_string(e, "bits", bits);
    pel_emit_map_end(e);
}

/* Where the contents are, in RAM or not. */
static void walk_contents(pel_emitter *e, const pel_page_info *page)
{
    bool in_ram = page->frame != PEL_NO_FRAME, in_page_file = page->place == PEL_AT_PAGE_FILE;
    pel_emit_map_begin(e, "contents");
    pel_emit_string(e, "place", pel_page_place_name(page->place));
    pel_emit_protect(e, "protect", page->protect);
    pel_emit_string(e, "list", in_ram ? pel_frame_list_name(page->list) : NULL);
    number_or_null(e, "frame", in_ram, page->frame);
    number_or_null(e, "page_file", in_page_file, page->page_file);
    number_or_null(e, "slot", in_page_file, page->slot);
    pel_emit_boolean(e, "shared", page->shared);
    pel_emit_boolean(e, "modified", page->modified);
    pel_emit_map_end(e);
}

static const char *place_of(const pel_space *space, pel_va va, pel_page_info *page)
{
    pel_ntstatus nt = pel_space_page(space, va, page);
    return pel_nt_success(nt) ? pel_page_place_name(page->place) : NULL;
}

/* Touch the page as a program would, so that the tables have an entry to show. */
static void walk_tables(pel_emitter *e, pel_process *process, const pel_location *at,
                        bool look_only)
{
    uint8_t byte;
    pel_page_info page;
    pel_space *space = pel_process_space(process);
    pel_paging paging = pel_machine_paging(pel_space_machine(space));
    if (!at->has_va) {
        pel_emit_null(e, "walk");
        return;
    }
    pel_emit_map_begin(e, "walk");
    pel_emit_string(e, "paging", pel_paging_name(paging));
    pel_emit_string(e, "before", place_of(space, at->va, &page));
    if (look_only)
        pel_emit_null(e, "access");
    else
        pel_emit_ntstatus(e, "access", pel_space_read(space, at->va, &byte, 1, NULL));
    pel_walk walk = pel_space_walk(space, at->va);
    pel_emit_hex(e, "cr3", walk.root.v);
    pel_emit_seq_begin(e, "steps");
    for (size_t i = 0; i < walk.count; i++)
        walk_step(e, paging, &walk.steps[i]);
    pel_emit_seq_end(e);
    number_or_null(e, "physical", walk.present, walk.pa.v);
    if (place_of(space, at->va, &page))
        walk_contents(e, &page);
    else
        pel_emit_null(e, "contents");
    pel_emit_map_end(e);
}

static void walk_result(pel_emitter *e, const pel_image *img, const pel_symbols *symbols,
                        pel_va base, pel_process *process, const pel_query *query)
{
    pel_location at = pel_locate(img, base, query->line, query->value);
    pel_emit_map_begin(e, NULL);
    number_or_null(e, "rva", at.has_rva, at.rva.v);
    number_or_null(e, "va", at.has_va, at.va.v);
    number_or_null(e, "offset", at.has_offset, at.offset.v);
    pel_emit_string(e, "where", pel_where_name(at.where));
    pel_emit_section_name(e, "section", img, at.section);
    pel_emit_protect(e, "protect", at.protect);
    walk_symbol(e, symbols, &at);
    walk_offsets(e, &at);
    walk_rvas(e, img, &at);
    if (process)
        walk_tables(e, process, &at, query->look_only);
    pel_emit_map_end(e);
}

pel_status pel_dump_translate(const pel_image *image, const char *path, pel_va base,
                              pel_process *process, const pel_query *queries, size_t query_count,
                              const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    pel_symbols *symbols;
    PEL_TRY(pel_symbols_new(image, options ? options->allocator : NULL, &symbols));
    pel_status st = pel_emitter_new(options, sink, &e);
    if (st != PEL_OK) {
        pel_symbols_free(symbols);
        return st;
    }
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.translate/1");
    pel_walk_file(e, image, path);
    pel_emit_hex(e, "base", base.v);
    pel_emit_aslr(e, process ? pel_process_module(process) : NULL);
    pel_emit_seq_begin(e, "results");
    for (size_t i = 0; i < query_count && e->status == PEL_OK; i++)
        walk_result(e, image, symbols, base, process, &queries[i]);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    pel_symbols_free(symbols);
    return pel_emitter_close(e);
}
