/* SPDX-License-Identifier: Apache-2.0 */
/* What a file takes from others, and what it gives: a line each. */
#include <inttypes.h>
#include <stdio.h>

#include <pelorus/directories.h>

#include "base/text.h"
#include "dump/summary.h"

/* ---- imports ---------------------------------------------------------------- */

/* Functions of one DLL. `*left` are the bytes that are still believed: tables can be shared. */
static uint64_t count_thunks(pel_thunk_iter thunks, uint64_t *left)
{
    uint64_t count = 0;
    thunks.left = *left;
    for (pel_thunk thunk; pel_thunk_next(&thunks, &thunk);)
        count++;
    *left = thunks.left;
    return count;
}

/* Names of API sets stand for DLLs, are long, and say little. */
static bool is_api_set(pel_str name)
{
    return (name.len > 7 &&
            pel_compare_nocase((pel_str){ name.ptr, 7 }, pel_str_of("api-ms-")) == 0) ||
           (name.len > 7 &&
            pel_compare_nocase((pel_str){ name.ptr, 7 }, pel_str_of("ext-ms-")) == 0);
}

/* Imports or delay imports, as both can be walked. */
typedef struct dlls {
    bool delayed;
    pel_import_iter it;
    pel_delay_import_iter delay;
    uint64_t left; /* bytes that are still believed */
} dlls;

static dlls dlls_of(const pel_image *img, bool delayed)
{
    dlls d = { .delayed = delayed,
               .it = pel_image_imports(img),
               .delay = pel_image_delay_imports(img) };
    d.left = delayed ? d.delay.left : d.it.left;
    return d;
}

/* The next DLL and how many functions of it are imported. */
static bool next_dll(dlls *d, pel_str *name, uint64_t *functions)
{
    pel_import import;
    pel_delay_import delay;
    bool there =
        d->delayed ? pel_delay_import_next(&d->delay, &delay) : pel_import_next(&d->it, &import);
    if (!there)
        return false;
    *name = d->delayed ? delay.name : import.name;
    *functions =
        count_thunks(d->delayed ? pel_delay_thunks(&delay) : pel_import_thunks(&import), &d->left);
    return true;
}

/* Those that are API sets, or are none, as long as there is room. */
static bool put_dlls(summary *s, bool delayed, bool api_sets, const char **before)
{
    pel_str name;
    uint64_t functions;
    char count[PEL_COUNT_TEXT + 1] = " ";
    for (dlls d = dlls_of(s->img, delayed); next_dll(&d, &name, &functions);) {
        if (is_api_set(name) != api_sets)
            continue;
        pel_count_text(functions, count + 1);
        if (!pel_summary_item(s, *before, name, count))
            return false;
        *before = ", ";
    }
    return true;
}

static bool digest_dlls(summary *s, bool delayed)
{
    uint64_t count = 0, sets = 0, all = 0, functions;
    pel_str name;
    const char *before = ": ";
    for (dlls d = dlls_of(s->img, delayed); next_dll(&d, &name, &functions); count++) {
        sets += is_api_set(name);
        all += functions;
    }
    if (count == 0)
        return false;
    pel_summary_count(s, count, "DLL");
    if (sets > 0) {
        pel_summary_put(s, PEL_INK_PLAIN, " (");
        pel_summary_count(s, sets, "API set");
        pel_summary_put(s, PEL_INK_PLAIN, ")");
    }
    pel_summary_put(s, PEL_INK_PLAIN, ", ");
    pel_summary_count(s, all, "function");
    if (put_dlls(s, delayed, false, &before))
        put_dlls(s, delayed, true, &before);
    return true;
}

bool pel_digest_imports(summary *s) { return digest_dlls(s, false); }
bool pel_digest_delay_imports(summary *s) { return digest_dlls(s, true); }

bool pel_digest_bound_imports(summary *s)
{
    uint64_t count = 0;
    pel_bound_import import;
    pel_bound_import_iter it = pel_image_bound_imports(s->img), again = it;
    while (pel_bound_import_next(&it, &import))
        count++;
    pel_summary_count(s, count, "DLL");
    const char *before = ": ";
    for (; pel_bound_import_next(&again, &import); before = ", ")
        if (!pel_summary_item(s, before, import.name, ""))
            break;
    return count > 0;
}

/* ---- exports ---------------------------------------------------------------- */

typedef struct export_counts {
    uint64_t functions, forwarders;
} export_counts;

/* No table has more entries than the file has words for, and texts cost what they are long. */
static export_counts count_exports(const pel_exports *x)
{
    export_counts c = { .functions = 0 };
    uint64_t most = pel_image_bytes(x->image).size / sizeof(uint32_t);
    uint64_t left = 16 * (uint64_t)pel_image_bytes(x->image).size;
    for (uint32_t i = 0; i < x->directory.function_count && i < most; i++) {
        pel_export f;
        if (pel_export_at(x, i, &f) != PEL_OK)
            continue;
        c.functions++;
        c.forwarders += f.is_forwarder;
        if (f.forwarder.len >= left)
            break;
        left -= f.forwarder.len;
    }
    return c;
}

/* A longer one would leave no room for what it exports. */
#define NAME_MOST 40

bool pel_digest_exports(summary *s)
{
    pel_exports x;
    if (pel_image_exports(s->img, &x) == PEL_NOT_FOUND)
        return false;
    export_counts c = count_exports(&x);
    if (x.name.len > 0 && x.name.len <= NAME_MOST) {
        pel_summary_text(s, PEL_INK_PLAIN, x.name);
        pel_summary_put(s, PEL_INK_PLAIN, ": ");
    }
    pel_summary_count(s, c.functions, "function");
    if (c.forwarders)
        pel_summary_put(s, PEL_INK_PLAIN, ", %" PRIu64 " forwarded", c.forwarders);
    if (x.directory.name_count == 0 && c.functions > 0)
        pel_summary_put(s, PEL_INK_PLAIN, ", none by name");
    const char *before = ": ";
    for (uint32_t i = 0, function; i < x.directory.name_count; i++, before = ", ") {
        pel_str name;
        if (pel_export_name(&x, i, &name, &function) != PEL_OK ||
            !pel_summary_item(s, before, name, ""))
            break;
    }
    return true;
}
