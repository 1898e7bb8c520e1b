/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/loader.h>
#include <string.h>

static const char *const windows_names[] = {
    [PEL_WINDOWS_11] = "11", [PEL_WINDOWS_10] = "10", [PEL_WINDOWS_8] = "8",
    [PEL_WINDOWS_7] = "7",   [PEL_WINDOWS_XP] = "xp", [PEL_WINDOWS_UEFI] = "uefi",
};
static const char *const host_names[] = {
    [PEL_HOST_X64] = "x64",
    [PEL_HOST_X86] = "x86",
    [PEL_HOST_ARM64] = "arm64",
};
static const char *const stage_names[] = {
    [PEL_STAGE_SECTION] = "section",
    [PEL_STAGE_MAP] = "map",
    [PEL_STAGE_PROCESS] = "process",
    [PEL_STAGE_LOAD] = "load",
};
static const char *const certainty_names[] = {
    [PEL_VERIFIED] = "verified",
    [PEL_DOCUMENTED] = "documented",
    [PEL_INFERRED] = "inferred",
    [PEL_UNKNOWN] = "unknown",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *name_in(const char *const *names, size_t count, unsigned value)
{
    return value < count ? names[value] : "?";
}

static pel_status value_in(const char *const *names, size_t count, const char *name, unsigned *out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (unsigned)i;
            return PEL_OK;
        }
    }
    return PEL_NOT_FOUND;
}

const char *pel_windows_name(pel_windows windows)
{
    return name_in(windows_names, COUNT(windows_names), windows);
}

static const pel_windows_version versions[] = {
    [PEL_WINDOWS_11] = { 10, 0, 22631, 0, "" },
    [PEL_WINDOWS_10] = { 10, 0, 19045, 0, "" },
    [PEL_WINDOWS_8] = { 6, 2, 9200, 0, "" },
    [PEL_WINDOWS_7] = { 6, 1, 7601, 0x100, "Service Pack 1" },
    [PEL_WINDOWS_XP] = { 5, 1, 2600, 0x300, "Service Pack 3" },
};

pel_windows_version pel_windows_version_of(pel_windows windows, pel_host host)
{
    const pel_windows_version xp_x64 = { 5, 2, 3790, 0x200, "Service Pack 2" };
    if (windows == PEL_WINDOWS_XP && host == PEL_HOST_X64)
        return xp_x64;
    return versions[(size_t)windows < COUNT(versions) ? windows : PEL_WINDOWS_11];
}

const char *pel_host_name(pel_host host) { return name_in(host_names, COUNT(host_names), host); }

const char *pel_stage_name(pel_stage stage)
{
    return name_in(stage_names, COUNT(stage_names), stage);
}

const char *pel_certainty_name(pel_certainty certainty)
{
    return name_in(certainty_names, COUNT(certainty_names), certainty);
}

pel_status pel_windows_from_name(const char *name, pel_windows *out)
{
    unsigned value = 0;
    PEL_TRY(value_in(windows_names, COUNT(windows_names), name, &value));
    *out = (pel_windows)value;
    return PEL_OK;
}

pel_status pel_host_from_name(const char *name, pel_host *out)
{
    unsigned value = 0;
    PEL_TRY(value_in(host_names, COUNT(host_names), name, &value));
    *out = (pel_host)value;
    return PEL_OK;
}
