/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorded loader (Wine 8.0) takes and Windows does not: the conditions, read from the
 * headers once more and apart from pel_check, and the rule by which Windows refuses. Whatever is
 * refused by another rule, or without its condition, is a difference. */
#include "map_record.h"

static const pel_optional_header *optional(const pel_image *image)
{
    return pel_image_optional_header(image);
}

static bool is_flat(const pel_image *image)
{
    return optional(image)->section_alignment % PEL_PAGE_SIZE != 0;
}

static bool section_alignment(const pel_image *image)
{
    return !pel_is_power_of_two(optional(image)->section_alignment);
}

static bool file_alignment(const pel_image *image)
{
    return !pel_is_power_of_two(optional(image)->file_alignment);
}

static bool order(const pel_image *image)
{
    return optional(image)->file_alignment > optional(image)->section_alignment;
}

static bool unequal(const pel_image *image)
{
    return is_flat(image) && optional(image)->file_alignment != optional(image)->section_alignment;
}

static bool image_base(const pel_image *image)
{
    return optional(image)->image_base.v % PEL_GRANULARITY != 0;
}

static const struct {
    const char *rule;
    bool (*holds)(const pel_image *image);
} refusals[] = {
    { "alignment.section", section_alignment },
    { "alignment.file", file_alignment },
    { "alignment.order", order },
    { "alignment.flat", unequal },
    { "optional.image-base", image_base },
};

/* The first section that is empty, unaligned or not where the one before it ends. */
static const char *section_refusal(const pel_image *image)
{
    uint64_t alignment = optional(image)->section_alignment;
    uint64_t next = pel_round_up(optional(image)->size_of_headers, alignment);
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section_header *h = &pel_image_section(image, i)->header;
        uint64_t size = h->virtual_size ? h->virtual_size : h->raw_size;
        if (size == 0)
            return "section.empty";
        if (h->virtual_address.v % alignment != 0)
            return "section.alignment";
        if (h->virtual_address.v != next)
            return "section.contiguous";
        next += pel_round_up(size, alignment);
    }
    return NULL;
}

const char *map_rule_of_refusal(const pel_image *image)
{
    if (!optional(image))
        return NULL;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].holds(image))
            return refusals[i].rule;
    return is_flat(image) ? NULL : section_refusal(image);
}

bool map_rule_stripped(const pel_image *image)
{
    return pel_image_file_header(image)->flags & PEL_FILE_RELOCS_STRIPPED && !is_flat(image);
}

bool map_rule_moved_by_kernel(const pel_image *image)
{
    return (optional(image)->dll_flags & PEL_DLL_DYNAMIC_BASE) && !is_flat(image) &&
           !map_rule_stripped(image) && pel_image_directory(image, PEL_DIR_BASERELOC).size > 0 &&
           pel_image_directory(image, PEL_DIR_COM_DESCRIPTOR).size == 0;
}

bool map_rule_flat_and_dynamic(const pel_image *image)
{
    return is_flat(image) && (optional(image)->dll_flags & PEL_DLL_DYNAMIC_BASE);
}
