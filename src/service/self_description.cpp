#include "service/self_description.hpp"

#include <boost/json.hpp>

#include "service/version.hpp"

namespace evalx::service {
namespace json = boost::json;

worker::Announcement announcement_of(const Engine& engine, const Machine& machine) {
  const bool is_native = engine.settings().sandbox == config::SandboxKind::Native;
  worker::Announcement announcement;
  announcement.version = version();
  announcement.sandbox = is_native ? "native" : "isolate";
  announcement.sandbox_version = engine.sandbox_version();
  announcement.seccomp_profile = engine.seccomp_profile();
  announcement.cgroup_version =
      is_native ? machine.cgroup_version : engine.isolate_cgroup_version();
  announcement.sandboxes = engine.settings().max_concurrent_sandboxes;
  announcement.memory_budget_mb = engine.settings().memory_budget.mib();
  for (const doctor::Finding& finding : machine.findings) {
    announcement.mechanisms.push_back({finding.name, doctor::word_of(finding.state),
                                       finding.need == doctor::Finding::Need::Required,
                                       finding.lost});
  }
  for (const language::Language& language : engine.catalogue().list()) {
    if (language.available()) announcement.languages[language.id] = language.version;
  }
  return announcement;
}

api::v1::EngineView engine_view(const worker::Announcement& worker, std::string_view queue) {
  const auto& profile = worker.seccomp_profile;
  const auto& cgroups = worker.cgroup_version;
  api::v1::EngineView view;
  view.json = json::serialize(json::object{
      {"sandbox", worker.sandbox},
      {"sandbox_version", worker.sandbox_version},
      {"seccomp_profile", profile ? json::value(to_string(*profile)) : json::value(nullptr)},
      {"cgroup_version", cgroups ? json::value(*cgroups) : json::value(nullptr)},
      {"max_concurrent_sandboxes", worker.sandboxes},
      {"memory_budget_mb", worker.memory_budget_mb},
      {"queue", queue}});
  for (const worker::Mechanism& mechanism : worker.mechanisms) {
    view.mechanisms.push_back(
        {mechanism.name, mechanism.state, mechanism.required, mechanism.lost});
  }
  return view;
}

void FleetEngine::show(const worker::Fleet& fleet) {
  view_ = std::make_shared<const api::v1::EngineView>(
      fleet.together ? engine_view(*fleet.together, queue_) : api::v1::EngineView{});
}

std::string greeting(const config::Settings& settings, std::uint16_t port) {
  const std::string& address = settings.listen_address;
  const bool is_v6 = address.find(':') != std::string::npos;
  const bool is_any = address == "0.0.0.0" || address == "::";
  const std::string host = is_any ? "127.0.0.1" : is_v6 ? "[" + address + "]" : address;
  const std::string url = "http://" + host + ":" + std::to_string(port);
  return "evalX serves at " + url + " - try:\n  curl '" + url +
         "/v1/submissions?wait=10' -H 'Content-Type: application/json' -d "
         R"json('{"language":"python","source":"print(6*7)","tests":[{"expected_output":"42"}]}')json"
         "\n";
}

}  // namespace evalx::service
