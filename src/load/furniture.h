/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_FURNITURE_H
#define PEL_LOAD_FURNITURE_H

/* What a program finds in its process beside its modules: PEB, TEB, the loader's lists, parameters,
 * shared data, and registers to begin with. docs/process.md tells what is where. */

#include <pelorus/process.h>

#define PEL_SHARED_USER_DATA UINT64_C(0x7FFE0000) /* KUSER_SHARED_DATA, in every process */

/* Flags of LDR_DATA_TABLE_ENTRY that mean the same in every Windows. */
enum {
    PEL_LDRP_IMAGE_DLL = 0x4,
    PEL_LDRP_LOAD_IN_PROGRESS = 0x1000,
    PEL_LDRP_ENTRY_PROCESSED = 0x4000,
    PEL_LDRP_DONT_CALL_FOR_THREADS = 0x40000,
    PEL_LDRP_PROCESS_ATTACH_CALLED = 0x80000,
    PEL_LDRP_COR_IMAGE = 0x400000,
};

/** LDR_DLL_LOAD_REASON, since Windows 8. */
typedef enum pel_load_reason {
    PEL_LOADED_STATIC_DEPENDENCY,
    PEL_LOADED_STATIC_FORWARDER,
    PEL_LOADED_DYNAMIC_FORWARDER,
    PEL_LOADED_DELAYLOAD,
    PEL_LOADED_DYNAMIC,
} pel_load_reason;

/** One module. */
typedef struct pel_furniture_module {
    pel_va base, entry;     /* entry.v 0: none */
    uint64_t size;          /* of the view, bytes */
    const char *path;       /* UTF-8, as Windows would show it: C:\...\name.dll */
    const pel_image *image; /* for what its headers say; NULL: nothing */
    uint32_t flags;         /* PEL_LDRP_*; IMAGE_DLL comes from the image, too */
    bool has_tls;
    uint32_t load_count;  /* from 0xFFFF on: for ever, as for static imports */
    uint32_t load_reason; /* pel_load_reason */
    bool relocated;
} pel_furniture_module;

/** What to furnish a process with. All of it is borrowed. Texts that are NULL: image path, that of
 *  the program's module; command line, the image path in quotes; directory, C:\; environment,
 *  nothing. */
typedef struct pel_furniture_request {
    pel_windows windows;
    pel_host host;
    bool wide;                           /* a 64-bit process */
    uint16_t machine;                    /* IMAGE_FILE_MACHINE_* of its code */
    const pel_furniture_module *modules; /* in load order; the first is the program */
    size_t count;
    const uint32_t
        *init_order; /* indexes of modules as they are initialised, without the program */
    size_t init_count;
    const pel_stack *stack; /* NULL: none */
    pel_va heap;            /* 0: none */
    pel_va thread_start;    /* ntdll!RtlUserThreadStart; 0: the entry itself */
    pel_va entry;           /* of the program */
    pel_va highest;         /* for what is placed; 0: anywhere */
    pel_va tls_array;       /* ThreadLocalStoragePointer, or 0 */
    pel_va api_set_map;     /* PEB.ApiSetMap, or 0 */
    const char *image_path, *command_line, *current_directory;
    const char *const *environment; /* NAME=VALUE in UTF-8, in their order; NULL behind the last */
    uint32_t process_id, thread_id;
    uint64_t seed; /* of what Windows draws; 0: nothing is drawn */
} pel_furniture_request;

/** Furnish a process: allocate three regions in `space`, which hold PEB and TEB, what the loader
 *  knows, and the parameters with the environment. Pages are written as a debugger would. All or
 *  nothing. STATUS_INVALID_PARAMETER for no module, for an initialisation order that names a module
 *  that is not there, the program, or one twice, and for addresses that a 32-bit process cannot
 *  have; STATUS_NAME_TOO_LONG for a string of more than 32,766 UTF-16 units; else what the space
 *  refuses. `*out` is zero then. */
pel_ntstatus pel_furniture_make(pel_space *space, const pel_furniture_request *request,
                                pel_furniture *out);

/** Tell of other modules, TLS slots and heaps: PEB and TEB are written again where they are, and
 * the loader's lists get a new region. All or nothing, as above. */
pel_ntstatus pel_furniture_update(pel_space *space, const pel_furniture_request *request,
                                  pel_furniture *furniture);

/** Fill KUSER_SHARED_DATA, a page that is committed already. STATUS_NOT_COMMITTED when it is not.
 */
pel_ntstatus pel_shared_user_data_write(pel_space *space, pel_windows windows, uint64_t seed);

/** What SystemTime of the shared data says: 100 ns since 1601. */
uint64_t pel_shared_system_time(uint64_t seed);

#endif
