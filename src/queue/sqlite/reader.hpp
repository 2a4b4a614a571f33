#pragma once
// Reader: finds and lists jobs, on a thread and a connection of its own.

#include <atomic>
#include <memory>

#include "queue/call.hpp"
#include "queue/loop_thread.hpp"
#include "queue/sqlite/callback_records.hpp"
#include "queue/sqlite/record_table.hpp"

namespace evalx::queue::sqlite {

class Reader {
 public:
  static Result<std::unique_ptr<Reader>> start(const std::filesystem::path& database,
                                               Stepper* stepper = nullptr);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  /// Answers all earlier calls first.
  ~Reader();

  /// From any thread. Answers Unavailable if too many calls wait; otherwise the errors of
  /// RecordTable, whose category may be SQLite's.
  void find(std::string token, RecordTable::Parts parts, std::shared_ptr<Call<Record>> call);
  /// As find; `now` is the present on the store's clock.
  void list(ListFilter filter, Clock::WallInstant now, std::shared_ptr<Call<Listing>> call);
  // The errors of CallbackRecords.
  void list_callbacks(CallbackFilter filter, Clock::WallInstant now,
                      std::shared_ptr<Call<CallbackListing>> call);
  void find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call);

 private:
  /// `look` runs on the reader's thread and answers the call.
  template <class T, class Look>
  void post(std::shared_ptr<Call<T>> call, Look look);
  Reader(std::unique_ptr<Database> database, std::unique_ptr<RecordTable> records,
         std::unique_ptr<CallbackRecords> callbacks, Stepper* stepper);

  static constexpr std::size_t kWaitingMax = 16'384;

  std::unique_ptr<Database> database_;
  std::unique_ptr<RecordTable> records_;
  std::unique_ptr<CallbackRecords> callbacks_;
  std::atomic<std::size_t> waiting_{0};
  LoopThread thread_;
};

}  // namespace evalx::queue::sqlite
