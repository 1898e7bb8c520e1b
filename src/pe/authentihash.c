/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a file that signatures sign.
 *
 *   | headers | CheckSum | ... | entry of the table | ... sections ... | table | what follows |
 *    hashed                hashed                    hashed                     hashed
 *
 * Microsoft hashes sections in the order of their raw data and then the rest: in files whose
 * sections do not overlap, which are the ones that can be signed, these are the bytes in their
 * order. */
#include <pelorus/certificates.h>

#include "base/hash.h"
#include "pe/image_priv.h"

#define MOST_PARTS 5

typedef struct ranges {
    pel_span file;
    pel_span parts[MOST_PARTS];
    size_t count;
    uint64_t at; /* file offset of what comes next */
} ranges;

/* All up to `end` is hashed, then `skip` bytes are not. */
static void hash_up_to(ranges *r, uint64_t end, uint64_t skip)
{
    if (end > r->at)
        r->parts[r->count++] = pel_span_clip(r->file, r->at, end - r->at);
    if (end + skip > r->at)
        r->at = end + skip;
}

const char *pel_digest_name(pel_hash hash) { return pel_hash_name(hash); }

size_t pel_image_authentihash(const pel_image *image, pel_hash hash, uint8_t out[PEL_DIGEST_MAX])
{
    static const uint8_t zeros[8];
    ranges r = { .file = image->whole };
    pel_data_directory table = pel_image_directory(image, PEL_DIR_SECURITY);
    if (!image->optional_at.present || image->kind == PEL_IMAGE_ROM ||
        image->layout != PEL_LAYOUT_FILE)
        return 0;
    pel_place field = pel_image_place(image, &pel_optional_header_schema, 0, "CheckSum");
    hash_up_to(&r, field.offset.v, 4);
    field = pel_image_place(image, &pel_data_directory_schema, PEL_DIR_SECURITY, NULL);
    if (field.has_offset)
        hash_up_to(&r, field.offset.v, 8);
    bool any = table.address != 0 && table.size != 0;
    if (any)
        hash_up_to(&r, table.address, table.size);
    hash_up_to(&r, r.file.size, 0);
    if (!any)
        r.parts[r.count++] = (pel_span){ zeros, -r.file.size & 7 };
    return pel_digest(hash, r.parts, r.count, out);
}
