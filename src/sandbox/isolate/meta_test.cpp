#include "sandbox/isolate/meta.hpp"

#include <gmock/gmock.h>

namespace evalx::sandbox::isolate {
namespace {

using testing::HasSubstr;

Meta parsed(std::string_view text) {
  auto meta = parse_meta(text);
  EXPECT_TRUE(meta) << meta.error().what;
  return meta ? *std::move(meta) : Meta{};
}

TEST(IsolateMeta, ReadsAProgramThatExitedWell) {
  const Meta meta = parsed(
      "time:1.023\ntime-wall:12.100\nmax-rss:1384\ncsw-voluntary:5\ncsw-forced:0\ncg-mem:256\n"
      "exitcode:0\n");
  EXPECT_EQ(meta.status, Status::Ended);
  EXPECT_EQ(meta.exit_code, 0);
  EXPECT_EQ(meta.signal, std::nullopt);
  EXPECT_FALSE(meta.killed);
  EXPECT_FALSE(meta.oom_killed);
  EXPECT_EQ(meta.time, Milliseconds{1023});
  EXPECT_EQ(meta.wall, Milliseconds{12'100});
  EXPECT_EQ(meta.group_peak, kibibytes(256));
  EXPECT_EQ(meta.resident_peak, kibibytes(1384));
}

TEST(IsolateMeta, ReadsHowAProgramFailed) {
  EXPECT_EQ(parsed("exitcode:7\nstatus:RE\nmessage:Exited with error status 7\n").exit_code, 7);
  const Meta signaled = parsed("exitsig:11\nstatus:SG\nmessage:Caught fatal signal 11\n");
  EXPECT_EQ(signaled.status, Status::Signaled);
  EXPECT_EQ(signaled.signal, 11);
  const Meta late = parsed("status:TO\nmessage:Time limit exceeded\nkilled:1\ntime:2.000\n");
  EXPECT_EQ(late.status, Status::TimedOut);
  EXPECT_TRUE(late.killed);
  EXPECT_EQ(late.message, "Time limit exceeded");
  EXPECT_TRUE(parsed("cg-oom-killed:1\nexitsig:9\nstatus:SG\n").oom_killed);
}

TEST(IsolateMeta, HasNoGroupPeakWithoutAGroup) {
  EXPECT_EQ(parsed("time:0.000\nexitcode:0\n").group_peak, std::nullopt);
}

TEST(IsolateMeta, IgnoresUnknownKeys) {
  EXPECT_EQ(parsed("cg-energy:5 J\nexitcode:3\n").exit_code, 3);
  EXPECT_EQ(parsed("message:a: b:c\nexitcode:3\n").message, "a: b:c");
}

TEST(IsolateMeta, ReportsTheToolsFailureWhateverElseTheFileContains) {
  const Meta meta = parsed(
      "exitcode:0\nstatus:TO\nmessage:Time limit exceeded\nkilled:1\nstatus:XX\n"
      "message:Cannot read /sys/fs/cgroup: gone\ntime:x\n");
  EXPECT_EQ(meta.status, Status::Failed);
  EXPECT_EQ(meta.message, "Cannot read /sys/fs/cgroup: gone");
}

TEST(IsolateMeta, ReportsAFailureWhateverTheNameOfTheProgramContains) {
  // The message contains the program's path, which may contain anything.
  const Meta meta = parsed("status:XX\nmessage:execve(\"a\nstatus:RE\nexitcode:0\n\"): No\n");
  EXPECT_EQ(meta.status, Status::Failed);
  EXPECT_EQ(meta.exit_code, std::nullopt);
}

TEST(IsolateMeta, RefusesMalformedLines) {
  for (const std::string_view text : {"exitcode",
                                      ":0\n",
                                      "exitcode:0",
                                      "\n",
                                      "exitcode:\n",
                                      "exitcode:-1\n",
                                      "exitcode:256\n",
                                      "exitcode:0x1\n",
                                      "exitcode: 1\n",
                                      "exitcode:1 \n",
                                      "exitsig:99999999999999999999\n",
                                      "status:ZZ\n",
                                      "status:\n",
                                      "killed:0\n",
                                      "killed:\n",
                                      "time:1\n",
                                      "time:1.5\n",
                                      "time:-1.000\n",
                                      "time:0.-12\n",
                                      "time:1.0000\n",
                                      "time:.000\n",
                                      "time:1.00a\n",
                                      "time:18446744073709551615.000\n",
                                      "max-rss:-5\n",
                                      "cg-mem:18446744073709551615\n",
                                      "cg-mem:1e3\n",
                                      "exitcode:0\nexitcode:1\n",
                                      "cg-oom-killed:yes\n"}) {
    const auto meta = parse_meta(text);
    ASSERT_FALSE(meta) << text;
    EXPECT_EQ(meta.error().code, std::errc::bad_message) << text;
  }
  EXPECT_FALSE(parse_meta(std::string_view{"time:1\0.000\n", 12}));
}

TEST(IsolateMeta, RefusesALongFileAndQuotesOnlyTheStartOfALongLine) {
  EXPECT_FALSE(parse_meta("message:" + std::string(kMaxMetaBytes, 'x') + "\n"));
  const auto meta = parse_meta("status:" + std::string(5000, 'x') + "\n");
  ASSERT_FALSE(meta);
  EXPECT_THAT(meta.error().what, HasSubstr("status:xxx"));
  EXPECT_LT(meta.error().what.size(), 200U);
}

}  // namespace
}  // namespace evalx::sandbox::isolate
