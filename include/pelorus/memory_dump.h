/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_MEMORY_DUMP_H
#define PELORUS_MEMORY_DUMP_H

/* Memory that somebody wrote to a file: a minidump of a process, or the bare bytes of one module.
 * A dump never changes after it was read, and any number of threads may look at it. Any bytes give
 * a dump; streams of a minidump that are cut or broken are read as far as they go. Structs and
 * spans that a dump gives are borrowed from it. */

#include <pelorus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque; free it with pel_memory_dump_free. */
typedef struct pel_memory_dump pel_memory_dump;

typedef enum pel_memory_dump_kind {
    PEL_DUMP_RAW,      /**< bytes from the base of a module on; which base is not known */
    PEL_DUMP_MINIDUMP, /**< begins with "MDMP" */
} pel_memory_dump_kind;

/** Map the file at `path` and read what is needed to find memory in it; the memory itself is read
 *  when it is asked for. PEL_IO (errno says why), PEL_NO_MEMORY, PEL_BAD_ARG. The file must not be
 *  cut short while the dump is in use. `allocator` may be NULL. */
PEL_API pel_status pel_memory_dump_open(const char *path, const pel_allocator *allocator,
                                        pel_memory_dump **out);

/** The same for `bytes`, which are borrowed and must outlive the dump. */
PEL_API pel_status pel_memory_dump_parse(pel_span bytes, const pel_allocator *allocator,
                                         pel_memory_dump **out);

PEL_API void pel_memory_dump_free(pel_memory_dump *dump);

PEL_API pel_memory_dump_kind pel_memory_dump_get_kind(const pel_memory_dump *dump);

/** "raw", "minidump"; never NULL. */
PEL_API const char *pel_memory_dump_kind_name(pel_memory_dump_kind kind);

/** True when streams name places behind the end of the file: memory or modules are missing. */
PEL_API bool pel_memory_dump_is_cut(const pel_memory_dump *dump);

/* ---- memory ------------------------------------------------------------ */

/** The bytes at `at`, as far as they lie in one piece of the file. When there are none, `*run` is
 *  how far it is to the next that there are, to the last of all addresses if there are no more, and
 *  never 0; else it is the size of what was given. Addresses in a raw dump count from its start. */
PEL_API pel_span pel_memory_dump_bytes(const pel_memory_dump *dump, pel_va at, uint64_t *run);

/** Copy `size` bytes from `at` on. PEL_NOT_FOUND when one of them is not in the dump. */
PEL_API pel_status pel_memory_dump_read(const pel_memory_dump *dump, pel_va at, void *out,
                                        size_t size);

/* ---- modules ----------------------------------------------------------- */

/** A module of the process. */
typedef struct pel_dump_module {
    pel_va base;
    uint32_t size;      /**< SizeOfImage */
    uint32_t checksum;  /**< of the optional header */
    uint32_t timestamp; /**< of the file header */
    uint32_t name;      /**< file offset of its name in the minidump */
} pel_dump_module;

/** How many modules the dump lists; a raw dump lists none. */
PEL_API size_t pel_memory_dump_module_count(const pel_memory_dump *dump);

/** Module `index`, by rising base; NULL from the count on. */
PEL_API const pel_dump_module *pel_memory_dump_module(const pel_memory_dump *dump, size_t index);

/** The module that has the byte at `at`, or NULL. */
PEL_API const pel_dump_module *pel_memory_dump_module_at(const pel_memory_dump *dump, pel_va at);

/** The path of a module as UTF-8, cut to `size` bytes with the final zero, and counted like
 *  snprintf; 4096 characters at most. What is no UTF-16 becomes U+FFFD. Empty when it is not there.
 */
PEL_API size_t pel_memory_dump_module_name(const pel_memory_dump *dump,
                                           const pel_dump_module *module, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
