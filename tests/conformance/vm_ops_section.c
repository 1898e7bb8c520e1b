/* SPDX-License-Identifier: Apache-2.0 */
/* Files, sections and views: kernel32's functions and the Nt functions under them. */
#include "vm_case.h"

#include <string.h>

enum { /* access rights of section handles */
       SECTION_MAP_WRITE = 0x02,
       SECTION_MAP_READ = 0x04,
       SECTION_MAP_EXECUTE = 0x08,
       ALL = SECTION_MAP_WRITE | SECTION_MAP_READ | SECTION_MAP_EXECUTE,
};

enum { /* access of MapViewOfFile */
       FILE_MAP_COPY = 0x01,
       FILE_MAP_WRITE = 0x02,
       FILE_MAP_READ = 0x04,
       FILE_MAP_EXECUTE = 0x20,
};

/* ---- files and handles ------------------------------------------------- */

static void open_file(vm_step *step)
{
    const char *name = vm_text(step, "name");
    bool existing = vm_number(step, "existing", 0) != 0;
    vm_file *file = vm_file_open(step->run, name ? name : "", existing, vm_number(step, "size", 0));
    vm_object object = { .file = file, .read_only = vm_number(step, "read_only", 0) != 0 };
    uint64_t handle = file ? vm_handle_new(step->run, &object) : 0;
    vm_tell_error(step, handle ? 0 : 2);
    vm_define(step, handle);
}

static void close_handle(vm_step *step)
{
    vm_tell_error(step, vm_handle_close(step->run, vm_number(step, "h", 0)) ? 0 : 6);
}

/* ---- creating ---------------------------------------------------------- */

typedef struct creation {
    vm_object *file; /* NULL: the page file */
    uint64_t size;
    uint32_t protect, attributes;
} creation;

static pel_status fill_zero(void *ctx, uint64_t page, uint8_t *bytes)
{
    (void)ctx;
    (void)page;
    (void)bytes; /* are zero */
    return PEL_OK;
}

static bool writes_file(const creation *c)
{
    return c->protect == PEL_PAGE_READWRITE || c->protect == PEL_PAGE_EXECUTE_READWRITE;
}

/* An image section is made when it is mapped: its pages depend on the base. */
static pel_ntstatus create_image(const creation *c, vm_object *out)
{
    const vm_file *file = c->file->file;
    const uint32_t others = PEL_SEC_COMMIT | PEL_SEC_RESERVE | PEL_SEC_FILE | PEL_SEC_WRITECOMBINE |
                            (uint32_t)PEL_SEC_LARGE_PAGES;
    if (c->attributes & others)
        return PEL_STATUS_INVALID_PARAMETER_6;
    if (file->size == 0)
        return PEL_STATUS_INVALID_FILE_FOR_SECTION;
    if (!file->image)
        return PEL_STATUS_INVALID_IMAGE_NOT_MZ;
    pel_verdict verdict = pel_check(file->image, NULL);
    if (verdict.rule != PEL_RULE_NONE)
        return verdict.status;
    uint64_t whole = (pel_image_optional_header(file->image)->size_of_image + 0xFFFu) & ~0xFFFull;
    if (c->size > whole)
        return PEL_STATUS_SECTION_TOO_BIG;
    out->file = c->file->file;
    out->size = c->size ? c->size : whole;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus create(vm_run *run, const creation *c, vm_object *out)
{
    *out = (vm_object){ .is_section = true };
    if (c->file && c->attributes & PEL_SEC_IMAGE)
        return create_image(c, out);
    pel_section_options o = { .type = c->file ? PEL_SECTION_FILE : PEL_SECTION_PAGE_FILE,
                              .size = c->size,
                              .protect = c->protect,
                              .attributes = c->attributes };
    if (c->file) {
        o.file_size = c->file->file->size;
        o.pager.fill = fill_zero;
        if (c->file->read_only && writes_file(c))
            return PEL_STATUS_ACCESS_DENIED;
    }
    return pel_section_object_new(run->machine, &o, &out->section);
}

static void tell_section(vm_step *step, const vm_object *o)
{
    vm_tell(step, "attr",
            o->section ? pel_section_object_attributes(o->section)
                       : (uint32_t)(PEL_SEC_FILE | PEL_SEC_IMAGE));
    vm_tell(step, "size", o->section ? pel_section_object_size(o->section) : o->size);
}

/* Makes the section and a handle for it with `access`; 0 in `handle` when it fails. */
static pel_ntstatus create_with_handle(vm_step *step, const creation *c, uint32_t access)
{
    vm_object object;
    uint64_t handle = 0;
    pel_ntstatus st = create(step->run, c, &object);
    object.access = access;
    if (pel_nt_success(st)) {
        handle = vm_handle_new(step->run, &object);
        if (handle)
            tell_section(step, &object);
        else
            vm_wrong(step, "too many handles");
    }
    vm_define(step, handle);
    return st;
}

static bool creation_of(vm_step *step, creation *c)
{
    uint64_t file = vm_number(step, "file", 0);
    *c = (creation){ .size = vm_number(step, "size", 0),
                     .protect = vm_flags(step, "prot"),
                     .attributes = vm_flags(step, "flags") };
    if (file != 0 && (uint32_t)file != UINT32_MAX)
        c->file = vm_handle_get(step->run, file);
    return file == 0 || (uint32_t)file == UINT32_MAX || (c->file && !c->file->is_section);
}

/* What the handle that CreateFileMapping gives may do; false for a protection that it refuses. */
static bool access_of_protection(uint32_t protect, uint32_t *access)
{
    switch (protect) {
    case PEL_PAGE_READONLY:
    case PEL_PAGE_WRITECOPY: *access = SECTION_MAP_READ; return true;
    case PEL_PAGE_READWRITE: *access = SECTION_MAP_READ | SECTION_MAP_WRITE; return true;
    case PEL_PAGE_EXECUTE_READ:
    case PEL_PAGE_EXECUTE_WRITECOPY: *access = SECTION_MAP_READ | SECTION_MAP_EXECUTE; return true;
    case PEL_PAGE_EXECUTE_READWRITE: *access = ALL; return true;
    default: return false;
    }
}

static void create_file_mapping(vm_step *step)
{
    creation c;
    uint32_t access;
    if (!creation_of(step, &c)) {
        vm_tell_win32(step, PEL_STATUS_INVALID_HANDLE);
    } else if (!access_of_protection(c.protect, &access) || (!c.file && c.size == 0)) {
        vm_tell_win32(step, PEL_STATUS_INVALID_PARAMETER);
    } else {
        if (c.attributes == 0)
            c.attributes = PEL_SEC_COMMIT;
        vm_tell_win32(step, create_with_handle(step, &c, access));
        return;
    }
    vm_define(step, 0);
}

static void nt_create_section(vm_step *step)
{
    creation c;
    uint32_t access = (uint32_t)vm_number(step, "access", ALL);
    if (creation_of(step, &c)) {
        vm_tell_status(step, create_with_handle(step, &c, access));
    } else {
        vm_tell_status(step, PEL_STATUS_INVALID_HANDLE);
        vm_define(step, 0);
    }
}

/* ---- mapping ----------------------------------------------------------- */

/* The rights that a view of this protection needs. */
static uint32_t rights_for(uint32_t protect)
{
    switch (protect) {
    case PEL_PAGE_READONLY:
    case PEL_PAGE_WRITECOPY: return SECTION_MAP_READ;
    case PEL_PAGE_READWRITE: return SECTION_MAP_WRITE;
    case PEL_PAGE_EXECUTE: return SECTION_MAP_EXECUTE;
    case PEL_PAGE_EXECUTE_READ:
    case PEL_PAGE_EXECUTE_WRITECOPY: return SECTION_MAP_READ | SECTION_MAP_EXECUTE;
    case PEL_PAGE_EXECUTE_READWRITE: return SECTION_MAP_WRITE | SECTION_MAP_EXECUTE;
    default: return 0;
    }
}

/* An image at its own base if that is free, else anywhere. As in Windows no relocations are needed
 * for that: whoever loads it has to see to them. */
static pel_ntstatus map_image(vm_run *run, const vm_object *o, pel_va *base, uint64_t *size)
{
    pel_load_options options = { .hypothetical = true, .has_base = base->v != 0, .base = *base };
    pel_module module;
    pel_ntstatus st = pel_image_map(run->space, o->file->image, &options, &module);
    if (pel_nt_success(st)) {
        *base = module.base;
        *size = module.size;
    }
    return st;
}

static pel_ntstatus map(vm_run *run, uint64_t handle, const pel_view_options *view, pel_va *base,
                        uint64_t *size)
{
    const vm_object *o = vm_handle_get(run, handle);
    *size = view->size;
    if (!o || !o->is_section)
        return PEL_STATUS_INVALID_HANDLE;
    uint32_t rights = rights_for(view->protect);
    if ((o->access & rights) != rights)
        return PEL_STATUS_ACCESS_DENIED;
    return o->section ? pel_space_map_view(run->space, o->section, view, base, size)
                      : map_image(run, o, base, size);
}

static void tell_view(vm_step *step, pel_ntstatus st, pel_va base, uint64_t size)
{
    vm_tell(step, "aligned", base.v % 0x10000 == 0);
    vm_tell(step, "base", base.v);
    vm_tell(step, "size", size);
    vm_define(step, pel_nt_success(st) ? base.v : 0);
}

static void nt_map_view(vm_step *step)
{
    uint64_t process = vm_number(step, "proc", UINT64_MAX), size;
    uint64_t handle = vm_number(step, "section", 0);
    pel_va base = vm_address(step, "at");
    pel_view_options view = { .offset = vm_number(step, "off", 0),
                              .size = vm_number(step, "size", 0),
                              .protect = vm_flags(step, "prot"),
                              .type = vm_flags(step, "type"),
                              .zero_bits = vm_number(step, "zero_bits", 0) };
    pel_ntstatus st = PEL_STATUS_INVALID_HANDLE;
    size = view.size;
    if (process != 0)
        st = map(step->run, handle, &view, &base, &size);
    vm_tell_status(step, st);
    tell_view(step, st, base, size);
}

/* The protection that kernel32 makes of an access: copy only when nothing else is asked for. */
static uint32_t protection_of_access(uint32_t access)
{
    bool execute = access & FILE_MAP_EXECUTE;
    access &= ~(uint32_t)FILE_MAP_EXECUTE;
    if (access == FILE_MAP_COPY)
        return execute ? PEL_PAGE_EXECUTE_WRITECOPY : PEL_PAGE_WRITECOPY;
    if (access & FILE_MAP_WRITE)
        return execute ? PEL_PAGE_EXECUTE_READWRITE : PEL_PAGE_READWRITE;
    if (access & FILE_MAP_READ)
        return execute ? PEL_PAGE_EXECUTE_READ : PEL_PAGE_READONLY;
    return PEL_PAGE_NOACCESS;
}

static void map_view_of_file(vm_step *step)
{
    uint64_t size;
    pel_va base = vm_address(step, "at");
    pel_view_options view = { .offset = vm_number(step, "off", 0),
                              .size = vm_number(step, "size", 0),
                              .protect = protection_of_access(vm_flags(step, "access")) };
    pel_ntstatus st = map(step->run, vm_number(step, "section", 0), &view, &base, &size);
    if (!vm_tell_win32(step, st))
        base.v = 0;
    tell_view(step, st, base, size);
}

/* ---- unmapping --------------------------------------------------------- */

static void unmap(vm_step *step)
{
    vm_tell_win32(step, pel_space_unmap(step->run->space, vm_address(step, "at")));
}

/* Writes go to the section at once: there is nothing to flush to. */
static void flush(vm_step *step)
{
    pel_region r;
    pel_ntstatus st = pel_space_query(step->run->space, vm_address(step, "at"), &r);
    vm_number(step, "size", 0);
    if (pel_nt_success(st) && r.type != PEL_MEM_MAPPED && r.type != (uint32_t)PEL_MEM_IMAGE)
        st = PEL_STATUS_NOT_MAPPED_VIEW;
    vm_tell_win32(step, st);
}

const vm_op vm_section_ops[] = {
    { "open-file", open_file },
    { "CloseHandle", close_handle },
    { "NtClose", close_handle },
    { "CreateFileMapping", create_file_mapping },
    { "NtCreateSection", nt_create_section },
    { "MapViewOfFile", map_view_of_file },
    { "MapViewOfFileEx", map_view_of_file },
    { "NtMapViewOfSection", nt_map_view },
    { "UnmapViewOfFile", unmap },
    { "NtUnmapViewOfSection", unmap },
    { "FlushViewOfFile", flush },
    { "NtFlushVirtualMemory", flush },
    { NULL, NULL },
};
