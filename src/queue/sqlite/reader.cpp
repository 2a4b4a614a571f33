#include "queue/sqlite/reader.hpp"

namespace evalx::queue::sqlite {

Result<std::unique_ptr<Reader>> Reader::start(const std::filesystem::path& path, Stepper* stepper) {
  EVALX_TRY(auto database, Database::open_reader(path));
  EVALX_TRY(auto records, RecordTable::prepare(*database));
  EVALX_TRY(auto callbacks, CallbackRecords::prepare(*database));
  return std::unique_ptr<Reader>{
      new Reader(std::move(database), std::move(records), std::move(callbacks), stepper)};
}

Reader::Reader(std::unique_ptr<Database> database, std::unique_ptr<RecordTable> records,
               std::unique_ptr<CallbackRecords> callbacks, Stepper* stepper)
    : database_(std::move(database)),
      records_(std::move(records)),
      callbacks_(std::move(callbacks)),
      thread_(stepper) {
  thread_.start("queue-reader");
}

Reader::~Reader() {
  thread_.post([this] { thread_.stop(); });
  thread_.join();
}

template <class T, class Look>
void Reader::post(std::shared_ptr<Call<T>> call, Look look) {
  if (waiting_.fetch_add(1) >= kWaitingMax) {
    --waiting_;
    call->answer(fail(Errc::Unavailable, "find: too many calls wait"));
    return;
  }
  thread_.post([this, call = std::move(call), look = std::move(look)] {
    --waiting_;
    call->answer(look());
  });
}

void Reader::find(std::string token, RecordTable::Parts parts, std::shared_ptr<Call<Record>> call) {
  post(std::move(call),
       [this, token = std::move(token), parts] { return records_->find(token, parts); });
}

void Reader::list(ListFilter filter, Clock::WallInstant now, std::shared_ptr<Call<Listing>> call) {
  post(std::move(call),
       [this, filter = std::move(filter), now] { return records_->list(filter, now); });
}

void Reader::list_callbacks(CallbackFilter filter, Clock::WallInstant now,
                            std::shared_ptr<Call<CallbackListing>> call) {
  post(std::move(call),
       [this, filter = std::move(filter), now] { return callbacks_->list(filter, now); });
}

void Reader::find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call) {
  post(std::move(call), [this, token = std::move(token)] { return callbacks_->find(token); });
}

}  // namespace evalx::queue::sqlite
