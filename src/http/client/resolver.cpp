#include "http/client/resolver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "base/stop_link.hpp"
#include "base/timer.hpp"

namespace evalx::http::client {
namespace {

LookupResult look_up(const std::string& host) {
  asio::io_context unused;
  asio::ip::tcp::resolver resolver{unused};
  LookupResult result;
  for (const auto& entry : resolver.resolve(host, "", result.code)) {
    if (result.addresses.size() == SystemResolver::kAddressesMax) break;
    result.addresses.push_back(entry.endpoint().address());
  }
  return result;
}

tl::unexpected<Failure> refused(const std::string& host, const boost::system::error_code& code) {
  if (code == asio::error::host_not_found_try_again) {
    return failed(FailureKind::LookupFailed, "the DNS gives no answer for " + host);
  }
  const bool is_unknown =
      !code || code == asio::error::host_not_found || code == asio::error::no_data;
  return failed(FailureKind::LookupFailed,
                is_unknown ? "the DNS has no address for " + host
                           : "the lookup of " + host + " failed: " + code.message());
}

}  // namespace

/// Shared by a call and its thread. `done` is requested after `result` was written.
struct SystemResolver::Pending {
  LookupResult result;
  std::stop_source done;
};

SystemResolver::SystemResolver(std::size_t lookups_max) : SystemResolver(lookups_max, look_up) {}

SystemResolver::SystemResolver(std::size_t lookups_max, Lookup lookup)
    : lookups_max_(lookups_max),
      lookup_(std::move(lookup)),
      lookups_(std::make_shared<std::atomic<std::size_t>>(0)) {}

bool SystemResolver::start(const std::string& host, std::shared_ptr<Pending> pending) {
  if (lookups_->fetch_add(1) >= lookups_max_) {
    lookups_->fetch_sub(1);
    return false;
  }
  try {
    std::thread{[lookup = lookup_, host, pending = std::move(pending), count = lookups_] {
      pending->result = lookup(host);
      count->fetch_sub(1);
      pending->done.request_stop();
    }}.detach();
  } catch (const std::system_error&) {  // The system has no further thread.
    lookups_->fetch_sub(1);
    return false;
  }
  return true;
}

Task<tl::expected<Addresses, Failure>> SystemResolver::resolve(std::string host,
                                                               Milliseconds patience,
                                                               std::stop_token stop) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto pending = std::make_shared<Pending>();
  if (!start(host, pending)) {
    co_return failed(FailureKind::LookupFailed,
                     "too many lookups wait for the DNS: " + host + " was not looked up");
  }
  const std::stop_source wake;
  const StopLink on_done{pending->done.get_token(), wake};
  const StopLink on_stop{stop, wake};
  co_await wait_on(std::make_shared<Timer>(executor, patience), wake.get_token());

  if (pending->done.stop_requested()) {
    LookupResult& result = pending->result;
    if (result.code || result.addresses.empty()) co_return refused(host, result.code);
    co_return std::move(result.addresses);
  }
  if (stop.stop_requested()) co_return failed(FailureKind::Stopped, "the call was stopped");
  co_return failed(FailureKind::Timeout,
                   "the DNS gives no answer for " + host + " within " + words_of(patience));
}

}  // namespace evalx::http::client
