/* SPDX-License-Identifier: Apache-2.0 */
/* The structures, made of their tables (schemas.def lists them). Each is proved against its size in
 * the specification at compile time. */
#include <pelorus/format.h>

#define X(kind, type, wire32, wire64) WIRE32_##kind = wire32, WIRE64_##kind = wire64,
enum { PEL_KINDS(X) WIRE_END };
#undef X

/* clang-format off */
#define TABLE dos_header
#include "schema/table.inc"
#define TABLE rich_entry
#include "schema/table.inc"
#define TABLE file_header
#include "schema/table.inc"
#define TABLE optional_header
#include "schema/table.inc"
#define TABLE rom_header
#include "schema/table.inc"
#define TABLE te_header
#include "schema/table.inc"
#define TABLE data_directory
#include "schema/table.inc"
#define TABLE section_header
#include "schema/table.inc"
#define TABLE export_directory
#include "schema/table.inc"
#define TABLE import_descriptor
#include "schema/table.inc"
#define TABLE tls_directory
#include "schema/table.inc"
#define TABLE load_config
#include "schema/table.inc"
#define TABLE bound_descriptor
#include "schema/table.inc"
#define TABLE bound_forwarder
#include "schema/table.inc"
#define TABLE delay_descriptor
#include "schema/table.inc"
#define TABLE win_certificate
#include "schema/table.inc"
#define TABLE cor20_header
#include "schema/table.inc"
#define TABLE ready_to_run_header
#include "schema/table.inc"
#define TABLE ready_to_run_section
#include "schema/table.inc"
#define TABLE debug_directory
#include "schema/table.inc"
#define TABLE debug_misc
#include "schema/table.inc"
#define TABLE fpo_data
#include "schema/table.inc"
#define TABLE fixup_data
#include "schema/table.inc"
#define TABLE omap_entry
#include "schema/table.inc"
#define TABLE coff_symbols_header
#include "schema/table.inc"
#define TABLE vc_feature
#include "schema/table.inc"
#define TABLE coff_symbol
#include "schema/table.inc"
#define TABLE aux_function
#include "schema/table.inc"
#define TABLE aux_bf_ef
#include "schema/table.inc"
#define TABLE aux_weak
#include "schema/table.inc"
#define TABLE aux_section
#include "schema/table.inc"
#define TABLE aux_token
#include "schema/table.inc"
#define TABLE line_number
#include "schema/table.inc"
#define TABLE resource_directory
#include "schema/table.inc"
#define TABLE resource_entry
#include "schema/table.inc"
#define TABLE resource_data
#include "schema/table.inc"
#define TABLE version_fixed
#include "schema/table.inc"
#define TABLE icon_entry
#include "schema/table.inc"
#define TABLE cursor_entry
#include "schema/table.inc"
#define TABLE accelerator
#include "schema/table.inc"
#define TABLE nt_signature
#include "schema/table.inc"
#define TABLE rich_header
#include "schema/table.inc"
#define TABLE coff_strings
#include "schema/table.inc"
#define TABLE aux_file
#include "schema/table.inc"
#define TABLE thunk_data
#include "schema/table.inc"
#define TABLE import_by_name
#include "schema/table.inc"
#define TABLE base_relocation
#include "schema/table.inc"
#define TABLE type_offset
#include "schema/table.inc"
#define TABLE runtime_function
#include "schema/table.inc"
#define TABLE arm_runtime_function
#include "schema/table.inc"
#define TABLE arm64_runtime_function
#include "schema/table.inc"
#define TABLE ce_runtime_function
#include "schema/table.inc"
#define TABLE mips_runtime_function
#include "schema/table.inc"
#define TABLE alpha64_runtime_function
#include "schema/table.inc"
#define TABLE unwind_info
#include "schema/table.inc"
#define TABLE unwind_slot
#include "schema/table.inc"
#define TABLE unwind_info_v3
#include "schema/table.inc"
#define TABLE epilog_info_v3
#include "schema/table.inc"
#define TABLE epilog_info_ex_v3
#include "schema/table.inc"
#define TABLE arm_xdata
#include "schema/table.inc"
#define TABLE arm64_xdata
#include "schema/table.inc"
#define TABLE xdata_extended
#include "schema/table.inc"
#define TABLE epilog_scope
#include "schema/table.inc"
#define TABLE arm_epilog_scope
#include "schema/table.inc"
#define TABLE cv_pdb70
#include "schema/table.inc"
#define TABLE cv_pdb20
#include "schema/table.inc"
#define TABLE pogo_entry
#include "schema/table.inc"
#define TABLE resource_string
#include "schema/table.inc"
#define TABLE version_header
#include "schema/table.inc"
#define TABLE group_header
#include "schema/table.inc"
#define TABLE cursor_header
#include "schema/table.inc"
#define TABLE string_entry
#include "schema/table.inc"
#define TABLE message_data
#include "schema/table.inc"
#define TABLE message_block
#include "schema/table.inc"
#define TABLE message_entry
#include "schema/table.inc"
#define TABLE dialog_template
#include "schema/table.inc"
#define TABLE dialog_template_ex
#include "schema/table.inc"
#define TABLE dialog_item_template
#include "schema/table.inc"
#define TABLE dialog_item_template_ex
#include "schema/table.inc"
#define TABLE menu_header
#include "schema/table.inc"
#define TABLE menu_ex_header
#include "schema/table.inc"
#define TABLE menu_ex_item
#include "schema/table.inc"
#define TABLE anon_object
#include "schema/table.inc"
#define TABLE import_object
#include "schema/table.inc"
#define TABLE archive_member
#include "schema/table.inc"
#define TABLE separate_debug
#include "schema/table.inc"
#define TABLE coff_relocation
#include "schema/table.inc"
#define TABLE coff_symbol_ex
#include "schema/table.inc"
#define TABLE code_integrity
#include "schema/table.inc"
#define TABLE guard_table_entry
#include "schema/table.inc"
#define TABLE dynamic_reloc_table
#include "schema/table.inc"
#define TABLE dynamic_reloc
#include "schema/table.inc"
#define TABLE dynamic_reloc_v2
#include "schema/table.inc"
#define TABLE import_transfer
#include "schema/table.inc"
#define TABLE indirect_transfer
#include "schema/table.inc"
#define TABLE switchtable_branch
#include "schema/table.inc"
#define TABLE arm64x_record
#include "schema/table.inc"
#define TABLE import_transfer_arm64
#include "schema/table.inc"
#define TABLE rf_prologue
#include "schema/table.inc"
#define TABLE rf_epilogue
#include "schema/table.inc"
#define TABLE function_override_header
#include "schema/table.inc"
#define TABLE function_override
#include "schema/table.inc"
#define TABLE bdd_info
#include "schema/table.inc"
#define TABLE bdd_node
#include "schema/table.inc"
#define TABLE chpe_metadata
#include "schema/table.inc"
#define TABLE chpe_range
#include "schema/table.inc"
#define TABLE arm64ec_metadata
#include "schema/table.inc"
#define TABLE arm64ec_code_map
#include "schema/table.inc"
#define TABLE arm64ec_redirection
#include "schema/table.inc"
#define TABLE arm64ec_entry_point
#include "schema/table.inc"
#define TABLE hot_patch_info
#include "schema/table.inc"
#define TABLE hot_patch_base
#include "schema/table.inc"
#define TABLE hot_patch_hashes
#include "schema/table.inc"
#define TABLE enclave_config
#include "schema/table.inc"
#define TABLE enclave_import
#include "schema/table.inc"
#define TABLE volatile_metadata
#include "schema/table.inc"
#define TABLE volatile_access
#include "schema/table.inc"
#define TABLE volatile_range
#include "schema/table.inc"
#define TABLE policy_metadata
#include "schema/table.inc"
#define TABLE policy_entry
#include "schema/table.inc"
#define TABLE section_image_information
#include "schema/table.inc"
#define TABLE section_basic_information
#include "schema/table.inc"

/* A format that has no such structure has no size to prove. */
#define X(id, name, key, size32, size64)                                                           \
    _Static_assert((size32 == 0 || (int)id##_wire32 == size32) &&                                  \
                       (size64 == 0 || (int)id##_wire64 == size64), name);                         \
    const pel_schema pel_##id##_schema = { name, key, id##_fields,                                 \
                                           sizeof id##_fields / sizeof id##_fields[0],             \
                                           sizeof(pel_##id) };
#include <pelorus/tables/schemas.def>
#undef X

static const pel_schema *const schemas[] = {
#define X(id, name, key, size32, size64) &pel_##id##_schema,
#include <pelorus/tables/schemas.def>
#undef X
};
/* clang-format on */

const pel_schema *const *pel_schemas(size_t *count)
{
    *count = sizeof schemas / sizeof schemas[0];
    return schemas;
}
