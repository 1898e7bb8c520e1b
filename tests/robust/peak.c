/* SPDX-License-Identifier: Apache-2.0 */
/* peak COMMAND...: run it with its output thrown away and print the KiB that it had resident at
 * most. A process starts with the peak of the one that forked it: an interpreter's would hide
 * that of a small command. Exits as the command does. */
#define _DEFAULT_SOURCE /* wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_RUN 127

static int run(char **command)
{
    int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
        return NOT_RUN;
    execvp(command[0], command);
    return NOT_RUN;
}

int main(int argc, char **argv)
{
    int status;
    struct rusage used;
    if (argc < 2)
        return NOT_RUN;
    pid_t child = fork();
    if (child == 0)
        _exit(run(argv + 1));
    if (child < 0 || wait4(child, &status, 0, &used) != child || !WIFEXITED(status))
        return NOT_RUN;
    printf("%ld\n", used.ru_maxrss);
    return WEXITSTATUS(status);
}
