#pragma once
// The catalogue as the API sees it.

#include <atomic>
#include <memory>

#include "api/languages.hpp"
#include "language/catalogue.hpp"
#include "worker/fleet.hpp"

namespace evalx::service {

/// A copy of what it shows, beside the catalogue for the rules on options. From any thread.
class CatalogueList final : public api::LanguageList {
 public:
  /// With what `catalogue` found on this machine, which must outlive this.
  explicit CatalogueList(const language::Catalogue& catalogue);

  /// From here on with what `fleet` has, and nothing of this machine.
  void show(const worker::Fleet& fleet);

  [[nodiscard]] std::shared_ptr<const api::LanguageView> find(
      std::string_view name) const override;
  [[nodiscard]] std::shared_ptr<const Views> all() const override { return views_; }
  [[nodiscard]] bool allows_option(const api::LanguageView& language,
                                   std::string_view option) const override;

 private:
  const language::Catalogue& catalogue_;
  std::atomic<std::shared_ptr<const Views>> views_;
};

}  // namespace evalx::service
