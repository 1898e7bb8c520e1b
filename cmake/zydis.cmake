# SPDX-License-Identifier: Apache-2.0
# Zydis 4 disassembles; a build without it does everything else. Debian's package has no pkg-config
# file, and its CMake package wants that of Zycore looked for first: header and libraries will do.
# PEL_ZYDIS is true, and there is a target pel_zydis, when both are there.
set(PEL_ZYDIS FALSE)
if(PEL_DISASSEMBLER)
  find_path(ZYDIS_INCLUDE_DIR Zydis/Zydis.h)
  find_library(ZYDIS_LIBRARY Zydis)
  find_library(ZYCORE_LIBRARY Zycore)
  mark_as_advanced(ZYDIS_INCLUDE_DIR ZYDIS_LIBRARY ZYCORE_LIBRARY)
  if(ZYDIS_INCLUDE_DIR AND ZYDIS_LIBRARY AND ZYCORE_LIBRARY)
    # Zydis 3 has other calls.
    file(STRINGS ${ZYDIS_INCLUDE_DIR}/Zydis/Zydis.h ZYDIS_VERSION_LINE
      REGEX "define ZYDIS_VERSION .*0x0004[0-9A-Fa-f]+")
    if(ZYDIS_VERSION_LINE)
      set(PEL_ZYDIS TRUE)
      add_library(pel_zydis INTERFACE)
      target_include_directories(pel_zydis SYSTEM INTERFACE ${ZYDIS_INCLUDE_DIR})
      target_link_libraries(pel_zydis INTERFACE ${ZYDIS_LIBRARY} ${ZYCORE_LIBRARY})
    endif()
  endif()
  if(NOT PEL_ZYDIS)
    message(STATUS "No Zydis 4: pelorus dump --disassemble is left out")
  endif()
endif()
