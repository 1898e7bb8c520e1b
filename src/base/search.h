/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_SEARCH_H
#define PEL_BASE_SEARCH_H

/* Bytes that are looked for in bytes. */

#include <pelorus/base.h>

/** The place of `what` in `bytes` from `from` on; false when it is not there. In linear time. */
bool pel_span_find(pel_span bytes, uint64_t from, pel_span what, uint64_t *at);

/** A pattern: bytes in hexadecimal, with ? for any digit, and blanks between bytes. */
typedef struct pel_pattern {
    uint8_t bits[32], mask[32];
    size_t size;
} pel_pattern;

/** Read one. What is longer than a pattern can be is cut. */
pel_pattern pel_pattern_of(const char *text);

/** True when `bytes` have the pattern at `at`. */
bool pel_pattern_at(const pel_pattern *pattern, pel_span bytes, uint64_t at);

/** The first place of the pattern in `bytes`, or the last; false when it is not there. A look at
 *  each place costs the length of the pattern at most. */
bool pel_pattern_first(const pel_pattern *pattern, pel_span bytes, uint64_t *at);
bool pel_pattern_last(const pel_pattern *pattern, pel_span bytes, uint64_t *at);

#endif
