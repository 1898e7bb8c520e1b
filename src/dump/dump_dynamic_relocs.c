/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic value relocation table. */
#include "dump/walk_metadata.h"

static void rva_or_null(pel_emitter *e, const char *key, bool there, pel_rva rva)
{
    if (there)
        pel_emit_hex(e, key, rva.v);
    else
        pel_emit_null(e, key);
}

/* ---- records ------------------------------------------------------------- */

static void emit_import(pel_emitter *e, const pel_dynamic_record *r)
{
    pel_emit_boolean(e, "IndirectCall", r->indirect_call);
    pel_emit_dec(e, "IATIndex", r->iat_index);
    rva_or_null(e, "slot_rva", r->has_slot, r->slot);
}

static void emit_indirect(pel_emitter *e, const pel_dynamic_record *r)
{
    pel_emit_boolean(e, "IndirectCall", r->indirect_call);
    pel_emit_boolean(e, "RexWPrefix", r->rex_w);
    pel_emit_boolean(e, "CfgCheck", r->cfg_check);
    pel_emit_boolean(e, "Reserved", r->reserved);
}

static void emit_arm64_import(pel_emitter *e, const pel_dynamic_record *r)
{
    pel_emit_boolean(e, "IndirectCall", r->indirect_call);
    pel_emit_dec(e, "RegisterIndex", r->register_index);
    pel_emit_boolean(e, "ImportType", r->delayed);
    pel_emit_dec(e, "IATIndex", r->iat_index);
    rva_or_null(e, "slot_rva", r->has_slot, r->slot);
}

static void emit_arm64x(pel_emitter *e, const pel_dynamic_record *r)
{
    pel_emit_enum(e, "Type", r->type, &pel_names_arm64x_fixup);
    pel_emit_dec(e, "Size", r->width);
    if (r->type == PEL_ARM64X_DELTA) {
        pel_emit_boolean(e, "Sign", r->negative);
        pel_emit_dec(e, "Scale", r->scale);
    }
    if (r->type != PEL_ARM64X_ZEROFILL)
        pel_emit_hex(e, "Value", r->value);
}

static void emit_typed(const walk *w, const pel_dynamic_block *block, const pel_dynamic_record *r)
{
    const char *name = NULL;
    if (block->symbol == PEL_DYNAMIC_FUNCTION_OVERRIDE) {
        pel_emit_enum(w->e, "type", r->type, &pel_names_function_override_type);
        return;
    }
    if (pel_dynamic_symbol_is_address(block->symbol))
        name = pel_reloc_type_name(pel_image_file_header(w->img)->machine, r->type);
    pel_emit_named(w->e, "type", r->type, name);
}

static void walk_record(const walk *w, const pel_dynamic_block *block, const pel_dynamic_record *r)
{
    pel_emitter *e = w->e;
    bool typed = false;
    pel_emit_map_begin(e, NULL);
    e->offset = r->offset.v;
    pel_emit_hex(e, "rva", r->rva.v);
    switch (block->symbol) {
    case PEL_DYNAMIC_GUARD_IMPORT_CONTROL_TRANSFER: emit_import(e, r); break;
    case PEL_DYNAMIC_GUARD_INDIR_CONTROL_TRANSFER: emit_indirect(e, r); break;
    case PEL_DYNAMIC_GUARD_SWITCHTABLE_BRANCH:
        pel_emit_dec(e, "RegisterNumber", r->register_index);
        break;
    case PEL_DYNAMIC_ARM64X: emit_arm64x(e, r); break;
    case PEL_DYNAMIC_ARM64_KERNEL_IMPORT_CALL_TRANSFER: emit_arm64_import(e, r); break;
    default: typed = true; break;
    }
    if (typed)
        emit_typed(w, block, r);
    else
        pel_emit_hex(e, "PageRelativeOffset", r->page_offset);
    pel_emit_map_end(e);
}

/* ---- blocks ---------------------------------------------------------------- */

static void walk_block(const walk *w, pel_dynamic_block *block)
{
    pel_emit_map_begin(w->e, NULL);
    w->e->offset = block->offset.v;
    w->e->digits = 8;
    pel_emit_hex(w->e, "VirtualAddress", block->page.v);
    w->e->offset = block->offset.v + 4;
    pel_emit_hex(w->e, "SizeOfBlock", block->size);
    pel_emit_seq_begin(w->e, "records");
    for (pel_dynamic_record r; w->e->status == PEL_OK && pel_dynamic_record_next(block, &r);)
        walk_record(w, block, &r);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, block->status);
    pel_emit_map_end(w->e);
}

/* Gives how the list ends. */
static pel_status walk_blocks(const walk *w, pel_dynamic_blocks *it)
{
    pel_emit_seq_begin(w->e, "blocks");
    for (pel_dynamic_block b; w->e->status == PEL_OK && pel_dynamic_block_next(it, &b);)
        walk_block(w, &b);
    pel_emit_seq_end(w->e);
    return it->status;
}

static void emit_at(const walk *w, const pel_schema *schema, const void *fields, uint64_t offset,
                    size_t available)
{
    bool wide = pel_image_is_wide(w->img);
    size_t size = pel_schema_wire_size(schema, wide);
    pel_structure s = { .schema = schema,
                        .fields = fields,
                        .offset = { offset },
                        .size = size,
                        .available = available < size ? available : size,
                        .wide = wide };
    pel_emit_structure(w->e, &s);
}

/* ---- headers by symbol -------------------------------------------------------- */

static void walk_prologue(const walk *w, const pel_dynamic_reloc_entry *entry)
{
    pel_rf_prologue head;
    pel_span bytes;
    if (pel_dynamic_prologue(entry, &head, &bytes) == PEL_NOT_FOUND)
        return;
    pel_emit_map_begin(w->e, "prologue");
    emit_at(w, &pel_rf_prologue_schema, &head, entry->header_offset.v, entry->header.size);
    pel_emit_bytes(w->e, "PrologueBytes", bytes);
    pel_emit_map_end(w->e);
}

static void walk_epilogue(const walk *w, const pel_dynamic_reloc_entry *entry)
{
    pel_rf_epilogue head;
    pel_span descriptors, bitmap;
    if (pel_dynamic_epilogue(entry, &head, &descriptors, &bitmap) == PEL_NOT_FOUND)
        return;
    pel_emit_map_begin(w->e, "epilogue");
    emit_at(w, &pel_rf_epilogue_schema, &head, entry->header_offset.v, entry->header.size);
    pel_emit_bytes(w->e, "BranchDescriptors", descriptors);
    pel_emit_bytes(w->e, "BranchDescriptorBitMap", bitmap);
    pel_emit_map_end(w->e);
}

/* ---- function overrides ---------------------------------------------------------- */

static void walk_override(const walk *w, pel_override *function)
{
    pel_rva rva;
    pel_emit_map_begin(w->e, NULL);
    emit_at(w, &pel_function_override_schema, &function->record, function->offset.v, SIZE_MAX);
    pel_emit_name(w->e, "name", w->naming, function->record.original);
    pel_emit_seq_begin(w->e, "RVAs");
    for (size_t i = 0; w->e->status == PEL_OK && pel_override_rva(function, i, &rva); i++)
        pel_emit_hex(w->e, NULL, rva.v);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, walk_blocks(w, &function->blocks));
    pel_emit_map_end(w->e);
}

static void walk_bdd(const walk *w, const pel_bdd *bdd)
{
    pel_bdd_node node;
    uint64_t at = bdd->offset.v + pel_schema_wire_size(&pel_bdd_info_schema, false);
    size_t size = pel_schema_wire_size(&pel_bdd_node_schema, false);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_hex(w->e, "BDDOffset", bdd->start);
    emit_at(w, &pel_bdd_info_schema, &bdd->info, bdd->offset.v, SIZE_MAX);
    pel_emit_seq_begin(w->e, "nodes");
    for (size_t i = 0; w->e->status == PEL_OK && pel_bdd_node_at(bdd, i, &node); i++) {
        pel_emit_map_begin(w->e, NULL);
        emit_at(w, &pel_bdd_node_schema, &node, at + i * size, SIZE_MAX);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_map_end(w->e);
}

static void walk_overrides(const walk *w, const pel_dynamic_reloc_entry *entry)
{
    pel_overrides it;
    pel_status st = pel_dynamic_overrides(entry, &it);
    if (st == PEL_NOT_FOUND)
        return;
    pel_emit_map_begin(w->e, "function_override");
    emit_at(w, &pel_function_override_header_schema, &it.header, it.offset.v, entry->fixups.size);
    pel_emit_seq_begin(w->e, "functions");
    for (pel_override f; w->e->status == PEL_OK && pel_override_next(&it, &f);)
        walk_override(w, &f);
    pel_emit_seq_end(w->e);
    pel_bdds bdds = pel_override_bdds(&it);
    pel_emit_seq_begin(w->e, "bdd");
    for (pel_bdd b; w->e->status == PEL_OK && pel_bdd_next(&bdds, &b);)
        walk_bdd(w, &b);
    pel_emit_seq_end(w->e);
    st = st == PEL_OK ? it.status : st;
    pel_emit_end(w->e, st == PEL_OK ? bdds.status : st);
    pel_emit_map_end(w->e);
}

/* ---- entries ------------------------------------------------------------------------ */

static void walk_entry(const walk *w, const pel_dynamic_reloc_entry *entry)
{
    pel_emit_map_begin(w->e, NULL);
    if (entry->version == 1)
        emit_at(w, &pel_dynamic_reloc_schema, &entry->v1, entry->offset.v, SIZE_MAX);
    else
        emit_at(w, &pel_dynamic_reloc_v2_schema, &entry->v2, entry->offset.v, SIZE_MAX);
    if (pel_dynamic_symbol_is_address(entry->symbol))
        pel_emit_string(w->e, "address_of", pel_dynamic_symbol_address(entry->symbol));
    walk_prologue(w, entry);
    walk_epilogue(w, entry);
    walk_overrides(w, entry);
    pel_dynamic_blocks blocks = pel_dynamic_blocks_of(entry);
    pel_emit_end(w->e, walk_blocks(w, &blocks));
    pel_emit_map_end(w->e);
}

void pel_walk_dynamic_relocs(const walk *w)
{
    pel_dynamic_relocs it;
    pel_status st = pel_image_dynamic_relocs(w->img, &it);
    if (st == PEL_NOT_FOUND)
        return;
    if (st == PEL_MALFORMED) {
        pel_emit_null(w->e, "dynamic_relocations");
        return;
    }
    pel_emit_map_begin(w->e, "dynamic_relocations");
    emit_at(w, &pel_dynamic_reloc_table_schema, &it.table, it.offset.v, it.available);
    pel_emit_seq_begin(w->e, "entries");
    for (pel_dynamic_reloc_entry r; w->e->status == PEL_OK && pel_dynamic_reloc_next(&it, &r);)
        walk_entry(w, &r);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}
