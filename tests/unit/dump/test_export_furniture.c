/* SPDX-License-Identifier: Apache-2.0 */
/* A furnished process as a minidump: a reader that has nothing but the file finds its modules as a
 * debugger does, from the thread's TEB on. */
#include "../load/furniture_walk.h"
#include "collect.h"

static uint64_t number(const collected *c, uint64_t at, unsigned width)
{
    uint64_t value = 0;
    ck_assert_uint_le(at + width, c->size);
    for (unsigned i = width; i-- > 0;)
        value = value << 8 | (uint8_t)c->text[at + i];
    return value;
}

/* Offset of a stream in the file. */
static uint64_t stream(const collected *c, uint32_t type)
{
    for (uint64_t i = 0, at = number(c, 12, 4); i < number(c, 8, 4); i++, at += 12)
        if (number(c, at, 4) == type)
            return number(c, at + 8, 4);
    ck_abort_msg("no stream %u", (unsigned)type);
    return 0;
}

/* A number in the memory of the dump, by Memory64ListStream. */
static uint64_t memory(const collected *c, uint64_t va, unsigned width)
{
    uint64_t list = stream(c, 9), count = number(c, list, 8), offset = number(c, list + 8, 8);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start = number(c, list + 16 + 16 * i, 8), size = number(c, list + 24 + 16 * i, 8);
        if (va >= start && va - start + width <= size)
            return number(c, offset + va - start, width);
        offset += size;
    }
    ck_abort_msg("0x%" PRIx64 " is not in the dump", va);
    return 0;
}

/* The process of `r`, with its one thread. */
static void write_dump(const rig *r, const pel_context *context, collected *out)
{
    pel_export_thread thread = {
        .id = 1004,
        .start = r->furniture.context.pc,
        .argument = r->request.entry,
        .peb = r->furniture.peb,
        .teb = r->furniture.teb,
        .stack_limit = r->stack.limit,
        .stack_base = r->stack.base,
        .context = context,
    };
    pel_minidump_source source = { .space = r->s,
                                   .machine = r->request.machine,
                                   .windows = r->request.windows,
                                   .host = r->request.host,
                                   .threads = &thread,
                                   .thread_count = 1 };
    ck_ok(pel_export_minidump(&source, collect_into(out), NULL));
}

START_TEST(modules_are_found_from_the_teb_of_a_minidump)
{
    static collected c;
    rig r;
    rig_new(&r, _i);
    write_dump(&r, NULL, &c);
    unsigned w = r.request.wide ? 8 : 4;
    uint64_t teb = number(&c, stream(&c, 3) + 4 + 16, 8);
    uint64_t peb = memory(&c, teb + by_bits(&r, 0x30, 0x60), w);
    uint64_t ldr = memory(&c, peb + by_bits(&r, 0x0c, 0x18), w), head = ldr + by_bits(&r, 12, 16);
    ck_hex(memory(&c, teb + by_bits(&r, 0x18, 0x30), w), teb);
    ck_hex(memory(&c, peb + by_bits(&r, 0x08, 0x10), w), 0x10000000);
    unsigned count = 0;
    for (uint64_t at = memory(&c, head, w); at != head; at = memory(&c, at, w), count++)
        ck_hex(memory(&c, at + by_bits(&r, 0x18, 0x30), w), 0x10000000 + count * 0x100000);
    ck_assert_uint_eq(count, 4);
    rig_done(&r);
}
END_TEST

/* Rcx, Rdx, Rsp and Rip of CONTEXT; Eax, Ebx, Esp and Eip. */
START_TEST(a_thread_has_the_registers_of_its_context)
{
    static collected c;
    static const uint64_t places[][2] = {
        { 0xb0, 0x80 }, { 0xa4, 0x88 }, { 0xc4, 0x98 }, { 0xb8, 0xf8 }
    };
    rig r;
    rig_new(&r, _i);
    pel_context context = r.furniture.context;
    for (unsigned given = 0; given < 2; given++) {
        if (given)
            context.pc.v = 0x10101010;
        write_dump(&r, given ? &context : NULL, &c);
        uint64_t at = number(&c, stream(&c, 3) + 4 + 44, 4);
        uint64_t want[] = { 0x10001000, r.furniture.peb.v, context.sp.v, context.pc.v };
        for (unsigned i = 0; i < 4; i++)
            ck_hex(number(&c, at + places[i][r.request.wide], by_bits(&r, 4, 8)), want[i]);
    }
    rig_done(&r);
}
END_TEST

PEL_TESTS(dump_export_furniture)
{
    tcase_add_loop_test(tests, modules_are_found_from_the_teb_of_a_minidump, 0, KINDS);
    tcase_add_loop_test(tests, a_thread_has_the_registers_of_its_context, 0, KINDS);
}
