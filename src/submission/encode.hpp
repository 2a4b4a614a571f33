#pragma once
// Encoding: the JSON of submissions, as stored, and of reports, as stored and shown to clients.
//
// Bytes are written as text if they are UTF-8, otherwise in the `_base64` twin of their field.

#include <string>

#include "submission/report.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

/// The spec, in the lowest version that can hold it. decode_stored_submission() returns the same
/// submission, except for `expires_after` and `callback_url`, which are passed to the queue and are
/// not in the spec. Paths, language and compiler options must be UTF-8; those decoded from JSON
/// are.
std::string encode_submission(const Submission& submission);

/// A JSON object with exactly kReportFields. Memory is rounded up to KiB.
std::string encode_report(const Report& report);

/// A JSON object with exactly kCheckpointFields.
std::string encode_checkpoint(const Checkpoint& checkpoint);

/// The data of an event: an element of the report's "tests", or its "compile". Contains the size of
/// each output ("stdout_bytes"), but neither the output nor "stdout_truncated".
std::string encode_test_event(const TestReport& report);
std::string encode_compile_event(const CompileReport& report);

}  // namespace evalx::submission
