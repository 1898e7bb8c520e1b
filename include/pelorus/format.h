/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_FORMAT_H
#define PELORUS_FORMAT_H

/* The C types of the PE structures, made of the tables. One struct serves PE32 and
 * PE32+: words that follow the format are 64 bits wide, and what one format lacks
 * is 0. Values of enums and flags carry Microsoft's names: PEL_MACHINE_AMD64 for
 * IMAGE_FILE_MACHINE_AMD64, PEL_SCN_MEM_WRITE for IMAGE_SCN_MEM_WRITE. */

#include <pelorus/format_contents.h>
#include <pelorus/format_metadata.h>
#include <pelorus/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ------------------------------------------------------------ */

enum {
#define X(id, value, doc) PEL_MACHINE_##id = value,
#include <pelorus/tables/machine.def>
#undef X
#define X(id, value, doc) PEL_FILE_##id = value,
#include <pelorus/tables/file_flags.def>
#undef X
#define X(id, value, doc) PEL_MAGIC_##id = value,
#include <pelorus/tables/magic.def>
#undef X
#define X(id, value, doc) PEL_SUBSYSTEM_##id = value,
#include <pelorus/tables/subsystem.def>
#undef X
#define X(id, name, value, doc) PEL_DLL_##id = value,
#include <pelorus/tables/dll_flags.def>
#undef X
#define X(id, value, doc) PEL_DIR_##id = value,
#include <pelorus/tables/directory.def>
#undef X
    PEL_DIR_COUNT = 16,
#define X(id, value, machines, bytes, doc) PEL_REL_##id = value,
#include <pelorus/tables/reloc_type.def>
#undef X
#define X(id, value, doc) PEL_CERTIFICATE_##id = value,
#include <pelorus/tables/certificate_type.def>
#undef X
#define X(id, value, doc) PEL_DEBUG_##id = value,
#include <pelorus/tables/debug_type.def>
#undef X
#define X(id, value, doc) PEL_SYM_CLASS_##id = value,
#include <pelorus/tables/symbol_class.def>
#undef X
#define X(id, value, doc) PEL_RT_##id = value,
#include <pelorus/tables/resource_type.def>
#undef X
#define X(id, value, doc) PEL_INFO_##id = value,
#include <pelorus/tables/image_flags.def>
#undef X
#define X(id, value, doc) PEL_GUARD_ENTRY_##id = value,
#include <pelorus/tables/guard_entry_flags.def>
#undef X
#define X(id, value, doc) PEL_DYNAMIC_##id = value,
#include <pelorus/tables/dynamic_symbol.def>
#undef X
#define X(id, value, doc) PEL_ARM64X_##id = value,
#include <pelorus/tables/arm64x_fixup.def>
#undef X
#define X(id, value, doc) PEL_POLICY_TYPE_##id = value,
#include <pelorus/tables/policy_type.def>
#undef X
#define X(id, value, doc) PEL_UNWIND_##id = value,
#include <pelorus/tables/unwind_flags.def>
#undef X
};

/** IMAGE_SCN_*: unsigned constants, for bit 31 does not fit an int. */
#define PEL_SCN_CNT_CODE               0x00000020u
#define PEL_SCN_CNT_INITIALIZED_DATA   0x00000040u
#define PEL_SCN_CNT_UNINITIALIZED_DATA 0x00000080u
#define PEL_SCN_LNK_COMDAT             0x00001000u
#define PEL_SCN_LNK_NRELOC_OVFL        0x01000000u
#define PEL_SCN_MEM_DISCARDABLE        0x02000000u
#define PEL_SCN_MEM_SHARED             0x10000000u
#define PEL_SCN_MEM_EXECUTE            0x20000000u
#define PEL_SCN_MEM_READ               0x40000000u
#define PEL_SCN_MEM_WRITE              0x80000000u

/* ---- structures -------------------------------------------------------- */

#include <pelorus/tables/members.def>

/** IMAGE_DOS_HEADER: 64 bytes at file offset 0. */
typedef struct pel_dos_header {
#include <pelorus/tables/dos_header.def>
} pel_dos_header;

/** IMAGE_FILE_HEADER: 20 bytes after the NT signature. */
typedef struct pel_file_header {
#include <pelorus/tables/file_header.def>
} pel_file_header;

/** IMAGE_OPTIONAL_HEADER32 or 64 without the data directories: 96 or 112 bytes. */
typedef struct pel_optional_header {
#include <pelorus/tables/optional_header.def>
} pel_optional_header;

/** IMAGE_ROM_OPTIONAL_HEADER: 56 bytes. */
typedef struct pel_rom_header {
#include <pelorus/tables/rom_header.def>
} pel_rom_header;

/** EFI_TE_IMAGE_HEADER without its two data directories: 24 bytes. */
typedef struct pel_te_header {
#include <pelorus/tables/te_header.def>
} pel_te_header;

/** IMAGE_DATA_DIRECTORY: where a directory lies. For the certificate table
 *  `address` is a file offset; everywhere else an RVA. */
typedef struct pel_data_directory {
#include <pelorus/tables/data_directory.def>
} pel_data_directory;

/** IMAGE_SECTION_HEADER: 40 bytes. */
typedef struct pel_section_header {
#include <pelorus/tables/section_header.def>
} pel_section_header;

/** One entry of the Rich header, decrypted: 8 bytes. */
typedef struct pel_rich_entry {
#include <pelorus/tables/rich_entry.def>
} pel_rich_entry;

/** IMAGE_EXPORT_DIRECTORY: 40 bytes. */
typedef struct pel_export_directory {
#include <pelorus/tables/export_directory.def>
} pel_export_directory;

/** IMAGE_IMPORT_DESCRIPTOR: 20 bytes. */
typedef struct pel_import_descriptor {
#include <pelorus/tables/import_descriptor.def>
} pel_import_descriptor;

/** IMAGE_TLS_DIRECTORY: 24 bytes in PE32, 40 in PE32+. */
typedef struct pel_tls_directory {
#include <pelorus/tables/tls_directory.def>
} pel_tls_directory;

/** IMAGE_LOAD_CONFIG_DIRECTORY: 196 bytes in PE32, 328 in PE32+; most files have a shorter one. */
typedef struct pel_load_config {
#include <pelorus/tables/load_config.def>
} pel_load_config;

/** IMAGE_BOUND_IMPORT_DESCRIPTOR: 8 bytes. */
typedef struct pel_bound_descriptor {
#include <pelorus/tables/bound_descriptor.def>
} pel_bound_descriptor;

/** IMAGE_BOUND_FORWARDER_REF: 8 bytes. */
typedef struct pel_bound_forwarder {
#include <pelorus/tables/bound_forwarder.def>
} pel_bound_forwarder;

/** IMAGE_DELAYLOAD_DESCRIPTOR: 32 bytes. */
typedef struct pel_delay_descriptor {
#include <pelorus/tables/delay_descriptor.def>
} pel_delay_descriptor;

/** WIN_CERTIFICATE: 8 bytes, then the certificate. */
typedef struct pel_win_certificate {
#include <pelorus/tables/win_certificate.def>
} pel_win_certificate;

/** IMAGE_COR20_HEADER: 72 bytes. */
typedef struct pel_cor20_header {
#include <pelorus/tables/cor20_header.def>
} pel_cor20_header;

/** READYTORUN_HEADER: 16 bytes, then its sections. */
typedef struct pel_ready_to_run_header {
#include <pelorus/tables/ready_to_run_header.def>
} pel_ready_to_run_header;

/** READYTORUN_SECTION: 12 bytes. */
typedef struct pel_ready_to_run_section {
#include <pelorus/tables/ready_to_run_section.def>
} pel_ready_to_run_section;

/** IMAGE_DEBUG_DIRECTORY: 28 bytes. */
typedef struct pel_debug_directory {
#include <pelorus/tables/debug_directory.def>
} pel_debug_directory;

/** IMAGE_DEBUG_MISC: 12 bytes. */
typedef struct pel_debug_misc {
#include <pelorus/tables/debug_misc.def>
} pel_debug_misc;

/** FPO_DATA: 16 bytes. */
typedef struct pel_fpo_data {
#include <pelorus/tables/fpo_data.def>
} pel_fpo_data;

/** XFIXUP_DATA: 12 bytes. */
typedef struct pel_fixup_data {
#include <pelorus/tables/fixup_data.def>
} pel_fixup_data;

/** OMAP: 8 bytes. */
typedef struct pel_omap_entry {
#include <pelorus/tables/omap_entry.def>
} pel_omap_entry;

/** IMAGE_COFF_SYMBOLS_HEADER: 32 bytes. */
typedef struct pel_coff_symbols_header {
#include <pelorus/tables/coff_symbols_header.def>
} pel_coff_symbols_header;

/** VC_FEATURE: 20 bytes. */
typedef struct pel_vc_feature {
#include <pelorus/tables/vc_feature.def>
} pel_vc_feature;

/** IMAGE_SYMBOL: 18 bytes. */
typedef struct pel_coff_symbol {
#include <pelorus/tables/coff_symbol.def>
} pel_coff_symbol;

/** IMAGE_AUX_SYMBOL_FUNCTION: 18 bytes. */
typedef struct pel_aux_function {
#include <pelorus/tables/aux_function.def>
} pel_aux_function;

/** IMAGE_AUX_SYMBOL_BF_EF: 18 bytes. */
typedef struct pel_aux_bf_ef {
#include <pelorus/tables/aux_bf_ef.def>
} pel_aux_bf_ef;

/** IMAGE_AUX_SYMBOL_WEAK_EXTERNAL: 18 bytes. */
typedef struct pel_aux_weak {
#include <pelorus/tables/aux_weak.def>
} pel_aux_weak;

/** IMAGE_AUX_SYMBOL_SECTION: 18 bytes. */
typedef struct pel_aux_section {
#include <pelorus/tables/aux_section.def>
} pel_aux_section;

/** IMAGE_AUX_SYMBOL_TOKEN_DEF: 18 bytes. */
typedef struct pel_aux_token {
#include <pelorus/tables/aux_token.def>
} pel_aux_token;

/** IMAGE_LINENUMBER: 6 bytes. */
typedef struct pel_line_number {
#include <pelorus/tables/line_number.def>
} pel_line_number;

/** ANON_OBJECT_HEADER_BIGOBJ: 56 bytes; other anonymous objects have the first 32 or 44 of them. */
typedef struct pel_anon_object {
#include <pelorus/tables/anon_object.def>
} pel_anon_object;

/** IMPORT_OBJECT_HEADER: 20 bytes, then names. */
typedef struct pel_import_object {
#include <pelorus/tables/import_object.def>
} pel_import_object;

/** IMAGE_ARCHIVE_MEMBER_HEADER: 60 bytes of text. */
typedef struct pel_archive_member {
#include <pelorus/tables/archive_member.def>
} pel_archive_member;

/** IMAGE_SEPARATE_DEBUG_HEADER: 48 bytes. */
typedef struct pel_separate_debug {
#include <pelorus/tables/separate_debug.def>
} pel_separate_debug;

/** IMAGE_RELOCATION: 10 bytes. */
typedef struct pel_coff_relocation {
#include <pelorus/tables/coff_relocation.def>
} pel_coff_relocation;

/** IMAGE_SYMBOL_EX, of big objects: 20 bytes. */
typedef struct pel_coff_symbol_ex {
#include <pelorus/tables/coff_symbol_ex.def>
} pel_coff_symbol_ex;

/** IMAGE_RESOURCE_DIRECTORY: one level of the resource tree: 16 bytes. */
typedef struct pel_resource_directory {
#include <pelorus/tables/resource_directory.def>
} pel_resource_directory;

/** IMAGE_RESOURCE_DIRECTORY_ENTRY: an entry of one level: 8 bytes. */
typedef struct pel_resource_entry {
#include <pelorus/tables/resource_entry.def>
} pel_resource_entry;

/** IMAGE_RESOURCE_DATA_ENTRY: a leaf of the resource tree: 16 bytes. */
typedef struct pel_resource_data {
#include <pelorus/tables/resource_data.def>
} pel_resource_data;

/** VS_FIXEDFILEINFO: the binary part of version information: 52 bytes. */
typedef struct pel_version_fixed {
#include <pelorus/tables/version_fixed.def>
} pel_version_fixed;

/** GRPICONDIRENTRY: an icon of a group: 14 bytes. */
typedef struct pel_icon_entry {
#include <pelorus/tables/icon_entry.def>
} pel_icon_entry;

/** GRPCURSORDIRENTRY: a cursor of a group: 14 bytes. */
typedef struct pel_cursor_entry {
#include <pelorus/tables/cursor_entry.def>
} pel_cursor_entry;

/** ACCELTABLEENTRY: a key that stands for a command: 8 bytes. */
typedef struct pel_accelerator {
#include <pelorus/tables/accelerator.def>
} pel_accelerator;

/** SECTION_IMAGE_INFORMATION: what NtQuerySection tells of an image section. */
typedef struct pel_section_image_information {
#include <pelorus/tables/section_image_information.def>
} pel_section_image_information;

/** SECTION_BASIC_INFORMATION: what NtQuerySection tells of any section. */
typedef struct pel_section_basic_information {
#include <pelorus/tables/section_basic_information.def>
} pel_section_basic_information;

#include <pelorus/tables/members_end.def>

/* ---- schemas ----------------------------------------------------------- */

#define X(id, name, key, size32, size64) PEL_API extern const pel_schema pel_##id##_schema;
#include <pelorus/tables/schemas.def>
#undef X

#ifdef __cplusplus
}
#endif
#endif
