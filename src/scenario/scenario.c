/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario from its text; docs/scenarios.md is the manual. */
#include <string.h>

#include "scenario/scenario_priv.h"

static pel_status read_curves(pel_scenario_reader *r, const pel_yaml *top)
{
    static const char *const keys[] = { "policies", "frames", NULL };
    const pel_yaml *node = pel_yaml_get(top, "curves");
    pel_scenario *s = r->s;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_keys(r, node, "curves", keys));
    PEL_TRY(pel_read_number_at(r, node, "frames", 1, 4096, &s->curve_frames));
    const pel_yaml *policies = pel_yaml_get(node, "policies");
    if (!policies) {
        for (; s->curve_count < PEL_POLICY_COUNT; s->curve_count++)
            s->curves[s->curve_count] = (pel_policy)s->curve_count;
        return PEL_OK;
    }
    PEL_TRY(pel_read_want(r, policies, PEL_YAML_LIST));
    for (const pel_yaml *p = policies->first; p; p = p->next) {
        if (s->curve_count == PEL_POLICY_COUNT)
            return pel_read_fail(r, p, "more policies than there are");
        PEL_TRY(pel_read_policy(r, p, &s->curves[s->curve_count++]));
    }
    return PEL_OK;
}

static pel_status read_schema(pel_scenario_reader *r, const pel_yaml *top)
{
    const pel_yaml *node;
    PEL_TRY(pel_read_need(r, top, "schema", &node));
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    if (strcmp(node->text.ptr, "pelorus.scenario/1") == 0)
        return PEL_OK;
    return pel_read_fail(r, node, "'%s' is no schema that is known here: pelorus.scenario/1",
                         pel_quote(node->text).text);
}

static pel_status read_top(pel_scenario_reader *r, const pel_yaml *top)
{
    static const char *const keys[] = { "schema", "title",   "teaches",   "see",
                                        "seed",   "machine", "processes", "curves",
                                        "steps",  "anchors", NULL };
    const pel_yaml *steps;
    pel_scenario *s = r->s;
    PEL_TRY(pel_read_want(r, top, PEL_YAML_MAP));
    PEL_TRY(read_schema(r, top));
    PEL_TRY(pel_read_keys(r, top, "a scenario", keys));
    s->title = s->teaches = s->see = "";
    s->seed = 1;
    PEL_TRY(pel_read_text_at(r, top, "title", &s->title));
    PEL_TRY(pel_read_text_at(r, top, "teaches", &s->teaches));
    PEL_TRY(pel_read_text_at(r, top, "see", &s->see));
    PEL_TRY(pel_read_number_at(r, top, "seed", 0, UINT64_MAX, &s->seed));
    PEL_TRY(pel_read_machine(r, top));
    PEL_TRY(pel_read_processes(r, top));
    PEL_TRY(read_curves(r, top));
    PEL_TRY(pel_read_need(r, top, "steps", &steps));
    return pel_read_steps(r, steps, "", &s->steps);
}

static pel_status parse(pel_scenario_reader *r, pel_span yaml)
{
    static const pel_yaml start = { .line = 1, .column = 1 };
    static const pel_yaml_limits limits = { .anchors = 256, .aliases = 4096, .nodes = 200000 };
    pel_yaml_error error;
    pel_yaml *top;
    pel_status st = pel_yaml_parse_aliased(yaml, &limits, &r->s->arena, &top, &error);
    if (st == PEL_OK && !top)
        return pel_read_fail(r, &start, "the scenario is empty");
    if (st == PEL_OK)
        return read_top(r, top);
    r->error->line = error.line;
    r->error->column = error.column;
    memcpy(r->error->message, error.message, sizeof error.message);
    return st;
}

pel_status pel_scenario_parse(pel_span yaml, const pel_allocator *allocator, pel_scenario **out,
                              pel_scenario_error *error)
{
    pel_scenario_error unused;
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    error = error ? error : &unused;
    *error = (pel_scenario_error){ 0 };
    pel_allocator a = pel_allocator_or_default(allocator);
    pel_scenario *s = pel_take(&a, sizeof *s);
    if (!s)
        return PEL_NO_MEMORY;
    pel_arena_init(&s->arena, &a);
    pel_scenario_reader r = { .s = s, .error = error };
    pel_status st = parse(&r, yaml);
    if (st == PEL_OK)
        *out = s;
    else
        pel_scenario_free(s);
    return st;
}

void pel_scenario_free(pel_scenario *scenario)
{
    if (!scenario)
        return;
    pel_allocator a = scenario->arena.allocator;
    pel_arena_release(&scenario->arena);
    pel_give(&a, scenario, sizeof *scenario);
}

const char *pel_scenario_title(const pel_scenario *scenario) { return scenario->title; }
