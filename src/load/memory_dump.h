/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_MEMORY_DUMP_H
#define PEL_LOAD_MEMORY_DUMP_H

/* The inside of pel_memory_dump. */

#include <pelorus/memory_dump.h>

#include "base/alloc.h"
#include "base/reader.h"

/* [start, start + size) is at `offset` in the file, all of it. Sorted, and none overlaps another.
 */
typedef struct memory_range {
    uint64_t start, size;
    uint64_t offset;
} memory_range;

struct pel_memory_dump {
    pel_allocator allocator;
    pel_span bytes;
    bool owns_bytes; /* mapped by pel_memory_dump_open */
    bool cut;
    pel_memory_dump_kind kind;
    memory_range *ranges;
    size_t range_count, range_capacity;
    uint64_t believed;        /* ranges that were read, empty ones among them */
    pel_dump_module *modules; /* by base */
    size_t module_count, module_capacity;
};

/** True when `bytes` begin as a minidump does. */
bool pel_minidump_is_one(pel_span bytes);

/** Fill ranges and modules from the streams of the minidump. PEL_NO_MEMORY. */
pel_status pel_minidump_read(pel_memory_dump *dump);

#endif
