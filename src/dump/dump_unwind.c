/* SPDX-License-Identifier: Apache-2.0 */
/* Unwind information: for programs all of it, for people a line for each code. */
#include "base/phrase.h"
#include "dump/walk_image.h"

static bool is_x64(const pel_unwind *u) { return u->table == PEL_FUNCTIONS_X64; }
static bool is_v3(const pel_unwind *u) { return is_x64(u) && u->version == 3; }

/* Why there is no unwind information, or no more of it. */
static const char *why(pel_status st)
{
    return st == PEL_TRUNCATED ? "truncated" : st == PEL_NOT_FOUND ? "unmapped" : "malformed";
}

/* What it costs to show: the bytes of a code become a line each. */
static bool afford(uint64_t *left, const pel_unwind *u)
{
    uint64_t cost = u->codes.size + u->epilogs.size + u->made_size + 1;
    bool enough = cost <= *left;
    *left -= enough ? cost : *left;
    return enough;
}

static void in_hex(const pel_unwind_code *c, char out[2 * sizeof c->bytes + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned size = c->size < sizeof c->bytes ? c->size : sizeof c->bytes;
    for (unsigned i = 0; i < size; i++) {
        out[2 * i] = digits[c->bytes[i] >> 4];
        out[2 * i + 1] = digits[c->bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

/* ---- for programs ------------------------------------------------------ */

static void walk_code(const walk *w, const pel_unwind *u, const pel_unwind_code *c)
{
    char bytes[2 * sizeof c->bytes + 1];
    in_hex(c, bytes);
    pel_emit_map_begin(w->e, NULL);
    if (!is_x64(u) || is_v3(u))
        pel_emit_hex(w->e, "index", c->index);
    if (is_x64(u) && c->has_offset)
        pel_emit_hex(w->e, "offset", c->offset);
    else if (is_x64(u))
        pel_emit_null(w->e, "offset");
    pel_emit_string(w->e, "op", c->op);
    pel_emit_string(w->e, "bytes", bytes);
    pel_emit_string(w->e, "text", c->text);
    pel_emit_map_end(w->e);
}

static void walk_codes(const walk *w, const pel_unwind *u)
{
    pel_unwind_code c;
    pel_unwind_code_iter it = pel_unwind_codes(u);
    pel_emit_seq_begin(w->e, "codes");
    while (w->e->status == PEL_OK && pel_unwind_code_next(&it, &c))
        walk_code(w, u, &c);
    pel_emit_seq_end(w->e);
    if (it.status != PEL_OK)
        pel_emit_string(w->e, "codes_end", why(it.status));
}

static void walk_epilog(const walk *w, const pel_unwind *u, const pel_unwind_epilog *e)
{
    pel_emit_map_begin(w->e, NULL);
    if (e->has_offset)
        pel_emit_hex(w->e, "offset", (uint64_t)(e->offset < 0 ? -e->offset : e->offset));
    else
        pel_emit_null(w->e, "offset");
    if (is_v3(u))
        pel_emit_boolean(w->e, "from_end", e->offset < 0);
    pel_emit_hex(w->e, "index", e->index);
    if (is_v3(u)) {
        pel_emit_dec(w->e, "count", e->count);
        pel_emit_hex(w->e, "last", e->last);
        pel_emit_flags(w->e, "flags", e->flags, &pel_names_epilog_flags);
    } else {
        pel_emit_dec(w->e, "condition", e->condition);
    }
    pel_emit_map_end(w->e);
}

static void walk_epilogs(const walk *w, const pel_unwind *u)
{
    pel_unwind_epilog_iter it = pel_unwind_epilogs(u);
    pel_emit_seq_begin(w->e, "epilogs");
    for (pel_unwind_epilog e; w->e->status == PEL_OK && pel_unwind_epilog_next(&it, &e);)
        walk_epilog(w, u, &e);
    pel_emit_seq_end(w->e);
}

static void walk_handler(const walk *w, const pel_unwind *u)
{
    if (!u->has_handler) {
        pel_emit_null(w->e, "handler");
        return;
    }
    pel_emit_map_begin(w->e, "handler");
    pel_emit_hex(w->e, "rva", u->handler.v);
    pel_emit_name(w->e, "name", w->naming, u->handler);
    pel_emit_hex(w->e, "data", u->handler_data.v);
    pel_emit_map_end(w->e);
}

static void walk_chain(const walk *w, const pel_unwind *u)
{
    pel_rva primary;
    if (!u->has_chain) {
        pel_emit_null(w->e, "chained");
        return;
    }
    pel_emit_map_begin(w->e, "chained");
    pel_emit_hex(w->e, "begin", u->chain_begin.v);
    pel_emit_hex(w->e, "end", u->chain_end.v);
    pel_emit_hex(w->e, "unwind", u->chain_unwind);
    if (pel_unwind_primary(u, &primary) == PEL_OK)
        pel_emit_hex(w->e, "primary", primary.v);
    else
        pel_emit_null(w->e, "primary");
    pel_emit_map_end(w->e);
}

static void walk_x64(const walk *w, const pel_unwind *u)
{
    pel_emit_flags(w->e, "flags", u->flags, &pel_names_unwind_flags);
    pel_emit_hex(w->e, "prolog_size", u->prolog_size);
    pel_emit_dec(w->e, "code_count", u->prolog_codes);
    pel_emit_dec(w->e, "frame_register", u->frame_register);
    pel_emit_hex(w->e, "frame_offset", u->frame_offset);
    walk_chain(w, u);
}

/* Flag and CR of IMAGE_ARM64_RUNTIME_FUNCTION_ENTRY. */
static void walk_arm64_entry(const walk *w, const pel_unwind *u)
{
    pel_emit_enum(w->e, "flag", u->packed ? u->packed_data & 3 : 0, &pel_names_arm64_pdata_flag);
    if (u->packed)
        pel_emit_enum(w->e, "cr", u->packed_data >> 21 & 3, &pel_names_arm64_pdata_cr);
    else
        pel_emit_null(w->e, "cr");
}

static void walk_arm(const walk *w, const pel_unwind *u)
{
    if (u->table == PEL_FUNCTIONS_ARM64)
        walk_arm64_entry(w, u);
    pel_emit_boolean(w->e, "packed", u->packed);
    pel_emit_boolean(w->e, "fragment", u->fragment);
    pel_emit_hex(w->e, "function_size", u->function_size);
}

pel_status pel_walk_unwind(const walk *w, const pel_function *f, uint64_t *left)
{
    pel_unwind u;
    pel_status st = pel_function_unwind(f, &u);
    if (!afford(left, &u))
        return PEL_LIMIT;
    if (st != PEL_OK)
        pel_emit_string(w->e, "problem", why(st));
    if (st == PEL_NOT_FOUND) {
        pel_emit_null(w->e, "info");
        return PEL_OK;
    }
    pel_emit_map_begin(w->e, "info");
    pel_emit_dec(w->e, "version", u.version);
    if (is_x64(&u))
        walk_x64(w, &u);
    else
        walk_arm(w, &u);
    walk_handler(w, &u);
    walk_codes(w, &u);
    if (!is_x64(&u) || is_v3(&u))
        walk_epilogs(w, &u);
    pel_emit_map_end(w->e);
    return PEL_OK;
}

/* ---- for people -------------------------------------------------------- */

/* Room for a line, and how much of a name is in it. */
#define LINE      320
#define NAME_MOST 160

/* "at 0x00006000, version 1, prolog 0x8" */
static void tell_head(const walk *w, const pel_unwind *u)
{
    char text[LINE];
    pel_phrase p = { text, sizeof text, 0 };
    pel_say(&p, u->packed ? "packed " : "at ");
    pel_say_hex(&p, u->packed ? u->packed_data : u->rva.v, 8);
    if (!u->packed) {
        pel_say(&p, ", version ");
        pel_say_dec(&p, u->version);
    }
    if (is_x64(u)) {
        pel_say(&p, ", prolog ");
        pel_say_hex(&p, u->prolog_size, 1);
    }
    if (u->fragment)
        pel_say(&p, ", fragment");
    pel_emit_string(w->e, "unwind", text);
}

/* Where the code stands: in the prolog, or in the list of codes. */
static void place_of(const pel_unwind *u, const pel_unwind_code *c, pel_phrase *p)
{
    if (is_x64(u) && c->has_offset) {
        pel_say_hex(p, c->offset, 2);
    } else if (is_x64(u)) {
        pel_say(p, "-");
    } else {
        pel_say(p, "[");
        pel_say_dec(p, c->index);
        pel_say(p, "]");
    }
}

static void tell_codes(const walk *w, const pel_unwind *u)
{
    pel_unwind_code c;
    pel_unwind_code_iter it = pel_unwind_codes(u);
    while (w->e->status == PEL_OK && pel_unwind_code_next(&it, &c)) {
        char key[2 + PEL_DIGITS + 1];
        pel_phrase p = { key, sizeof key, 0 };
        place_of(u, &c, &p);
        pel_emit_string(w->e, key, c.text);
    }
    if (it.status != PEL_OK)
        pel_emit_string(w->e, "codes", why(it.status));
}

/* "at end-0x12, codes from [3], 2 of them" */
static void tell_epilogs(const walk *w, const pel_unwind *u)
{
    pel_unwind_epilog_iter it = pel_unwind_epilogs(u);
    for (pel_unwind_epilog e; w->e->status == PEL_OK && pel_unwind_epilog_next(&it, &e);) {
        char text[LINE];
        pel_phrase p = { text, sizeof text, 0 };
        bool from_end = e.offset < 0;
        pel_say(&p, !e.has_offset ? "at the end" : from_end ? "at end-" : "at +");
        if (e.has_offset)
            pel_say_hex(&p, (uint64_t)(from_end ? -e.offset : e.offset), 1);
        pel_say(&p, ", codes from [");
        pel_say_dec(&p, e.index);
        pel_say(&p, "]");
        if (is_v3(u)) {
            pel_say(&p, ", ");
            pel_say_dec(&p, e.count);
            pel_say(&p, " of them");
        }
        pel_emit_string(w->e, "epilog", text);
    }
}

/* "0x00001234 __C_specific_handler for exceptions, data at 0x00005678" */
static void tell_handler(const walk *w, const pel_unwind *u)
{
    char text[LINE], room[PEL_NAME_SHOWN];
    pel_phrase p = { text, sizeof text, 0 };
    pel_str name;
    if (!u->has_handler)
        return;
    pel_say_hex(&p, u->handler.v, 8);
    if (pel_name_at(w->naming, u->handler, room, &name)) {
        pel_say(&p, " ");
        pel_say_str(&p, (pel_str){ name.ptr, name.len < NAME_MOST ? name.len : NAME_MOST });
    }
    if (is_x64(u)) {
        pel_say(&p, u->flags & PEL_UNWIND_EHANDLER ? " for exceptions" : " for ");
        pel_say(&p, (u->flags & 3) == 3 ? " and " : "");
        pel_say(&p, u->flags & PEL_UNWIND_UHANDLER ? "unwinding" : "");
    }
    pel_say(&p, ", data at ");
    pel_say_hex(&p, u->handler_data.v, 8);
    pel_emit_string(w->e, "handler", text);
}

/* "0x00001000..0x00001080, in the end 0x00000f00" */
static void tell_chain(const walk *w, const pel_unwind *u)
{
    char text[LINE];
    pel_phrase p = { text, sizeof text, 0 };
    pel_rva primary;
    if (!u->has_chain)
        return;
    pel_say_hex(&p, u->chain_begin.v, 8);
    pel_say(&p, "..");
    pel_say_hex(&p, u->chain_end.v, 8);
    if (pel_unwind_primary(u, &primary) != PEL_OK) {
        pel_say(&p, ", which leads nowhere");
    } else if (primary.v != u->chain_begin.v) {
        pel_say(&p, ", in the end ");
        pel_say_hex(&p, primary.v, 8);
    }
    pel_emit_string(w->e, "chained to", text);
}

pel_status pel_walk_unwind_text(const walk *w, const pel_function *f, uint64_t *left)
{
    pel_unwind u;
    pel_status st = pel_function_unwind(f, &u);
    if (!afford(left, &u))
        return PEL_LIMIT;
    tell_head(w, &u);
    if (st != PEL_OK)
        pel_emit_string(w->e, "problem", why(st));
    if (st == PEL_NOT_FOUND)
        return PEL_OK;
    tell_codes(w, &u);
    tell_epilogs(w, &u);
    tell_handler(w, &u);
    tell_chain(w, &u);
    return PEL_OK;
}
