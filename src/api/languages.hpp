#pragma once
// LanguageList: what this surface needs to know of the catalogue of languages.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::api {

struct LanguageView {
  std::string id;       ///< "cpp"
  std::string name;     ///< "C++17 (GCC 12.2.0)"
  std::string version;  ///< As found; empty if unavailable.
  std::vector<std::string> aliases;
  std::string source_file;                    ///< Name given to a lone source.
  bool compiled = false;                      ///< It has a compile step.
  std::vector<std::string> compiler_options;  ///< Patterns of options that clients may give.
  std::string missing;                        ///< Why unavailable, with what to install; or empty.
  bool awaited = false;  ///< Unavailable, but who could have it is yet to come: it is taken.

  [[nodiscard]] bool available() const { return missing.empty(); }
};

/// Called from every server thread. What it returned stays as it is when the list changes.
class LanguageList {
 public:
  using Views = std::vector<LanguageView>;

  /// Of that id or alias; nullptr if there is none.
  [[nodiscard]] virtual std::shared_ptr<const LanguageView> find(std::string_view name) const = 0;
  /// In the order they are shown.
  [[nodiscard]] virtual std::shared_ptr<const Views> all() const = 0;
  /// Whether clients may give the compiler of `language` this option.
  [[nodiscard]] virtual bool allows_option(const LanguageView& language,
                                           std::string_view option) const = 0;

 protected:
  ~LanguageList() = default;
};

}  // namespace evalx::api
