// Submissions: one that decodes is within the bounds, and is encoded to a spec that decodes to the
// same submission. A refusal names its fields, in words that fit a problem document.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/assert.hpp"
#include "base/strict_json.hpp"
#include "base/utf8.hpp"
#include "submission/decode.hpp"
#include "submission/encode.hpp"
#include "submission/file_path.hpp"
#include "submission/schema.hpp"

using namespace evalx;
using namespace evalx::submission;

namespace json = boost::json;

namespace {

/// Boost.JSON 1.81 does not read every double that it, or fmt, writes as the same.
bool is_close(double a, double b) {
  return a == b || std::abs(a - b) <= 4e-16 * std::abs(a);
}

bool same_tests(const std::vector<Test>& a, const std::vector<Test>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Test& x, const Test& y) {
    return x.stdin_bytes == y.stdin_bytes && x.expected_output == y.expected_output &&
           x.args == y.args;
  });
}

bool same_files(const std::vector<ProgramFile>& a, const std::vector<ProgramFile>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ProgramFile& x, const ProgramFile& y) {
                      return x.path == y.path && x.content == y.content;
                    });
}

void check_same(const Submission& a, const Submission& b) {
  EVALX_ASSERT(a.language == b.language && same_files(a.files, b.files));
  EVALX_ASSERT(same_tests(a.tests, b.tests));
  EVALX_ASSERT(a.limits == b.limits);
  EVALX_ASSERT(a.compare.mode == b.compare.mode);
  EVALX_ASSERT(is_close(a.compare.absolute, b.compare.absolute));
  EVALX_ASSERT(is_close(a.compare.relative, b.compare.relative));
  EVALX_ASSERT(a.policy == b.policy && a.atomic == b.atomic && a.owner == b.owner);
  EVALX_ASSERT(a.compiler_options == b.compiler_options);
}

void check_bounds(const Submission& submission, const LimitBounds& bounds) {
  EVALX_ASSERT(!submission.language.empty() && submission.language.size() <= kMaxLanguageBytes);
  EVALX_ASSERT(!submission.files.empty() && submission.files.size() <= kMaxFiles);
  EVALX_ASSERT(!submission.files.front().content.empty());
  for (const ProgramFile& file : submission.files)
    EVALX_ASSERT(file.path.empty() ? submission.files.size() == 1 : !path_complaint(file.path));
  EVALX_ASSERT(!submission.tests.empty() && submission.tests.size() <= kMaxTests);
  for (const Test& test : submission.tests) EVALX_ASSERT(test.args.size() <= kMaxArgs);
  EVALX_ASSERT(submission.compiler_options.size() <= kMaxCompilerOptions);
  for (const LimitField& field : limit_fields()) {
    const auto value = field.get(submission.limits);
    if (!value) continue;
    EVALX_ASSERT(*value >= field.get(bounds.least).value_or(0));
    EVALX_ASSERT(*value <= field.get(bounds.most).value_or(0));
  }
  if (submission.expires_after) {
    EVALX_ASSERT(submission.expires_after->count() >= 1);
    EVALX_ASSERT(*submission.expires_after <= kMaxExpiresAfter);
  }
}

/// A stored submission is read again as it was, and is stored as the same bytes then.
void check_stored(const Submission& submission, const LimitBounds& bounds) {
  const std::string spec = encode_submission(submission);
  const auto again = decode_stored_submission(spec, bounds);
  EVALX_ASSERT(again.has_value());
  check_same(submission, *again);
}

/// `document` is what was refused; nullptr if it is no JSON. Only a fault of the whole document has
/// no field.
void check_refusal(const FieldErrors& errors, const json::value* document) {
  EVALX_ASSERT(!errors.empty() && errors.size() <= kMaxFieldErrors);
  for (const FieldError& error : errors) {
    EVALX_ASSERT(!error.message.empty() && is_utf8(error.message));
    EVALX_ASSERT(is_utf8(error.field) && error.field.size() < 512);
    EVALX_ASSERT(!error.field.empty() || document == nullptr || !document->is_object());
  }
}

/// As the API does it.
void check_posted(std::string_view text, const LimitBounds& bounds) {
  auto document = parse_strict(text);
  if (!document) return;
  const json::value kept = *document;
  const auto submission = decode_document(*std::move(document), bounds);
  if (!submission) return check_refusal(submission.error(), &kept);
  EVALX_ASSERT(submission->owner.empty());
  const json::value* const url = kept.get_object().if_contains("callback_url");
  EVALX_ASSERT(submission->callback_url.has_value() == (url != nullptr && url->is_string()));
  check_bounds(*submission, bounds);
  check_stored(*submission, bounds);
}

/// As a worker does it with what a queue returns.
void check_spec(std::string_view text, const LimitBounds& bounds) {
  const auto submission = decode_stored_submission(text, bounds);
  const auto document = parse_strict(text);
  if (!submission) return check_refusal(submission.error().errors, document ? &*document : nullptr);
  EVALX_ASSERT(document.has_value() && submission->owner.size() <= kMaxOwnerBytes);
  EVALX_ASSERT(!submission->callback_url);
  check_bounds(*submission, {.least = any_limits().least, .most = bounds.most});
  check_stored(*submission, bounds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_posted(text, {});
  check_spec(text, {});
  check_spec(text, any_limits());
  return 0;
}
