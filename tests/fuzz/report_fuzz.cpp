// Stored reports, checkpoints and announcements: one that decodes is encoded to bytes that decode
// to the same. The tests that a worker keeps of a checkpoint are tests of the submission. A refusal
// names its fields.

#include <algorithm>
#include <cstdint>
#include <set>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/strict_json.hpp"
#include "base/utf8.hpp"
#include "submission/decode_report.hpp"
#include "submission/encode.hpp"
#include "submission/submission.hpp"
#include "worker/announcement.hpp"
#include "worker/kept_tests.hpp"

using namespace evalx;
using namespace evalx::submission;

namespace {

void check_output(const Output& output) {
  EVALX_ASSERT(output.head.size() <= output.total_bytes);
}

void check_test(const TestReport& test) {
  check_output(test.out);
  check_output(test.err);
  EVALX_ASSERT(test.cpu_time.count() >= 0 && test.wall_time.count() >= 0);
}

bool is_same(const Output& a, const Output& b) {
  return a.head == b.head && a.total_bytes == b.total_bytes;
}

bool is_same(const TestReport& a, const TestReport& b) {
  return a.index == b.index && a.verdict == b.verdict && a.cpu_time == b.cpu_time &&
         a.wall_time == b.wall_time && a.memory_peak == b.memory_peak &&
         a.exit_code == b.exit_code && a.signal == b.signal && is_same(a.out, b.out) &&
         is_same(a.err, b.err) && a.process_limit_hit == b.process_limit_hit &&
         a.message == b.message;
}

bool is_same(const CompileReport& a, const CompileReport& b) {
  return a.cached == b.cached && a.cpu_time == b.cpu_time && a.wall_time == b.wall_time &&
         a.memory_peak == b.memory_peak && is_same(a.output, b.output) &&
         a.exit_code == b.exit_code;
}

bool are_same(const std::vector<TestReport>& a, const std::vector<TestReport>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TestReport& x, const TestReport& y) { return is_same(x, y); });
}

void check_same(const Report& a, const Report& b) {
  EVALX_ASSERT(a.verdict == b.verdict && a.message == b.message && a.attempt == b.attempt);
  EVALX_ASSERT(a.compile.has_value() == b.compile.has_value());
  EVALX_ASSERT(!a.compile || is_same(*a.compile, *b.compile));
  EVALX_ASSERT(are_same(a.tests, b.tests));
  EVALX_ASSERT(a.queue_time == b.queue_time && a.compile_time == b.compile_time);
  EVALX_ASSERT(a.run_time == b.run_time);
}

void check_refusal(const FieldErrors& errors, std::string_view text) {
  EVALX_ASSERT(!errors.empty() && errors.size() <= kMaxFieldErrors);
  const auto document = parse_strict(text);
  for (const FieldError& error : errors) {
    EVALX_ASSERT(!error.message.empty() && is_utf8(error.field) && is_utf8(error.message));
    EVALX_ASSERT(!error.field.empty() || !document || !document->is_object());
  }
}

void check_report(std::string_view text) {
  const auto report = decode_report(text);
  if (!report) return check_refusal(report.error(), text);
  EVALX_ASSERT(report->tests.size() <= kMaxTests);
  for (const TestReport& test : report->tests) check_test(test);
  if (report->compile) check_output(report->compile->output);
  const std::string written = encode_report(*report);
  EVALX_ASSERT(verdict_in(written) == report->verdict);
  const auto again = decode_report(written);
  EVALX_ASSERT(again.has_value() && encode_report(*again) == written);
  check_same(*report, *again);
}

/// `tests` is the number of tests of the submission.
void check_kept(const std::vector<std::string>& parts, const std::string& program,
                std::size_t tests) {
  const auto kept = worker::kept_tests(parts, program, tests);
  if (!kept) return;
  std::set<std::size_t> seen;
  for (const TestReport& test : *kept) {
    EVALX_ASSERT(test.index < tests && seen.insert(test.index).second && worker::is_final(test));
  }
}

void check_checkpoint(std::string_view text) {
  const auto checkpoint = decode_checkpoint(text);
  if (!checkpoint) return check_refusal(checkpoint.error(), text);
  for (const TestReport& test : checkpoint->tests) check_test(test);
  const std::string written = encode_checkpoint(*checkpoint);
  const auto again = decode_checkpoint(written);
  EVALX_ASSERT(again.has_value() && encode_checkpoint(*again) == written);
  EVALX_ASSERT(again->program == checkpoint->program && are_same(again->tests, checkpoint->tests));
  check_kept({std::string{text}, written}, checkpoint->program, 3);
  check_kept({written, std::string{text}}, "another program", 3);
}

void check_announcement(std::string_view text) {
  const auto announcement = worker::decode_announcement(text);
  if (!announcement) return;
  const auto again = worker::decode_announcement(worker::encode(*announcement));
  EVALX_ASSERT(again && *again == *announcement);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  log::set_level(log::Level::Off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_report(text);
  check_checkpoint(text);
  check_announcement(text);
  return 0;
}
