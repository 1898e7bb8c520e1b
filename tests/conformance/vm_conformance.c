/* SPDX-License-Identifier: Apache-2.0 */
/* vm_conformance CASES.yaml...
 *
 * Runs cases of address-space operations, and strings of page references. Prints one line for a
 * failing case, and last "N passed, M failed". Exit 1 if any failed, 2 for wrong usage. */
#include "vm_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replacement.h"

/* ---- the document ------------------------------------------------------ */

static const char *scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* The number of pairs of a mapping; 0 for anything else. */
static size_t pair_count(const yaml_node_t *map)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return 0;
    return (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
}

static const char *pair_key(yaml_document_t *doc, const yaml_node_t *map, size_t i)
{
    const char *key = scalar(yaml_document_get_node(doc, map->data.mapping.pairs.start[i].key));
    return key ? key : "?";
}

static yaml_node_t *pair_value(yaml_document_t *doc, const yaml_node_t *map, size_t i)
{
    return yaml_document_get_node(doc, map->data.mapping.pairs.start[i].value);
}

static yaml_node_t *get(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
    for (size_t i = 0; i < pair_count(map); i++)
        if (strcmp(pair_key(doc, map, i), key) == 0)
            return pair_value(doc, map, i);
    return NULL;
}

static size_t item_count(const yaml_node_t *list)
{
    if (!list || list->type != YAML_SEQUENCE_NODE)
        return 0;
    return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
}

static yaml_node_t *item(yaml_document_t *doc, const yaml_node_t *list, size_t i)
{
    return yaml_document_get_node(doc, list->data.sequence.items.start[i]);
}

/* ---- a step's arguments and results ------------------------------------ */

const char *vm_text(vm_step *step, const char *key)
{
    yaml_document_t *doc = step->run->doc;
    for (size_t i = 0; i < pair_count(step->args); i++) {
        if (strcmp(pair_key(doc, step->args, i), key) != 0)
            continue;
        step->asked |= i < 64 ? (uint64_t)1 << i : 0;
        return scalar(pair_value(doc, step->args, i));
    }
    return NULL;
}

static void unchecked(vm_step *step, const char *key)
{
    char what[160];
    snprintf(what, sizeof what, "step %zu %s %s", step->number, step->op, key);
    trial_unchecked(&step->run->trial, what);
    trial_differs(&step->run->trial, what, "not understood");
}

uint64_t vm_number(vm_step *step, const char *key, uint64_t otherwise)
{
    const char *text = vm_text(step, key);
    uint64_t value = otherwise;
    if (text && !vm_evaluate(step->run, text, &value))
        unchecked(step, text);
    return value;
}

void vm_tell(vm_step *step, const char *key, uint64_t value)
{
    if (step->result_count < VM_RESULT_MAX)
        step->results[step->result_count++] = (vm_result){ key, value };
}

void vm_tell_status(vm_step *step, pel_ntstatus status) { vm_tell(step, "st", status); }

bool vm_tell_error(vm_step *step, uint32_t error)
{
    vm_tell(step, "ok", error == 0);
    vm_tell(step, "err", error);
    return error == 0;
}

bool vm_tell_win32(vm_step *step, pel_ntstatus status)
{
    vm_tell_status(step, status);
    return vm_tell_error(step, pel_nt_success(status) ? 0 : pel_ntstatus_to_win32(status));
}

void vm_define(vm_step *step, uint64_t value)
{
    vm_run *run = step->run;
    const char *as = vm_text(step, "as");
    if (!as)
        return;
    if (run->name_count == VM_NAME_MAX || strlen(as) >= VM_NAME_LENGTH) {
        vm_wrong(step, "too many names, or one that is too long");
        return;
    }
    vm_name *name = &run->names[run->name_count++];
    snprintf(name->name, sizeof name->name, "%s", as);
    name->value = value;
}

void vm_wrong(vm_step *step, const char *what)
{
    char where[96];
    snprintf(where, sizeof where, "step %zu %s", step->number, step->op);
    trial_differs(&step->run->trial, where, "%s", what);
}

/* ---- expectations ------------------------------------------------------ */

/* Is `got` what the text says? `*known` when that can be read. */
static bool is_value(const vm_run *run, const char *text, uint64_t got, bool *known)
{
    uint64_t value;
    if (!text || !vm_evaluate(run, text, &value))
        return false;
    *known = true;
    return value == got;
}

/* Is `got` what the node says, or one of what it lists? */
static bool matches(const vm_run *run, const yaml_node_t *want, uint64_t got, bool *known)
{
    bool same = is_value(run, scalar(want), got, known);
    for (size_t i = 0; i < item_count(want) && !same; i++)
        same = is_value(run, scalar(item(run->doc, want, i)), got, known);
    return same;
}

static void join(yaml_document_t *doc, yaml_node_t *want, char *out, size_t size)
{
    const char *text = scalar(want);
    snprintf(out, size, "%s", text ? text : "");
    for (size_t i = 0; i < item_count(want); i++) {
        size_t used = strlen(out);
        text = scalar(item(doc, want, i));
        snprintf(out + used, size - used, "%s%s", i ? " or " : "", text ? text : "?");
    }
}

static void compare(vm_step *step, const char *key, yaml_node_t *want)
{
    char where[160], wanted[200], came[80];
    bool known = false;
    size_t i = 0;
    while (i < step->result_count && strcmp(step->results[i].key, key) != 0)
        i++;
    if (i == step->result_count) {
        unchecked(step, key);
        return;
    }
    if (matches(step->run, want, step->results[i].value, &known))
        return;
    snprintf(where, sizeof where, "step %zu %s %s", step->number, step->op, key);
    join(step->run->doc, want, wanted, sizeof wanted);
    vm_format(key, step->results[i].value, came, sizeof came);
    trial_differs(&step->run->trial, where, "want %s, got %s", wanted, came);
    if (!known)
        trial_unchecked(&step->run->trial, where);
}

/* ---- running ----------------------------------------------------------- */

static const vm_op *find_op(const char *name)
{
    const vm_op *const tables[] = { vm_memory_ops, vm_section_ops, vm_stack_ops };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const vm_op *op = tables[i]; op->name; op++)
            if (strcmp(op->name, name) == 0)
                return op;
    return NULL;
}

static void run_step(vm_run *run, yaml_node_t *node, size_t number)
{
    static const char *const keys[] = { "op", "args", "expect" };
    const char *name = scalar(get(run->doc, node, "op"));
    vm_step step = { .run = run,
                     .number = number,
                     .op = name ? name : "(no op)",
                     .args = get(run->doc, node, "args"),
                     .expect = get(run->doc, node, "expect") };
    const vm_op *op = find_op(step.op);
    if (!op) {
        unchecked(&step, "op");
        return;
    }
    for (size_t i = 0; i < pair_count(node); i++) {
        const char *key = pair_key(run->doc, node, i);
        if (strcmp(key, keys[0]) && strcmp(key, keys[1]) && strcmp(key, keys[2]))
            unchecked(&step, key);
    }
    op->run(&step);
    for (size_t i = 0; i < pair_count(step.args); i++)
        if (i >= 64 || !(step.asked & (uint64_t)1 << i))
            unchecked(&step, pair_key(run->doc, step.args, i));
    for (size_t i = 0; i < pair_count(step.expect); i++)
        compare(&step, pair_key(run->doc, step.expect, i), pair_value(run->doc, step.expect, i));
}

static void check_machine(vm_run *run)
{
    const char *broken = run->machine ? pel_machine_check(run->machine) : NULL;
    if (broken)
        trial_differs(&run->trial, "the machine", "%s", broken);
}

/* The page that every process has (KUSER_SHARED_DATA). */
static bool add_shared_user_page(pel_space *space)
{
    pel_va base = { 0x7FFE0000 };
    uint64_t size = 0x1000;
    return pel_nt_success(pel_space_allocate(space, &base, &size, PEL_MEM_RESERVE | PEL_MEM_COMMIT,
                                             PEL_PAGE_READONLY));
}

static void run_steps(vm_run *run, report *r, const char *id, const yaml_node_t *steps)
{
    trial_begin(&run->trial, r, id);
    if (item_count(steps) == 0)
        trial_differs(&run->trial, "steps", "there are none");
    for (size_t i = 0; i < item_count(steps); i++)
        run_step(run, item(run->doc, steps, i), i + 1);
    check_machine(run);
    trial_end(&run->trial);
}

static bool start(vm_run *run)
{
    return pel_machine_new(NULL, &run->machine) == PEL_OK &&
           pel_space_new(run->machine, NULL, &run->space) == PEL_OK &&
           add_shared_user_page(run->space);
}

static void run_case(report *r, yaml_document_t *doc, yaml_node_t *node)
{
    const char *id = scalar(get(doc, node, "id"));
    vm_run *run = calloc(1, sizeof *run);
    if (!run || !start(run)) {
        report_failure(r, id ? id : "?", "no memory");
    } else {
        run->doc = doc;
        run_steps(run, r, id ? id : "(no id)", get(doc, node, "steps"));
    }
    if (!run)
        return;
    pel_space_free(run->space);
    vm_objects_free(run);
    pel_machine_free(run->machine);
    free(run);
}

static void run_document(report *r, yaml_document_t *doc, const char *path)
{
    yaml_node_t *cases = get(doc, yaml_document_get_root_node(doc), "cases");
    if (item_count(cases) == 0 && !get(doc, yaml_document_get_root_node(doc), "replacement"))
        report_failure(r, path, "has no cases");
    for (size_t i = 0; i < item_count(cases); i++)
        run_case(r, doc, item(doc, cases, i));
    replacement_run_document(doc, r);
}

static void run_file(report *r, const char *path)
{
    yaml_parser_t parser;
    yaml_document_t doc;
    FILE *file = fopen(path, "rb");
    if (!file || !yaml_parser_initialize(&parser)) {
        report_failure(r, path, "cannot be read");
        if (file)
            fclose(file);
        return;
    }
    yaml_parser_set_input_file(&parser, file);
    if (yaml_parser_load(&parser, &doc)) {
        run_document(r, &doc, path);
        yaml_document_delete(&doc);
    } else {
        report_failure(r, path, parser.problem ? parser.problem : "is no YAML");
    }
    yaml_parser_delete(&parser);
    fclose(file);
}

int main(int argc, char **argv)
{
    report r = { 0 };
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: vm_conformance CASES.yaml...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        run_file(&r, argv[i]);
    return report_close(&r);
}
