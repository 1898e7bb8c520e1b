/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the load configuration points to: slots, the cookie, LOCK prefixes, hashes of types.
 */
#include <pelorus/directories.h>
#include <pelorus/metadata.h>

#include "pe/image_priv.h"

/* Fields that are the VA of a word. */
static const char *const slots[] = {
    "SecurityCookie",
    "GuardCFCheckFunctionPointer",
    "GuardCFDispatchFunctionPointer",
    "GuardRFFailureRoutineFunctionPointer",
    "GuardRFVerifyStackPointerFunctionPointer",
    "GuardXFGCheckFunctionPointer",
    "GuardXFGDispatchFunctionPointer",
    "GuardXFGTableDispatchFunctionPointer",
    "CastGuardOsDeterminedFailureMode",
    "GuardMemcpyFunctionPointer",
    "UmaFunctionPointers",
};

bool pel_image_config_slot(const pel_image *image, size_t *index, pel_config_slot *out)
{
    pel_load_config_info config;
    unsigned width = pel_image_pointer_size(image);
    *out = (pel_config_slot){ .field = NULL };
    if (pel_image_load_config(image, &config) == PEL_NOT_FOUND)
        return false;
    while (*index < sizeof slots / sizeof slots[0]) {
        const char *field = slots[(*index)++];
        const pel_field *f = pel_schema_field(&pel_load_config_schema, field);
        pel_va va = { pel_field_get(f, &config.directory, 0) };
        if (va.v == 0 || !pel_load_config_has(&config, field))
            continue;
        out->field = field;
        out->mapped =
            pel_rva_of(image->optional.image_base, pel_image_view_size(image), va, &out->rva);
        out->has_value = out->mapped && pel_image_word(image, out->rva.v, width, &out->value);
        return true;
    }
    return false;
}

/* The values that compilers write; the loader takes them for "not yet random". */
#define COOKIE_64 UINT64_C(0x2b992ddfa232)
#define COOKIE_32 0xbb40e64eu
#define COOKIE_16 0xbb40u

bool pel_cookie_is_default(const pel_image *image, uint64_t value)
{
    if (pel_image_is_wide(image))
        return value == COOKIE_64;
    return value == COOKIE_32 || value == COOKIE_16;
}

pel_lock_iter pel_image_lock_prefixes(const pel_image *image)
{
    pel_load_config_info config;
    pel_rva rva;
    pel_lock_iter it = { .image = image, .left = pel_image_belief(image) };
    if (pel_image_load_config(image, &config) == PEL_NOT_FOUND ||
        config.directory.lock_prefix_table.v == 0 ||
        !pel_load_config_has(&config, "LockPrefixTable"))
        return it;
    if (!pel_rva_of(image->optional.image_base, pel_image_view_size(image),
                    config.directory.lock_prefix_table, &rva))
        it.status = PEL_NOT_FOUND;
    it.next = rva.v;
    return it;
}

bool pel_lock_next(pel_lock_iter *it, pel_va *out)
{
    unsigned width = pel_image_pointer_size(it->image);
    out->v = 0;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    if (!pel_image_word(it->image, it->next, width, &out->v))
        return pel_walk_ends(&it->next, &it->status, PEL_NOT_FOUND);
    if (out->v == 0)
        return pel_walk_ends(&it->next, &it->status,
                             pel_image_list_end(it->image, it->next, width));
    if (!pel_spend(&it->left, width))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    it->next += width;
    return true;
}

bool pel_image_xfg_hash(const pel_image *image, pel_rva function, uint64_t *out)
{
    unsigned width = sizeof *out;
    *out = 0;
    return function.v >= width && pel_image_word(image, function.v - width, width, out);
}
