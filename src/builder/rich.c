/* SPDX-License-Identifier: Apache-2.0 */
/* The Rich header that Microsoft's linker leaves between the DOS stub and the NT headers:
 *
 *   "DanS" 0 0 0 | build, product, count | ... | "Rich" key
 *   <------------- XORed with the key -------->
 *
 * The key is a checksum of the DOS header, the stub and the entries. */
#include <string.h>

#include "builder/builder_priv.h"
#include "schema/decode.h"

#define START_SIZE 16u
#define END_SIZE   8u
#define ENTRY_SIZE 8u
#define DANS       0x536e6144u
#define RICH       0x68636952u

size_t pel_build_rich_size(const pel_builder *b)
{
    return b->rich_count ? START_SIZE + b->rich_count * ENTRY_SIZE + END_SIZE : 0;
}

static uint32_t rotate_left(uint32_t value, uint32_t by)
{
    by &= 31;
    return by ? value << by | value >> (32 - by) : value;
}

/* `before` is all that lies in front of the Rich header. */
static uint32_t rich_key(const pel_builder *b, pel_span before)
{
    const pel_schema *dos = &pel_dos_header_schema;
    size_t lfanew = pel_field_offset(dos, pel_schema_field(dos, "e_lfanew"), b->wide);
    uint32_t key = (uint32_t)before.size;
    for (size_t i = 0; i < before.size; i++)
        if (i < lfanew || i >= lfanew + 4) /* not yet known when the linker computes this */
            key += rotate_left(before.data[i], (uint32_t)i);
    for (size_t i = 0; i < b->rich_count; i++) {
        const pel_rich_entry *e = &b->rich[i];
        key += rotate_left((uint32_t)e->product << 16 | e->build, e->count);
    }
    return key;
}

static void xor_words(uint8_t *bytes, size_t size, uint32_t key)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= (uint8_t)(key >> (8 * (i & 3)));
}

void pel_build_rich_write(const pel_builder *b, size_t offset, uint8_t *to)
{
    uint32_t key = rich_key(b, (pel_span){ b->output.data, offset });
    memset(to, 0, START_SIZE);
    pel_store_uint(to, 4, DANS);
    uint8_t *end = to + START_SIZE;
    for (size_t i = 0; i < b->rich_count; i++, end += ENTRY_SIZE)
        pel_schema_encode(&pel_rich_entry_schema, &b->rich[i], b->wide, end);
    xor_words(to, (size_t)(end - to), key);
    pel_store_uint(end, 4, RICH);
    pel_store_uint(end + 4, 4, key);
}

void pel_builder_rich(pel_builder *b, uint16_t product, uint16_t build, uint32_t count)
{
    if (!pel_builder_ready(b))
        return;
    if (b->rich_count >= PEL_BUILD_LIMIT / ENTRY_SIZE / 2) {
        pel_builder_latch(b, PEL_LIMIT);
        return;
    }
    pel_rich_entry *rich =
        pel_grow(&b->allocator, b->rich, &b->rich_capacity, b->rich_count + 1, sizeof *rich);
    if (!rich) {
        pel_builder_latch(b, PEL_NO_MEMORY);
        return;
    }
    b->rich = rich;
    rich[b->rich_count++] = (pel_rich_entry){ .build = build, .product = product, .count = count };
    pel_build_forget_from(b, 0);
}
