#pragma once
// Memory files: bytes in memory with a descriptor (memfd_create(2)), to pass them to other
// processes.

#include <string_view>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// Makes an empty file that can be sealed; `name` is only visible in /proc. Errors:
/// memfd_create(2)'s.
Result<Fd> make_memory_file(const char* name);

/// From here on no process can change the file (fcntl(2), F_ADD_SEALS).
Result<> seal(const Fd& file);

/// Returns true if no process can change the file: content and size are sealed. Check it before
/// using a file from an untrusted process.
bool is_sealed(const Fd& file);

/// Makes a sealed file with these bytes, at position 0: for example a program's stdin.
Result<Fd> sealed_file(const char* name, std::string_view bytes);

}  // namespace evalx::kernel
