/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate table: entries of any length, at multiples of 8 from its start. It is no part of
 * the image in memory: the directory has a file offset.
 *
 *   | dwLength, wRevision, wCertificateType | content | padding | next entry ...
 */
#include <pelorus/certificates.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

#define HEADER 8

pel_certificate_iter pel_image_certificates(const pel_image *image)
{
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_SECURITY);
    uint64_t start = dir.address, end = start + dir.size;
    bool any = dir.address != 0 && dir.size != 0 && image->layout == PEL_LAYOUT_FILE;
    return (pel_certificate_iter){ .file = image->whole,
                                   .next = any ? start : 0,
                                   .end = any ? end : 0 };
}

bool pel_certificate_next(pel_certificate_iter *it, pel_certificate *out)
{
    *out = (pel_certificate){ .offset = { it->next } };
    if (it->next >= it->end || it->status != PEL_OK)
        return false;
    pel_span room = pel_span_clip(it->file, it->next, it->end - it->next);
    pel_reader r = { .bytes = room };
    if (pel_schema_decode(&pel_win_certificate_schema, &r, &out->header) != PEL_OK) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    uint64_t length = out->header.length;
    if (length < HEADER)
        it->status = PEL_MALFORMED;
    else if (length > room.size)
        it->status = PEL_TRUNCATED;
    out->content = pel_span_clip(room, HEADER, length < HEADER ? 0 : length - HEADER);
    it->next += pel_round_up(length, 8);
    return true;
}
