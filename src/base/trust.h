/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_TRUST_H
#define PEL_BASE_TRUST_H

/* The seam to libcrypto for signatures and chains of certificates. Certificates are handed over as
 * their bytes: what they say is read elsewhere, and without libcrypto. */

#include <pelorus/trust.h>

typedef enum pel_proof {
    PEL_PROOF_YES,
    PEL_PROOF_NO,
    PEL_PROOF_EXPIRED, /* of a chain: not valid at that time */
    PEL_PROOF_UNKNOWN, /* a key or algorithm that libcrypto does not know, or no memory */
} pel_proof;

/** No certificate that is meant honestly is larger. */
#define PEL_CERTIFICATE_MAX 0x10000

/** Is `signature` that of the `count` parts, one behind the other, by the key of `certificate`? */
pel_proof pel_proves(pel_span certificate, pel_hash hash, const pel_span *parts, size_t count,
                     pel_span signature);

typedef struct pel_chain {
    pel_span certificate;
    const pel_span *others; /* that may stand between it and one that is trusted */
    size_t other_count;
    uint64_t time;   /* seconds since 1970; 0: now */
    bool for_stamps; /* it must be made for time stamps; else for code */
} pel_chain;

/** Does the chain lead to a certificate of `trust`? */
pel_proof pel_trust_check(const pel_trust *trust, const pel_chain *chain);

#endif
