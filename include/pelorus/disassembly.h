/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DISASSEMBLY_H
#define PELORUS_DISASSEMBLY_H

/* The instructions of x86 and x64 in an image, one after another from an RVA on, with names for the
 * addresses in them. Bytes are read as they are mapped, before any relocation, so that memory which
 * the file does not fill reads as zeros. Nothing is guessed: where code goes on, and what is code
 * at all, is for the caller to know. Zydis decodes; a build may be without it. */

#include <pelorus/symbols.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Write the name and version of the library that decodes, "Zydis 4.0.0", cut and counted as
 *  snprintf does. 0, and nothing, when the build has none. */
PEL_API size_t pel_disassembler_version(char *out, size_t size);

/** PEL_OK when there is a disassembler for the code of `image`; PEL_NOT_FOUND when its machine is
 *  another one, or the build has none. */
PEL_API pel_status pel_image_disassembler(const pel_image *image);

/** No instruction is longer, in bytes. */
#define PEL_INSTRUCTION_MAX 15

/** Bytes that the text of an instruction, or a name, has room for, with its zero. */
#define PEL_INSTRUCTION_TEXT 512

/** What the address in an instruction is for. */
typedef enum pel_target_use {
    PEL_TARGET_NONE,    /**< there is none, or it is known when the program runs only */
    PEL_TARGET_BRANCH,  /**< where a jump or a call leads */
    PEL_TARGET_MEMORY,  /**< what is read or written, or where a jump reads its target */
    PEL_TARGET_ADDRESS, /**< computed and not looked at: lea */
} pel_target_use;

/** "branch", "memory", "address"; NULL for none. */
PEL_API const char *pel_target_use_name(pel_target_use use);

/** One instruction. */
typedef struct pel_instruction {
    pel_rva rva;
    pel_va va; /**< at ImageBase */
    bool has_offset;
    pel_foff offset; /**< of its first byte in the file */
    uint8_t size;
    uint8_t bytes[PEL_INSTRUCTION_MAX];
    pel_target_use use;
    pel_va target;
    bool target_inside; /**< the target is in the image, at the next one */
    pel_rva target_rva;
    char text[PEL_INSTRUCTION_TEXT]; /**< in Intel's syntax. It has the bytes of names as they are
                                          in the file: not safe to print */
} pel_instruction;

/** Why a walk over instructions ended. */
typedef enum pel_code_end {
    PEL_CODE_GOES_ON,     /**< it did not */
    PEL_CODE_UNMAPPED,    /**< nothing is mapped there */
    PEL_CODE_SECTION_END, /**< the section ends, between two instructions or inside of one */
    PEL_CODE_FILE_END,    /**< the section goes on, but the file is cut */
    PEL_CODE_UNDECODABLE, /**< the bytes are no instruction */
    PEL_CODE_FOREIGN, /**< the image says that code for another machine begins there (ARM64EC) */
} pel_code_end;

/** "end of section", "undecodable", ...; NULL for PEL_CODE_GOES_ON. */
PEL_API const char *pel_code_end_name(pel_code_end end);

/** Walks instructions. */
typedef struct pel_code_iter {
    const pel_image *image;
    const pel_symbols *symbols; /**< NULL: addresses have sections for names */
    uint64_t next;              /**< RVA of the next instruction */
    uint64_t limit;             /**< where the section ends, or its last page if `next` is behind */
    uint64_t range_end;         /**< where code for another machine may begin */
    pel_code_end end;
} pel_code_iter;

/** Begin to walk the instructions from `rva` on. `symbols` are of the same image, or NULL, and must
 *  live as long as the walk. */
PEL_API pel_code_iter pel_image_code(const pel_image *image, const pel_symbols *symbols,
                                     pel_rva rva);

/** The next instruction; false where `end` says why. */
PEL_API bool pel_code_next(pel_code_iter *it, pel_instruction *out);

/** Write what the target of an instruction is called, cut and counted as snprintf does: as
 *  pel_symbols_text, but a branch to a stub that jumps through an import slot is named by that
 *  import. 0, and nothing, when it has no name. */
PEL_API size_t pel_instruction_target(const pel_code_iter *it, const pel_instruction *instruction,
                                      char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
