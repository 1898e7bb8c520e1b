/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/format.h>
#include <string.h>

#include "check_pel.h"

/* ---- offsets ----------------------------------------------------------- */

/* Offsets and widths in bytes in PE32 and PE32+, from the PE specification (TE: the UEFI PI
 * specification). NONE: that format has no such field, or no such structure. */
#define NONE SIZE_MAX
/* clang-format off */
static const struct {
    const pel_schema *schema;
    const char *name;
    size_t offset[2];
    unsigned width[2]; /* of one element */
    unsigned count;
} layout[] = {
#define S &pel_dos_header_schema
    { S, "e_magic",    {  0,  0 }, { 2, 2 }, 1 },
    { S, "e_cblp",     {  2,  2 }, { 2, 2 }, 1 },
    { S, "e_cp",       {  4,  4 }, { 2, 2 }, 1 },
    { S, "e_crlc",     {  6,  6 }, { 2, 2 }, 1 },
    { S, "e_cparhdr",  {  8,  8 }, { 2, 2 }, 1 },
    { S, "e_minalloc", { 10, 10 }, { 2, 2 }, 1 },
    { S, "e_maxalloc", { 12, 12 }, { 2, 2 }, 1 },
    { S, "e_ss",       { 14, 14 }, { 2, 2 }, 1 },
    { S, "e_sp",       { 16, 16 }, { 2, 2 }, 1 },
    { S, "e_csum",     { 18, 18 }, { 2, 2 }, 1 },
    { S, "e_ip",       { 20, 20 }, { 2, 2 }, 1 },
    { S, "e_cs",       { 22, 22 }, { 2, 2 }, 1 },
    { S, "e_lfarlc",   { 24, 24 }, { 2, 2 }, 1 },
    { S, "e_ovno",     { 26, 26 }, { 2, 2 }, 1 },
    { S, "e_res",      { 28, 28 }, { 2, 2 }, 4 },
    { S, "e_oemid",    { 36, 36 }, { 2, 2 }, 1 },
    { S, "e_oeminfo",  { 38, 38 }, { 2, 2 }, 1 },
    { S, "e_res2",     { 40, 40 }, { 2, 2 }, 10 },
    { S, "e_lfanew",   { 60, 60 }, { 4, 4 }, 1 },
#undef S
#define S &pel_file_header_schema
    { S, "Machine",              {  0,  0 }, { 2, 2 }, 1 },
    { S, "NumberOfSections",     {  2,  2 }, { 2, 2 }, 1 },
    { S, "TimeDateStamp",        {  4,  4 }, { 4, 4 }, 1 },
    { S, "PointerToSymbolTable", {  8,  8 }, { 4, 4 }, 1 },
    { S, "NumberOfSymbols",      { 12, 12 }, { 4, 4 }, 1 },
    { S, "SizeOfOptionalHeader", { 16, 16 }, { 2, 2 }, 1 },
    { S, "Characteristics",      { 18, 18 }, { 2, 2 }, 1 },
#undef S
#define S &pel_optional_header_schema
    { S, "Magic",                       {  0,   0 }, { 2, 2 }, 1 },
    { S, "MajorLinkerVersion",          {  2,   2 }, { 1, 1 }, 1 },
    { S, "MinorLinkerVersion",          {  3,   3 }, { 1, 1 }, 1 },
    { S, "SizeOfCode",                  {  4,   4 }, { 4, 4 }, 1 },
    { S, "SizeOfInitializedData",       {  8,   8 }, { 4, 4 }, 1 },
    { S, "SizeOfUninitializedData",     { 12,  12 }, { 4, 4 }, 1 },
    { S, "AddressOfEntryPoint",         { 16,  16 }, { 4, 4 }, 1 },
    { S, "BaseOfCode",                  { 20,  20 }, { 4, 4 }, 1 },
    { S, "BaseOfData",                  { 24, NONE}, { 4, 0 }, 1 },
    { S, "ImageBase",                   { 28,  24 }, { 4, 8 }, 1 },
    { S, "SectionAlignment",            { 32,  32 }, { 4, 4 }, 1 },
    { S, "FileAlignment",               { 36,  36 }, { 4, 4 }, 1 },
    { S, "MajorOperatingSystemVersion", { 40,  40 }, { 2, 2 }, 1 },
    { S, "MinorOperatingSystemVersion", { 42,  42 }, { 2, 2 }, 1 },
    { S, "MajorImageVersion",           { 44,  44 }, { 2, 2 }, 1 },
    { S, "MinorImageVersion",           { 46,  46 }, { 2, 2 }, 1 },
    { S, "MajorSubsystemVersion",       { 48,  48 }, { 2, 2 }, 1 },
    { S, "MinorSubsystemVersion",       { 50,  50 }, { 2, 2 }, 1 },
    { S, "Win32VersionValue",           { 52,  52 }, { 4, 4 }, 1 },
    { S, "SizeOfImage",                 { 56,  56 }, { 4, 4 }, 1 },
    { S, "SizeOfHeaders",               { 60,  60 }, { 4, 4 }, 1 },
    { S, "CheckSum",                    { 64,  64 }, { 4, 4 }, 1 },
    { S, "Subsystem",                   { 68,  68 }, { 2, 2 }, 1 },
    { S, "DllCharacteristics",          { 70,  70 }, { 2, 2 }, 1 },
    { S, "SizeOfStackReserve",          { 72,  72 }, { 4, 8 }, 1 },
    { S, "SizeOfStackCommit",           { 76,  80 }, { 4, 8 }, 1 },
    { S, "SizeOfHeapReserve",           { 80,  88 }, { 4, 8 }, 1 },
    { S, "SizeOfHeapCommit",            { 84,  96 }, { 4, 8 }, 1 },
    { S, "LoaderFlags",                 { 88, 104 }, { 4, 4 }, 1 },
    { S, "NumberOfRvaAndSizes",         { 92, 108 }, { 4, 4 }, 1 },
#undef S
#define S &pel_rom_header_schema
    { S, "Magic",                   {  0, NONE }, { 2, 0 }, 1 },
    { S, "MajorLinkerVersion",      {  2, NONE }, { 1, 0 }, 1 },
    { S, "MinorLinkerVersion",      {  3, NONE }, { 1, 0 }, 1 },
    { S, "SizeOfCode",              {  4, NONE }, { 4, 0 }, 1 },
    { S, "SizeOfInitializedData",   {  8, NONE }, { 4, 0 }, 1 },
    { S, "SizeOfUninitializedData", { 12, NONE }, { 4, 0 }, 1 },
    { S, "AddressOfEntryPoint",     { 16, NONE }, { 4, 0 }, 1 },
    { S, "BaseOfCode",              { 20, NONE }, { 4, 0 }, 1 },
    { S, "BaseOfData",              { 24, NONE }, { 4, 0 }, 1 },
    { S, "BaseOfBss",               { 28, NONE }, { 4, 0 }, 1 },
    { S, "GprMask",                 { 32, NONE }, { 4, 0 }, 1 },
    { S, "CprMask",                 { 36, NONE }, { 4, 0 }, 4 },
    { S, "GpValue",                 { 52, NONE }, { 4, 0 }, 1 },
#undef S
#define S &pel_te_header_schema
    { S, "Signature",           { NONE,  0 }, { 0, 2 }, 1 },
    { S, "Machine",             { NONE,  2 }, { 0, 2 }, 1 },
    { S, "NumberOfSections",    { NONE,  4 }, { 0, 1 }, 1 },
    { S, "Subsystem",           { NONE,  5 }, { 0, 1 }, 1 },
    { S, "StrippedSize",        { NONE,  6 }, { 0, 2 }, 1 },
    { S, "AddressOfEntryPoint", { NONE,  8 }, { 0, 4 }, 1 },
    { S, "BaseOfCode",          { NONE, 12 }, { 0, 4 }, 1 },
    { S, "ImageBase",           { NONE, 16 }, { 0, 8 }, 1 },
#undef S
#define S &pel_data_directory_schema
    { S, "VirtualAddress", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size",           { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_section_header_schema
    { S, "Name",                 {  0,  0 }, { 1, 1 }, 8 },
    { S, "VirtualSize",          {  8,  8 }, { 4, 4 }, 1 },
    { S, "VirtualAddress",       { 12, 12 }, { 4, 4 }, 1 },
    { S, "SizeOfRawData",        { 16, 16 }, { 4, 4 }, 1 },
    { S, "PointerToRawData",     { 20, 20 }, { 4, 4 }, 1 },
    { S, "PointerToRelocations", { 24, 24 }, { 4, 4 }, 1 },
    { S, "PointerToLinenumbers", { 28, 28 }, { 4, 4 }, 1 },
    { S, "NumberOfRelocations",  { 32, 32 }, { 2, 2 }, 1 },
    { S, "NumberOfLinenumbers",  { 34, 34 }, { 2, 2 }, 1 },
    { S, "Characteristics",      { 36, 36 }, { 4, 4 }, 1 },
#undef S
#define S &pel_rich_entry_schema
    { S, "Build",     { 0, 0 }, { 2, 2 }, 1 },
    { S, "ProductId", { 2, 2 }, { 2, 2 }, 1 },
    { S, "Count",     { 4, 4 }, { 4, 4 }, 1 },
#undef S
#include "directory_rows.h"
#include "content_rows.h"
};
static const struct {
    const pel_schema *schema;
    size_t size[2]; /* bytes in PE32 and PE32+ */
} sizes[] = {
    { &pel_dos_header_schema,      { 64, 64 } },
    { &pel_file_header_schema,     { 20, 20 } },
    { &pel_optional_header_schema, { 96, 112 } },
    { &pel_rom_header_schema,      { 56, NONE } },
    { &pel_te_header_schema,       { NONE, 24 } },
    { &pel_data_directory_schema,  { 8, 8 } },
    { &pel_section_header_schema,  { 40, 40 } },
    { &pel_rich_entry_schema,      { 8, 8 } },
    { &pel_export_directory_schema, { 40, 40 } },
    { &pel_import_descriptor_schema, { 20, 20 } },
    { &pel_debug_directory_schema, { 28, 28 } },
    { &pel_debug_misc_schema, { 12, 12 } },
    { &pel_fpo_data_schema, { 16, 16 } },
    { &pel_fixup_data_schema, { 12, 12 } },
    { &pel_omap_entry_schema, { 8, 8 } },
    { &pel_coff_symbols_header_schema, { 32, 32 } },
    { &pel_vc_feature_schema, { 20, 20 } },
    { &pel_coff_symbol_schema, { 18, 18 } },
    { &pel_aux_function_schema, { 18, 18 } },
    { &pel_aux_bf_ef_schema, { 18, 18 } },
    { &pel_aux_weak_schema, { 18, 18 } },
    { &pel_aux_section_schema, { 18, 18 } },
    { &pel_aux_token_schema, { 18, 18 } },
    { &pel_line_number_schema, { 6, 6 } },
    { &pel_tls_directory_schema, { 24, 40 } },
    { &pel_load_config_schema, { 196, 328 } },
    { &pel_bound_descriptor_schema, { 8, 8 } },
    { &pel_bound_forwarder_schema, { 8, 8 } },
    { &pel_delay_descriptor_schema, { 32, 32 } },
    { &pel_win_certificate_schema, { 8, 8 } },
    { &pel_cor20_header_schema, { 72, 72 } },
    { &pel_ready_to_run_header_schema, { 16, 16 } },
    { &pel_ready_to_run_section_schema, { 12, 12 } },
    { &pel_resource_directory_schema, { 16, 16 } },
    { &pel_resource_entry_schema, { 8, 8 } },
    { &pel_resource_data_schema, { 16, 16 } },
    { &pel_version_fixed_schema, { 52, 52 } },
    { &pel_icon_entry_schema, { 14, 14 } },
    { &pel_cursor_entry_schema, { 14, 14 } },
    { &pel_accelerator_schema, { 8, 8 } },
    { &pel_nt_signature_schema, { 4, 4 } },
    { &pel_rich_header_schema, { 16, 16 } },
    { &pel_coff_strings_schema, { 4, 4 } },
    { &pel_aux_file_schema, { 18, 18 } },
    { &pel_thunk_data_schema, { 4, 8 } },
    { &pel_import_by_name_schema, { 2, 2 } },
    { &pel_base_relocation_schema, { 8, 8 } },
    { &pel_type_offset_schema, { 2, 2 } },
    { &pel_runtime_function_schema, { 12, 12 } },
    { &pel_arm_runtime_function_schema, { 8, 8 } },
    { &pel_arm64_runtime_function_schema, { 8, 8 } },
    { &pel_ce_runtime_function_schema, { 8, 8 } },
    { &pel_mips_runtime_function_schema, { 20, 20 } },
    { &pel_alpha64_runtime_function_schema, { NONE, 40 } },
    { &pel_unwind_info_schema, { 4, 4 } },
    { &pel_unwind_slot_schema, { 2, 2 } },
    { &pel_unwind_info_v3_schema, { 4, 4 } },
    { &pel_epilog_info_v3_schema, { 3, 3 } },
    { &pel_epilog_info_ex_v3_schema, { 3, 3 } },
    { &pel_arm_xdata_schema, { 4, 4 } },
    { &pel_arm64_xdata_schema, { 4, 4 } },
    { &pel_xdata_extended_schema, { 4, 4 } },
    { &pel_epilog_scope_schema, { 4, 4 } },
    { &pel_arm_epilog_scope_schema, { 4, 4 } },
    { &pel_cv_pdb70_schema, { 24, 24 } },
    { &pel_cv_pdb20_schema, { 16, 16 } },
    { &pel_pogo_entry_schema, { 8, 8 } },
    { &pel_resource_string_schema, { 2, 2 } },
    { &pel_version_header_schema, { 6, 6 } },
    { &pel_group_header_schema, { 6, 6 } },
    { &pel_cursor_header_schema, { 4, 4 } },
    { &pel_string_entry_schema, { 2, 2 } },
    { &pel_message_data_schema, { 4, 4 } },
    { &pel_message_block_schema, { 12, 12 } },
    { &pel_message_entry_schema, { 4, 4 } },
    { &pel_dialog_template_schema, { 18, 18 } },
    { &pel_dialog_template_ex_schema, { 26, 26 } },
    { &pel_dialog_item_template_schema, { 18, 18 } },
    { &pel_dialog_item_template_ex_schema, { 24, 24 } },
    { &pel_menu_header_schema, { 4, 4 } },
    { &pel_menu_ex_header_schema, { 8, 8 } },
    { &pel_menu_ex_item_schema, { 14, 14 } },
};
/* clang-format on */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The field of that name; the second one of two when it is the one of PE32+. */
static const pel_field *field_of(int row)
{
    const pel_field *f = pel_schema_field(layout[row].schema, layout[row].name);
    if (f && layout[row].offset[0] == NONE && f->kind == PEL_KIND_ONLY32)
        for (f++; strcmp(f->name, layout[row].name) != 0;)
            f++;
    return f;
}

START_TEST(fields_lie_where_the_specification_puts_them)
{
    const pel_schema *schema = layout[_i].schema;
    const pel_field *f = field_of(_i);
    ck_assert_msg(f != NULL, "%s has no %s", schema->name, layout[_i].name);
    ck_assert_uint_eq(f->count, layout[_i].count);
    for (int wide = 0; wide < 2; wide++) {
        if (layout[_i].offset[wide] == NONE)
            continue;
        ck_assert_msg(pel_field_offset(schema, f, wide) == layout[_i].offset[wide], "%s.%s at %zu",
                      schema->name, f->name, pel_field_offset(schema, f, wide));
        ck_assert_uint_eq(pel_field_wire(f, wide), layout[_i].width[wide]);
    }
}
END_TEST

START_TEST(base_of_data_is_in_pe32_only)
{
    const pel_field *f = pel_schema_field(&pel_optional_header_schema, "BaseOfData");
    ck_assert_uint_eq(pel_field_wire(f, false), 4);
    ck_assert_uint_eq(pel_field_wire(f, true), 0);
}
END_TEST

START_TEST(structures_are_as_long_as_the_specification_says)
{
    size_t rows = 0, fields = 0;
    for (size_t i = 0; i < COUNT(layout); i++)
        rows += layout[i].schema == sizes[_i].schema;
    for (size_t i = 0; i < sizes[_i].schema->field_count; i++)
        fields += sizes[_i].schema->fields[i].kind != PEL_KIND_REST;
    ck_assert_msg(rows == fields, "%s: %zu rows for %zu fields", sizes[_i].schema->name, rows,
                  fields);
    for (int wide = 0; wide < 2; wide++)
        if (sizes[_i].size[wide] != NONE)
            ck_assert_uint_eq(pel_schema_wire_size(sizes[_i].schema, wide), sizes[_i].size[wide]);
}
END_TEST

/* ---- every schema ------------------------------------------------------ */

static const pel_schema *schema_at(int index)
{
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    ck_assert_uint_lt((size_t)index, count);
    return schemas[index];
}

START_TEST(every_field_is_described)
{
    const pel_schema *schema = schema_at(_i);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        bool has_names = f->show == PEL_SHOW_ENUM || f->show == PEL_SHOW_FLAGS;
        ck_assert_uint_gt(strlen(f->name), 0);
        ck_assert_uint_gt(strlen(f->doc), 0);
        ck_assert_uint_ge(f->count, 1);
        ck_assert_msg(has_names == (f->names != NULL), "%s.%s", schema->name, f->name);
        const pel_field *same = pel_schema_field(schema, f->name);
        ck_assert(same == f || same->kind == PEL_KIND_ONLY32); /* never two in one format */
        ck_assert_int_eq(same != f, f->kind == PEL_KIND_ONLY64);
        ck_assert_ptr_eq(f->member[0] ? pel_schema_field(schema, f->member) : f, f);
        ck_assert_int_eq(f->member[0] == '\0', f->kind == PEL_KIND_REST);
    }
    ck_assert_ptr_null(pel_schema_field(schema, "NoSuchField"));
    ck_assert_ptr_null(pel_schema_field(schema, ""));
}
END_TEST

START_TEST(members_lie_in_the_struct_in_order)
{
    const pel_schema *schema = schema_at(_i);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        ck_assert_uint_lt(f->offset, schema->struct_size);
        ck_assert(i == 0 || f->kind == PEL_KIND_REST || f[-1].offset < f->offset);
    }
}
END_TEST

/* Parts of a word follow each other, and leave no bit of it out. */
START_TEST(parts_fill_their_words)
{
    const pel_schema *schema = schema_at(_i);
    unsigned next = 0, width = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        ck_assert_msg(f->bit ? f->bit == next : next == width, "%s.%s", schema->name, f->name);
        width = f->bits ? 8 * pel_field_wire(f, true) : 0;
        next = f->bits ? (unsigned)f->bit + f->bits : 0;
    }
    ck_assert_uint_eq(next, width);
}
END_TEST

START_TEST(no_two_schemas_share_a_name)
{
    const pel_schema *schema = schema_at(_i);
    for (int k = 0; k < _i; k++)
        ck_assert_str_ne(schema->name, schema_at(k)->name);
    ck_assert_uint_gt(strlen(schema->key), 0);
}
END_TEST

PEL_TESTS(schema_tables)
{
    size_t count;
    pel_schemas(&count);
    tcase_add_loop_test(tests, fields_lie_where_the_specification_puts_them, 0, COUNT(layout));
    tcase_add_test(tests, base_of_data_is_in_pe32_only);
    tcase_add_loop_test(tests, structures_are_as_long_as_the_specification_says, 0, COUNT(sizes));
    tcase_add_loop_test(tests, every_field_is_described, 0, (int)count);
    tcase_add_loop_test(tests, members_lie_in_the_struct_in_order, 0, (int)count);
    tcase_add_loop_test(tests, parts_fill_their_words, 0, (int)count);
    tcase_add_loop_test(tests, no_two_schemas_share_a_name, 0, (int)count);
}
