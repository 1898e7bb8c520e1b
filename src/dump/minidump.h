/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_MINIDUMP_H
#define PEL_DUMP_MINIDUMP_H

/* Between the files that write minidumps. */

#include <pelorus/export.h>

#include "schema/minidump.h"

/** Bytes of a thread's CONTEXT for code of `machine`; 0 when we cannot describe its threads. */
uint32_t pel_md_context_size(uint16_t machine);

/** The CONTEXT of a thread that was created and has not run, as it lies in the file. */
void pel_md_context(const pel_minidump_source *source, const pel_export_thread *thread,
                    uint8_t out[PEL_MD_MAX_SIZE]);

/** The processor and the Windows of the source. */
pel_md_system_info pel_md_system(const pel_minidump_source *source);

#endif
