/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of processes and of the system's own threads; and which function does which step. */
#include "scenario/run_priv.h"

static pel_status start(pel_run *run, const pel_step *step, pel_outcome *out)
{
    return pel_run_start(run, step->process, step->node->key, &out->status);
}

static pel_status end(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    (void)out;
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    pel_run_exit(run, step->process);
    return PEL_OK;
}

static pel_status trim(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    out->has_count = true;
    if (!step->at.node) {
        out->count = pel_space_trim(p->space, step->pages);
        return PEL_OK;
    }
    PEL_TRY(pel_run_value(run, &step->at, step->process, &out->at.v));
    out->has_at = true;
    out->count = pel_space_trim_page(p->space, out->at);
    return PEL_OK;
}

static pel_status limit(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    out->status = pel_space_limit_working_set(p->space, step->minimum, step->maximum, step->hard);
    return pel_run_host(run, step->node->key, out->status);
}

static pel_status write_modified(pel_run *run, const pel_step *step, pel_outcome *out)
{
    out->has_count = true;
    out->status = pel_machine_write_modified(run->machine, step->pages, &out->count);
    return pel_run_host(run, step->node->key, out->status);
}

static pel_status zero_free(pel_run *run, const pel_step *step, pel_outcome *out)
{
    uint64_t before = pel_machine_counters(run->machine).zeroed;
    pel_machine_zero_free(run->machine, step->pages);
    out->has_count = true;
    out->count = pel_machine_counters(run->machine).zeroed - before;
    return PEL_OK;
}

static pel_status balance(pel_run *run, const pel_step *step, pel_outcome *out)
{
    (void)out;
    for (uint64_t i = 0; i < step->pages; i++)
        pel_machine_balance(run->machine);
    return PEL_OK;
}

pel_status pel_do_system(pel_run *run, const pel_step *step, pel_outcome *out)
{
    static const struct {
        pel_verb verb;
        pel_status (*call)(pel_run *run, const pel_step *step, pel_outcome *out);
    } calls[] = { { PEL_VERB_START, start },        { PEL_VERB_EXIT, end },
                  { PEL_VERB_TRIM, trim },          { PEL_VERB_WORKING_SET, limit },
                  { PEL_VERB_BALANCE, balance },    { PEL_VERB_WRITE_MODIFIED, write_modified },
                  { PEL_VERB_ZERO_FREE, zero_free } };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i].verb == step->verb)
            return calls[i].call(run, step, out);
    return PEL_OK;
}

pel_status pel_run_do(pel_run *run, const pel_step *step, pel_outcome *out)
{
    switch (step->verb) {
    case PEL_VERB_READ:
    case PEL_VERB_WRITE:
    case PEL_VERB_FETCH:
    case PEL_VERB_REFERENCES:
    case PEL_VERB_WHY: return pel_do_access(run, step, out);
    case PEL_VERB_ALLOCATE:
    case PEL_VERB_FREE:
    case PEL_VERB_PROTECT:
    case PEL_VERB_QUERY:
    case PEL_VERB_LOCK:
    case PEL_VERB_UNLOCK:
    case PEL_VERB_UNMAP: return pel_do_memory(run, step, out);
    case PEL_VERB_SECTION:
    case PEL_VERB_MAP:
    case PEL_VERB_LOAD: return pel_do_section(run, step, out);
    case PEL_VERB_START:
    case PEL_VERB_EXIT:
    case PEL_VERB_TRIM:
    case PEL_VERB_WORKING_SET:
    case PEL_VERB_WRITE_MODIFIED:
    case PEL_VERB_ZERO_FREE:
    case PEL_VERB_BALANCE: return pel_do_system(run, step, out);
    case PEL_VERB_REPEAT: /* the runner itself */
    case PEL_VERB_NOTE:
    case PEL_VERB_EXPECT:
    case PEL_VERB_COUNT: break;
    }
    return PEL_OK;
}
