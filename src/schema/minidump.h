/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCHEMA_MINIDUMP_H
#define PEL_SCHEMA_MINIDUMP_H

/* The structures of a minidump, each described once: the C struct, the fields for encoder and
 * decoder, and the proof of its size are all made of these lists. Names and order are those of
 * minidumpapiset.h and of CONTEXT in winnt.h. An "Rva" of a minidump counts bytes from the start of
 * the file.
 *
 *   F(kind, member, name)    A(kind, member, count, name) */

#include <pelorus/schema.h>

#define PEL_MD_HEADER(F, A)                                                                        \
    F(U32, signature, "Signature")                                                                 \
    F(U32, version, "Version")                                                                     \
    F(U32, stream_count, "NumberOfStreams")                                                        \
    F(U32, directory, "StreamDirectoryRva")                                                        \
    F(U32, checksum, "CheckSum")                                                                   \
    F(U32, time, "TimeDateStamp")                                                                  \
    F(NAT, flags, "Flags")

#define PEL_MD_DIRECTORY(F, A)                                                                     \
    F(U32, type, "StreamType")                                                                     \
    F(U32, size, "Location.DataSize")                                                              \
    F(U32, rva, "Location.Rva")

/* The last six are CPU.X86CpuInfo, or 24 bytes of CPU.OtherCpuInfo. */
#define PEL_MD_SYSTEM_INFO(F, A)                                                                   \
    F(U16, architecture, "ProcessorArchitecture")                                                  \
    F(U16, level, "ProcessorLevel")                                                                \
    F(U16, revision, "ProcessorRevision")                                                          \
    F(U8, processors, "NumberOfProcessors")                                                        \
    F(U8, product, "ProductType")                                                                  \
    F(U32, major, "MajorVersion")                                                                  \
    F(U32, minor, "MinorVersion")                                                                  \
    F(U32, build, "BuildNumber")                                                                   \
    F(U32, platform, "PlatformId")                                                                 \
    F(U32, service_pack, "CSDVersionRva")                                                          \
    F(U16, suites, "SuiteMask")                                                                    \
    F(U16, reserved, "Reserved2")                                                                  \
    A(U32, cpu, 6, "Cpu")

#define PEL_MD_MISC_INFO(F, A)                                                                     \
    F(U32, size, "SizeOfInfo")                                                                     \
    F(U32, flags, "Flags1")                                                                        \
    F(U32, pid, "ProcessId")                                                                       \
    A(U32, times, 3, "ProcessCreateTime, ProcessUserTime, ProcessKernelTime")

#define PEL_MD_THREAD(F, A)                                                                        \
    F(U32, id, "ThreadId")                                                                         \
    F(U32, suspend_count, "SuspendCount")                                                          \
    F(U32, priority_class, "PriorityClass")                                                        \
    F(U32, priority, "Priority")                                                                   \
    F(NAT, teb, "Teb")                                                                             \
    F(NAT, stack, "Stack.StartOfMemoryRange")                                                      \
    F(U32, stack_size, "Stack.Memory.DataSize")                                                    \
    F(U32, stack_rva, "Stack.Memory.Rva")                                                          \
    F(U32, context_size, "ThreadContext.DataSize")                                                 \
    F(U32, context_rva, "ThreadContext.Rva")

#define PEL_MD_MODULE(F, A)                                                                        \
    F(NAT, base, "BaseOfImage")                                                                    \
    F(U32, size, "SizeOfImage")                                                                    \
    F(U32, checksum, "CheckSum")                                                                   \
    F(U32, time, "TimeDateStamp")                                                                  \
    F(U32, name_rva, "ModuleNameRva")                                                              \
    A(U32, version, 13, "VersionInfo")                                                             \
    A(U32, cv_record, 2, "CvRecord")                                                               \
    A(U32, misc_record, 2, "MiscRecord")                                                           \
    A(NAT, reserved, 2, "Reserved0, Reserved1")

#define PEL_MD_MEMORY_INFO_LIST(F, A)                                                              \
    F(U32, header_size, "SizeOfHeader")                                                            \
    F(U32, entry_size, "SizeOfEntry")                                                              \
    F(NAT, count, "NumberOfEntries")

#define PEL_MD_MEMORY_INFO(F, A)                                                                   \
    F(NAT, base, "BaseAddress")                                                                    \
    F(NAT, allocation_base, "AllocationBase")                                                      \
    F(U32, alloc_protect, "AllocationProtect")                                                     \
    F(U32, pad1, "__alignment1")                                                                   \
    F(NAT, size, "RegionSize")                                                                     \
    F(U32, state, "State")                                                                         \
    F(U32, protect, "Protect")                                                                     \
    F(U32, type, "Type")                                                                           \
    F(U32, pad2, "__alignment2")

#define PEL_MD_MEMORY64_LIST(F, A)                                                                 \
    F(NAT, count, "NumberOfMemoryRanges")                                                          \
    F(NAT, base, "BaseRva")

#define PEL_MD_MEMORY64(F, A)                                                                      \
    F(NAT, start, "StartOfMemoryRange")                                                            \
    F(NAT, size, "DataSize")

#define PEL_MD_MEMORY(F, A)                                                                        \
    F(NAT, start, "StartOfMemoryRange")                                                            \
    F(U32, size, "Memory.DataSize")                                                                \
    F(U32, rva, "Memory.Rva")

/* A count before a list: threads, modules; and the length before a MINIDUMP_STRING. */
#define PEL_MD_COUNT(F, A) F(U32, count, "NumberOfThreads, NumberOfModules, Length")

/* CONTEXT of x64. Where the floating-point state is FXSAVE's, with 16 bytes a register. */
#define PEL_MD_CONTEXT64(F, A)                                                                     \
    A(NAT, home, 6, "P1Home to P6Home")                                                            \
    F(U32, flags, "ContextFlags")                                                                  \
    F(U32, mxcsr, "MxCsr")                                                                         \
    F(U16, cs, "SegCs")                                                                            \
    F(U16, ds, "SegDs")                                                                            \
    F(U16, es, "SegEs")                                                                            \
    F(U16, fs, "SegFs")                                                                            \
    F(U16, gs, "SegGs")                                                                            \
    F(U16, ss, "SegSs")                                                                            \
    F(U32, eflags, "EFlags")                                                                       \
    A(NAT, dr, 6, "Dr0 to Dr3, Dr6, Dr7")                                                          \
    F(NAT, rax, "Rax")                                                                             \
    F(NAT, rcx, "Rcx")                                                                             \
    F(NAT, rdx, "Rdx")                                                                             \
    F(NAT, rbx, "Rbx")                                                                             \
    F(NAT, rsp, "Rsp")                                                                             \
    F(NAT, rbp, "Rbp")                                                                             \
    F(NAT, rsi, "Rsi")                                                                             \
    F(NAT, rdi, "Rdi")                                                                             \
    A(NAT, r8, 8, "R8 to R15")                                                                     \
    F(NAT, rip, "Rip")                                                                             \
    F(U16, fx_control, "FltSave.ControlWord")                                                      \
    F(U16, fx_status, "FltSave.StatusWord")                                                        \
    F(U8, fx_tag, "FltSave.TagWord")                                                               \
    F(U8, fx_reserved, "FltSave.Reserved1")                                                        \
    F(U16, fx_opcode, "FltSave.ErrorOpcode")                                                       \
    A(NAT, fx_pointers, 2, "FltSave.ErrorOffset to DataSelector")                                  \
    F(U32, fx_mxcsr, "FltSave.MxCsr")                                                              \
    F(U32, fx_mxcsr_mask, "FltSave.MxCsr_Mask")                                                    \
    A(NAT, fx_registers, 60, "FltSave.FloatRegisters, XmmRegisters, Reserved4")                    \
    A(NAT, vector, 52, "VectorRegister")                                                           \
    F(NAT, vector_control, "VectorControl")                                                        \
    A(NAT, debug, 5, "DebugControl, LastBranchToRip to LastExceptionFromRip")

#define PEL_MD_CONTEXT32(F, A)                                                                     \
    F(U32, flags, "ContextFlags")                                                                  \
    A(U32, dr, 6, "Dr0 to Dr3, Dr6, Dr7")                                                          \
    F(U32, fp_control, "FloatSave.ControlWord")                                                    \
    F(U32, fp_status, "FloatSave.StatusWord")                                                      \
    F(U32, fp_tag, "FloatSave.TagWord")                                                            \
    A(U32, fp_pointers, 4, "FloatSave.ErrorOffset to DataSelector")                                \
    A(U8, fp_registers, 80, "FloatSave.RegisterArea")                                              \
    F(U32, fp_spare, "FloatSave.Spare0")                                                           \
    F(U32, gs, "SegGs")                                                                            \
    F(U32, fs, "SegFs")                                                                            \
    F(U32, es, "SegEs")                                                                            \
    F(U32, ds, "SegDs")                                                                            \
    F(U32, edi, "Edi")                                                                             \
    F(U32, esi, "Esi")                                                                             \
    F(U32, ebx, "Ebx")                                                                             \
    F(U32, edx, "Edx")                                                                             \
    F(U32, ecx, "Ecx")                                                                             \
    F(U32, eax, "Eax")                                                                             \
    F(U32, ebp, "Ebp")                                                                             \
    F(U32, eip, "Eip")                                                                             \
    F(U32, cs, "SegCs")                                                                            \
    F(U32, eflags, "EFlags")                                                                       \
    F(U32, esp, "Esp")                                                                             \
    F(U32, ss, "SegSs")                                                                            \
    A(U8, extended, 512, "ExtendedRegisters")

/* Every structure: member of the schema's name, list, its name, its size in the file. */
#define PEL_MD_STRUCTURES(X)                                                                       \
    X(header, PEL_MD_HEADER, "MINIDUMP_HEADER", 32)                                                \
    X(directory, PEL_MD_DIRECTORY, "MINIDUMP_DIRECTORY", 12)                                       \
    X(system_info, PEL_MD_SYSTEM_INFO, "MINIDUMP_SYSTEM_INFO", 56)                                 \
    X(misc_info, PEL_MD_MISC_INFO, "MINIDUMP_MISC_INFO", 24)                                       \
    X(thread, PEL_MD_THREAD, "MINIDUMP_THREAD", 48)                                                \
    X(module, PEL_MD_MODULE, "MINIDUMP_MODULE", 108)                                               \
    X(memory_info_list, PEL_MD_MEMORY_INFO_LIST, "MINIDUMP_MEMORY_INFO_LIST", 16)                  \
    X(memory_info, PEL_MD_MEMORY_INFO, "MINIDUMP_MEMORY_INFO", 48)                                 \
    X(memory64_list, PEL_MD_MEMORY64_LIST, "MINIDUMP_MEMORY64_LIST", 16)                           \
    X(memory64, PEL_MD_MEMORY64, "MINIDUMP_MEMORY_DESCRIPTOR64", 16)                               \
    X(memory, PEL_MD_MEMORY, "MINIDUMP_MEMORY_DESCRIPTOR", 16)                                     \
    X(count, PEL_MD_COUNT, "ULONG32", 4)                                                           \
    X(context64, PEL_MD_CONTEXT64, "CONTEXT (x64)", 1232)                                          \
    X(context32, PEL_MD_CONTEXT32, "CONTEXT (x86)", 716)

#define PEL_MD_MAX_SIZE 1232

#define PEL_MD_SIGNATURE 0x504D444Du /* "MDMP" */

/* MINIDUMP_STREAM_TYPE */
enum {
    PEL_MD_STREAM_THREAD_LIST = 3,
    PEL_MD_STREAM_MODULE_LIST = 4,
    PEL_MD_STREAM_MEMORY_LIST = 5,
    PEL_MD_STREAM_SYSTEM_INFO = 7,
    PEL_MD_STREAM_MEMORY64_LIST = 9,
    PEL_MD_STREAM_MISC_INFO = 15,
    PEL_MD_STREAM_MEMORY_INFO_LIST = 16,
};

/* ---- made of the lists ------------------------------------------------- */

#define PEL_MD_TYPE_U8               uint8_t
#define PEL_MD_TYPE_U16              uint16_t
#define PEL_MD_TYPE_U32              uint32_t
#define PEL_MD_TYPE_NAT              uint64_t
#define F(kind, member, name)        PEL_MD_TYPE_##kind member;
#define A(kind, member, count, name) PEL_MD_TYPE_##kind member[count];
#define X(id, list, name, wire)                                                                    \
    typedef struct pel_md_##id {                                                                   \
        list(F, A)                                                                                 \
    } pel_md_##id;                                                                                 \
    enum { PEL_MD_SIZE_##id = wire };                                                              \
    extern const pel_schema pel_md_##id##_schema;
PEL_MD_STRUCTURES(X)
#undef X
#undef A
#undef F

#endif
