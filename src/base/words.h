/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_WORDS_H
#define PEL_BASE_WORDS_H

/* Words of people who write recipes and scenarios: quoted in messages, and what was meant. */

#include <pelorus/base.h>

/** Text for a message: short, and safe to print. */
typedef struct pel_quoted {
    char text[48];
} pel_quoted;
pel_quoted pel_quote(pel_str text);

/** " (did you mean 'x'?)" for the nearest of `words` (a list that ends with NULL), or "". */
pel_quoted pel_suggest(pel_str word, const char *const *words);

#endif
