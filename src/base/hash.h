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

/** A digest in the making. */
typedef struct pel_hasher {
    pel_hash hash;
    bool good;          /* libcrypto did all that it was asked for */
    uint64_t state[28]; /* libcrypto's */
} pel_hasher;

pel_hasher pel_hasher_begin(pel_hash hash);
void pel_hasher_feed(pel_hasher *hasher, pel_span bytes);

/** The digest, and its size, or 0 when libcrypto failed. The hasher is used up. */
size_t pel_hasher_end(pel_hasher *hasher, uint8_t out[PEL_DIGEST_MAX]);

/** Those that are told of a file, a section or an overlay. */
typedef struct pel_digests {
    char md5[PEL_HASH_TEXT], sha1[PEL_HASH_TEXT], sha256[PEL_HASH_TEXT];
} pel_digests;

/** All of them in one pass. PEL_NO_MEMORY when libcrypto fails. */
pel_status pel_digest_each(pel_span bytes, pel_digests *out);

/** Shannon entropy in bits per byte, 0 to 8; 0 for nothing. */
double pel_entropy(pel_span bytes);

/** How often each value occurs. */
void pel_count_bytes(pel_span bytes, uint64_t counts[256]);

/** Entropy of `size` bytes, of which each value occurs counts[value] times. */
double pel_entropy_of(const uint64_t counts[256], size_t size);

#endif
