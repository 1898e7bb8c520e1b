/* SPDX-License-Identifier: Apache-2.0 */
/* A started process for people: which modules are where, in which order they are initialised, and
 * what is missing. */
#include "dump/draw_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dump/draw.h"

/* More lines than that of what is missing are for programs. */
#define MISSING_MOST 40

/* ---- what came of it --------------------------------------------------- */

static void plural(pel_page *page, uint64_t n, const char *what)
{
    pel_page_put(page, PEL_INK_PLAIN, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

static uint32_t tls_slots(const pel_process *process)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < pel_process_module_count(process); i++)
        n += pel_process_module_at(process, i)->tls_slot != PEL_NO_INDEX;
    return n;
}

static const char *machine_text(uint16_t machine)
{
    const pel_name *name = pel_names_find(&pel_names_machine, machine);
    return name ? name->doc : "another machine";
}

bool pel_dll_refusal_text(const pel_image *program, const pel_dll_refusal *why,
                          char text[PEL_REFUSAL_TEXT])
{
    const pel_file_header *file = pel_image_file_header(program);
    if (why->verdict.rule != PEL_RULE_NONE)
        pel_verdict_format(&why->verdict, text, PEL_REFUSAL_TEXT);
    else if (why->machine && file)
        snprintf(text, PEL_REFUSAL_TEXT, "its code is for %s, and the program is for %s",
                 machine_text(why->machine), machine_text(file->machine));
    else
        return false;
    return true;
}

static const char *step_text(pel_loader_step step)
{
    switch (step) {
    case PEL_STEP_MAP: return "it is in every process, and cannot be mapped";
    case PEL_STEP_IMPORTS: return "its import tables lead out of the image";
    case PEL_STEP_INDEX: return "the index of its TLS slot cannot be written";
    case PEL_STEP_BIND: return "the address of an import cannot be written";
    case PEL_STEP_COOKIE: return "its security cookie cannot be written";
    case PEL_STEP_TEMPLATE: return "its TLS template cannot be copied";
    }
    return "?";
}

static void failure(pel_page *page, const pel_load_result *r)
{
    char module[64], line[PEL_REFUSAL_TEXT + 256], reason[PEL_REFUSAL_TEXT];
    const pel_loader_failure *f = pel_process_failure(r->process);
    if (!f)
        return;
    pel_line_text(pel_str_of(f->module), module, sizeof module);
    int n = snprintf(line, sizeof line, "%s: %s", module, step_text(f->step));
    if (f->has_va)
        snprintf(line + n, sizeof line - (size_t)n, " (at 0x%" PRIx64 ")", f->va.v);
    pel_page_paragraph(page, PEL_INK_PLAIN, line);
    if (pel_dll_refusal_text(r->image, &f->refusal, reason))
        pel_page_paragraph(page, PEL_INK_PLAIN, reason);
}

/* What is wrong with the program itself is not said in words about another file. */
static void refused(pel_page *page, pel_ntstatus status, bool in_words)
{
    const char *name = pel_ntstatus_name(status);
    pel_page_put(page, PEL_INK_BAD, "  Windows does not start it: %s\n", name ? name : "?");
    if (in_words)
        pel_page_put(page, PEL_INK_PLAIN, "  %s\n", pel_ntstatus_text(status));
}

static void counts(pel_page *page, const pel_process *process)
{
    uint32_t version = pel_process_api_sets(process)->version;
    plural(page, pel_process_module_count(process), "module");
    pel_page_put(page, PEL_INK_PLAIN, ", ");
    plural(page, pel_process_binding_count(process), "import");
    pel_page_put(page, PEL_INK_PLAIN, " bound");
    if (tls_slots(process)) {
        pel_page_put(page, PEL_INK_PLAIN, ", ");
        plural(page, tls_slots(process), "TLS slot");
    }
    if (version)
        pel_page_put(page, PEL_INK_PLAIN, "; API sets by a schema of version %" PRIu32 "\n",
                     version);
    else
        pel_page_put(page, PEL_INK_PLAIN, "; API sets by the built-in table\n");
}

/* What is missing, but not only for a call that may never come. */
static const pel_missing *first_missing(const pel_process *process)
{
    const pel_missing *m;
    size_t i = 0;
    while ((m = pel_process_missing_at(process, i++)) && m->delayed)
        ;
    return m;
}

/* The status that the rule for a DLL, or its machine, gave; 0 if that is not what was in the way.
 */
static pel_ntstatus refusal_of_dll(const pel_process *process)
{
    const pel_loader_failure *f = pel_process_failure(process);
    const pel_missing *m = first_missing(process);
    const pel_dll_refusal *why = f ? &f->refusal : m ? &m->refusal : NULL;
    if (!why || (why->verdict.rule == PEL_RULE_NONE && !why->machine))
        return PEL_STATUS_SUCCESS;
    return f ? f->status : m->status;
}

static void outcome(pel_page *page, const pel_load_result *r)
{
    if (!pel_nt_success(r->status)) {
        refused(page, r->status, r->status != refusal_of_dll(r->process));
        failure(page, r);
        return;
    }
    const pel_missing *missing = first_missing(r->process);
    if (missing) {
        refused(page, missing->status, missing->status != refusal_of_dll(r->process));
        pel_page_put(page, PEL_INK_PLAIN, "  With stubs for what is missing: ");
    } else {
        bool program = !pel_image_is_dll(r->image);
        pel_page_put(page, PEL_INK_GOOD, "  Windows %s it: ", program ? "starts" : "loads");
    }
    counts(page, r->process);
}

/* ---- modules ----------------------------------------------------------- */

/* The bindings of one module, counted. */
typedef struct counted {
    uint64_t all, forwarded, stubs;
} counted;

static counted count_bindings(const pel_process *process, uint32_t module)
{
    counted n = { 0 };
    for (size_t i = 0; i < pel_process_binding_count(process); i++) {
        const pel_binding *b = pel_process_binding_at(process, i);
        if (b->module != module)
            continue;
        n.all++;
        n.forwarded += b->forward_count > 0;
        n.stubs += b->kind == PEL_BINDING_STUB;
    }
    return n;
}

static void notes(pel_page *page, const pel_loaded_module *m, const counted *n)
{
    if (n->stubs)
        pel_page_put(page, PEL_INK_BAD, " %" PRIu64 " missing", n->stubs);
    if (m->module.base.v != m->module.preferred_base.v)
        pel_page_put(page, PEL_INK_WRITE, m->module.relocated ? " relocated" : " moved");
    if (!m->bound)
        pel_page_put(page, PEL_INK_FAINT, " not bound");
    if (m->tls_slot != PEL_NO_INDEX)
        pel_page_put(page, PEL_INK_PLAIN, " TLS %" PRIu32, m->tls_slot);
    if (m->has_cookie)
        pel_page_put(page, PEL_INK_PLAIN, " cookie");
}

static void module_row(pel_page *page, const pel_process *process, uint32_t index)
{
    const pel_loaded_module *m = pel_process_module_at(process, index);
    counted n = count_bindings(process, index);
    char name[25], size[16], order[16] = "";
    pel_cell_text(pel_str_of(m->name), name, sizeof name);
    pel_size_text(m->module.size, size);
    if (m->init_order != PEL_NO_INDEX)
        snprintf(order, sizeof order, "%" PRIu32, m->init_order);
    pel_page_put(page, PEL_INK_FAINT, "%6s", order);
    pel_page_put(page, index == 0 ? PEL_INK_STRONG : PEL_INK_PLAIN, "  %-24s", name);
    pel_page_put(page, PEL_INK_PLAIN, " %012" PRIx64 " %8s %7" PRIu64 " %6" PRIu64,
                 m->module.base.v, size, n.all, n.forwarded);
    notes(page, m, &n);
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static void modules(pel_page *page, const pel_process *process)
{
    uint32_t count = pel_process_module_count(process);
    if (count == 0)
        return;
    pel_page_put(page, PEL_INK_FAINT, "\n%6s  %-24s %-12s %8s %7s %6s\n", "init", "module", "base",
                 "size", "imports", "forw.");
    for (uint32_t i = 0; i < count; i++)
        module_row(page, process, i);
}

/* ---- what is missing --------------------------------------------------- */

static void missing_line(pel_page *page, const pel_image *program, const pel_missing *m)
{
    char reason[PEL_REFUSAL_TEXT];
    char dll[64], name[256], importer[64], forwarder[128];
    pel_line_text(m->dll, dll, sizeof dll);
    pel_line_text(m->name, name, sizeof name);
    pel_line_text(pel_str_of(m->importer), importer, sizeof importer);
    pel_line_text(m->forwarder, forwarder, sizeof forwarder);
    if (m->by_ordinal)
        snprintf(name, sizeof name, "#%u", m->ordinal);
    pel_page_put(page, PEL_INK_BAD, "  %s%s%s", dll, m->whole ? "" : "!", m->whole ? "" : name);
    if (m->forwarder.ptr)
        pel_page_put(page, PEL_INK_PLAIN, ", forwarded to %s", forwarder);
    pel_page_put(page, PEL_INK_PLAIN, ", for %s%s\n", importer,
                 m->delayed ? ", when it is called" : "");
    const char *status = pel_ntstatus_name(m->status);
    pel_page_put(page, PEL_INK_FAINT, "    %s\n", status ? status : "?");
    if (pel_dll_refusal_text(program, &m->refusal, reason))
        pel_page_put(page, PEL_INK_PLAIN, "    %s\n", reason);
}

static void missing(pel_page *page, const pel_image *program, const pel_process *process)
{
    size_t count = pel_process_missing_count(process);
    if (count == 0)
        return;
    pel_page_put(page, PEL_INK_STRONG, "\nmissing\n");
    for (size_t i = 0; i < count && i < MISSING_MOST; i++)
        missing_line(page, program, pel_process_missing_at(process, i));
    if (count > MISSING_MOST)
        pel_page_put(page, PEL_INK_FAINT, "  and %zu more (--only=missing shows all)\n",
                     count - MISSING_MOST);
}

/* ---- the whole --------------------------------------------------------- */

pel_status pel_draw_load(const pel_load_result *result, const pel_dump_options *options,
                         pel_sink sink)
{
    pel_page page = { .options = options, .sink = sink };
    pel_draw_heading(&page, result->image, result->path);
    if (!result->process) {
        pel_draw_verdict(&page, NULL, result->verdict);
    } else {
        outcome(&page, result);
        modules(&page, result->process);
        missing(&page, result->image, result->process);
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
        pel_draw_stack_and_heap(&page, result->process);
    }
    pel_draw_diagnostics(&page, result->image);
    return page.status;
}
