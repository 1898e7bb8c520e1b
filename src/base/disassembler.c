/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows Zydis. */
#include "base/disassembler.h"

#ifdef PEL_HAVE_ZYDIS

#include <Zycore/Format.h>
#include <Zydis/Zydis.h>

#include "base/text.h"

size_t pel_disassembler_engine(char *out, size_t size)
{
    size_t used = 0;
    ZyanU64 v = ZydisGetVersion();
    pel_append(out, size, &used, "Zydis %u.%u.%u", (unsigned)ZYDIS_VERSION_MAJOR(v),
               (unsigned)ZYDIS_VERSION_MINOR(v), (unsigned)ZYDIS_VERSION_PATCH(v));
    return used;
}

/* ---- addresses --------------------------------------------------------- */

/* What an operand says an address is for. Registers but the instruction pointer are known when the
 * program runs only, and so is where fs and gs point. */
static pel_decoded_use use_of(const ZydisDecodedOperand *o)
{
    if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && o->imm.is_relative)
        return PEL_DECODED_BRANCH;
    if (o->type != ZYDIS_OPERAND_TYPE_MEMORY || o->mem.index != ZYDIS_REGISTER_NONE ||
        o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS)
        return PEL_DECODED_NOTHING;
    if (o->mem.base != ZYDIS_REGISTER_NONE && o->mem.base != ZYDIS_REGISTER_RIP &&
        o->mem.base != ZYDIS_REGISTER_EIP)
        return PEL_DECODED_NOTHING;
    if (o->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
        return PEL_DECODED_ADDRESS;
    return o->mem.type == ZYDIS_MEMOP_TYPE_MEM ? PEL_DECODED_MEMORY : PEL_DECODED_NOTHING;
}

/* The address of the first operand that has one. */
static void find_target(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *operands,
                        pel_va va, pel_decoded *out)
{
    for (unsigned n = 0; n < i->operand_count_visible && out->use == PEL_DECODED_NOTHING; n++) {
        pel_decoded_use use = use_of(&operands[n]);
        if (use != PEL_DECODED_NOTHING &&
            ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(i, &operands[n], va.v, &out->target.v)))
            out->use = use;
    }
}

/* ---- text -------------------------------------------------------------- */

typedef struct writing {
    const pel_decoded_names *names;
    ZydisFormatterFunc print_address; /* as Zydis does it */
} writing;

/* A name instead of an address, where there is one. */
static ZyanStatus print_address(const ZydisFormatter *formatter, ZydisFormatterBuffer *buffer,
                                ZydisFormatterContext *context)
{
    char name[PEL_DECODED_TEXT / 2];
    const writing *w = context->user_data;
    ZyanString *text;
    ZyanU64 va;
    pel_decoded_use use = use_of(context->operand);
    if (use == PEL_DECODED_NOTHING ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(context->instruction, context->operand,
                                               context->runtime_address, &va)) ||
        !w->names->name(w->names->ctx, use, (pel_va){ va }, name, sizeof name))
        return w->print_address(formatter, buffer, context);
    ZYAN_CHECK(ZydisFormatterBufferAppend(buffer, ZYDIS_TOKEN_SYMBOL));
    ZYAN_CHECK(ZydisFormatterBufferGetString(buffer, &text));
    return ZyanStringAppendFormat(text, "%s", name);
}

static bool format(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *operands, pel_va va,
                   const pel_decoded_names *names, pel_decoded *out)
{
    ZydisFormatter f;
    writing w = { .names = names, .print_address = (ZydisFormatterFunc)&print_address };
    if (!ZYAN_SUCCESS(ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL)))
        return false;
    ZydisFormatterSetProperty(&f, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    ZydisFormatterSetProperty(&f, ZYDIS_FORMATTER_PROP_FORCE_SCALE_ONE, ZYAN_FALSE);
    static const ZydisFormatterProperty padded[] = { ZYDIS_FORMATTER_PROP_IMM_PADDING,
                                                     ZYDIS_FORMATTER_PROP_DISP_PADDING,
                                                     ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE };
    for (size_t n = 0; n < sizeof padded / sizeof padded[0]; n++)
        ZydisFormatterSetProperty(&f, padded[n], ZYDIS_PADDING_DISABLED);
    if (names)
        ZydisFormatterSetHook(&f, ZYDIS_FORMATTER_FUNC_PRINT_ADDRESS_ABS,
                              (const void **)&w.print_address);
    return ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&f, i, operands, i->operand_count_visible,
                                                        out->text, sizeof out->text, va.v, &w));
}

/* ---- decoding ---------------------------------------------------------- */

pel_status pel_disassemble(bool wide, pel_span bytes, pel_va va, const pel_decoded_names *names,
                           pel_decoded *out)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction i;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisMachineMode mode = wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32;
    ZydisStackWidth stack = wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32;
    *out = (pel_decoded){ .use = PEL_DECODED_NOTHING };
    if (bytes.size == 0)
        return PEL_TRUNCATED;
    if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, mode, stack)))
        return PEL_MALFORMED;
    ZyanStatus st = ZydisDecoderDecodeFull(&decoder, bytes.data, bytes.size, &i, operands);
    if (!ZYAN_SUCCESS(st))
        return st == ZYDIS_STATUS_NO_MORE_DATA ? PEL_TRUNCATED : PEL_MALFORMED;
    out->size = i.length;
    find_target(&i, operands, va, out);
    /* What is too long with names is shown without them. */
    bool written = format(&i, operands, va, names, out) || format(&i, operands, va, NULL, out);
    return written ? PEL_OK : PEL_MALFORMED;
}

#else

size_t pel_disassembler_engine(char *out, size_t size)
{
    if (size > 0)
        out[0] = '\0';
    return 0;
}

pel_status pel_disassemble(bool wide, pel_span bytes, pel_va va, const pel_decoded_names *names,
                           pel_decoded *out)
{
    (void)wide, (void)bytes, (void)va, (void)names;
    *out = (pel_decoded){ .use = PEL_DECODED_NOTHING };
    return PEL_NOT_FOUND;
}

#endif
