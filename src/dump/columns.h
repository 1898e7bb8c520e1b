/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_COLUMNS_H
#define PEL_DUMP_COLUMNS_H

/* How wide text is on a terminal, by Unicode alone: the same in every locale. */

#include <pelorus/base.h>

/** 0 for a character that combines with the one before, 2 for a wide one, else 1. */
unsigned pel_char_columns(uint32_t code);

/** Columns of UTF-8; one for each byte that is no part of it. */
size_t pel_text_columns(pel_str text);

/** Bytes of the longest beginning of `text` that has `columns` at most, with all that combines
 *  with its last character. */
size_t pel_text_prefix(pel_str text, size_t columns);

#endif
