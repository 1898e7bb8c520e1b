/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a scenario: one verb each, and what is expected after it. */
#include <stdio.h>
#include <string.h>

#include "scenario/scenario_priv.h"

#define MAX_COUNT ((uint64_t)1 << 24)

/* ---- parts that verbs share ---------------------------------------------- */

static pel_status need_at(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *node;
    PEL_TRY(pel_read_process_at(r, map, &s->process));
    PEL_TRY(pel_read_need(r, map, "at", &node));
    return pel_read_expr_at(r, map, "at", &s->at);
}

static pel_status read_protect(pel_scenario_reader *r, const pel_yaml *map, pel_step *s,
                               uint32_t otherwise)
{
    const pel_yaml *node = pel_yaml_get(map, "protect");
    s->protect = otherwise;
    s->has_protect = node != NULL;
    return node ? pel_read_flags(r, node, "PAGE_", &s->protect) : PEL_OK;
}

static pel_status read_as(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *node = pel_yaml_get(map, "as");
    pel_scenario *all = r->s;
    return node ? pel_read_define(r, node, all->names, &all->name_count, &s->label) : PEL_OK;
}

static pel_status read_size(pel_scenario_reader *r, const pel_yaml *map, uint64_t max, pel_step *s)
{
    return pel_read_number_at(r, map, "size", 0, max, &s->size);
}

/* "all", or a number. */
static pel_status read_pages(pel_scenario_reader *r, const pel_yaml *node, uint64_t *out)
{
    *out = UINT64_MAX;
    if (!node || (node->kind == PEL_YAML_SCALAR && strcmp(node->text.ptr, "all") == 0))
        return PEL_OK;
    return pel_read_number(r, node, 0, (uint64_t)1 << 40, out);
}

/* ---- accesses ------------------------------------------------------------ */

static pel_status read_value(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *text = pel_yaml_get(map, "text");
    const pel_yaml *value = pel_yaml_get(map, "value");
    if (text && value)
        return pel_read_fail(r, text->key, "either 'value' or 'text', not both");
    if (text) {
        PEL_TRY(pel_read_want(r, text, PEL_YAML_SCALAR));
        s->bytes = text->text;
        s->size = text->text.len ? text->text.len : 1;
        return s->size <= PEL_SCENARIO_BYTES ? PEL_OK
                                             : pel_read_fail(r, text, "the text is too long");
    }
    s->value = 1;
    s->has_value = value != NULL;
    if (value)
        PEL_TRY(pel_read_number(r, value, 0, UINT64_MAX, &s->value));
    while (!pel_yaml_get(map, "size") && s->size < 8 && s->value >> (8 * s->size) != 0)
        s->size *= 2;
    return PEL_OK;
}

static pel_status read_loop(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *stride = pel_yaml_get(map, "stride");
    PEL_TRY(pel_read_number_at(r, map, "count", 1, MAX_COUNT, &s->count));
    if (stride && stride->kind == PEL_YAML_SCALAR && stride->text.ptr[0] == '-') {
        pel_yaml positive = *stride;
        positive.text = (pel_str){ stride->text.ptr + 1, stride->text.len - 1 };
        PEL_TRY(pel_read_number(r, &positive, 0, (uint64_t)1 << 40, &s->stride));
        s->stride = 0 - s->stride;
        return PEL_OK;
    }
    return pel_read_number_at(r, map, "stride", 0, (uint64_t)1 << 40, &s->stride);
}

static pel_status read_access(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *size = pel_yaml_get(map, "size");
    PEL_TRY(need_at(r, map, s));
    s->size = 1;
    s->count = 1;
    s->stride = PEL_PAGE_SIZE;
    PEL_TRY(read_size(r, map, PEL_SCENARIO_BYTES, s));
    if (s->size == 0)
        return pel_read_fail(r, size, "an access has one byte at least");
    s->access = s->verb == PEL_VERB_WRITE   ? PEL_WRITE
                : s->verb == PEL_VERB_FETCH ? PEL_FETCH
                                            : PEL_READ;
    if (s->access == PEL_WRITE)
        PEL_TRY(read_value(r, map, s));
    return read_loop(r, map, s);
}

static pel_status read_access_kind(pel_scenario_reader *r, const pel_yaml *map, pel_access *out)
{
    static const char *const words[] = { "read", "write", "fetch", NULL };
    const pel_yaml *node = pel_yaml_get(map, "access");
    size_t index;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_word(r, node, "access", words, &index));
    *out = (pel_access)index;
    return PEL_OK;
}

static pel_status read_why(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    PEL_TRY(need_at(r, map, s));
    s->size = 1;
    s->count = 1;
    s->value = 1;
    return read_access_kind(r, map, &s->access);
}

/* Numbers of pages: a list, or text with spaces between them. */
static pel_status read_reference_list(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    uint64_t *all = pel_arena_take(&r->s->arena, node->count * sizeof *all);
    if (!all)
        return pel_read_no_memory(r, node);
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(pel_read_number(r, item, 0, (uint64_t)1 << 40, &all[s->reference_count++]));
    s->references = all;
    return PEL_OK;
}

static pel_status read_reference_text(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    pel_str t = node->text;
    uint64_t *all = pel_arena_take(&r->s->arena, (t.len / 2 + 1) * sizeof *all);
    if (!all)
        return pel_read_no_memory(r, node);
    for (size_t at = 0, end; at < t.len; at = end + 1) {
        for (end = at; end < t.len && t.ptr[end] != ' ' && t.ptr[end] != ','; end++)
            continue;
        pel_str word = { t.ptr + at, end - at };
        if (word.len > 0 &&
            (!pel_read_digits(word, &all[s->reference_count]) || all[s->reference_count] >> 40))
            return pel_read_fail(r, node, "'%s' is no number of a page", pel_quote(word).text);
        s->reference_count += word.len > 0;
    }
    s->references = all;
    return PEL_OK;
}

static pel_status read_references(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *pages;
    PEL_TRY(need_at(r, map, s));
    PEL_TRY(read_access_kind(r, map, &s->access));
    PEL_TRY(pel_read_need(r, map, "pages", &pages));
    s->size = s->value = 1;
    if (pages->kind == PEL_YAML_LIST)
        PEL_TRY(read_reference_list(r, pages, s));
    else
        PEL_TRY(pel_read_want(r, pages, PEL_YAML_SCALAR));
    if (pages->kind == PEL_YAML_SCALAR)
        PEL_TRY(read_reference_text(r, pages, s));
    return s->reference_count ? PEL_OK : pel_read_fail(r, pages, "there is no page in the list");
}

/* ---- memory -------------------------------------------------------------- */

static pel_status read_allocate(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *type = pel_yaml_get(map, "type"), *size;
    PEL_TRY(pel_read_process_at(r, map, &s->process));
    PEL_TRY(pel_read_expr_at(r, map, "at", &s->at));
    PEL_TRY(pel_read_need(r, map, "size", &size));
    PEL_TRY(read_size(r, map, UINT64_MAX, s));
    s->type = PEL_MEM_RESERVE | PEL_MEM_COMMIT;
    if (type)
        PEL_TRY(pel_read_flags(r, type, "MEM_", &s->type));
    PEL_TRY(read_protect(r, map, s, PEL_PAGE_READWRITE));
    return read_as(r, map, s);
}

static pel_status read_free(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *type = pel_yaml_get(map, "type");
    PEL_TRY(need_at(r, map, s));
    s->type = PEL_MEM_RELEASE;
    if (type)
        PEL_TRY(pel_read_flags(r, type, "MEM_", &s->type));
    return read_size(r, map, UINT64_MAX, s);
}

static pel_status read_range(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *protect;
    PEL_TRY(need_at(r, map, s));
    s->size = PEL_PAGE_SIZE;
    PEL_TRY(read_size(r, map, UINT64_MAX, s));
    if (s->verb != PEL_VERB_PROTECT)
        return PEL_OK;
    PEL_TRY(pel_read_need(r, map, "protect", &protect));
    return read_protect(r, map, s, 0);
}

/* ---- sections and images ------------------------------------------------- */

static pel_status read_section(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *as, *text = pel_yaml_get(map, "text");
    PEL_TRY(pel_read_need(r, map, "as", &as));
    PEL_TRY(pel_read_define(r, as, r->s->sections, &r->s->section_count, &s->section));
    PEL_TRY(pel_read_text_at(r, map, "file", &s->file));
    s->file_node = pel_yaml_get(map, "file");
    if (text) {
        PEL_TRY(pel_read_want(r, text, PEL_YAML_SCALAR));
        s->bytes = text->text;
        s->has_value = true;
    }
    if (s->file && text)
        return pel_read_fail(r, text->key, "either 'file' or 'text', not both");
    PEL_TRY(read_size(r, map, PEL_SCENARIO_SECTION, s));
    if (!s->file && !text && s->size == 0)
        return pel_read_fail(r, map,
                             "a section of the page files needs a 'size'; else a 'file' or "
                             "'text' is wanted");
    return read_protect(r, map, s, PEL_PAGE_READWRITE);
}

static pel_status read_map(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *section;
    pel_scenario *all = r->s;
    PEL_TRY(pel_read_process_at(r, map, &s->process));
    PEL_TRY(pel_read_need(r, map, "section", &section));
    PEL_TRY(pel_read_want(r, section, PEL_YAML_SCALAR));
    if (!pel_read_find(section->text, all->sections, all->section_count, &s->section))
        return pel_read_fail(r, section,
                             "no section is called '%s': a step `section` before this "
                             "one gives names with `as`",
                             pel_quote(section->text).text);
    PEL_TRY(pel_read_expr_at(r, map, "at", &s->at));
    PEL_TRY(pel_read_number_at(r, map, "offset", 0, UINT64_MAX, &s->offset));
    PEL_TRY(read_size(r, map, UINT64_MAX, s));
    PEL_TRY(read_protect(r, map, s, 0));
    return read_as(r, map, s);
}

static pel_status read_load(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    PEL_TRY(pel_read_process_at(r, map, &s->process));
    PEL_TRY(pel_read_need(r, map, "image", &s->file_node));
    PEL_TRY(pel_read_text_at(r, map, "image", &s->file));
    PEL_TRY(pel_read_load(r, map, &s->load));
    return read_as(r, map, s);
}

/* ---- processes and the system --------------------------------------------- */

static pel_status read_life(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    PEL_TRY(pel_read_process(r, node, &s->process));
    pel_process_plan *p = &r->s->processes[s->process];
    bool first = true; /* a start before any exit: until then there is no such process */
    for (const pel_step *before = r->s->steps; before; before = before->next)
        first = first && !(before->verb == PEL_VERB_EXIT && before->process == s->process);
    if (s->verb == PEL_VERB_START && first)
        p->later = true;
    return PEL_OK;
}

static pel_status read_trim(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    static const char *const keys[] = { "process", "pages", "at", NULL };
    s->pages = UINT64_MAX;
    if (node->kind == PEL_YAML_SCALAR)
        return pel_read_process(r, node, &s->process);
    PEL_TRY(pel_read_keys(r, node, "trim", keys));
    PEL_TRY(pel_read_process_at(r, node, &s->process));
    PEL_TRY(pel_read_expr_at(r, node, "at", &s->at));
    return read_pages(r, pel_yaml_get(node, "pages"), &s->pages);
}

static pel_status read_limits(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *node;
    PEL_TRY(pel_read_process_at(r, map, &s->process));
    PEL_TRY(pel_read_need(r, map, "maximum", &node));
    PEL_TRY(pel_read_number(r, node, 0, (uint64_t)1 << 40, &s->maximum));
    s->minimum = 1;
    PEL_TRY(pel_read_number_at(r, map, "minimum", 0, (uint64_t)1 << 40, &s->minimum));
    return pel_read_bool_at(r, map, "hard", &s->hard);
}

static pel_status read_system(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    if (s->verb == PEL_VERB_BALANCE)
        return pel_read_number(r, node, 1, 1000, &s->pages);
    return read_pages(r, node, &s->pages);
}

static pel_status read_note(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    return pel_read_text(r, node, &s->text);
}

static pel_status read_repeat(pel_scenario_reader *r, const pel_yaml *map, pel_step *s)
{
    const pel_yaml *times, *steps;
    if (r->depth == PEL_SCENARIO_DEPTH)
        return pel_read_fail(r, map, "repetitions are nested too deeply: %d at most",
                             PEL_SCENARIO_DEPTH);
    PEL_TRY(pel_read_need(r, map, "times", &times));
    PEL_TRY(pel_read_number(r, times, 1, 100000, &s->count));
    PEL_TRY(pel_read_need(r, map, "steps", &steps));
    r->depth++;
    PEL_TRY(pel_read_steps(r, steps, s->number, &s->steps));
    r->depth--;
    return PEL_OK;
}

static pel_status read_nothing(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    (void)r, (void)node, (void)s;
    return PEL_OK; /* EXPECT: read with every step's expectations */
}

/* ---- verbs --------------------------------------------------------------- */

typedef struct verb {
    pel_status (*read)(pel_scenario_reader *r, const pel_yaml *node, pel_step *s);
    const char *keys[10]; /* none: no map, or checked by `read` */
} verb;

static const verb verbs[] = {
    [PEL_VERB_READ] = { read_access, { "process", "at", "size", "count", "stride" } },
    [PEL_VERB_WRITE] = { read_access,
                         { "process", "at", "size", "value", "text", "count", "stride" } },
    [PEL_VERB_FETCH] = { read_access, { "process", "at", "size", "count", "stride" } },
    [PEL_VERB_REFERENCES] = { read_references, { "process", "at", "pages", "access" } },
    [PEL_VERB_ALLOCATE] = { read_allocate, { "process", "at", "size", "type", "protect", "as" } },
    [PEL_VERB_FREE] = { read_free, { "process", "at", "size", "type" } },
    [PEL_VERB_PROTECT] = { read_range, { "process", "at", "size", "protect" } },
    [PEL_VERB_QUERY] = { need_at, { "process", "at" } },
    [PEL_VERB_LOCK] = { read_range, { "process", "at", "size" } },
    [PEL_VERB_UNLOCK] = { read_range, { "process", "at", "size" } },
    [PEL_VERB_SECTION] = { read_section, { "as", "file", "text", "size", "protect" } },
    [PEL_VERB_MAP] = { read_map,
                       { "process", "section", "at", "offset", "size", "protect", "as" } },
    [PEL_VERB_UNMAP] = { need_at, { "process", "at" } },
    [PEL_VERB_LOAD] = { read_load,
                        { "process", "image", "base", "aslr", "windows", "host", "as" } },
    [PEL_VERB_START] = { read_life, { NULL } },
    [PEL_VERB_EXIT] = { read_life, { NULL } },
    [PEL_VERB_TRIM] = { read_trim, { NULL } },
    [PEL_VERB_WORKING_SET] = { read_limits, { "process", "minimum", "maximum", "hard" } },
    [PEL_VERB_WRITE_MODIFIED] = { read_system, { NULL } },
    [PEL_VERB_ZERO_FREE] = { read_system, { NULL } },
    [PEL_VERB_BALANCE] = { read_system, { NULL } },
    [PEL_VERB_REPEAT] = { read_repeat, { "times", "steps" } },
    [PEL_VERB_NOTE] = { read_note, { NULL } },
    [PEL_VERB_WHY] = { read_why, { "process", "at", "access" } },
    [PEL_VERB_EXPECT] = { read_nothing, { NULL } },
};

static const char *const verb_names[] = {
#define X(id, name, text) name,
#include "scenario/verbs.def"
#undef X
    NULL
};

/* ---- one step ------------------------------------------------------------ */

/* The one key that is a verb; `expect` stands beside it, or alone. */
static pel_status find_verb(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    const pel_yaml *expect = NULL;
    PEL_TRY(pel_read_keys(r, node, "a step", verb_names));
    for (const pel_yaml *v = node->first; v; v = v->next) {
        size_t index;
        pel_read_find(v->key->text, verb_names, PEL_VERB_COUNT, &index);
        if (index == PEL_VERB_EXPECT) {
            expect = v;
            continue;
        }
        if (s->node)
            return pel_read_fail(r, v->key, "one verb for each step: there is '%s' already",
                                 s->node->key->text.ptr);
        s->node = v;
        s->verb = (pel_verb)index;
    }
    if (s->node || expect) {
        s->verb = s->node ? s->verb : PEL_VERB_EXPECT;
        s->node = s->node ? s->node : expect;
        return PEL_OK;
    }
    return pel_read_fail(r, node, "the step is empty");
}

static pel_status read_step(pel_scenario_reader *r, const pel_yaml *node, pel_step *s)
{
    s->process = s->label = s->section = PEL_NO_NAME;
    PEL_TRY(find_verb(r, node, s));
    const verb *v = &verbs[s->verb];
    if (v->keys[0])
        PEL_TRY(pel_read_keys(r, s->node, s->node->key->text.ptr, v->keys));
    PEL_TRY(v->read(r, s->node, s));
    const pel_yaml *expect = pel_yaml_get(node, "expect");
    return expect ? pel_read_expect(r, expect, s, &s->expect) : PEL_OK;
}

pel_status pel_read_steps(pel_scenario_reader *r, const pel_yaml *list, const char *prefix,
                          pel_step **out)
{
    unsigned number = 0;
    PEL_TRY(pel_read_want(r, list, PEL_YAML_LIST));
    for (const pel_yaml *node = list->first; node; node = node->next) {
        pel_step *s = pel_arena_take(&r->s->arena, sizeof *s);
        if (!s)
            return pel_read_no_memory(r, node);
        if (!pel_yaml_get(node, "note")) /* a note has no number */
            snprintf(s->number, sizeof s->number, "%s%s%u", prefix, *prefix ? "." : "", ++number);
        *out = s;
        out = &s->next;
        PEL_TRY(read_step(r, node, s));
    }
    return PEL_OK;
}
