/* SPDX-License-Identifier: Apache-2.0 */
/* Every structure of the tables over any bytes. The first byte chooses PE32 or PE32+. */
#include <pelorus/format.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "schema/decode.h"

/* Room for the largest struct and for its bytes in a file. */
typedef struct room {
    uint64_t decoded[64];
    uint8_t encoded[512];
} room;

static void check_fields(const pel_schema *schema, const void *decoded, bool wide)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        unsigned wire = pel_field_wire(f, wide);
        for (size_t n = 0; n < f->count; n++) {
            uint64_t value = pel_field_get(f, decoded, n);
            MUST(wire == 8 || value >> (8 * wire) == 0);
            if (f->names)
                pel_names_find(f->names, (uint32_t)value);
        }
    }
}

static void decode_all(const pel_schema *schema, pel_span bytes, bool wide)
{
    room r;
    size_t size = pel_schema_wire_size(schema, wide);
    MUST(schema->struct_size <= sizeof r.decoded && size <= sizeof r.encoded);
    pel_reader reader = { .bytes = bytes, .wide = wide };
    while (pel_schema_decode(schema, &reader, r.decoded) == PEL_OK && size > 0) {
        pel_schema_encode(schema, r.decoded, wide, r.encoded);
        MUST(memcmp(r.encoded, bytes.data + reader.pos - size, size) == 0);
        check_fields(schema, r.decoded, wide);
    }
    MUST(size == 0 || reader.failed);
    MUST(reader.pos <= bytes.size);
    check_fields(schema, r.decoded, wide);
}

static void check_text(pel_span bytes)
{
    pel_str rest = pel_str_in(bytes);
    MUST(rest.len <= bytes.size);
    while (rest.len > 0) {
        uint32_t code = 0;
        size_t len = pel_utf8(rest, &code);
        MUST(len <= rest.len && len <= 4 && code <= 0x10ffff);
        rest.ptr += len ? len : 1;
        rest.len -= len ? len : 1;
    }
}

/* Offsets and lengths from the input, of the whole range. */
static void check_views(pel_span bytes)
{
    pel_reader r = { .bytes = bytes };
    while (!r.failed) {
        uint64_t off = pel_read_uint(&r, 8), len = pel_read_uint(&r, 8);
        pel_span view, clipped = pel_span_clip(bytes, off, len);
        bool inside = pel_span_slice(bytes, off, len, &view);
        MUST(inside == pel_span_has(bytes, off, len));
        MUST(view.size == (inside ? len : 0));
        MUST(clipped.size <= bytes.size && clipped.size >= view.size);
        pel_span_uint(bytes, off, (unsigned)(len % 9));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_span all = { data, size }, bytes = pel_span_clip(all, 1, size);
    bool wide = pel_span_uint(all, 0, 1) & 1;
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    for (size_t i = 0; i < count; i++)
        decode_all(schemas[i], bytes, wide);
    check_text(bytes);
    check_views(bytes);
    return 0;
}
