/* SPDX-License-Identifier: Apache-2.0 */
/* Faults over the number of frames: what a scenario touched, replayed. */
#include "scenario/run_priv.h"

/* Page replays for one policy: accesses times points. */
#define BUDGET ((uint64_t)200000000)

#define PROCESS_SHIFT 53 /* above any number of a page */

pel_status pel_run_trace(pel_run *run, size_t process, pel_va va, bool write)
{
    if (!run->trace)
        return PEL_OK;
    uint64_t page = (uint64_t)process << PROCESS_SHIFT | va.v / PEL_PAGE_SIZE;
    return pel_trace_access(run->trace, page, write);
}

/* All numbers of frames up to the number of pages, or some of them, evenly apart. */
static void choose_points(const pel_run *run, pel_curve *c)
{
    uint64_t most = pel_trace_pages(run->trace), length = pel_trace_length(run->trace);
    if (run->s->curve_frames && run->s->curve_frames < most)
        most = run->s->curve_frames;
    uint64_t points = most < PEL_CURVE_POINTS ? most : PEL_CURVE_POINTS;
    while (points > 1 && points * length > BUDGET)
        points--;
    for (uint64_t i = 0; i < points; i++)
        c->frames[i] = points == 1 ? most : 1 + (most - 1) * i / (points - 1);
    c->count = (size_t)points;
}

pel_status pel_run_curve(const pel_run *run, pel_policy policy, pel_curve *out)
{
    *out = (pel_curve){ .policy = policy };
    if (!run->trace)
        return PEL_OK;
    choose_points(run, out);
    for (size_t i = 0; i < out->count; i++)
        PEL_TRY(pel_replay(run->trace, policy, out->frames[i], &out->results[i]));
    return PEL_OK;
}

bool pel_curve_anomaly(const pel_curve *curve, size_t from, size_t *out)
{
    for (*out = from; *out + 1 < curve->count; (*out)++)
        if (curve->results[*out + 1].faults > curve->results[*out].faults)
            return true;
    return false;
}

size_t pel_run_curves(const pel_run *run, pel_policy out[PEL_POLICY_COUNT])
{
    const pel_scenario_options *o = run->options;
    const pel_policy *from = o->curve_count ? o->curves : run->s->curves;
    size_t count = o->curve_count ? o->curve_count : run->s->curve_count;
    if (o->all_curves)
        count = PEL_POLICY_COUNT;
    for (size_t i = 0; i < count && i < PEL_POLICY_COUNT; i++)
        out[i] = o->all_curves ? (pel_policy)i : from[i];
    return count < PEL_POLICY_COUNT ? count : PEL_POLICY_COUNT;
}
