/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations of objects. A section with more than 65,534 has the true number in the first record:
 *
 *   NumberOfRelocations 0xffff, IMAGE_SCN_LNK_NRELOC_OVFL
 *   PointerToRelocations --> | VirtualAddress = count, itself included | record | record | ...
 */
#include <pelorus/object.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

#define RECORD_SIZE 10
#define TOO_MANY    0xffff

pel_coff_reloc_iter pel_image_coff_relocs(const pel_image *image, uint32_t index)
{
    pel_coff_reloc_iter it = { .count = 0 };
    const pel_section *s = pel_image_section(image, index);
    bool object = image->kind == PEL_IMAGE_OBJECT || image->kind == PEL_IMAGE_BIG_OBJECT;
    if (!s || !object)
        return it;
    uint64_t at = s->header.relocation_table.v;
    it.count = s->header.relocation_count;
    it.extended = it.count == TOO_MANY && s->header.flags & PEL_SCN_LNK_NRELOC_OVFL;
    if (it.extended && pel_span_has(image->bytes, at, RECORD_SIZE)) {
        uint64_t told = pel_span_uint(image->bytes, at, 4);
        it.count = told > 0 ? told - 1 : 0;
        at += RECORD_SIZE;
    }
    it.offset.v = at;
    it.table = pel_span_clip(image->bytes, at, it.count * RECORD_SIZE);
    return it;
}

bool pel_coff_reloc_next(pel_coff_reloc_iter *it, pel_coff_relocation *out)
{
    pel_reader r = { .pos = 0 };
    *out = (pel_coff_relocation){ .symbol = 0 };
    if (it->status != PEL_OK || it->index == it->count)
        return false;
    if (!pel_span_slice(it->table, it->index * RECORD_SIZE, RECORD_SIZE, &r.bytes)) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    it->index++;
    it->offset.v += RECORD_SIZE;
    return pel_schema_decode(&pel_coff_relocation_schema, &r, out) == PEL_OK;
}

/* ---- names ------------------------------------------------------------- */

typedef enum family {
    I386,
    MIPS,
    ALPHA,
    PPC,
    SH3,
    SHM,
    SH,
    ARM,
    THUMB,
    AM,
    ARM64,
    AMD64,
    IA64,
    CEF,
    CEE,
    M32R,
    EBC
} family;

static const struct {
    uint8_t family;
    uint16_t value;
    const char *name;
} types[] = {
#define X(family, id, value, doc) { family, value, "IMAGE_REL_" #family "_" #id },
#include <pelorus/tables/coff_reloc_type.def>
#undef X
};

#define BIT(family) (1u << (family))

static const struct {
    uint16_t machine;
    uint32_t families;
} machines[] = {
    { PEL_MACHINE_I386, BIT(I386) },
    { PEL_MACHINE_R3000BE, BIT(MIPS) },
    { PEL_MACHINE_R3000, BIT(MIPS) },
    { PEL_MACHINE_R4000, BIT(MIPS) },
    { PEL_MACHINE_R10000, BIT(MIPS) },
    { PEL_MACHINE_WCEMIPSV2, BIT(MIPS) },
    { PEL_MACHINE_MIPS16, BIT(MIPS) },
    { PEL_MACHINE_MIPSFPU, BIT(MIPS) },
    { PEL_MACHINE_MIPSFPU16, BIT(MIPS) },
    { PEL_MACHINE_ALPHA, BIT(ALPHA) },
    { PEL_MACHINE_ALPHA64, BIT(ALPHA) },
    { PEL_MACHINE_POWERPC, BIT(PPC) },
    { PEL_MACHINE_POWERPCFP, BIT(PPC) },
    { PEL_MACHINE_POWERPCBE, BIT(PPC) },
    { PEL_MACHINE_SH3, BIT(SH3) | BIT(SHM) | BIT(SH) },
    { PEL_MACHINE_SH3DSP, BIT(SH3) | BIT(SHM) | BIT(SH) },
    { PEL_MACHINE_SH3E, BIT(SH3) | BIT(SHM) | BIT(SH) },
    { PEL_MACHINE_SH4, BIT(SH3) | BIT(SHM) | BIT(SH) },
    { PEL_MACHINE_SH5, BIT(SH3) | BIT(SHM) | BIT(SH) },
    { PEL_MACHINE_ARM, BIT(ARM) },
    { PEL_MACHINE_THUMB, BIT(ARM) | BIT(THUMB) },
    { PEL_MACHINE_ARMNT, BIT(ARM) | BIT(THUMB) },
    { PEL_MACHINE_AM33, BIT(AM) },
    { PEL_MACHINE_ARM64, BIT(ARM64) },
    { PEL_MACHINE_ARM64EC, BIT(ARM64) },
    { PEL_MACHINE_ARM64X, BIT(ARM64) },
    { PEL_MACHINE_AMD64, BIT(AMD64) },
    { PEL_MACHINE_IA64, BIT(IA64) },
    { PEL_MACHINE_CEF, BIT(CEF) },
    { PEL_MACHINE_CEE, BIT(CEE) },
    { PEL_MACHINE_M32R, BIT(M32R) },
    { PEL_MACHINE_EBC, BIT(EBC) },
};

static uint32_t families_of(uint16_t machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == machine)
            return machines[i].families;
    return 0;
}

#define PPC_TYPE_MASK 0xff /* the bits above say how it is applied */

const char *pel_coff_reloc_type_name(uint16_t machine, uint16_t type)
{
    uint32_t mine = families_of(machine);
    if (mine & BIT(PPC))
        type &= PPC_TYPE_MASK;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].value == type && mine & BIT(types[i].family))
            return types[i].name;
    return NULL;
}
