/* SPDX-License-Identifier: Apache-2.0 */
/* usage: json_writer ours|json-c COUNT >document
 *
 * The same document of COUNT relocation-like entries, {rva, type}, written by the streaming
 * emitter or built and printed with json-c. Time and peak memory go to stderr. The numbers and
 * what follows from them are in docs/decisions/json-writer.md. */
#define _DEFAULT_SOURCE /* getrusage */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "dump/emitter.h"

static pel_status write_stdout(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    return fwrite(data, 1, size, stdout) == size ? PEL_OK : PEL_IO;
}

static bool with_ours(uint64_t count)
{
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    pel_emitter *e;
    if (pel_emitter_new(&options, (pel_sink){ write_stdout, NULL }, &e) != PEL_OK)
        return false;
    pel_emit_map_begin(e, NULL);
    pel_emit_seq_begin(e, "entries");
    for (uint64_t i = 0; i < count; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "rva", 8 * i);
        pel_emit_dec(e, "type", 10);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    return pel_emitter_close(e) == PEL_OK;
}

static bool with_json_c(uint64_t count)
{
    struct json_object *root = json_object_new_object();
    struct json_object *entries = json_object_new_array();
    json_object_object_add(root, "entries", entries);
    for (uint64_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_new_object();
        json_object_object_add(entry, "rva", json_object_new_uint64(8 * i));
        json_object_object_add(entry, "type", json_object_new_uint64(10));
        json_object_array_add(entries, entry);
    }
    const char *text = json_object_to_json_string_ext(
        root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
    bool ok = fputs(text, stdout) >= 0;
    json_object_put(root);
    return ok;
}

int main(int argc, char **argv)
{
    struct rusage used;
    if (argc != 3)
        return 2;
    uint64_t count = strtoull(argv[2], NULL, 10);
    bool ok = strcmp(argv[1], "ours") == 0 ? with_ours(count) : with_json_c(count);
    getrusage(RUSAGE_SELF, &used);
    double seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    fprintf(stderr, "%-6s %8" PRIu64 " entries  %6.2f s  %7ld KiB\n", argv[1], count, seconds,
            used.ru_maxrss);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
