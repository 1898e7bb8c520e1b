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
static pel_status read_entry(pel_bound_import_iter *it, pel_bound_import *out, uint16_t *name)
{
    found at;
    pel_bound_descriptor d;
    pel_status st =
        pel_image_decode_mapped(it->image, &pel_bound_descriptor_schema, it->next, &d, &at);
    *out = (pel_bound_import){
        .timestamp = d.timestamp, .refs = d.refs, .has_offset = at.present, .offset = at.offset
    };
    out->has_name = pel_image_text(it->image, it->start + d.name, &out->name);
    *name = d.name;
    if (st == PEL_OK && d.name == 0)
        st = pel_image_list_end(it->image, it->next, at.size);
    else if (st == PEL_OK && !pel_spend(&it->left, at.size + out->name.len))
        st = PEL_LIMIT;
    it->next += at.size;
    return st;
}

bool pel_bound_forwarder_next(pel_bound_import_iter *it, pel_bound_import *out)
{
    uint16_t name;
    if (it->next == 0 || it->status != PEL_OK || it->refs == 0)
        return false;
    it->refs--;
    pel_status st = read_entry(it, out, &name);
    out->refs = 0;
    return st == PEL_OK || pel_walk_ends(&it->next, &it->status, st);
}

bool pel_bound_import_next(pel_bound_import_iter *it, pel_bound_import *out)
{
    uint16_t name;
    while (pel_bound_forwarder_next(it, out))
        ;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    pel_status st = read_entry(it, out, &name);
    it->refs = out->refs;
    return (st == PEL_OK && name != 0) || pel_walk_ends(&it->next, &it->status, st);
}
