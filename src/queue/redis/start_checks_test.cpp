#include "queue/redis/start_checks.hpp"

#include "queue/redis/server_test.hpp"

namespace evalx::queue::redis {
namespace {

std::string refusal(const ServerFacts& facts, Durability durability) {
  const auto judged = judge_server(facts, durability);
  return judged ? std::string{} : judged.error().what;
}

TEST(StartChecks, EachClassRequiresItsSettings) {
  const ServerFacts safe{"7.0.15", "noeviction", "yes", "always"};
  ServerFacts everysec = safe;
  everysec.append_fsync = "everysec";
  ServerFacts memory = safe;
  memory.append_only = "no";
  ServerFacts cache = safe;
  cache.eviction = "allkeys-lru";
  ServerFacts silent{"7.0.15", "", "", ""};
  for (const Durability durability :
       {Durability::Strict, Durability::Normal, Durability::Ephemeral}) {
    EXPECT_EQ(refusal(safe, durability), "");
  }
  EXPECT_NE(refusal(everysec, Durability::Strict).find("appendfsync always"), std::string::npos);
  EXPECT_EQ(refusal(everysec, Durability::Normal), "");
  EXPECT_NE(refusal(memory, Durability::Normal).find("appendonly yes"), std::string::npos);
  EXPECT_NE(refusal(cache, Durability::Normal).find("noeviction"), std::string::npos);
  EXPECT_NE(refusal(silent, Durability::Strict).find("CONFIG GET"), std::string::npos);
  for (const ServerFacts& facts : {everysec, memory, cache, silent}) {
    EXPECT_EQ(refusal(facts, Durability::Ephemeral), "");
  }
}

TEST(StartChecks, OldVersionsAreRefused) {
  for (const char* version : {"5.0.14", "6.0.16", "6.1.9"}) {
    EXPECT_NE(refusal({version, "noeviction", "yes", "always"}, Durability::Ephemeral), "");
  }
  for (const char* version : {"6.2.0", "7.2.4", "8.0.1", "10.0.0"}) {
    EXPECT_EQ(refusal({version, "noeviction", "yes", "always"}, Durability::Strict), "");
  }
}

TEST(StartChecks, AServerThatHidesItsVersionIsNotCalledTooOld) {
  const std::string refused = refusal({"", "noeviction", "yes", "always"}, Durability::Ephemeral);
  EXPECT_NE(refused.find("does not allow INFO"), std::string::npos) << refused;
}

TEST(StartChecks, AServerThatDoesNotAnswerIsNotCalledTooOld) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof bound;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&bound), size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  Address address;
  address.port = ntohs(bound.sin_port);
  const auto refused = check_server(address, Durability::Strict, Milliseconds{100});
  ::close(listener);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, std::errc::timed_out) << refused.error().what;
}

TEST(StartChecks, CheckARealServer) {
  if (!has_server()) GTEST_SKIP() << "Debian's redis-tools is missing: no " << kServerBinary;
  Server memory{{"--appendonly", "no"}};
  const auto refused = check_server(memory.address(), Durability::Strict);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("appendonly"), std::string::npos);
  EXPECT_TRUE(check_server(memory.address(), Durability::Ephemeral));
  Server safe{{"--appendonly", "yes", "--appendfsync", "always", "--requirepass", "secret"}};
  Address address = safe.address();
  address.password = "wrong";
  const auto denied = check_server(address, Durability::Strict);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, std::errc::permission_denied);
  address.password = "secret";
  const auto allowed = check_server(address, Durability::Strict);
  EXPECT_TRUE(allowed) << allowed.error().what;
}

}  // namespace
}  // namespace evalx::queue::redis
