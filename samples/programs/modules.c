/* SPDX-License-Identifier: Apache-2.0 */
/* The modules of a process, found as a debugger finds them: from the TEB to the PEB to the lists
 * that the loader keeps, through the simulated memory. */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <string.h>

/* Offsets of Windows' structures in a 64-bit process. */
enum {
    TEB_PEB = 0x60,
    PEB_LDR = 0x18,
    LDR_IN_LOAD_ORDER = 0x10,
    ENTRY_DLL_BASE = 0x30,
    ENTRY_SIZE_OF_IMAGE = 0x40,
    ENTRY_BASE_DLL_NAME = 0x58, /* a UNICODE_STRING: length, room, pointer */
};

static uint64_t read_word(pel_space *space, uint64_t va)
{
    uint64_t word = 0;
    pel_space_read(space, (pel_va){ va }, &word, sizeof word, NULL);
    return word;
}

static void print_name(pel_space *space, uint64_t string)
{
    uint16_t length = (uint16_t)read_word(space, string), text[64];
    uint64_t buffer = read_word(space, string + 8);
    if (length > sizeof text)
        length = sizeof text;
    pel_space_read(space, (pel_va){ buffer }, text, length, NULL);
    for (unsigned i = 0; i < length / 2u; i++)
        putchar(text[i] < 0x7f ? text[i] : '?');
    putchar('\n');
}

static void print_modules(pel_process *process)
{
    pel_space *space = pel_process_space(process);
    uint64_t teb = pel_process_furniture(process)->teb.v;
    uint64_t ldr = read_word(space, read_word(space, teb + TEB_PEB) + PEB_LDR);
    uint64_t head = ldr + LDR_IN_LOAD_ORDER;
    for (uint64_t at = read_word(space, head); at != head && at != 0; at = read_word(space, at)) {
        uint64_t base = read_word(space, at + ENTRY_DLL_BASE);
        uint64_t size = read_word(space, at + ENTRY_SIZE_OF_IMAGE) & UINT32_MAX;
        printf("%016" PRIx64 " %016" PRIx64 "  ", base, base + size);
        print_name(space, at + ENTRY_BASE_DLL_NAME);
    }
}

/* modules PROGRAM FOLDER...: with DLLs from these folders. */
int main(int argc, char **argv)
{
    pel_image *image = NULL;
    pel_machine *machine = NULL;
    pel_process *process = NULL;
    pel_start_options start = { .stub_missing = true };
    bool shown = false;
    if (argc < 2 || pel_search_path_new(NULL, &start.path) != PEL_OK)
        return 2;
    for (int i = 2; i < argc; i++)
        pel_search_path_add_folder(start.path, argv[i], PEL_FOLDER_SYSTEM);
    const char *slash = strrchr(argv[1], '/');
    start.name = slash ? slash + 1 : argv[1];
    if (pel_image_open(argv[1], NULL, &image) == PEL_OK && pel_image_is_wide(image) &&
        pel_machine_new(NULL, &machine) == PEL_OK &&
        pel_nt_success(pel_process_new(machine, image, NULL, &process, NULL)) &&
        pel_nt_success(pel_process_start(process, &start))) {
        print_modules(process);
        shown = true;
    }
    pel_process_free(process);
    pel_machine_free(machine);
    pel_search_path_free(start.path);
    pel_image_free(image);
    return shown ? 0 : 1;
}
