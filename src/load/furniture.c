/* SPDX-License-Identifier: Apache-2.0 */
/* Furnishing a process: three slabs are laid out to find their sizes, their regions are reserved,
 * they are laid out again where they will be, and only then the process gets to see them. */
#include <pelorus/format.h>

#include "load/furniture_priv.h"
#include "load/load_priv.h"

enum { LOADER, PARAMETERS, HOME, SLABS };

typedef struct furnishing {
    pel_space *space;
    const pel_furniture_request *request;
    pel_allocator allocator;
    pel_slab slabs[SLABS];
    pel_va regions[SLABS]; /* 0: not reserved */
    pel_furniture_places places;
} furnishing;

static void (*const layouts[SLABS])(pel_slab *slab, const pel_furniture_request *request,
                                    pel_furniture_places *places) = {
    [LOADER] = pel_furniture_loader,
    [PARAMETERS] = pel_furniture_parameters,
    [HOME] = pel_furniture_home, /* last: it points to the others */
};

static pel_ntstatus lay_out(furnishing *f)
{
    for (unsigned i = 0; i < SLABS; i++) {
        f->slabs[i].used = 0;
        layouts[i](&f->slabs[i], f->request, &f->places);
        if (!pel_nt_success(f->slabs[i].status))
            return f->slabs[i].status;
    }
    return PEL_STATUS_SUCCESS;
}

/* From here on the size is fixed, in whole pages. */
static pel_ntstatus take_bytes(furnishing *f, unsigned i)
{
    pel_slab *slab = &f->slabs[i];
    slab->size = pel_round_up(slab->used, PEL_PAGE_SIZE);
    slab->bytes = pel_take(&f->allocator, (size_t)slab->size);
    return slab->bytes ? (pel_ntstatus)PEL_STATUS_SUCCESS
                       : (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

static pel_ntstatus place(furnishing *f, unsigned i)
{
    pel_slab *slab = &f->slabs[i];
    pel_va region;
    pel_ntstatus nt = take_bytes(f, i);
    if (!pel_nt_success(nt))
        return nt;
    if (i == HOME) {
        nt = pel_furniture_place_home(f->space, f->request, slab->size, &region, &slab->base);
    } else {
        nt = pel_reserve_below(f->space, f->request->highest, slab->size, &region);
        slab->base = region;
    }
    if (pel_nt_success(nt))
        f->regions[i] = region;
    return nt;
}

static pel_ntstatus publish(furnishing *f, const pel_slab *slab)
{
    pel_ntstatus nt = pel_commit_at(f->space, slab->base.v, slab->size, PEL_PAGE_READWRITE);
    if (!pel_nt_success(nt))
        return nt;
    return pel_space_poke(f->space, slab->base, slab->bytes, (size_t)slab->size);
}

static pel_ntstatus furnish(furnishing *f)
{
    pel_ntstatus nt = lay_out(f);
    for (unsigned i = 0; i < SLABS && pel_nt_success(nt); i++)
        nt = place(f, i);
    if (pel_nt_success(nt))
        nt = lay_out(f);
    for (unsigned i = 0; i < SLABS && pel_nt_success(nt); i++)
        nt = publish(f, &f->slabs[i]);
    return nt;
}

static void clear_up(furnishing *f, bool failed)
{
    for (unsigned i = 0; i < SLABS; i++) {
        pel_give(&f->allocator, f->slabs[i].bytes, (size_t)f->slabs[i].size);
        if (failed && f->regions[i].v)
            pel_release_all(f->space, f->regions[i]);
    }
}

/* ---- the first thread -------------------------------------------------- */

#define HALF_A_PAGE 2048u

static bool draws_its_stack(const pel_furniture_request *request)
{
    const pel_image *img = request->modules[0].image;
    const pel_optional_header *o = img ? pel_image_optional_header(img) : NULL;
    return request->seed && request->windows != PEL_WINDOWS_XP && o &&
           (o->dll_flags & PEL_DLL_DYNAMIC_BASE);
}

/* Since Windows Vista the stack of a program with ASLR begins up to half a page deeper. */
static pel_context first_registers(const furnishing *f)
{
    const pel_furniture_request *r = f->request;
    pel_thread_start thread = {
        .machine = r->machine,
        .host = r->host,
        .start = r->thread_start.v ? r->thread_start : r->entry,
        .argument = r->entry,
        .peb = f->places.peb,
        .teb = f->places.teb,
    };
    if (r->stack)
        thread.stack_base = r->stack->base;
    if (thread.stack_base.v > HALF_A_PAGE && draws_its_stack(r)) {
        uint64_t state = ~r->seed;
        thread.stack_base.v -= pel_random_next(&state) % HALF_A_PAGE & ~UINT64_C(15);
    }
    return pel_context_initial(&thread);
}

/* ---- all of it --------------------------------------------------------- */

static furnishing begin(pel_space *space, const pel_furniture_request *request)
{
    furnishing f = { .space = space,
                     .request = request,
                     .allocator = *pel_machine_allocator(pel_space_machine(space)) };
    for (unsigned i = 0; i < SLABS; i++) {
        f.slabs[i].windows = request->windows;
        f.slabs[i].wide = request->wide;
    }
    return f;
}

pel_ntstatus pel_furniture_make(pel_space *space, const pel_furniture_request *request,
                                pel_furniture *out)
{
    *out = (pel_furniture){ .peb = { 0 } };
    if (request->count == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    furnishing f = begin(space, request);
    pel_ntstatus nt = furnish(&f);
    clear_up(&f, !pel_nt_success(nt));
    if (pel_nt_success(nt))
        *out = (pel_furniture){ .peb = f.places.peb,
                                .teb = f.places.teb,
                                .ldr = f.places.ldr,
                                .parameters = f.places.parameters,
                                .shared_data = { PEL_SHARED_USER_DATA },
                                .context = first_registers(&f) };
    return nt;
}

/* Lay all out where it is, but for the loader's slab, which has outgrown its region. */
static pel_ntstatus lay_out_again(furnishing *f, const pel_furniture *old)
{
    pel_ntstatus nt = lay_out(f);
    if (pel_nt_success(nt))
        nt = place(f, LOADER);
    if (pel_nt_success(nt))
        nt = take_bytes(f, PARAMETERS);
    if (pel_nt_success(nt))
        nt = take_bytes(f, HOME);
    f->slabs[PARAMETERS].base = old->parameters;
    f->slabs[HOME].base = old->peb.v < old->teb.v ? old->peb : old->teb;
    return pel_nt_success(nt) ? lay_out(f) : nt;
}

pel_ntstatus pel_furniture_update(pel_space *space, const pel_furniture_request *request,
                                  pel_furniture *furniture)
{
    pel_region old;
    furnishing f = begin(space, request);
    const pel_slab *home = &f.slabs[HOME];
    pel_ntstatus nt = pel_space_query(space, furniture->ldr, &old);
    if (pel_nt_success(nt))
        nt = lay_out_again(&f, furniture);
    if (pel_nt_success(nt))
        nt = publish(&f, &f.slabs[LOADER]);
    if (pel_nt_success(nt))
        nt = pel_space_poke(space, home->base, home->bytes, (size_t)home->size);
    clear_up(&f, !pel_nt_success(nt));
    if (!pel_nt_success(nt))
        return nt;
    pel_release_all(space, old.allocation_base);
    furniture->ldr = f.places.ldr;
    return nt;
}
