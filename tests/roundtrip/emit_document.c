/* SPDX-License-Identifier: Apache-2.0 */
/* usage: emit_document text|json|yaml <texts
 *
 * Writes a document of the texts on stdin, one a line, in hexadecimal. roundtrip.py reads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/emitter.h"

static pel_status write_file(void *ctx, const void *data, size_t size)
{
    return fwrite(data, 1, size, ctx) == size ? PEL_OK : PEL_IO;
}

static size_t from_hex(const char *line, uint8_t *out)
{
    size_t size = 0;
    unsigned byte;
    for (; sscanf(line, "%2x", &byte) == 1; line += 2)
        out[size++] = (uint8_t)byte;
    return size;
}

static void emit_texts(pel_emitter *e)
{
    static char line[1 << 17];
    static uint8_t bytes[sizeof line / 2];
    pel_emit_seq_begin(e, "texts");
    while (fgets(line, sizeof line, stdin)) {
        pel_emit_map_begin(e, NULL);
        size_t size = from_hex(line, bytes);
        pel_emit_text(e, "text", (pel_str){ (const char *)bytes, size });
        pel_emit_dec(e, "size", size);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void emit_numbers(pel_emitter *e)
{
    pel_emit_seq_begin(e, "numbers");
    for (unsigned bit = 0; bit < 64; bit++) {
        pel_emit_dec(e, NULL, (uint64_t)1 << bit);
        pel_emit_hex(e, NULL, UINT64_MAX >> bit);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "reals");
    for (unsigned i = 0; i < 100; i++)
        pel_emit_real(e, NULL, i / 7.0);
    pel_emit_seq_end(e);
}

static void emit_rest(pel_emitter *e)
{
    static const char *const keys[] = { "yes", "No", "null", "y", "0x10", "a b", "TRUE", "x" };
    pel_emit_map_begin(e, "keys");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        pel_emit_string(e, keys[i], i % 2 ? keys[i] : NULL);
    pel_emit_map_end(e);
    pel_emit_enum(e, "machine", 0x8664, &pel_names_machine);
    pel_emit_flags(e, "flags", 0x60500021, &pel_names_section_flags);
    pel_emit_time(e, "time", 0x65dfc900);
    for (unsigned i = 0; i < 30; i++)
        pel_emit_map_begin(e, "deeper");
    pel_emit_boolean(e, "deep", true);
}

int main(int argc, char **argv)
{
    static const char *const formats[] = { "text", "json", "yaml" };
    for (int i = 0; argc == 2 && i < 3; i++) {
        if (strcmp(argv[1], formats[i]) != 0)
            continue;
        pel_dump_options options = { .format = (pel_format)i };
        pel_emitter *e;
        if (pel_emitter_new(&options, (pel_sink){ write_file, stdout }, &e) != PEL_OK)
            return 1;
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "schema", "pelorus.test/1");
        emit_texts(e);
        emit_numbers(e);
        emit_rest(e);
        return pel_emitter_close(e) == PEL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return 2;
}
