/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELOC_FIXTURE_H
#define RELOC_FIXTURE_H

/* Images with relocation tables made by hand. */

#include "../vm/fixture.h"
#include "load/load_priv.h"
#include "sample.h"

#define DATA      0x1000u /* RVA of what is relocated */
#define DATA_SIZE 0x6000u
#define TABLE_MAX 0x2000u

typedef struct table {
    uint8_t bytes[TABLE_MAX];
    uint32_t size;
} table;

static inline void add_block(table *t, uint32_t page, const uint16_t *entries, uint32_t count)
{
    uint8_t *to = t->bytes + t->size;
    ck_quick(t->size + 8 + 2 * count <= TABLE_MAX);
    pel_store_uint(to, 4, page);
    pel_store_uint(to + 4, 4, 8 + 2 * count);
    for (uint32_t i = 0; i < count; i++)
        pel_store_uint(to + 8 + 2 * i, 2, entries[i]);
    t->size += 8 + 2 * count;
}

static inline uint16_t entry(unsigned type, unsigned offset)
{
    return (uint16_t)(type << 12 | offset);
}

/* `data` at RVA 0x1000, and the table behind it. */
static inline sample image_of(const uint8_t *data, size_t size, const table *t, uint16_t machine)
{
    bool narrow = machine == PEL_MACHINE_I386 || machine == PEL_MACHINE_ARMNT;
    sample s = sample_bare(narrow ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "file_header.Machine", machine);
    uint32_t where = pel_builder_section(s.b, ".data", SAMPLE_RW);
    pel_builder_data(s.b, where, data, size);
    uint32_t relocs = pel_builder_section(s.b, ".reloc", PEL_SCN_MEM_READ);
    pel_builder_data(s.b, relocs, t->bytes, t->size);
    pel_builder_directory(s.b, PEL_DIR_BASERELOC, pel_builder_rva(s.b, relocs, 0), t->size);
    sample_parse(&s);
    return s;
}

/* Read the pages of [DATA, DATA + DATA_SIZE) in any order. */
static inline void read_in_random_order(pel_space *space, uint64_t base, uint64_t *state,
                                        uint8_t *out)
{
    unsigned order[DATA_SIZE / 0x1000];
    const unsigned count = DATA_SIZE / 0x1000;
    for (unsigned i = 0; i < count; i++) {
        unsigned j = random_below(state, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t at = order[i] * 0x1000u;
        ck_nt(SUCCESS, pel_space_read(space, va_of(base + DATA + at), out + at, 0x1000, NULL));
    }
}

#endif
