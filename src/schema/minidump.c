/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/minidump.h"

/* Kinds as wide as in PE32+: NAT has eight bytes. */
#define X(kind, type, wire32, wire64) WIRE_##kind = wire64,
enum { PEL_KINDS(X) WIRE_END };
#undef X

/* clang-format off */
#define F(kind, member, name)                                                                      \
    { name, #member, PEL_KIND_##kind, 1, PEL_SHOW_HEX, NULL, offsetof(STRUCT, member), "", 0, 0 },
#define A(kind, member, count, name)                                                               \
    { name, #member, PEL_KIND_##kind, count, PEL_SHOW_HEX, NULL, offsetof(STRUCT, member), "", 0, 0 },

#define STRUCT pel_md_header
static const pel_field header_fields[] = { PEL_MD_HEADER(F, A) };
#undef STRUCT
#define STRUCT pel_md_directory
static const pel_field directory_fields[] = { PEL_MD_DIRECTORY(F, A) };
#undef STRUCT
#define STRUCT pel_md_system_info
static const pel_field system_info_fields[] = { PEL_MD_SYSTEM_INFO(F, A) };
#undef STRUCT
#define STRUCT pel_md_misc_info
static const pel_field misc_info_fields[] = { PEL_MD_MISC_INFO(F, A) };
#undef STRUCT
#define STRUCT pel_md_thread
static const pel_field thread_fields[] = { PEL_MD_THREAD(F, A) };
#undef STRUCT
#define STRUCT pel_md_module
static const pel_field module_fields[] = { PEL_MD_MODULE(F, A) };
#undef STRUCT
#define STRUCT pel_md_memory_info_list
static const pel_field memory_info_list_fields[] = { PEL_MD_MEMORY_INFO_LIST(F, A) };
#undef STRUCT
#define STRUCT pel_md_memory_info
static const pel_field memory_info_fields[] = { PEL_MD_MEMORY_INFO(F, A) };
#undef STRUCT
#define STRUCT pel_md_memory64_list
static const pel_field memory64_list_fields[] = { PEL_MD_MEMORY64_LIST(F, A) };
#undef STRUCT
#define STRUCT pel_md_memory64
static const pel_field memory64_fields[] = { PEL_MD_MEMORY64(F, A) };
#undef STRUCT
#define STRUCT pel_md_memory
static const pel_field memory_fields[] = { PEL_MD_MEMORY(F, A) };
#undef STRUCT
#define STRUCT pel_md_count
static const pel_field count_fields[] = { PEL_MD_COUNT(F, A) };
#undef STRUCT
#define STRUCT pel_md_context64
static const pel_field context64_fields[] = { PEL_MD_CONTEXT64(F, A) };
#undef STRUCT
#define STRUCT pel_md_context32
static const pel_field context32_fields[] = { PEL_MD_CONTEXT32(F, A) };
#undef STRUCT
#undef A
#undef F
/* clang-format on */

/* ---- proof of the sizes ------------------------------------------------ */

#define F(kind, member, name)        +WIRE_##kind
#define A(kind, member, count, name) +WIRE_##kind *(count)
#define X(id, list, name, wire)                                                                    \
    _Static_assert((0 list(F, A)) == (wire), name);                                                \
    _Static_assert((wire) <= PEL_MD_MAX_SIZE, name);
PEL_MD_STRUCTURES(X)
#undef X
#undef A
#undef F

/* ---- schemas ----------------------------------------------------------- */

#define X(id, list, name, wire)                                                                    \
    const pel_schema pel_md_##id##_schema = { name, "minidump", id##_fields,                       \
                                              sizeof id##_fields / sizeof id##_fields[0],          \
                                              sizeof(pel_md_##id) };
PEL_MD_STRUCTURES(X)
#undef X
