/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping an image: may it be, may it move, and what was made of it. Where it goes is chosen in
 * place.c. */
#include "load/place.h"

/* ---- whether it may move ----------------------------------------------- */

/* Why the image may not be elsewhere; PEL_RULE_NONE when it may. */
static pel_verdict judge_move(const pel_placing *p)
{
    const pel_file_header *file = pel_image_file_header(p->img);
    pel_data_directory d = pel_image_directory(p->img, PEL_DIR_BASERELOC);
    if (file && (file->flags & PEL_FILE_RELOCS_STRIPPED)) {
        pel_place where = pel_image_place(p->img, &pel_file_header_schema, 0, "Characteristics");
        return pel_verdict_of(PEL_RULE_RELOCS_STRIPPED, where, file->flags, 0);
    }
    if (d.size != 0 && d.address == 0)
        return pel_verdict_relocs(p->img, PEL_RULE_RELOC_DIRECTORY, "VirtualAddress", 0, 0);
    return pel_rule_verdict(PEL_RULE_NONE);
}

static pel_ntstatus check_move(const pel_placing *p, const pel_section_plan *plan)
{
    bool flat = pel_image_is_flat(p->img) && !pel_image_can_relocate(p->img, p->options->windows);
    if (plan->base.v == p->preferred.v || flat || plan->stays)
        return PEL_STATUS_SUCCESS;
    pel_verdict v = judge_move(p);
    if (v.rule == PEL_RULE_NONE)
        return PEL_STATUS_SUCCESS;
    if (p->why->rule == PEL_RULE_NONE) /* as a hypothesis, the file may be refused already */
        *p->why = v;
    return p->options->hypothetical ? (pel_ntstatus)PEL_STATUS_SUCCESS : v.status;
}

/* ---- mapping ----------------------------------------------------------- */

/* Addresses of 32-bit code wrap. */
static pel_va entry_of(const pel_placing *p, pel_va base)
{
    pel_va entry = pel_va_of(base, pel_image_optional_header(p->img)->entry_point);
    if (!pel_image_is_wide(p->img))
        entry.v &= UINT32_MAX;
    return entry;
}

static void describe(const pel_placing *p, const pel_section_plan *plan, pel_module *out)
{
    const pel_optional_header *o = pel_image_optional_header(p->img);
    bool moved = plan->base.v != p->preferred.v;
    *out = (pel_module){ .base = plan->base,
                         .preferred_base = p->preferred,
                         .size = p->size,
                         .relocated = plan->relocates,
                         .header_rewritten = moved && plan->rewrite_header,
                         .has_entry = o->entry_point.v != 0,
                         .entry_rva = o->entry_point,
                         .entry = entry_of(p, plan->base),
                         .randomized = plan->boot != 0,
                         .aslr = p->options->aslr,
                         .seed = p->options->aslr ? p->options->seed : 0 };
    bool told = moved && !pel_image_moves_in_kernel(p->img, p->options->windows);
    out->status = told ? (pel_ntstatus)PEL_STATUS_IMAGE_NOT_AT_BASE : PEL_STATUS_SUCCESS;
}

static pel_ntstatus map_at(const pel_placing *p, pel_section_plan *plan)
{
    pel_section_object *section;
    pel_va base = plan->base;
    pel_ntstatus nt =
        pel_image_section_make(pel_space_machine(p->space), p->img, plan, &section, p->why);
    if (pel_nt_success(nt)) {
        nt = pel_space_map(p->space, section, &base);
        pel_section_object_free(section); /* the view keeps it alive */
    }
    return nt;
}

static bool may_be_mapped(const pel_placing *p)
{
    *p->why = pel_check(p->img, p->options);
    bool refused = p->why->rule != PEL_RULE_NONE;
    return !refused || (p->options->hypothetical && pel_image_view_size(p->img) > 0);
}

pel_ntstatus pel_image_place_and_map(pel_space *space, const pel_image *image, pel_va highest,
                                     const pel_load_options *options, pel_module *out,
                                     pel_verdict *why)
{
    const pel_optional_header *o = pel_image_optional_header(image);
    pel_placing p = { .space = space,
                      .img = image,
                      .options = pel_load_options_or_default(options),
                      .highest = highest,
                      .size = pel_image_view_size(image),
                      .preferred = o ? o->image_base : (pel_va){ 0 },
                      .why = why };
    *out = (pel_module){ .size = 0 };
    if (p.options->windows == PEL_WINDOWS_UEFI)
        return PEL_STATUS_INVALID_PARAMETER; /* it has no sections and views */
    if (!may_be_mapped(&p))
        return why->status;
    pel_va base;
    uint8_t boot;
    pel_ntstatus nt = pel_place_choose(&p, &base, &boot);
    if (!pel_nt_success(nt))
        return nt;
    pel_section_plan plan = pel_section_plan_of(image, p.options, base);
    plan.boot = boot;
    nt = check_move(&p, &plan);
    if (pel_nt_success(nt))
        nt = map_at(&p, &plan);
    if (pel_nt_success(nt)) {
        describe(&p, &plan, out);
        nt = out->status;
    }
    return nt;
}

pel_ntstatus pel_image_map(pel_space *space, const pel_image *image,
                           const pel_load_options *options, pel_module *out)
{
    pel_verdict why;
    pel_windows windows = pel_load_options_or_default(options)->windows;
    pel_va highest = pel_user_highest(pel_image_is_wide(image), windows);
    return pel_image_place_and_map(space, image, highest, options, out, &why);
}

pel_ntstatus pel_image_section_new(pel_machine *machine, const pel_image *image, pel_va base,
                                   const pel_load_options *options, pel_section_object **out)
{
    pel_verdict why = pel_rule_verdict(PEL_RULE_NONE);
    pel_section_plan plan = pel_section_plan_of(image, pel_load_options_or_default(options), base);
    return pel_image_section_make(machine, image, &plan, out, &why);
}
