/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes seem to be. Only some kinds have a signature; COFF objects begin with the number of
 * their machine, so that more of them must make sense. */
#include <string.h>

#include "pe/identify.h"

#define SIGNATURE_MZ  0x5a4d
#define SIGNATURE_VZ  0x5a56
#define SIGNATURE_DI  0x4944
#define SIGNATURE_NI  0x494e
#define MARK_ANON     0xffff0000u /* Sig1 0, Sig2 0xffff */
#define HEADER_SIZE   20
#define SECTION_SIZE  40
#define SYMBOL_SIZE   18
#define MISMATCH_FLAG 0x8000

static const uint8_t big_object_class[16] = { 0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b,
                                              0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8 };
/* That of what /GL of the compiler makes: intermediate language, compiled at the link. */
static const uint8_t ltcg_class[16] = { 0x38, 0xfe, 0xb3, 0x0c, 0xa5, 0xd9, 0xab, 0x4d,
                                        0xac, 0x9b, 0xd6, 0xb6, 0x22, 0x26, 0x53, 0xc2 };

const char *pel_anon_class_name(const uint8_t class_id[16])
{
    if (memcmp(class_id, big_object_class, sizeof big_object_class) == 0)
        return "big object";
    return memcmp(class_id, ltcg_class, sizeof ltcg_class) == 0 ? "LTCG" : NULL;
}

static uint64_t swapped(pel_span bytes, uint64_t at)
{
    return pel_span_uint(bytes, at, 1) << 8 | pel_span_uint(bytes, at + 1, 1);
}

static bool is_machine(uint64_t machine)
{
    return machine > PEL_MACHINE_TARGET_HOST &&
           pel_names_find(&pel_names_machine, (uint32_t)machine);
}

/* ---- COFF objects ------------------------------------------------------ */

static bool is_text(uint64_t byte) { return byte >= ' ' && byte < 0x7f; }

/* Without a machine it is an object only when all of its sections and symbols are there. */
static bool is_whole(pel_span bytes, uint64_t sections_at)
{
    uint64_t count = pel_span_uint(bytes, 2, 2);
    uint64_t symbols = pel_span_uint(bytes, 8, 4);
    bool whole =
        count > 0 && pel_span_has(bytes, symbols, pel_span_uint(bytes, 12, 4) * SYMBOL_SIZE);
    for (uint64_t i = 0; whole && i < count; i++) {
        uint64_t at = sections_at + i * SECTION_SIZE;
        uint64_t data = pel_span_uint(bytes, at + 20, 4);
        whole = data == 0 || pel_span_has(bytes, data, pel_span_uint(bytes, at + 16, 4));
    }
    return whole;
}

static bool is_object(pel_span bytes)
{
    uint64_t machine = pel_span_uint(bytes, 0, 2);
    uint64_t sections_at = HEADER_SIZE + pel_span_uint(bytes, 16, 2);
    uint64_t end = sections_at + pel_span_uint(bytes, 2, 2) * SECTION_SIZE;
    uint64_t symbols = pel_span_uint(bytes, 8, 4);
    if (bytes.size < HEADER_SIZE || pel_span_uint(bytes, 18, 2) & PEL_FILE_EXECUTABLE_IMAGE)
        return false;
    if (machine == PEL_MACHINE_UNKNOWN)
        return sections_at == HEADER_SIZE && end <= bytes.size && is_whole(bytes, sections_at);
    if (!is_machine(machine) || (symbols != 0 && symbols < end))
        return false;
    /* A file that is cut may be one all the same, unless it begins like a text. */
    bool text = is_text(pel_span_uint(bytes, 0, 1)) && is_text(pel_span_uint(bytes, 1, 1));
    return end <= bytes.size || (!text && sections_at == HEADER_SIZE);
}

/* ---- the others -------------------------------------------------------- */

static pel_image_kind anonymous(pel_span bytes)
{
    pel_span class_id;
    uint64_t version = pel_span_uint(bytes, 4, 2);
    if (version == 0)
        return PEL_IMAGE_IMPORT_OBJECT;
    if (version >= 2 && pel_span_slice(bytes, 12, sizeof big_object_class, &class_id) &&
        memcmp(class_id.data, big_object_class, class_id.size) == 0)
        return PEL_IMAGE_BIG_OBJECT;
    return PEL_IMAGE_ANONYMOUS;
}

/* Flags may say that the image was changed, and nothing else; the machine must be known. Files for
 * big endian machines have all words the other way round; some have their letters so, too. */
bool pel_identify_debug(pel_span bytes, pel_debug_variant *out)
{
    uint64_t first = pel_span_uint(bytes, 0, 2), other = swapped(bytes, 0);
    bool paged = first == SIGNATURE_DI || other == SIGNATURE_DI;
    bool non_paged = first == SIGNATURE_NI || other == SIGNATURE_NI;
    uint64_t machine_at = paged ? 4 : 8;
    bool little = (first == SIGNATURE_DI || first == SIGNATURE_NI) &&
                  (pel_span_uint(bytes, 2, 2) & ~(uint64_t)MISMATCH_FLAG) == 0 &&
                  is_machine(pel_span_uint(bytes, machine_at, 2));
    bool big = (swapped(bytes, 2) & ~(uint64_t)MISMATCH_FLAG) == 0 &&
               is_machine(swapped(bytes, machine_at));
    if ((!paged && !non_paged) || (!little && !big))
        return false;
    if (paged)
        *out = little ? PEL_DEBUG_FILE : PEL_DEBUG_FILE_BIG_ENDIAN;
    else
        *out = little ? PEL_DEBUG_FILE_NON_PAGED : PEL_DEBUG_FILE_NON_PAGED_BIG_ENDIAN;
    return true;
}

static bool begins(pel_span bytes, const char magic[8])
{
    return bytes.size >= 8 && memcmp(bytes.data, magic, 8) == 0;
}

pel_image_kind pel_identify(pel_span bytes)
{
    pel_debug_variant variant;
    uint64_t first = pel_span_uint(bytes, 0, 2);
    if (first == SIGNATURE_MZ || first == SIGNATURE_VZ)
        return first == SIGNATURE_MZ ? PEL_IMAGE_DOS : PEL_IMAGE_TE;
    if (begins(bytes, "!<arch>\n"))
        return PEL_IMAGE_ARCHIVE;
    if (begins(bytes, "!<thin>\n"))
        return PEL_IMAGE_THIN_ARCHIVE;
    if (pel_span_uint(bytes, 0, 4) == MARK_ANON && bytes.size >= HEADER_SIZE)
        return anonymous(bytes);
    if (pel_identify_debug(bytes, &variant))
        return PEL_IMAGE_SEPARATE_DEBUG;
    return is_object(bytes) ? PEL_IMAGE_OBJECT : PEL_IMAGE_UNKNOWN;
}

bool pel_image_is_object_kind(pel_image_kind kind)
{
    return kind >= PEL_IMAGE_OBJECT && kind <= PEL_IMAGE_SEPARATE_DEBUG;
}
