/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected of a step, and what came. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/run_priv.h"

/* One expectation while it is looked at. */
typedef struct look {
    pel_run *run;
    const pel_outcome *outcome;
    const pel_expectation *e;
    pel_check_result *out;
} look;

/* ---- comparing ----------------------------------------------------------- */

static bool compares(pel_compare how, uint64_t got, uint64_t want)
{
    switch (how) {
    case PEL_EQ:
    case PEL_CHANGE: return got == want;
    case PEL_LT: return got < want;
    case PEL_LE: return got <= want;
    case PEL_GT: return got > want;
    case PEL_GE: return got >= want;
    }
    return false;
}

static const char *sign_of(pel_compare how)
{
    static const char *const signs[] = { "", "< ", "<= ", "> ", ">= ", "" };
    return signs[how];
}

static void number_text(char *out, size_t size, const char *sign, uint64_t value, bool hex)
{
    if (hex && value > 9)
        snprintf(out, size, "%s0x%" PRIx64, sign, value);
    else
        snprintf(out, size, "%s%" PRIu64, sign, value);
}

static void change_text(char *out, size_t size, uint64_t change)
{
    if (change >> 63)
        snprintf(out, size, "-%" PRIu64, 0 - change);
    else
        snprintf(out, size, "+%" PRIu64, change);
}

/* A number, which was `before` before the step. */
static pel_status compare_number(look *l, uint64_t got, uint64_t before, bool hex)
{
    uint64_t want;
    pel_check_result *c = l->out;
    PEL_TRY(pel_run_value(l->run, &l->e->want, l->e->process, &want));
    if (l->e->compare == PEL_CHANGE) {
        change_text(c->want, sizeof c->want, want);
        change_text(c->got, sizeof c->got, got - before);
        got -= before;
    } else {
        number_text(c->want, sizeof c->want, sign_of(l->e->compare), want, hex);
        number_text(c->got, sizeof c->got, "", got, hex);
    }
    c->met = compares(l->e->compare, got, want);
    return PEL_OK;
}

static pel_status compare_word(look *l, const char *got)
{
    snprintf(l->out->want, sizeof l->out->want, "%.100s", l->e->want_text);
    snprintf(l->out->got, sizeof l->out->got, "%.100s", got);
    l->out->met = strcmp(l->e->want_text, got) == 0;
    return PEL_OK;
}

static pel_status compare_value(look *l, const pel_value *got)
{
    bool hex = pel_topic_fields(l->e->topic)[l->e->field].kind == PEL_FACT_ADDRESS;
    return got->is_word ? compare_word(l, got->word)
                        : compare_number(l, got->number, got->number, hex);
}

/* There is nothing to compare with. */
static pel_status nothing(look *l, const char *why)
{
    if (l->e->want_text)
        snprintf(l->out->want, sizeof l->out->want, "%.100s", l->e->want_text);
    snprintf(l->out->got, sizeof l->out->got, "%s", why);
    return PEL_OK;
}

/* ---- topics -------------------------------------------------------------- */

static void status_text(pel_ntstatus status, char *out, size_t size)
{
    const char *name = pel_ntstatus_name(status);
    if (name)
        snprintf(out, size, "STATUS_%s", strncmp(name, "STATUS_", 7) == 0 ? name + 7 : name);
    else
        snprintf(out, size, "0x%08" PRIX32, status);
}

static pel_status check_status(look *l)
{
    status_text((pel_ntstatus)l->e->size, l->out->want, sizeof l->out->want);
    status_text(l->outcome->status, l->out->got, sizeof l->out->got);
    l->out->met = l->outcome->status == (pel_ntstatus)l->e->size;
    return PEL_OK;
}

static pel_status check_value(look *l)
{
    const pel_outcome *o = l->outcome;
    return o->has_value ? compare_number(l, o->value, o->value, true)
                        : nothing(l, "the access was refused");
}

static void safe_text(const char *bytes, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.';
    out[size] = '\0';
}

/* As many bytes as are wanted, from what was accessed. */
static pel_status check_text(look *l)
{
    char got[PEL_RUN_TEXT + 1];
    const pel_outcome *o = l->outcome;
    size_t size = strlen(l->e->want_text);
    if (!o->has_value)
        return nothing(l, "the access was refused");
    if (size > o->text_size)
        return nothing(l, "fewer bytes were accessed");
    safe_text(o->text, size, got);
    compare_word(l, got);
    l->out->met = memcmp(o->text, l->e->want_text, size) == 0;
    return PEL_OK;
}

static pel_status check_faults(look *l)
{
    const pel_outcome *o = l->outcome;
    return compare_number(l, pel_faults_between(&o->before, &o->after, l->e->field), 0, false);
}

static pel_status check_events(look *l)
{
    return compare_number(l, l->run->seen[l->e->field], 0, false);
}

static pel_status check_counters(look *l)
{
    return compare_number(l, pel_counter_at(&l->outcome->after, l->e->field),
                          pel_counter_at(&l->outcome->before, l->e->field), false);
}

/* ---- topics of a process ------------------------------------------------- */

static pel_status place(look *l, pel_running **p, pel_va *va)
{
    PEL_TRY(pel_run_process(l->run, l->e->node, l->e->process, p));
    return pel_run_value(l->run, &l->e->at, l->e->process, &va->v);
}

static pel_status check_region(look *l)
{
    pel_running *p;
    pel_va va;
    pel_region region;
    PEL_TRY(place(l, &p, &va));
    if (!pel_nt_success(pel_space_query(p->space, va, &region)))
        return nothing(l, "no address that a program can use");
    pel_value got = pel_region_value(&region, l->e->field);
    return compare_value(l, &got);
}

static pel_status check_page(look *l)
{
    pel_running *p;
    pel_va va;
    pel_page_info page;
    PEL_TRY(place(l, &p, &va));
    if (!pel_nt_success(pel_space_page(p->space, va, &page)))
        return nothing(l, "no address that a program can use");
    pel_value got = pel_page_value(&page, l->e->field);
    return compare_value(l, &got);
}

static pel_status check_working_set(look *l)
{
    pel_running *p;
    PEL_TRY(pel_run_process(l->run, l->e->node, l->e->process, &p));
    pel_working_set set = pel_space_working_set(p->space);
    pel_value got = pel_working_set_value(&set, l->e->field);
    return compare_value(l, &got);
}

static pel_status check_stack(look *l)
{
    pel_running *p;
    pel_stack_state stack;
    PEL_TRY(pel_run_process(l->run, l->e->node, l->e->process, &p));
    const pel_stack *s = p->process ? pel_process_stack(p->process) : NULL;
    if (!s || !pel_nt_success(pel_space_stack(p->space, (pel_va){ s->base.v - 1 }, &stack)))
        return nothing(l, "the process has no stack");
    pel_value got = pel_stack_value(&stack, l->e->field);
    return compare_value(l, &got);
}

static pel_status check_address_space(look *l)
{
    pel_running *p;
    PEL_TRY(pel_run_process(l->run, l->e->node, l->e->process, &p));
    pel_value got = pel_address_space_value(p->space, l->e->field);
    return compare_value(l, &got);
}

static pel_status check_memory(look *l)
{
    pel_running *p;
    pel_va va;
    uint8_t bytes[64] = { 0 };
    char got[sizeof bytes + 1];
    uint64_t value = 0;
    size_t size = (size_t)l->e->size;
    PEL_TRY(place(l, &p, &va));
    if (!pel_nt_success(pel_space_peek(p->space, va, bytes, size)))
        return nothing(l, "nothing is committed there");
    for (size_t i = size < 8 ? size : 8; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    if (!l->e->want_text)
        return compare_number(l, value, value, true);
    safe_text((const char *)bytes, size, got);
    compare_word(l, got);
    l->out->met = memcmp(bytes, l->e->want_text, size) == 0;
    return PEL_OK;
}

/* ---- frames and curves --------------------------------------------------- */

static pel_status frame_of(look *l, size_t process, const pel_expr *at, uint64_t *out)
{
    pel_running *p;
    pel_va va;
    pel_page_info page;
    PEL_TRY(pel_run_process(l->run, l->e->node, process, &p));
    PEL_TRY(pel_run_value(l->run, at, process, &va.v));
    *out = PEL_NO_FRAME;
    if (pel_nt_success(pel_space_page(p->space, va, &page)))
        *out = page.frame;
    return PEL_OK;
}

static void frame_text(uint64_t frame, char out[24])
{
    if (frame == PEL_NO_FRAME)
        snprintf(out, 24, "none");
    else
        snprintf(out, 24, "0x%" PRIx64, frame);
}

static pel_status check_frames(look *l)
{
    uint64_t a, b;
    char one[24], other[24];
    bool same_wanted = l->e->topic == PEL_TOPIC_SAME_FRAME;
    PEL_TRY(frame_of(l, l->e->process, &l->e->at, &a));
    PEL_TRY(frame_of(l, l->e->other_process, &l->e->other_at, &b));
    frame_text(a, one);
    frame_text(b, other);
    bool both = a != PEL_NO_FRAME && b != PEL_NO_FRAME;
    l->out->met = both && (a == b) == same_wanted;
    snprintf(l->out->want, sizeof l->out->want, same_wanted ? "one frame" : "two frames");
    snprintf(l->out->got, sizeof l->out->got, "%s and %s", one, other);
    return PEL_OK;
}

static pel_status curve_failed(look *l, pel_status st)
{
    return st == PEL_OK ? st : pel_run_fail(l->run, l->e->node, st, "the curve cannot be drawn");
}

static pel_status check_curve(look *l)
{
    pel_replay_result r;
    PEL_TRY(curve_failed(l, pel_replay(l->run->trace, l->e->policy, l->e->frames, &r)));
    return compare_number(l, r.faults, r.faults, false);
}

static pel_status check_belady(look *l)
{
    pel_replay_result few = { 0 }, more = { 0 };
    pel_curve curve;
    size_t at;
    bool found;
    if (l->e->frames) {
        PEL_TRY(curve_failed(l, pel_replay(l->run->trace, l->e->policy, l->e->frames, &few)));
        PEL_TRY(curve_failed(l, pel_replay(l->run->trace, l->e->policy, l->e->more_frames, &more)));
        found = more.faults > few.faults;
    } else {
        PEL_TRY(curve_failed(l, pel_run_curve(l->run, l->e->policy, &curve)));
        found = pel_curve_anomaly(&curve, 0, &at);
    }
    return compare_word(l, found ? "true" : "false");
}

/* ---- the whole ----------------------------------------------------------- */

static pel_status look_at(look *l)
{
    switch (l->e->topic) {
    case PEL_TOPIC_STATUS: return check_status(l);
    case PEL_TOPIC_VALUE: return check_value(l);
    case PEL_TOPIC_TEXT: return check_text(l);
    case PEL_TOPIC_FAULTS: return check_faults(l);
    case PEL_TOPIC_EVENTS: return check_events(l);
    case PEL_TOPIC_COUNTERS: return check_counters(l);
    case PEL_TOPIC_REGION: return check_region(l);
    case PEL_TOPIC_PAGE: return check_page(l);
    case PEL_TOPIC_WORKING_SET: return check_working_set(l);
    case PEL_TOPIC_STACK: return check_stack(l);
    case PEL_TOPIC_ADDRESS_SPACE: return check_address_space(l);
    case PEL_TOPIC_MEMORY: return check_memory(l);
    case PEL_TOPIC_SAME_FRAME:
    case PEL_TOPIC_DIFFERENT_FRAME: return check_frames(l);
    case PEL_TOPIC_CURVE: return check_curve(l);
    case PEL_TOPIC_BELADY: return check_belady(l);
    }
    return PEL_OK;
}

/* "page.place of A at heap.base" */
static void name_it(look *l)
{
    const pel_expectation *e = l->e;
    const char *field = pel_topic_fields(e->topic)[e->field].name;
    char *out = l->out->what;
    size_t size = sizeof l->out->what;
    int n = snprintf(out, size, "%s%s%s", pel_topic_name(e->topic), field ? "." : "",
                     field ? field : "");
    size_t used = n > 0 ? (size_t)n : 0;
    bool of_process = e->topic == PEL_TOPIC_REGION || e->topic == PEL_TOPIC_PAGE ||
                      e->topic == PEL_TOPIC_MEMORY || e->topic == PEL_TOPIC_WORKING_SET ||
                      e->topic == PEL_TOPIC_STACK || e->topic == PEL_TOPIC_ADDRESS_SPACE;
    if (of_process && used < size)
        snprintf(out + used, size - used, " of %s%s%.40s", l->run->s->processes[e->process].name,
                 e->at.node && e->topic <= PEL_TOPIC_PAGE ? " at " : "",
                 e->at.node && e->topic <= PEL_TOPIC_PAGE ? e->at.node->text.ptr : "");
    else if (e->other_process != PEL_NO_NAME && used < size)
        snprintf(out + used, size - used, ": %s %.24s, %s %.24s",
                 l->run->s->processes[e->process].name, e->at.node->text.ptr,
                 l->run->s->processes[e->other_process].name, e->other_at.node->text.ptr);
    if (e->topic == PEL_TOPIC_CURVE)
        snprintf(out, size, "faults of %s with %" PRIu64 " frame%s", pel_policy_name(e->policy),
                 e->frames, e->frames == 1 ? "" : "s");
    else if (e->topic == PEL_TOPIC_BELADY)
        snprintf(out, size, "Belady's anomaly of %s", pel_policy_name(e->policy));
}

static pel_status add_check(pel_run *run, pel_check_result **out)
{
    pel_check_result *grown = pel_grow(&run->arena.allocator, run->checks, &run->check_capacity,
                                       run->check_count + 1, sizeof *grown);
    if (!grown)
        return pel_run_fail(run, NULL, PEL_NO_MEMORY, "out of memory");
    run->checks = grown;
    *out = &grown[run->check_count++];
    **out = (pel_check_result){ .met = false };
    return PEL_OK;
}

/* A step that says nothing of its status is meant to succeed. */
static pel_status check_success(pel_run *run, const pel_step *step, const pel_outcome *outcome)
{
    pel_check_result *c;
    for (const pel_expectation *e = step->expect; e; e = e->next)
        if (e->topic == PEL_TOPIC_STATUS)
            return PEL_OK;
    if (pel_nt_success(outcome->status))
        return PEL_OK;
    PEL_TRY(add_check(run, &c));
    snprintf(c->what, sizeof c->what, "status");
    snprintf(c->want, sizeof c->want, "success");
    status_text(outcome->status, c->got, sizeof c->got);
    return PEL_OK;
}

pel_status pel_run_check(pel_run *run, const pel_step *step, const pel_outcome *outcome)
{
    run->check_count = 0;
    PEL_TRY(check_success(run, step, outcome));
    for (const pel_expectation *e = step->expect; e; e = e->next) {
        look l = { .run = run, .outcome = outcome, .e = e };
        PEL_TRY(add_check(run, &l.out));
        l.out->expectation = e;
        name_it(&l);
        PEL_TRY(look_at(&l));
    }
    return PEL_OK;
}
