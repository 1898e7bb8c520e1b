/* SPDX-License-Identifier: Apache-2.0 */
/* What lies behind a program. The certificate table cuts the overlay into parts, and so does
 * padding that they begin with; each is held against the table of signatures.
 *
 *   ... sections | zeros | installer's data | padding | certificate table | what follows
 *                  part    part                         part                part
 */
#include <pelorus/overlay.h>

#include <pelorus/certificates.h>
#include <pelorus/resources.h>

#include "base/search.h"
#include "base/text.h"
#include "pe/image_priv.h"

/* ---- names ------------------------------------------------------------- */

static const struct {
    const char *name, *extension, *meaning;
} kinds[PEL_OVERLAY_COUNT] = {
#define X(id, name, extension, meaning) { name, extension, meaning },
#include <pelorus/tables/overlay_kind.def>
#undef X
};

const char *pel_overlay_kind_name(pel_overlay_kind kind)
{
    return kinds[kind < PEL_OVERLAY_COUNT ? kind : PEL_OVERLAY_UNKNOWN].name;
}

const char *pel_overlay_kind_extension(pel_overlay_kind kind)
{
    return kinds[kind < PEL_OVERLAY_COUNT ? kind : PEL_OVERLAY_UNKNOWN].extension;
}

const char *pel_overlay_kind_meaning(pel_overlay_kind kind)
{
    return kinds[kind < PEL_OVERLAY_COUNT ? kind : PEL_OVERLAY_UNKNOWN].meaning;
}

/* ---- what else must hold ----------------------------------------------- */

/* A part of the overlay, and where in it the pattern was found. */
typedef struct subject {
    const pel_image *image;
    pel_span part;
    uint64_t offset; /* of the part in the file */
    uint64_t at;     /* of the pattern in the part */
} subject;

static bool always(const subject *s)
{
    (void)s;
    return true;
}

/* WIN_CERTIFICATE as long as it says. */
static bool certificate(const subject *s)
{
    uint64_t length = pel_span_uint(s->part, 0, 4);
    return length > 8 && length <= s->part.size;
}

static bool coff_symbols(const subject *s)
{
    const pel_file_header *h = pel_image_file_header(s->image);
    return h && h->symbol_count > 0 && h->symbol_table.v == s->offset;
}

static bool is_printable(uint8_t byte) { return byte >= 0x20 && byte < 0x7f; }

/* Its own length, then names that end with zeros. */
static bool coff_strings(const subject *s)
{
    uint64_t size = pel_span_uint(s->part, 0, 4);
    pel_span names = pel_span_clip(s->part, 4, size - 4);
    if (size < 8 || size > s->part.size || names.data[0] == 0 || names.data[names.size - 1] != 0)
        return false;
    for (size_t i = 0; i < names.size; i++)
        if (!is_printable(names.data[i]) && names.data[i] != 0)
            return false;
    return true;
}

/* NB and two digits, then the offset of a directory in the same data. */
static bool codeview(const subject *s)
{
    uint64_t last = pel_span_uint(s->part, 3, 1), directory = pel_span_uint(s->part, 4, 4);
    return last >= '0' && last <= '9' && directory < s->part.size;
}

#define INNO_OLD_TABLE    0x30   /* file offset, of versions before 5.1.5 */
#define INNO_TABLE_NUMBER 11111u /* of the RCDATA resource, since then */

static bool begins_with(pel_span bytes, uint64_t at, const char *text)
{
    pel_span here, wanted = { (const uint8_t *)text, pel_str_of(text).len };
    uint64_t start;
    return pel_span_slice(bytes, at, wanted.size, &here) && pel_span_find(here, 0, wanted, &start);
}

/* The loader's table of where its data are. */
static bool inno(const subject *s)
{
    pel_resource_iter it = pel_image_resources(s->image);
    if (begins_with(s->image->bytes, INNO_OLD_TABLE, "Inno"))
        return true;
    for (pel_resource r; pel_resource_next(&it, &r);)
        if (!r.is_directory && r.problem == PEL_RESOURCE_FINE &&
            pel_resource_is(&r, PEL_RT_RCDATA) && r.depth > 1 && !r.path[1].is_text &&
            r.path[1].id == INNO_TABLE_NUMBER && begins_with(pel_resource_bytes(&r), 0, "rDlPtS"))
            return true;
    return false;
}

static bool burn(const subject *s)
{
    for (uint32_t i = 0; i < pel_image_section_count(s->image); i++)
        if (pel_compare_nocase(pel_image_section(s->image, i)->name, pel_str_of(".wixburn")) == 0)
            return true;
    return false;
}

/* The host program has a place for the offset of the bundle's header, followed by a mark. It is the
 * SHA-256 of ".net core bundle", so that no other program has it. */
static bool dotnet_bundle(const subject *s)
{
    static const uint8_t mark[] = { 0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38,
                                    0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32,
                                    0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18,
                                    0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae };
    uint64_t at, header;
    pel_span program = pel_span_clip(s->image->bytes, 0, s->image->accounted_end.v);
    if (!pel_span_find(program, 8, (pel_span){ mark, sizeof mark }, &at))
        return false;
    header = pel_span_u64(program, at - 8);
    return header >= s->offset && header - s->offset < s->part.size;
}

static bool pe(const subject *s)
{
    return begins_with(s->part, pel_span_uint(s->part, 0x3c, 4), "PE");
}

#define ZIP_END      22u /* bytes of the end of the central directory */
#define ZIP_ENTRY    46u /* bytes of an entry of it, without its name */
#define ZIP_SIZE_AT  12u
#define ZIP64        0xffffffffu
#define ZIP_ENTRY_PK 0x02014b50u

/* Where the central directory begins in the part; it lies right before its end. */
static bool zip_directory(const subject *s, uint64_t *start)
{
    uint64_t size = pel_span_uint(s->part, s->at + ZIP_SIZE_AT, 4);
    if (!pel_span_has(s->part, s->at, ZIP_END) || size > s->at)
        return false;
    *start = s->at - size;
    return size > 0 && pel_span_uint(s->part, *start, 4) == ZIP_ENTRY_PK;
}

static bool zip(const subject *s)
{
    uint64_t start, size = pel_span_uint(s->part, s->at + ZIP_SIZE_AT, 4);
    bool empty = pel_span_has(s->part, s->at, ZIP_END) && size == 0;
    return empty || size == ZIP64 || zip_directory(s, &start);
}

static bool jar(const subject *s)
{
    uint64_t start;
    return zip_directory(s, &start) && begins_with(s->part, start + ZIP_ENTRY, "META-INF/");
}

/* ---- signatures -------------------------------------------------------- */

typedef enum anchor { START, END, WITHIN, TAIL } anchor;

static const struct {
    pel_overlay_kind kind;
    anchor anchor;
    uint32_t distance;
    const char *pattern;
    bool (*check)(const subject *s);
} signatures[] = {
#define S(kind, anchor, distance, pattern, check)                                                  \
    { PEL_OVERLAY_##kind, anchor, distance, pattern, check },
#include <pelorus/tables/overlay_signature.def>
#undef S
};

static bool find_pattern(const pel_pattern *p, anchor where, uint32_t distance, subject *s)
{
    uint64_t tail = s->part.size > distance ? s->part.size - distance : 0;
    switch (where) {
    case START: s->at = distance; return pel_pattern_at(p, s->part, s->at);
    case END: s->at = tail; return pel_pattern_at(p, s->part, s->at);
    case WITHIN: return pel_pattern_first(p, pel_span_clip(s->part, 0, distance), &s->at);
    case TAIL:
        if (!pel_pattern_last(p, pel_span_clip(s->part, tail, distance), &s->at))
            return false;
        s->at += tail;
        return true;
    }
    return false;
}

/* By the first row that holds; its number, or SIZE_MAX. */
static size_t recognize(subject *s, pel_overlay_part *out)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        pel_pattern p = pel_pattern_of(signatures[i].pattern);
        if (!find_pattern(&p, signatures[i].anchor, signatures[i].distance, s) ||
            !signatures[i].check(s))
            continue;
        out->kind = signatures[i].kind;
        out->has_marker = p.size > 0;
        out->marker.v = s->offset + s->at;
        return i;
    }
    return SIZE_MAX;
}

/* ---- without a signature ----------------------------------------------- */

/* Bytes at the start that are like the first one. */
static size_t run_of_one(pel_span bytes)
{
    size_t i = 0;
    while (i < bytes.size && bytes.data[i] == bytes.data[0])
        i++;
    return i;
}

static bool is_text(pel_span bytes)
{
    pel_str rest = { (const char *)bytes.data, bytes.size };
    uint32_t code;
    while (rest.len > 0) {
        size_t size = pel_utf8(rest, &code);
        bool control = code < 0x20 && code != '\t' && code != '\r' && code != '\n';
        if (size == 0 || control || code == 0x7f)
            return false;
        rest = (pel_str){ rest.ptr + size, rest.len - size };
    }
    return true;
}

/* ---- zeros before something ------------------------------------------- */

/* Fewer than that may be the first field of something. */
#define ZEROS_LEAST 16u

/* What is known by its end, or by something within, begins where the zeros end, if it would be
 * known there, too: how many of `run` are before it. What is known by its start is none of that:
 * the zeros are its own. And those right before something within may be (flags of NSIS): such data
 * lie at multiples of 16. */
static size_t zeros_before(const subject *s, size_t row, size_t run)
{
    pel_overlay_part ignored;
    anchor where = signatures[row].anchor;
    uint64_t over = where == WITHIN ? (s->offset + run) % 16 : 0;
    size_t zeros = over < run ? run - (size_t)over : 0;
    subject rest = { .image = s->image,
                     .part = pel_span_clip(s->part, zeros, UINT64_MAX),
                     .offset = s->offset + zeros };
    bool any = s->part.data[0] == 0 && zeros >= ZEROS_LEAST && where != START;
    return any && recognize(&rest, &ignored) == row ? zeros : 0;
}

/* ---- parts ------------------------------------------------------------- */

pel_overlay_iter pel_image_overlay_parts(const pel_image *image)
{
    pel_foff at;
    pel_span overlay = pel_image_overlay(image, &at);
    pel_overlay_iter it = { .image = image, .next = at.v, .end = at.v + overlay.size };
    pel_data_directory table = pel_image_directory(image, PEL_DIR_SECURITY);
    uint64_t end = (uint64_t)table.address + table.size;
    it.certificates = it.certificates_end = it.end;
    if (table.address == 0 || image->layout != PEL_LAYOUT_FILE || end <= it.next ||
        table.address >= it.end)
        return it;
    it.certificates = table.address > it.next ? table.address : it.next;
    it.certificates_end = end < it.end ? end : it.end;
    return it;
}

static bool give(pel_overlay_iter *it, pel_overlay_part *out, pel_overlay_kind kind, uint64_t size)
{
    out->kind = kind;
    out->bytes = pel_span_clip(it->image->bytes, it->next, size);
    it->next += out->bytes.size;
    return true;
}

bool pel_overlay_next(pel_overlay_iter *it, pel_overlay_part *out)
{
    *out = (pel_overlay_part){ .offset = { it->next } };
    if (it->next >= it->end)
        return false;
    if (it->next >= it->certificates && it->next < it->certificates_end)
        return give(it, out, PEL_OVERLAY_CERTIFICATES, it->certificates_end - it->next);
    uint64_t end = it->next < it->certificates ? it->certificates : it->end;
    pel_span part = pel_span_clip(it->image->bytes, it->next, end - it->next);
    subject s = { .image = it->image, .part = part, .offset = it->next };
    size_t run = run_of_one(part);
    if (run == part.size)
        return give(it, out, PEL_OVERLAY_PADDING, part.size);
    size_t row = recognize(&s, out);
    bool known = row != SIZE_MAX;
    size_t zeros = known ? zeros_before(&s, row, run) : part.data[0] == 0 ? run : 0;
    if (zeros > 0) {
        out->has_marker = false;
        return give(it, out, PEL_OVERLAY_PADDING, zeros);
    }
    if (known)
        return give(it, out, out->kind, part.size);
    return give(it, out, is_text(part) ? PEL_OVERLAY_TEXT : PEL_OVERLAY_UNKNOWN, part.size);
}
