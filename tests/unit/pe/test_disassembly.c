/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of an image: where their bytes come from, where they end, and what the addresses in
 * them are called. The code is typed from the manual of the processor. */
#include <pelorus/disassembly.h>

#include "sample.h"

#define TEXT_AT   0x200u
#define TEXT_SIZE 0x40u

/* At RVA 0x1000 of a PE32+ file. */
static const uint8_t code64[] = {
    0x48, 0x83, 0xec, 0x28,                /* 1000 sub rsp, 0x28 */
    0xe8, 0x17, 0,    0,    0,             /* 1004 call 1020: the stub */
    0x48, 0x8d, 0x0d, 0xf6, 0x0f, 0,    0, /* 1009 lea rcx, [rip+0xff6]: 2006 */
    0x8b, 0x05, 0xea, 0xff, 0xff, 0xff,    /* 1010 mov eax, [1000] */
    0xeb, 0xe8,                            /* 1016 jmp 1000 */
    0xe9, 0xe3, 0xef, 0xff, 0x7f,          /* 1018 jmp: out of the image */
    0x0f, 0x0b,                            /* 101d ud2 */
    0x06,                                  /* 101f: no instruction of x64 */
    0xff, 0x25, 0x1a, 0x20, 0,    0,       /* 1020 jmp [3040]: the slot, see stub_of */
};

static sample with_code(pel_build_kind kind, const uint8_t *bytes, size_t size)
{
    sample s = sample_of(kind);
    pel_builder_patch(s.b, (pel_foff){ TEXT_AT }, bytes, size);
    pel_builder_poke(s.b, "sections[0].VirtualSize", TEXT_SIZE);
    return s;
}

/* ---- the walk ---------------------------------------------------------- */

static const struct {
    uint32_t rva;
    uint8_t size;
    pel_target_use use;
    uint64_t target;
    bool inside;
    const char *name;
} walked[] = {
    { 0x1000, 4, PEL_TARGET_NONE, 0, false, "" },
    { 0x1004, 5, PEL_TARGET_BRANCH, 0x140001020, true, ".text+0x20" },
    { 0x1009, 7, PEL_TARGET_ADDRESS, 0x140002006, true, ".data+0x6" },
    { 0x1010, 6, PEL_TARGET_MEMORY, 0x140001000, true, ".text+0x0" },
    { 0x1016, 2, PEL_TARGET_BRANCH, 0x140001000, true, ".text+0x0" },
    { 0x1018, 5, PEL_TARGET_BRANCH, 0x1c0000000, false, "" },
    { 0x101d, 2, PEL_TARGET_NONE, 0, false, "" },
};
#define WALKED (sizeof walked / sizeof walked[0])

START_TEST(instructions_follow_each_other)
{
    char name[64];
    pel_instruction i;
    sample s = with_code(PEL_BUILD_PE32PLUS, code64, sizeof code64);
    sample_parse(&s);
    ck_ok(pel_image_disassembler(s.img));
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ 0x1000 });
    for (size_t n = 0; n < WALKED; n++) {
        ck_assert(pel_code_next(&it, &i));
        ck_hex(i.rva.v, walked[n].rva);
        ck_hex(i.va.v, 0x140000000 + walked[n].rva);
        ck_assert(i.has_offset);
        ck_hex(i.offset.v, TEXT_AT + walked[n].rva - 0x1000);
        ck_assert_uint_eq(i.size, walked[n].size);
        ck_assert(memcmp(i.bytes, code64 + (walked[n].rva - 0x1000), i.size) == 0);
        ck_assert_int_eq(i.use, walked[n].use);
        ck_hex(i.target.v, walked[n].target);
        ck_assert(i.target_inside == walked[n].inside);
        pel_instruction_target(&it, &i, name, sizeof name);
        ck_assert_str_eq(name, walked[n].name);
    }
    ck_assert(!pel_code_next(&it, &i));
    ck_assert_int_eq(it.end, PEL_CODE_UNDECODABLE);
    ck_hex(it.next, 0x101f);
    ck_assert(!pel_code_next(&it, &i)); /* the end stays the end */
    sample_free(&s);
}
END_TEST

/* ---- ends -------------------------------------------------------------- */

/* From an RVA on: how many nops until which end. */
static const struct {
    edit edit;
    uint32_t rva;
    unsigned nops;
    pel_code_end end;
} ends[] = {
    { { 0 }, 0x1000, TEXT_SIZE, PEL_CODE_SECTION_END },
    { { 0 }, 0x103f, 1, PEL_CODE_SECTION_END },
    { { 0 }, 0x1040, 0, PEL_CODE_GOES_ON }, /* the tail of the page is zeros: add [rax], al */
    { { 0 }, 0x3000, 0, PEL_CODE_UNMAPPED },
    { { 0 }, 0xffffffff, 0, PEL_CODE_UNMAPPED },
    { POKE("sections[0].SizeOfRawData", 0x2000), 0x2000, 0, PEL_CODE_GOES_ON },
    { POKE("sections[0].VirtualAddress", 0x1000), 0x103e, 2, PEL_CODE_SECTION_END },
};

START_TEST(code_ends)
{
    uint8_t nops[TEXT_SIZE];
    unsigned seen = 0;
    pel_instruction i;
    memset(nops, 0x90, sizeof nops);
    sample s = with_code(PEL_BUILD_PE32PLUS, nops, sizeof nops);
    sample_edit(&s, &ends[_i].edit, 1);
    sample_parse(&s);
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ ends[_i].rva });
    while (pel_code_next(&it, &i) && i.bytes[0] == 0x90)
        seen++;
    ck_assert_uint_eq(seen, ends[_i].nops);
    ck_assert_int_eq(it.end, ends[_i].end);
    sample_free(&s);
}
END_TEST

START_TEST(an_instruction_that_the_section_cuts_is_none)
{
    static const uint8_t call[] = { 0xe8, 0, 0, 0, 0 };
    pel_instruction i;
    sample s = with_code(PEL_BUILD_PE32, call, sizeof call);
    pel_builder_poke(s.b, "sections[0].VirtualSize", 4);
    sample_parse(&s);
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ 0x1000 });
    ck_assert(!pel_code_next(&it, &i));
    ck_assert_int_eq(it.end, PEL_CODE_SECTION_END);
    sample_free(&s);
}
END_TEST

START_TEST(what_a_cut_file_lost_is_no_code)
{
    uint8_t nops[TEXT_SIZE];
    pel_instruction i;
    unsigned seen = 0;
    memset(nops, 0x90, sizeof nops);
    sample s = with_code(PEL_BUILD_PE32PLUS, nops, sizeof nops);
    pel_builder_resize(s.b, TEXT_AT + 8);
    sample_parse(&s);
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ 0x1000 });
    while (pel_code_next(&it, &i))
        seen++;
    ck_assert_uint_eq(seen, 8);
    ck_assert_int_eq(it.end, PEL_CODE_FILE_END);
    sample_free(&s);
}
END_TEST

START_TEST(memory_that_the_file_does_not_fill_is_zeros)
{
    pel_instruction i;
    sample s = with_code(PEL_BUILD_PE32PLUS, code64, sizeof code64);
    pel_builder_poke(s.b, "sections[0].SizeOfRawData", 0);
    sample_parse(&s);
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ 0x1000 });
    ck_assert(pel_code_next(&it, &i));
    ck_assert(!i.has_offset);
    ck_assert(i.size == 2 && i.bytes[0] == 0 && i.bytes[1] == 0);
    sample_free(&s);
}
END_TEST

START_TEST(other_machines_have_none)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.Machine", PEL_MACHINE_ARM64);
    sample_parse(&s);
    ck_status(PEL_NOT_FOUND, pel_image_disassembler(s.img));
    sample_free(&s);
}
END_TEST

/* ---- code for two machines --------------------------------------------- */

/* In the data section, at RVA 0x2000: a load configuration up to CHPEMetadataPointer, the metadata,
 * and two ranges. Typed from the Windows SDK: 200 and 124 are the offsets of that pointer. */
static sample with_ranges(bool wide, const uint32_t ranges[4])
{
    uint8_t nops[TEXT_SIZE], config[0x120] = { 0 };
    uint64_t base = wide ? 0x140000000 : 0x400000;
    unsigned pointer = wide ? 200 : 124;
    memset(nops, 0x90, sizeof nops);
    config[0] = (uint8_t)(pointer + (wide ? 8 : 4));
    config[1] = (uint8_t)((pointer + (wide ? 8 : 4)) >> 8);
    for (unsigned i = 0; i < (wide ? 8 : 4); i++)
        config[pointer + i] = (uint8_t)((base + 0x20f0) >> 8 * i);
    config[0xf0] = 1;                         /* Version */
    config[0xf4] = 0x00, config[0xf5] = 0x21; /* the ranges, at 0x2100 */
    config[0xf8] = 2;                         /* two of them */
    for (unsigned i = 0; i < 16; i++)
        config[0x100 + i] = (uint8_t)(ranges[i / 4] >> 8 * (i % 4));
    sample s = with_code(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32, nops, sizeof nops);
    pel_builder_patch(s.b, (pel_foff){ 0x400 }, config, sizeof config);
    pel_builder_poke(s.b, "sections[1].VirtualSize", sizeof config);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2000 },
                          config[0] | config[1] << 8);
    sample_parse(&s);
    return s;
}

static const struct {
    bool wide;
    uint32_t ranges[4];
    uint32_t rva;
    unsigned nops;
    pel_code_end end;
} ranges[] = {
    { true, { 0x1000 | 2, 0x10, 0x1010 | 1, 0x30 }, 0x1000, 0x10, PEL_CODE_FOREIGN },
    { true, { 0x1000 | 2, 0x10, 0x1010 | 1, 0x30 }, 0x1010, 0, PEL_CODE_FOREIGN },
    { true, { 0x1000, 0x10, 0x1010 | 2, 0x30 }, 0x1008, 0, PEL_CODE_FOREIGN },
    { true, { 0x1000, 0x10, 0x1010 | 2, 0x30 }, 0x1020, 0x20, PEL_CODE_SECTION_END },
    /* Between ranges it is not said what lies there. */
    { true, { 0x1000 | 1, 0x10, 0x1030 | 1, 0x10 }, 0x1010, 0x20, PEL_CODE_FOREIGN },
    { false, { 0x1000, 0x20, 0x1020 | 1, 0x20 }, 0x1000, 0x20, PEL_CODE_FOREIGN },
    { false, { 0x1000 | 1, 0x20, 0x1020, 0x20 }, 0x1020, 0x20, PEL_CODE_SECTION_END },
};

START_TEST(code_for_another_machine_is_not_decoded)
{
    pel_instruction i;
    unsigned seen = 0;
    sample s = with_ranges(ranges[_i].wide, ranges[_i].ranges);
    pel_code_iter it = pel_image_code(s.img, NULL, (pel_rva){ ranges[_i].rva });
    while (pel_code_next(&it, &i))
        seen++;
    ck_assert_uint_eq(seen, ranges[_i].nops);
    ck_assert_int_eq(it.end, ranges[_i].end);
    sample_free(&s);
}
END_TEST

/* ---- names ------------------------------------------------------------- */

static sample with_names(pel_build_kind kind, const uint8_t *code, size_t size, const char *name)
{
    pel_build_export exports[] = { { .name = name, .place = { SAMPLE_TEXT, 0 } } };
    pel_build_import imports[] = { { .dll = "msvcrt.dll", .name = "strlen" } };
    sample s = sample_bare(kind);
    pel_builder_data(s.b, pel_builder_section(s.b, ".text", SAMPLE_RX), code, size);
    pel_builder_exports(s.b, "self.dll", exports, 1);
    pel_builder_imports(s.b, imports, 1);
    sample_parse(&s);
    return s;
}

static uint32_t slot_of(const sample *s)
{
    pel_symbols *symbols;
    pel_symbol_name found;
    ck_ok(pel_symbols_new(s->img, NULL, &symbols));
    ck_ok(pel_symbols_named(symbols, (pel_str){ "msvcrt!strlen", 13 }, &found));
    pel_symbols_free(symbols);
    return found.rva.v;
}

/* A program that calls a stub, jmp [slot], and the slot itself; `start` is exported. */
static sample with_import(pel_build_kind kind)
{
    uint8_t code[] = {
        0xe8, 0x0b, 0,    0,    0,       /* 1000 call 1010 */
        0xff, 0x15, 0,    0,    0,    0, /* 1005 call [slot] */
        0xe9, 0xf0, 0xff, 0xff, 0xff,    /* 100b jmp 1000 */
        0xff, 0x25, 0,    0,    0,    0, /* 1010 jmp [slot] */
    };
    bool wide = kind == PEL_BUILD_PE32PLUS;
    sample s = with_names(kind, code, sizeof code, "start");
    uint32_t slot = slot_of(&s);
    uint64_t va = pel_image_optional_header(s.img)->image_base.v + slot;
    sample_free(&s);
    /* The same once more, now that it is known where the slot is. */
    for (unsigned i = 0; i < 4; i++) {
        code[7 + i] = (uint8_t)((wide ? slot - 0x100b : va) >> 8 * i);
        code[18 + i] = (uint8_t)((wide ? slot - 0x1016 : va) >> 8 * i);
    }
    return with_names(kind, code, sizeof code, "start");
}

START_TEST(branches_and_slots_have_names)
{
    static const char *const wants[] = { "msvcrt.dll!strlen", "msvcrt.dll!strlen", "start",
                                         "msvcrt.dll!strlen" };
    char name[64];
    pel_symbols *symbols;
    pel_instruction i;
    sample s = with_import(_i ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    pel_code_iter it = pel_image_code(s.img, symbols, (pel_rva){ 0x1000 });
    for (size_t n = 0; n < 4; n++) {
        ck_assert(pel_code_next(&it, &i));
        pel_instruction_target(&it, &i, name, sizeof name);
        ck_assert_str_eq(name, wants[n]);
        ck_assert_msg(strstr(i.text, wants[n]) != NULL, "%s", i.text);

        if (n == 1 || n == 3)
            ck_hex(i.target_rva.v, slot_of(&s));
    }
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

/* A name as long as the text of an instruction is left out of it. */
START_TEST(names_that_do_not_fit_are_left_out)
{
    static char longest[600];
    char name[PEL_INSTRUCTION_TEXT];
    static const uint8_t code[] = { 0xeb, 0xfe };
    pel_symbols *symbols;
    pel_instruction i;
    memset(longest, 'a', sizeof longest - 1);
    sample s = with_names(PEL_BUILD_PE32PLUS, code, sizeof code, longest);
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    pel_code_iter it = pel_image_code(s.img, symbols, (pel_rva){ 0x1000 });
    ck_assert(pel_code_next(&it, &i));
    ck_assert_str_eq(i.text, "jmp 0x140001000");
    ck_assert_uint_eq(pel_instruction_target(&it, &i, name, sizeof name), sizeof longest - 1);
    ck_assert_uint_eq(strlen(name), sizeof name - 1);
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, instructions_follow_each_other);
    tcase_add_loop_test(tests, code_ends, 0, sizeof ends / sizeof ends[0]);
    tcase_add_test(tests, an_instruction_that_the_section_cuts_is_none);
    tcase_add_test(tests, what_a_cut_file_lost_is_no_code);
    tcase_add_test(tests, memory_that_the_file_does_not_fill_is_zeros);
    tcase_add_test(tests, other_machines_have_none);
    tcase_add_loop_test(tests, code_for_another_machine_is_not_decoded, 0,
                        sizeof ranges / sizeof ranges[0]);
    tcase_add_loop_test(tests, branches_and_slots_have_names, 0, 2);
    tcase_add_test(tests, names_that_do_not_fit_are_left_out);
}

int main(void)
{
    char version[32];
    if (pel_disassembler_version(version, sizeof version) == 0)
        return 77; /* skipped: a build without Zydis */
    return pel_run_tests("pe_disassembly", add_tests);
}
