#include "worker/announcement.hpp"

#include <gtest/gtest.h>

#include "queue/live_workers.hpp"

namespace evalx::worker {
namespace {

Announcement sample() {
  return {.version = "0.1.0",
          .sandbox = "native",
          .sandbox_version = "0.1.0",
          .seccomp_profile = SeccompProfile::Contest,
          .cgroup_version = 2,
          .sandboxes = 4,
          .memory_budget_mb = 1024,
          .mechanisms = {{"cgroup memory", "good", true, ""},
                         {"memory.peak", "reduced", false, "each run needs a \"group\""}},
          .languages = {{"cpp", "12.2.0"}, {"python", "3.11.2"}}};
}

/// The sample with one piece of its text replaced.
std::optional<Announcement> with(const std::string& piece, const std::string& other) {
  std::string text = encode(sample());
  const std::size_t at = text.find(piece);
  EXPECT_NE(at, text.npos) << piece;
  text.replace(at, piece.size(), other);
  return decode_announcement(text);
}

TEST(Announcement, IsDecodedAsItWasEncoded) {
  EXPECT_EQ(decode_announcement(encode(sample())), sample());
  Announcement bare = sample();
  bare.sandbox = "isolate";
  bare.seccomp_profile.reset();
  bare.cgroup_version.reset();
  bare.mechanisms.clear();
  bare.languages.clear();
  EXPECT_EQ(decode_announcement(encode(bare)), bare);
}

TEST(Announcement, OfALaterReleaseIsReadWithoutItsNewMembers) {
  EXPECT_EQ(with(R"("sandboxes":4)", R"("sandboxes":4,"regions":["eu"])"), sample());
  EXPECT_EQ(with(R"("id":"cpp")", R"("id":"cpp","flavour":"GNU")"), sample());
}

TEST(Announcement, IsRefusedIfAMemberIsMissingOrOfAnotherKind) {
  for (const char* text : {"", "{}", "[]", "null", "text", "{\"version\":\"0.1.0\"}"}) {
    EXPECT_FALSE(decode_announcement(text)) << text;
  }
  EXPECT_FALSE(with(R"("sandboxes":4)", R"("sandboxes":-4)"));
  EXPECT_FALSE(with(R"("sandboxes":4)", R"("sandboxes":"4")"));
  EXPECT_FALSE(with(R"("sandboxes":4)", R"("sandboxes":0)"));
  EXPECT_FALSE(with(R"("sandbox":"native")", R"("sandbox":"docker")"));
  EXPECT_FALSE(with(R"("contest")", R"("lax")"));
  EXPECT_FALSE(with(R"("cgroup_version":2)", R"("cgroup_version":3)"));
  EXPECT_FALSE(with(R"("cgroup_version":2)", R"("cgroup_version":4294967298)"));
  EXPECT_FALSE(with(R"("cgroup_version":2)", R"("cgroup":2)"));
  EXPECT_FALSE(with(R"("state":"reduced")", R"("state":"fine")"));
  EXPECT_FALSE(with(R"("required":true)", R"("required":1)"));
  EXPECT_FALSE(with(R"("id":"cpp")", R"("id":7)"));
  EXPECT_FALSE(with(R"({"id":"cpp","version":"12.2.0"})", R"("cpp")"));
}

TEST(Announcement, WithHundredsOfLanguagesFitsIntoTheQueue) {
  Announcement many = sample();
  for (int i = 0; i < 256; ++i) {
    many.languages["a-language-" + std::to_string(i)] = "12.2.0-14+deb12u1";
  }
  const std::string text = encode(many);
  EXPECT_LE(text.size(), queue::kAnnouncementBytesMax);
  EXPECT_EQ(decode_announcement(text), many);
}

}  // namespace
}  // namespace evalx::worker
