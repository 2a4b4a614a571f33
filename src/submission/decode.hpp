#pragma once
// Decoding a submission: the strict reading of the document that clients post and queues store.
//
// Times are milliseconds, whole or with up to three decimals, which is the µs the domain counts in.
// A lone `source` becomes one file without a path. Unknown fields, doubled keys, both of two twins,
// wrong types and values out of bounds are faults; nothing is repaired or clamped.

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
  bool is_newer = false;  ///< A newer evalx wrote it, which may well read it.
};

/// A spec out of a queue: encode_submission() wrote it, or somebody by hand. Of the bounds only the
/// upper ones count: what is small does no harm.
tl::expected<Submission, SpecFault> decode_stored_submission(std::string_view json,
                                                             const LimitBounds& bounds);

}  // namespace evalx::submission
