/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_SIGNED_DATA_H
#define PEL_PE_SIGNED_DATA_H

/* What the readers of signatures share. */

#include "base/der.h"
#include "pe/oid.h"

/** Read a certificate; one that is malformed has only its bytes. */
void pel_x509_read(pel_span der, pel_x509 *out);

/** The values of the next attribute of that kind, taken off `*attributes`. */
bool pel_attribute_next(pel_span *attributes, pel_oid wanted, pel_span *values);

/** The first value of a signed attribute; tag 0 when there is none. */
pel_tlv pel_signer_attribute(const pel_signer *signer, pel_oid oid);

#endif
