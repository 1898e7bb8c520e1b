/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_MACHINE_H
#define PELORUS_MACHINE_H

/* The simulated machine: RAM made of frames, page files, and what is done about
 * both when they run short. Knows pages, not PE. A machine and everything on it
 * belong to one thread at a time.
 *
 *                 first touch                    trimmed, not written to
 *     ZEROED -------------------> ACTIVE --------------------------> STANDBY
 *        ^                         |  ^  soft fault (transition)      |  ^ |
 *        | zeroing                 |  +-------------------------------+  | |
 *        |                 trimmed,|  ^                          written | |
 *       FREE <---------+   written |  +-------- MODIFIED ----------------+ |
 *        ^             |        to +----------> (modified writer)          |
 *        |             +-- the page is released                            |
 *        +--------------------- repurposed --------------------------------+
 */

#include <pelorus/ntstatus.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pel_machine pel_machine;
typedef struct pel_space pel_space;

/** How virtual addresses are taken apart, and what an entry looks like. */
typedef enum pel_paging {
    PEL_PAGING_X64,  /**< four levels, 48 bits; the default */
    PEL_PAGING_LA57, /**< five levels, 57 bits */
    PEL_PAGING_PAE,  /**< three levels, 32 bits, NX */
    PEL_PAGING_X86,  /**< two levels, 32 bits, entries of 4 bytes, no NX */
} pel_paging;

/** "x64", "la57", "pae", "x86"; never NULL. */
PEL_API const char *pel_paging_name(pel_paging paging);
/** PEL_NOT_FOUND when there is no paging mode of that name. */
PEL_API pel_status pel_paging_from_name(const char *name, pel_paging *out);

/** Who leaves when a working set is full or RAM is short. */
typedef enum pel_policy {
#define X(id, name, text) PEL_POLICY_##id,
#include <pelorus/tables/policy.def>
#undef X
    PEL_POLICY_COUNT
} pel_policy;

/** "windows", "fifo", ...; never NULL. */
PEL_API const char *pel_policy_name(pel_policy policy);
/** One sentence; never NULL. */
PEL_API const char *pel_policy_text(pel_policy policy);
/** PEL_NOT_FOUND when there is no policy of that name. */
PEL_API pel_status pel_policy_from_name(const char *name, pel_policy *out);

/* ---- events ------------------------------------------------------------ */

/** What can happen to a page. */
typedef enum pel_event_kind {
#define X(id, name, text) PEL_EVENT_##id,
#include <pelorus/tables/event.def>
#undef X
    PEL_EVENT_COUNT
} pel_event_kind;

/** "demand-zero", "trim", ...; never NULL. */
PEL_API const char *pel_event_name(pel_event_kind kind);
/** One sentence; never NULL. */
PEL_API const char *pel_event_text(pel_event_kind kind);

#define PEL_NO_FRAME UINT64_MAX

/** The lists, with Windows' numbers (MMLISTS). */
typedef enum pel_frame_list {
    PEL_LIST_ZEROED,
    PEL_LIST_FREE,
    PEL_LIST_STANDBY,
    PEL_LIST_MODIFIED,
    PEL_LIST_MODIFIED_NO_WRITE,
    PEL_LIST_BAD,
    PEL_LIST_ACTIVE,     /**< on no list: in a working set, or a page table */
    PEL_LIST_TRANSITION, /**< on no list: on its way */
} pel_frame_list;

/** "zeroed", "free", "standby", ...; never NULL. */
PEL_API const char *pel_frame_list_name(pel_frame_list list);

/** One thing that happened, told while it happens. What does not apply is zero or PEL_NO_FRAME. */
typedef struct pel_event {
    pel_event_kind kind;
    const pel_space *space; /**< NULL for a page that only a section object knows */
    pel_va va;              /**< of the page; of the access for VIOLATION and GUARD; in an event
                                 without a space: bytes from the start of the section */
    uint64_t frame;
    pel_ntstatus status; /**< VIOLATION, GUARD, STACK_OVERFLOW: what the program gets */
    uint64_t slot;       /**< PAGE_FILE_READ and _WRITE: page number in the page file */
    uint64_t pages;      /**< COMMIT: how many */
    bool dirty;          /**< TRIM: to the modified list, not to standby */
    pel_frame_list list; /**< TRIM: where the frame is now; PEL_LIST_ACTIVE when other views have
                              the page still, and its share count is one less */
    bool lost;           /**< REPURPOSE: the contents were given up (MEM_RESET) and are nowhere now;
                              the page is demand zero */
} pel_event;

/** Told of each event. Must not call back into the machine. */
typedef struct pel_event_hook {
    void (*tell)(void *ctx, const pel_event *event);
    void *ctx;
} pel_event_hook;

/* ---- the machine ------------------------------------------------------- */

#define PEL_PAGE_FILE_MAX 16

/** All zero (or NULL) means the defaults. */
typedef struct pel_machine_options {
    const pel_allocator *allocator; /**< NULL: the C library's, and for much RAM large pages of the
                                         system */
    uint64_t ram_size; /**< bytes, a multiple of the page; default 4 GiB. Host memory is
                            taken for frames in use only */
    pel_paging paging;
    pel_policy policy;                          /**< not OPT: only a replay knows the future */
    uint64_t page_file_size[PEL_PAGE_FILE_MAX]; /**< bytes, multiples of the page; 0 = none */
    const char *page_file_folder; /**< where the page files are made; default: TMPDIR, or
                                       /var/tmp. They have no name there, and so they are gone with
                                       the machine, whatever becomes of the program */
    pel_event_hook events;
} pel_machine_options;

/** Make a machine. PEL_BAD_ARG for PEL_POLICY_OPT, or when a size is no multiple of the page, or
 * more than the paging mode can address (x86: 4 GiB; PAE: 64 GiB; else 256 TiB of RAM; x86: 4 GiB,
 * else 16 TiB a page file); PEL_IO with errno set when a page file cannot be made. */
PEL_API pel_status pel_machine_new(const pel_machine_options *options, pel_machine **out);

/** Free the machine. Its spaces and section objects must be gone by then. NULL is fine. */
PEL_API void pel_machine_free(pel_machine *machine);

/** The allocator that the machine takes host memory from; lives as long as the machine. */
PEL_API const pel_allocator *pel_machine_allocator(const pel_machine *machine);

/** The mode and policy that it was made with. */
PEL_API pel_paging pel_machine_paging(const pel_machine *machine);
PEL_API pel_policy pel_machine_policy(const pel_machine *machine);

/** Tell another hook from now on; `tell` NULL: none. */
PEL_API void pel_machine_listen(pel_machine *machine, pel_event_hook events);

/** What happened so far, and what is in use. Frames and pages of 4 KiB. */
typedef struct pel_counters {
    uint64_t frames;      /**< in the machine */
    uint64_t frames_used; /**< by pages and page tables, on the lists or active */
    uint64_t frames_peak;
    uint64_t frames_table; /**< of these, by page tables */
    uint64_t zeroed;       /**< frames on each list */
    uint64_t free;
    uint64_t standby;
    uint64_t modified;
    uint64_t modified_no_write;
    uint64_t bad;
    uint64_t active; /**< frames in a working set, or of page tables */
    uint64_t commit; /**< pages of commit charge */
    uint64_t commit_peak;
    uint64_t commit_limit;    /**< RAM and page files */
    uint64_t page_file_pages; /**< in the page files */
    uint64_t page_file_used;
    uint64_t reads; /**< accesses by page, of each kind */
    uint64_t writes;
    uint64_t fetches;
    uint64_t tlb_hits;
    uint64_t faults;         /**< accesses that found no usable entry */
    uint64_t hard_faults;    /**< of these, those that had to read from a file or page file */
    uint64_t demand_zero;    /**< faults satisfied with a zeroed frame */
    uint64_t transition;     /**< faults satisfied with a frame from standby or modified */
    uint64_t section_fills;  /**< faults satisfied by asking a pager */
    uint64_t section_shared; /**< faults satisfied with a frame that a section already had */
    uint64_t copies_on_write;
    uint64_t page_file_reads; /**< pages */
    uint64_t page_file_writes;
    uint64_t file_reads; /**< pages of data files that came from the private copy */
    uint64_t file_writes;
    uint64_t trims;      /**< pages that left a working set, but not for good */
    uint64_t repurposed; /**< frames taken from the standby list */
    uint64_t refusals;   /**< accesses that the simulated Windows refused */
} pel_counters;

/** The counters as they are now. */
PEL_API pel_counters pel_machine_counters(const pel_machine *machine);

/* What the system's own threads do by themselves when RAM is short, on demand. */

/** The modified-page writer: write up to `pages` pages of the modified list to their backing
 *  store; they go to standby. `*written` (may be NULL) tells how many. STATUS_PELORUS_HOST_IO when
 *  the host cannot write; then the page stays where it is. Page files that are full end it. */
PEL_API pel_ntstatus pel_machine_write_modified(pel_machine *machine, uint64_t pages,
                                                uint64_t *written);

/** The zero-page thread: zero up to `pages` free frames. */
PEL_API void pel_machine_zero_free(pel_machine *machine, uint64_t pages);

/** Once a second on Windows: pages that were not used since the last time grow older, and working
 *  sets are trimmed when RAM is short. */
PEL_API void pel_machine_balance(pel_machine *machine);

/* ---- looking at frames ------------------------------------------------- */

/** What a frame is used for. */
typedef enum pel_frame_use {
    PEL_FRAME_UNUSED,
    PEL_FRAME_TABLE,   /**< a page table */
    PEL_FRAME_PRIVATE, /**< a page of one space */
    PEL_FRAME_SECTION, /**< a page of a section object, mapped by any number of entries */
} pel_frame_use;

/** One row of the frame database. */
typedef struct pel_frame_info {
    pel_frame_list list;
    pel_frame_use use;
    const pel_space *space; /**< TABLE, PRIVATE */
    pel_va va;              /**< PRIVATE: of its page; TABLE: first address that it maps */
    unsigned level;         /**< TABLE: 0 = the one next to the pages */
    uint64_t shares;        /**< SECTION: valid entries for it */
    bool modified;
} pel_frame_info;

/** PEL_BAD_ARG when there is no such frame. */
PEL_API pel_status pel_machine_frame(const pel_machine *machine, uint64_t frame,
                                     pel_frame_info *out);

/** Frames from this number on were never used: zeroed, and worth no look. */
PEL_API uint64_t pel_machine_frames_touched(const pel_machine *machine);

/** Copy `size` bytes of RAM at `pa`. PEL_BAD_ARG when that is not all RAM. Frames that were
 *  never used read as zero. */
PEL_API pel_status pel_machine_read_physical(const pel_machine *machine, pel_pa pa, void *out,
                                             size_t size);

/** Verify the invariants (listed in src/vm/machine_priv.h): every frame has one owner or a
 *  share count that adds up, counters add up. NULL when all hold, else what does not.
 *  For tests: it looks at every frame. */
PEL_API const char *pel_machine_check(const pel_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
