#include "callback_commands.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <set>
#include <vector>

#include "flags.hpp"
#include "show/callback_report.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

using queue::CallbackFilter;
using queue::ListedCallback;

constexpr const char* kCallbacksFooter = R"(Examples:
  evalx jobs callbacks
  evalx jobs callbacks --state dead --json
  evalx jobs callbacks 5e0a3b52-6f0e-4b0c-9d0f-0a4f4f2f2f11

Lists the callbacks (callback_url) of ended jobs that are not delivered, without the paths of their
URLs; with a token all of one. age counts from the end of the job.

The states, for --state:
  dead       its receiver refused it, or all attempts failed: it is sent only by evalx jobs resend
  waiting    it is sent at the time in next, or is being sent now ("sending"). While no server has
             webhook_secrets, it is not sent
Without --state: both. With a token also:
  delivered  its receiver answered 2xx
  asked      its job has not ended

Exit codes: 0, 1 no such callback or evalx itself failed, 2 the command line is wrong.)";

constexpr const char* kResendFooter = R"(Examples:
  evalx jobs resend 5e0a3b52-6f0e-4b0c-9d0f-0a4f4f2f2f11
  evalx jobs resend --all-dead --queue redis://redis:6379/0
  systemctl stop evalx; evalx jobs resend --all-dead; systemctl start evalx

A callback that is dead or delivered gets all its attempts again; one that waits is sent at once. With
a queue in Redis, this works from anywhere, while servers run. A queue in a data folder belongs to its
server: stop the server, resend, and start it, as in the last example. Running jobs may finish first,
those that wait stay in the queue, and the server sends the callbacks when it has started. A callback
that waits needs none of this: it is sent by itself.

Exit codes: 0, 1 a job has no callback or has not ended, or evalx itself failed, 2 the command line is
wrong.)";

struct CallbackOptions {
  std::shared_ptr<JobsFlags> shared;
  std::string state;                ///< "dead", "waiting" or "": both.
  std::string token;                ///< To show.
  std::vector<std::string> tokens;  ///< To resend.
  bool all_dead = false;
};

struct FoundCallbacks {
  std::vector<ListedCallback> callbacks;
  Clock::WallInstant now;
  bool are_more = false;
};

/// Adds callbacks page by page until there are `limit`.
Result<> collect_callbacks(JobSource& source, CallbackFilter::Which which, std::size_t limit,
                           FoundCallbacks& found) {
  CallbackFilter filter{which, "", queue::kListedMax};
  do {
    EVALX_TRY(queue::CallbackListing page, source.list_callbacks(filter));
    found.now = page.now;
    for (ListedCallback& callback : page.callbacks) {
      if (found.callbacks.size() == limit) {
        found.are_more = true;
        return {};
      }
      found.callbacks.push_back(std::move(callback));
    }
    filter.after = std::move(page.next);
  } while (!filter.after.empty());
  return {};
}

Result<FoundCallbacks> find_callbacks(JobSource& source, const std::string& state,
                                      std::size_t limit) {
  FoundCallbacks found;
  using Which = CallbackFilter::Which;
  if (state != "waiting") EVALX_TRY_VOID(collect_callbacks(source, Which::Dead, limit, found));
  if (state != "dead") EVALX_TRY_VOID(collect_callbacks(source, Which::Waiting, limit, found));
  return found;
}

std::string callbacks_of(std::size_t count, const std::string& state) {
  const std::string what = state.empty() ? "dead or waiting " : state + " ";
  if (count == 0) return "No " + what + "callbacks.\n";
  return "\n" + std::to_string(count) + " " + what + (count == 1 ? "callback" : "callbacks");
}

int list(JobSource& source, const CallbackOptions& options) {
  const auto found = find_callbacks(source, options.state, options.shared->limit);
  if (!found) return terminal::complain("jobs callbacks", found.error());
  if (options.shared->json)
    return terminal::print_or_complain("jobs callbacks", json_of(found->callbacks));
  std::string text = callbacks_of(found->callbacks.size(), options.state);
  if (!found->callbacks.empty()) {
    text = table_of(found->callbacks, found->now, terminal::Paint::for_descriptor(STDOUT_FILENO),
                    terminal::columns_of(STDOUT_FILENO)) +
           text + (found->are_more ? "; more exist, see --limit\n" : "\n");
  }
  return terminal::print_or_complain("jobs callbacks", text);
}

/// On the store's clock.
Result<Clock::WallInstant> time_of_callbacks(JobSource& source) {
  CallbackFilter shortest;
  shortest.limit = 1;
  EVALX_TRY(const queue::CallbackListing page, source.list_callbacks(shortest));
  return page.now;
}

int show(JobSource& source, const CallbackOptions& options) {
  const auto found = callback_of(source, options.token);
  if (!found) return terminal::complain("jobs callbacks", found.error());
  if (!*found) {
    terminal::complain("jobs callbacks", options.token + ": no job with a callback has this token");
    return terminal::kFailure;
  }
  if (options.shared->json) return terminal::print_or_complain("jobs callbacks", json_of(**found));
  const auto now = time_of_callbacks(source);
  if (!now) return terminal::complain("jobs callbacks", now.error());
  return terminal::print_or_complain(
      "jobs callbacks", text_of(**found, *now, terminal::Paint::for_descriptor(STDOUT_FILENO)));
}

/// Lists all before the first is resent: one that dies again must not be resent twice.
Result<std::set<std::string>> to_resend(JobSource& source, const CallbackOptions& options) {
  std::set<std::string> tokens{options.tokens.begin(), options.tokens.end()};
  if (!options.all_dead) return tokens;
  EVALX_TRY(const FoundCallbacks found, find_callbacks(source, "dead", kMostListed));
  for (const ListedCallback& callback : found.callbacks) tokens.insert(callback.token);
  return tokens;
}

int resend(JobSource& source, const CallbackOptions& options) {
  const auto tokens = to_resend(source, options);
  if (!tokens) return terminal::complain("jobs resend", tokens.error());
  const std::size_t resent = change_each(
      *tokens, {"jobs resend", "no ended job with a callback has this token",
                [&source](const std::string& token) { return source.resend_callback(token); }});
  const int printed = terminal::print_or_complain(
      "jobs resend",
      std::to_string(resent) + (resent == 1 ? " callback is" : " callbacks are") + " due again\n");
  return resent == tokens->size() ? printed : terminal::kFailure;
}

int look_at_callbacks(const CallbackOptions& options) {
  return use_jobs(options.shared->settings, Purpose::Looking, [&options](JobSource& source) {
    return options.token.empty() ? list(source, options) : show(source, options);
  });
}

int resend_callbacks(const CallbackOptions& options) {
  return use_jobs(options.shared->settings, Purpose::Changing,
                  [&options](JobSource& source) { return resend(source, options); });
}

std::string complaint_about_callback_state(const std::string& text) {
  if (text == "dead" || text == "waiting") return {};
  return "must be dead or waiting; it is \"" + text + "\"";
}

}  // namespace

void add_callback_commands(CLI::App& jobs, std::shared_ptr<JobsFlags> flags, Action& action) {
  auto options = std::make_shared<CallbackOptions>();
  options->shared = std::move(flags);
  CLI::App* callbacks = jobs.add_subcommand("callbacks", "List callbacks that are not delivered");
  callbacks->footer(kCallbacksFooter);
  CLI::Option* token =
      callbacks->add_option("TOKEN", options->token, "Show that of this job")->option_text(" ");
  callbacks
      ->add_option("--state", options->state, "Only callbacks in this state [dead and waiting]")
      ->check(CLI::Validator([](std::string& text) { return complaint_about_callback_state(text); },
                             ""))
      ->option_text("STATE")
      ->excludes(token);
  add_count(*callbacks, "--limit", options->shared->limit, kMostListed,
            "Largest number of callbacks to list");
  callbacks->add_flag("--json", options->shared->json, "Print JSON");
  add_settings_flags(*callbacks, options->shared->settings);
  callbacks->callback(
      [&action, options] { action = [options] { return look_at_callbacks(*options); }; });

  CLI::App* resend = jobs.add_subcommand("resend", "Send callbacks again");
  resend->footer(kResendFooter);
  CLI::Option* tokens =
      resend->add_option("TOKEN", options->tokens, "Tokens of jobs")->option_text("...");
  resend->add_flag("--all-dead", options->all_dead, "All dead callbacks")->excludes(tokens);
  add_settings_flags(*resend, options->shared->settings);
  resend->callback([&action, options] {
    if (options->tokens.empty() && !options->all_dead)
      throw CLI::RequiredError("TOKEN or --all-dead");
    action = [options] { return resend_callbacks(*options); };
  });
}

bool is_about_callbacks(const CLI::App& jobs) {
  return jobs.got_subcommand("callbacks") || jobs.got_subcommand("resend");
}

Result<JobsCallback> callback_of(JobSource& source, const std::string& token) {
  auto found = source.find_callback(token);
  if (found) return JobsCallback{*std::move(found)};
  if (found.error().code == queue::Errc::NotFound) return JobsCallback{};
  return tl::make_unexpected(std::move(found).error());
}

}  // namespace evalx::app
