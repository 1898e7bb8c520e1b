# SPDX-License-Identifier: Apache-2.0
# Warnings and sanitizers for our own targets; never installed.
add_library(pel_warnings INTERFACE)
target_compile_options(pel_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wvla -Wundef -Wcast-align -Wformat=2 -Wswitch-enum
  $<$<BOOL:${PEL_WERROR}>:-Werror>)
if(PEL_SANITIZE)
  add_compile_options(-fsanitize=${PEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PEL_SANITIZE})
endif()
if(PEL_BUILD_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PEL_BUILD_FUZZ needs clang; the preset `fuzz` chooses it")
  endif()
  # Counters for libFuzzer, in every object.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
