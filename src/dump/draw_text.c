/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around the drawing. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "dump/draw.h"
#include "dump/naming.h"

void pel_draw_heading(pel_page *page, const pel_image *image, const char *path)
{
    char name[256], size[16];
    pel_line_text(pel_str_of(path), name, sizeof name);
    pel_size_text(pel_image_bytes(image).size, size);
    const pel_file_header *f = pel_image_file_header(image);
    const pel_optional_header *o = pel_image_optional_header(image);
    const pel_name *machine = f ? pel_names_find(&pel_names_machine, f->machine) : NULL;
    const pel_name *subsystem = o ? pel_names_find(&pel_names_subsystem, o->subsystem) : NULL;
    pel_page_put(page, PEL_INK_STRONG, "%s\n", name);
    pel_page_put(page, PEL_INK_PLAIN, "  %s %s, %s", pel_image_kind_name(pel_image_get_kind(image)),
                 pel_image_is_dll(image) ? "DLL" : "image", size);
    if (machine)
        pel_page_put(page, PEL_INK_PLAIN, ", %s", machine->doc);
    if (subsystem)
        pel_page_put(page, PEL_INK_PLAIN, ", %s", subsystem->doc);
    pel_page_put(page, PEL_INK_PLAIN, ", %" PRIu32 " sections\n", pel_image_section_count(image));
}

static void refusal(pel_page *page, const pel_verdict *v)
{
    char message[512];
    const char *name = pel_ntstatus_name(v->status);
    pel_page_put(page, PEL_INK_BAD, "  Windows refuses it: %s\n", name ? name : "?");
    if (v->rule != PEL_RULE_NONE) {
        pel_verdict_format(v, message, sizeof message);
        pel_page_paragraph(page, PEL_INK_PLAIN, message);
        pel_page_put(page, PEL_INK_FAINT, "  rule %s (%s)\n", pel_rule_name(v->rule),
                     pel_certainty_name(v->certainty));
    } else if (name) {
        pel_verdict_format(v, message, sizeof message);
        pel_page_paragraph(page, PEL_INK_PLAIN, message);
    }
}

/* Where it is, and the name of its entry point, which may be of any length. */
static void placement(pel_page *page, const pel_image *img, const pel_module *m)
{
    pel_page_put(page, PEL_INK_PLAIN, "  base 0x%" PRIx64, m->base.v);
    if (m->base.v == m->preferred_base.v)
        pel_page_put(page, PEL_INK_PLAIN, ", as preferred");
    else
        pel_page_put(page, PEL_INK_PLAIN, ", not 0x%" PRIx64 " as preferred: %s%s",
                     m->preferred_base.v, m->relocated ? "relocated" : "not relocated",
                     m->header_rewritten ? ", header rewritten" : "");
    if (m->aslr)
        pel_page_put(page, PEL_INK_PLAIN, "; ASLR, seed %" PRIu64 "%s", m->seed,
                     m->randomized ? "" : ", does not move it");
    char name[PEL_NAME_LINE];
    pel_name_for_line(img, page->options->allocator, m->entry_rva, name);
    if (m->has_entry)
        pel_page_put(page, PEL_INK_PLAIN, "; entry point 0x%" PRIx64 "%s\n", m->entry.v, name);
    else
        pel_page_put(page, PEL_INK_PLAIN, "; no entry point\n");
}

void pel_draw_verdict(pel_page *page, const pel_process *process, const pel_verdict *verdict)
{
    if (process && verdict->rule == PEL_RULE_NONE) {
        const pel_module *m = pel_process_module(process);
        pel_page_put(page, PEL_INK_GOOD, "  Windows loads it: %s\n", pel_ntstatus_name(m->status));
    } else {
        refusal(page, verdict);
        pel_page_put(page, PEL_INK_FAINT, "%s",
                     process ? "  What follows is how it would lie in memory without that rule.\n"
                             : "");
    }
    if (process)
        placement(page, pel_process_image(process), pel_process_module(process));
}

static void sizes(pel_page *page, const char *what, pel_reserve_commit header,
                  pel_reserve_commit effective)
{
    char hr[16], hc[16], er[16], ec[16];
    pel_size_text(header.reserve, hr);
    pel_size_text(header.commit, hc);
    pel_size_text(effective.reserve, er);
    pel_size_text(effective.commit, ec);
    pel_page_put(page, PEL_INK_PLAIN, "  %-6s reserve %s, commit %s (header: %s and %s)\n", what,
                 er, ec, hr, hc);
}

void pel_draw_stack_and_heap(pel_page *page, const pel_process *process)
{
    const pel_stack *s = pel_process_stack(process);
    const pel_heap *h = pel_process_heap(process);
    sizes(page, "stack", s->header, s->effective);
    if (s->base.v)
        pel_page_put(page, PEL_INK_PLAIN,
                     "         from 0x%" PRIx64 " down, committed to 0x%" PRIx64
                     ", reserved to 0x%" PRIx64 "\n",
                     s->base.v, s->limit.v, s->allocation_base.v);
    sizes(page, "heap", h->header, h->effective);
    if (!s->base.v)
        pel_page_put(page, PEL_INK_FAINT,
                     "         (of a DLL: Windows uses the sizes of the program instead)\n");
}

void pel_draw_diagnostics(pel_page *page, const pel_image *image)
{
    static const pel_ink by_severity[] = { PEL_INK_FAINT, PEL_INK_WRITE, PEL_INK_BAD };
    for (size_t i = 0; i < pel_image_diag_count(image); i++) {
        const pel_diag *d = pel_image_diag(image, i);
        char text[512];
        int used = snprintf(text, sizeof text, "%s: ", pel_severity_name(d->severity));
        pel_diag_format(d, text + used, sizeof text - (size_t)used);
        pel_page_paragraph(page, by_severity[d->severity], text);
    }
}

pel_status pel_draw_map(const pel_image *image, const char *path, pel_process *process,
                        const pel_verdict *verdict, const pel_dump_options *options, pel_sink sink)
{
    pel_page page = { .options = options, .sink = sink };
    pel_draw_heading(&page, image, path);
    pel_draw_verdict(&page, process, verdict);
    if (process) {
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
        pel_draw_memory(&page, image, process);
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
        pel_draw_stack_and_heap(&page, process);
    }
    pel_draw_diagnostics(&page, image);
    return page.status;
}
