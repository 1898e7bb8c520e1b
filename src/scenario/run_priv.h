/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCENARIO_RUN_PRIV_H
#define PEL_SCENARIO_RUN_PRIV_H

/* A run: the machine, the processes as they are now, and what the step in hand has done. The runner
 * (run.c) takes the steps; do_*.c do them; check.c looks at what is expected; tell_*.c tell. */

#include <pelorus/replay.h>

#include "scenario/fields.h"

#define PEL_RUN_EVENTS 64 /* of a step, that are kept; all are counted */
#define PEL_RUN_TEXT   64 /* bytes of an access that are shown */

/* ---- what there is -------------------------------------------------------- */

/** A process, as it is now. */
typedef struct pel_running {
    const pel_process_plan *plan;
    bool alive;
    pel_process *process; /* NULL: without an image */
    pel_space *space;
    const pel_space *ended; /* what it was, for events that are told after its end */
    const pel_image *image;
    uint64_t seen[PEL_EVENT_COUNT]; /* events, of all its lives */
} pel_running;

/** A label. */
typedef struct pel_label {
    bool set;
    size_t process;
    uint64_t value, size;
} pel_label;

/** A file that was opened; images are parsed once for all processes. */
typedef struct pel_opened {
    struct pel_opened *next;
    const char *path;
    pel_span bytes;
    pel_image *image; /* NULL: not asked for yet */
} pel_opened;

/* ---- what a step did ------------------------------------------------------ */

typedef struct pel_outcome {
    const pel_step *step;
    pel_ntstatus status;
    bool has_at; /* where it was */
    pel_va at;
    uint64_t size;
    bool has_value;
    uint64_t value;
    size_t text_size; /* bytes read or written, as far as they are kept */
    char text[PEL_RUN_TEXT + 1];
    bool has_region;
    pel_region region;
    bool has_count; /* pages that were trimmed, written, ... */
    uint64_t count;
    uint64_t accesses; /* that were made */
    bool has_fault;
    pel_va fault; /* where it was refused */
    pel_counters before, after;
} pel_outcome;

/** One expectation, looked at. */
typedef struct pel_check_result {
    const pel_expectation *expectation; /* NULL: that a step succeeds */
    bool met;
    char what[96], want[128], got[128];
} pel_check_result;

/** Events of one kind that mean the same for their page. */
#define PEL_FATES 3
typedef struct pel_seen {
    uint64_t count;
    pel_event first; /* an example of the others */
} pel_seen;

struct pel_why;

/* ---- the run -------------------------------------------------------------- */

typedef struct pel_run pel_run;

/** How it is told. Failures latch in the teller. */
typedef struct pel_teller {
    void (*begin)(pel_run *run);
    void (*step)(pel_run *run, const pel_outcome *outcome);
    void (*repeat_begin)(pel_run *run, const pel_step *step);
    /** A round begins. `quiet`: this one and those after it are told where an expectation fails. */
    void (*repeat_round)(pel_run *run, const pel_step *step, uint64_t round, bool quiet);
    void (*repeat_end)(pel_run *run, const pel_step *step, const pel_outcome *all);
    void (*end)(pel_run *run, pel_status status);
} pel_teller;

struct pel_run {
    const pel_scenario *s;
    const char *path;
    const pel_scenario_options *options;
    const pel_dump_options *dump;
    pel_sink sink;
    pel_scenario_result *result;
    pel_scenario_error *error;
    pel_arena arena;
    uint64_t seed;

    pel_machine *machine;
    pel_running processes[PEL_SCENARIO_PROCESSES];
    pel_label labels[PEL_SCENARIO_NAMES];
    pel_section_object *sections[PEL_SCENARIO_NAMES];
    pel_opened *opened;
    pel_trace *trace;         /* NULL: not wanted */
    uint64_t accesses, taken; /* pages and steps so far, against the limits */

    /* the step in hand */
    const pel_step *step;
    pel_event events[PEL_RUN_EVENTS];
    size_t event_count;
    uint64_t event_total, seen[PEL_EVENT_COUNT];
    pel_seen kinds[PEL_EVENT_COUNT][PEL_FATES];
    uint64_t event_number; /* of all, for the log */
    pel_status log_status;
    pel_check_result *checks;
    size_t check_count, check_capacity;
    struct pel_why *why; /* NULL: the step is not asked why */
    bool why_told;
    bool quiet;

    const pel_teller *teller;
    struct pel_emitter *emitter; /* of the document */
    pel_status told;             /* text: latched failure of the sink */
};

extern const pel_teller pel_text_teller, pel_document_teller;

/** The run cannot go on: say why, at `node` (NULL: no place). Gives `status`. */
pel_status pel_run_fail(pel_run *run, const pel_yaml *node, pel_status status, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));

/** The host's troubles in an NTSTATUS end the run; PEL_OK for all that is Windows' own. */
pel_status pel_run_host(pel_run *run, const pel_yaml *node, pel_ntstatus status);

/** The value of an expression in a process (PEL_NO_NAME: labels and numbers only). */
pel_status pel_run_value(pel_run *run, const pel_expr *expr, size_t process, uint64_t *out);

/** Give the step's label (`as`), if it has one, the range that it got. */
void pel_run_define(pel_run *run, const pel_step *step, const pel_outcome *outcome);

/** The process, which must be alive. */
pel_status pel_run_process(pel_run *run, const pel_yaml *node, size_t process, pel_running **out);

/** Whether the images of the processes that run have all sections that the steps name. */
pel_status pel_run_look_for_sections(pel_run *run, const pel_step *steps);

/** Start and end processes. */
pel_status pel_run_start(pel_run *run, size_t process, const pel_yaml *node, pel_ntstatus *status);
void pel_run_exit(pel_run *run, size_t process);

/** A file by its path, and the image in it. */
pel_status pel_run_open(pel_run *run, const char *path, const pel_yaml *node, pel_opened **out);
pel_status pel_run_image(pel_run *run, const char *path, const pel_yaml *node,
                         const pel_image **out);

/** Do the step; only what ends the run is a failure. */
pel_status pel_run_do(pel_run *run, const pel_step *step, pel_outcome *outcome);

/* Verbs, one function for each kind. */
pel_status pel_do_access(pel_run *run, const pel_step *step, pel_outcome *outcome);
pel_status pel_do_memory(pel_run *run, const pel_step *step, pel_outcome *outcome);
pel_status pel_do_section(pel_run *run, const pel_step *step, pel_outcome *outcome);
pel_status pel_do_system(pel_run *run, const pel_step *step, pel_outcome *outcome);

/** Give up the section objects that steps have made. */
void pel_run_drop_sections(pel_run *run);

/** Look at what the step is expected to lead to: run->checks. */
pel_status pel_run_check(pel_run *run, const pel_step *step, const pel_outcome *outcome);

/** Remember a page that was touched, for the curves. */
pel_status pel_run_trace(pel_run *run, size_t process, pel_va va, bool write);

/** The hook for the machine's events. */
pel_event_hook pel_run_hook(pel_run *run);
/** Forget the events of the step before. */
void pel_run_forget(pel_run *run);

/** The process that owns a space; PEL_NO_NAME for none. */
size_t pel_run_owner(const pel_run *run, const pel_space *space);

/** An address in the words of the scenario: "heap.base+0x10"; "" when nothing is near. Cut and
 *  counted like snprintf. */
size_t pel_run_name(const pel_run *run, size_t process, pel_va va, char *out, size_t size);

/* ---- curves --------------------------------------------------------------- */

#define PEL_CURVE_POINTS 32

typedef struct pel_curve {
    pel_policy policy;
    size_t count;
    uint64_t frames[PEL_CURVE_POINTS];
    pel_replay_result results[PEL_CURVE_POINTS];
} pel_curve;

/** Replay what was touched so far, for the policy. */
pel_status pel_run_curve(const pel_run *run, pel_policy policy, pel_curve *out);

/** The first pair of neighbours [i, i + 1] from `from` on where more frames mean more faults; false
 *  when there is none. */
bool pel_curve_anomaly(const pel_curve *curve, size_t from, size_t *out);

/** The policies whose curves are wanted; how many. */
size_t pel_run_curves(const pel_run *run, pel_policy out[PEL_POLICY_COUNT]);

#endif
