/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a view, page by page and all together. */
#include "map_index.h"
#include "map_record.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* An exception "bytes": the recorded loader wrote to the image. RECORDED is "OFFSET:HEX", OURS is
 * what the file has there; both must be met exactly. */
static void apply_bytes(map_record *r, uint8_t *bytes, uint64_t size)
{
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "bytes");
    char *digits, pair[3] = { 0 };
    if (!x)
        return;
    uint64_t at = strtoull(x->recorded, &digits, 0);
    for (digits++; digits[0] && digits[1] && at < size; digits += 2, at++) {
        memcpy(pair, digits, 2);
        uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);
        x->used = x->used || bytes[at] != byte;
        bytes[at] = byte;
    }
}

/* Put the recorded ImageBase into the headers: Windows rewrites it, the recorded loader not. */
static void put_image_base_back(map_record *r, uint8_t *bytes, uint64_t size)
{
    bool wide = pel_image_is_wide(r->image);
    uint64_t at = pel_image_dos_header(r->image)->nt_header.v + (wide ? 48 : 52);
    uint64_t base = json_number(r->root, "mem_image_base", 0);
    for (unsigned i = 0; i < (wide ? 8u : 4u) && at + i < size; i++)
        bytes[at + i] = (uint8_t)(base >> (8 * i));
}

/* Take back what the kernel of Windows relocated and the recorded loader did not, in the reverse
 * order. */
static void take_relocations_back(const pel_image *image, uint64_t delta, uint8_t *bytes,
                                  uint64_t size)
{
    pel_reloc *all = NULL;
    size_t count = 0;
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);) {
        pel_reloc *grown = realloc(all, (count + pel_reloc_count(&block) + 1) * sizeof *all);
        if (!grown)
            break; /* the bytes differ then */
        all = grown;
        for (size_t i = 0; i < pel_reloc_count(&block); i++)
            all[count++] = pel_reloc_entry(&block, i);
    }
    while (count-- > 0) {
        unsigned width = all[count].type == PEL_REL_DIR64 ? 8 : 4;
        uint64_t at = all[count].rva.v, word = 0;
        if (all[count].type == PEL_REL_ABSOLUTE || at + width > size)
            continue;
        for (unsigned i = width; i-- > 0;)
            word = word << 8 | bytes[at + i];
        word -= delta;
        for (unsigned i = 0; i < width; i++)
            bytes[at + i] = (uint8_t)(word >> (8 * i));
    }
    free(all);
}

static void compare_pages(map_record *r, const uint8_t *bytes, uint64_t size, byte_rules rules)
{
    json_object *want = json_get(r->root, "page_crc32");
    size_t count = json_count(want), wrong = 0, first = 0;
    trial_number(&r->trial, "pages", count, size / PEL_PAGE_SIZE);
    for (size_t i = count < size / PEL_PAGE_SIZE ? count : size / PEL_PAGE_SIZE; i-- > 0;) {
        uLong crc = crc32(0, bytes + i * PEL_PAGE_SIZE, PEL_PAGE_SIZE);
        bool random = rules.random && (rules.random_rva / PEL_PAGE_SIZE == i);
        if (!random && crc != json_value(json_object_array_get_idx(want, i))) {
            wrong++;
            first = i;
        }
    }
    if (wrong)
        trial_differs(&r->trial, "page_crc32", "%zu of %zu pages differ, first page %zu", wrong,
                      count, first);
}

static void compare(map_record *r, uint8_t *bytes, uint64_t size, byte_rules rules)
{
    char sha256[SHA256_TEXT] = "";
    if (rules.moved)
        take_relocations_back(r->image, rules.moved, bytes, size);
    put_image_base_back(r, bytes, size);
    apply_bytes(r, bytes, size);
    compare_pages(r, bytes, size, rules);
    sha256_text(bytes, (size_t)size, sha256);
    if (rules.random)
        trial_note(&r->trial, "bytes_sha256", "the security cookie is random");
    else
        trial_text(&r->trial, "bytes_sha256", json_text(r->root, "bytes_sha256"), sha256);
}

void map_record_bytes(map_record *r, const pel_space *space, pel_va base, byte_rules rules)
{
    uint64_t size = map_record_size(r);
    uint8_t *bytes = malloc(size ? (size_t)size : 1);
    pel_ntstatus status = PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    if (bytes)
        status = pel_space_peek((pel_space *)space, base, bytes, (size_t)size);
    if (status == PEL_STATUS_SUCCESS)
        compare(r, bytes, size, rules);
    else
        trial_differs(&r->trial, "read", "want SUCCESS, got %s", pel_ntstatus_name(status));
    free(bytes);
}
