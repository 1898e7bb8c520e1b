# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` gives: the library in both forms, its headers, a CMake package, a
# pkg-config file, JSON Schemas, the command and its manual page.
include(CMakePackageConfigHelpers)

set(PEL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/pelorus)

# ---- library ------------------------------------------------------------

# Whoever links the static library links what it uses, too.
target_link_libraries(pelorus_static INTERFACE
  "$<INSTALL_INTERFACE:${YAML_LIBRARIES};${CRYPTO_LIBRARIES};${ZLIB_LIBRARIES}>")
if(PEL_ZYDIS)
  target_link_libraries(pelorus_static INTERFACE "$<INSTALL_INTERFACE:Zydis;Zycore>")
  # Debian has it as a shared library only.
  set(PEL_PC_ZYDIS " -Wl,--push-state,-Bdynamic -lZydis -lZycore -Wl,--pop-state")
endif()
set_target_properties(pelorus_shared PROPERTIES EXPORT_NAME pelorus)
set_target_properties(pelorus_static PROPERTIES EXPORT_NAME static)
install(TARGETS pelorus_shared pelorus_static EXPORT pelorusTargets)

install(DIRECTORY include/pelorus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h PATTERN *.def)
install(FILES ${PROJECT_BINARY_DIR}/include/pelorus/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pelorus)

# ---- packages -----------------------------------------------------------

install(EXPORT pelorusTargets NAMESPACE pelorus:: DESTINATION ${PEL_CMAKE_DIR})
configure_package_config_file(cmake/pelorusConfig.cmake.in
  ${PROJECT_BINARY_DIR}/pelorusConfig.cmake INSTALL_DESTINATION ${PEL_CMAKE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 every minor release may break: SOVERSION follows it, and so does this.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pelorusConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/pelorusConfig.cmake
  ${PROJECT_BINARY_DIR}/pelorusConfigVersion.cmake DESTINATION ${PEL_CMAKE_DIR})

# The prefix is told relative to the file, so that the installed tree can be moved.
file(RELATIVE_PATH PEL_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" PEL_PC_TO_PREFIX ${PEL_PC_TO_PREFIX})
configure_file(cmake/pelorus.pc.in ${PROJECT_BINARY_DIR}/pelorus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pelorus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# ---- command and documents ----------------------------------------------

if(TARGET pelorus)
  install(TARGETS pelorus)
endif()

# With the scenarios and recipes that the documents speak of.
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md PATTERN man EXCLUDE)
install(DIRECTORY samples DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.yaml PATTERN *.md PATTERN *.c)

file(GLOB PEL_JSON_SCHEMAS CONFIGURE_DEPENDS src/dump/schema/*.json)
install(FILES ${PEL_JSON_SCHEMAS} DESTINATION ${CMAKE_INSTALL_DATADIR}/pelorus/schema)

find_program(SCDOC scdoc)
file(GLOB PEL_PAGES CONFIGURE_DEPENDS docs/man/*.scd)
if(SCDOC)
  foreach(page ${PEL_PAGES})
    get_filename_component(name ${page} NAME_WLE)
    set(output ${PROJECT_BINARY_DIR}/man/${name})
    add_custom_command(OUTPUT ${output} DEPENDS ${page}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
      COMMAND sh -c "'${SCDOC}' <'${page}' >'${output}'" VERBATIM)
    list(APPEND man_outputs ${output})
    string(REGEX REPLACE ".*\\." "" chapter ${name})
    install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${chapter})
  endforeach()
  add_custom_target(pelorus_man ALL DEPENDS ${man_outputs})
endif()
