/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that touch memory. */
#include "scenario/run_priv.h"

#include <string.h>

#include "scenario/tell.h"
#include "scenario/why.h"

#define MAX_ACCESSES ((uint64_t)4000000)

/* The host pays for frames that were ever used: 1 GiB of them, and a look now and then. */
#define MAX_TOUCHED ((uint64_t)1 << 18)
#define LOOK_EVERY  ((uint64_t)1 << 12)

/* ---- one access ---------------------------------------------------------- */

/* Pages that [va, va + size) lies in. */
static uint64_t pages_of(pel_va va, uint64_t size)
{
    return (va.v % PEL_PAGE_SIZE + size - 1) / PEL_PAGE_SIZE + 1;
}

static pel_status count_pages(pel_run *run, const pel_step *step, uint64_t pages)
{
    uint64_t most = run->options->max_accesses ? run->options->max_accesses : MAX_ACCESSES;
    bool look = run->accesses / LOOK_EVERY != (run->accesses + pages) / LOOK_EVERY;
    run->accesses += pages;
    if (look && pel_machine_frames_touched(run->machine) > MAX_TOUCHED)
        return pel_run_fail(run, step->node->key, PEL_LIMIT,
                            "the scenario uses more than 1 GiB of its RAM");
    if (run->accesses <= most)
        return PEL_OK;
    return pel_run_fail(run, step->node->key, PEL_LIMIT,
                        "the scenario touches more than %llu pages", (unsigned long long)most);
}

/* The pages that were touched before the one that was refused. */
static pel_status note_pages(pel_run *run, const pel_step *step, pel_va va, uint64_t size,
                             const pel_fault *fault, bool refused)
{
    uint64_t pages = pages_of(va, size);
    uint64_t before = fault->va.v / PEL_PAGE_SIZE - va.v / PEL_PAGE_SIZE;
    if (refused && before < pages) /* addresses may wrap */
        pages = before;
    for (uint64_t i = 0; i < pages; i++) {
        pel_va at = { va.v + i * PEL_PAGE_SIZE };
        pel_status st = pel_run_trace(run, step->process, at, step->access == PEL_WRITE);
        if (st != PEL_OK)
            return pel_run_fail(run, step->node->key, st, "too much was touched to draw curves of");
    }
    return PEL_OK;
}

static pel_ntstatus access_space(pel_space *space, const pel_step *step, pel_va va, uint8_t *bytes,
                                 pel_fault *fault)
{
    size_t size = (size_t)step->size;
    switch (step->access) {
    case PEL_READ: return pel_space_read(space, va, bytes, size, fault);
    case PEL_WRITE: return pel_space_write(space, va, bytes, size, fault);
    case PEL_FETCH: return pel_space_fetch(space, va, bytes, size, fault);
    }
    return PEL_STATUS_INVALID_PARAMETER;
}

static pel_status one_access(pel_run *run, const pel_step *step, pel_space *space, pel_va va,
                             uint8_t *bytes, pel_outcome *out)
{
    pel_fault fault = { .va = va };
    PEL_TRY(count_pages(run, step, pages_of(va, step->size)));
    out->status = access_space(space, step, va, bytes, &fault);
    PEL_TRY(pel_run_host(run, step->node->key, out->status));
    bool refused = !pel_nt_success(out->status);
    out->has_fault = refused;
    out->fault = fault.va;
    out->accesses++;
    return note_pages(run, step, va, step->size, &fault, refused);
}

/* ---- what is read and written -------------------------------------------- */

static void fill(const pel_step *step, uint8_t *bytes)
{
    for (size_t i = 0; i < step->size; i++)
        bytes[i] = i < 8 ? (uint8_t)(step->value >> 8 * i) : 0;
    if (step->bytes.len > 0)
        memcpy(bytes, step->bytes.ptr, step->bytes.len);
}

static void keep(const pel_step *step, const uint8_t *bytes, pel_outcome *out)
{
    size_t size = (size_t)step->size;
    out->has_value = true;
    for (size_t i = size < 8 ? size : 8; i > 0; i--)
        out->value = out->value << 8 | bytes[i - 1];
    out->text_size = size < PEL_RUN_TEXT ? size : PEL_RUN_TEXT;
    memcpy(out->text, bytes, out->text_size);
}

/* ---- why ----------------------------------------------------------------- */

/* The first access of the step is the one that is told. */
static pel_status begin_why(pel_run *run, const pel_step *step, pel_va va)
{
    if (!run->why)
        return PEL_OK;
    const pel_running *p = &run->processes[step->process];
    pel_why_look(run->why, p->process, p->space, va, step->access);
    pel_run_name(run, step->process, va, run->why->name, sizeof run->why->name);
    return PEL_OK;
}

static void end_why(pel_run *run, const pel_outcome *out)
{
    if (!run->why || run->why->concluded)
        return;
    for (size_t i = 0; i < run->event_count; i++) {
        char page[128];
        pel_tell_page(run, &run->events[i], page, sizeof page);
        pel_why_event(run->why, &run->events[i], page);
    }
    pel_why_conclude(run->why, out->status);
}

/* ---- steps --------------------------------------------------------------- */

typedef struct walk {
    pel_space *space;
    uint8_t *bytes;
    pel_va base;
} walk;

static pel_status each_access(pel_run *run, const pel_step *step, walk *w, pel_outcome *out)
{
    bool list = step->verb == PEL_VERB_REFERENCES;
    uint64_t count = list ? step->reference_count : step->count;
    PEL_TRY(begin_why(run, step, w->base));
    for (uint64_t i = 0; i < count; i++) {
        uint64_t distance = list ? step->references[i] * PEL_PAGE_SIZE : i * step->stride;
        pel_va va = { w->base.v + distance };
        PEL_TRY(one_access(run, step, w->space, va, w->bytes, out));
        end_why(run, out);
        if (out->has_fault)
            break;
    }
    return PEL_OK;
}

pel_status pel_do_access(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    PEL_TRY(pel_run_value(run, &step->at, step->process, &out->at.v));
    const pel_allocator *a = &run->arena.allocator;
    walk w = { .space = p->space, .bytes = pel_take(a, (size_t)step->size), .base = out->at };
    if (!w.bytes)
        return pel_run_fail(run, step->node->key, PEL_NO_MEMORY, "out of memory");
    if (step->access == PEL_WRITE)
        fill(step, w.bytes);
    out->has_at = true;
    out->size = step->size;
    pel_status st = each_access(run, step, &w, out);
    if (st == PEL_OK && !out->has_fault)
        keep(step, w.bytes, out);
    pel_give(a, w.bytes, (size_t)step->size);
    return st;
}
