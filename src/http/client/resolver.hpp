#pragma once
// Resolver: the addresses of a host name, within a time. Tests replace it.

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/client/failure.hpp"

namespace evalx::http::client {

using Addresses = std::vector<asio::ip::address>;

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Returns after at most `patience`, also if the DNS hangs: at least one address, in the order in
  /// which they should be tried. Failures: LookupFailed, Timeout, Stopped.
  virtual Task<tl::expected<Addresses, Failure>> resolve(std::string host, Milliseconds patience,
                                                         std::stop_token stop) = 0;
};

struct LookupResult {
  boost::system::error_code code;
  Addresses addresses;
};

/// The system's resolver: /etc/hosts and the DNS (getaddrinfo(3)). That function cannot be
/// cancelled, and blocks for ten seconds and more if the DNS does not answer. Therefore each lookup
/// has a thread of its own, which is left alone when the caller's time is over, and one hanging
/// lookup delays no other. Call it from any event loop; the loop must outlive the call. The object
/// may be destroyed while lookups hang.
class SystemResolver final : public Resolver {
 public:
  /// Blocks; called in any thread.
  using Lookup = std::function<LookupResult(const std::string& host)>;
  static constexpr std::size_t kLookupsMax = 64;
  static constexpr std::size_t kAddressesMax = 16;  ///< Further ones of a name are ignored.

  /// `lookups_max`: lookups at the same time, with those that hang. Above: LookupFailed.
  explicit SystemResolver(std::size_t lookups_max = kLookupsMax);
  SystemResolver(std::size_t lookups_max, Lookup lookup);

  Task<tl::expected<Addresses, Failure>> resolve(std::string host, Milliseconds patience,
                                                 std::stop_token stop) override;

 private:
  struct Pending;
  [[nodiscard]] bool start(const std::string& host, std::shared_ptr<Pending> pending);

  const std::size_t lookups_max_;
  const Lookup lookup_;
  std::shared_ptr<std::atomic<std::size_t>> lookups_;  ///< Shared with the threads.
};

}  // namespace evalx::http::client
