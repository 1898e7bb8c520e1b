/* SPDX-License-Identifier: Apache-2.0 */
/* Structures that the load configuration points to: which there are, how long, and their lists.
 *
 *   load config --VA or RVA--> | structure | --RVA, count--> | entry | entry | ...
 */
#include <pelorus/directories.h>
#include <pelorus/metadata.h>

#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"

/* ---- how long a structure is -------------------------------------------- */

/* By version from 1 on; the last one also for those to come. */
static size_t by_version(uint32_t version, const uint8_t *sizes, size_t count)
{
    size_t index = version == 0 ? 0 : version - 1;
    return sizes[index < count ? index : count - 1];
}

static size_t chpe_size(uint32_t version)
{
    static const uint8_t sizes[] = { 40, 44, 48 };
    return by_version(version, sizes, sizeof sizes);
}

static size_t arm64ec_size(uint32_t version)
{
    static const uint8_t sizes[] = { 80, 92 };
    return by_version(version, sizes, sizeof sizes);
}

static size_t hot_patch_size(uint32_t version)
{
    static const uint8_t sizes[] = { 20, 24, 28, 36 };
    return by_version(version, sizes, sizeof sizes);
}

static size_t hot_patch_base_size(uint32_t version)
{
    static const uint8_t sizes[] = { 28, 32 };
    return by_version(version, sizes, sizeof sizes);
}

/* ---- the kinds ------------------------------------------------------------ */

/* `size` by the first word, a version; NULL: the first word is the size, or `fixed`. */
static const struct {
    const char *name;
    const pel_schema *schema;
    size_t (*size)(uint32_t version);
    uint32_t version; /* the newest that is known */
    bool fixed;
} kinds[PEL_METADATA_KINDS] = {
    [PEL_METADATA_CHPE] = { "chpe_metadata", &pel_chpe_metadata_schema, chpe_size, 3, false },
    [PEL_METADATA_ARM64EC] = { "arm64ec_metadata", &pel_arm64ec_metadata_schema, arm64ec_size, 2,
                               false },
    [PEL_METADATA_HOT_PATCH] = { "hot_patch", &pel_hot_patch_info_schema, hot_patch_size, 4,
                                 false },
    [PEL_METADATA_ENCLAVE] = { "enclave", &pel_enclave_config_schema, NULL, 0, false },
    [PEL_METADATA_VOLATILE] = { "volatile_metadata", &pel_volatile_metadata_schema, NULL, 0,
                                false },
    [PEL_METADATA_POLICY] = { "image_policy", &pel_policy_metadata_schema, NULL, 1, true },
};

const char *pel_metadata_name(pel_metadata_kind kind) { return kinds[kind].name; }

uint32_t pel_metadata_version(pel_metadata_kind kind) { return kinds[kind].version; }

/* The VA in a field of the load configuration; false when there is none. */
static bool pointer_of(const pel_image *img, pel_metadata_kind kind, const pel_load_config_info *c,
                       pel_va *out)
{
    const pel_load_config *d = &c->directory;
    pel_va base = img->optional.image_base;
    bool x86 = img->file.machine == PEL_MACHINE_I386;
    const struct {
        const char *field;
        pel_va va;
    } places[PEL_METADATA_KINDS] = {
        [PEL_METADATA_CHPE] = { "CHPEMetadataPointer", { x86 ? d->chpe_metadata.v : 0 } },
        [PEL_METADATA_ARM64EC] = { "CHPEMetadataPointer", { x86 ? 0 : d->chpe_metadata.v } },
        [PEL_METADATA_HOT_PATCH] = { "HotPatchTableOffset",
                                     { d->hot_patch_table ? base.v + d->hot_patch_table : 0 } },
        [PEL_METADATA_ENCLAVE] = { "EnclaveConfigurationPointer", d->enclave_config },
        [PEL_METADATA_VOLATILE] = { "VolatileMetadataPointer", d->volatile_metadata },
    };
    *out = places[kind].va;
    return places[kind].field && out->v != 0 && pel_load_config_has(c, places[kind].field);
}

/* Policies are exported; newer ones only have a section of their own. */
static pel_status find_policy(const pel_image *img, pel_rva *out)
{
    static const char exported[] = "__ImagePolicyMetadata", section[] = ".tPolicy";
    pel_exports exports;
    pel_export found_export;
    if (pel_image_exports(img, &exports) != PEL_NOT_FOUND &&
        pel_export_by_name(&exports, pel_str_of(exported), UINT32_MAX, &found_export) == PEL_OK &&
        !found_export.is_forwarder) {
        *out = found_export.rva;
        return PEL_OK;
    }
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section *s = &img->sections[i];
        *out = s->header.virtual_address;
        if (memcmp(s->header.name, section, sizeof s->header.name) == 0)
            return PEL_OK;
    }
    return PEL_NOT_FOUND;
}

/* Where it lies. */
static pel_status find(const pel_image *img, pel_metadata_kind kind, pel_rva *out)
{
    pel_load_config_info config;
    pel_va va;
    if (kind == PEL_METADATA_POLICY)
        return find_policy(img, out);
    if (pel_image_load_config(img, &config) == PEL_NOT_FOUND ||
        !pointer_of(img, kind, &config, &va))
        return PEL_NOT_FOUND;
    bool inside = pel_rva_of(img->optional.image_base, pel_image_view_size(img), va, out);
    return inside && out->v != 0 ? PEL_OK : PEL_MALFORMED;
}

/* Bytes of the structure, by its first word. */
static size_t size_of(const pel_image *img, pel_metadata_kind kind, pel_rva rva)
{
    uint64_t first;
    size_t known = pel_schema_wire_size(kinds[kind].schema, pel_image_is_wide(img));
    if (kinds[kind].fixed)
        return known;
    pel_image_word(img, rva.v, sizeof(uint32_t), &first);
    if (kinds[kind].size)
        return kinds[kind].size((uint32_t)first);
    if (first < sizeof(uint32_t))
        return sizeof(uint32_t); /* that there is no more of it, it must say itself */
    return first < known ? (size_t)first : known;
}

pel_status pel_image_metadata(const pel_image *image, pel_metadata_kind kind, pel_metadata *out)
{
    found at;
    *out = (pel_metadata){ .image = image, .kind = kind, .schema = kinds[kind].schema };
    PEL_TRY(find(image, kind, &out->rva));
    out->size = size_of(image, kind, out->rva);
    pel_status st =
        pel_image_decode_part(image, out->schema, out->rva.v, out->size, &out->fields, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    return st == PEL_NOT_FOUND ? PEL_MALFORMED : st;
}

/* ---- lists ----------------------------------------------------------------- */

static const struct {
    const char *name;
    pel_metadata_kind kind;
    const pel_schema *schema;
} lists[PEL_METADATA_LISTS] = {
    [PEL_LIST_CHPE_RANGES] = { "ranges", PEL_METADATA_CHPE, &pel_chpe_range_schema },
    [PEL_LIST_ARM64EC_CODE_MAP] = { "code_map", PEL_METADATA_ARM64EC,
                                    &pel_arm64ec_code_map_schema },
    [PEL_LIST_ARM64EC_ENTRY_POINTS] = { "entry_points", PEL_METADATA_ARM64EC,
                                        &pel_arm64ec_entry_point_schema },
    [PEL_LIST_ARM64EC_REDIRECTIONS] = { "redirections", PEL_METADATA_ARM64EC,
                                        &pel_arm64ec_redirection_schema },
    [PEL_LIST_ARM64EC_FUNCTIONS] = { "extra_functions", PEL_METADATA_ARM64EC,
                                     &pel_runtime_function_schema },
    [PEL_LIST_HOT_PATCH_BASES] = { "bases", PEL_METADATA_HOT_PATCH, &pel_hot_patch_base_schema },
    [PEL_LIST_ENCLAVE_IMPORTS] = { "imports", PEL_METADATA_ENCLAVE, &pel_enclave_import_schema },
    [PEL_LIST_VOLATILE_ACCESSES] = { "accesses", PEL_METADATA_VOLATILE,
                                     &pel_volatile_access_schema },
    [PEL_LIST_VOLATILE_RANGES] = { "ranges", PEL_METADATA_VOLATILE, &pel_volatile_range_schema },
    [PEL_LIST_POLICIES] = { "Policies", PEL_METADATA_POLICY, &pel_policy_entry_schema },
};

const char *pel_metadata_list_name(pel_metadata_list list) { return lists[list].name; }

pel_metadata_kind pel_metadata_list_kind(pel_metadata_list list) { return lists[list].kind; }

/* RVA, and the number of entries; 0 bytes left over count for nothing. */
static void place_of(const pel_metadata *m, pel_metadata_list list, pel_metadata_iter *it)
{
    switch (list) {
    case PEL_LIST_CHPE_RANGES:
        it->next = m->fields.chpe.ranges.v;
        it->count = m->fields.chpe.range_count;
        break;
    case PEL_LIST_ARM64EC_CODE_MAP:
        it->next = m->fields.arm64ec.code_map.v;
        it->count = m->fields.arm64ec.code_map_count;
        break;
    case PEL_LIST_ARM64EC_ENTRY_POINTS:
        it->next = m->fields.arm64ec.entry_points.v;
        it->count = m->fields.arm64ec.entry_point_count;
        break;
    case PEL_LIST_ARM64EC_REDIRECTIONS:
        it->next = m->fields.arm64ec.redirections.v;
        it->count = m->fields.arm64ec.redirection_count;
        break;
    case PEL_LIST_ARM64EC_FUNCTIONS:
        it->next = m->fields.arm64ec.extra_functions.v;
        it->count = m->fields.arm64ec.extra_functions_size / it->stride;
        break;
    case PEL_LIST_HOT_PATCH_BASES:
        it->start = m->rva.v;
        it->next = it->start + m->fields.hot_patch.bases;
        it->count = m->fields.hot_patch.base_count;
        it->stride = sizeof(uint32_t); /* offsets */
        it->size = hot_patch_base_size(m->fields.hot_patch.version);
        break;
    case PEL_LIST_ENCLAVE_IMPORTS:
        it->next = m->fields.enclave.imports.v;
        it->count = m->fields.enclave.import_count;
        it->stride = m->fields.enclave.import_size;
        it->size = it->stride < it->size ? it->stride : it->size;
        break;
    case PEL_LIST_VOLATILE_ACCESSES:
        it->next = m->fields.volatiles.accesses.v;
        it->count = m->fields.volatiles.accesses_size / it->stride;
        break;
    case PEL_LIST_VOLATILE_RANGES:
        it->next = m->fields.volatiles.ranges.v;
        it->count = m->fields.volatiles.ranges_size / it->stride;
        break;
    case PEL_LIST_POLICIES:
        it->next = (uint64_t)m->rva.v + m->size;
        it->count = UINT64_MAX; /* it ends with type None */
        break;
    case PEL_METADATA_LISTS: break;
    }
}

pel_metadata_iter pel_metadata_walk(const pel_metadata *metadata, pel_metadata_list list)
{
    pel_metadata_iter it = { .image = metadata->image, .list = list };
    if (metadata->rva.v == 0 || list >= PEL_METADATA_LISTS || lists[list].kind != metadata->kind)
        return it;
    it.schema = lists[list].schema;
    it.left = pel_image_belief(metadata->image);
    it.size = pel_schema_wire_size(it.schema, pel_image_is_wide(metadata->image));
    it.stride = (uint32_t)it.size;
    place_of(metadata, list, &it);
    if (it.next == 0 || it.count == 0 || it.size == 0)
        it.next = it.stride = 0;
    return it;
}

/* Where the entry is: in the list, or where the list says. */
static bool entry_at(const pel_metadata_iter *it, uint64_t *rva)
{
    uint64_t offset;
    *rva = it->next;
    if (it->list != PEL_LIST_HOT_PATCH_BASES)
        return true;
    bool there = pel_image_word(it->image, it->next, sizeof(uint32_t), &offset);
    *rva = it->start + offset;
    return there;
}

bool pel_metadata_next(pel_metadata_iter *it, pel_metadata_record *out, pel_structure *at)
{
    found place;
    uint64_t rva;
    memset(out, 0, sizeof *out);
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    if (it->count == 0)
        return pel_walk_ends(&it->next, &it->status, PEL_OK);
    if (!pel_spend(&it->left, it->stride))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    pel_status st = entry_at(it, &rva)
                        ? pel_image_decode_part(it->image, it->schema, rva, it->size, out, &place)
                        : PEL_NOT_FOUND;
    if (st != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, st);
    if (it->list == PEL_LIST_POLICIES && out->policy.type == PEL_POLICY_TYPE_None)
        return pel_walk_ends(&it->next, &it->status, PEL_OK);
    if (at)
        *at = (pel_structure){ .schema = it->schema,
                               .fields = out,
                               .offset = place.offset,
                               .size = it->size,
                               .available = place.available,
                               .wide = pel_image_is_wide(it->image) };
    if (at && !place.present)
        at->offset.v = UINT64_MAX;
    it->next += it->stride;
    it->count--;
    return true;
}

pel_rva pel_metadata_code(pel_metadata_list list, uint32_t start, uint32_t *type)
{
    uint32_t mask = list == PEL_LIST_CHPE_RANGES ? 1 : 3;
    *type = start & mask;
    return (pel_rva){ start & ~mask };
}
