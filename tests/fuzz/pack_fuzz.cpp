// Packs: every accepted pack is within the file, has only safe paths, and is written again as the
// same bytes.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "kernel/file.hpp"
#include "sandbox/test_unpack.hpp"

using namespace evalx;
using namespace evalx::sandbox;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const kernel::Fd file{::memfd_create("fuzzed", MFD_CLOEXEC)};
  EVALX_ASSERT(::ftruncate(file.get(), 0) == 0 && ::lseek(file.get(), 0, SEEK_SET) == 0);
  EVALX_ASSERT(kernel::write_all(file.get(), {reinterpret_cast<const char*>(data), size}));
  const auto entries = pack_entries(file.get());
  const auto files = unpack(file.get());
  EVALX_ASSERT(files.has_value() == entries.has_value());
  if (!entries) return 0;
  std::string again = pack_head(*entries);
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const PackEntry& entry = (*entries)[i];
    EVALX_ASSERT(is_safe_path(entry.path));
    EVALX_ASSERT(entry.offset <= size && entry.size <= size - entry.offset);
    EVALX_ASSERT((*files)[i].content.size() == entry.size);
    again += (*files)[i].content;
  }
  EVALX_ASSERT(again.size() <= size && std::memcmp(again.data(), data, again.size()) == 0);
  return 0;
}
