/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page_out.h"

#include "vm/page.h"
#include <assert.h>
#include <string.h>

/* ---- repurposing ------------------------------------------------------- */

/* Where the page is from now on, for its entry. A clean page without a copy is worth nothing: its
 * contents were given up (MEM_RESET). */
static void forget_private(const pel_frame *frame)
{
    pel_space *space = frame->owner;
    pel_slot slot;
    bool found = pel_pt_find(space, frame->page, &slot);
    assert(found);
    (void)found;
    uint8_t mm = pel_pte_soft_mm(pel_slot_get(&slot));
    pel_slot_set(&slot,
                 frame->backing ? pel_pte_with_mm(frame->backing, mm) : pel_pte_demand_zero(mm));
}

static void repurpose(pel_machine *m, uint64_t number)
{
    pel_frame *frame = pel_frame_entry(m, number);
    assert(frame->list == PEL_LIST_STANDBY && !frame->modified);
    bool is_private = frame->use == PEL_FRAME_PRIVATE;
    pel_tell(m, (pel_event){ .kind = PEL_EVENT_REPURPOSE,
                             .space = is_private ? frame->owner : NULL,
                             .va = { frame->page << PEL_PAGE_BITS },
                             .frame = number,
                             .lost = is_private && !frame->backing });
    if (is_private)
        forget_private(frame);
    else
        pel_section_forget(frame->owner, frame->page, frame->backing);
    frame->backing = 0; /* the entry has it now */
    pel_frame_give(m, number);
    m->counters.repurposed++;
}

/* ---- the modified-page writer ------------------------------------------ */

static pel_ntstatus write_to_page_file(pel_machine *m, uint64_t number)
{
    pel_frame *frame = pel_frame_entry(m, number);
    unsigned file;
    uint64_t slot;
    PEL_TRY_NT(pel_page_files_take(m, &file, &slot));
    uint64_t backing = pel_pte_page_file(file, slot, PEL_MM_NONE);
    pel_ntstatus st = pel_page_files_write(m, file, slot, pel_frame_bytes(m, number));
    if (!pel_nt_success(st)) {
        pel_page_files_give(m, backing);
        return st;
    }
    frame->backing = backing;
    bool is_private = frame->use == PEL_FRAME_PRIVATE;
    pel_tell(m, (pel_event){ .kind = PEL_EVENT_PAGE_FILE_WRITE,
                             .space = is_private ? frame->owner : NULL,
                             .va = { frame->page << PEL_PAGE_BITS },
                             .frame = number,
                             .slot = slot });
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus write_to_copy(pel_machine *m, uint64_t number)
{
    const pel_frame *frame = pel_frame_entry(m, number);
    PEL_TRY_NT(pel_section_write_copy(frame->owner, frame->page, pel_frame_bytes(m, number)));
    pel_tell(m, (pel_event){ .kind = PEL_EVENT_FILE_WRITE,
                             .va = { frame->page << PEL_PAGE_BITS },
                             .frame = number });
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus write_one(pel_machine *m, uint64_t number)
{
    pel_frame *frame = pel_frame_entry(m, number);
    PEL_TRY_NT((frame->of_file ? write_to_copy : write_to_page_file)(m, number));
    pel_queue_remove(&m->ram, number);
    frame->modified = false;
    pel_frame_retire(m, number);
    return PEL_STATUS_SUCCESS;
}

/* Can any page of the modified list be written? */
static bool writing_helps(const pel_machine *m)
{
    return m->ram.modified_of_files > 0 ||
           pel_page_files_used(&m->page_files) < pel_page_files_room(&m->page_files);
}

pel_ntstatus pel_machine_write_modified(pel_machine *machine, uint64_t pages, uint64_t *written)
{
    uint64_t done = 0;
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    uint64_t at = machine->ram.lists[PEL_LIST_MODIFIED].first;
    while (at != PEL_NO_FRAME && done < pages && writing_helps(machine)) {
        uint64_t next = pel_frame_entry(machine, at)->next;
        st = write_one(machine, at);
        if (!pel_nt_success(st) && st != (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT)
            break;
        done += pel_nt_success(st);
        st = PEL_STATUS_SUCCESS; /* a full page file is no failure: others may go to their files */
        at = next;
    }
    if (written)
        *written = done;
    return st;
}

/* ---- trimming ---------------------------------------------------------- */

/* Pages above the minimum count most, then pages at all. */
static pel_space *fattest(const pel_machine *m)
{
    pel_space *best = NULL;
    uint64_t best_excess = 0, best_size = 0;
    for (pel_space *s = m->spaces; s; s = s->next) {
        uint64_t size = s->ws.size - s->ws.locked;
        uint64_t excess = size > s->ws.minimum ? size - s->ws.minimum : 0;
        if (size > 0 && (excess > best_excess || (excess == best_excess && size > best_size))) {
            best = s;
            best_excess = excess;
            best_size = size;
        }
    }
    return best;
}

/* Windows trims in batches, so that the modified writer has something to do at a time; the policies
 * of the textbooks let one page go for each that comes. */
#define TRIM_PART 16
#define TRIM_MOST 256

static bool trim_somebody(pel_machine *m)
{
    pel_space *s = fattest(m);
    if (!s)
        return false;
    uint64_t pages = m->policy == PEL_POLICY_WINDOWS ? s->ws.size / TRIM_PART : 0;
    pages = pages < TRIM_MOST ? pages : TRIM_MOST;
    if (!pel_ws_trim_one(s))
        return false;
    while (pages-- > 1 && pel_ws_trim_one(s)) {
    }
    return true;
}

/* Pages that the modified writer takes at once: MmModifiedWriteClusterSize on Windows. */
#define WRITE_CLUSTER 16

pel_ntstatus pel_page_out_for_one(pel_machine *machine)
{
    pel_ram *ram = &machine->ram;
    while (ram->lists[PEL_LIST_STANDBY].count == 0) {
        uint64_t written;
        PEL_TRY_NT(pel_machine_write_modified(machine, WRITE_CLUSTER, &written));
        if (written == 0 && !trim_somebody(machine))
            return PEL_STATUS_NO_MEMORY;
    }
    repurpose(machine, ram->lists[PEL_LIST_STANDBY].first);
    return PEL_STATUS_SUCCESS;
}

/* ---- the balance ------------------------------------------------------- */

#define PLENTY_PART 16   /* of RAM that should be available */
#define PLENTY_MOST 4096 /* frames that are plenty in any RAM */

bool pel_ram_is_plenty(const pel_machine *machine)
{
    uint64_t enough = machine->ram.total / PLENTY_PART;
    enough = enough < PLENTY_MOST ? enough : PLENTY_MOST;
    return pel_frames_available(&machine->ram) > enough;
}

void pel_machine_balance(pel_machine *machine)
{
    for (pel_space *s = machine->spaces; s; s = s->next)
        pel_resident_tick(&s->ws.resident);
    for (uint64_t most = machine->ram.total; !pel_ram_is_plenty(machine) && most > 0; most--) {
        uint64_t written = 0;
        pel_ntstatus st = pel_machine_write_modified(machine, WRITE_CLUSTER, &written);
        if (written == 0 && (!trim_somebody(machine) || !pel_nt_success(st)))
            break; /* a page file that cannot be written is told to who needs a frame */
    }
}

void pel_machine_zero_free(pel_machine *machine, uint64_t pages)
{
    pel_ram *ram = &machine->ram;
    while (pages-- > 0 && ram->lists[PEL_LIST_FREE].count > 0) {
        uint64_t frame = ram->lists[PEL_LIST_FREE].first;
        pel_queue_remove(ram, frame);
        memset(pel_ram_bytes(ram, frame), 0, PEL_PAGE_BYTES);
        pel_queue_append(ram, PEL_LIST_ZEROED, frame);
    }
}
