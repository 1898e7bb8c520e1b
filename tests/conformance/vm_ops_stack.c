/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks: RtlCreateUserStack, and threads that touch theirs. */
#include "vm_case.h"

#define PAGE ((uint64_t)0x1000)

/* The program that the cases run in: as linkers make them. */
static const pel_reserve_commit header = { 0x100000, 0x1000 };

/* Bytes between StackBase and the stack pointer of a thread that has just started. */
#define FIRST_FRAME 0x100

static uint64_t committed(const pel_space *space, const pel_stack *stack)
{
    pel_stack_state now;
    pel_ntstatus st = pel_space_stack(space, stack->allocation_base, &now);
    return pel_nt_success(st) ? now.base.v - now.limit.v : 0;
}

/* What VirtualQuery sees of a fresh stack. */
static void tell_layout(vm_step *step, const pel_stack *stack)
{
    pel_space *space = step->run->space;
    pel_region bottom, guard;
    if (!pel_nt_success(pel_space_query(space, stack->allocation_base, &bottom)) ||
        !pel_nt_success(pel_space_query(space, (pel_va){ stack->limit.v - 1 }, &guard))) {
        vm_wrong(step, "the stack cannot be queried");
        return;
    }
    vm_tell(step, "reserve", stack->base.v - stack->allocation_base.v);
    vm_tell(step, "commit", committed(space, stack));
    vm_tell(step, "bottom_state", bottom.state);
    vm_tell(step, "guard_prot", guard.protect);
    vm_tell(step, "guard_state", guard.state);
    vm_tell(step, "alloc_prot", bottom.alloc_protect);
}

/* ---- RtlCreateUserStack ------------------------------------------------ */

/* The highest address that ZeroBits leave: a number of bits, or a mask whose leading zeros count.
 */
static pel_ntstatus highest_of(uint64_t zero_bits, pel_va *out)
{
    out->v = 0;
    if (zero_bits >= 22 && zero_bits < 32)
        return PEL_STATUS_INVALID_PARAMETER_3;
    if (zero_bits && zero_bits < 32)
        out->v = UINT32_MAX >> zero_bits;
    for (uint64_t mask = zero_bits; zero_bits >= 32 && mask; mask >>= 1)
        out->v |= mask;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus create(vm_step *step, const pel_stack_request *request, pel_stack *stack)
{
    pel_va highest;
    pel_ntstatus st = pel_stack_sizes_user(header, request, stack);
    if (pel_nt_success(st))
        st = highest_of(vm_number(step, "zero_bits", 0), &highest);
    return pel_nt_success(st) ? pel_stack_create(step->run->space, highest, stack) : st;
}

static void rtl_create_user_stack(vm_step *step)
{
    pel_stack stack;
    const pel_stack_request request = { .commit = vm_number(step, "commit", 0),
                                        .reserve = vm_number(step, "reserve", 0),
                                        .commit_align = vm_number(step, "commit_align", 0),
                                        .reserve_align = vm_number(step, "reserve_align", 0) };
    pel_ntstatus st = create(step, &request, &stack);
    vm_tell(step, "st", st);
    if (!pel_nt_success(st))
        return;
    tell_layout(step, &stack);
    vm_define(step, stack.allocation_base.v);
}

/* ---- a thread ---------------------------------------------------------- */

static pel_ntstatus touch(pel_space *space, uint64_t va)
{
    uint8_t byte = 0x5A;
    return pel_space_write(space, (pel_va){ va }, &byte, 1, NULL);
}

/* Touch every page on the way from `*va` to `end`, as __chkstk does. `*va` is where that stops. */
static pel_ntstatus touch_down(pel_space *space, uint64_t *va, uint64_t end)
{
    pel_ntstatus st = touch(space, *va);
    while (pel_nt_success(st) && *va > end) {
        *va = *va - end > PAGE ? *va - PAGE : end;
        st = touch(space, *va);
    }
    return st;
}

/* After an overflow that was seen at `va`: what the handler has, and what nobody ever has. */
static void check_overflow(vm_step *step, const pel_stack *stack, uint64_t va, uint64_t guarantee)
{
    pel_space *space = step->run->space;
    pel_region bottom;
    uint64_t rest = va % PAGE; /* bytes of the page that was touched, below the touch */
    while (pel_nt_success(touch(space, va - PAGE))) {
        va -= PAGE;
        rest += PAGE;
    }
    if (rest < guarantee)
        vm_wrong(step, "the handler has less than it was promised");
    if (pel_nt_success(touch(space, stack->allocation_base.v + PAGE - 1)))
        vm_wrong(step, "the lowest page can be used");
    if (!pel_nt_success(pel_space_query(space, stack->allocation_base, &bottom)) ||
        bottom.state != PEL_MEM_RESERVE)
        vm_wrong(step, "the lowest page is committed");
}

static void run_thread(vm_step *step, const pel_stack *stack, uint64_t guarantee)
{
    pel_space *space = step->run->space;
    uint64_t va = stack->base.v - FIRST_FRAME;
    uint64_t size = stack->base.v - stack->allocation_base.v;
    uint64_t grow = vm_number(step, "grow", size - FIRST_FRAME);
    uint64_t end = va - stack->allocation_base.v > grow ? va - grow : stack->allocation_base.v;
    pel_ntstatus st = touch_down(space, &va, end);
    vm_tell(step, "commit_after", committed(space, stack));
    vm_tell(step, "end_code", st);
    if (st == (pel_ntstatus)PEL_STATUS_STACK_OVERFLOW)
        check_overflow(step, stack, va, guarantee);
}

static void create_thread(vm_step *step)
{
    pel_space *space = step->run->space;
    uint64_t guarantee = vm_number(step, "guarantee", 0);
    bool is_reservation = vm_flags(step, "flags") & 0x10000; /* STACK_SIZE_PARAM_IS_A_RESERVATION */
    pel_stack stack = pel_stack_sizes_thread(header, vm_number(step, "size", 0), is_reservation);
    pel_ntstatus st = pel_stack_create(space, (pel_va){ 0 }, &stack);
    if (!vm_tell_win32(step, st))
        return;
    if (guarantee)
        st = pel_space_stack_guarantee(space, stack.allocation_base, guarantee);
    if (!pel_nt_success(st))
        vm_wrong(step, "the guarantee is refused");
    tell_layout(step, &stack);
    vm_define(step, stack.allocation_base.v);
    run_thread(step, &stack, guarantee);
}

const vm_op vm_stack_ops[] = {
    { "RtlCreateUserStack", rtl_create_user_stack },
    { "CreateThread+touch-down", create_thread },
    { NULL, NULL },
};
