/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one access, as text and as a document "pelorus.why/1". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dump/walk.h"
#include "scenario/why.h"

/* ---- the document -------------------------------------------------------- */

static void walk_fact(pel_emitter *e, const pel_why_fact *f)
{
    const pel_memory_rule *rule = pel_memory_rule_at(f->rule);
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "about", pel_why_topic_name(f->topic));
    pel_emit_string(e, "text", f->text);
    pel_emit_string(e, "rule", rule ? rule->name : NULL);
    pel_emit_string(e, "says", rule ? rule->text : NULL);
    pel_emit_string(e, "source", rule ? rule->source : NULL);
    pel_emit_string(e, "certainty", rule ? pel_certainty_name(rule->certainty) : NULL);
    pel_emit_map_end(e);
}

static void walk_tables(pel_emitter *e, const char *key, const pel_walk *walk, pel_paging paging)
{
    char words[128];
    pel_emit_map_begin(e, key);
    pel_emit_hex(e, "cr3", walk->root.v);
    pel_emit_seq_begin(e, "steps");
    for (size_t i = 0; i < walk->count; i++) {
        const pel_walk_step *s = &walk->steps[i];
        bool leaf = strcmp(s->name, "PTE") == 0 || s->entry & 1;
        if (leaf)
            pel_entry_format(paging, s->entry, words, sizeof words);
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "name", s->name);
        pel_emit_dec(e, "index", s->index);
        pel_emit_hex(e, "address", s->address.v);
        pel_emit_hex(e, "entry", s->entry);
        pel_emit_string(e, "means", leaf ? words : NULL);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    if (walk->present)
        pel_emit_hex(e, "physical", walk->pa.v);
    else
        pel_emit_null(e, "physical");
    pel_emit_map_end(e);
}

static void walk_page(pel_emitter *e, const char *key, const pel_page_info *p)
{
    bool in_ram = p->frame != PEL_NO_FRAME;
    pel_emit_map_begin(e, key);
    pel_emit_string(e, "place", pel_page_place_name(p->place));
    pel_emit_protect(e, "protect", p->protect);
    if (in_ram)
        pel_emit_hex(e, "frame", p->frame);
    else
        pel_emit_null(e, "frame");
    pel_emit_string(e, "list", in_ram ? pel_frame_list_name(p->list) : NULL);
    pel_emit_boolean(e, "shared", p->shared);
    pel_emit_boolean(e, "modified", p->modified);
    pel_emit_dec(e, "shares", p->shares);
    pel_emit_map_end(e);
}

static void walk_region(pel_emitter *e, const pel_why *w)
{
    const pel_region *r = &w->region;
    if (!w->has_region) {
        pel_emit_null(e, "region");
        return;
    }
    pel_emit_map_begin(e, "region");
    pel_emit_hex(e, "base", r->base.v);
    pel_emit_hex(e, "size", r->size);
    pel_emit_hex(e, "allocation_base", r->allocation_base.v);
    pel_emit_string(e, "state", pel_state_name(r->state));
    pel_emit_protect(e, "protect", r->protect);
    pel_emit_string(e, "type", pel_type_name(r->type));
    pel_emit_map_end(e);
}

void pel_why_walk(pel_emitter *e, const pel_why *w)
{
    static const char *const accesses[] = { "read", "write", "fetch" };
    pel_paging paging = pel_machine_paging(pel_space_machine(w->space));
    pel_emit_hex(e, "va", w->va.v);
    pel_emit_string(e, "access", accesses[w->access]);
    pel_emit_ntstatus(e, "status", w->status);
    walk_region(e, w);
    pel_emit_map_begin(e, "before");
    walk_page(e, "page", &w->page_before);
    walk_tables(e, "walk", &w->before, paging);
    pel_emit_map_end(e);
    pel_emit_map_begin(e, "after");
    walk_page(e, "page", &w->page_after);
    walk_tables(e, "walk", &w->after, paging);
    pel_emit_map_end(e);
    pel_emit_seq_begin(e, "facts");
    for (size_t i = 0; i < w->count; i++)
        walk_fact(e, &w->facts[i]);
    pel_emit_seq_end(e);
}

/* ---- text ---------------------------------------------------------------- */

#define COLUMNS_MOST  96
#define COLUMNS_LEAST 40 /* labels and a word or two */

size_t pel_page_columns(const pel_page *page)
{
    size_t columns = page->options->width ? page->options->width : COLUMNS_MOST;
    columns = columns < COLUMNS_MOST ? columns : COLUMNS_MOST;
    return columns > COLUMNS_LEAST ? columns : COLUMNS_LEAST;
}

/* Bytes of the words at the start of `text` that fit; a word that is too long by itself fits. */
static size_t fitting(const char *text, size_t room)
{
    size_t end = strcspn(text, " ");
    while (text[end]) {
        size_t next = end + 1 + strcspn(text + end + 1, " ");
        if (next > room)
            break;
        end = next;
    }
    return end;
}

void pel_page_wrap(pel_page *page, unsigned indent, unsigned hang, pel_ink ink, const char *text)
{
    size_t column = indent ? indent : hang; /* a label stands there already */
    pel_page_repeat(page, PEL_INK_PLAIN, " ", indent);
    for (;;) {
        size_t size = fitting(text, pel_page_columns(page) - column);
        pel_page_put(page, ink, "%.*s", (int)size, text);
        pel_page_put(page, PEL_INK_PLAIN, "\n");
        text += size + strspn(text + size, " ");
        if (!*text)
            break;
        pel_page_repeat(page, PEL_INK_PLAIN, " ", hang);
        column = hang;
    }
}

/* The tables, one step below the other. */
static void draw_tables(pel_page *page, const pel_why *w, unsigned indent)
{
    pel_paging paging = pel_machine_paging(pel_space_machine(w->space));
    const pel_walk *walk = w->after.present ? &w->after : &w->before;
    int digits = paging == PEL_PAGING_X86 ? 8 : 16; /* entries of 4 or 8 bytes */
    char words[128];
    for (size_t i = 0; i < walk->count; i++) {
        const pel_walk_step *s = &walk->steps[i];
        pel_entry_format(paging, s->entry, words, sizeof words);
        pel_page_repeat(page, PEL_INK_PLAIN, " ", indent + 2 * (unsigned)i);
        pel_page_put(page, PEL_INK_FAINT, "%-5s %4" PRIu32 "  0x%0*" PRIx64 "  %s\n", s->name,
                     s->index, digits, s->entry, s->entry ? words : "nothing");
    }
}

static void draw_fact(pel_page *page, const pel_why_fact *f, unsigned indent)
{
    char line[512];
    const pel_memory_rule *rule = pel_memory_rule_at(f->rule);
    snprintf(line, sizeof line, "%s%s%s%s", f->text, rule ? " [" : "", rule ? rule->name : "",
             rule ? "]" : "");
    pel_page_repeat(page, PEL_INK_PLAIN, " ", indent);
    pel_page_put(page, PEL_INK_STRONG, "%-13s", pel_why_topic_name(f->topic));
    pel_page_wrap(page, 0, indent + 13, PEL_INK_PLAIN, line);
}

/* Each rule once, in the order in which they were needed. */
static void draw_rules(pel_page *page, const pel_why *w, unsigned indent)
{
    bool done[PEL_MEMORY_RULE_COUNT + 1] = { false };
    char line[512];
    pel_page_repeat(page, PEL_INK_PLAIN, " ", indent);
    pel_page_put(page, PEL_INK_STRONG, "rules\n");
    for (size_t i = 0; i < w->count; i++) {
        const pel_memory_rule *rule = pel_memory_rule_at(w->facts[i].rule);
        if (!rule || done[w->facts[i].rule])
            continue;
        done[w->facts[i].rule] = true;
        snprintf(line, sizeof line, "%s: %s (%s: %s)", rule->name, rule->text,
                 pel_certainty_name(rule->certainty), rule->source);
        pel_page_wrap(page, indent + 2, indent + 4, PEL_INK_FAINT, line);
    }
}

void pel_why_draw(pel_page *page, const pel_why *w, unsigned indent)
{
    bool tables = false;
    for (size_t i = 0; i < w->count; i++) {
        draw_fact(page, &w->facts[i], indent);
        if (w->facts[i].topic == PEL_WHY_TABLES && !w->after.present)
            draw_tables(page, w, indent + 13);
        if (w->facts[i].topic == PEL_WHY_RESULT && w->after.present && !tables) {
            draw_tables(page, w, indent + 13);
            tables = true;
        }
    }
    draw_rules(page, w, indent);
}

/* ---- pelorus why FILE ---------------------------------------------------- */

static void heed(void *ctx, const pel_event *event) { pel_why_event(ctx, event, NULL); }

static pel_ntstatus touch(pel_space *space, pel_va va, pel_access access)
{
    uint8_t byte = 0;
    switch (access) {
    case PEL_READ: return pel_space_read(space, va, &byte, 1, NULL);
    case PEL_WRITE: return pel_space_write(space, va, &byte, 1, NULL);
    case PEL_FETCH: return pel_space_fetch(space, va, &byte, 1, NULL);
    }
    return PEL_STATUS_INVALID_PARAMETER;
}

static pel_status document(const pel_image *image, const char *path, const pel_why *why,
                           const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.why/1");
    pel_walk_file(e, image, path);
    pel_emit_hex(e, "base", pel_process_module(why->process)->base.v);
    pel_why_walk(e, why);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}

static pel_status draw(const char *path, const pel_why *why, const pel_dump_options *options,
                       pel_sink sink)
{
    pel_page page = { .options = options, .sink = sink, .status = PEL_OK };
    char safe[256];
    pel_line_text((pel_str){ path, strlen(path) }, safe, sizeof safe);
    pel_page_put(&page, PEL_INK_STRONG, "%s", safe);
    pel_page_put(&page, PEL_INK_PLAIN, " %s the byte at 0x%" PRIx64 "\n\n",
                 pel_access_verb(why->access), why->va.v);
    pel_why_draw(&page, why, 0);
    return page.status;
}

pel_status pel_dump_why(const pel_image *image, const char *path, pel_process *process, pel_va va,
                        pel_access access, const pel_dump_options *options, pel_sink sink,
                        pel_ntstatus *status)
{
    pel_why why;
    pel_space *space = pel_process_space(process);
    pel_machine *machine = pel_space_machine(space);
    options = pel_dump_options_or_default(options);
    pel_why_look(&why, process, space, va, access);
    pel_machine_listen(machine, (pel_event_hook){ .tell = heed, .ctx = &why });
    pel_ntstatus nt = touch(space, va, access);
    pel_machine_listen(machine, (pel_event_hook){ .tell = NULL });
    pel_why_conclude(&why, nt);
    if (status)
        *status = nt;
    if (pel_ntstatus_to_status(nt) == PEL_NO_MEMORY || pel_ntstatus_to_status(nt) == PEL_IO)
        return pel_ntstatus_to_status(nt);
    bool drawn = options->format == PEL_FORMAT_TEXT && !options->only;
    return drawn ? draw(path, &why, options, sink) : document(image, path, &why, options, sink);
}
