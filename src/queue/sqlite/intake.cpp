#include "queue/sqlite/intake.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kBatchOperations = 256;
constexpr Bytes kBatchBytes = mebibytes(32);
constexpr std::size_t kWaitingAcceptsMax = 65'536;
constexpr Bytes kWaitingBytesMax = mebibytes(256);

}  // namespace

bool Intake::admit(const Operation& operation) {
  const Bytes size = operation.size();
  const std::size_t operations = operations_.fetch_add(1);
  const Bytes bytes{bytes_.fetch_add(size.count)};
  const bool is_too_much = operations >= kWaitingAcceptsMax || bytes + size > kWaitingBytesMax;
  if (operation.kind() != Operation::Kind::Accept || !is_too_much) return true;
  --operations_;
  bytes_ -= size.count;
  return false;
}

Intake::Operations Intake::take_batch() {
  Operations batch;
  Bytes size;
  while (!pending_.empty() && batch.size() < kBatchOperations &&
         (batch.empty() || size + pending_.front()->size() <= kBatchBytes)) {
    size += pending_.front()->size();
    batch.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  operations_ -= batch.size();
  bytes_ -= size.count;
  return batch;
}

void Intake::refuse_all(const Error& why) {
  for (auto& operation : pending_) operation->refuse(why);
  pending_.clear();
}

}  // namespace evalx::queue::sqlite
