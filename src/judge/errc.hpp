#pragma once
// Errc: errors of the judge that no other room has.

#include <system_error>

namespace evalx::judge {

enum class Errc {
  UnknownLanguage = 1,  ///< No definition has this name, so no worker with the same languages can
                        ///< judge the submission. A language that is only not installed here has
                        ///< the error ENOTSUP instead.
  Disturbed,  ///< A run failed, but others took from it what its limits allow: no verdict.
};
const std::error_category& judge_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

}  // namespace evalx::judge

template <>
struct std::is_error_code_enum<evalx::judge::Errc> : std::true_type {};
