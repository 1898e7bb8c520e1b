/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of .NET metadata. They follow each other without gaps, and how wide an index into one
 * is depends on its number of rows: so to find a table one has to know the columns of all before
 * it.
 *
 *   | 0 | version | heaps | 1 | valid | sorted | rows of each valid one | table 0 | table 1 | ...
 */
#include <pelorus/clr.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

enum { MODULE = 0, MODULE_REF = 26, ASSEMBLY = 32, ASSEMBLY_REF = 35, KNOWN };

/* Columns: bytes, a heap, a table, or one of several tables with the number of it in the low bits.
 */
enum {
    TWO = 1,
    FOUR,
    STRING,
    GUID,
    BLOB,
    TABLE = 0x40,
    CODED = 0x80,
    TYPE_DEF_OR_REF = CODED,
    HAS_CONSTANT,
    HAS_ATTRIBUTE,
    HAS_MARSHAL,
    HAS_SECURITY,
    MEMBER_PARENT,
    HAS_SEMANTICS,
    METHOD_DEF_OR_REF,
    MEMBER_FORWARDED,
    ATTRIBUTE_TYPE,
    RESOLUTION_SCOPE,
};

#define NO_TABLE 0xff

/* clang-format off */

/* Which tables a coded index may lead to, and the bits that say which. Section 24.2.6. */
static const struct { uint8_t bits, tables[23]; } coded[] = {
    { 2, { 2, 1, 27, NO_TABLE } },
    { 2, { 4, 8, 23, NO_TABLE } },
    { 5, { 6, 4, 1, 2, 8, 9, 10, 0, 14, 23, 20, 17, 26, 27, 32, 35, 38, 39, 40, 42, 44, 43, NO_TABLE } },
    { 1, { 4, 8, NO_TABLE } },
    { 2, { 2, 6, 32, NO_TABLE } },
    { 3, { 2, 1, 26, 6, 27, NO_TABLE } },
    { 1, { 20, 23, NO_TABLE } },
    { 1, { 6, 10, NO_TABLE } },
    { 1, { 4, 6, NO_TABLE } },
    { 3, { 6, 10, NO_TABLE } },
    { 2, { 0, 26, 35, 1, NO_TABLE } },
};

/* Section 22, in the order of the numbers; 0 ends a row. */
static const uint8_t columns[KNOWN][10] = {
    { TWO, STRING, GUID, GUID, GUID },                                  /* Module */
    { RESOLUTION_SCOPE, STRING, STRING },                               /* TypeRef */
    { FOUR, STRING, STRING, TYPE_DEF_OR_REF, TABLE | 4, TABLE | 6 },    /* TypeDef */
    { TABLE | 4 },                                                      /* FieldPtr */
    { TWO, STRING, BLOB },                                              /* Field */
    { TABLE | 6 },                                                      /* MethodPtr */
    { FOUR, TWO, TWO, STRING, BLOB, TABLE | 8 },                        /* MethodDef */
    { TABLE | 8 },                                                      /* ParamPtr */
    { TWO, TWO, STRING },                                               /* Param */
    { TABLE | 2, TYPE_DEF_OR_REF },                                     /* InterfaceImpl */
    { MEMBER_PARENT, STRING, BLOB },                                    /* MemberRef */
    { TWO, HAS_CONSTANT, BLOB },                                        /* Constant */
    { HAS_ATTRIBUTE, ATTRIBUTE_TYPE, BLOB },                            /* CustomAttribute */
    { HAS_MARSHAL, BLOB },                                              /* FieldMarshal */
    { TWO, HAS_SECURITY, BLOB },                                        /* DeclSecurity */
    { TWO, FOUR, TABLE | 2 },                                           /* ClassLayout */
    { FOUR, TABLE | 4 },                                                /* FieldLayout */
    { BLOB },                                                           /* StandAloneSig */
    { TABLE | 2, TABLE | 20 },                                          /* EventMap */
    { TABLE | 20 },                                                     /* EventPtr */
    { TWO, STRING, TYPE_DEF_OR_REF },                                   /* Event */
    { TABLE | 2, TABLE | 23 },                                          /* PropertyMap */
    { TABLE | 23 },                                                     /* PropertyPtr */
    { TWO, STRING, BLOB },                                              /* Property */
    { TWO, TABLE | 6, HAS_SEMANTICS },                                  /* MethodSemantics */
    { TABLE | 2, METHOD_DEF_OR_REF, METHOD_DEF_OR_REF },                /* MethodImpl */
    { STRING },                                                         /* ModuleRef */
    { BLOB },                                                           /* TypeSpec */
    { TWO, MEMBER_FORWARDED, STRING, TABLE | 26 },                      /* ImplMap */
    { FOUR, TABLE | 4 },                                                /* FieldRVA */
    { FOUR, FOUR },                                                     /* EncLog */
    { FOUR },                                                           /* EncMap */
    { FOUR, TWO, TWO, TWO, TWO, FOUR, BLOB, STRING, STRING },           /* Assembly */
    { FOUR },                                                           /* AssemblyProcessor */
    { FOUR, FOUR, FOUR },                                               /* AssemblyOS */
    { TWO, TWO, TWO, TWO, FOUR, BLOB, STRING, STRING, BLOB },           /* AssemblyRef */
};

/* clang-format on */

static unsigned coded_width(const pel_clr_tables *t, unsigned kind)
{
    uint32_t most = 0;
    for (const uint8_t *table = coded[kind].tables; *table != NO_TABLE; table++)
        most = t->rows[*table] > most ? t->rows[*table] : most;
    return most < 0x10000u >> coded[kind].bits ? 2 : 4;
}

static unsigned width(const pel_clr_tables *t, uint8_t column)
{
    if (column >= CODED)
        return coded_width(t, column - CODED);
    if (column >= TABLE)
        return t->rows[column - TABLE] < 0x10000 ? 2 : 4;
    switch (column) {
    case STRING: return t->head.heap_sizes & 1 ? 4 : 2;
    case GUID: return t->head.heap_sizes & 2 ? 4 : 2;
    case BLOB: return t->head.heap_sizes & 4 ? 4 : 2;
    default: return column == TWO ? 2 : 4;
    }
}

static unsigned row_size(const pel_clr_tables *t, unsigned table)
{
    unsigned size = 0;
    for (const uint8_t *c = columns[table]; *c; c++)
        size += width(t, *c);
    return size;
}

/* ---- the stream -------------------------------------------------------- */

static bool named(const pel_clr_stream *s, const char *name)
{
    return s->name.len == strlen(name) && memcmp(s->name.ptr, name, s->name.len) == 0;
}

static void find_streams(const pel_clr *clr, pel_clr_tables *out)
{
    uint32_t at = 0;
    uint16_t index = 0;
    for (pel_clr_stream s; pel_clr_stream_next(clr, &at, &index, &s);) {
        if (named(&s, "#~") || named(&s, "#-")) {
            out->bytes = s.bytes;
            out->offset = s.offset;
            out->edited = named(&s, "#-");
        } else if (named(&s, "#Strings"))
            out->strings = s.bytes;
        else if (named(&s, "#GUID"))
            out->guids = s.bytes;
        else if (named(&s, "#Blob"))
            out->blobs = s.bytes;
    }
}

pel_status pel_clr_tables_read(const pel_clr *clr, pel_clr_tables *out)
{
    *out = (pel_clr_tables){ .offset = 0 };
    find_streams(clr, out);
    if (out->bytes.size == 0)
        return PEL_NOT_FOUND;
    pel_reader r = { .bytes = out->bytes };
    pel_schema_decode(&pel_metadata_tables_schema, &r, &out->head);
    for (unsigned t = 0; t < PEL_CLR_TABLES; t++)
        out->rows[t] = out->head.valid >> t & 1 ? (uint32_t)pel_read_uint(&r, 4) : 0;
    if (out->head.heap_sizes & 0x40)
        pel_read_uint(&r, 4);
    uint64_t at = r.pos;
    for (unsigned t = 0; t < KNOWN; t++) {
        out->starts[t] = at;
        at += (uint64_t)out->rows[t] * row_size(out, t);
    }
    return pel_reader_status(&r);
}

/* ---- rows -------------------------------------------------------------- */

/* A reader at the row, which must be all there. */
static bool at_row(const pel_clr_tables *t, unsigned table, uint32_t index, pel_reader *r)
{
    unsigned size = row_size(t, table);
    *r = (pel_reader){ .failed = false };
    return index < t->rows[table] &&
           pel_span_slice(t->bytes, t->starts[table] + (uint64_t)index * size, size, &r->bytes);
}

static pel_str read_string(const pel_clr_tables *t, pel_reader *r)
{
    return pel_str_in(pel_span_clip(t->strings, pel_read_uint(r, width(t, STRING)), UINT64_MAX));
}

/* A blob begins with its length: 7, 14 or 29 bits, the highest byte first. */
static pel_span read_blob(const pel_clr_tables *t, pel_reader *r)
{
    pel_reader b = { .bytes =
                         pel_span_clip(t->blobs, pel_read_uint(r, width(t, BLOB)), UINT64_MAX) };
    uint64_t size = pel_read_uint(&b, 1);
    unsigned more = size < 0x80 ? 0 : size < 0xc0 ? 1 : 3;
    size &= more == 0 ? 0x7f : more == 1 ? 0x3f : 0x1f;
    while (more-- > 0)
        size = size << 8 | pel_read_uint(&b, 1);
    return pel_read_span(&b, (size_t)size);
}

bool pel_clr_module(const pel_clr_tables *tables, pel_str *name, pel_span *mvid)
{
    pel_reader r;
    *name = (pel_str){ NULL, 0 };
    *mvid = (pel_span){ NULL, 0 };
    if (!at_row(tables, MODULE, 0, &r))
        return false;
    pel_read_uint(&r, 2);
    *name = read_string(tables, &r);
    uint64_t index = pel_read_uint(&r, width(tables, GUID)); /* counted from 1 */
    if (index)
        pel_span_slice(tables->guids, 16 * (index - 1), 16, mvid);
    return true;
}

bool pel_clr_module_reference(const pel_clr_tables *tables, uint32_t index, pel_str *out)
{
    pel_reader r;
    *out = (pel_str){ NULL, 0 };
    if (!at_row(tables, MODULE_REF, index, &r))
        return false;
    *out = read_string(tables, &r);
    return true;
}

/* What both kinds of rows have, from the version to the culture. */
static void read_assembly(const pel_clr_tables *t, pel_reader *r, pel_clr_assembly *out)
{
    for (unsigned i = 0; i < 4; i++)
        out->version[i] = (uint16_t)pel_read_uint(r, 2);
    out->flags = (uint32_t)pel_read_uint(r, 4);
    out->key = read_blob(t, r);
    out->name = read_string(t, r);
    out->culture = read_string(t, r);
}

bool pel_clr_assembly_read(const pel_clr_tables *tables, pel_clr_assembly *out)
{
    pel_reader r;
    *out = (pel_clr_assembly){ .flags = 0 };
    if (!at_row(tables, ASSEMBLY, 0, &r))
        return false;
    pel_read_uint(&r, 4);
    read_assembly(tables, &r, out);
    return true;
}

bool pel_clr_reference(const pel_clr_tables *tables, uint32_t index, pel_clr_assembly *out)
{
    pel_reader r;
    *out = (pel_clr_assembly){ .flags = 0 };
    if (!at_row(tables, ASSEMBLY_REF, index, &r))
        return false;
    read_assembly(tables, &r, out);
    return true;
}
