/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of RVAs that the load configuration leads to: safe exception handlers, and those of
 * Control Flow Guard, whose entries have as many bytes of flags behind each RVA as GuardFlags says.
 *
 *   | RVA | flags | RVA | flags | ...
 */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

#define RVA_SIZE     4
#define STRIDE_SHIFT 28 /* in GuardFlags */

static const struct {
    const char *name, *field; /* of its count */
} tables[PEL_GUARD_TABLES] = {
    [PEL_GUARD_SEH] = { "se_handlers", "SEHandlerCount" },
    [PEL_GUARD_FUNCTIONS] = { "guard_functions", "GuardCFFunctionCount" },
    [PEL_GUARD_TAKEN_IAT] = { "guard_iat_entries", "GuardAddressTakenIatEntryCount" },
    [PEL_GUARD_LONGJUMPS] = { "guard_longjump_targets", "GuardLongJumpTargetCount" },
    [PEL_GUARD_CONTINUATIONS] = { "guard_eh_continuations", "GuardEHContinuationCount" },
};

const char *pel_guard_table_name(pel_guard_table table) { return tables[table].name; }

static void place_of(const pel_load_config *d, pel_guard_table table, pel_va *va, uint64_t *count)
{
    const struct {
        pel_va va;
        uint64_t count;
    } places[PEL_GUARD_TABLES] = {
        [PEL_GUARD_SEH] = { d->seh_table, d->seh_count },
        [PEL_GUARD_FUNCTIONS] = { d->guard_functions, d->guard_function_count },
        [PEL_GUARD_TAKEN_IAT] = { d->guard_taken_iat, d->guard_taken_iat_count },
        [PEL_GUARD_LONGJUMPS] = { d->guard_longjumps, d->guard_longjump_count },
        [PEL_GUARD_CONTINUATIONS] = { d->eh_continuations, d->eh_continuation_count },
    };
    *va = places[table].va;
    *count = places[table].count;
}

pel_guard_iter pel_image_guard_entries(const pel_image *image, pel_guard_table table)
{
    pel_load_config_info info;
    pel_va va;
    pel_rva rva;
    pel_guard_iter it = { .image = image, .left = pel_image_belief(image) };
    if (pel_image_load_config(image, &info) == PEL_NOT_FOUND ||
        !pel_load_config_has(&info, tables[table].field))
        return it;
    place_of(&info.directory, table, &va, &it.count);
    it.stride = RVA_SIZE;
    if (table != PEL_GUARD_SEH)
        it.stride += info.directory.guard_flags >> STRIDE_SHIFT;
    if (va.v == 0 || it.count == 0)
        return it;
    if (!pel_rva_of(image->optional.image_base, pel_image_view_size(image), va, &rva))
        it.status = PEL_NOT_FOUND;
    it.next = rva.v;
    return it;
}

bool pel_guard_next(pel_guard_iter *it, pel_guard_entry *out)
{
    uint64_t rva, flags = 0;
    *out = (pel_guard_entry){ .flags = 0 };
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    if (it->count == 0)
        return pel_walk_ends(&it->next, &it->status, PEL_OK);
    if (!pel_image_word(it->image, it->next, RVA_SIZE, &rva) ||
        (it->stride > RVA_SIZE && !pel_image_word(it->image, it->next + RVA_SIZE, 1, &flags)))
        return pel_walk_ends(&it->next, &it->status, PEL_NOT_FOUND);
    if (it->stride > RVA_SIZE + 1 &&
        pel_image_read(it->image, (pel_rva){ (uint32_t)it->next + RVA_SIZE + 1 }, out->extra,
                       it->stride - RVA_SIZE - 1) != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, PEL_NOT_FOUND);
    if (pel_image_is_lost(it->image, it->next))
        return pel_walk_ends(&it->next, &it->status, PEL_TRUNCATED);
    if (!pel_spend(&it->left, it->stride))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    out->rva.v = (uint32_t)rva;
    out->flags = (uint8_t)flags;
    it->next += it->stride;
    it->count--;
    return true;
}
