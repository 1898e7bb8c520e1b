/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/ntstatus.h>
#include <string.h>

const char *pel_status_name(pel_status status)
{
    switch (status) {
    case PEL_OK: return "PEL_OK";
    case PEL_BAD_ARG: return "PEL_BAD_ARG";
    case PEL_NO_MEMORY: return "PEL_NO_MEMORY";
    case PEL_IO: return "PEL_IO";
    case PEL_NOT_FOUND: return "PEL_NOT_FOUND";
    case PEL_TRUNCATED: return "PEL_TRUNCATED";
    case PEL_MALFORMED: return "PEL_MALFORMED";
    case PEL_LIMIT: return "PEL_LIMIT";
    case PEL_REFUSED: return "PEL_REFUSED";
    }
    return "PEL_?";
}

#define ERROR_MR_MID_NOT_FOUND 317

static const struct {
    pel_ntstatus value;
    uint32_t win32;
    const char *name, *text;
} statuses[] = {
#define X(name, value, win32, text) { value, win32, "STATUS_" #name, text },
#include <pelorus/tables/ntstatus.def>
#undef X
#define X(name, code, text)                                                                        \
    { (pel_ntstatus)PEL_STATUS_EFI_##name, ERROR_MR_MID_NOT_FOUND, "EFI_" #name, text },
#include <pelorus/tables/efi_status.def>
#undef X
};

#define STATUS_COUNT (sizeof statuses / sizeof statuses[0])

static size_t find(pel_ntstatus status)
{
    size_t i = 0;
    while (i < STATUS_COUNT && statuses[i].value != status)
        i++;
    return i;
}

const char *pel_ntstatus_name(pel_ntstatus status)
{
    size_t i = find(status);
    return i < STATUS_COUNT ? statuses[i].name : NULL;
}

const char *pel_ntstatus_text(pel_ntstatus status)
{
    size_t i = find(status);
    return i < STATUS_COUNT ? statuses[i].text : NULL;
}

static const char *without_prefix(const char *name)
{
    const size_t prefix = strlen("STATUS_");
    return strncmp(name, "STATUS_", prefix) == 0 ? name + prefix : name;
}

pel_status pel_ntstatus_from_name(const char *name, pel_ntstatus *out)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(without_prefix(statuses[i].name), without_prefix(name)) == 0) {
            *out = statuses[i].value;
            return PEL_OK;
        }
    }
    return PEL_NOT_FOUND;
}

uint32_t pel_ntstatus_to_win32(pel_ntstatus status)
{
    size_t i = find(status);
    return i < STATUS_COUNT ? statuses[i].win32 : ERROR_MR_MID_NOT_FOUND;
}

pel_status pel_ntstatus_to_status(pel_ntstatus status)
{
    if (pel_nt_success(status))
        return PEL_OK;
    if (status == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY)
        return PEL_NO_MEMORY;
    if (status == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO)
        return PEL_IO;
    return PEL_REFUSED;
}
