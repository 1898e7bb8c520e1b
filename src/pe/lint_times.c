/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of times, and of the types of debug data: both are told by the debug directory. */
#include <pelorus/debug.h>
#include <pelorus/directories.h>
#include <pelorus/resources.h>

#include "pe/lint.h"

#define FIRST_NT 741484800u /* 1993-07-01: Windows NT 3.1 came in that month */

static void look_at_header(oddities *o)
{
    const pel_schema *schema = &pel_file_header_schema;
    uint32_t time = o->img->file.timestamp;
    if (time == 0)
        pel_odd_field(o, PEL_DIAG_TIMESTAMP_NONE, schema, 0, "TimeDateStamp", 0, 0);
    else if (time < FIRST_NT)
        pel_odd_field(o, PEL_DIAG_TIMESTAMP_OLD, schema, 0, "TimeDateStamp", time, FIRST_NT);
    else if (o->now && time > o->now)
        pel_odd_field(o, PEL_DIAG_TIMESTAMP_FUTURE, schema, 0, "TimeDateStamp", time, o->now);
}

/* Not set, or set to "never", is no difference; nor is a day, for links take their time. */
static bool differs(uint32_t a, uint32_t b)
{
    uint32_t distance = a > b ? a - b : b - a;
    return a != 0 && b != 0 && a != UINT32_MAX && b != UINT32_MAX && distance > 86400;
}

static void look_at_exports(oddities *o, uint32_t time)
{
    pel_exports x;
    pel_status st = pel_image_exports(o->img, &x);
    if (st == PEL_OK && differs(x.directory.timestamp, time))
        pel_odd(o, PEL_DIAG_TIMESTAMPS_DIFFER,
                pel_odd_in("exports", PEL_NO_INDEX, &pel_export_directory_schema, "TimeDateStamp",
                           x.has_offset ? &x.offset : NULL, false),
                x.directory.timestamp, time);
}

static void look_at_debug(oddities *o, uint32_t time)
{
    pel_debug_iter it = pel_image_debug(o->img);
    for (pel_debug_entry e; pel_debug_next(&it, &e);) {
        const pel_debug_directory *d = &e.directory;
        const pel_foff *at = e.has_offset ? &e.offset : NULL;
        const pel_schema *schema = &pel_debug_directory_schema;
        if (!pel_names_find(&pel_names_debug_type, d->type))
            pel_odd(o, PEL_DIAG_DEBUG_TYPE, pel_odd_in("debug", e.index, schema, "Type", at, false),
                    d->type, 0);
        if (time && differs(d->timestamp, time))
            pel_odd(o, PEL_DIAG_TIMESTAMPS_DIFFER,
                    pel_odd_in("debug", e.index, schema, "TimeDateStamp", at, false), d->timestamp,
                    time);
    }
}

/* Then times are bits of a hash. */
static bool is_reproducible(const pel_image *img)
{
    pel_debug_iter it = pel_image_debug(img);
    for (pel_debug_entry e; pel_debug_next(&it, &e);)
        if (e.directory.type == PEL_DEBUG_REPRO)
            return true;
    return false;
}

void pel_lint_times(oddities *o)
{
    uint32_t time = is_reproducible(o->img) ? 0 : o->img->file.timestamp;
    look_at_debug(o, time);
    if (time == 0 && o->img->file.timestamp != 0)
        return;
    look_at_header(o);
    look_at_exports(o, time);
}
