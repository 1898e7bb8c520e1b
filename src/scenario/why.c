/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one access. */
#include "scenario/why.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dump/naming.h"
#include "load/furniture.h"

static void say(pel_why *w, pel_why_topic topic, pel_memory_rule_id rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void say(pel_why *w, pel_why_topic topic, pel_memory_rule_id rule, const char *format, ...)
{
    va_list args;
    if (w->count == PEL_WHY_FACTS)
        return;
    pel_why_fact *f = &w->facts[w->count++];
    f->topic = topic;
    f->rule = rule;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

const char *pel_why_topic_name(pel_why_topic topic)
{
    static const char *const names[] = { "region", "protection", "page tables", "place",
                                         "fault",  "victim",     "result" };
    return names[topic];
}

const char *pel_access_verb(pel_access access)
{
    static const char *const verbs[] = { "reads", "writes", "executes" };
    return verbs[access];
}

/* ---- before: the region -------------------------------------------------- */

static bool in_image(const pel_why *w, pel_rva *rva)
{
    if (!w->process)
        return false;
    const pel_module *m = pel_process_module(w->process);
    return pel_rva_of(m->base, m->size, w->va, rva);
}

/* "offset 0x10 of section .data", "the header", ... */
static void name_in_image(const pel_why *w, pel_rva rva, char *out, size_t size)
{
    const pel_image *img = pel_process_image(w->process);
    pel_rva_answer a = pel_image_at_rva(img, rva);
    const pel_section *s = pel_image_section(img, a.section);
    char name[40], symbol[PEL_NAME_LINE];
    if (!s) {
        snprintf(out, size, "RVA 0x%" PRIx32 " of the image", rva.v);
        return;
    }
    pel_cell_text(s->name, name, sizeof name);
    pel_name_for_line(img, NULL, rva, symbol);
    const char *comma = symbol[0] ? "," : "";
    uint32_t distance = rva.v - s->header.virtual_address.v;
    if (distance == 0)
        snprintf(out, size, "RVA 0x%" PRIx32 " of the image, the start of section %s%s%s", rva.v,
                 name, comma, symbol);
    else
        snprintf(out, size,
                 "RVA 0x%" PRIx32 " of the image, 0x%" PRIx32 " bytes into section %s%s%s", rva.v,
                 distance, name, comma, symbol);
}

static void name_place(const pel_why *w, char *out, size_t size)
{
    pel_rva rva;
    out[0] = '\0';
    if (in_image(w, &rva)) {
        name_in_image(w, rva, out, size);
        return;
    }
    const pel_stack *stack = w->process ? pel_process_stack(w->process) : NULL;
    const pel_heap *heap = w->process ? pel_process_heap(w->process) : NULL;
    if (stack && stack->base.v && w->va.v >= stack->allocation_base.v && w->va.v < stack->base.v)
        snprintf(out, size, "0x%" PRIx64 " bytes below the top of the stack",
                 stack->base.v - w->va.v);
    else if (heap && heap->base.v && w->va.v >= heap->base.v &&
             w->va.v - heap->base.v < heap->effective.reserve)
        snprintf(out, size, "0x%" PRIx64 " bytes into the heap", w->va.v - heap->base.v);
    else if (w->process && w->va.v / PEL_PAGE_SIZE == PEL_SHARED_USER_DATA / PEL_PAGE_SIZE)
        snprintf(out, size, "KUSER_SHARED_DATA, which lies there in every process");
    else if (w->name[0])
        snprintf(out, size, "%s", w->name);
}

static void tell_committed(pel_why *w, const char *place)
{
    const pel_region *r = &w->region;
    const char *comma = place[0] ? ": " : "";
    static const struct {
        uint32_t type;
        const char *words;
    } types[] = { { PEL_MEM_IMAGE, "of an image" },
                  { PEL_MEM_MAPPED, "of a mapped section" },
                  { PEL_MEM_PRIVATE, "private memory" } };
    const char *what = "";
    for (size_t i = 0; i < 3; i++)
        if (types[i].type == r->type)
            what = types[i].words;
    say(w, PEL_WHY_REGION, PEL_MEMORY_REGION_COMMITTED,
        "The address lies in a region of 0x%" PRIx64 " bytes at 0x%" PRIx64
        ", allocated at 0x%" PRIx64 ", committed, %s (%s)%s%s.",
        r->size, r->base.v, r->allocation_base.v, what, pel_type_name(r->type), comma, place);
}

static void tell_region(pel_why *w)
{
    char place[200];
    name_place(w, place, sizeof place);
    if (!w->has_region)
        say(w, PEL_WHY_REGION, PEL_MEMORY_ADDRESS_RANGE,
            "The address lies above all that a program can use.");
    else if (w->region.state == PEL_MEM_FREE)
        say(w, PEL_WHY_REGION, PEL_MEMORY_REGION_FREE,
            "Nothing is allocated there: 0x%" PRIx64 " bytes from 0x%" PRIx64 " on are free.",
            w->region.size, w->region.base.v);
    else if (w->region.state == PEL_MEM_RESERVE)
        say(w, PEL_WHY_REGION, PEL_MEMORY_REGION_RESERVED,
            "The address lies in 0x%" PRIx64 " bytes at 0x%" PRIx64
            " that are reserved and not committed%s%s.",
            w->region.size, w->region.base.v, place[0] ? ": " : "", place);
    else
        tell_committed(w, place);
}

/* ---- before: protection -------------------------------------------------- */

/* The processor's view: NX is its only bit against executing, and there is none against reading. */
static bool allows(pel_paging paging, uint32_t protect, pel_access access)
{
    uint32_t kind = protect & 0xffu;
    if (kind == PEL_PAGE_NOACCESS)
        return false;
    if (access == PEL_READ)
        return true;
    if (access == PEL_FETCH)
        return paging == PEL_PAGING_X86 || kind >= PEL_PAGE_EXECUTE;
    return kind == PEL_PAGE_READWRITE || kind == PEL_PAGE_WRITECOPY ||
           kind == PEL_PAGE_EXECUTE_READWRITE || kind == PEL_PAGE_EXECUTE_WRITECOPY;
}

static void tell_protection(pel_why *w)
{
    char protect[96];
    if (!w->has_region || w->region.state != PEL_MEM_COMMIT)
        return;
    pel_paging paging = pel_machine_paging(pel_space_machine(w->space));
    pel_protect_format(w->region.protect, protect, sizeof protect);
    bool good = allows(paging, w->region.protect, w->access);
    if (!good)
        say(w, PEL_WHY_PROTECTION, PEL_MEMORY_ACCESS_REFUSED,
            "The page is %s, and the program %s: not allowed. This is the check that says no.",
            protect, pel_access_verb(w->access));
    else if (w->region.protect & PEL_PAGE_GUARD && w->in_stack)
        say(w, PEL_WHY_PROTECTION, PEL_MEMORY_RULE_COUNT,
            "The page is %s: the guard of a stack, which moves when it is touched.", protect);
    else if (w->region.protect & PEL_PAGE_GUARD)
        say(w, PEL_WHY_PROTECTION, PEL_MEMORY_FAULT_GUARD,
            "The page is %s: a guard that goes off at the first access.", protect);
    else
        say(w, PEL_WHY_PROTECTION, PEL_MEMORY_ACCESS_ALLOWED,
            "The page is %s, and the program %s: allowed.", protect, pel_access_verb(w->access));
}

/* ---- before: tables and place -------------------------------------------- */

static void tell_tables(pel_why *w)
{
    pel_paging paging = pel_machine_paging(pel_space_machine(w->space));
    char words[128];
    if (w->before.count == 0)
        return;
    const pel_walk_step *last = &w->before.steps[w->before.count - 1];
    bool whole = strcmp(last->name, "PTE") == 0;
    pel_entry_format(paging, last->entry, words, sizeof words);
    if (w->before.present)
        say(w, PEL_WHY_TABLES, PEL_MEMORY_PTE_VALID,
            "The walk from CR3 0x%" PRIx64 " takes %zu steps; the last entry, %s %" PRIu32
            " at physical 0x%" PRIx64 ", is 0x%" PRIx64 ": %s.",
            w->before.root.v, w->before.count, last->name, last->index, last->address.v,
            last->entry, words);
    else if (!whole)
        say(w, PEL_WHY_TABLES, PEL_MEMORY_PAGING_WALK,
            "The walk from CR3 0x%" PRIx64 " ends at %s %" PRIu32
            ", which is zero: there is no page table for this address yet.",
            w->before.root.v, last->name, last->index);
    else
        say(w, PEL_WHY_TABLES, last->entry ? PEL_MEMORY_PTE_SOFTWARE : PEL_MEMORY_PTE_NONE,
            "The walk from CR3 0x%" PRIx64 " ends at %s %" PRIu32 " at physical 0x%" PRIx64
            ", 0x%" PRIx64 ": not valid for the processor. To Windows it says: %s.",
            w->before.root.v, last->name, last->index, last->address.v, last->entry,
            last->entry ? words : "nothing of its own; ask the region");
}

static void tell_zero_fill(pel_why *w)
{
    say(w, PEL_WHY_PLACE, PEL_MEMORY_FAULT_DEMAND_ZERO,
        "The file has no bytes for it: the image makes it zero.");
}

static void tell_file_place(pel_why *w)
{
    pel_rva rva;
    pel_foff offset;
    if (!in_image(w, &rva)) {
        say(w, PEL_WHY_PLACE, PEL_MEMORY_FAULT_FILE,
            "Its contents are in the mapped file, at offset 0x%" PRIx64 ".",
            w->page_before.section_offset);
        return;
    }
    rva.v &= ~(PEL_PAGE_SIZE - 1);
    if (pel_image_rva_to_foff(pel_process_image(w->process), rva, &offset) == PEL_OK)
        say(w, PEL_WHY_PLACE, PEL_MEMORY_FAULT_FILE,
            "Its contents are in the image file: the page begins at file offset 0x%" PRIx64 "%s.",
            offset.v,
            pel_process_module(w->process)->relocated
                ? "; the image is not at its preferred base, so the relocations of this page are "
                  "applied while it is read"
                : "");
    else
        tell_zero_fill(w);
}

static void tell_place(pel_why *w)
{
    pel_rva rva;
    const pel_page_info *p = &w->page_before;
    switch (p->place) {
    case PEL_AT_NOWHERE: break;
    case PEL_AT_ZERO:
        if (in_image(w, &rva))
            tell_zero_fill(w);
        else
            say(w, PEL_WHY_PLACE, PEL_MEMORY_REGION_COMMITTED,
                "Its contents are nowhere yet: it was committed and never touched, and has no "
                "frame.");
        break;
    case PEL_AT_WORKING_SET:
        say(w, PEL_WHY_PLACE, PEL_MEMORY_PTE_VALID,
            "It is in the working set, in frame 0x%" PRIx64 "%s.", p->frame,
            p->shares > 1 ? ", which other processes see, too" : "");
        break;
    case PEL_AT_FRAME:
        say(w, PEL_WHY_PLACE, PEL_MEMORY_PTE_SOFTWARE,
            "It is in RAM, in frame 0x%" PRIx64 " (%s list), but not in this working set.",
            p->frame, pel_frame_list_name(p->list));
        break;
    case PEL_AT_PAGE_FILE:
        say(w, PEL_WHY_PLACE, PEL_MEMORY_PTE_SOFTWARE,
            "It was written out: page 0x%" PRIx64 " of page file %u.", p->slot, p->page_file);
        break;
    case PEL_AT_FILE: tell_file_place(w); break;
    }
}

void pel_why_look(pel_why *w, const pel_process *process, pel_space *space, pel_va va,
                  pel_access access)
{
    *w =
        (pel_why){ .active = true, .process = process, .space = space, .va = va, .access = access };
    w->has_region = pel_nt_success(pel_space_query(space, va, &w->region));
    w->in_stack = pel_nt_success(pel_space_stack(space, va, &(pel_stack_state){ .overflowed = 0 }));
    w->before = pel_space_walk(space, va);
    if (!pel_nt_success(pel_space_page(space, va, &w->page_before)))
        w->page_before = (pel_page_info){ .frame = PEL_NO_FRAME };
}

/* ---- what happened ------------------------------------------------------- */

static void introduce(pel_why *w)
{
    if (w->count > 0)
        return;
    tell_region(w);
    tell_protection(w);
    tell_tables(w);
    tell_place(w);
}

/* Another page than the one that is asked about: it had to make room. */
static bool is_victim(const pel_why *w, const pel_event *e)
{
    return e->va.v / PEL_PAGE_SIZE != w->va.v / PEL_PAGE_SIZE || e->space != w->space;
}

static void tell_victim(pel_why *w, const pel_event *e, const char *page)
{
    switch ((unsigned)e->kind) {
    case PEL_EVENT_TRIM:
        if (e->list == PEL_LIST_ACTIVE)
            say(w, PEL_WHY_VICTIM, PEL_MEMORY_RULE_COUNT,
                "To make room, %s left its working set: frame 0x%" PRIx64
                " stays where it is, for another view has the page.",
                page, e->frame);
        else
            say(w, PEL_WHY_VICTIM,
                e->dirty ? PEL_MEMORY_EVICT_DIRTY_PRIVATE : PEL_MEMORY_EVICT_CLEAN,
                "To make room, %s left its working set: frame 0x%" PRIx64
                " went to the %s list, because it was %schanged.",
                page, e->frame, pel_frame_list_name(e->list), e->dirty ? "" : "not ");
        break;
    case PEL_EVENT_PAGE_FILE_WRITE:
        say(w, PEL_WHY_VICTIM, PEL_MEMORY_EVICT_DIRTY_PRIVATE,
            "Then %s was written to page %" PRIu64
            " of the page file, so that its frame can be used again.",
            page, e->slot);
        break;
    case PEL_EVENT_FILE_WRITE:
        say(w, PEL_WHY_VICTIM, PEL_MEMORY_EVICT_DIRTY_FILE, "Then %s was written to its file.",
            page);
        break;
    case PEL_EVENT_REPURPOSE:
        say(w, PEL_WHY_VICTIM, PEL_MEMORY_PFN_REPURPOSE,
            "Frame 0x%" PRIx64 " was taken from the standby list: %s is now %s.", e->frame, page,
            e->lost ? "demand zero, for its contents were given up" : "in its backing store only");
        break;
    default: break;
    }
}

/* How each kind of event is told of the page itself. */
static const struct {
    pel_memory_rule_id rule;
    const char *text; /* "%s" is the frame */
} told[PEL_EVENT_COUNT] = {
    [PEL_EVENT_DEMAND_ZERO] = { PEL_MEMORY_FAULT_DEMAND_ZERO,
                                "Soft fault, demand zero: the page gets the zeroed frame %s." },
    [PEL_EVENT_TRANSITION] = { PEL_MEMORY_FAULT_TRANSITION,
                               "Soft fault, transition: frame %s goes back to the working set." },
    [PEL_EVENT_SHARED] = { PEL_MEMORY_FAULT_SHARED,
                           "Soft fault: the section has the page in RAM already, in frame %s." },
    [PEL_EVENT_FILE_READ] = { PEL_MEMORY_FAULT_FILE,
                              "Hard fault: the page is read from the file into frame %s." },
    [PEL_EVENT_PAGE_FILE_READ] = { PEL_MEMORY_FAULT_PAGE_FILE,
                                   "Hard fault: the page is read from the page file into frame "
                                   "%s." },
    [PEL_EVENT_COPY_ON_WRITE] = { PEL_MEMORY_FAULT_COW,
                                  "Copy on write: the bytes are copied to frame %s, which is this "
                                  "process's own." },
    [PEL_EVENT_GUARD] = { PEL_MEMORY_FAULT_GUARD, "The guard goes off, and is gone." },
    [PEL_EVENT_STACK_GROWTH] = { PEL_MEMORY_STACK_GROWTH,
                                 "The guard of the stack was touched: the stack grows." },
    [PEL_EVENT_STACK_OVERFLOW] = { PEL_MEMORY_STACK_LIMIT,
                                   "The stack has no room for another guard page." },
};

void pel_why_event(pel_why *w, const pel_event *e, const char *page)
{
    char frame[24], text[200], place[64];
    snprintf(place, sizeof place, "the page at 0x%" PRIx64, e->va.v);
    introduce(w);
    if ((unsigned)e->kind >= PEL_EVENT_COUNT)
        return;
    if (is_victim(w, e) || !told[e->kind].text) {
        tell_victim(w, e, page ? page : place);
        return;
    }
    w->events++;
    snprintf(frame, sizeof frame, "0x%" PRIx64, e->frame);
    const char *format = told[e->kind].text;
    const char *hole = strstr(format, "%s");
    if (hole)
        snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - format), format, frame, hole + 2);
    else
        snprintf(text, sizeof text, "%s", format);
    say(w, PEL_WHY_FAULT, told[e->kind].rule, "%s", text);
}

/* ---- after --------------------------------------------------------------- */

static void tell_result(pel_why *w)
{
    pel_paging paging = pel_machine_paging(pel_space_machine(w->space));
    char words[128];
    const pel_walk_step *last = &w->after.steps[w->after.count ? w->after.count - 1 : 0];
    if (!w->after.present || w->after.count == 0)
        return;
    pel_entry_format(paging, last->entry, words, sizeof words);
    say(w, PEL_WHY_RESULT, PEL_MEMORY_PTE_VALID,
        "The entry is now 0x%" PRIx64 ": %s. The byte is at physical address 0x%" PRIx64 ".",
        last->entry, words, w->after.pa.v);
}

static void tell_refusal(pel_why *w)
{
    const char *text = pel_ntstatus_text(w->status);
    const char *name = pel_ntstatus_name(w->status);
    say(w, PEL_WHY_RESULT, PEL_MEMORY_RULE_COUNT, "The program gets %s: %s.", name ? name : "?",
        text ? text : "?");
}

void pel_why_conclude(pel_why *w, pel_ntstatus status)
{
    w->status = status;
    w->concluded = true;
    introduce(w);
    w->after = pel_space_walk(w->space, w->va);
    if (!pel_nt_success(pel_space_page(w->space, w->va, &w->page_after)))
        w->page_after = (pel_page_info){ .frame = PEL_NO_FRAME };
    if (!pel_nt_success(status)) {
        tell_refusal(w);
        return;
    }
    if (w->events == 0)
        say(w, PEL_WHY_FAULT, PEL_MEMORY_FAULT_NONE, "No fault.");
    tell_result(w);
}
