/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_RELOC_FAMILY_H
#define PEL_PE_RELOC_FAMILY_H

#include <stdint.h>

/* The machines that share the meaning of a relocation type: a column of tables/reloc_type.def. */
typedef enum pel_reloc_family {
    PEL_RELOC_ANY,
    PEL_RELOC_MIPS,
    PEL_RELOC_ARM,
    PEL_RELOC_RISCV,
    PEL_RELOC_LOONGARCH32,
    PEL_RELOC_LOONGARCH64,
    PEL_RELOC_IA64,
} pel_reloc_family;

/** The family of a machine (PEL_MACHINE_*); PEL_RELOC_ANY when it has no types of its own. */
pel_reloc_family pel_reloc_family_of(uint16_t machine);

#endif
