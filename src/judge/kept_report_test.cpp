#include "judge/kept_report.hpp"

#include <gtest/gtest.h>

#include "kernel/memory_file.hpp"

namespace evalx::judge {
namespace {

submission::CompileReport some_report() {
  submission::CompileReport report;
  report.cpu_time = Microseconds{12};
  report.wall_time = Microseconds{34};
  report.memory_peak = Bytes{56};
  report.output = {"a warning\n", 999};
  report.exit_code = 0;
  return report;
}

KeptReport kept_in(std::string_view file) {
  const kernel::Fd fd = kernel::sealed_file("program", file).value();
  return read_kept_report(fd.get()).value();
}

TEST(KeptReport, IsReadAsItWasWrittenAndIsCached) {
  const KeptReport kept = kept_in("program" + bytes_of(some_report()));
  EXPECT_EQ(kept.program_bytes, 7U);
  ASSERT_TRUE(kept.report);
  EXPECT_TRUE(kept.report->cached);
  EXPECT_EQ(kept.report->cpu_time, Microseconds{12});
  EXPECT_EQ(kept.report->wall_time, Microseconds{34});
  EXPECT_EQ(kept.report->memory_peak, Bytes{56});
  EXPECT_EQ(kept.report->output.head, "a warning\n");
  EXPECT_EQ(kept.report->output.total_bytes, 999U);
  EXPECT_EQ(kept.report->exit_code, 0);
}

TEST(KeptReport, IsTheLastOneIfAProgramEndsLikeAReport) {
  submission::CompileReport forged = some_report();
  forged.output = {"forged", 6};
  const std::string program = "program" + bytes_of(forged);
  const KeptReport kept = kept_in(program + bytes_of(some_report()));
  EXPECT_EQ(kept.program_bytes, program.size());
  ASSERT_TRUE(kept.report);
  EXPECT_EQ(kept.report->output.head, "a warning\n");
}

TEST(KeptReport, IsMissingBehindAProgramAlone) {
  for (const std::string& program : {std::string{}, std::string{"program"}, std::string(99, 'x')}) {
    EXPECT_FALSE(kept_in(program).report);
    EXPECT_EQ(kept_in(program).program_bytes, program.size());
  }
}

TEST(KeptReport, SurvivesEveryFlippedByteAndEveryCut) {
  const std::string file = "program" + bytes_of(some_report());
  for (std::size_t at = 0; at < file.size(); ++at) {
    EXPECT_FALSE(kept_in(file.substr(0, at)).report) << at;
    for (const int bit : {0x01, 0x80, 0xFF}) {
      std::string broken = file;
      broken[at] = static_cast<char>(broken[at] ^ bit);
      EXPECT_LE(kept_in(broken).program_bytes, file.size());
    }
  }
}

TEST(KeptReport, WithImpossibleFiguresIsNone) {
  const auto is_kept = [](const submission::CompileReport& report) {
    return kept_in("program" + bytes_of(report)).report.has_value();
  };
  submission::CompileReport report = some_report();
  ASSERT_TRUE(is_kept(report));
  report.cpu_time = Microseconds{-1};
  EXPECT_FALSE(is_kept(report));
  report = some_report();
  report.memory_peak = Bytes{~0ULL};
  EXPECT_FALSE(is_kept(report));
  report = some_report();
  report.output.total_bytes = report.output.head.size() - 1;
  EXPECT_FALSE(is_kept(report)) << "no stored report can contain it";
  report = some_report();
  report.exit_code = -1;
  EXPECT_FALSE(is_kept(report));
}

}  // namespace
}  // namespace evalx::judge
