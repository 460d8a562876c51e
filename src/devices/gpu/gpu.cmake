# The GPU device; the texts of its kernels are carried inside the library.
file(GLOB gpu CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/devices/gpu/*.c)
file(GLOB kernels CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/devices/gpu/kernels/*)
target_sources(room_devices PRIVATE ${gpu})
set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/devices/gpu/texts.c PROPERTIES
    OBJECT_DEPENDS "${kernels}"
    COMPILE_DEFINITIONS RC_GPU_KERNELS="${CMAKE_CURRENT_SOURCE_DIR}/devices/gpu/kernels")
