/* SPDX-License-Identifier: Apache-2.0 */
/* What is reserved, committed and in RAM, while the stack and the heap of a program grow. */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>

static const uint8_t byte = 0x5A;

static uint64_t frames(const pel_process *process)
{
    return pel_space_working_set(pel_process_space(process)).size;
}

static void row(const char *what, uint64_t reserve, uint64_t commit, const pel_process *process)
{
    printf("%-34s %8" PRIu64 " %8" PRIu64 " %6" PRIu64 "\n", what, reserve / 1024, commit / 1024,
           frames(process));
}

static void show_stack(const char *what, const pel_process *process)
{
    pel_stack_state now;
    const pel_stack *stack = pel_process_stack(process);
    if (pel_nt_success(pel_space_stack(pel_process_space(process), stack->allocation_base, &now)))
        row(what, stack->effective.reserve, now.base.v - now.limit.v, process);
}

static void show_heap(const char *what, const pel_process *process)
{
    const pel_heap *heap = pel_process_heap(process);
    row(what, heap->total.reserve, heap->total.commit, process);
}

/* Calls, each with a frame of 2 KiB, `depth` of them deep: one write in each. */
static pel_ntstatus call(pel_process *process, uint64_t depth)
{
    pel_va va = pel_process_stack(process)->base;
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    for (; depth > 0 && pel_nt_success(st); depth--) {
        va.v -= 2048;
        st = pel_space_write(pel_process_space(process), va, &byte, 1, NULL);
    }
    return st;
}

static void use_stack(pel_process *process)
{
    show_stack("the stack, at first", process);
    call(process, 20);
    show_stack("20 calls deep", process);
    pel_ntstatus st = call(process, UINT64_MAX);
    show_stack("any number of calls deep", process);
    printf("  %s\n", pel_ntstatus_name(st));
}

static void use_heap(pel_process *process)
{
    pel_va va;
    show_heap("the heap, at first", process);
    pel_process_heap_allocate(process, 100000, &va);
    show_heap("100,000 bytes were allocated", process);
    pel_space_write(pel_process_space(process), va, &byte, 1, NULL);
    show_heap("the first of them was written", process);
    for (int i = 0; i < 12; i++)
        pel_process_heap_allocate(process, 100000, &va);
    show_heap("1,200,000 bytes more", process);
    pel_process_heap_allocate(process, 1300000, &va);
    show_heap("1,300,000 in one block", process);
}

int main(int argc, char **argv)
{
    pel_image *image = NULL;
    pel_machine *machine = NULL;
    pel_process *process = NULL;
    if (argc != 2 || pel_image_open(argv[1], NULL, &image) != PEL_OK)
        return 2;
    if (pel_machine_new(NULL, &machine) == PEL_OK &&
        pel_nt_success(pel_process_new(machine, image, NULL, &process, NULL))) {
        printf("%-34s %8s %8s %6s\n", "KiB; frames of the process", "reserved", "commit", "frames");
        use_stack(process);
        use_heap(process);
    }
    pel_process_free(process);
    pel_machine_free(machine);
    pel_image_free(image);
    return 0;
}
