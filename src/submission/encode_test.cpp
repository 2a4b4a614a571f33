#include "submission/encode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <random>
#include <set>

#include "submission/decode.hpp"
#include "submission/decode_report.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {
namespace {

/// Half of the texts are random bytes, half are printable, so that both twins are used.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::string bytes(std::size_t most) {
    std::string text(below(most + 1), ' ');
    const bool printable = below(2) == 0;
    for (char& c : text) c = static_cast<char>(printable ? 32 + below(95) : below(256));
    return text;
  }
  std::string argument() {
    std::string text = bytes(20);
    std::replace(text.begin(), text.end(), '\0', 'n');
    return text;
  }
  Microseconds time() { return Microseconds{static_cast<std::int64_t>(1000 + below(59'000'000))}; }
  std::optional<int> maybe() {
    return below(2) == 0 ? std::nullopt : std::optional{static_cast<int>(below(256))};
  }

 private:
  std::mt19937 random_;
};

Submission random_submission(unsigned seed) {
  Dice dice{seed};
  Submission s;
  s.language = "c++ \"17\"";
  const std::size_t files = dice.below(4);
  for (std::size_t i = 0; i < files; ++i) {
    s.files.push_back({"d\"" + std::to_string(i) + "/ü", "x" + dice.bytes(300)});
  }
  if (files == 0) s.files.push_back({"", "y" + dice.bytes(9000)});
  for (std::size_t i = 0; i <= dice.below(5); ++i) {
    Test test;
    test.stdin_bytes = dice.bytes(50);
    if (dice.below(2) == 0) test.expected_output = dice.bytes(50);
    for (std::size_t k = dice.below(4); k > 0; --k) test.args.push_back(dice.argument());
    s.tests.push_back(std::move(test));
  }
  s.limits.cpu_time = dice.time();
  s.limits.wall_time = dice.time();
  s.limits.memory = kibibytes(4096 + dice.below(100000));
  if (dice.below(2) == 0) s.limits.stack = kibibytes(64 + dice.below(1000));
  s.limits.output = kibibytes(dice.below(1000));
  s.limits.processes = static_cast<unsigned>(1 + dice.below(100));
  s.compare = {kCompareModes[dice.below(kCompareModes.size())].first, 0.25, 1e-9};
  s.policy = kPolicies[dice.below(kPolicies.size())].first;
  s.atomic = dice.below(2) == 0;
  if (dice.below(2) == 0) s.owner = "alice";
  if (dice.below(2) == 0) s.compiler_options = {"-O2", "-DX=\"\\\""};
  return s;
}

TEST(Encode, DecodesToTheSameSubmission) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Submission was = random_submission(seed);
    const std::string spec = encode_submission(was);
    const auto is = decode_stored_submission(spec, any_limits());
    ASSERT_TRUE(is) << spec << "\n"
                    << is.error().errors.front().field << is.error().errors.front().message;
    EXPECT_EQ(is->language, was.language);
    ASSERT_EQ(is->files.size(), was.files.size());
    for (std::size_t i = 0; i < was.files.size(); ++i) {
      EXPECT_EQ(is->files[i].path, was.files[i].path);
      EXPECT_EQ(is->files[i].content, was.files[i].content);
    }
    ASSERT_EQ(is->tests.size(), was.tests.size());
    for (std::size_t i = 0; i < was.tests.size(); ++i) {
      EXPECT_EQ(is->tests[i].stdin_bytes, was.tests[i].stdin_bytes);
      EXPECT_EQ(is->tests[i].expected_output, was.tests[i].expected_output);
      EXPECT_EQ(is->tests[i].args, was.tests[i].args);
    }
    EXPECT_EQ(is->limits, was.limits);
    EXPECT_EQ(is->compare.mode, was.compare.mode);
    EXPECT_DOUBLE_EQ(is->compare.absolute, was.compare.absolute);
    EXPECT_DOUBLE_EQ(is->compare.relative, was.compare.relative);
    EXPECT_EQ(is->policy, was.policy);
    EXPECT_EQ(is->owner, was.owner);
    EXPECT_EQ(is->atomic, was.atomic);
    EXPECT_EQ(is->compiler_options, was.compiler_options);
  }
}

TEST(Encode, WritesAVersionOnlyIfAnOlderWorkerCannotReadTheSpec) {
  Submission submission = random_submission(1);
  submission.atomic = false;
  submission.owner = "";
  EXPECT_EQ(encode_submission(submission).find("version"), std::string::npos);
  submission.atomic = true;
  EXPECT_NE(encode_submission(submission).find("\"version\":2"), std::string::npos);
  submission.owner = "alice";
  EXPECT_NE(encode_submission(submission).find("\"version\":3"), std::string::npos);
}

TEST(Encode, WritesNoFieldThatAnOlderWorkerDoesNotKnow) {
  Submission submission = random_submission(1);
  const std::string spec = encode_submission(submission);
  submission.expires_after = Milliseconds{5};
  submission.callback_url = "https://hooks.example/";
  EXPECT_EQ(encode_submission(submission), spec);
}

Output random_output(Dice& dice) {
  Output output{dice.bytes(200), 0};
  output.total_bytes = output.head.size() + dice.below(2) * dice.below(1000);
  return output;
}

Report random_report(unsigned seed) {
  Dice dice{seed};
  Report r;
  r.verdict = static_cast<Verdict>(dice.below(13));
  if (dice.below(2) == 0) {
    r.compile = CompileReport{.cached = dice.below(2) == 0,
                              .cpu_time = dice.time(),
                              .wall_time = dice.time(),
                              .memory_peak = kibibytes(dice.below(1'000'000)),
                              .output = random_output(dice),
                              .exit_code = dice.maybe()};
  }
  for (std::size_t i = 0; i < dice.below(4); ++i) {
    r.tests.push_back({.index = i,
                       .verdict = static_cast<Verdict>(dice.below(13)),
                       .cpu_time = dice.time(),
                       .wall_time = dice.time(),
                       .memory_peak = kibibytes(dice.below(1'000'000)),
                       .exit_code = dice.maybe(),
                       .signal = dice.maybe(),
                       .out = random_output(dice),
                       .err = random_output(dice),
                       .process_limit_hit = dice.below(2) == 0,
                       .message = "a \"message\"\n"});
  }
  r.message = "mémoire";
  r.queue_time = dice.time();
  r.compile_time = dice.time();
  r.run_time = dice.time();
  r.attempt = static_cast<unsigned>(dice.below(9));
  return r;
}

void expect_same(const Output& is, const Output& was) {
  EXPECT_EQ(is.head, was.head);
  EXPECT_EQ(is.total_bytes, was.total_bytes);
}

TEST(Encode, DecodesToTheSameReport) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Report was = random_report(seed);
    const std::string json = encode_report(was);
    const auto is = decode_report(json);
    ASSERT_TRUE(is) << json << "\n" << is.error().front().field << is.error().front().message;
    EXPECT_EQ(is->verdict, was.verdict);
    ASSERT_EQ(is->compile.has_value(), was.compile.has_value());
    if (was.compile) {
      EXPECT_EQ(is->compile->cached, was.compile->cached);
      EXPECT_EQ(is->compile->cpu_time, was.compile->cpu_time);
      EXPECT_EQ(is->compile->wall_time, was.compile->wall_time);
      EXPECT_EQ(is->compile->memory_peak, was.compile->memory_peak);
      EXPECT_EQ(is->compile->exit_code, was.compile->exit_code);
      expect_same(is->compile->output, was.compile->output);
    }
    ASSERT_EQ(is->tests.size(), was.tests.size());
    for (std::size_t i = 0; i < was.tests.size(); ++i) {
      EXPECT_EQ(is->tests[i].index, was.tests[i].index);
      EXPECT_EQ(is->tests[i].verdict, was.tests[i].verdict);
      EXPECT_EQ(is->tests[i].cpu_time, was.tests[i].cpu_time);
      EXPECT_EQ(is->tests[i].wall_time, was.tests[i].wall_time);
      EXPECT_EQ(is->tests[i].memory_peak, was.tests[i].memory_peak);
      EXPECT_EQ(is->tests[i].exit_code, was.tests[i].exit_code);
      EXPECT_EQ(is->tests[i].signal, was.tests[i].signal);
      EXPECT_EQ(is->tests[i].process_limit_hit, was.tests[i].process_limit_hit);
      EXPECT_EQ(is->tests[i].message, was.tests[i].message);
      expect_same(is->tests[i].out, was.tests[i].out);
      expect_same(is->tests[i].err, was.tests[i].err);
    }
    EXPECT_EQ(is->message, was.message);
    EXPECT_EQ(is->queue_time, was.queue_time);
    EXPECT_EQ(is->compile_time, was.compile_time);
    EXPECT_EQ(is->run_time, was.run_time);
    EXPECT_EQ(is->attempt, was.attempt);
  }
}

TEST(Encode, WritesAReportAsDocumented) {
  Report report;
  report.verdict = Verdict::Accepted;
  report.tests.push_back({.index = 0,
                          .verdict = Verdict::Accepted,
                          .cpu_time = Microseconds{900},
                          .wall_time = Microseconds{1437},
                          .memory_peak = Bytes{1025},
                          .exit_code = 0,
                          .signal = std::nullopt,
                          .out = {"3\n", 2},
                          .err = {"\xFF", 9},
                          .message = ""});
  report.run_time = Microseconds{312'000};
  EXPECT_EQ(encode_report(report),
            R"({"verdict":"accepted","compile":null,"tests":[{"index":0,"verdict":"accepted",)"
            R"("cpu_time_ms":0.9,"wall_time_ms":1.437,"memory_kb":2,"exit_code":0,"signal":null,)"
            R"("stdout":"3\n","stdout_bytes":2,"stdout_truncated":false,"stderr_base64":"/w==",)"
            R"("stderr_bytes":9,"stderr_truncated":true,"process_limit_hit":false,"message":""}],)"
            R"("message":"","timing_ms":{"queue":0.0,"compile":0.0,"run":312.0},"attempt":1})");
}

TEST(Encode, WritesSizesInsteadOfOutputsInEvents) {
  TestReport test;
  test.verdict = Verdict::Accepted;
  test.out = {"3\n", 2};
  test.err = {"x", 9};
  EXPECT_EQ(encode_test_event(test),
            R"({"index":0,"verdict":"accepted","cpu_time_ms":0.0,"wall_time_ms":0.0,"memory_kb":0,)"
            R"("exit_code":null,"signal":null,"stdout_bytes":2,"stderr_bytes":9,)"
            R"("process_limit_hit":false,"message":""})");
  CompileReport compile;
  compile.output = {"warning", 7};
  EXPECT_EQ(encode_compile_event(compile),
            R"({"cached":false,"cpu_time_ms":0.0,"wall_time_ms":0.0,"memory_kb":0,)"
            R"("output_bytes":7,"exit_code":null})");
}

TEST(Encode, WritesExactlyTheFieldsOfTheSchema) {
  std::set<std::string> seen;
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto document = boost::json::parse(encode_report(random_report(seed)));
    for (const auto& test : document.at("tests").as_array()) {
      for (const auto& field : test.as_object()) seen.insert(std::string{field.key()});
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{kTestReportFields.begin(), kTestReportFields.end()}));
}

TEST(Encode, ReplacesBytesOfAMessageThatAreNotUtf8) {
  Report report;
  report.message = "bad \xFF byte";
  EXPECT_EQ(decode_report(encode_report(report))->message, "bad ? byte");
}

TEST(DecodeReport, RefusesReportsThatNoEncoderWrites) {
  const std::string good = encode_report(random_report(3));
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"attempt\":", "\"atempt\":"},
                                 {"\"verdict\":\"", "\"verdict\":\"x"},
                                 {"\"timing_ms\":{", "\"timing_ms\":{\"x\":1,"},
                                 {"{", "["},
                                 {"\"queue\":", "\"queue\":-"}}) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), bad.npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_FALSE(decode_report(bad)) << bad;
  }
  EXPECT_FALSE(decode_report(""));
  EXPECT_FALSE(decode_report("{}"));
}

TEST(EncodeReport, LongTimesAreReadAgain) {
  Report report;
  // Fractions of a millisecond in 200 days and in 17 years.
  for (const std::int64_t time : {17'280'000'000'001, 562'949'936'644'096, 562'949'936'644'097}) {
    report.queue_time = Microseconds{time};
    const auto again = decode_report(encode_report(report));
    ASSERT_TRUE(again) << time << ": " << again.error().front().message;
    EXPECT_EQ(again->queue_time, report.queue_time);
  }
}

}  // namespace
}  // namespace evalx::submission
