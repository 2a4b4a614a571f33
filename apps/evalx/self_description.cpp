#include "self_description.hpp"

#include <boost/json.hpp>

namespace evalx::app {

std::string engine_json(const Engine& engine, const Machine& machine, std::string_view queue) {
  const bool is_native = engine.settings().sandbox == config::SandboxKind::Native;
  const auto cgroups = is_native ? machine.cgroup_version : engine.isolate_cgroup_version();
  const auto profile = engine.seccomp_profile();
  return boost::json::serialize(boost::json::object{
      {"sandbox", is_native ? "native" : "isolate"},
      {"sandbox_version", engine.sandbox_version()},
      {"seccomp_profile",
       profile ? boost::json::value(to_string(*profile)) : boost::json::value(nullptr)},
      {"cgroup_version", cgroups ? boost::json::value(*cgroups) : boost::json::value(nullptr)},
      {"max_concurrent_sandboxes", engine.settings().max_concurrent_sandboxes},
      {"memory_budget_mb", engine.settings().memory_budget.mib()},
      {"queue", queue}});
}

std::vector<api::v1::MechanismView> mechanism_views(const doctor::Findings& findings) {
  std::vector<api::v1::MechanismView> views;
  for (const doctor::Finding& finding : findings) {
    views.push_back({finding.name, doctor::word_of(finding.state),
                     finding.need == doctor::Finding::Need::Required, finding.lost});
  }
  return views;
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

}  // namespace evalx::app
