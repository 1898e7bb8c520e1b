/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that few files have, or that few programs look at: architecture (Alpha), and the
 * import address table as a whole. */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

#define LIST_END 0xffffffffu

pel_architecture_iter pel_image_architecture(const pel_image *image)
{
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_ARCHITECTURE);
    return (pel_architecture_iter){ .image = image,
                                    .next = dir.address,
                                    .end = (uint64_t)dir.address + dir.size,
                                    .left = pel_image_belief(image) };
}

bool pel_architecture_next(pel_architecture_iter *it, pel_architecture_header *out, pel_rva *at)
{
    found place;
    const pel_schema *schema = &pel_architecture_header_schema;
    uint64_t size = pel_schema_wire_size(schema, false), rva = it->next;
    *out = (pel_architecture_header){ 0 };
    if (rva == 0 || it->status != PEL_OK || rva + size > it->end)
        return false;
    if (!pel_spend(&it->left, size))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    pel_status st = pel_image_decode_mapped(it->image, schema, rva, out, &place);
    if (st != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, st);
    at->v = (uint32_t)rva;
    it->next = rva + size;
    return true;
}

bool pel_architecture_entry_at(pel_architecture_iter *it, pel_rva list, uint32_t index,
                               pel_architecture_entry *out)
{
    found place;
    const pel_schema *schema = &pel_architecture_entry_schema;
    uint64_t size = pel_schema_wire_size(schema, false);
    *out = (pel_architecture_entry){ 0 };
    if (it->status != PEL_OK || list.v == 0) /* 0: there is no list */
        return false;
    if (!pel_spend(&it->left, size))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    pel_status st = pel_image_decode_mapped(it->image, schema, list.v + index * size, out, &place);
    if (st != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, st);
    return out->instruction.v != LIST_END;
}

/* ---- the import address table ------------------------------------------ */

static void count_slots(pel_import *import, pel_import_iter *imports, pel_iat *out, unsigned width)
{
    pel_thunk_iter it = pel_import_thunks(import);
    uint64_t start = out->directory.address, end = start + out->directory.size;
    it.left = imports->left;
    for (pel_thunk t; pel_thunk_next(&it, &t);) {
        bool inside = t.slot.v >= start && t.slot.v + (uint64_t)width <= end;
        *(inside ? &out->inside : &out->outside) += 1;
    }
    imports->left = it.left;
    if (out->status == PEL_OK)
        out->status = it.status;
}

pel_status pel_image_iat(const pel_image *image, pel_iat *out)
{
    unsigned width = pel_image_pointer_size(image);
    *out = (pel_iat){ .directory = pel_image_directory(image, PEL_DIR_IAT) };
    if (out->directory.address == 0)
        return PEL_NOT_FOUND;
    out->slots = out->directory.size / width;
    pel_import_iter it = pel_image_imports(image);
    for (pel_import i; pel_import_next(&it, &i);)
        count_slots(&i, &it, out, width);
    if (out->status == PEL_OK)
        out->status = it.status;
    return PEL_OK;
}
