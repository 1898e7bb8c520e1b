/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of test_tables.c: the structures of directories. Included there, in the table. */
/* clang-format off */
#define S &pel_export_directory_schema
    { S, "Characteristics",       {   0,   0 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",         {   4,   4 }, { 4, 4 }, 1 },
    { S, "MajorVersion",          {   8,   8 }, { 2, 2 }, 1 },
    { S, "MinorVersion",          {  10,  10 }, { 2, 2 }, 1 },
    { S, "Name",                  {  12,  12 }, { 4, 4 }, 1 },
    { S, "Base",                  {  16,  16 }, { 4, 4 }, 1 },
    { S, "NumberOfFunctions",     {  20,  20 }, { 4, 4 }, 1 },
    { S, "NumberOfNames",         {  24,  24 }, { 4, 4 }, 1 },
    { S, "AddressOfFunctions",    {  28,  28 }, { 4, 4 }, 1 },
    { S, "AddressOfNames",        {  32,  32 }, { 4, 4 }, 1 },
    { S, "AddressOfNameOrdinals", {  36,  36 }, { 4, 4 }, 1 },
#undef S
#define S &pel_import_descriptor_schema
    { S, "OriginalFirstThunk", {   0,   0 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",      {   4,   4 }, { 4, 4 }, 1 },
    { S, "ForwarderChain",     {   8,   8 }, { 4, 4 }, 1 },
    { S, "Name",               {  12,  12 }, { 4, 4 }, 1 },
    { S, "FirstThunk",         {  16,  16 }, { 4, 4 }, 1 },
#undef S
#define S &pel_tls_directory_schema
    { S, "StartAddressOfRawData", {   0,   0 }, { 4, 8 }, 1 },
    { S, "EndAddressOfRawData",   {   4,   8 }, { 4, 8 }, 1 },
    { S, "AddressOfIndex",        {   8,  16 }, { 4, 8 }, 1 },
    { S, "AddressOfCallBacks",    {  12,  24 }, { 4, 8 }, 1 },
    { S, "SizeOfZeroFill",        {  16,  32 }, { 4, 4 }, 1 },
    { S, "Characteristics",       {  20,  36 }, { 4, 4 }, 1 },
#undef S
#define S &pel_load_config_schema
    { S, "Size",                                     {   0,   0 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",                            {   4,   4 }, { 4, 4 }, 1 },
    { S, "MajorVersion",                             {   8,   8 }, { 2, 2 }, 1 },
    { S, "MinorVersion",                             {  10,  10 }, { 2, 2 }, 1 },
    { S, "GlobalFlagsClear",                         {  12,  12 }, { 4, 4 }, 1 },
    { S, "GlobalFlagsSet",                           {  16,  16 }, { 4, 4 }, 1 },
    { S, "CriticalSectionDefaultTimeout",            {  20,  20 }, { 4, 4 }, 1 },
    { S, "DeCommitFreeBlockThreshold",               {  24,  24 }, { 4, 8 }, 1 },
    { S, "DeCommitTotalFreeThreshold",               {  28,  32 }, { 4, 8 }, 1 },
    { S, "LockPrefixTable",                          {  32,  40 }, { 4, 8 }, 1 },
    { S, "MaximumAllocationSize",                    {  36,  48 }, { 4, 8 }, 1 },
    { S, "VirtualMemoryThreshold",                   {  40,  56 }, { 4, 8 }, 1 },
    { S, "ProcessHeapFlags",                         {  44, NONE }, { 4, 0 }, 1 },
    { S, "ProcessAffinityMask",                      {  48,  64 }, { 4, 8 }, 1 },
    { S, "ProcessHeapFlags",                         { NONE,  72 }, { 0, 4 }, 1 },
    { S, "CSDVersion",                               {  52,  76 }, { 2, 2 }, 1 },
    { S, "DependentLoadFlags",                       {  54,  78 }, { 2, 2 }, 1 },
    { S, "EditList",                                 {  56,  80 }, { 4, 8 }, 1 },
    { S, "SecurityCookie",                           {  60,  88 }, { 4, 8 }, 1 },
    { S, "SEHandlerTable",                           {  64,  96 }, { 4, 8 }, 1 },
    { S, "SEHandlerCount",                           {  68, 104 }, { 4, 8 }, 1 },
    { S, "GuardCFCheckFunctionPointer",              {  72, 112 }, { 4, 8 }, 1 },
    { S, "GuardCFDispatchFunctionPointer",           {  76, 120 }, { 4, 8 }, 1 },
    { S, "GuardCFFunctionTable",                     {  80, 128 }, { 4, 8 }, 1 },
    { S, "GuardCFFunctionCount",                     {  84, 136 }, { 4, 8 }, 1 },
    { S, "GuardFlags",                               {  88, 144 }, { 4, 4 }, 1 },
    { S, "CodeIntegrityFlags",                       {  92, 148 }, { 2, 2 }, 1 },
    { S, "CodeIntegrityCatalog",                     {  94, 150 }, { 2, 2 }, 1 },
    { S, "CodeIntegrityCatalogOffset",               {  96, 152 }, { 4, 4 }, 1 },
    { S, "CodeIntegrityReserved",                    { 100, 156 }, { 4, 4 }, 1 },
    { S, "GuardAddressTakenIatEntryTable",           { 104, 160 }, { 4, 8 }, 1 },
    { S, "GuardAddressTakenIatEntryCount",           { 108, 168 }, { 4, 8 }, 1 },
    { S, "GuardLongJumpTargetTable",                 { 112, 176 }, { 4, 8 }, 1 },
    { S, "GuardLongJumpTargetCount",                 { 116, 184 }, { 4, 8 }, 1 },
    { S, "DynamicValueRelocTable",                   { 120, 192 }, { 4, 8 }, 1 },
    { S, "CHPEMetadataPointer",                      { 124, 200 }, { 4, 8 }, 1 },
    { S, "GuardRFFailureRoutine",                    { 128, 208 }, { 4, 8 }, 1 },
    { S, "GuardRFFailureRoutineFunctionPointer",     { 132, 216 }, { 4, 8 }, 1 },
    { S, "DynamicValueRelocTableOffset",             { 136, 224 }, { 4, 4 }, 1 },
    { S, "DynamicValueRelocTableSection",            { 140, 228 }, { 2, 2 }, 1 },
    { S, "Reserved2",                                { 142, 230 }, { 2, 2 }, 1 },
    { S, "GuardRFVerifyStackPointerFunctionPointer", { 144, 232 }, { 4, 8 }, 1 },
    { S, "HotPatchTableOffset",                      { 148, 240 }, { 4, 4 }, 1 },
    { S, "Reserved3",                                { 152, 244 }, { 4, 4 }, 1 },
    { S, "EnclaveConfigurationPointer",              { 156, 248 }, { 4, 8 }, 1 },
    { S, "VolatileMetadataPointer",                  { 160, 256 }, { 4, 8 }, 1 },
    { S, "GuardEHContinuationTable",                 { 164, 264 }, { 4, 8 }, 1 },
    { S, "GuardEHContinuationCount",                 { 168, 272 }, { 4, 8 }, 1 },
    { S, "GuardXFGCheckFunctionPointer",             { 172, 280 }, { 4, 8 }, 1 },
    { S, "GuardXFGDispatchFunctionPointer",          { 176, 288 }, { 4, 8 }, 1 },
    { S, "GuardXFGTableDispatchFunctionPointer",     { 180, 296 }, { 4, 8 }, 1 },
    { S, "CastGuardOsDeterminedFailureMode",         { 184, 304 }, { 4, 8 }, 1 },
    { S, "GuardMemcpyFunctionPointer",               { 188, 312 }, { 4, 8 }, 1 },
    { S, "UmaFunctionPointers",                      { 192, 320 }, { 4, 8 }, 1 },
#undef S
#define S &pel_bound_descriptor_schema
    { S, "TimeDateStamp",               {   0,   0 }, { 4, 4 }, 1 },
    { S, "OffsetModuleName",            {   4,   4 }, { 2, 2 }, 1 },
    { S, "NumberOfModuleForwarderRefs", {   6,   6 }, { 2, 2 }, 1 },
#undef S
#define S &pel_bound_forwarder_schema
    { S, "TimeDateStamp",    {   0,   0 }, { 4, 4 }, 1 },
    { S, "OffsetModuleName", {   4,   4 }, { 2, 2 }, 1 },
    { S, "Reserved",         {   6,   6 }, { 2, 2 }, 1 },
#undef S
#define S &pel_delay_descriptor_schema
    { S, "Attributes",                 {   0,   0 }, { 4, 4 }, 1 },
    { S, "DllNameRVA",                 {   4,   4 }, { 4, 4 }, 1 },
    { S, "ModuleHandleRVA",            {   8,   8 }, { 4, 4 }, 1 },
    { S, "ImportAddressTableRVA",      {  12,  12 }, { 4, 4 }, 1 },
    { S, "ImportNameTableRVA",         {  16,  16 }, { 4, 4 }, 1 },
    { S, "BoundImportAddressTableRVA", {  20,  20 }, { 4, 4 }, 1 },
    { S, "UnloadInformationTableRVA",  {  24,  24 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",              {  28,  28 }, { 4, 4 }, 1 },
#undef S
#define S &pel_win_certificate_schema
    { S, "dwLength",         {   0,   0 }, { 4, 4 }, 1 },
    { S, "wRevision",        {   4,   4 }, { 2, 2 }, 1 },
    { S, "wCertificateType", {   6,   6 }, { 2, 2 }, 1 },
#undef S
#define S &pel_cor20_header_schema
    { S, "cb", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MajorRuntimeVersion", { 4, 4 }, { 2, 2 }, 1 },
    { S, "MinorRuntimeVersion", { 6, 6 }, { 2, 2 }, 1 },
    { S, "MetaDataRVA", { 8, 8 }, { 4, 4 }, 1 },
    { S, "MetaDataSize", { 12, 12 }, { 4, 4 }, 1 },
    { S, "Flags", { 16, 16 }, { 4, 4 }, 1 },
    { S, "EntryPointToken", { 20, 20 }, { 4, 4 }, 1 },
    { S, "ResourcesRVA", { 24, 24 }, { 4, 4 }, 1 },
    { S, "ResourcesSize", { 28, 28 }, { 4, 4 }, 1 },
    { S, "StrongNameSignatureRVA", { 32, 32 }, { 4, 4 }, 1 },
    { S, "StrongNameSignatureSize", { 36, 36 }, { 4, 4 }, 1 },
    { S, "CodeManagerTableRVA", { 40, 40 }, { 4, 4 }, 1 },
    { S, "CodeManagerTableSize", { 44, 44 }, { 4, 4 }, 1 },
    { S, "VTableFixupsRVA", { 48, 48 }, { 4, 4 }, 1 },
    { S, "VTableFixupsSize", { 52, 52 }, { 4, 4 }, 1 },
    { S, "ExportAddressTableJumpsRVA", { 56, 56 }, { 4, 4 }, 1 },
    { S, "ExportAddressTableJumpsSize", { 60, 60 }, { 4, 4 }, 1 },
    { S, "ManagedNativeHeaderRVA", { 64, 64 }, { 4, 4 }, 1 },
    { S, "ManagedNativeHeaderSize", { 68, 68 }, { 4, 4 }, 1 },
#undef S
#define S &pel_ready_to_run_header_schema
    { S, "Signature", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MajorVersion", { 4, 4 }, { 2, 2 }, 1 },
    { S, "MinorVersion", { 6, 6 }, { 2, 2 }, 1 },
    { S, "Flags", { 8, 8 }, { 4, 4 }, 1 },
    { S, "NumberOfSections", { 12, 12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_ready_to_run_section_schema
    { S, "Type", { 0, 0 }, { 4, 4 }, 1 },
    { S, "VirtualAddress", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Size", { 8, 8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_dos_relocation_schema
    { S, "offset", { 0, 0 }, { 2, 2 }, 1 },
    { S, "segment", { 2, 2 }, { 2, 2 }, 1 },
#undef S
#define S &pel_architecture_header_schema
    { S, "AmaskValue", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MBZ1", { 0, 0 }, { 4, 4 }, 1 },
    { S, "AmaskShift", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MBZ2", { 0, 0 }, { 4, 4 }, 1 },
    { S, "FirstEntryRVA", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_architecture_entry_schema
    { S, "FixupInstRVA", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NewInst", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_vtable_fixup_schema
    { S, "RVA", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Count", { 4, 4 }, { 2, 2 }, 1 },
    { S, "Type", { 6, 6 }, { 2, 2 }, 1 },
#undef S
#define S &pel_metadata_root_schema
    { S, "Signature", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MajorVersion", { 4, 4 }, { 2, 2 }, 1 },
    { S, "MinorVersion", { 6, 6 }, { 2, 2 }, 1 },
    { S, "Reserved", { 8, 8 }, { 4, 4 }, 1 },
    { S, "VersionLength", { 12, 12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_metadata_tables_schema
    { S, "Reserved", { 0, 0 }, { 4, 4 }, 1 },
    { S, "MajorVersion", { 4, 4 }, { 1, 1 }, 1 },
    { S, "MinorVersion", { 5, 5 }, { 1, 1 }, 1 },
    { S, "HeapSizes", { 6, 6 }, { 1, 1 }, 1 },
    { S, "Rid", { 7, 7 }, { 1, 1 }, 1 },
    { S, "Valid", { 8, 8 }, { 8, 8 }, 1 },
    { S, "Sorted", { 16, 16 }, { 8, 8 }, 1 },
#undef S
#define S &pel_ready_to_run_import_schema
    { S, "VirtualAddress", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Flags", { 8, 8 }, { 2, 2 }, 1 },
    { S, "Type", { 10, 10 }, { 1, 1 }, 1 },
    { S, "EntrySize", { 11, 11 }, { 1, 1 }, 1 },
    { S, "Signatures", { 12, 12 }, { 4, 4 }, 1 },
    { S, "AuxiliaryData", { 16, 16 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_namespace_v2_schema
    { S, "Version", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Count", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_entry_v2_schema
    { S, "NameOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NameLength", { 4, 4 }, { 4, 4 }, 1 },
    { S, "DataOffset", { 8, 8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_value_v2_schema
    { S, "NameOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NameLength", { 4, 4 }, { 4, 4 }, 1 },
    { S, "ValueOffset", { 8, 8 }, { 4, 4 }, 1 },
    { S, "ValueLength", { 12, 12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_namespace_v4_schema
    { S, "Version", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Flags", { 8, 8 }, { 4, 4 }, 1 },
    { S, "Count", { 12, 12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_entry_v4_schema
    { S, "Flags", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NameOffset", { 4, 4 }, { 4, 4 }, 1 },
    { S, "NameLength", { 8, 8 }, { 4, 4 }, 1 },
    { S, "AliasOffset", { 12, 12 }, { 4, 4 }, 1 },
    { S, "AliasLength", { 16, 16 }, { 4, 4 }, 1 },
    { S, "DataOffset", { 20, 20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_value_schema
    { S, "Flags", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NameOffset", { 4, 4 }, { 4, 4 }, 1 },
    { S, "NameLength", { 8, 8 }, { 4, 4 }, 1 },
    { S, "ValueOffset", { 12, 12 }, { 4, 4 }, 1 },
    { S, "ValueLength", { 16, 16 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_namespace_schema
    { S, "Version", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Flags", { 8, 8 }, { 4, 4 }, 1 },
    { S, "Count", { 12, 12 }, { 4, 4 }, 1 },
    { S, "EntryOffset", { 16, 16 }, { 4, 4 }, 1 },
    { S, "HashOffset", { 20, 20 }, { 4, 4 }, 1 },
    { S, "HashFactor", { 24, 24 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_entry_schema
    { S, "Flags", { 0, 0 }, { 4, 4 }, 1 },
    { S, "NameOffset", { 4, 4 }, { 4, 4 }, 1 },
    { S, "NameLength", { 8, 8 }, { 4, 4 }, 1 },
    { S, "HashedLength", { 12, 12 }, { 4, 4 }, 1 },
    { S, "ValueOffset", { 16, 16 }, { 4, 4 }, 1 },
    { S, "ValueCount", { 20, 20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_api_set_hash_schema
    { S, "Hash", { 0, 0 }, { 4, 4 }, 1 },
    { S, "Index", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_debug_directory_schema
    { S, "Characteristics",       {  0,  0 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",         {  4,  4 }, { 4, 4 }, 1 },
    { S, "MajorVersion",          {  8,  8 }, { 2, 2 }, 1 },
    { S, "MinorVersion",          { 10, 10 }, { 2, 2 }, 1 },
    { S, "Type",                  { 12, 12 }, { 4, 4 }, 1 },
    { S, "SizeOfData",            { 16, 16 }, { 4, 4 }, 1 },
    { S, "AddressOfRawData",      { 20, 20 }, { 4, 4 }, 1 },
    { S, "PointerToRawData",      { 24, 24 }, { 4, 4 }, 1 },
#undef S
#define S &pel_debug_misc_schema
    { S, "DataType",              {  0,  0 }, { 4, 4 }, 1 },
    { S, "Length",                {  4,  4 }, { 4, 4 }, 1 },
    { S, "Unicode",               {  8,  8 }, { 1, 1 }, 1 },
    { S, "Reserved",              {  9,  9 }, { 1, 1 }, 3 },
#undef S
#define S &pel_fpo_data_schema
    { S, "ulOffStart",            {  0,  0 }, { 4, 4 }, 1 },
    { S, "cbProcSize",            {  4,  4 }, { 4, 4 }, 1 },
    { S, "cdwLocals",             {  8,  8 }, { 4, 4 }, 1 },
    { S, "cdwParams",             { 12, 12 }, { 2, 2 }, 1 },
    { S, "cbProlog",              { 14, 14 }, { 2, 2 }, 1 },
    { S, "cbRegs",                { 14, 14 }, { 2, 2 }, 1 },
    { S, "fHasSEH",               { 14, 14 }, { 2, 2 }, 1 },
    { S, "fUseBP",                { 14, 14 }, { 2, 2 }, 1 },
    { S, "reserved",              { 14, 14 }, { 2, 2 }, 1 },
    { S, "cbFrame",               { 14, 14 }, { 2, 2 }, 1 },
#undef S
#define S &pel_fixup_data_schema
    { S, "wType",                 {  0,  0 }, { 2, 2 }, 1 },
    { S, "wExtra",                {  2,  2 }, { 2, 2 }, 1 },
    { S, "rva",                   {  4,  4 }, { 4, 4 }, 1 },
    { S, "rvaTarget",             {  8,  8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_omap_entry_schema
    { S, "rva",                   {  0,  0 }, { 4, 4 }, 1 },
    { S, "rvaTo",                 {  4,  4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_coff_symbols_header_schema
    { S, "NumberOfSymbols",       {  0,  0 }, { 4, 4 }, 1 },
    { S, "LvaToFirstSymbol",      {  4,  4 }, { 4, 4 }, 1 },
    { S, "NumberOfLinenumbers",   {  8,  8 }, { 4, 4 }, 1 },
    { S, "LvaToFirstLinenumber",  { 12, 12 }, { 4, 4 }, 1 },
    { S, "RvaToFirstByteOfCode",  { 16, 16 }, { 4, 4 }, 1 },
    { S, "RvaToLastByteOfCode",   { 20, 20 }, { 4, 4 }, 1 },
    { S, "RvaToFirstByteOfData",  { 24, 24 }, { 4, 4 }, 1 },
    { S, "RvaToLastByteOfData",   { 28, 28 }, { 4, 4 }, 1 },
#undef S
#define S &pel_vc_feature_schema
    { S, "PreVC11",               {  0,  0 }, { 4, 4 }, 1 },
    { S, "CCpp",                  {  4,  4 }, { 4, 4 }, 1 },
    { S, "Gs",                    {  8,  8 }, { 4, 4 }, 1 },
    { S, "Sdl",                   { 12, 12 }, { 4, 4 }, 1 },
    { S, "GuardN",                { 16, 16 }, { 4, 4 }, 1 },
#undef S
#define S &pel_coff_symbol_schema
    { S, "Name",                  {  0,  0 }, { 1, 1 }, 8 },
    { S, "Value",                 {  8,  8 }, { 4, 4 }, 1 },
    { S, "SectionNumber",         { 12, 12 }, { 2, 2 }, 1 },
    { S, "Type",                  { 14, 14 }, { 2, 2 }, 1 },
    { S, "StorageClass",          { 16, 16 }, { 1, 1 }, 1 },
    { S, "NumberOfAuxSymbols",    { 17, 17 }, { 1, 1 }, 1 },
#undef S
#define S &pel_aux_function_schema
    { S, "TagIndex",              {  0,  0 }, { 4, 4 }, 1 },
    { S, "TotalSize",             {  4,  4 }, { 4, 4 }, 1 },
    { S, "PointerToLinenumber",   {  8,  8 }, { 4, 4 }, 1 },
    { S, "PointerToNextFunction", { 12, 12 }, { 4, 4 }, 1 },
    { S, "Unused",                { 16, 16 }, { 2, 2 }, 1 },
#undef S
#define S &pel_aux_bf_ef_schema
    { S, "Unused",                {  0,  0 }, { 4, 4 }, 1 },
    { S, "Linenumber",            {  4,  4 }, { 2, 2 }, 1 },
    { S, "Unused2",               {  6,  6 }, { 1, 1 }, 6 },
    { S, "PointerToNextFunction", { 12, 12 }, { 4, 4 }, 1 },
    { S, "Unused3",               { 16, 16 }, { 2, 2 }, 1 },
#undef S
#define S &pel_aux_weak_schema
    { S, "TagIndex",              {  0,  0 }, { 4, 4 }, 1 },
    { S, "Characteristics",       {  4,  4 }, { 4, 4 }, 1 },
    { S, "Unused",                {  8,  8 }, { 1, 1 }, 10 },
#undef S
#define S &pel_aux_section_schema
    { S, "Length",                {  0,  0 }, { 4, 4 }, 1 },
    { S, "NumberOfRelocations",   {  4,  4 }, { 2, 2 }, 1 },
    { S, "NumberOfLinenumbers",   {  6,  6 }, { 2, 2 }, 1 },
    { S, "CheckSum",              {  8,  8 }, { 4, 4 }, 1 },
    { S, "Number",                { 12, 12 }, { 2, 2 }, 1 },
    { S, "Selection",             { 14, 14 }, { 1, 1 }, 1 },
    { S, "Unused",                { 15, 15 }, { 1, 1 }, 1 },
    { S, "HighNumber",            { 16, 16 }, { 2, 2 }, 1 },
#undef S
#define S &pel_aux_token_schema
    { S, "bAuxType",              {  0,  0 }, { 1, 1 }, 1 },
    { S, "bReserved",             {  1,  1 }, { 1, 1 }, 1 },
    { S, "SymbolTableIndex",      {  2,  2 }, { 4, 4 }, 1 },
    { S, "rgbReserved",           {  6,  6 }, { 1, 1 }, 12 },
#undef S
#define S &pel_line_number_schema
    { S, "SymbolTableIndexOrVA",  {  0,  0 }, { 4, 4 }, 1 },
    { S, "Linenumber",            {  4,  4 }, { 2, 2 }, 1 },
#undef S
#define S &pel_resource_directory_schema
    { S, "Characteristics",      {   0,   0 }, { 4, 4 }, 1 },
    { S, "TimeDateStamp",        {   4,   4 }, { 4, 4 }, 1 },
    { S, "MajorVersion",         {   8,   8 }, { 2, 2 }, 1 },
    { S, "MinorVersion",         {  10,  10 }, { 2, 2 }, 1 },
    { S, "NumberOfNamedEntries", {  12,  12 }, { 2, 2 }, 1 },
    { S, "NumberOfIdEntries",    {  14,  14 }, { 2, 2 }, 1 },
#undef S
#define S &pel_resource_entry_schema
    { S, "Name",         {   0,   0 }, { 4, 4 }, 1 },
    { S, "OffsetToData", {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_resource_data_schema
    { S, "OffsetToData", {   0,   0 }, { 4, 4 }, 1 },
    { S, "Size",         {   4,   4 }, { 4, 4 }, 1 },
    { S, "CodePage",     {   8,   8 }, { 4, 4 }, 1 },
    { S, "Reserved",     {  12,  12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_version_fixed_schema
    { S, "dwSignature",        {   0,   0 }, { 4, 4 }, 1 },
    { S, "dwStrucVersion",     {   4,   4 }, { 4, 4 }, 1 },
    { S, "dwFileVersionMS",    {   8,   8 }, { 4, 4 }, 1 },
    { S, "dwFileVersionLS",    {  12,  12 }, { 4, 4 }, 1 },
    { S, "dwProductVersionMS", {  16,  16 }, { 4, 4 }, 1 },
    { S, "dwProductVersionLS", {  20,  20 }, { 4, 4 }, 1 },
    { S, "dwFileFlagsMask",    {  24,  24 }, { 4, 4 }, 1 },
    { S, "dwFileFlags",        {  28,  28 }, { 4, 4 }, 1 },
    { S, "dwFileOS",           {  32,  32 }, { 4, 4 }, 1 },
    { S, "dwFileType",         {  36,  36 }, { 4, 4 }, 1 },
    { S, "dwFileSubtype",      {  40,  40 }, { 4, 4 }, 1 },
    { S, "dwFileDateMS",       {  44,  44 }, { 4, 4 }, 1 },
    { S, "dwFileDateLS",       {  48,  48 }, { 4, 4 }, 1 },
#undef S
#define S &pel_icon_entry_schema
    { S, "bWidth",       {   0,   0 }, { 1, 1 }, 1 },
    { S, "bHeight",      {   1,   1 }, { 1, 1 }, 1 },
    { S, "bColorCount",  {   2,   2 }, { 1, 1 }, 1 },
    { S, "bReserved",    {   3,   3 }, { 1, 1 }, 1 },
    { S, "wPlanes",      {   4,   4 }, { 2, 2 }, 1 },
    { S, "wBitCount",    {   6,   6 }, { 2, 2 }, 1 },
    { S, "dwBytesInRes", {   8,   8 }, { 4, 4 }, 1 },
    { S, "nID",          {  12,  12 }, { 2, 2 }, 1 },
#undef S
#define S &pel_cursor_entry_schema
    { S, "wWidth",       {   0,   0 }, { 2, 2 }, 1 },
    { S, "wHeight",      {   2,   2 }, { 2, 2 }, 1 },
    { S, "wPlanes",      {   4,   4 }, { 2, 2 }, 1 },
    { S, "wBitCount",    {   6,   6 }, { 2, 2 }, 1 },
    { S, "dwBytesInRes", {   8,   8 }, { 4, 4 }, 1 },
    { S, "nID",          {  12,  12 }, { 2, 2 }, 1 },
#undef S
#define S &pel_accelerator_schema
    { S, "fFlags",  {   0,   0 }, { 2, 2 }, 1 },
    { S, "wAnsi",   {   2,   2 }, { 2, 2 }, 1 },
    { S, "wId",     {   4,   4 }, { 2, 2 }, 1 },
    { S, "padding", {   6,   6 }, { 2, 2 }, 1 },
#undef S
