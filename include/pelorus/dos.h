/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DOS_H
#define PELORUS_DOS_H

/* The DOS program that a file begins with: its code, and the places that DOS relocates. Windows
 * looks at none of it. Nothing is allocated; spans and text are borrowed from the file. Sources:
 * MS-DOS Programmer's Reference (1993), "EXE header"; what linkers write. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whose program it is. */
typedef enum pel_stub_kind {
    PEL_STUB_NONE,     /**< there is no room for one */
    PEL_STUB_STANDARD, /**< prints that it does not run under DOS, as that of every linker does */
    PEL_STUB_WINE,     /**< no program, but what Wine knows its own DLLs by */
    PEL_STUB_OTHER,
} pel_stub_kind;

/** "none", "standard", "wine", "other"; never NULL. */
PEL_API const char *pel_stub_kind_name(pel_stub_kind kind);

/** What lies between the DOS header and that of the format that follows it. */
typedef struct pel_dos_stub {
    pel_stub_kind kind;
    pel_foff offset;  /**< e_cparhdr * 16 */
    pel_span bytes;   /**< up to e_lfanew, the Rich header, or what e_cp says a DOS program has */
    bool has_entry;   /**< false: it leads out of `bytes` */
    pel_foff entry;   /**< of its first instruction, e_cs:e_ip */
    bool has_message; /**< false: its first instructions print none */
    pel_str message;  /**< up to the dollar sign that ends it */
} pel_dos_stub;

/** PEL_NOT_FOUND when the file has no DOS header. */
PEL_API pel_status pel_image_dos_stub(const pel_image *image, pel_dos_stub *out);

/** Walks the relocations of DOS. `status`: PEL_OK after e_crlc of them, PEL_TRUNCATED where the
 *  file ends. */
typedef struct pel_dos_reloc_iter {
    const pel_image *image;
    uint32_t index;
    pel_status status;
} pel_dos_reloc_iter;

PEL_API pel_dos_reloc_iter pel_image_dos_relocs(const pel_image *image);

/** The next place, where its entry lies in the file, and the word that it means; the last two as
 *  file offsets. */
PEL_API bool pel_dos_reloc_next(pel_dos_reloc_iter *it, pel_dos_relocation *out, pel_foff *entry,
                                pel_foff *word);

#ifdef __cplusplus
}
#endif
#endif
