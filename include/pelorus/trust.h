/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_TRUST_H
#define PELORUS_TRUST_H

/* Certificates that the user trusts: where chains must end. There are none built in, and those of
 * the host are not asked. They do not change and may be used by any number of threads. */

#include <pelorus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pel_trust pel_trust;

/** Take all certificates of the PEM text in `pem`; it is not needed any more then. PEL_NOT_FOUND
 *  when there are none, PEL_MALFORMED when one cannot be read, PEL_NO_MEMORY. Most of its memory
 *  comes from libcrypto. */
PEL_API pel_status pel_trust_parse(pel_span pem, const pel_allocator *allocator, pel_trust **out);

/** The same for the file at `path`; PEL_IO when it cannot be read, and errno says why. */
PEL_API pel_status pel_trust_open(const char *path, const pel_allocator *allocator,
                                  pel_trust **out);

PEL_API void pel_trust_free(pel_trust *trust);

#ifdef __cplusplus
}
#endif
#endif
