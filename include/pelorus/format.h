/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_FORMAT_H
#define PELORUS_FORMAT_H

/* The C types of the PE structures, made of the tables. One struct serves PE32 and
 * PE32+: words that follow the format are 64 bits wide, and what one format lacks
 * is 0. Values of enums and flags carry Microsoft's names: PEL_MACHINE_AMD64 for
 * IMAGE_FILE_MACHINE_AMD64, PEL_SCN_MEM_WRITE for IMAGE_SCN_MEM_WRITE. */

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
#define X(id, value, doc) PEL_UNWIND_##id = value,
#include <pelorus/tables/unwind_flags.def>
#undef X
};

/** IMAGE_SCN_*: unsigned constants, for bit 31 does not fit an int. */
#define PEL_SCN_CNT_CODE               0x00000020u
#define PEL_SCN_CNT_INITIALIZED_DATA   0x00000040u
#define PEL_SCN_CNT_UNINITIALIZED_DATA 0x00000080u
#define PEL_SCN_MEM_DISCARDABLE        0x02000000u
#define PEL_SCN_MEM_SHARED             0x10000000u
#define PEL_SCN_MEM_EXECUTE            0x20000000u
#define PEL_SCN_MEM_READ               0x40000000u
#define PEL_SCN_MEM_WRITE              0x80000000u

/* ---- structures -------------------------------------------------------- */

#define PEL_TYPE_U8     uint8_t
#define PEL_TYPE_U16    uint16_t
#define PEL_TYPE_U32    uint32_t
#define PEL_TYPE_RVA    pel_rva
#define PEL_TYPE_RVA32  pel_rva
#define PEL_TYPE_ONLY32 uint32_t
#define PEL_TYPE_ONLY64 uint32_t
#define PEL_TYPE_FOFF   pel_foff
#define PEL_TYPE_VA     pel_va
#define PEL_TYPE_NAT    uint64_t

#define F(kind, member, name, show, names, doc)            PEL_TYPE_##kind member;
#define A(kind, member, count, name, show, names, doc)     PEL_TYPE_##kind member[count];
#define B(kind, member, bit, bits, name, show, names, doc) PEL_TYPE_##kind member;
#define V(name, doc)

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

/** IMAGE_NT_SIGNATURE: "PE" and two zeros, at e_lfanew; 4 bytes. */
typedef struct pel_nt_signature {
#include <pelorus/tables/nt_signature.def>
} pel_nt_signature;

/** RICH_HEADER: what the linker put between stub and headers. All but the last two words, "Rich"
 *  and the key, are XORed with the key; 16 bytes. */
typedef struct pel_rich_header {
#include <pelorus/tables/rich_header.def>
} pel_rich_header;

/** COFF_STRING_TABLE: the names that symbols and sections have no room for; 4 bytes. */
typedef struct pel_coff_strings {
#include <pelorus/tables/coff_strings.def>
} pel_coff_strings;

/** IMAGE_AUX_SYMBOL_FILE: a part of the name of a source file; 18 bytes. */
typedef struct pel_aux_file {
#include <pelorus/tables/aux_file.def>
} pel_aux_file;

/** IMAGE_THUNK_DATA: an entry of a table of imports; 4 bytes in PE32, 8 in PE32+. */
typedef struct pel_thunk_data {
#include <pelorus/tables/thunk_data.def>
} pel_thunk_data;

/** IMAGE_IMPORT_BY_NAME: what a DLL is asked for; 2 bytes. */
typedef struct pel_import_by_name {
#include <pelorus/tables/import_by_name.def>
} pel_import_by_name;

/** IMAGE_BASE_RELOCATION: the relocations of one page; 8 bytes. */
typedef struct pel_base_relocation {
#include <pelorus/tables/base_relocation.def>
} pel_base_relocation;

/** BASE_RELOC_ENTRY: one place that depends on the base; 2 bytes. */
typedef struct pel_type_offset {
#include <pelorus/tables/type_offset.def>
} pel_type_offset;

/** IMAGE_RUNTIME_FUNCTION_ENTRY: a function of x64 or IA64, or a part of one; 12 bytes. */
typedef struct pel_runtime_function {
#include <pelorus/tables/runtime_function.def>
} pel_runtime_function;

/** IMAGE_ARM_RUNTIME_FUNCTION_ENTRY: a function of Thumb-2; the second word holds all when it is
 *  packed; 8 bytes. */
typedef struct pel_arm_runtime_function {
#include <pelorus/tables/arm_runtime_function.def>
} pel_arm_runtime_function;

/** IMAGE_ARM64_RUNTIME_FUNCTION_ENTRY: a function of ARM64; the second word holds all when it is
 *  packed; 8 bytes. */
typedef struct pel_arm64_runtime_function {
#include <pelorus/tables/arm64_runtime_function.def>
} pel_arm64_runtime_function;

/** IMAGE_CE_RUNTIME_FUNCTION_ENTRY: a function of Windows CE; 8 bytes. */
typedef struct pel_ce_runtime_function {
#include <pelorus/tables/ce_runtime_function.def>
} pel_ce_runtime_function;

/** IMAGE_MIPS_RUNTIME_FUNCTION_ENTRY: a function of MIPS, PowerPC or 32-bit ALPHA; 20 bytes. */
typedef struct pel_mips_runtime_function {
#include <pelorus/tables/mips_runtime_function.def>
} pel_mips_runtime_function;

/** IMAGE_ALPHA64_RUNTIME_FUNCTION_ENTRY: a function of 64-bit ALPHA; 40 bytes. */
typedef struct pel_alpha64_runtime_function {
#include <pelorus/tables/alpha64_runtime_function.def>
} pel_alpha64_runtime_function;

/** UNWIND_INFO: how a function of x64 is unwound, versions 1 and 2; 4 bytes. */
typedef struct pel_unwind_info {
#include <pelorus/tables/unwind_info.def>
} pel_unwind_info;

/** UNWIND_CODE: one step of a prolog, or an operand of the slot before; 2 bytes. */
typedef struct pel_unwind_slot {
#include <pelorus/tables/unwind_slot.def>
} pel_unwind_slot;

/** UNWIND_INFO, version 3 (a preview): 4 bytes. */
typedef struct pel_unwind_info_v3 {
#include <pelorus/tables/unwind_info_v3.def>
} pel_unwind_info_v3;

/** EPILOG_INFO: an epilog of unwind information of version 3; 3 bytes. */
typedef struct pel_epilog_info_v3 {
#include <pelorus/tables/epilog_info_v3.def>
} pel_epilog_info_v3;

/** EPILOG_INFO_EX: follows an epilog that has operations; 3 bytes. */
typedef struct pel_epilog_info_ex_v3 {
#include <pelorus/tables/epilog_info_ex_v3.def>
} pel_epilog_info_ex_v3;

/** ARM_XDATA_HEADER: unwind data of Thumb-2; 4 bytes. */
typedef struct pel_arm_xdata {
#include <pelorus/tables/arm_xdata.def>
} pel_arm_xdata;

/** ARM64_XDATA_HEADER: unwind data of ARM64; 4 bytes. */
typedef struct pel_arm64_xdata {
#include <pelorus/tables/arm64_xdata.def>
} pel_arm64_xdata;

/** ARM64_XDATA_EXTENDED: the second word, of Thumb-2, too; 4 bytes. */
typedef struct pel_xdata_extended {
#include <pelorus/tables/xdata_extended.def>
} pel_xdata_extended;

/** ARM64_EPILOG_SCOPE: an epilog of ARM64; 4 bytes. */
typedef struct pel_epilog_scope {
#include <pelorus/tables/epilog_scope.def>
} pel_epilog_scope;

/** ARM_EPILOG_SCOPE: an epilog of Thumb-2; 4 bytes. */
typedef struct pel_arm_epilog_scope {
#include <pelorus/tables/arm_epilog_scope.def>
} pel_arm_epilog_scope;

/** CV_INFO_PDB70: which PDB belongs to an image, "RSDS"; 24 bytes. */
typedef struct pel_cv_pdb70 {
#include <pelorus/tables/cv_pdb70.def>
} pel_cv_pdb70;

/** CV_INFO_PDB20: which PDB belongs to an image, "NB10"; 16 bytes. */
typedef struct pel_cv_pdb20 {
#include <pelorus/tables/cv_pdb20.def>
} pel_cv_pdb20;

/** POGO_ENTRY: a group of a section, as the linker put it there; 8 bytes. */
typedef struct pel_pogo_entry {
#include <pelorus/tables/pogo_entry.def>
} pel_pogo_entry;

/** IMAGE_RESOURCE_DIR_STRING_U: the name of an entry; 2 bytes. */
typedef struct pel_resource_string {
#include <pelorus/tables/resource_string.def>
} pel_resource_string;

/** VS_VERSIONINFO: the head of each block of version information; 6 bytes. */
typedef struct pel_version_header {
#include <pelorus/tables/version_header.def>
} pel_version_header;

/** RESOURCE_GROUP_HEADER: of a group of icons or cursors; 6 bytes. */
typedef struct pel_group_header {
#include <pelorus/tables/group_header.def>
} pel_group_header;

/** CURSOR_LOCALHEADER: the point of a cursor; 4 bytes. */
typedef struct pel_cursor_header {
#include <pelorus/tables/cursor_header.def>
} pel_cursor_header;

/** STRING_BLOCK_ENTRY: one of the 16 strings of a block; 2 bytes. */
typedef struct pel_string_entry {
#include <pelorus/tables/string_entry.def>
} pel_string_entry;

/** MESSAGE_RESOURCE_DATA: the head of a message table; 4 bytes. */
typedef struct pel_message_data {
#include <pelorus/tables/message_data.def>
} pel_message_data;

/** MESSAGE_RESOURCE_BLOCK: a range of messages; 12 bytes. */
typedef struct pel_message_block {
#include <pelorus/tables/message_block.def>
} pel_message_block;

/** MESSAGE_RESOURCE_ENTRY: one message; 4 bytes. */
typedef struct pel_message_entry {
#include <pelorus/tables/message_entry.def>
} pel_message_entry;

/** DLGTEMPLATE: a dialog of the old form; 18 bytes. */
typedef struct pel_dialog_template {
#include <pelorus/tables/dialog_template.def>
} pel_dialog_template;

/** DLGTEMPLATEEX: a dialog of the extended form; 26 bytes. */
typedef struct pel_dialog_template_ex {
#include <pelorus/tables/dialog_template_ex.def>
} pel_dialog_template_ex;

/** DLGITEMTEMPLATE: an item of a dialog of the old form; 18 bytes. */
typedef struct pel_dialog_item_template {
#include <pelorus/tables/dialog_item_template.def>
} pel_dialog_item_template;

/** DLGITEMTEMPLATEEX: an item of a dialog of the extended form; 24 bytes. */
typedef struct pel_dialog_item_template_ex {
#include <pelorus/tables/dialog_item_template_ex.def>
} pel_dialog_item_template_ex;

/** MENUHEADER: of a menu of version 0; 4 bytes. */
typedef struct pel_menu_header {
#include <pelorus/tables/menu_header.def>
} pel_menu_header;

/** MENUEX_TEMPLATE_HEADER: of a menu of version 1; 8 bytes. */
typedef struct pel_menu_ex_header {
#include <pelorus/tables/menu_ex_header.def>
} pel_menu_ex_header;

/** MENUEX_TEMPLATE_ITEM: an item of a menu of version 1; 14 bytes. */
typedef struct pel_menu_ex_item {
#include <pelorus/tables/menu_ex_item.def>
} pel_menu_ex_item;

/** SECTION_IMAGE_INFORMATION: what NtQuerySection tells of an image section. */
typedef struct pel_section_image_information {
#include <pelorus/tables/section_image_information.def>
} pel_section_image_information;

/** SECTION_BASIC_INFORMATION: what NtQuerySection tells of any section. */
typedef struct pel_section_basic_information {
#include <pelorus/tables/section_basic_information.def>
} pel_section_basic_information;

#undef F
#undef A
#undef B
#undef V

/* ---- schemas ----------------------------------------------------------- */

#define X(id) PEL_API extern const pel_schema pel_##id##_schema;
#include <pelorus/tables/schemas.def>
#undef X

#ifdef __cplusplus
}
#endif
#endif
