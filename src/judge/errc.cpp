#include "judge/errc.hpp"

#include <string>

namespace evalx::judge {
namespace {

class JudgeCategory final : public std::error_category {
  [[nodiscard]] const char* name() const noexcept override { return "judge"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::UnknownLanguage:
        return "no language definition has this name";
      case Errc::Disturbed:
        return "the run was disturbed";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& judge_category() noexcept {
  static const JudgeCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), judge_category()};
}

}  // namespace evalx::judge
