/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_RESOURCE_PRIV_H
#define PEL_PE_RESOURCE_PRIV_H

/* What the decoders of resources have in common. */

#include <pelorus/resources.h>

#include "base/reader.h"

/** A reader of `bytes` from `at` on. */
static inline pel_reader pel_resource_reader(pel_span bytes, size_t at)
{
    return (pel_reader){ .bytes = bytes, .pos = at <= bytes.size ? at : bytes.size };
}

/** The UTF-16 text at the reader, up to its zero, which is read, too. Failed, and all that there
 *  is, when there is no zero. */
pel_span pel_read_utf16(pel_reader *r);

/** A number behind 0xFFFF, or a text. */
pel_resource_key pel_read_key(pel_reader *r);

/** Skip to a multiple of `to` bytes; not past the end. */
void pel_read_align(pel_reader *r, size_t to);

#endif
