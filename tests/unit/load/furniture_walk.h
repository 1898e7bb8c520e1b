/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FURNITURE_WALK_H
#define FURNITURE_WALK_H

/* Furnished processes, and a reader of them that knows nothing but what a program knows: where its
 * segment register leads, and the offsets of Windows' structures, typed here once more. */

#include "load/furniture.h"

#include "fixture.h"

#define UNITS_MOST 40100

/* ---- processes to furnish ---------------------------------------------- */

/* Ten kinds of process: each Windows, in 32 and 64 bits. */
#define KINDS 10

typedef struct rig {
    pel_machine *m;
    pel_space *s;
    sample program, library;
    pel_stack stack;
    pel_heap heap;
    pel_furniture_module modules[4];
    pel_furniture_request request;
    pel_furniture furniture;
} rig;

static const uint32_t rig_init_order[] = { 1, 3, 2 };

static inline void rig_space(rig *r, const pel_machine_options *machine)
{
    pel_va shared = { SHARED };
    uint64_t size = PEL_PAGE_SIZE;
    pel_space_options o = { .highest = { r->request.wide ? 0x7FFFFFFEFFFF : 0x7FFEFFFF } };
    ck_ok(pel_machine_new(machine, &r->m));
    ck_ok(pel_space_new(r->m, &o, &r->s));
    ck_nt(SUCCESS, pel_space_allocate(r->s, &shared, &size, BOTH, RO));
    ck_nt(SUCCESS, pel_shared_user_data_write(r->s, r->request.windows, 0));
    r->stack = pel_stack_sizes((pel_reserve_commit){ MIB, 0x4000 });
    ck_nt(SUCCESS, pel_stack_create(r->s, va_of(0), &r->stack));
    r->heap = pel_heap_sizes((pel_reserve_commit){ MIB, 0x1000 });
    ck_nt(SUCCESS, pel_heap_create(r->s, va_of(0), r->request.wide, &r->heap));
}

static inline void rig_images(rig *r)
{
    pel_build_kind kind = r->request.wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32;
    r->program = movable(kind);
    pel_builder_set(r->program.b, "file_header.TimeDateStamp", 0x11223344);
    pel_builder_set(r->program.b, "optional_header.Subsystem", 3);
    sample_parse(&r->program);
    r->library = movable(kind);
    pel_builder_set(r->library.b, "file_header.TimeDateStamp", 0x55667788);
    pel_builder_poke(r->library.b, "optional_header.CheckSum", 0x99aabbcc);
    pel_builder_poke(r->library.b, "file_header.Characteristics", 0x2102);
    sample_parse(&r->library);
}

/* Not furnished yet, so that a test can ask for something odd. */
static inline void rig_start_on(rig *r, int kind, const pel_machine_options *machine)
{
    static const char *const paths[] = { "C:\\Program Files\\t\xc3\xa9st\\prog.exe",
                                         "C:\\Windows\\System32\\ntdll.dll",
                                         "C:\\Windows\\System32\\kernel32.dll",
                                         "C:\\Windows\\System32\\KernelBase.dll" };
    memset(r, 0, sizeof *r);
    r->request.windows = (pel_windows)(kind / 2);
    r->request.wide = kind % 2;
    r->request.machine = r->request.wide ? PEL_MACHINE_AMD64 : PEL_MACHINE_I386;
    r->request.host = PEL_HOST_X64;
    rig_images(r);
    for (unsigned i = 0; i < 4; i++)
        r->modules[i] = (pel_furniture_module){ .base = { 0x10000000 + i * 0x100000 },
                                                .entry = { 0x10001000 + i * 0x100000 },
                                                .size = 0x3000 + i * 0x1000,
                                                .path = paths[i],
                                                .image = i ? r->library.img : r->program.img,
                                                .flags = i ? 0x84000 : 0x4000,
                                                .load_count = i == 2 ? 3 : 0xffff,
                                                .load_reason = i == 2 ? 4 : 0 };
    r->modules[3].entry.v = 0;
    r->modules[2].has_tls = true;
    r->modules[2].relocated = true;
    rig_space(r, machine);
    r->request.modules = r->modules;
    r->request.count = 4;
    r->request.init_order = rig_init_order;
    r->request.init_count = 3;
    r->request.stack = &r->stack;
    r->request.heap = r->heap.base;
    r->request.thread_start.v = 0x10101000;
    r->request.entry.v = 0x10001000;
    r->request.process_id = 1000;
    r->request.thread_id = 1004;
}

static inline void rig_start(rig *r, int kind)
{
    rig_start_on(r, kind, &(pel_machine_options){ .ram_size = 16 * MIB });
}

static inline rig *rig_new(rig *r, int kind)
{
    rig_start(r, kind);
    ck_nt(SUCCESS, pel_furniture_make(r->s, &r->request, &r->furniture));
    ck_holds(r->m);
    return r;
}

static inline void rig_done(rig *r)
{
    ck_holds(r->m);
    pel_space_free(r->s);
    machine_done(r->m);
    sample_free(&r->program);
    sample_free(&r->library);
}

/* ---- reading ----------------------------------------------------------- */

static inline uint64_t get(const rig *r, uint64_t at, unsigned width)
{
    uint8_t bytes[8] = { 0 };
    uint64_t value = 0;
    ck_nt(SUCCESS, pel_space_read(r->s, va_of(at), bytes, width, NULL));
    for (unsigned i = width; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static inline uint64_t word(const rig *r, uint64_t at)
{
    return get(r, at, r->request.wide ? 8 : 4);
}

/* One of two, by the bits of the process. */
static inline uint64_t by_bits(const rig *r, uint64_t narrow, uint64_t wide)
{
    return r->request.wide ? wide : narrow;
}

static inline uint64_t teb_of(const rig *r)
{
    return word(r, r->furniture.context.teb.v + by_bits(r, 0x18, 0x30)); /* fs:[18h], gs:[30h] */
}

static inline uint64_t peb_of(const rig *r)
{
    return word(r, r->furniture.context.teb.v + by_bits(r, 0x30, 0x60)); /* fs:[30h], gs:[60h] */
}

static inline uint64_t ldr_of(const rig *r) { return word(r, peb_of(r) + by_bits(r, 0x0c, 0x18)); }

static inline uint64_t parameters_of(const rig *r)
{
    return word(r, peb_of(r) + by_bits(r, 0x10, 0x20));
}

/* The text of a UNICODE_STRING, which must have a zero behind; what is not ASCII is told as '?'. */
static inline const char *string(const rig *r, uint64_t at)
{
    static char text[UNITS_MOST + 1];
    static uint8_t bytes[2 * UNITS_MOST];
    uint64_t length = get(r, at, 2), room = get(r, at + 2, 2);
    uint64_t buffer = word(r, at + by_bits(r, 4, 8));
    ck_assert_uint_eq(length % 2, 0);
    ck_assert_uint_ge(room, length + 2);
    ck_nt(SUCCESS, pel_space_read(r->s, va_of(buffer), bytes, length + 2, NULL));
    ck_assert_uint_eq(bytes[length] | bytes[length + 1], 0);
    for (uint64_t i = 0; i < length; i += 2)
        text[i / 2] = bytes[i + 1] || bytes[i] > 126 ? '?' : (char)bytes[i];
    text[length / 2] = 0;
    return text;
}

/* ---- lists ------------------------------------------------------------- */

/* The three of PEB_LDR_DATA: head and links, in 32 and 64 bits. */
static const struct order {
    uint64_t head[2], links[2];
} orders[] = {
    { { 0x0c, 0x10 }, { 0x00, 0x00 } },
    { { 0x14, 0x20 }, { 0x08, 0x10 } },
    { { 0x1c, 0x30 }, { 0x10, 0x20 } },
};

/* Addresses of the entries of a list, forward or backward; how many. The list must be a circle. */
static inline size_t walk(const rig *r, unsigned order, bool backward, uint64_t *entries,
                          size_t most)
{
    const struct order *o = &orders[order];
    uint64_t head = ldr_of(r) + o->head[r->request.wide];
    uint64_t step = backward ? by_bits(r, 4, 8) : 0;
    size_t count = 0;
    for (uint64_t at = word(r, head + step); at != head; at = word(r, at + step)) {
        ck_assert_uint_lt(count, most);
        entries[count++] = at - o->links[r->request.wide];
    }
    return count;
}

static inline uint64_t base_of(const rig *r, uint64_t entry)
{
    return word(r, entry + by_bits(r, 0x18, 0x30));
}

static inline const char *name_of(const rig *r, uint64_t entry)
{
    return string(r, entry + by_bits(r, 0x2c, 0x58));
}

/* The entry of a module, found by its name as programs do; 0: none. */
static inline uint64_t entry_of(const rig *r, const char *name)
{
    uint64_t entries[16];
    size_t count = walk(r, 0, false, entries, 16);
    for (size_t i = 0; i < count; i++)
        if (strcmp(name_of(r, entries[i]), name) == 0)
            return entries[i];
    return 0;
}

#endif
