#include "judge/self_test.hpp"

#include <random>
#include <utility>
#include <vector>

#include "judge/progress.hpp"

namespace evalx::judge {
namespace {

class NoProgress final : public Progress {};

/// The languages to try: one with a compiler, C before others, because its compiler is the fastest;
/// one without; and another one with a compiler.
std::vector<const language::Language*> candidates(const language::Catalogue& catalogue) {
  std::vector<const language::Language*> compiled, interpreted;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) continue;
    (language.compile ? compiled : interpreted).push_back(&language);
    if (language.id == "c") std::swap(compiled.front(), compiled.back());
  }
  if (compiled.size() > 2) compiled.resize(2);
  if (!interpreted.empty()) {
    compiled.insert(compiled.begin() + (compiled.empty() ? 0 : 1), interpreted.front());
  }
  return compiled;
}

/// Blanks and line ends at the end of a source, which no language minds.
std::string distinct_blanks() {
  std::random_device random;
  std::string blanks = "\n";
  for (int bit = 0; bit < 64; ++bit) blanks.push_back(random() % 2 == 0 ? ' ' : '\n');
  return blanks + "\n";
}

Task<Result<>> prove(Judge& judge, const language::Language& language, std::stop_token stop) {
  submission::Submission test = self_test_of(language);
  test.files.front().content += distinct_blanks();
  NoProgress progress;
  const auto report = co_await judge.judge(std::move(test), progress, std::move(stop));
  if (!report) co_return tl::make_unexpected(report.error());
  if (report->verdict == submission::Verdict::Accepted) co_return Result<>{};
  co_return fail(std::make_error_code(std::errc::protocol_error),
                 "the self-test of " + language.id + " has the verdict",
                 to_string(report->verdict));
}

}  // namespace

submission::Submission self_test_of(const language::Language& language) {
  submission::Submission submission;
  submission.language = language.id;
  submission.files = {{"", language.self_test.source}};
  submission.tests = {{language.self_test.stdin_bytes, language.self_test.expected_output, {}}};
  submission.limits = kSelfTestLimits;
  return submission;
}

Task<Result<>> prove_ability(Judge& judge, const language::Catalogue& catalogue,
                             std::stop_token stop) {
  Result<> first = fail(std::make_error_code(std::errc::not_supported), "no language is available");
  bool is_first = true;
  for (const language::Language* language : candidates(catalogue)) {
    Result<> done = co_await prove(judge, *language, stop);
    if (done || stop.stop_requested()) co_return done;
    if (std::exchange(is_first, false)) first = std::move(done);
  }
  co_return first;
}

}  // namespace evalx::judge
