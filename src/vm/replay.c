/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/replay_priv.h"

#include <string.h>

/* Accesses come one by one, with pages told by number; or from a trace, which has given them their
 * ids. One replayer takes one of the two. */
struct pel_replayer {
    pel_allocator allocator;
    const pel_trace *trace; /* NULL: none so far */
    pel_page_ids ids;       /* when there is no trace */
    pel_sim sim;
};

static bool known(pel_policy policy) { return (unsigned)policy < PEL_POLICY_COUNT; }

pel_status pel_replayer_new(const pel_allocator *allocator, pel_policy policy, uint64_t frames,
                            pel_replayer **out)
{
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    if (!known(policy) || policy == PEL_POLICY_OPT || frames == 0)
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(allocator);
    *out = pel_take(&a, sizeof **out);
    if (!*out)
        return PEL_NO_MEMORY;
    (*out)->allocator = a;
    pel_sim_init(&(*out)->sim, policy, frames, &a);
    return PEL_OK;
}

void pel_replayer_free(pel_replayer *r)
{
    if (!r)
        return;
    pel_allocator a = r->allocator;
    pel_sim_release(&r->sim);
    pel_page_ids_release(&r->ids, &a);
    pel_give(&a, r, sizeof *r);
}

static pel_status access_page(pel_replayer *r, uint64_t page, uint32_t write)
{
    uint32_t id;
    PEL_TRY(pel_page_ids_get(&r->ids, &r->allocator, page, &id));
    if (id >= r->sim.room && !pel_sim_reserve(&r->sim, id + 1))
        return PEL_NO_MEMORY;
    id |= write;
    pel_sim_run(&r->sim, &id, 1);
    return PEL_OK;
}

pel_status pel_replayer_access(pel_replayer *r, uint64_t page, bool write)
{
    if (!r || r->trace)
        return PEL_BAD_ARG;
    return access_page(r, page, write ? PEL_CODE_WRITE : 0);
}

/* Ids first, a block of them at a time; then the policy's loop over them. */
pel_status pel_replayer_add(pel_replayer *r, const uint64_t *pages, size_t count)
{
    uint32_t codes[1024];
    if (!r || r->trace || (!pages && count > 0))
        return PEL_BAD_ARG;
    for (size_t done = 0; done < count;) {
        size_t n = 0;
        pel_status st = PEL_OK;
        while (n < 1024 && done < count && st == PEL_OK) {
            st = pel_page_ids_get(&r->ids, &r->allocator, pages[done], &codes[n]);
            if (st == PEL_OK) {
                n++;
                done++;
            }
        }
        if (!pel_sim_reserve(&r->sim, r->ids.count))
            return PEL_NO_MEMORY;
        pel_sim_run(&r->sim, codes, n);
        PEL_TRY(st);
    }
    return PEL_OK;
}

pel_status pel_replayer_follow(pel_replayer *r, const pel_trace *t)
{
    if (!r || !t || r->ids.count > 0 || (r->trace && r->trace != t))
        return PEL_BAD_ARG;
    uint64_t seen = r->sim.result.accesses;
    if (seen < t->forgotten || seen > t->forgotten + t->count)
        return PEL_BAD_ARG;
    if (!pel_sim_reserve(&r->sim, t->ids.count))
        return PEL_NO_MEMORY;
    r->trace = t;
    size_t from = (size_t)(seen - t->forgotten);
    if (from < t->count)
        pel_sim_run(&r->sim, t->codes + from, t->count - from);
    return PEL_OK;
}

pel_replay_result pel_replayer_result(const pel_replayer *r)
{
    return r ? r->sim.result : (pel_replay_result){ 0 };
}

/* ---- whole traces ------------------------------------------------------ */

static pel_status replay_one(const pel_trace *t, pel_policy policy, uint64_t frames,
                             pel_replay_result *out)
{
    pel_replayer *r;
    PEL_TRY(pel_replayer_new(&t->allocator, policy, frames, &r));
    pel_status st = pel_replayer_follow(r, t);
    if (st == PEL_OK)
        *out = pel_replayer_result(r);
    pel_replayer_free(r);
    return st;
}

pel_status pel_replay_curve(const pel_trace *t, pel_policy policy, const uint64_t *frames,
                            size_t count, pel_replay_result *out)
{
    if (!t || !known(policy) || !frames || !out || t->forgotten > 0)
        return PEL_BAD_ARG;
    memset(out, 0, count * sizeof *out);
    for (size_t i = 0; i < count; i++)
        if (frames[i] == 0)
            return PEL_BAD_ARG;
    if (policy == PEL_POLICY_OPT)
        return pel_replay_opt(t, frames, count, out);
    for (size_t i = 0; i < count; i++)
        PEL_TRY(replay_one(t, policy, frames[i], &out[i]));
    return PEL_OK;
}

pel_status pel_replay(const pel_trace *t, pel_policy policy, uint64_t frames,
                      pel_replay_result *out)
{
    return pel_replay_curve(t, policy, &frames, 1, out);
}
