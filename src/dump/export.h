/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_EXPORT_H
#define PEL_DUMP_EXPORT_H

/* The pages of a space that have a valid entry, lowest first:
 *
 *     pel_export_cursor c = { 0 };
 *     for (; pel_export_next(space, &c, &walk); c.va.v += PEL_PAGE_SIZE)
 *         ... c.va, c.region, walk ...
 */

#include <pelorus/space.h>

typedef struct pel_export_cursor {
    pel_va va;
    pel_region region; /* that it lies in */
} pel_export_cursor;

/** Go on to the next one, from the cursor's own page on; false when there is none. */
bool pel_export_next(pel_space *space, pel_export_cursor *cursor, pel_walk *walk);

#endif
