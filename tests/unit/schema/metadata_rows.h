/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields lie of what the load configuration leads to, for test_tables.c. Parts of words
 * have the place of their word. Included there, in the table. Of LLVM: version 2 of ARM64EC. */
/* clang-format off */
#define S &pel_code_integrity_schema
    { S, "Flags",         { 0, 0 }, { 2, 2 }, 1 },
    { S, "Catalog",       { 2, 2 }, { 2, 2 }, 1 },
    { S, "CatalogOffset", { 4, 4 }, { 4, 4 }, 1 },
    { S, "Reserved",      { 8, 8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_guard_table_entry_schema
    { S, "Rva", { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_import_transfer_schema
    { S, "PageRelativeOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "IndirectCall",       { 0, 0 }, { 4, 4 }, 1 },
    { S, "IATIndex",           { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_import_transfer_arm64_schema
    { S, "PageRelativeOffset", { 0, 0 }, { 4, 4 }, 1 },
    { S, "IndirectCall",       { 0, 0 }, { 4, 4 }, 1 },
    { S, "RegisterIndex",      { 0, 0 }, { 4, 4 }, 1 },
    { S, "ImportType",         { 0, 0 }, { 4, 4 }, 1 },
    { S, "IATIndex",           { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_indirect_transfer_schema
    { S, "PageRelativeOffset", { 0, 0 }, { 2, 2 }, 1 },
    { S, "IndirectCall",       { 0, 0 }, { 2, 2 }, 1 },
    { S, "RexWPrefix",         { 0, 0 }, { 2, 2 }, 1 },
    { S, "CfgCheck",           { 0, 0 }, { 2, 2 }, 1 },
    { S, "Reserved",           { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_switchtable_branch_schema
    { S, "PageRelativeOffset", { 0, 0 }, { 2, 2 }, 1 },
    { S, "RegisterNumber",     { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_arm64x_record_schema
    { S, "Offset", { 0, 0 }, { 2, 2 }, 1 },
    { S, "Type",   { 0, 0 }, { 2, 2 }, 1 },
    { S, "Size",   { 0, 0 }, { 2, 2 }, 1 },
#undef S
#define S &pel_dynamic_reloc_table_schema
    { S, "Version", {   0,   0 }, { 4, 4 }, 1 },
    { S, "Size",    {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_dynamic_reloc_schema
    { S, "Symbol",        {   0,   0 }, { 4, 8 }, 1 },
    { S, "BaseRelocSize", {   4,   8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_dynamic_reloc_v2_schema
    { S, "HeaderSize",    {   0,   0 }, { 4, 4 }, 1 },
    { S, "FixupInfoSize", {   4,   4 }, { 4, 4 }, 1 },
    { S, "Symbol",        {   8,   8 }, { 4, 8 }, 1 },
    { S, "SymbolGroup",   {  12,  16 }, { 4, 4 }, 1 },
    { S, "Flags",         {  16,  20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_rf_prologue_schema
    { S, "PrologueByteCount", {   0,   0 }, { 1, 1 }, 1 },
#undef S
#define S &pel_rf_epilogue_schema
    { S, "EpilogueCount",               {   0,   0 }, { 4, 4 }, 1 },
    { S, "EpilogueByteCount",           {   4,   4 }, { 1, 1 }, 1 },
    { S, "BranchDescriptorElementSize", {   5,   5 }, { 1, 1 }, 1 },
    { S, "BranchDescriptorCount",       {   6,   6 }, { 2, 2 }, 1 },
#undef S
#define S &pel_function_override_header_schema
    { S, "FuncOverrideSize", {   0,   0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_function_override_schema
    { S, "OriginalRva",   {   0,   0 }, { 4, 4 }, 1 },
    { S, "BDDOffset",     {   4,   4 }, { 4, 4 }, 1 },
    { S, "RvaSize",       {   8,   8 }, { 4, 4 }, 1 },
    { S, "BaseRelocSize", {  12,  12 }, { 4, 4 }, 1 },
#undef S
#define S &pel_bdd_info_schema
    { S, "Version", {   0,   0 }, { 4, 4 }, 1 },
    { S, "BDDSize", {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_bdd_node_schema
    { S, "Left",  {   0,   0 }, { 2, 2 }, 1 },
    { S, "Right", {   2,   2 }, { 2, 2 }, 1 },
    { S, "Value", {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_hot_patch_info_schema
    { S, "Version",           {   0,   0 }, { 4, 4 }, 1 },
    { S, "Size",              {   4,   4 }, { 4, 4 }, 1 },
    { S, "SequenceNumber",    {   8,   8 }, { 4, 4 }, 1 },
    { S, "BaseImageList",     {  12,  12 }, { 4, 4 }, 1 },
    { S, "BaseImageCount",    {  16,  16 }, { 4, 4 }, 1 },
    { S, "BufferOffset",      {  20,  20 }, { 4, 4 }, 1 },
    { S, "ExtraPatchSize",    {  24,  24 }, { 4, 4 }, 1 },
    { S, "MinSequenceNumber", {  28,  28 }, { 4, 4 }, 1 },
    { S, "Flags",             {  32,  32 }, { 4, 4 }, 1 },
#undef S
#define S &pel_hot_patch_base_schema
    { S, "SequenceNumber",        {   0,   0 }, { 4, 4 }, 1 },
    { S, "Flags",                 {   4,   4 }, { 4, 4 }, 1 },
    { S, "OriginalTimeDateStamp", {   8,   8 }, { 4, 4 }, 1 },
    { S, "OriginalCheckSum",      {  12,  12 }, { 4, 4 }, 1 },
    { S, "CodeIntegrityInfo",     {  16,  16 }, { 4, 4 }, 1 },
    { S, "CodeIntegritySize",     {  20,  20 }, { 4, 4 }, 1 },
    { S, "PatchTable",            {  24,  24 }, { 4, 4 }, 1 },
    { S, "BufferOffset",          {  28,  28 }, { 4, 4 }, 1 },
#undef S
#define S &pel_hot_patch_hashes_schema
    { S, "SHA256", {   0,   0 }, { 1, 1 }, 32 },
    { S, "SHA1",   {  32,  32 }, { 1, 1 }, 20 },
#undef S
#define S &pel_enclave_config_schema
    { S, "Size",                      {   0,   0 }, { 4, 4 }, 1 },
    { S, "MinimumRequiredConfigSize", {   4,   4 }, { 4, 4 }, 1 },
    { S, "PolicyFlags",               {   8,   8 }, { 4, 4 }, 1 },
    { S, "NumberOfImports",           {  12,  12 }, { 4, 4 }, 1 },
    { S, "ImportList",                {  16,  16 }, { 4, 4 }, 1 },
    { S, "ImportEntrySize",           {  20,  20 }, { 4, 4 }, 1 },
    { S, "FamilyID",                  {  24,  24 }, { 1, 1 }, 16 },
    { S, "ImageID",                   {  40,  40 }, { 1, 1 }, 16 },
    { S, "ImageVersion",              {  56,  56 }, { 4, 4 }, 1 },
    { S, "SecurityVersion",           {  60,  60 }, { 4, 4 }, 1 },
    { S, "EnclaveSize",               {  64,  64 }, { 4, 8 }, 1 },
    { S, "NumberOfThreads",           {  68,  72 }, { 4, 4 }, 1 },
    { S, "EnclaveFlags",              {  72,  76 }, { 4, 4 }, 1 },
#undef S
#define S &pel_enclave_import_schema
    { S, "MatchType",              {   0,   0 }, { 4, 4 }, 1 },
    { S, "MinimumSecurityVersion", {   4,   4 }, { 4, 4 }, 1 },
    { S, "UniqueOrAuthorID",       {   8,   8 }, { 1, 1 }, 32 },
    { S, "FamilyID",               {  40,  40 }, { 1, 1 }, 16 },
    { S, "ImageID",                {  56,  56 }, { 1, 1 }, 16 },
    { S, "ImportName",             {  72,  72 }, { 4, 4 }, 1 },
    { S, "Reserved",               {  76,  76 }, { 4, 4 }, 1 },
#undef S
#define S &pel_volatile_metadata_schema
    { S, "Size",                       {   0,   0 }, { 4, 4 }, 1 },
    { S, "Version",                    {   4,   4 }, { 4, 4 }, 1 },
    { S, "VolatileAccessTable",        {   8,   8 }, { 4, 4 }, 1 },
    { S, "VolatileAccessTableSize",    {  12,  12 }, { 4, 4 }, 1 },
    { S, "VolatileInfoRangeTable",     {  16,  16 }, { 4, 4 }, 1 },
    { S, "VolatileInfoRangeTableSize", {  20,  20 }, { 4, 4 }, 1 },
#undef S
#define S &pel_chpe_metadata_schema
    { S, "Version",                                      {   0,   0 }, { 4, 4 }, 1 },
    { S, "CHPECodeAddressRangeOffset",                   {   4,   4 }, { 4, 4 }, 1 },
    { S, "CHPECodeAddressRangeCount",                    {   8,   8 }, { 4, 4 }, 1 },
    { S, "WowA64ExceptionHandlerFunctionPointer",        {  12,  12 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchCallFunctionPointer",            {  16,  16 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchIndirectCallFunctionPointer",    {  20,  20 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchIndirectCallCfgFunctionPointer", {  24,  24 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchRetFunctionPointer",             {  28,  28 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchRetLeafFunctionPointer",         {  32,  32 }, { 4, 4 }, 1 },
    { S, "WowA64DispatchJumpFunctionPointer",            {  36,  36 }, { 4, 4 }, 1 },
    { S, "CompilerIATPointer",                           {  40,  40 }, { 4, 4 }, 1 },
    { S, "WowA64RdtscFunctionPointer",                   {  44,  44 }, { 4, 4 }, 1 },
#undef S
#define S &pel_chpe_range_schema
    { S, "StartOffset", {   0,   0 }, { 4, 4 }, 1 },
    { S, "Length",      {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64ec_metadata_schema
    { S, "Version",                          {   0,   0 }, { 4, 4 }, 1 },
    { S, "CodeMap",                          {   4,   4 }, { 4, 4 }, 1 },
    { S, "CodeMapCount",                     {   8,   8 }, { 4, 4 }, 1 },
    { S, "CodeRangesToEntryPoints",          {  12,  12 }, { 4, 4 }, 1 },
    { S, "RedirectionMetadata",              {  16,  16 }, { 4, 4 }, 1 },
    { S, "DispatchCallNoRedirect",           {  20,  20 }, { 4, 4 }, 1 },
    { S, "DispatchRet",                      {  24,  24 }, { 4, 4 }, 1 },
    { S, "DispatchCall",                     {  28,  28 }, { 4, 4 }, 1 },
    { S, "DispatchIcall",                    {  32,  32 }, { 4, 4 }, 1 },
    { S, "DispatchIcallCfg",                 {  36,  36 }, { 4, 4 }, 1 },
    { S, "AlternateEntryPoint",              {  40,  40 }, { 4, 4 }, 1 },
    { S, "AuxiliaryIAT",                     {  44,  44 }, { 4, 4 }, 1 },
    { S, "CodeRangesToEntryPointsCount",     {  48,  48 }, { 4, 4 }, 1 },
    { S, "RedirectionMetadataCount",         {  52,  52 }, { 4, 4 }, 1 },
    { S, "GetX64InformationFunctionPointer", {  56,  56 }, { 4, 4 }, 1 },
    { S, "SetX64InformationFunctionPointer", {  60,  60 }, { 4, 4 }, 1 },
    { S, "ExtraRFETable",                    {  64,  64 }, { 4, 4 }, 1 },
    { S, "ExtraRFETableSize",                {  68,  68 }, { 4, 4 }, 1 },
    { S, "DispatchFptr",                     {  72,  72 }, { 4, 4 }, 1 },
    { S, "AuxiliaryIATCopy",                 {  76,  76 }, { 4, 4 }, 1 },
    { S, "AuxiliaryDelayloadIAT",            {  80,  80 }, { 4, 4 }, 1 },
    { S, "AuxiliaryDelayloadIATCopy",        {  84,  84 }, { 4, 4 }, 1 },
    { S, "HybridImageInfoBitfield",          {  88,  88 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64ec_code_map_schema
    { S, "StartOffset", {   0,   0 }, { 4, 4 }, 1 },
    { S, "Length",      {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64ec_redirection_schema
    { S, "Source",      {   0,   0 }, { 4, 4 }, 1 },
    { S, "Destination", {   4,   4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_arm64ec_entry_point_schema
    { S, "StartRva",   {   0,   0 }, { 4, 4 }, 1 },
    { S, "EndRva",     {   4,   4 }, { 4, 4 }, 1 },
    { S, "EntryPoint", {   8,   8 }, { 4, 4 }, 1 },
#undef S
#define S &pel_volatile_access_schema
    { S, "Rva", { 0, 0 }, { 4, 4 }, 1 },
#undef S
#define S &pel_volatile_range_schema
    { S, "Rva",  { 0, 0 }, { 4, 4 }, 1 },
    { S, "Size", { 4, 4 }, { 4, 4 }, 1 },
#undef S
#define S &pel_policy_metadata_schema
    { S, "Version",       {   0,   0 }, { 1, 1 }, 1 },
    { S, "Reserved0",     {   1,   1 }, { 1, 1 }, 7 },
    { S, "ApplicationId", {   8,   8 }, { 8, 8 }, 1 },
#undef S
#define S &pel_policy_entry_schema
    { S, "Type",     {   0,   0 }, { 4, 4 }, 1 },
    { S, "PolicyId", {   4,   4 }, { 4, 4 }, 1 },
    { S, "Value",    {   8,   8 }, { 8, 8 }, 1 },
#undef S
    /* clang-format on */
