/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DIAG_H
#define PELORUS_DIAG_H

/* What is wrong or odd with a file: a stable code, a severity, a place, and the
 * value and limit that show it. The text is derived; scripts match the code. */

#include <pelorus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pel_severity {
    PEL_INFO,    /**< worth knowing */
    PEL_WARNING, /**< unusual; Windows does not mind */
    PEL_ERROR,   /**< contradicts the format or cannot be read */
} pel_severity;

/** "info", "warning" or "error". */
PEL_API const char *pel_severity_name(pel_severity severity);

typedef enum pel_diag_code {
#define X(id, severity, shows, text, help) PEL_DIAG_##id,
#include <pelorus/tables/diag.def>
#undef X
    PEL_DIAG_COUNT
} pel_diag_code;

/** "SECTION_PAST_EOF"; never NULL. Stable from release to release. */
PEL_API const char *pel_diag_code_name(pel_diag_code code);

/** One line that says what it is; never NULL. */
PEL_API const char *pel_diag_text(pel_diag_code code);

/** What it means and what Windows does about it; never NULL. */
PEL_API const char *pel_diag_help(pel_diag_code code);

/** The severity that the code has by default. */
PEL_API pel_severity pel_diag_severity(pel_diag_code code);

/** For pel_place.index: the structure is not one of several. */
#define PEL_NO_INDEX UINT32_MAX

/** A place in a file: `structure[index].field`, and the offset of that field. Its texts are
 *  constants, which live as long as the program. */
typedef struct pel_place {
    const char *structure; /**< key of the structure in dumps, for example "sections"; or NULL */
    uint32_t index;        /**< which one, from 0; PEL_NO_INDEX if there is but one */
    const char *field;     /**< Microsoft's name of the field; or NULL for the whole structure */
    bool has_offset;       /**< false: the place has no offset in the file */
    pel_foff offset;       /**< file offset of the field */
} pel_place;

/** Write "sections[3].SizeOfRawData" to `out`, cut to `size` bytes with the final zero; nothing
 *  for a place without a structure. Gives the length of the whole text without the zero, as
 *  snprintf does, so that a length of `size` or more means that it was cut. */
PEL_API size_t pel_place_format(const pel_place *place, char *out, size_t size);

/** One remark about a file. */
typedef struct pel_diag {
    pel_diag_code code;
    pel_severity severity;
    pel_place where;
    uint64_t found; /**< the value of the field at `where`, or a number of what is there, if the
                     *   code shows one */
    uint64_t limit; /**< what it is measured against, or what else the text means, if the code
                     *   shows one */
} pel_diag;

/** Write one line, for example
 *  "sections[3].SizeOfRawData 0x9000 at 0x210: raw data ends past the end of the file (0x8800)".
 *  Behind the name of a field stands its value; any other number stands in brackets.
 *  Cut and counted like pel_place_format. */
PEL_API size_t pel_diag_format(const pel_diag *diag, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
