#include "language_list.hpp"

#include <algorithm>
#include <array>

#include "language/plan.hpp"

namespace evalx::app {

CatalogueList::CatalogueList(const language::Catalogue& catalogue) : catalogue_(catalogue) {
  for (const language::Language& language : catalogue.list()) {
    api::v1::LanguageView view;
    view.id = language.id;
    view.name = language.name;
    view.version = language.version;
    view.aliases = language.aliases;
    view.source_file = language.source_file;
    view.compiled = language.compile.has_value();
    if (language.compile) view.compiler_options = language.compile->options;
    view.missing = language.missing;
    views_.push_back(std::move(view));
  }
}

const api::v1::LanguageView* CatalogueList::find(std::string_view name) const {
  const language::Language* language = catalogue_.find(name);
  if (!language) return nullptr;
  const auto view = std::find_if(views_.begin(), views_.end(), [&](const auto& candidate) {
    return candidate.id == language->id;
  });
  return view == views_.end() ? nullptr : &*view;
}

bool CatalogueList::allows_option(const api::v1::LanguageView& view,
                                  std::string_view option) const {
  const language::Language* language = catalogue_.find(view.id);
  const std::array options{std::string(option)};
  return language && language::check_options(*language, options).has_value();
}

}  // namespace evalx::app
