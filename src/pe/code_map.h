/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_CODE_MAP_H
#define PEL_PE_CODE_MAP_H

/* Images with code for two machines tell which ranges are for which: ARM64EC and ARM64X files, and
 * x86 files that have code for ARM64. Source: Windows SDK, IMAGE_CHPE_RANGE_ENTRY, and LLVM's
 * chpe_range_entry. */

#include <pelorus/directories.h>

/** How far what lies at `rva` goes; UINT64_MAX where no range begins behind it. `*foreign` is true
 * in code for another machine than that of the file header. */
uint64_t pel_code_range(const pel_image *image, pel_rva rva, bool *foreign);

#endif
