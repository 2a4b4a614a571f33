// The decoder of every message: everything that decodes is encoded to the same bytes again.

#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "sandbox/native/protocol.hpp"

using namespace evalx::sandbox::native;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes{data, size};
  const auto message = decode(std::as_bytes(bytes));
  if (!message) return 0;
  const std::string again = encode(*message);
  EVALX_ASSERT(again.size() == size && std::memcmp(again.data(), data, size) == 0);
  return 0;
}
