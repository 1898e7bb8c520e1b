/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FUZZ_H
#define PEL_FUZZ_H

/* The fuzz targets. Each is one file with one entry point, built in two ways:
 *
 *   cmake --preset fuzz && cmake --build --preset fuzz
 *   build-fuzz/fuzz/fuzz_image CORPUS_FOLDER      libFuzzer invents inputs (clang)
 *
 *   ctest -R fuzz                                 the seeds and fixed mutants of them, with any
 *                                                 compiler; part of every test run
 *
 * A finding becomes a test: rebuild it with the builder in the unit tests of the layer at fault.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** libFuzzer's name. Takes any bytes, returns 0, and aborts on a broken promise. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the library. Not assert: it holds in release builds, too. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
