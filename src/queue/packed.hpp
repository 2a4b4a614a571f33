#pragma once
// Packed: a JSON text as a store keeps it, with the bytes of long strings instead of their escapes
// or their base64.

#include <optional>
#include <string>

namespace evalx::queue {

/// A program that prints zero bytes makes a JSON text six times as large as its output; one that
/// prints bytes beyond UTF-8, a third larger. Packed, both have about the size of the output. A text
/// that would not become kWorthPacking smaller is returned as it is, so that an earlier release can
/// read it. Any text can be packed, and comes back exactly.
std::string packed(std::string text);

/// The text. One that was stored without packing is returned as it is. nullopt if it is damaged.
std::optional<std::string> unpacked(std::string stored);

inline constexpr std::size_t kWorthPacking = 4096;

}  // namespace evalx::queue
