#pragma once
// Value: one setting's text, read strictly into its type; what is refused is told what is allowed.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/log.hpp"
#include "base/seccomp_profile.hpp"
#include "config/settings.hpp"

namespace evalx::config {

/// A value, or what is allowed: the rest of a sentence that begins with the key.
template <class T>
using Parsed = tl::expected<T, std::string>;

struct Address {
  std::string host;  ///< Without brackets.
  std::uint16_t port = 0;
};

/// "127.0.0.1:2358" or "[::1]:2358": numeric addresses only.
Parsed<Address> parse_address(std::string_view text);
/// Decimal digits and nothing else.
Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most);
Parsed<std::filesystem::path> parse_path(std::string_view text);
/// debug, info, warning, error or off.
Parsed<log::Level> parse_level(std::string_view text);
/// "sqlite" or redis://…; the rest of the URL is for who opens it.
Parsed<std::string> parse_queue(std::string_view text);
/// strict, normal or ephemeral.
Parsed<std::string> parse_durability(std::string_view text);
/// "native" or "isolate".
Parsed<SandboxKind> parse_sandbox(std::string_view text);
/// "none" or "redis".
Parsed<ArtifactShare> parse_artifact_share(std::string_view text);
/// "true" or "false".
Parsed<bool> parse_truth(std::string_view text);
/// An absolute path, or a name without slashes.
Parsed<std::string> parse_program(std::string_view text);
/// standard, contest or strict.
Parsed<SeccompProfile> parse_seccomp_profile(std::string_view text);

}  // namespace evalx::config
