/* SPDX-License-Identifier: Apache-2.0 */
#include "load/slab.h"

#include "base/text.h"
#include "schema/decode.h"

/* ---- the tables -------------------------------------------------------- */

/* Windows by age. */
enum { AGE_XP, AGE_W7, AGE_W8, AGE_W10, AGE_W11 };

enum {
#define K(kind, wide32, wide64, align32, align64) WIDTH32_##kind = (wide32),
#include <pelorus/tables/process.def>
#undef K
#define K(kind, wide32, wide64, align32, align64) WIDTH64_##kind = (wide64),
#include <pelorus/tables/process.def>
#undef K
#define K(kind, wide32, wide64, align32, align64) ALIGN32_##kind = (align32),
#include <pelorus/tables/process.def>
#undef K
#define K(kind, wide32, wide64, align32, align64) ALIGN64_##kind = (align64),
#include <pelorus/tables/process.def>
#undef K
};

#define F(structure, member, at32, at64, kind, since, until, doc)                                  \
    _Static_assert((at32) % ALIGN32_##kind == 0 && (at32) + WIDTH32_##kind <= 0x1000 &&            \
                       (at64) % ALIGN64_##kind == 0 && (at64) + WIDTH64_##kind <= 0x2000 &&        \
                       (AGE_##since) <= (AGE_##until),                                             \
                   #structure "." #member);
#include <pelorus/tables/process.def>
#undef F

static const struct {
    uint16_t at[2], width[2];
    uint8_t since, until;
} members[] = {
#define F(structure, member, at32, at64, kind, since, until, doc)                                  \
    { { at32, at64 }, { WIDTH32_##kind, WIDTH64_##kind }, AGE_##since, AGE_##until },
#include <pelorus/tables/process.def>
#undef F
};

static const struct {
    pel_sized structure;
    uint8_t since, until;
    uint16_t size[2];
} sizes[] = {
#define S(structure, since, until, size32, size64)                                                 \
    { PEL_##structure, AGE_##since, AGE_##until, { size32, size64 } },
#include <pelorus/tables/process.def>
#undef S
};

static unsigned age_of(pel_windows windows)
{
    switch (windows) {
    case PEL_WINDOWS_XP:
    case PEL_WINDOWS_UEFI: return AGE_XP; /* UEFI has no such structures */
    case PEL_WINDOWS_7: return AGE_W7;
    case PEL_WINDOWS_8: return AGE_W8;
    case PEL_WINDOWS_10: return AGE_W10;
    case PEL_WINDOWS_11: break;
    }
    return AGE_W11;
}

bool pel_member_place(const pel_slab *slab, pel_member member, uint64_t *at, unsigned *width)
{
    unsigned age = age_of(slab->windows);
    *at = members[member].at[slab->wide];
    *width = members[member].width[slab->wide];
    return members[member].since <= age && age <= members[member].until;
}

uint64_t pel_structure_size(const pel_slab *slab, pel_sized structure)
{
    unsigned age = age_of(slab->windows);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].structure == structure && sizes[i].since <= age && age <= sizes[i].until)
            return sizes[i].size[slab->wide];
    return 0;
}

/* ---- taking and writing ------------------------------------------------ */

void pel_slab_fail(pel_slab *slab, pel_ntstatus status)
{
    if (pel_nt_success(slab->status))
        slab->status = status;
}

pel_va pel_slab_take(pel_slab *slab, uint64_t size, uint64_t align)
{
    uint64_t at = pel_round_up(slab->used, align);
    slab->used = at + size;
    return (pel_va){ slab->base.v + at };
}

pel_va pel_slab_take_structure(pel_slab *slab, pel_sized structure)
{
    return pel_slab_take(slab, pel_structure_size(slab, structure), 16);
}

static unsigned native(const pel_slab *slab) { return slab->wide ? 8 : 4; }

/* The bytes of [at, at + width), or NULL where there are none. */
static uint8_t *bytes_at(const pel_slab *slab, pel_va at, uint64_t width)
{
    pel_span all = { slab->bytes, slab->bytes ? (size_t)slab->size : 0 };
    uint64_t offset = at.v - slab->base.v;
    return pel_span_has(all, offset, width) ? slab->bytes + offset : NULL;
}

static void store(pel_slab *slab, pel_va at, unsigned width, uint64_t value)
{
    uint8_t *to = bytes_at(slab, at, width);
    if (width < 8 && value >> (8 * width) != 0 && value != UINT64_MAX)
        pel_slab_fail(slab, (pel_ntstatus)PEL_STATUS_INVALID_PARAMETER);
    else if (to)
        pel_store_uint(to, width, value);
}

pel_va pel_slab_member(const pel_slab *slab, pel_va at, pel_member member)
{
    uint64_t offset;
    unsigned width;
    bool there = pel_member_place(slab, member, &offset, &width);
    return (pel_va){ there ? at.v + offset : 0 };
}

void pel_slab_put(pel_slab *slab, pel_va at, pel_member member, uint64_t value)
{
    uint64_t offset;
    unsigned width;
    if (pel_member_place(slab, member, &offset, &width))
        store(slab, (pel_va){ at.v + offset }, width, value);
}

void pel_slab_put_word(pel_slab *slab, pel_va at, uint64_t value)
{
    store(slab, at, native(slab), value);
}

uint64_t pel_slab_word(const pel_slab *slab, pel_va at)
{
    unsigned width = native(slab);
    pel_span word = { bytes_at(slab, at, width), width };
    return word.data ? pel_span_uint(word, 0, width) : 0;
}

/* ---- strings ----------------------------------------------------------- */

#define LENGTH_MOST 0xFFFCu /* so that the length with the zero is even and fits, too */

void pel_slab_put_utf16(pel_slab *slab, pel_va at, uint64_t room, pel_str text)
{
    uint16_t units[2];
    uint64_t end = at.v + room;
    for (unsigned n; (n = pel_utf16_next(&text, units)) > 0;)
        for (unsigned i = 0; i < n && at.v + 2 <= end; i++, at.v += 2)
            store(slab, at, 2, units[i]);
}

pel_va pel_slab_text(pel_slab *slab, pel_str text)
{
    uint64_t length = 2 * pel_utf16_units(text);
    pel_va buffer = pel_slab_take(slab, length + 2, native(slab));
    pel_slab_put_utf16(slab, buffer, length, text);
    return buffer;
}

void pel_slab_put_string(pel_slab *slab, pel_va at, pel_member member, pel_va buffer,
                         uint64_t length, uint64_t room)
{
    pel_va string = pel_slab_member(slab, at, member);
    if (length > LENGTH_MOST) {
        pel_slab_fail(slab, (pel_ntstatus)PEL_STATUS_NAME_TOO_LONG);
        return;
    }
    store(slab, string, 2, length);
    store(slab, (pel_va){ string.v + 2 }, 2, room);
    pel_slab_put_word(slab, (pel_va){ string.v + native(slab) }, buffer.v);
}

pel_va pel_slab_string(pel_slab *slab, pel_va at, pel_member member, pel_str text)
{
    uint64_t length = 2 * pel_utf16_units(text);
    pel_va buffer = pel_slab_text(slab, text);
    pel_slab_put_string(slab, at, member, buffer, length, length + 2);
    return buffer;
}

/* ---- lists ------------------------------------------------------------- */

static void link_nodes(pel_slab *slab, pel_va from, pel_va to)
{
    pel_slab_put_word(slab, from, to.v);                              /* Flink */
    pel_slab_put_word(slab, (pel_va){ to.v + native(slab) }, from.v); /* Blink */
}

pel_ring pel_ring_start(pel_slab *slab, pel_va head)
{
    link_nodes(slab, head, head);
    return (pel_ring){ head, head };
}

void pel_ring_add(pel_slab *slab, pel_ring *ring, pel_va node)
{
    link_nodes(slab, ring->last, node);
    link_nodes(slab, node, ring->head);
    ring->last = node;
}
