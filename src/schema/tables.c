/* SPDX-License-Identifier: Apache-2.0 */
/* The structures, made of their tables. Each is proved against its size in the
 * specification at compile time. */
#include <pelorus/format.h>

/* clang-format off */
#define F(kind, member, name, show, names, doc)                                                    \
    { name, #member, PEL_KIND_##kind, 1, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc },
#define A(kind, member, count, name, show, names, doc)                                             \
    { name, #member, PEL_KIND_##kind, count, PEL_SHOW_##show, names, offsetof(STRUCT, member), doc },

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
#define STRUCT pel_dos_relocation
static const pel_field dos_relocation_fields[] = {
#include <pelorus/tables/dos_relocation.def>
};
#undef STRUCT
#define STRUCT pel_architecture_header
static const pel_field architecture_header_fields[] = {
#include <pelorus/tables/architecture_header.def>
};
#undef STRUCT
#define STRUCT pel_architecture_entry
static const pel_field architecture_entry_fields[] = {
#include <pelorus/tables/architecture_entry.def>
};
#undef STRUCT
#define STRUCT pel_vtable_fixup
static const pel_field vtable_fixup_fields[] = {
#include <pelorus/tables/vtable_fixup.def>
};
#undef STRUCT
#define STRUCT pel_metadata_root
static const pel_field metadata_root_fields[] = {
#include <pelorus/tables/metadata_root.def>
};
#undef STRUCT
#define STRUCT pel_metadata_tables
static const pel_field metadata_tables_fields[] = {
#include <pelorus/tables/metadata_tables.def>
};
#undef STRUCT
#define STRUCT pel_ready_to_run_import
static const pel_field ready_to_run_import_fields[] = {
#include <pelorus/tables/ready_to_run_import.def>
};
#undef STRUCT
#define STRUCT pel_api_set_namespace_v2
static const pel_field api_set_namespace_v2_fields[] = {
#include <pelorus/tables/api_set_namespace_v2.def>
};
#undef STRUCT
#define STRUCT pel_api_set_entry_v2
static const pel_field api_set_entry_v2_fields[] = {
#include <pelorus/tables/api_set_entry_v2.def>
};
#undef STRUCT
#define STRUCT pel_api_set_value_v2
static const pel_field api_set_value_v2_fields[] = {
#include <pelorus/tables/api_set_value_v2.def>
};
#undef STRUCT
#define STRUCT pel_api_set_namespace_v4
static const pel_field api_set_namespace_v4_fields[] = {
#include <pelorus/tables/api_set_namespace_v4.def>
};
#undef STRUCT
#define STRUCT pel_api_set_entry_v4
static const pel_field api_set_entry_v4_fields[] = {
#include <pelorus/tables/api_set_entry_v4.def>
};
#undef STRUCT
#define STRUCT pel_api_set_value
static const pel_field api_set_value_fields[] = {
#include <pelorus/tables/api_set_value.def>
};
#undef STRUCT
#define STRUCT pel_api_set_namespace
static const pel_field api_set_namespace_fields[] = {
#include <pelorus/tables/api_set_namespace.def>
};
#undef STRUCT
#define STRUCT pel_api_set_entry
static const pel_field api_set_entry_fields[] = {
#include <pelorus/tables/api_set_entry.def>
};
#undef STRUCT
#define STRUCT pel_api_set_hash
static const pel_field api_set_hash_fields[] = {
#include <pelorus/tables/api_set_hash.def>
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

/* ---- proof of the sizes ------------------------------------------------ */

#define X(kind, type, wire32, wire64) WIRE32_##kind = wire32, WIRE64_##kind = wire64,
enum { PEL_KINDS(X) WIRE_END };
#undef X

#define F(kind, member, name, show, names, doc) +WIRE32_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE32_##kind * (count)
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
#include <pelorus/tables/dos_relocation.def>
    ) == 4, "DOS_RELOCATION");
_Static_assert((0
#include <pelorus/tables/architecture_header.def>
    ) == 8, "IMAGE_ARCHITECTURE_HEADER");
_Static_assert((0
#include <pelorus/tables/architecture_entry.def>
    ) == 8, "IMAGE_ARCHITECTURE_ENTRY");
_Static_assert((0
#include <pelorus/tables/vtable_fixup.def>
    ) == 8, "COR_VTABLE_FIXUP");
_Static_assert((0
#include <pelorus/tables/metadata_root.def>
    ) == 16, "CLR_METADATA_ROOT");
_Static_assert((0
#include <pelorus/tables/metadata_tables.def>
    ) == 24, "CLR_TABLES_HEADER");
_Static_assert((0
#include <pelorus/tables/ready_to_run_import.def>
    ) == 20, "READYTORUN_IMPORT_SECTION");
_Static_assert((0
#include <pelorus/tables/api_set_namespace_v2.def>
    ) == 8, "API_SET_NAMESPACE_ARRAY_V2");
_Static_assert((0
#include <pelorus/tables/api_set_entry_v2.def>
    ) == 12, "API_SET_NAMESPACE_ENTRY_V2");
_Static_assert((0
#include <pelorus/tables/api_set_value_v2.def>
    ) == 16, "API_SET_VALUE_ENTRY_V2");
_Static_assert((0
#include <pelorus/tables/api_set_namespace_v4.def>
    ) == 16, "API_SET_NAMESPACE_ARRAY_V4");
_Static_assert((0
#include <pelorus/tables/api_set_entry_v4.def>
    ) == 24, "API_SET_NAMESPACE_ENTRY_V4");
_Static_assert((0
#include <pelorus/tables/api_set_value.def>
    ) == 20, "API_SET_VALUE_ENTRY");
_Static_assert((0
#include <pelorus/tables/api_set_namespace.def>
    ) == 28, "API_SET_NAMESPACE");
_Static_assert((0
#include <pelorus/tables/api_set_entry.def>
    ) == 24, "API_SET_NAMESPACE_ENTRY");
_Static_assert((0
#include <pelorus/tables/api_set_hash.def>
    ) == 8, "API_SET_HASH_ENTRY");
#undef F
#undef A
#define F(kind, member, name, show, names, doc) +WIRE64_##kind
#define A(kind, member, count, name, show, names, doc) +WIRE64_##kind * (count)
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
#undef F
#undef A

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
SCHEMA(dos_relocation,            "DOS_RELOCATION", "dos_relocations.entries")
SCHEMA(architecture_header,       "IMAGE_ARCHITECTURE_HEADER", "architecture")
SCHEMA(architecture_entry,        "IMAGE_ARCHITECTURE_ENTRY", "architecture.entries")
SCHEMA(vtable_fixup,              "COR_VTABLE_FIXUP", "clr.vtable_fixups")
SCHEMA(metadata_root,             "CLR_METADATA_ROOT", "clr.metadata")
SCHEMA(metadata_tables,           "CLR_TABLES_HEADER", "clr.metadata.tables_header")
SCHEMA(ready_to_run_import,       "READYTORUN_IMPORT_SECTION", "clr.ready_to_run.import_sections")
SCHEMA(api_set_namespace_v2,      "API_SET_NAMESPACE_ARRAY_V2", "api_sets")
SCHEMA(api_set_entry_v2,          "API_SET_NAMESPACE_ENTRY_V2", "api_sets.entries")
SCHEMA(api_set_value_v2,          "API_SET_VALUE_ENTRY_V2", "api_sets.values")
SCHEMA(api_set_namespace_v4,      "API_SET_NAMESPACE_ARRAY_V4", "api_sets")
SCHEMA(api_set_entry_v4,          "API_SET_NAMESPACE_ENTRY_V4", "api_sets.entries")
SCHEMA(api_set_value,             "API_SET_VALUE_ENTRY", "api_sets.values")
SCHEMA(api_set_namespace,         "API_SET_NAMESPACE", "api_sets")
SCHEMA(api_set_entry,             "API_SET_NAMESPACE_ENTRY", "api_sets.entries")
SCHEMA(api_set_hash,              "API_SET_HASH_ENTRY", "api_sets.hashes")
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
