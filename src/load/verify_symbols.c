/* SPDX-License-Identifier: Apache-2.0 */
/* Names for addresses: exports, and COFF symbols, which few linkers leave in images.
 *
 *   COFF symbol, 18 bytes: | name 8 | value 4 | section 2 | type 2 | class 1 | more 1 |
 *
 * A name whose first four bytes are zero is an offset in the string table, which follows the
 * symbols. Source: PE Format (Microsoft), "COFF Symbol Table". */
#include <stdlib.h>

#include "base/text.h"
#include "load/verify_priv.h"

#define MOST_SYMBOLS   ((size_t)1 << 20)
#define LONGEST_NAME   4096
#define NAME_SIZE      4 /* in the table of names of exports */
#define SYMBOL_SIZE    18
#define CLASS_EXTERNAL 2
#define CLASS_STATIC   3
#define TYPE_FUNCTION  0x20

static pel_status add_symbol(pel_verify *v, uint64_t rva, uint32_t index, bool is_coff)
{
    if (rva >= v->sum.size || v->symbol_count == MOST_SYMBOLS || index >> 31)
        return PEL_OK;
    verify_symbol *grown = pel_grow(&v->allocator, v->symbols, &v->symbol_capacity,
                                    v->symbol_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    v->symbols = grown;
    v->symbols[v->symbol_count++] =
        (verify_symbol){ .rva = (uint32_t)rva, .index = index & 0x7fffffff, .is_coff = is_coff };
    return PEL_OK;
}

static pel_status add_exports(pel_verify *v)
{
    pel_exports exports;
    uint32_t function;
    pel_export e;
    pel_status st = pel_image_exports(v->image, &exports);
    if (st != PEL_OK && st != PEL_TRUNCATED)
        return PEL_OK;
    /* What the file has no bytes for is zero, and names nothing. */
    size_t most = pel_image_bytes(v->image).size / NAME_SIZE;
    for (uint32_t i = 0; i < most && i < MOST_SYMBOLS; i++) {
        st = pel_export_name(&exports, i, NULL, &function);
        if (st == PEL_NOT_FOUND)
            break;
        if (st == PEL_OK && pel_export_at(&exports, function, &e) == PEL_OK && !e.is_forwarder)
            PEL_TRY(add_symbol(v, e.rva.v, i, false));
    }
    return PEL_OK;
}

/* ---- COFF -------------------------------------------------------------- */

static pel_span symbol_table(const pel_image *img)
{
    const pel_file_header *f = pel_image_file_header(img);
    uint64_t size = (uint64_t)f->symbol_count * SYMBOL_SIZE;
    return pel_span_clip(pel_image_bytes(img), f->symbol_table.v, f->symbol_table.v ? size : 0);
}

static pel_status add_coff(pel_verify *v)
{
    pel_span table = symbol_table(v->image);
    uint64_t count = table.size / SYMBOL_SIZE;
    for (uint64_t i = 0; i < count && i < MOST_SYMBOLS; i++) {
        pel_reader r = { .bytes = table, .pos = (size_t)(i * SYMBOL_SIZE + 8) };
        uint64_t value = pel_read_uint(&r, 4);
        uint32_t number = (uint32_t)pel_read_uint(&r, 2); /* of the section, from 1 */
        unsigned type = (unsigned)pel_read_uint(&r, 2);
        unsigned class = (unsigned)pel_read_uint(&r, 1);
        const pel_section *s = number ? pel_image_section(v->image, number - 1) : NULL;
        if (s && (class == CLASS_EXTERNAL || (class == CLASS_STATIC && type == TYPE_FUNCTION)))
            PEL_TRY(add_symbol(v, s->header.virtual_address.v + value, (uint32_t)i, true));
        i += pel_read_uint(&r, 1);
    }
    return PEL_OK;
}

static pel_str coff_name(const pel_image *img, uint32_t index)
{
    const pel_file_header *f = pel_image_file_header(img);
    pel_span name = pel_span_clip(symbol_table(img), (uint64_t)index * SYMBOL_SIZE, 8);
    if (pel_span_uint(name, 0, 4) != 0)
        return pel_str_in(name);
    uint64_t strings = f->symbol_table.v + (uint64_t)f->symbol_count * SYMBOL_SIZE;
    uint64_t offset = pel_span_uint(name, 4, 4);
    return pel_str_in(pel_span_clip(pel_image_bytes(img), strings + offset, LONGEST_NAME));
}

/* ---- both -------------------------------------------------------------- */

static int by_rva(const void *a, const void *b)
{
    const verify_symbol *x = a, *y = b;
    if (x->rva != y->rva)
        return x->rva < y->rva ? -1 : 1;
    if (x->is_coff != y->is_coff)
        return x->is_coff ? -1 : 1; /* of those at one address the last one is told: an export */
    return x->index > y->index ? -1 : x->index < y->index;
}

pel_status pel_verify_list_symbols(pel_verify *v)
{
    PEL_TRY(add_exports(v));
    PEL_TRY(add_coff(v));
    if (v->symbol_count > 0)
        qsort(v->symbols, v->symbol_count, sizeof *v->symbols, by_rva);
    return PEL_OK;
}

static const verify_symbol *symbol_before(const pel_verify *v, uint32_t rva)
{
    size_t low = 0, high = v->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->symbols[middle].rva > rva)
            high = middle;
        else
            low = middle + 1;
    }
    return low > 0 ? &v->symbols[low - 1] : NULL;
}

static pel_str name_of(const pel_verify *v, const verify_symbol *s)
{
    pel_exports exports;
    uint32_t function;
    pel_str name = { NULL, 0 };
    if (s->is_coff)
        return coff_name(v->image, s->index);
    pel_image_exports(v->image, &exports);
    pel_export_name(&exports, s->index, &name, &function);
    return name;
}

void pel_verify_name(const pel_verify *v, pel_rva rva, pel_difference *out)
{
    const verify_symbol *s = symbol_before(v, rva.v);
    uint32_t section = pel_image_at_rva(v->image, rva).section;
    if (!s || section == PEL_NO_INDEX ||
        pel_image_at_rva(v->image, (pel_rva){ s->rva }).section != section)
        return;
    out->symbol = name_of(v, s);
    out->symbol_offset = rva.v - s->rva;
    if (out->symbol.len > LONGEST_NAME)
        out->symbol.len = LONGEST_NAME;
}
