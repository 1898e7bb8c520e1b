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
    pel_emit_end(w->e, pel_walk_callbacks(w->e, w->naming, 0));
    pel_emit_map_end(w->e);
}

/* The schema up to the last field that exists. */
static pel_schema existing(const pel_load_config_info *info)
{
    size_t end = 0;
    pel_schema part = pel_load_config_schema;
    for (size_t i = 0; i < part.field_count; i++) {
        end += pel_field_span(&part.fields[i], info->wide);
        if (end > info->size)
            part.field_count = i;
    }
    return part;
}

static void walk_guard_entry(const walk *w, const pel_guard_entry *entry, bool flags)
{
    pel_emit_map_begin(w->e, NULL);
    w->e->digits = 8;
    pel_emit_hex(w->e, "rva", entry->rva.v);
    if (flags)
        pel_emit_flags(w->e, "flags", entry->flags, &pel_names_guard_entry_flags);
    pel_emit_name(w->e, "name", w->naming, entry->rva);
    pel_emit_map_end(w->e);
}

static void walk_guard_table(const walk *w, pel_guard_table table)
{
    pel_guard_iter it = pel_image_guard_entries(w->img, table);
    bool flags = it.stride > sizeof(uint32_t);
    if (it.next == 0 && it.status == PEL_OK)
        return;
    pel_emit_map_begin(w->e, pel_guard_table_name(table));
    pel_emit_dec(w->e, "stride", it.stride);
    pel_emit_seq_begin(w->e, "entries");
    for (pel_guard_entry g; w->e->status == PEL_OK && pel_guard_next(&it, &g);)
        walk_guard_entry(w, &g, flags);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

/* Text is for people: it has the tables only when asked for the load configuration by name. */
static void walk_guard_tables(const walk *w)
{
    if (w->options->format == PEL_FORMAT_TEXT && !w->options->only)
        return;
    for (int table = 0; table < PEL_GUARD_TABLES; table++)
        walk_guard_table(w, (pel_guard_table)table);
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
    walk_guard_tables(w);
    pel_emit_map_end(w->e);
}
