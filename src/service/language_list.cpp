#include "service/language_list.hpp"

#include <algorithm>
#include <array>

#include "language/detection.hpp"
#include "language/plan.hpp"
#include "language/profiles.hpp"

namespace evalx::service {
namespace {

using api::LanguageView;
using language::Language;

LanguageView view_of(const Language& language) {
  LanguageView view;
  view.id = language.id;
  view.name = language.name;
  view.version = language.version;
  view.aliases = language.aliases;
  view.source_file = language.source_file;
  view.compiled = language.compile.has_value();
  if (language.compile) view.compiler_options = language.compile->options;
  view.missing = language.missing;
  return view;
}

std::string why_missing(const Language& language, const worker::Announcement& fleet) {
  if (fleet.seccomp_profile) {
    std::string problem = language::profile_problem(language, *fleet.seccomp_profile);
    if (!problem.empty()) return problem;
  }
  std::string text = "no worker has it";
  const auto& packages = language.packages;
  if (!packages.empty())
    text +=
        packages.size() == 1 ? "; it needs the Debian package" : "; it needs the Debian packages";
  for (const std::string& package : packages) text += " " + package;
  return text;
}

/// Ignores this machine. A worker that does not report its languages may have any of them.
void settle(LanguageView& view, const Language& language, const worker::FleetSummary& fleet) {
  view.name = language.title;
  view.version.clear();
  view.missing.clear();
  if (fleet.together) {
    const auto found = fleet.together->languages.find(language.id);
    if (found != fleet.together->languages.end()) {
      view.version = found->second;
      view.name = language::name_with_version(language, found->second);
      return;
    }
  }
  view.awaited = fleet.workers == 0 || fleet.silent > 0;
  if (fleet.workers == 0) {
    view.missing = "no worker is running: submissions wait for one";
  } else if (fleet.silent > 0) {
    view.missing =
        "no worker reports it, but workers of an earlier release do not report their languages";
  } else {
    view.missing = why_missing(language, *fleet.together);
  }
}

}  // namespace

CatalogueList::CatalogueList(const language::Catalogue& catalogue) : catalogue_(catalogue) {
  auto views = std::make_shared<Views>();
  for (const Language& language : catalogue.list()) views->push_back(view_of(language));
  views_ = std::move(views);
}

void CatalogueList::show(const worker::FleetSummary& fleet) {
  auto views = std::make_shared<Views>();
  for (const Language& language : catalogue_.list()) {
    settle(views->emplace_back(view_of(language)), language, fleet);
  }
  views_ = std::move(views);
}

std::shared_ptr<const LanguageView> CatalogueList::find(std::string_view name) const {
  const Language* language = catalogue_.find(name);
  if (!language) return nullptr;
  const auto views = all();
  const auto view = std::find_if(views->begin(), views->end(), [&](const auto& candidate) {
    return candidate.id == language->id;
  });
  if (view == views->end()) return nullptr;
  return {views, &*view};
}

bool CatalogueList::allows_option(const LanguageView& view, std::string_view option) const {
  const Language* language = catalogue_.find(view.id);
  const std::array options{std::string(option)};
  return language && language::check_options(*language, options).has_value();
}

}  // namespace evalx::service
