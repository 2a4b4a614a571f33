#include "judge/self_test.hpp"

#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "judge/progress.hpp"

namespace evalx::judge {
namespace {

class NoProgress final : public Progress {};

/// How many languages are tried: a broken installation of some is not the end of the worker.
constexpr std::size_t kLanguagesTried = 3;

/// The languages to try, as different ones as possible: those with a compiler and those without
/// take turns. C comes first, because its compiler is the fastest.
std::vector<const language::Language*> candidates(const language::Catalogue& catalogue) {
  std::deque<const language::Language*> compiled, interpreted;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) continue;
    auto& kind = language.compile ? compiled : interpreted;
    kind.insert(language.id == "c" ? kind.begin() : kind.end(), &language);
  }
  std::vector<const language::Language*> chosen;
  while (chosen.size() < kLanguagesTried && !(compiled.empty() && interpreted.empty())) {
    const bool has_turn = chosen.size() % 2 == 0;
    auto& kind = compiled.empty() || (!has_turn && !interpreted.empty()) ? interpreted : compiled;
    chosen.push_back(kind.front());
    kind.pop_front();
  }
  return chosen;
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
