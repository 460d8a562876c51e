# A room is one folder of src/ and one object library. It sees its own headers, the public ones, and those of
# the rooms it uses (and of theirs): nothing else, so an include that points upwards does not compile.
# Headers are included as "room/file.h"; a link per room under the build folder makes that work.
function(recraft_room name)
    cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
    set(view ${PROJECT_BINARY_DIR}/rooms/${name})
    file(MAKE_DIRECTORY ${view})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${name} ${view}/${name} SYMBOLIC)
    if(NOT sources)
        add_library(room_${name} INTERFACE)
        target_include_directories(room_${name} INTERFACE ${view} ${PROJECT_SOURCE_DIR}/include)
        foreach(used ${ROOM_USES})
            target_link_libraries(room_${name} INTERFACE room_${used})
        endforeach()
        return()
    endif()
    add_library(room_${name} OBJECT ${sources})
    target_include_directories(room_${name} PUBLIC ${view} ${PROJECT_SOURCE_DIR}/include)
    foreach(used ${ROOM_USES})
        # Include folders only: the objects are put together once, in the library.
        target_include_directories(room_${name} PUBLIC
            $<TARGET_PROPERTY:room_${used},INTERFACE_INCLUDE_DIRECTORIES>)
    endforeach()
    target_link_libraries(room_${name} PRIVATE OpenMP::OpenMP_C ${ROOM_LINKS})
    set_property(GLOBAL APPEND PROPERTY recraft_objects $<TARGET_OBJECTS:room_${name}>)
    set_property(GLOBAL APPEND PROPERTY recraft_links ${ROOM_LINKS})
endfunction()
