/* SPDX-License-Identifier: Apache-2.0 */
/* What objects tell the linker about their sections: COMDAT, and options in .drectve. */
#include <pelorus/symbols.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"

/* ---- COMDAT ------------------------------------------------------------ */

static bool is_comdat(const pel_image *img, uint32_t index)
{
    return img->sections[index].header.flags & PEL_SCN_LNK_COMDAT;
}

/* The first symbol of a COMDAT section is the section's, the second is that it is chosen by. */
static void take_symbol(const pel_image *img, const pel_coff_entry *e, pel_comdat *c)
{
    if (c->present && c->symbol == PEL_NO_INDEX)
        c->symbol = e->index;
    if (c->present || e->aux_kind != PEL_AUX_SECTION || pel_coff_aux(e, 0, &c->aux) != PEL_OK)
        return;
    c->present = true;
    if (c->aux.selection != PEL_COMDAT_ASSOCIATIVE)
        return; /* some write the section itself into Number */
    c->associated = c->aux.number;
    if (img->kind == PEL_IMAGE_BIG_OBJECT)
        c->associated |= (uint32_t)c->aux.high << 16;
}

bool pel_image_comdats(const pel_image *image, pel_comdat *out)
{
    bool any = false;
    bool object = image->kind == PEL_IMAGE_OBJECT || image->kind == PEL_IMAGE_BIG_OBJECT;
    for (uint32_t i = 0; i < image->section_count; i++) {
        out[i] = (pel_comdat){ .symbol = PEL_NO_INDEX };
        any = any || (object && is_comdat(image, i));
    }
    if (!any)
        return false;
    pel_coff_iter it = pel_image_coff_symbols(image);
    for (pel_coff_entry e; pel_coff_next(&it, &e);)
        if (e.section > 0 && e.section <= image->section_count && is_comdat(image, e.section - 1))
            take_symbol(image, &e, &out[e.section - 1]);
    return true;
}

/* ---- directives -------------------------------------------------------- */

static bool is_drectve(const pel_section *s)
{
    return s->name.len == 8 && memcmp(s->name.ptr, ".drectve", 8) == 0;
}

pel_directive_iter pel_image_directives(const pel_image *image)
{
    return (pel_directive_iter){ .image = image, .left = pel_image_belief(image) };
}

/* The text of the next section of that name, without the mark that says it is UTF-8. */
static bool next_section(pel_directive_iter *it)
{
    const pel_image *img = it->image;
    bool object = img->kind == PEL_IMAGE_OBJECT || img->kind == PEL_IMAGE_BIG_OBJECT;
    for (it->section += it->begun; object && it->section < img->section_count; it->section++) {
        const pel_section *s = &img->sections[it->section];
        it->begun = false;
        if (!is_drectve(s) || s->header.raw_offset.v == 0)
            continue;
        it->begun = true;
        it->rest = pel_span_clip(img->bytes, s->header.raw_offset.v, s->header.raw_size);
        if (!pel_spend(&it->left, it->rest.size)) {
            it->status = PEL_LIMIT;
            return false;
        }
        bool marked = it->rest.size >= 3 && memcmp(it->rest.data, "\xef\xbb\xbf", 3) == 0;
        it->rest = pel_span_clip(it->rest, marked ? 3 : 0, UINT64_MAX);
        return true;
    }
    it->begun = false;
    return false;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\0' || (c >= '\t' && c <= '\r'); }

bool pel_directive_next(pel_directive_iter *it, pel_str *out, uint32_t *section)
{
    size_t start = 0, end;
    bool quoted = false;
    *out = (pel_str){ .len = 0 };
    if (it->status != PEL_OK)
        return false;
    for (;;) {
        for (start = 0; start < it->rest.size && is_blank(it->rest.data[start]);)
            start++;
        if (start < it->rest.size)
            break;
        it->rest.size = 0;
        if (!next_section(it))
            return false;
    }
    for (end = start; end < it->rest.size; end++) {
        uint8_t c = it->rest.data[end];
        if (!quoted && is_blank(c))
            break;
        quoted = quoted != (c == '"');
    }
    *out = (pel_str){ .ptr = (const char *)it->rest.data + start, .len = end - start };
    *section = it->section;
    it->rest = pel_span_clip(it->rest, end, UINT64_MAX);
    return true;
}
