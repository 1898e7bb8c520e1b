/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_HASH_H
#define PEL_BASE_HASH_H

/* The seam to libcrypto: whole-buffer digests as hexadecimal text. */

#include <pelorus/base.h>

typedef enum pel_hash { PEL_HASH_MD5, PEL_HASH_SHA1, PEL_HASH_SHA256 } pel_hash;

/* Room for the longest digest in hexadecimal and the zero. */
#define PEL_HASH_TEXT 65

/** Write the digest of `bytes` in lower-case hexadecimal. PEL_NO_MEMORY when libcrypto fails. */
pel_status pel_hash_text(pel_hash hash, pel_span bytes, char out[PEL_HASH_TEXT]);

/** Shannon entropy in bits per byte, 0 to 8; 0 for nothing. */
double pel_entropy(pel_span bytes);

#endif
