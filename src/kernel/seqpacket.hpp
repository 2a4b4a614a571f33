#pragma once
// Seqpacket: one message with its descriptors over an AF_UNIX SOCK_SEQPACKET socket (unix(7)).

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// Descriptors one message can carry (the kernel's own bound is 253).
inline constexpr std::size_t kMaxPassedFds = 8;

/// Both ends, close-on-exec. Errors: socketpair(2)'s.
Result<std::pair<Fd, Fd>> seqpacket_pair();

/// Sends the parts as one message; `key` is for a caller under a filter (seccomp.hpp).
/// Errors: sendmsg(2)'s, EPIPE if the peer is gone (no signal).
Result<> send_message(int socket, std::span<const std::span<const std::byte>> parts,
                      std::span<const int> fds = {}, std::uint64_t key = 0);

struct Received {
  std::size_t size = 0;  ///< 0: the peer has closed its end.
  std::vector<Fd> fds;
};
/// Receives one message into `buffer`. `flags`: MSG_DONTWAIT or 0; `key` as above.
/// Errors: EMSGSIZE if it did not fit (nothing of it is kept), EAGAIN, and recvmsg(2)'s.
Result<Received> receive_message(int socket, std::span<std::byte> buffer, int flags,
                                 std::uint64_t key = 0);

}  // namespace evalx::kernel
