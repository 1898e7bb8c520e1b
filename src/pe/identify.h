/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_IDENTIFY_H
#define PEL_PE_IDENTIFY_H

#include "pe/image_priv.h"

/** True when `bytes` begin as a separate debug file does, of any variant. */
bool pel_identify_debug(pel_span bytes, pel_debug_variant *out);

#endif
