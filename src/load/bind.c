/* SPDX-License-Identifier: Apache-2.0 */
/* What was looked up, written into the import address tables through the simulated memory: pages
 * are made writable, written, and given their protection back, as the loader does it. */
#include <string.h>

#include "load/process_priv.h"
#include "schema/decode.h"

const char *pel_binding_kind_name(pel_binding_kind kind)
{
    switch (kind) {
    case PEL_BINDING_IMPORT: return "import";
    case PEL_BINDING_BOUND: return "bound";
    case PEL_BINDING_DELAY: return "delay";
    case PEL_BINDING_STUB: return "stub";
    }
    return "?";
}

/* ---- patching ---------------------------------------------------------- */

pel_ntstatus pel_process_patch(pel_process *p, pel_va at, const void *bytes, size_t size)
{
    uint32_t old, ignored;
    pel_va base = at;
    uint64_t length = size;
    pel_ntstatus nt = pel_space_protect(p->space, &base, &length, PEL_PAGE_READWRITE, &old);
    if (pel_ntstatus_to_status(nt) == PEL_REFUSED) /* the write that follows it in Windows faults */
        return (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION;
    if (!pel_nt_success(nt))
        return nt;
    nt = pel_space_write(p->space, at, bytes, size, NULL);
    pel_ntstatus back = pel_space_protect(p->space, &base, &length, old, &ignored);
    return pel_nt_success(nt) ? back : nt;
}

/* ---- stubs ------------------------------------------------------------- */

/* Far enough apart to be told from each other by whoever catches the trap. */
#define STUB_SIZE 16
#define X86_INT3  0xCC /* on ARM, words of zeros trap, too: UDF #0 */

static bool is_x86(const pel_process *p)
{
    uint16_t machine = pel_image_file_header(p->img)->machine;
    return machine == PEL_MACHINE_I386 || machine == PEL_MACHINE_AMD64;
}

static pel_ntstatus fill_stubs(pel_process *p, pel_va base, uint64_t size)
{
    uint8_t page[PEL_PAGE_SIZE];
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    memset(page, X86_INT3, sizeof page);
    for (uint64_t done = 0; is_x86(p) && done < size && pel_nt_success(nt); done += sizeof page)
        nt = pel_space_write(p->space, (pel_va){ base.v + done }, page, sizeof page, NULL);
    return nt;
}

static pel_ntstatus make_stubs(pel_process *p, uint64_t count, pel_va *base)
{
    uint32_t old;
    uint64_t size = pel_round_up(count * STUB_SIZE, PEL_PAGE_SIZE);
    pel_ntstatus nt = pel_reserve_below(p->space, p->highest, size, base);
    if (!pel_nt_success(nt))
        return nt;
    nt = pel_commit_at(p->space, base->v, size, PEL_PAGE_READWRITE);
    if (pel_nt_success(nt))
        nt = fill_stubs(p, *base, size);
    if (pel_nt_success(nt))
        nt = pel_space_protect(p->space, base, &size, PEL_PAGE_EXECUTE_READ, &old);
    if (!pel_nt_success(nt))
        pel_release_all(p->space, *base);
    return nt;
}

static pel_ntstatus aim_at_stubs(pel_process *p, size_t first)
{
    uint64_t count = 0;
    pel_va base;
    for (size_t i = first; i < p->binding_count; i++)
        count += p->bindings[i].kind == PEL_BINDING_STUB;
    if (count == 0)
        return PEL_STATUS_SUCCESS;
    pel_ntstatus nt = make_stubs(p, count, &base);
    for (size_t i = first; pel_nt_success(nt) && i < p->binding_count; i++) {
        if (p->bindings[i].kind != PEL_BINDING_STUB)
            continue;
        p->bindings[i].target = base;
        base.v += STUB_SIZE;
    }
    return nt;
}

/* ---- import address tables --------------------------------------------- */

#define RUN_MAX 512 /* slots that are written at once: a page of them */

/* How many bindings from `first` on fill neighbouring slots of one module. */
static size_t run_of(const pel_process *p, size_t first, unsigned word)
{
    const pel_binding *b = &p->bindings[first];
    size_t most = p->binding_count - first, n = 1;
    most = most < RUN_MAX ? most : RUN_MAX;
    while (n < most && b[n].module == b->module && b[n].slot.v == b->slot.v + n * word &&
           b[n].kind != PEL_BINDING_BOUND)
        n++;
    return n;
}

static pel_ntstatus write_run(pel_process *p, size_t first, size_t count, unsigned word)
{
    uint8_t bytes[RUN_MAX * 8];
    const pel_binding *b = &p->bindings[first];
    const pel_loaded_module *m = &p->modules[b->module].told;
    pel_va at = pel_va_of(m->module.base, b->slot);
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION;
    for (size_t i = 0; i < count; i++)
        pel_store_uint(bytes + i * word, word, b[i].target.v);
    if ((uint64_t)b->slot.v + count * word <= m->module.size)
        nt = pel_process_patch(p, at, bytes, count * word);
    return pel_process_fail(p, nt, PEL_STEP_BIND, m->name, at);
}

pel_ntstatus pel_loading_write_bindings(pel_loading *l)
{
    pel_process *p = l->process;
    unsigned word = pel_image_is_wide(p->img) ? 8 : 4;
    pel_ntstatus nt = aim_at_stubs(p, l->bindings_before);
    for (size_t i = l->bindings_before; pel_nt_success(nt) && i < p->binding_count;) {
        size_t count = 1;
        if (p->bindings[i].kind != PEL_BINDING_BOUND) {
            count = run_of(p, i, word);
            nt = write_run(p, i, count, word);
        }
        i += count;
    }
    return nt;
}

size_t pel_process_binding_count(const pel_process *process) { return process->binding_count; }

const pel_binding *pel_process_binding_at(const pel_process *process, size_t index)
{
    return index < process->binding_count ? &process->bindings[index] : NULL;
}

size_t pel_process_missing_count(const pel_process *process) { return process->missing_count; }

const pel_missing *pel_process_missing_at(const pel_process *process, size_t index)
{
    return index < process->missing_count ? &process->missing[index] : NULL;
}
