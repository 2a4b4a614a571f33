#include "service/self_description.hpp"

#include "service/version.hpp"
#include "submission/json_writer.hpp"

namespace evalx::service {

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
  submission::JsonWriter json;
  json.begin_object();
  worker::write_sandbox(json, worker);
  json.key("cgroup_version");
  worker.cgroup_version ? json.number(*worker.cgroup_version) : json.null();
  json.key("max_concurrent_sandboxes");
  json.number(worker.sandboxes);
  json.key("memory_budget_mb");
  json.number(worker.memory_budget_mb);
  json.text("queue", queue);
  json.end_object();
  api::v1::EngineView view;
  view.json = json.take();
  for (const worker::Mechanism& mechanism : worker.mechanisms) {
    view.mechanisms.push_back(
        {mechanism.name, mechanism.state, mechanism.required, mechanism.lost});
  }
  return view;
}

void FleetEngine::show(const worker::FleetSummary& fleet) {
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
