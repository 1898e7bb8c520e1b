/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_VERDICT_H
#define PEL_DUMP_WALK_VERDICT_H

#include "dump/emitter.h"

#include <pelorus/loader.h>

/** verdict, status, stage, rule, certainty, doubt, offset, field and message, inside the map that
 * is open. `windows` is the one that was asked. */
void pel_walk_verdict(pel_emitter *e, const pel_verdict *verdict, pel_windows windows);

/** rule and message: why there is no process, or why Windows would not have made it; null unless
 *  `refused`. */
void pel_walk_refusal(pel_emitter *e, const pel_verdict *verdict, bool refused);

#endif
