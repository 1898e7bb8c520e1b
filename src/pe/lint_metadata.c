/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of what the load configuration leads to. Of lists only both ends are looked at, and of
 * dynamic relocations only the entries: the dump tells the rest. */
#include <pelorus/directories.h>
#include <pelorus/dynamic_relocs.h>
#include <pelorus/metadata.h>

#include "pe/image_priv.h"

/* ---- places --------------------------------------------------------------- */

/* A field of the load configuration. */
static pel_place field_place(const pel_image *img, const pel_load_config_info *config,
                             const char *name)
{
    const pel_field *f = pel_schema_field(&pel_load_config_schema, name);
    size_t at = pel_field_offset(&pel_load_config_schema, f, pel_image_is_wide(img));
    return (pel_place){ .structure = pel_load_config_schema.key,
                        .index = PEL_NO_INDEX,
                        .field = name,
                        .has_offset = config->has_offset,
                        .offset = { config->has_offset ? config->offset.v + at : 0 } };
}

static pel_place structure_place(const pel_metadata *m, const char *name)
{
    const pel_field *f = name ? pel_schema_field(m->schema, name) : NULL;
    size_t at = f ? pel_field_offset(m->schema, f, pel_image_is_wide(m->image)) : 0;
    return (pel_place){ .structure = m->schema->key,
                        .index = PEL_NO_INDEX,
                        .field = name,
                        .has_offset = m->has_offset,
                        .offset = { m->has_offset ? m->offset.v + at : 0 } };
}

static bool is_there(const pel_image *img, uint64_t rva)
{
    if (rva > UINT32_MAX)
        return false;
    pel_where where = pel_image_at_rva(img, (pel_rva){ (uint32_t)rva }).where;
    return where != PEL_WHERE_UNMAPPED && where != PEL_WHERE_GAP;
}

/* ---- words and tables of Control Flow Guard --------------------------------- */

static pel_status lint_slots(pel_image *img, const pel_load_config_info *config)
{
    size_t index = 0;
    for (pel_config_slot slot; pel_image_config_slot(img, &index, &slot);) {
        const pel_field *f = pel_schema_field(&pel_load_config_schema, slot.field);
        if (!slot.has_value)
            PEL_TRY(pel_image_remark_at(img, PEL_DIAG_CONFIG_OUTSIDE,
                                        field_place(img, config, slot.field),
                                        pel_field_get(f, &config->directory, 0), 0));
    }
    index = 0;
    pel_config_slot cookie;
    if (config->directory.security_cookie.v != 0 && pel_image_config_slot(img, &index, &cookie) &&
        cookie.has_value && !pel_cookie_is_default(img, cookie.value))
        PEL_TRY(pel_image_remark_at(img, PEL_DIAG_COOKIE_NOT_DEFAULT,
                                    field_place(img, config, "SecurityCookie"),
                                    config->directory.security_cookie.v, cookie.value));
    return PEL_OK;
}

static pel_status lint_guard_tables(pel_image *img)
{
    for (int table = 0; table < PEL_GUARD_TABLES; table++) {
        pel_guard_iter it = pel_image_guard_entries(img, (pel_guard_table)table);
        pel_place where = { .structure = pel_load_config_schema.key,
                            .index = PEL_NO_INDEX,
                            .field = pel_guard_table_name((pel_guard_table)table) };
        uint64_t count = it.count;
        bool none = it.next == 0 && it.status == PEL_OK;
        bool fits = count <= UINT32_MAX && is_there(img, it.next) &&
                    is_there(img, it.next + count * it.stride - 1);
        if (!none && (it.status != PEL_OK || !fits))
            PEL_TRY(pel_image_remark_at(img, PEL_DIAG_CONFIG_LIST_CUT, where, count, 0));
    }
    return PEL_OK;
}

/* ---- structures ---------------------------------------------------------------- */

static pel_status lint_list(pel_image *img, const pel_metadata *m, pel_metadata_list list)
{
    pel_metadata_iter it = pel_metadata_walk(m, list);
    pel_place where = structure_place(m, pel_metadata_list_name(list));
    bool counted = list != PEL_LIST_POLICIES;
    where.has_offset = false;
    if (it.stride == 0)
        return PEL_OK;
    uint64_t size = counted ? it.count * it.stride : it.stride;
    if (it.count <= UINT32_MAX && is_there(img, it.next) && is_there(img, it.next + size - 1))
        return PEL_OK;
    if (!counted && is_there(img, it.next))
        return PEL_OK;
    return pel_image_remark_at(img, PEL_DIAG_CONFIG_LIST_CUT, where, counted ? it.count : 0, 0);
}

/* What is said of its own size. */
static pel_status lint_size(pel_image *img, const pel_metadata *m)
{
    size_t known = pel_schema_wire_size(m->schema, pel_image_is_wide(img));
    if (m->kind == PEL_METADATA_VOLATILE && m->size < known)
        return pel_image_remark_at(img, PEL_DIAG_METADATA_SIZE, structure_place(m, "Size"), m->size,
                                   known);
    if (m->kind != PEL_METADATA_ENCLAVE)
        return PEL_OK;
    const pel_enclave_config *c = &m->fields.enclave;
    size_t entry = pel_schema_wire_size(&pel_enclave_import_schema, false);
    if (c->minimum_size > c->size)
        PEL_TRY(pel_image_remark_at(img, PEL_DIAG_METADATA_SIZE,
                                    structure_place(m, "MinimumRequiredConfigSize"),
                                    c->minimum_size, c->size));
    if (c->import_count != 0 && c->import_size < entry)
        PEL_TRY(pel_image_remark_at(img, PEL_DIAG_METADATA_SIZE,
                                    structure_place(m, "ImportEntrySize"), c->import_size, entry));
    return PEL_OK;
}

static pel_status lint_version(pel_image *img, const pel_metadata *m)
{
    uint32_t known = pel_metadata_version(m->kind);
    const pel_field *f = pel_schema_field(m->schema, "Version");
    uint64_t version = f ? pel_field_get(f, &m->fields, 0) : 0;
    if (known == 0 || (version != 0 && version <= known))
        return PEL_OK;
    return pel_image_remark_at(img, PEL_DIAG_METADATA_VERSION, structure_place(m, "Version"),
                               version, known);
}

static pel_status lint_structure(pel_image *img, pel_metadata_kind kind)
{
    pel_metadata m;
    pel_status st = pel_image_metadata(img, kind, &m);
    if (st == PEL_NOT_FOUND)
        return PEL_OK;
    if (st == PEL_MALFORMED)
        return pel_image_remark_at(img, PEL_DIAG_CONFIG_OUTSIDE, structure_place(&m, NULL), m.rva.v,
                                   0);
    if (st == PEL_TRUNCATED)
        PEL_TRY(pel_image_remark_at(img, PEL_DIAG_DIRECTORY_TRUNCATED, structure_place(&m, NULL),
                                    m.available, m.size));
    PEL_TRY(lint_version(img, &m));
    PEL_TRY(lint_size(img, &m));
    for (int list = 0; list < PEL_METADATA_LISTS; list++)
        if (pel_metadata_list_kind((pel_metadata_list)list) == kind)
            PEL_TRY(lint_list(img, &m, (pel_metadata_list)list));
    return PEL_OK;
}

/* ---- dynamic relocations ---------------------------------------------------------- */

static pel_status lint_dynamic_relocs(pel_image *img, const pel_load_config_info *config)
{
    pel_dynamic_relocs it;
    uint64_t count = 0;
    pel_status st = pel_image_dynamic_relocs(img, &it);
    if (st == PEL_NOT_FOUND)
        return PEL_OK;
    if (st == PEL_MALFORMED)
        return pel_image_remark_at(img, PEL_DIAG_CONFIG_OUTSIDE,
                                   field_place(img, config, "DynamicValueRelocTableOffset"),
                                   config->directory.dynamic_relocs_offset, 0);
    pel_place where = { .structure = pel_dynamic_reloc_table_schema.key,
                        .index = PEL_NO_INDEX,
                        .has_offset = true,
                        .offset = it.offset };
    if (st == PEL_OK && it.table.version != 1 && it.table.version != 2) {
        where.field = "Version";
        return pel_image_remark_at(img, PEL_DIAG_METADATA_VERSION, where, it.table.version, 2);
    }
    for (pel_dynamic_reloc_entry entry; pel_dynamic_reloc_next(&it, &entry);)
        count++;
    if (st != PEL_OK || it.status != PEL_OK)
        return pel_image_remark_at(img, PEL_DIAG_DYNAMIC_RELOCS_BROKEN, where, count, 0);
    return PEL_OK;
}

pel_status pel_image_lint_metadata(pel_image *img)
{
    pel_load_config_info config;
    pel_status st = pel_image_load_config(img, &config);
    for (int kind = 0; kind < PEL_METADATA_KINDS; kind++)
        PEL_TRY(lint_structure(img, (pel_metadata_kind)kind));
    if (st == PEL_NOT_FOUND)
        return PEL_OK;
    PEL_TRY(lint_slots(img, &config));
    PEL_TRY(lint_guard_tables(img));
    return lint_dynamic_relocs(img, &config);
}
