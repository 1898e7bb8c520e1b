/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include <stdlib.h>

/* Whatever a process does, to the others nothing happens. Three spaces share a RAM that is far too
 * small for them; one at a time makes random calls, and then all bytes of all spaces are compared
 * with plain arrays, and what the other two are told of their memory with what they were told
 * before. Only what is shared on purpose may change: a write to a page of a section is seen in all
 * views of it that have no copy, and in no other place. Under every policy, in every paging mode.
 *
 * What the acting space itself is told, it is believed: test_model.c looks into that.
 *
 * $PELORUS_MODEL_STEPS makes it longer. */

#define BASE     0x100000
#define PAGES    64 /* of each space that are used */
#define SPACES   3
#define SECTIONS 3
#define LONGEST  32 /* pages of a section */
#define FRAMES   48
#define TURN     12 /* calls of one space */
#define STEPS    1200

static const pel_segment segments[] = {
    { .page_count = 2, .protect = RO },
    { .page_count = 4, .protect = WC },
    { .page_count = 1, .protect = 0 },
    { .page_count = 4, .protect = RW, .shared = true },
    { .page_count = 2, .protect = WC, .zero = true },
    { .page_count = 3, .protect = WC, .own = true },
};

/* A page of a space, apart from its bytes. */
typedef struct page {
    int section, number; /* what it shows; -1: private */
    bool committed;
    uint32_t protect;
    bool own;      /* it has bytes of its own */
    bool given_up; /* by MEM_RESET: the bytes are there, or all of them are zero */
} page;

/* What a space is told of a page. */
typedef struct answer {
    pel_region region;
    uint32_t protect;
    uint64_t stack_limit;
    bool watched, written;
} answer;

typedef struct side {
    pel_space *space;
    page page[PAGES];
    uint8_t bytes[PAGES][4096];
    answer told[PAGES + 2]; /* from the page below on */
    pel_working_set limits;
} side;

typedef struct shared {
    pel_section_object *object;
    const pel_segment *segment[LONGEST]; /* of an image */
    uint8_t bytes[LONGEST][4096];
} shared;

typedef struct world {
    vm v;
    uint64_t random;
    pages pager;
    shared section[SECTIONS];
    side side[SPACES];
    uint64_t succeeded;
} world;

static uint32_t pick(world *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 20) % below;
}

static pel_va va_at(int i) { return va_of((uint64_t)(BASE + i * 0x1000)); }

/* An assertion for what is asked millions of times: those of Check are a system call each. */
static void must(bool holds, const char *broken, int at)
{
    if (!holds)
        ck_abort_msg("page %d: %s", at, broken);
}

static pel_region look(pel_space *s, int i)
{
    pel_region r;
    must(pel_space_query(s, va_at(i), &r) == PEL_STATUS_SUCCESS, "no region", i);
    return r;
}

/* ---- the plain arrays -------------------------------------------------- */

/* Does a write go to the page that all views show? */
static bool is_shared(const world *w, const page *p)
{
    if (p->section < 0 || p->own || p->protect & (WC | WCX))
        return false;
    const pel_segment *segment = w->section[p->section].segment[p->number];
    return !segment || segment->shared;
}

static void peek(const side *a, int i, uint8_t *out)
{
    must(pel_space_peek(a->space, va_at(i), out, 4096) == PEL_STATUS_SUCCESS, "no bytes", i);
}

static uint8_t *bytes_of(world *w, side *a, int i)
{
    const page *p = &a->page[i];
    return p->section < 0 || p->own ? a->bytes[i] : w->section[p->section].bytes[p->number];
}

/* Bytes that went to one page. If it was given up, this is when its fate is known. */
static void note_write(world *w, side *a, int i, size_t at, const uint8_t *bytes, size_t size)
{
    uint8_t now[4096];
    page *p = &a->page[i];
    if (p->section >= 0 && !p->own && !is_shared(w, p)) {
        memcpy(a->bytes[i], bytes_of(w, a, i), 4096);
        p->own = true;
    }
    memcpy(bytes_of(w, a, i) + at, bytes, size);
    if (!p->given_up)
        return;
    p->given_up = false;
    peek(a, i, now);
    if (memcmp(now, a->bytes[i], sizeof now) == 0)
        return;
    memset(a->bytes[i], 0, 4096);
    memcpy(a->bytes[i] + at, bytes, size);
}

/* What a call has done to the pages of the space that made it. */
static void learn(side *a)
{
    for (int i = 0; i < PAGES; i++) {
        page *p = &a->page[i];
        pel_region r = look(a->space, i);
        bool committed = r.state == PEL_MEM_COMMIT;
        if (r.state == PEL_MEM_FREE || (p->section < 0 && !committed))
            *p = (page){ .section = -1 };
        if (p->section < 0 && committed && !p->committed)
            memset(a->bytes[i], 0, 4096);
        p->committed = committed;
        p->protect = r.protect;
    }
}

/* ---- comparing --------------------------------------------------------- */

/* As a debugger sees the page, or as the program does: through its TLB and page tables. */
static void compare_bytes(world *w, side *a, int i)
{
    uint8_t now[4096];
    const page *p = &a->page[i];
    if (!p->committed)
        return;
    pel_ntstatus st = PEL_STATUS_NO_MEMORY;
    if (!(p->protect & (NOACCESS | GUARD)) && pick(w, 2))
        st = pel_space_read(a->space, va_at(i), now, sizeof now, NULL);
    must(st == PEL_STATUS_SUCCESS || st == (pel_ntstatus)PEL_STATUS_NO_MEMORY, "no access", i);
    if (st != PEL_STATUS_SUCCESS)
        peek(a, i, now);
    bool zero = now[0] == 0 && memcmp(now, now + 1, 4095) == 0;
    bool same = memcmp(now, bytes_of(w, a, i), sizeof now) == 0;
    must(same || (p->given_up && zero), "other bytes", i);
}

static answer ask(pel_space *s, int i)
{
    pel_va written;
    size_t count = 1;
    pel_page_info info;
    pel_stack_state stack;
    answer out = { .region = look(s, i) };
    must(pel_space_page(s, va_at(i), &info) == PEL_STATUS_SUCCESS, "it cannot be asked", i);
    out.protect = info.protect;
    if (pel_space_stack(s, va_at(i), &stack) == PEL_STATUS_SUCCESS)
        out.stack_limit = stack.limit.v;
    pel_ntstatus st = pel_space_write_watch(s, va_at(i), 0x1000, false, &written, &count);
    out.watched = st == PEL_STATUS_SUCCESS;
    out.written = out.watched && count == 1;
    return out;
}

static bool same_region(const pel_region *r, const pel_region *q)
{
    return r->base.v == q->base.v && r->size == q->size && r->state == q->state &&
           r->allocation_base.v == q->allocation_base.v && r->alloc_protect == q->alloc_protect &&
           r->protect == q->protect && r->type == q->type;
}

/* Page -1 stands for all below, page PAGES for all above. */
static void compare_answers(const side *a)
{
    for (int i = -1; i <= PAGES; i++) {
        answer now = ask(a->space, i);
        const answer *before = &a->told[i + 1];
        must(same_region(&now.region, &before->region), "another region", i);
        must(now.protect == before->protect, "another protection", i);
        must(now.stack_limit == before->stack_limit, "another stack", i);
        must(now.watched == before->watched && now.written == before->written, "a write", i);
    }
    pel_working_set limits = pel_space_working_set(a->space);
    must(limits.maximum == a->limits.maximum && limits.hard_maximum == a->limits.hard_maximum &&
             limits.minimum == a->limits.minimum && limits.locked == a->limits.locked,
         "other limits", 0);
}

static void remember_answers(side *a)
{
    for (int i = -1; i <= PAGES; i++)
        a->told[i + 1] = ask(a->space, i);
    a->limits = pel_space_working_set(a->space);
}

static void compare_all(world *w, const side *actor)
{
    for (int s = 0; s < SPACES; s++) {
        if (&w->side[s] != actor)
            compare_answers(&w->side[s]);
        for (int i = 0; i < PAGES; i++)
            compare_bytes(w, &w->side[s], i);
    }
}

/* ---- calls ------------------------------------------------------------- */

typedef struct call {
    world *w;
    side *a;
    int first, count; /* pages */
    uint64_t va, size;
} call;

static uint32_t random_protect(world *w)
{
    static const uint32_t some[] = { RW, RW, RW, RWX, RO, RX, WC, WC, WCX, NOACCESS, RW | GUARD };
    return some[pick(w, sizeof some / sizeof some[0])];
}

static pel_ntstatus call_reserve(call *c)
{
    static const uint32_t types[] = { RESERVE, BOTH, BOTH, BOTH | PEL_MEM_WRITE_WATCH };
    return allocate(c->a->space, c->va, c->size, types[pick(c->w, 4)], RW);
}

static pel_ntstatus call_commit(call *c)
{
    return allocate(c->a->space, c->va, c->size, COMMIT, random_protect(c->w));
}

static pel_ntstatus call_free(call *c)
{
    uint32_t type = pick(c->w, 2) ? PEL_MEM_DECOMMIT : PEL_MEM_RELEASE;
    return deallocate(c->a->space, c->va, pick(c->w, 4) ? c->size : 0, type);
}

static pel_ntstatus call_protect(call *c)
{
    return protect(c->a->space, c->va, c->size, random_protect(c->w));
}

static pel_ntstatus call_reset(call *c)
{
    pel_ntstatus st = allocate(c->a->space, c->va, c->size, PEL_MEM_RESET, RW);
    for (int i = c->first; st == PEL_STATUS_SUCCESS && i < c->first + c->count; i++)
        c->a->page[i].given_up = c->a->page[i].section < 0 && c->a->page[i].committed;
    return st;
}

/* Pages that each view has for itself begin as the pager has them. */
static void show(world *w, side *a, int i, int section, int number)
{
    const pel_segment *segment = w->section[section].segment[number];
    a->page[i] = (page){ .section = section, .number = number, .own = segment && segment->own };
    if (a->page[i].own)
        memset(a->bytes[i], number, 4096);
}

static pel_ntstatus call_map(call *c)
{
    world *w = c->w;
    int which = (int)pick(w, SECTIONS), first = c->first & ~15;
    int skip = which == 0 ? 0 : 16 * (int)pick(w, 2);
    pel_view_options o = { .offset = (uint64_t)skip * 0x1000,
                           .size = 16 * 0x1000,
                           .protect = which == 0 ? 0 : random_protect(w) & 0xFF };
    pel_va base = va_at(first);
    uint64_t size = 0;
    pel_ntstatus st = pel_space_map_view(c->a->space, w->section[which].object, &o, &base, &size);
    for (int i = 0; st == PEL_STATUS_SUCCESS && i < 16; i++)
        show(w, c->a, first + i, which, skip + i);
    return st;
}

static pel_ntstatus call_unmap(call *c) { return pel_space_unmap(c->a->space, va_of(c->va)); }

static pel_ntstatus call_write(call *c)
{
    uint8_t bytes[3 * 4096], *from = bytes, first = (uint8_t)pick(c->w, 256);
    size_t size = pick(c->w, 2) ? 1 + pick(c->w, 64) : 1 + pick(c->w, sizeof bytes);
    pel_va va = { c->va + pick(c->w, 0x1000) };
    pel_fault fault;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(first + i / 32);
    pel_ntstatus st = pel_space_write(c->a->space, va, bytes, size, &fault);
    uint64_t end = st == PEL_STATUS_SUCCESS ? va.v + size : fault.va.v;
    while (va.v < end) {
        size_t at = (size_t)(va.v & 0xFFF), n = 0x1000 - at;
        n = n < end - va.v ? n : (size_t)(end - va.v);
        note_write(c->w, c->a, (int)((va.v - BASE) >> 12), at, from, n);
        va.v += n;
        from += n;
    }
    return st;
}

static pel_ntstatus call_poke(call *c)
{
    size_t at = pick(c->w, 0xFF0);
    uint8_t bytes[16];
    memset(bytes, (int)pick(c->w, 256), sizeof bytes);
    pel_ntstatus st = pel_space_poke(c->a->space, va_of(c->va + at), bytes, sizeof bytes);
    if (st == PEL_STATUS_SUCCESS)
        note_write(c->w, c->a, c->first, at, bytes, sizeof bytes);
    return st;
}

static pel_ntstatus call_read(call *c)
{
    uint8_t bytes[8192];
    pel_va va = { c->va + pick(c->w, 0x1000) };
    size_t size = 1 + pick(c->w, sizeof bytes);
    return pick(c->w, 2) ? pel_space_read(c->a->space, va, bytes, size, NULL)
                         : pel_space_fetch(c->a->space, va, bytes, size, NULL);
}

static pel_ntstatus call_lock(call *c)
{
    pel_va base = { c->va };
    uint64_t size = 0x1000 * (1 + pick(c->w, 2)); /* few: what is locked cannot go out */
    return pick(c->w, 3) ? pel_space_unlock(c->a->space, &base, &size)
                         : pel_space_lock(c->a->space, &base, &size);
}

static pel_ntstatus call_stack(call *c)
{
    pel_va base = look(c->a->space, c->first).allocation_base;
    protect(c->a->space, c->va, 1, RW | GUARD);
    return pel_space_add_stack(c->a->space, base, va_of(c->va + 0x1000), 0);
}

/* What the system does, which is for all spaces, and limits. */
static pel_ntstatus call_system(call *c)
{
    pel_machine *m = c->w->v.m;
    uint32_t some = 1 + pick(c->w, 16);
    switch (pick(c->w, 7)) {
    case 0: pel_space_trim(c->a->space, UINT64_MAX); break;
    case 1: pel_space_trim(c->a->space, some); break;
    case 2: pel_machine_zero_free(m, some); break;
    case 3: pel_machine_balance(m); break;
    case 4: return pel_machine_write_modified(m, some, NULL);
    case 5: return pel_space_limit_working_set(c->a->space, 12, 12 + some, pick(c->w, 2));
    default: return pel_section_object_hold_writes(c->w->section[2].object, some > 12);
    }
    return PEL_STATUS_SUCCESS;
}

/* The process ends, and another one begins. */
static pel_ntstatus call_exit(call *c)
{
    pel_space_free(c->a->space);
    ck_ok(pel_space_new(c->w->v.m, NULL, &c->a->space));
    return PEL_STATUS_SUCCESS;
}

static const struct {
    pel_ntstatus (*call)(call *);
    uint32_t weight;
} calls[] = {
    { call_reserve, 7 }, { call_commit, 5 }, { call_free, 4 },  { call_protect, 5 },
    { call_reset, 2 },   { call_map, 12 },   { call_unmap, 2 }, { call_write, 24 },
    { call_poke, 4 },    { call_read, 12 },  { call_lock, 3 },  { call_stack, 1 },
    { call_system, 6 },  { call_exit, 1 },
};

static void step(world *w, side *a)
{
    call c = { .w = w, .a = a };
    bool anywhere = pick(w, 4) == 0;
    for (int tries = 0; tries < 8; tries++) {
        c.first = (int)pick(w, PAGES - 4);
        if (anywhere || a->page[c.first].committed)
            break;
    }
    c.count = 1 + (int)pick(w, pick(w, 2) ? 4 : 24);
    if (c.first + c.count > PAGES)
        c.count = PAGES - c.first;
    c.va = va_at(c.first).v;
    c.size = (uint64_t)c.count * 0x1000;
    size_t i = 0;
    uint32_t at = pick(w, 88); /* the weights add up to this */
    while (at >= calls[i].weight)
        at -= calls[i++].weight;
    w->succeeded += calls[i].call(&c) == PEL_STATUS_SUCCESS;
    learn(a);
}

/* ---- runs -------------------------------------------------------------- */

static void make_sections(world *w)
{
    static const pel_section_type types[SECTIONS] = { PEL_SECTION_IMAGE, PEL_SECTION_PAGE_FILE,
                                                      PEL_SECTION_FILE };
    for (int s = 0; s < SECTIONS; s++) {
        pel_section_options o =
            section_options(&w->pager, segments, sizeof segments / sizeof segments[0]);
        o.type = types[s];
        o.size = o.file_size = LONGEST * 0x1000;
        o.protect = RWX;
        o.attributes = PEL_SEC_COMMIT;
        ck_nt(SUCCESS, pel_section_object_new(w->v.m, &o, &w->section[s].object));
        for (int i = 0; i < LONGEST; i++)
            memset(w->section[s].bytes[i], s == 1 ? 0 : i, 4096);
    }
    int at = 0;
    for (const pel_segment *segment = segments; at < 16; segment++)
        for (uint64_t i = 0; i < segment->page_count; i++, at++) {
            w->section[0].segment[at] = segment;
            if (segment->zero)
                memset(w->section[0].bytes[at], 0, 4096);
        }
}

static void begin(world *w, const pel_machine_options *options)
{
    w->v = vm_with(options);
    w->side[0].space = w->v.s;
    w->side[1].space = w->v.t;
    ck_ok(pel_space_new(w->v.m, NULL, &w->side[2].space));
    make_sections(w);
    for (int s = 0; s < SPACES; s++) {
        for (int i = 0; i < PAGES; i++)
            w->side[s].page[i].section = -1;
        remember_answers(&w->side[s]);
    }
}

static void end(world *w)
{
    for (int s = 0; s < SECTIONS; s++)
        pel_section_object_free(w->section[s].object);
    pel_space_free(w->side[2].space);
    w->v.s = w->side[0].space;
    w->v.t = w->side[1].space;
    vm_free(&w->v);
}

START_TEST(nothing_happens_to_others)
{
    static world w;
    const char *asked = getenv("PELORUS_MODEL_STEPS");
    uint64_t steps = asked ? strtoull(asked, NULL, 10) : STEPS;
    pel_machine_options o = { .ram_size = FRAMES * 0x1000,
                              .paging = (pel_paging)(_i % 4),
                              .policy = (pel_policy)(_i / 4),
                              .page_file_size = { 0x100 * 0x1000, 0x100 * 0x1000 } };
    w = (world){ .random = 0x9E3779B97F4A7C15u + (uint64_t)_i };
    begin(&w, &o);
    for (uint64_t i = 0; i < steps; i += TURN) {
        side *actor = &w.side[pick(&w, SPACES)];
        for (int j = 0; j < TURN; j++)
            step(&w, actor);
        compare_all(&w, actor);
        remember_answers(actor);
    }
    pel_counters c = pel_machine_counters(w.v.m);
    ck_assert_uint_gt(w.succeeded, steps / 3);
    ck_assert_uint_gt(c.page_file_reads, steps / 20);
    ck_assert_uint_gt(c.repurposed, steps / 10);
    ck_assert_uint_gt(c.copies_on_write, steps / 100);
    ck_assert_uint_gt(c.section_shared, steps / 60);
    ck_assert_uint_gt(c.file_reads, steps / 100);
    end(&w);
}
END_TEST

PEL_TESTS(vm_isolation)
{
    tcase_set_timeout(tests, 0);
    tcase_add_loop_test(tests, nothing_happens_to_others, 0, 4 * PEL_POLICY_OPT);
}
