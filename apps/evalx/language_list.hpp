#pragma once
// The catalogue as the API sees it.

#include <map>

#include "api/v1/languages.hpp"
#include "language/catalogue.hpp"

namespace evalx::app {

/// Immutable; a copy of what it shows, beside the catalogue for the rules on options.
class CatalogueList final : public api::v1::LanguageList {
 public:
  /// `catalogue` must outlive this.
  explicit CatalogueList(const language::Catalogue& catalogue);

  [[nodiscard]] const api::v1::LanguageView* find(std::string_view name) const override;
  [[nodiscard]] const std::vector<api::v1::LanguageView>& all() const override { return views_; }
  [[nodiscard]] bool allows_option(const api::v1::LanguageView& language,
                                   std::string_view option) const override;

 private:
  const language::Catalogue& catalogue_;
  std::vector<api::v1::LanguageView> views_;
};

}  // namespace evalx::app
