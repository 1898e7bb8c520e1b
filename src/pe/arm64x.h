/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_ARM64X_H
#define PEL_PE_ARM64X_H

#include "pe/image_priv.h"

/* What came of the fix-ups of an ARM64X image. */
typedef struct pel_arm64x_facts {
    uint64_t applied; /* fix-ups */
    uint64_t missed;  /* whose place has no byte in the file */
    bool broken;      /* the table ends early */
} pel_arm64x_facts;

/** Copy the file of `img` to `copy`, of as many bytes, and apply the fix-ups that make the view for
 *  x64 code of it. PEL_NOT_FOUND when there are none. */
pel_status pel_arm64x_apply(const pel_image *img, uint8_t *copy, pel_arm64x_facts *facts);

#endif
