#pragma once
// SeccompProfile: how much of the kernel a program may call: the policies seccomp/*.toml, by name.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace evalx {

/// Each allows less than the one before it.
enum class SeccompProfile : std::uint8_t {
  Standard,  ///< All that runtimes and compilers need.
  Contest,   ///< Without what programs on one machine could tell each other by.
  Strict,    ///< Runs of native programs only: files, memory, threads, time; no other process.
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
