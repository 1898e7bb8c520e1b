/* SPDX-License-Identifier: Apache-2.0 */
/* What a file carries to others: programs among its resources. */
#include <pelorus/resources.h>

#include "pe/lint.h"

#define LFANEW_AT 0x3c

/* Both marks: MZ alone is in other data, too. */
static bool is_program(pel_span bytes)
{
    return pel_span_uint(bytes, 0, 2) == 0x5a4d &&
           pel_span_uint(bytes, pel_span_uint(bytes, LFANEW_AT, 4), 4) == 0x4550;
}

void pel_lint_payloads(oddities *o)
{
    uint32_t index = 0;
    pel_resource_iter it = pel_image_resources(o->img);
    for (pel_resource r; o->status == PEL_OK && pel_resource_next(&it, &r);) {
        if (r.is_directory)
            continue;
        if (r.problem == PEL_RESOURCE_FINE && is_program(pel_resource_bytes(&r)))
            pel_odd(o, PEL_DIAG_RESOURCE_PROGRAM,
                    pel_odd_in("resources.entries", index, &pel_resource_data_schema,
                               "OffsetToData", r.has_offset ? &r.offset : NULL, false),
                    r.data.address.v, 0);
        index++;
    }
}
