/* SPDX-License-Identifier: Apache-2.0 */
/* Base relocations, block by block. */
#include "dump/walk_image.h"

static uint64_t count_relocs(const pel_image *img)
{
    uint64_t count = 0;
    pel_reloc_iter it = pel_image_relocs(img);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        count += pel_reloc_count(&block);
    return count;
}

/* Bytes of the address that the place of a relocation has in one piece; 0: it has none. */
static size_t address_size(uint8_t type)
{
    return type == PEL_REL_DIR64 ? 8 : type == PEL_REL_HIGHLOW ? 4 : 0;
}

/* The address that the place has, and what it is called: for people. */
static void tell_target(const walk *w, const pel_reloc *r)
{
    uint8_t bytes[8] = { 0 };
    pel_va target = { 0 };
    pel_rva rva;
    size_t size = address_size(r->type);
    if (size == 0 || pel_image_read(w->img, r->rva, bytes, size) != PEL_OK) {
        pel_emit_null(w->e, "target");
        pel_emit_null(w->e, "symbol");
        return;
    }
    for (size_t i = 0; i < size; i++)
        target.v |= (uint64_t)bytes[i] << 8 * i;
    pel_emit_hex(w->e, "target", target.v);
    if (pel_rva_of(pel_walk_base(w->img), pel_image_view_size(w->img), target, &rva))
        pel_emit_symbol(w->e, "symbol", w->naming, rva);
    else
        pel_emit_null(w->e, "symbol");
}

static void walk_reloc_entries(const walk *w, const pel_reloc_block *block, uint16_t machine)
{
    size_t count = pel_reloc_count(block);
    pel_emit_seq_begin(w->e, "entries");
    for (size_t i = 0; i < count && w->e->status == PEL_OK; i++) {
        pel_reloc r = pel_reloc_entry(block, i);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_named(w->e, "type", r.type, pel_reloc_type_name(machine, r.type));
        pel_emit_hex(w->e, "rva", r.rva.v);
        if (w->options->format == PEL_FORMAT_TEXT)
            tell_target(w, &r);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

static void walk_reloc_block(const walk *w, const pel_reloc_block *block, bool entries)
{
    const pel_file_header *file = pel_image_file_header(w->img);
    const pel_te_header *te = pel_image_te_header(w->img);
    pel_emit_map_begin(w->e, NULL);
    w->e->offset = block->offset.v;
    pel_emit_hex(w->e, "VirtualAddress", block->page.v);
    w->e->offset = block->offset.v + 4;
    pel_emit_hex(w->e, "SizeOfBlock", block->size);
    if (entries)
        walk_reloc_entries(w, block, file ? file->machine : te ? te->machine : 0);
    else
        pel_emit_dec(w->e, "entries", pel_reloc_count(block));
    pel_emit_map_end(w->e);
}

/* Why the walk ended: the loader stops in the same places. */
static const char *end_of_relocs(pel_status status)
{
    if (status == PEL_TRUNCATED)
        return "truncated"; /* the table runs past the bytes of its section */
    return status == PEL_OK ? "complete" : "malformed"; /* a block shorter than its header */
}

/* Text is for people: it lists each relocation only when asked for them by name. */
void pel_walk_relocs(const walk *w)
{
    if (pel_image_directory(w->img, PEL_DIR_BASERELOC).size == 0 ||
        !pel_dump_wants(w->options, "base_relocations"))
        return;
    bool entries = w->options->format != PEL_FORMAT_TEXT || w->options->only;
    pel_emit_map_begin(w->e, "base_relocations");
    pel_emit_dec(w->e, "count", count_relocs(w->img));
    pel_emit_seq_begin(w->e, "blocks");
    pel_reloc_iter it = pel_image_relocs(w->img);
    for (pel_reloc_block block; w->e->status == PEL_OK && pel_reloc_next(&it, &block);)
        walk_reloc_block(w, &block, entries);
    pel_emit_seq_end(w->e);
    pel_emit_string(w->e, "end", end_of_relocs(it.status));
    pel_emit_map_end(w->e);
}
