/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS directory: a structure, and a list of callbacks that ends with a zero.
 *
 *   TLS directory --AddressOfCallBacks--> | VA | VA | ... | 0 |
 */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

pel_status pel_image_tls(const pel_image *image, pel_tls *out)
{
    found at;
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_TLS);
    *out = (pel_tls){ .available = 0 };
    if (dir.address == 0)
        return PEL_NOT_FOUND;
    pel_status st = pel_image_decode_mapped(image, &pel_tls_directory_schema, dir.address,
                                            &out->directory, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    return st;
}

pel_tls_iter pel_image_tls_callbacks(const pel_image *image)
{
    pel_tls tls;
    pel_rva first;
    pel_tls_iter it = { .image = image, .left = image->bytes.size };
    if (pel_image_directory(image, PEL_DIR_TLS).address == 0)
        return it;
    it.status = pel_image_tls(image, &tls); /* where it is cut, so is what we know of the list */
    if (tls.directory.callbacks.v == 0)
        return it;
    bool inside = pel_rva_of(image->optional.image_base, pel_image_view_size(image),
                             tls.directory.callbacks, &first);
    it.status = inside ? PEL_OK : PEL_NOT_FOUND;
    it.next = inside ? first.v : 0;
    return it;
}

bool pel_tls_next(pel_tls_iter *it, pel_va *out)
{
    unsigned size = pel_image_pointer_size(it->image);
    out->v = 0;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    /* Memory, not the file: the zero that ends the list may be zero-filled. */
    if (!pel_image_word(it->image, it->next, size, &out->v))
        return pel_walk_ends(&it->next, &it->status, PEL_NOT_FOUND);
    if (out->v == 0)
        return pel_walk_ends(&it->next, &it->status, pel_image_list_end(it->image, it->next, size));
    if (!pel_spend(&it->left, size))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    it->next += size;
    return true;
}
