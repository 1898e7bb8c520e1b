/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/dump_resource.h"

#include "base/alloc.h"
#include "base/reader.h"
#include "base/text.h"

/* ---- values ------------------------------------------------------------ */

void pel_emit_utf16(pel_emitter *e, const char *key, pel_span text)
{
    char small[512];
    size_t size = text.size / 2 * 3;
    char *buffer = size <= sizeof small ? small : pel_take(&e->allocator, size);
    if (!buffer) {
        pel_emitter_fail(e, PEL_NO_MEMORY);
        return;
    }
    pel_emit_text(e, key, (pel_str){ buffer, pel_utf16_text(text, buffer, size) });
    if (buffer != small)
        pel_give(&e->allocator, buffer, size);
}

void pel_emit_key(pel_emitter *e, const char *name, const pel_resource_key *key, bool optional)
{
    if (!key->is_text)
        pel_emit_dec(e, name, key->id);
    else if (optional && key->text.size == 0)
        pel_emit_null(e, name);
    else
        pel_emit_utf16(e, name, key->text);
}

static void emit_row(pel_emitter *e, const pel_schema *schema, const void *fields)
{
    size_t size = pel_schema_wire_size(schema, false);
    pel_structure s = { .schema = schema,
                        .fields = fields,
                        .offset = { PEL_NO_OFFSET },
                        .size = size,
                        .available = size };
    pel_emit_map_begin(e, NULL);
    pel_emit_structure(e, &s);
    pel_emit_map_end(e);
}

/* ---- by type ----------------------------------------------------------- */

static pel_status emit_icons(pel_emitter *e, pel_span bytes)
{
    pel_icon_group group;
    pel_icon_entry entry;
    pel_status st = pel_icon_group_read(bytes, &group);
    pel_emit_seq_begin(e, "icons");
    for (uint32_t i = 0; pel_icon_at(&group, i, &entry) == PEL_OK; i++)
        emit_row(e, &pel_icon_entry_schema, &entry);
    pel_emit_seq_end(e);
    return st;
}

static pel_status emit_cursors(pel_emitter *e, pel_span bytes)
{
    pel_icon_group group;
    pel_cursor_entry entry;
    pel_status st = pel_icon_group_read(bytes, &group);
    pel_emit_seq_begin(e, "cursors");
    for (uint32_t i = 0; pel_cursor_at(&group, i, &entry) == PEL_OK; i++)
        emit_row(e, &pel_cursor_entry_schema, &entry);
    pel_emit_seq_end(e);
    return st;
}

static pel_status emit_picture(pel_emitter *e, pel_span bytes)
{
    pel_picture p;
    pel_status st = pel_picture_read(bytes, &p);
    pel_emit_map_begin(e, "picture");
    pel_emit_string(e, "format", pel_picture_format_name(p.format));
    pel_emit_signed(e, "width", p.width);
    pel_emit_signed(e, "height", p.height);
    pel_emit_dec(e, "planes", p.planes);
    pel_emit_dec(e, "bits", p.bits);
    pel_emit_dec(e, "compression", p.compression);
    pel_emit_hex(e, "image_size", p.image_size);
    pel_emit_dec(e, "colors_used", p.colors_used);
    pel_emit_map_end(e);
    return st;
}

/* The hot spot, then a picture. */
static pel_status emit_cursor(pel_emitter *e, pel_span bytes)
{
    pel_emit_map_begin(e, "hot_spot");
    pel_emit_dec(e, "x", pel_span_u16(bytes, 0));
    pel_emit_dec(e, "y", pel_span_u16(bytes, 2));
    pel_emit_map_end(e);
    return emit_picture(e, pel_span_clip(bytes, 4, bytes.size));
}

/* Block n has strings 16 (n - 1) to 16 n - 1. */
static pel_status emit_strings(pel_emitter *e, const pel_resource *leaf, pel_span bytes)
{
    uint32_t index;
    pel_span text;
    bool numbered = leaf->depth > 1 && !leaf->path[1].is_text && leaf->path[1].id > 0;
    uint64_t first = numbered ? ((uint64_t)leaf->path[1].id - 1) * 16 : 0;
    pel_string_iter it = pel_strings(bytes);
    pel_emit_seq_begin(e, "strings");
    while (pel_string_next(&it, &index, &text)) {
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "id", first + index);
        pel_emit_utf16(e, "text", text);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    return it.status;
}

static pel_status emit_messages(pel_emitter *e, pel_span bytes)
{
    pel_message_iter it = pel_messages(bytes);
    pel_emit_seq_begin(e, "messages");
    for (pel_message m; e->status == PEL_OK && pel_message_next(&it, &m);) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "id", m.id);
        pel_emit_hex(e, "flags", m.flags);
        if (m.flags & 1)
            pel_emit_utf16(e, "text", m.text);
        else
            pel_emit_text(e, "text", (pel_str){ (const char *)m.text.data, m.text.size });
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    return it.status;
}

static pel_status emit_accelerators(pel_emitter *e, pel_span bytes)
{
    pel_accelerator_iter it = pel_accelerators(bytes);
    pel_emit_seq_begin(e, "accelerators");
    for (pel_accelerator a; pel_accelerator_next(&it, &a);)
        emit_row(e, &pel_accelerator_schema, &a);
    pel_emit_seq_end(e);
    return it.status;
}

#define BYTE_ORDER_MARK 0xFEFFu

static pel_status emit_manifest(pel_emitter *e, pel_span bytes)
{
    if (pel_span_u16(bytes, 0) == BYTE_ORDER_MARK)
        pel_emit_utf16(e, "manifest", pel_span_clip(bytes, 2, bytes.size));
    else
        pel_emit_text(e, "manifest", (pel_str){ (const char *)bytes.data, bytes.size });
    return PEL_OK;
}

pel_status pel_emit_resource(pel_emitter *e, const pel_resource *leaf, pel_span bytes)
{
    if (leaf->depth == 0 || leaf->path[0].is_text)
        return PEL_OK;
    switch (leaf->path[0].id) {
    case PEL_RT_CURSOR: return emit_cursor(e, bytes);
    case PEL_RT_BITMAP:
    case PEL_RT_ICON: return emit_picture(e, bytes);
    case PEL_RT_MENU: return pel_emit_menu(e, bytes);
    case PEL_RT_DIALOG: return pel_emit_dialog(e, bytes);
    case PEL_RT_STRING: return emit_strings(e, leaf, bytes);
    case PEL_RT_ACCELERATOR: return emit_accelerators(e, bytes);
    case PEL_RT_MESSAGETABLE: return emit_messages(e, bytes);
    case PEL_RT_GROUP_CURSOR: return emit_cursors(e, bytes);
    case PEL_RT_GROUP_ICON: return emit_icons(e, bytes);
    case PEL_RT_VERSION: return pel_emit_version(e, bytes);
    case PEL_RT_MANIFEST: return emit_manifest(e, bytes);
    default: return PEL_OK;
    }
}
