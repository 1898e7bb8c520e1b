/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_model.h"

/* Each call, made of the model and of the machine; the answers must be the same. */

static uint32_t random_protect(world *w)
{
    static const uint32_t some[] = { RW, RW,       RW,         RW,         RWX,       RWX, RO,
                                     RX, NOACCESS, WC,         WCX,        X,         0,   RO | RW,
                                     RW, RWX,      RW | GUARD, RO | GUARD, RX | GUARD };
    return some[pick(w, sizeof some / sizeof some[0])];
}

static void call_reserve(call *c)
{
    uint32_t type = pick(c->w, 3) ? BOTH : RESERVE, to = random_protect(c->w);
    bool watched = pick(c->w, 4) == 0;
    int first = c->first & ~15, end = c->first + c->count;
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!all_free(c->p, first, end))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    if (!known(to) || copies(to))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    uint32_t how = watched ? type | PEL_MEM_WRITE_WATCH : type;
    if (!answered(c->w, allocate(c->space, c->va, c->size, how, to), want) || want)
        return;
    for (int i = first; i < end; i++) {
        c->p[i] =
            (page){ .first = first, .alloc_protect = to, .watched = watched, .section_page = -1 };
        if (type == BOTH)
            commit_page(&c->p[i], to);
    }
}

static void call_commit(call *c)
{
    uint32_t to = random_protect(c->w);
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!known(to))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    else if (!one_allocation(c->p, c->first, c->count))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    else if (is_view(&c->p[c->first]))
        want = PEL_STATUS_ALREADY_COMMITTED;
    else if (copies(to))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    if (!answered(c->w, allocate(c->space, c->va, c->size, COMMIT, to), want) || want)
        return;
    for (int i = c->first; i < c->first + c->count; i++)
        commit_page(&c->p[i], to);
}

/* What freeing [first, first + count) answers. */
static pel_ntstatus may_free(const page *p, int first, int count)
{
    if (all_free(p, first, first + count))
        return PEL_STATUS_MEMORY_NOT_ALLOCATED;
    if (!one_allocation(p, first, count))
        return PEL_STATUS_UNABLE_TO_FREE_VM;
    return is_view(&p[first]) ? PEL_STATUS_UNABLE_TO_DELETE_SECTION : PEL_STATUS_SUCCESS;
}

static void call_free(call *c)
{
    bool whole = pick(c->w, 2), decommit = pick(c->w, 2);
    int count = whole ? 1 : c->count;
    pel_ntstatus want = may_free(c->p, c->first, count);
    if (whole && want == PEL_STATUS_SUCCESS && c->p[c->first].first != c->first)
        want = PEL_STATUS_FREE_VM_NOT_AT_BASE;
    uint32_t type = decommit ? PEL_MEM_DECOMMIT : PEL_MEM_RELEASE;
    if (!answered(c->w, deallocate(c->space, c->va, whole ? 0 : c->size, type), want) || want)
        return;
    int end = whole ? allocation_end(c->p, c->first) : c->first + count;
    int above = allocation_end(c->p, c->first);
    for (int i = c->first; i < end; i++) {
        if (decommit)
            decommit_page(&c->p[i]);
        else
            make_free(&c->p[i]);
    }
    for (int i = end; !decommit && i < above; i++)
        c->p[i].first = end;
}

static void call_protect(call *c)
{
    uint32_t to = random_protect(c->w);
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!known(to))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    else if (!one_allocation(c->p, c->first, c->count))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    else if (copies(to) && !is_view(&c->p[c->first]))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    for (int i = c->first; !want && i < c->first + c->count; i++)
        if (!c->p[i].committed)
            want = PEL_STATUS_NOT_COMMITTED;
    pel_va base = { c->va };
    uint64_t size = c->size;
    uint32_t old = 0;
    pel_ntstatus got = pel_space_protect(c->space, &base, &size, to, &old);
    if (!answered(c->w, got, want) || want)
        return;
    ck_hex(old, c->p[c->first].protect);
    for (int i = c->first; i < c->first + c->count; i++)
        protect_page(&c->p[i], to);
}

static void call_map(call *c)
{
    int first = c->first & ~15;
    pel_va base = { BASE + (uint64_t)first * 0x1000 };
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (first + SECTION_PAGES > PAGES)
        return;
    if (!all_free(c->p, first, first + SECTION_PAGES))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    if (!answered(c->w, pel_space_map(c->space, c->w->section, &base), want) || want)
        return;
    for (int i = 0; i < SECTION_PAGES; i++) {
        page *p = &c->p[first + i];
        *p = (page){ .first = first,
                     .alloc_protect = WCX,
                     .section_page = i,
                     .committed = segment_of(i)->protect != 0,
                     .protect = segment_of(i)->protect };
        if (segment_of(i)->own)
            make_own(c->w, p);
    }
}

static void call_unmap(call *c)
{
    int first = c->p[c->first].first;
    bool view = first >= 0 && is_view(&c->p[c->first]);
    pel_ntstatus want = view ? PEL_STATUS_SUCCESS : PEL_STATUS_NOT_MAPPED_VIEW;
    if (!answered(c->w, pel_space_unmap(c->space, va_of(c->va)), want) || want)
        return;
    for (int i = first, end = allocation_end(c->p, first); i < end; i++)
        make_free(&c->p[i]);
}

/* Two bytes, the last of a page and the first of the next one; or one. */
static void call_access(call *c)
{
    pel_access access = (pel_access)pick(c->w, 3);
    size_t size = c->first + 1 < PAGES ? 1 + pick(c->w, 2) : 1;
    int which = size == 2 ? 1 : (int)pick(c->w, 2);
    pel_va va = { c->va + (which ? 0xFFF : 0) };
    uint8_t bytes[2] = { (uint8_t)pick(c->w, 256), (uint8_t)pick(c->w, 256) }, got[2];
    memcpy(got, bytes, sizeof got);
    pel_fault fault = { .va = { UINT64_MAX } };
    pel_ntstatus st = access_memory(c->space, access, va, got, size, &fault);
    for (size_t i = 0; i < size; i++) {
        bool failed = st != PEL_STATUS_SUCCESS && va.v + i == fault.va.v;
        page *p = &c->p[c->first + (int)i], before = *p;
        uint8_t shared[sizeof c->w->shared];
        memcpy(shared, c->w->shared, sizeof shared);
        pel_ntstatus want = access_page(c->w, p, i ? 0 : which, access, &bytes[i]);
        if (!answered(c->w, failed ? st : PEL_STATUS_SUCCESS, want)) {
            *p = before;
            memcpy(c->w->shared, shared, sizeof shared);
        }
        if (failed)
            return;
    }
    ck_quick(memcmp(bytes, got, size) == 0);
}

static void call_peek_or_poke(call *c)
{
    page *p = &c->p[c->first];
    int which = (int)pick(c->w, 2);
    pel_va va = { c->va + (which ? 0xFFF : 0) };
    bool there = p->first >= 0 && p->committed;
    pel_ntstatus want = there ? PEL_STATUS_SUCCESS : PEL_STATUS_NOT_COMMITTED;
    uint8_t byte = (uint8_t)pick(c->w, 256);
    if (pick(c->w, 2)) {
        if (answered(c->w, pel_space_peek(c->space, va, &byte, 1), want) && there)
            ck_hex(byte, *byte_of(c->w, p, which));
        return;
    }
    if (!answered(c->w, pel_space_poke(c->space, va, &byte, 1), want) || !there)
        return;
    bool in_place = p->own || (segment_of(p->section_page)->shared && !copies(p->protect));
    if (!in_place)
        make_own(c->w, p);
    p->written |= p->watched;
    *byte_of(c->w, p, which) = byte;
}

/* What a page file has of them is gone with MEM_RESET. */
static void forget_paged_out(call *c)
{
    for (int i = c->first; i < c->first + c->count; i++) {
        pel_page_info info;
        ck_nt(SUCCESS,
              pel_space_page(c->space, va_of(c->va + (uint64_t)(i - c->first) * 0x1000), &info));
        if (info.place == PEL_AT_PAGE_FILE)
            *byte_of(c->w, &c->p[i], 0) = *byte_of(c->w, &c->p[i], 1) = 0;
    }
}

/* Contents that are given up and at once wanted back are as before, if they are in RAM. */
static void call_reset(call *c)
{
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!one_allocation(c->p, c->first, c->count))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    else if (is_view(&c->p[c->first]))
        want = PEL_STATUS_USER_MAPPED_FILE;
    else
        forget_paged_out(c);
    answered(c->w, allocate(c->space, c->va, c->size, PEL_MEM_RESET, RW), want);
    invariants_hold(c->w->v.m, c->w->step);
    answered(c->w, allocate(c->space, c->va, c->size, PEL_MEM_RESET_UNDO, RW), want);
}

static uint64_t count_locked(const page *p, int first, int count)
{
    uint64_t locked = 0;
    for (int i = first; i < first + count; i++)
        locked += p[i].locked;
    return locked;
}

#define NEVER_LOCKED 8 /* pages of the minimum */

/* The pages are read one by one, up to the first that cannot be. */
static pel_ntstatus model_lock(call *c, uint64_t minimum)
{
    uint8_t byte;
    uint64_t locked = count_locked(c->p, 0, PAGES) - count_locked(c->p, c->first, c->count);
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!one_allocation(c->p, c->first, c->count))
        return PEL_STATUS_ACCESS_VIOLATION;
    if (locked + (uint64_t)c->count + NEVER_LOCKED > minimum)
        return PEL_STATUS_WORKING_SET_QUOTA;
    for (int i = c->first; !want && i < c->first + c->count; i++)
        want = access_page(c->w, &c->p[i], 0, PEL_READ, &byte);
    return want;
}

static void call_lock(call *c)
{
    page before[4];
    c->count = c->count < 4 ? c->count : 4;
    memcpy(before, &c->p[c->first], (size_t)c->count * sizeof *before);
    pel_va base = { c->va };
    uint64_t size = (uint64_t)c->count * 0x1000;
    pel_working_set ws = pel_space_working_set(c->space);
    ck_hex(ws.locked, count_locked(c->p, 0, PAGES));
    pel_ntstatus want = model_lock(c, ws.minimum);
    if (!answered(c->w, pel_space_lock(c->space, &base, &size), want))
        memcpy(&c->p[c->first], before, (size_t)c->count * sizeof *before);
    else
        for (int i = c->first; !want && i < c->first + c->count; i++)
            c->p[i].locked = true;
}

static void call_unlock(call *c)
{
    pel_va base = { c->va };
    uint64_t size = (uint64_t)c->count * 0x1000;
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!one_allocation(c->p, c->first, c->count))
        want = PEL_STATUS_ACCESS_VIOLATION;
    else if (count_locked(c->p, c->first, c->count) < (uint64_t)c->count)
        want = PEL_STATUS_NOT_LOCKED;
    answered(c->w, pel_space_unlock(c->space, &base, &size), want);
    for (int i = c->first; !want && i < c->first + c->count; i++)
        c->p[i].locked = false;
}

/* All writes since the last reset are told, lowest first, as far as there is room. */
static void call_watch(call *c)
{
    pel_va told[PAGES];
    bool reset = pick(c->w, 2);
    size_t room = 1 + pick(c->w, pick(c->w, 2) ? 4 : PAGES), count = room, next = 0;
    bool watched = one_allocation(c->p, c->first, c->count) && c->p[c->first].watched;
    pel_ntstatus want = watched ? PEL_STATUS_SUCCESS : PEL_STATUS_INVALID_PARAMETER_1;
    pel_ntstatus got = pel_space_write_watch(c->space, va_of(c->va), c->size, reset, told, &count);
    if (!answered(c->w, got, want) || want)
        return;
    for (int i = c->first; i < c->first + c->count && next < room; i++) {
        if (!c->p[i].written)
            continue;
        ck_quick(next < count);
        ck_hex(told[next++].v, BASE + (uint64_t)i * 0x1000);
        c->p[i].written = !reset;
    }
    ck_hex(count, next);
}

/* So that few pages can be locked, or none. */
static void limit_working_set(call *c)
{
    uint64_t minimum = 1 + pick(c->w, MOST_MINIMUM), maximum = minimum + 1 + pick(c->w, 40);
    uint64_t locked = count_locked(c->p, 0, PAGES);
    answered(c->w, pel_space_limit_working_set(c->space, minimum, maximum, pick(c->w, 2)),
             locked > minimum ? PEL_STATUS_WORKING_SET_QUOTA : PEL_STATUS_SUCCESS);
}

/* What the system does by itself, and what changes nothing that a program sees. */
static void call_system(call *c)
{
    pel_machine *m = c->w->v.m;
    uint32_t some = 1 + pick(c->w, 8);
    switch (pick(c->w, 6)) {
    case 0: pel_space_trim(c->space, some); break;
    case 1: pel_space_trim_page(c->space, va_of(c->va)); break;
    case 2: answered(c->w, pel_machine_write_modified(m, some, NULL), PEL_STATUS_SUCCESS); break;
    case 3: pel_machine_zero_free(m, some); break;
    case 4: pel_machine_balance(m); break;
    default: limit_working_set(c); break;
    }
}

/* What is told of a page agrees with the model. */
static void call_inspect(call *c)
{
    const page *p = &c->p[c->first];
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(c->space, va_of(c->va), &info));
    bool there = p->first >= 0 && p->committed;
    ck_quick((info.place == PEL_AT_NOWHERE) == !there);
    if (!there)
        return;
    ck_hex(info.protect, p->protect);
    ck_quick(info.place == PEL_AT_ZERO || info.shared == !p->own);
    ck_quick(info.locked == p->locked);
    pel_walk walk = pel_space_walk(c->space, va_of(c->va));
    ck_quick(walk.present == info.valid);
    if (info.valid)
        ck_hex(walk.pa.v, info.frame << 12);
}

/* More of what leads to interesting states. */
static const struct {
    void (*call)(call *);
    uint32_t weight;
} calls[] = {
    { call_reserve, 4 }, { call_commit, 4 },  { call_free, 2 },    { call_protect, 6 },
    { call_map, 2 },     { call_unmap, 1 },   { call_access, 16 }, { call_peek_or_poke, 5 },
    { call_system, 3 },  { call_inspect, 2 }, { call_reset, 1 },   { call_lock, 2 },
    { call_unlock, 1 },  { call_watch, 2 },
};

void call_any(call *c)
{
    size_t i = 0;
    uint32_t at = pick(c->w, 51); /* the weights add up to this */
    while (at >= calls[i].weight)
        at -= calls[i++].weight;
    calls[i].call(c);
}
