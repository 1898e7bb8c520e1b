/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCHEMA_DECODE_H
#define PEL_SCHEMA_DECODE_H

/* Between bytes and structs, both ways, by the tables. */

#include <pelorus/schema.h>

#include "base/reader.h"

/** Fill the C struct `out` from `r` (whose `wide` chooses PE32+). Fields past the end are zero;
 *  then PEL_TRUNCATED. */
pel_status pel_schema_decode(const pel_schema *schema, pel_reader *r, void *out);

/** Write `value` as element `index` of `field` into the struct `to`. */
void pel_field_set(const pel_field *field, void *to, size_t index, uint64_t value);

/** Write `width` bytes of `value`, little-endian. */
void pel_store_uint(uint8_t *to, unsigned width, uint64_t value);

/** Write the struct `from` as it lies in a file: pel_schema_wire_size bytes at `to`. */
void pel_schema_encode(const pel_schema *schema, const void *from, bool wide, uint8_t *to);

#endif
