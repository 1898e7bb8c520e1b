/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_DISASSEMBLER_H
#define PEL_BASE_DISASSEMBLER_H

/* The seam to Zydis, which knows the instructions of x86 and x64. Nothing else of the house does. A
 * build without Zydis has the same functions, which answer that there is none. */

#include <pelorus/base.h>

/* No instruction is longer: the processor refuses more. */
#define PEL_DECODED_MAX 15

#define PEL_DECODED_TEXT 512

/* What an address in an instruction is for. */
typedef enum pel_decoded_use {
    PEL_DECODED_NOTHING, /* there is none, or it is known when the program runs only */
    PEL_DECODED_BRANCH,  /* where a jump or a call leads */
    PEL_DECODED_MEMORY,  /* what is read or written, or where a jump reads its target */
    PEL_DECODED_ADDRESS, /* computed and not looked at: lea */
} pel_decoded_use;

typedef struct pel_decoded {
    unsigned size; /* bytes */
    pel_decoded_use use;
    pel_va target;
    char text[PEL_DECODED_TEXT]; /* as Intel writes it; with the bytes of names as they came */
} pel_decoded;

/** Write a name for an address that an instruction has, with its zero; false when it has none.
 *  Names that do not fit are left out. */
typedef struct pel_decoded_names {
    bool (*name)(void *ctx, pel_decoded_use use, pel_va va, char *out, size_t size);
    void *ctx;
} pel_decoded_names;

/** Write "Zydis 4.0.0", cut and counted as snprintf does; 0, and nothing, when the build has none.
 */
size_t pel_disassembler_engine(char *out, size_t size);

/** The instruction at the start of `bytes`, which lie at `va`; `wide`: of x64, else of x86.
 *  PEL_MALFORMED when there is none, PEL_TRUNCATED when it is longer than `bytes`, PEL_NOT_FOUND
 *  when the build has no engine. */
pel_status pel_disassemble(bool wide, pel_span bytes, pel_va va, const pel_decoded_names *names,
                           pel_decoded *out);

#endif
