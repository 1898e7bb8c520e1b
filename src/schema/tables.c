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
SCHEMA(resource_directory,        "IMAGE_RESOURCE_DIRECTORY", "resources.directories")
SCHEMA(resource_entry,            "IMAGE_RESOURCE_DIRECTORY_ENTRY", "resources.entries")
SCHEMA(resource_data,             "IMAGE_RESOURCE_DATA_ENTRY", "resources.data")
SCHEMA(version_fixed,             "VS_FIXEDFILEINFO", "resources.version")
SCHEMA(icon_entry,                "GRPICONDIRENTRY", "resources.icons")
SCHEMA(cursor_entry,              "GRPCURSORDIRENTRY", "resources.cursors")
SCHEMA(accelerator,               "ACCELTABLEENTRY", "resources.accelerators")
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
