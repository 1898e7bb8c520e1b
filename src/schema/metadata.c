/* SPDX-License-Identifier: Apache-2.0 */
/* The structures that the load configuration leads to, made of their tables as those of tables.c. */
#include <pelorus/format.h>

/* clang-format off */
#define F(kind, member, name, show, names, doc)                                                    \
    { name, #member, PEL_KIND_##kind, 1, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc },
#define A(kind, member, count, name, show, names, doc)                                             \
    { name, #member, PEL_KIND_##kind, count, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc },

#define STRUCT pel_dynamic_reloc_table
static const pel_field dynamic_reloc_table_fields[] = {
#include <pelorus/tables/dynamic_reloc_table.def>
};
#undef STRUCT
#define STRUCT pel_dynamic_reloc
static const pel_field dynamic_reloc_fields[] = {
#include <pelorus/tables/dynamic_reloc.def>
};
#undef STRUCT
#define STRUCT pel_dynamic_reloc_v2
static const pel_field dynamic_reloc_v2_fields[] = {
#include <pelorus/tables/dynamic_reloc_v2.def>
};
#undef STRUCT
#define STRUCT pel_rf_prologue
static const pel_field rf_prologue_fields[] = {
#include <pelorus/tables/rf_prologue.def>
};
#undef STRUCT
#define STRUCT pel_rf_epilogue
static const pel_field rf_epilogue_fields[] = {
#include <pelorus/tables/rf_epilogue.def>
};
#undef STRUCT
#define STRUCT pel_function_override_header
static const pel_field function_override_header_fields[] = {
#include <pelorus/tables/function_override_header.def>
};
#undef STRUCT
#define STRUCT pel_function_override
static const pel_field function_override_fields[] = {
#include <pelorus/tables/function_override.def>
};
#undef STRUCT
#define STRUCT pel_bdd_info
static const pel_field bdd_info_fields[] = {
#include <pelorus/tables/bdd_info.def>
};
#undef STRUCT
#define STRUCT pel_bdd_node
static const pel_field bdd_node_fields[] = {
#include <pelorus/tables/bdd_node.def>
};
#undef STRUCT
#define STRUCT pel_chpe_metadata
static const pel_field chpe_metadata_fields[] = {
#include <pelorus/tables/chpe_metadata.def>
};
#undef STRUCT
#define STRUCT pel_chpe_range
static const pel_field chpe_range_fields[] = {
#include <pelorus/tables/chpe_range.def>
};
#undef STRUCT
#define STRUCT pel_arm64ec_metadata
static const pel_field arm64ec_metadata_fields[] = {
#include <pelorus/tables/arm64ec_metadata.def>
};
#undef STRUCT
#define STRUCT pel_arm64ec_code_map
static const pel_field arm64ec_code_map_fields[] = {
#include <pelorus/tables/arm64ec_code_map.def>
};
#undef STRUCT
#define STRUCT pel_arm64ec_redirection
static const pel_field arm64ec_redirection_fields[] = {
#include <pelorus/tables/arm64ec_redirection.def>
};
#undef STRUCT
#define STRUCT pel_arm64ec_entry_point
static const pel_field arm64ec_entry_point_fields[] = {
#include <pelorus/tables/arm64ec_entry_point.def>
};
#undef STRUCT
#define STRUCT pel_arm64ec_function
static const pel_field arm64ec_function_fields[] = {
#include <pelorus/tables/arm64ec_function.def>
};
#undef STRUCT
#define STRUCT pel_hot_patch_info
static const pel_field hot_patch_info_fields[] = {
#include <pelorus/tables/hot_patch_info.def>
};
#undef STRUCT
#define STRUCT pel_hot_patch_base
static const pel_field hot_patch_base_fields[] = {
#include <pelorus/tables/hot_patch_base.def>
};
#undef STRUCT
#define STRUCT pel_hot_patch_hashes
static const pel_field hot_patch_hashes_fields[] = {
#include <pelorus/tables/hot_patch_hashes.def>
};
#undef STRUCT
#define STRUCT pel_enclave_config
static const pel_field enclave_config_fields[] = {
#include <pelorus/tables/enclave_config.def>
};
#undef STRUCT
#define STRUCT pel_enclave_import
static const pel_field enclave_import_fields[] = {
#include <pelorus/tables/enclave_import.def>
};
#undef STRUCT
#define STRUCT pel_volatile_metadata
static const pel_field volatile_metadata_fields[] = {
#include <pelorus/tables/volatile_metadata.def>
};
#undef STRUCT
#define STRUCT pel_volatile_access
static const pel_field volatile_access_fields[] = {
#include <pelorus/tables/volatile_access.def>
};
#undef STRUCT
#define STRUCT pel_volatile_range
static const pel_field volatile_range_fields[] = {
#include <pelorus/tables/volatile_range.def>
};
#undef STRUCT
#define STRUCT pel_policy_metadata
static const pel_field policy_metadata_fields[] = {
#include <pelorus/tables/policy_metadata.def>
};
#undef STRUCT
#define STRUCT pel_policy_entry
static const pel_field policy_entry_fields[] = {
#include <pelorus/tables/policy_entry.def>
};
#undef STRUCT
#undef F
#undef A

/* ---- proof of the sizes ------------------------------------------------ */

#define X(kind, type, wire32, wire64) WIRE32_##kind = wire32, WIRE64_##kind = wire64,
enum { PEL_KINDS(X) WIRE_END };
#undef X

#define F(kind, member, name, show, names, doc) +WIRE32_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE32_##kind * (count)
_Static_assert((0
#include <pelorus/tables/dynamic_reloc_table.def>
    ) == 8, "IMAGE_DYNAMIC_RELOCATION_TABLE");
_Static_assert((0
#include <pelorus/tables/dynamic_reloc.def>
    ) == 8, "IMAGE_DYNAMIC_RELOCATION");
_Static_assert((0
#include <pelorus/tables/dynamic_reloc_v2.def>
    ) == 20, "IMAGE_DYNAMIC_RELOCATION_V2");
_Static_assert((0
#include <pelorus/tables/rf_prologue.def>
    ) == 1, "IMAGE_PROLOGUE_DYNAMIC_RELOCATION_HEADER");
_Static_assert((0
#include <pelorus/tables/rf_epilogue.def>
    ) == 8, "IMAGE_EPILOGUE_DYNAMIC_RELOCATION_HEADER");
_Static_assert((0
#include <pelorus/tables/function_override_header.def>
    ) == 4, "IMAGE_FUNCTION_OVERRIDE_HEADER");
_Static_assert((0
#include <pelorus/tables/function_override.def>
    ) == 16, "IMAGE_FUNCTION_OVERRIDE_DYNAMIC_RELOCATION");
_Static_assert((0
#include <pelorus/tables/bdd_info.def>
    ) == 8, "IMAGE_BDD_INFO");
_Static_assert((0
#include <pelorus/tables/bdd_node.def>
    ) == 8, "IMAGE_BDD_DYNAMIC_RELOCATION");
_Static_assert((0
#include <pelorus/tables/chpe_metadata.def>
    ) == 48, "IMAGE_CHPE_METADATA_X86");
_Static_assert((0
#include <pelorus/tables/chpe_range.def>
    ) == 8, "IMAGE_CHPE_RANGE_ENTRY");
_Static_assert((0
#include <pelorus/tables/arm64ec_metadata.def>
    ) == 92, "IMAGE_ARM64EC_METADATA");
_Static_assert((0
#include <pelorus/tables/arm64ec_code_map.def>
    ) == 8, "IMAGE_ARM64EC_CODE_MAP_ENTRY");
_Static_assert((0
#include <pelorus/tables/arm64ec_redirection.def>
    ) == 8, "IMAGE_ARM64EC_REDIRECTION_ENTRY");
_Static_assert((0
#include <pelorus/tables/arm64ec_entry_point.def>
    ) == 12, "IMAGE_ARM64EC_CODE_RANGE_ENTRY_POINT");
_Static_assert((0
#include <pelorus/tables/arm64ec_function.def>
    ) == 12, "IMAGE_RUNTIME_FUNCTION_ENTRY_AMD64");
_Static_assert((0
#include <pelorus/tables/hot_patch_info.def>
    ) == 36, "IMAGE_HOT_PATCH_INFO");
_Static_assert((0
#include <pelorus/tables/hot_patch_base.def>
    ) == 32, "IMAGE_HOT_PATCH_BASE");
_Static_assert((0
#include <pelorus/tables/hot_patch_hashes.def>
    ) == 52, "IMAGE_HOT_PATCH_HASHES");
_Static_assert((0
#include <pelorus/tables/enclave_config.def>
    ) == 76, "IMAGE_ENCLAVE_CONFIG");
_Static_assert((0
#include <pelorus/tables/enclave_import.def>
    ) == 80, "IMAGE_ENCLAVE_IMPORT");
_Static_assert((0
#include <pelorus/tables/volatile_metadata.def>
    ) == 24, "IMAGE_VOLATILE_METADATA");
_Static_assert((0
#include <pelorus/tables/volatile_access.def>
    ) == 4, "VOLATILE_ACCESS_ENTRY");
_Static_assert((0
#include <pelorus/tables/volatile_range.def>
    ) == 8, "VOLATILE_RANGE_ENTRY");
_Static_assert((0
#include <pelorus/tables/policy_metadata.def>
    ) == 16, "IMAGE_POLICY_METADATA");
_Static_assert((0
#include <pelorus/tables/policy_entry.def>
    ) == 16, "IMAGE_POLICY_ENTRY");
#undef F
#undef A
#define F(kind, member, name, show, names, doc) +WIRE64_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE64_##kind * (count)
_Static_assert((0
#include <pelorus/tables/dynamic_reloc.def>
    ) == 12, "IMAGE_DYNAMIC_RELOCATION of 64 bits");
_Static_assert((0
#include <pelorus/tables/dynamic_reloc_v2.def>
    ) == 24, "IMAGE_DYNAMIC_RELOCATION_V2 of 64 bits");
_Static_assert((0
#include <pelorus/tables/enclave_config.def>
    ) == 80, "IMAGE_ENCLAVE_CONFIG of 64 bits");
#undef F
#undef A

/* ---- schemas ----------------------------------------------------------- */

#define SCHEMA(id, name, key)                                                                      \
    const pel_schema pel_##id##_schema = { name, key, id##_fields,                                 \
                                           sizeof id##_fields / sizeof id##_fields[0],             \
                                           sizeof(pel_##id) };
SCHEMA(dynamic_reloc_table,      "IMAGE_DYNAMIC_RELOCATION_TABLE", "load_config.dynamic_relocations")
SCHEMA(dynamic_reloc,            "IMAGE_DYNAMIC_RELOCATION", "load_config.dynamic_relocations.entries")
SCHEMA(dynamic_reloc_v2,         "IMAGE_DYNAMIC_RELOCATION_V2", "load_config.dynamic_relocations.entries_v2")
SCHEMA(rf_prologue,              "IMAGE_PROLOGUE_DYNAMIC_RELOCATION_HEADER", "load_config.dynamic_relocations.prologue")
SCHEMA(rf_epilogue,              "IMAGE_EPILOGUE_DYNAMIC_RELOCATION_HEADER", "load_config.dynamic_relocations.epilogue")
SCHEMA(function_override_header, "IMAGE_FUNCTION_OVERRIDE_HEADER", "load_config.dynamic_relocations.function_override")
SCHEMA(function_override,        "IMAGE_FUNCTION_OVERRIDE_DYNAMIC_RELOCATION", "load_config.dynamic_relocations.functions")
SCHEMA(bdd_info,                 "IMAGE_BDD_INFO", "load_config.dynamic_relocations.bdd")
SCHEMA(bdd_node,                 "IMAGE_BDD_DYNAMIC_RELOCATION", "load_config.dynamic_relocations.bdd.nodes")
SCHEMA(chpe_metadata,            "IMAGE_CHPE_METADATA_X86", "load_config.chpe_metadata")
SCHEMA(chpe_range,               "IMAGE_CHPE_RANGE_ENTRY", "load_config.chpe_metadata.ranges")
SCHEMA(arm64ec_metadata,         "IMAGE_ARM64EC_METADATA", "load_config.arm64ec_metadata")
SCHEMA(arm64ec_code_map,         "IMAGE_ARM64EC_CODE_MAP_ENTRY", "load_config.arm64ec_metadata.code_map")
SCHEMA(arm64ec_redirection,      "IMAGE_ARM64EC_REDIRECTION_ENTRY", "load_config.arm64ec_metadata.redirections")
SCHEMA(arm64ec_entry_point,      "IMAGE_ARM64EC_CODE_RANGE_ENTRY_POINT", "load_config.arm64ec_metadata.entry_points")
SCHEMA(arm64ec_function,         "IMAGE_RUNTIME_FUNCTION_ENTRY_AMD64", "load_config.arm64ec_metadata.extra_functions")
SCHEMA(hot_patch_info,           "IMAGE_HOT_PATCH_INFO", "load_config.hot_patch")
SCHEMA(hot_patch_base,           "IMAGE_HOT_PATCH_BASE", "load_config.hot_patch.bases")
SCHEMA(hot_patch_hashes,         "IMAGE_HOT_PATCH_HASHES", "load_config.hot_patch.hashes")
SCHEMA(enclave_config,           "IMAGE_ENCLAVE_CONFIG", "load_config.enclave")
SCHEMA(enclave_import,           "IMAGE_ENCLAVE_IMPORT", "load_config.enclave.imports")
SCHEMA(volatile_metadata,        "IMAGE_VOLATILE_METADATA", "load_config.volatile_metadata")
SCHEMA(volatile_access,          "VOLATILE_ACCESS_ENTRY", "load_config.volatile_metadata.accesses")
SCHEMA(volatile_range,           "VOLATILE_RANGE_ENTRY", "load_config.volatile_metadata.ranges")
SCHEMA(policy_metadata,          "IMAGE_POLICY_METADATA", "image_policy")
SCHEMA(policy_entry,             "IMAGE_POLICY_ENTRY", "image_policy.Policies")
/* clang-format on */
