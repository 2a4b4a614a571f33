#include "doctor/engine_rules.hpp"

#include "base/join.hpp"

namespace evalx::doctor {

Finding judge_seccomp_profile(const std::string& name) {
  return good("seccomp profile", name + ", an allow-list");
}

Finding judge_isolate(const IsolateFacts& facts) {
  constexpr const char* kName = "isolate";
  if (facts.is_chosen) return good(kName, facts.version + ", " + facts.path);
  if (facts.version.empty()) return good(kName, "not chosen, not available");
  return good(kName, "not chosen; version " + facts.version + " is available");
}

Finding judge_no_new_privs(const ServerFacts& facts) {
  constexpr const char* kName = "no_new_privs of the server";
  if (facts.has_no_new_privs)
    return good(kName, "set: no program that the server starts can gain rights");
  return reduced(
      kName, "not set, because isolate is setuid root",
      "an attacker with control of the server can use the setuid programs of this machine",
      "--sandbox=native");
}

Finding judge_weakness(const WeaknessFacts& facts) {
  if (facts.is_required) return missing(facts.mechanism, "not available", facts.lost, facts.fix);
  return reduced(facts.mechanism, "not fully available", facts.lost, facts.fix);
}

Finding judge_trial(const TrialFacts& facts) {
  constexpr const char* kName = "trial run";
  if (facts.problem.empty()) return required({good(kName, facts.account)}).front();
  const std::string detail = facts.account.empty() ? "" : facts.account + "; ";
  return missing(kName, detail + facts.problem, "no program can be run",
                 "fix the mechanisms that are marked above");
}

Finding judge_compile_trial(const CompileTrialFacts& facts) {
  constexpr const char* kName = "trial compile and run";
  if (facts.language_id.empty()) return good(kName, "no compiled language is installed");
  if (facts.problem.empty()) return good(kName, facts.language_name);
  return reduced(kName, facts.language_name + ": " + facts.problem,
                 "programs in " + facts.language_id + " do not compile or run correctly",
                 "evalx languages --self-test " + facts.language_id);
}

Finding judge_languages(const LanguageFacts& facts) {
  const std::size_t installed = facts.known - facts.missing.size();
  std::string detail =
      std::to_string(installed) + " of " + std::to_string(facts.known) + " are installed";
  if (facts.missing.empty()) return good("languages", std::move(detail));
  const std::string all = join(facts.missing, " ");
  // A package that is installed into a running container is lost with it.
  const std::string fix = facts.container.empty()
                              ? "scripts/install-languages " + all
                              : "build the image with " + all +
                                    " in EVALX_LANGUAGES (start-dev.sh, docker-compose.yml), which "
                                    "is LANGUAGES for docker build";
  return reduced("languages", std::move(detail),
                 "submissions in " + join(facts.missing, ", ") + " are refused",
                 fix + "; evalx languages shows what each needs");
}

}  // namespace evalx::doctor
