#include "queue/packed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>

#include "submission/encode.hpp"

namespace evalx::queue {
namespace {

constexpr std::size_t kOutput = 100'000;

std::string report_with(std::string output) {
  submission::Report report;
  report.tests.emplace_back();
  report.tests.back().out = {std::move(output), kOutput};
  report.tests.back().err = {"short \x01 \xff", 8};
  return submission::encode_report(report);
}

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Packed, StoresAnyOutputAsItsBytes) {
  const std::array outputs{std::string(kOutput, '\0'), std::string(kOutput, '\x7f'),
                           std::string(kOutput, '\xff'), std::string(kOutput, '"'),
                           std::string(kOutput, '\\'), std::string(kOutput, '\n'),
                           random_bytes(kOutput, 1)};
  for (const std::string& output : outputs) {
    const std::string text = report_with(output);
    const std::string stored = packed(text);
    EXPECT_LT(stored.size(), kOutput + 1000) << "of " << text.size() << " for " << int{output[0]};
    EXPECT_EQ(unpacked(stored), text);
  }
}

TEST(Packed, LeavesATextAloneThatWouldNotBecomeMuchSmaller) {
  for (const std::string& output : {std::string(kOutput, ' '), std::string("\0\xff", 2)}) {
    const std::string text = report_with(output);
    EXPECT_EQ(packed(text), text);
    EXPECT_EQ(unpacked(text), text);
  }
}

TEST(Packed, BringsBackTextsThatNoWriterOfOursMakes) {
  const std::string line(200, '\\');
  std::string upper;
  std::string slashes;
  std::string longer;
  for (int i = 0; i < 2000; ++i) {
    upper += R"(\u001F)";
    slashes += R"(\/)";
    longer += R"(\u000a)";
  }
  for (std::string text :
       {std::string{}, std::string("\x01"), std::string("\x01\x02\x03\x04\x05\x06"),
        "\"" + upper + "\"", "\"" + slashes, "\"" + longer + "\"", "\"" + std::string(5001, '\\'),
        std::string(9000, '"'), "x\"" + std::string(8000, 'A') + "=\"",
        "\"" + std::string(8000, '\0') + "\""}) {
    EXPECT_EQ(unpacked(packed(text)), text) << text.substr(0, 40);
  }
}

/// Pieces that begin or end anywhere.
TEST(Packed, BringsBackRandomTexts) {
  const std::string_view parts[] = {"\"", "\\", "\\\"", "\\u0000", "\\n", "abcd", "AAAA", "=", "\x01",
                                    "\\u00", "\xff", "\n"};
  std::mt19937 random{7};
  int smaller = 0;
  for (int round = 0; round < 300; ++round) {
    std::string text(random() % 2, '\x01');
    while (text.size() < 8000) {
      const std::string_view part = parts[random() % std::size(parts)];
      for (std::size_t times = 1 + random() % 300; times > 0; --times) text += part;
    }
    const std::string stored = packed(text);
    ASSERT_EQ(unpacked(stored), text) << "round " << round;
    if (stored.size() < text.size()) ++smaller;
  }
  EXPECT_GT(smaller, 10) << "otherwise hardly anything was packed";
}

TEST(Packed, APieceThatIsCutOrUnknownIsFound) {
  const std::string stored = packed(report_with(std::string(kOutput, '\0')));
  EXPECT_EQ(unpacked(stored.substr(0, stored.size() - 1)), std::nullopt);
  EXPECT_EQ(unpacked(stored + "x"), std::nullopt);
  EXPECT_EQ(unpacked(std::string("\x01\x03\x01\0\0\0x", 7)), std::nullopt) << "an unknown kind";
  EXPECT_EQ(unpacked(std::string("\x01\x01\xff\xff\xff\xff", 6)), std::nullopt);
}

}  // namespace
}  // namespace evalx::queue
