/* SPDX-License-Identifier: Apache-2.0 */
/* KUSER_SHARED_DATA: what Windows shows every process of itself. No clock runs here: the time is
 * what the seed says, so that equal runs show equal bytes. */
#include <pelorus/format.h>

#include "base/text.h"
#include "load/furniture_priv.h"
#include "load/load_priv.h"
#include "schema/decode.h"

#define SECOND          UINT64_C(10000000)               /* in 100 ns */
#define START_OF_2024   (UINT64_C(13348540800) * SECOND) /* since 1601 */
#define SECONDS_A_YEAR  UINT64_C(31622400)               /* of 2024 */
#define UP_TIME         (600 * SECOND)
#define TICK            UINT64_C(156250) /* 15.625 ms */
#define TICK_MULTIPLIER 0x0FA00000u

#define WORKSTATION     1
#define SINGLE_USER     0x110u
#define LARGE_PAGE      0x200000u
#define HIGHEST_USER    0x7FFEFFFFu
#define SYSTEM_RANGE    0x80000000u
#define NX_OPT_IN       0x2u
#define SEH_OPT_IN      0x8u
#define RET_INSTRUCTION 0xC3u

/* PROCESSOR_ARCHITECTURE_* */
enum { ARCHITECTURE_INTEL = 0, ARCHITECTURE_AMD64 = 9 };

/* PF_* of the processors that our machines have: on which, and since when Windows tells. */
enum { ALL, WITH_PAE, WITH_64_BITS };
static const struct {
    uint8_t feature, where;
    bool since_8;
} features[] = {
    { 2, ALL, false },           /* COMPARE_EXCHANGE_DOUBLE */
    { 3, ALL, false },           /* MMX_INSTRUCTIONS_AVAILABLE */
    { 6, ALL, false },           /* XMMI_INSTRUCTIONS_AVAILABLE: SSE */
    { 8, ALL, false },           /* RDTSC_INSTRUCTION_AVAILABLE */
    { 9, WITH_PAE, false },      /* PAE_ENABLED */
    { 10, ALL, false },          /* XMMI64_INSTRUCTIONS_AVAILABLE: SSE2 */
    { 12, WITH_PAE, false },     /* NX_ENABLED */
    { 13, ALL, false },          /* SSE3_INSTRUCTIONS_AVAILABLE */
    { 14, WITH_64_BITS, false }, /* COMPARE_EXCHANGE128 */
    { 23, ALL, true },           /* FASTFAIL_AVAILABLE */
};

uint64_t pel_shared_system_time(uint64_t seed)
{
    uint64_t state = seed;
    return START_OF_2024 + (seed ? pel_random_next(&state) % SECONDS_A_YEAR * SECOND : 0);
}

/* LowPart, High1Time and, so that readers notice a change, High1Time again. */
static void put_time(pel_slab *slab, pel_member member, uint64_t value)
{
    uint64_t at;
    unsigned width;
    if (!pel_member_place(slab, member, &at, &width))
        return;
    pel_store_uint(slab->bytes + at, 8, value);
    pel_store_uint(slab->bytes + at + 8, 4, value >> 32);
}

static void put_times(pel_slab *slab, uint64_t seed)
{
    pel_va base = slab->base;
    pel_slab_put(slab, base, PEL_IN_SHARED_TickCountLow, UP_TIME / TICK);
    pel_slab_put(slab, base, PEL_IN_SHARED_TickCountMultiplier, TICK_MULTIPLIER);
    put_time(slab, PEL_IN_SHARED_InterruptTime, UP_TIME);
    put_time(slab, PEL_IN_SHARED_SystemTime, pel_shared_system_time(seed));
    put_time(slab, PEL_IN_SHARED_TickCount, UP_TIME / TICK);
}

static void put_features(pel_slab *slab, unsigned processor)
{
    bool old = slab->windows == PEL_WINDOWS_XP || slab->windows == PEL_WINDOWS_7;
    pel_va at = pel_slab_member(slab, slab->base, PEL_IN_SHARED_ProcessorFeatures);
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (features[i].where <= processor && !(old && features[i].since_8))
            slab->bytes[at.v - slab->base.v + features[i].feature] = 1;
}

static void put_processor(pel_slab *slab, pel_paging paging)
{
    unsigned processor = paging == PEL_PAGING_X86   ? ALL
                         : paging == PEL_PAGING_PAE ? WITH_PAE
                                                    : WITH_64_BITS;
    bool wide = processor == WITH_64_BITS;
    uint64_t machine = wide ? PEL_MACHINE_AMD64 : PEL_MACHINE_I386;
    pel_va base = slab->base;
    pel_slab_put(slab, base, PEL_IN_SHARED_ImageNumberLow, machine);
    pel_slab_put(slab, base, PEL_IN_SHARED_ImageNumberHigh, machine);
    pel_slab_put(slab, base, PEL_IN_SHARED_NativeProcessorArchitecture,
                 wide ? ARCHITECTURE_AMD64 : ARCHITECTURE_INTEL);
    pel_slab_put(slab, base, PEL_IN_SHARED_LargePageMinimum, LARGE_PAGE);
    pel_slab_put(slab, base, PEL_IN_SHARED_ActiveProcessorCount, 1);
    pel_slab_put(slab, base, PEL_IN_SHARED_ActiveGroupCount, 1);
    put_features(slab, processor);
}

static void put_system(pel_slab *slab, pel_host host)
{
    pel_va base = slab->base;
    bool xp = slab->windows == PEL_WINDOWS_XP, seven = slab->windows == PEL_WINDOWS_7;
    pel_windows_version v = pel_windows_version_of(slab->windows, host);
    pel_va root = pel_slab_member(slab, base, PEL_IN_SHARED_NtSystemRoot);
    pel_slab_put_utf16(slab, root, 2 * 259, pel_str_of("C:\\Windows"));
    pel_slab_put(slab, base, PEL_IN_SHARED_NtBuildNumber, v.build);
    pel_slab_put(slab, base, PEL_IN_SHARED_NtProductType, WORKSTATION);
    pel_slab_put(slab, base, PEL_IN_SHARED_ProductTypeIsValid, 1);
    pel_slab_put(slab, base, PEL_IN_SHARED_NtMajorVersion, v.major);
    pel_slab_put(slab, base, PEL_IN_SHARED_NtMinorVersion, v.minor);
    pel_slab_put(slab, base, PEL_IN_SHARED_HighestUserAddress, HIGHEST_USER);
    pel_slab_put(slab, base, PEL_IN_SHARED_SystemRangeStart, SYSTEM_RANGE);
    pel_slab_put(slab, base, PEL_IN_SHARED_SuiteMask, SINGLE_USER);
    pel_slab_put(slab, base, PEL_IN_SHARED_NXSupportPolicy,
                 xp || seven ? NX_OPT_IN : NX_OPT_IN | SEH_OPT_IN);
    pel_slab_put(slab, base, PEL_IN_SHARED_ActiveConsoleId, !xp);
    pel_slab_put(slab, base, PEL_IN_SHARED_ComPlusPackage, UINT64_MAX);
    pel_slab_put(slab, base, PEL_IN_SHARED_TestRetInstruction, RET_INSTRUCTION);
}

pel_ntstatus pel_shared_user_data_write(pel_space *space, pel_windows windows, uint64_t seed)
{
    uint8_t page[PEL_PAGE_SIZE] = { 0 };
    const pel_machine *machine = pel_space_machine(space);
    pel_paging paging = pel_machine_paging(machine);
    bool narrow = paging == PEL_PAGING_X86 || paging == PEL_PAGING_PAE;
    uint64_t frames = pel_machine_counters(machine).frames, state = seed;
    pel_slab slab = { .base = { PEL_SHARED_USER_DATA },
                      .bytes = page,
                      .size = sizeof page,
                      .windows = windows,
                      .wide = true };
    put_times(&slab, seed);
    put_processor(&slab, paging);
    put_system(&slab, narrow ? PEL_HOST_X86 : PEL_HOST_X64);
    pel_slab_put(&slab, slab.base, PEL_IN_SHARED_NumberOfPhysicalPages,
                 frames < UINT32_MAX ? frames : UINT32_MAX);
    pel_random_next(&state); /* SystemTime has that one */
    pel_slab_put(&slab, slab.base, PEL_IN_SHARED_Cookie, (uint32_t)pel_random_next(&state));
    return pel_space_poke(space, slab.base, page, sizeof page);
}
