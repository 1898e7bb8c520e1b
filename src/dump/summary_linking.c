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

/* "3 DLLs, 120 functions"; false when there are none. */
static bool put_totals(summary *s, uint64_t dlls, uint64_t functions)
{
    if (dlls == 0)
        return false;
    pel_summary_count(s, dlls, "DLL");
    pel_summary_put(s, PEL_INK_PLAIN, ", ");
    pel_summary_count(s, functions, "function");
    return true;
}

static bool put_dll(summary *s, bool first, pel_str name, uint64_t functions)
{
    char count[PEL_COUNT_TEXT + 1] = " ";
    pel_count_text(functions, count + 1);
    return pel_summary_item(s, first ? ": " : ", ", name, count);
}

bool pel_digest_imports(summary *s)
{
    uint64_t dlls = 0, functions = 0;
    pel_import import;
    pel_import_iter it = pel_image_imports(s->img), again = it;
    uint64_t left = it.left, left_again = left;
    for (; pel_import_next(&it, &import); dlls++)
        functions += count_thunks(pel_import_thunks(&import), &left);
    bool more = put_totals(s, dlls, functions);
    for (bool first = true; more && pel_import_next(&again, &import); first = false)
        more = put_dll(s, first, import.name, count_thunks(pel_import_thunks(&import), &left_again));
    return dlls > 0;
}

bool pel_digest_delay_imports(summary *s)
{
    uint64_t dlls = 0, functions = 0;
    pel_delay_import import;
    pel_delay_import_iter it = pel_image_delay_imports(s->img), again = it;
    uint64_t left = it.left, left_again = left;
    for (; pel_delay_import_next(&it, &import); dlls++)
        functions += count_thunks(pel_delay_thunks(&import), &left);
    bool more = put_totals(s, dlls, functions);
    for (bool first = true; more && pel_delay_import_next(&again, &import); first = false)
        more = put_dll(s, first, import.name, count_thunks(pel_delay_thunks(&import), &left_again));
    return dlls > 0;
}

bool pel_digest_bound_imports(summary *s)
{
    uint64_t dlls = 0;
    pel_bound_import import;
    pel_bound_import_iter it = pel_image_bound_imports(s->img), again = it;
    while (pel_bound_import_next(&it, &import))
        dlls++;
    pel_summary_count(s, dlls, "DLL");
    const char *before = ": ";
    for (; pel_bound_import_next(&again, &import); before = ", ")
        if (!pel_summary_item(s, before, import.name, ""))
            break;
    return dlls > 0;
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

bool pel_digest_exports(summary *s)
{
    pel_exports x;
    if (pel_image_exports(s->img, &x) == PEL_NOT_FOUND)
        return false;
    export_counts c = count_exports(&x);
    if (x.name.len > 0) {
        pel_summary_text(s, PEL_INK_PLAIN, x.name);
        pel_summary_put(s, PEL_INK_PLAIN, ": ");
    }
    pel_summary_count(s, c.functions, "function");
    if (c.forwarders)
        pel_summary_put(s, PEL_INK_PLAIN, ", %" PRIu64 " forwarded", c.forwarders);
    if (x.directory.name_count == 0)
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
