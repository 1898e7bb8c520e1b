/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_REPLAY_H
#define PELORUS_REPLAY_H

/* Page replacement without a machine: how many faults would a string of accesses
 * cause, for each policy and number of frames? All start with empty RAM. */

#include <pelorus/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- traces ------------------------------------------------------------ */

/** A string of page references. Opaque; each distinct page is kept once, and each access takes
 *  four bytes. */
typedef struct pel_trace pel_trace;

PEL_API pel_status pel_trace_new(const pel_allocator *allocator, pel_trace **out);
/** NULL is fine. */
PEL_API void pel_trace_free(pel_trace *trace);

/** Append accesses to pages by number. PEL_NO_MEMORY, PEL_LIMIT (2^31 distinct pages): then those
 *  before the one that failed are in it. */
PEL_API pel_status pel_trace_add(pel_trace *trace, const uint64_t *pages, size_t count);
/** The same, of one page; `write` makes it dirty. */
PEL_API pel_status pel_trace_access(pel_trace *trace, uint64_t page, bool write);

/** Accesses, and distinct pages, so far: the forgotten ones too. */
PEL_API uint64_t pel_trace_length(const pel_trace *trace);
PEL_API uint64_t pel_trace_pages(const pel_trace *trace);

/** Forget the accesses, but not which pages there were: so a trace of any length is followed in
 *  blocks by replayers. NULL is fine. */
PEL_API void pel_trace_forget(pel_trace *trace);

/* ---- traces as text ---------------------------------------------------- */

/* A line is an access, in one of two forms, which may be mixed:
 *
 *   ADDRESS [KIND]    decimal, or hexadecimal with 0x; r, w, x, read, write or fetch (default: r)
 *   I  04001000,3     what `valgrind --tool=lackey --trace-mem=yes` writes: instruction, load (L),
 *    S 1ffeffe7d8,8   store (S) or modify (M); address in hexadecimal, size in bytes
 *
 * An access across a boundary of pages counts for each of its pages, one after the other. Empty
 * lines, lines that begin with "==" or "--" (valgrind's own) and with "#" are skipped. */

/** All zero (or NULL) means the defaults. */
typedef struct pel_trace_text_options {
    const pel_allocator *allocator;
    uint64_t page_size; /**< bytes, a power of two, 16 to 2^40; default 4096 */
    bool pages;         /**< numbers are pages, not addresses. A line may have any number of them,
                             separated by blanks or commas; not for lackey's lines */
} pel_trace_text_options;

/** Reads text into a trace. Opaque. */
typedef struct pel_trace_text pel_trace_text;

/** `trace` must live as long. PEL_BAD_ARG for a page size that is none. */
PEL_API pel_status pel_trace_text_new(pel_trace *trace, const pel_trace_text_options *options,
                                      pel_trace_text **out);
PEL_API void pel_trace_text_free(pel_trace_text *text);

/** The next bytes of the text; lines may be cut anywhere. PEL_MALFORMED for a line that is none:
 *  what came before it is in the trace, and pel_trace_text_error tells. After a failure nothing
 *  more is read. */
PEL_API pel_status pel_trace_text_feed(pel_trace_text *text, const char *bytes, size_t size);

/** The end of the text: the last line need not end in a newline. */
PEL_API pel_status pel_trace_text_end(pel_trace_text *text);

/** What is wrong with the line that ended it: "line 3: expected ..., found ...", in printable
 *  ASCII. Empty when nothing is. Lives as long as `text`. */
PEL_API const char *pel_trace_text_error(const pel_trace_text *text);

/* ---- replays ----------------------------------------------------------- */

/** What came of a replay. */
typedef struct pel_replay_result {
    uint64_t accesses;
    uint64_t faults; /**< the page was not in RAM */
    uint64_t soft;   /**< WINDOWS: not in the working set, but still in RAM; not among `faults` */
    uint64_t writes; /**< pages that were dirty when they left */
} pel_replay_result;

/** Run the whole trace with `frames` frames. PEL_BAD_ARG for 0 frames, and for a trace that has
 *  forgotten accesses; PEL_LIMIT for OPT on 2^32 - 1 accesses or more. */
PEL_API pel_status pel_replay(const pel_trace *trace, pel_policy policy, uint64_t frames,
                              pel_replay_result *out);

/** The same for `count` numbers of frames, which costs less than one by one for OPT. */
PEL_API pel_status pel_replay_curve(const pel_trace *trace, pel_policy policy,
                                    const uint64_t *frames, size_t count, pel_replay_result *out);

/** The same, for accesses that come one by one or in blocks and are not kept; not for OPT
 *  (PEL_BAD_ARG). Takes some 20 bytes for each distinct page. */
typedef struct pel_replayer pel_replayer;
PEL_API pel_status pel_replayer_new(const pel_allocator *allocator, pel_policy policy,
                                    uint64_t frames, pel_replayer **out);
/** NULL is fine. */
PEL_API void pel_replayer_free(pel_replayer *replayer);

PEL_API pel_status pel_replayer_access(pel_replayer *replayer, uint64_t page, bool write);
/** Reads of many pages. PEL_NO_MEMORY: some of them may have been done. */
PEL_API pel_status pel_replayer_add(pel_replayer *replayer, const uint64_t *pages, size_t count);

/** What was added to `trace` since the last call. Several replayers can follow one trace, which
 *  then has the work of telling pages apart only once. PEL_BAD_ARG when the trace has forgotten
 *  what this one has not seen, or when it has had accesses in another way. */
PEL_API pel_status pel_replayer_follow(pel_replayer *replayer, const pel_trace *trace);

PEL_API pel_replay_result pel_replayer_result(const pel_replayer *replayer);

#ifdef __cplusplus
}
#endif
#endif
