#include "http/header_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace evalx::http {
namespace {

using State = HeaderScan::State;

State scan(std::string_view bytes, std::size_t fields_max = 100) {
  return HeaderScan{fields_max}.advance(bytes);
}

TEST(HeaderScan, FindsTheEmptyLineInAnySplitOfTheBytes) {
  const std::string header = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string bytes = header + "body\n";
  HeaderScan byte_by_byte{100};
  for (std::size_t n = 0; n < header.size(); ++n) {
    ASSERT_EQ(byte_by_byte.advance(bytes.substr(0, n)), State::More) << n;
  }
  EXPECT_EQ(byte_by_byte.advance(bytes), State::Whole);
  EXPECT_EQ(byte_by_byte.size(), header.size());

  HeaderScan at_once{100};
  EXPECT_EQ(at_once.advance(bytes), State::Whole);
  EXPECT_EQ(at_once.size(), header.size());
}

TEST(HeaderScan, RefusesABareLineFeed) {
  EXPECT_EQ(scan("GET / HTTP/1.1\n"), State::Malformed);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: x\n"), State::Malformed);
  EXPECT_EQ(scan("\n"), State::Malformed);
}

TEST(HeaderScan, RefusesAFoldedLine) {
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), State::Malformed);
  EXPECT_EQ(scan("GET / HTTP/1.1\r\n\tA: b\r\n\r\n"), State::Malformed);
}

TEST(HeaderScan, CountsFields) {
  const std::string two = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n";
  EXPECT_EQ(scan(two, 2), State::Whole);
  EXPECT_EQ(scan(two, 1), State::TooMany);
}

}  // namespace
}  // namespace evalx::http
