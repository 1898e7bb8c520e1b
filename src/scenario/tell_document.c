/* SPDX-License-Identifier: Apache-2.0 */
/* A run as a document "pelorus.run/1". */
#include <string.h>

#include "dump/walk.h"
#include "scenario/run_priv.h"
#include "scenario/why.h"

static const char *const verb_names[] = {
#define X(id, name, text) name,
#include "scenario/verbs.def"
#undef X
};

static const char *const counter_names[] = {
#define X(member, text) #member,
#include <pelorus/tables/counters.def>
#undef X
};

#define COUNTERS (sizeof counter_names / sizeof counter_names[0])

static void number_or_null(pel_emitter *e, const char *key, bool there, uint64_t value)
{
    if (there)
        pel_emit_hex(e, key, value);
    else
        pel_emit_null(e, key);
}

static const char *process_name(const pel_run *run, size_t process)
{
    return process == PEL_NO_NAME ? NULL : run->s->processes[process].name;
}

/* ---- the beginning ------------------------------------------------------- */

static void walk_scenario(pel_run *run, pel_emitter *e)
{
    pel_emit_map_begin(e, "scenario");
    pel_emit_string(e, "path", run->path);
    pel_emit_string(e, "title", run->s->title);
    pel_emit_string(e, "teaches", run->s->teaches);
    pel_emit_string(e, "see", run->s->see);
    pel_emit_dec(e, "seed", run->seed);
    pel_emit_map_end(e);
}

static void walk_machine(pel_run *run, pel_emitter *e)
{
    pel_emit_map_begin(e, "machine");
    pel_emit_hex(e, "ram_size", pel_machine_counters(run->machine).frames * PEL_PAGE_SIZE);
    pel_emit_string(e, "paging", pel_paging_name(run->s->machine.paging));
    pel_emit_string(e, "policy", pel_policy_name(run->s->machine.policy));
    pel_emit_seq_begin(e, "page_files");
    for (size_t i = 0; i < PEL_PAGE_FILE_MAX; i++)
        if (run->s->machine.page_file_size[i])
            pel_emit_hex(e, NULL, run->s->machine.page_file_size[i]);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

static void document_begin(pel_run *run)
{
    run->told = pel_emitter_new(run->dump, run->sink, &run->emitter);
    if (run->told != PEL_OK)
        return;
    pel_emitter *e = run->emitter;
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.run/1");
    walk_scenario(run, e);
    walk_machine(run, e);
    pel_emit_seq_begin(e, "steps");
}

/* ---- one step ------------------------------------------------------------ */

static void walk_event(const pel_run *run, pel_emitter *e, const pel_event *event)
{
    bool paged =
        event->kind == PEL_EVENT_PAGE_FILE_READ || event->kind == PEL_EVENT_PAGE_FILE_WRITE;
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "kind", pel_event_name(event->kind));
    pel_emit_string(e, "process", process_name(run, pel_run_owner(run, event->space)));
    pel_emit_hex(e, "va", event->va.v);
    number_or_null(e, "frame", event->frame != PEL_NO_FRAME, event->frame);
    if (event->status)
        pel_emit_ntstatus(e, "status", event->status);
    else
        pel_emit_null(e, "status");
    number_or_null(e, "slot", paged, event->slot);
    number_or_null(e, "pages", event->kind == PEL_EVENT_COMMIT, event->pages);
    pel_emit_boolean(e, "dirty", event->dirty);
    pel_emit_string(e, "list",
                    event->kind == PEL_EVENT_TRIM ? pel_frame_list_name(event->list) : NULL);
    pel_emit_boolean(e, "lost", event->lost);
    pel_emit_map_end(e);
}

static void walk_events(const pel_run *run, pel_emitter *e)
{
    pel_emit_dec(e, "event_count", run->event_total);
    pel_emit_seq_begin(e, "events");
    for (size_t i = 0; i < run->event_count; i++)
        walk_event(run, e, &run->events[i]);
    pel_emit_seq_end(e);
}

static void walk_changes(pel_emitter *e, const pel_outcome *o)
{
    pel_emit_seq_begin(e, "changes");
    for (size_t i = 0; i < COUNTERS; i++) {
        uint64_t before = pel_counter_at(&o->before, i), after = pel_counter_at(&o->after, i);
        if (before == after)
            continue;
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "counter", counter_names[i]);
        pel_emit_dec(e, "before", before);
        pel_emit_dec(e, "after", after);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_checks(const pel_run *run, pel_emitter *e)
{
    pel_emit_seq_begin(e, "expectations");
    for (size_t i = 0; i < run->check_count; i++) {
        const pel_check_result *c = &run->checks[i];
        const pel_yaml *node = c->expectation ? c->expectation->node : run->step->node->key;
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "what", c->what);
        pel_emit_string(e, "expected", c->want);
        pel_emit_string(e, "found", c->got);
        pel_emit_boolean(e, "met", c->met);
        pel_emit_dec(e, "line", node->line);
        pel_emit_dec(e, "column", node->column);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_region(pel_emitter *e, const pel_outcome *o)
{
    const pel_region *r = &o->region;
    if (!o->has_region) {
        pel_emit_null(e, "region");
        return;
    }
    pel_emit_map_begin(e, "region");
    pel_emit_hex(e, "base", r->base.v);
    pel_emit_hex(e, "size", r->size);
    pel_emit_hex(e, "allocation_base", r->allocation_base.v);
    pel_emit_string(e, "state", pel_state_name(r->state));
    pel_emit_protect(e, "protect", r->protect);
    pel_emit_protect(e, "alloc_protect", r->alloc_protect);
    pel_emit_string(e, "type", pel_type_name(r->type));
    pel_emit_map_end(e);
}

static void walk_why(const pel_run *run, pel_emitter *e)
{
    if (!run->why || !run->why->concluded) {
        pel_emit_null(e, "why");
        return;
    }
    pel_emit_map_begin(e, "why");
    pel_why_walk(e, run->why);
    pel_emit_map_end(e);
}

static void walk_step(pel_run *run, pel_emitter *e, const pel_outcome *o)
{
    const pel_step *s = o->step;
    bool protects = s->verb == PEL_VERB_PROTECT;
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "step", s->number[0] ? s->number : NULL);
    pel_emit_string(e, "verb", verb_names[s->verb]);
    pel_emit_string(e, "process", process_name(run, s->process));
    number_or_null(e, "at", o->has_at, o->at.v);
    number_or_null(e, "size", o->has_at, o->size);
    pel_emit_ntstatus(e, "status", o->status);
    number_or_null(e, "fault_at", o->has_fault, o->fault.v);
    number_or_null(e, "value", o->has_value && !protects, o->value);
    if (protects && o->has_value)
        pel_emit_protect(e, "old_protect", (uint32_t)o->value);
    else
        pel_emit_null(e, "old_protect");
    if (o->has_count)
        pel_emit_dec(e, "count", o->count);
    else
        pel_emit_null(e, "count");
    pel_emit_string(e, "note", s->text);
    walk_region(e, o);
    walk_events(run, e);
    walk_changes(e, o);
    walk_checks(run, e);
    walk_why(run, e);
    pel_emit_map_end(e);
}

static void document_step(pel_run *run, const pel_outcome *o) { walk_step(run, run->emitter, o); }

static void document_repeat_begin(pel_run *run, const pel_step *step) { (void)run, (void)step; }

static void document_repeat_round(pel_run *run, const pel_step *step, uint64_t round, bool quiet)
{
    (void)run, (void)step, (void)round, (void)quiet;
}

/* The repetition is a step behind those that it repeated. */
static void document_repeat_end(pel_run *run, const pel_step *step, const pel_outcome *all)
{
    pel_outcome o = *all;
    o.has_count = true;
    o.count = step->count;
    walk_step(run, run->emitter, &o);
}

/* ---- the end ------------------------------------------------------------- */

static void walk_points(pel_emitter *e, const pel_curve *c)
{
    size_t at;
    pel_emit_seq_begin(e, "points");
    for (size_t i = 0; i < c->count; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "frames", c->frames[i]);
        pel_emit_dec(e, "faults", c->results[i].faults);
        pel_emit_dec(e, "soft", c->results[i].soft);
        pel_emit_dec(e, "writes", c->results[i].writes);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "belady");
    for (size_t from = 0; pel_curve_anomaly(c, from, &at); from = at + 1) {
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "frames", c->frames[at]);
        pel_emit_dec(e, "faults", c->results[at].faults);
        pel_emit_dec(e, "more_frames", c->frames[at + 1]);
        pel_emit_dec(e, "more_faults", c->results[at + 1].faults);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_curves(pel_run *run, pel_emitter *e)
{
    pel_policy policies[PEL_POLICY_COUNT];
    size_t count = pel_run_curves(run, policies);
    if (count == 0 || !run->trace) {
        pel_emit_null(e, "curves");
        return;
    }
    pel_emit_map_begin(e, "curves");
    pel_emit_dec(e, "accesses", pel_trace_length(run->trace));
    pel_emit_dec(e, "pages", pel_trace_pages(run->trace));
    pel_emit_seq_begin(e, "policies");
    for (size_t i = 0; i < count; i++) {
        pel_curve curve;
        pel_status st = pel_run_curve(run, policies[i], &curve);
        if (st != PEL_OK)
            pel_emitter_fail(e, st);
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "policy", pel_policy_name(curve.policy));
        walk_points(e, &curve);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

static void walk_working_set(pel_emitter *e, const pel_running *p)
{
    if (!p->alive) {
        pel_emit_null(e, "working_set");
        return;
    }
    pel_working_set s = pel_space_working_set(p->space);
    pel_emit_map_begin(e, "working_set");
    pel_emit_dec(e, "size", s.size);
    pel_emit_dec(e, "peak", s.peak);
    pel_emit_dec(e, "minimum", s.minimum);
    pel_emit_dec(e, "maximum", s.maximum);
    pel_emit_boolean(e, "hard_maximum", s.hard_maximum);
    pel_emit_dec(e, "locked", s.locked);
    pel_emit_dec(e, "private", s.private_pages);
    pel_emit_map_end(e);
}

static void walk_process(pel_emitter *e, const pel_running *p)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "name", p->plan->name);
    pel_emit_string(e, "image", p->plan->file);
    pel_emit_boolean(e, "alive", p->alive);
    number_or_null(e, "base", p->process != NULL,
                   p->process ? pel_process_module(p->process)->base.v : 0);
    walk_working_set(e, p);
    pel_emit_seq_begin(e, "events");
    for (size_t i = 0; i < PEL_EVENT_COUNT; i++) {
        if (p->seen[i] == 0)
            continue;
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "kind", pel_event_name((pel_event_kind)i));
        pel_emit_dec(e, "count", p->seen[i]);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

static void walk_final(pel_run *run, pel_emitter *e)
{
    pel_counters c = pel_machine_counters(run->machine);
    pel_emit_map_begin(e, "final");
    pel_emit_map_begin(e, "counters");
    for (size_t i = 0; i < COUNTERS; i++)
        pel_emit_dec(e, counter_names[i], pel_counter_at(&c, i));
    pel_emit_map_end(e);
    pel_emit_seq_begin(e, "processes");
    for (size_t i = 0; i < run->s->process_count; i++)
        walk_process(e, &run->processes[i]);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

static void walk_error(pel_run *run, pel_emitter *e, pel_status status)
{
    if (status == PEL_OK) {
        pel_emit_null(e, "error");
        return;
    }
    pel_emit_map_begin(e, "error");
    pel_emit_dec(e, "line", run->error->line);
    pel_emit_dec(e, "column", run->error->column);
    pel_emit_string(e, "message", run->error->message);
    pel_emit_map_end(e);
}

static const char *verdict(const pel_run *run, pel_status status)
{
    if (status != PEL_OK)
        return "error";
    return run->result->failed ? "failed" : run->result->stopped ? "stopped" : "passed";
}

static void document_end(pel_run *run, pel_status status)
{
    pel_emitter *e = run->emitter;
    if (!e) /* the machine could not be made, or a process not be started */
        return;
    pel_emit_seq_end(e);
    walk_curves(run, e);
    pel_emit_map_begin(e, "expectations");
    pel_emit_dec(e, "met", run->result->met);
    pel_emit_dec(e, "failed", run->result->failed);
    pel_emit_map_end(e);
    walk_final(run, e);
    walk_error(run, e, status);
    pel_emit_string(e, "result", verdict(run, status));
    pel_emit_map_end(e);
    run->told = pel_emitter_close(e);
    run->emitter = NULL;
}

const pel_teller pel_document_teller = {
    .begin = document_begin,
    .step = document_step,
    .repeat_begin = document_repeat_begin,
    .repeat_round = document_repeat_round,
    .repeat_end = document_repeat_end,
    .end = document_end,
};
