/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_VERDICT_H
#define PEL_DUMP_WALK_VERDICT_H

#include "dump/emitter.h"

/** verdict, status, rule, certainty, offset, field and message, inside the map that is open. */
void pel_walk_verdict(pel_emitter *e, const pel_verdict *verdict);

#endif
