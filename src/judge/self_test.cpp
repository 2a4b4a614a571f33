#include "judge/self_test.hpp"

#include <random>
#include <utility>

#include "judge/progress.hpp"

namespace evalx::judge {
namespace {

class NoProgress final : public Progress {};

/// The language that the test uses: the first one with a compiler, C before others, because its
/// compiler is the fastest.
const language::Language* chosen(const language::Catalogue& catalogue) {
  const language::Language* best = nullptr;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) continue;
    if (language.id == "c") return &language;
    if (best == nullptr || (language.compile && !best->compile)) best = &language;
  }
  return best;
}

/// Blanks and line ends at the end of a source, which no language minds.
std::string distinct_blanks() {
  std::random_device random;
  std::string blanks = "\n";
  for (int bit = 0; bit < 64; ++bit) blanks.push_back(random() % 2 == 0 ? ' ' : '\n');
  return blanks + "\n";
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
  const language::Language* const language = chosen(catalogue);
  if (language == nullptr)
    co_return fail(std::make_error_code(std::errc::not_supported), "no language is available");
  submission::Submission test = self_test_of(*language);
  test.files.front().content += distinct_blanks();
  NoProgress progress;
  const auto report = co_await judge.judge(std::move(test), progress, std::move(stop));
  if (!report) co_return tl::make_unexpected(report.error());
  if (report->verdict == submission::Verdict::Accepted) co_return Result<>{};
  co_return fail(std::make_error_code(std::errc::protocol_error),
                 "the self-test of " + language->id + " has the verdict",
                 to_string(report->verdict));
}

}  // namespace evalx::judge
