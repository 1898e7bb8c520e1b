/* SPDX-License-Identifier: Apache-2.0 */
/* What a program finds in its process, read back from simulated memory: PEB, TEB, PEB_LDR_DATA with
 * its entries, and the parameters. */
#include <string.h>

#include "dump/dump_resource.h"
#include "dump/walk_memory.h"

/* Bytes of a string that are shown; Windows has no longer ones. */
#define STRING_MAX 0xFFFFu

static uint64_t word_of(const pel_process *p, pel_va at, const pel_process_member *m, unsigned word)
{
    uint64_t value;
    pel_process_peek_member(p, at, m, word, &value);
    return value;
}

static void emit_text_at(pel_emitter *e, const pel_process *p, uint64_t buffer, uint64_t size)
{
    uint8_t bytes[STRING_MAX];
    if (buffer == 0 || !pel_nt_success(pel_space_peek(pel_process_space(p), (pel_va){ buffer },
                                                      bytes, (size_t)size)))
        pel_emit_null(e, "text");
    else
        pel_emit_utf16(e, "text", (pel_span){ bytes, (size_t)size });
}

static void emit_string(pel_emitter *e, const pel_process *p, pel_va at,
                        const pel_process_member *m)
{
    uint64_t length = word_of(p, at, m, 0), buffer = word_of(p, at, m, 2);
    pel_emit_map_begin(e, m->name);
    pel_emit_dec(e, "Length", length);
    pel_emit_dec(e, "MaximumLength", word_of(p, at, m, 1));
    pel_emit_hex(e, "Buffer", buffer);
    emit_text_at(e, p, buffer, length);
    pel_emit_map_end(e);
}

static void emit_list(pel_emitter *e, const pel_process *p, pel_va at, const pel_process_member *m)
{
    pel_emit_map_begin(e, m->name);
    pel_emit_hex(e, "Flink", word_of(p, at, m, 0));
    pel_emit_hex(e, "Blink", word_of(p, at, m, 1));
    pel_emit_map_end(e);
}

static void emit_words(pel_emitter *e, const pel_process *p, pel_va at, const pel_process_member *m,
                       unsigned count)
{
    pel_emit_seq_begin(e, m->name);
    for (unsigned i = 0; i < count; i++)
        pel_emit_hex(e, NULL, word_of(p, at, m, i));
    pel_emit_seq_end(e);
}

/* The bits of BitField moved with Windows 8. */
static const pel_names *bit_field_names(const pel_process *p)
{
    return pel_process_options(p)->windows == PEL_WINDOWS_7 ? &pel_names_peb_flags_7
                                                            : &pel_names_peb_flags;
}

/* Numbers that have names. */
static void emit_number(pel_emitter *e, const pel_process *p, pel_process_part part,
                        const char *name, uint64_t value)
{
    if (part == PEL_PART_ENTRY && strcmp(name, "Flags") == 0)
        pel_emit_flags(e, name, value, &pel_names_ldr_flags);
    else if (part == PEL_PART_ENTRY && strcmp(name, "LoadReason") == 0)
        pel_emit_enum(e, name, value, &pel_names_load_reason);
    else if (part == PEL_PART_DDAG && strcmp(name, "State") == 0)
        pel_emit_enum(e, name, value, &pel_names_ddag_state);
    else if (part == PEL_PART_PEB && strcmp(name, "BitField") == 0)
        pel_emit_flags(e, name, value, bit_field_names(p));
    else if (part == PEL_PART_PEB && strcmp(name, "ImageSubsystem") == 0)
        pel_emit_enum(e, name, value, &pel_names_subsystem);
    else
        pel_emit_hex(e, name, value);
}

static void emit_member(pel_emitter *e, const pel_process *p, pel_process_part part, pel_va at,
                        const pel_process_member *m)
{
    switch (m->kind) {
    case PEL_MEMBER_NAT3: emit_words(e, p, at, m, 3); break;
    case PEL_MEMBER_PAIR: emit_words(e, p, at, m, 2); break;
    case PEL_MEMBER_STRING: emit_string(e, p, at, m); break;
    case PEL_MEMBER_LIST: emit_list(e, p, at, m); break;
    case PEL_MEMBER_U8:
    case PEL_MEMBER_U16:
    case PEL_MEMBER_U32:
    case PEL_MEMBER_U64:
    case PEL_MEMBER_NAT: emit_number(e, p, part, m->name, word_of(p, at, m, 0)); break;
    case PEL_MEMBER_TIME:
    case PEL_MEMBER_BYTES: break; /* buffers, which strings before them lead to */
    }
}

static void emit_members(pel_emitter *e, const pel_process *p, pel_process_part part, pel_va at)
{
    pel_process_member m;
    pel_emit_hex(e, "va", at.v);
    for (uint32_t i = 0; e->status == PEL_OK && pel_process_member_at(p, part, i, &m); i++)
        emit_member(e, p, part, at, &m);
}

static void emit_part(pel_emitter *e, const pel_process *p, const char *key, pel_process_part part,
                      pel_va at)
{
    if (at.v == 0) {
        pel_emit_null(e, key);
        return;
    }
    pel_emit_map_begin(e, key);
    emit_members(e, p, part, at);
    pel_emit_map_end(e);
}

/* The list is ours, but memory can be written to: it is bounded by what there is. */
static void emit_entries(pel_emitter *e, const pel_process *p)
{
    pel_va at = { 0 };
    uint32_t left = pel_process_module_count(p);
    pel_emit_seq_begin(e, "ldr_entries");
    while (e->status == PEL_OK && left-- > 0 && pel_process_next_entry(p, &at)) {
        pel_emit_map_begin(e, NULL);
        emit_members(e, p, PEL_PART_ENTRY, at);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

void pel_walk_process_parts(pel_emitter *e, const pel_process *process)
{
    static const pel_furniture none;
    const pel_furniture *f = process ? pel_process_furniture(process) : &none;
    emit_part(e, process, "peb", PEL_PART_PEB, f->peb);
    emit_part(e, process, "teb", PEL_PART_TEB, f->teb);
    emit_part(e, process, "ldr", PEL_PART_LDR, f->ldr);
    if (process) {
        emit_entries(e, process);
    } else {
        pel_emit_seq_begin(e, "ldr_entries");
        pel_emit_seq_end(e);
    }
    emit_part(e, process, "process_parameters", PEL_PART_PARAMETERS, f->parameters);
}
