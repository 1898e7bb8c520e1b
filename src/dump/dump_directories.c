/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that are one structure: thread-local storage and the load configuration. */
#include "dump/walk_image.h"

void pel_walk_tls(const walk *w)
{
    pel_tls tls;
    const pel_schema *schema = &pel_tls_directory_schema;
    bool wide = pel_image_is_wide(w->img);
    if (!pel_walk_has(w, PEL_DIR_TLS, "tls") || pel_image_tls(w->img, &tls) == PEL_NOT_FOUND)
        return;
    pel_structure s = { .schema = schema,
                        .fields = &tls.directory,
                        .offset = { tls.has_offset ? tls.offset.v : PEL_NO_OFFSET },
                        .size = pel_schema_wire_size(schema, wide),
                        .available = tls.available,
                        .wide = wide };
    pel_emit_map_begin(w->e, "tls");
    pel_emit_structure(w->e, &s);
    pel_emit_seq_begin(w->e, "callbacks");
    pel_tls_iter it = pel_image_tls_callbacks(w->img);
    for (pel_va va; w->e->status == PEL_OK && pel_tls_next(&it, &va);)
        pel_emit_hex(w->e, NULL, va.v);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

/* The schema up to the last field that exists. */
static pel_schema existing(const pel_load_config_info *info)
{
    size_t end = 0;
    pel_schema part = pel_load_config_schema;
    for (size_t i = 0; i < part.field_count; i++) {
        end += pel_field_wire(&part.fields[i], info->wide);
        if (end > info->size)
            part.field_count = i;
    }
    return part;
}

void pel_walk_load_config(const walk *w)
{
    pel_load_config_info info;
    if (!pel_walk_has(w, PEL_DIR_LOAD_CONFIG, "load_config") ||
        pel_image_load_config(w->img, &info) == PEL_NOT_FOUND)
        return;
    pel_schema part = existing(&info);
    pel_structure s = { .schema = &part,
                        .fields = &info.directory,
                        .offset = { info.has_offset ? info.offset.v : PEL_NO_OFFSET },
                        .size = info.size,
                        .available = info.available,
                        .wide = info.wide };
    pel_emit_map_begin(w->e, "load_config");
    pel_emit_structure(w->e, &s);
    pel_emit_map_end(w->e);
}
