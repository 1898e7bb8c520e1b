/* SPDX-License-Identifier: Apache-2.0 */
/* Base relocations.
 *
 *   | VirtualAddress | SizeOfBlock | entry | entry | ... | next block
 *   |     4 bytes    |   4 bytes   | 2 bytes: type << 12 | offset
 */
#include "pe/image_priv.h"
#include "pe/reloc_family.h"

#define BLOCK_HEADER 8

pel_reloc_iter pel_image_relocs(const pel_image *image)
{
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_BASERELOC);
    pel_reloc_iter it = { .size = dir.size };
    if (dir.size == 0)
        return it;
    /* To the end of the piece, not of the directory: a last block may be longer than it. */
    it.bytes = pel_image_span(image, (pel_rva){ dir.address }, UINT64_MAX);
    pel_image_rva_to_foff(image, (pel_rva){ dir.address }, &it.offset);
    return it;
}

bool pel_reloc_next(pel_reloc_iter *it, pel_reloc_block *out)
{
    if (it->status != PEL_OK || it->size <= it->pos || it->size - it->pos <= BLOCK_HEADER)
        return false;
    pel_reader r = { .bytes = pel_span_clip(it->bytes, it->pos, UINT64_MAX) };
    out->offset.v = it->offset.v + it->pos;
    out->page.v = (uint32_t)pel_read_uint(&r, 4);
    out->size = (uint32_t)pel_read_uint(&r, 4);
    if (r.failed) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    if (out->size < BLOCK_HEADER) {
        it->status = out->size == 0 ? PEL_OK : PEL_MALFORMED;
        it->size = 0; /* a block of size 0 is a plain end */
        return false;
    }
    /* Whole entries only: an odd size loses its last byte, and the next block follows there. */
    uint64_t size = pel_round_down(out->size - BLOCK_HEADER, 2);
    out->entries = pel_span_clip(r.bytes, r.pos, size);
    if (out->entries.size < size)
        it->status = PEL_TRUNCATED; /* told after the entries that are there */
    it->pos += BLOCK_HEADER + size;
    return true;
}

size_t pel_reloc_count(const pel_reloc_block *block) { return block->entries.size / 2; }

pel_reloc pel_reloc_entry(const pel_reloc_block *block, size_t index)
{
    unsigned e = (unsigned)pel_span_uint(block->entries, (uint64_t)index * 2, 2);
    return (pel_reloc){ .rva = { block->page.v + (e & 0xfff) }, .type = (uint8_t)(e >> 12) };
}

/* ---- names ------------------------------------------------------------- */

pel_reloc_family pel_reloc_family_of(uint16_t machine)
{
    switch (machine) {
    case PEL_MACHINE_R3000BE:
    case PEL_MACHINE_R3000:
    case PEL_MACHINE_R4000:
    case PEL_MACHINE_R10000:
    case PEL_MACHINE_WCEMIPSV2:
    case PEL_MACHINE_MIPS16:
    case PEL_MACHINE_MIPSFPU:
    case PEL_MACHINE_MIPSFPU16: return PEL_RELOC_MIPS;
    case PEL_MACHINE_ARM:
    case PEL_MACHINE_THUMB:
    case PEL_MACHINE_ARMNT: return PEL_RELOC_ARM;
    case PEL_MACHINE_RISCV32:
    case PEL_MACHINE_RISCV64:
    case PEL_MACHINE_RISCV128: return PEL_RELOC_RISCV;
    case PEL_MACHINE_LOONGARCH32: return PEL_RELOC_LOONGARCH32;
    case PEL_MACHINE_LOONGARCH64: return PEL_RELOC_LOONGARCH64;
    case PEL_MACHINE_IA64: return PEL_RELOC_IA64;
    default: return PEL_RELOC_ANY;
    }
}

static const struct {
    uint8_t type;
    pel_reloc_family machines;
    const char *name;
} types[] = {
#define X(id, value, machines, bytes, doc) { value, PEL_RELOC_##machines, "IMAGE_REL_BASED_" #id },
#include <pelorus/tables/reloc_type.def>
#undef X
};

const char *pel_reloc_type_name(uint16_t machine, uint8_t type)
{
    pel_reloc_family mine = pel_reloc_family_of(machine);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type &&
            (types[i].machines == PEL_RELOC_ANY || types[i].machines == mine))
            return types[i].name;
    return NULL;
}
