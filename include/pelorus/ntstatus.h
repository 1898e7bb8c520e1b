/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_NTSTATUS_H
#define PELORUS_NTSTATUS_H

/* What the simulated Windows answers. The values are those of ntstatus.h in the
 * Windows SDK; tables/ntstatus.def lists the ones that this library can give. */

#include <pelorus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An NTSTATUS. Bit 31 set means failure; bit 29 marks codes that are ours, which
 *  tell of the host and not of the simulated machine. Among these are the statuses of UEFI,
 *  which is no Windows: 0xE0EF0000 and the low bits of EFI_UNSUPPORTED and others. */
typedef uint32_t pel_ntstatus;

enum pel_ntstatus_value {
#define X(name, value, win32, text) PEL_STATUS_##name = (int)(value),
#include <pelorus/tables/ntstatus.def>
#undef X
#define X(name, code, text) PEL_STATUS_EFI_##name = (int)(0xE0EF0000u | (code)),
#include <pelorus/tables/efi_status.def>
#undef X
};

/** True for success and for information such as STATUS_IMAGE_NOT_AT_BASE. */
static inline bool pel_nt_success(pel_ntstatus status) { return !(status & 0x80000000u); }

/** "STATUS_INVALID_IMAGE_FORMAT", "EFI_UNSUPPORTED", or NULL for a value that is
 *  not in the table. */
PEL_API const char *pel_ntstatus_name(pel_ntstatus status);

/** One sentence of explanation, or NULL for a value that is not in the table. */
PEL_API const char *pel_ntstatus_text(pel_ntstatus status);

/** The status called `name`, with or without "STATUS_". PEL_NOT_FOUND when there is none. */
PEL_API pel_status pel_ntstatus_from_name(const char *name, pel_ntstatus *out);

/** The Win32 error that LoadLibrary or CreateProcess make of `status`
 *  (RtlNtStatusToDosError); 0 for success, 317 (ERROR_MR_MID_NOT_FOUND) if unknown. */
PEL_API uint32_t pel_ntstatus_to_win32(pel_ntstatus status);

/** The part of `status` that the caller can act on: PEL_OK, PEL_NO_MEMORY (host),
 *  PEL_IO (host), or PEL_REFUSED (the simulated Windows said no). */
PEL_API pel_status pel_ntstatus_to_status(pel_ntstatus status);

#ifdef __cplusplus
}
#endif
#endif
