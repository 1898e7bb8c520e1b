/* SPDX-License-Identifier: Apache-2.0 */
/* The load configuration: one structure, which begins with its own size and so tells which of its
 * fields exist. */
#include <pelorus/directories.h>
#include <string.h>

#include "pe/image_priv.h"

/* What Windows XP wanted the directory of a PE32 image to say, however long the structure was. */
#define XP_SIZE 64

/* Of the field Size, the first one. */
#define OWN_SIZE 4

/* Bytes that exist of the structure, by its Size and the directory. */
static size_t believed_size(const pel_image *img, uint64_t own, uint32_t directory)
{
    bool any = directory == XP_SIZE && !pel_image_is_wide(img);
    size_t known = pel_schema_wire_size(&pel_load_config_schema, pel_image_is_wide(img));
    uint64_t size = directory < own && !any ? directory : own;
    if (size < OWN_SIZE)
        return OWN_SIZE; /* that there is no more of it, it must say itself */
    return size < known ? (size_t)size : known;
}

pel_status pel_image_load_config(const pel_image *image, pel_load_config_info *out)
{
    found at;
    uint64_t own;
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_LOAD_CONFIG);
    *out = (pel_load_config_info){ .wide = pel_image_is_wide(image) };
    if (dir.address == 0)
        return PEL_NOT_FOUND;
    pel_image_word(image, dir.address, OWN_SIZE, &own);
    out->size = believed_size(image, own, dir.size);
    pel_status st = pel_image_decode_part(image, &pel_load_config_schema, dir.address, out->size,
                                          &out->directory, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    return st;
}

bool pel_load_config_has(const pel_load_config_info *info, const char *name)
{
    size_t end = 0;
    const pel_schema *schema = &pel_load_config_schema;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        unsigned wire = pel_field_wire(f, info->wide);
        end += pel_field_span(f, info->wide);
        if (wire && (strcmp(f->name, name) == 0 || strcmp(f->member, name) == 0))
            return end <= info->available;
    }
    return false;
}
