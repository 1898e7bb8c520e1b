/* SPDX-License-Identifier: Apache-2.0 */
/* Version information, dialogs and menus. */
#include <inttypes.h>
#include <stdio.h>

#include "base/reader.h"
#include "dump/dump_resource.h"

/* ---- version information ----------------------------------------------- */

#define DRIVER 3u /* VFT_DRV */
#define FONT   4u /* VFT_FONT */

static void emit_number(pel_emitter *e, const char *key, uint32_t high, uint32_t low)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, high >> 16,
             high & 0xFFFF, low >> 16, low & 0xFFFF);
    pel_emit_string(e, key, text);
}

/* Drivers and fonts have kinds. */
static void emit_subtype(pel_emitter *e, const pel_version_fixed *fixed)
{
    const pel_names *names = fixed->type == DRIVER ? &pel_names_version_driver
                             : fixed->type == FONT ? &pel_names_version_font
                                                   : NULL;
    const pel_name *name = names ? pel_names_find(names, fixed->subtype) : NULL;
    pel_emit_string(e, "file_subtype", name ? name->name : NULL);
}

static pel_status emit_fixed(pel_emitter *e, pel_span bytes)
{
    pel_version_block root;
    pel_version_fixed fixed;
    pel_version_iter it = pel_version_blocks(bytes);
    pel_status st = PEL_NOT_FOUND;
    if (pel_version_next(&it, &root))
        st = pel_version_read_fixed(&root, &fixed);
    if (st == PEL_NOT_FOUND) {
        pel_emit_null(e, "fixed");
        return PEL_OK;
    }
    size_t size = pel_schema_wire_size(&pel_version_fixed_schema, false);
    pel_structure s = { .schema = &pel_version_fixed_schema,
                        .fields = &fixed,
                        .offset = { PEL_NO_OFFSET },
                        .size = size,
                        .available = root.value.size < size ? root.value.size : size };
    pel_emit_map_begin(e, "fixed");
    emit_number(e, "file_version", fixed.file_high, fixed.file_low);
    emit_number(e, "product_version", fixed.product_high, fixed.product_low);
    emit_subtype(e, &fixed);
    pel_emit_structure(e, &s);
    pel_emit_map_end(e);
    return st;
}

static pel_status emit_version_strings(pel_emitter *e, pel_span bytes)
{
    pel_span table = { NULL, 0 };
    pel_version_iter it = pel_version_blocks(bytes);
    pel_emit_seq_begin(e, "strings");
    for (pel_version_block b; pel_version_next(&it, &b);) {
        if (b.level == 2)
            table = b.key;
        if (b.level != 3)
            continue;
        pel_emit_map_begin(e, NULL);
        pel_emit_utf16(e, "table", table);
        pel_emit_utf16(e, "key", b.key);
        pel_emit_utf16(e, "value", b.value);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    return it.status;
}

/* The value of a block of level 2: only those of VarFileInfo have one. */
static void emit_translations(pel_emitter *e, pel_span bytes)
{
    pel_version_iter it = pel_version_blocks(bytes);
    pel_emit_seq_begin(e, "translations");
    for (pel_version_block b; pel_version_next(&it, &b);) {
        for (size_t at = 0; b.level == 2 && pel_span_has(b.value, at, 4); at += 4) {
            uint32_t language = pel_span_u16(b.value, at);
            pel_emit_map_begin(e, NULL);
            pel_emit_named(e, "language", language, pel_language_name(language));
            pel_emit_dec(e, "code_page", pel_span_u16(b.value, at + 2));
            pel_emit_map_end(e);
        }
    }
    pel_emit_seq_end(e);
}

pel_status pel_emit_version(pel_emitter *e, pel_span bytes)
{
    pel_emit_map_begin(e, "version");
    pel_status fixed = emit_fixed(e, bytes);
    pel_status st = emit_version_strings(e, bytes);
    emit_translations(e, bytes);
    pel_emit_map_end(e);
    return st == PEL_OK ? fixed : st;
}

/* ---- dialogs ----------------------------------------------------------- */

static void emit_place(pel_emitter *e, int16_t x, int16_t y, int16_t cx, int16_t cy)
{
    pel_emit_signed(e, "x", x);
    pel_emit_signed(e, "y", y);
    pel_emit_signed(e, "cx", cx);
    pel_emit_signed(e, "cy", cy);
}

static void emit_font(pel_emitter *e, const pel_dialog *d)
{
    if (!d->has_font) {
        pel_emit_null(e, "font");
        return;
    }
    pel_emit_map_begin(e, "font");
    pel_emit_dec(e, "point_size", d->point_size);
    pel_emit_dec(e, "weight", d->weight);
    pel_emit_dec(e, "italic", d->italic);
    pel_emit_dec(e, "charset", d->charset);
    pel_emit_utf16(e, "typeface", d->typeface);
    pel_emit_map_end(e);
}

/* The classes that have a number have a name, too. */
static void emit_class(pel_emitter *e, const pel_resource_key *key)
{
    if (key->is_text)
        pel_emit_key(e, "class", key, true);
    else
        pel_emit_named(e, "class", key->id, pel_dialog_class_name(key->id));
}

static void emit_item(pel_emitter *e, const pel_dialog_item *item)
{
    pel_emit_map_begin(e, NULL);
    emit_class(e, &item->window_class);
    pel_emit_dec(e, "id", item->id);
    pel_emit_key(e, "title", &item->title, false);
    pel_emit_hex(e, "style", item->style);
    pel_emit_hex(e, "exstyle", item->ex_style);
    emit_place(e, item->x, item->y, item->cx, item->cy);
    pel_emit_dec(e, "help_id", item->help_id);
    pel_emit_hex(e, "extra", item->extra.size);
    pel_emit_map_end(e);
}

pel_status pel_emit_dialog(pel_emitter *e, pel_span bytes)
{
    pel_dialog d;
    pel_dialog_iter it = pel_dialog_read(bytes, &d);
    pel_emit_map_begin(e, "dialog");
    pel_emit_boolean(e, "extended", d.extended);
    pel_emit_utf16(e, "title", d.title);
    emit_class(e, &d.window_class);
    pel_emit_key(e, "menu", &d.menu, true);
    pel_emit_hex(e, "style", d.style);
    pel_emit_hex(e, "exstyle", d.ex_style);
    emit_place(e, d.x, d.y, d.cx, d.cy);
    pel_emit_dec(e, "help_id", d.help_id);
    emit_font(e, &d);
    pel_emit_seq_begin(e, "items");
    for (pel_dialog_item item; pel_dialog_next(&it, &item);)
        emit_item(e, &item);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    return it.status;
}

/* ---- menus ------------------------------------------------------------- */

static void emit_menu_item(pel_emitter *e, const pel_menu_item *item, bool extended)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "level", item->level);
    pel_emit_utf16(e, "text", item->text);
    pel_emit_dec(e, "id", item->id);
    pel_emit_boolean(e, "popup", item->is_popup);
    if (extended) {
        pel_emit_hex(e, "type", item->flags);
        pel_emit_hex(e, "state", item->state);
        pel_emit_dec(e, "help_id", item->help_id);
    } else {
        pel_emit_flags(e, "flags", item->flags, &pel_names_menu_flags);
    }
    pel_emit_map_end(e);
}

pel_status pel_emit_menu(pel_emitter *e, pel_span bytes)
{
    pel_menu_iter it = pel_menu_items(bytes);
    pel_emit_map_begin(e, "menu");
    pel_emit_boolean(e, "extended", it.extended);
    pel_emit_dec(e, "help_id", it.help_id);
    pel_emit_seq_begin(e, "items");
    for (pel_menu_item item; pel_menu_next(&it, &item);)
        emit_menu_item(e, &item, it.extended);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    return it.status;
}
