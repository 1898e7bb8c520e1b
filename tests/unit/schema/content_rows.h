/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields lie of what directories lead to, for test_tables.c. Parts of words have the
 * place of their word. Included there, in the table. */
/* clang-format off */
#define S &pel_nt_signature_schema
    { S, "Signature", { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_rich_header_schema
    { S, "DanS",    { 0, 0 }, { 4, 4 }, 1 },
    { S, "Padding", { 4, 4 }, { 4, 4 }, 3 },
#undef S
#define S &pel_coff_strings_schema
    { S, "Size", { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_aux_file_schema
    { S, "FileName", { 0, 0 }, { 1, 1 }, 18 },
#undef S
#define S &pel_thunk_data_schema
    { S, "u1", { 0, 0 }, { 4, 8 }, 1 },
#undef S
#define S &pel_import_by_name_schema
    { S, "Hint", { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_base_relocation_schema
    { S, "VirtualAddress", { 0, 0 }, { 4, 4 }, 1 },
    { S, "SizeOfBlock",    { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_type_offset_schema
    { S, "Offset", { 0, 0 }, { 2, 2 }, 1 },
    { S, "Type",   { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_runtime_function_schema
    { S, "BeginAddress",      { 0, 0 }, { 4, 4 }, 1 },
    { S, "EndAddress",        { 4, 4 }, { 4, 4 }, 1 },
    { S, "UnwindInfoAddress", { 8, 8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm_runtime_function_schema
    { S, "BeginAddress",   { 0, 0 }, { 4, 4 }, 1 },
    { S, "Flag",           { 4, 4 }, { 4, 4 }, 1 },
    { S, "FunctionLength", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Ret",            { 4, 4 }, { 4, 4 }, 1 },
    { S, "H",              { 4, 4 }, { 4, 4 }, 1 },
    { S, "Reg",            { 4, 4 }, { 4, 4 }, 1 },
    { S, "R",              { 4, 4 }, { 4, 4 }, 1 },
    { S, "L",              { 4, 4 }, { 4, 4 }, 1 },
    { S, "C",              { 4, 4 }, { 4, 4 }, 1 },
    { S, "StackAdjust",    { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64_runtime_function_schema
    { S, "BeginAddress",   { 0, 0 }, { 4, 4 }, 1 },
    { S, "Flag",           { 4, 4 }, { 4, 4 }, 1 },
    { S, "FunctionLength", { 4, 4 }, { 4, 4 }, 1 },
    { S, "RegF",           { 4, 4 }, { 4, 4 }, 1 },
    { S, "RegI",           { 4, 4 }, { 4, 4 }, 1 },
    { S, "H",              { 4, 4 }, { 4, 4 }, 1 },
    { S, "CR",             { 4, 4 }, { 4, 4 }, 1 },
    { S, "FrameSize",      { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_ce_runtime_function_schema
    { S, "FuncStart",     { 0, 0 }, { 4, 4 }, 1 },
    { S, "PrologLen",     { 4, 4 }, { 4, 4 }, 1 },
    { S, "FuncLen",       { 4, 4 }, { 4, 4 }, 1 },
    { S, "ThirtyTwoBit",  { 4, 4 }, { 4, 4 }, 1 },
    { S, "ExceptionFlag", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_mips_runtime_function_schema
    { S, "BeginAddress",     { 0, 0 }, { 4, 4 }, 1 },
    { S, "EndAddress",       { 4, 4 }, { 4, 4 }, 1 },
    { S, "ExceptionHandler", { 8, 8 }, { 4, 4 }, 1 },
    { S, "HandlerData",      { 12, 12 }, { 4, 4 }, 1 },
    { S, "PrologEndAddress", { 16, 16 }, { 4, 4 }, 1 },
#undef S
#define S &pel_alpha64_runtime_function_schema
    { S, "BeginAddress",     { NONE, 0 }, { 4, 8 }, 1 },
    { S, "EndAddress",       { NONE, 8 }, { 4, 8 }, 1 },
    { S, "ExceptionHandler", { NONE, 16 }, { 4, 8 }, 1 },
    { S, "HandlerData",      { NONE, 24 }, { 4, 8 }, 1 },
    { S, "PrologEndAddress", { NONE, 32 }, { 4, 8 }, 1 },
#undef S
#define S &pel_unwind_info_schema
    { S, "Version",       { 0, 0 }, { 1, 1 }, 1 },
    { S, "Flags",         { 0, 0 }, { 1, 1 }, 1 },
    { S, "SizeOfProlog",  { 1, 1 }, { 1, 1 }, 1 },
    { S, "CountOfCodes",  { 2, 2 }, { 1, 1 }, 1 },
    { S, "FrameRegister", { 3, 3 }, { 1, 1 }, 1 },
    { S, "FrameOffset",   { 3, 3 }, { 1, 1 }, 1 },
#undef S
#define S &pel_unwind_slot_schema
    { S, "CodeOffset", { 0, 0 }, { 1, 1 }, 1 },
    { S, "UnwindOp",   { 1, 1 }, { 1, 1 }, 1 },
    { S, "OpInfo",     { 1, 1 }, { 1, 1 }, 1 },
#undef S
#define S &pel_unwind_info_v3_schema
    { S, "Version",         { 0, 0 }, { 1, 1 }, 1 },
    { S, "Flags",           { 0, 0 }, { 1, 1 }, 1 },
    { S, "SizeOfProlog",    { 1, 1 }, { 1, 1 }, 1 },
    { S, "PayloadWords",    { 2, 2 }, { 1, 1 }, 1 },
    { S, "NumberOfOps",     { 3, 3 }, { 1, 1 }, 1 },
    { S, "NumberOfEpilogs", { 3, 3 }, { 1, 1 }, 1 },
#undef S
#define S &pel_epilog_info_v3_schema
    { S, "Flags",        { 0, 0 }, { 1, 1 }, 1 },
    { S, "NumberOfOps",  { 0, 0 }, { 1, 1 }, 1 },
    { S, "EpilogOffset", { 1, 1 }, { 2, 2 }, 1 },
#undef S
#define S &pel_epilog_info_ex_v3_schema
    { S, "FirstOp",                   { 0, 0 }, { 2, 2 }, 1 },
    { S, "IpOffsetOfLastInstruction", { 2, 2 }, { 1, 1 }, 1 },
#undef S
#define S &pel_arm_xdata_schema
    { S, "FunctionLength", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Vers",           { 0, 0 }, { 4, 4 }, 1 },
    { S, "X",              { 0, 0 }, { 4, 4 }, 1 },
    { S, "E",              { 0, 0 }, { 4, 4 }, 1 },
    { S, "F",              { 0, 0 }, { 4, 4 }, 1 },
    { S, "EpilogCount",    { 0, 0 }, { 4, 4 }, 1 },
    { S, "CodeWords",      { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64_xdata_schema
    { S, "FunctionLength",       { 0, 0 }, { 4, 4 }, 1 },
    { S, "Version",              { 0, 0 }, { 4, 4 }, 1 },
    { S, "ExceptionDataPresent", { 0, 0 }, { 4, 4 }, 1 },
    { S, "EpilogInHeader",       { 0, 0 }, { 4, 4 }, 1 },
    { S, "EpilogCount",          { 0, 0 }, { 4, 4 }, 1 },
    { S, "CodeWords",            { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_xdata_extended_schema
    { S, "ExtendedEpilogCount", { 0, 0 }, { 4, 4 }, 1 },
    { S, "ExtendedCodeWords",   { 0, 0 }, { 4, 4 }, 1 },
    { S, "Reserved",            { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_epilog_scope_schema
    { S, "EpilogStartOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Res0",              { 0, 0 }, { 4, 4 }, 1 },
    { S, "EpilogStartIndex",  { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm_epilog_scope_schema
    { S, "EpilogStartOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Res",               { 0, 0 }, { 4, 4 }, 1 },
    { S, "Condition",         { 0, 0 }, { 4, 4 }, 1 },
    { S, "EpilogStartIndex",  { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_cv_pdb70_schema
    { S, "Signature", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Guid",      { 4, 4 }, { 1, 1 }, 16 },
    { S, "Age",       { 20, 20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_cv_pdb20_schema
    { S, "Signature",     { 0, 0 }, { 4, 4 }, 1 },
    { S, "Offset",        { 4, 4 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp", { 8, 8 }, { 4, 4 }, 1 },
    { S, "Age",           { 12, 12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_pogo_entry_schema
    { S, "Rva",  { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_resource_string_schema
    { S, "Length", { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_version_header_schema
    { S, "wLength",      { 0, 0 }, { 2, 2 }, 1 },
    { S, "wValueLength", { 2, 2 }, { 2, 2 }, 1 },
    { S, "wType",        { 4, 4 }, { 2, 2 }, 1 },
#undef S
#define S &pel_group_header_schema
    { S, "Reserved", { 0, 0 }, { 2, 2 }, 1 },
    { S, "ResType",  { 2, 2 }, { 2, 2 }, 1 },
    { S, "ResCount", { 4, 4 }, { 2, 2 }, 1 },
#undef S
#define S &pel_cursor_header_schema
    { S, "XHotSpot", { 0, 0 }, { 2, 2 }, 1 },
    { S, "YHotSpot", { 2, 2 }, { 2, 2 }, 1 },
#undef S
#define S &pel_string_entry_schema
    { S, "Length", { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_message_data_schema
    { S, "NumberOfBlocks", { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_message_block_schema
    { S, "LowId",           { 0, 0 }, { 4, 4 }, 1 },
    { S, "HighId",          { 4, 4 }, { 4, 4 }, 1 },
    { S, "OffsetToEntries", { 8, 8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_message_entry_schema
    { S, "Length", { 0, 0 }, { 2, 2 }, 1 },
    { S, "Flags",  { 2, 2 }, { 2, 2 }, 1 },
#undef S
#define S &pel_dialog_template_schema
    { S, "style",           { 0, 0 }, { 4, 4 }, 1 },
    { S, "dwExtendedStyle", { 4, 4 }, { 4, 4 }, 1 },
    { S, "cdit",            { 8, 8 }, { 2, 2 }, 1 },
    { S, "x",               { 10, 10 }, { 2, 2 }, 1 },
    { S, "y",               { 12, 12 }, { 2, 2 }, 1 },
    { S, "cx",              { 14, 14 }, { 2, 2 }, 1 },
    { S, "cy",              { 16, 16 }, { 2, 2 }, 1 },
#undef S
#define S &pel_dialog_template_ex_schema
    { S, "dlgVer",    { 0, 0 }, { 2, 2 }, 1 },
    { S, "signature", { 2, 2 }, { 2, 2 }, 1 },
    { S, "helpID",    { 4, 4 }, { 4, 4 }, 1 },
    { S, "exStyle",   { 8, 8 }, { 4, 4 }, 1 },
    { S, "style",     { 12, 12 }, { 4, 4 }, 1 },
    { S, "cDlgItems", { 16, 16 }, { 2, 2 }, 1 },
    { S, "x",         { 18, 18 }, { 2, 2 }, 1 },
    { S, "y",         { 20, 20 }, { 2, 2 }, 1 },
    { S, "cx",        { 22, 22 }, { 2, 2 }, 1 },
    { S, "cy",        { 24, 24 }, { 2, 2 }, 1 },
#undef S
#define S &pel_dialog_item_template_schema
    { S, "style",           { 0, 0 }, { 4, 4 }, 1 },
    { S, "dwExtendedStyle", { 4, 4 }, { 4, 4 }, 1 },
    { S, "x",               { 8, 8 }, { 2, 2 }, 1 },
    { S, "y",               { 10, 10 }, { 2, 2 }, 1 },
    { S, "cx",              { 12, 12 }, { 2, 2 }, 1 },
    { S, "cy",              { 14, 14 }, { 2, 2 }, 1 },
    { S, "id",              { 16, 16 }, { 2, 2 }, 1 },
#undef S
#define S &pel_dialog_item_template_ex_schema
    { S, "helpID",  { 0, 0 }, { 4, 4 }, 1 },
    { S, "exStyle", { 4, 4 }, { 4, 4 }, 1 },
    { S, "style",   { 8, 8 }, { 4, 4 }, 1 },
    { S, "x",       { 12, 12 }, { 2, 2 }, 1 },
    { S, "y",       { 14, 14 }, { 2, 2 }, 1 },
    { S, "cx",      { 16, 16 }, { 2, 2 }, 1 },
    { S, "cy",      { 18, 18 }, { 2, 2 }, 1 },
    { S, "id",      { 20, 20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_menu_header_schema
    { S, "wVersion",     { 0, 0 }, { 2, 2 }, 1 },
    { S, "cbHeaderSize", { 2, 2 }, { 2, 2 }, 1 },
#undef S
#define S &pel_menu_ex_header_schema
    { S, "wVersion", { 0, 0 }, { 2, 2 }, 1 },
    { S, "wOffset",  { 2, 2 }, { 2, 2 }, 1 },
    { S, "dwHelpId", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_menu_ex_item_schema
    { S, "dwType",   { 0, 0 }, { 4, 4 }, 1 },
    { S, "dwState",  { 4, 4 }, { 4, 4 }, 1 },
    { S, "menuId",   { 8, 8 }, { 4, 4 }, 1 },
    { S, "bResInfo", { 12, 12 }, { 2, 2 }, 1 },
#undef S
