/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_MEMORY_H
#define PEL_DUMP_WALK_MEMORY_H

/* What the documents of processes have in common. */

#include "dump/naming.h"
#include "dump/walk.h"

/** Sizes by the header, sizes in effect, and addresses, as "stack" and "heap". */
void pel_walk_stack(pel_emitter *e, const pel_stack *stack);
void pel_walk_heap(pel_emitter *e, const pel_heap *heap);

/** Where execution begins, as "entry_point": {rva, va, offset}, or null. */
void pel_walk_entry(pel_emitter *e, pel_naming *naming, const pel_module *m);

#endif
