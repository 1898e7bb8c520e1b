/* SPDX-License-Identifier: Apache-2.0 */
/* The image as a whole, and its alignments. */
#include "load/check_priv.h"

#define TINY_FILE 268 /* the size that Windows 10 1809 is known to refuse */

pel_verdict pel_check_image(const pel_subject *s)
{
    const pel_optional_header *o = s->optional;
    pel_data_directory debug = pel_image_directory(s->img, PEL_DIR_DEBUG);
    if (pel_asks(s, PEL_RULE_TINY_FILE) && pel_image_is_flat(s->img) && s->bytes.size <= TINY_FILE)
        return pel_about_whole(PEL_RULE_TINY_FILE, s->bytes.size, TINY_FILE);
    if (o->size_of_image == 0)
        return pel_about_optional(s, PEL_RULE_IMAGE_SIZE_ZERO, "SizeOfImage", 0, 0);
    if (o->image_base.v % PEL_GRANULARITY != 0)
        return pel_about_optional(s, PEL_RULE_IMAGE_BASE, "ImageBase", o->image_base.v, 0);
    if (pel_asks(s, PEL_RULE_DEBUG_DIRECTORY) && debug.address == 0 && debug.size != 0)
        return pel_verdict_of(
            PEL_RULE_DEBUG_DIRECTORY,
            pel_image_place(s->img, &pel_data_directory_schema, PEL_DIR_DEBUG, "Size"), debug.size,
            0);
    return pel_fine();
}

pel_verdict pel_check_alignment(const pel_subject *s)
{
    uint32_t section = s->optional->section_alignment, file = s->optional->file_alignment;
    if (pel_image_is_flat(s->img) && file != section)
        return pel_about_optional(s, PEL_RULE_ALIGNMENT_FLAT, "FileAlignment", file, section);
    if (!pel_is_power_of_two(section))
        return pel_about_optional(s, PEL_RULE_SECTION_ALIGNMENT, "SectionAlignment", section, 0);
    if (!pel_is_power_of_two(file))
        return pel_about_optional(s, PEL_RULE_FILE_ALIGNMENT, "FileAlignment", file, 0);
    if (file > section)
        return pel_about_optional(s, PEL_RULE_ALIGNMENT_ORDER, "FileAlignment", file, section);
    return pel_fine();
}
