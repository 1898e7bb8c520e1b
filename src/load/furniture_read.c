/* SPDX-License-Identifier: Apache-2.0 */
/* The structures of a process read back from its memory, as a debugger would: member by member, by
 * the table that they were written by. */
#include <string.h>

#include "base/reader.h"
#include "load/process_priv.h"
#include "load/slab.h"

enum {
    KIND_U8 = PEL_MEMBER_U8,
    KIND_U16 = PEL_MEMBER_U16,
    KIND_U32 = PEL_MEMBER_U32,
    KIND_U64 = PEL_MEMBER_U64,
    KIND_NAT = PEL_MEMBER_NAT,
    KIND_NAT3 = PEL_MEMBER_NAT3,
    KIND_PAIR = PEL_MEMBER_PAIR,
    KIND_STRING = PEL_MEMBER_STRING,
    KIND_LIST = PEL_MEMBER_LIST,
    KIND_TIME = PEL_MEMBER_TIME,
    KIND_BYTES64 = PEL_MEMBER_BYTES,
    KIND_WCHAR260 = PEL_MEMBER_BYTES,
    KIND_WCHAR261 = PEL_MEMBER_BYTES,
};

static const struct {
    const char *name;
    uint8_t part, kind;
} members[] = {
#define F(structure, member, at32, at64, kind, since, until, doc)                                  \
    { #member, PEL_PART_##structure, KIND_##kind },
#include <pelorus/tables/process.def>
#undef F
};

static pel_slab slab_of(const pel_process *p)
{
    return (pel_slab){ .windows = p->options.windows, .wide = pel_image_is_wide(p->img) };
}

/* Two members of Windows 7 have a number in the table, for others have their names. */
static const char *name_of(pel_member m)
{
    if (m == PEL_IN_ENTRY_OriginalBase7)
        return "OriginalBase";
    return m == PEL_IN_ENTRY_LoadTime7 ? "LoadTime" : members[m].name;
}

bool pel_process_member_at(const pel_process *process, pel_process_part part, uint32_t index,
                           pel_process_member *out)
{
    pel_slab slab = slab_of(process);
    for (unsigned m = 0; m < PEL_MEMBER_COUNT; m++) {
        *out = (pel_process_member){ .name = name_of((pel_member)m),
                                     .kind = (pel_member_kind)members[m].kind };
        if (members[m].part != part ||
            !pel_member_place(&slab, (pel_member)m, &out->offset, &out->width))
            continue;
        if (index-- == 0)
            return true;
    }
    return false;
}

/* Where word `word` of a member is in it, and how wide. */
static void place_of(const pel_process_member *m, unsigned word, unsigned pointer, unsigned *at,
                     unsigned *width)
{
    *at = 0;
    *width = m->width <= 8 ? m->width : 8;
    switch (m->kind) {
    case PEL_MEMBER_NAT3:
    case PEL_MEMBER_LIST:
        *at = word * pointer;
        *width = pointer;
        break;
    case PEL_MEMBER_PAIR:
        *at = word * 4;
        *width = 4;
        break;
    case PEL_MEMBER_STRING:
        *at = word < 2 ? word * 2 : pointer;
        *width = word < 2 ? 2 : pointer;
        break;
    case PEL_MEMBER_U8:
    case PEL_MEMBER_U16:
    case PEL_MEMBER_U32:
    case PEL_MEMBER_U64:
    case PEL_MEMBER_NAT:
    case PEL_MEMBER_TIME:
    case PEL_MEMBER_BYTES: break;
    }
}

static pel_ntstatus peek(const pel_process *p, pel_va at, unsigned width, uint64_t *out)
{
    uint8_t bytes[8];
    pel_ntstatus nt = pel_space_peek(p->space, at, bytes, width);
    *out = pel_nt_success(nt) ? pel_span_uint((pel_span){ bytes, width }, 0, width) : 0;
    return nt;
}

pel_ntstatus pel_process_peek_member(const pel_process *process, pel_va at,
                                     const pel_process_member *member, unsigned word, uint64_t *out)
{
    unsigned inside, width;
    place_of(member, word, pel_image_is_wide(process->img) ? 8 : 4, &inside, &width);
    return peek(process, (pel_va){ at.v + member->offset + inside }, width, out);
}

bool pel_process_next_entry(const pel_process *process, pel_va *at)
{
    uint64_t place, next;
    unsigned width, pointer = pel_image_is_wide(process->img) ? 8 : 4;
    pel_slab slab = slab_of(process);
    pel_member_place(&slab, PEL_IN_LDR_InLoadOrderModuleList, &place, &width);
    uint64_t head = process->furniture.ldr.v + place;
    if (process->furniture.ldr.v == 0)
        return false;
    /* Links are the first member of an entry. */
    pel_va from = { at->v ? at->v : head };
    if (!pel_nt_success(peek(process, from, pointer, &next)) || next == head || next == 0)
        return false;
    at->v = next;
    return true;
}
