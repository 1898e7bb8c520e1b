/* SPDX-License-Identifier: Apache-2.0 */
/* Structures that the load configuration leads to, their lists, and policies. */
#include "base/text.h"
#include "dump/dump_resource.h"
#include "dump/walk_metadata.h"

/* ---- what entries say beyond their fields ---------------------------------- */

static void emit_range(const walk *w, pel_metadata_list list, uint32_t start)
{
    uint32_t type;
    pel_rva rva = pel_metadata_code(list, start, &type);
    if (list == PEL_LIST_CHPE_RANGES)
        pel_emit_boolean(w->e, "NativeCode", type);
    else
        pel_emit_enum(w->e, "Type", type, &pel_names_arm64ec_code);
    pel_emit_hex(w->e, "rva", rva.v);
}

/* Text costs what it is long, for many entries can share one. */
static bool afford(uint64_t *left, size_t size)
{
    bool enough = size <= *left;
    *left -= enough ? size : *left;
    return enough;
}

static void emit_name(const walk *w, pel_rva rva, uint64_t *left)
{
    pel_str name = { .len = 0 };
    pel_rva_answer a = pel_image_at_rva(w->img, rva);
    bool there = rva.v != 0 && a.has_offset;
    if (there)
        name = pel_str_in(pel_image_span(w->img, rva, *left));
    pel_emit_optional_text(w->e, "name", there && afford(left, name.len + 1), name);
}

static void emit_policy(const walk *w, const pel_metadata *m, const pel_policy_entry *policy,
                        uint64_t *left)
{
    pel_span text;
    bool wide;
    int64_t number;
    if (pel_image_policy_text(m, policy, *left, &text, &wide)) {
        if (!afford(left, text.size + 1))
            pel_emit_null(w->e, "text");
        else if (wide)
            pel_emit_utf16(w->e, "text", text);
        else
            pel_emit_text(w->e, "text", (pel_str){ (const char *)text.data, text.size });
        return;
    }
    if (pel_image_policy_number(policy, &number)) {
        char digits[32];
        size_t used = 0;
        pel_append(digits, sizeof digits, &used, "%lld", (long long)number);
        if (policy->type == PEL_POLICY_TYPE_UInt64) {
            used = 0;
            pel_append(digits, sizeof digits, &used, "%llu", (unsigned long long)policy->value);
        }
        pel_emit_string(w->e, "text", digits);
        return;
    }
    pel_emit_null(w->e, "text");
}

static void emit_more(const walk *w, const pel_metadata *m, const pel_metadata_iter *it,
                      const pel_metadata_record *r, uint64_t *left)
{
    switch (it->list) {
    case PEL_LIST_CHPE_RANGES: emit_range(w, it->list, r->chpe_range.start); break;
    case PEL_LIST_ARM64EC_CODE_MAP: emit_range(w, it->list, r->code_map.start); break;
    case PEL_LIST_ENCLAVE_IMPORTS: emit_name(w, r->import.name, left); break;
    case PEL_LIST_HOT_PATCH_BASES: pel_walk_hot_patch(w, m, &r->base, left); break;
    case PEL_LIST_POLICIES: emit_policy(w, m, &r->policy, left); break;
    case PEL_LIST_ARM64EC_ENTRY_POINTS:
    case PEL_LIST_ARM64EC_REDIRECTIONS:
    case PEL_LIST_ARM64EC_FUNCTIONS:
    case PEL_LIST_VOLATILE_ACCESSES:
    case PEL_LIST_VOLATILE_RANGES:
    case PEL_METADATA_LISTS: break;
    }
}

/* ---- lists -------------------------------------------------------------------- */

/* Entries of one field are that field. */
static void walk_list_entry(const walk *w, const pel_metadata *m, const pel_metadata_iter *it,
                            const pel_metadata_record *r, pel_structure *s, uint64_t *left)
{
    if (it->list == PEL_LIST_VOLATILE_ACCESSES) {
        w->e->digits = 8;
        pel_emit_hex(w->e, NULL, r->access.rva.v);
        return;
    }
    pel_schema part = pel_schema_up_to(it->schema, it->size, s->wide);
    s->schema = &part;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_structure(w->e, s);
    emit_more(w, m, it, r, left);
    pel_emit_map_end(w->e);
}

static void walk_list(const walk *w, const pel_metadata *m, pel_metadata_list list)
{
    pel_structure s;
    pel_metadata_iter it = pel_metadata_walk(m, list);
    uint64_t left = it.left;
    if (it.stride == 0)
        return;
    pel_emit_map_begin(w->e, pel_metadata_list_name(list));
    pel_emit_seq_begin(w->e, "entries");
    for (pel_metadata_record r; w->e->status == PEL_OK && pel_metadata_next(&it, &r, &s);)
        walk_list_entry(w, m, &it, &r, &s, &left);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

void pel_walk_metadata(const walk *w, pel_metadata_kind kind)
{
    pel_metadata m;
    bool wide = pel_image_is_wide(w->img);
    pel_status st = pel_image_metadata(w->img, kind, &m);
    if (st == PEL_NOT_FOUND)
        return;
    if (st == PEL_MALFORMED) {
        pel_emit_null(w->e, pel_metadata_name(kind));
        return;
    }
    pel_schema part = pel_schema_up_to(m.schema, m.size, wide);
    pel_structure s = { .schema = &part,
                        .fields = &m.fields,
                        .offset = { m.has_offset ? m.offset.v : PEL_NO_OFFSET },
                        .size = m.size,
                        .available = m.available,
                        .wide = wide };
    pel_emit_map_begin(w->e, pel_metadata_name(kind));
    pel_emit_structure(w->e, &s);
    for (int list = 0; list < PEL_METADATA_LISTS; list++)
        if (pel_metadata_list_kind((pel_metadata_list)list) == kind)
            walk_list(w, &m, (pel_metadata_list)list);
    pel_emit_map_end(w->e);
}

void pel_walk_image_policy(const walk *w)
{
    if (pel_dump_wants(w->options, pel_metadata_name(PEL_METADATA_POLICY)))
        pel_walk_metadata(w, PEL_METADATA_POLICY);
}
