#pragma once
// For tests of calls: an event loop for one call, a resolver with fixed answers, filters.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client/client.hpp"

namespace evalx::http::client {

/// Runs a coroutine to its end on an event loop of its own, and returns its value.
template <class T>
T run(Task<T> task) {
  asio::io_context loop{1};
  std::optional<T> value;
  asio::co_spawn(loop, std::move(task), [&value](const std::exception_ptr& thrown, T result) {
    if (thrown) std::rethrow_exception(thrown);
    value = std::move(result);
  });
  loop.run();
  return *std::move(value);
}

/// Answers each lookup with the next list of addresses; the last one again and again.
class FixedResolver final : public Resolver {
 public:
  explicit FixedResolver(std::vector<std::vector<std::string>> answers)
      : answers_(std::move(answers)) {}

  Task<tl::expected<Addresses, Failure>> resolve(std::string, Milliseconds,
                                                 std::stop_token) override {
    Addresses addresses;
    for (const std::string& address : answers_.at(std::min(lookups, answers_.size() - 1))) {
      addresses.push_back(asio::ip::make_address(address));
    }
    ++lookups;
    co_return addresses;
  }

  std::size_t lookups = 0;

 private:
  std::vector<std::vector<std::string>> answers_;
};

inline std::optional<std::string> any_address(const asio::ip::address&) {
  return std::nullopt;
}

inline Call call_to(Scheme scheme, std::uint16_t port, std::string host = "hooks.example") {
  Call call;
  call.url = {scheme, std::move(host), port, "/done?job=1"};
  call.headers = {{"Content-Type", "application/json"}};
  call.body = R"({"status":"finished"})";
  return call;
}

}  // namespace evalx::http::client
