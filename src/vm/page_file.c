/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page_file.h"

#include "base/alloc.h"
#include "vm/machine_priv.h"
#include <assert.h>

/* ---- a file of pages --------------------------------------------------- */

pel_status pel_store_open(pel_store *store, const char *folder)
{
    if (!store->open)
        PEL_TRY(pel_os_private_file(folder, &store->file));
    store->open = true;
    return PEL_OK;
}

pel_status pel_store_write(pel_store *store, const char *folder, uint64_t page,
                           const uint8_t *bytes)
{
    PEL_TRY(pel_store_open(store, folder));
    return pel_os_write_at(&store->file, page << PEL_PAGE_BITS, bytes, PEL_PAGE_BYTES);
}

pel_status pel_store_read(const pel_store *store, uint64_t page, uint8_t *bytes)
{
    assert(store->open);
    return pel_os_read_at(&store->file, page << PEL_PAGE_BITS, bytes, PEL_PAGE_BYTES);
}

void pel_store_close(pel_store *store)
{
    if (store->open)
        pel_os_close_file(&store->file);
    store->open = false;
}

/* ---- slots ------------------------------------------------------------- */

uint64_t pel_page_files_room(const pel_page_files *files)
{
    uint64_t room = 0;
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++)
        room += files->file[i].total > 0 ? files->file[i].total - 1 : 0;
    return room;
}

uint64_t pel_page_files_used(const pel_page_files *files)
{
    uint64_t used = 0;
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++)
        used += files->file[i].used;
    return used;
}

bool pel_page_files_taken(const pel_page_files *files, unsigned file, uint64_t slot)
{
    const pel_page_file *f = &files->file[file];
    return slot / 64 < f->words && f->taken[slot / 64] >> (slot % 64) & 1;
}

/* The first free slot from `lowest` on. */
static uint64_t first_free(const pel_page_file *f)
{
    uint64_t slot = f->lowest;
    while (slot / 64 < f->words && f->taken[slot / 64] == UINT64_MAX)
        slot = (slot / 64 + 1) * 64;
    while (slot / 64 < f->words && f->taken[slot / 64] >> (slot % 64) & 1)
        slot++;
    return slot;
}

static bool bitmap_reaches(pel_machine *m, pel_page_file *f, uint64_t slot)
{
    size_t capacity = f->words;
    if (slot / 64 < f->words)
        return true;
    uint64_t *grown =
        pel_grow(&m->allocator, f->taken, &capacity, (size_t)(slot / 64 + 1), sizeof *grown);
    if (!grown)
        return false;
    for (size_t i = f->words; i < capacity; i++)
        grown[i] = 0;
    f->taken = grown;
    f->words = capacity;
    return true;
}

pel_ntstatus pel_page_files_take(pel_machine *machine, unsigned *file, uint64_t *slot)
{
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++) {
        pel_page_file *f = &machine->page_files.file[i];
        if (f->total == 0 || f->used >= f->total - 1)
            continue;
        if (f->lowest == 0)
            f->lowest = 1;
        uint64_t free_slot = first_free(f);
        if (!bitmap_reaches(machine, f, free_slot))
            return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
        f->taken[free_slot / 64] |= (uint64_t)1 << (free_slot % 64);
        f->used++;
        f->lowest = free_slot + 1;
        *file = i;
        *slot = free_slot;
        return PEL_STATUS_SUCCESS;
    }
    return PEL_STATUS_COMMITMENT_LIMIT;
}

void pel_page_files_give(pel_machine *machine, uint64_t entry)
{
    if (pel_pte_kind_of(entry) != PEL_PTE_IS_PAGE_FILE)
        return;
    uint64_t slot = pel_pte_file_slot(entry);
    pel_page_file *f = &machine->page_files.file[pel_pte_file(entry)];
    assert(pel_page_files_taken(&machine->page_files, pel_pte_file(entry), slot));
    f->taken[slot / 64] &= ~((uint64_t)1 << (slot % 64));
    f->used--;
    if (slot < f->lowest)
        f->lowest = slot;
}

/* ---- their contents ---------------------------------------------------- */

pel_ntstatus pel_page_files_write(pel_machine *machine, unsigned file, uint64_t slot,
                                  const uint8_t *bytes)
{
    pel_page_files *files = &machine->page_files;
    pel_status st = pel_store_write(&files->file[file].store, files->folder, slot, bytes);
    if (st != PEL_OK)
        return PEL_STATUS_PELORUS_HOST_IO;
    machine->counters.page_file_writes++;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_page_files_read(const pel_machine *machine, uint64_t entry, uint8_t *bytes)
{
    const pel_page_file *f = &machine->page_files.file[pel_pte_file(entry)];
    pel_status st = pel_store_read(&f->store, pel_pte_file_slot(entry), bytes);
    return st == PEL_OK ? PEL_STATUS_SUCCESS : PEL_STATUS_PELORUS_HOST_IO;
}

void pel_page_files_release(pel_machine *machine)
{
    pel_page_files *files = &machine->page_files;
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++) {
        pel_store_close(&files->file[i].store);
        pel_give(&machine->allocator, files->file[i].taken,
                 files->file[i].words * sizeof *files->file[i].taken);
    }
    pel_give(&machine->allocator, (void *)files->folder, files->folder_size);
}
