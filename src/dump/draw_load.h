/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_DRAW_LOAD_H
#define PEL_DUMP_DRAW_LOAD_H

#include "dump/page.h"

/** The whole text form of `load`: verdict, modules, what is missing, stack and heap. */
pel_status pel_draw_load(const pel_load_result *result, const pel_dump_options *options,
                         pel_sink sink);

#endif
