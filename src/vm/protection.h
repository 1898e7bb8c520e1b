/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PROTECTION_H
#define PEL_VM_PROTECTION_H

/* PAGE_* of the API, and the five bits of the page tables (pte.h). */

#include "vm/pte.h"

/** The five bits for `protect`. False: no such protection, or a mixture of them, or a modifier
 *  where none is allowed (STATUS_INVALID_PAGE_PROTECTION). */
bool pel_mm_from_protect(uint32_t protect, uint8_t *out);

/** May a view of a section with protection `most` have, or get, `wanted`? Copying needs no more
 * than reading. Modifiers do not matter. */
bool pel_mm_within(uint8_t wanted, uint8_t most);

/** PAGE_* for five bits; 0 for PEL_MM_NONE. */
uint32_t pel_mm_to_protect(uint8_t mm);

#endif
