/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_REPLAY_PRIV_H
#define PEL_VM_REPLAY_PRIV_H

/* A replay in progress: which pages are in RAM, by the id that a trace gave them. The id is also
 * the slot of the policy. A loop for each kind of policy, so that no access costs a call. */

#include "vm/policy.h"
#include "vm/trace.h"

/* What is known of a page. */
enum {
    PEL_RAM_RESIDENT = 1, /* in the working set */
    PEL_RAM_STANDBY = 2,  /* WINDOWS: not in it, but still in RAM */
    PEL_RAM_USED = 4,     /* the accessed bit */
    PEL_RAM_DIRTY = 8,
    PEL_RAM_DIRTY_SHIFT = 3,
};

typedef struct pel_sim {
    pel_policy policy;
    uint64_t frames;
    pel_resident set;
    pel_resident standby; /* WINDOWS: in the order in which they came to it */
    uint8_t *flags;       /* by id */
    size_t flags_room;
    uint32_t room;       /* ids that there is room for */
    uint32_t place;      /* fifo, clock: of the hand, counted from 0 */
    uint64_t until_tick; /* accesses */
    pel_replay_result result;
} pel_sim;

/* The sim must stay where it is: its policies know it. */
void pel_sim_init(pel_sim *sim, pel_policy policy, uint64_t frames, const pel_allocator *a);
void pel_sim_release(pel_sim *sim);

/** Make room for ids below `ids`. */
bool pel_sim_reserve(pel_sim *sim, uint32_t ids);

/** Run accesses to pages for which there is room. Not OPT. */
void pel_sim_run(pel_sim *sim, const uint32_t *codes, size_t count);

/** OPT, for each number of frames. */
pel_status pel_replay_opt(const pel_trace *trace, const uint64_t *frames, size_t count,
                          pel_replay_result *out);

#endif
