/* SPDX-License-Identifier: Apache-2.0 */
/* The name tables, made of the same lists as the constants of format.h. */
#include <pelorus/schema.h>

/* clang-format off */
static const pel_name machine_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_FILE_MACHINE_" #id, doc },
#include <pelorus/tables/machine.def>
#undef X
};
static const pel_name file_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_FILE_" #id, doc },
#include <pelorus/tables/file_flags.def>
#undef X
};
static const pel_name magic_items[] = {
#define PEL_MAGIC_NAME_ROM   "IMAGE_ROM_OPTIONAL_HDR_MAGIC"
#define PEL_MAGIC_NAME_PE32  "IMAGE_NT_OPTIONAL_HDR32_MAGIC"
#define PEL_MAGIC_NAME_PE32P "IMAGE_NT_OPTIONAL_HDR64_MAGIC"
#define X(id, value, doc) { value, 0xffffffffu, PEL_MAGIC_NAME_##id, doc },
#include <pelorus/tables/magic.def>
#undef X
};
static const pel_name subsystem_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_SUBSYSTEM_" #id, doc },
#include <pelorus/tables/subsystem.def>
#undef X
};
static const pel_name dll_flags_items[] = {
#define X(id, name, value, doc) { value, value, name, doc },
#include <pelorus/tables/dll_flags.def>
#undef X
};
static const pel_name directory_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_DIRECTORY_ENTRY_" #id, doc },
#include <pelorus/tables/directory.def>
#undef X
};
static const pel_name section_flags_items[] = {
#define X(id, value, mask, doc) { value, mask, "IMAGE_SCN_" #id, doc },
#include <pelorus/tables/section_flags.def>
#undef X
};
static const pel_name reloc_type_items[] = {
#define X(id, value, machines, bytes, doc) { value, 0xffffffffu, "IMAGE_REL_BASED_" #id, doc },
#include <pelorus/tables/reloc_type.def>
#undef X
};
static const pel_name rich_product_items[] = {
#define X(id, tool) { id, 0xffffffffu, tool, tool },
#include <pelorus/tables/rich_product.def>
#undef X
};
static const pel_name guard_flags_items[] = {
#define X(id, value, mask, doc) { value, mask, "IMAGE_GUARD_" #id, doc },
#include <pelorus/tables/guard_flags.def>
#undef X
};
static const pel_name image_flags_items[] = {
#define X(id, value, doc) { value, value, #id, doc },
#include <pelorus/tables/image_flags.def>
#undef X
};
static const pel_name cor_flags_items[] = {
#define X(id, value, doc) { value, value, "COMIMAGE_FLAGS_" #id, doc },
#include <pelorus/tables/cor_flags.def>
#undef X
};
static const pel_name ready_to_run_flags_items[] = {
#define X(id, value, doc) { value, value, "READYTORUN_FLAG_" #id, doc },
#include <pelorus/tables/ready_to_run_flags.def>
#undef X
};
static const pel_name ready_to_run_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/ready_to_run_type.def>
#undef X
};
static const pel_name clr_table_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/clr_table.def>
#undef X
};
static const pel_name certificate_revision_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "WIN_CERT_REVISION_" #id, doc },
#include <pelorus/tables/certificate_revision.def>
#undef X
};
static const pel_name certificate_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "WIN_CERT_TYPE_" #id, doc },
#include <pelorus/tables/certificate_type.def>
#undef X
};
static const pel_name guard_entry_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_GUARD_FLAG_" #id, doc },
#include <pelorus/tables/guard_entry_flags.def>
#undef X
};
static const pel_name dynamic_symbol_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_DYNAMIC_RELOCATION_" #id, doc },
#include <pelorus/tables/dynamic_symbol.def>
#undef X
};
static const pel_name arm64x_fixup_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_DVRT_ARM64X_FIXUP_TYPE_" #id, doc },
#include <pelorus/tables/arm64x_fixup.def>
#undef X
};
static const pel_name function_override_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_FUNCTION_OVERRIDE_" #id, doc },
#include <pelorus/tables/function_override_type.def>
#undef X
};
static const pel_name arm64ec_code_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/arm64ec_code.def>
#undef X
};
static const pel_name hot_patch_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_HOT_PATCH_INFO_FLAG_" #id, doc },
#include <pelorus/tables/hot_patch_flags.def>
#undef X
};
static const pel_name hot_patch_base_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_HOT_PATCH_BASE_" #id, doc },
#include <pelorus/tables/hot_patch_base_flags.def>
#undef X
};
static const pel_name hot_patch_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_HOT_PATCH_" #id, doc },
#include <pelorus/tables/hot_patch_type.def>
#undef X
};
static const pel_name hot_patch_chunk_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_HOT_PATCH_CHUNK_" #id, doc },
#include <pelorus/tables/hot_patch_chunk.def>
#undef X
};
static const pel_name enclave_policy_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_ENCLAVE_POLICY_" #id, doc },
#include <pelorus/tables/enclave_policy.def>
#undef X
};
static const pel_name enclave_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_ENCLAVE_FLAG_" #id, doc },
#include <pelorus/tables/enclave_flags.def>
#undef X
};
static const pel_name enclave_match_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_ENCLAVE_IMPORT_MATCH_" #id, doc },
#include <pelorus/tables/enclave_match.def>
#undef X
};
static const pel_name policy_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "ImagePolicyEntryType" #id, doc },
#include <pelorus/tables/policy_type.def>
#undef X
};
static const pel_name policy_id_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "ImagePolicyId" #id, doc },
#include <pelorus/tables/policy_id.def>
#undef X
};
static const pel_name unwind_flags_items[] = {
#define X(id, value, doc) { value, value, "UNW_FLAG_" #id, doc },
#include <pelorus/tables/unwind_flags.def>
#undef X
};
static const pel_name fpo_frame_items[] = {
#define X(id, value, doc) { value, UINT32_MAX, "FRAME_" #id, doc },
#include <pelorus/tables/fpo_frame.def>
#undef X
};
static const pel_name unwind_op_items[] = {
#define X(id, value, doc) { value, UINT32_MAX, "UWOP_" #id, doc },
#include <pelorus/tables/unwind_op.def>
#undef X
};
static const pel_name epilog_flags_items[] = {
#define X(id, value, doc) { value, value, "EPILOG_INFO_" #id, doc },
#include <pelorus/tables/epilog_flags.def>
#undef X
};
static const pel_name section_attributes_items[] = {
#define X(id, value, doc) { value, value, "SEC_" #id, doc },
#include <pelorus/tables/section_attributes.def>
#undef X
};
static const pel_name debug_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_DEBUG_TYPE_" #id, doc },
#include <pelorus/tables/debug_type.def>
#undef X
};
static const pel_name pogo_signature_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/pogo_signature.def>
#undef X
};
static const pel_name symbol_class_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_SYM_CLASS_" #id, doc },
#include <pelorus/tables/symbol_class.def>
#undef X
};
static const pel_name weak_search_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_WEAK_EXTERN_" #id, doc },
#include <pelorus/tables/weak_search.def>
#undef X
};
static const pel_name comdat_select_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_COMDAT_SELECT_" #id, doc },
#include <pelorus/tables/comdat_select.def>
#undef X
};
static const pel_name ex_dll_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_DLLCHARACTERISTICS_EX_" #id, doc },
#include <pelorus/tables/ex_dll_flags.def>
#undef X
};
static const pel_name symbol_type_items[] = {
#define X(id, value, mask, doc) { value, mask, "IMAGE_SYM_" #id, doc },
#include <pelorus/tables/symbol_type.def>
#undef X
};

static const pel_name resource_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "RT_" #id, doc },
#include <pelorus/tables/resource_type.def>
#undef X
};
static const pel_name language_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "LANG_" #id, doc },
#include <pelorus/tables/language.def>
#undef X
};
static const pel_name version_flags_items[] = {
#define X(id, value, doc) { value, value, "VS_FF_" #id, doc },
#include <pelorus/tables/version_flags.def>
#undef X
};
static const pel_name version_os_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "VOS_" #id, doc },
#include <pelorus/tables/version_os.def>
#undef X
};
static const pel_name version_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "VFT_" #id, doc },
#include <pelorus/tables/version_type.def>
#undef X
};
static const pel_name accelerator_flags_items[] = {
#define X(id, value, doc) { value, value, "" #id, doc },
#include <pelorus/tables/accelerator_flags.def>
#undef X
};
static const pel_name menu_flags_items[] = {
#define X(id, value, doc) { value, value, "MF_" #id, doc },
#include <pelorus/tables/menu_flags.def>
#undef X
};

static const pel_name import_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMPORT_OBJECT_" #id, doc },
#include <pelorus/tables/import_type.def>
#undef X
};
static const pel_name import_name_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMPORT_OBJECT_" #id, doc },
#include <pelorus/tables/import_name_type.def>
#undef X
};
static const pel_name separate_debug_flags_items[] = {
#define X(id, value, doc) { value, value, "IMAGE_SEPARATE_DEBUG_" #id, doc },
#include <pelorus/tables/separate_debug_flags.def>
#undef X
};
static const pel_name coff_reloc_type_items[] = {
#define X(family, id, value, doc) { value, 0xffffffffu, "IMAGE_REL_" #family "_" #id, doc },
#include <pelorus/tables/coff_reloc_type.def>
#undef X
};
static const pel_name vtable_fixup_type_items[] = {
#define X(id, value, doc) { value, value, "COR_VTABLE_" #id, doc },
#include <pelorus/tables/vtable_fixup_type.def>
#undef X
};
static const pel_name heap_sizes_items[] = {
#define X(id, value, doc) { value, value, #id, doc },
#include <pelorus/tables/heap_sizes.def>
#undef X
};
static const pel_name ready_to_run_import_flags_items[] = {
#define X(id, value, doc) { value, value, "READYTORUN_IMPORT_SECTION_FLAGS_" #id, doc },
#include <pelorus/tables/ready_to_run_import_flags.def>
#undef X
};
static const pel_name ready_to_run_import_type_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "READYTORUN_IMPORT_SECTION_TYPE_" #id, doc },
#include <pelorus/tables/ready_to_run_import_type.def>
#undef X
};
static const pel_name api_set_flags_items[] = {
#define X(id, value, doc) { value, value, "API_SET_SCHEMA_FLAGS_" #id, doc },
#include <pelorus/tables/api_set_flags.def>
#undef X
};
static const pel_name api_set_entry_flags_items[] = {
#define X(id, value, doc) { value, value, "API_SET_SCHEMA_ENTRY_FLAGS_" #id, doc },
#include <pelorus/tables/api_set_entry_flags.def>
#undef X
};
static const pel_name ldr_flags_items[] = {
#define X(id, value, doc) { value, value, "LDRP_" #id, doc },
#include <pelorus/tables/ldr_flags.def>
#undef X
};
static const pel_name load_reason_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "LoadReason" #id, doc },
#include <pelorus/tables/load_reason.def>
#undef X
};
static const pel_name peb_flags_items[] = {
#define X(id, value, doc) { value, value, #id, doc },
#include <pelorus/tables/peb_flags.def>
#undef X
};
static const pel_name peb_flags_7_items[] = {
#define X(id, value, doc) { value, value, #id, doc },
#include <pelorus/tables/peb_flags_7.def>
#undef X
};
static const pel_name version_driver_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "VFT2_DRV_" #id, doc },
#include <pelorus/tables/version_driver.def>
#undef X
};
static const pel_name version_font_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "VFT2_FONT_" #id, doc },
#include <pelorus/tables/version_font.def>
#undef X
};
static const pel_name codeview_signature_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/codeview_signature.def>
#undef X
};
static const pel_name dialog_class_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/dialog_class.def>
#undef X
};
static const pel_name symbol_section_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "IMAGE_SYM_" #id, doc },
#include <pelorus/tables/symbol_section.def>
#undef X
};
static const pel_name arm64_pdata_flag_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "Pdata" #id, doc },
#include <pelorus/tables/arm64_pdata_flag.def>
#undef X
};
static const pel_name arm64_pdata_cr_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "PdataCr" #id, doc },
#include <pelorus/tables/arm64_pdata_cr.def>
#undef X
};
static const pel_name unwind_v3_op_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "WOD_" #id, doc },
#include <pelorus/tables/unwind_v3_op.def>
#undef X
};
static const pel_name api_set_version_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/api_set_version.def>
#undef X
};
static const pel_name ddag_state_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, "LdrModules" #id, doc },
#include <pelorus/tables/ddag_state.def>
#undef X
};
static const pel_name dotnet_os_items[] = {
#define X(id, value, doc) { value, 0xffffffffu, #id, doc },
#include <pelorus/tables/dotnet_os.def>
#undef X
};

#define X(name, member)                                                                            \
    const pel_names pel_names_##member = { name, member##_items,                                   \
                                           sizeof member##_items / sizeof member##_items[0] };
#include <pelorus/tables/enums.def>
#undef X
/* clang-format on */

const pel_name *pel_names_find(const pel_names *names, uint32_t value)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].value == value)
            return &names->items[i];
    return NULL;
}
