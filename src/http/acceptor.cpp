#include "http/acceptor.hpp"

#include <fcntl.h>

namespace evalx::http {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

enum class Sharing { First, Further };

std::string text_of(const asio::ip::tcp::endpoint& at) {
  const std::string address = at.address().to_string();
  const std::string port = std::to_string(at.port());
  return at.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

/// The first socket binds without SO_REUSEPORT, so that bind(2) fails if another process listens.
/// Only then it sets the option, so that the other sockets of this server can bind. Therefore two
/// servers can never share a port.
boost::system::error_code open(Acceptor& acceptor, const asio::ip::tcp::endpoint& at,
                               Sharing sharing) {
  boost::system::error_code code;
  const auto step = [&code](auto&& action) {
    if (!code) action();
  };
  step([&] { acceptor.open(at.protocol(), code); });
  step([&] { acceptor.set_option(asio::socket_base::reuse_address{true}, code); });
  if (sharing == Sharing::Further) step([&] { acceptor.set_option(ReusePort{true}, code); });
  step([&] { acceptor.bind(at, code); });
  if (sharing == Sharing::First) step([&] { acceptor.set_option(ReusePort{true}, code); });
  // Accepted sockets inherit this option.
  step([&] { acceptor.set_option(asio::ip::tcp::no_delay{true}, code); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, code); });
  step([&] {
    if (::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC) < 0) {
      code.assign(errno, boost::system::system_category());
    }
  });
  return code;
}

}  // namespace

Result<std::vector<Acceptor>> listen_on(const std::string& address, std::uint16_t port,
                                        const std::vector<Executor>& loops) {
  boost::system::error_code code;
  const asio::ip::address parsed = asio::ip::make_address(address, code);
  if (code) return fail(code, "bind", address + ": not a numeric address");

  asio::ip::tcp::endpoint at{parsed, port};
  std::vector<Acceptor> acceptors;
  for (const Executor& loop : loops) {
    Acceptor acceptor{loop};
    code = open(acceptor, at, acceptors.empty() ? Sharing::First : Sharing::Further);
    if (!code && at.port() == 0) at = acceptor.local_endpoint(code);
    if (code) return fail(code, "bind", text_of(at));
    acceptors.push_back(std::move(acceptor));
  }
  return acceptors;
}

}  // namespace evalx::http
