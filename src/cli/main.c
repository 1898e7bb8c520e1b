/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>
#include <zlib.h>

#include "cli/cli.h"

const command *const commands[] = { &command_dump,      &command_check,
                                    &command_map,       &command_load,
                                    &command_translate, &command_why,
                                    &command_verify,    &command_run,
                                    &command_replay,    &command_export,
                                    &command_extract,   &command_build,
                                    &command_explain,   NULL };

static void print_help(FILE *to)
{
    fputs("Usage: pelorus COMMAND [OPTIONS] ARG...\n"
          "  or:  pelorus [FILE]          the tour: of FILE, or of a built-in sample\n\n"
          "Reads Windows PE files, says whether Windows would load them, lays them out in a\n"
          "simulated memory as Windows would, and translates addresses.\n\n",
          to);
    for (size_t i = 0; commands[i]; i++)
        fprintf(to, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n`pelorus COMMAND --help` shows examples and options. Exit status: 0 fine, 1 findings,\n"
        "2 usage, 3 input unreadable or no PE file, 4 some inputs failed, 5 internal error.\n",
        to);
}

static void print_version(void)
{
    int major, minor, patch;
    char disassembler[64];
    if (pel_disassembler_version(disassembler, sizeof disassembler) == 0)
        snprintf(disassembler, sizeof disassembler, "without Zydis: --disassemble is left out");
    yaml_get_version(&major, &minor, &patch);
    printf("pelorus %s\nlibyaml %d.%d.%d\nzlib %s\n%s\n%s\n", PEL_VERSION, major, minor, patch,
           zlibVersion(), OpenSSL_version(OPENSSL_VERSION), disassembler);
}

static const command *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static int unknown_command(const char *name)
{
    const char *names[16];
    size_t count = 0;
    while (commands[count]) {
        names[count] = commands[count]->name;
        count++;
    }
    const char *near = nearest(name, names, count);
    complain(name, "no such command or file");
    if (near)
        fprintf(stderr, "pelorus: did you mean '%s'?\n", near);
    return EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return run_tour(argc, argv);
    const char *word = argv[1];
    if (strcmp(word, "help") == 0 && argc > 2 && find_command(argv[2])) {
        char *asked[] = { argv[2], (char[]){ "--help" }, NULL };
        return find_command(argv[2])->run(find_command(argv[2]), 2, asked);
    }
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return EXIT_FINE;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        print_version();
        return EXIT_FINE;
    }
    const command *c = find_command(word);
    if (c)
        return c->run(c, argc - 1, argv + 1);
    if (word[0] == '-' || is_file(word))
        return run_tour(argc, argv);
    return unknown_command(word);
}

/* A file that is mapped lost bytes: somebody made it shorter, or the disk failed. What of the
 * output is not written yet is lost. */
static void out_of_file(int signal_number)
{
    static const char message[] =
        "pelorus: a file became shorter while it was read, or cannot be read\n";
    (void)signal_number;
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(EXIT_INTERNAL);
    _exit(EXIT_INTERNAL);
}

/* However the program ends, --help and usage errors among it. */
static void close_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    complain("standard output", "cannot be written");
    _exit(EXIT_INTERNAL);
}

int main(int argc, char **argv)
{
    argp_err_exit_status = EXIT_USAGE;
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
    signal(SIGBUS, out_of_file);
    atexit(close_output);
    return dispatch(argc, argv);
}
