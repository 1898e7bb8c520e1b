/* SPDX-License-Identifier: Apache-2.0 */
/* What Wine's RtlNtStatusToDosError makes of each status of ntstatus.def, in its order. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <windows.h>

typedef ULONG(WINAPI *convert)(LONG status);

static const uint32_t statuses[] = {
#define X(id, value, win32, text) value,
#include <pelorus/tables/ntstatus.def>
#undef X
};

int main(void)
{
    FARPROC found = GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlNtStatusToDosError");
    convert to_win32 = (convert)(void *)found;
    if (!to_win32)
        return 1;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        printf("%lu\n", to_win32((LONG)statuses[i]));
    return 0;
}
