#pragma once
// FileName: the name of an artifact's file: "<key>-<SHA-256 of its content>.artifact". rename(2)
// publishes content and digest together, and the file contains nothing but the content.

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace evalx::artifact {

struct FileName {
  Digest key;
  Digest content;
};

std::string file_name(const Digest& key, const Digest& content);
/// Returns nullopt for a file that is no artifact.
std::optional<FileName> parse_file_name(std::string_view name);

/// A name for a file that is being written; it contains random bits (getrandom(2)). Errors: those
/// of getrandom(2).
Result<std::string> temporary_name();
bool is_temporary_name(std::string_view name);

}  // namespace evalx::artifact
