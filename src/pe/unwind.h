/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_UNWIND_H
#define PEL_PE_UNWIND_H

/* Unwind information of each machine, behind the one interface of exceptions.h. */

#include <pelorus/exceptions.h>

#include "base/phrase.h"
#include "base/reader.h"

/** Say what a code means. */
void pel_unwind_say(pel_unwind_code *code, const char *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same for codes that files are full of: the words are said with base/phrase.h. */
pel_phrase pel_unwind_words(pel_unwind_code *code, const char *op);

/** The bytes from `rva` on that the file has, as many as `most`. */
pel_span pel_unwind_bytes(const pel_image *image, uint32_t rva, uint64_t most);

pel_status pel_x64_unwind(pel_unwind *u);
bool pel_x64_code_next(pel_unwind_code_iter *it, pel_unwind_code *out);
bool pel_x64_v3_code_next(pel_unwind_code_iter *it, pel_unwind_code *out);
bool pel_x64_v3_epilog_next(pel_unwind_epilog_iter *it, pel_unwind_epilog *out);
pel_status pel_x64_v3_unwind(pel_unwind *u, pel_span bytes);

/** Behind the codes: handler or chained entry. */
pel_status pel_x64_tail(pel_unwind *u, pel_span bytes, uint64_t at);

pel_status pel_arm64_unpack(pel_unwind *u);
pel_status pel_arm_unpack(pel_unwind *u);

/* One code: fill in size, op and text of the code whose bytes begin at `bytes`, and whether it
 * ends. False when it is cut or means nothing: size 0. */
bool pel_arm64_code(pel_span bytes, pel_unwind_code *out);
bool pel_arm_code(pel_span bytes, pel_unwind_code *out);
bool pel_x64_wod(pel_span bytes, pel_unwind_code *out);

extern const char *const pel_x64_registers[32];

#endif
