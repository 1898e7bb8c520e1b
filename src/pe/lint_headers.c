/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of the headers that the loader does not mind, and of the file as a whole. */
#include <string.h>

#include "base/hash.h"
#include "pe/entropy.h"
#include "pe/lint.h"

#define HEADER(o, code, field, found_value, limit)                                                 \
    pel_odd_field(o, PEL_DIAG_##code, &pel_optional_header_schema, 0, field, found_value, limit)
#define FILE_HEADER(o, code, field, found_value, limit)                                            \
    pel_odd_field(o, PEL_DIAG_##code, &pel_file_header_schema, 0, field, found_value, limit)

/* ---- the file ---------------------------------------------------------- */

/* Bytes of zeros, and of any other value, that are too many: in thousandths of the file. */
#define MOST_ZEROS 500
#define MOST_OTHER 150

/* Files of text, code and data have less; in thousandths of a bit for each byte. */
#define RANDOM      7000
#define RANDOM_SIZE 4096 /* in less there cannot be much of it */

static void look_at_entropy(oddities *o)
{
    pel_span all = o->img->bytes;
    uint64_t entropy =
        all.size < RANDOM_SIZE ? 0 : (uint64_t)(pel_image_entropy(o->img, all) * 1000);
    if (entropy > RANDOM)
        pel_odd(o, PEL_DIAG_FILE_ENTROPY, pel_odd_place("file", PEL_NO_INDEX, NULL, NULL), entropy,
                RANDOM);
}

void pel_lint_file(oddities *o)
{
    uint64_t counts[256];
    pel_span all = o->img->bytes;
    o->status = pel_image_count_bytes(o->img, counts);
    if (o->status != PEL_OK)
        return;
    for (unsigned value = 0; value < 256 && all.size > 0; value++) {
        uint64_t part = counts[value] * 1000 / all.size;
        if (counts[value] * 1000 > all.size * (value == 0 ? MOST_ZEROS : MOST_OTHER))
            pel_odd(o, PEL_DIAG_FILE_ONE_BYTE, pel_odd_place("file", PEL_NO_INDEX, NULL, NULL),
                    value, part);
    }
    look_at_entropy(o);
}

/* ---- DOS header -------------------------------------------------------- */

#define DOS_HEADER 64
/* What stubs of linkers say; the rest of them differs by linker. */
static const char *const stubs[] = {
    "This program cannot be run in DOS mode",
    "This program must be run under Win32",
    "This program must be run under Win64",
    "This program requires Win32",
    "This program must be run under Microsoft Windows",
    "This is a Windows NT",
    "Wine builtin DLL",
    "Wine placeholder DLL",
};

static bool holds(pel_span bytes, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= bytes.size; i++)
        if (bytes.data[i] == (uint8_t)text[0] && memcmp(bytes.data + i, text, length) == 0)
            return true;
    return false;
}

#define STUB_SEEN 1024 /* no linker's is larger */

static void look_at_stub(oddities *o)
{
    const pel_image *img = o->img;
    uint64_t end = img->dos.nt_header.v;
    pel_span stub = { NULL, 0 };
    if (end > DOS_HEADER)
        stub = pel_span_clip(img->bytes, DOS_HEADER, end - DOS_HEADER);
    pel_span seen = pel_span_clip(stub, 0, STUB_SEEN);
    for (size_t i = 0; i < sizeof stubs / sizeof stubs[0]; i++)
        if (holds(seen, stubs[i]))
            return;
    pel_foff at = { DOS_HEADER };
    pel_odd(o, PEL_DIAG_DOS_STUB, pel_odd_place("dos_stub", PEL_NO_INDEX, NULL, &at), stub.size, 0);
}

static void look_at_dos(oddities *o)
{
    const pel_image *img = o->img;
    const pel_dos_header *d = &img->dos;
    const pel_schema *schema = &pel_dos_header_schema;
    /* Where the NT header lies on them, they are no reserved words. */
    for (unsigned i = 0; i < 4 && d->nt_header.v >= DOS_HEADER; i++)
        if (d->reserved[i])
            pel_odd_field(o, PEL_DIAG_DOS_RESERVED, schema, 0, "e_res", d->reserved[i], 0);
    for (unsigned i = 0; i < 10 && d->nt_header.v >= DOS_HEADER; i++)
        if (d->reserved2[i])
            pel_odd_field(o, PEL_DIAG_DOS_RESERVED, schema, 0, "e_res2", d->reserved2[i], 0);
    if (d->nt_header.v > PEL_PAGE_SIZE)
        pel_odd_field(o, PEL_DIAG_NT_HEADER_FAR, schema, 0, "e_lfanew", d->nt_header.v,
                      PEL_PAGE_SIZE);
    if (d->nt_header.v >= img->optional.size_of_headers)
        pel_odd_field(o, PEL_DIAG_NT_HEADER_IN_DATA, schema, 0, "e_lfanew", d->nt_header.v,
                      img->optional.size_of_headers);
    look_at_stub(o);
}

/* ---- file header ------------------------------------------------------- */

#define OLD_FLAGS 0x80c0u /* BYTES_REVERSED_LO, 0x40, BYTES_REVERSED_HI */

static void look_at_file_header(oddities *o)
{
    const pel_image *img = o->img;
    uint64_t start = pel_schema_wire_size(&pel_optional_header_schema, pel_image_is_wide(img));
    uint64_t needed = start + (uint64_t)img->directory_count * 8;
    uint16_t size = img->file.optional_header_size;
    if (!(img->file.flags & PEL_FILE_EXECUTABLE_IMAGE))
        FILE_HEADER(o, NOT_EXECUTABLE_IMAGE, "Characteristics", 0, 0);
    if (img->file.flags & OLD_FLAGS)
        FILE_HEADER(o, FILE_FLAGS_OLD, "Characteristics", img->file.flags,
                    img->file.flags & OLD_FLAGS);
    if (size > needed && size > start + PEL_DIR_COUNT * 8)
        FILE_HEADER(o, OPTIONAL_LONG, "SizeOfOptionalHeader", size, start + PEL_DIR_COUNT * 8);
    if (size < needed && img->section_count > 0)
        FILE_HEADER(o, DIRECTORIES_ON_SECTIONS, "SizeOfOptionalHeader", size, needed);
}

/* ---- sizes and addresses ----------------------------------------------- */

static uint64_t rounded(uint64_t size, uint64_t alignment)
{
    return pel_is_power_of_two(alignment) ? pel_round_up(size, alignment) : size;
}

/* As linkers add them up: what the file has of code and data, and the memory of the rest. */
static uint64_t sum_of(const pel_image *img, uint32_t flag, uint32_t without)
{
    uint64_t sum = 0;
    uint32_t alignment = img->optional.file_alignment;
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section_header *h = &img->sections[i].header;
        if ((h->flags & flag) && !(h->flags & without))
            sum += rounded(flag == PEL_SCN_CNT_UNINITIALIZED_DATA ? h->virtual_size : h->raw_size,
                           alignment);
    }
    return sum;
}

/* Linkers differ in whether they round, and in what they count that is of two kinds: no more than
 * a tenth, or a page, is a difference. */
static bool is_near(uint64_t a, uint64_t b)
{
    uint64_t larger = a > b ? a : b, distance = a > b ? a - b : b - a;
    return distance <= larger / 10 || distance <= PEL_PAGE_SIZE;
}

static void look_at_sums(oddities *o)
{
    const pel_optional_header *h = &o->img->optional;
    const uint32_t both = PEL_SCN_CNT_CODE | PEL_SCN_CNT_INITIALIZED_DATA;
    uint64_t code = sum_of(o->img, PEL_SCN_CNT_CODE, 0);
    uint64_t data = sum_of(o->img, PEL_SCN_CNT_INITIALIZED_DATA, 0);
    /* GNU's linker counts debug information added later on, or not; others count code, too. */
    uint64_t least = sum_of(o->img, PEL_SCN_CNT_INITIALIZED_DATA, PEL_SCN_MEM_DISCARDABLE);
    uint64_t most = sum_of(o->img, both, 0);
    if (!is_near(h->size_of_code, code))
        HEADER(o, SIZES_DISAGREE, "SizeOfCode", h->size_of_code, code);
    bool between = h->size_of_data >= least && h->size_of_data <= most;
    if (!between && !is_near(h->size_of_data, data))
        HEADER(o, SIZES_DISAGREE, "SizeOfInitializedData", h->size_of_data, data);
}

static void look_at_base_of_code(oddities *o)
{
    const pel_image *img = o->img;
    uint32_t base = img->optional.base_of_code.v;
    uint32_t first = 0;
    for (uint32_t i = img->section_count; i-- > 0;) {
        const pel_section_header *h = &img->sections[i].header;
        if (h->flags & PEL_SCN_CNT_CODE)
            first = h->virtual_address.v;
        if (base == h->virtual_address.v && (h->flags & (PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE)))
            return;
    }
    if (base != 0 && base != first) /* compilers of .NET leave it out */
        HEADER(o, BASE_OF_CODE, "BaseOfCode", base, first);
}

static void look_at_image_size(oddities *o)
{
    const pel_image *img = o->img;
    const pel_optional_header *h = &img->optional;
    uint64_t end = rounded(h->size_of_headers, h->section_alignment);
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section_header *s = &img->sections[i].header;
        pel_extent e = pel_image_extent(img, i);
        uint64_t last = e.start.v + rounded(e.size, h->section_alignment);
        end = last > end ? last : end;
        if (s->raw_size > 0 && s->raw_offset.v > 0 && s->raw_offset.v < first)
            first = s->raw_offset.v;
    }
    if (img->section_count > 0 && !pel_image_is_flat(img) && h->size_of_image > end)
        HEADER(o, IMAGE_SIZE_LARGE, "SizeOfImage", h->size_of_image, end);
    first = img->bytes.size < first ? img->bytes.size : first;
    if (h->size_of_headers > first && img->layout == PEL_LAYOUT_FILE)
        HEADER(o, HEADERS_LARGE, "SizeOfHeaders", h->size_of_headers, first);
    if (pel_is_power_of_two(h->file_alignment) && h->size_of_headers % h->file_alignment != 0)
        HEADER(o, HEADERS_UNALIGNED, "SizeOfHeaders", h->size_of_headers, h->file_alignment);
}

#define LARGEST_FILE_ALIGNMENT    0x10000u
#define LARGEST_SECTION_ALIGNMENT 0x200000u

static void look_at_alignments(oddities *o)
{
    const pel_optional_header *h = &o->img->optional;
    if (h->file_alignment < PEL_SECTOR_SIZE && h->file_alignment != h->section_alignment)
        HEADER(o, FILE_ALIGNMENT_SMALL, "FileAlignment", h->file_alignment, h->section_alignment);
    if (h->file_alignment > LARGEST_FILE_ALIGNMENT)
        HEADER(o, ALIGNMENT_LARGE, "FileAlignment", h->file_alignment, LARGEST_FILE_ALIGNMENT);
    if (h->section_alignment > LARGEST_SECTION_ALIGNMENT)
        HEADER(o, ALIGNMENT_LARGE, "SectionAlignment", h->section_alignment,
               LARGEST_SECTION_ALIGNMENT);
}

/* The last address that programs have: 2 GB, and 128 TB. */
static void look_at_base(oddities *o)
{
    const pel_image *img = o->img;
    uint64_t base = img->optional.image_base.v;
    uint64_t limit = pel_image_is_wide(img) ? 0x7fffffff0000u : 0xc0000000u;
    bool boot = img->optional.subsystem != PEL_SUBSYSTEM_WINDOWS_GUI &&
                img->optional.subsystem != PEL_SUBSYSTEM_WINDOWS_CUI;
    if (!boot && (base < PEL_GRANULARITY || base >= limit))
        HEADER(o, IMAGE_BASE_UNUSABLE, "ImageBase", base, 0);
}

/* ---- flags ------------------------------------------------------------- */

static void look_at_reserved(oddities *o)
{
    const pel_image *img = o->img;
    const pel_optional_header *h = &img->optional;
    if (h->win32_version)
        HEADER(o, RESERVED_NOT_ZERO, "Win32VersionValue", h->win32_version, 0);
    if (h->loader_flags)
        HEADER(o, RESERVED_NOT_ZERO, "LoaderFlags", h->loader_flags, 0);
    if (img->directory_count > PEL_DIR_RESERVED && img->directories[PEL_DIR_RESERVED].address)
        pel_odd_field(o, PEL_DIAG_RESERVED_NOT_ZERO, &pel_data_directory_schema, PEL_DIR_RESERVED,
                      "VirtualAddress", img->directories[PEL_DIR_RESERVED].address, 0);
    if (h->dll_flags & 0x1f)
        HEADER(o, DLL_FLAGS_RESERVED, "DllCharacteristics", h->dll_flags, h->dll_flags & 0x1f);
}

static void look_at_mitigations(oddities *o)
{
    const pel_image *img = o->img;
    uint16_t flags = img->optional.dll_flags;
    bool relocations = pel_image_directory(img, PEL_DIR_BASERELOC).size > 0;
    bool stripped = img->file.flags & PEL_FILE_RELOCS_STRIPPED;
    /* What is neither run by Windows nor code has nothing to protect. */
    if (img->optional.subsystem != PEL_SUBSYSTEM_WINDOWS_GUI &&
        img->optional.subsystem != PEL_SUBSYSTEM_WINDOWS_CUI)
        return;
    bool managed = pel_image_directory(img, PEL_DIR_COM_DESCRIPTOR).address != 0;
    bool code = img->optional.entry_point.v != 0 && !managed;
    if (!(flags & PEL_DLL_NX_COMPAT))
        HEADER(o, NX_OFF, "DllCharacteristics", 0, 0);
    if (!(flags & PEL_DLL_DYNAMIC_BASE))
        HEADER(o, ASLR_OFF, "DllCharacteristics", 0, 0);
    else if (code && pel_image_is_wide(img) && !(flags & PEL_DLL_HIGH_ENTROPY_VA))
        HEADER(o, HIGH_ENTROPY_OFF, "DllCharacteristics", 0, 0);
    if ((flags & PEL_DLL_DYNAMIC_BASE) && code && stripped)
        HEADER(o, ASLR_WITHOUT_RELOCATIONS, "DllCharacteristics", 0, 0);
    if (code && !relocations && !stripped)
        pel_odd_field(o, PEL_DIAG_RELOCATIONS_NONE, &pel_data_directory_schema, PEL_DIR_BASERELOC,
                      "Size", 0, 0);
}

static void look_at_rest(oddities *o)
{
    const pel_image *img = o->img;
    const pel_optional_header *h = &img->optional;
    pel_data_directory relocs = pel_image_directory(img, PEL_DIR_BASERELOC);
    if (h->directory_count < PEL_DIR_COUNT)
        HEADER(o, DIRECTORIES_FEW, "NumberOfRvaAndSizes", h->directory_count, PEL_DIR_COUNT);
    if (!pel_names_find(&pel_names_subsystem, h->subsystem))
        HEADER(o, SUBSYSTEM_UNKNOWN, "Subsystem", h->subsystem, 0);
    if (h->stack_commit > h->stack_reserve)
        HEADER(o, COMMIT_LARGE, "SizeOfStackCommit", h->stack_commit, h->stack_reserve);
    if (h->heap_commit > h->heap_reserve)
        HEADER(o, COMMIT_LARGE, "SizeOfHeapCommit", h->heap_commit, h->heap_reserve);
    if ((img->file.flags & PEL_FILE_RELOCS_STRIPPED) && relocs.size > 0)
        FILE_HEADER(o, RELOCS_STRIPPED_PRESENT, "Characteristics", img->file.flags, relocs.size);
    if (h->checksum != 0 && img->layout == PEL_LAYOUT_FILE)
        pel_image_remember_checksum(o->img);
    if (img->has_checksum && h->checksum != pel_image_checksum(img))
        HEADER(o, CHECKSUM_WRONG, "CheckSum", h->checksum, pel_image_checksum(img));
}

void pel_lint_headers(oddities *o)
{
    look_at_dos(o);
    look_at_file_header(o);
    look_at_sums(o);
    look_at_base_of_code(o);
    look_at_image_size(o);
    look_at_alignments(o);
    look_at_base(o);
    look_at_reserved(o);
    look_at_mitigations(o);
    look_at_rest(o);
}
