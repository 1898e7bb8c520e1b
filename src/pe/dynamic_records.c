/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the dynamic value relocation table, by the symbol of their entry. Bit 0 is at the
 * right.
 *
 *   3           u32: IATIndex:19 IndirectCall:1 PageRelativeOffset:12
 *   4           u16: Reserved:1 CfgCheck:1 RexWPrefix:1 IndirectCall:1 PageRelativeOffset:12
 *   5           u16: RegisterNumber:4 PageRelativeOffset:12
 *   6 (ARM64X)  u16: Size:2 Type:2 Offset:12    zero-fill: 1 << Size bytes become 0
 *                                               value: 1 << Size bytes follow, and are stored
 *               u16: Scale:1 Sign:1 Type:2 Offset:12, u16    delta: times 4 or 8, to 32 bits
 *   8           u32: IATIndex:15 ImportType:1 RegisterIndex:5 IndirectCall:1 offset/4:10
 *   others      u16: Type:4 Offset:12, as base relocations
 *
 * Layout: winnt.h of the Windows SDK, ntimage.h and COFF.h of LLVM. */
#include <pelorus/dynamic_relocs.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

#define NO_IAT_INDEX 0x7fffu /* of records of symbol 8 */

/* The structure that a record is, by its symbol; the others are as base relocations. */
static const pel_schema *schema_of(uint64_t symbol)
{
    switch (symbol) {
    case PEL_DYNAMIC_GUARD_IMPORT_CONTROL_TRANSFER: return &pel_import_transfer_schema;
    case PEL_DYNAMIC_GUARD_INDIR_CONTROL_TRANSFER: return &pel_indirect_transfer_schema;
    case PEL_DYNAMIC_GUARD_SWITCHTABLE_BRANCH: return &pel_switchtable_branch_schema;
    case PEL_DYNAMIC_ARM64X: return &pel_arm64x_record_schema;
    case PEL_DYNAMIC_ARM64_KERNEL_IMPORT_CALL_TRANSFER: return &pel_import_transfer_arm64_schema;
    default: return &pel_type_offset_schema;
    }
}

/* All of them. */
typedef union parts {
    pel_import_transfer import;
    pel_import_transfer_arm64 arm64_import;
    pel_indirect_transfer indirect;
    pel_switchtable_branch branch;
    pel_arm64x_record arm64x;
    pel_type_offset reloc;
} parts;

static void find_slot(const pel_dynamic_block *block, pel_dynamic_record *out)
{
    pel_data_directory iat = pel_image_directory(block->image, PEL_DIR_IAT);
    uint64_t at = (uint64_t)out->iat_index * pel_image_pointer_size(block->image);
    out->has_slot = iat.address != 0 && at < iat.size && iat.address + at <= UINT32_MAX;
    out->slot.v = out->has_slot ? (uint32_t)(iat.address + at) : 0;
}

static void read_import(const pel_dynamic_block *block, const pel_import_transfer *from,
                        pel_dynamic_record *out)
{
    out->page_offset = from->page_offset;
    out->indirect_call = from->indirect_call;
    out->iat_index = from->iat_index;
    find_slot(block, out);
}

static void read_indirect(const pel_indirect_transfer *from, pel_dynamic_record *out)
{
    out->page_offset = from->page_offset;
    out->indirect_call = from->indirect_call;
    out->rex_w = from->rex_w;
    out->cfg_check = from->cfg_check;
    out->reserved = from->reserved;
}

static void read_arm64_import(const pel_dynamic_block *block, const pel_import_transfer_arm64 *from,
                              pel_dynamic_record *out)
{
    out->page_offset = from->page_offset;
    out->indirect_call = from->indirect_call;
    out->register_index = (uint8_t)from->register_index;
    out->delayed = from->import_type;
    out->iat_index = from->iat_index;
    if (!out->delayed && out->iat_index != NO_IAT_INDEX)
        find_slot(block, out);
}

static void read_branch(const pel_switchtable_branch *from, pel_dynamic_record *out)
{
    out->page_offset = from->page_offset;
    out->register_index = (uint8_t)from->register_number;
}

/* False for what no record can be. Records are of 16 bits, and so are values at least. */
static bool read_arm64x(pel_reader *r, const pel_arm64x_record *from, pel_dynamic_record *out)
{
    out->page_offset = from->page_offset;
    out->type = (uint8_t)from->type;
    out->width = out->type == PEL_ARM64X_DELTA ? 4 : 1u << from->size;
    if (out->type > PEL_ARM64X_DELTA || (out->type == PEL_ARM64X_VALUE && from->size == 0))
        return false;
    if (out->type == PEL_ARM64X_VALUE) {
        out->stored = pel_read_span(r, out->width);
        out->value = pel_span_uint(out->stored, 0, out->width);
    }
    if (out->type == PEL_ARM64X_DELTA) {
        out->negative = from->size & 1;
        out->scale = from->size & 2 ? 8 : 4;
        out->value = pel_read_uint(r, 2);
    }
    return !r->failed;
}

static void read_reloc(const pel_type_offset *from, pel_dynamic_record *out)
{
    out->page_offset = from->offset;
    out->type = (uint8_t)from->type;
}

/* Blocks are filled up to a multiple of 4. Types of base relocations and overrides have a 0 of
 * their own for that. */
static bool is_padding(const pel_dynamic_block *block, uint32_t bits)
{
    bool last = block->records.size - block->next == 2 && block->next % 4 == 2;
    switch (block->symbol) {
    case PEL_DYNAMIC_ARM64X: return bits == 0;
    case PEL_DYNAMIC_GUARD_RF_PROLOGUE:
    case PEL_DYNAMIC_GUARD_RF_EPILOGUE:
    case PEL_DYNAMIC_GUARD_INDIR_CONTROL_TRANSFER:
    case PEL_DYNAMIC_GUARD_SWITCHTABLE_BRANCH: return last && bits == 0;
    default: return false;
    }
}

static bool read_by_symbol(const pel_dynamic_block *block, pel_reader *r, const parts *from,
                           pel_dynamic_record *out)
{
    switch (block->symbol) {
    case PEL_DYNAMIC_GUARD_IMPORT_CONTROL_TRANSFER: read_import(block, &from->import, out); break;
    case PEL_DYNAMIC_GUARD_INDIR_CONTROL_TRANSFER: read_indirect(&from->indirect, out); break;
    case PEL_DYNAMIC_GUARD_SWITCHTABLE_BRANCH: read_branch(&from->branch, out); break;
    case PEL_DYNAMIC_ARM64X: return read_arm64x(r, &from->arm64x, out);
    case PEL_DYNAMIC_ARM64_KERNEL_IMPORT_CALL_TRANSFER:
        read_arm64_import(block, &from->arm64_import, out);
        break;
    default: read_reloc(&from->reloc, out); break;
    }
    return true;
}

bool pel_dynamic_record_next(pel_dynamic_block *block, pel_dynamic_record *out)
{
    parts from;
    const pel_schema *schema = schema_of(block->symbol);
    size_t width = pel_schema_wire_size(schema, false);
    *out = (pel_dynamic_record){ .offset = { block->offset.v + 8 + block->next } };
    if (block->status != PEL_OK || block->records.size - block->next < width)
        return false;
    pel_reader r = { .bytes = block->records, .pos = block->next };
    out->bits = (uint32_t)pel_span_uint(block->records, block->next, (unsigned)width);
    pel_schema_decode(schema, &r, &from);
    if (is_padding(block, out->bits)) {
        block->next = block->records.size;
        return false;
    }
    if (!read_by_symbol(block, &r, &from, out)) {
        block->status = r.failed ? PEL_TRUNCATED : PEL_MALFORMED;
        return false;
    }
    bool quarters = block->symbol == PEL_DYNAMIC_ARM64_KERNEL_IMPORT_CALL_TRANSFER;
    uint64_t rva = (uint64_t)block->page.v + (uint64_t)out->page_offset * (quarters ? 4 : 1);
    out->rva.v = rva > UINT32_MAX ? UINT32_MAX : (uint32_t)rva; /* which nothing is mapped at */
    block->next = r.pos;
    return true;
}

/* ---- return flow guard -------------------------------------------------- */

static pel_status decode_head(const pel_dynamic_reloc_entry *entry, uint64_t symbol,
                              const pel_schema *schema, pel_reader *r, void *out)
{
    *r = (pel_reader){ .bytes = entry->header };
    pel_status st = pel_schema_decode(schema, r, out);
    return entry->symbol == symbol && entry->header.size > 0 ? st : PEL_NOT_FOUND;
}

pel_status pel_dynamic_prologue(const pel_dynamic_reloc_entry *entry, pel_rf_prologue *out,
                                pel_span *bytes)
{
    pel_reader r;
    pel_status st =
        decode_head(entry, PEL_DYNAMIC_GUARD_RF_PROLOGUE, &pel_rf_prologue_schema, &r, out);
    *bytes = pel_span_clip(entry->header, r.pos, out->byte_count);
    return st == PEL_OK && bytes->size < out->byte_count ? PEL_TRUNCATED : st;
}

pel_status pel_dynamic_epilogue(const pel_dynamic_reloc_entry *entry, pel_rf_epilogue *out,
                                pel_span *descriptors, pel_span *bitmap)
{
    pel_reader r;
    pel_status st =
        decode_head(entry, PEL_DYNAMIC_GUARD_RF_EPILOGUE, &pel_rf_epilogue_schema, &r, out);
    size_t size = (size_t)out->descriptor_size * out->descriptor_count;
    *descriptors = pel_span_clip(entry->header, r.pos, size);
    *bitmap = pel_span_clip(entry->header, r.pos + descriptors->size, UINT64_MAX);
    return st == PEL_OK && descriptors->size < size ? PEL_TRUNCATED : st;
}
