/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_RANDOM_H
#define PEL_BASE_RANDOM_H

/* Numbers that look random and are the same on every machine (SplitMix64, a small generator with
 * good bits). Not for secrets. */

#include <stdint.h>

/** Draw number `what` of the seed. */
uint64_t pel_random_at(uint64_t seed, uint64_t what);

/** The next draw; the first is pel_random_at(*state, 0). */
uint64_t pel_random_next(uint64_t *state);

#endif
