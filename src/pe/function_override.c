/* SPDX-License-Identifier: Apache-2.0 */
/* Symbol 7 of the dynamic value relocation table: functions that exist several times. Which of them
 * is used, a binary decision diagram finds out, by features of the processor.
 *
 *   | FuncOverrideSize | function | function | ... | diagram | diagram | ...
 *   a function: | OriginalRva | BDDOffset | RvaSize | BaseRelocSize | RVAs ... | blocks ...
 *   a diagram:  | Version | BDDSize | nodes ...     BDDOffset counts from the first one
 */
#include <pelorus/dynamic_relocs.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

pel_status pel_dynamic_overrides(const pel_dynamic_reloc_entry *entry, pel_overrides *out)
{
    *out = (pel_overrides){ .image = entry->image, .offset = entry->fixups_offset };
    if (entry->symbol != PEL_DYNAMIC_FUNCTION_OVERRIDE)
        return PEL_NOT_FOUND;
    pel_reader r = { .bytes = entry->fixups };
    PEL_TRY(pel_schema_decode(&pel_function_override_header_schema, &r, &out->header));
    out->bytes = pel_span_clip(entry->fixups, r.pos, out->header.size);
    out->bytes_offset.v = entry->fixups_offset.v + r.pos;
    out->region = pel_span_clip(entry->fixups, r.pos + out->bytes.size, UINT64_MAX);
    out->region_offset.v = out->bytes_offset.v + out->bytes.size;
    return out->bytes.size < out->header.size ? PEL_TRUNCATED : PEL_OK;
}

bool pel_override_next(pel_overrides *it, pel_override *out)
{
    *out = (pel_override){ .offset = { it->bytes_offset.v + it->next } };
    if (it->status != PEL_OK || it->next == it->bytes.size)
        return false;
    pel_reader r = { .bytes = it->bytes, .pos = it->next };
    pel_schema_decode(&pel_function_override_schema, &r, &out->record);
    out->rvas = pel_read_span(&r, out->record.rva_size);
    out->blocks = (pel_dynamic_blocks){ .image = it->image,
                                        .symbol = PEL_DYNAMIC_FUNCTION_OVERRIDE,
                                        .offset = { it->bytes_offset.v + r.pos } };
    out->blocks.bytes = pel_read_span(&r, out->record.reloc_size);
    it->next = r.pos;
    it->status = pel_reader_status(&r);
    return it->status == PEL_OK;
}

bool pel_override_rva(const pel_override *function, size_t index, pel_rva *out)
{
    uint64_t at = (uint64_t)index * sizeof(uint32_t);
    out->v = (uint32_t)pel_span_uint(function->rvas, at, sizeof(uint32_t));
    return pel_span_has(function->rvas, at, sizeof(uint32_t));
}

pel_bdds pel_override_bdds(const pel_overrides *overrides)
{
    return (pel_bdds){ .bytes = overrides->region, .offset = overrides->region_offset };
}

bool pel_bdd_next(pel_bdds *it, pel_bdd *out)
{
    *out = (pel_bdd){ .start = (uint32_t)it->next, .offset = { it->offset.v + it->next } };
    if (it->status != PEL_OK || it->next == it->bytes.size)
        return false;
    pel_reader r = { .bytes = it->bytes, .pos = it->next };
    it->status = pel_schema_decode(&pel_bdd_info_schema, &r, &out->info);
    if (it->status != PEL_OK)
        return false;
    out->nodes = pel_span_clip(it->bytes, r.pos, out->info.size);
    it->next = r.pos + out->nodes.size;
    if (out->nodes.size < out->info.size)
        it->status = PEL_TRUNCATED;
    return true;
}

bool pel_bdd_node_at(const pel_bdd *bdd, size_t index, pel_bdd_node *out)
{
    size_t size = pel_schema_wire_size(&pel_bdd_node_schema, false);
    pel_span node = pel_span_clip(bdd->nodes, (uint64_t)index * size, size);
    pel_reader r = { .bytes = node };
    return pel_schema_decode(&pel_bdd_node_schema, &r, out) == PEL_OK;
}
