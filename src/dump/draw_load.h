/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_DRAW_LOAD_H
#define PEL_DUMP_DRAW_LOAD_H

#include "dump/page.h"

#define PEL_REFUSAL_TEXT 512

/** Why a DLL that was found cannot be used, in one line. False when there is nothing to tell. */
bool pel_dll_refusal_text(const pel_image *program, const pel_dll_refusal *why,
                          char text[PEL_REFUSAL_TEXT]);

/** The whole text form of `load`: verdict, modules, what is missing, stack and heap. */
pel_status pel_draw_load(const pel_load_result *result, const pel_dump_options *options,
                         pel_sink sink);

#endif
