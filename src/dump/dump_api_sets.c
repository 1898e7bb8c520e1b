/* SPDX-License-Identifier: Apache-2.0 */
/* The section ".apiset" of an apisetschema.dll. Names may be shared by many contracts: they cost
 * what they are long. */
#include <pelorus/api_sets.h>

#include "dump/dump_resource.h"
#include "dump/walk_image.h"

#define NAMES_FACTOR 16

typedef struct api_walk {
    pel_emitter *e;
    const pel_api_sets *sets;
    uint64_t left;
} api_walk;

static bool spend(api_walk *a, uint64_t bytes)
{
    bool enough = bytes <= a->left;
    a->left -= enough ? bytes : a->left;
    return enough;
}

static void emit_fields(const api_walk *a, const pel_schema *schema, const void *fields,
                        uint64_t offset)
{
    size_t size = pel_schema_wire_size(schema, false);
    pel_structure s = { .schema = schema,
                        .fields = fields,
                        .offset = { a->sets->offset.v + offset },
                        .size = size,
                        .available = size };
    pel_emit_structure(a->e, &s);
}

static void walk_hosts(api_walk *a, const pel_api_set *set)
{
    pel_api_set_host h;
    pel_emit_seq_begin(a->e, "hosts");
    for (uint32_t i = 0; a->e->status == PEL_OK && pel_api_set_host_at(a->sets, set, i, &h) &&
                         spend(a, 16 + h.importer.size + h.host.size);
         i++) {
        pel_emit_map_begin(a->e, NULL);
        emit_fields(a, h.schema, &h.value, h.offset);
        if (h.for_all)
            pel_emit_null(a->e, "importer");
        else
            pel_emit_utf16(a->e, "importer", h.importer);
        if (h.host.size)
            pel_emit_utf16(a->e, "host", h.host);
        else
            pel_emit_null(a->e, "host");
        pel_emit_map_end(a->e);
    }
    pel_emit_seq_end(a->e);
}

static void walk_contracts(api_walk *a)
{
    pel_api_set set;
    pel_emit_seq_begin(a->e, "contracts");
    for (uint32_t i = 0; a->e->status == PEL_OK && pel_api_set_at(a->sets, i, &set) &&
                         spend(a, set.name.size + set.alias.size);
         i++) {
        pel_emit_map_begin(a->e, NULL);
        pel_emit_utf16(a->e, "name", set.name);
        emit_fields(a, set.schema, &set.entry, set.offset);
        if (a->sets->version == 4) {
            pel_emit_utf16(a->e, "alias", set.alias);
            pel_emit_hex(a->e, "values_flags", set.flags);
        }
        walk_hosts(a, &set);
        pel_emit_map_end(a->e);
    }
    pel_emit_seq_end(a->e);
}

/* Each with whether it is the hash of the contract that it leads to. */
static void walk_hashes(api_walk *a, uint32_t table)
{
    pel_api_set set;
    pel_api_set_hash h;
    pel_emit_seq_begin(a->e, "hashes");
    for (uint32_t i = 0; a->e->status == PEL_OK && pel_api_set_hash_at(a->sets, i, &h); i++) {
        bool there = pel_api_set_at(a->sets, h.index, &set) && spend(a, set.looked_up.size);
        pel_emit_map_begin(a->e, NULL);
        emit_fields(a, &pel_api_set_hash_schema, &h,
                    table + (uint64_t)i * pel_schema_wire_size(&pel_api_set_hash_schema, false));
        pel_emit_boolean(a->e, "valid",
                         there && pel_api_set_hash_of(a->sets, set.looked_up) == h.hash);
        pel_emit_map_end(a->e);
    }
    pel_emit_seq_end(a->e);
}

/* Text is for people: it has the contracts only when asked for them by name. */
void pel_walk_api_sets(const walk *w)
{
    pel_api_sets sets;
    pel_api_set_head head;
    if (!pel_dump_wants(w->options, "api_sets") || pel_api_sets_of(w->img, &sets) != PEL_OK)
        return;
    const pel_schema *schema = pel_api_sets_head(&sets, &head);
    api_walk a = { .e = w->e,
                   .sets = &sets,
                   .left = NAMES_FACTOR * (uint64_t)pel_image_bytes(w->img).size };
    if (!schema) {
        pel_emit_null(w->e, "api_sets");
        return;
    }
    pel_emit_map_begin(w->e, "api_sets");
    emit_fields(&a, schema, &head, 0);
    if (w->options->format != PEL_FORMAT_TEXT || w->options->only) {
        walk_contracts(&a);
        if (sets.version == 6)
            walk_hashes(&a, head.v6.hashes);
    }
    pel_emit_map_end(w->e);
}
