/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/format.h>
#include <string.h>

#include "check_pel.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const pel_names *const all[] = {
#define X(id, member) &pel_names_##member,
#include <pelorus/tables/enums.def>
#undef X
};

/* ---- values, typed by hand from the PE specification and winnt.h -------- */

/* clang-format off */
static const struct {
    const pel_names *names;
    uint32_t value;
    const char *name;
} known[] = {
    { &pel_names_machine, 0x0000, "IMAGE_FILE_MACHINE_UNKNOWN" },
    { &pel_names_machine, 0x014c, "IMAGE_FILE_MACHINE_I386" },
    { &pel_names_machine, 0x0166, "IMAGE_FILE_MACHINE_R4000" },
    { &pel_names_machine, 0x01a6, "IMAGE_FILE_MACHINE_SH4" },
    { &pel_names_machine, 0x01c0, "IMAGE_FILE_MACHINE_ARM" },
    { &pel_names_machine, 0x01c4, "IMAGE_FILE_MACHINE_ARMNT" },
    { &pel_names_machine, 0x01f0, "IMAGE_FILE_MACHINE_POWERPC" },
    { &pel_names_machine, 0x0200, "IMAGE_FILE_MACHINE_IA64" },
    { &pel_names_machine, 0x0ebc, "IMAGE_FILE_MACHINE_EBC" },
    { &pel_names_machine, 0x5064, "IMAGE_FILE_MACHINE_RISCV64" },
    { &pel_names_machine, 0x6264, "IMAGE_FILE_MACHINE_LOONGARCH64" },
    { &pel_names_machine, 0x8664, "IMAGE_FILE_MACHINE_AMD64" },
    { &pel_names_machine, 0xaa64, "IMAGE_FILE_MACHINE_ARM64" },
    { &pel_names_file_flags, 0x0001, "IMAGE_FILE_RELOCS_STRIPPED" },
    { &pel_names_file_flags, 0x0002, "IMAGE_FILE_EXECUTABLE_IMAGE" },
    { &pel_names_file_flags, 0x0004, "IMAGE_FILE_LINE_NUMS_STRIPPED" },
    { &pel_names_file_flags, 0x0008, "IMAGE_FILE_LOCAL_SYMS_STRIPPED" },
    { &pel_names_file_flags, 0x0020, "IMAGE_FILE_LARGE_ADDRESS_AWARE" },
    { &pel_names_file_flags, 0x0100, "IMAGE_FILE_32BIT_MACHINE" },
    { &pel_names_file_flags, 0x0200, "IMAGE_FILE_DEBUG_STRIPPED" },
    { &pel_names_file_flags, 0x0400, "IMAGE_FILE_REMOVABLE_RUN_FROM_SWAP" },
    { &pel_names_file_flags, 0x0800, "IMAGE_FILE_NET_RUN_FROM_SWAP" },
    { &pel_names_file_flags, 0x1000, "IMAGE_FILE_SYSTEM" },
    { &pel_names_file_flags, 0x2000, "IMAGE_FILE_DLL" },
    { &pel_names_file_flags, 0x4000, "IMAGE_FILE_UP_SYSTEM_ONLY" },
    { &pel_names_magic, 0x0107, "IMAGE_ROM_OPTIONAL_HDR_MAGIC" },
    { &pel_names_magic, 0x010b, "IMAGE_NT_OPTIONAL_HDR32_MAGIC" },
    { &pel_names_magic, 0x020b, "IMAGE_NT_OPTIONAL_HDR64_MAGIC" },
    { &pel_names_subsystem,  1, "IMAGE_SUBSYSTEM_NATIVE" },
    { &pel_names_subsystem,  2, "IMAGE_SUBSYSTEM_WINDOWS_GUI" },
    { &pel_names_subsystem,  3, "IMAGE_SUBSYSTEM_WINDOWS_CUI" },
    { &pel_names_subsystem,  5, "IMAGE_SUBSYSTEM_OS2_CUI" },
    { &pel_names_subsystem,  7, "IMAGE_SUBSYSTEM_POSIX_CUI" },
    { &pel_names_subsystem,  9, "IMAGE_SUBSYSTEM_WINDOWS_CE_GUI" },
    { &pel_names_subsystem, 10, "IMAGE_SUBSYSTEM_EFI_APPLICATION" },
    { &pel_names_subsystem, 11, "IMAGE_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER" },
    { &pel_names_subsystem, 12, "IMAGE_SUBSYSTEM_EFI_RUNTIME_DRIVER" },
    { &pel_names_subsystem, 13, "IMAGE_SUBSYSTEM_EFI_ROM" },
    { &pel_names_subsystem, 14, "IMAGE_SUBSYSTEM_XBOX" },
    { &pel_names_subsystem, 16, "IMAGE_SUBSYSTEM_WINDOWS_BOOT_APPLICATION" },
    { &pel_names_dll_flags, 0x0020, "IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA" },
    { &pel_names_dll_flags, 0x0040, "IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE" },
    { &pel_names_dll_flags, 0x0080, "IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY" },
    { &pel_names_dll_flags, 0x0100, "IMAGE_DLLCHARACTERISTICS_NX_COMPAT" },
    { &pel_names_dll_flags, 0x0200, "IMAGE_DLLCHARACTERISTICS_NO_ISOLATION" },
    { &pel_names_dll_flags, 0x0400, "IMAGE_DLLCHARACTERISTICS_NO_SEH" },
    { &pel_names_dll_flags, 0x0800, "IMAGE_DLLCHARACTERISTICS_NO_BIND" },
    { &pel_names_dll_flags, 0x1000, "IMAGE_DLLCHARACTERISTICS_APPCONTAINER" },
    { &pel_names_dll_flags, 0x2000, "IMAGE_DLLCHARACTERISTICS_WDM_DRIVER" },
    { &pel_names_dll_flags, 0x4000, "IMAGE_DLLCHARACTERISTICS_GUARD_CF" },
    { &pel_names_dll_flags, 0x8000, "IMAGE_DLLCHARACTERISTICS_TERMINAL_SERVER_AWARE" },
    { &pel_names_directory,  0, "IMAGE_DIRECTORY_ENTRY_EXPORT" },
    { &pel_names_directory,  1, "IMAGE_DIRECTORY_ENTRY_IMPORT" },
    { &pel_names_directory,  2, "IMAGE_DIRECTORY_ENTRY_RESOURCE" },
    { &pel_names_directory,  3, "IMAGE_DIRECTORY_ENTRY_EXCEPTION" },
    { &pel_names_directory,  4, "IMAGE_DIRECTORY_ENTRY_SECURITY" },
    { &pel_names_directory,  5, "IMAGE_DIRECTORY_ENTRY_BASERELOC" },
    { &pel_names_directory,  6, "IMAGE_DIRECTORY_ENTRY_DEBUG" },
    { &pel_names_directory,  7, "IMAGE_DIRECTORY_ENTRY_ARCHITECTURE" },
    { &pel_names_directory,  8, "IMAGE_DIRECTORY_ENTRY_GLOBALPTR" },
    { &pel_names_directory,  9, "IMAGE_DIRECTORY_ENTRY_TLS" },
    { &pel_names_directory, 10, "IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG" },
    { &pel_names_directory, 11, "IMAGE_DIRECTORY_ENTRY_BOUND_IMPORT" },
    { &pel_names_directory, 12, "IMAGE_DIRECTORY_ENTRY_IAT" },
    { &pel_names_directory, 13, "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT" },
    { &pel_names_directory, 14, "IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR" },
    { &pel_names_guard_flags, 0x00000100, "IMAGE_GUARD_CF_INSTRUMENTED" },
    { &pel_names_guard_flags, 0x00000400, "IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT" },
    { &pel_names_guard_flags, 0x00010000, "IMAGE_GUARD_CF_LONGJUMP_TABLE_PRESENT" },
    { &pel_names_guard_flags, 0x00400000, "IMAGE_GUARD_EH_CONTINUATION_TABLE_PRESENT" },
    { &pel_names_guard_flags, 0x10000000, "IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_5BYTES" },
    { &pel_names_section_flags, 0x00000008, "IMAGE_SCN_TYPE_NO_PAD" },
    { &pel_names_section_flags, 0x00000020, "IMAGE_SCN_CNT_CODE" },
    { &pel_names_section_flags, 0x00000040, "IMAGE_SCN_CNT_INITIALIZED_DATA" },
    { &pel_names_section_flags, 0x00000080, "IMAGE_SCN_CNT_UNINITIALIZED_DATA" },
    { &pel_names_section_flags, 0x00000200, "IMAGE_SCN_LNK_INFO" },
    { &pel_names_section_flags, 0x00000800, "IMAGE_SCN_LNK_REMOVE" },
    { &pel_names_section_flags, 0x00001000, "IMAGE_SCN_LNK_COMDAT" },
    { &pel_names_section_flags, 0x00008000, "IMAGE_SCN_GPREL" },
    { &pel_names_section_flags, 0x00100000, "IMAGE_SCN_ALIGN_1BYTES" },
    { &pel_names_section_flags, 0x00500000, "IMAGE_SCN_ALIGN_16BYTES" },
    { &pel_names_section_flags, 0x00d00000, "IMAGE_SCN_ALIGN_4096BYTES" },
    { &pel_names_section_flags, 0x00e00000, "IMAGE_SCN_ALIGN_8192BYTES" },
    { &pel_names_section_flags, 0x01000000, "IMAGE_SCN_LNK_NRELOC_OVFL" },
    { &pel_names_section_flags, 0x02000000, "IMAGE_SCN_MEM_DISCARDABLE" },
    { &pel_names_section_flags, 0x04000000, "IMAGE_SCN_MEM_NOT_CACHED" },
    { &pel_names_section_flags, 0x08000000, "IMAGE_SCN_MEM_NOT_PAGED" },
    { &pel_names_section_flags, 0x10000000, "IMAGE_SCN_MEM_SHARED" },
    { &pel_names_section_flags, 0x20000000, "IMAGE_SCN_MEM_EXECUTE" },
    { &pel_names_section_flags, 0x40000000, "IMAGE_SCN_MEM_READ" },
    { &pel_names_section_flags, 0x80000000, "IMAGE_SCN_MEM_WRITE" },
    { &pel_names_reloc_type,  0, "IMAGE_REL_BASED_ABSOLUTE" },
    { &pel_names_reloc_type,  1, "IMAGE_REL_BASED_HIGH" },
    { &pel_names_reloc_type,  2, "IMAGE_REL_BASED_LOW" },
    { &pel_names_reloc_type,  3, "IMAGE_REL_BASED_HIGHLOW" },
    { &pel_names_reloc_type,  4, "IMAGE_REL_BASED_HIGHADJ" },
    { &pel_names_reloc_type, 10, "IMAGE_REL_BASED_DIR64" },
    { &pel_names_resource_type, 3, "RT_ICON" },
    { &pel_names_resource_type, 11, "RT_MESSAGETABLE" },
    { &pel_names_resource_type, 16, "RT_VERSION" },
    { &pel_names_resource_type, 24, "RT_MANIFEST" },
    { &pel_names_language, 0x07, "LANG_GERMAN" },
    { &pel_names_language, 0x09, "LANG_ENGLISH" },
    { &pel_names_language, 0x7f, "LANG_INVARIANT" },
    { &pel_names_version_flags, 0x20, "VS_FF_SPECIALBUILD" },
    { &pel_names_version_os, 0x40004, "VOS_NT_WINDOWS32" },
    { &pel_names_version_type, 3, "VFT_DRV" },
    { &pel_names_accelerator_flags, 0x08, "FCONTROL" },
    { &pel_names_menu_flags, 0x10, "MF_POPUP" },
    { &pel_names_image_flags, 0x04, "ImageDynamicallyRelocated" },
    { &pel_names_image_flags, 0x10, "BaseBelow4gb" },
    { &pel_names_debug_type,  1, "IMAGE_DEBUG_TYPE_COFF" },
    { &pel_names_debug_type,  2, "IMAGE_DEBUG_TYPE_CODEVIEW" },
    { &pel_names_debug_type,  8, "IMAGE_DEBUG_TYPE_OMAP_FROM_SRC" },
    { &pel_names_debug_type, 12, "IMAGE_DEBUG_TYPE_VC_FEATURE" },
    { &pel_names_debug_type, 13, "IMAGE_DEBUG_TYPE_POGO" },
    { &pel_names_debug_type, 16, "IMAGE_DEBUG_TYPE_REPRO" },
    { &pel_names_debug_type, 20, "IMAGE_DEBUG_TYPE_EX_DLLCHARACTERISTICS" },
    { &pel_names_ex_dll_flags, 0x01, "IMAGE_DLLCHARACTERISTICS_EX_CET_COMPAT" },
    { &pel_names_ex_dll_flags, 0x40, "IMAGE_DLLCHARACTERISTICS_EX_FORWARD_CFI_COMPAT" },
    { &pel_names_dynamic_symbol, 0x1, "IMAGE_DYNAMIC_RELOCATION_GUARD_RF_PROLOGUE" },
    { &pel_names_dynamic_symbol, 0x2, "IMAGE_DYNAMIC_RELOCATION_GUARD_RF_EPILOGUE" },
    { &pel_names_dynamic_symbol, 0x3, "IMAGE_DYNAMIC_RELOCATION_GUARD_IMPORT_CONTROL_TRANSFER" },
    { &pel_names_dynamic_symbol, 0x4, "IMAGE_DYNAMIC_RELOCATION_GUARD_INDIR_CONTROL_TRANSFER" },
    { &pel_names_dynamic_symbol, 0x5, "IMAGE_DYNAMIC_RELOCATION_GUARD_SWITCHTABLE_BRANCH" },
    { &pel_names_dynamic_symbol, 0x6, "IMAGE_DYNAMIC_RELOCATION_ARM64X" },
    { &pel_names_dynamic_symbol, 0x7, "IMAGE_DYNAMIC_RELOCATION_FUNCTION_OVERRIDE" },
    { &pel_names_dynamic_symbol, 0x8, "IMAGE_DYNAMIC_RELOCATION_ARM64_KERNEL_IMPORT_CALL_TRANSFER" },
    { &pel_names_arm64x_fixup, 0x0, "IMAGE_DVRT_ARM64X_FIXUP_TYPE_ZEROFILL" },
    { &pel_names_arm64x_fixup, 0x1, "IMAGE_DVRT_ARM64X_FIXUP_TYPE_VALUE" },
    { &pel_names_arm64x_fixup, 0x2, "IMAGE_DVRT_ARM64X_FIXUP_TYPE_DELTA" },
    { &pel_names_function_override_type, 0x0, "IMAGE_FUNCTION_OVERRIDE_INVALID" },
    { &pel_names_function_override_type, 0x1, "IMAGE_FUNCTION_OVERRIDE_X64_REL32" },
    { &pel_names_function_override_type, 0x2, "IMAGE_FUNCTION_OVERRIDE_ARM64_BRANCH26" },
    { &pel_names_function_override_type, 0x3, "IMAGE_FUNCTION_OVERRIDE_ARM64_THUNK" },
    { &pel_names_hot_patch_flags, 0x1, "IMAGE_HOT_PATCH_INFO_FLAG_PATCHORDERCRITICAL" },
    { &pel_names_hot_patch_flags, 0x2, "IMAGE_HOT_PATCH_INFO_FLAG_HOTSWAP" },
    { &pel_names_hot_patch_base_flags, 0x1, "IMAGE_HOT_PATCH_BASE_OBLIGATORY" },
    { &pel_names_hot_patch_base_flags, 0x2, "IMAGE_HOT_PATCH_BASE_CAN_ROLL_BACK" },
    { &pel_names_hot_patch_base_flags, 0x4, "IMAGE_HOT_PATCH_BASE_MACHINE_I386" },
    { &pel_names_hot_patch_base_flags, 0x8, "IMAGE_HOT_PATCH_BASE_MACHINE_ARM64" },
    { &pel_names_hot_patch_base_flags, 0x10, "IMAGE_HOT_PATCH_BASE_MACHINE_AMD64" },
    { &pel_names_enclave_policy, 0x1, "IMAGE_ENCLAVE_POLICY_DEBUGGABLE" },
    { &pel_names_enclave_policy, 0x2, "IMAGE_ENCLAVE_POLICY_STRICT_MEMORY" },
    { &pel_names_enclave_flags, 0x1, "IMAGE_ENCLAVE_FLAG_PRIMARY_IMAGE" },
    { &pel_names_enclave_match, 0x0, "IMAGE_ENCLAVE_IMPORT_MATCH_NONE" },
    { &pel_names_enclave_match, 0x1, "IMAGE_ENCLAVE_IMPORT_MATCH_UNIQUE_ID" },
    { &pel_names_enclave_match, 0x2, "IMAGE_ENCLAVE_IMPORT_MATCH_AUTHOR_ID" },
    { &pel_names_enclave_match, 0x3, "IMAGE_ENCLAVE_IMPORT_MATCH_FAMILY_ID" },
    { &pel_names_enclave_match, 0x4, "IMAGE_ENCLAVE_IMPORT_MATCH_IMAGE_ID" },
    { &pel_names_policy_type, 0x0, "ImagePolicyEntryTypeNone" },
    { &pel_names_policy_type, 0x1, "ImagePolicyEntryTypeBool" },
    { &pel_names_policy_type, 0x2, "ImagePolicyEntryTypeInt8" },
    { &pel_names_policy_type, 0x3, "ImagePolicyEntryTypeUInt8" },
    { &pel_names_policy_type, 0x4, "ImagePolicyEntryTypeInt16" },
    { &pel_names_policy_type, 0x5, "ImagePolicyEntryTypeUInt16" },
    { &pel_names_policy_type, 0x6, "ImagePolicyEntryTypeInt32" },
    { &pel_names_policy_type, 0x7, "ImagePolicyEntryTypeUInt32" },
    { &pel_names_policy_type, 0x8, "ImagePolicyEntryTypeInt64" },
    { &pel_names_policy_type, 0x9, "ImagePolicyEntryTypeUInt64" },
    { &pel_names_policy_type, 0xa, "ImagePolicyEntryTypeAnsiString" },
    { &pel_names_policy_type, 0xb, "ImagePolicyEntryTypeUnicodeString" },
    { &pel_names_policy_type, 0xc, "ImagePolicyEntryTypeOverride" },
    { &pel_names_policy_id, 0x0, "ImagePolicyIdNone" },
    { &pel_names_policy_id, 0x1, "ImagePolicyIdEtw" },
    { &pel_names_policy_id, 0x2, "ImagePolicyIdDebug" },
    { &pel_names_policy_id, 0x3, "ImagePolicyIdCrashDump" },
    { &pel_names_policy_id, 0x4, "ImagePolicyIdCrashDumpKey" },
    { &pel_names_policy_id, 0x5, "ImagePolicyIdCrashDumpKeyGuid" },
    { &pel_names_policy_id, 0x6, "ImagePolicyIdParentSd" },
    { &pel_names_policy_id, 0x7, "ImagePolicyIdParentSdRev" },
    { &pel_names_policy_id, 0x8, "ImagePolicyIdSvn" },
    { &pel_names_policy_id, 0x9, "ImagePolicyIdDeviceId" },
    { &pel_names_policy_id, 0xa, "ImagePolicyIdCapability" },
    { &pel_names_policy_id, 0xb, "ImagePolicyIdScenarioId" },
    { &pel_names_policy_id, 0xc, "ImagePolicyIdCapabilityOverridable" },
    { &pel_names_policy_id, 0xd, "ImagePolicyIdTrustletIdOverridable" },
    { &pel_names_hot_patch_chunk, 0x80000000, "IMAGE_HOT_PATCH_CHUNK_INVERSE" },
    { &pel_names_hot_patch_chunk, 0x40000000, "IMAGE_HOT_PATCH_CHUNK_OBLIGATORY" },
    { &pel_names_hot_patch_chunk, 0x8000, "IMAGE_HOT_PATCH_CHUNK_SOURCE_RVA" },
    { &pel_names_hot_patch_chunk, 0x4000, "IMAGE_HOT_PATCH_CHUNK_TARGET_RVA" },
    { &pel_names_hot_patch_type, 0x0, "IMAGE_HOT_PATCH_NONE" },
    { &pel_names_hot_patch_type, 0x1c000, "IMAGE_HOT_PATCH_FUNCTION" },
    { &pel_names_hot_patch_type, 0x2c000, "IMAGE_HOT_PATCH_ABSOLUTE" },
    { &pel_names_hot_patch_type, 0x3c000, "IMAGE_HOT_PATCH_REL32" },
    { &pel_names_hot_patch_type, 0x44000, "IMAGE_HOT_PATCH_CALL_TARGET" },
    { &pel_names_hot_patch_type, 0x5c000, "IMAGE_HOT_PATCH_INDIRECT" },
    { &pel_names_hot_patch_type, 0x64000, "IMAGE_HOT_PATCH_NO_CALL_TARGET" },
    { &pel_names_hot_patch_type, 0x78000, "IMAGE_HOT_PATCH_DYNAMIC_VALUE" },
    { &pel_names_arm64ec_code, 0x0, "ARM64" },
    { &pel_names_arm64ec_code, 0x1, "ARM64EC" },
    { &pel_names_arm64ec_code, 0x2, "AMD64" },
    { &pel_names_version_driver, 12, "VFT2_DRV_VERSIONED_PRINTER" },
    { &pel_names_version_font, 3, "VFT2_FONT_TRUETYPE" },
    { &pel_names_codeview_signature, 0x53445352, "RSDS" },
    { &pel_names_symbol_section, 0xfffffffe, "IMAGE_SYM_DEBUG" },
    { &pel_names_arm64_pdata_flag, 2, "PdataPackedUnwindFragment" },
    { &pel_names_arm64_pdata_cr, 3, "PdataCrChained" },
    { &pel_names_unwind_v3_op, 32, "WOD_PUSH2" },
    { &pel_names_api_set_version, 6, "V6" },
    { &pel_names_ddag_state, 9, "LdrModulesReadyToRun" },
    { &pel_names_ddag_state, 0xfffffffb, "LdrModulesMerged" },
    { &pel_names_dotnet_os, 0x7b79, "LINUX" },
    { &pel_names_pogo_signature, 0x4c544347, "LTCG" },
    { &pel_names_pogo_signature, 0x50474f00, "PGO" },
    { &pel_names_symbol_type, 0x0004, "IMAGE_SYM_TYPE_INT" },
    { &pel_names_symbol_type, 0x0020, "IMAGE_SYM_DTYPE_FUNCTION" },
    { &pel_names_symbol_class,   2, "IMAGE_SYM_CLASS_EXTERNAL" },
    { &pel_names_symbol_class,   3, "IMAGE_SYM_CLASS_STATIC" },
    { &pel_names_symbol_class, 103, "IMAGE_SYM_CLASS_FILE" },
    { &pel_names_symbol_class, 105, "IMAGE_SYM_CLASS_WEAK_EXTERNAL" },
    { &pel_names_symbol_class, 255, "IMAGE_SYM_CLASS_END_OF_FUNCTION" },
    { &pel_names_comdat_select, 5, "IMAGE_COMDAT_SELECT_ASSOCIATIVE" },
    { &pel_names_weak_search, 3, "IMAGE_WEAK_EXTERN_SEARCH_ALIAS" },
};
/* clang-format on */

START_TEST(known_values_have_the_names_of_microsoft)
{
    const pel_name *found = pel_names_find(known[_i].names, known[_i].value);
    ck_assert_msg(found != NULL, "nothing for %s", known[_i].name);
    ck_assert_str_eq(found->name, known[_i].name);
    ck_hex(found->value, known[_i].value);
}
END_TEST

/* ---- every set of names ------------------------------------------------ */

START_TEST(no_name_stands_twice)
{
    const pel_names *names = all[_i];
    ck_assert_uint_gt(strlen(names->id), 0);
    ck_assert_uint_gt(names->count, 0);
    for (size_t i = 0; i < names->count; i++) {
        ck_assert_uint_gt(strlen(names->items[i].name), 0);
        ck_assert_uint_gt(strlen(names->items[i].doc), 0);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(names->items[i].name, names->items[k].name);
    }
}
END_TEST

/* "IMAGE_REL_AMD64_ADDR32": a number for the machine. */
static uint64_t machine_of(const pel_name *type)
{
    uint64_t hash = 0;
    for (const char *c = type->name + strlen("IMAGE_REL_"); *c && *c != '_'; c++)
        hash = hash * 131 + (unsigned char)*c;
    return hash;
}

START_TEST(values_rise_and_only_relocation_types_share_one)
{
    const pel_names *names = all[_i];
    bool may_share = names == &pel_names_reloc_type || names == &pel_names_coff_reloc_type;
    bool machines = names == &pel_names_coff_reloc_type; /* those of each begin anew */
    for (size_t i = 1; i < names->count; i++) {
        uint32_t before = names->items[i - 1].value, value = names->items[i].value;
        if (machines && machine_of(&names->items[i - 1]) != machine_of(&names->items[i]))
            continue;
        ck_assert_msg(before < value || (may_share && before == value), "%s after %s",
                      names->items[i].name, names->items[i - 1].name);
    }
}
END_TEST

START_TEST(flags_lie_inside_of_their_masks)
{
    const pel_names *names = all[_i];
    for (size_t i = 0; i < names->count; i++) {
        const pel_name *n = &names->items[i];
        ck_assert_msg((n->value & ~n->mask) == 0, "%s", n->name);
        bool is_bit = n->mask == n->value && n->mask != UINT32_MAX; /* -1 is a value */
        ck_assert_msg(!is_bit || pel_is_power_of_two(n->value), "%s", n->name);
    }
}
END_TEST

START_TEST(a_value_without_a_name_has_none)
{
    ck_assert_ptr_null(pel_names_find(&pel_names_machine, 0x1234));
    ck_assert_ptr_null(pel_names_find(&pel_names_machine, 0xffffffff));
    ck_assert_ptr_null(pel_names_find(&pel_names_section_flags, 0));
    ck_assert_ptr_null(pel_names_find(&pel_names_magic, 0x010c));
}
END_TEST

/* ---- constants --------------------------------------------------------- */

static uint32_t value_of(const pel_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i].name, name) == 0)
            return names->items[i].value;
    ck_abort_msg("no %s", name);
    return 0;
}

START_TEST(section_macros_equal_the_table)
{
#define SAME(id) ck_hex(PEL_SCN_##id, value_of(&pel_names_section_flags, "IMAGE_SCN_" #id))
    SAME(CNT_CODE);
    SAME(MEM_DISCARDABLE);
    SAME(MEM_SHARED);
    SAME(MEM_EXECUTE);
    SAME(MEM_READ);
    SAME(MEM_WRITE);
#undef SAME
}
END_TEST

START_TEST(there_are_as_many_directories_as_the_format_has)
{
    ck_assert_uint_eq(pel_names_directory.count, PEL_DIR_COUNT);
    for (uint32_t i = 0; i < PEL_DIR_COUNT; i++)
        ck_assert_ptr_nonnull(pel_names_find(&pel_names_directory, i));
}
END_TEST

PEL_TESTS(schema_names)
{
    tcase_add_loop_test(tests, known_values_have_the_names_of_microsoft, 0, COUNT(known));
    tcase_add_loop_test(tests, no_name_stands_twice, 0, COUNT(all));
    tcase_add_loop_test(tests, values_rise_and_only_relocation_types_share_one, 0, COUNT(all));
    tcase_add_loop_test(tests, flags_lie_inside_of_their_masks, 0, COUNT(all));
    tcase_add_test(tests, a_value_without_a_name_has_none);
    tcase_add_test(tests, section_macros_equal_the_table);
    tcase_add_test(tests, there_are_as_many_directories_as_the_format_has);
}
