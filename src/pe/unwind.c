/* SPDX-License-Identifier: Apache-2.0 */
/* Unwind information: what is the same for all machines, and the headers of ARM, which differ in a
 * bit here and there.
 *
 *   .xdata  | header | (extended header) | epilog scopes | codes | handler | its data
 */
#include "pe/unwind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pe/image_priv.h"

/* How many fragments Windows follows. */
#define CHAIN_MOST 32

/* Where the two ARMs have what in their headers. */
typedef struct arm_form {
    unsigned scale; /* bytes of the unit of lengths */
    unsigned fragment_bit, epilog_bit, epilog_bits, words_bit;
    unsigned index_bit; /* in an epilog scope */
} arm_form;

/* Bit 0 cannot be the fragment bit: ARM64 has none. */
static const arm_form thumb = { 2, 22, 23, 5, 28, 24 };
static const arm_form arm64 = { 4, 0, 22, 5, 27, 22 };

static const arm_form *form_of(const pel_unwind *u)
{
    return u->table == PEL_FUNCTIONS_ARM ? &thumb : &arm64;
}

void pel_unwind_say(pel_unwind_code *code, const char *op, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(code->text, sizeof code->text, format, arguments);
    va_end(arguments);
    code->op = op;
}

pel_phrase pel_unwind_words(pel_unwind_code *code, const char *op)
{
    code->op = op;
    return (pel_phrase){ code->text, sizeof code->text, 0 };
}

pel_span pel_unwind_bytes(const pel_image *image, uint32_t rva, uint64_t most)
{
    if (rva == 0)
        return (pel_span){ NULL, 0 };
    return pel_image_span(image, (pel_rva){ rva }, most);
}

/* ---- ARM headers ------------------------------------------------------- */

static uint32_t bits(uint32_t word, unsigned from, unsigned count)
{
    return word >> from & (((uint32_t)1 << count) - 1);
}

static void read_handler(pel_unwind *u, pel_reader *r)
{
    u->handler.v = (uint32_t)pel_read_uint(r, 4);
    u->has_handler = !r->failed;
    u->handler_data.v = u->has_handler ? u->rva.v + (uint32_t)r->pos : 0;
}

static pel_status read_xdata(pel_unwind *u)
{
    const arm_form *form = form_of(u);
    /* Headers, 65535 scopes, 255 words of codes, handler: no .xdata is larger. */
    pel_reader r = { .bytes = pel_unwind_bytes(u->image, u->rva.v, (uint64_t)4 * 65793) };
    uint32_t header = (uint32_t)pel_read_uint(&r, 4);
    uint32_t scopes = bits(header, form->epilog_bit, form->epilog_bits);
    uint32_t words = header >> form->words_bit;
    if (r.failed)
        return r.bytes.size ? PEL_TRUNCATED : PEL_NOT_FOUND;
    u->version = (uint8_t)bits(header, 18, 2);
    u->function_size = bits(header, 0, 18) * form->scale;
    if (u->version != 0)
        return PEL_MALFORMED;
    u->fragment = form->fragment_bit && bits(header, form->fragment_bit, 1);
    u->single_epilog = bits(header, 21, 1);
    if (scopes == 0 && words == 0) {
        uint32_t more = (uint32_t)pel_read_uint(&r, 4);
        scopes = bits(more, 0, 16);
        words = bits(more, 16, 8);
    }
    u->epilog_count = u->single_epilog ? 1 : scopes;
    u->epilog_index = u->single_epilog ? scopes : 0;
    if (!u->single_epilog)
        u->epilogs = pel_read_span(&r, (size_t)scopes * 4);
    u->codes = pel_read_span(&r, (size_t)words * 4);
    if (bits(header, 20, 1))
        read_handler(u, &r);
    u->size = r.pos;
    return pel_reader_status(&r);
}

static pel_status read_arm(pel_unwind *u, uint32_t word)
{
    bool thumb_code = u->table == PEL_FUNCTIONS_ARM;
    if ((word & 3) == 0) {
        u->rva.v = word;
        pel_image_rva_to_foff(u->image, u->rva, &u->offset);
        return read_xdata(u);
    }
    u->packed = true;
    u->packed_data = word;
    if ((word & 3) == 3)
        return PEL_MALFORMED;
    u->fragment = (word & 3) == 2;
    u->function_size = bits(word, 2, 11) * form_of(u)->scale;
    pel_status st = thumb_code ? pel_arm_unpack(u) : pel_arm64_unpack(u);
    u->codes = (pel_span){ NULL, 0 }; /* the codes are in `made` */
    return st;
}

/* ---- all machines ------------------------------------------------------ */

pel_status pel_image_unwind(const pel_image *image, pel_function_table table, uint32_t word,
                            pel_unwind *out)
{
    *out = (pel_unwind){ .image = image, .table = table };
    if (table == PEL_FUNCTIONS_ARM64 || table == PEL_FUNCTIONS_ARM)
        return read_arm(out, word);
    if (table != PEL_FUNCTIONS_X64)
        return PEL_NOT_FOUND;
    out->rva.v = word;
    if (word & 1) { /* the address of another entry, which has the rest */
        out->has_chain = true;
        out->rva.v = word & ~(uint32_t)1;
        pel_span entry = pel_unwind_bytes(image, out->rva.v, 12);
        out->chain_begin.v = (uint32_t)pel_span_uint(entry, 0, 4);
        out->chain_end.v = (uint32_t)pel_span_uint(entry, 4, 4);
        out->chain_unwind = (uint32_t)pel_span_uint(entry, 8, 4);
        out->has_chain = entry.size == 12;
        pel_image_rva_to_foff(image, out->rva, &out->offset);
        return out->has_chain ? PEL_OK : PEL_NOT_FOUND;
    }
    pel_image_rva_to_foff(image, out->rva, &out->offset);
    return pel_x64_unwind(out);
}

pel_status pel_function_unwind(const pel_function *function, pel_unwind *out)
{
    return pel_image_unwind(function->image, function->table, function->unwind, out);
}

pel_status pel_unwind_primary(const pel_unwind *unwind, pel_rva *out)
{
    pel_unwind u = *unwind;
    out->v = 0;
    if (!u.has_chain)
        return PEL_NOT_FOUND;
    for (unsigned i = 0; i < CHAIN_MOST; i++) {
        pel_rva begin = u.chain_begin;
        pel_status st = pel_image_unwind(u.image, u.table, u.chain_unwind, &u);
        if (st != PEL_OK)
            return PEL_NOT_FOUND;
        if (!u.has_chain) {
            *out = begin;
            return PEL_OK;
        }
    }
    return PEL_LIMIT;
}

/* ---- codes ------------------------------------------------------------- */

static bool is_v3(const pel_unwind *u) { return u->table == PEL_FUNCTIONS_X64 && u->version == 3; }

static pel_span codes_of(const pel_unwind *u)
{
    return u->packed ? (pel_span){ u->made, u->made_size } : u->codes;
}

pel_unwind_code_iter pel_unwind_codes(const pel_unwind *unwind)
{
    pel_unwind_code_iter it = { .unwind = unwind, .run = unwind->prolog_codes };
    pel_unwind_epilog_iter epilogs = pel_unwind_epilogs(unwind);
    for (pel_unwind_epilog e; pel_unwind_epilog_next(&epilogs, &e);) {
        if (e.index < it.last || e.index >= codes_of(unwind).size)
            continue;
        it.last_count = e.index > it.last || e.count > it.last_count ? e.count : it.last_count;
        it.last = e.index;
    }
    return it;
}

static bool arm_code_next(pel_unwind_code_iter *it, pel_unwind_code *out)
{
    pel_span all = codes_of(it->unwind);
    pel_span rest = pel_span_clip(all, it->next, all.size);
    bool thumb_code = it->unwind->table == PEL_FUNCTIONS_ARM;
    if (it->ended || rest.size == 0)
        return false;
    out->index = it->next;
    if (!(thumb_code ? pel_arm_code(rest, out) : pel_arm64_code(rest, out))) {
        it->status = out->size > rest.size ? PEL_TRUNCATED : PEL_MALFORMED;
        return false;
    }
    it->ended = out->ends && it->next >= it->last;
    return true;
}

bool pel_unwind_code_next(pel_unwind_code_iter *it, pel_unwind_code *out)
{
    bool more;
    const pel_unwind *u = it->unwind;
    out->index = it->next;
    out->has_offset = out->ends = false;
    out->offset = 0;
    out->size = 0;
    if (it->status != PEL_OK)
        return false;
    if (u->table != PEL_FUNCTIONS_X64)
        more = arm_code_next(it, out);
    else
        more = is_v3(u) ? pel_x64_v3_code_next(it, out) : pel_x64_code_next(it, out);
    if (!more)
        return false;
    pel_span raw = pel_span_clip(codes_of(u), out->index, out->size);
    memset(out->bytes, 0, sizeof out->bytes);
    for (size_t i = 0; i < raw.size && i < sizeof out->bytes; i++)
        out->bytes[i] = (uint8_t)pel_span_uint(raw, i, 1);
    it->next += out->size;
    it->number++;
    return true;
}

/* ---- epilogs ----------------------------------------------------------- */

pel_unwind_epilog_iter pel_unwind_epilogs(const pel_unwind *unwind)
{
    return (pel_unwind_epilog_iter){ .unwind = unwind };
}

static bool arm_epilog_next(pel_unwind_epilog_iter *it, pel_unwind_epilog *out)
{
    const pel_unwind *u = it->unwind;
    const arm_form *form = form_of(u);
    if (u->single_epilog || !pel_span_has(u->epilogs, it->next, 4)) {
        out->index = u->epilog_index;
        return u->single_epilog && it->number == 0;
    }
    uint32_t scope = (uint32_t)pel_span_uint(u->epilogs, it->next, 4);
    out->has_offset = true;
    out->offset = (int64_t)bits(scope, 0, 18) * form->scale;
    out->index = scope >> form->index_bit;
    out->condition = u->table == PEL_FUNCTIONS_ARM ? (uint8_t)bits(scope, 20, 4) : 14;
    it->next += 4;
    return true;
}

bool pel_unwind_epilog_next(pel_unwind_epilog_iter *it, pel_unwind_epilog *out)
{
    bool more;
    *out = (pel_unwind_epilog){ .condition = 14 };
    if (it->status != PEL_OK || it->number >= it->unwind->epilog_count)
        return false;
    more = is_v3(it->unwind) ? pel_x64_v3_epilog_next(it, out) : arm_epilog_next(it, out);
    it->number++;
    return more;
}
