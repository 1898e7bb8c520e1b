/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    char **words;
    size_t count;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_ARGS:
        a->words = state->argv + state->next;
        a->count = (size_t)(state->argc - state->next);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = { .parser = parse, .args_doc = "[CODE...]" };

static void list_all(void)
{
    puts("Diagnostics:");
    for (int i = 0; i < PEL_DIAG_COUNT; i++)
        printf("  %-24s %s\n", pel_diag_code_name((pel_diag_code)i),
               pel_diag_text((pel_diag_code)i));
    puts("\nRules:");
    for (int i = 1; i < PEL_RULE_COUNT; i++)
        printf("  %-28s %s\n", pel_rule_name((pel_rule)i), pel_rule_text((pel_rule)i));
    puts("\nRules of memory:");
    for (size_t i = 0; pel_memory_rule_at(i); i++)
        printf("  %-28s %s\n", pel_memory_rule_at(i)->name, pel_memory_rule_at(i)->text);
}

static bool explain_diag(const char *word)
{
    for (int i = 0; i < PEL_DIAG_COUNT; i++) {
        pel_diag_code code = (pel_diag_code)i;
        if (strcmp(pel_diag_code_name(code), word) != 0)
            continue;
        printf("%s (%s): %s\n%s\n", word, pel_severity_name(pel_diag_severity(code)),
               pel_diag_text(code), pel_diag_help(code));
        return true;
    }
    return false;
}

static void list_versions(pel_rule rule)
{
    const char *between = "";
    for (int i = 0; i <= PEL_WINDOWS_UEFI; i++) {
        if (!pel_rule_holds(rule, (pel_windows)i))
            continue;
        printf("%s%s", between, pel_windows_name((pel_windows)i));
        between = ", ";
    }
    puts(".");
}

static bool explain_rule(const char *word)
{
    for (int i = 1; i < PEL_RULE_COUNT; i++) {
        if (strcmp(pel_rule_name((pel_rule)i), word) != 0)
            continue;
        pel_verdict v = pel_rule_verdict((pel_rule)i);
        printf("%s (%s): %s\n", word, pel_certainty_name(v.certainty), pel_rule_text(v.rule));
        printf("If it is broken, %s answers %s.\n",
               pel_rule_holds(v.rule, PEL_WINDOWS_UEFI) ? "UEFI" : "Windows",
               pel_ntstatus_name(v.status));
        printf("Stage: %s. Asked by: ", pel_stage_name(v.stage));
        list_versions(v.rule);
        if (pel_rule_doubt(v.rule))
            printf("Doubt: %s.\n", pel_rule_doubt(v.rule));
        return true;
    }
    return false;
}

static bool explain_memory(const char *word)
{
    for (size_t i = 0; pel_memory_rule_at(i); i++) {
        const pel_memory_rule *r = pel_memory_rule_at(i);
        if (strcmp(r->name, word) != 0)
            continue;
        printf("%s (%s): %s\nSource: %s.\n", word, pel_certainty_name(r->certainty), r->text,
               r->source);
        return true;
    }
    return false;
}

static void print_status(pel_ntstatus nt)
{
    printf("%s (0x%08X, Win32 error %u): %s\n", pel_ntstatus_name(nt), (unsigned)nt,
           (unsigned)pel_ntstatus_to_win32(nt), pel_ntstatus_text(nt));
}

/* What GetLastError says: all statuses that become this error. */
static bool explain_win32(const char *word)
{
    static const pel_ntstatus all[] = {
#define X(name, value, win32, text) (pel_ntstatus)(value),
#include <pelorus/tables/ntstatus.def>
#undef X
    };
    uint64_t number;
    bool found = false;
    if (!parse_number(word, &number))
        return false;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bool of_windows = (all[i] & 0x20000000u) == 0; /* not of a "customer", as ours are */
        if (!of_windows || pel_ntstatus_to_win32(all[i]) != number)
            continue;
        if (!found)
            printf("Win32 error %s is made of\n", word);
        found = true;
        printf("  ");
        print_status(all[i]);
    }
    return found;
}

/* UEFI counts its errors from the highest bit of a word on; the library has numbers of its own. */
static bool explain_efi(const char *word)
{
    static const struct {
        const char *name;
        uint64_t code;
        const char *text;
    } all[] = {
        { "EFI_SUCCESS", 0, "done" },
#define X(name, code, text) { "EFI_" #name, code, text },
#include <pelorus/tables/efi_status.def>
#undef X
    };
    const uint64_t error = UINT64_C(1) << 63;
    uint64_t number = 0;
    bool by_number = parse_number(word, &number) && number & error;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bool same = by_number ? number == (error | all[i].code) : strcmp(word, all[i].name) == 0;
        if (!same)
            continue;
        printf("%s (0x%" PRIX64 "): %s\n", all[i].name, all[i].code ? error | all[i].code : 0,
               all[i].text);
        return true;
    }
    return false;
}

static bool explain_status(const char *word)
{
    pel_ntstatus nt;
    uint64_t number;
    if (parse_number(word, &number) && number <= UINT32_MAX && pel_ntstatus_name((uint32_t)number))
        nt = (pel_ntstatus)number;
    else if (pel_ntstatus_from_name(word, &nt) != PEL_OK)
        return false;
    print_status(nt);
    return true;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .count = 0 };
    int status = EXIT_FINE;
    parse_arguments(self, argc, argv, &a);
    if (a.count == 0)
        list_all();
    for (size_t i = 0; i < a.count; i++) {
        if (explain_diag(a.words[i]) || explain_rule(a.words[i]) || explain_memory(a.words[i]) ||
            explain_efi(a.words[i]) || explain_status(a.words[i]) || explain_win32(a.words[i]))
            continue;
        complain(a.words[i],
                 "no such diagnostic, rule, status or Win32 error; `pelorus explain` lists them");
        status = EXIT_USAGE;
    }
    return status;
}

const command command_explain = {
    .name = "explain",
    .summary = "Explain a diagnostic, a rule, an NTSTATUS or a Win32 error",
    .examples = "  pelorus explain SECTION_PAST_EOF\n"
                "  pelorus explain section.contiguous STATUS_INVALID_IMAGE_FORMAT\n"
                "  pelorus explain 0xC000007B 998\n"
                "  pelorus explain               (lists all)\n",
    .argp = &argp,
    .run = run,
};
