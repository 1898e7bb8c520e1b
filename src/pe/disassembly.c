/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of an image: which bytes they have, and what their addresses are called. */
#include <pelorus/disassembly.h>
#include <string.h>

#include "base/disassembler.h"
#include "base/text.h"
#include "pe/code_map.h"
#include "pe/image_priv.h"

const char *pel_target_use_name(pel_target_use use)
{
    switch (use) {
    case PEL_TARGET_NONE: break;
    case PEL_TARGET_BRANCH: return "branch";
    case PEL_TARGET_MEMORY: return "memory";
    case PEL_TARGET_ADDRESS: return "address";
    }
    return NULL;
}

const char *pel_code_end_name(pel_code_end end)
{
    switch (end) {
    case PEL_CODE_GOES_ON: break;
    case PEL_CODE_UNMAPPED: return "not mapped";
    case PEL_CODE_SECTION_END: return "end of section";
    case PEL_CODE_FILE_END: return "end of file";
    case PEL_CODE_UNDECODABLE: return "undecodable";
    case PEL_CODE_FOREIGN: return "other machine";
    }
    return NULL;
}

size_t pel_disassembler_version(char *out, size_t size)
{
    return pel_disassembler_engine(out, size);
}

/* ---- the image --------------------------------------------------------- */

static uint16_t machine_of(const pel_image *img)
{
    const pel_file_header *f = pel_image_file_header(img);
    const pel_te_header *te = pel_image_te_header(img);
    return f ? f->machine : te ? te->machine : 0;
}

/* By the machine: a TE image does not say whether it was PE32 or PE32+. */
static bool is_x64(const pel_image *img) { return machine_of(img) == PEL_MACHINE_AMD64; }

static uint64_t base_of(const pel_image *img)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    const pel_te_header *te = pel_image_te_header(img);
    return o ? o->image_base.v : te ? te->image_base.v : 0;
}

pel_status pel_image_disassembler(const pel_image *image)
{
    char engine[32];
    uint16_t machine = machine_of(image);
    bool known = machine == PEL_MACHINE_I386 || machine == PEL_MACHINE_AMD64;
    return known && pel_disassembler_version(engine, sizeof engine) > 0 ? PEL_OK : PEL_NOT_FOUND;
}

static bool rva_of(const pel_image *img, pel_va va, pel_rva *out)
{
    return pel_rva_of((pel_va){ base_of(img) }, pel_image_view_size(img), va, out);
}

/* ---- bytes ------------------------------------------------------------- */

/* Where the section that has `rva` ends: its tail in the last page is code only for those who ask
 * for it. */
static uint64_t section_end(const pel_image *img, uint64_t rva, uint32_t section)
{
    if (section == PEL_NO_INDEX)
        return UINT64_MAX;
    pel_extent e = pel_image_extent(img, section);
    return e.start.v + (rva - e.start.v < e.size ? e.size : e.span);
}

/* Copy what lies at `rva` in one section, as much as an instruction may have. */
static size_t read_code(const pel_code_iter *it, uint8_t out[PEL_INSTRUCTION_MAX],
                        pel_code_end *end)
{
    const pel_image *img = it->image;
    uint64_t rva = it->next;
    size_t have = 0;
    uint32_t section = PEL_NO_INDEX;
    *end = PEL_CODE_SECTION_END;
    while (have < PEL_INSTRUCTION_MAX && rva + have <= UINT32_MAX) {
        pel_rva at = { (uint32_t)(rva + have) };
        pel_rva_answer a = pel_image_at_rva(img, at);
        bool mapped = a.where != PEL_WHERE_UNMAPPED && a.where != PEL_WHERE_GAP;
        if (!mapped && have == 0)
            *end = PEL_CODE_UNMAPPED;
        if (pel_image_is_lost(img, at.v))
            *end = PEL_CODE_FILE_END;
        section = have == 0 ? a.section : section;
        if (!mapped || a.section != section || *end == PEL_CODE_FILE_END)
            break;
        uint64_t here = at.v < it->limit ? it->limit - at.v : 0;
        uint64_t n = a.run < here ? a.run : here;
        n = n < PEL_INSTRUCTION_MAX - have ? n : PEL_INSTRUCTION_MAX - have;
        if (n == 0 || pel_image_read(img, at, out + have, (size_t)n) != PEL_OK)
            break;
        have += (size_t)n;
    }
    return have;
}

/* ---- names ------------------------------------------------------------- */

/* The import that a stub at `rva` jumps through: jmp [slot], which compilers put where a program
 * calls a function that it did not know to be imported. */
static bool import_of_stub(const pel_code_iter *it, pel_rva rva, pel_symbol_name *out)
{
    uint8_t b[7];
    pel_rva slot;
    bool wide = is_x64(it->image);
    if (!it->symbols || pel_image_read(it->image, rva, b, sizeof b) != PEL_OK)
        return false;
    unsigned rex = wide && b[0] == 0x48;
    if (b[rex] != 0xff || b[rex + 1] != 0x25)
        return false;
    uint32_t word = (uint32_t)pel_span_uint((pel_span){ b, sizeof b }, rex + 2, 4);
    uint64_t next = base_of(it->image) + rva.v + rex + 6;
    pel_va va = { wide ? next + (uint64_t)(int64_t)(int32_t)word : word };
    return rva_of(it->image, va, &slot) && pel_symbols_find(it->symbols, slot, out) == PEL_OK &&
           out->kind == PEL_SYMBOL_IMPORT && out->offset == 0;
}

static size_t name_target(const pel_code_iter *it, pel_target_use use, pel_rva rva, char *out,
                          size_t size)
{
    pel_symbol_name name;
    bool exact =
        it->symbols && pel_symbols_find(it->symbols, rva, &name) == PEL_OK && name.offset == 0;
    if (use == PEL_TARGET_BRANCH && !exact && import_of_stub(it, rva, &name))
        return pel_symbol_format(&name, out, size);
    return pel_symbols_text(it->symbols, it->image, rva, out, size);
}

/* For the text of an instruction. */
static bool name_address(void *ctx, pel_decoded_use use, pel_va va, char *out, size_t size)
{
    const pel_code_iter *it = ctx;
    pel_rva rva;
    if (!rva_of(it->image, va, &rva))
        return false;
    size_t used = name_target(it, (pel_target_use)use, rva, out, size);
    return used > 0 && used < size;
}

size_t pel_instruction_target(const pel_code_iter *it, const pel_instruction *instruction,
                              char *out, size_t size)
{
    if (size > 0)
        out[0] = '\0';
    if (!instruction->target_inside)
        return 0;
    return name_target(it, instruction->use, instruction->target_rva, out, size);
}

/* ---- the walk ---------------------------------------------------------- */

pel_code_iter pel_image_code(const pel_image *image, const pel_symbols *symbols, pel_rva rva)
{
    return (pel_code_iter){ .image = image,
                            .symbols = symbols,
                            .next = rva.v,
                            .limit =
                                section_end(image, rva.v, pel_image_at_rva(image, rva).section) };
}

_Static_assert((int)PEL_DECODED_NOTHING == PEL_TARGET_NONE &&
                   (int)PEL_DECODED_BRANCH == PEL_TARGET_BRANCH &&
                   (int)PEL_DECODED_MEMORY == PEL_TARGET_MEMORY &&
                   (int)PEL_DECODED_ADDRESS == PEL_TARGET_ADDRESS,
               "one is the other's");
_Static_assert(PEL_DECODED_TEXT <= PEL_INSTRUCTION_TEXT, "the text fits");

static void describe(const pel_code_iter *it, const pel_decoded *d, pel_instruction *out)
{
    pel_rva rva = { (uint32_t)it->next };
    pel_rva_answer a = pel_image_at_rva(it->image, rva);
    out->rva = rva;
    out->va.v = base_of(it->image) + rva.v;
    out->has_offset = a.has_offset;
    out->offset = a.offset;
    out->size = (uint8_t)d->size;
    out->use = (pel_target_use)d->use;
    out->target = d->target;
    out->target_inside =
        d->use != PEL_DECODED_NOTHING && rva_of(it->image, d->target, &out->target_rva);
    memcpy(out->text, d->text, sizeof d->text);
}

/* False, and the end, where code for another machine begins. */
static bool is_own_code(pel_code_iter *it)
{
    bool foreign = false;
    if (it->next >= it->range_end)
        it->range_end = pel_code_range(it->image, (pel_rva){ (uint32_t)it->next }, &foreign);
    it->end = foreign ? PEL_CODE_FOREIGN : it->end;
    return !foreign;
}

bool pel_code_next(pel_code_iter *it, pel_instruction *out)
{
    pel_decoded decoded;
    pel_code_end end;
    pel_decoded_names names = { .name = name_address, .ctx = it };
    *out = (pel_instruction){ .size = 0 };
    if (it->end != PEL_CODE_GOES_ON || (it->next <= UINT32_MAX && !is_own_code(it)))
        return false;
    size_t have = read_code(it, out->bytes, &end);
    pel_status st = pel_disassemble(is_x64(it->image), (pel_span){ out->bytes, have },
                                    (pel_va){ base_of(it->image) + it->next }, &names, &decoded);
    if (st != PEL_OK) {
        it->end = st == PEL_TRUNCATED ? end : PEL_CODE_UNDECODABLE;
        return false;
    }
    memset(out->bytes + decoded.size, 0, sizeof out->bytes - decoded.size);
    describe(it, &decoded, out);
    it->next += decoded.size;
    return true;
}
