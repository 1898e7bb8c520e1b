/* SPDX-License-Identifier: Apache-2.0 */
/* What can be taken out of an image, for fuzz_image.c. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"
#include "image_directories.h"

/* ---- overlay ----------------------------------------------------------- */

/* The parts are the overlay, without holes. */
static void ask_overlay(const pel_image *image)
{
    pel_foff at;
    pel_span overlay = pel_image_overlay(image, &at);
    uint64_t next = at.v;
    pel_overlay_iter it = pel_image_overlay_parts(image);
    for (pel_overlay_part part; pel_overlay_next(&it, &part);) {
        MUST(part.offset.v == next && part.bytes.size > 0 && part.kind < PEL_OVERLAY_COUNT);
        MUST(!part.has_marker || (part.marker.v >= next && part.marker.v < next + part.bytes.size));
        next += part.bytes.size;
    }
    MUST(overlay.size == 0 || next == at.v + overlay.size);
}

/* ---- items ------------------------------------------------------------- */

/* Safe anywhere: no folder, no dot in front, nothing that a shell or another system minds. */
static void must_be_file_name(const char *name)
{
    size_t dots = 0, size = strlen(name);
    MUST(size > 0 && size < PEL_EXTRACT_FILE && name[0] >= 'a' && name[0] <= 'z');
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        dots += c == '.';
        MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
    }
    MUST(dots == 1 && name[size - 1] != '.');
}

static pel_status count(void *ctx, const void *data, size_t size)
{
    *(uint64_t *)ctx += size;
    return data && size ? PEL_OK : PEL_BAD_ARG;
}

/* As long as it says. Only what is inflated may turn out to be something else. */
static void write_item(const pel_extract *x, const pel_extract_item *item)
{
    uint64_t size = 0;
    uint8_t sha256[32];
    pel_status st = pel_extract_write(x, item, (pel_sink){ count, &size }, sha256);
    if (!item->can_write)
        MUST(st == PEL_BAD_ARG && size == 0);
    else if (st == PEL_OK)
        MUST(size == item->size);
    else
        MUST(st == PEL_MALFORMED && item->form == PEL_FORM_INFLATED && size <= item->size);
}

static void must_differ(const pel_extract_item *last, const pel_extract_item *item)
{
    MUST(last->kind != item->kind || strcmp(last->file, item->file) != 0);
}

static void take_out(const pel_image *image, uint32_t kinds)
{
    pel_extract *x;
    pel_extract_item last = { .kind = PEL_EXTRACT_COUNT };
    pel_extract_options options = { .kinds = kinds };
    uint64_t file = pel_image_bytes(image).size, total = 0, items = 0;
    MUST(pel_extract_new(image, &options, &x) == PEL_OK);
    for (pel_extract_item item; pel_extract_next(x, &item); last = item) {
        MUST(item.kind < PEL_EXTRACT_COUNT &&
             (kinds == 0 || (kinds >> item.kind & 1) || item.kind == PEL_EXTRACT_RESOURCE));
        MUST(++items <= 3 * file + 1 && memchr(item.name, '\0', sizeof item.name) != NULL);
        must_be_file_name(item.file);
        must_be_part(pel_image_bytes(image), item.bytes);
        must_differ(&last, &item);
        if (item.can_write && item.kind != PEL_EXTRACT_PDB)
            total += item.size;
        MUST(total <= 4 * file + (1 << 20));
        write_item(x, &item);
    }
    pel_extract_free(x);
}

void ask_extract(const pel_image *image)
{
    ask_overlay(image);
    take_out(image, 0);
    take_out(image, 1u << PEL_EXTRACT_ICON | 1u << PEL_EXTRACT_CURSOR);
    take_out(image, 1u << PEL_EXTRACT_RESOURCE);
}
