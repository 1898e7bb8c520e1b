/* SPDX-License-Identifier: Apache-2.0 */
/* RVA <-> file offset, over the sorted pieces that layout.c made. */
#include <string.h>

#include "pe/image_priv.h"

const char *pel_where_name(pel_where where)
{
    switch (where) {
    case PEL_WHERE_UNMAPPED: return "unmapped";
    case PEL_WHERE_HEADER: return "header";
    case PEL_WHERE_SECTION: return "section";
    case PEL_WHERE_ZERO_FILL: return "zero-fill";
    case PEL_WHERE_GAP: return "gap";
    case PEL_WHERE_OVERLAY: return "overlay";
    }
    return "?";
}

/* Index of the first piece that ends above `rva`; piece_count when there is none. */
static size_t first_ending_above(const pel_image *img, uint64_t rva)
{
    size_t low = 0, high = img->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (img->pieces[middle].end > rva)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* No piece covers `rva`; the next one begins at `next`. */
static pel_rva_answer uncovered(const pel_image *img, uint64_t rva, uint64_t next)
{
    uint64_t view = pel_image_view_size(img);
    bool inside = rva < view;
    uint64_t end = inside && next > view ? view : next;
    return (pel_rva_answer){ .where = inside ? PEL_WHERE_GAP : PEL_WHERE_UNMAPPED,
                             .section = PEL_NO_INDEX,
                             .run = end - rva };
}

pel_rva_answer pel_image_at_rva(const pel_image *image, pel_rva rva)
{
    const uint64_t no_next = (uint64_t)UINT32_MAX + 1;
    size_t i = first_ending_above(image, rva.v);
    if (i == image->piece_count)
        return uncovered(image, rva.v, no_next);
    const piece *p = &image->pieces[i];
    if (rva.v < p->start)
        return uncovered(image, rva.v, p->start < no_next ? p->start : no_next);

    pel_where in_file = p->section == PEL_NO_INDEX ? PEL_WHERE_HEADER : PEL_WHERE_SECTION;
    return (pel_rva_answer){ .where = p->from_file ? in_file : PEL_WHERE_ZERO_FILL,
                             .has_offset = p->from_file,
                             .offset = { p->from_file ? p->raw + (rva.v - p->start) : 0 },
                             .section = p->section,
                             .run = p->end - rva.v };
}

pel_status pel_image_rva_to_foff(const pel_image *image, pel_rva rva, pel_foff *out)
{
    pel_rva_answer a = pel_image_at_rva(image, rva);
    *out = a.offset;
    return a.has_offset ? PEL_OK : PEL_NOT_FOUND;
}

pel_rva_iter pel_image_rvas(const pel_image *image, pel_foff offset)
{
    return (pel_rva_iter){ .image = image, .offset = offset };
}

bool pel_rva_next(pel_rva_iter *it, pel_rva *out)
{
    while (it->next < it->image->piece_count) {
        const piece *p = &it->image->pieces[it->next++];
        uint64_t into = it->offset.v - p->raw;
        if (p->from_file && it->offset.v >= p->raw && into < p->end - p->start) {
            out->v = (uint32_t)(p->start + into);
            return true;
        }
    }
    return false;
}

pel_where pel_image_at_foff(const pel_image *image, pel_foff offset)
{
    pel_rva rva;
    if (offset.v >= image->bytes.size)
        return PEL_WHERE_UNMAPPED;
    pel_rva_iter it = pel_image_rvas(image, offset);
    if (pel_rva_next(&it, &rva))
        return pel_image_at_rva(image, rva).where;
    return offset.v >= image->accounted_end.v ? PEL_WHERE_OVERLAY : PEL_WHERE_GAP;
}

pel_status pel_image_read(const pel_image *image, pel_rva rva, void *out, size_t size)
{
    uint8_t *to = out;
    uint64_t at = rva.v;
    pel_rva_answer a;
    for (size_t n; size > 0; to += n, at += n, size -= n) {
        if (at > UINT32_MAX)
            break;
        a = pel_image_at_rva(image, (pel_rva){ (uint32_t)at });
        if (a.where == PEL_WHERE_UNMAPPED || a.where == PEL_WHERE_GAP)
            break;
        n = a.run < size ? (size_t)a.run : size;
        pel_span bytes = pel_span_clip(image->bytes, a.offset.v, a.has_offset ? n : 0);
        if (bytes.size)
            memcpy(to, bytes.data, bytes.size);
        if (bytes.size < n)
            memset(to + bytes.size, 0, n - bytes.size);
    }
    if (size == 0)
        return PEL_OK;
    memset(to, 0, size);
    return PEL_NOT_FOUND;
}

pel_span pel_image_span(const pel_image *image, pel_rva rva, uint64_t size)
{
    pel_rva_answer a = pel_image_at_rva(image, rva);
    uint64_t wanted = size < a.run ? size : a.run;
    return pel_span_clip(image->bytes, a.offset.v, a.has_offset ? wanted : 0);
}
