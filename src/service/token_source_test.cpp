#include "service/token_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "gate/token_file.hpp"

namespace evalx::service {
namespace {

using testing::HasSubstr;

class TokenSourceTest : public testing::Test {
 protected:
  TokenSourceTest() {
    std::string name = testing::TempDir() + "/evalx-tokens-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    settings_.tokens_file = folder_ / "tokens.toml";
  }
  ~TokenSourceTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) { std::ofstream(settings_.tokens_file) << text; }

  std::filesystem::path folder_;
  config::Settings settings_;
};

TEST_F(TokenSourceTest, ReadsTheFileAgainEachTime) {
  write(gate::table_of({"alice", sha256("a"), {gate::Scope::Read}}));
  const TokenSource source{settings_};
  EXPECT_EQ(source.read().value().size(), 1U);
  write(gate::table_of({"alice", sha256("a"), {gate::Scope::Read}}) +
        gate::table_of({"bob", sha256("b"), {gate::Scope::Read}}));
  EXPECT_EQ(source.read().value().size(), 2U);
}

TEST_F(TokenSourceTest, RefusesAFileThatWouldOpenTheServer) {
  const TokenSource source{settings_};
  EXPECT_EQ(source.read().error().code, std::errc::no_such_file_or_directory)
      << "it is configured, so it must be there";
  write("# no tokens\n");
  EXPECT_THAT(source.read().error().what, HasSubstr("has no token"));
  write("nonsense");
  EXPECT_THAT(source.read().error().what, HasSubstr("tokens.toml:1"));
}

TEST_F(TokenSourceTest, NeedsNoFileInTheWorkingDirectory) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const TokenSource source{config::Settings{}};
  EXPECT_TRUE(source.read().value().empty());
  write(gate::table_of({"alice", sha256("a"), {gate::Scope::Read}}));
  std::filesystem::current_path(before);
  EXPECT_EQ(source.read().value().size(), 1U) << "made while the server runs";
}

}  // namespace
}  // namespace evalx::service
