#include "judge/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "artifact/store.hpp"
#include "judge/errc.hpp"
#include "judge/fake_sandbox.hpp"
#include "judge/progress.hpp"
#include "judge/reservoir.hpp"
#include "judge/self_test.hpp"
#include "language/catalogue.hpp"
#include "sandbox/test_unpack.hpp"

namespace evalx::judge {
namespace {

namespace fs = std::filesystem;
using sandbox::Outcome;
using sandbox::RunSpec;
using submission::Report;
using submission::Submission;
using submission::Verdict;
using testing::ElementsAre;

class HandTurnedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return instant; }
  [[nodiscard]] WallInstant wall_now() const override { return {}; }
  Instant instant;
};

class Diary final : public Progress {
 public:
  void compiled(const submission::CompileReport& report) override {
    entries.emplace_back(report.cached ? "cached" : "compiled");
  }
  void tested(const submission::TestReport& report) override {
    entries.push_back("test " + std::to_string(report.index));
  }
  std::vector<std::string> entries;
};

Outcome leaves_program() {
  Outcome outcome = exits(0);
  outcome.taken =
      std::make_shared<const kernel::Fd>(sandbox::pack({{"main", "ELF", true}}).value());
  return outcome;
}

/// The built-in languages; the test case decides how every compilation and every run ends.
class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    std::string pattern = fs::temp_directory_path() / "evalx-judge-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    store_.emplace(artifact::Store::open(directory_, mebibytes(64)).value());
    judge_.emplace(catalogue(), sandbox_, *store_, reservoir_, clock_);
  }
  ~JudgeTest() override { fs::remove_all(directory_); }

  static const language::Catalogue& catalogue() {
    static const auto built_in = language::Catalogue::load_builtin();
    EXPECT_TRUE(built_in) << built_in.error().what;
    return *built_in;
  }

  static Submission in(std::string language, std::size_t tests = 1) {
    Submission submission;
    submission.language = std::move(language);
    submission.files = {{"", "the source"}};
    for (std::size_t i = 0; i < tests; ++i) submission.tests.push_back({"", "right\n", {}});
    return submission;
  }

  Result<Report> judge(Submission submission) {
    std::optional<Result<Report>> report;
    asio::co_spawn(loop_, judge_->judge(std::move(submission), diary_, stop_.get_token()),
                   [&report](std::exception_ptr, Result<Report> result) {
                     report.emplace(std::move(result));
                   });
    loop_.restart();
    loop_.run();
    return *std::move(report);
  }

  Task<Result<Outcome>> play(RunSpec spec) {
    const bool is_compiler = spec.take.has_value();
    clock_.instant += is_compiler ? compile_time_ : run_time_;
    if (is_compiler && stop_in_compiler_) stop_.request_stop();
    if (spec.stop.stop_requested()) {
      Outcome killed;
      killed.cause = sandbox::Cause::Cancelled;
      co_return killed;
    }
    co_return is_compiler ? compiles_ : runs_;
  }

  fs::path directory_;
  asio::io_context loop_{1};
  Reservoir reservoir_{1, mebibytes(1 << 20)};
  HandTurnedClock clock_;
  std::optional<artifact::Store> store_;
  FakeSandbox sandbox_{[this](RunSpec spec) { return play(std::move(spec)); }};
  std::optional<Judge> judge_;
  Diary diary_;
  std::stop_source stop_;
  bool stop_in_compiler_ = false;
  Result<Outcome> compiles_ = leaves_program();
  Result<Outcome> runs_ = exits(0, "right\n");
  Milliseconds compile_time_{300};
  Milliseconds run_time_{10};
};

TEST_F(JudgeTest, CompilesOnceAndRunsEveryTest) {
  const auto report = judge(in("cpp", 3));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::Accepted);
  ASSERT_TRUE(report->compile);
  EXPECT_FALSE(report->compile->cached);
  EXPECT_EQ(report->tests.size(), 3U);
  EXPECT_EQ(sandbox_.runs.size(), 4U);
  EXPECT_THAT(diary_.entries, ElementsAre("compiled", "test 0", "test 1", "test 2"));
  EXPECT_EQ(report->compile_time, Milliseconds{300});
  EXPECT_EQ(report->run_time, Milliseconds{30});
}

/// Processes that die slowly have their memory until they are dead.
TEST_F(JudgeTest, AnswersBeforeTheLastProcessIsDeadAndKeepsThePermitUntilThen) {
  sandbox_.keeps_held = true;
  EXPECT_EQ(judge(in("python"))->verdict, Verdict::Accepted);
  EXPECT_EQ(reservoir_.counters().in_use, 1U);
  sandbox_.dying.clear();
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(JudgeTest, RunsTheCompiledProgram) {
  ASSERT_TRUE(judge(in("cpp")));
  ASSERT_EQ(sandbox_.opened.size(), 2U);
  const auto sources = sandbox::unpack(sandbox_.opened[0].files->get());
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->at(0).path, "main.cpp");
  EXPECT_EQ(sources->at(0).content, "the source");
  const auto program = sandbox::unpack(sandbox_.opened[1].files->get());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->at(0).path, "main");
  EXPECT_TRUE(program->at(0).executable);
  EXPECT_EQ(program->at(0).content, "ELF");
}

TEST_F(JudgeTest, DoesNotCompileTheSameProgramTwice) {
  ASSERT_TRUE(judge(in("cpp")));
  const auto report = judge(in("cpp"));
  ASSERT_TRUE(report && report->compile);
  EXPECT_TRUE(report->compile->cached);
  EXPECT_EQ(report->compile_time, Milliseconds{0});
  EXPECT_EQ(sandbox_.runs.size(), 3U);
}

TEST_F(JudgeTest, CompilesAgainIfAnythingThatTheResultDependsOnDiffers) {
  const auto compiled_anew = [this](Submission submission) {
    const auto report = judge(std::move(submission));
    return report && report->compile && !report->compile->cached;
  };
  EXPECT_TRUE(compiled_anew(in("cpp")));
  Submission options = in("cpp");
  options.compiler_options = {"-O0"};
  EXPECT_TRUE(compiled_anew(options));
  Submission other_source = in("cpp");
  other_source.files[0].content = "another source";
  EXPECT_TRUE(compiled_anew(other_source));
  Submission other_name = in("cpp");
  other_name.files[0].path = "other.cpp";
  EXPECT_TRUE(compiled_anew(other_name));
  EXPECT_TRUE(compiled_anew(in("c")));
  Submission other_limits = in("cpp");
  other_limits.limits.memory = mebibytes(17);
  EXPECT_FALSE(compiled_anew(other_limits));
}

TEST_F(JudgeTest, SharesNoProgramBetweenTheTokensOfTwoClients) {
  const auto is_cached_for = [this](const char* owner) {
    Submission submission = in("cpp");
    submission.owner = owner;
    const auto report = judge(std::move(submission));
    return report && report->compile && report->compile->cached;
  };
  EXPECT_FALSE(is_cached_for("alice"));
  EXPECT_FALSE(is_cached_for("bob"));
  EXPECT_FALSE(is_cached_for(""));
  EXPECT_TRUE(is_cached_for("alice"));
  EXPECT_TRUE(is_cached_for("bob"));
}

TEST_F(JudgeTest, CompilesUnderContestToRunUnderStrict) {
  judge_.emplace(catalogue(), sandbox_, *store_, reservoir_, clock_, SeccompProfile::Strict);
  ASSERT_TRUE(judge(in("cpp")));
  ASSERT_EQ(sandbox_.opened.size(), 2U);
  EXPECT_EQ(sandbox_.opened[0].profile, SeccompProfile::Contest);
  EXPECT_EQ(sandbox_.opened[1].profile, SeccompProfile::Strict);
}

TEST_F(JudgeTest, DoesNotRunAProgramUnderANarrowProfileThatWasCompiledUnderAWideOne) {
  ASSERT_TRUE(judge(in("cpp")));
  judge_.emplace(catalogue(), sandbox_, *store_, reservoir_, clock_, SeccompProfile::Contest);
  const auto report = judge(in("cpp"));
  ASSERT_TRUE(report && report->compile);
  EXPECT_FALSE(report->compile->cached);
  EXPECT_EQ(sandbox_.opened.back().profile, SeccompProfile::Contest);
}

TEST_F(JudgeTest, DoesNotRunALanguageUnderAProfileThatItDoesNotSupport) {
  judge_.emplace(catalogue(), sandbox_, *store_, reservoir_, clock_, SeccompProfile::Strict);
  const auto report = judge(in("python"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, std::errc::not_supported);
  EXPECT_EQ(report.error().what,
            "its run step does not work under the seccomp profile strict; choose --seccomp-profile "
            "standard or contest");
  EXPECT_TRUE(sandbox_.opened.empty());
}

TEST_F(JudgeTest, RunsTheSourcesOfALanguageWithoutACompileStep) {
  const auto report = judge(in("python"));
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->compile);
  EXPECT_EQ(report->verdict, Verdict::Accepted);
  ASSERT_EQ(sandbox_.opened.size(), 1U);
  const auto files = sandbox::unpack(sandbox_.opened[0].files->get());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(0).path, "main.py");
  EXPECT_THAT(diary_.entries, ElementsAre("test 0"));
}

TEST_F(JudgeTest, AddsTheLanguagesAllowanceToTheLimits) {
  const language::Allowance allowance = catalogue().find("java")->allowance;
  ASSERT_GT(allowance.memory, Bytes{0});
  const Submission submission = in("java");
  ASSERT_TRUE(judge(submission));
  const submission::Limits& limits = sandbox_.runs.back().limits;
  EXPECT_EQ(limits.memory, submission.limits.memory + allowance.memory);
  EXPECT_EQ(limits.cpu_time, submission.limits.cpu_time + allowance.cpu_time);
  EXPECT_EQ(limits.processes, submission.limits.processes + allowance.processes);
  EXPECT_EQ(limits.stack, submission.limits.memory);
}

TEST_F(JudgeTest, SkipsTheTestsOfAProgramThatDoesNotCompile) {
  compiles_ = exits(1, "error: no\n");
  const auto report = judge(in("cpp", 2));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::CompileError);
  ASSERT_TRUE(report->compile);
  EXPECT_EQ(report->compile->output.head, "error: no\n");
  ASSERT_EQ(report->tests.size(), 2U);
  EXPECT_EQ(report->tests[1].verdict, Verdict::Skipped);
  EXPECT_EQ(report->tests[1].index, 1U);
  EXPECT_EQ(sandbox_.runs.size(), 1U);
}

TEST_F(JudgeTest, ReportsARefusedCompilerOptionAsACompileError) {
  Submission submission = in("cpp");
  submission.compiler_options = {"-fplugin=/tmp/x.so"};
  const auto report = judge(submission);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::CompileError);
  EXPECT_THAT(report->compile->output.head, testing::HasSubstr("-fplugin=/tmp/x.so"));
  EXPECT_TRUE(sandbox_.runs.empty());
}

TEST_F(JudgeTest, TakesTheVerdictOfTheFirstTestThatIsNotAccepted) {
  runs_ = exits(0, "wrong\n");
  Submission submission = in("python", 3);
  submission.tests[0].expected_output = "wrong\n";
  const auto report = judge(submission);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::WrongAnswer);
  EXPECT_EQ(report->tests[0].verdict, Verdict::Accepted);
}

TEST_F(JudgeTest, ReportsASubmissionStoppedDuringItsCompilationAsCancelled) {
  stop_in_compiler_ = true;
  const auto report = judge(in("cpp", 2));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::Cancelled);
  ASSERT_EQ(report->tests.size(), 2U);
  EXPECT_EQ(report->tests[0].verdict, Verdict::Cancelled);
}

TEST_F(JudgeTest, ReportsASubmissionStoppedBeforeItsTestsAsCancelled) {
  stop_.request_stop();
  for (const char* language : {"cpp", "python"}) {
    const auto report = judge(in(language));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::Cancelled);
  }
}

TEST_F(JudgeTest, ReturnsFaultsOfEvalx) {
  const auto no_memory = fail(std::make_error_code(std::errc::not_enough_memory), "clone");
  runs_ = no_memory;
  EXPECT_FALSE(judge(in("python")));
  compiles_ = no_memory;
  const auto report = judge(in("cpp"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "clone");
}

TEST_F(JudgeTest, ReportsAnUnknownLanguageWithACodeOfItsOwn) {
  const auto report = judge(in("klingon"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::UnknownLanguage);
  EXPECT_EQ(report.error().what, "unknown language klingon");
}

TEST_F(JudgeTest, RepeatsADisturbedCompilationOnceAndReportsNoCompileError) {
  compiles_ = exits(1);
  compiles_->disturbance = "no process left";
  const auto report = judge(in("cpp"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::Disturbed);
  EXPECT_EQ(sandbox_.runs.size(), 2U);
}

class SelfTestTest : public JudgeTest {
 protected:
  Result<> prove(const language::Catalogue& languages = catalogue()) {
    std::optional<Result<>> done;
    asio::co_spawn(loop_, prove_ability(*judge_, languages, stop_.get_token()),
                   [&done](std::exception_ptr, Result<> result) { done = std::move(result); });
    loop_.restart();
    loop_.run();
    return *std::move(done);
  }
};

TEST_F(SelfTestTest, ABrokenCompilerIsNotTheEndOfTheWorker) {
  compiles_ = not_started(std::errc::permission_denied);
  runs_ = exits(0, catalogue().find("bash")->self_test.expected_output);
  EXPECT_TRUE(prove());
}

TEST_F(SelfTestTest, TheFirstLanguagesErrorIsReported) {
  compiles_ = not_started(std::errc::permission_denied);
  const auto broken = prove();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, std::errc::permission_denied);
  EXPECT_GT(sandbox_.runs.size(), 1U);
  EXPECT_LE(sandbox_.runs.size(), 4U) << "a few languages, not all";
}

TEST_F(SelfTestTest, ABrokenInterpreterIsNotTheEndOfTheWorker) {
  std::vector<language::Definition> interpreters;
  for (const char* id : {"bash", "lua", "perl"}) {
    interpreters.emplace_back().language = *catalogue().find(id);
  }
  interpreters.front().language.id = "c";  // Also without a compiler it comes first.
  const auto languages = language::Catalogue::of(std::move(interpreters));
  ASSERT_TRUE(languages) << languages.error().what;
  runs_ = not_started(std::errc::permission_denied);
  EXPECT_FALSE(prove(*languages));
  const auto tried = [this](std::string_view interpreter) {
    return std::any_of(sandbox_.runs.begin(), sandbox_.runs.end(),
                       [&](const RunSpec& run) { return run.argv.front().ends_with(interpreter); });
  };
  EXPECT_TRUE(tried("main") && tried("lua5.4") && tried("perl")) << "the judge has a C of its own";
  runs_ = exits(0, catalogue().find("lua")->self_test.expected_output);
  EXPECT_TRUE(prove(*languages));
}

}  // namespace
}  // namespace evalx::judge
