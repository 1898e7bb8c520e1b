/* SPDX-License-Identifier: Apache-2.0 */
/* The runner: a machine of its own, processes, and one step after the other. */
#include "scenario/run_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario/why.h"

#define MAX_STEPS ((uint64_t)100000)
#define MAX_RAM   ((uint64_t)64 << 30)

/* Rounds of a repetition that are told in full. */
#define LOUD_ROUNDS 2

/* ---- failures ------------------------------------------------------------ */

pel_status pel_run_fail(pel_run *run, const pel_yaml *node, pel_status status, const char *format,
                        ...)
{
    va_list args;
    va_start(args, format);
    run->error->line = node ? node->line : 0;
    run->error->column = node ? node->column : 0;
    run->error->host = node == NULL;
    vsnprintf(run->error->message, sizeof run->error->message, format, args);
    va_end(args);
    return status;
}

static const char *page_file_folder(const pel_run *run)
{
    const char *folder = run->options->page_file_folder;
    return folder ? folder : "the folder for page files";
}

pel_status pel_run_host(pel_run *run, const pel_yaml *node, pel_ntstatus status)
{
    int why = errno;
    pel_status st = pel_ntstatus_to_status(status);
    if (st == PEL_NO_MEMORY)
        return pel_run_fail(run, node, st, "out of memory");
    if (st != PEL_IO)
        return PEL_OK;
    pel_run_fail(run, node, st, "%s: the page file cannot be read or written: %s",
                 page_file_folder(run), why ? strerror(why) : "the disk may be full");
    run->error->host = true;
    errno = why;
    return st;
}

/* ---- one step ------------------------------------------------------------ */

static pel_status take_steps(pel_run *run, const pel_step *steps);

static void pause_after(pel_run *run, const pel_step *step)
{
    const pel_scenario_options *o = run->options;
    bool here = o->pause && !run->quiet && step->verb != PEL_VERB_NOTE;
    if (here && !o->pause(o->pause_ctx))
        run->result->stopped = true;
}

/* What became of the expectations, and whether one failed. */
static bool count_checks(pel_run *run)
{
    uint64_t failed = run->result->failed;
    for (size_t i = 0; i < run->check_count; i++) {
        const pel_check_result *c = &run->checks[i];
        run->result->failed += !c->met;
        run->result->met += c->met && c->expectation;
    }
    return run->result->failed > failed;
}

static pel_status take_step(pel_run *run, const pel_step *step)
{
    pel_outcome outcome = { .step = step, .before = pel_machine_counters(run->machine) };
    pel_why why = { .active = false };
    bool asked = run->options->why && strcmp(run->options->why, step->number) == 0;
    bool told = asked || step->verb == PEL_VERB_WHY;
    run->why = told && !run->quiet ? &why : NULL;
    PEL_TRY(pel_run_do(run, step, &outcome));
    outcome.after = pel_machine_counters(run->machine);
    PEL_TRY(pel_run_check(run, step, &outcome));
    bool failed = count_checks(run);
    if (!run->quiet || failed)
        run->teller->step(run, &outcome);
    run->why_told = run->why_told || (asked && why.active);
    run->why = NULL;
    pause_after(run, step);
    return PEL_OK;
}

static pel_status take_repeat(pel_run *run, const pel_step *step)
{
    bool was_quiet = run->quiet;
    pel_outcome all = { .step = step, .before = pel_machine_counters(run->machine) };
    if (!was_quiet)
        run->teller->repeat_begin(run, step);
    for (uint64_t round = 1; round <= step->count && !run->result->stopped; round++) {
        bool quiet = was_quiet || (round > LOUD_ROUNDS && step->count > LOUD_ROUNDS + 1);
        if (!run->quiet)
            run->teller->repeat_round(run, step, round, quiet);
        run->quiet = quiet;
        PEL_TRY(take_steps(run, step->steps));
    }
    run->quiet = was_quiet;
    pel_run_forget(run);
    all.after = pel_machine_counters(run->machine);
    PEL_TRY(pel_run_check(run, step, &all));
    count_checks(run);
    if (!was_quiet)
        run->teller->repeat_end(run, step, &all);
    return PEL_OK;
}

static pel_status take_steps(pel_run *run, const pel_step *steps)
{
    uint64_t most = run->options->max_steps ? run->options->max_steps : MAX_STEPS;
    for (const pel_step *step = steps; step && !run->result->stopped; step = step->next) {
        run->step = step;
        pel_run_forget(run);
        run->result->steps += step->verb != PEL_VERB_NOTE;
        if (++run->taken > most)
            return pel_run_fail(run, step->node->key, PEL_LIMIT,
                                "the scenario takes more than %llu steps",
                                (unsigned long long)most);
        PEL_TRY(step->verb == PEL_VERB_REPEAT ? take_repeat(run, step) : take_step(run, step));
        if (run->log_status != PEL_OK)
            return pel_run_fail(run, NULL, run->log_status, "the event log cannot be written");
        if (run->told != PEL_OK)
            return run->told;
    }
    return PEL_OK;
}

/* ---- the machine --------------------------------------------------------- */

static pel_status make_machine(pel_run *run)
{
    pel_machine_options o = run->s->machine;
    const pel_yaml *node = run->s->machine_node;
    uint64_t most = run->options->max_ram ? run->options->max_ram : MAX_RAM;
    if (o.ram_size > most)
        return pel_run_fail(run, node, PEL_LIMIT, "too much RAM: at most %llu MiB",
                            (unsigned long long)(most >> 20));
    o.allocator = &run->arena.allocator;
    o.page_file_folder = run->options->page_file_folder;
    errno = 0;
    pel_status st = pel_machine_new(&o, &run->machine);
    int why = errno;
    if (st == PEL_BAD_ARG)
        return pel_run_fail(run, node, PEL_MALFORMED,
                            "the paging mode cannot address so much RAM, or a page file so large");
    if (st == PEL_IO)
        pel_run_fail(run, NULL, st, "%s: no page file can be made: %s", page_file_folder(run),
                     strerror(why));
    else if (st != PEL_OK)
        pel_run_fail(run, NULL, st, "out of memory");
    errno = why;
    if (st == PEL_OK)
        pel_machine_listen(run->machine, pel_run_hook(run));
    return st;
}

/* Whether some expectation needs the trace. */
static bool wants_trace(const pel_step *steps)
{
    for (; steps; steps = steps->next) {
        for (const pel_expectation *e = steps->expect; e; e = e->next)
            if (e->topic == PEL_TOPIC_CURVE || e->topic == PEL_TOPIC_BELADY)
                return true;
        if (wants_trace(steps->steps))
            return true;
    }
    return false;
}

static pel_status make_trace(pel_run *run)
{
    pel_policy policies[PEL_POLICY_COUNT];
    if (pel_run_curves(run, policies) == 0 && !wants_trace(run->s->steps))
        return PEL_OK;
    pel_status st = pel_trace_new(&run->arena.allocator, &run->trace);
    return st == PEL_OK ? st : pel_run_fail(run, NULL, st, "out of memory");
}

/* Processes that no step starts are there from the beginning. */
static pel_status start_all(pel_run *run)
{
    for (size_t i = 0; i < run->s->process_count; i++) {
        const pel_process_plan *plan = &run->s->processes[i];
        pel_ntstatus nt = PEL_STATUS_SUCCESS;
        run->processes[i].plan = plan;
        if (plan->later)
            continue;
        PEL_TRY(pel_run_start(run, i, plan->node, &nt));
        if (!pel_nt_success(nt))
            return pel_run_fail(run, plan->node, PEL_MALFORMED, "%s cannot start: %s (%s)",
                                plan->name, pel_ntstatus_name(nt) ? pel_ntstatus_name(nt) : "?",
                                pel_ntstatus_text(nt) ? pel_ntstatus_text(nt) : "?");
    }
    pel_run_forget(run);
    return PEL_OK;
}

static pel_status run_it(pel_run *run)
{
    PEL_TRY(make_machine(run));
    PEL_TRY(make_trace(run));
    PEL_TRY(start_all(run));
    PEL_TRY(pel_run_look_for_sections(run, run->s->steps));
    run->teller->begin(run);
    PEL_TRY(run->told);
    PEL_TRY(take_steps(run, run->s->steps));
    if (run->options->why && !run->why_told && !run->result->stopped)
        return pel_run_fail(run, NULL, PEL_NOT_FOUND, "no access was made in a step '%.40s'",
                            run->options->why);
    return PEL_OK;
}

static void clean_up(pel_run *run)
{
    const pel_allocator *a = &run->arena.allocator;
    if (run->machine) /* the end is no step */
        pel_machine_listen(run->machine, (pel_event_hook){ .tell = NULL });
    for (size_t i = 0; i < run->s->process_count; i++)
        pel_run_exit(run, i);
    pel_run_drop_sections(run);
    pel_machine_free(run->machine);
    pel_trace_free(run->trace);
    for (pel_opened *o = run->opened; o; o = o->next)
        pel_image_free(o->image);
    pel_give(a, run->checks, run->check_capacity * sizeof *run->checks);
    pel_arena_release(&run->arena);
}

static pel_status run_and_tell(pel_run *run)
{
    bool drawn = run->dump->format == PEL_FORMAT_TEXT && !run->dump->only;
    run->teller = drawn ? &pel_text_teller : &pel_document_teller;
    pel_status st = run_it(run);
    int why = errno;
    run->teller->end(run, st);
    errno = why;
    return st == PEL_OK ? run->told : st;
}

pel_status pel_scenario_run(const pel_scenario *scenario, const char *path,
                            const pel_scenario_options *options, const pel_dump_options *dump,
                            pel_sink sink, pel_scenario_result *result, pel_scenario_error *error)
{
    static const pel_scenario_options no_options;
    static const pel_dump_options no_dump;
    pel_scenario_result unused = { 0 };
    pel_scenario_error unused_error;
    if (!scenario || !sink.write)
        return PEL_BAD_ARG;
    dump = dump ? dump : &no_dump;
    pel_allocator a = pel_allocator_or_default(dump->allocator);
    pel_run *run = pel_take(&a, sizeof *run);
    if (!run)
        return PEL_NO_MEMORY;
    run->s = scenario;
    run->path = path ? path : "";
    run->options = options ? options : &no_options;
    run->dump = dump;
    run->sink = sink;
    run->result = result ? result : &unused;
    run->error = error ? error : &unused_error;
    *run->result = (pel_scenario_result){ 0 };
    *run->error = (pel_scenario_error){ 0 };
    run->seed = run->options->has_seed ? run->options->seed : scenario->seed;
    pel_arena_init(&run->arena, &a);
    pel_status st = run_and_tell(run);
    int why = errno;
    clean_up(run);
    pel_give(&a, run, sizeof *run);
    errno = why;
    return st;
}
