/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a scenario: refused with a place, or run within bounds; what it names is the input
 * itself, as a file. */
#include <pelorus/scenario.h>
#include <string.h>

#include "fuzz.h"

static pel_status give_input(void *ctx, const char *path, pel_span *out, char *message, size_t size)
{
    (void)path, (void)message, (void)size;
    *out = *(const pel_span *)ctx;
    return PEL_OK;
}

static pel_status discard(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static bool go_on(void *ctx)
{
    (void)ctx;
    return true;
}

static void run(const pel_scenario *scenario, pel_span input)
{
    pel_sink sink = { .write = discard };
    pel_scenario_options options = {
        .files = { .open = give_input, .ctx = &input },
        .events = sink,
        .why = "1",
        .all_curves = input.size % 2,
        .pause = input.size % 3 == 0 ? go_on : NULL,
        .max_accesses = 3000,
        .max_steps = 300,
        .max_ram = (uint64_t)16 << 20,
    };
    pel_dump_options dump = { .format = (pel_format)(input.size % 3) };
    pel_scenario_result result;
    pel_scenario_error error;
    pel_status st = pel_scenario_run(scenario, "x", &options, &dump, sink, &result, &error);
    MUST(st == PEL_OK || error.message[0]);
    MUST(memchr(error.message, 0, sizeof error.message) != NULL);
    MUST(result.steps <= 301);
}

static bool try_it(pel_span input)
{
    pel_scenario_error error;
    pel_scenario *scenario;
    pel_status st = pel_scenario_parse(input, NULL, &scenario, &error);
    if (st == PEL_OK) {
        run(scenario, input);
    } else {
        MUST(scenario == NULL);
        MUST(st == PEL_NO_MEMORY || (error.line > 0 && error.column > 0));
        MUST(memchr(error.message, 0, sizeof error.message) != NULL);
    }
    pel_scenario_free(scenario);
    return st == PEL_OK;
}

/* What is no text as text, so that mutants get past the first byte that YAML does not take. */
static void make_text(const uint8_t *data, size_t size, uint8_t *out)
{
    static const char letters[] = "0123456789abcdef0123456789 +-*.,:";
    for (size_t i = 0; i < size; i++) {
        bool text = (data[i] >= ' ' && data[i] <= '~') || data[i] == '\n';
        out[i] = text ? data[i] : (uint8_t)letters[data[i] % (sizeof letters - 1)];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (try_it((pel_span){ data, size }) || size == 0)
        return 0;
    uint8_t *text = malloc(size);
    MUST(text != NULL);
    make_text(data, size, text);
    try_it((pel_span){ text, size });
    free(text);
    return 0;
}
