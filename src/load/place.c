/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a base. Rules and their sources: docs/loading.md, "Choosing the base".
 *
 *   requested base --> aligned, free, for programs? --> there, or refused
 *   ASLR           --> has this boot given it a base?
 *                      a DLL:     the highest place left in the region of DLLs
 *                      a program: up from ImageBase; since Windows 8, far above 4 GiB anywhere
 *                      in a region of its own
 *   otherwise      --> ImageBase if it is free, else the lowest range that is
 */
#include "load/place.h"

#include "base/random.h"

#define FOUR_GIB (UINT64_C(1) << 32)

static pel_ntstatus refuse(const pel_placing *p, pel_rule rule, const char *field, uint64_t found)
{
    const pel_place nowhere = { .index = PEL_NO_INDEX }; /* the request, not the file */
    *p->why = field ? pel_verdict_optional(p->img, rule, field, found, 0)
                    : pel_verdict_of(rule, nowhere, found, 0);
    return p->why->status;
}

/* What lies above the last address of this Windows' programs is for no one. */
static bool is_free(const pel_placing *p, uint64_t base)
{
    pel_va found, at = { base }, last = { base + p->size - 1 };
    if (base % PEL_GRANULARITY != 0 || last.v < base ||
        last.v > pel_user_highest(pel_image_is_wide(p->img), p->options->windows).v)
        return false;
    return pel_nt_success(pel_space_find_free(p->space, p->size, at, last, false, &found)) &&
           found.v == base;
}

/* ---- versions ---------------------------------------------------------- */

/* Windows by the scheme it uses, oldest first. */
typedef enum scheme { FIXED, SCHEME_VISTA, SCHEME_8, SCHEME_8_1 } scheme;

static scheme scheme_of(pel_windows windows)
{
    switch (windows) {
    case PEL_WINDOWS_XP:
    case PEL_WINDOWS_UEFI: return FIXED;
    case PEL_WINDOWS_7: return SCHEME_VISTA;
    case PEL_WINDOWS_8: return SCHEME_8; /* 8 TiB of addresses; 8.1 has 128 */
    case PEL_WINDOWS_10:
    case PEL_WINDOWS_11: break;
    }
    return SCHEME_8_1;
}

static bool linked_above(const pel_placing *p) { return p->preferred.v >= FOUR_GIB; }

/* Where DLLs go: down from `top`, less a bias of so many bits (in units of 64 KiB) that is drawn
 * once for each boot. The first row that fits counts. */
typedef struct region {
    scheme since;
    bool above; /* of images that were linked above 4 GiB */
    bool wide;  /* of 64-bit images only */
    uint64_t low, top;
    uint8_t bias_bits;
} region;

static const region dll_regions[] = {
    { SCHEME_8_1, true, true, 0x7FF700000000, 0x7FFFFFFE0000, 19 },
    { SCHEME_8, true, true, 0x7F700000000, 0x7FFFFFE0000, 19 },
    { SCHEME_VISTA, true, true, 0x7FE00000000, 0x7FF00000000, 8 },
    { SCHEME_8, false, true, 0x10000000, 0x78000000, 14 },
    { SCHEME_VISTA, false, false, 0x50000000, 0x78000000, 8 },
};
#define DLL_REGIONS (sizeof dll_regions / sizeof dll_regions[0])

/* Programs that were linked above 4 GiB, since Windows 8: from here on, plus 17 bits. */
#define EXE_BITS  17
#define EXE_LOW_8 UINT64_C(0x7F600000000)
#define EXE_LOW   UINT64_C(0x7FF600000000)
/* All others move up from ImageBase by 1 to 254 times 64 KiB. */
#define EXE_SLOTS 254

/* ---- chance ------------------------------------------------------------ */

/* What is drawn for; the rest are regions and images. */
enum { FOR_BOOT, FOR_BOTTOM_UP, FOR_DLLS, FOR_PROGRAM = FOR_DLLS + DLL_REGIONS };

static uint64_t draw_bits(uint64_t seed, uint64_t what, unsigned bits)
{
    return pel_random_at(seed, what) & ((UINT64_C(1) << bits) - 1);
}

/* Each program has its own draw, but the same each time. */
static uint64_t draw_for_program(const pel_placing *p)
{
    const pel_optional_header *o = pel_image_optional_header(p->img);
    uint64_t what = pel_random_at(p->size, o->checksum);
    what = pel_random_at(what, pel_image_file_header(p->img)->timestamp);
    return pel_random_at(p->options->seed, FOR_PROGRAM + (what >> 32));
}

/* A small number, never 0, that tells boots from each other. */
static uint8_t boot_of(const pel_placing *p)
{
    return (uint8_t)(pel_random_at(p->options->seed, FOR_BOOT) % UINT8_MAX + 1);
}

/* ---- what other processes of this boot have ---------------------------- */

/* One base for all processes, so that they share pages. */
static bool find_boot_base(const pel_placing *p, uint8_t boot, pel_va *out)
{
    const pel_machine *m = pel_space_machine(p->space);
    for (const pel_section_object *s = NULL; (s = pel_section_object_next(m, s));) {
        uint64_t variant;
        if (pel_section_object_key(s, &variant) == p->img && pel_variant_boot(variant) == boot) {
            *out = pel_variant_base(variant);
            return true;
        }
    }
    return false;
}

/* An image of any process that lies in [base, base + size). Gives its base. */
static bool is_given_away(const pel_placing *p, pel_va base, pel_va *whose)
{
    const pel_machine *m = pel_space_machine(p->space);
    for (const pel_section_object *s = NULL; (s = pel_section_object_next(m, s));) {
        uint64_t variant;
        if (!pel_section_object_key(s, &variant))
            continue;
        *whose = pel_variant_base(variant);
        if (whose->v < base.v + p->size && base.v < whose->v + pel_section_object_size(s))
            return true;
    }
    return false;
}

/* ---- ASLR -------------------------------------------------------------- */

static const region *region_of(const pel_placing *p)
{
    scheme now = scheme_of(p->options->windows);
    bool wide = pel_image_is_wide(p->img);
    for (size_t i = 0; i < DLL_REGIONS; i++)
        if (now >= dll_regions[i].since && linked_above(p) == dll_regions[i].above &&
            (wide || !dll_regions[i].wide))
            return &dll_regions[i];
    return NULL; /* a 32-bit image that was linked where there is nothing for it */
}

/* The highest place below those that other DLLs have. */
static bool below_the_last(const pel_placing *p, pel_va *out)
{
    const region *r = region_of(p);
    if (!r)
        return false;
    uint64_t what = FOR_DLLS + (uint64_t)(r - dll_regions);
    uint64_t bias = draw_bits(p->options->seed, what, r->bias_bits) * PEL_GRANULARITY;
    pel_va low = { r->low }, whose, last = { r->top - bias - 1 };
    while (last.v > low.v &&
           pel_nt_success(pel_space_find_free(p->space, p->size, low, last, true, out))) {
        if (!is_given_away(p, *out, &whose))
            return true;
        last.v = whose.v - 1;
    }
    return false;
}

static bool beside_image_base(const pel_placing *p, pel_va *out)
{
    uint64_t slots = draw_for_program(p) % EXE_SLOTS + 1;
    out->v = p->preferred.v + slots * PEL_GRANULARITY;
    return is_free(p, out->v);
}

static bool in_region_of_programs(const pel_placing *p, pel_va *out)
{
    scheme now = scheme_of(p->options->windows);
    if (now < SCHEME_8 || !linked_above(p) || p->highest.v < FOUR_GIB)
        return beside_image_base(p, out);
    uint64_t slot = draw_for_program(p) & ((1u << EXE_BITS) - 1);
    out->v = (now == SCHEME_8 ? EXE_LOW_8 : EXE_LOW) + slot * PEL_GRANULARITY;
    return is_free(p, out->v);
}

static bool draw_base(const pel_placing *p, pel_va *out)
{
    if (!pel_image_is_dll(p->img))
        return in_region_of_programs(p, out);
    return below_the_last(p, out) || beside_image_base(p, out);
}

/* ---- the lowest that is free ------------------------------------------- */

/* Since Windows 8 the search from below begins at random, too, by as much as 1 TiB for a program
 * that says that it can bear it. */
static uint64_t bottom_up_bias(const pel_placing *p)
{
    const pel_optional_header *o = pel_image_optional_header(p->img);
    if (!o || !p->options->aslr || scheme_of(p->options->windows) < SCHEME_8 ||
        !(o->dll_flags & PEL_DLL_DYNAMIC_BASE))
        return 0;
    bool high = pel_image_is_wide(p->img) && (o->dll_flags & PEL_DLL_HIGH_ENTROPY_VA) &&
                p->highest.v > FOUR_GIB;
    return draw_bits(p->options->seed, FOR_BOTTOM_UP, high ? 24 : 8) * PEL_GRANULARITY;
}

static bool lowest_from(const pel_placing *p, uint64_t low, pel_va *out)
{
    pel_va biased = { low + bottom_up_bias(p) }, from = { low };
    return low < p->highest.v &&
           (pel_nt_success(
                pel_space_find_free(p->space, p->size, biased, p->highest, false, out)) ||
            pel_nt_success(pel_space_find_free(p->space, p->size, from, p->highest, false, out)));
}

/* What was linked above 4 GiB stays above, as long as there is room; before Windows 10 this is not
 * so for addresses that are the kernel's. The lowest 64 KiB are for no one. */
static bool stays_above(const pel_placing *p)
{
    const uint64_t user_end = UINT64_C(1) << 47;
    scheme now = scheme_of(p->options->windows);
    return linked_above(p) && now >= SCHEME_8 && (now > SCHEME_8 || p->preferred.v < user_end);
}

static pel_ntstatus choose_any(const pel_placing *p, pel_va *out)
{
    if ((stays_above(p) && lowest_from(p, FOUR_GIB, out)) || lowest_from(p, PEL_GRANULARITY, out))
        return PEL_STATUS_SUCCESS;
    return refuse(p, PEL_RULE_NO_ROOM, "SizeOfImage", p->size);
}

/* ---- all of it --------------------------------------------------------- */

static pel_ntstatus take_requested(const pel_placing *p, pel_va *out)
{
    *out = p->options->base;
    if (out->v % PEL_GRANULARITY != 0)
        return refuse(p, PEL_RULE_BASE_UNALIGNED, NULL, out->v);
    return is_free(p, out->v) ? (pel_ntstatus)PEL_STATUS_SUCCESS
                              : refuse(p, PEL_RULE_BASE_TAKEN, NULL, out->v);
}

pel_ntstatus pel_place_choose(const pel_placing *p, pel_va *base, uint8_t *boot)
{
    *boot = 0;
    if (p->options->has_base)
        return take_requested(p, base);
    if (p->options->aslr && pel_image_moves_in_kernel(p->img, p->options->windows)) {
        uint8_t now = boot_of(p);
        bool given = find_boot_base(p, now, base);
        if (given ? is_free(p, base->v) : draw_base(p, base)) {
            *boot = now;
            return PEL_STATUS_SUCCESS;
        }
    }
    *base = p->preferred;
    return is_free(p, base->v) ? (pel_ntstatus)PEL_STATUS_SUCCESS : choose_any(p, base);
}
