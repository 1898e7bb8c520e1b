/* SPDX-License-Identifier: Apache-2.0 */
#include "replacement.h"

#include <errno.h>
#include <inttypes.h>
#include <pelorus/replay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct section {
    yaml_document_t *doc;
    report *to;
} section;

/* ---- the document ------------------------------------------------------ */

static const char *text_of(section *s, int node)
{
    yaml_node_t *n = yaml_document_get_node(s->doc, node);
    return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static bool number_of(section *s, int node, uint64_t *out)
{
    const char *text = text_of(s, node);
    char *end;
    errno = 0;
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    *out = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0';
}

/* The value of `key` in a map, 0 when there is none. */
static int get(section *s, yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return 0;
    yaml_node_pair_t *end = map->data.mapping.pairs.top;
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < end; p++) {
        const char *name = text_of(s, p->key);
        if (name && strcmp(name, key) == 0)
            return p->value;
    }
    return 0;
}

static bool load(const char *path, yaml_document_t *doc, report *to)
{
    yaml_parser_t parser;
    FILE *file = fopen(path, "rb");
    bool ok = file && yaml_parser_initialize(&parser);
    if (!ok) {
        report_failure(to, path, "cannot be read");
        if (file)
            fclose(file);
        return false;
    }
    yaml_parser_set_input_file(&parser, file);
    ok = yaml_parser_load(&parser, doc);
    if (!ok)
        report_failure(to, path, parser.problem ? parser.problem : "is no YAML");
    yaml_parser_delete(&parser);
    fclose(file);
    return ok;
}

/* ---- cases ------------------------------------------------------------- */

static bool add_refs(section *s, int node, pel_trace *trace)
{
    yaml_node_t *list = yaml_document_get_node(s->doc, node);
    if (!list || list->type != YAML_SEQUENCE_NODE)
        return false;
    yaml_node_item_t *end = list->data.sequence.items.top;
    for (yaml_node_item_t *item = list->data.sequence.items.start; item < end; item++) {
        uint64_t page;
        if (!number_of(s, *item, &page) || pel_trace_access(trace, page, false) != PEL_OK)
            return false;
    }
    return true;
}

static void compare(section *s, trial *t, const pel_trace *trace, uint64_t frames,
                    yaml_node_pair_t *want)
{
    char what[80];
    pel_policy policy;
    uint64_t faults;
    pel_replay_result got;
    const char *name = text_of(s, want->key);
    snprintf(what, sizeof what, "faults.%" PRIu64 ".%.40s", frames, name ? name : "?");
    if (!name || pel_policy_from_name(name, &policy) != PEL_OK ||
        !number_of(s, want->value, &faults))
        trial_unchecked(t, what);
    else if (pel_replay(trace, policy, frames, &got) != PEL_OK)
        trial_differs(t, what, "no replay with %" PRIu64 " frames", frames);
    else
        trial_number(t, what, faults, got.faults);
}

static void compare_all(section *s, trial *t, const pel_trace *trace, int faults)
{
    yaml_node_t *sizes = yaml_document_get_node(s->doc, faults);
    if (!sizes || sizes->type != YAML_MAPPING_NODE) {
        trial_unchecked(t, "faults");
        return;
    }
    yaml_node_pair_t *end = sizes->data.mapping.pairs.top;
    for (yaml_node_pair_t *p = sizes->data.mapping.pairs.start; p < end; p++) {
        uint64_t frames;
        yaml_node_t *policies = yaml_document_get_node(s->doc, p->value);
        if (!number_of(s, p->key, &frames) || !policies || policies->type != YAML_MAPPING_NODE) {
            trial_unchecked(t, "faults");
            continue;
        }
        yaml_node_pair_t *last = policies->data.mapping.pairs.top;
        for (yaml_node_pair_t *q = policies->data.mapping.pairs.start; q < last; q++)
            compare(s, t, trace, frames, q);
    }
}

static void run_case(section *s, int node)
{
    trial t;
    pel_trace *trace = NULL;
    yaml_node_t *map = yaml_document_get_node(s->doc, node);
    const char *name = text_of(s, get(s, map, "id"));
    trial_begin(&t, s->to, name ? name : "?");
    if (pel_trace_new(NULL, &trace) == PEL_OK && add_refs(s, get(s, map, "refs"), trace))
        compare_all(s, &t, trace, get(s, map, "faults"));
    else
        trial_differs(&t, "refs", "want a list of page numbers");
    pel_trace_free(trace);
    trial_end(&t);
}

void replacement_run_document(yaml_document_t *doc, report *to)
{
    section s = { .doc = doc, .to = to };
    yaml_node_t *root = yaml_document_get_root_node(doc);
    yaml_node_t *cases = yaml_document_get_node(doc, get(&s, root, "replacement"));
    if (!cases || cases->type != YAML_SEQUENCE_NODE)
        return;
    yaml_node_item_t *end = cases->data.sequence.items.top;
    for (yaml_node_item_t *item = cases->data.sequence.items.start; item < end; item++)
        run_case(&s, *item);
}

void replacement_run(const char *path, report *to)
{
    yaml_document_t doc;
    if (!load(path, &doc, to))
        return;
    replacement_run_document(&doc, to);
    yaml_document_delete(&doc);
}
