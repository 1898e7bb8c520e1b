/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "vm/space_priv.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define DEFAULT_RAM ((uint64_t)4 << 30)

/* An entry for a lower table: what is allowed is said by the leaf alone. */
#define TABLE (PEL_PTE_VALID | PEL_PTE_WRITE | PEL_PTE_USER | PEL_PTE_ACCESSED)

/* One row for each pel_paging. Sources: Intel SDM volume 3, "Paging"; rules paging.*. Of a PDPTE
 * of PAE most bits are reserved. */
static const pel_paging_layout layouts[] = {
    [PEL_PAGING_X64] = { .levels = 4,
                         .va_bits = 48,
                         .ram_bits = PEL_MAX_FRAMES_BITS + PEL_PAGE_BITS,
                         .entry_size = 8,
                         .nx = true,
                         .sign_extended = true,
                         .bits = { 9, 9, 9, 9 },
                         .shift = { 0, 9, 18, 27 },
                         .table_bits = { 0, TABLE, TABLE, TABLE },
                         .names = { "PTE", "PDE", "PDPTE", "PML4E" } },
    [PEL_PAGING_LA57] = { .levels = 5,
                          .va_bits = 57,
                          .ram_bits = PEL_MAX_FRAMES_BITS + PEL_PAGE_BITS,
                          .entry_size = 8,
                          .nx = true,
                          .sign_extended = true,
                          .bits = { 9, 9, 9, 9, 9 },
                          .shift = { 0, 9, 18, 27, 36 },
                          .table_bits = { 0, TABLE, TABLE, TABLE, TABLE },
                          .names = { "PTE", "PDE", "PDPTE", "PML4E", "PML5E" } },
    [PEL_PAGING_PAE] = { .levels = 3,
                         .va_bits = 32,
                         .ram_bits = 36,
                         .entry_size = 8,
                         .nx = true,
                         .bits = { 9, 9, 2 },
                         .shift = { 0, 9, 18 },
                         .table_bits = { 0, TABLE, PEL_PTE_VALID },
                         .names = { "PTE", "PDE", "PDPTE" } },
    [PEL_PAGING_X86] = { .levels = 2,
                         .va_bits = 32,
                         .ram_bits = 32,
                         .entry_size = 4,
                         .bits = { 10, 10 },
                         .shift = { 0, 10 },
                         .table_bits = { 0, TABLE },
                         .names = { "PTE", "PDE" } },
};

/* ---- making one -------------------------------------------------------- */

static bool fits(uint64_t size, unsigned bits)
{
    return size % PEL_PAGE_BYTES == 0 && (bits >= 64 || size <= (uint64_t)1 << bits);
}

/* What an entry can name: 2^20 pages of a page file on two-level x86, else 2^32. */
static unsigned page_file_bits(const pel_paging_layout *layout)
{
    return layout->entry_size == 4 ? 20 + PEL_PAGE_BITS : 32 + PEL_PAGE_BITS;
}

static bool options_fit(const pel_machine_options *o)
{
    if ((size_t)o->paging >= sizeof layouts / sizeof layouts[0] ||
        (size_t)o->policy >= PEL_POLICY_COUNT || o->policy == PEL_POLICY_OPT)
        return false;
    const pel_paging_layout *layout = &layouts[o->paging];
    if (!fits(o->ram_size, layout->ram_bits))
        return false;
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++)
        if (!fits(o->page_file_size[i], page_file_bits(layout)))
            return false;
    return true;
}

static pel_status keep_folder(pel_machine *m, const char *folder)
{
    if (!folder)
        return PEL_OK;
    size_t size = strlen(folder) + 1;
    char *copy = pel_take(&m->allocator, size);
    if (!copy)
        return PEL_NO_MEMORY;
    memcpy(copy, folder, size);
    m->page_files.folder = copy;
    m->page_files.folder_size = size;
    return PEL_OK;
}

static pel_status open_page_files(pel_machine *m, const pel_machine_options *o)
{
    PEL_TRY(keep_folder(m, o->page_file_folder));
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++) {
        pel_page_file *f = &m->page_files.file[i];
        f->total = PEL_PAGE_OF(o->page_file_size[i]);
        if (f->total > 0)
            PEL_TRY(pel_store_open(&f->store, m->page_files.folder));
    }
    return PEL_OK;
}

pel_status pel_machine_new(const pel_machine_options *options, pel_machine **out)
{
    static const pel_machine_options defaults = { .allocator = NULL };
    const pel_machine_options *o = options ? options : &defaults;
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    if (!options_fit(o))
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(o->allocator);
    pel_machine *m = pel_take(&a, sizeof *m);
    if (!m)
        return PEL_NO_MEMORY;
    m->allocator = a;
    m->layout = &layouts[o->paging];
    m->paging = o->paging;
    m->policy = o->policy;
    m->events = o->events;
    uint64_t most = (uint64_t)1 << m->layout->ram_bits;
    uint64_t ram = DEFAULT_RAM < most ? DEFAULT_RAM : most;
    pel_ram_init(&m->ram, PEL_PAGE_OF(o->ram_size ? o->ram_size : ram));
    m->ram.large = !o->allocator;
    pel_status st = open_page_files(m, o);
    if (st != PEL_OK) {
        int why = errno;
        pel_machine_free(m);
        errno = why;
        return st;
    }
    m->commit_limit = m->ram.total + pel_page_files_room(&m->page_files);
    *out = m;
    return PEL_OK;
}

void pel_machine_free(pel_machine *machine)
{
    if (!machine)
        return;
    assert(!machine->spaces && !machine->sections);
    pel_ram_release(machine);
    pel_page_files_release(machine);
    pel_allocator a = machine->allocator;
    pel_give(&a, machine, sizeof *machine);
}

pel_paging pel_machine_paging(const pel_machine *machine) { return machine->paging; }
pel_policy pel_machine_policy(const pel_machine *machine) { return machine->policy; }

void pel_machine_listen(pel_machine *machine, pel_event_hook events) { machine->events = events; }

/* ---- counters ---------------------------------------------------------- */

/* Accesses that hit a TLB are counted there, for that is all that they have time for. */
static void add_hits(const pel_machine *m, pel_counters *c)
{
    uint64_t hits[PEL_ACCESSES];
    memcpy(hits, m->hits, sizeof hits);
    for (const pel_space *s = m->spaces; s; s = s->next)
        for (unsigned i = 0; i < PEL_ACCESSES; i++)
            hits[i] += s->accesses[i];
    c->reads += hits[PEL_READ];
    c->writes += hits[PEL_WRITE];
    c->fetches += hits[PEL_FETCH];
    c->tlb_hits = hits[PEL_READ] + hits[PEL_WRITE] + hits[PEL_FETCH];
}

pel_counters pel_machine_counters(const pel_machine *machine)
{
    const pel_ram *ram = &machine->ram;
    pel_counters c = machine->counters;
    add_hits(machine, &c);
    c.frames = ram->total;
    c.frames_used = ram->used;
    c.frames_peak = ram->peak;
    c.frames_table = ram->tables;
    c.zeroed = ram->lists[PEL_LIST_ZEROED].count + ram->total - ram->virgin;
    c.free = ram->lists[PEL_LIST_FREE].count;
    c.standby = ram->lists[PEL_LIST_STANDBY].count;
    c.modified = ram->lists[PEL_LIST_MODIFIED].count;
    c.modified_no_write = ram->lists[PEL_LIST_MODIFIED_NO_WRITE].count;
    c.bad = ram->lists[PEL_LIST_BAD].count;
    c.active = ram->used - c.standby - c.modified - c.modified_no_write;
    c.commit = machine->commit;
    c.commit_peak = machine->commit_peak;
    c.commit_limit = machine->commit_limit;
    c.page_file_pages = pel_page_files_room(&machine->page_files);
    c.page_file_used = pel_page_files_used(&machine->page_files);
    return c;
}

/* ---- looking at frames ------------------------------------------------- */

uint64_t pel_machine_frames_touched(const pel_machine *machine) { return machine->ram.virgin; }

pel_status pel_machine_frame(const pel_machine *machine, uint64_t frame, pel_frame_info *out)
{
    if (!machine || !out || frame >= machine->ram.total)
        return PEL_BAD_ARG;
    *out = (pel_frame_info){ .list = PEL_LIST_ZEROED };
    if (frame >= machine->ram.virgin)
        return PEL_OK;
    const pel_frame *entry = pel_frame_entry(machine, frame);
    out->list = (pel_frame_list)entry->list;
    out->use = (pel_frame_use)entry->use;
    out->modified = entry->modified;
    if (entry->use == PEL_FRAME_SECTION) {
        out->shares = entry->count;
    } else if (entry->use != PEL_FRAME_UNUSED) {
        out->space = entry->owner;
        out->va.v = entry->page << PEL_PAGE_BITS;
        out->level = entry->level;
    }
    return PEL_OK;
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
    if (machine->commit > machine->commit_peak)
        machine->commit_peak = machine->commit;
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
