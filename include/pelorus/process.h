/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_PROCESS_H
#define PELORUS_PROCESS_H

/* A process: what the kernel makes of a program, and what the loader in it (ntdll's) makes of that
 * before the first instruction of the program runs.
 *
 *   pel_process_new          kernel: space, image, stack, heap
 *   pel_process_start        loader: DLLs, imports, thread-local storage, cookies, PEB and TEB
 *   pel_process_load_dll     loader: one more DLL, as LoadLibraryEx
 *
 * docs/binding.md tells the rules and their sources. */

#include <pelorus/loader.h>
#include <pelorus/search_path.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- threads ----------------------------------------------------------- */

/** Registers of a program, before its first instruction. What is not told is 0. */
typedef struct pel_context {
    uint16_t machine; /**< IMAGE_FILE_MACHINE_*: whose registers; AMD64, I386, ARM64 and ARMNT are
                           told whole, of others `pc` and `sp` only */
    pel_va pc;        /**< RIP, EIP, PC */
    pel_va sp;        /**< RSP, ESP, SP */
    uint64_t registers[31]; /**< by their number in instructions: RAX, RCX, RDX, RBX, RSP, RBP, RSI,
                                 RDI, R8 to R15; X0 to X30; R0 to R12 */
    uint32_t flags;         /**< EFLAGS, CPSR */
    uint16_t cs, ds, es, fs, gs, ss; /**< selectors; 0 on ARM */
    uint16_t x87_control;            /**< the floating-point unit's word */
    uint32_t mxcsr;
    pel_va teb; /**< where GS (AMD64), FS (I386), X18 (ARM64), TPIDRURW (ARMNT) leads */
} pel_context;

/* PEL_REGISTER_*: indexes of x86 and x64 into pel_context.registers. */
enum {
    PEL_REGISTER_AX,
    PEL_REGISTER_CX,
    PEL_REGISTER_DX,
    PEL_REGISTER_BX,
    PEL_REGISTER_SP,
    PEL_REGISTER_BP,
    PEL_REGISTER_SI,
    PEL_REGISTER_DI,
    PEL_REGISTER_R8,
};

/** A thread to start. */
typedef struct pel_thread_start {
    uint16_t machine;     /**< IMAGE_FILE_MACHINE_* of its code */
    pel_host host;        /**< a 32-bit program has other selectors on x86 */
    pel_va start;         /**< its first instruction: ntdll!RtlUserThreadStart */
    pel_va argument;      /**< what is called there: RCX, EAX, X0 */
    pel_va peb;           /**< RDX, EBX, X1 */
    pel_va teb;           /**< 0: none */
    pel_va stack_base;    /**< just above the highest byte; 0: no stack */
    pel_va stack_pointer; /**< 0: as if it had been called, at the very top of the stack */
} pel_thread_start;

/** The registers of a thread that was created and has not run. Sources: winnt.h; what debuggers
 *  show of suspended processes. */
PEL_API pel_context pel_context_initial(const pel_thread_start *thread);

/** Where the structures of a process are that Windows makes and its program finds. Addresses 0:
 *  there are none. docs/process.md tells what is in them. */
typedef struct pel_furniture {
    pel_va peb;
    pel_va teb;          /**< of the first thread */
    pel_va ldr;          /**< PEB_LDR_DATA */
    pel_va parameters;   /**< RTL_USER_PROCESS_PARAMETERS */
    pel_va shared_data;  /**< KUSER_SHARED_DATA */
    pel_context context; /**< of the first thread, before its first instruction */
} pel_furniture;

/* ---- process ----------------------------------------------------------- */

/** An address space with an image, a stack and a heap in it. */
typedef struct pel_process pel_process;

/** Make a fresh process of `image`, as far as the kernel goes: space, shared user page, image,
 *  stack, heap. (A DLL gets no stack and heap: its sizes are told, but Windows does not use
 *  them.) All or nothing. `*why` (may be NULL) has the verdict, also of a hypothetical process;
 *  when there is no process for lack of room it has the NTSTATUS and no rule. `image` must
 *  outlive the process. */
PEL_API pel_ntstatus pel_process_new(pel_machine *machine, const pel_image *image,
                                     const pel_load_options *options, pel_process **out,
                                     pel_verdict *why);

/** Free the process and its space; the machine stays. NULL is fine. */
PEL_API void pel_process_free(pel_process *process);

/* What it is made of, all of it borrowed from the process. The base of a stack or heap that was not
 * made (a DLL's) is 0. */

PEL_API pel_space *pel_process_space(const pel_process *process);
PEL_API const pel_image *pel_process_image(const pel_process *process);

/** How it was made: a copy of what pel_process_new was given. */
PEL_API const pel_load_options *pel_process_options(const pel_process *process);
PEL_API const pel_module *pel_process_module(const pel_process *process);
PEL_API const pel_stack *pel_process_stack(const pel_process *process);
PEL_API const pel_heap *pel_process_heap(const pel_process *process);

/** The stack of one more thread (pel_stack_sizes_thread), below 2 GiB if the image is not aware of
 *  large addresses. */
PEL_API pel_ntstatus pel_process_create_stack(pel_process *process, uint64_t size,
                                              bool is_reservation, pel_stack *out);

/** pel_heap_allocate from the process heap. STATUS_INVALID_PARAMETER when there is none. */
PEL_API pel_ntstatus pel_process_heap_allocate(pel_process *process, uint64_t bytes, pel_va *out);

/* ---- start ------------------------------------------------------------- */

/** How a process starts. All zero (or NULL): without any DLL to be found. What is pointed to must
 *  outlive the process. */
typedef struct pel_start_options {
    pel_search_path *path;        /**< where DLLs are found; NULL: nowhere */
    const pel_api_sets *api_sets; /**< NULL: the schema of the path's apisetschema.dll if it has
                                       one, else the built-in table */
    const char *name;             /**< file name of the program; NULL: "program.exe" */
    bool stub_missing;  /**< go on without DLLs and functions that are missing: each slot gets an
                             address of its own, of an instruction that traps */
    bool bind_delay;    /**< bind delay imports, too, as ResolveDelayLoadedAPI would at the call */
    uint64_t seed;      /**< of the security cookies */
    const char *folder; /**< of the program, as Windows has it, with a backslash at its
                             end; NULL: "C:\\Program\\". UTF-8, like all of these: */
    const char *command_line;       /**< NULL: the path of the program in quotes */
    const char *current_directory;  /**< NULL: "C:\\" */
    const char *const *environment; /**< NAME=VALUE, in their order; NULL behind the last */
} pel_start_options;

/** What LdrInitializeThunk does before it runs any code of a DLL: map the closure of the imports,
 *  bind them, give out TLS slots, set security cookies; and PEB, TEB and their lists, so that they
 *  tell of it. The program itself, if it is a DLL, is
 *  treated as LoadLibrary would. STATUS_DLL_NOT_FOUND, STATUS_ENTRYPOINT_NOT_FOUND,
 *  STATUS_ORDINAL_NOT_FOUND, or why a DLL cannot be mapped; pel_process_missing then tells all that
 *  is missing, and the process is as it was. Once only: STATUS_INVALID_PARAMETER. */
PEL_API pel_ntstatus pel_process_start(pel_process *process, const pel_start_options *options);

/** How pel_process_load_dll treats a DLL. */
typedef enum pel_load_dll_flags {
    PEL_LOAD_DLL_DEFAULT = 0,
    PEL_LOAD_DLL_DONT_RESOLVE = 1, /**< DONT_RESOLVE_DLL_REFERENCES: mapped and relocated, not
                                      bound, no TLS slot; so it stays when it is loaded again */
} pel_load_dll_flags;

/** LoadLibraryEx in a process that was started: `*index` is the module's. An image without
 *  IMAGE_FILE_DLL is mapped, but neither relocated (unless the kernel does it) nor bound; one for
 *  another machine is not bound, and STATUS_INVALID_IMAGE_FORMAT if it has code. All or nothing, as
 *  pel_process_start. */
PEL_API pel_ntstatus pel_process_load_dll(pel_process *process, pel_str name, unsigned flags,
                                          uint32_t *index);

/** GetProcAddress: by name, or by ordinal when `name.ptr` is NULL. Follows forwarders, and loads
 *  the DLLs that they lead to. */
PEL_API pel_ntstatus pel_process_procedure(pel_process *process, uint32_t module, pel_str name,
                                           uint16_t ordinal, pel_va *out);

/* ---- modules ----------------------------------------------------------- */

/** A module of the process, in load order; 0 is the program. */
typedef struct pel_loaded_module {
    const pel_image *image;
    const char *name; /**< file name */
    const char *file; /**< path on the host; NULL: not known */
    pel_module module;
    bool system;         /**< found in a system folder */
    bool bound;          /**< its imports are in its IAT */
    bool called;         /**< the loader calls its entry point: a DLL that has one and is bound */
    uint32_t init_order; /**< when the loader initialises it; PEL_NO_INDEX: never */
    uint32_t tls_slot;   /**< PEL_NO_INDEX: none */
    pel_va tls_block;    /**< of the first thread; 0: none */
    bool calls_back;     /**< its TLS callbacks, if it has any, are called before its entry point */
    bool has_cookie;     /**< its security cookie was set */
    pel_va cookie_at;
    uint64_t cookie;
} pel_loaded_module;

/** Where the contracts of API sets came from; version 0 is the built-in table. */
PEL_API const pel_api_sets *pel_process_api_sets(const pel_process *process);

/** ThreadLocalStoragePointer of the first thread, an array with a pointer for each TLS slot; 0:
 *  there are no slots. */
PEL_API pel_va pel_process_tls_array(const pel_process *process);

/** PEB, TEB and first registers; all 0 before the start, and for a DLL. */
PEL_API const pel_furniture *pel_process_furniture(const pel_process *process);

/** Structures of a process, as tables/process.def has them. */
typedef enum pel_process_part {
    PEL_PART_PEB,
    PEL_PART_TEB,        /**< of the first thread */
    PEL_PART_LDR,        /**< PEB_LDR_DATA */
    PEL_PART_ENTRY,      /**< LDR_DATA_TABLE_ENTRY: one for each module */
    PEL_PART_DDAG,       /**< LDR_DDAG_NODE */
    PEL_PART_PARAMETERS, /**< RTL_USER_PROCESS_PARAMETERS */
    PEL_PART_SHARED,     /**< KUSER_SHARED_DATA */
} pel_process_part;

/** What a member holds. */
typedef enum pel_member_kind {
    PEL_MEMBER_U8,
    PEL_MEMBER_U16,
    PEL_MEMBER_U32,
    PEL_MEMBER_U64,
    PEL_MEMBER_NAT,    /**< an address, a size, a handle */
    PEL_MEMBER_NAT3,   /**< three of them */
    PEL_MEMBER_PAIR,   /**< two words of 32 bits */
    PEL_MEMBER_STRING, /**< UNICODE_STRING */
    PEL_MEMBER_LIST,   /**< LIST_ENTRY */
    PEL_MEMBER_TIME,   /**< KSYSTEM_TIME */
    PEL_MEMBER_BYTES,  /**< bytes, or UTF-16 with a zero behind */
} pel_member_kind;

/** A member of one of these structures, in the Windows and the width of a process. */
typedef struct pel_process_member {
    const char *name; /**< Microsoft's */
    pel_member_kind kind;
    uint64_t offset; /**< in the structure, bytes */
    unsigned width;  /**< bytes */
} pel_process_member;

/** Member `index` of those that this process's Windows has and Pelorus knows, in the order of their
 *  offsets; false from the count on. */
PEL_API bool pel_process_member_at(const pel_process *process, pel_process_part part,
                                   uint32_t index, pel_process_member *out);

/** Read a number, word `word` of the member (a pointer of LIST, STRING and NAT3; 0 of a STRING is
 *  Length, 1 MaximumLength, 2 Buffer) of the structure at `at`, from memory as it is now. What
 *  pel_space_peek answers. */
PEL_API pel_ntstatus pel_process_peek_member(const pel_process *process, pel_va at,
                                             const pel_process_member *member, unsigned word,
                                             uint64_t *out);

/** The next LDR_DATA_TABLE_ENTRY in load order, as the list in memory has them: `*at` is first 0.
 *  False at its end, and where it leads out of memory. */
PEL_API bool pel_process_next_entry(const pel_process *process, pel_va *at);

PEL_API uint32_t pel_process_module_count(const pel_process *process);

/** Module `index`, or NULL from the count on. Valid until the next module is loaded. */
PEL_API const pel_loaded_module *pel_process_module_at(const pel_process *process, uint32_t index);

/** The module that `va` lies in; PEL_NO_INDEX: none. */
PEL_API uint32_t pel_process_module_of(const pel_process *process, pel_va va);

/* ---- bindings ---------------------------------------------------------- */

/** Where the address in a slot comes from. */
typedef enum pel_binding_kind {
    PEL_BINDING_IMPORT, /**< looked up */
    PEL_BINDING_BOUND,  /**< in the file already, and taken as it is (bound imports) */
    PEL_BINDING_DELAY,  /**< looked up, for the delay import table */
    PEL_BINDING_STUB,   /**< missing, and replaced by a trap */
} pel_binding_kind;

/** "import", "bound", "delay", "stub"; never NULL. */
PEL_API const char *pel_binding_kind_name(pel_binding_kind kind);

/** One slot of an import address table. Names are borrowed from the images. */
typedef struct pel_binding {
    pel_binding_kind kind;
    uint32_t module; /**< that imports */
    pel_rva slot;
    pel_str dll; /**< as the descriptor names it */
    bool by_ordinal;
    uint16_t ordinal;
    pel_str name;
    uint32_t target_module; /**< PEL_NO_INDEX for stubs, and for bound addresses in no module */
    pel_va target;          /**< what is in the slot */
    uint32_t forwards;      /**< number of the first forwarder that led there */
    uint32_t forward_count;
} pel_binding;

PEL_API size_t pel_process_binding_count(const pel_process *process);

/** Binding `index`, or NULL from the count on. Valid until the next module is loaded. */
PEL_API const pel_binding *pel_process_binding_at(const pel_process *process, size_t index);

/** The text of forwarder number `index`: "NTDLL.RtlAllocateHeap". */
PEL_API pel_str pel_process_forward(const pel_process *process, uint32_t index);

/** Why a DLL could not be mapped. All zero: for no reason of its own, or it could be. */
typedef struct pel_dll_refusal {
    pel_verdict verdict; /**< the rule that its file breaks; PEL_RULE_NONE: none */
    uint16_t machine;    /**< not 0: it has code for this machine, and the process for another */
} pel_dll_refusal;

/** What an import needs and cannot have. */
typedef struct pel_missing {
    pel_ntstatus status; /**< STATUS_DLL_NOT_FOUND, STATUS_ENTRYPOINT_NOT_FOUND, ...; or why the DLL
                              could not be mapped */
    uint32_t module;     /**< that imports; in case it is gone again, its name is: */
    const char *importer;
    pel_str dll; /**< as the descriptor names it */
    bool whole;  /**< the DLL itself; no function is told */
    bool by_ordinal;
    uint16_t ordinal;
    pel_str name;
    pel_str forwarder;       /**< the last one on the way, if there was one */
    bool delayed;            /**< by a delay import: no reason to refuse the process */
    pel_dll_refusal refusal; /**< of the DLL that was found */
} pel_missing;

PEL_API size_t pel_process_missing_count(const pel_process *process);
PEL_API const pel_missing *pel_process_missing_at(const pel_process *process, size_t index);

/** What the loader was at. */
typedef enum pel_loader_step {
    PEL_STEP_MAP,      /**< to map a DLL that is in every process */
    PEL_STEP_IMPORTS,  /**< to read the import tables of a module */
    PEL_STEP_INDEX,    /**< to write the index of a TLS slot */
    PEL_STEP_BIND,     /**< to write an address into an import address table */
    PEL_STEP_COOKIE,   /**< to set a security cookie */
    PEL_STEP_TEMPLATE, /**< to copy the template of a TLS slot */
} pel_loader_step;

/** "map", "imports", "tls-index", "bind", "security-cookie", "tls-template"; never NULL. */
PEL_API const char *pel_loader_step_name(pel_loader_step step);

/** Where the loader failed, when it was not for something that is missing. */
typedef struct pel_loader_failure {
    pel_ntstatus status;
    pel_loader_step step;
    const char *module; /**< whose; valid as long as its name was given for */
    bool has_va;
    pel_va va;               /**< that it wrote to, or read from */
    pel_dll_refusal refusal; /**< of PEL_STEP_MAP */
} pel_loader_failure;

/** Of the last call of the loader; NULL when it did not fail so. */
PEL_API const pel_loader_failure *pel_process_failure(const pel_process *process);

#ifdef __cplusplus
}
#endif
#endif
