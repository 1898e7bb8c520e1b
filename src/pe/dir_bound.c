/* SPDX-License-Identifier: Apache-2.0 */
/* The bound import directory. It lies in the headers as a rule, and names count from its start.
 *
 *   | DLL, refs = 2 | forwarder | forwarder | DLL, refs = 0 | ... | one with OffsetModuleName 0
 */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

pel_bound_import_iter pel_image_bound_imports(const pel_image *image)
{
    uint32_t start = pel_image_directory(image, PEL_DIR_BOUND_IMPORT).address;
    return (pel_bound_import_iter){
        .image = image, .start = start, .next = start, .left = pel_image_belief(image)
    };
}

/* The two kinds of entry differ in the meaning of their last word only. */
static pel_status read_entry(pel_bound_import_iter *it, pel_bound_import *out)
{
    found at;
    *out = (pel_bound_import){ .has_offset = false };
    const pel_bound_descriptor *d = &out->descriptor;
    pel_status st = pel_image_decode_mapped(it->image, &pel_bound_descriptor_schema, it->next,
                                            &out->descriptor, &at);
    if (st != PEL_OK)
        return st;
    out->has_offset = at.present;
    out->offset = at.offset;
    out->has_name = pel_image_text(it->image, it->start + d->name, &out->name);
    it->next += at.size;
    return pel_spend(&it->left, at.size + out->name.len) ? PEL_OK : PEL_LIMIT;
}

bool pel_bound_forwarder_next(pel_bound_import_iter *it, pel_bound_import *out)
{
    if (it->next == 0 || it->status != PEL_OK || it->refs == 0)
        return false;
    it->refs--;
    pel_status st = read_entry(it, out);
    return st == PEL_OK || pel_walk_ends(&it->next, &it->status, st);
}

bool pel_bound_import_next(pel_bound_import_iter *it, pel_bound_import *out)
{
    while (pel_bound_forwarder_next(it, out))
        ;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    uint64_t at = it->next;
    pel_status st = read_entry(it, out);
    it->refs = out->descriptor.refs;
    if (st == PEL_OK && out->descriptor.name != 0)
        return true;
    if (st == PEL_OK)
        st = pel_image_list_end(it->image, at, it->next - at);
    return pel_walk_ends(&it->next, &it->status, st);
}
