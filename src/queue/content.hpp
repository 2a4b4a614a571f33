#pragma once
// Content: digests of stored texts, by which a damaged one is found when it is read.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evalx::queue {

/// SHA-256 in hexadecimal.
std::string content_digest(std::string_view content);

/// Whether the content is as it was stored. `digest` is empty if an earlier release stored it: then
/// it cannot be checked.
bool is_intact(std::string_view content, std::string_view digest);

/// Bytes that a seal adds.
inline constexpr std::size_t kSealBytes = 65;
/// The content with its digest in front, for content that has no other place for it.
std::string sealed(std::string_view content);
/// The content; nullopt if it is damaged. Content that an earlier release stored has no seal, and is
/// returned as it is.
std::optional<std::string> unsealed(std::string stored);

}  // namespace evalx::queue
