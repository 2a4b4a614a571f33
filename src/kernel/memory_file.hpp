#pragma once
// Memory files: bytes behind a descriptor (memfd_create(2)), so that they can be handed around.

#include <string_view>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// An empty file that can be sealed; `name` is only shown in /proc.
Result<Fd> make_memory_file(const char* name);

/// From here on nobody who is given the file can change it (fcntl(2), F_ADD_SEALS).
Result<> seal(const Fd& file);

/// Whether nobody can change what is in the file: one that a process gave which one does not trust.
bool is_sealed(const Fd& file);

/// A sealed file with these bytes, at its start: for a program's stdin.
Result<Fd> sealed_file(const char* name, std::string_view bytes);

}  // namespace evalx::kernel
