/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: where their members are, and what these are called.
 *
 *   | !<arch>\n | header 60 | data | [\n] | header 60 | data | ...      headers on even offsets
 *                    "/"      index             "//" long names, then the files
 *
 * Each step goes forward by a header at least, so that no size makes a loop.
 */
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

#define MAGIC_SIZE   8
#define HEADER_SIZE  60
#define LONGEST_NAME 4096 /* all members may point at the same endless name */

const char *pel_member_role_name(pel_member_role role)
{
    switch (role) {
    case PEL_MEMBER_FILE: return "file";
    case PEL_MEMBER_FIRST_LINKER: return "first linker member";
    case PEL_MEMBER_SECOND_LINKER: return "second linker member";
    case PEL_MEMBER_LONG_NAMES: return "long names";
    case PEL_MEMBER_EC_SYMBOLS: return "EC symbols";
    case PEL_MEMBER_HYBRID_MAP: return "hybrid map";
    case PEL_MEMBER_SYMBOLS64: return "64-bit symbols";
    case PEL_MEMBER_ROLES: break;
    }
    return "?";
}

/* ---- fields ------------------------------------------------------------ */

/* The field without the blanks at its end. */
static pel_str field_text(const uint8_t *field, size_t size)
{
    while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == '\0'))
        size--;
    return (pel_str){ .ptr = (const char *)field, .len = size };
}

/* A decimal number; false when there is anything else, or nothing. */
static bool number_of(pel_str text, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (unsigned)(text.ptr[i] - '0'); /* at most 15 digits */
    }
    return text.len > 0;
}

static bool is_called(pel_str text, const char *name)
{
    return text.len == strlen(name) && memcmp(text.ptr, name, text.len) == 0;
}

static pel_member_role role_of(pel_str name, uint32_t index)
{
    if (is_called(name, "/"))
        return index == 0 ? PEL_MEMBER_FIRST_LINKER : PEL_MEMBER_SECOND_LINKER;
    if (is_called(name, "//"))
        return PEL_MEMBER_LONG_NAMES;
    if (is_called(name, "/<ECSYMBOLS>/"))
        return PEL_MEMBER_EC_SYMBOLS;
    if (is_called(name, "/<HYBRIDMAP>/"))
        return PEL_MEMBER_HYBRID_MAP;
    return is_called(name, "/SYM64/") ? PEL_MEMBER_SYMBOLS64 : PEL_MEMBER_FILE;
}

/* Microsoft ends long names with a zero, GNU with a slash and a newline. */
static pel_str long_name(pel_span names, uint64_t offset)
{
    pel_span rest = pel_span_clip(names, offset, LONGEST_NAME);
    pel_str name = pel_str_in(rest);
    const char *newline = name.len ? memchr(name.ptr, '\n', name.len) : NULL;
    name.len = newline ? (size_t)(newline - name.ptr) : name.len;
    name.len -= name.len > 0 && newline && name.ptr[name.len - 1] == '/';
    return name;
}

static pel_str name_of(const pel_image *ar, const pel_archive_entry *m, pel_str field)
{
    uint64_t offset;
    pel_str digits = { field.ptr + 1, field.len - 1 };
    if (m->role != PEL_MEMBER_FILE || field.len == 0)
        return field;
    if (field.ptr[0] == '/' && number_of(digits, &offset) && offset < ar->long_names.size)
        return long_name(ar->long_names, offset);
    field.len -= field.len > 1 && field.ptr[field.len - 1] == '/';
    return field;
}

/* ---- members ----------------------------------------------------------- */

/* The member whose header is at `offset`, all of which is there. */
static void read_member(const pel_image *ar, uint32_t index, uint64_t offset, pel_archive_entry *m)
{
    pel_span header = pel_span_clip(ar->bytes, offset, HEADER_SIZE);
    pel_reader r = { .bytes = header };
    *m = (pel_archive_entry){ .index = index, .offset = { offset } };
    pel_schema_decode(&pel_archive_member_schema, &r, &m->header);
    pel_str name = field_text(header.data, sizeof m->header.name); /* borrowed from the file */
    m->role = role_of(name, index);
    m->name = name_of(ar, m, name);
    m->has_size = number_of(field_text(m->header.size, sizeof m->header.size), &m->size);
    m->data_offset.v = offset + HEADER_SIZE;
    m->data = pel_span_clip(ar->bytes, m->data_offset.v, m->has_size ? m->size : 0);
}

pel_status pel_archive_at(const pel_image *archive, uint32_t index, pel_archive_entry *out)
{
    *out = (pel_archive_entry){ .index = index };
    if (index >= archive->member_count)
        return PEL_NOT_FOUND;
    read_member(archive, index, archive->members[index].v, out);
    return PEL_OK;
}

uint32_t pel_archive_count(const pel_image *archive) { return archive->member_count; }

pel_status pel_archive_by_offset(const pel_image *archive, pel_foff offset, uint32_t *index)
{
    uint32_t low = 0, high = archive->member_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (archive->members[middle].v < offset.v)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    bool there = low < archive->member_count && archive->members[low].v == offset.v;
    return there ? PEL_OK : PEL_NOT_FOUND;
}

pel_status pel_archive_find(const pel_image *archive, pel_member_role role, const char *name,
                            pel_archive_entry *out)
{
    for (uint32_t i = 0; i < archive->member_count; i++) {
        pel_archive_at(archive, i, out);
        if (name ? is_called(out->name, name) : out->role == role)
            return PEL_OK;
    }
    *out = (pel_archive_entry){ .index = 0 };
    return PEL_NOT_FOUND;
}

static pel_status remark(pel_image *img, pel_diag_code code, const pel_archive_entry *m,
                         const char *field, uint64_t found_value, uint64_t limit)
{
    const pel_schema *schema = &pel_archive_member_schema;
    size_t at = pel_field_offset(schema, pel_schema_field(schema, field), false);
    pel_place where = { .structure = schema->key,
                        .index = m->index,
                        .field = field,
                        .has_offset = true,
                        .offset = { m->offset.v + at } };
    return pel_image_remark_at(img, code, where, found_value, limit);
}

static bool ends_well(const pel_archive_entry *m)
{
    return m->has_size && m->header.end[0] == '`' && m->header.end[1] == '\n';
}

/* Offset of the header behind `m`. */
static uint64_t behind(const pel_archive_entry *m)
{
    return pel_round_up(m->data_offset.v + m->size, 2);
}

/* Walk the headers. With `into` they are kept, and what is wrong is told. */
static pel_status walk_headers(pel_image *img, pel_foff *into, uint32_t *count)
{
    pel_archive_entry m;
    uint64_t at = MAGIC_SIZE;
    for (*count = 0; pel_span_has(img->bytes, at, HEADER_SIZE); at = behind(&m)) {
        read_member(img, *count, at, &m);
        if (!ends_well(&m))
            return into ? remark(img, PEL_DIAG_ARCHIVE_HEADER, &m,
                                 m.has_size ? "EndHeader" : "Size", 0, 0)
                        : PEL_OK;
        if (into)
            into[*count].v = at;
        ++*count;
        if (into && m.role == PEL_MEMBER_LONG_NAMES && img->long_names.size == 0)
            img->long_names = m.data;
        if (into && m.data.size < m.size)
            return remark(img, PEL_DIAG_ARCHIVE_CUT, &m, "Size", m.size, m.data.size);
        if (*count == UINT32_MAX)
            return PEL_OK;
    }
    pel_place where = {
        .structure = "members", .index = *count, .has_offset = true, .offset = { at }
    };
    if (into && at < img->bytes.size)
        return pel_image_remark_at(img, PEL_DIAG_ARCHIVE_CUT, where, HEADER_SIZE,
                                   img->bytes.size - at);
    return PEL_OK;
}

pel_status pel_image_read_archive(pel_image *img)
{
    uint32_t count;
    walk_headers(img, NULL, &count);
    img->members = pel_arena_take(&img->arena, count * sizeof *img->members + 1);
    if (!img->members)
        return PEL_NO_MEMORY;
    pel_status st = walk_headers(img, img->members, &count);
    img->member_count = count;
    return st;
}
