/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_FIXTURE_H
#define VM_FIXTURE_H

/* A machine with spaces on it, and short words for what tests do to them. */

#include "check_pel.h"
#include <string.h>

enum {
    NOACCESS = PEL_PAGE_NOACCESS,
    RO = PEL_PAGE_READONLY,
    RW = PEL_PAGE_READWRITE,
    WC = PEL_PAGE_WRITECOPY,
    X = PEL_PAGE_EXECUTE,
    RX = PEL_PAGE_EXECUTE_READ,
    RWX = PEL_PAGE_EXECUTE_READWRITE,
    WCX = PEL_PAGE_EXECUTE_WRITECOPY,
    GUARD = PEL_PAGE_GUARD,
    NOCACHE = PEL_PAGE_NOCACHE,
    COMBINE = PEL_PAGE_WRITECOMBINE,
    COMMIT = PEL_MEM_COMMIT,
    RESERVE = PEL_MEM_RESERVE,
    BOTH = PEL_MEM_COMMIT | PEL_MEM_RESERVE,
};

typedef struct vm {
    pel_machine *m;
    pel_space *s, *t; /* two spaces */
} vm;

#define ck_holds(machine)                                                                          \
    do {                                                                                           \
        const char *ck_broken_ = pel_machine_check(machine);                                       \
        if (ck_broken_)                                                                            \
            ck_abort_msg("%s", ck_broken_);                                                        \
    } while (0)

/* A machine, and two empty spaces on it. */
static inline vm vm_with(const pel_machine_options *options)
{
    vm v;
    ck_ok(pel_machine_new(options, &v.m));
    ck_ok(pel_space_new(v.m, NULL, &v.s));
    ck_ok(pel_space_new(v.m, NULL, &v.t));
    return v;
}

/* The same of `frames` frames, 4 GiB for 0. */
static inline vm vm_new(uint64_t frames)
{
    return vm_with(&(pel_machine_options){ .ram_size = frames * 0x1000 });
}

/* Free everything, and see that nothing was left in use. */
static inline void vm_free(vm *v)
{
    ck_holds(v->m);
    pel_space_free(v->s);
    pel_space_free(v->t);
    ck_holds(v->m);
    pel_counters c = pel_machine_counters(v->m);
    ck_assert_uint_eq(c.frames_used, 0);
    ck_assert_uint_eq(c.frames_table, 0);
    ck_assert_uint_eq(c.commit, 0);
    ck_assert_uint_eq(c.page_file_used, 0);
    pel_machine_free(v->m);
}

static inline pel_va va_of(uint64_t v) { return (pel_va){ v }; }

/* The calls, without their out parameters. */

static inline pel_ntstatus allocate(pel_space *s, uint64_t base, uint64_t size, uint32_t type,
                                    uint32_t protect)
{
    pel_va at = { base };
    return pel_space_allocate(s, &at, &size, type, protect);
}

static inline pel_ntstatus deallocate(pel_space *s, uint64_t base, uint64_t size, uint32_t type)
{
    pel_va at = { base };
    return pel_space_deallocate(s, &at, &size, type);
}

static inline pel_ntstatus protect(pel_space *s, uint64_t base, uint64_t size, uint32_t to)
{
    pel_va at = { base };
    uint32_t old;
    return pel_space_protect(s, &at, &size, to, &old);
}

/* Where the system put `size` bytes. */
static inline uint64_t allocated(pel_space *s, uint64_t size, uint32_t type, uint32_t protect)
{
    pel_va at = { 0 };
    ck_nt(SUCCESS, pel_space_allocate(s, &at, &size, type, protect));
    ck_assert_uint_eq(at.v % 0x10000, 0);
    return at.v;
}

static inline pel_ntstatus touch(pel_space *s, uint64_t va, pel_access access)
{
    uint8_t byte = 0;
    switch (access) {
    case PEL_READ: return pel_space_read(s, va_of(va), &byte, 1, NULL);
    case PEL_WRITE: return pel_space_write(s, va_of(va), &byte, 1, NULL);
    case PEL_FETCH: return pel_space_fetch(s, va_of(va), &byte, 1, NULL);
    }
    return PEL_STATUS_INVALID_PARAMETER;
}

static inline uint8_t byte_at(pel_space *s, uint64_t va)
{
    uint8_t byte = 0xEE;
    ck_nt(SUCCESS, pel_space_read(s, va_of(va), &byte, 1, NULL));
    return byte;
}

static inline void put(pel_space *s, uint64_t va, uint8_t byte)
{
    ck_nt(SUCCESS, pel_space_write(s, va_of(va), &byte, 1, NULL));
}

static inline pel_region region_at(pel_space *s, uint64_t va)
{
    pel_region r;
    ck_quick(pel_space_query(s, va_of(va), &r) == PEL_STATUS_SUCCESS);
    ck_hex(r.base.v, va & ~(uint64_t)0xFFF);
    return r;
}

/* The region at `va`: its size, state and protection. */
#define ck_region(space, va, want_size, want_state, want_protect)                                  \
    do {                                                                                           \
        pel_region ck_r_ = region_at(space, va);                                                   \
        ck_hex(ck_r_.size, want_size);                                                             \
        ck_hex(ck_r_.state, want_state);                                                           \
        ck_hex(ck_r_.protect, want_protect);                                                       \
    } while (0)

/* ---- sections ---------------------------------------------------------- */

/* A pager that counts. Each page begins with its number, and is then filled with it. */
typedef struct pages {
    uint64_t fills;
    int closed;
    pel_status answer; /* of fill */
} pages;

static inline pel_status pages_fill(void *ctx, uint64_t page, uint8_t *bytes)
{
    pages *p = ctx;
    p->fills++;
    for (size_t i = 0; i < 4096; i++)
        ck_quick(bytes[i] == 0);
    if (p->answer != PEL_OK)
        return p->answer;
    memset(bytes, (int)(page & 0xFF), 4096);
    return PEL_OK;
}

static inline void pages_close(void *ctx) { ((pages *)ctx)->closed++; }

static inline pel_section_options section_options(pages *p, const pel_segment *segments,
                                                  size_t count)
{
    return (pel_section_options){ .segments = segments,
                                  .segment_count = count,
                                  .pager = { pages_fill, pages_close, p },
                                  .alloc_protect = WCX };
}

static inline pel_section_object *section_of(pel_machine *m, pages *p, const pel_segment *segments,
                                             size_t count)
{
    pel_section_options o = section_options(p, segments, count);
    pel_section_object *section;
    ck_ok(pel_section_object_new(m, &o, &section));
    return section;
}

static inline uint64_t mapped(pel_space *s, pel_section_object *section)
{
    pel_va base = { 0 };
    ck_nt(SUCCESS, pel_space_map(s, section, &base));
    return base.v;
}

#endif
