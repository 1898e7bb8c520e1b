/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiler makes of the smallest honest program: hello.exe and hello32.exe. Beside the
 * recipes they show real code, a C run-time's imports, TLS callbacks and unwind tables. */
#include <stdio.h>

int main(void)
{
    puts("Hello from a file that a linker made.");
    return 0;
}
