/* SPDX-License-Identifier: Apache-2.0 */
/* Base relocations: one block for each page that has any, in ascending order.
 *
 *   u32 RVA of the page | u32 bytes of the block | u16 type:4 offset:12 | ... | 0 to a multiple of
 * 4
 */
#include <stdlib.h>

#include "builder/builder_priv.h"
#include "schema/decode.h"

#define PAGE_SIZE   0x1000u
#define BLOCK_START 8u
#define ENTRY_SIZE  2u

void pel_builder_reloc_at(pel_builder *b, pel_build_place at, uint8_t type)
{
    if (!pel_builder_ready(b))
        return;
    pel_build_relocation *items = pel_grow(&b->allocator, b->relocations, &b->relocation_capacity,
                                           b->relocation_count + 1, sizeof *items);
    if (!items || type > 15) {
        b->relocations = items ? items : b->relocations;
        pel_builder_latch(b, items ? PEL_BAD_ARG : PEL_NO_MEMORY);
        return;
    }
    b->relocations = items;
    items[b->relocation_count++] = (pel_build_relocation){ .at = at, .type = type };
}

void pel_builder_reloc(pel_builder *b, pel_rva rva, uint8_t type)
{
    pel_builder_reloc_at(b, (pel_build_place){ PEL_BUILD_NOWHERE, rva.v }, type);
}

typedef struct fixup {
    uint32_t rva;
    uint8_t type;
} fixup;

static int compare(const void *left, const void *right)
{
    const fixup *a = left, *b = right;
    if (a->rva != b->rva)
        return a->rva < b->rva ? -1 : 1;
    return (int)a->type - (int)b->type;
}

/* Everything that moves with the image, as RVAs. */
static pel_status collect(const pel_builder *b, fixup *out)
{
    for (size_t i = 0; i < b->relocation_count; i++, out++) {
        PEL_TRY(pel_build_rva(b, b->relocations[i].at, &out->rva));
        out->type = b->relocations[i].type;
    }
    for (size_t i = 0; i < b->link_count; i++) {
        if (b->links[i].link != PEL_BUILD_LINK_VA)
            continue;
        PEL_TRY(pel_build_rva(b, b->links[i].at, &out->rva));
        out++->type = b->wide ? PEL_REL_DIR64 : PEL_REL_HIGHLOW;
    }
    return PEL_OK;
}

/* One block for the `count` fixups of one page. */
static pel_status write_block(pel_builder *b, const fixup *fixups, size_t count)
{
    uint64_t size = pel_round_up(BLOCK_START + count * ENTRY_SIZE, 4);
    uint8_t *to;
    pel_buf *data = &b->reloc.data;
    PEL_TRY(pel_buf_extend(&b->allocator, &b->budget, data, data->size, size, &to));
    pel_store_uint(to, 4, fixups[0].rva & ~(PAGE_SIZE - 1));
    pel_store_uint(to + 4, 4, size);
    to += BLOCK_START;
    for (size_t i = 0; i < count; i++, to += ENTRY_SIZE)
        pel_store_uint(to, ENTRY_SIZE,
                       (uint64_t)fixups[i].type << 12 | (fixups[i].rva & (PAGE_SIZE - 1)));
    return PEL_OK;
}

static pel_status write_blocks(pel_builder *b, const fixup *fixups, size_t count)
{
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count; next++)
            if ((fixups[next].rva ^ fixups[first].rva) & ~(PAGE_SIZE - 1))
                break;
        PEL_TRY(write_block(b, fixups + first, next - first));
    }
    return PEL_OK;
}

pel_status pel_build_relocs(pel_builder *b)
{
    size_t count = b->relocation_count + b->va_links;
    PEL_TRY(pel_buf_resize(&b->allocator, &b->budget, &b->reloc.data, 0));
    if (count == 0)
        return PEL_OK;
    fixup *fixups = pel_take(&b->allocator, count * sizeof *fixups);
    if (!fixups)
        return PEL_NO_MEMORY;
    pel_status st = collect(b, fixups);
    if (st == PEL_OK) {
        qsort(fixups, count, sizeof *fixups, compare);
        st = write_blocks(b, fixups, count);
    }
    pel_give(&b->allocator, fixups, count * sizeof *fixups);
    return st;
}
