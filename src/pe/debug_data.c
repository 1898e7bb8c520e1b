/* SPDX-License-Identifier: Apache-2.0 */
/* The data of debug entries, type by type. */
#include <pelorus/debug.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

#define GUID_SIZE       16
#define MPDB            0x4244504du /* "MPDB" */
#define R2RM            0x4d523252u /* "R2RM" */
#define POGO_GROUP_HEAD 8

static pel_reader reader_of(const pel_debug_entry *e) { return (pel_reader){ .bytes = e->data }; }

/* Text up to its zero, or to the end of the data. */
static pel_str rest_as_text(pel_reader *r)
{
    return pel_str_in(pel_span_clip(r->bytes, r->pos, r->bytes.size));
}

static void read_guid(pel_reader *r, uint8_t out[GUID_SIZE])
{
    pel_span bytes = pel_read_span(r, GUID_SIZE);
    if (bytes.size == GUID_SIZE)
        memcpy(out, bytes.data, GUID_SIZE);
}

/* ---- CodeView ---------------------------------------------------------- */

static pel_status read_codeview(pel_reader *r, pel_codeview *out)
{
    switch (out->signature) {
    case PEL_CODEVIEW_RSDS:
    case PEL_CODEVIEW_MTOC:
        read_guid(r, out->guid);
        out->has_guid = !r->failed;
        out->age = out->signature == PEL_CODEVIEW_RSDS ? (uint32_t)pel_read_uint(r, 4) : 0;
        out->has_path = !r->failed;
        break;
    case PEL_CODEVIEW_NB10:
        out->offset = (uint32_t)pel_read_uint(r, 4);
        out->timestamp = (uint32_t)pel_read_uint(r, 4);
        out->age = (uint32_t)pel_read_uint(r, 4);
        out->has_path = !r->failed;
        break;
    case PEL_CODEVIEW_NB09:
    case PEL_CODEVIEW_NB11: out->offset = (uint32_t)pel_read_uint(r, 4); break;
    default: return PEL_MALFORMED;
    }
    if (out->has_path)
        out->path = rest_as_text(r);
    return pel_reader_status(r);
}

pel_status pel_debug_codeview(const pel_debug_entry *entry, pel_codeview *out)
{
    pel_reader r = reader_of(entry);
    *out = (pel_codeview){ 0 };
    if (entry->directory.type != PEL_DEBUG_CODEVIEW)
        return PEL_NOT_FOUND;
    out->signature = (uint32_t)pel_read_uint(&r, 4);
    if (r.failed)
        return PEL_TRUNCATED;
    return read_codeview(&r, out);
}

void pel_guid_format(const uint8_t guid[16], char out[PEL_GUID_TEXT])
{
    static const uint8_t order[GUID_SIZE] = {
        3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
    };
    size_t used = 0;
    for (size_t i = 0; i < GUID_SIZE; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        pel_append(out, PEL_GUID_TEXT, &used, "%s%02x", dash ? "-" : "", guid[order[i]]);
    }
}

/* ---- POGO -------------------------------------------------------------- */

pel_pogo_iter pel_debug_pogo(const pel_debug_entry *entry)
{
    pel_reader r = reader_of(entry);
    pel_pogo_iter it = { .data = entry->data, .status = PEL_NOT_FOUND };
    if (entry->directory.type != PEL_DEBUG_POGO)
        return it;
    it.signature = (uint32_t)pel_read_uint(&r, 4);
    it.next = r.pos;
    it.status = pel_reader_status(&r);
    return it;
}

/* Each takes eight bytes and a text, so the data bound the walk. */
bool pel_pogo_next(pel_pogo_iter *it, pel_pogo_group *out)
{
    *out = (pel_pogo_group){ .size = 0 };
    if (it->status != PEL_OK || it->next >= it->data.size)
        return false;
    if (!pel_span_has(it->data, it->next, POGO_GROUP_HEAD)) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    uint32_t start = (uint32_t)pel_span_uint(it->data, it->next, 4);
    uint32_t size = (uint32_t)pel_span_uint(it->data, it->next + 4, 4);
    if (start == 0 && size == 0)
        return false;
    pel_span text = pel_span_clip(it->data, it->next + POGO_GROUP_HEAD, it->data.size);
    pel_str name = pel_str_in(text);
    *out = (pel_pogo_group){ .start = { start }, .size = size, .name = name };
    it->next = pel_round_up(it->next + POGO_GROUP_HEAD + name.len + 1, 4);
    return true;
}

/* ---- the small ones ---------------------------------------------------- */

pel_status pel_debug_repro(const pel_debug_entry *entry, pel_span *out)
{
    pel_reader r = reader_of(entry);
    *out = (pel_span){ NULL, 0 };
    if (entry->directory.type != PEL_DEBUG_REPRO)
        return PEL_NOT_FOUND;
    if (entry->directory.size == 0)
        return PEL_OK;
    uint32_t size = (uint32_t)pel_read_uint(&r, 4);
    *out = pel_read_span(&r, size);
    return pel_reader_status(&r);
}

pel_status pel_debug_checksum(const pel_debug_entry *entry, pel_str *algorithm, pel_span *digest)
{
    *algorithm = (pel_str){ NULL, 0 };
    *digest = (pel_span){ NULL, 0 };
    if (entry->directory.type != PEL_DEBUG_PDBCHECKSUM)
        return PEL_NOT_FOUND;
    pel_str name = pel_str_in(entry->data);
    if (name.len == entry->data.size)
        return PEL_TRUNCATED;
    *algorithm = name;
    *digest = pel_span_clip(entry->data, name.len + 1, entry->data.size);
    return PEL_OK;
}

pel_status pel_debug_embedded(const pel_debug_entry *entry, pel_embedded_pdb *out)
{
    pel_reader r = reader_of(entry);
    *out = (pel_embedded_pdb){ 0 };
    if (entry->directory.type != PEL_DEBUG_EMBEDDEDPORTABLEPDB)
        return PEL_NOT_FOUND;
    uint32_t signature = (uint32_t)pel_read_uint(&r, 4);
    uint32_t size = (uint32_t)pel_read_uint(&r, 4);
    if (r.failed)
        return PEL_TRUNCATED;
    if (signature != MPDB)
        return PEL_MALFORMED;
    out->uncompressed = size;
    out->deflated = pel_read_span(&r, r.bytes.size - r.pos);
    return PEL_OK;
}

pel_status pel_debug_perfmap(const pel_debug_entry *entry, pel_perfmap *out)
{
    pel_reader r = reader_of(entry);
    *out = (pel_perfmap){ 0 };
    if (entry->directory.type != PEL_DEBUG_PERFMAP)
        return PEL_NOT_FOUND;
    uint32_t magic = (uint32_t)pel_read_uint(&r, 4);
    pel_perfmap map = { 0 };
    read_guid(&r, map.signature);
    map.version = (uint32_t)pel_read_uint(&r, 4);
    map.path = rest_as_text(&r);
    if (r.failed)
        return PEL_TRUNCATED;
    if (magic != R2RM)
        return PEL_MALFORMED;
    *out = map;
    return PEL_OK;
}

pel_status pel_debug_ex_flags(const pel_debug_entry *entry, uint32_t *out)
{
    pel_reader r = reader_of(entry);
    *out = 0;
    if (entry->directory.type != PEL_DEBUG_EX_DLLCHARACTERISTICS)
        return PEL_NOT_FOUND;
    *out = (uint32_t)pel_read_uint(&r, 4);
    return pel_reader_status(&r);
}

pel_status pel_debug_misc_name(const pel_debug_entry *entry, pel_debug_misc *record, pel_span *name)
{
    pel_reader r = reader_of(entry);
    *record = (pel_debug_misc){ 0 };
    *name = (pel_span){ NULL, 0 };
    if (entry->directory.type != PEL_DEBUG_MISC)
        return PEL_NOT_FOUND;
    PEL_TRY(pel_schema_decode(&pel_debug_misc_schema, &r, record));
    uint64_t wanted = record->length > r.pos ? record->length - r.pos : 0;
    *name = pel_span_clip(r.bytes, r.pos, wanted);
    return PEL_OK;
}

pel_status pel_debug_record(const pel_debug_entry *entry, uint32_t index, void *out)
{
    const pel_schema *schema = pel_debug_record_schema(entry->directory.type);
    if (!schema)
        return PEL_NOT_FOUND;
    memset(out, 0, schema->struct_size);
    uint64_t wire = pel_schema_wire_size(schema, false), at = index * wire;
    bool one = schema == &pel_vc_feature_schema || schema == &pel_coff_symbols_header_schema;
    if (at >= entry->data.size || (one && index > 0))
        return PEL_NOT_FOUND;
    pel_reader r = { .bytes = pel_span_clip(entry->data, at, wire) };
    return pel_schema_decode(schema, &r, out);
}
