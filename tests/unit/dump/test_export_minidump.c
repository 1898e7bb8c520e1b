/* SPDX-License-Identifier: Apache-2.0 */
/* Minidumps, byte by byte, as minidumpapiset.h and winnt.h (Windows SDK documentation) lay them
 * out. Offsets are typed from there, not taken from our lists. */
#include "export_fixture.h"

static collected got;

#define STACK_LIMIT 0x11000
#define STACK_BASE  0x12000

static const pel_export_module modules[] = {
    { .name = "p\xC3\xA9\xF0\x9F\x98\x80\xFF.exe",
      .base = { 0x140000000 },
      .size = 0x5000,
      .checksum = 0x1234,
      .timestamp = 0x65920080 },
};
static const pel_export_thread threads[] = {
    { .id = 0x3EC,
      .start = { 0x140001000 },
      .argument = { 0x140001234 },
      .peb = { 0x7FF000 },
      .teb = { 0x7FE000 },
      .stack_limit = { STACK_LIMIT },
      .stack_base = { STACK_BASE } },
};

/* Two pages that are committed and two that are reserved; one module, one thread. */
static vm small(uint16_t machine, pel_minidump_source *source)
{
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, 0x10000, 0x4000, RESERVE, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x10000, 0x2000, COMMIT, RW));
    put(v.s, STACK_BASE - 1, 0x5A);
    *source = (pel_minidump_source){ .space = v.s,
                                     .machine = machine,
                                     .pid = 0x4D2,
                                     .time = 0x11223344,
                                     .modules = modules,
                                     .module_count = 1,
                                     .threads = threads,
                                     .thread_count = 1 };
    return v;
}

static pel_minidump_info export_whole(const pel_minidump_source *source)
{
    pel_minidump_info info;
    ck_ok(pel_export_minidump(source, collect_into(&got), &info));
    ck_assert_uint_eq(info.size, got.size);
    return info;
}

static pel_minidump_info export_small(uint16_t machine)
{
    pel_minidump_source source;
    vm v = small(machine, &source);
    pel_minidump_info info = export_whole(&source);
    vm_free(&v);
    return info;
}

/* ---- literal bytes -------------------------------------------------------- */

/* MINIDUMP_HEADER, and a MINIDUMP_DIRECTORY for each stream. */
static const uint8_t front[] = {
    'M', 'D', 'M', 'P', 0x93, 0xA7, 0,    0,    6,    0,    0, 0, 0x20, 0, 0, 0, /* CheckSum: */
    0,   0,   0,   0,   0x44, 0x33, 0x22, 0x11, 0x02, 0x08, 0, 0, 0,    0, 0, 0, /**/
    7,   0,   0,   0,   0x38, 0,    0,    0,    0x68, 0,    0, 0,                /* system */
    15,  0,   0,   0,   0x18, 0,    0,    0,    0xA8, 0,    0, 0,                /* misc */
    3,   0,   0,   0,   0x34, 0,    0,    0,    0xC0, 0,    0, 0,                /* threads */
    4,   0,   0,   0,   0x70, 0,    0,    0,    0xD0, 0x05, 0, 0,                /* modules */
    16,  0,   0,   0,   0xD0, 0,    0,    0,    0x58, 0x06, 0, 0,                /* regions */
    9,   0,   0,   0,   0x20, 0,    0,    0,    0x28, 0x07, 0, 0,                /* ranges */
};

/* MINIDUMP_SYSTEM_INFO of Windows 11, the empty string of its service pack, and MINIDUMP_MISC_INFO.
 */
static const uint8_t system_and_misc[] = {
    9,    0, 6, 0, 0, 0, 1, 1, 10,   0, 0, 0, 0, 0, 0, 0, 0x67, 0x58, 0, 0, 2, 0, 0, 0,
    0xA0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0,
    0,    0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0,                               /* string */
    0x18, 0, 0, 0, 1, 0, 0, 0, 0xD2, 4, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, /* misc */
};

/* Their number, and a MINIDUMP_THREAD. */
static const uint8_t thread_list[] = {
    1,    0,    0,    0, /* NumberOfThreads */
    0xEC, 3,    0,    0, 1, 0,    0, 0,
    0x20, 0,    0,    0, 0, 0,    0, 0, /* SuspendCount, PriorityClass */
    0,    0xE0, 0x7F, 0, 0, 0,    0, 0,
    0,    0x10, 1,    0, 0, 0,    0, 0, /* Teb, stack */
    0,    0x10, 0,    0, 0, 0x20, 0, 0,
    0xD0, 4,    0,    0, 0, 1,    0, 0, /* stack, context */
};

/* Their number, a MINIDUMP_MODULE up to VersionInfo, and behind it the name. */
static const uint8_t module_list[] = {
    1, 0, 0,    0,    0, 0, 0,    0x40, 1,    0,    0,    0, 0, 0x50,
    0, 0, 0x34, 0x12, 0, 0, 0x80, 0,    0x92, 0x65, 0x40, 6, 0, 0,
};
static const uint8_t module_name[] = {
    18,   0,    0,   0, 'p', 0, 0xE9, 0, 0x3D, 0xD8, 0x00, 0xDE,
    0xFD, 0xFF, '.', 0, 'e', 0, 'x',  0, 'e',  0,    0,    0,
};

START_TEST(header_and_directory_are_those_of_minidumpapiset_h)
{
    pel_minidump_info info = export_small(PEL_MACHINE_AMD64);
    ck_bytes(&got, 0, front, sizeof front);
    ck_bytes(&got, 0x68, system_and_misc, sizeof system_and_misc);
    ck_bytes(&got, 0xC0, thread_list, sizeof thread_list);
    ck_bytes(&got, 0x5D0, module_list, sizeof module_list);
    ck_bytes(&got, 0x640, module_name, sizeof module_name);
    ck_assert_uint_eq(info.size, 0x3000);
    ck_assert_uint_eq(info.modules, 1);
    ck_assert_uint_eq(info.threads, 1);
    ck_hex((uint8_t)got.text[0x2FFF], 0x5A); /* the top of the stack */
}
END_TEST

/* MINIDUMP_MEMORY_INFO_LIST with one free, one committed, one reserved, one free region. */
static const field region_fields[] = {
    { 0x00, 4, 16 },      { 0x04, 4, 48 },      { 0x08, 8, 4 },       { 0x10, 8, 0 },
    { 0x28, 8, 0x10000 }, { 0x30, 4, 0x10000 }, { 0x34, 4, 1 },       { 0x40, 8, 0x10000 },
    { 0x48, 8, 0x10000 }, { 0x50, 4, 4 },       { 0x58, 8, 0x2000 },  { 0x60, 4, 0x1000 },
    { 0x64, 4, 4 },       { 0x68, 4, 0x20000 }, { 0x70, 8, 0x12000 }, { 0x78, 8, 0x10000 },
    { 0x80, 4, 4 },       { 0x88, 8, 0x2000 },  { 0x90, 4, 0x2000 },  { 0x94, 4, 0 },
    { 0x98, 4, 0x20000 }, { 0xA0, 8, 0x14000 }, { 0xA8, 8, 0 },       { 0xB8, 8, 0x7FFFFFFDC000 },
    { 0xC0, 4, 0x10000 }, { 0xC4, 4, 1 },       { 0xC8, 4, 0 },
};
/* MINIDUMP_MEMORY64_LIST: where the bytes begin, and the one range that is there. */
static const field range_fields[] = {
    { 0x00, 8, 1 },
    { 0x08, 8, 0x1000 },
    { 0x10, 8, 0x10000 },
    { 0x18, 8, 0x2000 },
};
#define FIELDS(list) list, sizeof list / sizeof list[0]

START_TEST(regions_are_those_of_virtual_query)
{
    pel_minidump_info info = export_small(PEL_MACHINE_AMD64);
    ck_fields(&got, 0x658, FIELDS(region_fields));
    ck_fields(&got, 0x728, FIELDS(range_fields));
    ck_assert_uint_eq(info.regions, 4);
    ck_assert_uint_eq(info.ranges, 1);
    ck_hex(info.memory_bytes, 0x2000);
}
END_TEST

/* ---- registers ------------------------------------------------------------ */

static const field context64[] = {
    { 0x30, 4, 0x10001F },
    { 0x34, 4, 0x1F80 },
    { 0x38, 2, 0x33 },
    { 0x3A, 2, 0x2B },
    { 0x3C, 2, 0x2B },
    { 0x3E, 2, 0x53 },
    { 0x40, 2, 0x2B },
    { 0x42, 2, 0x2B },
    { 0x44, 4, 0x202 },
    { 0x78, 8, 0 },
    { 0x80, 8, 0x140001234 },
    { 0x88, 8, 0x7FF000 },
    { 0x98, 8, STACK_BASE - 0x28 },
    { 0xF8, 8, 0x140001000 },
    { 0x100, 2, 0x27F },
    { 0x118, 4, 0x1F80 },
    { 0x11C, 4, 0xFFFF },
};
static const field context_wow[] = {
    { 0x00, 4, 0x1001F },        { 0x1C, 4, 0x27F },    { 0x24, 4, 0xFFFF },
    { 0x8C, 4, 0x2B },           { 0x90, 4, 0x53 },     { 0x94, 4, 0x2B },
    { 0x98, 4, 0x2B },           { 0xA4, 4, 0x7FF000 }, { 0xB0, 4, 0x40001234 },
    { 0xB8, 4, 0x40001000 },     { 0xBC, 4, 0x23 },     { 0xC0, 4, 0x202 },
    { 0xC4, 4, STACK_BASE - 8 }, { 0xC8, 4, 0x2B },
};
static const field context_x86[] = {
    { 0x00, 4, 0x1001F }, { 0x8C, 4, 0 },    { 0x90, 4, 0x3B },  { 0x94, 4, 0x23 },
    { 0x98, 4, 0x23 },    { 0xBC, 4, 0x1B }, { 0xC0, 4, 0x202 }, { 0xC8, 4, 0x23 },
};

static const struct {
    uint16_t machine;
    pel_host host;
    uint32_t size;
    const field *fields;
    size_t count;
} contexts[] = {
    { PEL_MACHINE_AMD64, PEL_HOST_X64, 1232, FIELDS(context64) },
    { PEL_MACHINE_I386, PEL_HOST_X64, 716, FIELDS(context_wow) },
    { PEL_MACHINE_I386, PEL_HOST_X86, 716, FIELDS(context_x86) },
};

START_TEST(registers_are_as_before_the_first_instruction)
{
    pel_minidump_source source;
    vm v = small(contexts[_i].machine, &source);
    source.host = contexts[_i].host;
    export_whole(&source);
    ck_hex(le(&got, 0xEC, 4), contexts[_i].size);
    ck_hex(le(&got, 0xF0, 4), 0x100);
    ck_fields(&got, 0x100, contexts[_i].fields, contexts[_i].count);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_pointer_that_is_told_is_taken)
{
    pel_export_thread thread = threads[0];
    pel_minidump_source source;
    vm v = small(PEL_MACHINE_AMD64, &source);
    thread.stack_pointer = va_of(0x11800);
    source.threads = &thread;
    export_whole(&source);
    ck_hex(le(&got, 0x198, 8), 0x11800);
    vm_free(&v);
}
END_TEST

/* ---- the system ----------------------------------------------------------- */

static const struct {
    uint16_t machine;
    pel_windows windows;
    uint16_t architecture, level;
    uint32_t major, minor, build;
    uint32_t threads;
    pel_host host;
    char pack; /* digit of the service pack; 0: none */
} systems[] = {
    { PEL_MACHINE_AMD64, PEL_WINDOWS_10, 9, 6, 10, 0, 19045, 1, PEL_HOST_X64, 0 },
    { PEL_MACHINE_AMD64, PEL_WINDOWS_8, 9, 6, 6, 2, 9200, 1, PEL_HOST_X64, 0 },
    { PEL_MACHINE_I386, PEL_WINDOWS_7, 0, 6, 6, 1, 7601, 1, PEL_HOST_X64, '1' },
    { PEL_MACHINE_I386, PEL_WINDOWS_XP, 0, 6, 5, 1, 2600, 1, PEL_HOST_X86, '3' },
    { PEL_MACHINE_I386, PEL_WINDOWS_XP, 0, 6, 5, 2, 3790, 1, PEL_HOST_X64, '2' },
    { PEL_MACHINE_ARMNT, PEL_WINDOWS_11, 5, 0, 10, 0, 22631, 0, PEL_HOST_X64, 0 },
    { PEL_MACHINE_ARM64, PEL_WINDOWS_11, 12, 0, 10, 0, 22631, 0, PEL_HOST_X64, 0 },
    { 0x1234, PEL_WINDOWS_11, 0xFFFF, 0, 10, 0, 22631, 0, PEL_HOST_X64, 0 },
};

START_TEST(the_system_is_the_one_that_was_asked_for)
{
    pel_minidump_source source;
    vm v = small(systems[_i].machine, &source);
    source.windows = systems[_i].windows;
    source.host = systems[_i].host;
    pel_minidump_info info = export_whole(&source);
    ck_hex(le(&got, 0x68, 2), systems[_i].architecture);
    ck_hex(le(&got, 0x6A, 2), systems[_i].level);
    ck_assert_uint_eq(le(&got, 0x70, 4), systems[_i].major);
    ck_assert_uint_eq(le(&got, 0x74, 4), systems[_i].minor);
    ck_assert_uint_eq(le(&got, 0x78, 4), systems[_i].build);
    uint64_t csd = le(&got, 0x80, 4), list = le(&got, 0x20 + 2 * 12 + 8, 4);
    ck_assert_uint_eq(le(&got, csd, 4), systems[_i].pack ? 28 : 0); /* "Service Pack 1" */
    if (systems[_i].pack)
        ck_hex(le(&got, csd + 4 + 26, 4), systems[_i].pack); /* and a zero behind it */
    ck_assert_uint_eq(le(&got, list, 4), systems[_i].threads);
    ck_assert_uint_eq(info.threads, systems[_i].threads);
    vm_free(&v);
}
END_TEST

/* ---- all of it together --------------------------------------------------- */

START_TEST(streams_do_not_overlap_and_have_names)
{
    static const char *const names[] = { "SystemInfoStream",     "MiscInfoStream",
                                         "ThreadListStream",     "ModuleListStream",
                                         "MemoryInfoListStream", "Memory64ListStream" };
    pel_minidump_info info = export_small(PEL_MACHINE_I386);
    uint64_t end = 32 + 6 * 12;
    for (unsigned i = 0; i < PEL_MINIDUMP_STREAMS; i++) {
        ck_assert_str_eq(pel_minidump_stream_name((pel_minidump_stream)i), names[i]);
        ck_hex(le(&got, 32 + 12 * i, 4), info.streams[i].type);
        ck_hex(le(&got, 36 + 12 * i, 4), info.streams[i].size);
        ck_hex(le(&got, 40 + 12 * i, 4), info.streams[i].offset);
        ck_assert_uint_ge(info.streams[i].offset, end);
        end = (uint64_t)info.streams[i].offset + info.streams[i].size;
    }
    ck_assert_uint_le(end, info.size - info.memory_bytes);
    ck_assert_str_eq(pel_minidump_stream_name(PEL_MINIDUMP_STREAMS), "?");
}
END_TEST

START_TEST(an_empty_space_has_one_free_region)
{
    vm v = vm_new(0);
    pel_minidump_info info = export_whole(&(pel_minidump_source){ .space = v.s });
    ck_assert_uint_eq(info.regions, 1);
    ck_assert_uint_eq(info.ranges, 0);
    ck_assert_uint_eq(info.memory_bytes, 0);
    ck_assert_uint_eq(info.size, 0x1000); /* one page, rounded up */
    ck_assert_uint_eq(le(&got, info.streams[PEL_MINIDUMP_MODULE_LIST].offset, 4), 0);
    ck_assert_uint_eq(le(&got, info.streams[PEL_MINIDUMP_THREAD_LIST].offset, 4), 0);
    ck_assert_uint_eq(le(&got, info.streams[PEL_MINIDUMP_MEMORY64_LIST].offset, 8), 0);
    vm_free(&v);
}
END_TEST

PEL_TESTS(dump_export_minidump)
{
    tcase_add_test(tests, header_and_directory_are_those_of_minidumpapiset_h);
    tcase_add_test(tests, regions_are_those_of_virtual_query);
    tcase_add_loop_test(tests, registers_are_as_before_the_first_instruction, 0,
                        sizeof contexts / sizeof contexts[0]);
    tcase_add_test(tests, a_stack_pointer_that_is_told_is_taken);
    tcase_add_loop_test(tests, the_system_is_the_one_that_was_asked_for, 0,
                        sizeof systems / sizeof systems[0]);
    tcase_add_test(tests, streams_do_not_overlap_and_have_names);
    tcase_add_test(tests, an_empty_space_has_one_free_region);
}
