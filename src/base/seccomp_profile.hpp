#pragma once
// SeccompProfile: which system calls a program may make. Each profile is a policy in
// seccomp/*.toml.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace evalx {

/// In order: each profile allows less than the one before it.
enum class SeccompProfile : std::uint8_t {
  Standard,  ///< All calls that runtimes and compilers need.
  Contest,   ///< Without calls by which programs on one machine could communicate.
  Strict,    ///< For native programs only: files, memory, threads and time; no other process.
};

inline constexpr std::array kSeccompProfiles{
    std::pair{SeccompProfile::Standard, std::string_view{"standard"}},
    std::pair{SeccompProfile::Contest, std::string_view{"contest"}},
    std::pair{SeccompProfile::Strict, std::string_view{"strict"}},
};

constexpr std::string_view to_string(SeccompProfile profile) {
  return kSeccompProfiles[static_cast<std::size_t>(profile)].second;
}

constexpr std::optional<SeccompProfile> seccomp_profile_of(std::string_view name) {
  for (const auto& [profile, word] : kSeccompProfiles) {
    if (word == name) return profile;
  }
  return std::nullopt;
}

}  // namespace evalx
