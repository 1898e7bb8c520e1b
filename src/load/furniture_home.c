/* SPDX-License-Identifier: Apache-2.0 */
/* PEB and TEB, and where they live. */
#include <pelorus/format.h>

#include "base/text.h"
#include "load/furniture_priv.h"
#include "load/load_priv.h"

#define HEAP_SEGMENT_RESERVE 0x100000u
#define HEAP_SEGMENT_COMMIT  (2 * PEL_PAGE_SIZE)
#define HEAP_TOTAL_FREE      0x10000u
#define HEAP_FREE_BLOCK      0x1000u
#define THIRTY_DAYS          (UINT64_C(30) * 24 * 3600 * 10000000) /* in 100 ns */
#define PLATFORM_NT          2
#define TIB_VERSION          0x1E00u
#define ENGLISH              0x409u
#define INITIAL_THREAD       0x400u

/* PEB and TEB lie at the top, PEB above TEB; since Windows 10 at the bottom, PEB below TEB. */
static bool is_at_top(pel_windows windows)
{
    return windows != PEL_WINDOWS_10 && windows != PEL_WINDOWS_11;
}

/* ---- PEB --------------------------------------------------------------- */

static void put_constants(pel_slab *slab, pel_va peb)
{
    pel_slab_put(slab, peb, PEL_IN_PEB_Mutant, UINT64_MAX);
    pel_slab_put(slab, peb, PEL_IN_PEB_NumberOfProcessors, 1);
    pel_slab_put(slab, peb, PEL_IN_PEB_ActiveProcessAffinityMask, 1);
    pel_slab_put(slab, peb, PEL_IN_PEB_CriticalSectionTimeout, 0 - THIRTY_DAYS);
    pel_slab_put(slab, peb, PEL_IN_PEB_HeapSegmentReserve, HEAP_SEGMENT_RESERVE);
    pel_slab_put(slab, peb, PEL_IN_PEB_HeapSegmentCommit, HEAP_SEGMENT_COMMIT);
    pel_slab_put(slab, peb, PEL_IN_PEB_HeapDeCommitTotalFreeThreshold, HEAP_TOTAL_FREE);
    pel_slab_put(slab, peb, PEL_IN_PEB_HeapDeCommitFreeBlockThreshold, HEAP_FREE_BLOCK);
    pel_slab_put(slab, peb, PEL_IN_PEB_MaximumNumberOfHeaps, PEL_HEAPS);
    pel_slab_put(slab, peb, PEL_IN_PEB_ActiveCodePage, 1252);
    pel_slab_put(slab, peb, PEL_IN_PEB_OemCodePage, 437);
    pel_ring_start(slab, pel_slab_member(slab, peb, PEL_IN_PEB_FlsListHead));
}

/* A Win32VersionValue other than 0 stands for the version: major and minor in a byte each, 14 bits
 * of build, and two of platform, turned round. */
static void put_version(pel_slab *slab, const pel_furniture_request *request,
                        const pel_furniture_places *places, uint32_t instead)
{
    pel_va peb = places->peb;
    pel_windows_version v = pel_windows_version_of(request->windows, request->host);
    pel_slab_put(slab, peb, PEL_IN_PEB_OSMajorVersion, instead ? instead & 0xFF : v.major);
    pel_slab_put(slab, peb, PEL_IN_PEB_OSMinorVersion, instead ? instead >> 8 & 0xFF : v.minor);
    pel_slab_put(slab, peb, PEL_IN_PEB_OSBuildNumber, instead ? instead >> 16 & 0x3FFF : v.build);
    pel_slab_put(slab, peb, PEL_IN_PEB_OSPlatformId,
                 instead ? instead >> 30 ^ PLATFORM_NT : PLATFORM_NT);
    pel_slab_put(slab, peb, PEL_IN_PEB_OSCSDVersion, v.service_pack);
    uint64_t length = 2 * pel_utf16_units(pel_str_of(v.service_pack_name));
    pel_slab_put_string(slab, peb, PEL_IN_PEB_CSDVersion, places->service_pack, length, length + 2);
    pel_slab_put(slab, peb, PEL_IN_PEB_SessionId, request->windows != PEL_WINDOWS_XP);
}

static uint8_t bit_field(const pel_furniture_request *request, const pel_image *program)
{
    pel_section_image_information info;
    pel_load_options options = { .windows = request->windows, .host = request->host };
    if (pel_image_section_information(program, &options, &info) != PEL_OK ||
        !(info.image_flags & PEL_INFO_ImageDynamicallyRelocated))
        return 0;
    return request->windows == PEL_WINDOWS_7 ? 1 << 3 : 1 << 2;
}

static void put_program(pel_slab *slab, const pel_furniture_request *request,
                        const pel_furniture_places *places)
{
    pel_va peb = places->peb;
    const pel_image *program = request->modules[0].image;
    const pel_optional_header *o = program ? pel_image_optional_header(program) : NULL;
    pel_slab_put(slab, peb, PEL_IN_PEB_ImageBaseAddress, request->modules[0].base.v);
    put_version(slab, request, places, o ? o->win32_version : 0);
    if (!o)
        return;
    pel_slab_put(slab, peb, PEL_IN_PEB_BitField, bit_field(request, program));
    pel_slab_put(slab, peb, PEL_IN_PEB_ImageSubsystem, o->subsystem);
    pel_slab_put(slab, peb, PEL_IN_PEB_ImageSubsystemMajorVersion, o->subsystem_major);
    pel_slab_put(slab, peb, PEL_IN_PEB_ImageSubsystemMinorVersion, o->subsystem_minor);
}

static void put_peb(pel_slab *slab, const pel_furniture_request *request,
                    const pel_furniture_places *places)
{
    pel_va peb = places->peb;
    put_constants(slab, peb);
    put_program(slab, request, places);
    pel_slab_put(slab, peb, PEL_IN_PEB_Ldr, places->ldr.v);
    pel_slab_put(slab, peb, PEL_IN_PEB_ProcessParameters, places->parameters.v);
    pel_slab_put(slab, peb, PEL_IN_PEB_ProcessHeap, request->heap.v);
    pel_slab_put(slab, peb, PEL_IN_PEB_NumberOfHeaps, request->heap.v != 0);
    pel_slab_put(slab, peb, PEL_IN_PEB_ProcessHeaps, places->heaps.v);
    pel_slab_put(slab, peb, PEL_IN_PEB_ApiSetMap, request->api_set_map.v);
}

/* ---- TEB --------------------------------------------------------------- */

static void put_stack(pel_slab *slab, pel_va teb, const pel_stack *stack)
{
    pel_slab_put(slab, teb, PEL_IN_TEB_StackBase, stack->base.v);
    pel_slab_put(slab, teb, PEL_IN_TEB_StackLimit, stack->limit.v);
    pel_slab_put(slab, teb, PEL_IN_TEB_DeallocationStack, stack->allocation_base.v);
}

static void put_teb(pel_slab *slab, const pel_furniture_request *request,
                    const pel_furniture_places *places)
{
    pel_va teb = places->teb;
    pel_va buffer = pel_slab_member(slab, teb, PEL_IN_TEB_StaticUnicodeBuffer);
    pel_slab_put(slab, teb, PEL_IN_TEB_ExceptionList, slab->wide ? 0 : UINT64_MAX);
    if (request->stack)
        put_stack(slab, teb, request->stack);
    pel_slab_put(slab, teb, PEL_IN_TEB_FiberData, TIB_VERSION);
    pel_slab_put(slab, teb, PEL_IN_TEB_Self, teb.v);
    pel_slab_put(slab, teb, PEL_IN_TEB_UniqueProcess, request->process_id);
    pel_slab_put(slab, teb, PEL_IN_TEB_UniqueThread, request->thread_id);
    pel_slab_put(slab, teb, PEL_IN_TEB_RealUniqueProcess, request->process_id);
    pel_slab_put(slab, teb, PEL_IN_TEB_RealUniqueThread, request->thread_id);
    pel_slab_put(slab, teb, PEL_IN_TEB_ThreadLocalStoragePointer, request->tls_array.v);
    pel_slab_put(slab, teb, PEL_IN_TEB_ProcessEnvironmentBlock, places->peb.v);
    pel_slab_put(slab, teb, PEL_IN_TEB_CurrentLocale, ENGLISH);
    pel_slab_put_string(slab, teb, PEL_IN_TEB_StaticUnicodeString, buffer, 0, 2 * 261);
    pel_slab_put(slab, teb, PEL_IN_TEB_SameTebFlags, INITIAL_THREAD);
}

/* The 32-bit TEB outgrew its page with Windows 11. */
static uint64_t teb_pages(const pel_furniture_request *request)
{
    return request->wide || request->windows == PEL_WINDOWS_11 ? 2 : 1;
}

void pel_furniture_home(pel_slab *slab, const pel_furniture_request *request,
                        pel_furniture_places *places)
{
    uint64_t teb = teb_pages(request) * PEL_PAGE_SIZE;
    pel_va at = pel_slab_take(slab, PEL_PAGE_SIZE + teb, PEL_PAGE_SIZE);
    bool top = is_at_top(request->windows);
    places->peb.v = at.v + (top ? teb : 0);
    places->teb.v = at.v + (top ? 0 : PEL_PAGE_SIZE);
    put_peb(slab, request, places);
    put_teb(slab, request, places);
}

/* ---- places ------------------------------------------------------------ */

/* Where the highest page below which PEB and TEB go is: below the shared page, or for 32-bit
 * programs on a 64-bit Windows below what is the system's there; for 64-bit programs at the end of
 * 8 TiB. */
#define TOP_32  UINT64_C(0x7FFDFFFF)
#define TOP_WOW UINT64_C(0x7EFDFFFF)
#define TOP_64  UINT64_C(0x7FFFFFDFFFF)

#define BOTTOM_REGION 0x200000u /* since Windows 10: a region for PEB and TEBs, at its own size */

static bool is_wow64(const pel_furniture_request *request)
{
    return !request->wide && request->host != PEL_HOST_X86;
}

/* Pages that Windows leaves out, by chance, of `pages` that there are. */
static uint64_t drawn_pages(const pel_furniture_request *request, uint64_t pages)
{
    uint64_t state = request->seed;
    return request->seed ? pel_random_next(&state) % pages : 0;
}

static pel_ntstatus reserve_at(pel_space *space, uint64_t size, pel_va *base)
{
    return pel_space_allocate(space, base, &size, PEL_MEM_RESERVE, PEL_PAGE_READWRITE);
}

static pel_ntstatus place_at_top(pel_space *space, const pel_furniture_request *request,
                                 uint64_t size, pel_va *region, pel_va *home)
{
    bool wow = is_wow64(request);
    pel_va lowest = { PEL_GRANULARITY }, highest = { wow ? TOP_WOW : TOP_32 };
    if (request->wide)
        highest.v = TOP_64;
    if (request->highest.v && request->highest.v < highest.v)
        highest = request->highest;
    pel_ntstatus nt = pel_space_find_free(space, PEL_GRANULARITY, lowest, highest, true, region);
    if (pel_nt_success(nt))
        nt = reserve_at(space, PEL_GRANULARITY, region);
    uint64_t above = wow ? PEL_PAGE_SIZE : 0; /* the 64-bit PEB would be there */
    uint64_t slots = (PEL_GRANULARITY - above - size) / PEL_PAGE_SIZE + 1;
    above += drawn_pages(request, slots) * PEL_PAGE_SIZE;
    home->v = region->v + PEL_GRANULARITY - above - size;
    return nt;
}

/* The lowest free place at a multiple of its own size. */
static pel_ntstatus place_at_bottom(pel_space *space, const pel_furniture_request *request,
                                    uint64_t size, pel_va *region, pel_va *home)
{
    pel_va highest = request->highest;
    pel_va lowest = { BOTTOM_REGION };
    pel_ntstatus nt;
    if (highest.v == 0)
        highest.v = UINT64_MAX;
    for (;; lowest.v = pel_round_up(region->v, BOTTOM_REGION)) {
        nt = pel_space_find_free(space, BOTTOM_REGION, lowest, highest, false, region);
        if (!pel_nt_success(nt) || region->v % BOTTOM_REGION == 0)
            break;
    }
    if (pel_nt_success(nt))
        nt = reserve_at(space, BOTTOM_REGION, region);
    uint64_t below = is_wow64(request) ? PEL_PAGE_SIZE : 0; /* the 64-bit PEB would be there */
    uint64_t slots = (BOTTOM_REGION - below - size) / PEL_PAGE_SIZE + 1;
    home->v = region->v + below + drawn_pages(request, slots) * PEL_PAGE_SIZE;
    return nt;
}

pel_ntstatus pel_furniture_place_home(pel_space *space, const pel_furniture_request *request,
                                      uint64_t size, pel_va *region, pel_va *home)
{
    return (is_at_top(request->windows) ? place_at_top : place_at_bottom)(space, request, size,
                                                                          region, home);
}
