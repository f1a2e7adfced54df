# Defines cnats::nats, the C client of NATS. What Debian's libnats-dev has for
# CMake cannot be read: it names a static library that is not in the package.

find_path(cnats_INCLUDE_DIR nats/nats.h)
find_library(cnats_LIBRARY nats)
mark_as_advanced(cnats_INCLUDE_DIR cnats_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cnats REQUIRED_VARS cnats_LIBRARY
                                                      cnats_INCLUDE_DIR)

if(cnats_FOUND AND NOT TARGET cnats::nats)
  add_library(cnats::nats UNKNOWN IMPORTED)
  set_target_properties(
    cnats::nats PROPERTIES IMPORTED_LOCATION ${cnats_LIBRARY}
                           INTERFACE_INCLUDE_DIRECTORIES ${cnats_INCLUDE_DIR})
endif()
