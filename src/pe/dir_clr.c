/* SPDX-License-Identifier: Apache-2.0 */
/* The header of .NET, the root of its metadata, and code that was compiled ahead of time.
 *
 *   root: | BSJB | 1.1 | 0 | length | version, padded | flags | count | stream headers ... |
 *   stream header: | offset | size | name, zero, padded to 4 |
 */
#include <pelorus/clr.h>

#include "base/text.h"
#include "pe/image_priv.h"

#define ROOT_SIGNATURE 0x424a5342u
#define ROOT_SIZE      16
#define RTR_SIGNATURE  0x00525452u

/* Longest name of a stream, its zero included. */
#define NAME_MAX_SIZE 32

static void read_root(pel_clr *clr)
{
    pel_reader r = { .bytes = clr->metadata };
    uint64_t signature = pel_read_uint(&r, 4);
    pel_read_uint(&r, 8);
    pel_span version = pel_read_span(&r, (size_t)pel_read_uint(&r, 4));
    pel_read_uint(&r, 2);
    clr->stream_count = (uint16_t)pel_read_uint(&r, 2);
    clr->version = pel_str_in(version);
    clr->streams = (uint32_t)r.pos;
    if (r.failed || signature != ROOT_SIGNATURE) {
        clr->metadata = (pel_span){ NULL, 0 };
        clr->version = (pel_str){ NULL, 0 };
        clr->stream_count = 0;
    }
}

pel_status pel_image_clr(const pel_image *image, pel_clr *out)
{
    found at;
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_COM_DESCRIPTOR);
    *out = (pel_clr){ .available = 0 };
    if (dir.address == 0)
        return PEL_NOT_FOUND;
    pel_status st =
        pel_image_decode_mapped(image, &pel_cor20_header_schema, dir.address, &out->header, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    if (out->header.metadata.v)
        out->metadata = pel_image_span(image, out->header.metadata, out->header.metadata_size);
    read_root(out);
    return st;
}

bool pel_clr_stream_next(const pel_clr *clr, uint32_t *at, uint16_t *index, pel_clr_stream *out)
{
    *out = (pel_clr_stream){ .offset = 0 };
    if (*index >= clr->stream_count)
        return false;
    uint32_t start = *at ? *at : clr->streams;
    pel_reader r = { .bytes = clr->metadata,
                     .pos = start <= clr->metadata.size ? start : clr->metadata.size };
    out->offset = (uint32_t)pel_read_uint(&r, 4);
    out->size = (uint32_t)pel_read_uint(&r, 4);
    out->name = pel_str_in(pel_span_clip(clr->metadata, r.pos, NAME_MAX_SIZE));
    pel_read_span(&r, (size_t)pel_round_up(out->name.len + 1, 4));
    if (r.failed)
        return false;
    out->bytes = pel_span_clip(clr->metadata, out->offset, out->size);
    *at = (uint32_t)r.pos;
    ++*index;
    return true;
}

/* ---- compiled ahead of time -------------------------------------------- */

bool pel_image_ready_to_run(const pel_image *image, const pel_clr *clr,
                            pel_ready_to_run_header *out, uint64_t *sections)
{
    found at;
    uint64_t rva = clr->header.native.v;
    *out = (pel_ready_to_run_header){ .signature = 0 };
    if (rva == 0 ||
        pel_image_decode_mapped(image, &pel_ready_to_run_header_schema, rva, out, &at) != PEL_OK)
        return false;
    *sections = rva + at.size;
    return out->signature == RTR_SIGNATURE;
}

bool pel_ready_to_run_section_at(const pel_image *image, const pel_ready_to_run_header *h,
                                 uint64_t sections, uint32_t index, pel_ready_to_run_section *out)
{
    found at;
    const pel_schema *schema = &pel_ready_to_run_section_schema;
    *out = (pel_ready_to_run_section){ .type = 0 };
    uint64_t size = pel_schema_wire_size(schema, false);
    return index < h->section_count && index < image->bytes.size / size &&
           pel_image_decode_mapped(image, schema, sections + index * size, out, &at) == PEL_OK;
}
