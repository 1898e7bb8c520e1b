/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/locate.h>

static void locate_rva(const pel_image *img, pel_va base, pel_rva rva, pel_location *out)
{
    pel_rva_answer a = pel_image_at_rva(img, rva);
    out->where = a.where;
    out->has_rva = true;
    out->has_va = a.where != PEL_WHERE_UNMAPPED; /* beyond the image no VA belongs to it */
    out->rva = rva;
    out->va = pel_va_of(base, rva);
    out->has_offset = a.has_offset;
    out->offset = a.offset;
    out->section = a.section;
    out->protect = pel_image_protect(img, rva);
}

static void locate_offset(const pel_image *img, pel_va base, uint64_t value, pel_location *out)
{
    pel_foff offset = { value };
    pel_rva_iter it = pel_image_rvas(img, offset);
    pel_rva rva;
    if (pel_rva_next(&it, &rva))
        locate_rva(img, base, rva, out);
    else
        out->where = pel_image_at_foff(img, offset);
    out->has_offset = value < pel_image_bytes(img).size;
    out->offset = offset;
}

pel_location pel_locate(const pel_image *image, pel_va base, pel_line line, uint64_t value)
{
    pel_location out = { .where = PEL_WHERE_UNMAPPED, .section = PEL_NO_INDEX };
    pel_va va = { value };
    pel_rva rva;
    switch (line) {
    case PEL_LINE_OFFSET: locate_offset(image, base, value, &out); break;
    case PEL_LINE_RVA:
        if (value <= UINT32_MAX)
            locate_rva(image, base, (pel_rva){ (uint32_t)value }, &out);
        break;
    case PEL_LINE_VA:
        if (pel_rva_of(base, (uint64_t)UINT32_MAX + 1, va, &rva))
            locate_rva(image, base, rva, &out);
        out.has_rva = out.where != PEL_WHERE_UNMAPPED; /* and no RVA to a VA beyond it */
        out.has_va = true;
        out.va = va;
        break;
    }
    return out;
}
