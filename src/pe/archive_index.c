/* SPDX-License-Identifier: Apache-2.0 */
/* The indexes of an archive. Names lie one behind the other, each with a zero.
 *
 *   first linker    | count 4 BE | count x offset 4 BE | names |
 *   second linker   | members 4 | members x offset 4 | count 4 | count x number 2, from 1 | names |
 *   EC symbols      | count 4 | count x number 2, in the table of the second | names |
 */
#include <pelorus/archive.h>

#include "base/text.h"
#include "pe/image_priv.h"

#define LONGEST_NAME 4096

static uint64_t big_endian(pel_span bytes, uint64_t at)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value = value << 8 | pel_span_uint(bytes, at + i, 1);
    return value;
}

/* Where the parts of an index are; `numbers` and `offsets` may lie behind its end. */
static void lay_out(pel_archive_index *it)
{
    pel_span d = it->data;
    pel_archive_entry second;
    it->offsets = it->numbers = 4;
    if (it->role == PEL_MEMBER_FIRST_LINKER) {
        it->count = big_endian(d, 0);
        it->position = 4 + 4 * it->count;
    } else if (it->role == PEL_MEMBER_SECOND_LINKER) {
        it->members = pel_span_uint(d, 0, 4);
        it->count = pel_span_uint(d, 4 + 4 * it->members, 4);
        it->numbers = 8 + 4 * it->members;
        it->position = it->numbers + 2 * it->count;
        it->table = d;
    } else {
        it->count = pel_span_uint(d, 0, 4);
        it->position = 4 + 2 * it->count;
        pel_archive_find(it->archive, PEL_MEMBER_SECOND_LINKER, NULL, &second);
        it->table = second.data;
        it->members = pel_span_uint(second.data, 0, 4);
    }
}

pel_archive_index pel_archive_symbols(const pel_image *archive, pel_member_role role)
{
    pel_archive_entry m;
    pel_archive_index it = { .archive = archive, .role = role };
    bool index = role == PEL_MEMBER_FIRST_LINKER || role == PEL_MEMBER_SECOND_LINKER ||
                 role == PEL_MEMBER_EC_SYMBOLS;
    if (!index || pel_archive_find(archive, role, NULL, &m) != PEL_OK)
        return it;
    it.data = m.data;
    lay_out(&it);
    if (m.data.size < 4)
        it.status = PEL_TRUNCATED;
    return it;
}

/* Which member the next symbol is of. */
static void find_member(const pel_archive_index *it, pel_archive_symbol *out)
{
    if (it->role == PEL_MEMBER_FIRST_LINKER) {
        out->has_offset = true;
        out->offset.v = big_endian(it->data, it->offsets + 4 * it->next);
    } else {
        out->number = (uint32_t)pel_span_uint(it->data, it->numbers + 2 * it->next, 2);
        uint64_t at = 4 * (uint64_t)out->number; /* counts from 1, and the table begins at 4 */
        out->has_offset =
            out->number > 0 && out->number <= it->members && pel_span_has(it->table, at, 4);
        out->offset.v = out->has_offset ? pel_span_uint(it->table, at, 4) : 0;
    }
    out->has_member =
        out->has_offset && pel_archive_by_offset(it->archive, out->offset, &out->member) == PEL_OK;
}

bool pel_archive_symbol_next(pel_archive_index *it, pel_archive_symbol *out)
{
    *out = (pel_archive_symbol){ .number = 0 };
    if (it->status != PEL_OK || it->next == it->count)
        return false;
    pel_span rest = pel_span_clip(it->data, it->position, UINT64_MAX);
    pel_str name = pel_str_in(rest);
    if (name.len == rest.size) { /* no zero: nothing is left, or the last name is cut */
        it->status = PEL_TRUNCATED;
        return false;
    }
    find_member(it, out);
    out->name = name;
    out->name.len = name.len < LONGEST_NAME ? name.len : LONGEST_NAME;
    it->position += name.len + 1;
    it->next++;
    return true;
}
