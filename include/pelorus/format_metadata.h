/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_FORMAT_METADATA_H
#define PELORUS_FORMAT_METADATA_H

/* The third part of format.h: the structures that the load configuration leads to. */

#include <pelorus/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <pelorus/tables/members.def>

/** IMAGE_LOAD_CONFIG_CODE_INTEGRITY: a part of the load configuration: a catalog with its
 *  signature; 12 bytes. */
typedef struct pel_code_integrity {
#include <pelorus/tables/code_integrity.def>
} pel_code_integrity;

/** GUARD_TABLE_ENTRY: an entry of the tables of Control Flow Guard; 4 bytes. */
typedef struct pel_guard_table_entry {
#include <pelorus/tables/guard_table_entry.def>
} pel_guard_table_entry;

/** IMAGE_DYNAMIC_RELOCATION_TABLE: 8 bytes, then its entries. */
typedef struct pel_dynamic_reloc_table {
#include <pelorus/tables/dynamic_reloc_table.def>
} pel_dynamic_reloc_table;

/** IMAGE_DYNAMIC_RELOCATION: 8 bytes in PE32, 12 in PE32+, then blocks. */
typedef struct pel_dynamic_reloc {
#include <pelorus/tables/dynamic_reloc.def>
} pel_dynamic_reloc;

/** IMAGE_DYNAMIC_RELOCATION_V2: 20 bytes in PE32, 24 in PE32+, a header by symbol, then blocks. */
typedef struct pel_dynamic_reloc_v2 {
#include <pelorus/tables/dynamic_reloc_v2.def>
} pel_dynamic_reloc_v2;

/** IMAGE_IMPORT_CONTROL_TRANSFER_DYNAMIC_RELOCATION: a call or jump through the IAT, of x64
 *  (symbol 3); 4 bytes. */
typedef struct pel_import_transfer {
#include <pelorus/tables/import_transfer.def>
} pel_import_transfer;

/** IMAGE_INDIR_CONTROL_TRANSFER_DYNAMIC_RELOCATION: a call or jump through a pointer (symbol 4); 2
 *  bytes. */
typedef struct pel_indirect_transfer {
#include <pelorus/tables/indirect_transfer.def>
} pel_indirect_transfer;

/** IMAGE_SWITCHTABLE_BRANCH_DYNAMIC_RELOCATION: a jump through a table (symbol 5); 2 bytes. */
typedef struct pel_switchtable_branch {
#include <pelorus/tables/switchtable_branch.def>
} pel_switchtable_branch;

/** IMAGE_DVRT_ARM64X_FIXUP_RECORD: a fix-up that makes the other view of an ARM64X image (symbol
 *  6); 2 bytes. */
typedef struct pel_arm64x_record {
#include <pelorus/tables/arm64x_record.def>
} pel_arm64x_record;

/** IMAGE_IMPORT_CONTROL_TRANSFER_ARM64_RELOCATION: the same of ARM64 (symbol 8); 4 bytes. */
typedef struct pel_import_transfer_arm64 {
#include <pelorus/tables/import_transfer_arm64.def>
} pel_import_transfer_arm64;

/** IMAGE_PROLOGUE_DYNAMIC_RELOCATION_HEADER: 1 byte, then the prologue. */
typedef struct pel_rf_prologue {
#include <pelorus/tables/rf_prologue.def>
} pel_rf_prologue;

/** IMAGE_EPILOGUE_DYNAMIC_RELOCATION_HEADER: 8 bytes, then descriptors and a bitmap. */
typedef struct pel_rf_epilogue {
#include <pelorus/tables/rf_epilogue.def>
} pel_rf_epilogue;

/** IMAGE_FUNCTION_OVERRIDE_HEADER: 4 bytes, then records and decision diagrams. */
typedef struct pel_function_override_header {
#include <pelorus/tables/function_override_header.def>
} pel_function_override_header;

/** IMAGE_FUNCTION_OVERRIDE_DYNAMIC_RELOCATION: 16 bytes, then RVAs and blocks. */
typedef struct pel_function_override {
#include <pelorus/tables/function_override.def>
} pel_function_override;

/** IMAGE_BDD_INFO: 8 bytes, then its nodes. */
typedef struct pel_bdd_info {
#include <pelorus/tables/bdd_info.def>
} pel_bdd_info;

/** IMAGE_BDD_DYNAMIC_RELOCATION: 8 bytes. */
typedef struct pel_bdd_node {
#include <pelorus/tables/bdd_node.def>
} pel_bdd_node;

/** IMAGE_CHPE_METADATA_X86: 40 bytes in version 1, 44 in 2, 48 from 3 on. */
typedef struct pel_chpe_metadata {
#include <pelorus/tables/chpe_metadata.def>
} pel_chpe_metadata;

/** IMAGE_CHPE_RANGE_ENTRY: 8 bytes. */
typedef struct pel_chpe_range {
#include <pelorus/tables/chpe_range.def>
} pel_chpe_range;

/** IMAGE_ARM64EC_METADATA: 80 bytes in version 1, 92 from 2 on. */
typedef struct pel_arm64ec_metadata {
#include <pelorus/tables/arm64ec_metadata.def>
} pel_arm64ec_metadata;

/** IMAGE_ARM64EC_CODE_MAP_ENTRY: 8 bytes. */
typedef struct pel_arm64ec_code_map {
#include <pelorus/tables/arm64ec_code_map.def>
} pel_arm64ec_code_map;

/** IMAGE_ARM64EC_REDIRECTION_ENTRY: 8 bytes. */
typedef struct pel_arm64ec_redirection {
#include <pelorus/tables/arm64ec_redirection.def>
} pel_arm64ec_redirection;

/** IMAGE_ARM64EC_CODE_RANGE_ENTRY_POINT: 12 bytes. */
typedef struct pel_arm64ec_entry_point {
#include <pelorus/tables/arm64ec_entry_point.def>
} pel_arm64ec_entry_point;

/** IMAGE_HOT_PATCH_INFO: 20 bytes in version 1, 24 in 2, 28 in 3, 36 from 4 on. */
typedef struct pel_hot_patch_info {
#include <pelorus/tables/hot_patch_info.def>
} pel_hot_patch_info;

/** IMAGE_HOT_PATCH_BASE: 28 bytes in version 1, 32 from 2 on. */
typedef struct pel_hot_patch_base {
#include <pelorus/tables/hot_patch_base.def>
} pel_hot_patch_base;

/** IMAGE_HOT_PATCH_HASHES: 52 bytes. */
typedef struct pel_hot_patch_hashes {
#include <pelorus/tables/hot_patch_hashes.def>
} pel_hot_patch_hashes;

/** IMAGE_ENCLAVE_CONFIG: 76 bytes in PE32, 80 in PE32+. */
typedef struct pel_enclave_config {
#include <pelorus/tables/enclave_config.def>
} pel_enclave_config;

/** IMAGE_ENCLAVE_IMPORT: 80 bytes. */
typedef struct pel_enclave_import {
#include <pelorus/tables/enclave_import.def>
} pel_enclave_import;

/** IMAGE_VOLATILE_METADATA: 24 bytes. */
typedef struct pel_volatile_metadata {
#include <pelorus/tables/volatile_metadata.def>
} pel_volatile_metadata;

/** VOLATILE_ACCESS_ENTRY: 4 bytes. */
typedef struct pel_volatile_access {
#include <pelorus/tables/volatile_access.def>
} pel_volatile_access;

/** VOLATILE_RANGE_ENTRY: 8 bytes. */
typedef struct pel_volatile_range {
#include <pelorus/tables/volatile_range.def>
} pel_volatile_range;

/** IMAGE_POLICY_METADATA: 16 bytes, then the policies. */
typedef struct pel_policy_metadata {
#include <pelorus/tables/policy_metadata.def>
} pel_policy_metadata;

/** IMAGE_POLICY_ENTRY: 16 bytes. */
typedef struct pel_policy_entry {
#include <pelorus/tables/policy_entry.def>
} pel_policy_entry;

#include <pelorus/tables/members_end.def>

#ifdef __cplusplus
}
#endif
#endif
