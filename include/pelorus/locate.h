/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_LOCATE_H
#define PELORUS_LOCATE_H

/* One address on every number line: file offset, RVA, VA, page-table entry,
 * physical address. A coordinate that does not exist is said to be missing; it is
 * never a wrong number. */

#include <pelorus/loader.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The number line that an address is given on. */
typedef enum pel_line { PEL_LINE_RVA, PEL_LINE_VA, PEL_LINE_OFFSET } pel_line;

/** Everything about one address. */
typedef struct pel_location {
    pel_where where;
    bool has_rva, has_va, has_offset;
    pel_rva rva;
    pel_va va;
    pel_foff offset;
    uint32_t section; /**< index, or PEL_NO_INDEX */
    uint32_t protect; /**< PAGE_* of the page once mapped; 0 when it is not */
} pel_location;

/** Locate `value` on `line` for `image` based at `base`. An offset that is mapped at several
 *  RVAs gives the lowest; pel_image_rvas lists all. */
PEL_API pel_location pel_locate(const pel_image *image, pel_va base, pel_line line, uint64_t value);

/** PAGE_* that the image's page at `rva` has once it is mapped; 0 outside of it. */
PEL_API uint32_t pel_image_protect(const pel_image *image, pel_rva rva);

#ifdef __cplusplus
}
#endif
#endif
