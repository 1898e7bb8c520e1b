/* SPDX-License-Identifier: Apache-2.0 */
/* Which ranges of an image are code for another machine than its header says.
 *
 *   load configuration --CHPEMetadataPointer--> | Version | CodeMap | CodeMapCount | ...
 *                                                            |
 *                    | start | length |  start | length | <--+   by rising start
 *
 * The lowest bits of the start say what the range is: in an image for x86, 1 is ARM64; in one for
 * x64, 0 is ARM64, 1 is ARM64EC and 2 is x64. */
#include "pe/code_map.h"

#include "pe/image_priv.h"

#define MAP_AT     4 /* of the metadata: the RVA of the ranges */
#define COUNT_AT   8
#define RANGE_SIZE 8
#define RANGE_X64  2

typedef struct code_map {
    const pel_image *image;
    uint64_t ranges; /* RVA */
    uint64_t count;
} code_map;

typedef struct code_range {
    uint64_t start, end;
    unsigned kind;
} code_range;

/* False when the image has code for one machine only, as nearly all have. */
static bool find_map(const pel_image *img, code_map *out)
{
    pel_load_config_info config;
    pel_rva metadata;
    pel_status st = pel_image_load_config(img, &config);
    const pel_optional_header *o = pel_image_optional_header(img);
    *out = (code_map){ .image = img };
    if ((st != PEL_OK && st != PEL_TRUNCATED) || !o || config.directory.chpe_metadata.v == 0)
        return false;
    uint64_t most = img->bytes.size / RANGE_SIZE; /* the ranges lie in the file */
    if (!pel_rva_of(o->image_base, pel_image_view_size(img), config.directory.chpe_metadata,
                    &metadata) ||
        !pel_image_word(img, (uint64_t)metadata.v + MAP_AT, 4, &out->ranges) ||
        !pel_image_word(img, (uint64_t)metadata.v + COUNT_AT, 4, &out->count))
        return false;
    out->count = out->count < most ? out->count : most;
    return out->count > 0;
}

static bool read_range(const code_map *map, uint64_t index, code_range *out)
{
    uint64_t start, length, at = map->ranges + index * RANGE_SIZE;
    bool wide = map->image->file.machine == PEL_MACHINE_AMD64;
    uint64_t kinds = wide ? 3 : 1;
    if (!pel_image_word(map->image, at, 4, &start) ||
        !pel_image_word(map->image, at + 4, 4, &length))
        return false;
    *out = (code_range){ .start = start & ~kinds,
                         .end = (start & ~kinds) + length,
                         .kind = (unsigned)(start & kinds) };
    return true;
}

uint64_t pel_code_range(const pel_image *image, pel_rva rva, bool *foreign)
{
    code_map map;
    code_range range;
    *foreign = false;
    if (!find_map(image, &map))
        return UINT64_MAX;
    uint64_t low = 0, high = map.count; /* the first range that begins behind it */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (read_range(&map, middle, &range) && range.start <= rva.v)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t end = low < map.count && read_range(&map, low, &range) ? range.start : UINT64_MAX;
    if (low > 0 && read_range(&map, low - 1, &range) && rva.v < range.end) {
        unsigned own = image->file.machine == PEL_MACHINE_AMD64 ? RANGE_X64 : 0;
        *foreign = range.kind != own;
        end = range.end < end ? range.end : end;
    }
    return end;
}
