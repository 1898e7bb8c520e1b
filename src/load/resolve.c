/* SPDX-License-Identifier: Apache-2.0 */
/* One import: from a module and a name or ordinal to an address, through forwarders. */
#include <string.h>

#include "base/text.h"
#include "load/process_priv.h"

/* The loader follows forwarders by calling itself and has no other bound than its stack. No chain
 * of real DLLs is longer than a handful. */
#define CHAIN_MAX 256

static pel_ntstatus find(const loaded *m, const pel_wanted *wanted, pel_export *out)
{
    if (m->has_exports == PEL_NOT_FOUND)
        return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    pel_status st = wanted->by_ordinal
                        ? pel_export_by_ordinal(&m->exports, wanted->ordinal, out)
                        : pel_export_by_name(&m->exports, wanted->name, wanted->hint, out);
    if (st == PEL_OK)
        return PEL_STATUS_SUCCESS;
    return wanted->by_ordinal ? (pel_ntstatus)PEL_STATUS_ORDINAL_NOT_FOUND
                              : (pel_ntstatus)PEL_STATUS_ENTRYPOINT_NOT_FOUND;
}

/* "dll.name" or "dll.#ordinal"; the last dot counts. */
static bool split_forwarder(pel_str text, pel_str *dll, pel_wanted *wanted)
{
    size_t dot = text.len;
    while (dot > 0 && text.ptr[dot - 1] != '.')
        dot--;
    if (dot < 2 || dot == text.len)
        return false;
    *dll = (pel_str){ text.ptr, dot - 1 };
    *wanted = (pel_wanted){ .name = { text.ptr + dot, text.len - dot } };
    if (wanted->name.ptr[0] != '#')
        return true;
    uint32_t ordinal = 0;
    for (size_t i = 1; i < wanted->name.len; i++) {
        char digit = wanted->name.ptr[i];
        if (digit < '0' || digit > '9')
            return false;
        ordinal = ordinal * 10 + (uint32_t)(digit - '0');
    }
    wanted->by_ordinal = true;
    wanted->ordinal = (uint16_t)ordinal;
    return wanted->name.len > 1;
}

static pel_ntstatus record_forward(pel_process *p, pel_str text, pel_resolved *out)
{
    pel_str *grown = pel_grow(&p->allocator, p->forwards, &p->forward_capacity,
                              p->forward_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    p->forwards = grown;
    grown[p->forward_count++] = text;
    out->forward_count++;
    out->forwarder = text;
    return PEL_STATUS_SUCCESS;
}

/* From a forwarder in `*module` to the module and export that it names. */
static pel_ntstatus follow(pel_loading *l, pel_str text, uint32_t *module, pel_wanted *wanted)
{
    pel_str dll;
    uint32_t target = *module;
    bool fresh;
    if (!split_forwarder(text, &dll, wanted))
        return (pel_ntstatus)PEL_STATUS_ENTRYPOINT_NOT_FOUND;
    pel_ntstatus nt = pel_process_want_dll(l->process, *module, dll, &target, &fresh);
    if (pel_nt_success(nt) && fresh)
        nt = pel_loading_push(l, target);
    *module = target;
    return nt;
}

pel_ntstatus pel_process_resolve(pel_loading *l, uint32_t module, const pel_wanted *wanted,
                                 pel_resolved *out)
{
    pel_process *p = l->process;
    pel_wanted next = *wanted;
    *out = (pel_resolved){ .module = module, .forwards = (uint32_t)p->forward_count };
    for (unsigned i = 0; i < CHAIN_MAX; i++) {
        pel_export e;
        pel_ntstatus nt = find(&p->modules[out->module], &next, &e);
        if (pel_nt_success(nt) && !e.is_forwarder) {
            out->va = pel_va_of(p->modules[out->module].told.module.base, e.rva);
            return nt;
        }
        if (pel_nt_success(nt))
            nt = record_forward(p, e.forwarder, out);
        if (pel_nt_success(nt))
            nt = follow(l, e.forwarder, &out->module, &next);
        if (!pel_nt_success(nt)) {
            p->forward_count = out->forwards;
            return nt;
        }
    }
    p->forward_count = out->forwards;
    return (pel_ntstatus)PEL_STATUS_STACK_OVERFLOW;
}

pel_str pel_process_forward(const pel_process *process, uint32_t index)
{
    return index < process->forward_count ? process->forwards[index] : (pel_str){ NULL, 0 };
}
