/* SPDX-License-Identifier: Apache-2.0 */
/* Version information: blocks in blocks, each a multiple of 4 bytes from the start.
 *
 *   | wLength | wValueLength | wType | key, 0 | pad | value | pad | blocks |
 */
#include "pe/resource_priv.h"
#include "schema/decode.h"

#define SIGNATURE   0xFEEF04BDu
#define HEADER_SIZE 6u
#define LAST        (PEL_VERSION_LEVELS - 1)

pel_version_iter pel_version_blocks(pel_span bytes)
{
    pel_version_iter it = { .bytes = bytes };
    it.ends[0] = bytes.size;
    return it;
}

static void note(pel_version_iter *it, pel_status status)
{
    if (it->status == PEL_OK)
        it->status = status;
}

/* Leave the blocks that end here. What is too short for a header is padding. */
static bool find_next(pel_version_iter *it)
{
    while (it->level > 0 && it->next + HEADER_SIZE > it->ends[it->level])
        it->next = (size_t)pel_round_up(it->ends[it->level--], 4);
    return it->level > 0 || it->next == 0; /* there is but one root */
}

/* The value: of a text as much as the block has, up to its zero, for compilers disagree whether its
 * length counts units or bytes. */
static pel_span read_value(pel_version_iter *it, pel_reader *r, uint64_t length, bool is_text)
{
    if (length == 0)
        return (pel_span){ NULL, 0 };
    pel_read_align(r, 4);
    size_t start = r->pos;
    size_t most = r->bytes.size - start;
    if (is_text) {
        pel_span text = pel_read_utf16(r);
        r->failed = false;
        return text;
    }
    if (length > most)
        note(it, PEL_MALFORMED);
    return pel_read_span(r, length < most ? (size_t)length : most);
}

/* Blocks end where they say, inside of the one around them. */
static bool read_block(pel_version_iter *it, pel_version_block *out)
{
    size_t limit = it->ends[it->level];
    pel_reader r = pel_resource_reader(pel_span_clip(it->bytes, 0, limit), it->next);
    *out = (pel_version_block){ .level = it->level, .offset = it->next };
    size_t length = (size_t)pel_read_uint(&r, 2);
    size_t value_length = (size_t)pel_read_uint(&r, 2);
    out->type = (uint16_t)pel_read_uint(&r, 2);
    if (length < HEADER_SIZE) { /* all zeros are padding, too */
        if (length != 0 || value_length != 0 || it->next == 0)
            note(it, PEL_MALFORMED);
        return false;
    }
    if (length > limit - it->next) {
        note(it, PEL_TRUNCATED);
        length = limit - it->next;
    }
    r.bytes = pel_span_clip(it->bytes, 0, it->next + length);
    out->key = pel_read_utf16(&r);
    if (r.failed)
        note(it, PEL_MALFORMED);
    else
        out->value = read_value(it, &r, value_length, it->level == LAST);
    size_t end = it->next + length;
    bool inside = it->level < LAST && !r.failed;
    it->next = (size_t)pel_round_up(inside ? r.pos : end, 4);
    if (inside)
        it->ends[++it->level] = end;
    return true;
}

bool pel_version_next(pel_version_iter *it, pel_version_block *out)
{
    while (find_next(it)) {
        if (read_block(it, out))
            return true;
        if (it->level == 0)
            break;
        it->next = it->ends[it->level]; /* nothing more to be had of this level */
    }
    return false;
}

pel_status pel_version_read_fixed(const pel_version_block *root, pel_version_fixed *out)
{
    pel_reader r = pel_resource_reader(root->value, 0);
    pel_status st = pel_schema_decode(&pel_version_fixed_schema, &r, out);
    if (root->level != 0 || root->value.size == 0)
        return PEL_NOT_FOUND;
    return st == PEL_OK && out->signature != SIGNATURE ? PEL_MALFORMED : st;
}
