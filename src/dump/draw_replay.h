/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_DRAW_REPLAY_H
#define PEL_DUMP_DRAW_REPLAY_H

#include "dump/page.h"

/** The results of the policy with that index, one for each number of frames. */
const pel_replay_result *pel_study_curve(const pel_replay_study *study, size_t policy);

/** Faults for each access. */
double pel_study_rate(pel_replay_result result);

/* A policy that had more faults with more frames; all are indices. Zero it to begin. */
typedef struct pel_anomaly {
    size_t policy, fewer, more;
} pel_anomaly;

/** The next case; false when there is none. */
bool pel_study_next_anomaly(const pel_replay_study *study, pel_anomaly *at);

/** The whole text form: heading, table, chart, anomalies. */
pel_status pel_draw_replay(const pel_replay_study *study, const pel_dump_options *options,
                           pel_sink sink);

#endif
