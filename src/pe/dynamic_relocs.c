/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic value relocation table: its entries and blocks.
 *
 *   load config: section and offset --> | Version | Size | entry | entry | ...
 *   entry 1: | Symbol | BaseRelocSize | blocks ...
 *   entry 2: | HeaderSize | FixupInfoSize | Symbol | SymbolGroup | Flags | header ... | blocks ...
 *   a block: | VirtualAddress | SizeOfBlock | records ...
 */
#include <pelorus/directories.h>
#include <pelorus/dynamic_relocs.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

#define BLOCK_HEADER 8

/* No address of a kernel is so low; Microsoft's list of symbols is far from it. */
#define LOWEST_ADDRESS 0x1000

bool pel_dynamic_symbol_is_address(uint64_t symbol) { return symbol >= LOWEST_ADDRESS; }

const char *pel_dynamic_symbol_address(uint64_t symbol)
{
    static const struct {
        const char *name;
        uint64_t value;
    } known[] = {
#define X(name, value, doc) { name, value },
#include <pelorus/tables/kernel_address.def>
#undef X
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].value == symbol)
            return known[i].name;
    return NULL;
}

/* ---- the table --------------------------------------------------------- */

/* Where the load configuration says that it lies. */
static pel_status find_table(const pel_image *img, pel_rva *out)
{
    pel_load_config_info config;
    pel_status st = pel_image_load_config(img, &config);
    if ((st != PEL_OK && st != PEL_TRUNCATED) ||
        !pel_load_config_has(&config, "DynamicValueRelocTableSection"))
        return PEL_NOT_FOUND;
    uint32_t number = config.directory.dynamic_relocs_section;
    if (number == 0)
        return PEL_NOT_FOUND;
    if (number > pel_image_section_count(img))
        return PEL_MALFORMED;
    uint64_t at = (uint64_t)pel_image_section(img, number - 1)->header.virtual_address.v +
                  config.directory.dynamic_relocs_offset;
    out->v = (uint32_t)at;
    return at > UINT32_MAX ? PEL_MALFORMED : PEL_OK;
}

pel_status pel_image_dynamic_relocs(const pel_image *image, pel_dynamic_relocs *out)
{
    pel_rva rva;
    *out = (pel_dynamic_relocs){ .image = image };
    PEL_TRY(find_table(image, &rva));
    pel_rva_answer a = pel_image_at_rva(image, rva);
    if (!a.has_offset)
        return PEL_MALFORMED;
    pel_reader r = { .bytes = pel_image_span(image, rva, UINT64_MAX) };
    size_t there = r.bytes.size;
    pel_status st = pel_schema_decode(&pel_dynamic_reloc_table_schema, &r, &out->table);
    out->offset = a.offset;
    out->available = r.pos;
    out->bytes = pel_span_clip(r.bytes, r.pos, out->table.size);
    out->cut = out->table.size > there - r.pos;
    return st;
}

/* The two structures tell the same in different order. `*header` are bytes of V2 that follow. */
static bool decode_entry(pel_dynamic_relocs *it, pel_reader *r, pel_dynamic_reloc_entry *out,
                         uint64_t *header, uint64_t *size)
{
    *header = 0;
    if (it->table.version == 1) {
        if (pel_schema_decode(&pel_dynamic_reloc_schema, r, &out->v1) != PEL_OK)
            return false;
        out->symbol = out->v1.symbol;
        *size = out->v1.size;
        return true;
    }
    size_t own = pel_schema_wire_size(&pel_dynamic_reloc_v2_schema, r->wide);
    if (pel_schema_decode(&pel_dynamic_reloc_v2_schema, r, &out->v2) != PEL_OK)
        return false;
    out->symbol = out->v2.symbol;
    *size = out->v2.fixup_size;
    if (out->v2.header_size < own) {
        it->status = PEL_MALFORMED;
        return false;
    }
    *header = out->v2.header_size - own;
    return true;
}

/* The next `size` bytes, or what there is of them. */
static pel_span take(pel_dynamic_relocs *it, pel_foff start, uint64_t size, pel_foff *offset)
{
    pel_span part = pel_span_clip(it->bytes, it->next, size);
    offset->v = start.v + it->next;
    it->next += part.size;
    if (part.size < size)
        it->status = PEL_TRUNCATED;
    return part;
}

bool pel_dynamic_reloc_next(pel_dynamic_relocs *it, pel_dynamic_reloc_entry *out)
{
    uint64_t header, size;
    pel_foff start = { it->offset.v + it->available };
    *out = (pel_dynamic_reloc_entry){ .image = it->image, .version = it->table.version };
    if (it->status != PEL_OK)
        return false;
    if (it->next == it->bytes.size) {
        it->status = it->cut ? PEL_TRUNCATED : PEL_OK;
        return false;
    }
    if (it->table.version != 1 && it->table.version != 2) {
        it->status = PEL_MALFORMED;
        return false;
    }
    pel_reader r = { .bytes = it->bytes, .pos = it->next, .wide = pel_image_is_wide(it->image) };
    out->offset.v = start.v + it->next;
    if (!decode_entry(it, &r, out, &header, &size)) {
        it->status = it->status != PEL_OK ? it->status : PEL_TRUNCATED;
        return false;
    }
    it->next = r.pos;
    out->header = take(it, start, header, &out->header_offset);
    out->fixups = take(it, start, size, &out->fixups_offset);
    return true;
}

/* ---- blocks ------------------------------------------------------------ */

pel_dynamic_blocks pel_dynamic_blocks_of(const pel_dynamic_reloc_entry *entry)
{
    bool none = entry->symbol == PEL_DYNAMIC_FUNCTION_OVERRIDE;
    return (pel_dynamic_blocks){ .image = entry->image,
                                 .symbol = entry->symbol,
                                 .bytes =
                                     pel_span_clip(entry->fixups, 0, none ? 0 : entry->fixups.size),
                                 .offset = entry->fixups_offset };
}

bool pel_dynamic_block_next(pel_dynamic_blocks *it, pel_dynamic_block *out)
{
    *out = (pel_dynamic_block){ .image = it->image, .symbol = it->symbol };
    if (it->status != PEL_OK || it->next == it->bytes.size)
        return false;
    pel_reader r = { .bytes = it->bytes, .pos = it->next };
    out->page.v = (uint32_t)pel_read_uint(&r, 4);
    out->size = (uint32_t)pel_read_uint(&r, 4);
    out->offset.v = it->offset.v + it->next;
    if (!r.failed && out->size == 0) {
        it->next = it->bytes.size;
        return false;
    }
    if (!r.failed && out->size < BLOCK_HEADER)
        it->status = PEL_MALFORMED;
    else
        out->records = pel_read_span(&r, r.failed ? 0 : out->size - BLOCK_HEADER);
    if (r.failed)
        it->status = PEL_TRUNCATED;
    it->next = r.pos;
    return it->status == PEL_OK;
}
