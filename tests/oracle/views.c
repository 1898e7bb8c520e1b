/* SPDX-License-Identifier: Apache-2.0 */
/* views.exe FOLDER FILE...: how the loader that runs this program lays files out.
 *
 * Each file is loaded twice, at the base it prefers and once more with that base taken. Every time
 * one line of JSON on stdout has the base and what VirtualQuery says of the view, and N.bin in
 * FOLDER, N counted from 0, has its bytes. A file that cannot be loaded has a line with `error`. */
#include <stdio.h>
#include <windows.h>

typedef struct output {
    const wchar_t *folder;
    unsigned next; /* number of the next N.bin */
} output;

/* The regions of the allocation at `base`, into the line; gives its size. */
static SIZE_T print_regions(const BYTE *base)
{
    MEMORY_BASIC_INFORMATION m;
    SIZE_T size = 0;
    while (VirtualQuery(base + size, &m, sizeof m) == sizeof m && m.AllocationBase == base) {
        printf("%s[%llu,%llu,%lu,%lu,%lu,%lu]", size ? "," : "", (unsigned long long)size,
               (unsigned long long)m.RegionSize, m.State, m.Protect, m.AllocationProtect, m.Type);
        size += m.RegionSize;
    }
    return size;
}

/* Pages without access are given one; their bytes stay as they are. */
static void make_readable(BYTE *base, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION m;
    DWORD old;
    for (SIZE_T at = 0; at < size && VirtualQuery(base + at, &m, sizeof m); at += m.RegionSize)
        if (m.Protect == PAGE_NOACCESS)
            VirtualProtect(m.BaseAddress, m.RegionSize, PAGE_READONLY, &old);
}

static BOOL write_bytes(const output *out, BYTE *base, SIZE_T size)
{
    wchar_t path[MAX_PATH];
    DWORD written = 0;
    _snwprintf(path, MAX_PATH, L"%ls\\%u.bin", out->folder, out->next);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    BOOL done = WriteFile(file, base, (DWORD)size, &written, NULL) && written == size;
    return CloseHandle(file) && done;
}

/* Gives the base, which is free again. */
static BYTE *view(output *out, const wchar_t *path)
{
    HMODULE module = LoadLibraryExW(path, NULL, DONT_RESOLVE_DLL_REFERENCES);
    BYTE *base = (BYTE *)module;
    if (!module) {
        printf("{\"error\":\"LoadLibraryExW\",\"code\":%lu}\n", GetLastError());
        return NULL;
    }
    printf("{\"bytes\":\"%u.bin\",\"base\":%llu,\"regions\":[", out->next,
           (unsigned long long)(ULONG_PTR)base);
    SIZE_T size = print_regions(base);
    make_readable(base, size);
    BOOL written = write_bytes(out, base, size);
    printf("]%s}\n", written ? "" : ",\"error\":\"WriteFile\"");
    out->next++;
    FreeLibrary(module);
    return base;
}

int wmain(int argc, wchar_t **argv)
{
    output out = { argc > 1 ? argv[1] : NULL, 0 };
    for (int i = 2; i < argc; i++) {
        BYTE *base = view(&out, argv[i]);
        void *taken = base ? VirtualAlloc(base, 1, MEM_RESERVE, PAGE_NOACCESS) : NULL;
        if (!taken)
            printf("{\"error\":\"VirtualAlloc\",\"code\":%lu}\n", GetLastError());
        else
            view(&out, argv[i]);
        if (taken)
            VirtualFree(taken, 0, MEM_RELEASE);
        fflush(stdout);
    }
    return 0;
}
