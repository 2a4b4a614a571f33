#pragma once
// Content: digests of specs and results, by which a damaged one is found when it is read.

#include <string>
#include <string_view>

namespace evalx::queue {

/// SHA-256 in hexadecimal.
std::string content_digest(std::string_view content);

/// Whether the content is as it was stored. `digest` is empty if an earlier release stored it: then
/// it cannot be checked.
bool is_intact(std::string_view content, std::string_view digest);

}  // namespace evalx::queue
