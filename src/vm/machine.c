/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "vm/machine_priv.h"
#include <assert.h>
#include <string.h>

#define DEFAULT_RAM ((uint64_t)4 << 30)
#define MAX_RAM     ((uint64_t)1 << (PEL_MAX_FRAMES_BITS + PEL_PAGE_BITS))

/* One row for each pel_paging. */
static const pel_paging_layout layouts[] = {
    [PEL_PAGING_X64] = { .levels = 4,
                         .va_bits = 48,
                         .bits = { 9, 9, 9, 9 },
                         .shift = { 0, 9, 18, 27 },
                         .names = { "PTE", "PDE", "PDPTE", "PML4E" } },
};

pel_status pel_machine_new(const pel_machine_options *options, pel_machine **out)
{
    static const pel_machine_options defaults = { .allocator = NULL };
    const pel_machine_options *o = options ? options : &defaults;
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    uint64_t ram = o->ram_size ? o->ram_size : DEFAULT_RAM;
    if (ram % PEL_PAGE_BYTES != 0 || ram > MAX_RAM ||
        (size_t)o->paging >= sizeof layouts / sizeof layouts[0])
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(o->allocator);
    pel_machine *m = pel_take(&a, sizeof *m);
    if (!m)
        return PEL_NO_MEMORY;
    m->allocator = a;
    m->layout = &layouts[o->paging];
    m->ram.total = PEL_PAGE_OF(ram);
    m->ram.free = PEL_NO_FRAME;
    m->commit_limit = m->ram.total;
    *out = m;
    return PEL_OK;
}

void pel_machine_free(pel_machine *machine)
{
    if (!machine)
        return;
    assert(!machine->spaces && !machine->sections);
    pel_ram_release(machine);
    pel_allocator a = machine->allocator;
    pel_give(&a, machine, sizeof *machine);
}

pel_counters pel_machine_counters(const pel_machine *machine)
{
    pel_counters c = machine->counters;
    c.frames = machine->ram.total;
    c.frames_used = machine->ram.used;
    c.frames_peak = machine->ram.peak;
    c.frames_table = machine->ram.tables;
    c.commit = machine->commit;
    c.commit_limit = machine->commit_limit;
    return c;
}

pel_status pel_machine_read_physical(const pel_machine *machine, pel_pa pa, void *out, size_t size)
{
    if (!machine || (!out && size > 0))
        return PEL_BAD_ARG;
    uint64_t ram_size = machine->ram.total << PEL_PAGE_BITS;
    if (pa.v > ram_size || size > ram_size - pa.v)
        return PEL_BAD_ARG;
    uint8_t *to = out;
    while (size > 0) {
        size_t at = (size_t)(pa.v % PEL_PAGE_BYTES);
        size_t room = (size_t)PEL_PAGE_BYTES - at;
        size_t n = room < size ? room : size;
        uint64_t frame = PEL_PAGE_OF(pa.v);
        if (frame < machine->ram.virgin)
            memcpy(to, pel_frame_bytes(machine, frame) + at, n);
        else
            memset(to, 0, n);
        to += n;
        pa.v += n;
        size -= n;
    }
    return PEL_OK;
}

bool pel_commit_charge(pel_machine *machine, uint64_t pages)
{
    if (pages > machine->commit_limit - machine->commit)
        return false;
    machine->commit += pages;
    return true;
}

void pel_commit_return(pel_machine *machine, uint64_t pages)
{
    assert(pages <= machine->commit);
    machine->commit -= pages;
}

const pel_allocator *pel_machine_allocator(const pel_machine *machine)
{
    return &machine->allocator;
}
