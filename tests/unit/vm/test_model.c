/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include <stdlib.h>

/* Random calls on simulated memory and on a model of it that is as plain as can be: an array
 * of pages for each of two spaces, without tables, frames or regions. Both must give the same
 * answers, and the invariants must hold after each call. The first and the last byte of each
 * page are kept, so that accesses which cross from page to page can be compared.
 *
 * With plenty of RAM every answer is compared. On a tiny machine a call may also fail for want
 * of it, and must then have changed nothing. With a page file behind a tiny RAM it must not fail
 * for that: pages go out and come back all the time, under every policy and in every paging mode.
 *
 * $PELORUS_MODEL_STEPS makes it longer: some millions of steps are a matter of minutes. */

#define BASE          0x100000u
#define PAGES         96
#define SECTION_PAGES 24
#define SHORT_OF_RAM  32 /* frames */
#define SWAPPING      24 /* frames, with page files of enough pages */
#define STEPS         2500

static const pel_segment segments[] = {
    { .page_count = 2, .protect = RO },
    { .page_count = 4, .protect = WC },
    { .page_count = 2, .protect = 0 },
    { .page_count = 3, .protect = RX },
    { .page_count = 3, .protect = WCX },
    { .page_count = 4, .protect = RW, .shared = true },
    { .page_count = 2, .protect = NOACCESS },
    { .page_count = 2, .protect = WC, .zero = true },
    { .page_count = 2, .protect = WC, .own = true },
};
#define SEGMENTS (sizeof segments / sizeof segments[0])

typedef struct page {
    int first; /* page that its allocation begins with; -1: free */
    uint32_t alloc_protect;
    bool committed;
    uint32_t protect;
    bool own;         /* it has bytes of its own: private, or a copy */
    int section_page; /* -1: private */
    uint8_t bytes[2]; /* at offset 0 and at offset 0xFFF */
} page;

typedef struct world {
    vm v;
    bool tiny; /* calls may fail for want of memory */
    bool nx;
    uint64_t end; /* of the space */
    uint64_t random;
    pel_section_object *section;
    pages pager;
    page page[2][PAGES];
    uint8_t shared[SECTION_PAGES][2];
    uint64_t succeeded, refused, short_of;
    pel_counters seen; /* at the end */
} world;

static uint32_t pick(world *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 20) % below;
}

/* ---- the model --------------------------------------------------------- */

static const pel_segment *segment_of(int section_page)
{
    const pel_segment *s = segments;
    for (uint64_t at = (uint64_t)section_page; at >= s->page_count; s++)
        at -= s->page_count;
    return s;
}

static bool is_view(const page *p) { return p->section_page >= 0; }
static uint32_t base_of(uint32_t protect) { return protect & 0xFF; }
static bool copies(uint32_t protect) { return (protect & (WC | WCX)) != 0; }

/* Where the byte of a page really is. */
static uint8_t *byte_of(world *w, page *p, int which)
{
    return p->own ? &p->bytes[which] : &w->shared[p->section_page][which];
}

static void make_own(world *w, page *p)
{
    for (int which = 0; which < 2; which++)
        p->bytes[which] = w->shared[p->section_page][which];
    p->own = true;
}

/* Write-copy is twice read-write, with and without execute. */
static uint32_t copied(uint32_t protect)
{
    return copies(protect) ? (protect & GUARD) | base_of(protect) >> 1 : protect;
}

static uint32_t copying(uint32_t protect)
{
    return protect & (RW | RWX) ? (protect & GUARD) | base_of(protect) << 1 : protect;
}

static uint32_t protect_for(const page *p, uint32_t protect)
{
    if (!is_view(p))
        return protect;
    if (p->own)
        return copied(protect);
    return segment_of(p->section_page)->shared ? protect : copying(protect);
}

static bool known(uint32_t protect)
{
    uint32_t base = base_of(protect);
    bool one = base != 0 && (base & (base - 1)) == 0;
    return one && (protect == base || (protect == (base | GUARD) && base != NOACCESS));
}

static bool charged(const page *p)
{
    return p->committed && (is_view(p) ? p->own || copies(p->protect) : true);
}

static bool one_allocation(const page *p, int first, int count)
{
    for (int i = first; i < first + count; i++)
        if (p[i].first < 0 || p[i].first != p[first].first)
            return false;
    return true;
}

static bool all_free(const page *p, int first, int end)
{
    while (first < end && p[first].first < 0)
        first++;
    return first == end;
}

static int allocation_end(const page *p, int first)
{
    int end = first;
    while (end < PAGES && p[end].first == p[first].first)
        end++;
    return end;
}

static void make_free(page *p) { *p = (page){ .first = -1, .section_page = -1 }; }

static void commit_page(page *p, uint32_t protect)
{
    if (!p->committed)
        memset(p->bytes, 0, sizeof p->bytes);
    p->committed = p->own = true;
    p->protect = protect;
}

/* What one byte's access answers, and does. */
static pel_ntstatus access_page(world *w, page *p, int which, pel_access access, uint8_t *value)
{
    uint32_t base = base_of(p->protect);
    bool may[3] = { base != NOACCESS, (base & (RW | WC | RWX | WCX)) != 0,
                    w->nx ? (base & (X | RX | RWX | WCX)) != 0 : base != NOACCESS };
    if (p->first < 0 || !p->committed || !may[access])
        return PEL_STATUS_ACCESS_VIOLATION;
    if (p->protect & GUARD) {
        p->protect = base;
        return PEL_STATUS_GUARD_PAGE_VIOLATION;
    }
    if (access == PEL_WRITE && copies(p->protect)) {
        make_own(w, p);
        p->protect = copied(p->protect);
    }
    uint8_t *byte = byte_of(w, p, which);
    if (access == PEL_WRITE)
        *byte = *value;
    else
        *value = *byte;
    return PEL_STATUS_SUCCESS;
}

/* ---- comparing --------------------------------------------------------- */

static void compare_region(world *w, int s, int i)
{
    const page *p = w->page[s];
    pel_region r = region_at(s ? w->v.t : w->v.s, BASE + (uint64_t)i * 0x1000);
    int end = i;
    while (end < PAGES && p[end].first == p[i].first && p[end].committed == p[i].committed &&
           (!p[i].committed || p[end].protect == p[i].protect))
        end++;
    if (p[i].first < 0) {
        ck_hex(r.state, PEL_MEM_FREE);
        ck_hex(r.size,
               end < PAGES ? (uint64_t)(end - i) * 0x1000 : w->end - BASE - (uint64_t)i * 0x1000);
        return;
    }
    ck_hex(r.size, (uint64_t)(end - i) * 0x1000);
    ck_hex(r.state, p[i].committed ? PEL_MEM_COMMIT : PEL_MEM_RESERVE);
    ck_hex(r.protect, p[i].committed ? p[i].protect : 0);
    ck_hex(r.type, is_view(&p[i]) ? PEL_MEM_IMAGE : PEL_MEM_PRIVATE);
    ck_hex(r.alloc_protect, p[i].alloc_protect);
    ck_hex(r.allocation_base.v, BASE + (uint64_t)p[i].first * 0x1000);
}

static void compare(world *w)
{
    uint64_t commit = 0;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < PAGES; i++)
            commit += charged(&w->page[s][i]);
        compare_region(w, s, (int)pick(w, PAGES));
    }
    ck_assert_uint_eq(pel_machine_counters(w->v.m).commit, commit);
    ck_holds(w->v.m);
}

/* The answer is `want`; on a tiny machine it may also be want of memory. True: as wanted. */
static bool answered(world *w, pel_ntstatus got, pel_ntstatus want)
{
    bool shortage = got == (pel_ntstatus)PEL_STATUS_NO_MEMORY ||
                    got == (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT;
    if (w->tiny && shortage) {
        w->short_of++;
        return false;
    }
    ck_assert_msg(got == want, "want %s, got %s", pel_ntstatus_name(want), pel_ntstatus_name(got));
    w->succeeded += want == PEL_STATUS_SUCCESS;
    w->refused += want != PEL_STATUS_SUCCESS;
    return true;
}

/* ---- the calls --------------------------------------------------------- */

typedef struct call {
    world *w;
    pel_space *space;
    page *p;          /* of the model's space */
    int first, count; /* pages */
    uint64_t va, size;
} call;

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
    int first = c->first & ~15, end = c->first + c->count;
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!all_free(c->p, first, end))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    if (!known(to) || copies(to))
        want = PEL_STATUS_INVALID_PAGE_PROTECTION;
    if (!answered(c->w, allocate(c->space, c->va, c->size, type, to), want) || want)
        return;
    for (int i = first; i < end; i++) {
        c->p[i] = (page){ .first = first, .alloc_protect = to, .section_page = -1 };
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
            c->p[i].committed = false;
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
        c->p[i].protect = protect_for(&c->p[i], to);
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
        if (segment_of(i)->own) {
            make_own(c->w, p);
            p->protect = copied(p->protect);
        }
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
    pel_ntstatus st = access == PEL_READ    ? pel_space_read(c->space, va, got, size, &fault)
                      : access == PEL_WRITE ? pel_space_write(c->space, va, got, size, &fault)
                                            : pel_space_fetch(c->space, va, got, size, &fault);
    for (size_t i = 0; i < size; i++) {
        uint64_t at = va.v + i;
        bool failed = st != PEL_STATUS_SUCCESS && at == fault.va.v;
        page before = c->p[c->first + (int)i];
        pel_ntstatus want =
            access_page(c->w, &c->p[c->first + (int)i], i ? 0 : which, access, &bytes[i]);
        if (!answered(c->w, failed ? st : PEL_STATUS_SUCCESS, want))
            c->p[c->first + (int)i] = before;
        if (failed)
            return;
    }
    ck_assert_mem_eq(bytes, got, size);
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
    if (!in_place) {
        make_own(c->w, p);
        p->protect = copied(p->protect);
    }
    *byte_of(c->w, p, which) = byte;
}

/* Contents that are given up and at once wanted back are as before. */
static void call_reset(call *c)
{
    pel_ntstatus want = PEL_STATUS_SUCCESS;
    if (!one_allocation(c->p, c->first, c->count))
        want = PEL_STATUS_CONFLICTING_ADDRESSES;
    else if (is_view(&c->p[c->first]))
        want = PEL_STATUS_USER_MAPPED_FILE;
    answered(c->w, allocate(c->space, c->va, c->size, PEL_MEM_RESET, RW), want);
    ck_holds(c->w->v.m);
    answered(c->w, allocate(c->space, c->va, c->size, PEL_MEM_RESET_UNDO, RW), want);
}

/* What the system does by itself, and what changes nothing that a program sees. */
static void call_system(call *c)
{
    pel_machine *m = c->w->v.m;
    uint32_t some = 1 + pick(c->w, 8);
    switch (pick(c->w, 6)) {
    case 0: pel_space_trim(c->space, some); break;
    case 1: pel_space_trim_page(c->space, va_of(c->va)); break;
    case 2: ck_nt(SUCCESS, pel_machine_write_modified(m, some, NULL)); break;
    case 3: pel_machine_zero_free(m, some); break;
    case 4: pel_machine_balance(m); break;
    default:
        ck_nt(SUCCESS, pel_space_limit_working_set(c->space, 1, 2 + pick(c->w, 40), pick(c->w, 2)));
        break;
    }
}

/* What is told of a page agrees with the model. */
static void call_inspect(call *c)
{
    const page *p = &c->p[c->first];
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(c->space, va_of(c->va), &info));
    bool there = p->first >= 0 && p->committed;
    ck_assert_int_eq(info.place == PEL_AT_NOWHERE, !there);
    if (!there)
        return;
    ck_hex(info.protect, p->protect);
    ck_assert_int_eq(info.shared, info.place == PEL_AT_ZERO ? info.shared : !p->own);
    pel_walk walk = pel_space_walk(c->space, va_of(c->va));
    ck_assert_int_eq(walk.present, info.valid);
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
    { call_system, 3 },  { call_inspect, 2 }, { call_reset, 1 },
};

static void call_any(call *c)
{
    size_t i = 0;
    uint32_t at = pick(c->w, 46); /* the weights add up to this */
    while (at >= calls[i].weight)
        at -= calls[i++].weight;
    calls[i].call(c);
}

static void step(world *w)
{
    int s = (int)pick(w, 2);
    call c = { .w = w, .space = s ? w->v.t : w->v.s, .p = w->page[s] };
    bool anywhere = pick(w, 4) == 0;
    for (int tries = 0; tries < 8; tries++) {
        c.first = (int)pick(w, PAGES);
        if (anywhere || c.p[c.first].committed)
            break;
    }
    c.count = 1 + (int)pick(w, pick(w, 4) ? 8 : 48);
    if (c.first + c.count > PAGES)
        c.count = PAGES - c.first;
    /* half the time an allocation as it is, for calls that want all of one */
    int first = c.p[c.first].first;
    if (first >= 0 && pick(w, 2) == 0) {
        c.first = first;
        c.count = allocation_end(c.p, first) - first;
    }
    c.va = BASE + (uint64_t)c.first * 0x1000;
    c.size = (uint64_t)c.count * 0x1000 - pick(w, 0x1000);
    call_any(&c);
    compare(w);
}

static void run(world *w, const pel_machine_options *options, uint64_t steps)
{
    w->v = vm_with(options);
    w->nx = options->paging != PEL_PAGING_X86;
    bool narrow = options->paging == PEL_PAGING_X86 || options->paging == PEL_PAGING_PAE;
    w->end = narrow ? 0x7FFF0000 : 0x7FFFFFFF0000;
    w->section = section_of(w->v.m, &w->pager, segments, SEGMENTS);
    for (int i = 0; i < PAGES; i++)
        for (int s = 0; s < 2; s++)
            make_free(&w->page[s][i]);
    for (int i = 0; i < SECTION_PAGES; i++)
        memset(w->shared[i], segment_of(i)->zero ? 0 : i, 2);
    for (uint64_t i = 0; i < steps; i++)
        step(w);
    w->seen = pel_machine_counters(w->v.m);
    pel_section_object_free(w->section);
    vm_free(&w->v);
    ck_assert_int_eq(w->pager.closed, 1);
}

static uint64_t steps_of(uint64_t usual)
{
    const char *asked = getenv("PELORUS_MODEL_STEPS");
    return asked ? strtoull(asked, NULL, 10) : usual;
}

START_TEST(memory_is_as_the_model_says)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    w = (world){ .random = 0x9E3779B97F4A7C15u + (uint64_t)_i };
    run(&w, &(pel_machine_options){ .ram_size = 0x10000 * 0x1000 }, steps);
    ck_assert_uint_gt(w.succeeded, steps / 5);
    ck_assert_uint_gt(w.refused, steps / 8);
}
END_TEST

START_TEST(want_of_memory_changes_nothing)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    w = (world){ .random = 0xD1B54A32D192ED03u + (uint64_t)_i, .tiny = true };
    run(&w, &(pel_machine_options){ .ram_size = SHORT_OF_RAM * 0x1000 }, steps);
    ck_assert_uint_gt(w.succeeded, steps / 8);
    ck_assert_uint_gt(w.short_of, steps / 400);
}
END_TEST

/* Every policy that needs no future, and with it the paging modes in turn. */
START_TEST(pages_that_went_out_come_back_as_they_were)
{
    static world w;
    uint64_t steps = steps_of(STEPS / 2);
    pel_machine_options o = { .ram_size = SWAPPING * 0x1000,
                              .paging = (pel_paging)(_i % 4),
                              .policy = (pel_policy)(_i % PEL_POLICY_OPT),
                              .page_file_size = { 0x100 * 0x1000, 0x100 * 0x1000 } };
    w = (world){ .random = 0xA0761D6478BD642Fu + (uint64_t)_i };
    run(&w, &o, steps);
    ck_assert_uint_gt(w.succeeded, steps / 8);
    ck_assert_uint_gt(w.seen.page_file_writes, steps / 150);
    ck_assert_uint_gt(w.seen.page_file_reads, steps / 1500);
    ck_assert_uint_gt(w.seen.transition, steps / 400);
}
END_TEST

PEL_TESTS(vm_model)
{
    tcase_set_timeout(tests, 0);
    tcase_add_loop_test(tests, memory_is_as_the_model_says, 0, 4);
    tcase_add_loop_test(tests, want_of_memory_changes_nothing, 0, 4);
    tcase_add_loop_test(tests, pages_that_went_out_come_back_as_they_were, 0, 12);
}
