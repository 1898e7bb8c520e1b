/* SPDX-License-Identifier: Apache-2.0 */
/* Until the branches that implement these calls are merged: answers of a machine without them. */
#include <pelorus/replay.h>
#include <pelorus/space.h>

#define PENDING __attribute__((weak))

PENDING pel_status pel_trace_new(const pel_allocator *allocator, pel_trace **out)
{
    (void)allocator;
    *out = NULL;
    return PEL_OK;
}
PENDING void pel_trace_free(pel_trace *trace) { (void)trace; }
PENDING pel_status pel_trace_access(pel_trace *trace, uint64_t page, bool write)
{
    (void)trace, (void)page, (void)write;
    return PEL_OK;
}
PENDING uint64_t pel_trace_length(const pel_trace *trace)
{
    (void)trace;
    return 0;
}
PENDING uint64_t pel_trace_pages(const pel_trace *trace)
{
    (void)trace;
    return 0;
}
PENDING pel_status pel_replay(const pel_trace *trace, pel_policy policy, uint64_t frames,
                              pel_replay_result *out)
{
    (void)trace, (void)policy, (void)frames;
    *out = (pel_replay_result){ 0 };
    return PEL_OK;
}
PENDING pel_ntstatus pel_space_stack(const pel_space *space, pel_va va, pel_stack_state *out)
{
    (void)space, (void)va;
    *out = (pel_stack_state){ 0 };
    return PEL_STATUS_INVALID_PARAMETER;
}
PENDING pel_ntstatus pel_space_map_view(pel_space *space, pel_section_object *section,
                                        const pel_view_options *options, pel_va *base,
                                        uint64_t *size)
{
    (void)space, (void)section, (void)options, (void)base, (void)size;
    return PEL_STATUS_INVALID_PARAMETER;
}
