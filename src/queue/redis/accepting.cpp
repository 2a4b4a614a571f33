#include "queue/redis/accepting.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/failpoint.hpp"
#include "queue/content.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::chrono::seconds kKeysAreRemembered = std::chrono::hours{24};
constexpr Milliseconds kPatience{10'000};  // A restart of Redis, or a short outage.
constexpr std::size_t kUnsureMax = 1'024;
constexpr Bytes kUnsureBytesMax = mebibytes(64);
constexpr std::size_t kAgain = 2;  // The argument that says that the jobs may be stored.

Error unknown() {
  return {make_error_code(Errc::OutcomeUnknown), "accept: the reply of Redis was lost"};
}

}  // namespace

void Accepting::accept(std::vector<NewJob> jobs, AcceptCall call) {
  Arguments args{std::to_string(options_.capacity), std::to_string(kKeysAreRemembered.count()), "0",
                 std::to_string(kCallbacksWaitingMax),
                 std::to_string(census_.figures().result_capacity)};
  for (NewJob& job : jobs) {
    EVALX_ASSERT(!job.callback || !job.callback->lane.empty());
    std::string digest = content_digest(job.spec);
    args.push_back(std::move(job.token));
    args.push_back(std::move(job.spec));
    args.push_back(job.idempotency ? job.idempotency->key : std::string{});
    args.push_back(job.idempotency ? job.idempotency->body_digest : std::string{});
    args.push_back(job.expires_after ? std::to_string(Microseconds{*job.expires_after}.count())
                                     : std::string{});
    args.push_back(std::move(digest));
    CallbackRequest callback = std::move(job.callback).value_or(CallbackRequest{});
    args.push_back(std::move(callback.lane));
    args.push_back(std::move(callback.target));
  }
  thread_.post([this, args = std::move(args), call = std::move(call)]() mutable {
    begin(std::move(args), call);
  });
}

void Accepting::begin(Arguments args, const AcceptCall& call) {
  if (closed_) {
    call->answer(fail(Errc::Unavailable, "the queue is closing"));
    return;
  }
  auto kept = std::make_shared<Arguments>(std::move(args));
  scripts_.run("accept", *kept, [this, kept, call](const Result<Reply>& reply) {
    if (reply) {
      call->answer(read(*reply));
    } else if (reply.error().code == std::errc::connection_reset) {
      doubt(std::move(*kept), call);
    } else {  // Nothing was sent, or Redis has refused it.
      call->answer(tl::make_unexpected(unavailable(reply.error().what)));
    }
  });
}

void Accepting::doubt(Arguments args, const AcceptCall& call) {
  Unsure unsure{std::move(args), call, 0, std::nullopt, false};
  for (const std::string& arg : unsure.args) unsure.size += arg.size();
  if (closed_ || unsure_.size() >= kUnsureMax ||
      Bytes{unsure_bytes_ + unsure.size} > kUnsureBytesMax) {
    call->answer(tl::make_unexpected(unknown()));
    return;
  }
  unsure.args[kAgain] = "1";
  unsure_bytes_ += unsure.size;
  const std::uint64_t id = next_++;
  unsure.deadline = thread_.after(kPatience, [this, id] { give_up(id); });
  unsure_.emplace(id, std::move(unsure));
}

void Accepting::offer_again() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, unsure] : unsure_) ids.push_back(id);
  for (const std::uint64_t id : ids) offer(id);
}

void Accepting::offer(std::uint64_t id) {
  const auto found = unsure_.find(id);
  if (found == unsure_.end() || std::exchange(found->second.is_asking, true)) return;
  scripts_.run("accept", found->second.args, [this, id](const Result<Reply>& reply) {
    if (reply) return settle(id, read(*reply));
    const auto waiting = unsure_.find(id);
    if (waiting != unsure_.end()) waiting->second.is_asking = false;
  });
}

void Accepting::give_up(std::uint64_t id) {
  const auto found = unsure_.find(id);
  if (found == unsure_.end()) return;
  found->second.deadline.reset();
  settle(id, tl::make_unexpected(unknown()));
}

void Accepting::settle(std::uint64_t id, Result<std::vector<Accepted>> answer) {
  auto node = unsure_.extract(id);
  if (!node) return;
  unsure_bytes_ -= node.mapped().size;
  if (node.mapped().deadline) thread_.cancel(*node.mapped().deadline);
  node.mapped().call->answer(std::move(answer));
}

void Accepting::close() {
  closed_ = true;
  while (!unsure_.empty()) settle(unsure_.begin()->first, tl::make_unexpected(unknown()));
}

Result<std::vector<Accepted>> Accepting::read(const Reply& reply) {
  const std::string& outcome = reply.at(0).text;
  if (outcome == "full") return fail(Errc::Full, "accept");
  if (outcome == "full of callbacks") return fail(Errc::Full, "accept:", kTooManyCallbacks);
  if (outcome == "conflict") return fail(Errc::IdempotencyConflict, "accept");
  if (outcome != "ok") return fail(Errc::Unavailable, "accept");
  failpoint("store.after_commit_before_notify");
  std::vector<Accepted> accepted;
  for (const Reply& job : reply.at(2).list) {
    accepted.push_back({job.at(0).text, job.at(1).integer != 0});
    if (!accepted.back().replayed) ++census_.figures().accepted;
  }
  census_.note_depth(reply.at(1));
  return accepted;
}

}  // namespace evalx::queue::redis
