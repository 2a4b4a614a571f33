#pragma once
// Followers: calls that wait for events or for the end of a job, and their patience.

#include <atomic>
#include <memory>
#include <string>

#include "queue/sqlite/writer_parts.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread, follow() aside.
class Followers {
 public:
  using EventsCall = std::shared_ptr<Call<Events>>;

  explicit Followers(WriterParts parts) : parts_(parts) {}

  /// From any thread. Answers with the job's next events, or empty when `patience` is over. These
  /// followers live as long as `owner`.
  void follow(const std::weak_ptr<void>& owner, std::string token, Place after, Store::Until until,
              Milliseconds patience, EventsCall call);
  /// Answers all as if their patience were over; later calls have none.
  void end_waits();
  /// Answers all with `why`; later calls are answered Unavailable.
  void close(const Error& why);

 private:
  void begin(const std::string& token, Streams::Waiter waiter, Milliseconds patience,
             EventsCall call);
  /// False if the job has ended: it has no stream any more.
  Result<bool> restore_stream(const std::string& token);

  WriterParts parts_;
  bool closed_ = false;
  bool waits_ended_ = false;
  std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace evalx::queue::sqlite
