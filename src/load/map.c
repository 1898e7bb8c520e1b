/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a base, and mapping the image there. Rules: docs/loading.md, "Choosing the
 * base".
 *
 *   requested base --> aligned, free, for programs? --> there, or refused
 *   ASLR           --> DYNAMIC_BASE and relocations? --> a base from the seed
 *   otherwise      --> ImageBase if it is free, else the lowest range that is
 */
#include "load/load_priv.h"

typedef struct placing {
    pel_space *space;
    const pel_image *img;
    const pel_load_options *options;
    pel_va highest;
    uint64_t size;
    pel_va preferred;
    pel_verdict *why;
} placing;

static pel_ntstatus refuse(const placing *p, pel_rule rule, const char *field, uint64_t found)
{
    const pel_place nowhere = { .index = PEL_NO_INDEX }; /* the request, not the file */
    *p->why = field ? pel_verdict_optional(p->img, rule, field, found, 0)
                    : pel_verdict_of(rule, nowhere, found, 0);
    return p->why->status;
}

/* ---- where ------------------------------------------------------------- */

static bool is_free(const placing *p, pel_va base)
{
    pel_va found;
    pel_va last = { base.v + p->size - 1 };
    return base.v % PEL_GRANULARITY == 0 && last.v >= base.v &&
           pel_nt_success(pel_space_find_free(p->space, p->size, base, last, false, &found)) &&
           found.v == base.v;
}

/* An image based above 4 GiB stays above, one below stays below, as long as there is room.
 * The lowest 64 KiB are for no one. */
static pel_ntstatus choose_any(const placing *p, pel_va *out)
{
    const uint64_t four_gib = UINT64_C(1) << 32;
    pel_va low = { PEL_GRANULARITY };
    if (p->preferred.v >= four_gib && p->highest.v > four_gib) {
        pel_va above = { four_gib };
        if (pel_nt_success(pel_space_find_free(p->space, p->size, above, p->highest, false, out)))
            return PEL_STATUS_SUCCESS;
    }
    if (pel_nt_success(pel_space_find_free(p->space, p->size, low, p->highest, false, out)))
        return PEL_STATUS_SUCCESS;
    return refuse(p, PEL_RULE_NO_ROOM, "SizeOfImage", p->size);
}

/* A small generator with good bits (SplitMix64): the same seed gives the same base anywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Programs move up from ImageBase by 1 to 254 times 64 KiB. DLLs go below the top of their
 * region, less a bias that is drawn once for each boot. */
#define EXE_SLOTS        254
#define DLL_TOP_32       0x78000000u
#define DLL_TOP_64       UINT64_C(0x7FFFFFFE0000)
#define DLL_BIAS_BITS_32 8
#define DLL_BIAS_BITS_64 19

static pel_va random_base(const placing *p)
{
    uint64_t state = p->options->seed;
    uint64_t draw = next_random(&state);
    if (!pel_image_is_dll(p->img)) {
        uint64_t slots = draw % EXE_SLOTS + 1;
        return (pel_va){ p->preferred.v + slots * PEL_GRANULARITY };
    }
    bool wide = pel_image_is_wide(p->img);
    uint64_t top = wide ? DLL_TOP_64 : DLL_TOP_32;
    uint64_t bits = wide ? DLL_BIAS_BITS_64 : DLL_BIAS_BITS_32;
    uint64_t bias = (draw & ((UINT64_C(1) << bits) - 1)) * PEL_GRANULARITY;
    return (pel_va){ pel_round_down(top - bias - p->size, PEL_GRANULARITY) };
}

static pel_ntstatus choose_base(const placing *p, pel_va *out)
{
    if (p->options->has_base) {
        *out = p->options->base;
        if (out->v % PEL_GRANULARITY != 0)
            return refuse(p, PEL_RULE_BASE_UNALIGNED, NULL, out->v);
        return is_free(p, *out) ? (pel_ntstatus)PEL_STATUS_SUCCESS
                                : refuse(p, PEL_RULE_BASE_TAKEN, NULL, out->v);
    }
    if (p->options->aslr && pel_image_moves_in_kernel(p->img)) {
        *out = random_base(p);
        if (is_free(p, *out))
            return PEL_STATUS_SUCCESS;
    }
    *out = p->preferred;
    return is_free(p, *out) ? (pel_ntstatus)PEL_STATUS_SUCCESS : choose_any(p, out);
}

/* ---- whether it may move ----------------------------------------------- */

/* Why the image may not be elsewhere; PEL_RULE_NONE when it may. */
static pel_verdict judge_move(const placing *p)
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

static pel_ntstatus check_move(const placing *p, pel_va base)
{
    if (base.v == p->preferred.v || pel_image_is_flat(p->img))
        return PEL_STATUS_SUCCESS;
    pel_verdict v = judge_move(p);
    if (v.rule == PEL_RULE_NONE)
        return PEL_STATUS_SUCCESS;
    if (p->why->rule == PEL_RULE_NONE) /* as a hypothesis, the file may be refused already */
        *p->why = v;
    return p->options->hypothetical ? (pel_ntstatus)PEL_STATUS_SUCCESS : v.status;
}

static bool rewrites_header(const placing *p)
{
    switch (p->options->header) {
    case PEL_HEADER_REWRITE: return true;
    case PEL_HEADER_KEEP: return false;
    case PEL_HEADER_AS_WINDOWS: break;
    }
    return pel_image_moves_in_kernel(p->img);
}

/* ---- mapping ----------------------------------------------------------- */

static void describe(const placing *p, pel_va base, bool relocated, pel_module *out)
{
    const pel_optional_header *o = pel_image_optional_header(p->img);
    bool moved = base.v != p->preferred.v;
    *out = (pel_module){ .base = base,
                         .preferred_base = p->preferred,
                         .size = p->size,
                         .relocated = relocated,
                         .header_rewritten = moved && rewrites_header(p),
                         .has_entry = o->entry_point.v != 0,
                         .entry_rva = o->entry_point,
                         .entry = pel_va_of(base, o->entry_point) };
    bool told = moved && !pel_image_moves_in_kernel(p->img);
    out->status = told ? (pel_ntstatus)PEL_STATUS_IMAGE_NOT_AT_BASE : PEL_STATUS_SUCCESS;
}

static pel_section_plan plan_of(const placing *p, pel_va base)
{
    return (pel_section_plan){ .base = base,
                               .padding = p->options->padding,
                               .rewrite_header = rewrites_header(p),
                               .hypothetical = p->options->hypothetical };
}

static pel_ntstatus map_at(const placing *p, pel_va base, bool *relocated)
{
    pel_section_object *section;
    pel_section_plan plan = plan_of(p, base);
    pel_ntstatus nt =
        pel_image_section_make(pel_space_machine(p->space), p->img, &plan, &section, p->why);
    *relocated = plan.relocates;
    if (pel_nt_success(nt)) {
        nt = pel_space_map(p->space, section, &base);
        pel_section_object_free(section); /* the view keeps it alive */
    }
    return nt;
}

static bool may_be_mapped(const placing *p)
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
    placing p = { .space = space,
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
    bool relocated = false;
    pel_ntstatus nt = choose_base(&p, &base);
    if (pel_nt_success(nt))
        nt = check_move(&p, base);
    if (pel_nt_success(nt))
        nt = map_at(&p, base, &relocated);
    if (pel_nt_success(nt)) {
        describe(&p, base, relocated, out);
        nt = out->status;
    }
    return nt;
}

pel_ntstatus pel_image_map(pel_space *space, const pel_image *image,
                           const pel_load_options *options, pel_module *out)
{
    const pel_va highest = { UINT64_C(0x7FFFFFFEFFFF) };
    const pel_va highest_32 = { 0xFFFEFFFF };
    pel_verdict why;
    return pel_image_place_and_map(space, image, pel_image_is_wide(image) ? highest : highest_32,
                                   options, out, &why);
}

pel_ntstatus pel_image_section_new(pel_machine *machine, const pel_image *image, pel_va base,
                                   const pel_load_options *options, pel_section_object **out)
{
    pel_verdict why = pel_rule_verdict(PEL_RULE_NONE);
    placing p = { .img = image, .options = pel_load_options_or_default(options) };
    pel_section_plan plan = plan_of(&p, base);
    return pel_image_section_make(machine, image, &plan, out, &why);
}
