/* SPDX-License-Identifier: Apache-2.0 */
/* The export directory: functions by index, and names that lead to an index.
 *
 *   AddressOfFunctions    --> | RVA | RVA | RVA | ...     ordinal = index + Base
 *   AddressOfNames        --> | RVA | RVA | ...           of names, sorted by their bytes
 *   AddressOfNameOrdinals --> | u16 | u16 | ...           index of the function of the same name
 */
#include <pelorus/directories.h>
#include <string.h>

#include "pe/image_priv.h"

enum { FUNCTION_SIZE = 4, NAME_SIZE = 4, ORDINAL_SIZE = 2 };

pel_status pel_image_exports(const pel_image *image, pel_exports *out)
{
    found at;
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_EXPORT);
    *out = (pel_exports){ .image = image, .start = { dir.address }, .size = dir.size };
    if (dir.address == 0)
        return PEL_NOT_FOUND;
    const pel_export_directory *d = &out->directory;
    pel_status st = pel_image_decode_mapped(image, &pel_export_directory_schema, dir.address,
                                            &out->directory, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    if (d->name.v != 0)
        pel_image_text(image, d->name.v, &out->name);
    out->functions =
        pel_image_span(image, d->functions, (uint64_t)d->function_count * FUNCTION_SIZE);
    out->names = pel_image_span(image, d->names, (uint64_t)d->name_count * NAME_SIZE);
    out->ordinals = pel_image_span(image, d->ordinals, (uint64_t)d->name_count * ORDINAL_SIZE);
    return st;
}

/* Entry `index` of a table of `width` bytes each: in its span as a rule, and wherever it is mapped
 * where a table goes on behind the bytes of its section. */
static bool entry(const pel_exports *e, pel_span span, pel_rva table, uint32_t index,
                  unsigned width, uint32_t *out)
{
    uint64_t value, at = (uint64_t)index * width;
    bool there = pel_span_has(span, at, width);
    if (there)
        value = pel_span_uint(span, at, width);
    else
        there = pel_image_word(e->image, table.v + at, width, &value);
    *out = (uint32_t)value;
    return there;
}

/* ---- functions --------------------------------------------------------- */

pel_status pel_export_at(const pel_exports *exports, uint32_t index, pel_export *out)
{
    const pel_export_directory *d = &exports->directory;
    *out = (pel_export){ .index = index, .ordinal = index + d->base };
    if (index >= d->function_count ||
        !entry(exports, exports->functions, d->functions, index, FUNCTION_SIZE, &out->rva.v))
        return PEL_NOT_FOUND;
    /* Compared by distance, as an RVA past the end of 32 bits would wrap. */
    out->is_forwarder =
        out->rva.v >= exports->start.v && out->rva.v - exports->start.v < exports->size;
    if (out->is_forwarder)
        pel_image_text(exports->image, out->rva.v, &out->forwarder);
    return out->rva.v != 0 ? PEL_OK : PEL_NOT_FOUND;
}

pel_status pel_export_by_ordinal(const pel_exports *exports, uint32_t ordinal, pel_export *out)
{
    *out = (pel_export){ .ordinal = ordinal };
    if (ordinal > UINT16_MAX)
        return PEL_NOT_FOUND;
    return pel_export_at(exports, (uint16_t)(ordinal - exports->directory.base), out);
}

/* ---- names ------------------------------------------------------------- */

/* strcmp(name, entry `index` of the name table), without looking for the end of the latter. False
 * when the entry leads out of the image. */
static bool compare(const pel_exports *e, uint32_t index, pel_str name, int *order)
{
    pel_rva at;
    if (!entry(e, e->names, e->directory.names, index, NAME_SIZE, &at.v))
        return false;
    pel_rva_answer a = pel_image_at_rva(e->image, at);
    pel_span there = pel_span_clip(e->image->bytes, a.offset.v, a.has_offset ? a.run : 0);
    size_t n = name.len < there.size ? name.len : there.size;
    *order = n ? memcmp(name.ptr, there.data, n) : 0;
    if (*order == 0)
        *order = name.len > n ? 1 : -(int)pel_span_uint(there, n, 1);
    return a.where != PEL_WHERE_UNMAPPED && a.where != PEL_WHERE_GAP;
}

/* The loader's binary search, step for step: in a table out of order it matters where it looks. */
static bool search(const pel_exports *e, pel_str name, uint32_t *index)
{
    uint64_t low = 0, high = e->directory.name_count;
    while (low < high) {
        int order;
        *index = (uint32_t)((low + high - 1) / 2);
        if (!compare(e, *index, name, &order))
            return false;
        if (order == 0)
            return true;
        if (order < 0)
            high = *index;
        else
            low = (uint64_t)*index + 1;
    }
    return false;
}

pel_status pel_export_by_name(const pel_exports *exports, pel_str name, uint32_t hint,
                              pel_export *out)
{
    int order = 1;
    uint32_t function, index = hint;
    const pel_export_directory *d = &exports->directory;
    *out = (pel_export){ .index = 0 };
    if (hint < d->name_count && !compare(exports, hint, name, &order))
        order = 1;
    if (order != 0 && !search(exports, name, &index))
        return PEL_NOT_FOUND;
    if (!entry(exports, exports->ordinals, d->ordinals, index, ORDINAL_SIZE, &function))
        return PEL_NOT_FOUND;
    return pel_export_at(exports, function, out);
}

pel_status pel_export_name(const pel_exports *exports, uint32_t index, pel_str *name,
                           uint32_t *function_index)
{
    pel_rva at;
    pel_str text = { NULL, 0 };
    const pel_export_directory *d = &exports->directory;
    *function_index = 0;
    pel_status st = PEL_NOT_FOUND;
    if (index < d->name_count &&
        entry(exports, exports->names, d->names, index, NAME_SIZE, &at.v) &&
        entry(exports, exports->ordinals, d->ordinals, index, ORDINAL_SIZE, function_index))
        st = PEL_OK;
    if (st == PEL_OK && name && (at.v == 0 || !pel_image_text(exports->image, at.v, &text)))
        st = PEL_MALFORMED;
    if (name)
        *name = text;
    return st;
}
