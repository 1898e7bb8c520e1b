/* SPDX-License-Identifier: Apache-2.0 */
/* Private memory and what is done to any memory: VirtualAlloc and its family, their Nt functions,
 * and accesses. */
#include "vm_case.h"

#include <string.h>

#define GRANULE ((uint64_t)0x10000)

/* A handle of our own process, or none given. */
static bool is_our_process(vm_step *step)
{
    uint64_t process = vm_number(step, "proc", UINT64_MAX);
    return process == UINT64_MAX || process == UINT32_MAX;
}

/* The alignment and upper bound that were asked for hold for [base, base + size). */
static void tell_place(vm_step *step, pel_va base, uint64_t size, const pel_placement *p)
{
    uint64_t alignment = p->alignment ? p->alignment : GRANULE;
    bool below = p->highest.v == 0 || (base.v <= p->highest.v && size - 1 <= p->highest.v - base.v);
    vm_tell(step, "aligned", base.v % alignment == 0);
    vm_tell(step, "below", below);
    vm_tell(step, "above", base.v >= p->lowest.v);
}

/* ---- allocate ---------------------------------------------------------- */

static pel_placement placement_of(vm_step *step)
{
    pel_placement p = { .zero_bits = vm_number(step, "zero_bits", 0),
                        .lowest = vm_address(step, "low"),
                        .highest = vm_address(step, "high"),
                        .alignment = vm_number(step, "align", 0) };
    p.requirements = vm_text(step, "low") || vm_text(step, "high") || vm_text(step, "align");
    return p;
}

static pel_ntstatus allocate(vm_step *step, bool allowed, pel_ntstatus otherwise, pel_va *base,
                             uint64_t *size)
{
    pel_placement p = placement_of(step);
    uint32_t type = vm_flags(step, "type"), protection = vm_flags(step, "prot");
    if (!allowed)
        return otherwise;
    pel_ntstatus st = pel_space_allocate_placed(step->run->space, base, size, type, protection, &p);
    if (pel_nt_success(st))
        tell_place(step, *base, *size, &p);
    return st;
}

static void nt_allocate(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    pel_ntstatus st = allocate(step, is_our_process(step), PEL_STATUS_INVALID_HANDLE, &base, &size);
    vm_tell_status(step, st);
    vm_tell(step, "base", base.v);
    vm_tell(step, "size", size);
    vm_define(step, base.v);
}

/* kernel32 refuses addresses in the first 64 KiB itself, for "0x0" would be "anywhere". */
static void virtual_alloc(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    bool allowed = base.v == 0 || base.v >= GRANULE;
    pel_ntstatus st = allocate(step, allowed, PEL_STATUS_INVALID_PARAMETER, &base, &size);
    if (!vm_tell_win32(step, st))
        base.v = 0;
    vm_tell(step, "base", base.v);
    vm_define(step, base.v);
}

/* ---- free -------------------------------------------------------------- */

static void nt_free(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    uint32_t type = vm_flags(step, "type");
    pel_ntstatus st = is_our_process(step)
                          ? pel_space_deallocate(step->run->space, &base, &size, type)
                          : (pel_ntstatus)PEL_STATUS_INVALID_HANDLE;
    vm_tell_status(step, st);
    vm_tell(step, "base", base.v);
    vm_tell(step, "size", size);
}

/* kernel32 releases whole allocations only. */
static void virtual_free(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    uint32_t type = vm_flags(step, "type");
    if (type & PEL_MEM_RELEASE && size != 0)
        vm_tell_win32(step, PEL_STATUS_INVALID_PARAMETER);
    else
        vm_tell_win32(step, pel_space_deallocate(step->run->space, &base, &size, type));
}

/* ---- protect and query ------------------------------------------------- */

static void protect(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    uint32_t old = 0;
    pel_ntstatus st = is_our_process(step) ? pel_space_protect(step->run->space, &base, &size,
                                                               vm_flags(step, "prot"), &old)
                                           : (pel_ntstatus)PEL_STATUS_INVALID_HANDLE;
    vm_tell_win32(step, st);
    vm_tell(step, "base", base.v);
    vm_tell(step, "size", size);
    vm_tell(step, "old", old);
}

static void query(vm_step *step)
{
    pel_region r = { .size = 0 };
    if (!vm_tell_win32(step, pel_space_query(step->run->space, vm_address(step, "at"), &r)))
        return;
    vm_tell(step, "base", r.base.v);
    vm_tell(step, "alloc_base", r.allocation_base.v);
    vm_tell(step, "alloc_prot", r.alloc_protect);
    vm_tell(step, "size", r.size);
    vm_tell(step, "state", r.state);
    vm_tell(step, "prot", r.protect);
    vm_tell(step, "type", r.type);
}

/* ---- lock -------------------------------------------------------------- */

static void lock_pages(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    vm_tell_win32(step, pel_space_lock(step->run->space, &base, &size));
}

static void unlock_pages(vm_step *step)
{
    pel_va base = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    vm_tell_win32(step, pel_space_unlock(step->run->space, &base, &size));
}

/* ---- write watches ----------------------------------------------------- */

#define WATCH_MAX 64

static void get_write_watch(vm_step *step)
{
    static const char *const names[] = { "page0", "page1", "page2", "page3", "page4", "page5" };
    pel_va pages[WATCH_MAX];
    size_t count = (size_t)vm_number(step, "count", WATCH_MAX);
    count = count < WATCH_MAX ? count : WATCH_MAX;
    bool forget = vm_number(step, "flags", 0) & 1;
    pel_va at = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    pel_ntstatus st = pel_space_write_watch(step->run->space, at, size, forget, pages, &count);
    if (!vm_tell_win32(step, st))
        return;
    vm_tell(step, "count", count);
    for (size_t i = 0; i < count && i < sizeof names / sizeof names[0]; i++)
        vm_tell(step, names[i], pages[i].v);
}

static void reset_write_watch(vm_step *step)
{
    pel_va at = vm_address(step, "at");
    uint64_t size = vm_number(step, "size", 0);
    vm_tell_win32(step, pel_space_reset_write_watch(step->run->space, at, size));
}

/* ---- accesses ---------------------------------------------------------- */

/* EXCEPTION_RECORD.ExceptionInformation[0]. */
static uint64_t kind_of(pel_access access)
{
    switch (access) {
    case PEL_READ: return 0;
    case PEL_WRITE: return 1;
    case PEL_FETCH: return 8;
    }
    return UINT64_MAX;
}

static pel_ntstatus do_access(pel_space *s, pel_access access, pel_va at, uint8_t *byte)
{
    switch (access) {
    case PEL_READ: return pel_space_read(s, at, byte, 1, NULL);
    case PEL_WRITE: return pel_space_write(s, at, byte, 1, NULL);
    case PEL_FETCH: return pel_space_fetch(s, at, byte, 1, NULL);
    }
    return PEL_STATUS_INVALID_PARAMETER;
}

static void access_byte(vm_step *step)
{
    pel_va at = vm_address(step, "at");
    uint8_t byte = (uint8_t)vm_number(step, "val", 1);
    const char *how = vm_text(step, "access");
    pel_access access = PEL_READ;
    if (how && strcmp(how, "write") == 0)
        access = PEL_WRITE;
    else if (how && strcmp(how, "exec") == 0)
        access = PEL_FETCH;
    else if (!how || strcmp(how, "read") != 0)
        vm_wrong(step, "the access is not read, write or exec");
    pel_ntstatus st = do_access(step->run->space, access, at, &byte);
    vm_tell(step, "code", st);
    vm_tell(step, "kind", kind_of(access));
    vm_tell(step, "byte", byte);
}

/* A write that the case takes for granted. */
static void store(vm_step *step)
{
    uint8_t byte = (uint8_t)vm_number(step, "val", 0);
    pel_ntstatus st = pel_space_write(step->run->space, vm_address(step, "at"), &byte, 1, NULL);
    vm_tell(step, "code", st);
    if (!pel_nt_success(st) && !step->expect)
        vm_wrong(step, pel_ntstatus_name(st));
}

const vm_op vm_memory_ops[] = {
    { "VirtualAlloc", virtual_alloc },
    { "VirtualAlloc2", virtual_alloc },
    { "NtAllocateVirtualMemory", nt_allocate },
    { "NtAllocateVirtualMemoryEx", nt_allocate },
    { "VirtualFree", virtual_free },
    { "NtFreeVirtualMemory", nt_free },
    { "VirtualProtect", protect },
    { "NtProtectVirtualMemory", protect },
    { "VirtualQuery", query },
    { "NtQueryVirtualMemory", query },
    { "VirtualLock", lock_pages },
    { "NtLockVirtualMemory", lock_pages },
    { "VirtualUnlock", unlock_pages },
    { "NtUnlockVirtualMemory", unlock_pages },
    { "GetWriteWatch", get_write_watch },
    { "NtGetWriteWatch", get_write_watch },
    { "ResetWriteWatch", reset_write_watch },
    { "NtResetWriteWatch", reset_write_watch },
    { "access", access_byte },
    { "store", store },
    { NULL, NULL },
};
