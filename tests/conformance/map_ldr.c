/* SPDX-License-Identifier: Apache-2.0 */
/* LoadLibraryEx with DONT_RESOLVE_DLL_REFERENCES: mapped and relocated, nothing else. */
#include "map_load.h"

static void compare_bytes(map_record *r, const map_load *l)
{
    const pel_loaded_module *m = l->module;
    byte_rules rules = { .random = m->has_cookie };
    if (m->has_cookie)
        rules.random_rva = m->cookie_at.v - m->module.base.v;
    if (l->moved && map_rule_program_moved_by_kernel(r->image))
        rules.moved = m->module.base.v - m->module.preferred_base.v;
    map_record_bytes(r, host_space(&l->host), m->module.base, rules);
}

static void compare(map_record *r, const map_load *l)
{
    page_set pages;
    const pel_loaded_module *m = l->module;
    map_load_numbers(r, l);
    trial_number(&r->trial, "bound", 0, m->bound);
    trial_number(&r->trial, "called", 0, m->called);
    trial_number(&r->trial, "TLS slot", PEL_NO_INDEX, m->tls_slot);
    if (map_rule_in_every_process(m->name))
        trial_note(&r->trial, "bytes", "of a process that ran");
    else
        compare_bytes(r, l);
    if (map_load_pages(r, l, &pages))
        map_record_regions(r, host_space(&l->host), m->module.base, &pages);
    pages_free(&pages);
}

void map_record_ldr(map_record *r)
{
    map_load l;
    const map_load_how how = { .flags = PEL_LOAD_DLL_DONT_RESOLVE, .same_base = true };
    map_exceptions_meet(r->exceptions, r->image_name, r->mode);
    if (map_load_begin(r, &l, &how) && map_load_judge(r, &l))
        compare(r, &l);
    map_load_end(&l);
}
