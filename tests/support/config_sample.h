/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_SAMPLE_H
#define CONFIG_SAMPLE_H

/* A file with a load configuration, and bytes that it leads to:
 *
 *   headers 0x000..0x200   .rdata RVA 0x1000, file 0x200: the load configuration, as it is given,
 *                          and the bytes at RVA 0x1200, file 0x400
 *   ImageBase 0x400000 in PE32, 0x140000000 in PE32+
 */
#include "sample.h"

enum { CONFIG_RVA = 0x1000, CONFIG_BYTES = 0x1200, CONFIG_FILE = 0x400, CONFIG_END = 0x2000 };

#define CONFIG_BASE32 0x400000u
#define CONFIG_BASE64 0x140000000u

static inline sample config_sample(pel_build_kind kind, const pel_load_config *config,
                                   const uint8_t *bytes, size_t size)
{
    uint8_t data[CONFIG_END - CONFIG_RVA] = { 0 };
    pel_load_config fields = *config;
    bool wide = kind == PEL_BUILD_PE32PLUS;
    fields.size = wide ? 328 : 196;
    pel_schema_encode(&pel_load_config_schema, &fields, wide, data);
    ck_assert_uint_le(size, sizeof data - 0x200);
    memcpy(data + 0x200, bytes, size);
    sample s = sample_bare(kind);
    pel_builder_data(s.b, pel_builder_section(s.b, ".rdata", SAMPLE_RW), data, 0x200 + size);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ CONFIG_RVA }, fields.size);
    return s;
}

/* Bytes that look like anything, the same at each run: xorshift. */
static inline uint32_t config_noise(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif
