#include "queue/sqlite/reader.hpp"

#include "queue/thread.hpp"

namespace evalx::queue::sqlite {

Result<std::unique_ptr<Reader>> Reader::start(const std::filesystem::path& path) {
  EVALX_TRY(auto database, Database::open_reader(path));
  EVALX_TRY(auto records, RecordTable::prepare(*database));
  return std::unique_ptr<Reader>{new Reader(std::move(database), std::move(records))};
}

Reader::Reader(std::unique_ptr<Database> database, std::unique_ptr<RecordTable> records)
    : database_(std::move(database)), records_(std::move(records)), work_(loop_.get_executor()) {
  thread_ = start_thread("queue-reader", [this] { loop_.run(); });
}

Reader::~Reader() {
  work_.reset();
  thread_.join();
}

void Reader::find(std::string token, RecordTable::Parts parts, std::shared_ptr<Call<Record>> call) {
  if (waiting_.fetch_add(1) >= kWaitingMax) {
    --waiting_;
    call->answer(fail(Errc::Unavailable, "find: too many wait"));
    return;
  }
  asio::post(loop_, [this, token = std::move(token), parts, call = std::move(call)] {
    --waiting_;
    call->answer(records_->find(token, parts));
  });
}

}  // namespace evalx::queue::sqlite
