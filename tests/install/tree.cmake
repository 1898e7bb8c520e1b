# SPDX-License-Identifier: Apache-2.0
# Install into an empty PREFIX and look for what must be there.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

set(expected
  ${LIBDIR}/libpelorus.so ${LIBDIR}/libpelorus.a
  ${LIBDIR}/pkgconfig/pelorus.pc
  ${LIBDIR}/cmake/pelorus/pelorusConfig.cmake ${LIBDIR}/cmake/pelorus/pelorusConfigVersion.cmake
  include/pelorus/pelorus.h include/pelorus/version.h include/pelorus/tables/diag.def)
if(HAS_COMMAND)
  list(APPEND expected bin/pelorus)
endif()
foreach(name ${expected})
  if(NOT EXISTS ${PREFIX}/${name})
    message(SEND_ERROR "not installed: ${name}")
  endif()
endforeach()

if(HAS_COMMAND)
  execute_process(COMMAND ${PREFIX}/bin/pelorus --version OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()
