#pragma once
// Encoding: submissions as they are stored, reports as they are stored and shown.
//
// Bytes stand as text where they are UTF-8, else in the `_base64` twin of their field.

#include <string>

#include "submission/report.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

/// The spec, of the lowest version that holds it: decode_stored_submission() gives the same
/// submission back, but for `expires_after`: that is told to the queue, which alone decides by it.
/// Paths, language, compiler options and callback URL must be UTF-8, which all that was decoded
/// from JSON is.
std::string encode_submission(const Submission& submission);

/// A JSON object of exactly kReportFields. Memory is rounded up to KiB.
std::string encode_report(const Report& report);

/// A JSON object of exactly kCheckpointFields.
std::string encode_checkpoint(const Checkpoint& checkpoint);

/// What event streams tell on the way: an element of the report's "tests", and its "compile",
/// without what was written, of which only the sizes are told.
std::string encode_test_event(const TestReport& report);
std::string encode_compile_event(const CompileReport& report);

}  // namespace evalx::submission
