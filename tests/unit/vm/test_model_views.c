/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* Random calls on views of data files and page files, and on a model of them: an array of pages
 * for each of two spaces, and one for each section. As in test_model.c the answers must agree, and
 * the invariants hold after each call; with a tiny RAM pages go out and come back. */

#define BASE     0x100000u
#define PAGES    128
#define SECTIONS 4
#define LONGEST  40 /* pages of a section */
#define SWAPPING 20 /* frames, with page files of enough pages */
#define STEPS    3000

static const struct {
    pel_section_type type;
    uint64_t size, file_size;
    uint32_t protect, attributes;
} kinds[SECTIONS] = {
    { PEL_SECTION_FILE, 40 * 0x1000 - 0x123, 33 * 0x1000 + 0x800, RWX, PEL_SEC_COMMIT },
    { PEL_SECTION_FILE, 0, 20 * 0x1000, WCX, PEL_SEC_COMMIT },
    { PEL_SECTION_PAGE_FILE, 36 * 0x1000, 0, RWX, PEL_SEC_COMMIT },
    { PEL_SECTION_PAGE_FILE, 40 * 0x1000, 0, RWX, PEL_SEC_RESERVE },
};

typedef struct section_model {
    pel_section_object *object;
    int pages;
    bool committed[LONGEST];
    uint8_t bytes[LONGEST][2]; /* at offset 0 and at offset 0xFFF */
} section_model;

typedef struct page {
    int first;             /* page that its view begins with; -1: free */
    int section, number;   /* what it shows */
    uint32_t view_protect; /* as mapped */
    uint32_t protect;      /* of a committed page */
    bool own;              /* it was copied */
    uint8_t bytes[2];
} page;

typedef struct world {
    vm v;
    bool nx;
    dice dice;
    uint64_t step;
    pages pager[SECTIONS];
    section_model section[SECTIONS];
    page page[2][PAGES];
    uint64_t succeeded, refused;
    pel_counters seen;
} world;

static uint32_t pick(world *w, uint32_t below) { return roll(&w->dice, below); }

/* ---- the model --------------------------------------------------------- */

/* What a view of each protection may be or become. */
static bool within(uint32_t wanted, uint32_t most)
{
    static const struct {
        uint32_t most, wanted;
    } allowed[] = {
        { NOACCESS, NOACCESS },
        { RO, NOACCESS | RO | WC },
        { WC, NOACCESS | RO | WC },
        { RW, NOACCESS | RO | WC | RW },
        { X, NOACCESS | X },
        { RX, NOACCESS | RO | WC | X | RX | WCX },
        { WCX, NOACCESS | RO | WC | X | RX | WCX },
        { RWX, NOACCESS | RO | WC | RW | X | RX | WCX | RWX },
    };
    size_t i = 0;
    while (allowed[i].most != base_of(most))
        i++;
    return (allowed[i].wanted & base_of(wanted)) != 0;
}

static section_model *section_of_page(world *w, const page *p) { return &w->section[p->section]; }

static bool committed(world *w, const page *p)
{
    return p->first >= 0 && section_of_page(w, p)->committed[p->number];
}

static uint8_t *byte_of(world *w, page *p, int which)
{
    return p->own ? &p->bytes[which] : &section_of_page(w, p)->bytes[p->number][which];
}

static void make_own(world *w, page *p)
{
    memcpy(p->bytes, section_of_page(w, p)->bytes[p->number], 2);
    p->own = true;
    p->protect = copied(p->protect);
}

static bool one_view(const page *p, int first, int count)
{
    for (int i = first; i < first + count; i++)
        if (p[i].first < 0 || p[i].first != p[first].first)
            return false;
    return true;
}

static int view_end(const page *p, int first)
{
    int end = first;
    while (end < PAGES && p[end].first == p[first].first)
        end++;
    return end;
}

static uint64_t charge_of(world *w)
{
    uint64_t charge = (uint64_t)w->section[2].pages;
    for (int i = 0; i < w->section[3].pages; i++)
        charge += w->section[3].committed[i];
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < PAGES; i++) {
            const page *p = &w->page[s][i];
            if (p->first >= 0)
                charge += committed(w, p) ? p->own || copies(p->protect) : copies(p->view_protect);
        }
    return charge;
}

/* ---- comparing --------------------------------------------------------- */

static void compare_region(world *w, int s, int i)
{
    const page *p = w->page[s];
    pel_region r = region_at(s ? w->v.t : w->v.s, BASE + (uint64_t)i * 0x1000);
    ck_quick((r.state == PEL_MEM_FREE) == (p[i].first < 0));
    if (p[i].first < 0)
        return;
    int end = i;
    bool there = committed(w, &p[i]);
    while (end < PAGES && p[end].first == p[i].first && committed(w, &p[end]) == there &&
           (!there || p[end].protect == p[i].protect))
        end++;
    ck_hex(r.size, (uint64_t)(end - i) * 0x1000);
    ck_hex(r.state, there ? PEL_MEM_COMMIT : PEL_MEM_RESERVE);
    ck_hex(r.protect, there ? p[i].protect : 0);
    ck_hex(r.type, PEL_MEM_MAPPED);
    ck_hex(r.alloc_protect, p[i].view_protect);
    ck_hex(r.allocation_base.v, BASE + (uint64_t)p[i].first * 0x1000);
}

static bool answered(world *w, pel_ntstatus got, pel_ntstatus want)
{
    same_status(want, got, w->step);
    w->succeeded += want == PEL_STATUS_SUCCESS;
    w->refused += want != PEL_STATUS_SUCCESS;
    return want == PEL_STATUS_SUCCESS;
}

/* ---- the calls --------------------------------------------------------- */

typedef struct call {
    world *w;
    pel_space *space;
    page *p;
    int first, count;
    uint64_t va, size;
} call;

static uint32_t random_protect(world *w)
{
    static const uint32_t some[] = { RW, RW,  RWX, RWX, RO, RX,      NOACCESS,   WC,        WC,
                                     WC, WCX, WCX, X,   0,  RO | RW, RW | GUARD, RO | GUARD };
    return some[pick(w, sizeof some / sizeof some[0])];
}

static void call_map(call *c)
{
    world *w = c->w;
    int which = (int)pick(w, SECTIONS), first = c->first & ~15, skip = (int)pick(w, 3) * 16;
    section_model *section = &w->section[which];
    uint64_t whole = pel_section_object_size(section->object);
    uint32_t asked = pick(w, 4) ? random_protect(w) & 0xFF : RWX;
    uint32_t protect = asked ? asked : kinds[which].protect;
    pel_view_options o = { .offset = (uint64_t)skip * 0x1000,
                           .size = pick(w, 2) ? 0 : 1 + pick(w, 24 * 0x1000),
                           .protect = asked };
    uint64_t rest = whole > o.offset ? whole - o.offset : 0;
    uint64_t bytes = o.size ? o.size : rest, size = 0;
    int count = (int)((bytes + 0xFFF) / 0x1000);
    if (first + count > PAGES)
        return;
    bool taken = false;
    for (int i = first; i < first + count; i++)
        taken |= c->p[i].first >= 0;
    pel_ntstatus want = !known(protect) ? PEL_STATUS_INVALID_PAGE_PROTECTION
                        : !within(protect, kinds[which].protect) ? PEL_STATUS_SECTION_PROTECTION
                        : rest == 0 || bytes > rest              ? PEL_STATUS_INVALID_VIEW_SIZE
                        : taken                                  ? PEL_STATUS_CONFLICTING_ADDRESSES
                                                                 : PEL_STATUS_SUCCESS;
    pel_va base = { BASE + (uint64_t)first * 0x1000 };
    if (!answered(w, pel_space_map_view(c->space, section->object, &o, &base, &size), want))
        return;
    ck_hex(size, (uint64_t)count * 0x1000);
    for (int i = 0; i < count; i++)
        c->p[first + i] = (page){ .first = first,
                                  .section = which,
                                  .number = skip + i,
                                  .view_protect = protect,
                                  .protect = protect };
}

static void call_unmap(call *c)
{
    int first = c->p[c->first].first;
    pel_ntstatus want = first >= 0 ? PEL_STATUS_SUCCESS : PEL_STATUS_NOT_MAPPED_VIEW;
    if (!answered(c->w, pel_space_unmap(c->space, va_of(c->va)), want))
        return;
    for (int i = first, end = view_end(c->p, first); i < end; i++)
        c->p[i] = (page){ .first = -1 };
}

static void set_protect(page *p, uint32_t to) { p->protect = p->own ? copied(to) : to; }

static void call_commit(call *c)
{
    world *w = c->w;
    uint32_t to = random_protect(w);
    page *p = &c->p[c->first];
    pel_ntstatus want = !known(to)                            ? PEL_STATUS_INVALID_PAGE_PROTECTION
                        : !one_view(c->p, c->first, c->count) ? PEL_STATUS_CONFLICTING_ADDRESSES
                        : p->section < 2                      ? PEL_STATUS_ALREADY_COMMITTED
                        : !within(to, p->view_protect)        ? PEL_STATUS_SECTION_PROTECTION
                                                              : PEL_STATUS_SUCCESS;
    if (!answered(w, allocate(c->space, c->va, c->size, COMMIT, to), want))
        return;
    for (int i = 0; i < c->count; i++) {
        section_of_page(w, p + i)->committed[p[i].number] = true;
        set_protect(p + i, to);
    }
}

static void call_protect(call *c)
{
    world *w = c->w;
    uint32_t to = random_protect(w), old = 0;
    page *p = &c->p[c->first];
    pel_ntstatus want = !known(to)                            ? PEL_STATUS_INVALID_PAGE_PROTECTION
                        : !one_view(c->p, c->first, c->count) ? PEL_STATUS_CONFLICTING_ADDRESSES
                        : !within(to, p->view_protect)        ? PEL_STATUS_SECTION_PROTECTION
                                                              : PEL_STATUS_SUCCESS;
    for (int i = 0; !want && i < c->count; i++)
        if (!committed(w, p + i))
            want = PEL_STATUS_NOT_COMMITTED;
    pel_va base = { c->va };
    uint64_t size = c->size;
    if (!answered(w, pel_space_protect(c->space, &base, &size, to, &old), want))
        return;
    ck_hex(old, p->protect);
    for (int i = 0; i < c->count; i++)
        set_protect(p + i, to);
}

static pel_ntstatus may_access(world *w, page *p, pel_access access)
{
    if (!committed(w, p) || !allows(p->protect, access, w->nx))
        return PEL_STATUS_ACCESS_VIOLATION;
    if (!(p->protect & GUARD))
        return PEL_STATUS_SUCCESS;
    p->protect = base_of(p->protect);
    return PEL_STATUS_GUARD_PAGE_VIOLATION;
}

static void call_access(call *c)
{
    world *w = c->w;
    pel_access access = (pel_access)pick(w, 3);
    page *p = &c->p[c->first];
    int which = (int)pick(w, 2);
    pel_va va = { c->va + (which ? 0xFFF : 0) };
    uint8_t byte = (uint8_t)pick(w, 256);
    pel_ntstatus got = access_memory(c->space, access, va, &byte, 1, NULL);
    if (!answered(w, got, may_access(w, p, access)))
        return;
    if (access == PEL_WRITE && copies(p->protect))
        make_own(w, p);
    if (access == PEL_WRITE)
        *byte_of(w, p, which) = byte;
    ck_hex(byte, *byte_of(w, p, which));
}

static void call_peek_or_poke(call *c)
{
    world *w = c->w;
    page *p = &c->p[c->first];
    int which = (int)pick(w, 2);
    pel_va va = { c->va + (which ? 0xFFF : 0) };
    bool poke = pick(w, 2);
    uint8_t byte = (uint8_t)pick(w, 256);
    pel_ntstatus want = committed(w, p) ? PEL_STATUS_SUCCESS : PEL_STATUS_NOT_COMMITTED;
    pel_ntstatus got =
        poke ? pel_space_poke(c->space, va, &byte, 1) : pel_space_peek(c->space, va, &byte, 1);
    if (!answered(w, got, want))
        return;
    if (poke && copies(p->protect))
        make_own(w, p);
    if (poke)
        *byte_of(w, p, which) = byte;
    ck_hex(byte, *byte_of(w, p, which));
}

static void call_system(call *c)
{
    pel_machine *m = c->w->v.m;
    uint32_t some = 1 + pick(c->w, 8);
    switch (pick(c->w, 5)) {
    case 0: pel_space_trim(c->space, some); break;
    case 1: pel_space_trim_page(c->space, va_of(c->va)); break;
    case 2: ck_nt(SUCCESS, pel_machine_write_modified(m, some, NULL)); break;
    case 3: pel_machine_zero_free(m, some); break;
    default: pel_machine_balance(m); break;
    }
}

static void call_reset(call *c)
{
    page *p = &c->p[c->first];
    uint32_t type = pick(c->w, 2) ? PEL_MEM_RESET : PEL_MEM_RESET_UNDO;
    pel_ntstatus want = !one_view(c->p, c->first, c->count) ? PEL_STATUS_CONFLICTING_ADDRESSES
                        : p->section < 2                    ? PEL_STATUS_USER_MAPPED_FILE
                                                            : PEL_STATUS_SUCCESS;
    answered(c->w, allocate(c->space, c->va, c->size, type, RW), want);
}

static void call_free(call *c)
{
    page *p = &c->p[c->first];
    if (p->first >= 0)
        answered(c->w,
                 deallocate(c->space, c->va, 1, pick(c->w, 2) ? PEL_MEM_DECOMMIT : PEL_MEM_RELEASE),
                 PEL_STATUS_UNABLE_TO_DELETE_SECTION);
}

static const struct {
    void (*call)(call *);
    uint32_t weight;
} calls[] = {
    { call_map, 6 },     { call_unmap, 2 },   { call_commit, 5 },
    { call_protect, 5 }, { call_access, 16 }, { call_system, 3 },
    { call_reset, 1 },   { call_free, 1 },    { call_peek_or_poke, 6 },
};

static void call_any(call *c)
{
    size_t i = 0;
    uint32_t at = pick(c->w, 45); /* the weights add up to this */
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
        if (anywhere || c.p[c.first].first >= 0)
            break;
    }
    c.count = 1 + (int)pick(w, 10);
    if (c.first + c.count > PAGES)
        c.count = PAGES - c.first;
    c.va = BASE + (uint64_t)c.first * 0x1000;
    c.size = (uint64_t)c.count * 0x1000 - pick(w, 0x1000);
    call_any(&c);
    for (s = 0; s < 2; s++)
        compare_region(w, s, (int)pick(w, PAGES));
    ck_hex(pel_machine_counters(w->v.m).commit, charge_of(w));
    invariants_hold(w->v.m, w->step);
}

static void make_sections(world *w)
{
    for (int s = 0; s < SECTIONS; s++) {
        section_model *model = &w->section[s];
        pel_section_options o = { .type = kinds[s].type,
                                  .size = kinds[s].size,
                                  .file_size = kinds[s].file_size,
                                  .protect = kinds[s].protect,
                                  .attributes = kinds[s].attributes };
        if (o.type == PEL_SECTION_FILE)
            o.pager = (pel_pager){ pages_fill, pages_close, &w->pager[s] };
        ck_nt(SUCCESS, pel_section_object_new(w->v.m, &o, &model->object));
        model->pages = (int)((pel_section_object_size(model->object) + 0xFFF) / 0x1000);
        for (int i = 0; i < model->pages; i++) {
            model->committed[i] = kinds[s].attributes == PEL_SEC_COMMIT;
            for (int which = 0; which < 2; which++) {
                uint64_t at = (uint64_t)i * 0x1000 + (which ? 0xFFF : 0);
                model->bytes[i][which] = at < kinds[s].file_size ? (uint8_t)i : 0;
            }
        }
    }
}

static void run(world *w, const pel_machine_options *options)
{
    uint64_t steps = steps_of(STEPS);
    w->v = vm_with(options);
    w->nx = options->paging != PEL_PAGING_X86;
    for (int i = 0; i < PAGES; i++)
        w->page[0][i].first = w->page[1][i].first = -1;
    make_sections(w);
    for (w->step = 0; w->step < steps; w->step++)
        step(w);
    ck_assert_uint_gt(w->succeeded, steps / 8);
    ck_assert_uint_gt(w->refused, steps / 8);
    w->seen = pel_machine_counters(w->v.m);
    for (int s = 0; s < SECTIONS; s++)
        pel_section_object_free(w->section[s].object);
    vm_free(&w->v);
    ck_assert_int_eq(w->pager[0].closed, 1);
}

START_TEST(views_are_as_the_model_says)
{
    static world w;
    w = (world){ .dice = dice_of("views", _i) };
    run(&w, &(pel_machine_options){ .ram_size = 0x10000 * 0x1000 });
    ck_assert_uint_gt(w.seen.copies_on_write, 10);
}
END_TEST

START_TEST(pages_of_views_go_out_and_come_back)
{
    static world w;
    pel_machine_options o = { .ram_size = SWAPPING * 0x1000,
                              .paging = (pel_paging)(_i % 4),
                              .policy = (pel_policy)(_i % PEL_POLICY_OPT),
                              .page_file_size = { 0x200 * 0x1000 } };
    w = (world){ .dice = dice_of("views, paging", _i) };
    run(&w, &o);
    ck_assert_uint_gt(w.seen.page_file_reads, 5);
    ck_assert_uint_gt(w.seen.file_writes, 5);
    ck_assert_uint_gt(w.seen.file_reads, 1);
}
END_TEST

PEL_TESTS(vm_model_views)
{
    tcase_set_timeout(tests, 0);
    tcase_add_loop_test(tests, views_are_as_the_model_says, 0, 4);
    tcase_add_loop_test(tests, pages_of_views_go_out_and_come_back, 0, 6);
}
