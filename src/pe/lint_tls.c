/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of thread-local storage and of the load configuration. */
#include <pelorus/directories.h>

#include "pe/lint.h"

/* What compilers put into a security cookie. */
#define COOKIE_64 UINT64_C(0x2b992ddfa232)
#define COOKIE_32 UINT64_C(0xbb40e64e)

static bool to_rva(const pel_image *img, pel_va va, pel_rva *out)
{
    return pel_rva_of(img->optional.image_base, pel_image_view_size(img), va, out);
}

static bool is_writable(const pel_image *img, pel_rva rva)
{
    return pel_image_is_flat(img) || (pel_odd_flags_at(img, rva) & PEL_SCN_MEM_WRITE);
}

static bool is_executable(const pel_image *img, pel_rva rva)
{
    return pel_image_is_flat(img) || (pel_odd_flags_at(img, rva) & PEL_SCN_MEM_EXECUTE);
}

/* Packers make sections that are all in one, but do not call them code. */
static bool is_code(const pel_image *img, pel_rva rva)
{
    const uint32_t code = PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE;
    return (pel_odd_flags_at(img, rva) & code) == code;
}

/* ---- thread-local storage ---------------------------------------------- */

static void tell_tls(oddities *o, const pel_tls *t, pel_diag_code code, const char *field,
                     uint64_t found_value, uint64_t limit)
{
    pel_odd(o, code,
            pel_odd_in("tls", PEL_NO_INDEX, &pel_tls_directory_schema, field,
                       t->has_offset ? &t->offset : NULL, pel_image_is_wide(o->img)),
            found_value, limit);
}

static void look_at_callbacks(oddities *o, const pel_tls *t)
{
    uint32_t count = 0;
    pel_tls_iter it = pel_image_tls_callbacks(o->img);
    for (pel_va va; pel_tls_next(&it, &va); count++) {
        pel_rva rva;
        pel_foff at;
        if (to_rva(o->img, va, &rva) && is_executable(o->img, rva))
            continue;
        uint64_t slot = it.next - pel_image_pointer_size(o->img);
        bool has = slot <= UINT32_MAX &&
                   pel_image_rva_to_foff(o->img, (pel_rva){ (uint32_t)slot }, &at) == PEL_OK;
        pel_odd(o, PEL_DIAG_TLS_CALLBACK,
                pel_odd_place("tls.callbacks", count, NULL, has ? &at : NULL), va.v,
                o->img->optional.image_base.v);
    }
    if (count > 0)
        tell_tls(o, t, PEL_DIAG_TLS_CALLBACKS, "AddressOfCallBacks", t->directory.callbacks.v,
                 count);
}

static bool lies_in_slots(const pel_import *i, pel_rva rva, unsigned width, uint64_t *left)
{
    uint64_t start = i->descriptor.iat.v, count = 0;
    pel_thunk_iter it = pel_import_thunks(i);
    it.left = *left;
    for (pel_thunk t; pel_thunk_next(&it, &t);)
        count++;
    *left = it.left;
    return rva.v >= start && rva.v - start < count * width;
}

static bool is_import_slot(const pel_image *img, pel_rva rva)
{
    uint64_t left = pel_image_belief(img);
    pel_import_iter it = pel_image_imports(img);
    for (pel_import i; left > 0 && pel_import_next(&it, &i);)
        if (lies_in_slots(&i, rva, pel_image_pointer_size(img), &left))
            return true;
    return false;
}

static void look_at_index(oddities *o, const pel_tls *t)
{
    pel_rva rva;
    pel_va index = t->directory.index;
    if (index.v == 0)
        return;
    if (!to_rva(o->img, index, &rva) || !is_writable(o->img, rva) || is_code(o->img, rva))
        tell_tls(o, t, PEL_DIAG_TLS_INDEX, "AddressOfIndex", index.v, 0);
    else if (is_import_slot(o->img, rva))
        tell_tls(o, t, PEL_DIAG_TLS_INDEX_ON_IMPORTS, "AddressOfIndex", index.v, 0);
}

void pel_lint_tls(oddities *o)
{
    pel_tls t;
    pel_rva rva;
    const pel_image *img = o->img;
    if (pel_image_tls(img, &t) != PEL_OK)
        return;
    const pel_tls_directory *d = &t.directory;
    look_at_index(o, &t);
    bool outside =
        d->data_start.v && d->data_end.v > d->data_start.v &&
        (!to_rva(img, d->data_start, &rva) || !to_rva(img, (pel_va){ d->data_end.v - 1 }, &rva));
    if (d->data_end.v < d->data_start.v || outside)
        tell_tls(o, &t, PEL_DIAG_TLS_DATA, "EndAddressOfRawData", d->data_end.v, d->data_start.v);
    look_at_callbacks(o, &t);
}

/* ---- load configuration ------------------------------------------------ */

static void tell_config(oddities *o, const pel_load_config_info *info, pel_diag_code code,
                        const char *field, uint64_t found_value, uint64_t limit)
{
    pel_odd(o, code,
            pel_odd_in("load_config", PEL_NO_INDEX, &pel_load_config_schema, field,
                       info->has_offset ? &info->offset : NULL, info->wide),
            found_value, limit);
}

static void look_at_cookie(oddities *o, const pel_load_config_info *info)
{
    pel_rva rva;
    uint64_t value;
    const pel_image *img = o->img;
    pel_va cookie = info->directory.security_cookie;
    if (!pel_load_config_has(info, "SecurityCookie") || cookie.v == 0)
        return;
    if (!to_rva(img, cookie, &rva) || !is_writable(img, rva)) {
        tell_config(o, info, PEL_DIAG_COOKIE_PLACE, "SecurityCookie", cookie.v, 0);
        return;
    }
    uint64_t usual = info->wide ? COOKIE_64 : COOKIE_32;
    bool there = pel_image_word(img, rva.v, pel_image_pointer_size(img), &value);
    /* Visual C++ of the time before /GS took the address had 0xbb40 for 16 bits. */
    if (there && value != usual && value != 0xbb40)
        tell_config(o, info, PEL_DIAG_COOKIE_VALUE, "SecurityCookie", cookie.v, value);
}

static const char *const table_keys[PEL_GUARD_TABLES] = {
    [PEL_GUARD_SEH] = "load_config.se_handlers",
    [PEL_GUARD_FUNCTIONS] = "load_config.guard_functions",
    [PEL_GUARD_TAKEN_IAT] = "load_config.guard_iat_entries",
    [PEL_GUARD_LONGJUMPS] = "load_config.guard_longjump_targets",
    [PEL_GUARD_CONTINUATIONS] = "load_config.guard_eh_continuations",
};

static void look_at_table(oddities *o, pel_guard_table table)
{
    pel_guard_iter it = pel_image_guard_entries(o->img, table);
    uint32_t before = 0, index = 0;
    uint64_t wanted = it.count;
    for (pel_guard_entry e; pel_guard_next(&it, &e); index++) {
        pel_foff at;
        uint64_t rva = it.next - it.stride;
        bool has = pel_image_rva_to_foff(o->img, (pel_rva){ (uint32_t)rva }, &at) == PEL_OK;
        pel_place where = pel_odd_place(table_keys[table], index, NULL, has ? &at : NULL);
        if (index > 0 && e.rva.v <= before)
            pel_odd(o, PEL_DIAG_GUARD_UNSORTED, where, e.rva.v, before);
        if (table != PEL_GUARD_TAKEN_IAT && !is_executable(o->img, e.rva))
            pel_odd(o, PEL_DIAG_GUARD_OUTSIDE, where, e.rva.v, pel_image_view_size(o->img));
        before = e.rva.v;
    }
    if (it.status != PEL_OK)
        pel_odd(o, PEL_DIAG_GUARD_CUT, pel_odd_place(table_keys[table], PEL_NO_INDEX, NULL, NULL),
                wanted, index);
}

void pel_lint_load_config(oddities *o)
{
    pel_load_config_info info;
    const pel_image *img = o->img;
    bool flag = img->optional.dll_flags & PEL_DLL_GUARD_CF;
    bool has = pel_image_load_config(img, &info) != PEL_NOT_FOUND;
    if (flag && !(has && pel_load_config_has(&info, "GuardCFFunctionTable") &&
                  info.directory.guard_functions.v))
        pel_odd_field(o, PEL_DIAG_GUARD_WITHOUT_TABLE, &pel_optional_header_schema, 0,
                      "DllCharacteristics", 0, 0);
    if (!has)
        return;
    look_at_cookie(o, &info);
    for (unsigned i = 0; i < PEL_GUARD_TABLES; i++)
        look_at_table(o, (pel_guard_table)i);
}
