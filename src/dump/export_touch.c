/* SPDX-License-Identifier: Apache-2.0 */
/* Making pages resident: an export of RAM shows what has been touched. */
#include <pelorus/export.h>

#include <string.h>

static const char *const names[] = {
    [PEL_TOUCH_ALL] = "all", [PEL_TOUCH_ENTRY] = "entry", [PEL_TOUCH_NONE] = "none"
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *pel_touch_name(pel_touch touch)
{
    return (unsigned)touch < COUNT(names) ? names[touch] : "?";
}

pel_status pel_touch_from_name(const char *name, pel_touch *out)
{
    for (size_t i = 0; name && i < COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (pel_touch)i;
            return PEL_OK;
        }
    }
    return PEL_NOT_FOUND;
}

/* What the simulated Windows says is counted; what the host says ends it. */
static pel_status count(pel_ntstatus nt, uint64_t *done, uint64_t *refused)
{
    pel_status st = pel_nt_success(nt) ? PEL_OK : pel_ntstatus_to_status(nt);
    *done += st == PEL_OK;
    *refused += st == PEL_REFUSED;
    return st == PEL_REFUSED ? PEL_OK : st;
}

static pel_status touch_byte(pel_space *space, pel_va va, bool write, pel_touched *t)
{
    uint8_t byte;
    uint64_t before = t->read;
    PEL_TRY(count(pel_space_read(space, va, &byte, 1, NULL), &t->read, &t->refused));
    if (!write || t->read == before)
        return PEL_OK;
    return count(pel_space_write(space, va, &byte, 1, NULL), &t->written, &t->refused);
}

static bool may_touch(const pel_region *r)
{
    return r->state == PEL_MEM_COMMIT && !(r->protect & (PEL_PAGE_GUARD | PEL_PAGE_NOACCESS));
}

static bool may_write(const pel_region *r)
{
    uint32_t writable = PEL_PAGE_READWRITE | PEL_PAGE_EXECUTE_READWRITE;
    return r->type == PEL_MEM_PRIVATE && (r->protect & writable);
}

static pel_status touch_region(pel_space *space, const pel_region *r, uint64_t most, pel_touched *t)
{
    for (uint64_t at = 0; at < r->size; at += PEL_PAGE_SIZE) {
        if (t->read + t->refused >= most) {
            t->left += (r->size - at) / PEL_PAGE_SIZE;
            return PEL_OK;
        }
        PEL_TRY(touch_byte(space, (pel_va){ r->base.v + at }, may_write(r), t));
    }
    return PEL_OK;
}

static pel_status touch_all(pel_space *space, uint64_t most, pel_touched *t)
{
    pel_region r;
    pel_va at = { 0 };
    for (; pel_nt_success(pel_space_query(space, at, &r)); at.v = r.base.v + r.size)
        if (may_touch(&r))
            PEL_TRY(touch_region(space, &r, most, t));
    return PEL_OK;
}

/* What a thread needs for its first step: code, and the top of its stack. */
static pel_status touch_entry(const pel_process *process, pel_touched *t)
{
    uint8_t byte;
    pel_space *space = pel_process_space(process);
    const pel_module *m = pel_process_module(process);
    const pel_stack *k = pel_process_stack(process);
    if (m->has_entry)
        PEL_TRY(count(pel_space_fetch(space, m->entry, &byte, 1, NULL), &t->read, &t->refused));
    return k->base.v ? touch_byte(space, (pel_va){ k->base.v - 8 }, true, t) : PEL_OK;
}

pel_status pel_export_touch(pel_process *process, pel_touch touch, uint64_t most, pel_touched *out)
{
    pel_touched t = { 0 };
    pel_status st = PEL_OK;
    if (!process)
        return PEL_BAD_ARG;
    switch (touch) {
    case PEL_TOUCH_ALL:
        st = touch_all(pel_process_space(process), most ? most : UINT64_MAX, &t);
        break;
    case PEL_TOUCH_ENTRY: st = touch_entry(process, &t); break;
    case PEL_TOUCH_NONE: break;
    }
    if (out)
        *out = t;
    return st;
}
