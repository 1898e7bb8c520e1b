/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_FORMAT_CONTENTS_H
#define PELORUS_FORMAT_CONTENTS_H

/* The second half of format.h: the structures that directories lead to. */

#include <pelorus/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <pelorus/tables/members.def>

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

#include <pelorus/tables/members_end.def>

#ifdef __cplusplus
}
#endif
#endif
