/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_REPLAY_H
#define PELORUS_REPLAY_H

/* Page replacement without a machine: how many faults would a string of accesses
 * cause, for each policy and number of frames? All start with empty RAM. */

#include <pelorus/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A string of page references. Opaque; each distinct page is kept once. */
typedef struct pel_trace pel_trace;

PEL_API pel_status pel_trace_new(const pel_allocator *allocator, pel_trace **out);
/** NULL is fine. */
PEL_API void pel_trace_free(pel_trace *trace);

/** Append accesses to pages by number. PEL_NO_MEMORY, PEL_LIMIT (2^31 distinct pages). */
PEL_API pel_status pel_trace_add(pel_trace *trace, const uint64_t *pages, size_t count);
/** The same, of one page; `write` makes it dirty. */
PEL_API pel_status pel_trace_access(pel_trace *trace, uint64_t page, bool write);

/** Accesses, and distinct pages, so far. */
PEL_API uint64_t pel_trace_length(const pel_trace *trace);
PEL_API uint64_t pel_trace_pages(const pel_trace *trace);

/** What came of a replay. */
typedef struct pel_replay_result {
    uint64_t accesses;
    uint64_t faults; /**< the page was not in RAM */
    uint64_t soft;   /**< WINDOWS: not in the working set, but still in RAM; not among `faults` */
    uint64_t writes; /**< pages that were dirty when they left */
} pel_replay_result;

/** Run the whole trace with `frames` frames. PEL_BAD_ARG for 0 frames. */
PEL_API pel_status pel_replay(const pel_trace *trace, pel_policy policy, uint64_t frames,
                              pel_replay_result *out);

/** The same, for accesses that come one by one and are not kept; not for OPT (PEL_BAD_ARG). */
typedef struct pel_replayer pel_replayer;
PEL_API pel_status pel_replayer_new(const pel_allocator *allocator, pel_policy policy,
                                    uint64_t frames, pel_replayer **out);
PEL_API void pel_replayer_free(pel_replayer *replayer);
PEL_API pel_status pel_replayer_access(pel_replayer *replayer, uint64_t page, bool write);
PEL_API pel_replay_result pel_replayer_result(const pel_replayer *replayer);

#ifdef __cplusplus
}
#endif
#endif
