/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the policies of trustlets. */
#include <pelorus/metadata.h>
#include <string.h>

#include "pe/image_priv.h"

bool pel_image_policy_text(const pel_metadata *metadata, const pel_policy_entry *policy,
                           uint64_t most, pel_span *out, bool *wide)
{
    pel_rva rva;
    const pel_image *img = metadata->image;
    *out = (pel_span){ .size = 0 };
    *wide = policy->type == PEL_POLICY_TYPE_UnicodeString;
    if (!*wide && policy->type != PEL_POLICY_TYPE_AnsiString)
        return false;
    if (!pel_rva_of(img->optional.image_base, pel_image_view_size(img), (pel_va){ policy->value },
                    &rva))
        return true;
    pel_span all = pel_image_span(img, rva, most);
    unsigned unit = *wide ? 2 : 1;
    size_t used = 0;
    while (pel_span_has(all, used, unit) && pel_span_uint(all, used, unit) != 0)
        used += unit;
    *out = pel_span_clip(all, 0, used);
    return true;
}

bool pel_image_policy_number(const pel_policy_entry *policy, int64_t *out)
{
    static const uint8_t widths[] = {
        [PEL_POLICY_TYPE_Bool] = 8,    [PEL_POLICY_TYPE_Int8] = 8,    [PEL_POLICY_TYPE_UInt8] = 8,
        [PEL_POLICY_TYPE_Int16] = 16,  [PEL_POLICY_TYPE_UInt16] = 16, [PEL_POLICY_TYPE_Int32] = 32,
        [PEL_POLICY_TYPE_UInt32] = 32, [PEL_POLICY_TYPE_Int64] = 64,  [PEL_POLICY_TYPE_UInt64] = 64,
    };
    unsigned width = policy->type < sizeof widths ? widths[policy->type] : 0;
    bool is_signed = policy->type % 2 == 0; /* as the list has them, by turns */
    *out = 0;
    if (width == 0)
        return false;
    uint64_t value = width == 64 ? policy->value : policy->value & ((UINT64_C(1) << width) - 1);
    uint64_t sign = UINT64_C(1) << (width - 1);
    if (is_signed && width < 64)
        value = (value ^ sign) - sign;
    memcpy(out, &value, sizeof value);
    return true;
}
