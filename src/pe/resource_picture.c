/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures, and the groups that tell which icons or cursors are one in several sizes. */
#include "pe/resource_priv.h"
#include "schema/decode.h"

#define GROUP_HEADER 6u
#define GROUP_ENTRY  14u

pel_status pel_icon_group_read(pel_span bytes, pel_icon_group *out)
{
    pel_reader r = pel_resource_reader(bytes, 0);
    *out = (pel_icon_group){ .reserved = (uint16_t)pel_read_uint(&r, 2) };
    out->type = (uint16_t)pel_read_uint(&r, 2);
    out->count = (uint16_t)pel_read_uint(&r, 2);
    out->entries = pel_span_clip(bytes, GROUP_HEADER, (uint64_t)out->count * GROUP_ENTRY);
    out->there = (uint16_t)(out->entries.size / GROUP_ENTRY);
    return r.failed || out->there < out->count ? PEL_TRUNCATED : PEL_OK;
}

static pel_status entry_at(const pel_icon_group *group, uint32_t index, const pel_schema *schema,
                           void *out)
{
    pel_reader r = pel_resource_reader(group->entries, (size_t)index * GROUP_ENTRY);
    return pel_schema_decode(schema, &r, out) == PEL_OK ? PEL_OK : PEL_NOT_FOUND;
}

pel_status pel_icon_at(const pel_icon_group *group, uint32_t index, pel_icon_entry *out)
{
    return entry_at(group, index, &pel_icon_entry_schema, out);
}

pel_status pel_cursor_at(const pel_icon_group *group, uint32_t index, pel_cursor_entry *out)
{
    return entry_at(group, index, &pel_cursor_entry_schema, out);
}

/* ---- pictures ---------------------------------------------------------- */

#define CORE_SIZE 12u
#define INFO_SIZE 40u
#define PNG_FIRST 0x0A1A0A0D474E5089u /* 89 "PNG" 0D 0A 1A 0A */

const char *pel_picture_format_name(pel_picture_format format)
{
    static const char *const names[] = { "unknown", "core", "dib", "png" };
    return names[format];
}

static uint32_t big_endian(pel_reader *r)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value = value << 8 | (uint32_t)pel_read_uint(r, 1);
    return value;
}

/* The first chunk holds the size: after its length and its name. */
static pel_status read_png(pel_reader *r, pel_picture *out)
{
    out->format = PEL_PICTURE_PNG;
    r->pos = 0;
    pel_read_span(r, 16);
    out->width = big_endian(r);
    out->height = big_endian(r);
    return pel_reader_status(r);
}

static pel_status read_core(pel_reader *r, pel_picture *out)
{
    out->format = PEL_PICTURE_CORE;
    out->width = (int64_t)pel_read_uint(r, 2);
    out->height = (int64_t)pel_read_uint(r, 2);
    out->planes = (uint16_t)pel_read_uint(r, 2);
    out->bits = (uint16_t)pel_read_uint(r, 2);
    return pel_reader_status(r);
}

static pel_status read_info(pel_reader *r, pel_picture *out)
{
    out->format = PEL_PICTURE_DIB;
    out->width = (int32_t)(uint32_t)pel_read_uint(r, 4);
    out->height = (int32_t)(uint32_t)pel_read_uint(r, 4);
    out->planes = (uint16_t)pel_read_uint(r, 2);
    out->bits = (uint16_t)pel_read_uint(r, 2);
    out->compression = (uint32_t)pel_read_uint(r, 4);
    out->image_size = (uint32_t)pel_read_uint(r, 4);
    pel_read_uint(r, 8); /* pixels a metre */
    out->colors_used = (uint32_t)pel_read_uint(r, 4);
    pel_read_uint(r, 4); /* colours that matter */
    return pel_reader_status(r);
}

pel_status pel_picture_read(pel_span bytes, pel_picture *out)
{
    pel_reader r = pel_resource_reader(bytes, 0);
    *out = (pel_picture){ .format = PEL_PICTURE_UNKNOWN };
    if (pel_span_u64(bytes, 0) == PNG_FIRST)
        return read_png(&r, out);
    out->header_size = (uint32_t)pel_read_uint(&r, 4);
    if (r.failed)
        return PEL_TRUNCATED;
    if (out->header_size == CORE_SIZE)
        return read_core(&r, out);
    return out->header_size >= INFO_SIZE ? read_info(&r, out) : PEL_MALFORMED;
}
