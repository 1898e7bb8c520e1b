/* SPDX-License-Identifier: Apache-2.0 */
/* ARM64X images have two faces in one file. As it stands in the file it is an ARM64 image; the
 * dynamic relocations of kind ARM64X turn it into what an x64 process sees (ARM64EC): another
 * Machine, entry point, directories. What they look like: dynamic_records.c. How they are walked:
 * Wine. */
#include "pe/arm64x.h"

#include <pelorus/dynamic_relocs.h>
#include <string.h>

#include "schema/decode.h"

/* The first ARM64X entry of the table. */
static bool find_entry(const pel_image *img, pel_dynamic_reloc_entry *out)
{
    pel_dynamic_relocs it;
    if (pel_image_dynamic_relocs(img, &it) != PEL_OK)
        return false;
    while (pel_dynamic_reloc_next(&it, out))
        if (out->symbol == PEL_DYNAMIC_ARM64X)
            return true;
    return false;
}

/* The bytes at `rva` of the copy, where they all lie in it in one piece; else NULL. */
static uint8_t *place_of(const pel_image *img, uint8_t *copy, pel_rva rva, uint64_t width)
{
    pel_rva_answer a = pel_image_at_rva(img, rva);
    bool there = a.has_offset && a.run >= width && pel_span_has(img->bytes, a.offset.v, width);
    return there ? copy + a.offset.v : NULL;
}

static void apply_record(const pel_image *img, uint8_t *copy, const pel_dynamic_record *record,
                         pel_arm64x_facts *facts)
{
    uint64_t value = record->value;
    uint8_t *at = place_of(img, copy, record->rva, record->width);
    if (record->type == PEL_ARM64X_DELTA) {
        uint64_t delta = value * record->scale;
        uint64_t old = at ? pel_span_uint((pel_span){ at, record->width }, 0, record->width) : 0;
        value = record->negative ? old - delta : old + delta;
    }
    if (at)
        pel_store_uint(at, record->width, value);
    facts->applied += at != NULL;
    facts->missed += at == NULL;
}

pel_status pel_arm64x_apply(const pel_image *img, uint8_t *copy, pel_arm64x_facts *facts)
{
    pel_dynamic_reloc_entry entry;
    *facts = (pel_arm64x_facts){ .applied = 0 };
    if (!find_entry(img, &entry))
        return PEL_NOT_FOUND;
    memcpy(copy, img->bytes.data, img->bytes.size);
    pel_dynamic_blocks blocks = pel_dynamic_blocks_of(&entry);
    for (pel_dynamic_block block; !facts->broken && pel_dynamic_block_next(&blocks, &block);) {
        for (pel_dynamic_record record; pel_dynamic_record_next(&block, &record);)
            apply_record(img, copy, &record, facts);
        facts->broken = block.status != PEL_OK;
    }
    facts->broken = facts->broken || blocks.status != PEL_OK;
    return PEL_OK;
}
