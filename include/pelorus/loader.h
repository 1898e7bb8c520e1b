/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_LOADER_H
#define PELORUS_LOADER_H

/* What Windows does with an image: whether it loads it, and how it then lies in
 * memory. The rules are one table (tables/rules.def); docs/loading.md explains
 * them and their sources. */

#include <pelorus/image.h>
#include <pelorus/space.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- which Windows ----------------------------------------------------- */

/** The Windows whose rules hold. A version stands for its last release, 10 for 22H2; 8 is
 *  6.2, and not 8.1, which is not among them. */
typedef enum pel_windows {
    PEL_WINDOWS_11, /**< the default */
    PEL_WINDOWS_10,
    PEL_WINDOWS_8,
    PEL_WINDOWS_7,
    PEL_WINDOWS_XP,
    PEL_WINDOWS_UEFI, /**< no Windows: the loader of EDK2. It judges images; nothing is mapped */
} pel_windows;

/** The processor that this Windows runs on. */
typedef enum pel_host {
    PEL_HOST_X64, /**< the default */
    PEL_HOST_X86,
    PEL_HOST_ARM64,
} pel_host;

/** "11", "10", "8", "7", "xp", "uefi"; never NULL. */
PEL_API const char *pel_windows_name(pel_windows windows);
/** PEL_NOT_FOUND when there is no Windows of that name. */
PEL_API pel_status pel_windows_from_name(const char *name, pel_windows *out);

/** "x64", "x86", "arm64"; never NULL. */
PEL_API const char *pel_host_name(pel_host host);
/** PEL_NOT_FOUND when there is no host of that name. */
PEL_API pel_status pel_host_from_name(const char *name, pel_host *out);

/** The numbers of a Windows, as it tells them to programs that it does not fool. */
typedef struct pel_windows_version {
    uint32_t major, minor, build;
    uint16_t service_pack;         /**< number in the high byte */
    const char *service_pack_name; /**< "Service Pack 1", ""; never NULL */
} pel_windows_version;

/** The last release of each. XP on x64 is another one (5.2) than on x86 (5.1); 11 is still 10.0. */
PEL_API pel_windows_version pel_windows_version_of(pel_windows windows, pel_host host);

/** Whether ImageBase in the mapped header is rewritten when the image is moved. */
typedef enum pel_header_policy {
    PEL_HEADER_AS_WINDOWS, /**< when the kernel relocates (DYNAMIC_BASE), else not; default */
    PEL_HEADER_REWRITE,
    PEL_HEADER_KEEP,
} pel_header_policy;

/** What VirtualQuery shows for pages of the view that belong to no section: alignment
 *  padding behind a section, and the tail behind the last one. Not verified for us, hence
 *  a switch. */
typedef enum pel_padding_policy {
    PEL_PADDING_RESERVED, /**< MEM_RESERVE: address space without pages; default */
    PEL_PADDING_SECTION,  /**< as the section before it (the tail stays reserved) */
    PEL_PADDING_WINE,     /**< committed, PAGE_EXECUTE_WRITECOPY, as Wine 8.0 */
} pel_padding_policy;

/** All zero (or NULL) means the defaults: Windows 11 on x64, preferred base. */
typedef struct pel_load_options {
    pel_windows windows;
    pel_host host;
    bool has_base; /**< map at `base` instead of ImageBase */
    pel_va base;
    bool aslr; /**< let the simulated Windows choose a base, as one does that drew `seed` when it
                    was started; on XP nothing is drawn */
    uint64_t seed;
    pel_header_policy header;
    pel_padding_policy padding;
    bool hypothetical; /**< lay a refused image out all the same, as far as that makes sense */
    bool kernel_only;  /**< as NtMapViewOfSection alone: an image that only a loader would
                            relocate is mapped anywhere, and stays as it is */
} pel_load_options;

/* ---- verdict ----------------------------------------------------------- */

/** How sure we are that Windows follows a rule. */
typedef enum pel_certainty {
    PEL_VERIFIED,   /**< a test that passes on Windows shows it */
    PEL_DOCUMENTED, /**< Microsoft says so */
    PEL_INFERRED,   /**< other evidence: re-implementations, observations */
    PEL_UNKNOWN,    /**< a guess */
} pel_certainty;

/** "verified", "documented", "inferred", "unknown"; never NULL. */
PEL_API const char *pel_certainty_name(pel_certainty certainty);

/** The rules, in the order in which Windows looks: PEL_RULE_SECTION_CONTIGUOUS, ... */
typedef enum pel_rule {
#define X(id, name, status, shows, certainty, versions, stage, text) PEL_RULE_##id,
#include <pelorus/tables/rules.def>
#undef X
    PEL_RULE_COUNT
} pel_rule;

/** Stable name of a rule: "section.contiguous"; never NULL. */
PEL_API const char *pel_rule_name(pel_rule rule);

/** The rule in words; never NULL. */
PEL_API const char *pel_rule_text(pel_rule rule);

/** Who says other than a rule, or what is open about it; NULL when nobody does. */
PEL_API const char *pel_rule_doubt(pel_rule rule);

/** True when `windows` has this rule. */
PEL_API bool pel_rule_holds(pel_rule rule, pel_windows windows);

/** Who refuses an image: each has those before it behind it. */
typedef enum pel_stage {
    PEL_STAGE_SECTION, /**< NtCreateSection(SEC_IMAGE) */
    PEL_STAGE_MAP,     /**< NtMapViewOfSection, and whoever relocates */
    PEL_STAGE_PROCESS, /**< the start of a program: NtCreateUserProcess, CreateProcess */
    PEL_STAGE_LOAD,    /**< the loader in the process; of UEFI, LoadImage */
} pel_stage;

/** "section", "map", "process", "load"; never NULL. */
PEL_API const char *pel_stage_name(pel_stage stage);

/** Would Windows take this file? If not: which rule, and where. */
typedef struct pel_verdict {
    pel_ntstatus status; /**< what `stage` answers */
    pel_rule rule;       /**< PEL_RULE_NONE when it loads */
    pel_stage stage;     /**< who refuses */
    pel_certainty certainty;
    pel_place where;
    uint64_t found; /**< the value that breaks the rule */
    uint64_t limit; /**< what it is measured against */
} pel_verdict;

/** Would Windows make an image section of it (UEFI: would it load)? Cannot fail: every file gets an
 *  answer. Of the options (NULL: the defaults) only `windows` and `host` count; whether a base can
 *  be had is found out by mapping. */
PEL_API pel_verdict pel_check(const pel_image *image, const pel_load_options *options);

/** The same, and whether it would start: a program by CreateProcess, a DLL by LoadLibrary. What it
 *  imports is not looked at. */
PEL_API pel_verdict pel_check_start(const pel_image *image, const pel_load_options *options);

/** What breaking `rule` leads to, without a place. */
PEL_API pel_verdict pel_rule_verdict(pel_rule rule);

/** One line: place, value, rule and limit. Cut and counted like snprintf. */
PEL_API size_t pel_verdict_format(const pel_verdict *verdict, char *out, size_t size);

/** What NtQuerySection(SectionImageInformation) tells. PEL_REFUSED when there is no section. */
PEL_API pel_status pel_image_section_information(const pel_image *image,
                                                 const pel_load_options *options,
                                                 pel_section_image_information *out);

/** What NtQuerySection(SectionBasicInformation) tells. PEL_REFUSED when there is no section. */
PEL_API pel_status pel_image_section_basic(const pel_image *image, const pel_load_options *options,
                                           pel_section_basic_information *out);

/** What LoadLibrary answers for a verdict: the Win32 error, 0 when it loads. */
PEL_API uint32_t pel_verdict_win32(const pel_verdict *verdict);

/* ---- mapping ----------------------------------------------------------- */

/** How an image was mapped. */
typedef struct pel_module {
    pel_va base;
    pel_va preferred_base;
    uint64_t size;       /**< of the view, bytes */
    pel_ntstatus status; /**< STATUS_SUCCESS or STATUS_IMAGE_NOT_AT_BASE */
    bool relocated;      /**< its bytes differ from those at the preferred base */
    bool header_rewritten;
    bool aslr;       /**< ASLR was asked for, with this seed */
    bool randomized; /**< and gave the base; false: images that must not or cannot move */
    uint64_t seed;
    bool has_entry; /**< false: AddressOfEntryPoint is 0 */
    pel_rva entry_rva;
    pel_va entry;
} pel_module;

/** Make the image section of `image` for a view at `base`: pages are filled on first touch,
 *  with the relocations of that page applied while it is filled. `image` must outlive it.
 *  Relocations are checked here, not at the touch: STATUS_INVALID_IMAGE_FORMAT for a type
 *  that Windows does not know. Does not judge the image; see pel_check. */
PEL_API pel_ntstatus pel_image_section_new(pel_machine *machine, const pel_image *image,
                                           pel_va base, const pel_load_options *options,
                                           pel_section_object **out);

/** Judge the image, choose its base by `options`, and map it into `space`. All or nothing.
 *  STATUS_SUCCESS, or STATUS_IMAGE_NOT_AT_BASE, which is a success, too, or the refusal. `image`
 *  must outlive the view. */
PEL_API pel_ntstatus pel_image_map(pel_space *space, const pel_image *image,
                                   const pel_load_options *options, pel_module *out);

/** The whole image at once, as it lies in memory at `base`: the bytes that a view made with the
 * same options has, pages without bytes zero. `size` must be pel_image_view_size(image); what is in
 * the buffer after a failure means nothing. Of the options `windows`, `header` and `hypothetical`
 *  count. STATUS_INVALID_PARAMETER for another size; the refusals of pel_image_section_new. */
PEL_API pel_ntstatus pel_image_layout(const pel_image *image, pel_va base,
                                      const pel_load_options *options, void *buffer, uint64_t size);

/* ---- stack and heap ---------------------------------------------------- */

/** Reserve and commit in bytes. */
typedef struct pel_reserve_commit {
    uint64_t reserve;
    uint64_t commit;
} pel_reserve_commit;

/** A thread's stack, as it is made. Source: "Thread Stack Size" (Microsoft); docs/loading.md.
 *  While the thread runs it grows: pel_space_stack tells where its limit is by then. */
typedef struct pel_stack {
    pel_reserve_commit header;    /**< what the optional header says */
    pel_reserve_commit effective; /**< what Windows makes of it */
    uint64_t guard;               /**< bytes of guard below the committed part */
    pel_va base;                  /**< StackBase: just above the highest byte */
    pel_va limit;                 /**< StackLimit: lowest committed byte that is no guard */
    pel_va allocation_base;       /**< DeallocationStack: start of the reservation */
} pel_stack;

/** The stack of a first thread, which is what the header says; addresses stay 0. */
PEL_API pel_stack pel_stack_sizes(pel_reserve_commit header);

/** The stack of another thread: dwStackSize of CreateThread is its commit, or with
 *  STACK_SIZE_PARAM_IS_A_RESERVATION its reserve; 0: as the header says. At least two pages are
 *  committed by the time the thread runs. Addresses stay 0. */
PEL_API pel_stack pel_stack_sizes_thread(pel_reserve_commit header, uint64_t size,
                                         bool is_reservation);

/** What RtlCreateUserStack is asked for, in bytes. */
typedef struct pel_stack_request {
    uint64_t commit, reserve;             /**< 0: as the header says */
    uint64_t commit_align, reserve_align; /**< what they are rounded up to, before pages */
} pel_stack_request;

/** The stack that RtlCreateUserStack makes; addresses stay 0. Reserves 1 MiB at least.
 *  STATUS_INVALID_PARAMETER when an alignment is 0. */
PEL_API pel_ntstatus pel_stack_sizes_user(pel_reserve_commit header,
                                          const pel_stack_request *request, pel_stack *out);

/** Make the stack whose sizes are `stack->effective` and `guard`: lowest place where it fits and
 *  that ends at or below `highest` (0: anywhere), committed part, guard, and the space knows that
 *  it is one (pel_space_add_stack). Out: its addresses. All or nothing. When the thread exits, give
 *  it back with pel_space_deallocate(PEL_MEM_RELEASE). */
PEL_API pel_ntstatus pel_stack_create(pel_space *space, pel_va highest, pel_stack *stack);

/** A heap that grows. Source: RtlCreateHeap and RTL_HEAP_PARAMETERS (Microsoft); docs/loading.md.
 *  It shows when a heap reserves and when it commits. It is no allocator: blocks are never freed
 *  or used again, and of the bookkeeping of Windows there is one header a block. */
typedef struct pel_heap {
    pel_reserve_commit header;
    pel_reserve_commit effective; /**< of the first segment, when it was made */
    pel_va base;                  /**< of the first segment */
    pel_reserve_commit total;     /**< what it has by now: all segments and large blocks */
    uint64_t segments;
    uint64_t large_blocks;      /**< blocks with a VirtualAlloc of their own */
    uint64_t large_above;       /**< VirtualMemoryThreshold: larger blocks are large; bytes */
    uint64_t unit;              /**< sizes of blocks are multiples; also that of their header */
    pel_va highest;             /**< for what it places */
    pel_va segment;             /**< the one that blocks are taken from */
    pel_reserve_commit current; /**< of this segment, by now */
    uint64_t used;              /**< bytes of this segment that are in blocks */
    uint64_t next_reserve;      /**< of the next segment */
} pel_heap;

/** Effective sizes for header values; all else stays 0. */
PEL_API pel_heap pel_heap_sizes(pel_reserve_commit header);

/** Make the heap whose sizes are `heap->effective`: its first segment, at the lowest place where it
 *  fits and that ends at or below `highest` (0: anywhere). `wide`: of a 64-bit program. */
PEL_API pel_ntstatus pel_heap_create(pel_space *space, pel_va highest, bool wide, pel_heap *heap);

/** HeapAlloc of `bytes`, as far as pages go: from the committed part of the last segment; else more
 *  of it is committed; else there is a new segment, of 1 MiB and twice as much each time, two pages
 *  committed. Large blocks are allocated on their own. Nothing is touched: pages get frames when
 *  they are used. All or nothing; the status is that of the allocation that failed. */
PEL_API pel_ntstatus pel_heap_allocate(pel_space *space, pel_heap *heap, uint64_t bytes,
                                       pel_va *out);

#ifdef __cplusplus
}
#endif
#endif
