/* SPDX-License-Identifier: Apache-2.0 */
/* The debug directory: entries of 28 bytes, and where their data are.
 *
 *   directory --> | entry | entry | ... --PointerToRawData--> data in the file
 *                                     \-AddressOfRawData----> the same, if it is mapped
 */
#include <pelorus/debug.h>

#include "pe/image_priv.h"

/* That of a separate debug file lies behind its exported names, and has an offset in the file where
 * others have an RVA. */
static pel_debug_iter in_debug_file(const pel_image *image)
{
    pel_foff at;
    size_t wire = pel_schema_wire_size(&pel_debug_directory_schema, false);
    pel_image_exported_names(image, &at);
    return (pel_debug_iter){ .image = image,
                             .next = at.v + image->debug.names_size,
                             .count = image->debug.debug_size / (uint32_t)wire,
                             .left = pel_image_belief(image) };
}

pel_debug_iter pel_image_debug(const pel_image *image)
{
    if (image->debug_at.present)
        return in_debug_file(image);
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_DEBUG);
    size_t wire = pel_schema_wire_size(&pel_debug_directory_schema, false);
    return (pel_debug_iter){ .image = image,
                             .next = dir.address,
                             .count = dir.address ? dir.size / (uint32_t)wire : 0,
                             .left = pel_image_belief(image) };
}

/* Linkers set both addresses. Where they disagree the offset counts: tools read the file. */
static void find_data(const pel_image *img, pel_debug_entry *e)
{
    const pel_debug_directory *d = &e->directory;
    uint64_t bias = pel_image_raw_bias(img), at = d->offset.v;
    pel_span in_file = { NULL, 0 };
    if (at > bias && img->layout == PEL_LAYOUT_FILE)
        in_file = pel_span_clip(img->bytes, at - bias, d->size);
    pel_span mapped = pel_image_span(img, d->address, d->size);
    if (d->address.v != 0 && mapped.size > in_file.size) {
        e->by = PEL_DEBUG_BY_RVA;
        e->data = mapped;
        e->data_offset = pel_image_at_rva(img, d->address).offset;
    } else if (in_file.size > 0) {
        e->by = PEL_DEBUG_BY_OFFSET;
        e->data = in_file;
        e->data_offset.v = at - bias;
    }
}

static pel_status decode_entry(const pel_debug_iter *it, pel_debug_entry *out, found *at)
{
    const pel_schema *schema = &pel_debug_directory_schema;
    if (it->image->debug_at.present)
        return pel_image_decode(it->image, schema, it->next, false, &out->directory, at);
    return pel_image_decode_mapped(it->image, schema, it->next, &out->directory, at);
}

bool pel_debug_next(pel_debug_iter *it, pel_debug_entry *out)
{
    found at;
    size_t wire = pel_schema_wire_size(&pel_debug_directory_schema, false);
    *out = (pel_debug_entry){ .index = it->index };
    if (it->count == 0 || it->status != PEL_OK)
        return false;
    pel_status st = decode_entry(it, out, &at);
    if (st != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, st);
    find_data(it->image, out);
    /* No file has more entries than bytes, but many entries may have the same data. */
    if (!pel_spend(&it->left, PEL_BELIEF * wire + out->data.size))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    it->index++;
    it->count--;
    it->next += wire;
    return true;
}

/* ---- sizes ------------------------------------------------------------- */

static const struct {
    uint32_t type, least, step;
    const pel_schema *records;
} types[] = {
    { PEL_DEBUG_COFF, 32, 1, &pel_coff_symbols_header_schema },
    { PEL_DEBUG_CODEVIEW, 8, 1, NULL },
    { PEL_DEBUG_FPO, 0, 16, &pel_fpo_data_schema },
    { PEL_DEBUG_MISC, 12, 1, NULL },
    { PEL_DEBUG_FIXUP, 0, 12, &pel_fixup_data_schema },
    { PEL_DEBUG_OMAP_TO_SRC, 0, 8, &pel_omap_entry_schema },
    { PEL_DEBUG_OMAP_FROM_SRC, 0, 8, &pel_omap_entry_schema },
    { PEL_DEBUG_CLSID, 16, 0, NULL },
    { PEL_DEBUG_VC_FEATURE, 20, 0, &pel_vc_feature_schema },
    { PEL_DEBUG_POGO, 4, 1, NULL },
    { PEL_DEBUG_ILTCG, 0, 0, NULL },
    { PEL_DEBUG_EMBEDDEDPORTABLEPDB, 8, 1, NULL },
    { PEL_DEBUG_PDBCHECKSUM, 2, 1, NULL },
    { PEL_DEBUG_EX_DLLCHARACTERISTICS, 4, 0, NULL },
    { PEL_DEBUG_PERFMAP, 24, 1, NULL },
};

void pel_debug_sizes(uint32_t type, uint32_t *least, uint32_t *step)
{
    *least = 0;
    *step = 1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type) {
            *least = types[i].least;
            *step = types[i].step;
        }
    }
}

const pel_schema *pel_debug_record_schema(uint32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].records;
    return NULL;
}
