/* SPDX-License-Identifier: Apache-2.0 */
/* The closure of the imports, depth first: of each DLL that a module names, the imports are walked
 * before the functions of that DLL are looked up. So a DLL is initialised after those that it
 * needs; in a circle, the one that was reached first comes last. Modules are on a stack of their
 * own, for the loader's recursion would be as deep as a hostile folder has files. */
#include "base/text.h"
#include "load/process_priv.h"

/* A module whose imports are being walked, and how far that is. */
typedef struct walk_frame {
    uint32_t module;
    pel_import_iter imports;
    bool by_bounds; /* Windows XP: entries of the bound import directory say which, in its order */
    pel_bound_import_iter bounds;
    uint64_t search; /* bytes that are still believed while descriptors for them are looked for */
    bool counted;    /* the bound for all lists of the module, which may overlap: */
    uint64_t left;   /* bytes that are still believed */
    bool snapping;   /* the functions of one DLL are being looked up: */
    pel_import import;
    uint32_t target; /* PEL_NO_INDEX when there is no such DLL */
    bool judged;     /* whether its slots hold already (bound imports): */
    bool holds;
    pel_thunk_iter thunks;
} walk_frame;

pel_loading pel_loading_begin(pel_process *p)
{
    return (pel_loading){ .process = p,
                          .modules_before = p->module_count,
                          .bindings_before = p->binding_count,
                          .forwards_before = p->forward_count,
                          .first_fresh = p->started ? p->module_count : 0,
                          .init_before = p->init_count,
                          .tls_before = p->tls_count };
}

void pel_loading_end(pel_loading *l)
{
    pel_give(&l->process->allocator, l->frames, l->frame_capacity * sizeof *l->frames);
    l->frames = NULL;
    l->frame_count = l->frame_capacity = 0;
}

void pel_loading_undo(pel_loading *l)
{
    pel_process *p = l->process;
    pel_process_drop_modules(p, l->modules_before);
    p->binding_count = l->bindings_before;
    p->forward_count = l->forwards_before;
    p->init_count = l->init_before;
    p->tls_count = l->tls_before;
    for (size_t i = 0; i < p->module_count; i++) {
        pel_loaded_module *m = &p->modules[i].told;
        if (m->init_order >= l->init_before) /* PEL_NO_INDEX is the largest number */
            m->init_order = PEL_NO_INDEX;
        if (m->tls_slot >= l->tls_before)
            m->tls_slot = PEL_NO_INDEX;
    }
}

/* ---- what is missing --------------------------------------------------- */

static pel_ntstatus add_missing(pel_process *p, const pel_missing *what)
{
    pel_missing *grown = pel_grow(&p->allocator, p->missing, &p->missing_capacity,
                                  p->missing_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    p->missing = grown;
    grown[p->missing_count] = *what;
    grown[p->missing_count++].importer = p->modules[what->module].told.name;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus miss_dll(pel_process *p, uint32_t module, const pel_import *import,
                             pel_ntstatus why)
{
    pel_missing what = {
        .status = why, .module = module, .dll = import->name, .whole = true, .refusal = p->refusal
    };
    return add_missing(p, &what);
}

static pel_ntstatus miss_function(pel_process *p, const pel_binding *b, pel_str forwarder,
                                  pel_ntstatus why)
{
    pel_missing what = { .status = why,
                         .module = b->module,
                         .dll = b->dll,
                         .by_ordinal = b->by_ordinal,
                         .ordinal = b->ordinal,
                         .name = b->name,
                         .forwarder = forwarder };
    return add_missing(p, &what);
}

/* The host's own failures are no property of the files. */
static bool is_missing(pel_ntstatus nt) { return pel_ntstatus_to_status(nt) == PEL_REFUSED; }

/* The loader reads where the tables lead to, and faults when that is nowhere. */
static pel_ntstatus lose(pel_process *p, uint32_t module)
{
    return pel_process_fail(p, (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION, PEL_STEP_IMPORTS,
                            p->modules[module].told.name, (pel_va){ 0 });
}

/* ---- one descriptor ---------------------------------------------------- */

static pel_ntstatus add_binding(pel_process *p, const pel_binding *b)
{
    pel_binding *grown = pel_grow(&p->allocator, p->bindings, &p->binding_capacity,
                                  p->binding_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    p->bindings = grown;
    grown[p->binding_count++] = *b;
    return PEL_STATUS_SUCCESS;
}

static pel_binding binding_of(uint32_t module, const pel_import *import, const pel_thunk *thunk)
{
    return (pel_binding){ .module = module,
                          .slot = thunk->slot,
                          .dll = import->name,
                          .by_ordinal = thunk->by_ordinal,
                          .ordinal = thunk->ordinal,
                          .name = thunk->name,
                          .target_module = PEL_NO_INDEX };
}

static pel_ntstatus look_up(pel_loading *l, uint32_t target, const pel_thunk *thunk, pel_binding *b)
{
    pel_process *p = l->process;
    pel_resolved found;
    pel_wanted wanted = { .by_ordinal = thunk->by_ordinal,
                          .ordinal = thunk->ordinal,
                          .hint = thunk->hint,
                          .name = thunk->name };
    pel_ntstatus nt = pel_process_resolve(l, target, &wanted, &found);
    if (pel_nt_success(nt)) {
        b->target_module = found.module;
        b->target = found.va;
        b->forwards = found.forwards;
        b->forward_count = found.forward_count;
        return add_binding(p, b);
    }
    if (!is_missing(nt))
        return nt;
    nt = miss_function(p, b, found.forwarder, nt);
    b->kind = PEL_BINDING_STUB;
    return pel_nt_success(nt) && p->start.stub_missing ? add_binding(p, b) : nt;
}

static pel_ntstatus snap_one(pel_loading *l, const walk_frame *f, const pel_thunk *thunk)
{
    pel_binding b = binding_of(f->module, &f->import, thunk);
    if (f->holds) {
        b.kind = PEL_BINDING_BOUND;
        b.target.v = thunk->bound;
        b.target_module = pel_process_module_of(l->process, b.target);
        return add_binding(l->process, &b);
    }
    if (f->target != PEL_NO_INDEX)
        return look_up(l, f->target, thunk, &b);
    b.kind = PEL_BINDING_STUB;
    return l->process->start.stub_missing ? add_binding(l->process, &b)
                                          : (pel_ntstatus)PEL_STATUS_SUCCESS;
}

/* Look functions up, until one of them needs another DLL, which is then walked first. */
static pel_ntstatus snap(pel_loading *l, size_t at)
{
    walk_frame f = l->frames[at];
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    if (!f.judged) /* by now the DLL and those that it forwards to are loaded */
        f.holds =
            f.target != PEL_NO_INDEX && pel_process_import_holds(l->process, f.module, &f.import);
    l->frames[at].judged = true;
    l->frames[at].holds = f.holds;
    for (pel_thunk thunk; pel_nt_success(nt) && l->frame_count == at + 1;) {
        if (!pel_thunk_next(&f.thunks, &thunk)) {
            f.snapping = false;
            bool lost = f.thunks.status == PEL_NOT_FOUND || f.thunks.status == PEL_LIMIT;
            nt = lost ? lose(l->process, f.module) : (pel_ntstatus)PEL_STATUS_SUCCESS;
            break;
        }
        nt = snap_one(l, &f, &thunk);
    }
    l->frames[at].thunks = f.thunks;
    l->frames[at].left = f.thunks.left;
    l->frames[at].snapping = f.snapping;
    return nt;
}

/* A DLL of which nothing is imported is not even looked for. */
static bool imports_nothing(const pel_import *import)
{
    pel_thunk first;
    pel_thunk_iter it = pel_import_thunks(import);
    return !pel_thunk_next(&it, &first) && it.status == PEL_OK;
}

/* Find the DLL of a descriptor. If it is new, its own imports come next. */
static pel_ntstatus begin_import(pel_loading *l, size_t at, const pel_import *import)
{
    pel_process *p = l->process;
    walk_frame *f = &l->frames[at];
    bool fresh = false;
    if (imports_nothing(import))
        return PEL_STATUS_SUCCESS;
    f->snapping = true;
    f->judged = false;
    f->import = *import;
    f->thunks = pel_import_thunks(import);
    if (f->counted)
        f->thunks.left = f->left;
    f->counted = true;
    pel_ntstatus nt = pel_process_want_dll(p, f->module, import->name, &f->target, &fresh);
    if (pel_nt_success(nt))
        return fresh ? pel_loading_push(l, f->target) : nt;
    f->target = PEL_NO_INDEX;
    return is_missing(nt) ? miss_dll(p, f->module, import, nt) : nt;
}

/* ---- bound imports lead ------------------------------------------------ */

/* The descriptor of the DLL that an entry names. */
static bool find_descriptor(walk_frame *f, pel_str name, pel_import *out, pel_status *st)
{
    pel_import_iter it = f->imports;
    bool found = false;
    it.left = f->search;
    while (!found && pel_import_next(&it, out))
        found = pel_compare_nocase(out->name, name) == 0;
    f->search = it.left;
    *st = found ? PEL_OK : it.status;
    return found;
}

/* An entry whose DLL no descriptor names: the DLL is loaded, and what is bound to it must hold, for
 * there is nothing to look it up by. */
static pel_ntstatus take_bound(pel_loading *l, size_t at, const pel_bound_import *entry)
{
    pel_process *p = l->process;
    bool fresh;
    uint32_t module = l->frames[at].module, target;
    pel_import import = { .name = entry->name };
    pel_ntstatus nt = pel_process_want_dll(p, module, entry->name, &target, &fresh);
    if (pel_nt_success(nt) && !pel_process_bound_holds(p, module, &l->frames[at].bounds, entry))
        nt = (pel_ntstatus)PEL_STATUS_OBJECT_NAME_INVALID;
    if (!pel_nt_success(nt))
        return is_missing(nt) ? miss_dll(p, module, &import, nt) : nt;
    return fresh ? pel_loading_push(l, target) : nt;
}

static pel_ntstatus begin_bound(pel_loading *l, size_t at, const pel_bound_import *entry)
{
    pel_import import;
    pel_status st;
    if (find_descriptor(&l->frames[at], entry->name, &import, &st))
        return begin_import(l, at, &import);
    return st == PEL_NOT_FOUND || st == PEL_LIMIT ? lose(l->process, l->frames[at].module)
                                                  : take_bound(l, at, entry);
}

/* ---- the walk ---------------------------------------------------------- */

/* Only DLLs are bound, and only those with code for this process; others stay as they are. */
static bool is_walked(const pel_process *p, uint32_t module)
{
    const pel_image *img = p->modules[module].told.image;
    return module == 0 || (pel_image_is_dll(img) && pel_process_same_machine(p, img));
}

pel_ntstatus pel_loading_push(pel_loading *l, uint32_t module)
{
    pel_process *p = l->process;
    if (!is_walked(p, module))
        return PEL_STATUS_SUCCESS;
    walk_frame *grown =
        pel_grow(&p->allocator, l->frames, &l->frame_capacity, l->frame_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    l->frames = grown;
    pel_process_give_slot(p, module);
    walk_frame *f = &grown[l->frame_count++];
    *f = (walk_frame){ .module = module,
                       .imports = pel_image_imports(p->modules[module].told.image) };
    f->imports.overlay = pel_process_index_overlay(p, module);
    f->by_bounds = pel_process_bounds_lead(p, f->imports.image);
    f->bounds = pel_image_bound_imports(f->imports.image);
    f->search = f->imports.left;
    return PEL_STATUS_SUCCESS;
}

/* A DLL with an entry point is called there, wherever that is, but not at a negative RVA. */
static bool is_called(const pel_loaded_module *m)
{
    return pel_image_is_dll(m->image) && m->module.has_entry && m->module.entry_rva.v <= INT32_MAX;
}

/* All that it needs is there: it is next to be initialised. */
static void finish(pel_loading *l, uint32_t module)
{
    pel_loaded_module *m = &l->process->modules[module].told;
    m->bound = true;
    m->called = is_called(m);
    if (pel_image_is_dll(m->image))
        m->init_order = l->process->init_count++;
    l->frame_count--;
}

static pel_ntstatus step(pel_loading *l)
{
    size_t at = l->frame_count - 1;
    walk_frame *f = &l->frames[at];
    pel_import import;
    pel_bound_import entry;
    if (f->snapping)
        return snap(l, at);
    if (f->by_bounds && pel_bound_import_next(&f->bounds, &entry))
        return begin_bound(l, at, &entry);
    if (!f->by_bounds && pel_import_next(&f->imports, &import))
        return begin_import(l, at, &import);
    pel_status st = f->by_bounds ? f->bounds.status : f->imports.status;
    if (st == PEL_NOT_FOUND || st == PEL_LIMIT)
        return lose(l->process, f->module);
    finish(l, f->module);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_loading_walk(pel_loading *l)
{
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    while (pel_nt_success(nt) && l->frame_count > 0)
        nt = step(l);
    return nt;
}

/* ---- delay imports ----------------------------------------------------- */

/* The functions of one DLL, as if each were called now. What is missing shows only when it is
 * called. */
static pel_ntstatus snap_delayed(pel_loading *l, uint32_t module, const pel_import *import,
                                 pel_thunk_iter thunks)
{
    pel_process *p = l->process;
    uint32_t target = PEL_NO_INDEX;
    bool fresh = false;
    size_t bindings = p->binding_count, missing = p->missing_count;
    pel_ntstatus nt = pel_process_want_dll(p, module, import->name, &target, &fresh);
    if (pel_nt_success(nt) && fresh)
        nt = pel_loading_push(l, target);
    if (is_missing(nt))
        nt = miss_dll(p, module, import, nt);
    walk_frame f = { .module = module, .import = *import, .target = target };
    for (pel_thunk t; target != PEL_NO_INDEX && pel_nt_success(nt) && pel_thunk_next(&thunks, &t);)
        nt = snap_one(l, &f, &t);
    for (; bindings < p->binding_count; bindings++)
        if (p->bindings[bindings].kind == PEL_BINDING_IMPORT)
            p->bindings[bindings].kind = PEL_BINDING_DELAY;
    for (; missing < p->missing_count; missing++)
        p->missing[missing].delayed = true;
    return pel_nt_success(nt) ? pel_loading_walk(l) : nt;
}

pel_ntstatus pel_loading_walk_delayed(pel_loading *l)
{
    pel_process *p = l->process;
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    for (size_t i = l->first_fresh; i < p->module_count && pel_nt_success(nt); i++) {
        pel_delay_import_iter it = pel_image_delay_imports(p->modules[i].told.image);
        pel_delay_import d;
        while (p->modules[i].told.bound && pel_nt_success(nt) && pel_delay_import_next(&it, &d)) {
            pel_import import = { .image = d.image, .name = d.name, .has_name = d.has_name };
            nt = snap_delayed(l, (uint32_t)i, &import, pel_delay_thunks(&d));
        }
    }
    return nt;
}
