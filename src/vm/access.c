/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/fault.h"
#include "vm/pagetable.h"
#include <assert.h>
#include <string.h>

/* Accesses. Nearly all of them hit the TLB and are one comparison and one memcpy; the rest go
 * the long way, page by page: walk, fault if need be, fill the TLB. */

static void count(pel_counters *c, pel_access access)
{
    c->reads += access == PEL_READ;
    c->writes += access == PEL_WRITE;
    c->fetches += access == PEL_FETCH;
}

/* Where the bytes are if the TLB knows the page and the access stays in it; else NULL. */
static inline uint8_t *hit(pel_space *s, pel_va va, size_t size, pel_access access)
{
    uint64_t page = PEL_PAGE_OF(va.v);
    size_t at = (size_t)(va.v % PEL_PAGE_BYTES);
    const pel_tlb_entry *e = pel_tlb_slot(s, page);
    uint64_t tag = pel_tlb_tag(page, access);
    if ((e->tag & (~PEL_TLB_RIGHTS | tag)) != tag ||
        size - 1 >= PEL_PAGE_BYTES - at) /* size 0 wraps: no hit */
        return NULL;
    s->accesses[access]++;
    return e->bytes + at;
}

/* What programs move most is a word: then it is one load and one store. */
static inline void move_bytes(void *to, const void *from, size_t size)
{
    if (size == 8)
        memcpy(to, from, 8);
    else if (size == 4)
        memcpy(to, from, 4);
    else
        memcpy(to, from, size);
}

static void keep_translation(pel_space *s, uint64_t page, pel_access access, uint8_t *bytes)
{
    pel_tlb_entry *e = pel_tlb_slot(s, page);
    uint64_t tag = pel_tlb_tag(page, access);
    bool same = e->tag >> PEL_ACCESSES == page && e->bytes == bytes;
    *e = (pel_tlb_entry){ .tag = same ? e->tag | tag : tag, .bytes = bytes };
}

/* As the processor does when it uses an entry: note that, and keep the translation, unless the
 * policy wants to see every access. */
static uint8_t *use(pel_space *s, uint64_t page, const pel_slot *slot, pel_access access)
{
    uint64_t word = pel_slot_get(slot) | PEL_PTE_ACCESSED;
    if (access == PEL_WRITE)
        word |= PEL_PTE_DIRTY;
    pel_slot_set(slot, word);
    uint8_t *bytes = pel_frame_bytes(s->machine, pel_pte_frame(word));
    pel_resident *resident = &s->ws.resident;
    resident->clock++;
    if (!resident->ops->every_access)
        keep_translation(s, page, access, bytes);
    else if (!s->ws.entries[*slot->ws].locked)
        pel_resident_touch(resident, *slot->ws);
    return bytes;
}

/* The bytes of `page` for an access that the TLB could not serve. */
static pel_ntstatus touch(pel_space *s, uint64_t page, pel_access access, uint8_t **bytes)
{
    pel_slot slot;
    if (!pel_pt_find(s, page, &slot) || !pel_pte_allows(pel_slot_get(&slot), access)) {
        PEL_TRY_NT(pel_fault_resolve(s, page, access));
        bool found = pel_pt_find(s, page, &slot);
        assert(found && pel_pte_allows(pel_slot_get(&slot), access));
        (void)found;
    }
    if (access == PEL_WRITE)
        PEL_TRY_NT(pel_watch_note(s, page));
    *bytes = use(s, page, &slot, access);
    return PEL_STATUS_SUCCESS;
}

/* The program gets an exception; the host's trouble is none of its business. */
static void refuse(pel_space *s, pel_va va, pel_ntstatus st)
{
    pel_event_kind kind = st == (pel_ntstatus)PEL_STATUS_GUARD_PAGE_VIOLATION ? PEL_EVENT_GUARD
                          : st == (pel_ntstatus)PEL_STATUS_STACK_OVERFLOW ? PEL_EVENT_STACK_OVERFLOW
                                                                          : PEL_EVENT_VIOLATION;
    if (pel_ntstatus_to_status(st) != PEL_REFUSED)
        return;
    s->machine->counters.refusals++;
    pel_tell(
        s->machine,
        (pel_event){ .kind = kind, .space = s, .va = va, .frame = PEL_NO_FRAME, .status = st });
}

/* One access that stays in a page. */
static pel_ntstatus translate(pel_space *s, pel_va va, size_t size, pel_access access,
                              uint8_t **bytes)
{
    *bytes = hit(s, va, size, access);
    if (*bytes)
        return PEL_STATUS_SUCCESS;
    pel_counters *c = &s->machine->counters;
    count(c, access);
    pel_ntstatus st = touch(s, PEL_PAGE_OF(va.v), access, bytes);
    if (!pel_nt_success(st)) {
        refuse(s, va, st);
        return st;
    }
    *bytes += va.v % PEL_PAGE_BYTES;
    return PEL_STATUS_SUCCESS;
}

/* Bytes go from `from` into the space, or out of it to `to`; the other one is NULL. */
typedef struct transfer {
    uint8_t *to;
    const uint8_t *from;
    size_t size;
} transfer;

static size_t part(pel_va va, size_t size)
{
    size_t room = (size_t)(PEL_PAGE_BYTES - va.v % PEL_PAGE_BYTES);
    return room < size ? room : size;
}

static void move(transfer *t, uint8_t *bytes, size_t n)
{
    if (t->from) {
        memcpy(bytes, t->from, n);
        t->from += n;
    } else {
        memcpy(t->to, bytes, n);
        t->to += n;
    }
    t->size -= n;
}

/* Page by page, for a range may cross pages that are far apart in RAM. */
static pel_ntstatus copy(pel_space *s, pel_va va, pel_access access, transfer t, pel_fault *fault)
{
    while (t.size > 0) {
        size_t n = part(va, t.size);
        uint8_t *bytes;
        pel_ntstatus st = translate(s, va, n, access, &bytes);
        if (!pel_nt_success(st)) {
            if (fault)
                *fault = (pel_fault){ .va = va, .access = access, .status = st };
            return st;
        }
        move(&t, bytes, n);
        va.v += n;
    }
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_read(pel_space *space, pel_va va, void *out, size_t size, pel_fault *fault)
{
    const uint8_t *bytes = hit(space, va, size, PEL_READ);
    if (!bytes)
        return copy(space, va, PEL_READ, (transfer){ .to = out, .size = size }, fault);
    move_bytes(out, bytes, size);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_write(pel_space *space, pel_va va, const void *bytes, size_t size,
                             pel_fault *fault)
{
    uint8_t *to = hit(space, va, size, PEL_WRITE);
    if (!to)
        return copy(space, va, PEL_WRITE, (transfer){ .from = bytes, .size = size }, fault);
    move_bytes(to, bytes, size);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_fetch(pel_space *space, pel_va va, void *out, size_t size, pel_fault *fault)
{
    const uint8_t *bytes = hit(space, va, size, PEL_FETCH);
    if (!bytes)
        return copy(space, va, PEL_FETCH, (transfer){ .to = out, .size = size }, fault);
    move_bytes(out, bytes, size);
    return PEL_STATUS_SUCCESS;
}

/* ---- the kernel's way -------------------------------------------------- */

pel_ntstatus pel_space_peek(pel_space *space, pel_va va, void *out, size_t size)
{
    uint8_t *to = out;
    uint8_t scratch[PEL_PAGE_BYTES];
    while (size > 0) {
        size_t n = part(va, size);
        const uint8_t *bytes;
        PEL_TRY_NT(pel_fault_peek(space, PEL_PAGE_OF(va.v), scratch, &bytes));
        memcpy(to, bytes + va.v % PEL_PAGE_BYTES, n);
        to += n;
        size -= n;
        va.v += n;
    }
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_poke(pel_space *space, pel_va va, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        size_t n = part(va, size);
        uint8_t *to;
        PEL_TRY_NT(pel_fault_poke(space, PEL_PAGE_OF(va.v), &to));
        PEL_TRY_NT(pel_watch_note(space, PEL_PAGE_OF(va.v)));
        memcpy(to + va.v % PEL_PAGE_BYTES, from, n);
        from += n;
        size -= n;
        va.v += n;
    }
    return PEL_STATUS_SUCCESS;
}
