/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_model.h"

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

/* ---- what a page is ---------------------------------------------------- */

const pel_segment *segment_of(int section_page)
{
    const pel_segment *s = segments;
    for (uint64_t at = (uint64_t)section_page; at >= s->page_count; s++)
        at -= s->page_count;
    return s;
}

bool is_view(const page *p) { return p->section_page >= 0; }

/* Where the byte of a page really is. */
uint8_t *byte_of(world *w, page *p, int which)
{
    return p->own ? &p->bytes[which] : &w->shared[p->section_page][which];
}

void make_own(world *w, page *p)
{
    memcpy(p->bytes, w->shared[p->section_page], sizeof p->bytes);
    p->own = true;
    p->protect = copied(p->protect);
}

void make_free(page *p) { *p = (page){ .first = -1, .section_page = -1 }; }

void commit_page(page *p, uint32_t protect)
{
    if (!p->committed)
        memset(p->bytes, 0, sizeof p->bytes);
    p->committed = p->own = true;
    protect_page(p, protect);
}

void decommit_page(page *p) { p->committed = p->locked = false; }

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

/* A page that cannot be touched leaves the working set. */
void protect_page(page *p, uint32_t protect)
{
    p->protect = protect_for(p, protect);
    p->locked &= protect != NOACCESS && !(protect & GUARD);
}

pel_ntstatus access_page(world *w, page *p, int which, pel_access access, uint8_t *value)
{
    if (p->first < 0 || !p->committed || !allows(p->protect, access, w->nx))
        return PEL_STATUS_ACCESS_VIOLATION;
    if (p->protect & GUARD) {
        p->protect = base_of(p->protect);
        return PEL_STATUS_GUARD_PAGE_VIOLATION;
    }
    if (access == PEL_WRITE && copies(p->protect))
        make_own(w, p);
    uint8_t *byte = byte_of(w, p, which);
    if (access == PEL_WRITE)
        *byte = *value;
    else
        *value = *byte;
    p->written |= access == PEL_WRITE && p->watched;
    return PEL_STATUS_SUCCESS;
}

/* ---- parts of a space -------------------------------------------------- */

bool one_allocation(const page *p, int first, int count)
{
    for (int i = first; i < first + count; i++)
        if (p[i].first < 0 || p[i].first != p[first].first)
            return false;
    return true;
}

bool all_free(const page *p, int first, int end)
{
    while (first < end && p[first].first < 0)
        first++;
    return first == end;
}

int allocation_end(const page *p, int first)
{
    int end = first;
    while (end < PAGES && p[end].first == p[first].first)
        end++;
    return end;
}

/* ---- comparing --------------------------------------------------------- */

static bool charged(const page *p)
{
    return p->committed && (is_view(p) ? p->own || copies(p->protect) : true);
}

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

void compare(world *w)
{
    uint64_t commit = 0;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < PAGES; i++)
            commit += charged(&w->page[s][i]);
        compare_region(w, s, (int)pick(w, PAGES));
    }
    ck_hex(pel_machine_counters(w->v.m).commit, commit);
    invariants_hold(w->v.m, w->step);
}

bool answered(world *w, pel_ntstatus got, pel_ntstatus want)
{
    bool shortage = got == (pel_ntstatus)PEL_STATUS_NO_MEMORY ||
                    got == (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT;
    bool failed = got == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO;
    if ((w->tiny && shortage) || (w->flaky && failed)) {
        w->failed++;
        return false;
    }
    same_status(want, got, w->step);
    w->succeeded += want == PEL_STATUS_SUCCESS;
    w->refused += want != PEL_STATUS_SUCCESS;
    return true;
}

/* ---- the world --------------------------------------------------------- */

void world_make(world *w, const pel_machine_options *options)
{
    w->v = vm_with(options);
    ck_nt(SUCCESS, pel_space_limit_working_set(w->v.s, MOST_MINIMUM, 345, false));
    ck_nt(SUCCESS, pel_space_limit_working_set(w->v.t, MOST_MINIMUM, 345, false));
    w->nx = options->paging != PEL_PAGING_X86;
    bool narrow = options->paging == PEL_PAGING_X86 || options->paging == PEL_PAGING_PAE;
    w->end = narrow ? 0x7FFF0000 : 0x7FFFFFFF0000;
    w->section = section_of(w->v.m, &w->pager, segments, SEGMENTS);
    for (int i = 0; i < PAGES; i++)
        for (int s = 0; s < 2; s++)
            make_free(&w->page[s][i]);
    for (int i = 0; i < SECTION_PAGES; i++)
        memset(w->shared[i], segment_of(i)->zero ? 0 : i, 2);
}

void world_end(world *w)
{
    w->seen = pel_machine_counters(w->v.m);
    pel_section_object_free(w->section);
    vm_free(&w->v);
    ck_assert_int_eq(w->pager.closed, 1);
}
