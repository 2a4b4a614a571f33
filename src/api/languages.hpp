#pragma once
// LanguageList: the languages that an API offers, without the catalogue behind them.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::api {

struct LanguageView {
  std::string id;       ///< "cpp"
  std::string name;     ///< "C++17 (GCC 12.2.0)"
  std::string version;  ///< "12.2.0"; empty if unavailable.
  std::vector<std::string> aliases;
  std::string source_file;                    ///< Name of the file if there is only one source.
  bool compiled = false;                      ///< Has a compile step.
  std::vector<std::string> compiler_options;  ///< Patterns of the options that clients may pass.
  /// The reason why it is unavailable, with the packages to install; empty if it is available.
  std::string missing;
  /// Unavailable now, but a worker may offer it later: submissions in it are accepted.
  bool awaited = false;

  [[nodiscard]] bool available() const { return missing.empty(); }
};

/// Functions may be called from any server thread. A returned view never changes: when the
/// languages change, later calls return new views.
class LanguageList {
 public:
  using Views = std::vector<LanguageView>;

  /// The language with this id or alias; nullptr if there is none.
  [[nodiscard]] virtual std::shared_ptr<const LanguageView> find(std::string_view name) const = 0;
  /// All languages, in the order of display.
  [[nodiscard]] virtual std::shared_ptr<const Views> all() const = 0;
  /// Whether clients may pass this option to the compiler of `language`.
  [[nodiscard]] virtual bool allows_option(const LanguageView& language,
                                           std::string_view option) const = 0;

 protected:
  ~LanguageList() = default;
};

}  // namespace evalx::api
