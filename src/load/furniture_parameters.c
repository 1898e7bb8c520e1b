/* SPDX-License-Identifier: Apache-2.0 */
/* RTL_USER_PROCESS_PARAMETERS: what a program is started with. */
#include <pelorus/format.h>
#include <string.h>

#include "base/text.h"
#include "load/furniture_priv.h"

#define NORMALISED     1u
#define DIRECTORY_ROOM (2 * 260) /* MAX_PATH */

static bool is_for_console(const pel_furniture_request *request)
{
    const pel_image *img = request->modules[0].image;
    const pel_optional_header *o = img ? pel_image_optional_header(img) : NULL;
    return o && o->subsystem == PEL_SUBSYSTEM_WINDOWS_CUI;
}

/* Up to Windows 7 a handle of the console is a number of its own; later ones are handles like any
 * other, and these are just some. */
static void put_handles(pel_slab *slab, pel_va at, pel_windows windows)
{
    bool old = windows == PEL_WINDOWS_XP || windows == PEL_WINDOWS_7;
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_StandardInput, old ? 0x3 : 0x50);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_StandardOutput, old ? 0x7 : 0x54);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_StandardError, old ? 0xB : 0x58);
}

/* ---- strings ----------------------------------------------------------- */

static void put_directory(pel_slab *slab, pel_va at, pel_str path)
{
    bool closed = path.len > 0 && path.ptr[path.len - 1] == '\\';
    uint64_t length = 2 * (pel_utf16_units(path) + !closed);
    uint64_t room = length + 2 > DIRECTORY_ROOM ? length + 2 : DIRECTORY_ROOM;
    pel_va buffer = pel_slab_take(slab, room, 8);
    pel_slab_put_utf16(slab, buffer, length, path);
    if (!closed)
        pel_slab_put_utf16(slab, (pel_va){ buffer.v + length - 2 }, 2, pel_str_of("\\"));
    pel_slab_put_string(slab, at, PEL_IN_PARAMETERS_CurrentDirectory, buffer, length, room);
}

/* The path in quotes, as a shell would have started it. */
static void put_quoted(pel_slab *slab, pel_va at, pel_str path)
{
    uint64_t length = 2 * (pel_utf16_units(path) + 2);
    pel_va buffer = pel_slab_take(slab, length + 2, 8);
    pel_slab_put_utf16(slab, buffer, 2, pel_str_of("\""));
    pel_slab_put_utf16(slab, (pel_va){ buffer.v + 2 }, length - 4, path);
    pel_slab_put_utf16(slab, (pel_va){ buffer.v + length - 2 }, 2, pel_str_of("\""));
    pel_slab_put_string(slab, at, PEL_IN_PARAMETERS_CommandLine, buffer, length, length + 2);
}

static void put_strings(pel_slab *slab, pel_va at, const pel_furniture_request *request)
{
    const char *module = request->modules[0].path ? request->modules[0].path : "";
    pel_str image = pel_str_of(request->image_path ? request->image_path : module);
    const char *directory = request->current_directory;
    put_directory(slab, at, pel_str_of(directory ? directory : "C:\\"));
    pel_slab_string(slab, at, PEL_IN_PARAMETERS_DllPath, pel_str_of(""));
    pel_slab_string(slab, at, PEL_IN_PARAMETERS_ImagePathName, image);
    if (request->command_line)
        pel_slab_string(slab, at, PEL_IN_PARAMETERS_CommandLine, pel_str_of(request->command_line));
    else
        put_quoted(slab, at, image);
    pel_slab_string(slab, at, PEL_IN_PARAMETERS_WindowTitle, image);
    pel_slab_string(slab, at, PEL_IN_PARAMETERS_DesktopInfo, pel_str_of("Winsta0\\Default"));
    pel_slab_string(slab, at, PEL_IN_PARAMETERS_ShellInfo, pel_str_of(""));
}

/* Each variable with a zero behind, and one more; two where there are none. */
static void put_environment(pel_slab *slab, pel_va at, const char *const *variables)
{
    pel_va block = pel_slab_take(slab, 0, 16);
    bool any = variables && *variables;
    for (; any && *variables; variables++) {
        pel_str text = pel_str_of(*variables);
        uint64_t length = 2 * pel_utf16_units(text);
        pel_slab_put_utf16(slab, pel_slab_take(slab, length + 2, 2), length, text);
    }
    pel_slab_take(slab, any ? 2 : 4, 2);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_Environment, block.v);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_EnvironmentSize, slab->base.v + slab->used - block.v);
}

void pel_furniture_parameters(pel_slab *slab, const pel_furniture_request *request,
                              pel_furniture_places *places)
{
    pel_va at = places->parameters = pel_slab_take_structure(slab, PEL_PARAMETERS);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_Flags, NORMALISED);
    if (is_for_console(request))
        put_handles(slab, at, request->windows);
    put_strings(slab, at, request);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_MaximumLength, slab->used);
    pel_slab_put(slab, at, PEL_IN_PARAMETERS_Length, slab->used);
    put_environment(slab, at, request->environment);
}
