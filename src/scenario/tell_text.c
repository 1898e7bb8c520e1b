/* SPDX-License-Identifier: Apache-2.0 */
/* A run as text for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/tell.h"
#include "scenario/why.h"

#define INDENT 8

/* Events up to this many are told one by one. */
#define FEW_EVENTS 6

static pel_page page_of(pel_run *run)
{
    return (pel_page){ .options = run->dump, .sink = run->sink, .status = run->told };
}

static void put_text(pel_page *page, unsigned indent, unsigned hang, pel_ink ink, const char *text)
{
    char safe[4096];
    pel_line_text((pel_str){ text, strlen(text) }, safe, sizeof safe);
    pel_page_wrap(page, indent, hang, ink, safe);
}

/* ---- the beginning ------------------------------------------------------- */

static void begin_line(pel_page *page, const char *label, const char *text)
{
    if (!text[0])
        return;
    pel_page_put(page, PEL_INK_FAINT, "  %-9s", label);
    put_text(page, 0, 11, PEL_INK_PLAIN, text);
}

static void draw_machine(pel_run *run, pel_page *page)
{
    pel_counters c = pel_machine_counters(run->machine);
    char ram[16], file[16], line[256];
    size_t used = 0;
    pel_size_text(c.frames * PEL_PAGE_SIZE, ram);
    uint64_t all_files = 0;
    for (size_t i = 0; i < PEL_PAGE_FILE_MAX; i++)
        all_files += run->s->machine.page_file_size[i];
    pel_size_text(all_files, file);
    pel_append(line, sizeof line, &used, "%s of RAM (%" PRIu64 " frame%s), %s paging, policy %s",
               ram, c.frames, c.frames == 1 ? "" : "s", pel_paging_name(run->s->machine.paging),
               pel_policy_name(run->s->machine.policy));
    pel_append(line, sizeof line, &used, "%s%s", all_files ? ", page file " : ", no page file",
               all_files ? file : "");
    pel_append(line, sizeof line, &used, "; seed %" PRIu64, run->seed);
    begin_line(page, "machine", line);
}

static void draw_process(const pel_running *p, pel_page *page)
{
    char line[256], file[96], size[16];
    size_t used = 0;
    if (!p->process) {
        begin_line(page, p->plan->name, p->alive ? "an empty process" : "starts later");
        return;
    }
    const pel_module *m = pel_process_module(p->process);
    const pel_stack *s = pel_process_stack(p->process);
    const pel_heap *h = pel_process_heap(p->process);
    pel_line_text((pel_str){ p->plan->file, strlen(p->plan->file) }, file, sizeof file);
    pel_size_text(m->size, size);
    pel_append(line, sizeof line, &used, "%s at 0x%" PRIx64 " (%s%s)", file, m->base.v, size,
               m->relocated ? ", relocated" : "");
    if (s->base.v)
        pel_append(line, sizeof line, &used, ", stack 0x%" PRIx64 "-0x%" PRIx64,
                   s->allocation_base.v, s->base.v);
    if (h->base.v)
        pel_append(line, sizeof line, &used, ", heap 0x%" PRIx64, h->base.v);
    begin_line(page, p->plan->name, line);
}

static void text_begin(pel_run *run)
{
    pel_page page = page_of(run);
    const char *title = run->s->title[0] ? run->s->title : run->path;
    put_text(&page, 0, 0, PEL_INK_STRONG, title);
    pel_page_put(&page, PEL_INK_PLAIN, "\n");
    begin_line(&page, "teaches", run->s->teaches);
    begin_line(&page, "see", run->s->see);
    draw_machine(run, &page);
    for (size_t i = 0; i < run->s->process_count; i++)
        draw_process(&run->processes[i], &page);
    run->told = page.status;
}

/* ---- one step ------------------------------------------------------------ */

static void draw_status(const pel_run *run, const pel_outcome *o, pel_page *page)
{
    char name[64], line[256], place[128] = "";
    const char *text = pel_ntstatus_text(o->status);
    if (o->status == PEL_STATUS_SUCCESS)
        return;
    pel_tell_status(o->status, name, sizeof name);
    if (o->has_fault && o->fault.v != o->at.v)
        pel_tell_place(run, o->step->process, o->fault, place, sizeof place);
    snprintf(line, sizeof line, "-> %s: %s%s%s", name, text ? text : "", place[0] ? ", at " : "",
             place);
    pel_page_wrap(page, INDENT, INDENT + 3,
                  pel_nt_success(o->status) ? PEL_INK_PLAIN : PEL_INK_WRITE, line);
}

static void draw_each_event(const pel_run *run, pel_page *page)
{
    char line[256];
    for (size_t i = 0; i < run->event_count; i++) {
        if (run->events[i].kind == PEL_EVENT_COMMIT)
            continue; /* the step said so */
        if (run->events[i].kind == PEL_EVENT_VIOLATION)
            continue; /* the status says so */
        pel_tell_event(run, &run->events[i], line, sizeof line);
        pel_page_wrap(page, INDENT, INDENT + 2, PEL_INK_PLAIN, line);
    }
}

static void draw_alike(const pel_run *run, const pel_seen *seen, pel_page *page)
{
    char line[320], one[256];
    if (seen->count == 0)
        return;
    pel_tell_event(run, &seen->first, one, sizeof one);
    if (seen->count > 1)
        snprintf(line, sizeof line, "%s (and %" PRIu64 " more like it)", one, seen->count - 1);
    else
        snprintf(line, sizeof line, "%s", one);
    pel_page_wrap(page, INDENT, INDENT + 2, PEL_INK_PLAIN, line);
}

/* The first of each kind and fate, as an example of the others. */
static void draw_kinds(const pel_run *run, pel_page *page)
{
    for (size_t i = 0; i < PEL_EVENT_COUNT; i++) {
        if (i == PEL_EVENT_COMMIT || i == PEL_EVENT_VIOLATION)
            continue;
        for (size_t fate = 0; fate < PEL_FATES; fate++)
            draw_alike(run, &run->kinds[i][fate], page);
    }
}

static void draw_checks(const pel_run *run, pel_page *page)
{
    char line[480];
    for (size_t i = 0; i < run->check_count; i++) {
        const pel_check_result *c = &run->checks[i];
        const pel_yaml *node = c->expectation ? c->expectation->node : run->step->node->key;
        bool same = strcmp(c->want, c->got) == 0;
        if (c->met)
            snprintf(line, sizeof line, "ok: %s is %s%s%s%s", c->what, c->got, same ? "" : " (",
                     same ? "" : c->want, same ? "" : ")");
        else
            snprintf(line, sizeof line, "FAILED: %s: expected %s, found %s (line %zu, column %zu)",
                     c->what, c->want, c->got, node->line, node->column);
        put_text(page, INDENT, INDENT + 2, c->met ? PEL_INK_GOOD : PEL_INK_BAD, line);
    }
}

static void draw_note(const pel_step *step, pel_page *page)
{
    pel_page_put(page, PEL_INK_PLAIN, "\n");
    put_text(page, 0, 0, PEL_INK_STRONG, step->text);
}

static void draw_look(const pel_step *step, pel_page *page)
{
    pel_page_put(page, PEL_INK_FAINT, "%5s   ", step->number);
    pel_page_put(page, PEL_INK_PLAIN, "the state now\n");
}

static void draw_action(pel_run *run, const pel_outcome *o, pel_page *page)
{
    char line[640], changes[256];
    pel_tell_step(run, o, line, sizeof line);
    pel_page_put(page, PEL_INK_FAINT, "%5s   ", o->step->number);
    put_text(page, 0, INDENT, PEL_INK_PLAIN, line[0] ? line : "look");
    draw_status(run, o, page);
    if (run->why && run->why->concluded)
        pel_why_draw(page, run->why, INDENT);
    else if (run->event_total <= FEW_EVENTS)
        draw_each_event(run, page);
    else
        draw_kinds(run, page);
    pel_tell_changes(&o->before, &o->after, changes, sizeof changes);
    if (changes[0])
        pel_page_wrap(page, INDENT, INDENT + 2, PEL_INK_FAINT, changes);
}

static void text_step(pel_run *run, const pel_outcome *o)
{
    pel_page page = page_of(run);
    if (run->taken == 1 && o->step->verb != PEL_VERB_NOTE)
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
    if (o->step->verb == PEL_VERB_NOTE)
        draw_note(o->step, &page);
    else if (o->step->verb == PEL_VERB_EXPECT)
        draw_look(o->step, &page);
    else
        draw_action(run, o, &page);
    draw_checks(run, &page);
    if (run->options->pause && o->step->verb != PEL_VERB_NOTE)
        pel_tell_state(run, &page);
    run->told = page.status;
}

/* ---- repetitions --------------------------------------------------------- */

static void text_repeat_begin(pel_run *run, const pel_step *step)
{
    pel_page page = page_of(run);
    pel_page_put(&page, PEL_INK_FAINT, "%5s   ", step->number);
    pel_page_put(&page, PEL_INK_PLAIN, "%" PRIu64 " times:\n", step->count);
    run->told = page.status;
}

static void text_repeat_round(pel_run *run, const pel_step *step, uint64_t round, bool quiet)
{
    pel_page page = page_of(run);
    if (quiet)
        pel_page_put(&page, PEL_INK_FAINT,
                     "        rounds %" PRIu64 " to %" PRIu64 ": the same steps, not shown\n",
                     round, step->count);
    else
        pel_page_put(&page, PEL_INK_FAINT, "        round %" PRIu64 "\n", round);
    run->told = page.status;
}

static void text_repeat_end(pel_run *run, const pel_step *step, const pel_outcome *all)
{
    pel_page page = page_of(run);
    char changes[256], line[320];
    pel_tell_changes(&all->before, &all->after, changes, sizeof changes);
    pel_page_put(&page, PEL_INK_FAINT, "%5s   ", step->number);
    snprintf(line, sizeof line, "after all %" PRIu64 " rounds: %s", step->count,
             changes[0] ? changes : "nothing has changed");
    pel_page_wrap(&page, 0, INDENT, PEL_INK_PLAIN, line);
    draw_checks(run, &page);
    run->told = page.status;
}

/* ---- the end ------------------------------------------------------------- */

static void draw_verdict(const pel_run *run, pel_page *page)
{
    const pel_scenario_result *r = run->result;
    uint64_t all = r->met + r->failed;
    pel_page_put(page, PEL_INK_PLAIN, "\n%s%" PRIu64 " step%s, %" PRIu64 " expectation%s: ",
                 r->stopped ? "stopped after " : "", r->steps, r->steps == 1 ? "" : "s", all,
                 all == 1 ? "" : "s");
    if (r->failed)
        pel_page_put(page, PEL_INK_BAD, "%" PRIu64 " FAILED\n", r->failed);
    else
        pel_page_put(page, PEL_INK_GOOD, "%s\n", all ? "all met" : "none to meet");
}

static void text_end(pel_run *run, pel_status status)
{
    pel_page page = page_of(run);
    if (!run->machine || run->taken == 0)
        return;
    if (status != PEL_OK && status != PEL_NOT_FOUND) {
        pel_page_put(&page, PEL_INK_BAD, "\nthe run cannot go on: ");
        put_text(&page, 0, 2, PEL_INK_PLAIN, run->error->message);
        run->told = page.status;
        return;
    }
    pel_status curves = pel_tell_curves(run, &page);
    pel_page_put(&page, PEL_INK_STRONG, "\nat the end\n");
    pel_tell_state(run, &page);
    draw_verdict(run, &page);
    run->told = page.status != PEL_OK ? page.status : curves;
}

const pel_teller pel_text_teller = {
    .begin = text_begin,
    .step = text_step,
    .repeat_begin = text_repeat_begin,
    .repeat_round = text_repeat_round,
    .repeat_end = text_repeat_end,
    .end = text_end,
};
