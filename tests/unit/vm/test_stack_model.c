/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* Random touches and calls on a stack, and on a model of it that is an array of pages: the same
 * answers, the same limit, and the invariants hold. Once with plenty of RAM, and once with so
 * little that pages go out to a page file all the time. */

#define AT    UINT64_C(0x200000)
#define PAGE  UINT64_C(0x1000)
#define SIZE  48
#define STEPS 3000

typedef enum what { RESERVED, PLAIN, GUARDED } what;

typedef struct model {
    dice dice;
    what page[SIZE];
    int limit; /* page number */
    int guard, guarantee;
    bool overflowed;
} model;

static int pick(model *m, int below) { return (int)roll(&m->dice, (uint32_t)below); }

static void set(model *m, int first, int end, what to)
{
    for (int i = first; i < end; i++)
        m->page[i] = to;
    if (to == GUARDED) {
        m->limit = end;
        m->overflowed = false;
    }
}

static pel_ntstatus model_touch(model *m, int page)
{
    if (m->page[page] == RESERVED)
        return PEL_STATUS_ACCESS_VIOLATION;
    if (m->page[page] == PLAIN)
        return PEL_STATUS_SUCCESS;
    m->page[page] = PLAIN;
    if (page > m->guard + m->guarantee) {
        set(m, page - m->guard, page, GUARDED);
        return PEL_STATUS_SUCCESS;
    }
    set(m, 1, page, PLAIN);
    m->limit = page > 1 ? 1 : page;
    m->overflowed = true;
    return PEL_STATUS_STACK_OVERFLOW;
}

static pel_ntstatus model_protect(model *m, int first, int end, what to)
{
    for (int i = first; i < end; i++)
        if (m->page[i] == RESERVED)
            return PEL_STATUS_NOT_COMMITTED;
    set(m, first, end, to);
    return PEL_STATUS_SUCCESS;
}

static void do_step(model *m, pel_space *s, uint64_t step)
{
    int first = pick(m, SIZE), count = 1 + pick(m, 3);
    int end = first + count < SIZE ? first + count : SIZE;
    uint64_t va = AT + (uint64_t)first * PAGE, size = (uint64_t)(end - first) * PAGE;
    what to = pick(m, 3) ? PLAIN : GUARDED;
    switch (pick(m, 24)) {
    case 0:
        set(m, first, end, to);
        same_status(PEL_STATUS_SUCCESS,
                    allocate(s, va, size, COMMIT, to == PLAIN ? RW : RW | GUARD), step);
        break;
    case 1:
    case 2:
        same_status(model_protect(m, first, end, to),
                    protect(s, va, size, to == PLAIN ? RW : RW | GUARD), step);
        break;
    case 3:
        set(m, first, end, RESERVED);
        same_status(PEL_STATUS_SUCCESS, deallocate(s, va, size, PEL_MEM_DECOMMIT), step);
        break;
    default: same_status(model_touch(m, first), touch(s, va + 9, PEL_WRITE), step); break;
    }
}

static void compare(const model *m, pel_space *s, uint64_t step)
{
    static const uint32_t protects[] = { [RESERVED] = 0, [PLAIN] = RW, [GUARDED] = RW | GUARD };
    pel_stack_state now;
    pel_region r;
    ck_quick(pel_space_stack(s, va_of(AT), &now) == PEL_STATUS_SUCCESS);
    if (now.limit.v != AT + (uint64_t)m->limit * PAGE || now.overflowed != m->overflowed)
        ck_abort_msg("step %" PRIu64 ": the limit, or overflowed", step);
    for (int i = 0; i < SIZE; i++) {
        if (pel_space_query(s, va_of(AT + (uint64_t)i * PAGE), &r) != PEL_STATUS_SUCCESS ||
            r.protect != protects[m->page[i]])
            ck_abort_msg("step %" PRIu64 ": page %d", step, i);
    }
    invariants_hold(pel_space_machine(s), step);
}

static void live(pel_machine *machine, int guard, int guarantee, dice d)
{
    model m = { .dice = d, .limit = SIZE - 2, .guard = guard, .guarantee = guarantee };
    const uint64_t limit = AT + (SIZE - 2) * PAGE, below = (uint64_t)guard * PAGE;
    pel_space *s;
    ck_ok(pel_space_new(machine, NULL, &s));
    ck_nt(SUCCESS, allocate(s, AT, SIZE * PAGE, RESERVE, RW));
    ck_nt(SUCCESS, allocate(s, limit, 2 * PAGE, COMMIT, RW));
    ck_nt(SUCCESS, allocate(s, limit - below, below, COMMIT, RW | GUARD));
    ck_nt(SUCCESS, pel_space_add_stack(s, va_of(AT), va_of(limit), (uint64_t)guarantee * PAGE));
    set(&m, SIZE - 2, SIZE, PLAIN);
    set(&m, SIZE - 2 - guard, SIZE - 2, GUARDED);
    const uint64_t steps = steps_of(STEPS);
    for (uint64_t step = 0; step < steps; step++) {
        do_step(&m, s, step);
        compare(&m, s, step);
    }
    pel_space_free(s);
    ck_holds(machine);
}

START_TEST(a_stack_does_what_its_model_does)
{
    const int rows[][2] = { { 1, 0 }, { 1, 3 }, { 3, 0 }, { 2, 5 } };
    pel_machine *machine;
    const pel_machine_options plenty = { .ram_size = 0 };
    const pel_machine_options tiny = { .ram_size = 24 * PAGE, .page_file_size = { 0x100000 } };
    ck_ok(pel_machine_new(_i % 2 ? &tiny : &plenty, &machine));
    live(machine, rows[_i / 2][0], rows[_i / 2][1], dice_of("stack", _i));
    if (_i % 2)
        ck_assert_uint_gt(pel_machine_counters(machine).page_file_reads, 0);
    pel_machine_free(machine);
}
END_TEST

PEL_TESTS(vm_stack_model)
{
    tcase_set_timeout(tests, 0);
    tcase_add_loop_test(tests, a_stack_does_what_its_model_does, 0, 8);
}
