# One plug-in for each MPI that is installed: recraft-NAME.so beside the program, and installed in LIBDIR/recraft.
# Nothing else knows of MPI, and the program works without them.
option(RECRAFT_MPI "one training on many ranks: plug-ins for the MPIs that pkg-config knows" ON)
file(RELATIVE_PATH plugins_from_program ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/recraft)
# _GNU_SOURCE: dladdr; sets of processors; accept4.
set_source_files_properties(parallel/launched.c PROPERTIES
    COMPILE_DEFINITIONS "_GNU_SOURCE;RC_PLUGINS_FROM_PROGRAM=\"${plugins_from_program}\"")
set_source_files_properties(parallel/parallel.c parallel/watch.c parallel/calls.c
    PROPERTIES COMPILE_DEFINITIONS _GNU_SOURCE)
function(recraft_mpi_plugin name package)
    pkg_check_modules(MPI_${name} IMPORTED_TARGET ${package})
    if(NOT MPI_${name}_FOUND)
        return()
    endif()
    set(plugin recraft-${name})
    add_library(${plugin} MODULE ${CMAKE_CURRENT_SOURCE_DIR}/parallel/mpi/plugin_mpi.c)
    set_target_properties(${plugin} PROPERTIES PREFIX "")
    target_compile_definitions(${plugin} PRIVATE RC_PLUGIN_NAME="${name}")
    target_include_directories(${plugin} PRIVATE ${PROJECT_BINARY_DIR}/rooms/parallel)
    target_link_libraries(${plugin} PRIVATE PkgConfig::MPI_${name})
    install(TARGETS ${plugin} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/recraft)
endfunction()
if(RECRAFT_MPI)
    recraft_mpi_plugin(openmpi ompi-c)
    recraft_mpi_plugin(mpich mpich)
endif()
