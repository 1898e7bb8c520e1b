/* SPDX-License-Identifier: Apache-2.0 */
/* The structures, made of their tables. Each is proved against its size in the
 * specification at compile time. */
#include <pelorus/format.h>

/* clang-format off */
#define F(kind, member, name, show, names, doc)                                                    \
    { name, #member, PEL_KIND_##kind, 1, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc,    \
      0, 0 },
#define A(kind, member, count, name, show, names, doc)                                             \
    { name, #member, PEL_KIND_##kind, count, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc, \
      0, 0 },
#define B(kind, member, bit, bits, name, show, names, doc)                                         \
    { name, #member, PEL_KIND_##kind, 1, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc,    \
      bit, bits },
#define V(name, doc) { name, "", PEL_KIND_REST, 1, PEL_SHOW_DEC, NULL, 0, doc, 0, 0 },

#define STRUCT pel_dos_header
static const pel_field dos_header_fields[] = {
#include <pelorus/tables/dos_header.def>
};
#undef STRUCT
#define STRUCT pel_rich_entry
static const pel_field rich_entry_fields[] = {
#include <pelorus/tables/rich_entry.def>
};
#undef STRUCT
#define STRUCT pel_file_header
static const pel_field file_header_fields[] = {
#include <pelorus/tables/file_header.def>
};
#undef STRUCT
#define STRUCT pel_optional_header
static const pel_field optional_header_fields[] = {
#include <pelorus/tables/optional_header.def>
};
#undef STRUCT
#define STRUCT pel_rom_header
static const pel_field rom_header_fields[] = {
#include <pelorus/tables/rom_header.def>
};
#undef STRUCT
#define STRUCT pel_te_header
static const pel_field te_header_fields[] = {
#include <pelorus/tables/te_header.def>
};
#undef STRUCT
#define STRUCT pel_data_directory
static const pel_field data_directory_fields[] = {
#include <pelorus/tables/data_directory.def>
};
#undef STRUCT
#define STRUCT pel_section_header
static const pel_field section_header_fields[] = {
#include <pelorus/tables/section_header.def>
};
#undef STRUCT
#define STRUCT pel_export_directory
static const pel_field export_directory_fields[] = {
#include <pelorus/tables/export_directory.def>
};
#undef STRUCT
#define STRUCT pel_import_descriptor
static const pel_field import_descriptor_fields[] = {
#include <pelorus/tables/import_descriptor.def>
};
#undef STRUCT
#define STRUCT pel_tls_directory
static const pel_field tls_directory_fields[] = {
#include <pelorus/tables/tls_directory.def>
};
#undef STRUCT
#define STRUCT pel_load_config
static const pel_field load_config_fields[] = {
#include <pelorus/tables/load_config.def>
};
#undef STRUCT
#define STRUCT pel_bound_descriptor
static const pel_field bound_descriptor_fields[] = {
#include <pelorus/tables/bound_descriptor.def>
};
#undef STRUCT
#define STRUCT pel_bound_forwarder
static const pel_field bound_forwarder_fields[] = {
#include <pelorus/tables/bound_forwarder.def>
};
#undef STRUCT
#define STRUCT pel_delay_descriptor
static const pel_field delay_descriptor_fields[] = {
#include <pelorus/tables/delay_descriptor.def>
};
#undef STRUCT
#define STRUCT pel_win_certificate
static const pel_field win_certificate_fields[] = {
#include <pelorus/tables/win_certificate.def>
};
#undef STRUCT
#define STRUCT pel_cor20_header
static const pel_field cor20_header_fields[] = {
#include <pelorus/tables/cor20_header.def>
};
#undef STRUCT
#define STRUCT pel_ready_to_run_header
static const pel_field ready_to_run_header_fields[] = {
#include <pelorus/tables/ready_to_run_header.def>
};
#undef STRUCT
#define STRUCT pel_ready_to_run_section
static const pel_field ready_to_run_section_fields[] = {
#include <pelorus/tables/ready_to_run_section.def>
};
#undef STRUCT
#define STRUCT pel_debug_directory
static const pel_field debug_directory_fields[] = {
#include <pelorus/tables/debug_directory.def>
};
#undef STRUCT
#define STRUCT pel_debug_misc
static const pel_field debug_misc_fields[] = {
#include <pelorus/tables/debug_misc.def>
};
#undef STRUCT
#define STRUCT pel_fpo_data
static const pel_field fpo_data_fields[] = {
#include <pelorus/tables/fpo_data.def>
};
#undef STRUCT
#define STRUCT pel_fixup_data
static const pel_field fixup_data_fields[] = {
#include <pelorus/tables/fixup_data.def>
};
#undef STRUCT
#define STRUCT pel_omap_entry
static const pel_field omap_entry_fields[] = {
#include <pelorus/tables/omap_entry.def>
};
#undef STRUCT
#define STRUCT pel_coff_symbols_header
static const pel_field coff_symbols_header_fields[] = {
#include <pelorus/tables/coff_symbols_header.def>
};
#undef STRUCT
#define STRUCT pel_vc_feature
static const pel_field vc_feature_fields[] = {
#include <pelorus/tables/vc_feature.def>
};
#undef STRUCT
#define STRUCT pel_coff_symbol
static const pel_field coff_symbol_fields[] = {
#include <pelorus/tables/coff_symbol.def>
};
#undef STRUCT
#define STRUCT pel_aux_function
static const pel_field aux_function_fields[] = {
#include <pelorus/tables/aux_function.def>
};
#undef STRUCT
#define STRUCT pel_aux_bf_ef
static const pel_field aux_bf_ef_fields[] = {
#include <pelorus/tables/aux_bf_ef.def>
};
#undef STRUCT
#define STRUCT pel_aux_weak
static const pel_field aux_weak_fields[] = {
#include <pelorus/tables/aux_weak.def>
};
#undef STRUCT
#define STRUCT pel_aux_section
static const pel_field aux_section_fields[] = {
#include <pelorus/tables/aux_section.def>
};
#undef STRUCT
#define STRUCT pel_aux_token
static const pel_field aux_token_fields[] = {
#include <pelorus/tables/aux_token.def>
};
#undef STRUCT
#define STRUCT pel_line_number
static const pel_field line_number_fields[] = {
#include <pelorus/tables/line_number.def>
};
#undef STRUCT
#define STRUCT pel_resource_directory
static const pel_field resource_directory_fields[] = {
#include <pelorus/tables/resource_directory.def>
};
#undef STRUCT
#define STRUCT pel_resource_entry
static const pel_field resource_entry_fields[] = {
#include <pelorus/tables/resource_entry.def>
};
#undef STRUCT
#define STRUCT pel_resource_data
static const pel_field resource_data_fields[] = {
#include <pelorus/tables/resource_data.def>
};
#undef STRUCT
#define STRUCT pel_version_fixed
static const pel_field version_fixed_fields[] = {
#include <pelorus/tables/version_fixed.def>
};
#undef STRUCT
#define STRUCT pel_icon_entry
static const pel_field icon_entry_fields[] = {
#include <pelorus/tables/icon_entry.def>
};
#undef STRUCT
#define STRUCT pel_cursor_entry
static const pel_field cursor_entry_fields[] = {
#include <pelorus/tables/cursor_entry.def>
};
#undef STRUCT
#define STRUCT pel_accelerator
static const pel_field accelerator_fields[] = {
#include <pelorus/tables/accelerator.def>
};
#undef STRUCT
#define STRUCT pel_nt_signature
static const pel_field nt_signature_fields[] = {
#include <pelorus/tables/nt_signature.def>
};
#undef STRUCT
#define STRUCT pel_rich_header
static const pel_field rich_header_fields[] = {
#include <pelorus/tables/rich_header.def>
};
#undef STRUCT
#define STRUCT pel_coff_strings
static const pel_field coff_strings_fields[] = {
#include <pelorus/tables/coff_strings.def>
};
#undef STRUCT
#define STRUCT pel_aux_file
static const pel_field aux_file_fields[] = {
#include <pelorus/tables/aux_file.def>
};
#undef STRUCT
#define STRUCT pel_thunk_data
static const pel_field thunk_data_fields[] = {
#include <pelorus/tables/thunk_data.def>
};
#undef STRUCT
#define STRUCT pel_import_by_name
static const pel_field import_by_name_fields[] = {
#include <pelorus/tables/import_by_name.def>
};
#undef STRUCT
#define STRUCT pel_base_relocation
static const pel_field base_relocation_fields[] = {
#include <pelorus/tables/base_relocation.def>
};
#undef STRUCT
#define STRUCT pel_type_offset
static const pel_field type_offset_fields[] = {
#include <pelorus/tables/type_offset.def>
};
#undef STRUCT
#define STRUCT pel_runtime_function
static const pel_field runtime_function_fields[] = {
#include <pelorus/tables/runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_arm_runtime_function
static const pel_field arm_runtime_function_fields[] = {
#include <pelorus/tables/arm_runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_arm64_runtime_function
static const pel_field arm64_runtime_function_fields[] = {
#include <pelorus/tables/arm64_runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_ce_runtime_function
static const pel_field ce_runtime_function_fields[] = {
#include <pelorus/tables/ce_runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_mips_runtime_function
static const pel_field mips_runtime_function_fields[] = {
#include <pelorus/tables/mips_runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_alpha64_runtime_function
static const pel_field alpha64_runtime_function_fields[] = {
#include <pelorus/tables/alpha64_runtime_function.def>
};
#undef STRUCT
#define STRUCT pel_unwind_info
static const pel_field unwind_info_fields[] = {
#include <pelorus/tables/unwind_info.def>
};
#undef STRUCT
#define STRUCT pel_unwind_slot
static const pel_field unwind_slot_fields[] = {
#include <pelorus/tables/unwind_slot.def>
};
#undef STRUCT
#define STRUCT pel_unwind_info_v3
static const pel_field unwind_info_v3_fields[] = {
#include <pelorus/tables/unwind_info_v3.def>
};
#undef STRUCT
#define STRUCT pel_epilog_info_v3
static const pel_field epilog_info_v3_fields[] = {
#include <pelorus/tables/epilog_info_v3.def>
};
#undef STRUCT
#define STRUCT pel_epilog_info_ex_v3
static const pel_field epilog_info_ex_v3_fields[] = {
#include <pelorus/tables/epilog_info_ex_v3.def>
};
#undef STRUCT
#define STRUCT pel_arm_xdata
static const pel_field arm_xdata_fields[] = {
#include <pelorus/tables/arm_xdata.def>
};
#undef STRUCT
#define STRUCT pel_arm64_xdata
static const pel_field arm64_xdata_fields[] = {
#include <pelorus/tables/arm64_xdata.def>
};
#undef STRUCT
#define STRUCT pel_xdata_extended
static const pel_field xdata_extended_fields[] = {
#include <pelorus/tables/xdata_extended.def>
};
#undef STRUCT
#define STRUCT pel_epilog_scope
static const pel_field epilog_scope_fields[] = {
#include <pelorus/tables/epilog_scope.def>
};
#undef STRUCT
#define STRUCT pel_arm_epilog_scope
static const pel_field arm_epilog_scope_fields[] = {
#include <pelorus/tables/arm_epilog_scope.def>
};
#undef STRUCT
#define STRUCT pel_cv_pdb70
static const pel_field cv_pdb70_fields[] = {
#include <pelorus/tables/cv_pdb70.def>
};
#undef STRUCT
#define STRUCT pel_cv_pdb20
static const pel_field cv_pdb20_fields[] = {
#include <pelorus/tables/cv_pdb20.def>
};
#undef STRUCT
#define STRUCT pel_pogo_entry
static const pel_field pogo_entry_fields[] = {
#include <pelorus/tables/pogo_entry.def>
};
#undef STRUCT
#define STRUCT pel_resource_string
static const pel_field resource_string_fields[] = {
#include <pelorus/tables/resource_string.def>
};
#undef STRUCT
#define STRUCT pel_version_header
static const pel_field version_header_fields[] = {
#include <pelorus/tables/version_header.def>
};
#undef STRUCT
#define STRUCT pel_group_header
static const pel_field group_header_fields[] = {
#include <pelorus/tables/group_header.def>
};
#undef STRUCT
#define STRUCT pel_cursor_header
static const pel_field cursor_header_fields[] = {
#include <pelorus/tables/cursor_header.def>
};
#undef STRUCT
#define STRUCT pel_string_entry
static const pel_field string_entry_fields[] = {
#include <pelorus/tables/string_entry.def>
};
#undef STRUCT
#define STRUCT pel_message_data
static const pel_field message_data_fields[] = {
#include <pelorus/tables/message_data.def>
};
#undef STRUCT
#define STRUCT pel_message_block
static const pel_field message_block_fields[] = {
#include <pelorus/tables/message_block.def>
};
#undef STRUCT
#define STRUCT pel_message_entry
static const pel_field message_entry_fields[] = {
#include <pelorus/tables/message_entry.def>
};
#undef STRUCT
#define STRUCT pel_dialog_template
static const pel_field dialog_template_fields[] = {
#include <pelorus/tables/dialog_template.def>
};
#undef STRUCT
#define STRUCT pel_dialog_template_ex
static const pel_field dialog_template_ex_fields[] = {
#include <pelorus/tables/dialog_template_ex.def>
};
#undef STRUCT
#define STRUCT pel_dialog_item_template
static const pel_field dialog_item_template_fields[] = {
#include <pelorus/tables/dialog_item_template.def>
};
#undef STRUCT
#define STRUCT pel_dialog_item_template_ex
static const pel_field dialog_item_template_ex_fields[] = {
#include <pelorus/tables/dialog_item_template_ex.def>
};
#undef STRUCT
#define STRUCT pel_menu_header
static const pel_field menu_header_fields[] = {
#include <pelorus/tables/menu_header.def>
};
#undef STRUCT
#define STRUCT pel_menu_ex_header
static const pel_field menu_ex_header_fields[] = {
#include <pelorus/tables/menu_ex_header.def>
};
#undef STRUCT
#define STRUCT pel_menu_ex_item
static const pel_field menu_ex_item_fields[] = {
#include <pelorus/tables/menu_ex_item.def>
};
#undef STRUCT
#define STRUCT pel_section_image_information
static const pel_field section_image_information_fields[] = {
#include <pelorus/tables/section_image_information.def>
};
#undef STRUCT
#define STRUCT pel_section_basic_information
static const pel_field section_basic_information_fields[] = {
#include <pelorus/tables/section_basic_information.def>
};
#undef STRUCT
#undef F
#undef A
#undef B
#undef V

/* ---- proof of the sizes ------------------------------------------------ */

#define X(kind, type, wire32, wire64) WIRE32_##kind = wire32, WIRE64_##kind = wire64,
enum { PEL_KINDS(X) WIRE_END };
#undef X

#define F(kind, member, name, show, names, doc) +WIRE32_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE32_##kind * (count)
#define B(kind, member, bit, bits, name, show, names, doc) +((bit) ? 0 : WIRE32_##kind)
#define V(name, doc)
_Static_assert((0
#include <pelorus/tables/dos_header.def>
    ) == 64, "IMAGE_DOS_HEADER");
_Static_assert((0
#include <pelorus/tables/rich_entry.def>
    ) == 8, "Rich entry");
_Static_assert((0
#include <pelorus/tables/file_header.def>
    ) == 20, "IMAGE_FILE_HEADER");
_Static_assert((0
#include <pelorus/tables/optional_header.def>
    ) == 96, "IMAGE_OPTIONAL_HEADER32");
_Static_assert((0
#include <pelorus/tables/rom_header.def>
    ) == 56, "IMAGE_ROM_OPTIONAL_HEADER");
_Static_assert((0
#include <pelorus/tables/data_directory.def>
    ) == 8, "IMAGE_DATA_DIRECTORY");
_Static_assert((0
#include <pelorus/tables/section_header.def>
    ) == 40, "IMAGE_SECTION_HEADER");
_Static_assert((0
#include <pelorus/tables/export_directory.def>
    ) == 40, "IMAGE_EXPORT_DIRECTORY");
_Static_assert((0
#include <pelorus/tables/import_descriptor.def>
    ) == 20, "IMAGE_IMPORT_DESCRIPTOR");
_Static_assert((0
#include <pelorus/tables/tls_directory.def>
    ) == 24, "IMAGE_TLS_DIRECTORY32");
_Static_assert((0
#include <pelorus/tables/load_config.def>
    ) == 196, "IMAGE_LOAD_CONFIG_DIRECTORY32");
_Static_assert((0
#include <pelorus/tables/bound_descriptor.def>
    ) == 8, "IMAGE_BOUND_IMPORT_DESCRIPTOR");
_Static_assert((0
#include <pelorus/tables/bound_forwarder.def>
    ) == 8, "IMAGE_BOUND_FORWARDER_REF");
_Static_assert((0
#include <pelorus/tables/delay_descriptor.def>
    ) == 32, "IMAGE_DELAYLOAD_DESCRIPTOR");
_Static_assert((0
#include <pelorus/tables/win_certificate.def>
    ) == 8, "WIN_CERTIFICATE");
_Static_assert((0
#include <pelorus/tables/cor20_header.def>
    ) == 72, "IMAGE_COR20_HEADER");
_Static_assert((0
#include <pelorus/tables/ready_to_run_header.def>
    ) == 16, "READYTORUN_HEADER");
_Static_assert((0
#include <pelorus/tables/ready_to_run_section.def>
    ) == 12, "READYTORUN_SECTION");
_Static_assert((0
#include <pelorus/tables/debug_directory.def>
    ) == 28, "IMAGE_DEBUG_DIRECTORY");
_Static_assert((0
#include <pelorus/tables/debug_misc.def>
    ) == 12, "IMAGE_DEBUG_MISC");
_Static_assert((0
#include <pelorus/tables/fpo_data.def>
    ) == 16, "FPO_DATA");
_Static_assert((0
#include <pelorus/tables/fixup_data.def>
    ) == 12, "XFIXUP_DATA");
_Static_assert((0
#include <pelorus/tables/omap_entry.def>
    ) == 8, "OMAP");
_Static_assert((0
#include <pelorus/tables/coff_symbols_header.def>
    ) == 32, "IMAGE_COFF_SYMBOLS_HEADER");
_Static_assert((0
#include <pelorus/tables/vc_feature.def>
    ) == 20, "VC_FEATURE");
_Static_assert((0
#include <pelorus/tables/coff_symbol.def>
    ) == 18, "IMAGE_SYMBOL");
_Static_assert((0
#include <pelorus/tables/aux_function.def>
    ) == 18, "IMAGE_AUX_SYMBOL_FUNCTION");
_Static_assert((0
#include <pelorus/tables/aux_bf_ef.def>
    ) == 18, "IMAGE_AUX_SYMBOL_BF_EF");
_Static_assert((0
#include <pelorus/tables/aux_weak.def>
    ) == 18, "IMAGE_AUX_SYMBOL_WEAK_EXTERNAL");
_Static_assert((0
#include <pelorus/tables/aux_section.def>
    ) == 18, "IMAGE_AUX_SYMBOL_SECTION");
_Static_assert((0
#include <pelorus/tables/aux_token.def>
    ) == 18, "IMAGE_AUX_SYMBOL_TOKEN_DEF");
_Static_assert((0
#include <pelorus/tables/line_number.def>
    ) == 6, "IMAGE_LINENUMBER");
_Static_assert((0
#include <pelorus/tables/resource_directory.def>
    ) == 16, "IMAGE_RESOURCE_DIRECTORY");
_Static_assert((0
#include <pelorus/tables/resource_entry.def>
    ) == 8, "IMAGE_RESOURCE_DIRECTORY_ENTRY");
_Static_assert((0
#include <pelorus/tables/resource_data.def>
    ) == 16, "IMAGE_RESOURCE_DATA_ENTRY");
_Static_assert((0
#include <pelorus/tables/version_fixed.def>
    ) == 52, "VS_FIXEDFILEINFO");
_Static_assert((0
#include <pelorus/tables/icon_entry.def>
    ) == 14, "GRPICONDIRENTRY");
_Static_assert((0
#include <pelorus/tables/cursor_entry.def>
    ) == 14, "GRPCURSORDIRENTRY");
_Static_assert((0
#include <pelorus/tables/accelerator.def>
    ) == 8, "ACCELTABLEENTRY");
_Static_assert((0
#include <pelorus/tables/nt_signature.def>
    ) == 4, "IMAGE_NT_SIGNATURE");
_Static_assert((0
#include <pelorus/tables/rich_header.def>
    ) == 16, "RICH_HEADER");
_Static_assert((0
#include <pelorus/tables/coff_strings.def>
    ) == 4, "COFF_STRING_TABLE");
_Static_assert((0
#include <pelorus/tables/aux_file.def>
    ) == 18, "IMAGE_AUX_SYMBOL_FILE");
_Static_assert((0
#include <pelorus/tables/thunk_data.def>
    ) == 4, "IMAGE_THUNK_DATA");
_Static_assert((0
#include <pelorus/tables/import_by_name.def>
    ) == 2, "IMAGE_IMPORT_BY_NAME");
_Static_assert((0
#include <pelorus/tables/base_relocation.def>
    ) == 8, "IMAGE_BASE_RELOCATION");
_Static_assert((0
#include <pelorus/tables/type_offset.def>
    ) == 2, "BASE_RELOC_ENTRY");
_Static_assert((0
#include <pelorus/tables/runtime_function.def>
    ) == 12, "IMAGE_RUNTIME_FUNCTION_ENTRY_AMD64");
_Static_assert((0
#include <pelorus/tables/arm_runtime_function.def>
    ) == 8, "IMAGE_ARM_RUNTIME_FUNCTION_ENTRY");
_Static_assert((0
#include <pelorus/tables/arm64_runtime_function.def>
    ) == 8, "IMAGE_ARM64_RUNTIME_FUNCTION_ENTRY");
_Static_assert((0
#include <pelorus/tables/ce_runtime_function.def>
    ) == 8, "IMAGE_CE_RUNTIME_FUNCTION_ENTRY");
_Static_assert((0
#include <pelorus/tables/mips_runtime_function.def>
    ) == 20, "IMAGE_MIPS_RUNTIME_FUNCTION_ENTRY");
_Static_assert((0
#include <pelorus/tables/unwind_info.def>
    ) == 4, "UNWIND_INFO");
_Static_assert((0
#include <pelorus/tables/unwind_slot.def>
    ) == 2, "UNWIND_CODE");
_Static_assert((0
#include <pelorus/tables/unwind_info_v3.def>
    ) == 4, "UNWIND_INFO_V3");
_Static_assert((0
#include <pelorus/tables/epilog_info_v3.def>
    ) == 3, "EPILOG_INFO_V3");
_Static_assert((0
#include <pelorus/tables/epilog_info_ex_v3.def>
    ) == 3, "EPILOG_INFO_EX_V3");
_Static_assert((0
#include <pelorus/tables/arm_xdata.def>
    ) == 4, "ARM_XDATA_HEADER");
_Static_assert((0
#include <pelorus/tables/arm64_xdata.def>
    ) == 4, "ARM64_XDATA_HEADER");
_Static_assert((0
#include <pelorus/tables/xdata_extended.def>
    ) == 4, "ARM64_XDATA_EXTENDED");
_Static_assert((0
#include <pelorus/tables/epilog_scope.def>
    ) == 4, "ARM64_EPILOG_SCOPE");
_Static_assert((0
#include <pelorus/tables/arm_epilog_scope.def>
    ) == 4, "ARM_EPILOG_SCOPE");
_Static_assert((0
#include <pelorus/tables/cv_pdb70.def>
    ) == 24, "CV_INFO_PDB70");
_Static_assert((0
#include <pelorus/tables/cv_pdb20.def>
    ) == 16, "CV_INFO_PDB20");
_Static_assert((0
#include <pelorus/tables/pogo_entry.def>
    ) == 8, "POGO_ENTRY");
_Static_assert((0
#include <pelorus/tables/resource_string.def>
    ) == 2, "IMAGE_RESOURCE_DIR_STRING_U");
_Static_assert((0
#include <pelorus/tables/version_header.def>
    ) == 6, "VS_VERSIONINFO");
_Static_assert((0
#include <pelorus/tables/group_header.def>
    ) == 6, "RESOURCE_GROUP_HEADER");
_Static_assert((0
#include <pelorus/tables/cursor_header.def>
    ) == 4, "CURSOR_LOCALHEADER");
_Static_assert((0
#include <pelorus/tables/string_entry.def>
    ) == 2, "STRING_BLOCK_ENTRY");
_Static_assert((0
#include <pelorus/tables/message_data.def>
    ) == 4, "MESSAGE_RESOURCE_DATA");
_Static_assert((0
#include <pelorus/tables/message_block.def>
    ) == 12, "MESSAGE_RESOURCE_BLOCK");
_Static_assert((0
#include <pelorus/tables/message_entry.def>
    ) == 4, "MESSAGE_RESOURCE_ENTRY");
_Static_assert((0
#include <pelorus/tables/dialog_template.def>
    ) == 18, "DLGTEMPLATE");
_Static_assert((0
#include <pelorus/tables/dialog_template_ex.def>
    ) == 26, "DLGTEMPLATEEX");
_Static_assert((0
#include <pelorus/tables/dialog_item_template.def>
    ) == 18, "DLGITEMTEMPLATE");
_Static_assert((0
#include <pelorus/tables/dialog_item_template_ex.def>
    ) == 24, "DLGITEMTEMPLATEEX");
_Static_assert((0
#include <pelorus/tables/menu_header.def>
    ) == 4, "MENUHEADER");
_Static_assert((0
#include <pelorus/tables/menu_ex_header.def>
    ) == 8, "MENUEX_TEMPLATE_HEADER");
_Static_assert((0
#include <pelorus/tables/menu_ex_item.def>
    ) == 14, "MENUEX_TEMPLATE_ITEM");
#undef F
#undef A
#undef B
#undef V
#define F(kind, member, name, show, names, doc) +WIRE64_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE64_##kind * (count)
#define B(kind, member, bit, bits, name, show, names, doc) +((bit) ? 0 : WIRE64_##kind)
#define V(name, doc)
_Static_assert((0
#include <pelorus/tables/optional_header.def>
    ) == 112, "IMAGE_OPTIONAL_HEADER64");
_Static_assert((0
#include <pelorus/tables/te_header.def>
    ) == 24, "EFI_TE_IMAGE_HEADER");
_Static_assert((0
#include <pelorus/tables/tls_directory.def>
    ) == 40, "IMAGE_TLS_DIRECTORY64");
_Static_assert((0
#include <pelorus/tables/load_config.def>
    ) == 328, "IMAGE_LOAD_CONFIG_DIRECTORY64");
_Static_assert((0
#include <pelorus/tables/thunk_data.def>
    ) == 8, "IMAGE_THUNK_DATA");
_Static_assert((0
#include <pelorus/tables/alpha64_runtime_function.def>
    ) == 40, "IMAGE_ALPHA64_RUNTIME_FUNCTION_ENTRY");
#undef F
#undef A
#undef B
#undef V

/* ---- schemas ----------------------------------------------------------- */

#define SCHEMA(id, name, key)                                                                      \
    const pel_schema pel_##id##_schema = { name, key, id##_fields,                                 \
                                           sizeof id##_fields / sizeof id##_fields[0],             \
                                           sizeof(pel_##id) };
SCHEMA(dos_header,                "IMAGE_DOS_HEADER",          "dos_header")
SCHEMA(rich_entry,                "RICH_ENTRY",                "rich_header.entries")
SCHEMA(file_header,               "IMAGE_FILE_HEADER",         "file_header")
SCHEMA(optional_header,           "IMAGE_OPTIONAL_HEADER",     "optional_header")
SCHEMA(rom_header,                "IMAGE_ROM_OPTIONAL_HEADER", "optional_header")
SCHEMA(te_header,                 "EFI_TE_IMAGE_HEADER",       "te_header")
SCHEMA(data_directory,            "IMAGE_DATA_DIRECTORY",      "optional_header.DataDirectory")
SCHEMA(section_header,            "IMAGE_SECTION_HEADER",      "sections")
SCHEMA(export_directory,          "IMAGE_EXPORT_DIRECTORY",    "exports")
SCHEMA(import_descriptor,         "IMAGE_IMPORT_DESCRIPTOR",   "imports")
SCHEMA(tls_directory,             "IMAGE_TLS_DIRECTORY",       "tls")
SCHEMA(load_config,               "IMAGE_LOAD_CONFIG_DIRECTORY", "load_config")
SCHEMA(bound_descriptor,          "IMAGE_BOUND_IMPORT_DESCRIPTOR", "bound_imports")
SCHEMA(bound_forwarder,           "IMAGE_BOUND_FORWARDER_REF", "bound_imports.forwarders")
SCHEMA(delay_descriptor,          "IMAGE_DELAYLOAD_DESCRIPTOR", "delay_imports")
SCHEMA(win_certificate,           "WIN_CERTIFICATE",           "certificates")
SCHEMA(cor20_header,              "IMAGE_COR20_HEADER",        "clr")
SCHEMA(ready_to_run_header,       "READYTORUN_HEADER",         "clr.ready_to_run")
SCHEMA(ready_to_run_section,      "READYTORUN_SECTION",        "clr.ready_to_run.sections")
SCHEMA(debug_directory,          "IMAGE_DEBUG_DIRECTORY", "debug")
SCHEMA(debug_misc,               "IMAGE_DEBUG_MISC", "debug.misc")
SCHEMA(fpo_data,                 "FPO_DATA", "debug.fpo")
SCHEMA(fixup_data,               "XFIXUP_DATA", "debug.fixups")
SCHEMA(omap_entry,               "OMAP", "debug.omap")
SCHEMA(coff_symbols_header,      "IMAGE_COFF_SYMBOLS_HEADER", "debug.coff")
SCHEMA(vc_feature,               "VC_FEATURE", "debug.vc_feature")
SCHEMA(coff_symbol,              "IMAGE_SYMBOL", "coff_symbols.symbols")
SCHEMA(aux_function,             "IMAGE_AUX_SYMBOL_FUNCTION", "coff_symbols.aux_function")
SCHEMA(aux_bf_ef,                "IMAGE_AUX_SYMBOL_BF_EF", "coff_symbols.aux_bf_ef")
SCHEMA(aux_weak,                 "IMAGE_AUX_SYMBOL_WEAK_EXTERNAL", "coff_symbols.aux_weak")
SCHEMA(aux_section,              "IMAGE_AUX_SYMBOL_SECTION", "coff_symbols.aux_section")
SCHEMA(aux_token,                "IMAGE_AUX_SYMBOL_TOKEN_DEF", "coff_symbols.aux_token")
SCHEMA(line_number,              "IMAGE_LINENUMBER", "line_numbers.lines")
SCHEMA(resource_directory,        "IMAGE_RESOURCE_DIRECTORY", "resources.directories")
SCHEMA(resource_entry,            "IMAGE_RESOURCE_DIRECTORY_ENTRY", "resources.entries")
SCHEMA(resource_data,             "IMAGE_RESOURCE_DATA_ENTRY", "resources.data")
SCHEMA(version_fixed,             "VS_FIXEDFILEINFO", "resources.version")
SCHEMA(icon_entry,                "GRPICONDIRENTRY", "resources.icons")
SCHEMA(cursor_entry,              "GRPCURSORDIRENTRY", "resources.cursors")
SCHEMA(accelerator,               "ACCELTABLEENTRY", "resources.accelerators")
SCHEMA(nt_signature, "IMAGE_NT_SIGNATURE", "nt_signature")
SCHEMA(rich_header, "RICH_HEADER", "rich_header")
SCHEMA(coff_strings, "COFF_STRING_TABLE", "coff_symbols.string_table")
SCHEMA(aux_file, "IMAGE_AUX_SYMBOL_FILE", "coff_symbols.files")
SCHEMA(thunk_data, "IMAGE_THUNK_DATA", "imports.functions")
SCHEMA(import_by_name, "IMAGE_IMPORT_BY_NAME", "imports.functions")
SCHEMA(base_relocation, "IMAGE_BASE_RELOCATION", "base_relocations.blocks")
SCHEMA(type_offset, "BASE_RELOC_ENTRY", "base_relocations.blocks.entries")
SCHEMA(runtime_function, "IMAGE_RUNTIME_FUNCTION_ENTRY_AMD64", "exceptions.functions")
SCHEMA(arm_runtime_function, "IMAGE_ARM_RUNTIME_FUNCTION_ENTRY", "exceptions.functions")
SCHEMA(arm64_runtime_function, "IMAGE_ARM64_RUNTIME_FUNCTION_ENTRY", "exceptions.functions")
SCHEMA(ce_runtime_function, "IMAGE_CE_RUNTIME_FUNCTION_ENTRY", "exceptions.functions")
SCHEMA(mips_runtime_function, "IMAGE_MIPS_RUNTIME_FUNCTION_ENTRY", "exceptions.functions")
SCHEMA(alpha64_runtime_function, "IMAGE_ALPHA64_RUNTIME_FUNCTION_ENTRY", "exceptions.functions")
SCHEMA(unwind_info, "UNWIND_INFO", "exceptions.functions.info")
SCHEMA(unwind_slot, "UNWIND_CODE", "exceptions.functions.info.codes")
SCHEMA(unwind_info_v3, "UNWIND_INFO_V3", "exceptions.functions.info")
SCHEMA(epilog_info_v3, "EPILOG_INFO_V3", "exceptions.functions.info.epilogs")
SCHEMA(epilog_info_ex_v3, "EPILOG_INFO_EX_V3", "exceptions.functions.info.epilogs")
SCHEMA(arm_xdata, "ARM_XDATA_HEADER", "exceptions.functions.info")
SCHEMA(arm64_xdata, "ARM64_XDATA_HEADER", "exceptions.functions.info")
SCHEMA(xdata_extended, "ARM64_XDATA_EXTENDED", "exceptions.functions.info")
SCHEMA(epilog_scope, "ARM64_EPILOG_SCOPE", "exceptions.functions.info.epilogs")
SCHEMA(arm_epilog_scope, "ARM_EPILOG_SCOPE", "exceptions.functions.info.epilogs")
SCHEMA(cv_pdb70, "CV_INFO_PDB70", "debug.codeview")
SCHEMA(cv_pdb20, "CV_INFO_PDB20", "debug.codeview")
SCHEMA(pogo_entry, "POGO_ENTRY", "debug.pogo.groups")
SCHEMA(resource_string, "IMAGE_RESOURCE_DIR_STRING_U", "resources.entries.name")
SCHEMA(version_header, "VS_VERSIONINFO", "resources.entries.version")
SCHEMA(group_header, "RESOURCE_GROUP_HEADER", "resources.entries")
SCHEMA(cursor_header, "CURSOR_LOCALHEADER", "resources.entries.hot_spot")
SCHEMA(string_entry, "STRING_BLOCK_ENTRY", "resources.entries.strings")
SCHEMA(message_data, "MESSAGE_RESOURCE_DATA", "resources.entries.messages")
SCHEMA(message_block, "MESSAGE_RESOURCE_BLOCK", "resources.entries.messages")
SCHEMA(message_entry, "MESSAGE_RESOURCE_ENTRY", "resources.entries.messages")
SCHEMA(dialog_template, "DLGTEMPLATE", "resources.entries.dialog")
SCHEMA(dialog_template_ex, "DLGTEMPLATEEX", "resources.entries.dialog")
SCHEMA(dialog_item_template, "DLGITEMTEMPLATE", "resources.entries.dialog.items")
SCHEMA(dialog_item_template_ex, "DLGITEMTEMPLATEEX", "resources.entries.dialog.items")
SCHEMA(menu_header, "MENUHEADER", "resources.entries.menu")
SCHEMA(menu_ex_header, "MENUEX_TEMPLATE_HEADER", "resources.entries.menu")
SCHEMA(menu_ex_item, "MENUEX_TEMPLATE_ITEM", "resources.entries.menu.items")
SCHEMA(section_image_information, "SECTION_IMAGE_INFORMATION", "section_image_information")
SCHEMA(section_basic_information, "SECTION_BASIC_INFORMATION", "section_basic_information")

static const pel_schema *const schemas[] = {
#define X(id) &pel_##id##_schema,
#include <pelorus/tables/schemas.def>
#undef X
};
/* clang-format on */

const pel_schema *const *pel_schemas(size_t *count)
{
    *count = sizeof schemas / sizeof schemas[0];
    return schemas;
}
