/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/api_sets.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

/* Decode a structure at `at`; false when it is not all there. */
static bool decode(const pel_api_sets *sets, const pel_schema *schema, uint64_t at, void *out)
{
    pel_reader r = { .bytes = pel_span_clip(sets->bytes, at, UINT64_MAX) };
    return pel_schema_decode(schema, &r, out) == PEL_OK;
}

static uint64_t word(const pel_api_sets *sets, uint64_t at)
{
    return pel_span_uint(sets->bytes, at, 4);
}

static pel_span text(const pel_api_sets *sets, uint64_t at, uint64_t size)
{
    pel_span out = { NULL, 0 };
    pel_span_slice(sets->bytes, at, size & ~UINT64_C(1), &out);
    return out;
}

/* `count`, or as many structures of `size` bytes as there is room for. */
static uint32_t at_most(const pel_api_sets *sets, uint64_t count, uint64_t size)
{
    uint64_t most = sets->bytes.size / size;
    return (uint32_t)(count < most ? count : most);
}

/* ---- the head ---------------------------------------------------------- */

static const pel_schema *head_schema(uint32_t version)
{
    switch (version) {
    case 2: return &pel_api_set_namespace_v2_schema;
    case 4: return &pel_api_set_namespace_v4_schema;
    case 6: return &pel_api_set_namespace_schema;
    default: return NULL;
    }
}

const pel_schema *pel_api_sets_head(const pel_api_sets *sets, pel_api_set_head *out)
{
    const pel_schema *schema = head_schema(sets->version);
    *out = (pel_api_set_head){ .v6 = { 0 } };
    return schema && decode(sets, schema, 0, out) ? schema : NULL;
}

static const pel_schema *entry_schema(uint32_t version)
{
    switch (version) {
    case 2: return &pel_api_set_entry_v2_schema;
    case 4: return &pel_api_set_entry_v4_schema;
    default: return &pel_api_set_entry_schema;
    }
}

static void find_entries(pel_api_sets *sets)
{
    pel_api_set_head h;
    const pel_schema *schema = pel_api_sets_head(sets, &h);
    if (!schema)
        return;
    uint32_t count = sets->version == 2 ? h.v2.count : sets->version == 4 ? h.v4.count : h.v6.count;
    sets->count = at_most(sets, count, pel_schema_wire_size(entry_schema(sets->version), false));
    sets->first = sets->version == 6 ? h.v6.entries : pel_schema_wire_size(schema, false);
}

pel_status pel_api_sets_of(const pel_image *image, pel_api_sets *out)
{
    static const char wanted[] = ".apiset";
    *out = (pel_api_sets){ .version = 0 };
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section *s = pel_image_section(image, i);
        if (s->name.len != strlen(wanted) || memcmp(s->name.ptr, wanted, s->name.len) != 0)
            continue;
        pel_extent e = pel_image_extent(image, i);
        pel_span bytes = pel_image_span(image, e.start, e.span);
        uint32_t version = (uint32_t)pel_span_uint(bytes, 0, 4);
        if (bytes.size < 4 || (version != 2 && version != 4 && version != 6))
            return PEL_MALFORMED;
        *out = (pel_api_sets){ .bytes = bytes, .version = version };
        pel_image_rva_to_foff(image, e.start, &out->offset);
        find_entries(out);
        return PEL_OK;
    }
    return PEL_NOT_FOUND;
}

/* ---- contracts --------------------------------------------------------- */

static void read_v2(const pel_api_sets *sets, pel_api_set *out)
{
    out->name = out->looked_up = text(sets, out->entry.v2.name, out->entry.v2.name_length);
    out->value_count = (uint32_t)word(sets, out->entry.v2.data);
    out->values = (uint64_t)out->entry.v2.data + 4;
}

static void read_v4(const pel_api_sets *sets, pel_api_set *out)
{
    out->name = out->looked_up = text(sets, out->entry.v4.name, out->entry.v4.name_length);
    out->alias = text(sets, out->entry.v4.alias, out->entry.v4.alias_length);
    out->flags = (uint32_t)word(sets, out->entry.v4.data);
    out->value_count = (uint32_t)word(sets, (uint64_t)out->entry.v4.data + 4);
    out->values = (uint64_t)out->entry.v4.data + 8;
}

static void read_v6(const pel_api_sets *sets, pel_api_set *out)
{
    out->name = text(sets, out->entry.v6.name, out->entry.v6.name_length);
    out->looked_up = text(sets, out->entry.v6.name, out->entry.v6.hashed_length);
    out->value_count = out->entry.v6.value_count;
    out->values = out->entry.v6.values;
}

static const pel_schema *value_schema(uint32_t version)
{
    return version == 2 ? &pel_api_set_value_v2_schema : &pel_api_set_value_schema;
}

bool pel_api_set_at(const pel_api_sets *sets, uint32_t index, pel_api_set *out)
{
    *out = (pel_api_set){ .schema = entry_schema(sets->version) };
    out->offset = sets->first + index * (uint64_t)pel_schema_wire_size(out->schema, false);
    if (index >= sets->count || !decode(sets, out->schema, out->offset, &out->entry))
        return false;
    switch (sets->version) {
    case 2: read_v2(sets, out); break;
    case 4: read_v4(sets, out); break;
    default: read_v6(sets, out); break;
    }
    out->value_count =
        at_most(sets, out->value_count, pel_schema_wire_size(value_schema(sets->version), false));
    return true;
}

bool pel_api_set_host_at(const pel_api_sets *sets, const pel_api_set *set, uint32_t index,
                         pel_api_set_host *out)
{
    *out = (pel_api_set_host){ .schema = value_schema(sets->version) };
    out->offset = set->values + index * (uint64_t)pel_schema_wire_size(out->schema, false);
    if (index >= set->value_count || !decode(sets, out->schema, out->offset, &out->value))
        return false;
    if (sets->version == 2) {
        const pel_api_set_value_v2 *v = &out->value.v2;
        out->for_all = v->name_length == 0;
        out->importer = text(sets, v->name, v->name_length);
        out->host = text(sets, v->value, v->value_length);
    } else {
        const pel_api_set_value *v = &out->value.v4;
        out->for_all = v->name_length == 0;
        out->importer = text(sets, v->name, v->name_length);
        out->host = text(sets, v->value, v->value_length);
    }
    return true;
}

/* ---- hashes ------------------------------------------------------------ */

bool pel_api_set_hash_at(const pel_api_sets *sets, uint32_t index, pel_api_set_hash *out)
{
    pel_api_set_head h;
    const pel_schema *schema = &pel_api_set_hash_schema;
    *out = (pel_api_set_hash){ 0 };
    if (sets->version != 6 || !pel_api_sets_head(sets, &h) || index >= h.v6.count)
        return false;
    return decode(sets, schema, h.v6.hashes + index * (uint64_t)pel_schema_wire_size(schema, false),
                  out);
}

uint32_t pel_api_set_hash_of(const pel_api_sets *sets, pel_span looked_up)
{
    uint32_t hash = 0;
    pel_api_set_head h;
    if (sets->version != 6 || !pel_api_sets_head(sets, &h))
        return 0;
    for (size_t i = 0; pel_span_has(looked_up, i, 2); i += 2) {
        uint32_t unit = pel_span_u16(looked_up, i);
        hash = hash * h.v6.factor + (unit >= 'A' && unit <= 'Z' ? unit - 'A' + 'a' : unit);
    }
    return hash;
}
