#pragma once
// Decoding reports and checkpoints that encode.hpp wrote and a queue stored.

#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "submission/field_errors.hpp"
#include "submission/report.hpp"

namespace evalx::submission {

/// Reads what encode_report() writes, as strictly as submissions are read. At most kMaxTests tests.
tl::expected<Report, FieldErrors> decode_report(std::string_view json);

/// The verdict of what encode_report() wrote, without reading the rest. nullopt for other text.
std::optional<Verdict> verdict_in(std::string_view report);

/// Reads what encode_checkpoint() writes, as strictly.
tl::expected<Checkpoint, FieldErrors> decode_checkpoint(std::string_view json);

}  // namespace evalx::submission
