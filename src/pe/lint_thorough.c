/* SPDX-License-Identifier: Apache-2.0 */
#include "pe/lint.h"

void pel_odd(oddities *o, pel_diag_code code, pel_place where, uint64_t found_value, uint64_t limit)
{
    if (o->status != PEL_OK || o->told[code] >= PEL_ODD_MOST)
        return;
    o->told[code]++;
    o->status = pel_image_remark_at(o->img, code, where, found_value, limit);
}

void pel_odd_field(oddities *o, pel_diag_code code, const pel_schema *schema, uint32_t index,
                   const char *field, uint64_t found_value, uint64_t limit)
{
    pel_odd(o, code, pel_image_place(o->img, schema, index, field), found_value, limit);
}

pel_place pel_odd_place(const char *key, uint32_t index, const char *field, const pel_foff *offset)
{
    return (pel_place){ .structure = key,
                        .index = index,
                        .field = field,
                        .has_offset = offset != NULL,
                        .offset = { offset ? offset->v : 0 } };
}

pel_place pel_odd_in(const char *key, uint32_t index, const pel_schema *schema, const char *field,
                     const pel_foff *offset, bool wide)
{
    pel_place place = pel_odd_place(key, index, field, offset);
    if (place.has_offset)
        place.offset.v += pel_field_offset(schema, pel_schema_field(schema, field), wide);
    return place;
}

bool pel_is_printable(pel_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return text.len > 0;
}

uint32_t pel_odd_flags_at(const pel_image *img, pel_rva rva)
{
    pel_rva_answer a = pel_image_at_rva(img, rva);
    return a.section == PEL_NO_INDEX ? 0 : img->sections[a.section].header.flags;
}

/* FNV-1a. */
uint64_t pel_fold_hash(pel_str text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c - 'A' + 'a');
        hash = (hash ^ c) * 0x100000001b3u;
    }
    return hash;
}

static void (*const looks[])(oddities *o) = {
    pel_lint_file,
    pel_lint_headers,
    pel_lint_rich,
    pel_lint_entry,
    pel_lint_sections,
    pel_lint_raw_data,
    pel_lint_data_directories,
    pel_lint_exports,
    pel_lint_imports,
    pel_lint_delay_imports,
    pel_lint_bound_imports,
    pel_lint_resource_data,
    pel_lint_unwind_chains,
    pel_lint_certificates,
    pel_lint_signatures,
    pel_lint_payloads,
    pel_lint_relocs,
    pel_lint_tls,
    pel_lint_load_config,
    pel_lint_clr,
    pel_lint_times,
};

pel_status pel_image_lint_thorough(pel_image *img, uint64_t now)
{
    oddities o = { .img = img, .now = now };
    bool mappable = img->kind == PEL_IMAGE_PE32 || img->kind == PEL_IMAGE_PE32PLUS;
    bool whole = img->optional_at.available == img->optional_at.size;
    if (!mappable || !whole)
        return PEL_OK;
    for (size_t i = 0; i < sizeof looks / sizeof looks[0] && o.status == PEL_OK; i++)
        looks[i](&o);
    return o.status;
}
