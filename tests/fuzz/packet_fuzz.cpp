// Packets at a socket: bytes with the right or wrong descriptors, with the message inline or in a
// file. An accepted packet has the descriptors that it names. Accepted or refused, none stays open.

#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "kernel/memory_file.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/native/protocol.hpp"

using namespace evalx;
using namespace evalx::sandbox::native;

namespace {

enum Form : std::uint8_t { kPacket, kFile, kEmptyFile, kForms };

int lowest_free() {
  const kernel::Fd probe{::dup(0)};
  return probe.get();
}

/// The first byte is the number of descriptors, the second the form of the message.
void send_input(int socket, std::span<const std::uint8_t> input) {
  const std::size_t extra = input[0] % kernel::kMaxPassedFds;
  const std::uint8_t form = input[1] % kForms;
  const auto body = std::as_bytes(input.subspan(2));
  const std::string_view text{reinterpret_cast<const char*>(body.data()), body.size()};
  kernel::Fd file;
  std::vector<int> fds;
  if (form == kFile) file = kernel::sealed_file("message", text).value();
  if (form == kEmptyFile) file = kernel::make_memory_file("message").value();
  if (file) fds.push_back(file.get());
  fds.insert(fds.end(), extra, 0);
  constexpr std::uint32_t kInFile = 0xFFFFFFFF;
  const std::array parts{form == kPacket ? body : std::as_bytes(std::span{&kInFile, 1})};
  EVALX_ASSERT(kernel::send_message(socket, parts, fds));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto sockets = kernel::seqpacket_pair().value();
  static MessageBuffer buffer;
  if (size < 2) return 0;
  const int before = lowest_free();
  send_input(sockets.first.get(), {data, size});
  if (const auto incoming = receive(sockets.second.get(), buffer, 0))
    EVALX_ASSERT(incoming->fds.size() == descriptors_of(incoming->message));
  EVALX_ASSERT(lowest_free() == before);
  return 0;
}
