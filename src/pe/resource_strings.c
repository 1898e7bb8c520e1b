/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a program: blocks of 16 strings, and message tables. */
#include "base/text.h"
#include "pe/image_priv.h"
#include "pe/resource_priv.h"

#define BLOCK 16u

pel_string_iter pel_strings(pel_span bytes) { return (pel_string_iter){ .bytes = bytes }; }

bool pel_string_next(pel_string_iter *it, uint32_t *index, pel_span *text)
{
    while (it->index < BLOCK && it->status == PEL_OK) {
        pel_reader r = pel_resource_reader(it->bytes, it->next);
        size_t units = (size_t)pel_read_uint(&r, 2);
        *text = pel_read_span(&r, 2 * units);
        *index = it->index++;
        it->next = r.pos;
        it->status = pel_reader_status(&r);
        if (it->status == PEL_OK && units > 0)
            return true;
    }
    *text = (pel_span){ NULL, 0 };
    return false;
}

/* ---- messages ---------------------------------------------------------- */

/*   | count | LowId | HighId | offset | ... |     at each offset: | Length | Flags | text | ... */

#define BLOCKS_AT  4u
#define BLOCK_SIZE 12u
#define ENTRY_SIZE 4u
#define UTF16      1u

pel_message_iter pel_messages(pel_span bytes)
{
    pel_reader r = pel_resource_reader(bytes, 0);
    pel_message_iter it = { .bytes = bytes, .id = 1, .left = 16 * (uint64_t)bytes.size };
    it.blocks = (uint32_t)pel_read_uint(&r, 4);
    it.status = pel_reader_status(&r);
    return it;
}

static bool open_block(pel_message_iter *it)
{
    if (it->block == it->blocks)
        return false;
    uint64_t at = BLOCKS_AT + (uint64_t)it->block++ * BLOCK_SIZE;
    pel_reader r = pel_resource_reader(it->bytes, at < it->bytes.size ? (size_t)at : SIZE_MAX);
    it->id = pel_read_uint(&r, 4);
    it->high = pel_read_uint(&r, 4);
    it->next = (size_t)pel_read_uint(&r, 4);
    it->status = pel_reader_status(&r);
    if (it->status == PEL_OK && !pel_spend(&it->left, BLOCK_SIZE))
        it->status = PEL_LIMIT;
    return it->status == PEL_OK;
}

static pel_span until_zero(pel_span bytes, bool wide)
{
    if (!wide)
        return pel_span_clip(bytes, 0, pel_str_in(bytes).len);
    pel_reader r = pel_resource_reader(bytes, 0);
    return pel_read_utf16(&r);
}

bool pel_message_next(pel_message_iter *it, pel_message *out)
{
    *out = (pel_message){ 0 };
    while (it->status == PEL_OK && it->id > it->high)
        if (!open_block(it))
            return false;
    if (it->status != PEL_OK)
        return false;
    pel_reader r = pel_resource_reader(it->bytes, it->next);
    size_t length = (size_t)pel_read_uint(&r, 2);
    out->flags = (uint16_t)pel_read_uint(&r, 2);
    if (!r.failed && length < ENTRY_SIZE)
        it->status = PEL_MALFORMED;
    else if (!pel_spend(&it->left, length))
        it->status = PEL_LIMIT;
    else
        out->text = until_zero(pel_read_span(&r, length - (r.failed ? length : ENTRY_SIZE)),
                               (out->flags & UTF16) != 0);
    if (it->status == PEL_OK)
        it->status = pel_reader_status(&r);
    out->id = (uint32_t)it->id++;
    it->next = r.pos;
    return it->status == PEL_OK;
}
