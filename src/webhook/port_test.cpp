#include "webhook/port.hpp"

#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

TEST(Port, MayBeThatOfTheWebOrAHighOne) {
  for (const std::uint32_t port : {80U, 443U, 1024U, 3000U, 8080U, 8443U, 65'535U}) {
    EXPECT_EQ(refusal_of_port(port), std::nullopt) << port;
  }
}

TEST(Port, MustNotBeThatOfAnotherProtocol) {
  for (const std::uint32_t port :
       {0U, 22U, 25U, 79U, 81U, 442U, 444U, 1023U, 2049U, 6667U, 10'080U, 65'536U, 1'000'000U}) {
    EXPECT_NE(refusal_of_port(port), std::nullopt) << port;
  }
  EXPECT_EQ(refusal_of_port(25), "port 25 is not allowed: use 80, 443, or one from 1024 on");
  EXPECT_EQ(refusal_of_port(5060), "port 5060 is not allowed: it is the port of SIP");
}

}  // namespace
}  // namespace evalx::webhook
