/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_DRAW_H
#define PEL_DUMP_DRAW_H

#include "dump/page.h"

/** The whole text form of `map`: heading, verdict, drawing, stack, heap, diagnostics. */
pel_status pel_draw_map(const pel_image *image, const char *path, pel_process *process,
                        const pel_verdict *verdict, const pel_dump_options *options, pel_sink sink);

/** The drawing alone: the file on the left, the address space on the right. */
void pel_draw_memory(pel_page *page, const pel_image *image, pel_process *process);

/** One line for the file, one or two for the verdict. */
void pel_draw_heading(pel_page *page, const pel_image *image, const char *path);
void pel_draw_verdict(pel_page *page, const pel_process *process, const pel_verdict *verdict);

/** Stack and heap: header value and effective value. */
void pel_draw_stack_and_heap(pel_page *page, const pel_process *process);

/** Diagnostics, a line each. */
void pel_draw_diagnostics(pel_page *page, const pel_image *image);

#endif
