/* SPDX-License-Identifier: Apache-2.0 */
/* The Rich header: what Microsoft's linker writes behind the DOS stub.
 *
 *   "DanS"^key  key  key  key  { comp id ^ key, count ^ key } ...  "Rich"  key
 *   |<------- 16 bytes ----->| |<------ 8 bytes each ----->|
 *
 * The key is a checksum over all before it (e_lfanew counted as zero) and over the
 * entries. The end is found first: "Rich" is in the clear. */
#include "pe/image_priv.h"
#include "schema/decode.h"

#define RICH       0x68636952u
#define DANS       0x536e6144u
#define LFANEW     0x3c /* e_lfanew: written after the checksum was made */
#define PREAMBLE   16
#define DOS_HEADER 64

static uint32_t rotate_left(uint32_t value, unsigned by)
{
    by &= 31;
    return by ? value << by | value >> (32 - by) : value;
}

/* The linker writes at dword offsets, so that is where "Rich" and "DanS" can be. */
static bool find_backwards(pel_span s, uint64_t below, uint32_t word, uint64_t *out)
{
    for (uint64_t at = pel_round_down(below, 4); at >= 4; at -= 4) {
        if (pel_span_uint(s, at - 4, 4) == word) {
            *out = at - 4;
            return true;
        }
    }
    return false;
}

/* `*end` is where "Rich" is, or 0. */
static bool find_rich(const pel_image *img, pel_rich *rich, uint64_t *end)
{
    uint64_t limit = img->dos.nt_header.v < img->bytes.size ? img->dos.nt_header.v : 0, start;
    *end = 0;
    if (!find_backwards(img->bytes, limit, RICH, end) || !pel_span_has(img->bytes, *end, 8))
        return false;
    rich->key = (uint32_t)pel_span_uint(img->bytes, *end + 4, 4);
    if (!find_backwards(img->bytes, *end, DANS ^ rich->key, &start) || *end - start < PREAMBLE)
        return false;
    rich->offset.v = start;
    rich->size = (uint32_t)(*end + 8 - start);
    rich->entry_count = (uint32_t)((*end - start - PREAMBLE) / 8);
    return true;
}

static uint32_t checksum(const pel_image *img)
{
    uint64_t start = img->rich.offset.v;
    uint32_t sum = (uint32_t)start;
    for (uint64_t at = 0; at < start; at++) {
        bool skipped = at >= LFANEW && at < LFANEW + 4;
        if (!skipped)
            sum += rotate_left((uint32_t)pel_span_uint(img->bytes, at, 1), (unsigned)(at & 31));
    }
    for (uint32_t i = 0; i < img->rich.entry_count; i++) {
        const pel_rich_entry *e = &img->rich_entries[i];
        sum += rotate_left((uint32_t)e->product << 16 | e->build, e->count & 31);
    }
    return sum;
}

static void decrypt(pel_image *img)
{
    pel_reader r = pel_image_reader(img, img->rich.offset.v + PREAMBLE);
    for (uint32_t i = 0; i < img->rich.entry_count; i++) {
        uint8_t plain[8];
        pel_store_uint(plain, 4, pel_read_uint(&r, 4) ^ img->rich.key);
        pel_store_uint(plain + 4, 4, pel_read_uint(&r, 4) ^ img->rich.key);
        pel_reader entry = { .bytes = { plain, sizeof plain } };
        pel_schema_decode(&pel_rich_entry_schema, &entry, &img->rich_entries[i]);
    }
}

/* No linker leaves the end of one without its start. */
static pel_status tell_broken(pel_image *img, uint64_t end)
{
    pel_place where = {
        .structure = "rich_header", .index = PEL_NO_INDEX, .has_offset = true, .offset = { end }
    };
    return end >= DOS_HEADER ? pel_image_remark_at(img, PEL_DIAG_RICH_BROKEN, where, 0, 0) : PEL_OK;
}

pel_status pel_image_read_rich(pel_image *img)
{
    uint64_t end;
    if (!pel_image_is_pe(img))
        return PEL_OK;
    if (!find_rich(img, &img->rich, &end))
        return tell_broken(img, end);
    size_t size = img->rich.entry_count * sizeof *img->rich_entries;
    img->rich_entries = pel_arena_take(&img->arena, size);
    if (!img->rich_entries)
        return PEL_NO_MEMORY;
    img->has_rich = true;
    decrypt(img);
    img->rich.checksum = checksum(img);
    if (img->rich.checksum == img->rich.key)
        return PEL_OK;
    pel_place where = { .structure = "rich_header",
                        .index = PEL_NO_INDEX,
                        .field = "key",
                        .has_offset = true,
                        .offset = { img->rich.offset.v + img->rich.size - 4 } };
    return pel_image_remark_at(img, PEL_DIAG_RICH_CHECKSUM, where, img->rich.key,
                               img->rich.checksum);
}

bool pel_image_rich(const pel_image *image, pel_rich *out)
{
    *out = image->rich;
    return image->has_rich;
}

const pel_rich_entry *pel_image_rich_entry(const pel_image *image, uint32_t index)
{
    return index < image->rich.entry_count ? &image->rich_entries[index] : NULL;
}
