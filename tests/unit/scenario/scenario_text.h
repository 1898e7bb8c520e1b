/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_TEXT_H
#define SCENARIO_TEXT_H

/* Scenarios of tests: read, run, and what came of it. */

#include <pelorus/scenario.h>
#include <string.h>

#include "collect.h"
#include "sample.h"

#define HEAD "schema: pelorus.scenario/1\n"
/* One empty process; the steps begin in line 4. */
#define ONE HEAD "processes: {A: }\nsteps:\n"

static collected shown;
static pel_scenario_result result;
static pel_scenario_error wrong;

static inline pel_scenario *scenario_of(const char *yaml)
{
    pel_scenario *s;
    pel_span text = { (const uint8_t *)yaml, strlen(yaml) };
    pel_status st = pel_scenario_parse(text, NULL, &s, &wrong);
    ck_assert_msg(st == PEL_OK, "%zu:%zu: %s", wrong.line, wrong.column, wrong.message);
    return s;
}

/* "sample.exe" is the small valid file of sample.h; "data" is ten letters. */
static inline pel_status open_sample(void *ctx, const char *path, pel_span *out, char *message,
                                     size_t size)
{
    static const char letters[] = "abcdefghij";
    sample *s = ctx;
    if (strcmp(path, "sample.exe") == 0)
        *out = s->bytes;
    else if (strcmp(path, "data") == 0)
        *out = (pel_span){ (const uint8_t *)letters, 10 };
    else {
        snprintf(message, size, "%s: not there", path);
        return PEL_IO;
    }
    return PEL_OK;
}

static inline pel_status run_with(const char *yaml, pel_scenario_options *options,
                                  const pel_dump_options *dump)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_finish(&s);
    pel_scenario *scenario = scenario_of(yaml);
    options->files = (pel_scenario_files){ .open = open_sample, .ctx = &s };
    pel_status st = pel_scenario_run(scenario, "test.yaml", options, dump, collect_into(&shown),
                                     &result, &wrong);
    pel_scenario_free(scenario);
    sample_free(&s);
    return st;
}

static inline pel_status run_text(const char *yaml)
{
    pel_scenario_options options = { .has_seed = false };
    return run_with(yaml, &options, NULL);
}

/* Everything that it expects comes true. */
static inline void ck_passes(const char *yaml)
{
    pel_status st = run_text(yaml);
    ck_assert_msg(st == PEL_OK, "%zu:%zu: %s\n%s", wrong.line, wrong.column, wrong.message,
                  shown.text);
    ck_assert_msg(result.failed == 0, "%s", shown.text);
    ck_assert(result.met > 0);
}

#endif
