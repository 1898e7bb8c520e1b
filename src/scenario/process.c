/* SPDX-License-Identifier: Apache-2.0 */
/* Processes, files and addresses of a run. */
#include "scenario/run_priv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ---- files --------------------------------------------------------------- */

pel_status pel_run_open(pel_run *run, const char *path, const pel_yaml *node, pel_opened **out)
{
    char message[200] = "";
    const pel_scenario_files *files = &run->options->files;
    for (*out = run->opened; *out; *out = (*out)->next)
        if (strcmp((*out)->path, path) == 0)
            return PEL_OK;
    if (!files->open)
        return pel_run_fail(run, node, PEL_IO, "%.60s: no files can be opened here", path);
    pel_opened *o = pel_arena_take(&run->arena, sizeof *o);
    if (!o)
        return pel_run_fail(run, node, PEL_NO_MEMORY, "out of memory");
    pel_status st = files->open(files->ctx, path, &o->bytes, message, sizeof message);
    if (st != PEL_OK)
        return pel_run_fail(run, node, st, "%s", message[0] ? message : pel_status_name(st));
    o->path = path;
    o->next = run->opened;
    run->opened = o;
    *out = o;
    return PEL_OK;
}

pel_status pel_run_image(pel_run *run, const char *path, const pel_yaml *node,
                         const pel_image **out)
{
    pel_opened *o;
    pel_image_options options = { .allocator = &run->arena.allocator };
    PEL_TRY(pel_run_open(run, path, node, &o));
    if (!o->image) {
        pel_status st = pel_image_parse(o->bytes, &options, &o->image);
        if (st != PEL_OK)
            return pel_run_fail(run, node, st, "%.60s: %s", path, pel_status_name(st));
    }
    *out = o->image;
    return PEL_OK;
}

/* ---- processes ----------------------------------------------------------- */

/* A space that cannot be made for lack of RAM is Windows' answer, too. */
static pel_status start_empty(pel_run *run, pel_running *p, const pel_yaml *node, pel_ntstatus *nt)
{
    pel_status st = pel_space_new(run->machine, &p->plan->space, &p->space);
    *nt = PEL_STATUS_SUCCESS;
    if (st == PEL_BAD_ARG)
        return pel_run_fail(run, node, PEL_MALFORMED,
                            "%s: these addresses cannot be: whole pages "
                            "in the lower half of the addresses",
                            p->plan->name);
    if (st == PEL_REFUSED)
        *nt = (pel_ntstatus)PEL_STATUS_NO_MEMORY;
    else if (st != PEL_OK)
        return pel_run_fail(run, node, st, "out of memory");
    return PEL_OK;
}

static pel_status start_image(pel_run *run, pel_running *p, const pel_yaml *node, pel_ntstatus *nt)
{
    const pel_process_plan *plan = p->plan;
    pel_load_options load = plan->load;
    pel_verdict verdict;
    if (!plan->own_seed)
        load.seed = run->seed;
    PEL_TRY(pel_run_image(run, plan->file, plan->file_node, &p->image));
    *nt = pel_process_new(run->machine, p->image, &load, &p->process, &verdict);
    PEL_TRY(pel_run_host(run, node, *nt));
    if (!p->process)
        return PEL_OK;
    p->space = pel_process_space(p->process);
    if (!plan->limited)
        return PEL_OK;
    pel_ntstatus limits =
        pel_space_limit_working_set(p->space, plan->space.working_set_minimum,
                                    plan->space.working_set_maximum, plan->space.hard_maximum);
    return pel_run_host(run, node, limits);
}

pel_status pel_run_start(pel_run *run, size_t process, const pel_yaml *node, pel_ntstatus *status)
{
    pel_running *p = &run->processes[process];
    p->plan = &run->s->processes[process];
    if (p->alive)
        return pel_run_fail(run, node, PEL_MALFORMED, "%s is running already", p->plan->name);
    PEL_TRY(p->plan->file ? start_image(run, p, node, status) : start_empty(run, p, node, status));
    p->alive = p->space != NULL;
    return PEL_OK;
}

void pel_run_exit(pel_run *run, size_t process)
{
    pel_running *p = &run->processes[process];
    if (p->process)
        pel_process_free(p->process);
    else
        pel_space_free(p->space);
    p->process = NULL;
    p->ended = p->space;
    p->space = NULL;
    p->alive = false;
    for (size_t i = 0; i < PEL_SCENARIO_NAMES; i++)
        if (run->labels[i].process == process)
            run->labels[i].set = false;
}

pel_status pel_run_process(pel_run *run, const pel_yaml *node, size_t process, pel_running **out)
{
    *out = &run->processes[process];
    if ((*out)->alive)
        return PEL_OK;
    return pel_run_fail(run, node, PEL_MALFORMED, "%s is not running",
                        run->s->processes[process].name);
}

size_t pel_run_owner(const pel_run *run, const pel_space *space)
{
    for (size_t i = 0; space && i < run->s->process_count; i++)
        if (run->processes[i].space == space)
            return i;
    for (size_t i = 0; space && i < run->s->process_count; i++)
        if (run->processes[i].ended == space)
            return i;
    return PEL_NO_NAME;
}

/* ---- addresses ----------------------------------------------------------- */

static bool section_va(const pel_running *p, pel_str name, uint64_t *out)
{
    const pel_module *m = pel_process_module(p->process);
    for (uint32_t i = 0; i < pel_image_section_count(p->image); i++) {
        const pel_section *s = pel_image_section(p->image, i);
        if (s->name.len == name.len && memcmp(s->name.ptr, name.ptr, name.len) == 0) {
            *out = m->base.v + s->header.virtual_address.v;
            return true;
        }
    }
    return false;
}

/* The stack as it is now: it grows. */
static uint64_t stack_limit(const pel_running *p)
{
    const pel_stack *s = pel_process_stack(p->process);
    pel_stack_state now;
    pel_va inside = { s->base.v - 1 };
    bool known = pel_nt_success(pel_space_stack(p->space, inside, &now));
    return known ? now.limit.v : s->limit.v;
}

static bool symbol_of_process(const pel_running *p, const pel_term *term, uint64_t *out)
{
    const pel_module *m = pel_process_module(p->process);
    const pel_stack *s = pel_process_stack(p->process);
    bool has_stack = s->base.v != 0;
    switch (term->symbol) {
    case PEL_TERM_IMAGE: *out = m->base.v; return true;
    case PEL_TERM_IMAGE_END: *out = m->base.v + m->size; return true;
    case PEL_TERM_ENTRY: *out = m->entry.v; return m->has_entry;
    case PEL_TERM_STACK_BASE: *out = s->base.v; return has_stack;
    case PEL_TERM_STACK_LIMIT: *out = has_stack ? stack_limit(p) : 0; return has_stack;
    case PEL_TERM_STACK_END: *out = s->allocation_base.v; return has_stack;
    case PEL_TERM_HEAP: *out = pel_process_heap(p->process)->base.v; return *out != 0;
    case PEL_TERM_SECTION: return section_va(p, term->section, out);
    case PEL_TERM_NUMBER:
    case PEL_TERM_LABEL: break;
    }
    return false;
}

/* The sections of the image, for a message: ".text .data". */
static void list_sections(const pel_running *p, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < pel_image_section_count(p->image) && used < size; i++)
        pel_append(out, size, &used, "%s%s", i ? " " : "",
                   pel_quote(pel_image_section(p->image, i)->name).text);
}

static pel_status lacks(pel_run *run, const pel_expr *expr, const pel_term *term,
                        const pel_running *p)
{
    static const char *const names[] = {
        [PEL_TERM_ENTRY] = "no entry point", [PEL_TERM_STACK_BASE] = "no stack",
        [PEL_TERM_STACK_LIMIT] = "no stack", [PEL_TERM_STACK_END] = "no stack",
        [PEL_TERM_HEAP] = "no heap",
    };
    char sections[96];
    if (!p->process)
        return pel_run_fail(run, expr->node, PEL_MALFORMED,
                            "'%s': %s is an empty process, without an image, a stack or a heap",
                            pel_quote(expr->node->text).text, p->plan->name);
    if (term->symbol != PEL_TERM_SECTION)
        return pel_run_fail(run, expr->node, PEL_MALFORMED, "'%s': %s has %s",
                            pel_quote(expr->node->text).text, p->plan->name, names[term->symbol]);
    list_sections(p, sections, sizeof sections);
    return pel_run_fail(run, expr->node, PEL_MALFORMED,
                        "the image of %s has no section '%s'; it has: %s", p->plan->name,
                        pel_quote(term->section).text, sections);
}

static pel_status symbol_value(pel_run *run, const pel_expr *expr, const pel_term *term,
                               size_t process, uint64_t *out)
{
    *out = 1;
    if (term->symbol == PEL_TERM_NUMBER)
        return PEL_OK;
    if (term->symbol == PEL_TERM_LABEL) {
        *out = run->labels[term->label].value;
        return run->labels[term->label].set
                   ? PEL_OK
                   : pel_run_fail(run, expr->node, PEL_MALFORMED,
                                  "'%s' has no address: the step that gives it one was refused, or "
                                  "comes later",
                                  run->s->names[term->label]);
    }
    pel_running *p;
    if (process == PEL_NO_NAME)
        return pel_run_fail(run, expr->node, PEL_MALFORMED, "whose? No process is named here");
    PEL_TRY(pel_run_process(run, expr->node, process, &p));
    if (!p->process || !symbol_of_process(p, term, out))
        return lacks(run, expr, term, p);
    return PEL_OK;
}

/* ---- sections ------------------------------------------------------------ */

/* The sections of an image are known before the first step. */
static pel_status look_for(pel_run *run, const pel_expr *expr, size_t process)
{
    uint64_t unused;
    if (process == PEL_NO_NAME || !run->processes[process].process)
        return PEL_OK; /* it is not there yet, or the step will tell */
    for (size_t i = 0; i < expr->count; i++)
        if (expr->terms[i].symbol == PEL_TERM_SECTION)
            PEL_TRY(symbol_value(run, expr, &expr->terms[i], process, &unused));
    return PEL_OK;
}

pel_status pel_run_look_for_sections(pel_run *run, const pel_step *steps)
{
    for (; steps; steps = steps->next) {
        PEL_TRY(look_for(run, &steps->at, steps->process));
        for (const pel_expectation *e = steps->expect; e; e = e->next) {
            PEL_TRY(look_for(run, &e->at, e->process));
            PEL_TRY(look_for(run, &e->other_at, e->other_process));
            PEL_TRY(look_for(run, &e->want, e->process));
        }
        PEL_TRY(pel_run_look_for_sections(run, steps->steps));
    }
    return PEL_OK;
}

pel_status pel_run_value(pel_run *run, const pel_expr *expr, size_t process, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < expr->count; i++) {
        const pel_term *t = &expr->terms[i];
        uint64_t value;
        PEL_TRY(symbol_value(run, expr, t, process, &value));
        value *= t->factor; /* addresses wrap, as the hardware's do */
        *out = t->minus ? *out - value : *out + value;
    }
    return PEL_OK;
}

void pel_run_define(pel_run *run, const pel_step *step, const pel_outcome *out)
{
    if (step->label != PEL_NO_NAME && pel_nt_success(out->status))
        run->labels[step->label] = (pel_label){
            .set = true, .process = step->process, .value = out->at.v, .size = out->size
        };
}

/* ---- and back ------------------------------------------------------------ */

typedef struct nearest {
    uint64_t va, distance;
    const char *name;
} nearest;

static void offer(nearest *n, const char *name, uint64_t from, uint64_t size)
{
    bool inside = from && n->va >= from && n->va - from < size;
    if (!inside || (n->name && n->distance <= n->va - from))
        return;
    n->name = name;
    n->distance = n->va - from;
}

/* Sections whose names can be written in a scenario. */
static void offer_section(nearest *n, const pel_running *p, char name[16])
{
    const pel_module *m = pel_process_module(p->process);
    pel_rva rva;
    if (!pel_rva_of(m->base, m->size, (pel_va){ n->va }, &rva))
        return;
    const pel_section *s = pel_image_section(p->image, pel_image_at_rva(p->image, rva).section);
    if (!s || s->name.len < 2 || s->name.len > 8 || s->name.ptr[0] != '.')
        return;
    for (size_t i = 1; i < s->name.len; i++)
        if (!isalnum((unsigned char)s->name.ptr[i]) && s->name.ptr[i] != '_')
            return;
    memcpy(name, s->name.ptr, s->name.len);
    name[s->name.len] = '\0';
    offer(n, name, m->base.v + s->header.virtual_address.v, m->size);
}

static void offer_process(nearest *n, const pel_running *p)
{
    const pel_module *m = pel_process_module(p->process);
    const pel_heap *h = pel_process_heap(p->process);
    offer(n, "image", m->base.v, m->size);
    offer(n, "heap.base", h->base.v, h->effective.reserve);
}

/* Of a stack one counts from the top. */
static bool name_in_stack(const pel_running *p, pel_va va, char *out, size_t size, int *n)
{
    const pel_stack *s = pel_process_stack(p->process);
    if (!s->base.v || va.v < s->allocation_base.v || va.v >= s->base.v)
        return false;
    *n = snprintf(out, size, "stack.base-0x%" PRIx64, s->base.v - va.v);
    return true;
}

size_t pel_run_name(const pel_run *run, size_t process, pel_va va, char *out, size_t size)
{
    nearest near = { .va = va.v };
    char section[16];
    int n = 0;
    out[0] = '\0';
    if (process == PEL_NO_NAME)
        return 0;
    const pel_running *p = &run->processes[process];
    if (p->process && name_in_stack(p, va, out, size, &n))
        return n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < run->s->name_count; i++)
        if (run->labels[i].set && run->labels[i].process == process)
            offer(&near, run->s->names[i], run->labels[i].value, run->labels[i].size);
    if (p->process) {
        offer_process(&near, p);
        offer_section(&near, p, section);
    }
    if (near.name)
        n = near.distance ? snprintf(out, size, "%s+0x%" PRIx64, near.name, near.distance)
                          : snprintf(out, size, "%s", near.name);
    return n > 0 ? (size_t)n : 0;
}
