/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that change regions: the calls of the virtual-memory API. */
#include "scenario/run_priv.h"

static void allocate(pel_space *space, const pel_step *step, pel_outcome *out)
{
    out->status = pel_space_allocate(space, &out->at, &out->size, step->type, step->protect);
}

/* A label of what is gone stays: an access to it shows that it is gone. */
static void deallocate(pel_space *space, const pel_step *step, pel_outcome *out)
{
    out->status = pel_space_deallocate(space, &out->at, &out->size, step->type);
}

static void protect(pel_space *space, const pel_step *step, pel_outcome *out)
{
    uint32_t old = 0;
    out->status = pel_space_protect(space, &out->at, &out->size, step->protect, &old);
    out->has_count = false;
    out->value = old;
    out->has_value = pel_nt_success(out->status);
}

static void query(pel_space *space, const pel_step *step, pel_outcome *out)
{
    (void)step;
    out->status = pel_space_query(space, out->at, &out->region);
    out->has_region = pel_nt_success(out->status);
}

static void lock(pel_space *space, const pel_step *step, pel_outcome *out)
{
    (void)step;
    out->status = pel_space_lock(space, &out->at, &out->size);
}

static void unlock(pel_space *space, const pel_step *step, pel_outcome *out)
{
    (void)step;
    out->status = pel_space_unlock(space, &out->at, &out->size);
}

static void unmap(pel_space *space, const pel_step *step, pel_outcome *out)
{
    (void)step;
    out->status = pel_space_unmap(space, out->at);
}

typedef void call(pel_space *space, const pel_step *step, pel_outcome *out);

static call *call_of(pel_verb verb)
{
    static const struct {
        pel_verb verb;
        call *call;
    } calls[] = { { PEL_VERB_ALLOCATE, allocate }, { PEL_VERB_FREE, deallocate },
                  { PEL_VERB_PROTECT, protect },   { PEL_VERB_QUERY, query },
                  { PEL_VERB_LOCK, lock },         { PEL_VERB_UNLOCK, unlock },
                  { PEL_VERB_UNMAP, unmap } };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i].verb == verb)
            return calls[i].call;
    return NULL;
}

pel_status pel_do_memory(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    if (step->at.node)
        PEL_TRY(pel_run_value(run, &step->at, step->process, &out->at.v));
    out->has_at = true;
    out->size = step->size;
    call_of(step->verb)(p->space, step, out);
    pel_run_define(run, step, out);
    return pel_run_host(run, step->node->key, out->status);
}
