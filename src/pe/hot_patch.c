/* SPDX-License-Identifier: Apache-2.0 */
/* Hot patches: hashes of the image that is patched, and the chunks of its patch table.
 *
 *   | header | source RVA, target RVA | ... | header | ... | 0 |
 *   header: INVERSE:1 OBLIGATORY:1 reserved:10 type:4 SOURCE_RVA:1 TARGET_RVA:1 reserved:2 Size:12
 */
#include <pelorus/metadata.h>
#include <string.h>

#include "pe/image_priv.h"

pel_status pel_hot_patch_hashes_of(const pel_metadata *metadata, const pel_hot_patch_base *base,
                                   pel_hot_patch_hashes *out, pel_structure *at)
{
    found place;
    uint64_t rva = (uint64_t)metadata->rva.v + base->integrity;
    size_t size = pel_schema_wire_size(&pel_hot_patch_hashes_schema, false);
    memset(out, 0, sizeof *out);
    if (base->integrity == 0 || base->integrity_size == 0)
        return PEL_NOT_FOUND;
    size = base->integrity_size < size ? base->integrity_size : size;
    pel_status st = pel_image_decode_part(metadata->image, &pel_hot_patch_hashes_schema, rva, size,
                                          out, &place);
    *at = (pel_structure){ .schema = &pel_hot_patch_hashes_schema,
                           .fields = out,
                           .offset = { place.present ? place.offset.v : UINT64_MAX },
                           .size = size,
                           .available = place.available };
    return st;
}

/* Bits of the header of a chunk. */
#define CHUNK_SIZE   0x00000fffu
#define CHUNK_TYPE   0x000fc000u
#define CHUNK_SOURCE 0x00008000u
#define CHUNK_TARGET 0x00004000u
#define CHUNK_HEADER 4

pel_hot_patch_iter pel_hot_patch_chunks(const pel_metadata *metadata,
                                        const pel_hot_patch_base *base)
{
    uint64_t next = base->table ? (uint64_t)metadata->rva.v + base->table : 0;
    return (pel_hot_patch_iter){ .image = metadata->image,
                                 .next = next,
                                 .left = pel_image_belief(metadata->image) };
}

bool pel_hot_patch_next(pel_hot_patch_iter *it, pel_hot_patch_chunk *out)
{
    uint64_t header;
    *out = (pel_hot_patch_chunk){ .header = 0 };
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    if (!pel_image_word(it->image, it->next, CHUNK_HEADER, &header))
        return pel_walk_ends(&it->next, &it->status, PEL_NOT_FOUND);
    if (header == 0)
        return pel_walk_ends(&it->next, &it->status,
                             pel_image_list_end(it->image, it->next, CHUNK_HEADER));
    out->header = (uint32_t)header;
    out->rva.v = (uint32_t)it->next;
    out->size = out->header & CHUNK_SIZE;
    out->type = out->header & CHUNK_TYPE;
    out->source = out->header & CHUNK_SOURCE;
    out->target = out->header & CHUNK_TARGET;
    out->flags = out->header & ~(CHUNK_SIZE | CHUNK_TYPE);
    out->flags |= out->header & (CHUNK_SOURCE | CHUNK_TARGET);
    if (out->size < CHUNK_HEADER)
        return pel_walk_ends(&it->next, &it->status, PEL_MALFORMED);
    if (!pel_spend(&it->left, out->size))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    it->next += out->size;
    return true;
}

bool pel_hot_patch_entry(const pel_image *image, const pel_hot_patch_chunk *chunk, size_t index,
                         pel_rva *source, pel_rva *target)
{
    uint64_t first = 0, second = 0;
    size_t size = sizeof(uint32_t) * ((size_t)chunk->source + (size_t)chunk->target);
    *source = *target = (pel_rva){ 0 };
    if (size == 0 || index >= (chunk->size - CHUNK_HEADER) / size)
        return false;
    uint64_t at = (uint64_t)chunk->rva.v + CHUNK_HEADER + index * size;
    bool there = !chunk->source || pel_image_word(image, at, sizeof(uint32_t), &first);
    at += chunk->source ? sizeof(uint32_t) : 0;
    there = there && (!chunk->target || pel_image_word(image, at, sizeof(uint32_t), &second));
    source->v = (uint32_t)first;
    target->v = (uint32_t)second;
    return there;
}
