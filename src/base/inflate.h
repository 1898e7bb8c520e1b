/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_INFLATE_H
#define PEL_BASE_INFLATE_H

/* The seam to zlib. */

#include <pelorus/base.h>

/** Inflate a raw DEFLATE stream (RFC 1951) that must give `size` bytes, no more and no less, to
 *  `sink`. Of what it is made it takes no more than it needs, and it never keeps more than a block.
 *  PEL_MALFORMED, PEL_NO_MEMORY, or what the sink answered. */
pel_status pel_inflate(pel_span deflated, uint64_t size, pel_sink sink);

#endif
