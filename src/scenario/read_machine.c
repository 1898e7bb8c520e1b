/* SPDX-License-Identifier: Apache-2.0 */
/* The machine and the processes of a scenario. */
#include <ctype.h>
#include <string.h>

#include "scenario/scenario_priv.h"

/* ---- the machine --------------------------------------------------------- */

static pel_status read_paging(pel_scenario_reader *r, const pel_yaml *node, pel_paging *out)
{
    static const char *const words[] = { "x64", "la57", "pae", "x86", NULL };
    size_t index;
    PEL_TRY(pel_read_word(r, node, "paging mode", words, &index));
    *out = (pel_paging)index;
    return PEL_OK;
}

/* Bytes, a multiple of the page. */
static pel_status read_size(pel_scenario_reader *r, const pel_yaml *node, uint64_t max,
                            uint64_t *out)
{
    PEL_TRY(pel_read_number(r, node, PEL_PAGE_SIZE, max, out));
    if (*out % PEL_PAGE_SIZE != 0)
        return pel_read_fail(r, node, "a size must be a multiple of the page, 4 KiB");
    return PEL_OK;
}

static pel_status read_page_files(pel_scenario_reader *r, const pel_yaml *node)
{
    size_t count = 0;
    uint64_t left = (uint64_t)4 << 30; /* of the host's disk, should all be written */
    PEL_TRY(pel_read_want(r, node, PEL_YAML_LIST));
    for (const pel_yaml *item = node->first; item; item = item->next) {
        if (count == PEL_PAGE_FILE_MAX)
            return pel_read_fail(r, item, "more than %d page files", PEL_PAGE_FILE_MAX);
        uint64_t *size = &r->s->machine.page_file_size[count++];
        PEL_TRY(read_size(r, item, (uint64_t)4 << 30, size));
        if (*size > left)
            return pel_read_fail(r, item, "the page files together are larger than 4 GiB");
        left -= *size;
    }
    return PEL_OK;
}

pel_status pel_read_machine(pel_scenario_reader *r, const pel_yaml *top)
{
    static const char *const keys[] = { "ram", "paging", "policy", "page_files", NULL };
    const pel_yaml *node = pel_yaml_get(top, "machine");
    pel_machine_options *m = &r->s->machine;
    m->ram_size = (uint64_t)16 << 20;
    r->s->machine_node = node ? node : top;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_keys(r, node, "a machine", keys));
    const pel_yaml *ram = pel_yaml_get(node, "ram");
    const pel_yaml *paging = pel_yaml_get(node, "paging");
    const pel_yaml *policy = pel_yaml_get(node, "policy");
    const pel_yaml *files = pel_yaml_get(node, "page_files");
    if (ram)
        PEL_TRY(read_size(r, ram, (uint64_t)1 << 46, &m->ram_size));
    if (paging)
        PEL_TRY(read_paging(r, paging, &m->paging));
    if (policy)
        PEL_TRY(pel_read_policy(r, policy, &m->policy));
    if (m->policy == PEL_POLICY_OPT)
        return pel_read_fail(r, policy, "opt needs to know the future: it has curves only");
    return files ? read_page_files(r, files) : PEL_OK;
}

/* ---- how an image is loaded ---------------------------------------------- */

const char *const pel_read_load_keys[] = { "image", "base", "aslr", "windows", "host", NULL };

static pel_status read_base(pel_scenario_reader *r, const pel_yaml *map, pel_load_options *load)
{
    const pel_yaml *base = pel_yaml_get(map, "base");
    if (!base)
        return PEL_OK;
    PEL_TRY(pel_read_number(r, base, PEL_GRANULARITY, UINT64_MAX >> 16, &load->base.v));
    if (load->base.v % PEL_GRANULARITY != 0)
        return pel_read_fail(r, base, "a base must be a multiple of 64 KiB");
    load->has_base = true;
    return PEL_OK;
}

pel_status pel_read_load(pel_scenario_reader *r, const pel_yaml *map, pel_load_options *load)
{
    static const char *const windows[] = { "11", "10", "8", "7", "xp", NULL };
    static const char *const hosts[] = { "x64", "x86", "arm64", NULL };
    const pel_yaml *which = pel_yaml_get(map, "windows");
    const pel_yaml *host = pel_yaml_get(map, "host");
    size_t index;
    PEL_TRY(read_base(r, map, load));
    PEL_TRY(pel_read_bool_at(r, map, "aslr", &load->aslr));
    if (load->aslr && load->has_base)
        return pel_read_fail(r, pel_yaml_get(map, "aslr"), "either 'base' or 'aslr', not both");
    if (which) {
        PEL_TRY(pel_read_word(r, which, "Windows", windows, &index));
        load->windows = (pel_windows)index;
    }
    if (host) {
        PEL_TRY(pel_read_word(r, host, "host", hosts, &index));
        load->host = (pel_host)index;
    }
    return PEL_OK;
}

/* ---- processes ----------------------------------------------------------- */

static pel_status read_bounds(pel_scenario_reader *r, const pel_yaml *map, pel_process_plan *p)
{
    static const char *const keys[] = { "lowest", "highest", NULL };
    const pel_yaml *node = pel_yaml_get(map, "addresses");
    if (!node)
        return PEL_OK;
    if (p->file)
        return pel_read_fail(r, node->key, "the image says which addresses the process has");
    PEL_TRY(pel_read_keys(r, node, "addresses", keys));
    PEL_TRY(
        pel_read_number_at(r, node, "lowest", PEL_PAGE_SIZE, UINT64_MAX >> 8, &p->space.lowest.v));
    return pel_read_number_at(r, node, "highest", PEL_PAGE_SIZE, UINT64_MAX >> 8,
                              &p->space.highest.v);
}

static pel_status read_working_set(pel_scenario_reader *r, const pel_yaml *map, pel_process_plan *p)
{
    static const char *const keys[] = { "minimum", "maximum", "hard", NULL };
    const pel_yaml *node = pel_yaml_get(map, "working_set");
    uint64_t *min = &p->space.working_set_minimum, *max = &p->space.working_set_maximum;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_keys(r, node, "a working set", keys));
    p->limited = true;
    *max = 345;
    PEL_TRY(pel_read_number_at(r, node, "maximum", 1, (uint64_t)1 << 32, max));
    *min = *max < 50 ? *max : 50;
    PEL_TRY(pel_read_number_at(r, node, "minimum", 1, (uint64_t)1 << 32, min));
    if (*min > *max)
        return pel_read_fail(r, node, "the minimum is larger than the maximum");
    return pel_read_bool_at(r, node, "hard", &p->space.hard_maximum);
}

static bool is_process_name(pel_str text)
{
    bool good = text.len > 0 && text.len <= 24;
    for (size_t i = 0; i < text.len && good; i++)
        good = isalnum((unsigned char)text.ptr[i]) || strchr("_-.", text.ptr[i]);
    return good;
}

static pel_status read_process(pel_scenario_reader *r, const pel_yaml *node, pel_process_plan *p)
{
    static const char *const keys[] = { "image",       "base",      "aslr", "windows", "host",
                                        "working_set", "addresses", "seed", NULL };
    if (!is_process_name(node->key->text))
        return pel_read_fail(r, node->key,
                             "the name of a process is made of letters, digits, '_', "
                             "'-' and '.', 24 at most");
    p->name = node->key->text.ptr;
    p->node = node->key;
    if (node->kind == PEL_YAML_SCALAR && node->plain && node->text.len == 0)
        return PEL_OK; /* "A:" alone: an empty process */
    PEL_TRY(pel_read_keys(r, node, "a process", keys));
    p->file_node = pel_yaml_get(node, "image");
    PEL_TRY(pel_read_text_at(r, node, "image", &p->file));
    for (size_t i = 1; pel_read_load_keys[i] && !p->file; i++)
        if (pel_yaml_get(node, pel_read_load_keys[i]))
            return pel_read_fail(r, pel_yaml_get(node, pel_read_load_keys[i])->key,
                                 "'%s' makes sense with an 'image' only", pel_read_load_keys[i]);
    PEL_TRY(pel_read_load(r, node, &p->load));
    p->own_seed = pel_yaml_get(node, "seed") != NULL;
    PEL_TRY(pel_read_number_at(r, node, "seed", 0, UINT64_MAX, &p->load.seed));
    PEL_TRY(read_bounds(r, node, p));
    return read_working_set(r, node, p);
}

pel_status pel_read_processes(pel_scenario_reader *r, const pel_yaml *top)
{
    const pel_yaml *map;
    PEL_TRY(pel_read_need(r, top, "processes", &map));
    PEL_TRY(pel_read_want(r, map, PEL_YAML_MAP));
    for (const pel_yaml *node = map->first; node; node = node->next) {
        if (r->s->process_count == PEL_SCENARIO_PROCESSES)
            return pel_read_fail(r, node->key, "more than %d processes", PEL_SCENARIO_PROCESSES);
        PEL_TRY(read_process(r, node, &r->s->processes[r->s->process_count]));
        r->s->process_count++;
    }
    return PEL_OK;
}

pel_status pel_read_process(pel_scenario_reader *r, const pel_yaml *node, size_t *out)
{
    const char *names[PEL_SCENARIO_PROCESSES + 1] = { NULL };
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    for (size_t i = 0; i < r->s->process_count; i++)
        names[i] = r->s->processes[i].name;
    if (pel_read_find(node->text, names, r->s->process_count, out))
        return PEL_OK;
    return pel_read_fail(r, node, "no process is called '%s'%s", pel_quote(node->text).text,
                         pel_suggest(node->text, names).text);
}

pel_status pel_read_process_at(pel_scenario_reader *r, const pel_yaml *map, size_t *out)
{
    const pel_yaml *node = map->kind == PEL_YAML_MAP ? pel_yaml_get(map, "process") : NULL;
    *out = 0;
    if (node)
        return pel_read_process(r, node, out);
    if (r->s->process_count == 1)
        return PEL_OK;
    return pel_read_fail(r, map, "'process' is missing: which of the %zu?", r->s->process_count);
}
