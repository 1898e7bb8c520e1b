/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SCENARIO_H
#define PELORUS_SCENARIO_H

/* A program for the simulated machine, in YAML: processes, what they do with their
 * memory, and what must come of it. docs/scenarios.md is the manual of the form.
 *
 *     pel_scenario *s;
 *     pel_scenario_error error;
 *     st = pel_scenario_parse(yaml, NULL, &s, &error);      // error.line, .column, .message
 *     st = pel_scenario_run(s, "name.yaml", &options, NULL, sink, &result, &error);
 *     pel_scenario_free(s);
 *
 * A scenario that was read never changes. It opens no files: whoever runs it gives the bytes of
 * those that it names. */

#include <pelorus/dump.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pel_scenario pel_scenario;

/** What is wrong with a scenario, and where. */
typedef struct pel_scenario_error {
    size_t line, column; /**< from 1; 0 when it is no place of the scenario */
    bool host;           /**< the host is to blame, not the scenario or a file that it names */
    char message[256];
} pel_scenario_error;

/** Read a scenario. PEL_MALFORMED when it is wrong, PEL_LIMIT when it asks for too much, both with
 *  `*error` (may be NULL), PEL_NO_MEMORY. `yaml` may be gone afterwards. */
PEL_API pel_status pel_scenario_parse(pel_span yaml, const pel_allocator *allocator,
                                      pel_scenario **out, pel_scenario_error *error);

/** NULL is fine. */
PEL_API void pel_scenario_free(pel_scenario *scenario);

/** Its title, as it stands there; never NULL. */
PEL_API const char *pel_scenario_title(const pel_scenario *scenario);

/** Where the bytes of files come from that a scenario names. */
typedef struct pel_scenario_files {
    /** The bytes of `path`, a PE file or a data file; they must live until the run has ended. What
     *  is wrong goes to `message`, of `size` bytes. */
    pel_status (*open)(void *ctx, const char *path, pel_span *out, char *message, size_t size);
    void *ctx;
} pel_scenario_files;

/** All zero (or NULL) means the defaults. */
typedef struct pel_scenario_options {
    bool has_seed; /**< `seed` instead of that of the scenario */
    uint64_t seed;
    pel_scenario_files files;     /**< none: a scenario that names files cannot run */
    const char *page_file_folder; /**< as in pel_machine_options */
    pel_sink events;              /**< one line of JSON for each event; `write` NULL: none */
    const char *why;              /**< number of a step ("3", "5.2") whose access is to be told */
    bool all_curves;              /**< fault curves of every policy, whatever the scenario says */
    const pel_policy *curves;     /**< or of these */
    size_t curve_count;
    /** Called after each step, when the state has been shown: step-by-step mode. False ends the
     *  run. NULL: no such mode. */
    bool (*pause)(void *ctx);
    void *pause_ctx;
    uint64_t max_accesses; /**< pages that steps touch altogether; 0: 4,000,000 */
    uint64_t max_steps;    /**< steps that are taken, repetitions counted; 0: 100,000 */
    uint64_t max_ram;      /**< bytes that a scenario may ask for; 0: 64 GiB */
} pel_scenario_options;

/** What came of a run. */
typedef struct pel_scenario_result {
    uint64_t steps; /**< that were taken */
    uint64_t met;   /**< expectations */
    uint64_t failed;
    bool stopped; /**< by options->pause */
} pel_scenario_result;

/** Run it on a machine of its own, and write what happens to `sink` while it happens: text for
 *  people, or one document "pelorus.run/1". The same scenario and seed give the same bytes.
 *  PEL_OK also when expectations failed: `result` counts them. A run that cannot go on gives
 *  `*error` (may be NULL) with the step's place, PEL_MALFORMED or PEL_LIMIT when the scenario is to
 *  blame, PEL_NOT_FOUND when `options->why` is no step that was taken (after the rest), PEL_IO when
 * a file cannot be read or a page file not be written (then errno is set); the document is ended
 *  properly. */
PEL_API pel_status pel_scenario_run(const pel_scenario *scenario, const char *path,
                                    const pel_scenario_options *options,
                                    const pel_dump_options *dump, pel_sink sink,
                                    pel_scenario_result *result, pel_scenario_error *error);

/* ---- why ---------------------------------------------------------------- */

/** One access in a fresh process of `image`, told step by step: the region, the page tables, the
 *  fault, the frame, each with the rule that it follows. `*status` (may be NULL): what the program
 *  got. Text, or a document "pelorus.why/1". */
PEL_API pel_status pel_dump_why(const pel_image *image, const char *path, pel_process *process,
                                pel_va va, pel_access access, const pel_dump_options *options,
                                pel_sink sink, pel_ntstatus *status);

/** A rule of the memory manager. */
typedef struct pel_memory_rule {
    const char *name;   /**< stable: "fault.demand-zero" */
    const char *text;   /**< what it says */
    const char *source; /**< how we know */
    pel_certainty certainty;
} pel_memory_rule;

/** The rules that `why` tells, by index; NULL behind the last one. */
PEL_API const pel_memory_rule *pel_memory_rule_at(size_t index);

#ifdef __cplusplus
}
#endif
#endif
