/* SPDX-License-Identifier: Apache-2.0 */
/* closure_conformance FOLDER...
 *
 * Starts every PE file of each folder, as a program, with that folder for a system folder: all that
 * it imports, and all that this imports, must be there. Prints one line for a file that does not
 * start, and last "N passed, M failed". Exit 1 if any failed, 2 for wrong usage. */
#define _POSIX_C_SOURCE 200809L /* scandir */
#include "report.h"

#include <pelorus/pelorus.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct folder_run {
    report *report;
    const char *folder;
    pel_machine *machine;
    pel_search_path *path; /* opens each file once, for all programs */
    size_t modules, bindings;
} folder_run;

/* The first thing that is missing, in words. */
static void tell_missing(trial *t, const pel_process *p, pel_ntstatus status)
{
    const pel_missing *what = pel_process_missing_at(p, 0);
    if (!what)
        trial_differs(t, "start", "want SUCCESS, got %s", pel_ntstatus_name(status));
    else
        trial_differs(t, "start", "%s: %s wants %.*s!%.*s (%u)", pel_ntstatus_name(what->status),
                      what->importer, (int)what->dll.len, what->dll.ptr, (int)what->name.len,
                      what->name.ptr, what->ordinal);
}

static void start(folder_run *run, const pel_image *image, trial *t)
{
    pel_process *p;
    pel_start_options options = { .path = run->path, .name = t->name };
    pel_ntstatus nt = pel_process_new(run->machine, image, NULL, &p, NULL);
    if (!pel_nt_success(nt)) {
        trial_differs(t, "process", "want SUCCESS, got %s", pel_ntstatus_name(nt));
        return;
    }
    nt = pel_process_start(p, &options);
    if (!pel_nt_success(nt))
        tell_missing(t, p, nt);
    run->modules += pel_process_module_count(p);
    run->bindings += pel_process_binding_count(p);
    pel_process_free(p);
}

static void run_file(folder_run *run, const char *name)
{
    trial t;
    pel_image *image;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", run->folder, name);
    if (pel_image_open(path, NULL, &image) != PEL_OK)
        return; /* a folder */
    if (pel_image_is_pe(image)) {
        trial_begin(&t, run->report, name);
        start(run, image, &t);
        trial_end(&t);
    }
    pel_image_free(image);
}

static void run_entries(folder_run *run)
{
    struct dirent **entries;
    int count = scandir(run->folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        run_file(run, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void run_folder(report *r, const char *folder)
{
    folder_run run = { .report = r, .folder = folder };
    if (pel_machine_new(NULL, &run.machine) != PEL_OK ||
        pel_search_path_new(NULL, &run.path) != PEL_OK ||
        pel_search_path_add_folder(run.path, folder, PEL_FOLDER_SYSTEM) != PEL_OK)
        report_failure(r, folder, "cannot be read");
    else
        run_entries(&run);
    printf("%s: %zu modules mapped, %zu slots bound\n", folder, run.modules, run.bindings);
    pel_search_path_free(run.path);
    pel_machine_free(run.machine);
}

int main(int argc, char **argv)
{
    report r = { 0 };
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: closure_conformance FOLDER...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        run_folder(&r, argv[i]);
    return report_close(&r);
}
