/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs, of the old form and of the extended one, which 1 and 0xFFFF tell. Items begin at
 * multiples of 4 bytes. */
#include "pe/resource_priv.h"

#define DS_SETFONT 0x40u

static void read_place(pel_reader *r, int16_t *x, int16_t *y, int16_t *cx, int16_t *cy)
{
    *x = (int16_t)(uint16_t)pel_read_uint(r, 2);
    *y = (int16_t)(uint16_t)pel_read_uint(r, 2);
    *cx = (int16_t)(uint16_t)pel_read_uint(r, 2);
    *cy = (int16_t)(uint16_t)pel_read_uint(r, 2);
}

static void read_font(pel_reader *r, pel_dialog *out)
{
    out->has_font = true;
    out->point_size = (uint16_t)pel_read_uint(r, 2);
    if (out->extended) {
        out->weight = (uint16_t)pel_read_uint(r, 2);
        out->italic = (uint8_t)pel_read_uint(r, 1);
        out->charset = (uint8_t)pel_read_uint(r, 1);
    }
    out->typeface = pel_read_utf16(r);
}

pel_dialog_iter pel_dialog_read(pel_span bytes, pel_dialog *out)
{
    pel_reader r = pel_resource_reader(bytes, 0);
    *out =
        (pel_dialog){ .extended = pel_span_u16(bytes, 0) == 1 && pel_span_u16(bytes, 2) == 0xFFFF };
    if (out->extended) {
        pel_read_uint(&r, 4);
        out->help_id = (uint32_t)pel_read_uint(&r, 4);
        out->ex_style = (uint32_t)pel_read_uint(&r, 4);
        out->style = (uint32_t)pel_read_uint(&r, 4);
    } else {
        out->style = (uint32_t)pel_read_uint(&r, 4);
        out->ex_style = (uint32_t)pel_read_uint(&r, 4);
    }
    out->item_count = (uint16_t)pel_read_uint(&r, 2);
    read_place(&r, &out->x, &out->y, &out->cx, &out->cy);
    out->menu = pel_read_key(&r);
    out->window_class = pel_read_key(&r);
    out->title = pel_read_utf16(&r);
    if (out->style & DS_SETFONT)
        read_font(&r, out);
    return (pel_dialog_iter){ .bytes = bytes,
                              .next = r.pos,
                              .extended = out->extended,
                              .left = r.failed ? 0 : out->item_count,
                              .status = pel_reader_status(&r) };
}

static void read_styles(pel_reader *r, bool extended, pel_dialog_item *out)
{
    if (extended) {
        out->help_id = (uint32_t)pel_read_uint(r, 4);
        out->ex_style = (uint32_t)pel_read_uint(r, 4);
        out->style = (uint32_t)pel_read_uint(r, 4);
    } else {
        out->style = (uint32_t)pel_read_uint(r, 4);
        out->ex_style = (uint32_t)pel_read_uint(r, 4);
    }
}

bool pel_dialog_next(pel_dialog_iter *it, pel_dialog_item *out)
{
    *out = (pel_dialog_item){ 0 };
    if (it->left == 0 || it->status != PEL_OK)
        return false;
    pel_reader r = pel_resource_reader(it->bytes, it->next);
    pel_read_align(&r, 4);
    out->offset = r.pos;
    read_styles(&r, it->extended, out);
    read_place(&r, &out->x, &out->y, &out->cx, &out->cy);
    out->id = (uint32_t)pel_read_uint(&r, it->extended ? 4 : 2);
    out->window_class = pel_read_key(&r);
    out->title = pel_read_key(&r);
    size_t extra = (size_t)pel_read_uint(&r, 2);
    out->extra = pel_read_span(&r, extra);
    it->left--;
    it->next = r.pos;
    it->status = pel_reader_status(&r);
    return it->status == PEL_OK;
}

const char *pel_dialog_class_name(uint32_t atom)
{
    const pel_name *name = pel_names_find(&pel_names_dialog_class, atom);
    return name ? name->name : NULL;
}
