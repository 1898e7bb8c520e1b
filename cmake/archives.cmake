# SPDX-License-Identifier: Apache-2.0
# PEL_LINKED: what the command is linked with. With PEL_STATIC those are archives, where there are some:
# half of the time that the command takes to start is spent on moving libcrypto to its place. Whoever
# chooses it has to build again when a library is mended.
set(PEL_LINKED PkgConfig::YAML PkgConfig::CRYPTO PkgConfig::ZLIB)

# Replace `target` of PEL_LINKED by the archive `file`, and what that needs.
function(pel_link_archive target file)
  find_library(${target}_ARCHIVE ${file})
  mark_as_advanced(${target}_ARCHIVE)
  if(NOT ${target}_ARCHIVE)
    message(STATUS "No ${file}: the command has the shared library")
    return()
  endif()
  add_library(pel_archive_${target} INTERFACE)
  target_include_directories(pel_archive_${target} SYSTEM INTERFACE ${${target}_INCLUDE_DIRS})
  target_link_libraries(pel_archive_${target} INTERFACE ${${target}_ARCHIVE} ${ARGN})
  list(REMOVE_ITEM PEL_LINKED PkgConfig::${target})
  set(PEL_LINKED ${PEL_LINKED} pel_archive_${target} PARENT_SCOPE)
endfunction()

if(PEL_STATIC)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  pel_link_archive(YAML libyaml.a)
  pel_link_archive(CRYPTO libcrypto.a ${CMAKE_DL_LIBS} Threads::Threads)
  pel_link_archive(ZLIB libz.a)
  add_link_options(-Wl,--gc-sections)
endif()
