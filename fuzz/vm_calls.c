/* SPDX-License-Identifier: Apache-2.0 */
/* What a program of fuzz_vm can do, and what each call promises by itself. */
#include <string.h>

#include "vm_program.h"

#define TRANSFER 0x3000

static void note_base(world *w, pel_va base) { w->base[w->placed++ % BASES] = base.v; }

/* ---- memory ------------------------------------------------------------ */

static uint32_t allocation_type(world *w)
{
    static const uint32_t types[] = { PEL_MEM_RESERVE | PEL_MEM_COMMIT,
                                      PEL_MEM_RESERVE,
                                      PEL_MEM_COMMIT,
                                      PEL_MEM_RESET,
                                      PEL_MEM_RESET_UNDO,
                                      PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_TOP_DOWN,
                                      PEL_MEM_RESERVE | PEL_MEM_WRITE_WATCH,
                                      PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_WRITE_WATCH,
                                      PEL_MEM_RESERVE | PEL_MEM_PHYSICAL,
                                      PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_LARGE_PAGES,
                                      PEL_MEM_COMMIT | PEL_MEM_WRITE_WATCH,
                                      0 };
    unsigned n = number(w, 24);
    return types[n < sizeof types / sizeof types[0] ? n : 0];
}

static pel_ntstatus allocate_at(world *w, pel_space *s, const pel_placement *placement)
{
    uint32_t type = allocation_type(w);
    pel_va base = { 0 };
    if (number(w, 2))
        base = address(w);
    uint64_t size = length(w);
    pel_ntstatus st =
        placement ? pel_space_allocate_placed(s, &base, &size, type, protection(w), placement)
                  : pel_space_allocate(s, &base, &size, type, protection(w));
    w->reset |= type == PEL_MEM_RESET;
    if (pel_nt_success(st))
        note_base(w, base);
    return st;
}

static pel_ntstatus allocate(world *w, pel_space *s) { return allocate_at(w, s, NULL); }

static pel_ntstatus allocate_placed(world *w, pel_space *s)
{
    static const uint64_t zero_bits[] = { 0, 1, 15, 21, 22, 32, 0xFFFFF, 0x7FFFFFFF, UINT64_MAX };
    static const uint64_t bounds[] = { 0, 0x10000, 0x200000, 0x2FFFFF, 0x30FFFF, 0x7FFEFFFF, 1 };
    static const uint64_t alignments[] = { 0, 0x10000, 0x40000, 0x1000, 0x30000 };
    pel_placement p = { .zero_bits = PICK(w, zero_bits) };
    p.requirements = number(w, 2);
    p.lowest.v = PICK(w, bounds);
    p.highest.v = PICK(w, bounds);
    p.alignment = PICK(w, alignments);
    return allocate_at(w, s, &p);
}

static pel_ntstatus deallocate(world *w, pel_space *s)
{
    static const uint32_t types[] = { PEL_MEM_DECOMMIT, PEL_MEM_RELEASE, PEL_MEM_COMMIT };
    uint32_t type = PICK(w, types);
    pel_va base = address(w);
    uint64_t size = length(w);
    return pel_space_deallocate(s, &base, &size, type);
}

static pel_ntstatus protect(world *w, pel_space *s)
{
    uint32_t old, to = protection(w);
    pel_va base = address(w);
    uint64_t size = length(w);
    return pel_space_protect(s, &base, &size, to, &old);
}

static pel_ntstatus lock(world *w, pel_space *s)
{
    bool unlock = number(w, 2);
    pel_va base = address(w);
    uint64_t size = length(w);
    return unlock ? pel_space_unlock(s, &base, &size) : pel_space_lock(s, &base, &size);
}

static pel_ntstatus find_free(world *w, pel_space *s)
{
    pel_va lowest = address(w), highest = address(w), at;
    uint64_t size = length(w);
    pel_region r;
    pel_ntstatus st = pel_space_find_free(s, size, lowest, highest, number(w, 2), &at);
    if (pel_nt_success(st)) {
        MUST(at.v % PEL_GRANULARITY == 0 && at.v >= lowest.v);
        MUST(size == 0 || (at.v <= highest.v && size - 1 <= highest.v - at.v));
        MUST(pel_space_query(s, at, &r) == PEL_STATUS_SUCCESS && r.state == PEL_MEM_FREE);
        MUST(size <= r.size);
    }
    return st;
}

static pel_ntstatus write_watch(world *w, pel_space *s)
{
    pel_va pages[12], base = address(w);
    size_t room = number(w, sizeof pages / sizeof pages[0]), count = room;
    uint64_t size = length(w);
    if (number(w, 4) == 3)
        return pel_space_reset_write_watch(s, base, size);
    pel_ntstatus st = pel_space_write_watch(s, base, size, number(w, 2), pages, &count);
    for (size_t i = 0; pel_nt_success(st) && i < count; i++) {
        MUST(count <= room && pages[i].v % PAGE == 0);
        MUST(pages[i].v + PAGE > base.v && pages[i].v < base.v + size);
        MUST(i == 0 || pages[i - 1].v < pages[i].v);
    }
    return st;
}

/* ---- accesses ---------------------------------------------------------- */

static size_t transfer_size(world *w)
{
    static const size_t sizes[] = { 1, 2, 4, 8, 0, 0x1000, 0x1001, TRANSFER };
    return PICK(w, sizes);
}

/* A debugger sees what the program did. */
static void compare(const world *w, pel_space *s, pel_va va, const uint8_t *bytes, size_t size)
{
    uint8_t seen[TRANSFER];
    pel_ntstatus st = pel_space_peek(s, va, seen, size);
    MUST(pel_nt_success(st) || w->failed || w->answer != PEL_OK);
    MUST(!pel_nt_success(st) || w->reset || memcmp(seen, bytes, size) == 0);
}

static pel_ntstatus access_as_program(world *w, pel_space *s)
{
    uint8_t bytes[TRANSFER];
    pel_access access = (pel_access)number(w, 3);
    pel_va va = address(w);
    size_t size = transfer_size(w);
    pel_fault fault = { .va = { 0 } };
    memset(bytes, ++w->pattern, sizeof bytes);
    pel_ntstatus st = access == PEL_READ    ? pel_space_read(s, va, bytes, size, &fault)
                      : access == PEL_WRITE ? pel_space_write(s, va, bytes, size, &fault)
                                            : pel_space_fetch(s, va, bytes, size, &fault);
    if (pel_nt_success(st))
        compare(w, s, va, bytes, size);
    else
        MUST(fault.status == st && fault.access == access && fault.va.v - va.v < size);
    return st;
}

/* Many pages at once are what makes RAM short. */
static pel_ntstatus touch(world *w, pel_space *s)
{
    pel_va va = address(w);
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    bool write = number(w, 2);
    for (unsigned i = number(w, 64); i > 0 && pel_nt_success(st); i--, va.v += PAGE)
        st = write ? pel_space_write(s, va, &w->pattern, 1, NULL)
                   : pel_space_read(s, va, &w->pattern, 1, NULL);
    return st;
}

static pel_ntstatus poke(world *w, pel_space *s)
{
    uint8_t bytes[TRANSFER];
    pel_va va = address(w);
    size_t size = transfer_size(w);
    memset(bytes, ++w->pattern, sizeof bytes);
    pel_ntstatus st = pel_space_poke(s, va, bytes, size);
    if (pel_nt_success(st))
        compare(w, s, va, bytes, size);
    return st;
}

/* All ways to look at a page agree. */
static pel_ntstatus inspect(world *w, pel_space *s)
{
    char text[64];
    uint8_t peeked, physical;
    pel_va va = address(w);
    pel_page_info info;
    pel_region region;
    pel_ntstatus st = pel_space_page(s, va, &info);
    MUST(pel_nt_success(st) == pel_nt_success(pel_space_query(s, va, &region)));
    if (!pel_nt_success(st))
        return st;
    pel_walk walk = pel_space_walk(s, va);
    pel_entry_format(pel_machine_paging(w->machine), info.entry, text, sizeof text);
    pel_protect_format(info.protect, text, sizeof text);
    MUST(pel_page_place_name(info.place) && walk.count <= PEL_WALK_MAX);
    MUST((info.place == PEL_AT_NOWHERE) == (region.state != PEL_MEM_COMMIT));
    MUST(region.state != PEL_MEM_COMMIT || info.protect == region.protect);
    MUST(walk.present == info.valid && info.valid == (info.place == PEL_AT_WORKING_SET));
    bool there = pel_nt_success(pel_space_peek(s, va, &peeked, 1));
    MUST(there ? info.protect != 0 : info.protect == 0 || w->failed || w->answer != PEL_OK);
    if (!info.valid)
        return st;
    MUST(pel_machine_read_physical(w->machine, walk.pa, &physical, 1) == PEL_OK);
    MUST(peeked == physical && walk.pa.v / PAGE == info.frame);
    return st;
}

/* ---- sections ---------------------------------------------------------- */

static pel_status fill(void *ctx, uint64_t page, uint8_t *bytes)
{
    const world *w = ctx;
    for (size_t i = 0; i < PAGE; i++)
        MUST(bytes[i] == 0);
    memset(bytes, (int)(page + 1), PAGE);
    return w->answer;
}

static void note_close(void *ctx) { ((world *)ctx)->pagers--; }

static const pel_segment segments[] = {
    { .page_count = 1, .protect = PEL_PAGE_READONLY },
    { .page_count = 3, .protect = PEL_PAGE_EXECUTE_READ },
    { .page_count = 3, .protect = PEL_PAGE_WRITECOPY },
    { .page_count = 2 },
    { .page_count = 3, .protect = PEL_PAGE_READWRITE, .shared = true },
    { .page_count = 2, .protect = PEL_PAGE_WRITECOPY, .zero = true },
    { .page_count = 2, .protect = PEL_PAGE_EXECUTE_WRITECOPY, .own = true },
    { .page_count = 1, .protect = PEL_PAGE_NOACCESS },
    { .page_count = 2, .protect = PEL_PAGE_READWRITE, .zero = true, .own = true }
};

static pel_ntstatus new_section(world *w, pel_space *s)
{
    static const uint32_t attributes[] = { PEL_SEC_COMMIT,
                                           PEL_SEC_RESERVE,
                                           PEL_SEC_COMMIT | PEL_SEC_NOCACHE,
                                           PEL_SEC_RESERVE | PEL_SEC_WRITECOMBINE,
                                           PEL_SEC_IMAGE,
                                           0 };
    (void)s;
    unsigned slot = number(w, SECTIONS);
    if (w->section[slot])
        return PEL_STATUS_SUCCESS;
    pel_section_options o = { .type = (pel_section_type)number(w, 4),
                              .segments = segments,
                              .alloc_protect = PEL_PAGE_EXECUTE_WRITECOPY,
                              .key = segments,
                              .variant = slot };
    o.protect = protection(w);
    unsigned n = number(w, 12);
    o.attributes = attributes[n < sizeof attributes / sizeof attributes[0] ? n : 0];
    o.size = length(w);
    o.file_size = length(w);
    o.segment_count = sizeof segments / sizeof segments[0] - number(w, 10);
    if (o.type != PEL_SECTION_PAGE_FILE)
        o.pager = (pel_pager){ .fill = fill, .close = note_close, .ctx = w };
    w->pagers += o.pager.close != NULL;
    return pel_section_object_new(w->machine, &o, &w->section[slot]);
}

static pel_ntstatus free_section(world *w, pel_space *s)
{
    (void)s;
    unsigned slot = number(w, SECTIONS);
    pel_section_object_free(w->section[slot]);
    w->section[slot] = NULL;
    return PEL_STATUS_SUCCESS;
}

/* Also one that only its views keep alive. */
static pel_ntstatus find_section(world *w, pel_space *s)
{
    (void)s;
    unsigned slot = number(w, SECTIONS);
    pel_section_object *found =
        pel_section_object_find(w->machine, segments, number(w, 2) ? slot : PEL_ANY_VARIANT);
    if (!found || w->section[slot])
        pel_section_object_free(found);
    else
        w->section[slot] = found;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus hold_writes(world *w, pel_space *s)
{
    (void)s;
    pel_section_object *section = w->section[number(w, SECTIONS)];
    return section ? pel_section_object_hold_writes(section, number(w, 2)) : PEL_STATUS_SUCCESS;
}

static pel_ntstatus map_view(world *w, pel_space *s)
{
    static const uint32_t types[] = { 0, PEL_MEM_TOP_DOWN, PEL_MEM_RESERVE, PEL_MEM_COMMIT };
    pel_section_object *section = w->section[number(w, SECTIONS)];
    pel_view_options o = { .type = PICK(w, types) };
    pel_va base = { 0 };
    uint64_t size = 0;
    o.protect = protection(w);
    o.offset = number(w, 8) * (PAGE * 8);
    o.size = length(w);
    o.zero_bits = number(w, 4) == 3 ? number(w, 34) : 0;
    if (number(w, 2))
        base = address(w);
    pel_ntstatus st = pel_space_map_view(s, section, &o, &base, &size);
    if (pel_nt_success(st)) {
        MUST(base.v % PEL_GRANULARITY == 0 && size % PAGE == 0);
        MUST(size >= o.size && o.offset < pel_section_object_size(section));
        MUST(pel_section_object_attributes(section) != 0);
        note_base(w, base);
    }
    return st;
}

static pel_ntstatus map(world *w, pel_space *s)
{
    pel_va base = { 0 };
    pel_ntstatus st = pel_space_map(s, w->section[number(w, SECTIONS)], &base);
    if (pel_nt_success(st))
        note_base(w, base);
    return st;
}

static pel_ntstatus unmap(world *w, pel_space *s) { return pel_space_unmap(s, address(w)); }

/* ---- stacks ------------------------------------------------------------ */

static pel_ntstatus add_stack(world *w, pel_space *s)
{
    pel_va base = address(w), limit = address(w);
    return pel_space_add_stack(s, base, limit, length(w));
}

/* One with a guard, which other steps would hardly find. */
static pel_ntstatus build_stack(world *w, pel_space *s)
{
    pel_va base = { 0 };
    uint64_t size = 16 * PAGE, used = number(w, 16) * PAGE, guard = number(w, 4) * PAGE;
    if (!pel_nt_success(pel_space_allocate(s, &base, &size, PEL_MEM_RESERVE, PEL_PAGE_READWRITE)))
        return PEL_STATUS_SUCCESS;
    note_base(w, base);
    pel_va limit = { base.v + size - used }, at = limit;
    pel_space_allocate(s, &at, &used, PEL_MEM_COMMIT, PEL_PAGE_READWRITE);
    at.v = limit.v - guard;
    pel_space_allocate(s, &at, &guard, PEL_MEM_COMMIT, PEL_PAGE_READWRITE | PEL_PAGE_GUARD);
    pel_space_add_stack(s, base, limit, number(w, 4) * PAGE);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus ask_stack(world *w, pel_space *s)
{
    pel_stack_state state;
    pel_va va = address(w);
    pel_ntstatus st = pel_space_stack(s, va, &state);
    if (pel_nt_success(st)) {
        MUST(state.allocation_base.v <= state.limit.v && state.limit.v <= state.base.v);
        MUST(state.allocation_base.v <= va.v && va.v < state.base.v);
        st = pel_space_stack_guarantee(s, va, length(w));
    }
    return st;
}

/* ---- the system -------------------------------------------------------- */

static pel_ntstatus trim(world *w, pel_space *s)
{
    unsigned pages = number(w, 64);
    pel_working_set before = pel_space_working_set(s);
    if (pages == 0)
        pel_space_trim_page(s, address(w));
    else
        pel_space_trim(s, pages == 63 ? UINT64_MAX : pages);
    pel_working_set after = pel_space_working_set(s);
    MUST(after.size <= before.size && after.locked == before.locked);
    MUST(pages != 63 || after.size == after.locked);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus limit_working_set(world *w, pel_space *s)
{
    unsigned minimum = number(w, 64), maximum = number(w, 64);
    return pel_space_limit_working_set(s, minimum, maximum, number(w, 2));
}

static pel_ntstatus run_system(world *w, pel_space *s)
{
    (void)s;
    unsigned what = number(w, 3), pages = number(w, 64);
    if (what == 0)
        return pel_machine_write_modified(w->machine, pages, NULL);
    if (what == 1)
        pel_machine_zero_free(w->machine, pages);
    else
        pel_machine_balance(w->machine);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus look_at_frame(world *w, pel_space *s)
{
    (void)s;
    uint8_t bytes[16];
    pel_frame_info info;
    uint64_t frame = next(w), frames = pel_machine_counters(w->machine).frames;
    pel_pa pa = { frame * PAGE + PAGE - 8 };
    MUST((pel_machine_frame(w->machine, frame, &info) == PEL_OK) == (frame < frames));
    MUST((pel_machine_read_physical(w->machine, pa, bytes, sizeof bytes) == PEL_OK) ==
         (frame + 1 < frames));
    return PEL_STATUS_SUCCESS;
}

static void hear(void *ctx, const pel_event *event)
{
    (void)ctx;
    MUST(event->kind < PEL_EVENT_COUNT && *pel_event_name(event->kind));
}

static pel_ntstatus listen(world *w, pel_space *s)
{
    (void)s;
    pel_machine_listen(w->machine, (pel_event_hook){ .tell = number(w, 2) ? hear : NULL });
    return PEL_STATUS_SUCCESS;
}

/* The host: an allocation that fails soon, and pagers that do. */
static pel_ntstatus fail_host(world *w, pel_space *s)
{
    static const pel_status answers[] = { PEL_OK,        PEL_OK, PEL_IO, PEL_NO_MEMORY,
                                          PEL_TRUNCATED, PEL_OK, PEL_OK };
    (void)s;
    w->answer = PICK(w, answers);
    w->fail_in = number(w, 8);
    return PEL_STATUS_SUCCESS;
}

/* ---- all ---------------------------------------------------------------- */

static const call calls[] = {
    { 'a', false, allocate },
    { 'A', false, allocate_placed },
    { 'd', false, deallocate },
    { 'p', false, protect },
    { 'l', true, lock },
    { 'F', false, find_free },
    { 't', false, write_watch },
    { 'x', true, access_as_program },
    { 'T', true, touch },
    { 'k', true, poke },
    { 'i', false, inspect },
    { 's', false, new_section },
    { 'f', false, free_section },
    { 'g', false, find_section },
    { 'h', false, hold_writes },
    { 'm', false, map_view },
    { 'M', false, map },
    { 'u', false, unmap },
    { 'S', false, add_stack },
    { 'B', false, build_stack },
    { 'G', false, ask_stack },
    { 'y', false, trim },
    { 'L', false, limit_working_set },
    { 'Y', false, run_system },
    { 'R', false, look_at_frame },
    { 'E', false, listen },
    { 'H', false, fail_host },
};
#define CALLS (sizeof calls / sizeof calls[0])

const call *call_of(uint8_t letter)
{
    static const char often[] = "aaaaTTTTTTTxxxxxxmmmmkkppddysYiu";
    for (size_t i = 0; i < CALLS; i++)
        if ((uint8_t)calls[i].letter == letter)
            return &calls[i];
    return call_of((uint8_t)often[letter % (sizeof often - 1)]);
}
