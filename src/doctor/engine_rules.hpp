#pragma once
// EngineRules: the chosen engine, its weaknesses, its trial runs and the languages. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// `name`: the seccomp profile of programs, with the native engine.
Finding judge_seccomp_profile(const std::string& name);

/// Whether isolate is the chosen engine, or is available. Always good; shown with both engines.
Finding judge_isolate(const IsolateFacts& facts);

/// Whether programs that the server starts can gain rights by a setuid file.
Finding judge_no_new_privs(const ServerFacts& facts);

/// A mechanism that the engine itself found missing.
Finding judge_weakness(const WeaknessFacts& facts);

/// One small program, run in the sandbox. The finding is required.
Finding judge_trial(const TrialFacts& facts);

/// The self-test of one compiled language. The finding is optional: a failure is "reduced".
Finding judge_compile_trial(const CompileTrialFacts& facts);

/// How many languages are installed; "reduced" if one is missing.
Finding judge_languages(const LanguageFacts& facts);

}  // namespace evalx::doctor
