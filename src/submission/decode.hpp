#pragma once
// Decoding a submission: reads strictly the document that clients post and queues store.
//
// Times are milliseconds with up to three decimals; the domain counts in µs. A lone `source`
// becomes one file without a path. Unknown fields, keys given twice, a field together with its
// _base64 twin, wrong types and values out of bounds are faults. Nothing is repaired or clamped.

#include <boost/json/value.hpp>
#include <string_view>
#include <tl/expected.hpp>

#include "submission/field_errors.hpp"
#include "submission/limits.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

/// Takes the texts out of `document` while it reads them. At most kMaxFieldErrors faults, in the
/// order of reading.
tl::expected<Submission, FieldErrors> decode_document(boost::json::value document,
                                                      const LimitBounds& bounds);

/// Why a stored spec cannot be judged.
struct SpecFault {
  FieldErrors errors;
  bool is_newer = false;  ///< A newer evalx wrote it; a worker of that release can read it.
};

/// Reads a spec from a queue, written by encode_submission() or by hand. Only the upper bounds are
/// checked: a value below the lower one does no harm.
tl::expected<Submission, SpecFault> decode_stored_submission(std::string_view json,
                                                             const LimitBounds& bounds);

}  // namespace evalx::submission
