/* SPDX-License-Identifier: Apache-2.0 */
/* The load configuration: its fields, the words and tables that it leads to. */
#include <pelorus/dynamic_relocs.h>
#include <pelorus/metadata.h>
#include <string.h>

#include "dump/walk_image.h"
#include "dump/walk_metadata.h"

/* Text is for people: it has lists only when asked for the load configuration by name. */
bool pel_walk_lists(const walk *w)
{
    return w->options->format != PEL_FORMAT_TEXT || w->options->only;
}

pel_schema pel_schema_up_to(const pel_schema *schema, size_t size, bool wide)
{
    size_t end = 0;
    pel_schema part = *schema;
    for (size_t i = 0; i < part.field_count; i++) {
        end += pel_field_span(&part.fields[i], wide);
        if (end > size)
            part.field_count = i;
    }
    return part;
}

/* ---- tables of Control Flow Guard ---------------------------------------- */

/* Behind the RVA and the byte of flags. */
#define KNOWN_STRIDE 5

static void emit_hash_of_type(const walk *w, const pel_guard_entry *entry)
{
    uint64_t hash;
    w->e->digits = 16;
    if (entry->flags & PEL_GUARD_ENTRY_FID_XFG && pel_image_xfg_hash(w->img, entry->rva, &hash))
        pel_emit_hex(w->e, "xfg_hash", hash);
    else
        pel_emit_null(w->e, "xfg_hash");
}

static void walk_guard_entry(const walk *w, const pel_guard_iter *it, const pel_guard_entry *entry,
                             bool typed)
{
    bool flags = it->stride > sizeof(uint32_t);
    pel_emit_map_begin(w->e, NULL);
    w->e->digits = 8;
    pel_emit_hex(w->e, "rva", entry->rva.v);
    if (flags)
        pel_emit_flags(w->e, "flags", entry->flags, &pel_names_guard_entry_flags);
    if (it->stride > KNOWN_STRIDE)
        pel_emit_bytes(w->e, "extra", (pel_span){ entry->extra, it->stride - KNOWN_STRIDE });
    pel_emit_name(w->e, "name", w->naming, entry->rva);
    if (typed || entry->flags & PEL_GUARD_ENTRY_FID_XFG)
        emit_hash_of_type(w, entry);
    pel_emit_map_end(w->e);
}

/* Windows searches most of the tables by halves. */
static void walk_guard_table(const walk *w, pel_guard_table table, bool typed)
{
    uint64_t after = 0;
    bool sorted = true;
    pel_guard_iter it = pel_image_guard_entries(w->img, table);
    if (it.next == 0 && it.status == PEL_OK)
        return;
    pel_emit_map_begin(w->e, pel_guard_table_name(table));
    pel_emit_dec(w->e, "stride", it.stride);
    pel_emit_seq_begin(w->e, "entries");
    for (pel_guard_entry g; w->e->status == PEL_OK && pel_guard_next(&it, &g);) {
        walk_guard_entry(w, &it, &g, typed && table == PEL_GUARD_FUNCTIONS);
        sorted = sorted && g.rva.v >= after;
        after = (uint64_t)g.rva.v + 1;
    }
    pel_emit_seq_end(w->e);
    pel_emit_boolean(w->e, "sorted", sorted);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

#define XFG_ENABLED 0x00800000u /* IMAGE_GUARD_XFG_ENABLED */

static void walk_guard_tables(const walk *w)
{
    pel_load_config_info info;
    pel_image_load_config(w->img, &info);
    bool typed = info.directory.guard_flags & XFG_ENABLED;
    for (int table = 0; table < PEL_GUARD_TABLES; table++)
        walk_guard_table(w, (pel_guard_table)table, typed);
}

/* ---- words ---------------------------------------------------------------- */

static void emit_slot(const walk *w, const pel_config_slot *slot)
{
    if (slot->mapped)
        pel_emit_hex(w->e, "rva", slot->rva.v);
    else
        pel_emit_null(w->e, "rva");
    w->e->digits = pel_image_is_wide(w->img) ? 16 : 8;
    if (slot->has_value)
        pel_emit_hex(w->e, "value", slot->value);
    else
        pel_emit_null(w->e, "value");
}

static bool is_cookie(const pel_config_slot *slot)
{
    return strcmp(slot->field, "SecurityCookie") == 0;
}

static void walk_cookie(const walk *w)
{
    size_t index = 0;
    pel_config_slot slot;
    if (!pel_image_config_slot(w->img, &index, &slot) || !is_cookie(&slot))
        return;
    pel_emit_map_begin(w->e, "security_cookie");
    emit_slot(w, &slot);
    pel_emit_boolean(w->e, "default", slot.has_value && pel_cookie_is_default(w->img, slot.value));
    pel_emit_map_end(w->e);
}

/* Pointers to code, and the mode of CastGuard. */
static void walk_slots(const walk *w)
{
    size_t index = 0;
    bool begun = false;
    for (pel_config_slot slot; pel_image_config_slot(w->img, &index, &slot);) {
        if (is_cookie(&slot))
            continue;
        if (!begun)
            pel_emit_seq_begin(w->e, "slots");
        begun = true;
        pel_emit_map_begin(w->e, NULL);
        pel_emit_string(w->e, "field", slot.field);
        emit_slot(w, &slot);
        pel_emit_map_end(w->e);
    }
    if (begun)
        pel_emit_seq_end(w->e);
}

static void walk_lock_prefixes(const walk *w)
{
    pel_lock_iter it = pel_image_lock_prefixes(w->img);
    if (it.next == 0 && it.status == PEL_OK)
        return;
    pel_emit_map_begin(w->e, "lock_prefixes");
    pel_emit_seq_begin(w->e, "entries");
    for (pel_va va; w->e->status == PEL_OK && pel_lock_next(&it, &va);)
        pel_emit_hex(w->e, NULL, va.v);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

/* ---- all of it -------------------------------------------------------------- */

static void walk_targets(const walk *w)
{
    walk_slots(w);
    walk_lock_prefixes(w);
    walk_guard_tables(w);
    pel_walk_dynamic_relocs(w);
    for (int kind = 0; kind < PEL_METADATA_KINDS; kind++)
        if (kind != PEL_METADATA_POLICY)
            pel_walk_metadata(w, (pel_metadata_kind)kind);
}

void pel_walk_load_config(const walk *w)
{
    pel_load_config_info info;
    if (!pel_walk_has(w, PEL_DIR_LOAD_CONFIG, "load_config") ||
        pel_image_load_config(w->img, &info) == PEL_NOT_FOUND)
        return;
    pel_schema part = pel_schema_up_to(&pel_load_config_schema, info.size, info.wide);
    pel_structure s = { .schema = &part,
                        .fields = &info.directory,
                        .offset = { info.has_offset ? info.offset.v : PEL_NO_OFFSET },
                        .size = info.size,
                        .available = info.available,
                        .wide = info.wide };
    pel_emit_map_begin(w->e, "load_config");
    pel_emit_structure(w->e, &s);
    walk_cookie(w);
    if (pel_walk_lists(w))
        walk_targets(w);
    pel_emit_map_end(w->e);
}
