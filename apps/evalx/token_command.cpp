// `evalx token`: makes the bearer tokens of a server's clients.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "gate/token_file.hpp"
#include "kernel/file.hpp"
#include "service/privilege.hpp"
#include "settings_flags.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

constexpr const char* kTokenFooter = R"(Examples:
  evalx token new alice
  evalx token new prometheus --scopes metrics --tokens-file /etc/evalx/tokens.toml

With any token in its file, a server asks every request for one, except GET /healthz and GET /readyz.
To remove a token, delete its table from the file. A running server reads the file again after SIGHUP.)";

constexpr const char* kNewFooter =
    R"(Prints the token once: the file keeps only its hash. Clients send it as
  Authorization: Bearer TOKEN

Scopes: submit (create, cancel and erase submissions), read (states, results, events, and ?wait= when
submitting), metrics (/metrics, and why a server is not ready), admin (everything).

Exit codes: 0, 1 evalX itself failed, 2 the command line or the file is wrong.)";

/// Root makes the file for a server that will run as another user: it may read it, not write.
constexpr mode_t kForAServer = 0640;
constexpr mode_t kForOneself = 0600;

struct NewOptions {
  SettingsFlags settings{config::Role::Tokens, {}, {}};
  std::string name;
  std::string scopes = "submit,read";
};

Result<kernel::Fd> open_file(const std::filesystem::path& path) {
  const int opened = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (opened >= 0) return kernel::Fd{opened};
  if (errno != ENOENT) return fail(last_error(), "open", path.string());
  const bool is_root = ::geteuid() == 0;
  EVALX_TRY(kernel::Fd made,
            kernel::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL,
                            is_root ? kForAServer : kForOneself));
  if (!is_root) return made;
  const service::Identity server = service::unprivileged_identity();
  if (::fchown(made.get(), 0, server.gid) < 0 || ::fchmod(made.get(), kForAServer) < 0)
    return fail(last_error(), "chown", path.string());
  return made;
}

/// Appends the table of the token, after a check of the whole file.
Result<> add_token(const std::filesystem::path& path, const gate::TokenEntry& entry) {
  EVALX_TRY(const kernel::Fd file, open_file(path));
  if (::flock(file.get(), LOCK_EX) < 0) return fail(last_error(), "lock", path.string());
  EVALX_TRY(const std::string text,
            kernel::read_file(AT_FDCWD, path.c_str(), gate::kTokenFileMax.count + 1));
  EVALX_TRY(const gate::TokenList list, gate::parse_token_file(text, path.string()));
  const bool is_known = std::any_of(list.begin(), list.end(), [&](const gate::TokenEntry& known) {
    return known.name == entry.name;
  });
  if (is_known)
    return invalid(path.string() + " has a token " + entry.name +
                   ": choose another name, or delete its table first");
  if (list.size() == gate::kTokensMax)
    return invalid(path.string() + " has " + std::to_string(list.size()) +
                   " tokens, and no more fit");
  EVALX_TRY_VOID(kernel::write_all(file.get(), gate::table_of(entry)));
  if (::fsync(file.get()) < 0) return fail(last_error(), "fsync", path.string());
  return {};
}

int make_token(const NewOptions& options) {
  if (!gate::is_token_name(options.name)) {
    terminal::complain(
        "token new",
        "NAME must be 1 to 64 letters, digits, \"-\", \"_\" and \".\", and begin with a "
        "letter or a digit");
    return terminal::kMisuse;
  }
  const auto scopes = gate::parse_scopes(options.scopes);
  if (!scopes) {
    terminal::complain("token new", "--scopes " + scopes.error().what);
    return terminal::kMisuse;
  }
  const auto settings = load_settings(options.settings);
  if (!settings) return terminal::complain("token new", settings.error());
  const std::filesystem::path path = settings->tokens_file.empty()
                                         ? std::filesystem::path{config::kDefaultTokensFile}
                                         : settings->tokens_file;
  const std::string secret = gate::new_secret();
  const auto added = add_token(path, {options.name, sha256(secret), *scopes});
  if (!added) return terminal::complain("token new", added.error());
  terminal::complain("token new", options.name + " is in " + path.string() +
                                      "; a running server reads it after SIGHUP");
  return terminal::print_or_complain("token new", secret + "\n");
}

}  // namespace

void add_token_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("token", "Make bearer tokens for the clients of a server");
  command->require_subcommand(1);
  command->footer(kTokenFooter);
  CLI::App* make = command->add_subcommand("new", "Make a token, and print it");
  make->footer(kNewFooter);
  auto options = std::make_shared<NewOptions>();
  make->add_option("NAME", options->name, "Name of the token, for answers and for yourself")
      ->required()
      ->option_text(" ");
  make->add_option("--scopes", options->scopes, "What the token allows [submit,read]")
      ->option_text("SCOPES");
  add_settings_flags(*make, options->settings);
  make->callback([&action, options] { action = [options] { return make_token(*options); }; });
}

}  // namespace evalx::app
