#include "job_source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.hpp"
#include "local_engine.hpp"
#include "queue/eviction.hpp"
#include "queue/sqlite/inspector.hpp"
#include "service/loop.hpp"
#include "service/privilege.hpp"
#include "service/queue_choice.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

using queue::CallbackListing;
using queue::ListedCallback;
using queue::Listing;
using queue::Record;

/// The most that a server may be configured with.
constexpr std::chrono::hours kLongestRetention{8760};

class OwnedQueue final : public JobSource {
 public:
  explicit OwnedQueue(std::unique_ptr<queue::Queue> queue) : queue_(std::move(queue)) {}

  Result<Listing> list(const queue::ListFilter& filter) override {
    return service::run_to_end(loop_, queue_->list(filter));
  }
  Result<Record> find(const std::string& token) override {
    return service::run_to_end(loop_, queue_->find(token));
  }
  Result<> redrive(const std::string& token) override {
    return service::run_to_end(loop_, queue_->redrive(token));
  }
  Result<CallbackListing> list_callbacks(const queue::CallbackFilter& filter) override {
    return service::run_to_end(loop_, queue_->list_callbacks(filter));
  }
  Result<ListedCallback> find_callback(const std::string& token) override {
    return service::run_to_end(loop_, queue_->find_callback(token));
  }
  Result<> resend_callback(const std::string& token) override {
    return service::run_to_end(loop_, queue_->resend_callback(token));
  }

 private:
  asio::io_context loop_{1};
  std::unique_ptr<queue::Queue> queue_;
};

class ForeignStore final : public JobSource {
 public:
  ForeignStore(std::unique_ptr<queue::sqlite::Inspector> store, const Clock& clock)
      : store_(std::move(store)), clock_(clock) {}

  Result<Listing> list(const queue::ListFilter& filter) override {
    return store_->list(filter, clock_.wall_now());
  }
  Result<Record> find(const std::string& token) override { return store_->find(token); }
  Result<> redrive(const std::string& token) override {
    return fail(std::make_error_code(std::errc::read_only_file_system), "redrive", token);
  }
  Result<CallbackListing> list_callbacks(const queue::CallbackFilter& filter) override {
    return store_->list_callbacks(filter, clock_.wall_now());
  }
  Result<ListedCallback> find_callback(const std::string& token) override {
    return store_->find_callback(token);
  }
  Result<> resend_callback(const std::string& token) override {
    return fail(std::make_error_code(std::errc::read_only_file_system), "resend", token);
  }

 private:
  std::unique_ptr<queue::sqlite::Inspector> store_;
  const Clock& clock_;
};

/// Switches from root to the owner of the store, because its server could not use files that root
/// makes. Errors: stat(2)'s, for a store that does not exist; give_up_root()'s.
Result<> become_owner(const std::filesystem::path& store) {
  struct stat facts {};
  if (::stat(store.c_str(), &facts) < 0) {
    const std::error_code error = last_error();
    const char* hint = error == std::errc::no_such_file_or_directory
                           ? " (--data-dir names the folder of the server, --queue its Redis)"
                           : " (only its owner and root may use it)";
    return fail(error, "find a queue in " + store.string() + hint);
  }
  if (::geteuid() != 0 || facts.st_uid == 0) return {};
  const service::Identity owner{facts.st_uid, facts.st_gid, "the owner of " + store.string()};
  return service::give_up_root(owner, service::SetuidTools::Refused);
}

Result<std::unique_ptr<JobSource>> look_into(const std::filesystem::path& store,
                                             const Clock& clock) {
  auto opened = queue::sqlite::Inspector::open(store);
  if (opened) return std::make_unique<ForeignStore>(*std::move(opened), clock);
  Error error = std::move(opened).error();
  if (error.code == std::errc::permission_denied)
    error.what += " (only its owner and root may use it)";
  return tl::make_unexpected(std::move(error));
}

}  // namespace

Result<std::unique_ptr<JobSource>> JobSource::open(config::Settings settings, Purpose purpose,
                                                   const Clock& clock) {
  if (std::holds_alternative<config::SqliteQueue>(settings.queue)) {
    const std::filesystem::path store = service::queue_directory(settings);
    EVALX_TRY_VOID(become_owner(store));
    if (purpose == Purpose::Looking) return look_into(store, clock);
    settings.result_retention = kLongestRetention;
  } else {
    settings.durability = config::Durability::Ephemeral;  // Its servers check it.
  }
  // Only a server knows how much may be stored and for how long: this command deletes nothing.
  settings.result_capacity = queue::kNoResultCapacity;
  auto opened = service::open_queue(settings, clock);
  if (opened) return std::make_unique<OwnedQueue>(*std::move(opened));
  Error error = std::move(opened).error();
  if (error.code == std::errc::device_or_resource_busy) {
    error = {std::make_error_code(std::errc::not_supported),
             error.what + ": stop that server first, or let it keep its queue in a Redis"};
  }
  return tl::make_unexpected(std::move(error));
}

int use_jobs(const SettingsFlags& flags, Purpose purpose,
             const std::function<int(JobSource&)>& use) {
  const auto settings = load_settings(flags);
  if (!settings) return terminal::complain("jobs", settings.error()), terminal::kMisuse;
  log::set_level(log::Level::Off);  // The command reports errors in one line.
  const SystemClock clock;
  const auto source = JobSource::open(*settings, purpose, clock);
  if (!source) return terminal::complain("jobs", source.error());
  return use(**source);
}

std::size_t change_each(const std::set<std::string>& tokens, const JobChange& change) {
  std::size_t changed = 0;
  for (const std::string& token : tokens) {
    const auto made = change.make(token);
    if (made) {
      ++changed;
      continue;
    }
    const bool is_missing = made.error().code == queue::Errc::NotFound;
    terminal::complain(change.command, is_missing ? token + ": " + std::string{change.missing}
                                                  : words_of(made.error()));
    if (!is_missing) break;
  }
  return changed;
}

}  // namespace evalx::app
