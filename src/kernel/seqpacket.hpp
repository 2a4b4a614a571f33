#pragma once
// Seqpacket: messages with descriptors over an AF_UNIX SOCK_SEQPACKET socket (unix(7)).

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// The most descriptors in one message (the kernel's own limit is 253).
inline constexpr std::size_t kMaxPassedFds = 8;

/// Makes a connected pair of sockets, both close-on-exec. Errors: socketpair(2)'s.
Result<std::pair<Fd, Fd>> seqpacket_pair();

/// Sends the parts as one message: at most 8 parts and kMaxPassedFds descriptors, which stay the
/// caller's. `key`: the supervisor's, if the caller is under a filter (seccomp.hpp); otherwise 0.
/// `flags`: MSG_DONTWAIT or 0. Errors: sendmsg(2)'s; EPIPE if the peer has closed its end (without
/// SIGPIPE); EAGAIN if the peer has not read what was sent before (MSG_DONTWAIT).
Result<> send_message(int socket, std::span<const std::span<const std::byte>> parts,
                      std::span<const int> fds = {}, std::uint64_t key = 0, int flags = 0);

struct Received {
  std::size_t size = 0;  ///< 0: the peer has closed its end.
  std::vector<Fd> fds;
};
/// Receives one message into `buffer`. `flags`: MSG_DONTWAIT or 0; `key` as in send_message().
/// Errors: recvmsg(2)'s; EMSGSIZE if the message is longer than `buffer` or has more than
/// kMaxPassedFds descriptors (it is dropped, and they are closed); EAGAIN if there is none
/// (MSG_DONTWAIT).
Result<Received> receive_message(int socket, std::span<std::byte> buffer, int flags,
                                 std::uint64_t key = 0);

}  // namespace evalx::kernel
