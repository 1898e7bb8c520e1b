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

/* All up to `end`, without CheckSum and without what leads to the certificate table. */
static void hash_signed(const pel_image *image, ranges *r, uint64_t end)
{
    pel_place field = pel_image_place(image, &pel_optional_header_schema, 0, "CheckSum");
    hash_up_to(r, field.offset.v < end ? field.offset.v : end, 4);
    field = pel_image_place(image, &pel_data_directory_schema, PEL_DIR_SECURITY, NULL);
    if (field.has_offset && field.offset.v < end)
        hash_up_to(r, field.offset.v, 8);
}

size_t pel_image_authentihash(const pel_image *image, pel_hash hash, uint8_t out[PEL_DIGEST_MAX])
{
    static const uint8_t zeros[8];
    ranges r = { .file = image->whole };
    pel_data_directory table = pel_image_directory(image, PEL_DIR_SECURITY);
    if (!image->optional_at.present || image->kind == PEL_IMAGE_ROM ||
        image->layout != PEL_LAYOUT_FILE)
        return 0;
    hash_signed(image, &r, UINT64_MAX);
    bool any = table.address != 0 && table.size != 0;
    if (any)
        hash_up_to(&r, table.address, table.size);
    hash_up_to(&r, r.file.size, 0);
    if (!any)
        r.parts[r.count++] = (pel_span){ zeros, -r.file.size & 7 };
    return pel_digest(hash, r.parts, r.count, out);
}

/* ---- pages ------------------------------------------------------------- */

/* Where the page at `offset` ends: not behind its section, nor the headers. Pages come in the order
 * of the file, so that each section is passed once. */
static uint64_t page_end(pel_page_hash_iter *it, uint64_t offset)
{
    uint64_t end = offset + PEL_PAGE_SIZE, stop = it->image->optional.size_of_headers;
    if (offset == 0)
        return stop < end ? stop : end;
    for (; it->section < pel_image_section_count(it->image); it->section++) {
        const pel_section_header *h = &pel_image_section(it->image, it->section)->header;
        stop = h->raw_offset.v + (uint64_t)h->raw_size;
        if (offset >= h->raw_offset.v && offset < stop)
            return stop < end ? stop : end;
    }
    return offset;
}

/* The page up to `end`, filled up with zeros. */
static size_t hash_page(const pel_image *image, pel_hash hash, uint64_t at, uint64_t end,
                        uint8_t *out)
{
    static const uint8_t zeros[PEL_PAGE_SIZE];
    ranges r = { .file = image->whole, .at = at };
    if (at == 0)
        hash_signed(image, &r, end);
    hash_up_to(&r, end, 0);
    r.parts[r.count++] = (pel_span){ zeros, (size_t)(PEL_PAGE_SIZE - (end - at)) };
    return pel_digest(hash, r.parts, r.count, out);
}

size_t pel_image_first_page_hash(const pel_image *image, pel_hash hash, uint8_t out[PEL_DIGEST_MAX])
{
    uint64_t end = image->optional.size_of_headers;
    end = end < PEL_PAGE_SIZE ? end : PEL_PAGE_SIZE;
    if (!image->optional_at.present || image->kind == PEL_IMAGE_ROM ||
        image->layout != PEL_LAYOUT_FILE || end == 0 || end > image->whole.size)
        return 0;
    return hash_page(image, hash, 0, end, out);
}

size_t pel_verifier_page(pel_verifier *v, pel_page_hash_iter *it, const pel_page_hash *page,
                         uint8_t out[PEL_DIGEST_MAX])
{
    if (page->is_end || !it->image->optional_at.present || it->image->kind == PEL_IMAGE_ROM)
        return 0;
    uint64_t end = page_end(it, page->offset);
    if (end == page->offset || end > it->image->whole.size ||
        !pel_spend(&v->bytes_left, PEL_PAGE_SIZE))
        return 0;
    return hash_page(it->image, it->hash, page->offset, end, out);
}

pel_page_hash_iter pel_page_hashes(const pel_image *image, const pel_indirect_data *data)
{
    return (pel_page_hash_iter){ .image = image, .hash = data->page_hash, .left = data->pages };
}

bool pel_page_hash_next(pel_page_hash_iter *it, pel_page_hash *out)
{
    size_t size = 4 + (it->hash == PEL_HASH_SHA1 ? 20u : 32u);
    pel_reader r = { .bytes = it->left };
    *out = (pel_page_hash){ .offset = (uint32_t)pel_read_uint(&r, 4) };
    out->digest = pel_read_span(&r, size - 4);
    if (r.failed)
        return false;
    it->left = pel_span_clip(it->left, size, UINT64_MAX);
    out->is_end = it->left.size < size;
    return true;
}
