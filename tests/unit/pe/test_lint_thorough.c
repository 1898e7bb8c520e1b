/* SPDX-License-Identifier: Apache-2.0 */
/* Every oddity that is looked for on request: made of literal bytes, and told with its code, place
 * and numbers. What the sample looks like: sample.h. Its .data lies at RVA 0x2000, offset 0x400. */
#include "sample.h"

/* Bytes of the finished file. */
typedef struct put {
    uint32_t at;
    const char *bytes;
    size_t size;
} put;
#define PUT(at, literal)                                                                           \
    {                                                                                              \
        at, literal, sizeof literal - 1                                                            \
    }

#define OPTIONAL(field)        "optional_header." field
#define DIR(index, field)      "data_directories[" #index "]." field
#define DIR_AT(index)          (SAMPLE_DIRECTORIES + 8 * (index))
#define AT(offset)             (SAMPLE_OPTIONAL + (offset))
#define SECTION(index, offset) (SAMPLE_TABLE + 40 * (index) + (offset))
#define NOWHERE                UINT64_MAX
#define DATA                   0x400
#define FLAGS                  OPTIONAL("DllCharacteristics")
#define NOW                    1700000000

/* A directory at the start of .data. */
#define DIRECTORY(index, size)                                                                     \
    POKE(DIR(index, "VirtualAddress"), 0x2000), POKE(DIR(index, "Size"), size)

static void add_overlay(sample *s) { pel_builder_overlay(s->b, "0123456789abcdef", 16); }

static void add_rich(sample *s)
{
    pel_builder_rich(s->b, 0x0078, 50727, 1); /* the linker of version 8 */
    pel_builder_poke(s->b, "optional_header.MajorLinkerVersion", 14);
}

static void add_third_section(sample *s)
{
    pel_builder_data(s->b, pel_builder_section(s->b, ".third", SAMPLE_RX), "\xc3", 1);
    pel_builder_poke(s->b, "optional_header.AddressOfEntryPoint", 0x3000);
}

static void add_many_sections(sample *s)
{
    for (unsigned i = 2; i < 97; i++)
        pel_builder_section(s->b, ".x", SAMPLE_RW);
}

static void fill_with_noise(sample *s)
{
    uint64_t state = 1;
    static uint8_t noise[0x4000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)random_below(&state, 256);
    pel_builder_data(s->b, SAMPLE_DATA, noise, sizeof noise);
}

static void fill_with_one_byte(sample *s)
{
    uint8_t many[0x1000];
    memset(many, 'A', sizeof many);
    pel_builder_data(s->b, SAMPLE_DATA, many, sizeof many);
}

static void remove_sections(sample *s)
{
    pel_builder_poke(s->b, "file_header.NumberOfSections", 0);
}

/* An import descriptor at 0x400, its lookup table at 0x440, address table at 0x460, names. */
#define DESCRIPTOR                                                                                 \
    PUT(DATA, "\x40\x20\0\0\0\0\0\0\0\0\0\0\x80\x20\0\0\x60\x20\0\0"), PUT(DATA + 0x80, "a.dll\0"), \
        PUT(DATA + 0x40, "\xa0\x20\0\0\0\0\0\0"), PUT(DATA + 0x60, "\xa0\x20\0\0\0\0\0\0"),        \
        PUT(DATA + 0xa0, "\0\0Name\0")
/* An export directory at 0x400: one function at 0x440, two names at 0x448, indices at 0x458. */
#define EXPORTS                                                                                    \
    PUT(DATA, "\0\0\0\0\0\0\0\0\0\0\0\0\x80\x20\0\0\1\0\0\0\1\0\0\0\2\0\0\0"                       \
              "\x40\x20\0\0\x48\x20\0\0\x58\x20\0\0"),                                             \
        PUT(DATA + 0x40, "\0\x10\0\0"), PUT(DATA + 0x48, "\x90\x20\0\0\x94\x20\0\0"),              \
        PUT(DATA + 0x58, "\0\0\0\0"), PUT(DATA + 0x80, "s.dll\0"), PUT(DATA + 0x90, "aa\0\0bb\0")
/* A TLS directory at 0x400: template 0x2100..0x2108, index at 0x2110, a callback at 0x1000. */
#define TLS                                                                                        \
    PUT(DATA, "\0\x21\0\x40\1\0\0\0\x08\x21\0\x40\1\0\0\0\x10\x21\0\x40\1\0\0\0"                   \
              "\x20\x21\0\x40\1\0\0\0\0\0\0\0\0\0\0\0"),                                           \
        PUT(DATA + 0x120, "\0\x10\0\x40\1\0\0\0\0\0\0\0\0\0\0\0")
/* A load configuration of 0xa0 bytes at 0x400; the cookie at 0x2100, 2 guard functions at 0x2110. */
#define CONFIG                                                                                     \
    PUT(DATA, "\xa0\0\0\0"), PUT(DATA + 0x58, "\0\x21\0\x40\1\0\0\0"),                             \
        PUT(DATA + 0x80, "\x10\x21\0\x40\1\0\0\0\2\0\0\0\0\0\0\0"),                                \
        PUT(DATA + 0x100, "\x32\xa2\xdf\x2d\x99\x2b\0\0"),                                         \
        PUT(DATA + 0x110, "\0\x10\0\0\x01\x10\0\0")
/* A block of relocations at 0x400 with two entries. */
#define BLOCK(page, size, entries) PUT(DATA, page size entries)

static const struct {
    pel_diag_code code;
    const char *where;
    uint64_t offset, found, limit;
    void (*make_odd)(sample *s);
    edit edits[5];
    put puts[10];
} rows[] = {
    /* the file and its headers */
    { PEL_DIAG_FILE_ONE_BYTE, "file", NOWHERE, 'A', 727, .make_odd = fill_with_one_byte },
    { PEL_DIAG_DOS_STUB, "dos_stub", 0x40, 0x40, 0, .puts = { PUT(0x50, "THIS") } },
    { PEL_DIAG_DOS_RESERVED, "dos_header.e_res", 0x1c, 0xabcd, 0, .puts = { PUT(0x1e, "\xcd\xab") } },
    { PEL_DIAG_DOS_RESERVED, "dos_header.e_res2", 0x28, 7, 0, .puts = { PUT(0x3a, "\7") } },
    { PEL_DIAG_NT_HEADER_FAR, "dos_header.e_lfanew", 0x3c, 0x1008, 0x1000,
      .edits = { SET("dos_header.e_lfanew", 0x1008) } },
    { PEL_DIAG_NT_HEADER_IN_DATA, "dos_header.e_lfanew", 0x3c, 0x80, 0x80,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x80) } },
    { PEL_DIAG_NOT_EXECUTABLE_IMAGE, "file_header.Characteristics", SAMPLE_FILE_HEADER + 18, 0, 0,
      .edits = { POKE("file_header.Characteristics", 0x20) } },
    { PEL_DIAG_FILE_FLAGS_OLD, "file_header.Characteristics", SAMPLE_FILE_HEADER + 18, 0x8080, 0,
      .edits = { POKE("file_header.Characteristics", 0x8082) } },
    { PEL_DIAG_TIMESTAMP_OLD, "file_header.TimeDateStamp", SAMPLE_FILE_HEADER + 4, 0x2a425e19,
      741484800, .edits = { POKE("file_header.TimeDateStamp", 0x2a425e19) } },
    { PEL_DIAG_TIMESTAMP_FUTURE, "file_header.TimeDateStamp", SAMPLE_FILE_HEADER + 4, NOW + 1, NOW,
      .edits = { POKE("file_header.TimeDateStamp", NOW + 1) } },
    { PEL_DIAG_TIMESTAMP_NONE, "file_header.TimeDateStamp", SAMPLE_FILE_HEADER + 4, 0, 0,
      .edits = { POKE("file_header.TimeDateStamp", 0) } },
    { PEL_DIAG_TIMESTAMPS_DIFFER, "exports.TimeDateStamp", DATA + 4, 0x5fee6600, 0x60000000,
      .edits = { DIRECTORY(0, 40), POKE("file_header.TimeDateStamp", 0x60000000) },
      .puts = { EXPORTS, PUT(DATA + 4, "\x00\x66\xee\x5f") } },
    { PEL_DIAG_TIMESTAMPS_DIFFER, "debug[0].TimeDateStamp", DATA + 4, 0x5fee6600, 0x60000000,
      .edits = { DIRECTORY(6, 28), POKE("file_header.TimeDateStamp", 0x60000000) },
      .puts = { PUT(DATA + 4, "\x00\x66\xee\x5f") } },
    { PEL_DIAG_OPTIONAL_LONG, "file_header.SizeOfOptionalHeader", SAMPLE_FILE_HEADER + 16, 0xf8,
      0xf0, .edits = { POKE("file_header.SizeOfOptionalHeader", 0xf8) } },
    { PEL_DIAG_DIRECTORIES_ON_SECTIONS, "file_header.SizeOfOptionalHeader", SAMPLE_FILE_HEADER + 16,
      0xe8, 0xf0, .edits = { POKE("file_header.SizeOfOptionalHeader", 0xe8) } },
    { PEL_DIAG_DIRECTORIES_FEW, OPTIONAL("NumberOfRvaAndSizes"), AT(108), 15, 16,
      .edits = { POKE(OPTIONAL("NumberOfRvaAndSizes"), 15) } },
    { PEL_DIAG_RESERVED_NOT_ZERO, OPTIONAL("Win32VersionValue"), AT(52), 5, 0,
      .edits = { POKE(OPTIONAL("Win32VersionValue"), 5) } },
    { PEL_DIAG_RESERVED_NOT_ZERO, OPTIONAL("LoaderFlags"), AT(104), 6, 0,
      .edits = { POKE(OPTIONAL("LoaderFlags"), 6) } },
    { PEL_DIAG_SIZES_DISAGREE, OPTIONAL("SizeOfCode"), AT(4), 0x10000, 0x200,
      .edits = { POKE(OPTIONAL("SizeOfCode"), 0x10000) } },
    { PEL_DIAG_SIZES_DISAGREE, OPTIONAL("SizeOfInitializedData"), AT(8), 0x10000, 0x200,
      .edits = { POKE(OPTIONAL("SizeOfInitializedData"), 0x10000) } },
    { PEL_DIAG_BASE_OF_CODE, OPTIONAL("BaseOfCode"), AT(20), 0x1004, 0x1000,
      .edits = { POKE(OPTIONAL("BaseOfCode"), 0x1004) } },
    { PEL_DIAG_IMAGE_SIZE_LARGE, OPTIONAL("SizeOfImage"), AT(56), 0x4000, 0x3000,
      .edits = { POKE(OPTIONAL("SizeOfImage"), 0x4000) } },
    { PEL_DIAG_HEADERS_LARGE, OPTIONAL("SizeOfHeaders"), AT(60), 0x400, 0x200,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x400) } },
    { PEL_DIAG_HEADERS_UNALIGNED, OPTIONAL("SizeOfHeaders"), AT(60), 0x1f0, 0x200,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x1f0) } },
    { PEL_DIAG_FILE_ALIGNMENT_SMALL, OPTIONAL("FileAlignment"), AT(36), 0x100, 0x1000,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0x100) } },
    { PEL_DIAG_ALIGNMENT_LARGE, OPTIONAL("FileAlignment"), AT(36), 0x20000, 0x10000,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0x20000) } },
    { PEL_DIAG_ALIGNMENT_LARGE, OPTIONAL("SectionAlignment"), AT(32), 0x400000, 0x200000,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x400000) } },
    { PEL_DIAG_SUBSYSTEM_UNKNOWN, OPTIONAL("Subsystem"), AT(68), 4, 0,
      .edits = { POKE(OPTIONAL("Subsystem"), 4) } },
    { PEL_DIAG_DLL_FLAGS_RESERVED, FLAGS, AT(70), 3, 0, .edits = { POKE(FLAGS, 0x8143) } },
    { PEL_DIAG_CHECKSUM_WRONG, OPTIONAL("CheckSum"), AT(64), 1, 0,
      .edits = { POKE(OPTIONAL("CheckSum"), 1) } },
    { PEL_DIAG_COMMIT_LARGE, OPTIONAL("SizeOfStackCommit"), AT(80), 0x200000, 0x100000,
      .edits = { POKE(OPTIONAL("SizeOfStackReserve"), 0x100000),
                 POKE(OPTIONAL("SizeOfStackCommit"), 0x200000) } },
    { PEL_DIAG_COMMIT_LARGE, OPTIONAL("SizeOfHeapCommit"), AT(96), 0x200000, 0x100000,
      .edits = { POKE(OPTIONAL("SizeOfHeapReserve"), 0x100000),
                 POKE(OPTIONAL("SizeOfHeapCommit"), 0x200000) } },
    { PEL_DIAG_IMAGE_BASE_UNUSABLE, OPTIONAL("ImageBase"), AT(24), 0, 0,
      .edits = { POKE(OPTIONAL("ImageBase"), 0) } },
    { PEL_DIAG_IMAGE_BASE_UNUSABLE, OPTIONAL("ImageBase"), AT(24), 0xffff800000000000u, 0,
      .edits = { POKE(OPTIONAL("ImageBase"), 0xffff800000000000u) } },
    { PEL_DIAG_NX_OFF, FLAGS, AT(70), 0, 0, .edits = { POKE(FLAGS, 0x60) } },
    { PEL_DIAG_ASLR_OFF, FLAGS, AT(70), 0, 0, .edits = { POKE(FLAGS, 0x100) } },
    { PEL_DIAG_HIGH_ENTROPY_OFF, FLAGS, AT(70), 0, 0, .edits = { POKE(FLAGS, 0x140) } },
    { PEL_DIAG_ASLR_WITHOUT_RELOCATIONS, FLAGS, AT(70), 0, 0, .edits = { POKE(FLAGS, 0x160) } },
    { PEL_DIAG_DLL_WITHOUT_RELOCATIONS, OPTIONAL("DataDirectory[5].Size"), DIR_AT(5) + 4, 0, 0,
      .edits = { POKE("file_header.Characteristics", 0x2022) } },
    { PEL_DIAG_RELOCS_STRIPPED_PRESENT, "file_header.Characteristics", SAMPLE_FILE_HEADER + 18,
      0x23, 12, .edits = { POKE("file_header.Characteristics", 0x23), DIRECTORY(5, 12) } },
    { PEL_DIAG_RICH_LINKER, OPTIONAL("MajorLinkerVersion"), NOWHERE - 1, 14, 8,
      .make_odd = add_rich },
    { PEL_DIAG_RICH_PADDING, "rich_header", 0x40, 1, 0,
      .puts = { PUT(0x40, "DanS\1\0\0\0\0\0\0\0\0\0\0\0Rich\0\0\0\0") } },
    /* the entry point */
    { PEL_DIAG_ENTRY_ZERO, OPTIONAL("AddressOfEntryPoint"), AT(16), 0, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
    { PEL_DIAG_ENTRY_IN_HEADERS, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x40, 0x200,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x40) } },
    { PEL_DIAG_ENTRY_IN_ZEROS, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x1800, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x1800) } },
    { PEL_DIAG_ENTRY_WRITABLE, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x2000, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x2000) } },
    { PEL_DIAG_ENTRY_IN_LAST_SECTION, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x3000, 0x3000,
      .make_odd = add_third_section },
    /* sections */
    { PEL_DIAG_SECTIONS_NONE, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 0, 0,
      .make_odd = remove_sections },
    { PEL_DIAG_SECTIONS_MANY, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 97, 96,
      .make_odd = add_many_sections },
    { PEL_DIAG_SECTION_NAME_TWICE, "sections[1].Name", SECTION(1, 0), 1, 0,
      .puts = { PUT(SECTION(1, 0), ".text\0\0\0") } },
    { PEL_DIAG_SECTION_NAME_ODD, "sections[1].Name", SECTION(1, 0), 0, 0,
      .puts = { PUT(SECTION(1, 0), "\0\0\0\0\0\0\0\0") } },
    { PEL_DIAG_SECTION_NAME_ODD, "sections[0].Name", SECTION(0, 0), 0, 0,
      .puts = { PUT(SECTION(0, 0), "\xff\x01\x02\0\0\0\0\0") } },
    { PEL_DIAG_SECTION_NAME_PACKER, "sections[0].Name", SECTION(0, 0), 0, 0,
      .puts = { PUT(SECTION(0, 0), "UPX0\0\0\0\0") } },
    { PEL_DIAG_SECTION_ENTROPY, "sections[1].PointerToRawData", SECTION(1, 20), NOWHERE, 7200,
      .make_odd = fill_with_noise },
    { PEL_DIAG_SECTION_CODE_EMPTY, "sections[0].SizeOfRawData", SECTION(0, 16), 0, 0,
      .edits = { POKE("sections[0].SizeOfRawData", 0) } },
    { PEL_DIAG_SECTION_RAW_OVERLAP, "sections[1].PointerToRawData", SECTION(1, 20), 0x200, 0x400,
      .edits = { POKE("sections[1].PointerToRawData", 0x200) } },
    { PEL_DIAG_SECTION_RAW_ORDER, "sections[0].PointerToRawData", SECTION(0, 20), 0x400, 0x400,
      .edits = { POKE("sections[0].PointerToRawData", 0x400),
                 POKE("sections[1].PointerToRawData", 0x200) } },
    { PEL_DIAG_SECTION_RAW_IN_HEADERS, "sections[1].PointerToRawData", SECTION(1, 20), 0x10, 0x1d8,
      .edits = { POKE("sections[1].PointerToRawData", 0x10) } },
    { PEL_DIAG_SECTION_RAW_SIZE, "sections[1].SizeOfRawData", SECTION(1, 16), 0x1ff, 0x200,
      .edits = { POKE("sections[1].SizeOfRawData", 0x1ff) } },
    { PEL_DIAG_SECTION_RAW_UNMAPPED, "sections[1].SizeOfRawData", SECTION(1, 16), 0x2000, 0x1000,
      .edits = { POKE("sections[1].SizeOfRawData", 0x2000) } },
    { PEL_DIAG_SECTION_RAW_NOWHERE, "sections[1].PointerToRawData", SECTION(1, 20), 0x200, 0,
      .edits = { POKE("sections[1].PointerToRawData", 0) } },
    { PEL_DIAG_SECTION_HUGE, "sections[1].VirtualSize", SECTION(1, 8), 0x10001000, 0x10000000,
      .edits = { POKE("sections[1].VirtualSize", 0x10001000) } },
    { PEL_DIAG_SECTION_HUGE, "sections[1].VirtualAddress", SECTION(1, 12), 0x10001000, 0x10000000,
      .edits = { POKE("sections[1].VirtualAddress", 0x10001000) } },
    { PEL_DIAG_SECTION_ACCESS, "sections[1].Characteristics", SECTION(1, 36), 0x40, 0,
      .edits = { POKE("sections[1].Characteristics", 0x40) } },
    { PEL_DIAG_SECTION_WRITE_ONLY, "sections[1].Characteristics", SECTION(1, 36), 0x80000040, 0,
      .edits = { POKE("sections[1].Characteristics", 0x80000040) } },
    { PEL_DIAG_SECTION_SHARED, "sections[1].Characteristics", SECTION(1, 36), 0xd0000040, 0,
      .edits = { POKE("sections[1].Characteristics", 0xd0000040) } },
    { PEL_DIAG_SECTION_FLAGS_OBJECT, "sections[1].Characteristics", SECTION(1, 36), 0x500000, 0,
      .edits = { POKE("sections[1].Characteristics", 0xc0500040) } },
    { PEL_DIAG_SECTION_CODE_FLAGS, "sections[1].Characteristics", SECTION(1, 36), 0xc0000020, 0,
      .edits = { POKE("sections[1].Characteristics", 0xc0000020) } },
    { PEL_DIAG_SECTION_OBJECT_FIELDS, "sections[1].PointerToRelocations", SECTION(1, 24), 0x500, 0,
      .edits = { POKE("sections[1].PointerToRelocations", 0x500) } },
    { PEL_DIAG_FILE_GAP, "file", 0x200, 0x200, 0,
      .edits = { POKE("sections[0].SizeOfRawData", 0), POKE("sections[0].VirtualSize", 1) } },
    /* directories */
    { PEL_DIAG_DIRECTORY_IN_HEADERS, OPTIONAL("DataDirectory[0].VirtualAddress"), DIR_AT(0), 0x40,
      0x200, .edits = { POKE(DIR(0, "VirtualAddress"), 0x40), POKE(DIR(0, "Size"), 40) } },
    { PEL_DIAG_DIRECTORY_HALF, OPTIONAL("DataDirectory[5].VirtualAddress"), DIR_AT(5), 0x2000, 0,
      .edits = { POKE(DIR(5, "VirtualAddress"), 0x2000) } },
    { PEL_DIAG_DIRECTORY_HALF, OPTIONAL("DataDirectory[3].Size"), DIR_AT(3) + 4, 12, 0,
      .edits = { POKE(DIR(3, "Size"), 12) } },
    { PEL_DIAG_DIRECTORY_SIZE, OPTIONAL("DataDirectory[9].Size"), DIR_AT(9) + 4, 24, 40,
      .edits = { DIRECTORY(9, 24) } },
    { PEL_DIAG_DIRECTORY_OVERLAP, OPTIONAL("DataDirectory[10].VirtualAddress"), DIR_AT(10), 0x2010,
      0x2028,
      .edits = { DIRECTORY(9, 40), POKE(DIR(10, "VirtualAddress"), 0x2010),
                 POKE(DIR(10, "Size"), 0x40) } },
    { PEL_DIAG_DIRECTORY_CROSSES, OPTIONAL("DataDirectory[2].Size"), DIR_AT(2) + 4, 0x1001, 0x1000,
      .edits = { DIRECTORY(2, 0x1001) } },
    /* imports */
    { PEL_DIAG_IMPORTS_NONE, "imports", NOWHERE, 0, 0, .edits = { { NULL, 0, false } } },
    { PEL_DIAG_IMPORTS_FEW, "imports", NOWHERE, 2, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 0x48, "\xb0\x20\0\0\0\0\0\0"),
                PUT(DATA + 0x68, "\xb0\x20\0\0\0\0\0\0"), PUT(DATA + 0xa0, "\0\0LoadLibraryA\0"),
                PUT(DATA + 0xb0, "\0\0GetProcAddress\0") } },
    { PEL_DIAG_IMPORT_DLL_NAME, "imports[0].Name", DATA + 12, 0, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 0x80, "\0") } },
    { PEL_DIAG_IMPORT_DLL_NAME, "imports[0].Name", DATA + 12, 0, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 13, "\xff") } },
    { PEL_DIAG_IMPORT_DLL_PATH, "imports[0].Name", DATA + 12, 0, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 0x80, "\\\\a\\b.dll\0") } },
    { PEL_DIAG_IMPORT_DLL_ENDING, "imports[0].Name", DATA + 12, 0, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 0x80, "kernel32\0") } },
    { PEL_DIAG_IMPORT_DLL_ENDING, "imports[0].Name", DATA + 12, 0, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 0x80, "a.dll.\0") } },
    { PEL_DIAG_IMPORT_DLL_TWICE, "imports[1].Name", NOWHERE, 1, 0, .edits = { DIRECTORY(1, 60) },
      .puts = { DESCRIPTOR, PUT(DATA + 20, "\x40\x20\0\0\0\0\0\0\0\0\0\0\x88\x20\0\0\x60\x20\0\0"),
                PUT(DATA + 0x88, "A.DLL\0") } },
    { PEL_DIAG_IMPORT_EMPTY, "imports[0].FirstThunk", DATA + 16, 0, 0,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA + 0x40, "\0\0\0\0") } },
    { PEL_DIAG_IMPORT_NO_LOOKUP, "imports[0].OriginalFirstThunk", DATA, 0, 0,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA, "\0\0") } },
    { PEL_DIAG_IMPORT_TABLES_DIFFER, "imports[0].FirstThunk", DATA + 16, 0x20b0, 0x20a0,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA + 0x60, "\xb0") } },
    { PEL_DIAG_IMPORT_TABLE_CUT, "imports[0].OriginalFirstThunk", DATA, 1, 0,
      .edits = { DIRECTORY(1, 40), POKE("sections[1].SizeOfRawData", 0x1000) },
      .make_odd = NULL,
      .puts = { DESCRIPTOR, PUT(DATA, "\xf8\x21\0\0"), PUT(DATA + 0x1f8, "\xa0\x20\0\0") } },
    { PEL_DIAG_IMPORT_FUNCTION_NAME, "imports.functions[0]", DATA + 0x60, 0, 0,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA + 0xa2, "\x07") } },
    { PEL_DIAG_IMPORT_BOUND_NOWHERE, "imports[0].TimeDateStamp", DATA + 4, UINT32_MAX, 0,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA + 4, "\xff\xff\xff\xff") } },
    { PEL_DIAG_IMPORT_TERMINATOR, "imports[1]", DATA + 20, 0x2080, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR, PUT(DATA + 20 + 12, "\x80\x20") } },
    { PEL_DIAG_IMPORT_TABLE_IN_DESCRIPTORS, "imports[0].FirstThunk", DATA + 16, 0x2008, 0x2000,
      .edits = { DIRECTORY(1, 40) }, .puts = { DESCRIPTOR, PUT(DATA + 16, "\x08") } },
    { PEL_DIAG_IMPORT_ORDINALS_ONLY, "imports", NOWHERE, 3, 0, .edits = { DIRECTORY(1, 40) },
      .puts = { DESCRIPTOR,
                PUT(DATA + 0x40, "\1\0\0\0\0\0\0\x80\2\0\0\0\0\0\0\x80\3\0\0\0\0\0\0\x80"
                                 "\0\0\0\0\0\0\0\0") } },
    { PEL_DIAG_DELAY_IMPORT_BROKEN, "delay_imports[0].DllNameRVA", DATA + 4, 0, 0,
      .edits = { DIRECTORY(13, 64) }, .puts = { PUT(DATA, "\1\0\0\0\xff\xff\0\0") } },
    { PEL_DIAG_DELAY_IMPORT_OLD, "delay_imports[0].Attributes", DATA, 0, 0,
      .edits = { DIRECTORY(13, 64) }, .puts = { PUT(DATA, "\0\0\0\0\x80\x20\0\x40") } },
    { PEL_DIAG_BOUND_NAME_OUTSIDE, "bound_imports[0].OffsetModuleName", DATA + 4, 0, 0,
      .edits = { DIRECTORY(11, 16) }, .puts = { PUT(DATA, "\1\0\0\0\xff\xff\0\0") } },
    { PEL_DIAG_BOUND_NOT_IMPORTED, "bound_imports[0].OffsetModuleName", DATA + 4, 0, 0,
      .edits = { DIRECTORY(11, 16) },
      .puts = { PUT(DATA, "\1\0\0\0\x80\0\0\0"), PUT(DATA + 0x80, "b.dll\0") } },
    /* exports */
    { PEL_DIAG_EXPORT_NAMES_UNSORTED, "exports.names[1]", DATA + 0x4c, 0, 0,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 0x90, "cc") } },
    { PEL_DIAG_EXPORT_NAME_TWICE, "exports.names[1]", DATA + 0x4c, 0, 0,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 0x94, "aa") } },
    { PEL_DIAG_EXPORT_NAME_OUTSIDE, "exports.names[1]", DATA + 0x4c, 0, 0,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 0x4c, "\0\xff") } },
    { PEL_DIAG_EXPORT_NAME_ODD, "exports.names[0]", DATA + 0x48, 0, 0,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 0x90, "\0") } },
    { PEL_DIAG_EXPORT_INDEX, "exports.names[1]", DATA + 0x5a, 1, 1, .edits = { DIRECTORY(0, 40) },
      .puts = { EXPORTS, PUT(DATA + 0x5a, "\1") } },
    { PEL_DIAG_EXPORT_ADDRESS, "exports.functions[0]", DATA + 0x40, 0xff1000, 0x3000,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 0x42, "\xff") } },
    { PEL_DIAG_EXPORT_ORDINALS, "exports.NumberOfFunctions", DATA + 20, 0x10000, 0xffff,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 16, "\0\0\1") } },
    { PEL_DIAG_EXPORT_TABLE_CUT, "exports.AddressOfFunctions", DATA + 28, 0xff2040, 1,
      .edits = { DIRECTORY(0, 40) }, .puts = { EXPORTS, PUT(DATA + 30, "\xff") } },
    { PEL_DIAG_EXPORT_LIMIT, "exports.NumberOfFunctions", DATA + 20, 0x00ffffff, 0x1800,
      .edits = { DIRECTORY(0, 40), POKE("sections[1].VirtualSize", 0x8000000),
                 POKE(OPTIONAL("SizeOfImage"), 0x8010000) },
      .puts = { EXPORTS, PUT(DATA + 20, "\xff\xff\xff") } },
    { PEL_DIAG_EXPORT_FORWARD_BROKEN, "exports.functions[0]", DATA + 0x40, 0, 0,
      .edits = { DIRECTORY(0, 0x100) },
      .puts = { EXPORTS, PUT(DATA + 0x40, "\xa0\x20"), PUT(DATA + 0xa0, "nothing\0") } },
    { PEL_DIAG_EXPORT_FORWARD_SELF, "exports.functions[0]", DATA + 0x40, 0, 0,
      .edits = { DIRECTORY(0, 0x100) },
      .puts = { EXPORTS, PUT(DATA + 0x40, "\xa0\x20"), PUT(DATA + 0xa0, "S.aa\0") } },
    /* thread-local storage and load configuration */
    { PEL_DIAG_TLS_CALLBACKS, "tls.AddressOfCallBacks", DATA + 24, 1, 0,
      .edits = { DIRECTORY(9, 40) }, .puts = { TLS } },
    { PEL_DIAG_TLS_CALLBACK, "tls.callbacks[0]", DATA + 0x120, 0x140002000, 0x140000000,
      .edits = { DIRECTORY(9, 40) }, .puts = { TLS, PUT(DATA + 0x121, "\x20") } },
    { PEL_DIAG_TLS_INDEX, "tls.AddressOfIndex", DATA + 16, 0x140001010, 0,
      .edits = { DIRECTORY(9, 40) }, .puts = { TLS, PUT(DATA + 17, "\x10") } },
    { PEL_DIAG_TLS_DATA, "tls.EndAddressOfRawData", DATA + 8, 0x140002008, 0x140002100,
      .edits = { DIRECTORY(9, 40) }, .puts = { TLS, PUT(DATA + 9, "\x20") } },
    { PEL_DIAG_COOKIE_PLACE, "load_config.SecurityCookie", DATA + 0x58, 0x140001000, 0,
      .edits = { DIRECTORY(10, 0xa0) }, .puts = { CONFIG, PUT(DATA + 0x59, "\x10") } },
    { PEL_DIAG_COOKIE_VALUE, "load_config.SecurityCookie", DATA + 0x58, 0x2b992ddfa200,
      0x2b992ddfa232, .edits = { DIRECTORY(10, 0xa0) }, .puts = { CONFIG, PUT(DATA + 0x100, "\0") } },
    { PEL_DIAG_GUARD_WITHOUT_TABLE, FLAGS, AT(70), 0, 0, .edits = { POKE(FLAGS, 0x4160) } },
    { PEL_DIAG_GUARD_UNSORTED, "load_config.guard_functions[1]", DATA + 0x114, 0x1000, 0x1000,
      .edits = { DIRECTORY(10, 0xa0) }, .puts = { CONFIG, PUT(DATA + 0x114, "\0") } },
    { PEL_DIAG_GUARD_OUTSIDE, "load_config.guard_functions[1]", DATA + 0x114, 0x2001, 0x3000,
      .edits = { DIRECTORY(10, 0xa0) }, .puts = { CONFIG, PUT(DATA + 0x115, "\x20") } },
    { PEL_DIAG_GUARD_CUT, "load_config.guard_functions", NOWHERE, 0x1000, 0x3bc,
      .edits = { DIRECTORY(10, 0xa0) }, .puts = { CONFIG, PUT(DATA + 0x88, "\0\x10") } },
    /* relocations */
    { PEL_DIAG_RELOC_TYPE, "base_relocations.blocks[0].entries", DATA + 8, 9, 0x8664,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\0\x10\0\0", "\x0c\0\0\0", "\x08\x90\0\0") } },
    { PEL_DIAG_RELOC_BLOCK, "base_relocations.blocks[0]", DATA, 4, 0, .edits = { DIRECTORY(5, 12) },
      .puts = { BLOCK("\0\x10\0\0", "\x04\0\0\0", "\0\0\0\0") } },
    { PEL_DIAG_RELOC_BLOCK, "base_relocations.blocks[0].SizeOfBlock", DATA + 4, 13, 12,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\0\x10\0\0", "\x0d\0\0\0", "\0\0\0\0") } },
    { PEL_DIAG_RELOC_PAGE, "base_relocations.blocks[0].VirtualAddress", DATA, 0x1004, 0,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\4\x10\0\0", "\x0c\0\0\0", "\0\0\0\0") } },
    { PEL_DIAG_RELOC_ORDER, "base_relocations.blocks[1].VirtualAddress", DATA + 12, 0x1000, 0x1000,
      .edits = { DIRECTORY(5, 24) },
      .puts = { BLOCK("\0\x10\0\0", "\x0c\0\0\0", "\0\0\0\0"),
                PUT(DATA + 12, "\0\x10\0\0\x0c\0\0\0") } },
    { PEL_DIAG_RELOC_TWICE, "base_relocations.blocks[0].entries", DATA + 10, 0x1008, 0,
      .edits = { DIRECTORY(5, 12) },
      .puts = { BLOCK("\0\x10\0\0", "\x0c\0\0\0", "\x08\xa0\x08\xa0") } },
    { PEL_DIAG_RELOC_OUTSIDE, "base_relocations.blocks[0].entries", DATA + 8, 0x3008, 0x3000,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\0\x30\0\0", "\x0c\0\0\0", "\x08\xa0\0\0") } },
    { PEL_DIAG_RELOC_IN_HEADERS, "base_relocations.blocks[0].entries", DATA + 8, 0x3c, 0x200,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\0\0\0\0", "\x0c\0\0\0", "\x3c\xa0\0\0") } },
    { PEL_DIAG_RELOC_ON_IAT, "base_relocations.blocks[0].entries", DATA + 8, 0x2060, 0x2060,
      .edits = { DIRECTORY(5, 12), POKE(DIR(12, "VirtualAddress"), 0x2060),
                 POKE(DIR(12, "Size"), 16) },
      .puts = { BLOCK("\0\x20\0\0", "\x0c\0\0\0", "\x60\xa0\0\0") } },
    { PEL_DIAG_RELOC_ON_RELOCS, "base_relocations.blocks[0].entries", DATA + 8, 0x2004, 0x2000,
      .edits = { DIRECTORY(5, 12) }, .puts = { BLOCK("\0\x20\0\0", "\x0c\0\0\0", "\x04\xa0\0\0") } },
    /* the rest */
    { PEL_DIAG_DEBUG_TYPE, "debug[0].Type", DATA + 12, 0x77, 0, .edits = { DIRECTORY(6, 28) },
      .puts = { PUT(DATA + 12, "\x77") } },
    { PEL_DIAG_RESOURCE_OVERLAP, "resources.entries[1].OffsetToData", DATA + 0x50, 0x2088, 0x2090,
      .edits = { DIRECTORY(2, 0x100) },
      .puts = { PUT(DATA + 14, "\2\0\1\0\0\0\x40\0\0\0\2\0\0\0\x50\0\0\0"),
                PUT(DATA + 0x40, "\x80\x20\0\0\x10\0\0\0"),
                PUT(DATA + 0x50, "\x88\x20\0\0\x10\0\0\0") } },
    { PEL_DIAG_UNWIND_CHAIN, "exceptions.functions[0].unwind", DATA, 0x2040, 0,
      .edits = { DIRECTORY(3, 12) },
      .puts = { PUT(DATA, "\0\x10\0\0\x03\x10\0\0\x40\x20\0\0"),
                /* version 1, CHAININFO; the chain leads to itself */
                PUT(DATA + 0x40, "\x21\0\0\0\0\x10\0\0\x03\x10\0\0\x40\x20\0\0") } },
    { PEL_DIAG_CERTIFICATE_UNALIGNED, OPTIONAL("DataDirectory[4].VirtualAddress"), DIR_AT(4), 0x604,
      8, .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x604), POKE(DIR(4, "Size"), 8) } },
    { PEL_DIAG_CERTIFICATE_UNALIGNED, OPTIONAL("DataDirectory[4].Size"), DIR_AT(4) + 4, 12, 8,
      .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x600), POKE(DIR(4, "Size"), 12) } },
    { PEL_DIAG_CERTIFICATE_CUT, OPTIONAL("DataDirectory[4].Size"), DIR_AT(4) + 4, 0x618, 0x610,
      .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x600), POKE(DIR(4, "Size"), 24) } },
    { PEL_DIAG_CERTIFICATE_TRAILER, OPTIONAL("DataDirectory[4].Size"), DIR_AT(4) + 4, 8, 0,
      .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x600), POKE(DIR(4, "Size"), 8) } },
    { PEL_DIAG_CERTIFICATE_ON_IMAGE, OPTIONAL("DataDirectory[4].VirtualAddress"), DIR_AT(4), 0x400,
      0x600, .edits = { POKE(DIR(4, "VirtualAddress"), 0x400), POKE(DIR(4, "Size"), 0x200) } },
    { PEL_DIAG_CERTIFICATE_OVERLAY, OPTIONAL("DataDirectory[4].VirtualAddress"), DIR_AT(4), 0x608,
      0x600, .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x608), POKE(DIR(4, "Size"), 8) } },
    { PEL_DIAG_CERTIFICATE_TYPE, "certificates[0].wRevision", 0x604, 0x3635, 0,
      .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x600), POKE(DIR(4, "Size"), 16) },
      .puts = { PUT(0x600, "\x10\0\0\0\x35\x36\2\0") } },
    { PEL_DIAG_CERTIFICATE_PADDING, "certificates[0]", 0x60c, 4, 0, .make_odd = add_overlay,
      .edits = { POKE(DIR(4, "VirtualAddress"), 0x600), POKE(DIR(4, "Size"), 16) },
      .puts = { PUT(0x600, "\x10\0\0\0\0\2\2\0\x30\2\5\0\0\0\0\1") } },
    { PEL_DIAG_CLR_BROKEN, "clr", DATA, 0x2000, 0, .edits = { DIRECTORY(14, 72) },
      .puts = { PUT(DATA, "\x48\0\0\0\2\0\5\0") } },
    { PEL_DIAG_CLR_RUNTIME, "clr.MajorRuntimeVersion", DATA + 4, 0x20004, 0x20005,
      .edits = { DIRECTORY(14, 72) }, .puts = { PUT(DATA, "\x48\0\0\0\2\0\4\0") } },
};
#define ROWS (sizeof rows / sizeof rows[0])

static const pel_image_options thorough = { .thorough = true, .now = NOW };

static sample make(size_t row)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    if (rows[row].make_odd)
        rows[row].make_odd(&s);
    sample_edit(&s, rows[row].edits, 5);
    for (size_t i = 0; i < 10 && rows[row].puts[i].bytes; i++)
        pel_builder_patch(s.b, (pel_foff){ rows[row].puts[i].at }, rows[row].puts[i].bytes,
                          rows[row].puts[i].size);
    sample_finish(&s);
    return s;
}

/* The diagnostic with that code and place, or one with that code, or NULL. */
static const pel_diag *find(const pel_image *img, size_t row)
{
    char where[128];
    for (size_t i = 0; i < pel_image_diag_count(img); i++) {
        const pel_diag *d = pel_image_diag(img, i);
        pel_place_format(&d->where, where, sizeof where);
        if (d->code == rows[row].code && strcmp(where, rows[row].where) == 0)
            return d;
    }
    return diag_of(img, rows[row].code);
}

START_TEST(each_oddity_is_told_with_its_place_and_numbers)
{
    sample s = make((size_t)_i);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    const pel_diag *d = find(s.img, (size_t)_i);
    ck_assert_msg(d != NULL, "row %d: no %s", _i, pel_diag_code_name(rows[_i].code));
    char where[128];
    pel_place_format(&d->where, where, sizeof where);
    ck_assert_str_eq(where, rows[_i].where);
    if (rows[_i].offset != NOWHERE - 1) /* where it depends on the size of another header */
        ck_place(&d->where, rows[_i].where, rows[_i].offset);
    ck_assert_int_eq(d->severity, pel_diag_severity(d->code));
    if (rows[_i].found != NOWHERE)
        ck_hex(d->found, rows[_i].found);
    if (d->code == PEL_DIAG_CHECKSUM_WRONG)
        ck_hex(d->limit, pel_image_checksum(s.img));
    else
        ck_hex(d->limit, rows[_i].limit);
    sample_free(&s);
}
END_TEST

START_TEST(nobody_is_told_of_it_without_asking)
{
    sample s = make((size_t)_i);
    ck_ok(pel_image_parse(s.bytes, NULL, &s.img));
    ck_assert_ptr_null(diag_of(s.img, rows[_i].code));
    sample_free(&s);
}
END_TEST

/* RESERVED_NOT_ZERO and others have two rows; those of huge lists are in tests/robust. */
START_TEST(every_code_has_a_row)
{
    for (int code = PEL_DIAG_LIMIT_DIAGNOSTICS + 1; code < PEL_DIAG_COUNT; code++) {
        bool has = code == PEL_DIAG_IMPORTS_CUT;
        for (size_t i = 0; i < ROWS; i++)
            has |= (int)rows[i].code == code;
        ck_assert_msg(has, "%s", pel_diag_code_name((pel_diag_code)code));
    }
}
END_TEST

/* ---- what is not odd --------------------------------------------------- */

START_TEST(a_plain_file_has_no_warnings)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    pel_builder_set(s.b, "file_header.TimeDateStamp", NOW - 1);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++) {
        const pel_diag *d = pel_image_diag(s.img, i);
        ck_assert_msg(d->severity == PEL_INFO, "%s", pel_diag_code_name(d->code));
    }
    sample_free(&s);
}
END_TEST

START_TEST(times_are_no_times_in_reproducible_files)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ DATA + 12 }, "\x10", 1); /* REPRO */
    pel_builder_poke(s.b, "data_directories[6].VirtualAddress", 0x2000);
    pel_builder_poke(s.b, "data_directories[6].Size", 28);
    pel_builder_poke(s.b, "file_header.TimeDateStamp", 0xfffffff0);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMP_FUTURE));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMPS_DIFFER));
    sample_free(&s);
}
END_TEST

START_TEST(the_future_is_not_told_without_a_clock)
{
    pel_image_options options = { .thorough = true };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.TimeDateStamp", 0xfffffff0);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &options, &s.img));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMP_FUTURE));
    sample_free(&s);
}
END_TEST

START_TEST(an_oddity_is_told_eight_times_at_most)
{
    size_t told = 0;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    for (unsigned i = 0; i < 30; i++)
        pel_builder_section(s.b, "UPX0", SAMPLE_RW);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++)
        told += pel_image_diag(s.img, i)->code == PEL_DIAG_SECTION_NAME_PACKER;
    ck_assert_uint_eq(told, 8);
    sample_free(&s);
}
END_TEST

START_TEST(tables_that_many_descriptors_share_are_not_read_forever)
{
    /* 0x200 descriptors of one table of 0x400 functions: 0x80000 functions in a file of 24 KB. */
    static uint8_t table[0x200 * 20 + 20], thunks[0x400 * 8 + 8];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    uint32_t section = pel_builder_section(s.b, ".idata", SAMPLE_RW);
    pel_rva start = pel_builder_rva(s.b, section, 0);
    for (size_t i = 0; i < 0x200; i++) {
        pel_store_uint(table + 20 * i, 4, start.v + sizeof table);
        pel_store_uint(table + 20 * i + 12, 4, start.v + 2);
        pel_store_uint(table + 20 * i + 16, 4, start.v + sizeof table);
    }
    for (size_t i = 0; i < 0x400; i++)
        pel_store_uint(thunks + 8 * i, 8, start.v);
    pel_builder_data(s.b, section, table, sizeof table);
    pel_builder_data(s.b, section, thunks, sizeof thunks);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, start, sizeof table);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    const pel_diag *d = diag_of(s.img, PEL_DIAG_IMPORTS_CUT);
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_lt(d->found, 0x80000);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_lint_thorough)
{
    tcase_add_loop_test(tests, each_oddity_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_loop_test(tests, nobody_is_told_of_it_without_asking, 0, ROWS);
    tcase_add_test(tests, every_code_has_a_row);
    tcase_add_test(tests, a_plain_file_has_no_warnings);
    tcase_add_test(tests, times_are_no_times_in_reproducible_files);
    tcase_add_test(tests, the_future_is_not_told_without_a_clock);
    tcase_add_test(tests, an_oddity_is_told_eight_times_at_most);
    tcase_add_test(tests, tables_that_many_descriptors_share_are_not_read_forever);
}
