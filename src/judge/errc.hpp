#pragma once
// Errc: why a submission cannot be judged by any worker that knows the same languages.

#include <system_error>

namespace evalx::judge {

enum class Errc {
  UnknownLanguage = 1,  ///< No definition names it. One that is only not installed is ENOTSUP.
};
const std::error_category& judge_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

}  // namespace evalx::judge

template <>
struct std::is_error_code_enum<evalx::judge::Errc> : std::true_type {};
