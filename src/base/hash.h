/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_HASH_H
#define PEL_BASE_HASH_H

/* The seam to libcrypto for digests. That for signatures is trust.h. */

#include <pelorus/base.h>

/* Room for the longest digest in hexadecimal and the zero. */
#define PEL_HASH_TEXT (2 * PEL_DIGEST_MAX + 1)

/** "sha256"; NULL for PEL_HASH_NONE. */
const char *pel_hash_name(pel_hash hash);

/** The digest of `count` parts, one behind the other, in `out`; its size in bytes, or 0 when
 *  libcrypto fails or has no such function. */
size_t pel_digest(pel_hash hash, const pel_span *parts, size_t count, uint8_t out[PEL_DIGEST_MAX]);

/** Write the digest of `bytes` in lower-case hexadecimal. PEL_NO_MEMORY when libcrypto fails. */
pel_status pel_hash_text(pel_hash hash, pel_span bytes, char out[PEL_HASH_TEXT]);

/** Shannon entropy in bits per byte, 0 to 8; 0 for nothing. */
double pel_entropy(pel_span bytes);

/** The same for `size` bytes, of which each value occurs counts[value] times. */
double pel_entropy_of(const uint64_t counts[256], size_t size);

#endif
