#include "sandbox/native/protocol.hpp"

#include <gtest/gtest.h>

#include <random>

namespace evalx::sandbox::native {
namespace {

Result<Message> decode_text(const std::string& text) {
  return decode(std::as_bytes(std::span{text}));
}

TEST(Protocol, GivesBackARunWithAllItsFields) {
  native::Run run;
  run.fresh = 1;
  run.cpu_us = 2'000'000;
  run.open_files = 64;
  run.stdin_bytes = std::string("\0\n", 2);
  run.argv = {"/box/main", ""};
  run.environment = {"A=b"};
  const auto decoded = decode_text(encode(run));
  ASSERT_TRUE(decoded) << decoded.error().what;
  const native::Run& back = std::get<native::Run>(*decoded);
  EXPECT_EQ(back.fresh, 1);
  EXPECT_EQ(back.cpu_us, 2'000'000U);
  EXPECT_EQ(back.open_files, 64U);
  EXPECT_EQ(back.stdin_bytes, run.stdin_bytes);
  EXPECT_EQ(back.argv, run.argv);
  EXPECT_EQ(back.environment, run.environment);
}

TEST(Protocol, GivesBackWeaknesses) {
  const Ready ready{{{"A", "a", "get A"}, {"B", "b", "get B", false}}};
  const auto decoded = decode_text(encode(ready));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(std::get<Ready>(*decoded).weaknesses, ready.weaknesses);
  EXPECT_FALSE(decode_text(encode(Ready{std::vector<Weakness>(kMaxWeaknesses + 1)})));
}

TEST(Protocol, RefusesEveryCutAndEveryGrownMessage) {
  Ran ran;
  ran.out = "hello";
  ran.take_problem = "none";
  const std::string whole = encode(ran);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_text(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_text(whole + "x"));
}

TEST(Protocol, RefusesUnknownKindsAndLongLists) {
  EXPECT_FALSE(decode_text(std::string(4, '\x7f')));
  Configure configure;
  configure.root_paths.resize(kMaxStrings + 1);
  EXPECT_FALSE(decode_text(encode(configure)));
}

TEST(Protocol, SurvivesRandomBytes) {
  std::mt19937 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 96, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() >= 4)
      bytes[0] = static_cast<char>(random() % 10), bytes[1] = bytes[2] = bytes[3] = 0;
    static_cast<void>(decode_text(bytes).has_value());
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
