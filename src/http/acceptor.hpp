#pragma once
// Listening sockets: one for each thread, all on one port, which no other process can share.

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::http {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Binds one acceptor for each loop to the same address and port. Errors: those of bind(2) and
/// listen(2); EADDRINUSE if another socket listens there, even one with SO_REUSEPORT.
Result<std::vector<Acceptor>> listen_on(const std::string& address, std::uint16_t port,
                                        const std::vector<Executor>& loops);

}  // namespace evalx::http
