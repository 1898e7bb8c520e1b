/* SPDX-License-Identifier: Apache-2.0 */
/* ARM64X images have two faces in one file. As it stands in the file it is an ARM64 image; the
 * dynamic relocations of kind ARM64X turn it into what an x64 process sees (ARM64EC): another
 * Machine, entry point, directories.
 *
 *   load config: section and offset --> | Version | Size |
 *                                       | Symbol  | BaseRelocSize | blocks ... | next Symbol
 *   a block:  | VirtualAddress | SizeOfBlock | records ..., 0 to a multiple of 4
 *   a record: | offset:12 type:2 size:2 |   zero-fill: 1 << size bytes become 0
 *                                           value:     1 << size bytes follow, and are stored
 *             | offset:12 type:2 sign:1 scale:1 | u16    delta: u16 times 4 or 8, added to 32 bits
 *
 * Layout: ntimage.h of Microsoft and COFF.h of LLVM; how it is walked: Wine. */
#include "pe/arm64x.h"

#include <pelorus/directories.h>

#include <string.h>

#include "schema/decode.h"

#define SYMBOL_ARM64X 6 /* IMAGE_DYNAMIC_RELOCATION_ARM64X */
#define BLOCK_HEADER  8

/* ---- the table --------------------------------------------------------- */

/* The records' blocks of the first ARM64X entry in the table at `rva`. */
static bool find_blocks(const pel_image *img, pel_rva rva, pel_span *out)
{
    bool wide = pel_image_is_wide(img);
    pel_reader r = { .bytes = pel_image_span(img, rva, UINT64_MAX) };
    uint64_t version = pel_read_uint(&r, 4), size = pel_read_uint(&r, 4);
    r.bytes = pel_span_clip(r.bytes, 0, r.pos + size);
    while (!r.failed && version == 1) {
        uint64_t symbol = pel_read_uint(&r, wide ? 8 : 4);
        uint64_t length = pel_read_uint(&r, 4);
        if (!r.failed && symbol == SYMBOL_ARM64X) {
            *out = pel_span_clip(r.bytes, r.pos, length);
            return true;
        }
        pel_read_span(&r, (size_t)length);
    }
    return false;
}

static bool find_table(const pel_image *img, pel_span *out)
{
    pel_load_config_info config;
    pel_status st = pel_image_load_config(img, &config);
    if ((st != PEL_OK && st != PEL_TRUNCATED) ||
        !pel_load_config_has(&config, "DynamicValueRelocTableSection"))
        return false;
    uint64_t offset = config.directory.dynamic_relocs_offset;
    uint32_t number = config.directory.dynamic_relocs_section;
    if (number == 0 || number > pel_image_section_count(img))
        return false;
    uint64_t start = pel_image_section(img, number - 1)->header.virtual_address.v;
    return start + offset <= UINT32_MAX &&
           find_blocks(img, (pel_rva){ (uint32_t)(start + offset) }, out);
}

/* ---- records ----------------------------------------------------------- */

typedef enum record_type { ZERO_FILL, VALUE, DELTA, UNKNOWN } record_type;

/* The bytes at `rva` of the copy, where they all lie in it in one piece; else NULL. */
static uint8_t *place_of(const pel_image *img, uint8_t *copy, uint64_t rva, uint64_t width)
{
    if (rva > UINT32_MAX)
        return NULL;
    pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)rva });
    bool there = a.has_offset && a.run >= width && pel_span_has(img->bytes, a.offset.v, width);
    return there ? copy + a.offset.v : NULL;
}

/* One record, and what of `r` belongs to it. False when it cannot be one. */
static bool apply_record(const pel_image *img, uint8_t *copy, uint64_t page, unsigned record,
                         pel_reader *r, pel_arm64x_facts *facts)
{
    record_type type = (record_type)(record >> 12 & 3);
    unsigned size = record >> 14, width = type == DELTA ? 4 : 1u << size;
    uint64_t value = 0;
    if (type == UNKNOWN || (type == VALUE && size == 0)) /* records are of 16 bits */
        return false;
    if (type != ZERO_FILL)
        value = pel_read_uint(r, type == DELTA ? 2 : width);
    if (r->failed)
        return false;
    uint8_t *at = place_of(img, copy, page + (record & 0xfff), width);
    if (type == DELTA) {
        uint64_t delta = value * (size & 2 ? 8 : 4);
        uint64_t old = at ? pel_span_uint((pel_span){ at, width }, 0, width) : 0;
        value = size & 1 ? old - delta : old + delta;
    }
    if (at)
        pel_store_uint(at, width, value);
    facts->applied += at != NULL;
    facts->missed += at == NULL;
    return true;
}

static bool apply_block(const pel_image *img, uint8_t *copy, uint64_t page, pel_span records,
                        pel_arm64x_facts *facts)
{
    pel_reader r = { .bytes = records };
    while (records.size - r.pos >= 2) {
        unsigned record = (unsigned)pel_read_uint(&r, 2);
        if (record == 0)
            return true; /* padding */
        if (!apply_record(img, copy, page, record, &r, facts))
            return false;
    }
    return true;
}

pel_status pel_arm64x_apply(const pel_image *img, uint8_t *copy, pel_arm64x_facts *facts)
{
    pel_span blocks;
    *facts = (pel_arm64x_facts){ .applied = 0 };
    if (!find_table(img, &blocks))
        return PEL_NOT_FOUND;
    memcpy(copy, img->bytes.data, img->bytes.size);
    pel_reader r = { .bytes = blocks };
    while (!facts->broken && blocks.size - r.pos >= BLOCK_HEADER) {
        uint64_t page = pel_read_uint(&r, 4), size = pel_read_uint(&r, 4);
        if (size == 0)
            break;
        pel_span records = pel_read_span(&r, size < BLOCK_HEADER ? SIZE_MAX : size - BLOCK_HEADER);
        facts->broken = r.failed || !apply_block(img, copy, page, records, facts);
    }
    return PEL_OK;
}
