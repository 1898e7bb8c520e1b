/* SPDX-License-Identifier: Apache-2.0 */
/* RAM as it is, and what a processor has to be told to see a space in it. */
#include <pelorus/export.h>

#include "dump/export.h"

pel_status pel_export_physmem(const pel_machine *machine, pel_sink sink, uint64_t *size)
{
    uint8_t page[PEL_PAGE_SIZE];
    if (!machine || !sink.write)
        return PEL_BAD_ARG;
    uint64_t end = pel_machine_frames_touched(machine) * PEL_PAGE_SIZE;
    for (uint64_t at = 0; at < end; at += sizeof page) {
        PEL_TRY(pel_machine_read_physical(machine, (pel_pa){ at }, page, sizeof page));
        PEL_TRY(sink.write(sink.ctx, page, sizeof page));
    }
    if (size)
        *size = end;
    return PEL_OK;
}

/* ---- registers (Intel SDM volume 3, "Control Registers" and "IA32_EFER") -- */

#define CR0      0x80010011u /* PG, WP, ET, PE */
#define CR4_PAE  0x20u
#define CR4_LA57 0x1000u
#define EFER_NXE 0x800u
#define EFER_64  0x500u /* LME, LMA */

pel_export_registers pel_export_registers_of(const pel_space *space)
{
    pel_export_registers r = { .cr0 = CR0, .cr3 = pel_space_walk(space, (pel_va){ 0 }).root.v };
    switch (pel_machine_paging(pel_space_machine(space))) {
    case PEL_PAGING_X64:
        r.cr4 = CR4_PAE;
        r.efer = EFER_NXE | EFER_64;
        break;
    case PEL_PAGING_LA57:
        r.cr4 = CR4_PAE | CR4_LA57;
        r.efer = EFER_NXE | EFER_64;
        break;
    case PEL_PAGING_PAE:
        r.cr4 = CR4_PAE;
        r.efer = EFER_NXE;
        break;
    case PEL_PAGING_X86: break;
    }
    return r;
}

/* ---- pages ------------------------------------------------------------- */

bool pel_export_next(pel_space *space, pel_export_cursor *c, pel_walk *walk)
{
    for (;; c->va.v += PEL_PAGE_SIZE) {
        if (c->va.v >= c->region.base.v + c->region.size &&
            !pel_nt_success(pel_space_query(space, c->va, &c->region)))
            return false;
        if (c->region.state != PEL_MEM_COMMIT) {
            c->va.v = c->region.base.v + c->region.size - PEL_PAGE_SIZE;
            continue;
        }
        *walk = pel_space_walk(space, c->va);
        if (walk->present)
            return true;
    }
}

uint64_t pel_export_mapped(pel_space *space)
{
    pel_export_cursor c = { 0 };
    pel_walk walk;
    uint64_t pages = 0;
    for (; pel_export_next(space, &c, &walk); c.va.v += PEL_PAGE_SIZE)
        pages++;
    return pages;
}
