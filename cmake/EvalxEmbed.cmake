# evalx_embed(TARGET NAMESPACE FUNCTION FILE…): puts text files into the binary.
# Generates FUNCTION.cpp with `std::span<const EmbeddedFile> FUNCTION()` in namespace NAMESPACE,
# one {name, text} per file. It is generated again when a file changes.
function(evalx_embed target namespace function)
  set(files ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" -D "OUT=${out}" -D "NAMESPACE=${namespace}" -D "FUNCTION=${function}"
            -D "FILES=${files}" -P "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
