/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#define STEP UINT64_C(0x9e3779b97f4a7c15)

uint64_t pel_random_at(uint64_t seed, uint64_t what)
{
    uint64_t z = seed + (what + 1) * STEP;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t pel_random_next(uint64_t *state)
{
    uint64_t next = pel_random_at(*state, 0);
    *state += STEP;
    return next;
}
