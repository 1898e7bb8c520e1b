/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_DIAG_PRIV_H
#define PEL_BASE_DIAG_PRIV_H

#include <pelorus/diag.h>

/* Which numbers a remark shows: the third column of diag.def and rules.def. */
typedef enum pel_shows {
    PEL_SHOWS_NOTHING,
    PEL_SHOWS_FOUND,
    PEL_SHOWS_BOTH,
    PEL_SHOWS_LIMIT,       /* only what the text means */
    PEL_SHOWS_THOUSANDTHS, /* found, and limit, of something that has a decimal point */
} pel_shows;

/** "place found at offset: text (limit)". Diagnostics and verdicts are written alike. */
size_t pel_remark_format(const pel_place *where, pel_shows shows, uint64_t found, uint64_t limit,
                         const char *text, char *out, size_t size);

#endif
