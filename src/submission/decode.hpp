#pragma once
// Decoding a submission: strictly reads the document that clients post and queues store.
//
// Time limits are milliseconds with up to three decimals in the document, and µs in the domain;
// `expires_after_ms` is a whole number. A `source` becomes one file without a path. Unknown fields,
// keys given twice, a field together with its _base64 twin, wrong types and values out of bounds
// are faults. Nothing is repaired or clamped.

#include <boost/json/value.hpp>
#include <string_view>
#include <tl/expected.hpp>

#include "submission/field_errors.hpp"
#include "submission/limits.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

/// Moves the texts out of `document`, so that they are in memory only once. Returns the submission,
/// or the first kMaxFieldErrors faults.
tl::expected<Submission, FieldErrors> decode_document(boost::json::value document,
                                                      const LimitBounds& bounds);

/// Why a stored spec (the JSON of a submission) cannot be judged.
struct SpecFault {
  FieldErrors errors;
  bool is_newer = false;  ///< A newer evalx wrote it; a worker of that release can read it.
};

/// Reads a spec from a queue, written by encode_submission() or by hand. Checks the upper bounds of
/// limits, but not the lower ones: a lower limit does no harm. Ignores a `callback_url`: the queue
/// has it beside the spec.
tl::expected<Submission, SpecFault> decode_stored_submission(std::string_view json,
                                                             const LimitBounds& bounds);

}  // namespace evalx::submission
