# Every kernel takes its device first; those of the processor need nothing of it.
target_compile_options(room_devices PRIVATE -Wno-unused-parameter)

# The kernels of devices/fast, once for each instruction set; onednn.c chooses at run time.
file(GLOB fast CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/devices/fast/*.c)
function(recraft_fast isa)
    add_library(fast_${isa} OBJECT ${fast})
    target_include_directories(fast_${isa} PRIVATE
        $<TARGET_PROPERTY:room_devices,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(fast_${isa} PRIVATE RC_ISA=${isa})
    target_compile_options(fast_${isa} PRIVATE -O3 -Wno-psabi -Wno-unused-parameter -ffp-contract=fast ${ARGN})
    target_link_libraries(fast_${isa} PRIVATE OpenMP::OpenMP_C)
    set_property(GLOBAL APPEND PROPERTY recraft_objects $<TARGET_OBJECTS:fast_${isa}>)
endfunction()
# Whole numbers are the same on every processor: no sum is rounded once where another rounds twice.
set_source_files_properties(devices/fast/int8_rows.c devices/ref_int8.c PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
recraft_fast(base)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    recraft_fast(v3 -mavx2 -mfma -mbmi2)
    recraft_fast(v4 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mbmi2 -mprefer-vector-width=512)
    set_source_files_properties(devices/onednn.c devices/onednn_bf16.c PROPERTIES COMPILE_DEFINITIONS RC_X86_KERNELS)
endif()
