#include "sandbox/native/peer.hpp"

#include <sys/socket.h>

#include "kernel/seqpacket.hpp"

namespace evalx::sandbox::native {
namespace {

/// A patience is counted in so many steps: a process that was stopped sees one late step.
constexpr unsigned kSteps = 4;

}  // namespace

Peer::Peer(asio::io_context& loop, kernel::Fd socket, std::uint64_t serial)
    : socket_(loop.get_executor(), socket.release()),
      timer_(loop.get_executor()),
      serial_(serial) {}

Result<> Peer::send(const Message& message, std::span<const int> fds) {
  return native::send(socket_.native_handle(), message, fds, 0, MSG_DONTWAIT);
}

Task<Result<Incoming>> Peer::next_message(MessageBuffer& buffer,
                                          std::optional<Milliseconds> patience) {
  const std::shared_ptr<Peer> self = shared_from_this();
  if (patience) start_step(*patience / kSteps, kSteps);
  auto incoming = co_await wait(buffer);
  ++waits_;
  if (patience) timer_.cancel();
  if (late_) co_return fail(std::make_error_code(std::errc::timed_out), "wait for an answer");
  co_return incoming;
}

Task<Result<Incoming>> Peer::wait(MessageBuffer& buffer) {
  while (true) {
    auto incoming = receive(socket_.native_handle(), buffer, MSG_DONTWAIT);
    if (incoming || incoming.error().code != std::errc::resource_unavailable_try_again)
      co_return incoming;
    const auto [error] = co_await socket_.async_wait(socket_.wait_read, kAsResult);
    if (error) co_return fail(error, "wait for an answer");
  }
}

void Peer::start_step(Milliseconds step, unsigned left) {
  timer_.expires_after(step);
  timer_.async_wait(
      [weak = weak_from_this(), wait = waits_, step, left](boost::system::error_code cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->waits_ != wait) return;
        if (left > 1) return self->start_step(step, left - 1);
        self->late_ = true;
        boost::system::error_code ignored;
        self->socket_.cancel(ignored);
      });
}

void Peer::end_sending() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Peer::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace evalx::sandbox::native
