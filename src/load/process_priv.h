/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_PROCESS_PRIV_H
#define PEL_LOAD_PROCESS_PRIV_H

/* The inside of a process, and the steps of the loader in it.
 *
 *   process.c   the kernel's part: space, program, stack, heap
 *   start.c     the loader's calls: start, load a DLL, look up a procedure
 *   walk.c      the closure of the imports, depth first
 *   modules.c   one DLL: found, mapped, listed
 *   resolve.c   one import: export tables and forwarders
 *   bound.c     imports that need no look-up
 *   bind.c      what was found, written into the import address tables
 *   init.c      TLS slots and security cookies
 *   furnish.c   what PEB, TEB and their lists tell of the modules (furniture.h)
 *
 * Everything up to `walk.c` only maps and looks up. Nothing is written before it is clear that
 * nothing is missing, and so going back is to unmap what is new. */

#include <pelorus/directories.h>
#include <pelorus/process.h>

#include "load/furniture.h"
#include "load/load_priv.h"

/** A module, with what the loader looks up in it again and again. */
typedef struct loaded {
    pel_loaded_module told;
    pel_exports exports;
    pel_status has_exports; /* what reading them came to */
    bool cookie_done;
} loaded;

/** A file that cannot be loaded. It is not tried again for each import that names it. */
typedef struct refused_dll {
    const pel_image *image;
    pel_ntstatus status;
    pel_dll_refusal why;
} refused_dll;

struct pel_process {
    pel_allocator allocator;
    const pel_image *img;
    pel_load_options options;
    pel_space *space;
    pel_va highest; /* for what the system places */
    pel_module module;
    pel_stack stack;
    pel_heap heap;
    pel_verdict why;

    /* The loader's. */
    bool started;
    pel_start_options start;
    pel_api_sets api_sets;
    loaded *modules; /* in load order */
    size_t module_count, module_capacity;
    uint32_t init_count; /* modules that have an init_order */
    pel_binding *bindings;
    size_t binding_count, binding_capacity;
    pel_str *forwards;
    size_t forward_count, forward_capacity;
    pel_missing *missing;
    size_t missing_count, missing_capacity;
    refused_dll *refused;
    size_t refused_count, refused_capacity;
    uint32_t tls_count;
    pel_va tls_array;    /* of the first thread; 0: none */
    size_t static_count; /* modules that came with the start */
    size_t system_count; /* the program, and those that are in every process */
    pel_furniture furniture;
    pel_dll_refusal refusal; /* of the DLL that was wanted last */
    bool failed;
    pel_loader_failure failure;
};

/** What a call of the loader adds, so that it can be taken back; and modules whose imports are
 * still to be walked. */
typedef struct pel_loading {
    pel_process *process;
    size_t modules_before, bindings_before, forwards_before;
    size_t first_fresh; /* module 0 is there before, but new at the start */
    uint32_t init_before, tls_before;
    struct walk_frame *frames;
    size_t frame_count, frame_capacity;
} pel_loading;

/** NTSTATUS of the host's lack of memory. */
#define PEL_NT_HOST_NO_MEMORY ((pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY)

/* ---- modules.c --------------------------------------------------------- */

/** Longest name of a DLL, without the zero. */
#define PEL_DLL_NAME_MAX 255

/** A module that `name` stands for: a loaded one, or one that is found and mapped now, whose
 * imports are then to be walked (`*fresh`). `importer` is the index of the module that wants it. */
pel_ntstatus pel_process_want_dll(pel_process *p, uint32_t importer, pel_str name, uint32_t *index,
                                  bool *fresh);

/** True when `name` stands for a module that is loaded. */
bool pel_process_is_loaded(const pel_process *p, uint32_t importer, pel_str name, uint32_t *index);

/** True when `img` is for the machine that the program is for. */
bool pel_process_same_machine(const pel_process *p, const pel_image *img);

/** List the program as module 0. */
pel_ntstatus pel_process_list_program(pel_process *p);

/** Unmap and forget the modules from number `count` on. */
void pel_process_drop_modules(pel_process *p, size_t count);

/* ---- resolve.c --------------------------------------------------------- */

/** What an import asks for. */
typedef struct pel_wanted {
    bool by_ordinal;
    uint16_t ordinal;
    uint16_t hint;
    pel_str name;
} pel_wanted;

/** Where it was found. */
typedef struct pel_resolved {
    uint32_t module;
    pel_va va;
    uint32_t forwards, forward_count; /* recorded in the process */
    pel_str forwarder;                /* the last one; empty: none */
} pel_resolved;

/** Find what `module` exports, and follow forwarders; DLLs that they lead to are loaded.
 *  STATUS_ENTRYPOINT_NOT_FOUND, STATUS_ORDINAL_NOT_FOUND, STATUS_DLL_NOT_FOUND (of a forwarder),
 *  STATUS_INVALID_IMAGE_FORMAT (no export directory), STATUS_STACK_OVERFLOW (a chain without end).
 */
pel_ntstatus pel_process_resolve(pel_loading *l, uint32_t module, const pel_wanted *wanted,
                                 pel_resolved *out);

/* ---- bound.c ----------------------------------------------------------- */

/** True when the addresses that the file has for a descriptor hold, and are left alone. */
bool pel_process_import_holds(pel_process *p, uint32_t importer, const pel_import *import);

/** The same of an entry of the bound import directory, behind which `it` stands. */
bool pel_process_bound_holds(pel_process *p, uint32_t importer, const pel_bound_import_iter *it,
                             const pel_bound_import *entry);

/** True when the bound import directory says which DLLs an image needs, as on Windows XP. */
bool pel_process_bounds_lead(const pel_process *p, const pel_image *image);

/* ---- walk.c ------------------------------------------------------------ */

/** Begin: remember what there is. */
pel_loading pel_loading_begin(pel_process *p);

/** Have the imports of a fresh module walked before anything else. */
pel_ntstatus pel_loading_push(pel_loading *l, uint32_t module);

/** Walk until no module is left to be walked. A success, also when something is missing: that is in
 *  the list of the process. */
pel_ntstatus pel_loading_walk(pel_loading *l);

/** Look up the delay imports of all modules, and those of the DLLs that this loads. */
pel_ntstatus pel_loading_walk_delayed(pel_loading *l);

/** Take back what is new. The list of what is missing stays. */
void pel_loading_undo(pel_loading *l);

/** Release what only the walk needed. */
void pel_loading_end(pel_loading *l);

/* ---- bind.c, init.c, furnish.c ---------------------------------------------------- */

/** Write the new bindings into the import address tables, and make stubs for those without target.
 */
pel_ntstatus pel_loading_write_bindings(pel_loading *l);

/** Give a module that is about to be walked its TLS slot, if it has one and this Windows does it
 *  now. */
void pel_process_give_slot(pel_process *p, uint32_t module);

/** What the index of that slot is written over, in the file; of size 0 when there is none. */
pel_overlay pel_process_index_overlay(const pel_process *p, uint32_t module);

/** Write the indexes of the slots that were given out, before anything else is written. */
pel_ntstatus pel_loading_write_early_indexes(const pel_loading *l);

/** Set security cookies, write the TLS indexes that come last, and copy the templates for the first
 *  thread. */
pel_ntstatus pel_loading_initialise(pel_loading *l);

/** Make PEB, TEB and the loader's lists, or bring them up to date. */
pel_ntstatus pel_process_furnish(pel_process *p);

/** Remember what failed first: `nt`, if it is a refusal, at `at` (0: no address). Gives `nt`. */
pel_ntstatus pel_process_fail(pel_process *p, pel_ntstatus nt, pel_loader_step step,
                              const char *module, pel_va at);

/** Write as the loader does: the pages are made writable meanwhile. */
pel_ntstatus pel_process_patch(pel_process *p, pel_va at, const void *bytes, size_t size);

#endif
