# SPDX-License-Identifier: Apache-2.0
# cmake -D TOOL=... -D PAGES=docs/format -D MADE=FOLDER -P compare_format.cmake: the pages of the
# format are those that the tool makes, and there are no others.
file(REMOVE_RECURSE ${MADE})
file(MAKE_DIRECTORY ${MADE})
execute_process(COMMAND ${TOOL} ${MADE} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND diff -ru ${PAGES} ${MADE} RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "docs/format is not what the tables say; ./dev rebase-golden makes it anew")
endif()
