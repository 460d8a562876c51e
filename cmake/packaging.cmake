# What `cmake --install` puts where: the library (shared and static), its headers, the program, the manual page,
# the source bundles, and the files by which pkg-config and CMake find all this. Everything is relative to where
# those files lie, so the installed tree can be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/recraft)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/recraft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
if(TARGET recraft)
    install(TARGETS recraft RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    # Words that shells complete, where they look for them.
    set(completions ${PROJECT_BINARY_DIR}/completions)
    install(FILES ${completions}/recraft.bash RENAME recraft
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${completions}/recraft.zsh RENAME _recraft
            DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${completions}/recraft.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/man/recraft.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
file(GLOB bundles CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bundles/*.safetensors)
if(bundles)
    install(FILES ${bundles} DESTINATION ${CMAKE_INSTALL_DATADIR}/recraft)
endif()

# recraft::recraft, and recraft::static with find_package(recraft COMPONENTS static), which then needs the
# development packages of the libraries underneath.
foreach(kind shared static)
    install(TARGETS recraft_${kind} EXPORT recraft-${kind}
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT recraft-${kind} NAMESPACE recraft:: DESTINATION ${package_dir})
endforeach()
set_target_properties(recraft_shared PROPERTIES EXPORT_NAME recraft)
set_target_properties(recraft_static PROPERTIES EXPORT_NAME static)
# What the static library needs of the system.
get_property(packages GLOBAL PROPERTY recraft_packages)
list(REMOVE_DUPLICATES packages)
list(JOIN packages " " packages)
set(libraries "-ldnnl -lgomp -lm")
if(RECRAFT_GENERATORS)
    string(PREPEND libraries "-lcholmod ")
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/recraftConfig.cmake.in
    ${PROJECT_BINARY_DIR}/recraftConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/recraftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/recraftConfig.cmake ${PROJECT_BINARY_DIR}/recraftConfigVersion.cmake
        DESTINATION ${package_dir})

file(RELATIVE_PATH recraft_prefix_from_pc /prefix/${pkgconfig_dir} /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/recraft.pc.in ${PROJECT_BINARY_DIR}/recraft.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/recraft.pc DESTINATION ${pkgconfig_dir})

# The library and the program alone, as the Python package carries them (pyproject.toml).
install(FILES $<TARGET_FILE:recraft_shared> RENAME $<TARGET_SONAME_FILE_NAME:recraft_shared> DESTINATION lib
        COMPONENT python EXCLUDE_FROM_ALL)
if(TARGET recraft)
    install(PROGRAMS $<TARGET_FILE:recraft> DESTINATION bin COMPONENT python EXCLUDE_FROM_ALL)
endif()
