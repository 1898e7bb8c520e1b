/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_EXPORT_H
#define PELORUS_EXPORT_H

/* Simulated memory as files that other programs read: the RAM of a machine for an emulator, and
 * a process as a minidump for a debugger. Both are written to a sink while they are made, whatever
 * their size. docs/export.md shows how to open them. */

#include <pelorus/dump.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- touching ---------------------------------------------------------- */

/** Which pages are made resident. */
typedef enum pel_touch {
    PEL_TOUCH_ALL,   /**< every committed page that a program may touch; the default */
    PEL_TOUCH_ENTRY, /**< the first instruction and the top of the stack */
    PEL_TOUCH_NONE,
} pel_touch;

/** "all", "entry", "none"; never NULL. */
PEL_API const char *pel_touch_name(pel_touch touch);
/** PEL_NOT_FOUND when there is no choice of that name. */
PEL_API pel_status pel_touch_from_name(const char *name, pel_touch *out);

/** What touching came to, in pages. */
typedef struct pel_touched {
    uint64_t read;
    uint64_t written; /**< of those read: private and writable, written with the bytes they had */
    uint64_t refused; /**< not to be had: for lack of RAM, as a rule */
    uint64_t left;    /**< beyond the limit, and not tried */
} pel_touched;

/** Touch pages as the program would, `most` of them (0: no limit): each is read, and written with
 *  its own byte if it is private and writable. Guards and pages without access are left alone.
 *  `*out` (may be NULL) tells how far it came. PEL_NO_MEMORY and PEL_IO are the host's; what the
 *  simulated Windows refuses is counted. Each page touched may take a page of host memory. */
PEL_API pel_status pel_export_touch(pel_process *process, pel_touch touch, uint64_t most,
                                    pel_touched *out);

/* ---- RAM --------------------------------------------------------------- */

/** Write RAM, from physical address 0 to the highest frame that was ever used. `*size` (may be
 *  NULL) is how much that is, in bytes. */
PEL_API pel_status pel_export_physmem(const pel_machine *machine, pel_sink sink, uint64_t *size);

/** Registers that make an x86 processor see a space: paging on, writes of the kernel checked, too.
 */
typedef struct pel_export_registers {
    uint64_t cr0, cr3, cr4, efer;
} pel_export_registers;

PEL_API pel_export_registers pel_export_registers_of(const pel_space *space);

/** How many pages of the space the processor can reach: those with a valid entry. */
PEL_API uint64_t pel_export_mapped(pel_space *space);

/* ---- minidump ---------------------------------------------------------- */

/** A module, for the module list. */
typedef struct pel_export_module {
    const char *name; /**< UTF-8; what is no UTF-8 becomes U+FFFD */
    pel_va base;
    uint32_t size;      /**< SizeOfImage */
    uint32_t checksum;  /**< of the optional header */
    uint32_t timestamp; /**< of the file header */
} pel_export_module;

/** A thread that was created and has not run, or with a context any thread. */
typedef struct pel_export_thread {
    uint32_t id;
    pel_va start;               /**< where it will begin: the instruction pointer */
    pel_va argument;            /**< what is called there: RCX, EAX */
    pel_va peb;                 /**< RDX, EBX; 0: none */
    pel_va teb;                 /**< 0: none */
    pel_va stack_limit;         /**< lowest committed byte that is no guard */
    pel_va stack_base;          /**< just above the highest byte */
    pel_va stack_pointer;       /**< 0: as deep as Windows begins; see docs/export.md */
    const pel_context *context; /**< its registers; NULL: what pel_context_initial makes of the
                                     others */
} pel_export_thread;

/** What a minidump tells beside the memory. All of it is borrowed. */
typedef struct pel_minidump_source {
    pel_space *space;
    uint16_t machine; /**< IMAGE_FILE_MACHINE_*: the code that runs; threads are told of AMD64 and
                           I386 only */
    pel_windows windows;
    pel_host host;
    uint32_t pid;
    uint32_t time; /**< seconds since 1970; 0: none, so that equal processes give equal files */
    const pel_export_module *modules;
    size_t module_count;
    const pel_export_thread *threads;
    size_t thread_count;
} pel_minidump_source;

/** The streams of a minidump, in the order in which they are written. */
typedef enum pel_minidump_stream {
    PEL_MINIDUMP_SYSTEM_INFO,
    PEL_MINIDUMP_MISC_INFO,
    PEL_MINIDUMP_THREAD_LIST,
    PEL_MINIDUMP_MODULE_LIST,
    PEL_MINIDUMP_MEMORY_INFO_LIST,
    PEL_MINIDUMP_MEMORY64_LIST,
    PEL_MINIDUMP_STREAMS,
} pel_minidump_stream;

/** "SystemInfoStream", ...; never NULL. */
PEL_API const char *pel_minidump_stream_name(pel_minidump_stream stream);

/** What was written. */
typedef struct pel_minidump_info {
    uint64_t size; /**< of the file, in bytes */
    struct {
        uint32_t type; /**< MINIDUMP_STREAM_TYPE */
        uint32_t offset;
        uint32_t size;
    } streams[PEL_MINIDUMP_STREAMS];
    uint64_t regions;      /**< MINIDUMP_MEMORY_INFO: free and reserved ones, too */
    uint64_t ranges;       /**< MINIDUMP_MEMORY_DESCRIPTOR64: committed ones */
    uint64_t memory_bytes; /**< bytes of memory in the file */
    uint64_t unreadable;   /**< of these, pages that could not be read; they are zero */
    uint32_t modules;
    uint32_t threads;
} pel_minidump_info;

/** Write a minidump: header, streams, and the bytes of all committed memory, behind guards and in
 *  page files, too. Changes nothing in the space. `*info` (may be NULL) tells what was written.
 *  PEL_LIMIT when what stands before the memory has no room in 4 GiB, PEL_BAD_ARG when the space
 *  is NULL. Sources: minidumpapiset.h and winnt.h (Windows SDK documentation). */
PEL_API pel_status pel_export_minidump(const pel_minidump_source *source, pel_sink sink,
                                       pel_minidump_info *info);

/* Process and thread that pel_export_describe names: there is only one of each. */
#define PEL_EXPORT_PID 1000u
#define PEL_EXPORT_TID 1004u

/** A process with its modules and, unless it is a DLL's or its entry point is missing, one thread:
 *  room for what a pel_minidump_source borrows. */
typedef struct pel_export_process {
    pel_export_module *modules;
    size_t module_count;
    pel_export_thread thread;
    pel_minidump_source source;
    pel_allocator allocator;
} pel_export_process;

/** Describe `process`; `options` as it was made with, `name` as its program shall be called. Of a
 *  process that was started: all of its modules, PEB, TEB and first registers. The source in `*out`
 *  points into `*out`, to `name` and to the process; give it back with pel_export_release.
 *  PEL_NO_MEMORY. */
PEL_API pel_status pel_export_describe(const pel_process *process, const pel_load_options *options,
                                       const char *name, pel_export_process *out);

/** Release what pel_export_describe took. */
PEL_API void pel_export_release(pel_export_process *described);

/* ---- the document ------------------------------------------------------ */

/** What an export came to. */
typedef struct pel_export_report {
    pel_touch touch;
    pel_touched touched;
    const char *physmem; /**< path of the file; NULL: none was written */
    uint64_t physmem_size;
    const char *minidump; /**< the same */
    const pel_minidump_source *source;
    pel_minidump_info info;
    bool pages; /**< tell every mapped page */
} pel_export_report;

/** The document "pelorus.export/1": what was written, and what one has to know to use it. `process`
 *  is NULL when there is none: then it says why. */
PEL_API pel_status pel_dump_export(const pel_image *image, const char *path, pel_process *process,
                                   const pel_verdict *verdict, const pel_export_report *report,
                                   const pel_dump_options *options, pel_sink sink);

#ifdef __cplusplus
}
#endif
#endif
