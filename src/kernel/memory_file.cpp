#include "kernel/memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/file.hpp"

namespace evalx::kernel {

Result<Fd> make_memory_file(const char* name) {
  Fd file{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file) return fail(last_error(), "memfd_create");
  return file;
}

bool is_sealed(const Fd& file) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  const int seals = ::fcntl(file.get(), F_GET_SEALS);  // -1 if it is no memory file.
  return seals >= 0 && (seals & kSeals) == kSeals;
}

Result<> seal(const Fd& file) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) < 0) return fail(last_error(), "F_ADD_SEALS");
  return {};
}

Result<Fd> sealed_file(const char* name, std::string_view bytes) {
  EVALX_TRY(Fd file, make_memory_file(name));
  EVALX_TRY_VOID(write_all(file.get(), bytes));
  EVALX_TRY_VOID(seal(file));
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return fail(last_error(), "lseek");
  return file;
}

}  // namespace evalx::kernel
