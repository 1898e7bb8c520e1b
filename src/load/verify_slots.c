/* SPDX-License-Identifier: Apache-2.0 */
/* The words that the loader writes, beside those that it relocates. */
#include <stdlib.h>

#include "load/verify_priv.h"

/* A file that names more than these, or the same ones again and again, is not believed further. */
#define MOST_SLOTS ((size_t)1 << 20)

static pel_status add_slot(pel_verify *v, uint64_t rva, unsigned width, verify_slot_kind kind)
{
    if (rva >= v->sum.size || v->slot_count == MOST_SLOTS)
        return PEL_OK;
    verify_slot *grown =
        pel_grow(&v->allocator, v->slots, &v->slot_capacity, v->slot_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    v->slots = grown;
    v->slots[v->slot_count++] =
        (verify_slot){ .rva = (uint32_t)rva, .width = (uint8_t)width, .kind = (uint8_t)kind };
    return PEL_OK;
}

/* The word that the file has the address of; 0 is none. */
static pel_status add_va(pel_verify *v, pel_va at, unsigned width, verify_slot_kind kind)
{
    pel_va linked = pel_image_optional_header(v->image)->image_base;
    pel_rva rva;
    bool inside = at.v != 0 && pel_rva_of(linked, v->sum.size, at, &rva);
    return inside ? add_slot(v, rva.v, width, kind) : PEL_OK;
}

/* ---- each of them ------------------------------------------------------ */

static pel_status add_header(pel_verify *v)
{
    pel_place at = pel_image_place(v->image, &pel_optional_header_schema, 0, "ImageBase");
    return at.has_offset ? add_slot(v, at.offset.v, v->word, SLOT_HEADER) : PEL_OK;
}

static pel_status add_thunks(pel_verify *v, pel_thunk_iter *it)
{
    for (pel_thunk thunk; pel_thunk_next(it, &thunk);)
        PEL_TRY(add_slot(v, thunk.slot.v, v->word, SLOT_IAT));
    return PEL_OK;
}

static pel_status add_imports(pel_verify *v)
{
    pel_import_iter it = pel_image_imports(v->image);
    uint64_t left = UINT64_MAX;
    for (pel_import import; left > 0 && pel_import_next(&it, &import);) {
        pel_thunk_iter thunks = pel_import_thunks(&import);
        /* One budget for all lists: they may all be the same one. */
        thunks.left = left < thunks.left ? left : thunks.left;
        PEL_TRY(add_thunks(v, &thunks));
        left = thunks.left;
    }
    return PEL_OK;
}

static pel_status add_delay_imports(pel_verify *v)
{
    pel_delay_import_iter it = pel_image_delay_imports(v->image);
    uint64_t left = UINT64_MAX;
    for (pel_delay_import import; left > 0 && pel_delay_import_next(&it, &import);) {
        pel_thunk_iter thunks = pel_delay_thunks(&import);
        thunks.left = left < thunks.left ? left : thunks.left;
        PEL_TRY(add_thunks(v, &thunks));
        left = thunks.left;
    }
    return PEL_OK;
}

static pel_status add_tls(pel_verify *v)
{
    pel_tls tls;
    if (pel_image_tls(v->image, &tls) == PEL_NOT_FOUND)
        return PEL_OK;
    return add_va(v, tls.directory.index, 4, SLOT_TLS_INDEX);
}

static pel_status add_load_config(pel_verify *v)
{
    pel_load_config_info info;
    if (pel_image_load_config(v->image, &info) == PEL_NOT_FOUND)
        return PEL_OK;
    const pel_load_config *c = &info.directory;
    const pel_va guards[] = { c->guard_check,        c->guard_dispatch,  c->rf_failure_pointer,
                              c->rf_verify_stack,    c->xfg_check,       c->xfg_dispatch,
                              c->xfg_table_dispatch, c->cast_guard_mode, c->guard_memcpy };
    PEL_TRY(add_va(v, c->security_cookie, v->word, SLOT_COOKIE));
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++)
        PEL_TRY(add_va(v, guards[i], v->word, SLOT_GUARD));
    return PEL_OK;
}

/* ---- all of them ------------------------------------------------------- */

static int by_rva(const void *a, const void *b)
{
    const verify_slot *x = a, *y = b;
    if (x->rva != y->rva)
        return x->rva < y->rva ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

pel_status pel_verify_list_slots(pel_verify *v)
{
    static pel_status (*const lists[])(pel_verify * v) = {
        add_header, add_imports, add_delay_imports, add_tls, add_load_config,
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        PEL_TRY(lists[i](v));
    if (v->slot_count > 0)
        qsort(v->slots, v->slot_count, sizeof *v->slots, by_rva);
    return PEL_OK;
}

/* Without a list of modules any address will do. */
static bool is_in_a_module(const pel_verify *v, pel_va at)
{
    return pel_memory_dump_module_count(v->dump) == 0 || pel_memory_dump_module_at(v->dump, at);
}

bool pel_verify_slot_is_fine(const pel_verify *v, const verify_slot *slot, uint64_t value)
{
    switch ((verify_slot_kind)slot->kind) {
    case SLOT_HEADER: return value == v->sum.base.v;
    case SLOT_GUARD: /* some hold a mode and no address */
        return value < PEL_GRANULARITY || is_in_a_module(v, (pel_va){ value });
    case SLOT_IAT: return is_in_a_module(v, (pel_va){ value });
    case SLOT_COOKIE:
    case SLOT_TLS_INDEX:
    case SLOT_KINDS: break;
    }
    return true;
}
