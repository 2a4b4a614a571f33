// Tests of lookups: the system's, and ones that hang until the test lets them end.
#include "http/client/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "http/client/test_call.hpp"

namespace evalx::http::client {
namespace {

using testing::HasSubstr;

constexpr Milliseconds kLong{10'000};

LookupResult one_address() {
  return {{}, {asio::ip::make_address("192.0.2.1")}};
}

/// Looks "hang" up until release(); other names at once.
class Hanging {
 public:
  [[nodiscard]] SystemResolver::Lookup lookup() const {
    return [released = released_](const std::string& host) {
      if (host == "hang") released.wait();
      return one_address();
    };
  }
  void release() { release_.set_value(); }

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

TEST(SystemResolver, FindsLoopbackByName) {
  SystemResolver resolver;
  const auto addresses = run(resolver.resolve("localhost", kLong, {}));
  ASSERT_TRUE(addresses) << addresses.error().words;
  for (const asio::ip::address& address : *addresses) EXPECT_TRUE(address.is_loopback());
}

TEST(SystemResolver, NamesAHostWithoutAddress) {
  SystemResolver resolver{1, [](const std::string&) {
                            return LookupResult{asio::error::host_not_found, {}};
                          }};
  const auto addresses = run(resolver.resolve("no.example", kLong, {}));
  EXPECT_EQ(addresses.error().kind, FailureKind::LookupFailed);
  EXPECT_EQ(addresses.error().words, "the DNS has no address for no.example");
}

TEST(SystemResolver, DistinguishesADnsThatGivesNoAnswer) {
  SystemResolver resolver{1, [](const std::string&) {
                            return LookupResult{asio::error::host_not_found_try_again, {}};
                          }};
  EXPECT_EQ(run(resolver.resolve("a.example", kLong, {})).error().words,
            "the DNS gives no answer for a.example");
}

TEST(SystemResolver, ReturnsInTimeWhenTheLookupHangs) {
  Hanging hanging;
  auto resolver = std::make_unique<SystemResolver>(1, hanging.lookup());
  const auto addresses = run(resolver->resolve("hang", Milliseconds{20}, {}));
  EXPECT_EQ(addresses.error().kind, FailureKind::Timeout);
  EXPECT_EQ(addresses.error().words, "the DNS gives no answer for hang within 20 ms");
  resolver.reset();  // The thread may outlive it.
  hanging.release();
}

TEST(SystemResolver, LetsAHangingLookupDelayNoOther) {
  Hanging hanging;
  SystemResolver resolver{2, hanging.lookup()};
  EXPECT_FALSE(run(resolver.resolve("hang", Milliseconds{20}, {})));
  EXPECT_TRUE(run(resolver.resolve("a.example", kLong, {})));
  hanging.release();
}

TEST(SystemResolver, BoundsTheLookupsThatHang) {
  Hanging hanging;
  SystemResolver resolver{1, hanging.lookup()};
  EXPECT_FALSE(run(resolver.resolve("hang", Milliseconds{20}, {})));
  const auto refused = run(resolver.resolve("a.example", kLong, {}));
  EXPECT_EQ(refused.error().kind, FailureKind::LookupFailed);
  EXPECT_THAT(refused.error().words, HasSubstr("too many lookups"));
  hanging.release();
}

TEST(SystemResolver, EndsAtAStop) {
  Hanging hanging;
  SystemResolver resolver{1, hanging.lookup()};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run(resolver.resolve("hang", kLong, stop.get_token())).error().kind,
            FailureKind::Stopped);
  hanging.release();
}

}  // namespace
}  // namespace evalx::http::client
