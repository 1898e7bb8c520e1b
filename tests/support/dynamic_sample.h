/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DYNAMIC_SAMPLE_H
#define DYNAMIC_SAMPLE_H

/* A file with a dynamic value relocation table, at RVA 0x1200 and file offset 0x400; the import
 * address table has four slots, at RVA 0x1800. */
#include "config_sample.h"

static inline sample with_table(pel_build_kind kind, const uint8_t *bytes, size_t size)
{
    pel_load_config config = { .dynamic_relocs_offset = 0x200, .dynamic_relocs_section = 1 };
    sample s = config_sample(kind, &config, bytes, size);
    pel_builder_directory(s.b, PEL_DIR_IAT, (pel_rva){ 0x1800 }, 32);
    sample_parse(&s);
    return s;
}

static inline pel_dynamic_relocs table_of(const sample *s)
{
    pel_dynamic_relocs it;
    ck_ok(pel_image_dynamic_relocs(s->img, &it));
    ck_hex(it.offset.v, CONFIG_FILE);
    return it;
}

/* The only block of the only entry. */
static inline pel_dynamic_block block_of(const sample *s)
{
    pel_dynamic_reloc_entry entry;
    pel_dynamic_block block;
    pel_dynamic_relocs it = table_of(s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    pel_dynamic_blocks blocks = pel_dynamic_blocks_of(&entry);
    ck_assert(pel_dynamic_block_next(&blocks, &block));
    ck_hex(block.page.v, 0x1000);
    return block;
}

static inline pel_dynamic_record record_of(pel_dynamic_block *block)
{
    pel_dynamic_record record;
    ck_assert(pel_dynamic_record_next(block, &record));
    return record;
}

static inline void ends_well(pel_dynamic_block *block)
{
    pel_dynamic_record record;
    ck_assert(!pel_dynamic_record_next(block, &record));
    ck_ok(block->status);
}

/* One entry of version 1 in PE32+, one block of page 0x1000 with these records. */
static inline sample with_records(uint64_t symbol, const uint8_t *records, size_t size)
{
    uint8_t bytes[128] = { 1 };
    pel_store_uint(bytes + 4, 4, 20 + size);
    pel_store_uint(bytes + 8, 8, symbol);
    pel_store_uint(bytes + 16, 4, 8 + size);
    pel_store_uint(bytes + 20, 4, 0x1000);
    pel_store_uint(bytes + 24, 4, 8 + size);
    memcpy(bytes + 28, records, size);
    return with_table(PEL_BUILD_PE32PLUS, bytes, 28 + size);
}

#endif
