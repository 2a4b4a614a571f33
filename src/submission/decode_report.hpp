#pragma once
// Decoding a report: the other end of encode_report(), for what a queue gives back.

#include <string_view>
#include <tl/expected.hpp>

#include "submission/field_errors.hpp"
#include "submission/report.hpp"

namespace evalx::submission {

/// As strict as the decoding of submissions. `tests` are bounded by kMaxTests.
tl::expected<Report, FieldErrors> decode_report(std::string_view json);

/// The other end of encode_checkpoint(), as strict.
tl::expected<Checkpoint, FieldErrors> decode_checkpoint(std::string_view json);

}  // namespace evalx::submission
