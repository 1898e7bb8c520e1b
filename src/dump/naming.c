/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/naming.h"

#include "base/text.h"
#include "dump/page.h"

/* All names together are no more than that many times the file. */
#define NAMES_FACTOR 16

void pel_naming_free(pel_naming *naming)
{
    pel_symbols_free(naming->symbols);
    naming->symbols = NULL;
}

const pel_symbols *pel_naming_symbols(pel_naming *naming)
{
    if (!naming->symbols && !naming->failed)
        naming->failed =
            pel_symbols_new(naming->image, naming->allocator, &naming->symbols) != PEL_OK;
    return naming->symbols;
}

static bool write_name(pel_naming *naming, const pel_symbol_name *name, char text[PEL_NAME_SHOWN],
                       pel_str *out)
{
    size_t size = pel_symbol_format(name, text, PEL_NAME_SHOWN);
    size = size < PEL_NAME_SHOWN ? size : PEL_NAME_SHOWN - 1;
    naming->used += size;
    *out = (pel_str){ text, size };
    return true;
}

static bool find(pel_naming *naming, pel_rva rva, pel_symbol_name *out)
{
    const pel_symbols *symbols = pel_naming_symbols(naming);
    uint64_t most = NAMES_FACTOR * (uint64_t)pel_image_bytes(naming->image).size;
    return symbols && naming->used < most && pel_symbols_find(symbols, rva, out) == PEL_OK;
}

bool pel_name_near(pel_naming *naming, pel_rva rva, char text[PEL_NAME_SHOWN], pel_str *out)
{
    pel_symbol_name name;
    *out = (pel_str){ NULL, 0 };
    return find(naming, rva, &name) && write_name(naming, &name, text, out);
}

bool pel_name_at(pel_naming *naming, pel_rva rva, char text[PEL_NAME_SHOWN], pel_str *out)
{
    pel_symbol_name name;
    *out = (pel_str){ NULL, 0 };
    return find(naming, rva, &name) && name.offset == 0 && write_name(naming, &name, text, out);
}

static void emit(pel_emitter *e, const char *key, const pel_naming *naming, bool there,
                 pel_str text)
{
    if (naming->failed)
        pel_emitter_fail(e, PEL_NO_MEMORY);
    if (there)
        pel_emit_text(e, key, text);
    else
        pel_emit_null(e, key);
}

void pel_emit_symbol(pel_emitter *e, const char *key, pel_naming *naming, pel_rva rva)
{
    char text[PEL_NAME_SHOWN];
    pel_str name = { NULL, 0 };
    bool there = !e->muted && pel_name_near(naming, rva, text, &name);
    emit(e, key, naming, there, name);
}

void pel_emit_name(pel_emitter *e, const char *key, pel_naming *naming, pel_rva rva)
{
    char text[PEL_NAME_SHOWN];
    pel_str name = { NULL, 0 };
    bool there = !e->muted && pel_name_at(naming, rva, text, &name);
    emit(e, key, naming, there, name);
}

void pel_emit_symbol_name(pel_emitter *e, const char *key, const pel_symbol_name *name)
{
    char text[PEL_NAME_SHOWN];
    size_t size = pel_symbol_format(name, text, sizeof text);
    pel_emit_text(e, key, (pel_str){ text, size < sizeof text ? size : sizeof text - 1 });
}

void pel_name_for_line(const pel_image *image, const pel_allocator *allocator, pel_rva rva,
                       char out[PEL_NAME_LINE])
{
    char text[PEL_NAME_SHOWN];
    pel_str name;
    pel_naming naming = { .image = image, .allocator = allocator };
    out[0] = '\0';
    if (pel_name_near(&naming, rva, text, &name)) {
        out[0] = ' ';
        pel_line_text(name, out + 1, PEL_NAME_LINE - 1);
    }
    pel_naming_free(&naming);
}
