#pragma once
// Listening sockets: one per thread on one port, which nobody else may share.

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::http {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Binds one acceptor per loop to the same address and port. EADDRINUSE if another socket listens
/// there, even one that set SO_REUSEPORT.
Result<std::vector<Acceptor>> listen_on(const std::string& address, std::uint16_t port,
                                        const std::vector<Executor>& loops);

}  // namespace evalx::http
