/* SPDX-License-Identifier: Apache-2.0 */
/* The delay import directory: descriptors as for imports, for tables that the code of the program
 * fills when it calls. Visual C++ 6 wrote VAs where all linkers since write RVAs; bit 0 of
 * Attributes tells. */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

#define RVA_BASED 1u

pel_delay_import_iter pel_image_delay_imports(const pel_image *image)
{
    return (pel_delay_import_iter){
        .image = image,
        .next = pel_image_directory(image, PEL_DIR_DELAY_IMPORT).address,
        .left = pel_image_belief(image),
    };
}

static pel_rva address(const pel_delay_import *import, uint32_t value)
{
    pel_rva rva = { value };
    if (import->by_va)
        pel_rva_of(import->image->optional.image_base, pel_image_view_size(import->image),
                   (pel_va){ value }, &rva);
    return rva;
}

static void read_addresses(pel_delay_import *import)
{
    const pel_delay_descriptor *d = &import->descriptor;
    import->by_va = !(d->attributes & RVA_BASED);
    import->handle = address(import, d->handle);
    import->iat = address(import, d->iat);
    import->lookup = address(import, d->lookup);
    import->bound_iat = address(import, d->bound_iat);
    pel_rva name = address(import, d->name);
    import->has_name = name.v != 0 && pel_image_text(import->image, name.v, &import->name);
}

bool pel_delay_import_next(pel_delay_import_iter *it, pel_delay_import *out)
{
    found at;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    *out = (pel_delay_import){ .image = it->image, .index = it->index };
    pel_status st = pel_image_decode_mapped(it->image, &pel_delay_descriptor_schema, it->next,
                                            &out->descriptor, &at);
    if (st != PEL_OK || out->descriptor.name == 0)
        return pel_walk_ends(&it->next, &it->status,
                             st != PEL_OK ? st : pel_image_list_end(it->image, it->next, at.size));
    out->has_offset = at.present;
    out->offset = at.offset;
    read_addresses(out);
    if (!pel_spend(&it->left, at.size + out->name.len))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    it->next += at.size;
    it->index++;
    return true;
}

pel_thunk_iter pel_delay_thunks(const pel_delay_import *import)
{
    bool there = import->lookup.v != 0 && import->iat.v != 0;
    return (pel_thunk_iter){ .image = import->image,
                             .lookup = import->lookup.v,
                             .slot = import->iat.v,
                             .left = pel_image_belief(import->image),
                             .by_va = import->by_va,
                             .status = there ? PEL_OK : PEL_NOT_FOUND };
}
