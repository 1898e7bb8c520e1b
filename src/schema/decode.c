/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/decode.h"

#include <string.h>

/* C types and widths of the kinds, from the one list. */
static const struct {
    uint8_t size;    /* of the C type */
    uint8_t wire[2]; /* in the file: PE32, PE32+ */
} kinds[] = {
#define X(kind, type, wire32, wire64) [PEL_KIND_##kind] = { sizeof(type), { wire32, wire64 } },
    PEL_KINDS(X)
#undef X
};

unsigned pel_field_wire(const pel_field *field, bool wide) { return kinds[field->kind].wire[wide]; }

size_t pel_field_span(const pel_field *field, bool wide)
{
    return field->bit ? 0 : (size_t)pel_field_wire(field, wide) * field->count;
}

/* Bytes of the first `count` fields. */
static size_t size_of(const pel_schema *schema, size_t count, bool wide)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += pel_field_span(&schema->fields[i], wide);
    return size;
}

size_t pel_field_offset(const pel_schema *schema, const pel_field *field, bool wide)
{
    size_t before = size_of(schema, (size_t)(field - schema->fields), wide);
    return field->bit ? before - pel_field_wire(field, wide) : before;
}

size_t pel_schema_wire_size(const pel_schema *schema, bool wide)
{
    return size_of(schema, schema->field_count, wide);
}

const pel_field *pel_schema_field(const pel_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        if (strcmp(f->name, name) == 0 || (f->member[0] && strcmp(f->member, name) == 0))
            return f;
    }
    return NULL;
}

/* The members are integers, or structs of one integer, in host byte order: copying through a
 * variable of the right width is the portable way in and out. */
uint64_t pel_field_get(const pel_field *field, const void *from, size_t index)
{
    if (field->kind == PEL_KIND_REST) /* is described, but no part of the C struct */
        return 0;
    unsigned size = kinds[field->kind].size;
    const uint8_t *at = (const uint8_t *)from + field->offset + index * size;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (size) {
    case 1: memcpy(&u8, at, sizeof u8); return u8;
    case 2: memcpy(&u16, at, sizeof u16); return u16;
    case 4: memcpy(&u32, at, sizeof u32); return u32;
    default: memcpy(&u64, at, sizeof u64); return u64;
    }
}

static inline void set(uint8_t *at, unsigned size, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (size) {
    case 1: memcpy(at, &u8, sizeof u8); break;
    case 2: memcpy(at, &u16, sizeof u16); break;
    case 4: memcpy(at, &u32, sizeof u32); break;
    default: memcpy(at, &value, sizeof value); break;
    }
}

void pel_field_set(const pel_field *field, void *to, size_t index, uint64_t value)
{
    unsigned size = kinds[field->kind].size;
    set((uint8_t *)to + field->offset + index * size, size, value);
}

/* Names and the like, as many of their bytes as there are. */
static void decode_bytes(const pel_field *f, pel_reader *r, void *out)
{
    size_t left = r->bytes.size - r->pos;
    pel_span bytes = pel_read_span(r, f->count < left ? f->count : left);
    if (bytes.size)
        memcpy((uint8_t *)out + f->offset, bytes.data, bytes.size);
    r->failed = r->failed || bytes.size < f->count;
}

static uint64_t bits_of(const pel_field *f, uint64_t word)
{
    return word >> f->bit & (((uint64_t)1 << f->bits) - 1);
}

pel_status pel_schema_decode(const pel_schema *schema, pel_reader *r, void *out)
{
    uint64_t word = 0;
    memset(out, 0, schema->struct_size);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        unsigned wire = kinds[f->kind].wire[r->wide], size = kinds[f->kind].size;
        uint8_t *to = (uint8_t *)out + f->offset;
        if (wire == 1 && f->count > 1) {
            decode_bytes(f, r, out);
            continue;
        }
        if (f->count == 1 && !f->bits) { /* as most are */
            word = pel_read_uint(r, wire);
            if (wire)
                set(to, size, word);
            continue;
        }
        for (size_t n = 0; n < f->count && wire; n++, to += size) {
            word = f->bit ? word : pel_read_uint(r, wire);
            set(to, size, f->bits ? bits_of(f, word) : word);
        }
    }
    return pel_reader_status(r);
}

void pel_store_uint(uint8_t *to, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

void pel_schema_encode(const pel_schema *schema, const void *from, bool wide, uint8_t *to)
{
    uint64_t word = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        unsigned wire = pel_field_wire(f, wide);
        to -= f->bit ? wire : 0; /* once more, with these bits */
        for (size_t n = 0; n < f->count; n++, to += wire) {
            word = (f->bit ? word : 0) | pel_field_get(f, from, n) << f->bit;
            pel_store_uint(to, wire, word);
        }
    }
}
