#pragma once
// CatalogueList: the catalogue of languages as the API shows it.

#include <atomic>
#include <memory>

#include "api/languages.hpp"
#include "language/catalogue.hpp"
#include "worker/fleet_summary.hpp"

namespace evalx::service {

/// Holds the list that the API shows; show() replaces it. Thread-safe.
class CatalogueList final : public api::LanguageList {
 public:
  /// Shows what `catalogue` has found on this machine. `catalogue` must outlive this object.
  explicit CatalogueList(const language::Catalogue& catalogue);

  /// From now on shows the languages of `fleet`, and none of this machine.
  void show(const worker::FleetSummary& fleet);

  [[nodiscard]] std::shared_ptr<const api::LanguageView> find(std::string_view name) const override;
  [[nodiscard]] std::shared_ptr<const Views> all() const override { return views_; }
  [[nodiscard]] bool allows_option(const api::LanguageView& language,
                                   std::string_view option) const override;

 private:
  const language::Catalogue& catalogue_;
  std::atomic<std::shared_ptr<const Views>> views_;
};

}  // namespace evalx::service
