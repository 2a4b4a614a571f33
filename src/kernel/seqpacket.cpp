#include "kernel/seqpacket.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

constexpr std::size_t kMaxParts = 8;

struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(kMaxPassedFds * sizeof(int))> bytes{};
};

void take_fds(msghdr& message, std::vector<Fd>& fds) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, kMaxPassedFds> raw{};
    std::memcpy(raw.data(), CMSG_DATA(header), count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) fds.emplace_back(raw[i]);
  }
}

}  // namespace

Result<std::pair<Fd, Fd>> seqpacket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0)
    return fail(last_error(), "socketpair");
  return std::pair{Fd{ends[0]}, Fd{ends[1]}};
}

Result<> send_message(int socket, std::span<const std::span<const std::byte>> parts,
                      std::span<const int> fds, std::uint64_t key, int flags) {
  EVALX_ASSERT(parts.size() <= kMaxParts && fds.size() <= kMaxPassedFds);
  std::array<iovec, kMaxParts> vectors{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};  // NOLINT: C interface
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = parts.size();
  ControlBuffer control;
  if (!fds.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  long sent = 0;
  do {
    sent = keyed_syscall(key, SYS_sendmsg, socket, &message, MSG_NOSIGNAL | flags);
  } while (sent == -EINTR);
  if (sent < 0) return fail(code_of(sent), "sendmsg");
  return {};
}

Result<Received> receive_message(int socket, std::span<std::byte> buffer, int flags,
                                 std::uint64_t key) {
  iovec vector{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ControlBuffer control;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  long got = 0;
  do {
    got = keyed_syscall(key, SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC | flags);
  } while (got == -EINTR);
  if (got < 0) return fail(code_of(got), "recvmsg");
  Received received{static_cast<std::size_t>(got), {}};
  take_fds(message, received.fds);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return fail(std::make_error_code(std::errc::message_size), "recvmsg: message too large");
  return received;
}

}  // namespace evalx::kernel
