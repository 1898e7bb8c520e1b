/* SPDX-License-Identifier: Apache-2.0 */
/* Menus of both forms, and accelerators.
 *
 *   version 0   | 0 | size of the rest of the header |     items: | flags | id unless popup | text
 * | version 1   | 1 | offset from here | help id |         items: | type | state | id | info | text
 * |
 */
#include "pe/resource_priv.h"
#include "schema/decode.h"

#define MF_POPUP   0x10u
#define MF_END     0x80u
#define INFO_POPUP 0x01u

pel_menu_iter pel_menu_items(pel_span bytes)
{
    pel_reader r = pel_resource_reader(bytes, 0);
    pel_menu_iter it = { .bytes = bytes };
    uint64_t version = pel_read_uint(&r, 2);
    uint64_t skip = pel_read_uint(&r, 2);
    it.status = version <= 1 ? pel_reader_status(&r) : PEL_MALFORMED;
    it.extended = version == 1;
    it.next = r.pos + (size_t)skip;
    if (it.extended && skip >= 4)
        it.help_id = (uint32_t)pel_read_uint(&r, 4);
    it.done = it.status != PEL_OK;
    return it;
}

static void read_old(pel_reader *r, pel_menu_item *out)
{
    out->flags = (uint32_t)pel_read_uint(r, 2);
    out->is_popup = (out->flags & MF_POPUP) != 0;
    out->is_last = (out->flags & MF_END) != 0;
    if (!out->is_popup)
        out->id = (uint32_t)pel_read_uint(r, 2);
    out->text = pel_read_utf16(r);
}

static void read_extended(pel_reader *r, pel_menu_item *out)
{
    pel_read_align(r, 4);
    out->flags = (uint32_t)pel_read_uint(r, 4);
    out->state = (uint32_t)pel_read_uint(r, 4);
    out->id = (uint32_t)pel_read_uint(r, 4);
    uint64_t info = pel_read_uint(r, 2);
    out->is_popup = (info & INFO_POPUP) != 0;
    out->is_last = (info & MF_END) != 0;
    out->text = pel_read_utf16(r);
    if (!out->is_popup || r->failed)
        return;
    pel_read_align(r, 4);
    out->help_id = (uint32_t)pel_read_uint(r, 4);
}

/* Where the next item belongs: in the popup, in the same menu, or behind all menus that end. */
static void go_on(pel_menu_iter *it, const pel_menu_item *item)
{
    if (item->is_popup && it->level + 1 == PEL_MENU_DEPTH) {
        it->status = PEL_LIMIT;
    } else if (item->is_popup) {
        uint64_t bit = (uint64_t)1 << it->level++;
        it->last = item->is_last ? it->last | bit : it->last & ~bit;
    } else if (item->is_last) {
        while (it->level > 0 && (it->last >> (it->level - 1) & 1))
            it->level--;
        it->done = it->level == 0;
        it->level -= it->level > 0;
    }
}

bool pel_menu_next(pel_menu_iter *it, pel_menu_item *out)
{
    *out = (pel_menu_item){ .level = it->level };
    if (it->done || it->status != PEL_OK)
        return false;
    pel_reader r = pel_resource_reader(it->bytes, it->next);
    if (it->extended)
        read_extended(&r, out);
    else
        read_old(&r, out);
    it->next = r.pos;
    it->status = pel_reader_status(&r);
    if (it->status != PEL_OK)
        return false;
    go_on(it, out);
    return true;
}

/* ---- accelerators ------------------------------------------------------ */

pel_accelerator_iter pel_accelerators(pel_span bytes)
{
    return (pel_accelerator_iter){ .bytes = bytes };
}

bool pel_accelerator_next(pel_accelerator_iter *it, pel_accelerator *out)
{
    *out = (pel_accelerator){ 0 };
    if (it->done || it->status != PEL_OK)
        return false;
    pel_reader r = pel_resource_reader(it->bytes, it->next);
    it->status = pel_schema_decode(&pel_accelerator_schema, &r, out);
    it->next = r.pos;
    it->done = (out->flags & MF_END) != 0;
    return it->status == PEL_OK;
}
