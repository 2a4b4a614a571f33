#include "queue/sqlite/inspector.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "queue/sqlite/callback_records.hpp"
#include "queue/sqlite/data_directory.hpp"
#include "queue/sqlite/record_table.hpp"
#include "queue/verify.hpp"

namespace evalx::queue::sqlite {
namespace {

class StoreInspector final : public Inspector {
 public:
  StoreInspector(std::filesystem::path directory, std::unique_ptr<Database> database,
                 std::unique_ptr<RecordTable> records, std::unique_ptr<CallbackRecords> callbacks)
      : directory_(std::move(directory)),
        database_(std::move(database)),
        records_(std::move(records)),
        callbacks_(std::move(callbacks)) {}

  Result<Listing> list(const ListFilter& filter, Clock::WallInstant now) override {
    EVALX_TRY(Listing page, records_->list(filter, now));
    if (filter.state == State::Leased && !DataDirectory::is_owned(directory_)) {
      for (Listed& job : page.jobs) job.is_orphan = true;
    }
    return page;
  }
  Result<Record> find(const std::string& token) override {
    EVALX_TRY(Record record, records_->find(token, RecordTable::Parts::All));
    verify(record);
    return record;
  }
  Result<CallbackListing> list_callbacks(const CallbackFilter& filter,
                                         Clock::WallInstant now) override {
    return callbacks_->list(filter, now);
  }
  Result<ListedCallback> find_callback(const std::string& token) override {
    return callbacks_->find(token);
  }

 private:
  const std::filesystem::path directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<RecordTable> records_;
  std::unique_ptr<CallbackRecords> callbacks_;
};

/// SQLite's own error would not name the reason. The file is not opened here: closing it would drop
/// the locks that a connection of this process has on it (fcntl(2)).
Result<> check_readable(const std::filesystem::path& file) {
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0) return {};
  return fail(last_error(), "read", file.string());
}

}  // namespace

Result<std::unique_ptr<Inspector>> Inspector::open(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / DataDirectory::kDatabase;
  EVALX_TRY_VOID(check_readable(file));
  EVALX_TRY(auto database, Database::open_reader(file));
  auto records = RecordTable::prepare(*database);
  if (!records) {
    if (fault_of(records.error()) != Fault::Fatal) return tl::make_unexpected(records.error());
    return fail(records.error().code,
                file.string() + " is damaged; move it away or restore it from a backup");
  }
  EVALX_TRY(auto callbacks, CallbackRecords::prepare(*database));
  return std::make_unique<StoreInspector>(directory, std::move(database), *std::move(records),
                                          std::move(callbacks));
}

}  // namespace evalx::queue::sqlite
